/* SPDX-License-Identifier: Apache-2.0 */
/* A thousand malformed ciphertexts of each known kind: result, length and errors do not tell them apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "tests/provider/fixture.h"
#include "tests/provider/malformed.h"

#define SIZE 256
#define EACH 1000     /* on the card */
#define SOFTWARE 100  /* libcrypto's own code beneath */
#define IMPLICIT_REJECTION "implicit-rejection"

static struct fixture fixture;
static EVP_PKEY *plain, *ours;

static void open_with(const char *policy)
{
    fixture_open(&fixture, policy, NULL);
    plain = plain_key(&fixture, 2048);
    ours = key_in(fixture.library, plain);
}

static void close_all(void)
{
    EVP_PKEY_free(plain);
    EVP_PKEY_free(ours);
    fixture_close(&fixture);
}

static EVP_PKEY_CTX *decryption(int padding)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(fixture.library, ours, NULL);
    unsigned version = 0x303;
    OSSL_PARAM versions[] = {OSSL_PARAM_construct_uint(OSSL_ASYM_CIPHER_PARAM_TLS_CLIENT_VERSION, &version),
                             OSSL_PARAM_construct_end()};

    assert_int_equal(EVP_PKEY_decrypt_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, padding), 1);
    if (padding == RSA_PKCS1_WITH_TLS_PADDING)
        assert_int_equal(EVP_PKEY_CTX_set_params(context, versions), 1);
    return context;
}

/* The encoded message as one that RSA without padding encrypts. */
static EVP_PKEY_CTX *encryption(void)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(fixture.plain, plain, NULL);

    assert_int_equal(EVP_PKEY_encrypt_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING), 1);
    return context;
}

static size_t errors(unsigned long codes[8])
{
    size_t count = 0;

    memset(codes, 0, 8 * sizeof *codes);
    while (count < 8 && (codes[count] = ERR_get_error()) != 0)
        count++;
    return count;
}

struct outcome {
    int result;
    size_t length;
    unsigned long codes[8];
};

static struct outcome decrypt(EVP_PKEY_CTX *by, EVP_PKEY_CTX *encrypting, enum malformed how, uint8_t *encoded, uint8_t *out)
{
    uint8_t ciphertext[SIZE];
    struct outcome outcome = {.length = SIZE};
    size_t length = SIZE;

    malformed_encode(how, encoded, SIZE, random_octets);
    assert_int_equal(EVP_PKEY_encrypt(encrypting, ciphertext, &length, encoded, SIZE), 1);
    outcome.result = EVP_PKEY_decrypt(by, out, &outcome.length, ciphertext, SIZE);
    errors(outcome.codes);
    return outcome;
}

/* Always a secret of 48 octets and no error; it is the right one where the message is well formed, and else another. */
static void tls_with(const char *policy, int each)
{
    EVP_PKEY_CTX *by, *encrypting;
    uint8_t encoded[SIZE], secret[SIZE];
    const struct outcome expected = {.result = 1, .length = PREMASTER};

    open_with(policy);
    by = decryption(RSA_PKCS1_WITH_TLS_PADDING);
    encrypting = encryption();
    for (enum malformed how = WELL_FORMED; how < MALFORMED_COUNT; how++)
        for (int i = 0; i < each; i++) {
            struct outcome outcome = decrypt(by, encrypting, how, encoded, secret);

            assert_memory_equal(&outcome, &expected, sizeof outcome);
            assert_int_equal(memcmp(secret, encoded + SIZE - PREMASTER, PREMASTER) == 0, how == WELL_FORMED);
        }
    EVP_PKEY_CTX_free(by);
    EVP_PKEY_CTX_free(encrypting);
}

static void test_tls_on_card(void **state)
{
    (void)state;
    tls_with("POLICY=always", EACH);
    assert_int_equal(fixture_count(&fixture, "card"), MALFORMED_COUNT * EACH);
    close_all();
}

static void test_tls_in_software(void **state)
{
    (void)state;
    tls_with("POLICY=never", SOFTWARE);
    assert_int_equal(fixture_count(&fixture, "policy-never"), MALFORMED_COUNT * SOFTWARE);
    close_all();
}

static int is_good_pkcs1(enum malformed how)
{
    return how == WELL_FORMED || how == TOO_SHORT || how == TOO_LONG || how == ANOTHER_VERSION || how == EMPTY;
}

/* Without implicit rejection the application is told good from bad, and nothing more: all bad ones have the same errors. With it,
 * all are good. */
static void pkcs1_with(const char *policy, int each)
{
    EVP_PKEY_CTX *by, *encrypting;
    uint8_t encoded[SIZE], message[SIZE];
    struct outcome bad = {0};
    int implicit, seen = 0;

    open_with(policy);
    by = decryption(RSA_PKCS1_PADDING);
    encrypting = encryption();
    implicit = OSSL_PARAM_locate_const(EVP_PKEY_CTX_settable_params(by), IMPLICIT_REJECTION) != NULL;
    for (enum malformed how = WELL_FORMED; how < MALFORMED_COUNT; how++)
        for (int i = 0; i < each; i++) {
            struct outcome outcome = decrypt(by, encrypting, how, encoded, message);

            if (how == ARBITRARY) /* may be well formed by chance */
                continue;
            assert_int_equal(outcome.result == 1, implicit || is_good_pkcs1(how));
            if (outcome.result == 1) {
                assert_int_equal(outcome.codes[0], 0);
                continue;
            }
            assert_int_not_equal(outcome.codes[0], 0);
            if (!seen++)
                bad = outcome;
            assert_memory_equal(&outcome, &bad, sizeof outcome);
        }
    EVP_PKEY_CTX_free(by);
    EVP_PKEY_CTX_free(encrypting);
}

static void test_pkcs1_on_card(void **state)
{
    (void)state;
    pkcs1_with("POLICY=always", EACH);
    assert_int_equal(fixture_count(&fixture, "card"), MALFORMED_COUNT * EACH);
    close_all();
}

static void test_pkcs1_in_software(void **state)
{
    (void)state;
    pkcs1_with("POLICY=never", SOFTWARE);
    close_all();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tls_on_card),
        cmocka_unit_test(test_tls_in_software),
        cmocka_unit_test(test_pkcs1_on_card),
        cmocka_unit_test(test_pkcs1_in_software),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
