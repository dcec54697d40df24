/* SPDX-License-Identifier: Apache-2.0 */
/* The provider's settings: from openssl.cnf, from the environment, and refused where they are wrong. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include "provider/provider.h"
#include "tests/provider/fixture.h"

OSSL_provider_init_fn OSSL_provider_init;

static char path[] = "/tmp/tlscard-config.XXXXXX";

/* An openssl.cnf with these lines in the provider's section, under the name that the application is known by. */
static void write_file(const char *name, const char *lines)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fprintf(file,
            "%s = init\n[init]\nproviders = list\n[list]\ndefault = standard\ntlscard = card\n"
            "[standard]\nactivate = 1\n[card]\n%s\nactivate = 1\n[other]\npolicy = sometimes\nnonsense = 1\n",
            name, lines);
    fclose(file);
    setenv("OPENSSL_CONF", path, 1);
}

static char own_error[512];

/* The provider, and the text of the oldest of its own errors: libcrypto drops them where a configuration file activates
 * a provider that then refuses to load. */
static int recording_init(const OSSL_CORE_HANDLE *core, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out,
                          void **context)
{
    int ok = OSSL_provider_init(core, in, out, context), flags;
    const char *data;

    own_error[0] = '\0';
    while (!ok && own_error[0] == '\0' && ERR_get_error_all(NULL, NULL, NULL, &data, &flags) != 0)
        if ((flags & ERR_TXT_STRING) != 0 && strncmp(data, "tlscard: ", 9) == 0)
            strncpy(own_error, data, sizeof own_error - 1);
    return ok;
}

/* Load by the file; *card is where the provider found to have looked for one, as JSON. Returns whether it loaded. */
static int load(const char *lines, char *card, size_t size)
{
    OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string("tlscard-card", card, size), OSSL_PARAM_construct_end()};
    OSSL_PROVIDER *provider;
    int loaded;

    fake_reset();
    write_file("openssl_conf", lines);
    assert_true(OSSL_PROVIDER_add_builtin(library, "tlscard", recording_init));
    OSSL_LIB_CTX_load_config(library, path);
    loaded = OSSL_PROVIDER_available(library, "tlscard");
    if (loaded && card != NULL) {
        provider = OSSL_PROVIDER_load(library, "tlscard");
        assert_true(OSSL_PROVIDER_get_params(provider, params));
        OSSL_PROVIDER_unload(provider);
    }
    OSSL_LIB_CTX_free(library);
    return loaded;
}

static int prepare(void **state)
{
    static const char *const variables[] = {"TLSCARD_ADDRESS",     "TLSCARD_POLICY",         "TLSCARD_POLICY_RSA",  "TLSCARD_POLICY_EC",
                                            "TLSCARD_DEADLINE_MS", "TLSCARD_IDLE_CLOSE_MS", "TLSCARD_VERIFY_RESULTS",
                                            "TLSCARD_TRACE"};

    (void)state;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++)
        unsetenv(variables[i]);
    ERR_clear_error();
    return 0;
}

static void test_every_key(void **state)
{
    char card[512];

    (void)state;
    assert_true(
        load("identity = tlscard\nsoft_load = 1\naddress = vfio-user:/nowhere\npolicy = always\npolicy-rsa = never\n"
             "policy-ec = auto\ndeadline-ms = 20\nidle-close-ms = 0\nverify-results = no\ntrace = yes",
             card, sizeof card));
    assert_string_equal(own_error, "");
    assert_non_null(strstr(card, "\"address\":\"vfio-user:/nowhere\""));
}

static void test_no_key(void **state)
{
    char card[512];

    (void)state;
    assert_true(load("", card, sizeof card));
    assert_non_null(strstr(card, "\"address\":\"auto\""));
}

static void test_environment_wins(void **state)
{
    char card[512];

    (void)state;
    setenv("TLSCARD_ADDRESS", "sim", 1);
    assert_true(load("address = vfio-user:/nowhere", card, sizeof card));
    assert_non_null(strstr(card, "\"address\":\"sim\""));
}

static void test_unknown_key(void **state)
{
    (void)state;
    assert_false(load("polcy = always", NULL, 0));
    assert_string_equal(own_error, "tlscard: unknown key polcy = \"always\" in section [card]");
}

/* Another section, of something that is not us, may hold what it likes. */
static void test_other_sections(void **state)
{
    (void)state;
    assert_true(load("policy = never", NULL, 0));
}

static void test_included_section(void **state)
{
    char included[] = "/tmp/tlscard-include.XXXXXX", line[128];
    int descriptor = mkstemp(included);

    (void)state;
    assert_int_equal(write(descriptor, "dedline-ms = 5\n", 15), 15);
    close(descriptor);
    snprintf(line, sizeof line, ".include = %s", included);
    assert_false(load(line, NULL, 0));
    assert_string_equal(own_error, "tlscard: unknown key dedline-ms = \"5\" in section [card]");
    unlink(included);
}

static void test_bad_values(void **state)
{
    static const struct {
        const char *line, *error;
    } bad[] = {
        {"policy = sometimes", "tlscard: policy = \"sometimes\" is not auto, always or never"},
        {"policy-rsa = Always", "tlscard: policy-rsa = \"Always\" is not auto, always or never"},
        {"policy-ec = Always", "tlscard: policy-ec = \"Always\" is not auto, always or never"},
        {"deadline-ms = 0", "tlscard: deadline-ms = \"0\" is not a number of milliseconds from 1 to 3600000"},
        {"idle-close-ms = soon",
         "tlscard: idle-close-ms = \"soon\" is not a number of milliseconds from 1 to 3600000, or 0 for never"},
        {"idle-close-ms = 3600001",
         "tlscard: idle-close-ms = \"3600001\" is not a number of milliseconds from 1 to 3600000, or 0 for never"},
        {"deadline-ms = -1", "tlscard: deadline-ms = \"-1\" is not a number of milliseconds from 1 to 3600000"},
        {"deadline-ms = 10s", "tlscard: deadline-ms = \"10s\" is not a number of milliseconds from 1 to 3600000"},
        {"deadline-ms = 99999999999999999999",
         "tlscard: deadline-ms = \"99999999999999999999\" is not a number of milliseconds from 1 to 3600000"},
        {"verify-results = true", "tlscard: verify-results = \"true\" is not yes or no"},
        {"trace = 1", "tlscard: trace = \"1\" is not yes or no"},
        {"address = usb",
         "tlscard: address = \"usb\" is not auto, sim, vfio-user:PATH or pci:DOMAIN:BUS:DEVICE.FUNCTION"},
        {"address = pci:",
         "tlscard: address = \"pci:\" is not auto, sim, vfio-user:PATH or pci:DOMAIN:BUS:DEVICE.FUNCTION"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_false(load(bad[i].line, NULL, 0));
        assert_string_equal(own_error, bad[i].error);
    }
}

static void test_bad_environment(void **state)
{
    struct fixture fixture;
    const char *data;

    (void)state;

    assert_false(fixture_try_open(&fixture, "VERIFY_RESULTS=maybe"));
    ERR_peek_error_all(NULL, NULL, NULL, &data, NULL);
    assert_string_equal(data, "tlscard: TLSCARD_VERIFY_RESULTS = \"maybe\" is not yes or no");
    ERR_clear_error();
    fixture_close(&fixture);
}

/* A file that is there but is not the one in force says nothing about us. */
static void test_file_not_in_force(void **state)
{
    OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
    OSSL_PROVIDER *provider;

    (void)state;
    write_file("openssl_conf", "polcy = always");
    assert_true(OSSL_PROVIDER_add_builtin(library, "tlscard", recording_init));
    provider = OSSL_PROVIDER_load(library, "tlscard");
    assert_non_null(provider);
    OSSL_PROVIDER_unload(provider);
    OSSL_LIB_CTX_free(library);
}

/* In a file that libcrypto does not read by default, names are found that can be guessed; others are not. */
static void test_misspelled_key(void **state)
{
    static const struct {
        const char *line, *error;
    } bad[] = {
        {"polcy = always", "tlscard: unknown key polcy = \"always\"; is policy meant?"},
        {"adress = sim", "tlscard: unknown key adress = \"sim\"; is address meant?"},
        {"tracee = yes", "tlscard: unknown key tracee = \"yes\"; is trace meant?"},
        {"ttrace = yes", "tlscard: unknown key ttrace = \"yes\"; is trace meant?"},
        {"polciy-ec = auto", "tlscard: unknown key polciy-ec = \"auto\"; is policy-ec meant?"},
        {"Trace = yes", NULL},
        {"idle_close_ms = 5", "tlscard: unknown key idle_close_ms = \"5\"; is idle-close-ms meant?"},
        {"deadline_ms = 5", "tlscard: unknown key deadline_ms = \"5\"; is deadline-ms meant?"},
        {"DEADLINE_MS = 5", "tlscard: unknown key DEADLINE_MS = \"5\"; is deadline-ms meant?"},
        {"VERIFY-RESULTS = no", "tlscard: unknown key VERIFY-RESULTS = \"no\"; is verify-results meant?"},
        {"something = else", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();

        write_file("openssl_conf", bad[i].line);
        setenv("OPENSSL_CONF", "/dev/null", 1);
        assert_true(OSSL_PROVIDER_add_builtin(library, "tlscard", recording_init));
        OSSL_LIB_CTX_load_config(library, path);
        assert_int_equal(OSSL_PROVIDER_available(library, "tlscard"), bad[i].error == NULL);
        assert_string_equal(own_error, bad[i].error == NULL ? "" : bad[i].error);
        OSSL_LIB_CTX_free(library);
    }
}

static void test_application_name(void **state)
{
    OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();

    (void)state;
    write_file("nginx = init\nopenssl_conf", "polcy = always");
    assert_true(OSSL_PROVIDER_add_builtin(library, "tlscard", recording_init));
    OSSL_LIB_CTX_load_config(library, path);
    assert_false(OSSL_PROVIDER_available(library, "tlscard"));
    assert_string_equal(own_error, "tlscard: unknown key polcy = \"always\" in section [card]");
    OSSL_LIB_CTX_free(library);
}

static void test_no_file(void **state)
{
    struct fixture fixture;

    (void)state;
    setenv("OPENSSL_CONF", "/nonexistent/openssl.cnf", 1);
    assert_true(fixture_try_open(&fixture, "TRACE=no"));
    assert_int_equal(ERR_peek_error(), 0);
    fixture_close(&fixture);
}

/* Without the default provider the reason is said, and nothing crashes. */
static void test_no_default_provider(void **state)
{
    OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();
    OSSL_PROVIDER *provider;
    unsigned long error;
    const char *data;
    int found = 0;

    (void)state;
    setenv("OPENSSL_CONF", "/dev/null", 1);
    assert_true(OSSL_PROVIDER_add_builtin(library, "tlscard", recording_init));
    provider = OSSL_PROVIDER_load(library, "tlscard");
    assert_non_null(provider);
    assert_null(EVP_PKEY_Q_keygen(library, NULL, "RSA", (size_t)2048));
    while ((error = ERR_get_error_all(NULL, NULL, NULL, &data, NULL)) != 0)
        if (strcmp(data, "tlscard: no RSA in the default provider; activate it in openssl.cnf beside tlscard") == 0) {
            found = 1;
            assert_string_equal(ERR_lib_error_string(error), "tlscard");
            assert_string_equal(ERR_reason_error_string(error), "default provider not available");
        }
    assert_true(found);
    OSSL_PROVIDER_unload(provider);
    OSSL_LIB_CTX_free(library);
}

static void test_own_parameters(void **state)
{
    struct fixture fixture;
    const OSSL_PARAM *gettable;
    const char *name = NULL, *version = NULL, *build = NULL;
    int status = 0;
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_ptr(OSSL_PROV_PARAM_NAME, (char **)&name, 0),
                           OSSL_PARAM_construct_utf8_ptr(OSSL_PROV_PARAM_VERSION, (char **)&version, 0),
                           OSSL_PARAM_construct_utf8_ptr(OSSL_PROV_PARAM_BUILDINFO, (char **)&build, 0),
                           OSSL_PARAM_construct_int(OSSL_PROV_PARAM_STATUS, &status), OSSL_PARAM_construct_end()};
    char small[4];
    OSSL_PARAM too_small[] = {OSSL_PARAM_construct_utf8_string("tlscard-counters", small, sizeof small),
                              OSSL_PARAM_construct_end()};

    (void)state;
    fixture_open(&fixture, "POLICY=auto", NULL);
    gettable = OSSL_PROVIDER_gettable_params(fixture.tlscard);
    assert_non_null(OSSL_PARAM_locate_const(gettable, "tlscard-counters"));
    assert_non_null(OSSL_PARAM_locate_const(gettable, "tlscard-card"));
    assert_non_null(OSSL_PARAM_locate_const(gettable, "tlscard-operations"));
    assert_true(OSSL_PROVIDER_get_params(fixture.tlscard, params));
    assert_string_equal(name, "tlscard TLS offload card");
    assert_non_null(strstr(build, version));
    assert_int_equal(status, 1);
    assert_false(OSSL_PROVIDER_get_params(fixture.tlscard, too_small));
    assert_true(too_small[0].return_size > sizeof small);
    fixture_close(&fixture);
}

static int make_path(void **state)
{
    (void)state;
    return close(mkstemp(path));
}

static int remove_path(void **state)
{
    (void)state;
    return unlink(path);
}

#define TEST(name) cmocka_unit_test_setup(name, prepare)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_key),        TEST(test_no_key),          TEST(test_environment_wins),
        TEST(test_unknown_key),
        TEST(test_misspelled_key),      TEST(test_other_sections),  TEST(test_included_section),
        TEST(test_bad_values),       TEST(test_bad_environment), TEST(test_file_not_in_force),
        TEST(test_application_name), TEST(test_no_file),         TEST(test_no_default_provider),
        TEST(test_own_parameters),
    };

    return cmocka_run_group_tests(tests, make_path, remove_path);
}
