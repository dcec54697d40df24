/* SPDX-License-Identifier: Apache-2.0 */
/* Keys on elliptic curves: import, export, copies, parameters, generation and files, against the plain default provider. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/params.h>
#include <openssl/pem.h>

#include "tests/provider/fixture.h"

static struct fixture fixture;

static int open_all(void **state)
{
    (void)state;
    fixture_open(&fixture, "POLICY=always", NULL);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    assert_int_equal(ERR_peek_error(), 0);
    fixture_close(&fixture);
    return 0;
}

static const char *const kinds[] = {"P-256", "P-384", "P-521", "secp256k1", "sect233r1", "brainpoolP256r1", "X25519"};
#define KINDS (sizeof kinds / sizeof *kinds)

static EVP_PKEY *generate(OSSL_LIB_CTX *library, const char *kind)
{
    EVP_PKEY *key = strcmp(kind, "X25519") == 0 ? EVP_PKEY_Q_keygen(library, NULL, "X25519")
                                                : EVP_PKEY_Q_keygen(library, NULL, "EC", kind);

    assert_non_null(key);
    return key;
}

static void assert_ours(const EVP_PKEY *key, int expected)
{
    int ours = strcmp(OSSL_PROVIDER_get0_name(EVP_PKEY_get0_provider(key)), "tlscard") == 0;

    assert_int_equal(ours, expected);
}

static BIO *written(EVP_PKEY *key, int format)
{
    BIO *out = BIO_new(BIO_s_mem());
    int ok = format == 0   ? PEM_write_bio_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL)
             : format == 1 ? PEM_write_bio_PUBKEY(out, key)
             : format == 2 ? i2d_PrivateKey_bio(out, key)
             : format == 3 ? i2d_PUBKEY_bio(out, key)
             : format == 4 ? EVP_PKEY_print_private(out, key, 0, NULL)
                           : PEM_write_bio_PrivateKey_traditional(out, key, NULL, NULL, 0, NULL, NULL);

    assert_int_equal(ok, 1);
    return out;
}

static void assert_same_file(EVP_PKEY *here, EVP_PKEY *there, int format)
{
    BIO *mine = written(here, format), *theirs = written(there, format);
    char *one, *other;
    long length = BIO_get_mem_data(mine, &one);

    assert_int_equal(length, BIO_get_mem_data(theirs, &other));
    assert_memory_equal(one, other, length);
    BIO_free(mine);
    BIO_free(theirs);
}

/* Files are the same octets whoever wrote them; what we read we can use. */
static void test_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        EVP_PKEY *there = generate(fixture.plain, kinds[i]), *here = key_in(fixture.library, there), *read;
        BIO *file = written(there, 0);

        assert_ours(here, 1);
        for (int format = 0; format < (strcmp(kinds[i], "X25519") == 0 ? 5 : 6); format++)
            assert_same_file(here, there, format);
        read = PEM_read_bio_PrivateKey_ex(file, NULL, NULL, NULL, fixture.library, NULL);
        assert_non_null(read);
        assert_int_equal(EVP_PKEY_eq(read, here), 1);
        BIO_free(file);
        EVP_PKEY_free(read);
        EVP_PKEY_free(here);
        EVP_PKEY_free(there);
    }
}

static void test_parameters(void **state)
{
    static const char *const integers[] = {OSSL_PKEY_PARAM_BITS, OSSL_PKEY_PARAM_SECURITY_BITS,
                                           OSSL_PKEY_PARAM_MAX_SIZE, OSSL_PKEY_PARAM_USE_COFACTOR_ECDH};
    static const char *const texts[] = {OSSL_PKEY_PARAM_GROUP_NAME, OSSL_PKEY_PARAM_DEFAULT_DIGEST,
                                        OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT};
    static const char *const octets[] = {OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, OSSL_PKEY_PARAM_PUB_KEY};

    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        EVP_PKEY *there = generate(fixture.plain, kinds[i]), *here = key_in(fixture.library, there);

        for (size_t j = 0; j < 4; j++) {
            char mine[64] = "", theirs[64] = "";
            int one = 0, other = 0;

            assert_int_equal(EVP_PKEY_get_int_param(here, integers[j], &one),
                             EVP_PKEY_get_int_param(there, integers[j], &other));
            assert_int_equal(one, other);
            assert_int_equal(EVP_PKEY_get_utf8_string_param(here, texts[j], mine, sizeof mine, NULL),
                             EVP_PKEY_get_utf8_string_param(there, texts[j], theirs, sizeof theirs, NULL));
            assert_string_equal(mine, theirs);
        }
        for (size_t j = 0; j < 2; j++) {
            uint8_t mine[160], theirs[160];
            size_t one = 0, other = 0;

            assert_int_equal(EVP_PKEY_get_octet_string_param(here, octets[j], mine, sizeof mine, &one), 1);
            assert_int_equal(EVP_PKEY_get_octet_string_param(there, octets[j], theirs, sizeof theirs, &other), 1);
            assert_int_equal(one, other);
            assert_memory_equal(mine, theirs, one);
        }
        assert_true(EVP_PKEY_gettable_params(here) == EVP_PKEY_gettable_params(there));
        assert_true(EVP_PKEY_settable_params(here) == EVP_PKEY_settable_params(there));
        ERR_clear_error();
        EVP_PKEY_free(here);
        EVP_PKEY_free(there);
    }
}

static void test_point_conversion(void **state)
{
    EVP_PKEY *there = generate(fixture.plain, "P-256"), *here = key_in(fixture.library, there);

    (void)state;
    for (int i = 0; i < 2; i++)
        assert_int_equal(EVP_PKEY_set_utf8_string_param(i == 0 ? here : there,
                                                        OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "compressed"),
                         1);
    assert_same_file(here, there, 1);
    assert_same_file(here, there, 2);
    EVP_PKEY_free(here);
    EVP_PKEY_free(there);
}

/* A copy of the public part has no private one; a copy of the parameters takes a peer's share. */
static void test_copies(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        EVP_PKEY *key = generate(fixture.library, kinds[i]), *copy = EVP_PKEY_dup(key), *blank = EVP_PKEY_new();
        uint8_t *share = NULL;
        size_t length = EVP_PKEY_get1_encoded_public_key(key, &share);

        assert_int_equal(EVP_PKEY_eq(key, copy), 1);
        assert_same_file(key, copy, 0);
        assert_int_equal(EVP_PKEY_copy_parameters(blank, key), 1);
        assert_ours(blank, 1);
        assert_int_not_equal(EVP_PKEY_eq(key, blank), 1);
        assert_int_equal(EVP_PKEY_set1_encoded_public_key(blank, share, length), 1);
        assert_int_equal(EVP_PKEY_eq(key, blank), 1);
        ERR_clear_error();
        OPENSSL_free(share);
        EVP_PKEY_free(blank);
        EVP_PKEY_free(copy);
        EVP_PKEY_free(key);
    }
}

static int check(EVP_PKEY *key, int (*how)(EVP_PKEY_CTX *context))
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(fixture.library, key, NULL);
    int ok = how(context);

    EVP_PKEY_CTX_free(context);
    return ok;
}

static void test_checks(void **state)
{
    int (*const ways[])(EVP_PKEY_CTX *context) = {EVP_PKEY_check, EVP_PKEY_public_check, EVP_PKEY_public_check_quick,
                                                  EVP_PKEY_private_check, EVP_PKEY_pairwise_check,
                                                  EVP_PKEY_param_check};

    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        EVP_PKEY *key = generate(fixture.library, kinds[i]);

        for (size_t j = 0; j < (strcmp(kinds[i], "X25519") == 0 ? 5 : 6); j++)
            assert_int_equal(check(key, ways[j]), 1);
        EVP_PKEY_free(key);
    }
}

/* The halves of two keys are no pair. */
static void test_check_refuses(void **state)
{
    EVP_PKEY *one = generate(fixture.plain, "P-256"), *other = generate(fixture.plain, "P-256"), *mixed = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(fixture.library, "EC", NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    uint8_t point[65];
    size_t length;
    BIGNUM *scalar = NULL;
    OSSL_PARAM *params;

    (void)state;
    EVP_PKEY_get_octet_string_param(one, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, point, sizeof point, &length);
    EVP_PKEY_get_bn_param(other, OSSL_PKEY_PARAM_PRIV_KEY, &scalar);
    OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0);
    OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, length);
    OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, scalar);
    params = OSSL_PARAM_BLD_to_param(builder);
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    assert_int_equal(EVP_PKEY_fromdata(context, &mixed, EVP_PKEY_KEYPAIR, params), 1);
    assert_int_not_equal(check(mixed, EVP_PKEY_pairwise_check), 1);
    ERR_clear_error();
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(builder);
    BN_free(scalar);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(mixed);
    EVP_PKEY_free(one);
    EVP_PKEY_free(other);
}

static EVP_PKEY *generate_like(EVP_PKEY *parameters)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(fixture.library, parameters, NULL);
    EVP_PKEY *key = NULL;

    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_generate(context, &key), 1);
    EVP_PKEY_CTX_free(context);
    return key;
}

/* As TLS makes a server's share: parameters first, then a key like them. */
static void test_generation_by_template(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        int is_x25519 = strcmp(kinds[i], "X25519") == 0;
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(fixture.library, is_x25519 ? "X25519" : "EC", NULL);
        EVP_PKEY *parameters = NULL, *key;

        assert_int_equal(EVP_PKEY_paramgen_init(context), 1);
        if (!is_x25519)
            assert_int_equal(EVP_PKEY_CTX_set_group_name(context, kinds[i]), 1);
        assert_int_equal(EVP_PKEY_paramgen(context, &parameters), 1);
        key = generate_like(parameters);
        assert_int_equal(check(key, EVP_PKEY_pairwise_check), 1);
        assert_int_equal(EVP_PKEY_parameters_eq(parameters, key), 1);
        EVP_PKEY_free(key);
        EVP_PKEY_free(parameters);
        EVP_PKEY_CTX_free(context);
    }
    assert_int_equal(fixture_ec_count(&fixture, "card"), 3);
}

/* An encoding asked for is software's to make; no group at all is its error. */
static void test_generation_parameters(void **state)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(fixture.library, "EC", NULL);
    EVP_PKEY *key = NULL;
    char encoding[32];

    (void)state;
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_true(EVP_PKEY_generate(context, &key) <= 0);
    ERR_clear_error();
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_group_name(context, "P-256"), 1);
    assert_int_equal(EVP_PKEY_CTX_set_ec_param_enc(context, OPENSSL_EC_EXPLICIT_CURVE), 1);
    assert_int_equal(EVP_PKEY_generate(context, &key), 1);
    assert_int_equal(EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, encoding, sizeof encoding, NULL),
                     1);
    assert_string_equal(encoding, "explicit");
    assert_int_equal(fake.submitted, 0);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(context);
}

/* SM2 has a key management of its own, which is the default provider's. */
static void test_sm2(void **state)
{
    EVP_PKEY *there = EVP_PKEY_Q_keygen(fixture.plain, NULL, "SM2"), *here = key_in(fixture.library, there), *ec = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(fixture.library, "EC", NULL);
    OSSL_PARAM *params = NULL;

    (void)state;
    assert_ours(here, 0);
    assert_true(EVP_PKEY_todata(there, EVP_PKEY_KEYPAIR, &params));
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    assert_int_not_equal(EVP_PKEY_fromdata(context, &ec, EVP_PKEY_KEYPAIR, params), 1);
    ERR_clear_error();
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(here);
    EVP_PKEY_free(there);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_files),  TEST(test_parameters),    TEST(test_point_conversion),       TEST(test_copies),
        TEST(test_checks), TEST(test_check_refuses), TEST(test_generation_by_template), TEST(test_generation_parameters),
        TEST(test_sm2),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
