/* SPDX-License-Identifier: Apache-2.0 */
/* Library contexts, keys and counters for the provider's tests. */
#include "tests/provider/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

OSSL_provider_init_fn OSSL_provider_init;

static const char *const variables[] = {"TLSCARD_ADDRESS",     "TLSCARD_POLICY",         "TLSCARD_POLICY_RSA",  "TLSCARD_POLICY_EC",
                                        "TLSCARD_POLICY_GCM",
                                        "TLSCARD_DEADLINE_MS", "TLSCARD_IDLE_CLOSE_MS", "TLSCARD_VERIFY_RESULTS", "TLSCARD_TRACE"};

static void clear_environment(void)
{
    setenv("OPENSSL_CONF", "/dev/null", 1);
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        unsetenv(variables[i]);
}

static void set(const char *setting)
{
    char variable[64] = "TLSCARD_";
    const char *equals = strchr(setting, '=');

    strncat(variable, setting, (size_t)(equals - setting));
    setenv(variable, equals + 1, 1);
}

static void load(struct fixture *fixture)
{
    memset(fixture, 0, sizeof *fixture);
    fixture->library = OSSL_LIB_CTX_new();
    fixture->plain = OSSL_LIB_CTX_new();
    assert_true(OSSL_PROVIDER_add_builtin(fixture->library, "tlscard", OSSL_provider_init));
    fixture->standard = OSSL_PROVIDER_load(fixture->library, "default");
    fixture->plain_standard = OSSL_PROVIDER_load(fixture->plain, "default");
    fixture->tlscard = OSSL_PROVIDER_load(fixture->library, "tlscard");
    assert_true(EVP_set_default_properties(fixture->library, "?provider=tlscard"));
}

void fixture_open(struct fixture *fixture, ...)
{
    va_list settings;
    const char *setting;

    fake_reset();
    fake_clock_run();
    clear_environment();
    set("DEADLINE_MS=60000"); /* a test that means a deadline sets it */
    va_start(settings, fixture);
    while ((setting = va_arg(settings, const char *)) != NULL)
        set(setting);
    va_end(settings);
    load(fixture);
    assert_non_null(fixture->tlscard);
}

int fixture_try_open(struct fixture *fixture, const char *setting)
{
    fake_reset();
    fake_clock_run();
    clear_environment();
    set(setting);
    load(fixture);
    return fixture->tlscard != NULL;
}

void fixture_close(struct fixture *fixture)
{
    if (fixture->tlscard != NULL)
        OSSL_PROVIDER_unload(fixture->tlscard);
    OSSL_PROVIDER_unload(fixture->standard);
    OSSL_PROVIDER_unload(fixture->plain_standard);
    OSSL_LIB_CTX_free(fixture->library);
    OSSL_LIB_CTX_free(fixture->plain);
    assert_int_equal(fake.keys, 0);
    assert_int_equal(fake.queues, 0);
    assert_int_equal(fake.requests, 0);
    assert_int_equal(fake.foreign_calls, 0);
    assert_int_equal(fake.unguarded, 0);
}

char *fixture_param(struct fixture *fixture, const char *name)
{
    size_t size = 1 << 17;
    char *text = OPENSSL_zalloc(size);
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(name, text, size), OSSL_PARAM_construct_end()};

    assert_true(OSSL_PROVIDER_get_params(fixture->tlscard, params));
    return text;
}

static long count_in_class(struct fixture *fixture, const char *class, const char *reason)
{
    char *counters = fixture_param(fixture, "tlscard-counters"), quoted[64] = "\"", *at;
    char *begin = strstr(counters, class);
    long count = 0;

    strncat(quoted, reason, 40);
    strcat(quoted, "\":");
    *strstr(begin, "\"breaker\"") = '\0';
    at = strstr(begin, quoted);
    if (at != NULL)
        count = strtol(at + strlen(quoted), NULL, 10);
    OPENSSL_free(counters);
    return count;
}

long fixture_count(struct fixture *fixture, const char *reason)
{
    return count_in_class(fixture, "\"rsa\"", reason);
}

long fixture_ec_count(struct fixture *fixture, const char *reason)
{
    return count_in_class(fixture, "\"ec\"", reason);
}

long fixture_gcm_count(struct fixture *fixture, const char *reason)
{
    return count_in_class(fixture, "\"gcm\"", reason);
}

EVP_PKEY *plain_key(struct fixture *fixture, unsigned bits)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(fixture->plain, NULL, "RSA", (size_t)bits);

    assert_non_null(key);
    return key;
}

EVP_PKEY *key_in(OSSL_LIB_CTX *library, EVP_PKEY *key)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(library, EVP_PKEY_get0_type_name(key), NULL);
    OSSL_PARAM *params = NULL;
    EVP_PKEY *copy = NULL;

    assert_true(EVP_PKEY_todata(key, EVP_PKEY_KEYPAIR, &params));
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    assert_int_equal(EVP_PKEY_fromdata(context, &copy, EVP_PKEY_KEYPAIR, params), 1);
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(context);
    return copy;
}

void forget_vain_fetch(void)
{
    if (OPENSSL_version_major() >= 4 && ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_EVP &&
        ERR_GET_REASON(ERR_peek_error()) == ERR_R_UNSUPPORTED)
        ERR_get_error();
}

int sign_with(OSSL_LIB_CTX *library, EVP_PKEY *key, const char *properties, uint8_t *signature, size_t *length)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int ok = EVP_DigestSignInit_ex(context, NULL, "SHA256", library, properties, key, NULL) > 0 &&
             EVP_DigestSign(context, signature, length, (const uint8_t *)"message", 7) > 0;

    EVP_MD_CTX_free(context);
    if (ok && properties != NULL)
        forget_vain_fetch();
    return ok;
}

void random_octets(uint8_t *octets, size_t length)
{
    static unsigned seed;
    const char *given = getenv("TLSCARD_TEST_SEED");

    if (seed == 0) {
        seed = given != NULL ? (unsigned)strtoul(given, NULL, 0) : (unsigned)time(NULL);
        print_message("# TLSCARD_TEST_SEED=%u\n", seed);
    }
    for (size_t i = 0; i < length; i++)
        octets[i] = (uint8_t)(rand_r(&seed) >> 7);
}
