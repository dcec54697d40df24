/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures that are known from the beginning not to be the card's: what comes out is the plain default provider's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "tests/provider/fixture.h"

enum { RSA_KEY, RSA_PSS_KEY, EC_KEY_P256, EC_KEY_P521, KEYS };

static struct fixture fixture;
static EVP_PKEY *plain[KEYS], *ours[KEYS];

static const uint8_t message[777] = "a message of odd length";

static EVP_PKEY *restricted_key(void)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(fixture.plain, "RSA-PSS", NULL);
    EVP_PKEY *key = NULL;

    assert_true(EVP_PKEY_keygen_init(context) > 0 && EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048) > 0 &&
                EVP_PKEY_CTX_set_rsa_pss_keygen_md_name(context, "SHA384", NULL) > 0 &&
                EVP_PKEY_CTX_set_rsa_pss_keygen_mgf1_md_name(context, "SHA384") > 0 &&
                EVP_PKEY_CTX_set_rsa_pss_keygen_saltlen(context, 40) > 0 && EVP_PKEY_generate(context, &key) > 0);
    EVP_PKEY_CTX_free(context);
    return key;
}

static void open_with(const char *setting)
{
    fixture_open(&fixture, setting, "TRACE=yes", NULL);
    plain[RSA_KEY] = plain_key(&fixture, 2048);
    plain[RSA_PSS_KEY] = restricted_key();
    plain[EC_KEY_P256] = EVP_PKEY_Q_keygen(fixture.plain, NULL, "EC", "P-256");
    plain[EC_KEY_P521] = EVP_PKEY_Q_keygen(fixture.plain, NULL, "EC", "P-521");
    for (int i = 0; i < KEYS; i++)
        ours[i] = key_in(fixture.library, plain[i]);
}

static int open_all(void **state)
{
    (void)state;
    open_with("POLICY=never");
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    assert_int_equal(ERR_peek_error(), 0);
    for (int i = 0; i < KEYS; i++) {
        EVP_PKEY_free(plain[i]);
        EVP_PKEY_free(ours[i]);
    }
    fixture_close(&fixture);
    return 0;
}

static EVP_MD_CTX *begin(OSSL_LIB_CTX *library, EVP_PKEY *key, const char *digest, int padding)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *parameters;

    assert_int_equal(EVP_DigestSignInit_ex(context, &parameters, digest, library, NULL, key, NULL), 1);
    if (padding != 0)
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(parameters, padding), 1);
    return context;
}

static size_t finish(EVP_MD_CTX *context, uint8_t signature[600])
{
    size_t length = 0, room = 600;

    assert_int_equal(EVP_DigestSignFinal(context, NULL, &length), 1);
    assert_true(length <= room);
    assert_int_equal(EVP_DigestSignFinal(context, signature, &room), 1);
    assert_true(room <= length);
    return room;
}

static int verify(OSSL_LIB_CTX *library, EVP_PKEY *key, const char *digest, int padding, const uint8_t *signature,
                  size_t length, size_t message_length)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *parameters;
    int result;

    assert_int_equal(EVP_DigestVerifyInit_ex(context, &parameters, digest, library, NULL, key, NULL), 1);
    if (padding != 0)
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(parameters, padding), 1);
    assert_int_equal(EVP_DigestVerifyUpdate(context, message, message_length), 1);
    result = EVP_DigestVerifyFinal(context, signature, length);
    EVP_MD_CTX_free(context);
    return result;
}

/* Sign with one of our keys for somebody who verifies. */
static void sign_for(OSSL_LIB_CTX *library, EVP_PKEY *verifier, int key, const char *digest)
{
    EVP_MD_CTX *context = begin(fixture.library, ours[key], digest, 0);
    uint8_t signature[600];
    size_t length;

    assert_int_equal(EVP_DigestSignUpdate(context, message, 50), 1);
    length = finish(context, signature);
    assert_int_equal(verify(library, verifier, digest, 0, signature, length, 50), 1);
    EVP_MD_CTX_free(context);
}

/* Often enough with the same key and digest that a signature begins as the one before. */
static void test_pkcs1_is_the_same(void **state)
{
    static const char *const digests[] = {"SHA256", "SHA384", "SHA2-256", "SHA256", "SHA1", "SHA256", "SHA384"};

    (void)state;
    for (size_t i = 0; i < sizeof digests / sizeof *digests; i++) {
        uint8_t mine[600], theirs[600];
        EVP_MD_CTX *here = begin(fixture.library, ours[RSA_KEY], digests[i], RSA_PKCS1_PADDING);
        EVP_MD_CTX *there = begin(fixture.plain, plain[RSA_KEY], digests[i], RSA_PKCS1_PADDING);

        for (size_t at = 0; at < 700; at += 100) {
            assert_int_equal(EVP_DigestSignUpdate(here, message + at, 100), 1);
            assert_int_equal(EVP_DigestSignUpdate(there, message + at, 100), 1);
        }
        assert_int_equal(finish(here, mine), 256);
        assert_int_equal(finish(there, theirs), 256);
        assert_memory_equal(mine, theirs, 256);
        EVP_MD_CTX_free(here);
        EVP_MD_CTX_free(there);
    }
    assert_int_equal(fixture_count(&fixture, "policy-never"), 7);
    assert_int_equal(fixture_count(&fixture, "card"), 0);
}

struct kind {
    int key;
    const char *digest;
    int padding;
};

static const struct kind kinds[] = {
    {RSA_KEY, "SHA256", RSA_PKCS1_PADDING},    {RSA_KEY, "SHA256", RSA_PKCS1_PSS_PADDING},
    {RSA_KEY, "SHA512", RSA_PKCS1_PSS_PADDING}, {RSA_PSS_KEY, "SHA384", 0},
    {EC_KEY_P256, "SHA256", 0},                {EC_KEY_P256, "SHA384", 0},
    {EC_KEY_P521, "SHA512", 0},                {EC_KEY_P256, "SHA256", 0},
};
#define KINDS (sizeof kinds / sizeof *kinds)

/* Each end verifies the other's, and refuses what was changed. */
static void test_round_trips(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        const struct kind *kind = &kinds[i];
        uint8_t mine[600], theirs[600];
        EVP_MD_CTX *here = begin(fixture.library, ours[kind->key], kind->digest, kind->padding);
        EVP_MD_CTX *there = begin(fixture.plain, plain[kind->key], kind->digest, kind->padding);
        size_t one, other;

        assert_int_equal(EVP_DigestSignUpdate(here, message, sizeof message), 1);
        assert_int_equal(EVP_DigestSignUpdate(there, message, sizeof message), 1);
        one = finish(here, mine);
        other = finish(there, theirs);
        assert_int_equal(
            verify(fixture.plain, plain[kind->key], kind->digest, kind->padding, mine, one, sizeof message), 1);
        assert_int_equal(
            verify(fixture.library, ours[kind->key], kind->digest, kind->padding, theirs, other, sizeof message), 1);
        assert_int_not_equal(
            verify(fixture.library, ours[kind->key], kind->digest, kind->padding, theirs, other, sizeof message - 1), 1);
        theirs[other / 2] ^= 1;
        assert_int_not_equal(
            verify(fixture.library, ours[kind->key], kind->digest, kind->padding, theirs, other, sizeof message), 1);
        ERR_clear_error();
        EVP_MD_CTX_free(here);
        EVP_MD_CTX_free(there);
    }
}

/* A copy goes on by itself: it signs another message than the context that it was copied from. */
static void test_copies(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        const struct kind *kind = &kinds[i];
        EVP_MD_CTX *context = begin(fixture.library, ours[kind->key], kind->digest, kind->padding);
        EVP_MD_CTX *copy = EVP_MD_CTX_new();
        uint8_t signature[600];
        size_t length;

        assert_int_equal(EVP_DigestSignUpdate(context, message, 300), 1);
        assert_int_equal(EVP_MD_CTX_copy_ex(copy, context), 1);
        assert_int_equal(EVP_DigestSignUpdate(context, message + 300, 300), 1);
        length = finish(copy, signature);
        assert_int_equal(verify(fixture.plain, plain[kind->key], kind->digest, kind->padding, signature, length, 300), 1);
        EVP_MD_CTX_free(copy);
        length = finish(context, signature);
        assert_int_equal(verify(fixture.plain, plain[kind->key], kind->digest, kind->padding, signature, length, 600), 1);
        EVP_MD_CTX_free(context);
    }
}

/* A context is used again for another message, with its key and digest, or with another digest. */
static void test_begin_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        const struct kind *kind = &kinds[i];
        EVP_MD_CTX *context = begin(fixture.library, ours[kind->key], kind->digest, 0);
        int padding = kind->key == RSA_KEY ? RSA_PKCS1_PADDING : 0;
        uint8_t signature[600];
        size_t length;

        assert_int_equal(EVP_DigestSignUpdate(context, message, 100), 1);
        finish(context, signature);
        for (int again = 0; again < 2; again++) {
            const char *digest = again == 1 && kind->key != RSA_PSS_KEY ? "SHA224" : NULL;

            assert_int_equal(EVP_DigestSignInit_ex(context, NULL, digest, NULL, NULL, NULL, NULL), 1);
            assert_int_equal(EVP_DigestSignUpdate(context, message, 200), 1);
            length = finish(context, signature);
            assert_int_equal(verify(fixture.plain, plain[kind->key], digest == NULL ? kind->digest : digest, padding,
                                    signature, length, 200), 1);
        }
        EVP_MD_CTX_free(context);
    }
}

static unsigned long last_error(void)
{
    unsigned long error = ERR_peek_last_error();

    ERR_clear_error();
    return error;
}

/* What the default provider refuses is refused, with the same last error. */
static void test_refusals(void **state)
{
    static const char *const digests[] = {"no such digest", "SHAKE256", "SHA256"};

    (void)state;
    for (int key = 0; key < KEYS; key++)
        for (int i = 0; i < 3; i++) {
            EVP_MD_CTX *here = EVP_MD_CTX_new(), *there = EVP_MD_CTX_new();
            int mine = EVP_DigestSignInit_ex(here, NULL, digests[i], fixture.library, NULL, ours[key], NULL);
            unsigned long error = last_error();

            assert_int_equal(mine, EVP_DigestSignInit_ex(there, NULL, digests[i], fixture.plain, NULL, plain[key], NULL));
            assert_int_equal(error, last_error());
            EVP_MD_CTX_free(here);
            EVP_MD_CTX_free(there);
        }
}

/* In one of two places, so that two can be compared. */
static const char *digest_of(EVP_PKEY_CTX *parameters)
{
    static char names[2][32];
    static int turn;
    char *name = names[turn = !turn];
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, name, sizeof names[0]),
                           OSSL_PARAM_construct_end()};

    assert_int_equal(EVP_PKEY_CTX_get_params(parameters, params), 1);
    return name;
}

static void test_digest_is_fixed(void **state)
{
    OSSL_PARAM other[] = {OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, "SHA512", 0),
                          OSSL_PARAM_construct_end()};

    (void)state;
    for (int key = 0; key < KEYS; key++) {
        EVP_MD_CTX *context = begin(fixture.library, ours[key], "SHA384", 0);
        EVP_PKEY_CTX *parameters = EVP_MD_CTX_get_pkey_ctx(context);
        EVP_MD_CTX *there = begin(fixture.plain, plain[key], "SHA384", 0);

        /* OpenSSL 3.6 leaves the parameter aside for some keys, others refuse it. */
        assert_int_equal(EVP_PKEY_CTX_set_params(parameters, other),
                         EVP_PKEY_CTX_set_params(EVP_MD_CTX_get_pkey_ctx(there), other));
        ERR_clear_error();
        assert_string_equal(digest_of(parameters), digest_of(EVP_MD_CTX_get_pkey_ctx(there)));
        if (key == RSA_KEY || key == RSA_PSS_KEY)
            assert_null(OSSL_PARAM_locate_const(EVP_PKEY_CTX_settable_params(parameters), OSSL_SIGNATURE_PARAM_DIGEST));
        EVP_MD_CTX_free(context);
        EVP_MD_CTX_free(there);
    }
}

/* The digest's own parameters are those of the plain end, as far as EVP asks for them. */
static void test_digest_params(void **state)
{
    (void)state;
    for (int key = 0; key < KEYS; key++) {
        EVP_MD_CTX *here = begin(fixture.library, ours[key], "SHA384", 0);
        EVP_MD_CTX *there = begin(fixture.plain, plain[key], "SHA384", 0);

        assert_int_equal(EVP_MD_CTX_gettable_params(here) == NULL, EVP_MD_CTX_gettable_params(there) == NULL);
        assert_int_equal(EVP_MD_CTX_settable_params(here) == NULL, EVP_MD_CTX_settable_params(there) == NULL);
        EVP_MD_CTX_free(here);
        EVP_MD_CTX_free(there);
    }
}

/* Where properties ask for this provider, which has no digests, software's are found all the same. */
static void test_properties(void **state)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t signature[600];
    size_t length;

    (void)state;
    assert_int_equal(EVP_DigestSignInit_ex(context, NULL, "SHA256", fixture.library, "provider=tlscard",
                                           ours[EC_KEY_P256], NULL), 1);
    forget_vain_fetch();
    assert_int_equal(EVP_DigestSignUpdate(context, message, 50), 1);
    length = finish(context, signature);
    assert_int_equal(verify(fixture.plain, plain[EC_KEY_P256], "SHA256", 0, signature, length, 50), 1);
    EVP_MD_CTX_free(context);
}

/* A changed key signs as itself, not as what was kept of the key before. */
static void test_changed_key(void **state)
{
    EVP_PKEY *other = EVP_PKEY_Q_keygen(fixture.plain, NULL, "EC", "P-256");
    unsigned char *point;
    uint8_t signature[600];
    size_t length;
    EVP_MD_CTX *context;

    (void)state;
    for (int i = 0; i < 2; i++)
        sign_for(fixture.plain, plain[EC_KEY_P256], EC_KEY_P256, "SHA256");
    assert_true(EVP_PKEY_get1_encoded_public_key(other, &point) > 0);
    assert_int_equal(EVP_PKEY_set1_encoded_public_key(ours[EC_KEY_P256], point, 65), 1);
    context = begin(fixture.plain, other, "SHA256", 0);
    assert_int_equal(EVP_DigestSignUpdate(context, message, 50), 1);
    length = finish(context, signature);
    assert_int_equal(verify(fixture.library, ours[EC_KEY_P256], "SHA256", 0, signature, length, 50), 1);
    EVP_MD_CTX_free(context);
    OPENSSL_free(point);
    EVP_PKEY_free(other);
}

static void test_names_in_report(void **state)
{
    static const char *const entries[] = {
        "{\"op\":\"RSA-2048 private\",\"purpose\":\"sign-pss-sha384\",\"where\":\"software\",\"cycles\":0,"
        "\"reason\":\"policy-never\"}",
        "{\"op\":\"RSA-2048 public\",\"purpose\":\"verify-pss-sha384\",\"where\":\"software\",\"cycles\":0,"
        "\"reason\":\"public-operation\"}",
        "{\"op\":\"ECDSA P-256 sign\",\"purpose\":\"sign\",\"where\":\"software\",\"cycles\":0,\"reason\":\"policy-never\"}",
        "{\"op\":\"ECDSA secp521r1 sign\",\"purpose\":\"sign\",\"where\":\"software\",\"cycles\":0,"
        "\"reason\":\"unsupported-curve\"}",
    };
    static const int keys[] = {RSA_PSS_KEY, EC_KEY_P256, EC_KEY_P521};
    char *report;

    (void)state;
    for (int i = 0; i < 3; i++)
        sign_for(fixture.library, ours[keys[i]], keys[i], "SHA384");
    report = fixture_param(&fixture, "tlscard-operations");
    for (int i = 0; i < 4; i++)
        if (strstr(report, entries[i]) == NULL)
            fail_msg("no %s in %s", entries[i], report);
    OPENSSL_free(report);
}

/* The card that was away is back: what begins from then on is the card's, with the same key and digest. */
static void test_card_comes_back(void **state)
{
    (void)state;
    open_with("POLICY=always");
    fake_clock_stop();
    fake.open_error = -ENODEV;
    for (int i = 0; i < 4; i++) {
        int key = i % 2 == 0 ? EC_KEY_P256 : RSA_KEY;

        sign_for(fixture.plain, plain[key], key, "SHA256");
    }
    assert_int_equal(fixture_ec_count(&fixture, "no-card") + fixture_count(&fixture, "no-card"), 4);
    fake.open_error = 0;
    fake_clock_forward(1000); /* until the card is looked for again */
    for (int i = 0; i < 4; i++) {
        int key = i % 2 == 0 ? EC_KEY_P256 : RSA_KEY;

        sign_for(fixture.plain, plain[key], key, "SHA256");
    }
    assert_int_equal(fixture_ec_count(&fixture, "card"), 2);
    assert_int_equal(fixture_count(&fixture, "card"), 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_pkcs1_is_the_same),
        TEST(test_round_trips),
        TEST(test_copies),
        TEST(test_begin_again),
        TEST(test_refusals),
        TEST(test_digest_is_fixed),
        TEST(test_digest_params),
        TEST(test_properties),
        TEST(test_changed_key),
        TEST(test_names_in_report),
        cmocka_unit_test_teardown(test_card_comes_back, close_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
