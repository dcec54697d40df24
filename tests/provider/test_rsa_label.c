/* SPDX-License-Identifier: Apache-2.0 */
/* OAEP's label in copies of a context: nothing depends on whether the default provider's copies share it, as before 3.0.18. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>

#include "tests/provider/fake_driver.h"

#define SIZE 256
#define FUNCTIONS 32

OSSL_provider_init_fn OSSL_provider_init;

static OSSL_LIB_CTX *library, *plain;
static OSSL_PROVIDER *standard, *watched, *tlscard;
static EVP_PKEY *key, *plain_key;

static int copies, copies_with_label; /* that were made of the default provider's contexts */
static OSSL_FUNC_asym_cipher_dupctx_fn *real_dupctx;
static OSSL_FUNC_asym_cipher_get_ctx_params_fn *real_get_params;

static void *watched_dupctx(void *context)
{
    void *label = NULL;
    OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_ptr(OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL, &label, 0),
                           OSSL_PARAM_construct_end()};

    assert_true(real_get_params(context, params));
    copies++;
    copies_with_label += label != NULL;
    return real_dupctx(context);
}

/* The default provider's table for RSA, with its dupctx watched. */
static const OSSL_ALGORITHM *watch(const OSSL_ALGORITHM *algorithms)
{
    static OSSL_DISPATCH functions[FUNCTIONS];
    static OSSL_ALGORITHM watched_algorithms[2];
    size_t count = 0;

    while (strncmp(algorithms->algorithm_names, "RSA:", 4) != 0)
        algorithms++;
    for (const OSSL_DISPATCH *entry = algorithms->implementation; entry->function_id != 0; entry++) {
        assert_true(count < FUNCTIONS - 1);
        functions[count] = *entry;
        if (entry->function_id == OSSL_FUNC_ASYM_CIPHER_GET_CTX_PARAMS)
            real_get_params = OSSL_FUNC_asym_cipher_get_ctx_params(entry);
        if (entry->function_id == OSSL_FUNC_ASYM_CIPHER_DUPCTX) {
            real_dupctx = OSSL_FUNC_asym_cipher_dupctx(entry);
            functions[count].function = (void (*)(void))watched_dupctx;
        }
        count++;
    }
    watched_algorithms[0] = *algorithms;
    watched_algorithms[0].implementation = functions;
    return watched_algorithms;
}

static const OSSL_ALGORITHM *query(void *context, int operation, int *no_cache)
{
    const OSSL_ALGORITHM *algorithms = OSSL_PROVIDER_query_operation(standard, operation, no_cache);

    (void)context;
    return operation == OSSL_OP_ASYM_CIPHER ? watch(algorithms) : algorithms;
}

/* A default provider, by its algorithms' own properties. */
static int init_watched(const OSSL_CORE_HANDLE *core, const OSSL_DISPATCH *in, const OSSL_DISPATCH **out, void **context)
{
    static const OSSL_DISPATCH functions[] = {{OSSL_FUNC_PROVIDER_QUERY_OPERATION, (void (*)(void))query}, {0, NULL}};

    (void)core, (void)in;
    *out = functions;
    *context = OSSL_PROVIDER_get0_provider_ctx(standard);
    return 1;
}

static EVP_PKEY *key_in(OSSL_LIB_CTX *where, EVP_PKEY *from)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(where, "RSA", NULL);
    OSSL_PARAM *params = NULL;
    EVP_PKEY *made = NULL;

    assert_true(EVP_PKEY_todata(from, EVP_PKEY_KEYPAIR, &params));
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    assert_int_equal(EVP_PKEY_fromdata(context, &made, EVP_PKEY_KEYPAIR, params), 1);
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(context);
    return made;
}

static int open_on(void **state, const char *address)
{
    (void)state;
    fake_reset();
    setenv("OPENSSL_CONF", "/dev/null", 1);
    setenv("TLSCARD_POLICY", "always", 1);
    setenv("TLSCARD_DEADLINE_MS", "60000", 1);
    setenv("TLSCARD_ADDRESS", address, 1);
    plain = OSSL_LIB_CTX_new();
    standard = OSSL_PROVIDER_load(plain, "default");
    plain_key = EVP_PKEY_Q_keygen(plain, NULL, "RSA", (size_t)2048);
    library = OSSL_LIB_CTX_new();
    assert_true(OSSL_PROVIDER_add_builtin(library, "watched", init_watched));
    assert_true(OSSL_PROVIDER_add_builtin(library, "tlscard", OSSL_provider_init));
    watched = OSSL_PROVIDER_load(library, "watched");
    tlscard = OSSL_PROVIDER_load(library, "tlscard");
    assert_true(watched != NULL && tlscard != NULL && EVP_set_default_properties(library, "?provider=tlscard"));
    key = key_in(library, plain_key);
    assert_ptr_equal(EVP_PKEY_get0_provider(key), tlscard);
    copies = copies_with_label = 0;
    return 0;
}

static int open_with_card(void **state)
{
    return open_on(state, "auto");
}

static int open_without_card(void **state)
{
    return open_on(state, "vfio-user:" FAKE_NO_CARD);
}

static int close_all(void **state)
{
    (void)state;
    assert_int_equal(ERR_peek_error(), 0);
    EVP_PKEY_free(key);
    EVP_PKEY_free(plain_key);
    OSSL_PROVIDER_unload(tlscard);
    OSSL_PROVIDER_unload(watched);
    OSSL_LIB_CTX_free(library);
    OSSL_PROVIDER_unload(standard);
    OSSL_LIB_CTX_free(plain);
    assert_int_equal(fake.keys, 0);
    assert_int_equal(fake.queues, 0);
    return 0;
}

static void set_label(EVP_PKEY_CTX *context, const char *label)
{
    assert_int_equal(EVP_PKEY_CTX_set0_rsa_oaep_label(context, OPENSSL_strdup(label), (int)strlen(label)), 1);
}

static void assert_label(EVP_PKEY_CTX *context, const char *label)
{
    unsigned char *found = NULL;

    assert_int_equal(EVP_PKEY_CTX_get0_rsa_oaep_label(context, &found), strlen(label));
    assert_memory_equal(found, label, strlen(label));
}

static EVP_PKEY_CTX *begin(OSSL_LIB_CTX *where, EVP_PKEY *with, int decrypts, const char *label)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(where, with, NULL);

    assert_int_equal((decrypts ? EVP_PKEY_decrypt_init : EVP_PKEY_encrypt_init)(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_OAEP_PADDING), 1);
    if (label != NULL)
        set_label(context, label);
    return context;
}

/* What one end makes of "text" the other reads with that label and with no other. */
static void assert_made_with(EVP_PKEY_CTX *encrypting, const char *label)
{
    EVP_PKEY_CTX *reader = begin(plain, plain_key, 1, label), *stranger = begin(plain, plain_key, 1, "no such label");
    uint8_t sealed[SIZE], text[SIZE];
    size_t length = SIZE, text_length = SIZE;

    assert_int_equal(EVP_PKEY_encrypt(encrypting, sealed, &length, (const uint8_t *)"text", 4), 1);
    assert_int_equal(EVP_PKEY_decrypt(reader, text, &text_length, sealed, length), 1);
    assert_int_equal(text_length, 4);
    text_length = SIZE;
    assert_true(EVP_PKEY_decrypt(stranger, text, &text_length, sealed, length) <= 0);
    ERR_clear_error();
    EVP_PKEY_CTX_free(reader);
    EVP_PKEY_CTX_free(stranger);
}

static void assert_reads(EVP_PKEY_CTX *decrypting, const char *label, int reads)
{
    EVP_PKEY_CTX *writer = begin(plain, plain_key, 0, label);
    uint8_t sealed[SIZE], text[SIZE];
    size_t length = SIZE, text_length = SIZE;

    assert_int_equal(EVP_PKEY_encrypt(writer, sealed, &length, (const uint8_t *)"text", 4), 1);
    assert_int_equal(EVP_PKEY_decrypt(decrypting, text, &text_length, sealed, length) > 0, reads);
    ERR_clear_error();
    EVP_PKEY_CTX_free(writer);
}

static void test_encryption(void **state)
{
    EVP_PKEY_CTX *first = begin(library, key, 0, "first"), *second, *third;

    (void)state;
    assert_made_with(first, "first");
    second = EVP_PKEY_CTX_dup(first);
    third = EVP_PKEY_CTX_dup(second);
    assert_label(second, "first");
    set_label(second, "another one");
    assert_label(first, "first");
    assert_label(second, "another one");
    assert_made_with(second, "another one");
    EVP_PKEY_CTX_free(first);
    assert_label(third, "first");
    assert_made_with(third, "first");
    EVP_PKEY_CTX_free(second);
    EVP_PKEY_CTX_free(third);
    assert_true(copies >= 2);
    assert_int_equal(copies_with_label, 0);
}

static void test_decryption(void **state)
{
    EVP_PKEY_CTX *first = begin(library, key, 1, NULL), *second;

    (void)state;
    assert_reads(first, "", 1);
    set_label(first, "first");
    assert_reads(first, "first", 1);
    assert_reads(first, "", 0);
    second = EVP_PKEY_CTX_dup(first);
    EVP_PKEY_CTX_free(first);
    assert_reads(second, "first", 1);
    set_label(second, "");
    assert_reads(second, "first", 0);
    assert_reads(second, "", 1);
    EVP_PKEY_CTX_free(second);
    assert_true(copies >= 1);
    assert_int_equal(copies_with_label, 0);
}

/* Given with the beginning, among other parameters; and it stays where the context begins again. */
static void test_beginning(void **state)
{
    char digest[] = "SHA256", padding[] = OSSL_PKEY_RSA_PAD_MODE_OAEP, label[] = "given at once";
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL, label, strlen(label)),
        OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_PAD_MODE, padding, 0),
        OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST, digest, 0),
        OSSL_PARAM_construct_end(),
    };
    int number = 1;
    const OSSL_PARAM wrong[] = {OSSL_PARAM_construct_int(OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL, &number),
                                OSSL_PARAM_construct_end()};
    EVP_PKEY_CTX *contexts[] = {EVP_PKEY_CTX_new_from_pkey(library, key, NULL),
                                EVP_PKEY_CTX_new_from_pkey(plain, plain_key, NULL)};
    uint8_t sealed[SIZE], text[SIZE];
    size_t length = SIZE, text_length = SIZE;

    (void)state;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(EVP_PKEY_encrypt_init_ex(contexts[i], params), 1);
        assert_label(contexts[i], label);
        assert_int_equal(EVP_PKEY_CTX_set_params(contexts[i], wrong), 0);
        ERR_clear_error();
        assert_label(contexts[i], label);
    }
    assert_int_equal(EVP_PKEY_encrypt(contexts[0], sealed, &length, (const uint8_t *)"text", 4), 1);
    assert_int_equal(EVP_PKEY_decrypt_init_ex(contexts[1], params), 1);
    assert_int_equal(EVP_PKEY_decrypt(contexts[1], text, &text_length, sealed, length), 1);
    text_length = SIZE;
    assert_int_equal(EVP_PKEY_decrypt_init_ex(contexts[0], params), 1);
    assert_int_equal(EVP_PKEY_decrypt(contexts[0], text, &text_length, sealed, length), 1);
    EVP_PKEY_CTX_free(contexts[0]);
    EVP_PKEY_CTX_free(contexts[1]);
    assert_int_equal(copies_with_label, 0);
}

#define WITH_AND_WITHOUT(test)                                            \
    cmocka_unit_test_setup_teardown(test, open_with_card, close_all),     \
        cmocka_unit_test_setup_teardown(test, open_without_card, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {WITH_AND_WITHOUT(test_encryption), WITH_AND_WITHOUT(test_decryption),
                                       WITH_AND_WITHOUT(test_beginning)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
