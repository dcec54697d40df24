/* SPDX-License-Identifier: Apache-2.0 */
/* What is drawn for the card's work comes of the random generator that the application has configured. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include "tests/provider/fake_driver.h"
#include "tests/provider/fixture.h"

static struct fixture fixture;
static uint8_t octets[8192];

/* A generator that gives what it was given; RAND_set0_private does the same for OpenSSL 3.1 and later. */
static void choose_generators(OSSL_LIB_CTX *library)
{
    assert_true(RAND_set_DRBG_type(library, "TEST-RAND", NULL, NULL, NULL));
}

static void wind(EVP_RAND_CTX *generator, size_t size)
{
    unsigned strength = 256;
    OSSL_PARAM params[] = {OSSL_PARAM_construct_uint(OSSL_RAND_PARAM_STRENGTH, &strength),
                           OSSL_PARAM_construct_octet_string(OSSL_RAND_PARAM_TEST_ENTROPY, octets, size),
                           OSSL_PARAM_construct_octet_string(OSSL_RAND_PARAM_TEST_NONCE, octets, size < 32 ? size : 32),
                           OSSL_PARAM_construct_end()};

    assert_non_null(generator);
    assert_true(EVP_RAND_CTX_set_params(generator, params));
}

/* Both generators of a library context give the same octets from the first on. */
static void rewind_generators(OSSL_LIB_CTX *library, size_t size)
{
    wind(RAND_get0_private(library), size);
    wind(RAND_get0_public(library), size);
}

static void begin(const char *setting)
{
    fixture_open(&fixture, "POLICY=always", setting, NULL);
    choose_generators(fixture.library);
    choose_generators(fixture.plain);
}

static void generate(const char *type, const char *group, size_t size, uint8_t *private, size_t *length)
{
    OSSL_LIB_CTX *libraries[] = {fixture.library, fixture.plain};
    BIGNUM *number;

    for (int i = 0; i < 2; i++) {
        EVP_PKEY *key;

        rewind_generators(libraries[i], size);
        key = group == NULL ? EVP_PKEY_Q_keygen(libraries[i], NULL, type) : EVP_PKEY_Q_keygen(libraries[i], NULL, type, group);
        length[i] = 64;
        if (key == NULL) {
            length[i] = 0;
        } else if (group == NULL) {
            assert_true(EVP_PKEY_get_raw_private_key(key, private + 64 * i, &length[i]));
        } else {
            number = NULL;
            assert_true(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number));
            length[i] = (size_t)BN_bn2binpad(number, private + 64 * i, 48);
            BN_clear_free(number);
        }
        EVP_PKEY_free(key);
    }
}

static void same_key(const char *type, const char *group)
{
    uint8_t private[128];
    size_t length[2];

    generate(type, group, sizeof octets, private, length);
    assert_true(length[0] > 0);
    assert_int_equal(length[0], length[1]);
    assert_memory_equal(private, private + 64, length[0]);
}

static void same_keys(void)
{
    same_key("X25519", NULL);
    same_key("EC", "P-256");
    same_key("EC", "P-384");
}

static size_t drawn_signature(OSSL_LIB_CTX *library, EVP_PKEY *key, int pss, uint8_t *signature)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *inner;
    size_t length = 512;

    rewind_generators(library, sizeof octets);
    assert_true(EVP_DigestSignInit_ex(context, &inner, "SHA256", library, NULL, key, NULL) > 0);
    if (pss)
        assert_true(EVP_PKEY_CTX_set_rsa_padding(inner, RSA_PKCS1_PSS_PADDING) > 0);
    assert_true(EVP_DigestSign(context, signature, &length, (const uint8_t *)"message", 7) > 0);
    EVP_MD_CTX_free(context);
    return length;
}

/* The salt is the first that is drawn of the public generator. */
static void same_salt(void)
{
    EVP_PKEY *made = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048); /* by a generator that never ends */
    EVP_PKEY *plain = key_in(fixture.plain, made), *key = key_in(fixture.library, made);
    uint8_t mine[512], expected[512];
    size_t length = drawn_signature(fixture.library, key, 1, mine);

    assert_int_equal(drawn_signature(fixture.plain, plain, 1, expected), length);
    assert_memory_equal(mine, expected, length);
    EVP_PKEY_free(made);
    EVP_PKEY_free(plain);
    EVP_PKEY_free(key);
}

/* The nonce is drawn, but how octets become one differs between versions: equal octets give equal signatures. */
static void same_nonce(void)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(fixture.library, NULL, "EC", "P-256");
    uint8_t first[512], second[512], other[512];
    size_t length;

    octets[0] ^= 1;
    length = drawn_signature(fixture.library, key, 0, other);
    octets[0] ^= 1;
    length = drawn_signature(fixture.library, key, 0, first);
    assert_int_equal(drawn_signature(fixture.library, key, 0, second), length);
    assert_memory_equal(first, second, length);
    assert_memory_not_equal(first, other, length < 40 ? length : 40);
    EVP_PKEY_free(key);
}

static void test_with_a_card(void **state)
{
    (void)state;
    begin("TRACE=no");
    same_keys();
    assert_int_equal(fixture_ec_count(&fixture, "card"), 3);
    same_nonce();
    assert_true(fixture_ec_count(&fixture, "card") >= 6);
    same_salt();
    assert_int_equal(fixture_count(&fixture, "card"), 1);
    fixture_close(&fixture);
}

/* The first operation, which looks for the card, draws nothing that software does not get. */
static void first_without_a_card(void (*operation)(void))
{
    begin("ADDRESS=vfio-user:" FAKE_NO_CARD);
    operation();
    fixture_close(&fixture);
}

static void first_key(void)
{
    same_key("X25519", NULL);
}

static void first_curve_key(void)
{
    same_key("EC", "P-256");
}

static void test_without_a_card(void **state)
{
    (void)state;
    first_without_a_card(first_key);
    first_without_a_card(first_curve_key);
    first_without_a_card(same_salt);
}

/* A generator that has nothing more to give is not passed over either. */
static void test_exhausted(void **state)
{
    uint8_t private[128];
    size_t length[2];

    (void)state;
    begin("TRACE=no");
    generate("X25519", NULL, 16, private, length);
    assert_int_equal(length[0], 0);
    assert_int_equal(length[1], 0);
    assert_int_equal(fixture_ec_count(&fixture, "card"), 0);
    ERR_clear_error();
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_with_a_card),
        cmocka_unit_test(test_without_a_card),
        cmocka_unit_test(test_exhausted),
    };

    for (size_t i = 0; i < sizeof octets; i++)
        octets[i] = (uint8_t)(i * 31 + 7);
    return cmocka_run_group_tests_name("generator", tests, NULL, NULL);
}
