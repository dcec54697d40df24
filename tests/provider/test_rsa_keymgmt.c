/* SPDX-License-Identifier: Apache-2.0 */
/* RSA keys: import, export, generation, comparison and every parameter, beside the plain default provider. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/decoder.h>
#include <openssl/encoder.h>
#include <openssl/params.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "provider/rsa_key.h"
#include "tests/provider/fixture.h"

static struct fixture fixture;
static EVP_PKEY *plain, *ours; /* the same key, 2048 bits */

static int open_all(void **state)
{
    (void)state;
    fixture_open(&fixture, "POLICY=always", NULL);
    plain = plain_key(&fixture, 2048);
    ours = key_in(fixture.library, plain);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    assert_int_equal(ERR_peek_error(), 0);
    EVP_PKEY_free(plain);
    EVP_PKEY_free(ours);
    fixture_close(&fixture);
    return 0;
}

static int is_ours(const EVP_PKEY *key)
{
    return strcmp(OSSL_PROVIDER_get0_name(EVP_PKEY_get0_provider(key)), "tlscard") == 0;
}

/* Every parameter that the default provider's key has, ours has with the same octets. */
static void same_parameters(EVP_PKEY *mine, EVP_PKEY *theirs)
{
    const OSSL_PARAM *gettable = EVP_PKEY_gettable_params(theirs);

    assert_ptr_equal(EVP_PKEY_gettable_params(mine), gettable);
    for (; gettable->key != NULL; gettable++) {
        uint8_t one[1024] = {0}, other[1024] = {0};
        OSSL_PARAM asked_mine[] = {*gettable, OSSL_PARAM_construct_end()},
                   asked_theirs[] = {*gettable, OSSL_PARAM_construct_end()};

        asked_mine[0].data = one;
        asked_theirs[0].data = other;
        asked_mine[0].data_size = asked_theirs[0].data_size =
            gettable->data_type == OSSL_PARAM_INTEGER ? sizeof(int) : sizeof one;
        assert_int_equal(EVP_PKEY_get_params(mine, asked_mine), EVP_PKEY_get_params(theirs, asked_theirs));
        assert_int_equal(asked_mine[0].return_size, asked_theirs[0].return_size);
        assert_memory_equal(one, other, sizeof one);
    }
    assert_int_equal(EVP_PKEY_get_bits(mine), EVP_PKEY_get_bits(theirs));
    assert_int_equal(EVP_PKEY_get_security_bits(mine), EVP_PKEY_get_security_bits(theirs));
    assert_int_equal(EVP_PKEY_get_size(mine), EVP_PKEY_get_size(theirs));
}

static void test_parameters(void **state)
{
    (void)state;
    assert_true(is_ours(ours));
    same_parameters(ours, plain);
}

static EVP_PKEY *restricted_key(void)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(fixture.library, "RSA-PSS", NULL);
    EVP_PKEY *key = NULL;

    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_keygen_md_name(context, "SHA384", NULL), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_keygen_mgf1_md_name(context, "SHA256"), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_keygen_saltlen(context, 40), 1);
    assert_int_equal(EVP_PKEY_generate(context, &key), 1);
    EVP_PKEY_CTX_free(context);
    return key;
}

static void test_restricted_parameters(void **state)
{
    EVP_PKEY *mine = restricted_key(), *theirs = key_in(fixture.plain, mine), *copy = EVP_PKEY_dup(mine);
    char digest[32] = "", expected[32] = "";

    (void)state;
    assert_true(is_ours(mine));
    same_parameters(mine, theirs);
    same_parameters(copy, theirs);
    assert_int_equal(EVP_PKEY_get_default_digest_name(mine, digest, sizeof digest),
                     EVP_PKEY_get_default_digest_name(theirs, expected, sizeof expected));
    assert_string_equal(digest, expected);
    assert_int_equal(EVP_PKEY_get_default_digest_name(mine, digest, sizeof digest), 2); /* mandatory */
    EVP_PKEY_free(mine);
    EVP_PKEY_free(theirs);
    EVP_PKEY_free(copy);
}

static void test_default_digest(void **state)
{
    char digest[32];

    (void)state;
    assert_int_equal(EVP_PKEY_get_default_digest_name(ours, digest, sizeof digest), 1);
    assert_string_equal(digest, "SHA256");
}

static int iterations;

static int count_iterations(EVP_PKEY_CTX *context)
{
    (void)context;
    iterations++;
    return 1;
}

static void test_generation(void **state)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(fixture.library, "RSA", NULL);
    EVP_PKEY *key = NULL, *other;
    BIGNUM *e = BN_new(), *found = NULL;

    (void)state;
    iterations = 0;
    BN_set_word(e, 3);
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_non_null(OSSL_PARAM_locate_const(EVP_PKEY_CTX_settable_params(context), OSSL_PKEY_PARAM_RSA_BITS));
    assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(context, 1024), 1);
    assert_int_equal(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(context, e), 1);
    EVP_PKEY_CTX_set_cb(context, count_iterations);
    assert_int_equal(EVP_PKEY_generate(context, &key), 1);
    assert_true(iterations > 2);
    assert_true(is_ours(key));
    assert_int_equal(EVP_PKEY_get_bits(key), 1024);
    assert_true(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &found));
    assert_true(BN_is_word(found, 3));
    other = key_in(fixture.plain, key);
    same_parameters(key, other);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
    BN_free(e);
    BN_free(found);
}

/* A generation that is refused is refused. */
static void test_generation_of_nonsense(void **state)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(fixture.library, "RSA", NULL);
    EVP_PKEY *key = NULL;

    (void)state;
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    if (EVP_PKEY_CTX_set_rsa_keygen_bits(context, 100) > 0)
        assert_int_not_equal(EVP_PKEY_generate(context, &key), 1);
    assert_null(key);
    ERR_clear_error();
    EVP_PKEY_CTX_free(context);
}

static void check(EVP_PKEY *key, int expected, int (*checker)(EVP_PKEY_CTX *context))
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(fixture.library, key, NULL);

    assert_int_equal(checker(context), expected);
    ERR_clear_error();
    EVP_PKEY_CTX_free(context);
}

/* The components of ours, with d changed. */
static EVP_PKEY *damaged_key(void)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(fixture.library, "RSA", NULL);
    OSSL_PARAM *params = NULL, *d;
    EVP_PKEY *key = NULL;

    assert_true(EVP_PKEY_todata(plain, EVP_PKEY_KEYPAIR, &params));
    d = OSSL_PARAM_locate(params, OSSL_PKEY_PARAM_RSA_D);
    ((uint8_t *)d->data)[2] ^= 4;
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    assert_int_equal(EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, params), 1);
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(context);
    return key;
}

static void test_validation(void **state)
{
    EVP_PKEY *damaged = damaged_key();

    (void)state;
    check(ours, 1, EVP_PKEY_check);
    check(ours, 1, EVP_PKEY_pairwise_check);
    check(ours, 1, EVP_PKEY_private_check);
    check(ours, 1, EVP_PKEY_public_check);
    check(ours, 1, EVP_PKEY_public_check_quick);
    check(ours, 1, EVP_PKEY_param_check);
    check(damaged, 0, EVP_PKEY_check);
    check(damaged, 1, EVP_PKEY_public_check);
    EVP_PKEY_free(damaged);
}

static EVP_PKEY *public_part(EVP_PKEY *key, OSSL_LIB_CTX *library)
{
    unsigned char *der = NULL;
    int length = i2d_PUBKEY(key, &der);
    const unsigned char *at = der;
    EVP_PKEY *part = d2i_PUBKEY_ex(NULL, &at, length, library, NULL);

    OPENSSL_free(der);
    assert_non_null(part);
    return part;
}

static void test_comparison(void **state)
{
    EVP_PKEY *half = public_part(ours, fixture.library), *other = plain_key(&fixture, 2048), *different;

    (void)state;
    assert_int_equal(EVP_PKEY_eq(ours, half), 1);
    assert_int_equal(EVP_PKEY_eq(half, ours), 1);
    assert_int_equal(EVP_PKEY_eq(ours, plain), 1); /* across providers */
    assert_int_equal(EVP_PKEY_eq(plain, ours), 1);
    assert_int_equal(EVP_PKEY_eq(ours, other), 0);
    different = key_in(fixture.library, other);
    assert_true(is_ours(different));
    assert_int_equal(EVP_PKEY_eq(ours, different), 0);
    EVP_PKEY_free(different);
    ERR_clear_error();
    EVP_PKEY_free(half);
    EVP_PKEY_free(other);
}

/* A public key in a key object of ours. */
static EVP_PKEY *key_in_part(EVP_PKEY *half)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(fixture.library, "RSA", NULL);
    OSSL_PARAM *params = NULL;
    EVP_PKEY *copy = NULL;

    assert_true(EVP_PKEY_todata(half, EVP_PKEY_PUBLIC_KEY, &params));
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    assert_int_equal(EVP_PKEY_fromdata(context, &copy, EVP_PKEY_PUBLIC_KEY, params), 1);
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(context);
    return copy;
}

static void test_public_part_has_no_private_part(void **state)
{
    EVP_PKEY *half = public_part(ours, fixture.library);
    unsigned char *der = NULL;
    EVP_PKEY *half_of_ours;
    OSSL_PARAM *params = NULL;
    BIGNUM *d = NULL;

    (void)state;
    half_of_ours = key_in_part(half);
    assert_true(is_ours(half_of_ours));
    assert_false(EVP_PKEY_todata(half_of_ours, EVP_PKEY_KEYPAIR, &params) &&
                 OSSL_PARAM_locate(params, OSSL_PKEY_PARAM_RSA_D) != NULL);
    OSSL_PARAM_free(params);
    check(half_of_ours, 0, EVP_PKEY_private_check);
    EVP_PKEY_free(half_of_ours);
    assert_false(EVP_PKEY_get_bn_param(half, OSSL_PKEY_PARAM_RSA_D, &d));
    assert_true(i2d_PrivateKey(half, &der) <= 0);
    check(half, 0, EVP_PKEY_private_check);
    ERR_clear_error();
    EVP_PKEY_free(half);
}

static void test_duplicate(void **state)
{
    EVP_PKEY *copy = EVP_PKEY_dup(ours);

    (void)state;
    assert_true(is_ours(copy));
    same_parameters(copy, plain);
    EVP_PKEY_free(copy);
}

/* PEM and DER by libcrypto's own encoders, from ours; whose the key read is, is libcrypto's choice. */
static void file_round_trip(EVP_PKEY *key, const char *structure, const char *format, int selection)
{
    OSSL_ENCODER_CTX *encoder = OSSL_ENCODER_CTX_new_for_pkey(key, selection, format, structure, NULL);
    unsigned char *data = NULL;
    const unsigned char *at;
    size_t length = 0;
    EVP_PKEY *back = NULL;
    OSSL_DECODER_CTX *decoder =
        OSSL_DECODER_CTX_new_for_pkey(&back, format, structure, NULL, selection, fixture.library, NULL);

    assert_int_equal(OSSL_ENCODER_to_data(encoder, &data, &length), 1);
    at = data;
    assert_int_equal(OSSL_DECODER_from_data(decoder, &at, &length), 1);
    assert_int_equal(EVP_PKEY_eq(key, back), 1);
    assert_int_equal(EVP_PKEY_eq(back, key), 1);
    EVP_PKEY_free(back);
    OPENSSL_free(data);
    OSSL_ENCODER_CTX_free(encoder);
    OSSL_DECODER_CTX_free(decoder);
}

static void test_files(void **state)
{
    EVP_PKEY *restricted = restricted_key();

    (void)state;
    for (int i = 0; i < 2; i++) {
        const char *format = i == 0 ? "PEM" : "DER";

        file_round_trip(ours, "PrivateKeyInfo", format, EVP_PKEY_KEYPAIR);
        file_round_trip(ours, "type-specific", format, EVP_PKEY_KEYPAIR);
        file_round_trip(ours, "SubjectPublicKeyInfo", format, EVP_PKEY_PUBLIC_KEY);
        file_round_trip(restricted, "PrivateKeyInfo", format, EVP_PKEY_KEYPAIR);
        file_round_trip(restricted, "SubjectPublicKeyInfo", format, EVP_PKEY_PUBLIC_KEY);
    }
    EVP_PKEY_free(restricted);
}

static void test_text(void **state)
{
    BIO *mine = BIO_new(BIO_s_mem()), *theirs = BIO_new(BIO_s_mem());
    char *one, *other;
    long length;

    (void)state;
    assert_int_equal(EVP_PKEY_print_private(mine, ours, 0, NULL), 1);
    assert_int_equal(EVP_PKEY_print_private(theirs, plain, 0, NULL), 1);
    length = BIO_get_mem_data(mine, &one);
    assert_int_equal(length, BIO_get_mem_data(theirs, &other));
    assert_memory_equal(one, other, (size_t)length);
    BIO_free(mine);
    BIO_free(theirs);
}

/* A key of the default provider is exported into ours by the first operation that is fetched from us. */
static void test_foreign_key_is_used(void **state)
{
    EVP_PKEY_CTX *generation = EVP_PKEY_CTX_new_from_name(fixture.library, "RSA", "provider=default");
    EVP_PKEY *key = NULL;
    uint8_t signature[512];
    size_t length = sizeof signature;

    (void)state;
    assert_int_equal(EVP_PKEY_keygen_init(generation), 1);
    assert_int_equal(EVP_PKEY_generate(generation, &key), 1);
    EVP_PKEY_CTX_free(generation);
    assert_false(is_ours(key));
    assert_true(sign_with(fixture.library, key, "provider=tlscard", signature, &length));
    assert_int_equal(fixture_count(&fixture, "card"), 1);
    EVP_PKEY_free(key);
}

/* And ours into the default provider's, for what only that has. */
static void test_our_key_is_used_by_others(void **state)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(fixture.library, ours, "provider=default");
    uint8_t wrapped[256], secret[256];
    size_t wrapped_length = sizeof wrapped, secret_length = sizeof secret;

    (void)state;
    assert_int_equal(EVP_PKEY_encapsulate_init(context, NULL), 1);
    assert_int_equal(EVP_PKEY_CTX_set_kem_op(context, "RSASVE"), 1);
    assert_int_equal(EVP_PKEY_encapsulate(context, wrapped, &wrapped_length, secret, &secret_length), 1);
    EVP_PKEY_CTX_free(context);
}

static void test_selection_of_nothing(void **state)
{
    OSSL_PARAM *params = NULL;

    (void)state;
    assert_true(EVP_PKEY_todata(ours, EVP_PKEY_PUBLIC_KEY, &params));
    assert_non_null(OSSL_PARAM_locate(params, OSSL_PKEY_PARAM_RSA_N));
    assert_null(OSSL_PARAM_locate(params, OSSL_PKEY_PARAM_RSA_D));
    OSSL_PARAM_free(params);
}

/* An import that the default provider refuses is refused. */
static void test_import_of_nonsense(void **state)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(fixture.library, "RSA", NULL);
    EVP_PKEY *key = NULL;
    OSSL_PARAM params[] = {OSSL_PARAM_construct_end()};

    (void)state;
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    assert_int_not_equal(EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, params), 1);
    assert_null(key);
    ERR_clear_error();
    EVP_PKEY_CTX_free(context);
}

static void *function_of(const OSSL_DISPATCH *table, int identity)
{
    for (; table->function_id != 0; table++)
        if (table->function_id == identity)
            return (void *)table->function;
    return NULL;
}

/* An empty key object answers no to everything, and does not crash. */
static void test_empty_object(void **state)
{
    OSSL_FUNC_keymgmt_has_fn *has = function_of(rsa_keymgmt_functions, OSSL_FUNC_KEYMGMT_HAS);
    OSSL_FUNC_keymgmt_match_fn *match = function_of(rsa_keymgmt_functions, OSSL_FUNC_KEYMGMT_MATCH);
    OSSL_FUNC_keymgmt_get_params_fn *get = function_of(rsa_keymgmt_functions, OSSL_FUNC_KEYMGMT_GET_PARAMS);
    OSSL_FUNC_keymgmt_export_fn *export = function_of(rsa_keymgmt_functions, OSSL_FUNC_KEYMGMT_EXPORT);
    OSSL_FUNC_keymgmt_dup_fn *dup = function_of(rsa_keymgmt_functions, OSSL_FUNC_KEYMGMT_DUP);
    int bits = 0;
    OSSL_PARAM params[] = {OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_BITS, &bits), OSSL_PARAM_construct_end()};
    struct provider provider = {.software = fixture.plain};
    struct rsa_key *empty = rsa_key_new(&provider, 0), *copy;

    (void)state;
    assert_int_equal(has(empty, OSSL_KEYMGMT_SELECT_PUBLIC_KEY), 0);
    assert_int_equal(has(empty, OSSL_KEYMGMT_SELECT_PRIVATE_KEY), 0);
    assert_int_equal(has(empty, OSSL_KEYMGMT_SELECT_OTHER_PARAMETERS), 1);
    assert_int_equal(match(empty, empty, OSSL_KEYMGMT_SELECT_KEYPAIR), 0);
    assert_int_equal(get(empty, params), 0);
    assert_int_equal(export(NULL, OSSL_KEYMGMT_SELECT_KEYPAIR, NULL, NULL), 0);
    copy = dup(empty, OSSL_KEYMGMT_SELECT_KEYPAIR);
    assert_non_null(copy);
    rsa_key_free(copy);
    rsa_key_free(empty);
    rsa_software_free(&provider);
}

static int import_into(const OSSL_PARAM params[], void *key)
{
    OSSL_FUNC_keymgmt_import_fn *import = function_of(rsa_keymgmt_functions, OSSL_FUNC_KEYMGMT_IMPORT);

    return import(key, EVP_PKEY_KEYPAIR, params);
}

static struct rsa_key *object_of(struct provider *provider, EVP_PKEY *key, int selection)
{
    struct rsa_key *object = rsa_key_new(provider, 0);

    assert_non_null(object);
    assert_int_equal(EVP_PKEY_export(key, selection, import_into, object), 1);
    return object;
}

/* What a public key object has, or a copy of the public part, asked of the key object itself. */
static void test_has(void **state)
{
    OSSL_FUNC_keymgmt_has_fn *has = function_of(rsa_keymgmt_functions, OSSL_FUNC_KEYMGMT_HAS);
    OSSL_FUNC_keymgmt_match_fn *match = function_of(rsa_keymgmt_functions, OSSL_FUNC_KEYMGMT_MATCH);
    struct provider provider = {.software = fixture.plain};
    struct rsa_key *whole = object_of(&provider, plain, EVP_PKEY_KEYPAIR), *copy;
    struct rsa_key *half = object_of(&provider, plain, EVP_PKEY_PUBLIC_KEY);
    OSSL_FUNC_keymgmt_dup_fn *dup = function_of(rsa_keymgmt_functions, OSSL_FUNC_KEYMGMT_DUP);

    (void)state;
    assert_int_equal(has(whole, OSSL_KEYMGMT_SELECT_KEYPAIR), 1);
    assert_int_equal(has(half, OSSL_KEYMGMT_SELECT_PUBLIC_KEY), 1);
    assert_int_equal(has(half, OSSL_KEYMGMT_SELECT_PRIVATE_KEY), 0);
    assert_int_equal(has(half, OSSL_KEYMGMT_SELECT_KEYPAIR), 0);
    copy = dup(whole, OSSL_KEYMGMT_SELECT_PUBLIC_KEY);
    assert_non_null(copy);
    assert_int_equal(has(copy, OSSL_KEYMGMT_SELECT_PUBLIC_KEY), 1);
    assert_int_equal(has(copy, OSSL_KEYMGMT_SELECT_PRIVATE_KEY), 0);
    assert_int_equal(match(copy, whole, OSSL_KEYMGMT_SELECT_PUBLIC_KEY), 1);
    rsa_key_free(copy);
    rsa_key_free(whole);
    rsa_key_free(half);
    rsa_software_free(&provider);
}

/* Loading by reference passes the object on, once, and only to its own type. */
static void test_load(void **state)
{
    OSSL_FUNC_keymgmt_load_fn *load = function_of(rsa_keymgmt_functions, OSSL_FUNC_KEYMGMT_LOAD);
    OSSL_FUNC_keymgmt_load_fn *load_pss = function_of(rsa_pss_keymgmt_functions, OSSL_FUNC_KEYMGMT_LOAD);
    struct provider provider = {.software = fixture.plain};
    struct rsa_key *key = rsa_key_new(&provider, 0), *reference = key;

    (void)state;
    assert_null(load(&reference, sizeof reference - 1));
    assert_null(load_pss(&reference, sizeof reference));
    assert_ptr_equal(load(&reference, sizeof reference), key);
    assert_null(reference);
    assert_null(load(&reference, sizeof reference));
    rsa_key_free(key);
    rsa_software_free(&provider);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_parameters),
        TEST(test_restricted_parameters),
        TEST(test_default_digest),
        TEST(test_generation),
        TEST(test_generation_of_nonsense),
        TEST(test_validation),
        TEST(test_comparison),
        TEST(test_public_part_has_no_private_part),
        TEST(test_duplicate),
        TEST(test_files),
        TEST(test_text),
        TEST(test_foreign_key_is_used),
        TEST(test_our_key_is_used_by_others),
        TEST(test_selection_of_nothing),
        TEST(test_import_of_nonsense),
        TEST(test_empty_object),
        TEST(test_has),
        TEST(test_load),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
