/* SPDX-License-Identifier: Apache-2.0 */
/* RSA encryption and decryption: every padding, good and malformed, beside the plain default provider. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "tests/provider/fixture.h"

#define SIZE 256

static struct fixture fixture;
static EVP_PKEY *plain, *ours; /* the same key, 2048 bits */

static int open_all(void **state)
{
    (void)state;
    fixture_open(&fixture, "POLICY=always", "TRACE=yes", NULL);
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

struct way {
    int padding;
    const char *digest, *mask_digest, *label;
    unsigned client, negotiated;
};

static void configure(EVP_PKEY_CTX *context, const struct way *way)
{
    unsigned client = way->client, negotiated = way->negotiated;
    OSSL_PARAM versions[] = {OSSL_PARAM_construct_uint(OSSL_ASYM_CIPHER_PARAM_TLS_CLIENT_VERSION, &client),
                             OSSL_PARAM_construct_uint(OSSL_ASYM_CIPHER_PARAM_TLS_NEGOTIATED_VERSION, &negotiated),
                             OSSL_PARAM_construct_end()};

    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, way->padding), 1);
    if (way->digest != NULL)
        assert_int_equal(EVP_PKEY_CTX_set_rsa_oaep_md_name(context, way->digest, NULL), 1);
    if (way->mask_digest != NULL)
        assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, way->mask_digest, NULL), 1);
    if (way->label != NULL)
        assert_int_equal(EVP_PKEY_CTX_set0_rsa_oaep_label(context, OPENSSL_strdup(way->label), (int)strlen(way->label)),
                         1);
    if (way->client != 0)
        assert_int_equal(EVP_PKEY_CTX_set_params(context, versions), 1);
}

static int encrypt(OSSL_LIB_CTX *library, EVP_PKEY *key, const struct way *way, const uint8_t *in, size_t length,
                   uint8_t *out)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(library, key, NULL);
    size_t out_length = 0;
    int ok;

    assert_int_equal(EVP_PKEY_encrypt_init(context), 1);
    configure(context, way);
    assert_int_equal(EVP_PKEY_encrypt(context, NULL, &out_length, in, length), 1);
    ok = EVP_PKEY_encrypt(context, out, &out_length, in, length);
    EVP_PKEY_CTX_free(context);
    return ok;
}

/* Decrypt with a copy of a configured context. */
static int decrypt(OSSL_LIB_CTX *library, EVP_PKEY *key, const struct way *way, const uint8_t *in, size_t length,
                   uint8_t *out, size_t *out_length)
{
    EVP_PKEY_CTX *first = EVP_PKEY_CTX_new_from_pkey(library, key, NULL), *context;
    int ok;

    assert_int_equal(EVP_PKEY_decrypt_init(first), 1);
    configure(first, way);
    context = EVP_PKEY_CTX_dup(first);
    assert_non_null(context);
    EVP_PKEY_CTX_free(first);
    ok = EVP_PKEY_decrypt(context, out, out_length, in, length);
    EVP_PKEY_CTX_free(context);
    return ok;
}

static void round_trip_of(EVP_PKEY *here, EVP_PKEY *there, const struct way *way, size_t length)
{
    uint8_t message[512] = {0}, ciphertext[512], decrypted[512];
    size_t size = (size_t)EVP_PKEY_get_size(there), decrypted_length;

    random_octets(message + 1, length > 0 ? length - 1 : 0);
    assert_int_equal(encrypt(fixture.plain, there, way, message, length, ciphertext), 1);
    decrypted_length = sizeof decrypted;
    assert_int_equal(decrypt(fixture.library, here, way, ciphertext, size, decrypted, &decrypted_length), 1);
    assert_int_equal(decrypted_length, length);
    assert_memory_equal(decrypted, message, length);
    assert_int_equal(encrypt(fixture.library, here, way, message, length, ciphertext), 1);
    decrypted_length = sizeof decrypted;
    assert_int_equal(decrypt(fixture.plain, there, way, ciphertext, size, decrypted, &decrypted_length), 1);
    assert_int_equal(decrypted_length, length);
    assert_memory_equal(decrypted, message, length);
}

static void round_trip(const struct way *way, size_t length)
{
    round_trip_of(ours, plain, way, length);
}

static void test_pkcs1(void **state)
{
    static const size_t lengths[] = {0, 1, 48, 100, 244, 245};

    (void)state;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        round_trip(&(struct way){.padding = RSA_PKCS1_PADDING}, lengths[i]);
    assert_int_equal(fixture_count(&fixture, "card"), 6);
}

static void test_oaep(void **state)
{
    (void)state;
    round_trip(&(struct way){.padding = RSA_PKCS1_OAEP_PADDING}, 100);
    round_trip(&(struct way){.padding = RSA_PKCS1_OAEP_PADDING}, 0);
    round_trip(&(struct way){.padding = RSA_PKCS1_OAEP_PADDING}, 214);
    round_trip(&(struct way){.padding = RSA_PKCS1_OAEP_PADDING, .digest = "SHA256"}, 190);
    round_trip(&(struct way){.padding = RSA_PKCS1_OAEP_PADDING, .digest = "SHA512", .mask_digest = "SHA1"}, 126);
    round_trip(&(struct way){.padding = RSA_PKCS1_OAEP_PADDING, .digest = "SHA3-256", .label = "a label"}, 33);
    assert_int_equal(fixture_count(&fixture, "card"), 6);
}

static void test_none(void **state)
{
    (void)state;
    round_trip(&(struct way){.padding = RSA_NO_PADDING}, SIZE);
    assert_int_equal(fixture_count(&fixture, "card"), 1);
}

static void test_sizes(void **state)
{
    static const struct {
        unsigned bits;
        const char *reason;
    } sizes[] = {{3072, "card"}, {4096, "card"}, {1024, "unsupported-size"}};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        EVP_PKEY *there = plain_key(&fixture, sizes[i].bits), *here = key_in(fixture.library, there);
        long before = fixture_count(&fixture, sizes[i].reason);

        round_trip_of(here, there, &(struct way){.padding = RSA_PKCS1_PADDING}, 48);
        round_trip_of(here, there, &(struct way){.padding = RSA_PKCS1_OAEP_PADDING}, 48);
        assert_int_equal(fixture_count(&fixture, sizes[i].reason), before + 2);
        EVP_PKEY_free(here);
        EVP_PKEY_free(there);
    }
}

/* The encoded message itself is encrypted. */
static void encrypt_encoded(const uint8_t encoded[SIZE], uint8_t ciphertext[SIZE])
{
    assert_int_equal(encrypt(fixture.plain, plain, &(struct way){.padding = RSA_NO_PADDING}, encoded, SIZE, ciphertext),
                     1);
}

/* All errors that are queued, oldest first. */
static size_t errors(unsigned long codes[8])
{
    size_t count = 0;

    while (count < 8 && (codes[count] = ERR_get_error()) != 0)
        count++;
    return count;
}

/* Result, output, length and errors are those of the plain default provider, up to the message's end. */
static void same_outcome(const struct way *way, const uint8_t ciphertext[SIZE])
{
    uint8_t mine[SIZE], theirs[SIZE];
    size_t mine_length = SIZE, theirs_length = SIZE, count;
    unsigned long mine_errors[8], theirs_errors[8];
    int mine_result, theirs_result;

    memset(mine, 0xee, SIZE);
    memset(theirs, 0xee, SIZE);
    theirs_result = decrypt(fixture.plain, plain, way, ciphertext, SIZE, theirs, &theirs_length);
    count = errors(theirs_errors);
    mine_result = decrypt(fixture.library, ours, way, ciphertext, SIZE, mine, &mine_length);
    assert_int_equal(mine_result, theirs_result);
    assert_int_equal(mine_length, theirs_length);
    assert_int_equal(errors(mine_errors), count);
    assert_memory_equal(mine_errors, theirs_errors, count * sizeof *mine_errors);
    assert_memory_equal(mine, theirs, mine_result == 1 ? mine_length : SIZE);
}

/* A well-formed PKCS#1 v1.5 encoding of a message of so many octets. */
static void well_formed(uint8_t encoded[SIZE], size_t length)
{
    random_octets(encoded, SIZE);
    for (size_t i = 0; i < SIZE; i++)
        encoded[i] |= 1;
    encoded[0] = 0;
    encoded[1] = 2;
    encoded[SIZE - 1 - length] = 0;
}

/* One octet of a good encoding changed, for every place that matters. */
static void spoil(uint8_t encoded[SIZE], unsigned kind)
{
    switch (kind % 8) {
    case 0:
        encoded[0] = (uint8_t)(1 + kind / 8);
        encoded[0] &= 0x3f; /* less than the modulus */
        encoded[0] |= encoded[0] == 0;
        break;
    case 1:
        encoded[1] = (uint8_t)(kind / 8 == 2 ? 0 : kind / 8);
        break;
    case 2:
        encoded[2 + kind / 8 % 8] = 0; /* padding shorter than eight octets */
        break;
    case 3:
        for (size_t i = 2; i < SIZE; i++)
            encoded[i] |= 1; /* no separator */
        break;
    case 4:
        encoded[SIZE - 49] = 1; /* not where TLS wants it */
        encoded[SIZE - 48 + kind / 8 % 40] = 0;
        break;
    case 5:
        encoded[10 + kind / 8 % 190] = 0; /* an earlier separator */
        break;
    case 6:
        encoded[SIZE - 48] ^= (uint8_t)(1 + kind / 8); /* version */
        break;
    default:
        encoded[SIZE - 47] ^= (uint8_t)(1 + kind / 8);
        break;
    }
}

static void test_malformed_pkcs1(void **state)
{
    uint8_t encoded[SIZE], ciphertext[SIZE];

    (void)state;
    for (unsigned kind = 0; kind < 200; kind++) {
        well_formed(encoded, 48);
        spoil(encoded, kind);
        encrypt_encoded(encoded, ciphertext);
        same_outcome(&(struct way){.padding = RSA_PKCS1_PADDING}, ciphertext);
    }
    assert_int_equal(fixture_count(&fixture, "card"), 200);
}

static void test_malformed_oaep(void **state)
{
    struct way way = {.padding = RSA_PKCS1_OAEP_PADDING, .digest = "SHA256"};
    struct way other = {.padding = RSA_PKCS1_OAEP_PADDING, .digest = "SHA256", .label = "other"};
    uint8_t octets[SIZE] = {0}, ciphertext[SIZE];

    (void)state;
    for (int i = 0; i < 50; i++) {
        random_octets(octets + 1, SIZE - 1);
        octets[0] = i < 40 ? 0 : (uint8_t)(i - 39);
        encrypt_encoded(octets, ciphertext);
        same_outcome(&way, ciphertext);
    }
    assert_int_equal(encrypt(fixture.plain, plain, &other, octets, 20, ciphertext), 1);
    same_outcome(&way, ciphertext);
    same_outcome(&other, ciphertext);
    assert_int_equal(fixture_count(&fixture, "card"), 52);
}

static const struct way tls = {.padding = RSA_PKCS1_WITH_TLS_PADDING, .client = 0x0303};

/* Decrypt as a TLS server does: always 48 octets, success and no error. */
static void decrypt_tls(const struct way *way, const uint8_t ciphertext[SIZE], uint8_t premaster[48])
{
    uint8_t output[SIZE];
    size_t length = sizeof output;

    assert_int_equal(decrypt(fixture.library, ours, way, ciphertext, SIZE, output, &length), 1);
    assert_int_equal(length, 48);
    assert_int_equal(ERR_peek_error(), 0);
    memcpy(premaster, output, 48);
}

static void premaster_encoding(uint8_t encoded[SIZE], unsigned version)
{
    well_formed(encoded, 48);
    encoded[SIZE - 48] = (uint8_t)(version >> 8);
    encoded[SIZE - 47] = (uint8_t)version;
}

static void test_tls_padding(void **state)
{
    uint8_t encoded[SIZE], ciphertext[SIZE], premaster[48];

    (void)state;
    for (int i = 0; i < 20; i++) {
        premaster_encoding(encoded, 0x0303);
        encrypt_encoded(encoded, ciphertext);
        decrypt_tls(&tls, ciphertext, premaster);
        assert_memory_equal(premaster, encoded + SIZE - 48, 48);
    }
    assert_int_equal(fixture_count(&fixture, "card"), 20);
}

/* A rollback-tolerant server accepts the negotiated version too. */
static void test_tls_negotiated_version(void **state)
{
    struct way both = {.padding = RSA_PKCS1_WITH_TLS_PADDING, .client = 0x0303, .negotiated = 0x0302};
    uint8_t encoded[SIZE], ciphertext[SIZE], premaster[48];

    (void)state;
    premaster_encoding(encoded, 0x0302);
    encrypt_encoded(encoded, ciphertext);
    decrypt_tls(&both, ciphertext, premaster);
    assert_memory_equal(premaster, encoded + SIZE - 48, 48);
    decrypt_tls(&tls, ciphertext, premaster);
    assert_memory_not_equal(premaster, encoded + SIZE - 48, 48);
    premaster_encoding(encoded, 0x0000);
    encrypt_encoded(encoded, ciphertext);
    decrypt_tls(&tls, ciphertext, premaster);
    assert_memory_not_equal(premaster, encoded + SIZE - 48, 48);
}

static void test_malformed_tls(void **state)
{
    uint8_t encoded[SIZE], ciphertext[SIZE], first[48], second[48];

    (void)state;
    for (unsigned kind = 0; kind < 400; kind++) {
        premaster_encoding(encoded, 0x0303);
        spoil(encoded, kind);
        encrypt_encoded(encoded, ciphertext);
        decrypt_tls(&tls, ciphertext, first);
        decrypt_tls(&tls, ciphertext, second);
        assert_memory_not_equal(first, encoded + SIZE - 48, 48);
        assert_memory_not_equal(first, second, 48);
    }
    assert_int_equal(fixture_count(&fixture, "card"), 800);
}

/* No card, a late card, a lying card: still 48 octets and no error. */
static void test_tls_padding_without_card(void **state)
{
    uint8_t encoded[SIZE], ciphertext[SIZE], premaster[48];

    (void)state;
    fake.wrong = 1;
    premaster_encoding(encoded, 0x0303);
    encrypt_encoded(encoded, ciphertext);
    decrypt_tls(&tls, ciphertext, premaster);
    assert_memory_equal(premaster, encoded + SIZE - 48, 48);
    encoded[SIZE - 49] = 7;
    encrypt_encoded(encoded, ciphertext);
    decrypt_tls(&tls, ciphertext, premaster);
    assert_memory_not_equal(premaster, encoded + SIZE - 48, 48);
    assert_int_equal(fixture_count(&fixture, "wrong-answer"), 1);
    assert_int_equal(fixture_count(&fixture, "card"), 0);
}

/* The errors of the default provider, whatever is publicly wrong. */
static void refused(const struct way *way, const uint8_t *in, size_t length, size_t room)
{
    uint8_t output[512];
    size_t mine = room, theirs = room, count;
    unsigned long mine_errors[8], theirs_errors[8];

    assert_true(decrypt(fixture.plain, plain, way, in, length, output, &theirs) <= 0);
    count = errors(theirs_errors);
    assert_true(count > 0);
    assert_true(decrypt(fixture.library, ours, way, in, length, output, &mine) <= 0);
    assert_int_equal(errors(mine_errors), count);
    assert_memory_equal(mine_errors, theirs_errors, count * sizeof *mine_errors);
}

static void test_refusals(void **state)
{
    uint8_t high[SIZE + 1], good[SIZE];

    (void)state;
    memset(high, 0xff, sizeof high);
    random_octets(good, sizeof good);
    good[0] = 0;
    for (int i = 0; i < 4; i++) {
        static const int paddings[] = {RSA_PKCS1_PADDING, RSA_PKCS1_OAEP_PADDING, RSA_NO_PADDING,
                                       RSA_PKCS1_WITH_TLS_PADDING};
        struct way way = {.padding = paddings[i], .client = i == 3 ? 0x0303 : 0};

        refused(&way, high, SIZE, 512);     /* more than the modulus */
        refused(&way, high, SIZE + 1, 512); /* longer than it */
        refused(&way, good, SIZE, i == 3 ? 47 : SIZE - 1);
    }
    refused(&(struct way){.padding = RSA_PKCS1_WITH_TLS_PADDING}, good, SIZE, 512); /* no version */
    assert_int_equal(fake.submitted, 0); /* or a client could make the card look wrong */
}

/* Nor do ciphertexts at the ends of the range. */
static void test_extreme_ciphertexts(void **state)
{
    uint8_t ciphertext[SIZE] = {0};
    BIGNUM *n = NULL;

    (void)state;
    same_outcome(&(struct way){.padding = RSA_NO_PADDING}, ciphertext);
    ciphertext[SIZE - 1] = 1;
    same_outcome(&(struct way){.padding = RSA_NO_PADDING}, ciphertext);
    assert_true(EVP_PKEY_get_bn_param(plain, OSSL_PKEY_PARAM_RSA_N, &n));
    assert_true(BN_sub_word(n, 1));
    assert_int_equal(BN_bn2binpad(n, ciphertext, SIZE), SIZE);
    BN_free(n);
    same_outcome(&(struct way){.padding = RSA_NO_PADDING}, ciphertext);
    assert_int_equal(fixture_count(&fixture, "card"), 3);
}

/* A ciphertext that lacks its leading zeros is still one. */
static void test_short_ciphertext(void **state)
{
    uint8_t encoded[SIZE], ciphertext[SIZE], output[SIZE];
    size_t length = sizeof output;

    (void)state;
    do {
        well_formed(encoded, 48);
        encrypt_encoded(encoded, ciphertext);
    } while (ciphertext[0] != 0);
    assert_int_equal(decrypt(fixture.library, ours, &(struct way){.padding = RSA_PKCS1_PADDING}, ciphertext + 1,
                             SIZE - 1, output, &length),
                     1);
    assert_int_equal(length, 48);
    assert_memory_equal(output, encoded + SIZE - 48, 48);
}

static void test_size_query_does_not_touch_the_card(void **state)
{
    uint8_t ciphertext[SIZE] = {0};
    size_t length = 0;

    (void)state;
    assert_int_equal(
        decrypt(fixture.library, ours, &(struct way){.padding = RSA_PKCS1_PADDING}, ciphertext, SIZE, NULL, &length),
        1);
    assert_int_equal(length, SIZE);
    length = 0;
    assert_int_equal(decrypt(fixture.library, ours, &tls, ciphertext, SIZE, NULL, &length), 1);
    assert_int_equal(length, 48);
    assert_int_equal(fake.opened, 0);
}

static void test_purposes(void **state)
{
    static const char *const expected[] = {"decrypt-pkcs1", "decrypt-oaep", "decrypt-none", "encrypt-pkcs1"};
    uint8_t encoded[SIZE], ciphertext[SIZE], premaster[48];
    char *operations;

    (void)state;
    round_trip(&(struct way){.padding = RSA_PKCS1_PADDING}, 10);
    round_trip(&(struct way){.padding = RSA_PKCS1_OAEP_PADDING}, 10);
    round_trip(&(struct way){.padding = RSA_NO_PADDING}, SIZE);
    premaster_encoding(encoded, 0x0303);
    encrypt_encoded(encoded, ciphertext);
    decrypt_tls(&tls, ciphertext, premaster);
    operations = fixture_param(&fixture, "tlscard-operations");
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_non_null(strstr(operations, expected[i]));
    assert_non_null(strstr(operations, "\"purpose\":\"decrypt-tls\",\"where\":\"card\""));
    OPENSSL_free(operations);
}

/* What can be set and asked is what the default provider offers. */
static void test_parameters(void **state)
{
    EVP_PKEY_CTX *mine = EVP_PKEY_CTX_new_from_pkey(fixture.library, ours, NULL);
    EVP_PKEY_CTX *theirs = EVP_PKEY_CTX_new_from_pkey(fixture.plain, plain, NULL);

    (void)state;
    assert_int_equal(EVP_PKEY_decrypt_init(mine), 1);
    assert_int_equal(EVP_PKEY_decrypt_init(theirs), 1);
    assert_ptr_equal(EVP_PKEY_CTX_settable_params(mine), EVP_PKEY_CTX_settable_params(theirs));
    assert_ptr_equal(EVP_PKEY_CTX_gettable_params(mine), EVP_PKEY_CTX_gettable_params(theirs));
    assert_true(EVP_PKEY_CTX_set_rsa_padding(mine, RSA_PKCS1_PSS_PADDING) <= 0);
    ERR_clear_error();
    EVP_PKEY_CTX_free(mine);
    EVP_PKEY_CTX_free(theirs);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_pkcs1),
        TEST(test_oaep),
        TEST(test_none),
        TEST(test_sizes),
        TEST(test_malformed_pkcs1),
        TEST(test_malformed_oaep),
        TEST(test_tls_padding),
        TEST(test_tls_negotiated_version),
        TEST(test_malformed_tls),
        TEST(test_tls_padding_without_card),
        TEST(test_refusals),
        TEST(test_extreme_ciphertexts),
        TEST(test_short_ciphertext),
        TEST(test_size_query_does_not_touch_the_card),
        TEST(test_purposes),
        TEST(test_parameters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
