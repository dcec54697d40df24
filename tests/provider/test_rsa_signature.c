/* SPDX-License-Identifier: Apache-2.0 */
/* RSA signatures: every padding, digest and salt length, with the plain default provider at the other end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "tests/provider/fixture.h"

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
    const char *digest;
    int padding;
    int salt; /* RSA_PSS_SALTLEN_*, or octets */
    const char *mask_digest;
};

static int configure(EVP_PKEY_CTX *context, const struct way *way)
{
    if (EVP_PKEY_CTX_set_rsa_padding(context, way->padding) <= 0)
        return 0;
    if (way->padding != RSA_PKCS1_PSS_PADDING)
        return 1;
    return EVP_PKEY_CTX_set_rsa_pss_saltlen(context, way->salt) > 0 &&
           (way->mask_digest == NULL || EVP_PKEY_CTX_set_rsa_mgf1_md_name(context, way->mask_digest, NULL) > 0);
}

static const uint8_t message[1000] = "a message of a thousand octets, most of them zero";

/* In one call, or by an update of each hundred octets with a copied context in between. */
static int sign(OSSL_LIB_CTX *library, EVP_PKEY *key, const struct way *way, int whole, uint8_t *signature,
                size_t *length)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new(), *copy = EVP_MD_CTX_new();
    EVP_PKEY_CTX *parameters;
    size_t room = *length;
    int ok = EVP_DigestSignInit_ex(context, &parameters, way->digest, library, NULL, key, NULL) > 0 &&
             configure(parameters, way);

    for (int i = 0; ok && !whole && i < 10; i++)
        ok = EVP_DigestSignUpdate(context, message + i * 100, 100) > 0;
    ok = ok && EVP_MD_CTX_copy_ex(copy, context) > 0;
    if (whole)
        ok = ok && EVP_DigestSign(copy, NULL, length, message, sizeof message) > 0 && *length <= room &&
             EVP_DigestSign(copy, signature, length, message, sizeof message) > 0;
    else
        ok = ok && EVP_DigestSignFinal(copy, NULL, length) > 0 && *length <= room &&
             EVP_DigestSignFinal(copy, signature, length) > 0;
    EVP_MD_CTX_free(context);
    EVP_MD_CTX_free(copy);
    return ok;
}

static int verify(OSSL_LIB_CTX *library, EVP_PKEY *key, const struct way *way, int whole, const uint8_t *signature,
                  size_t length)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *parameters;
    int ok = EVP_DigestVerifyInit_ex(context, &parameters, way->digest, library, NULL, key, NULL) > 0 &&
             configure(parameters, way);

    for (int i = 0; ok && !whole && i < 10; i++)
        ok = EVP_DigestVerifyUpdate(context, message + i * 100, 100) > 0;
    ok = ok && (whole ? EVP_DigestVerify(context, signature, length, message, sizeof message)
                      : EVP_DigestVerifyFinal(context, signature, length)) == 1;
    EVP_MD_CTX_free(context);
    return ok;
}

/* Here and there, both ways; a changed signature is refused. */
static void round_trip(EVP_PKEY *here, EVP_PKEY *there, const struct way *way)
{
    uint8_t mine[512], theirs[512];
    size_t mine_length, theirs_length;

    for (int whole = 0; whole < 2; whole++) {
        mine_length = theirs_length = sizeof mine;
        assert_true(sign(fixture.library, here, way, whole, mine, &mine_length));
        assert_true(sign(fixture.plain, there, way, whole, theirs, &theirs_length));
        assert_int_equal(mine_length, theirs_length);
        assert_true(verify(fixture.plain, there, way, whole, mine, mine_length));
        assert_true(verify(fixture.library, here, way, whole, theirs, theirs_length));
        if (way->padding == RSA_PKCS1_PADDING)
            assert_memory_equal(mine, theirs, mine_length);
        theirs[theirs_length - 1] ^= 1;
        assert_false(verify(fixture.library, here, way, whole, theirs, theirs_length));
        ERR_clear_error();
    }
}

static const char *const digests[] = {"SHA1",       "SHA224",   "SHA256",   "SHA384",   "SHA512",  "SHA512-224",
                                      "SHA512-256", "SHA3-224", "SHA3-256", "SHA3-384", "SHA3-512"};

static void test_pkcs1_digests(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof digests / sizeof *digests; i++)
        round_trip(ours, plain, &(struct way){digests[i], RSA_PKCS1_PADDING, 0, NULL});
    assert_int_equal(fixture_count(&fixture, "card"), 2 * sizeof digests / sizeof *digests);
}

static void test_pss_digests(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof digests / sizeof *digests; i++)
        round_trip(ours, plain, &(struct way){digests[i], RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST, NULL});
    assert_int_equal(fixture_count(&fixture, "card"), 2 * sizeof digests / sizeof *digests);
}

static void test_pss_salts(void **state)
{
    static const int salts[] = {RSA_PSS_SALTLEN_DIGEST, RSA_PSS_SALTLEN_MAX, 0, 1, 20, 32, 222};

    (void)state;
    for (size_t i = 0; i < sizeof salts / sizeof *salts; i++)
        round_trip(ours, plain, &(struct way){"SHA256", RSA_PKCS1_PSS_PADDING, salts[i], NULL});
    round_trip(ours, plain, &(struct way){"SHA256", RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_AUTO, NULL});
    round_trip(ours, plain, &(struct way){"SHA256", RSA_PKCS1_PSS_PADDING, 32, "SHA1"});
    round_trip(ours, plain, &(struct way){"SHA512", RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_MAX, "SHA256"});
    assert_int_equal(fixture_count(&fixture, "card"), 20);
}

/* The salt that was asked for is the salt that is made. */
static void test_pss_salt_length_is_exact(void **state)
{
    struct way asked = {"SHA256", RSA_PKCS1_PSS_PADDING, 20, NULL}, other = {"SHA256", RSA_PKCS1_PSS_PADDING, 21, NULL};
    uint8_t signature[512];
    size_t length = sizeof signature;

    (void)state;
    assert_true(sign(fixture.library, ours, &asked, 1, signature, &length));
    assert_false(verify(fixture.plain, plain, &other, 1, signature, length));
    ERR_clear_error();
}

/* Errors are those of the default provider. What counts is the first: some layers of OpenSSL add one of theirs. */
static void test_pss_salt_too_long(void **state)
{
    struct way way = {"SHA256", RSA_PKCS1_PSS_PADDING, 223, NULL};
    uint8_t signature[512];
    size_t length = sizeof signature;
    unsigned long expected;

    (void)state;
    assert_false(sign(fixture.plain, plain, &way, 1, signature, &length));
    expected = ERR_peek_error();
    ERR_clear_error();
    length = sizeof signature;
    assert_false(sign(fixture.library, ours, &way, 1, signature, &length));
    assert_int_equal(ERR_peek_error(), expected);
    ERR_clear_error();
}

static void other_sizes(unsigned bits, const char *reason)
{
    EVP_PKEY *there = plain_key(&fixture, bits), *here = key_in(fixture.library, there);
    long before = fixture_count(&fixture, reason);

    round_trip(here, there, &(struct way){"SHA256", RSA_PKCS1_PADDING, 0, NULL});
    round_trip(here, there, &(struct way){"SHA256", RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST, NULL});
    assert_int_equal(fixture_count(&fixture, reason), before + 4);
    EVP_PKEY_free(here);
    EVP_PKEY_free(there);
}

static void test_3072(void **state)
{
    (void)state;
    other_sizes(3072, "card");
}

static void test_4096(void **state)
{
    (void)state;
    other_sizes(4096, "card");
}

static void test_sizes_for_software(void **state)
{
    (void)state;
    other_sizes(1024, "unsupported-size");
    other_sizes(1536, "unsupported-size");
    other_sizes(2047, "unsupported-size");
}

static void generated(const OSSL_PARAM params[], const char *reason)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(fixture.plain, "RSA", NULL);
    EVP_PKEY *there = NULL, *here;

    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_params(context, params), 1);
    assert_int_equal(EVP_PKEY_generate(context, &there), 1);
    EVP_PKEY_CTX_free(context);
    here = key_in(fixture.library, there);
    round_trip(here, there, &(struct way){"SHA256", RSA_PKCS1_PADDING, 0, NULL});
    assert_int_equal(fixture_count(&fixture, reason), 2);
    EVP_PKEY_free(here);
    EVP_PKEY_free(there);
}

static void test_three_primes(void **state)
{
    size_t bits = 2048, primes = 3;
    OSSL_PARAM params[] = {OSSL_PARAM_construct_size_t(OSSL_PKEY_PARAM_RSA_BITS, &bits),
                           OSSL_PARAM_construct_size_t(OSSL_PKEY_PARAM_RSA_PRIMES, &primes),
                           OSSL_PARAM_construct_end()};

    (void)state;
    generated(params, "unsupported-key");
}

/* 2^64 + 13: more than the card's eight octets of e. */
static void test_huge_exponent(void **state)
{
    uint8_t e[] = {13, 0, 0, 0, 0, 0, 0, 0, 1};
    size_t bits = 2048;
    OSSL_PARAM params[] = {OSSL_PARAM_construct_size_t(OSSL_PKEY_PARAM_RSA_BITS, &bits),
                           OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, e, sizeof e), OSSL_PARAM_construct_end()};

    (void)state;
    generated(params, "unsupported-key");
}

/* A digest is signed that the caller made; also bare octets, and paddings that are for software. */
static void plain_sign(EVP_PKEY *key, OSSL_LIB_CTX *library, const char *digest, int padding, const uint8_t *data,
                       size_t length, uint8_t *signature, size_t *signature_length)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(library, key, NULL);
    EVP_MD *md = digest == NULL ? NULL : EVP_MD_fetch(library, digest, NULL);

    assert_int_equal(EVP_PKEY_sign_init(context), 1);
    if (md != NULL)
        assert_int_equal(EVP_PKEY_CTX_set_signature_md(context, md), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, padding), 1);
    assert_int_equal(EVP_PKEY_sign(context, signature, signature_length, data, length), 1);
    EVP_MD_free(md);
    EVP_PKEY_CTX_free(context);
}

static void identical(const char *digest, int padding, size_t length, const char *reason)
{
    uint8_t data[256] = {0}, mine[512], theirs[512];
    size_t mine_length = sizeof mine, theirs_length = sizeof theirs;
    long before = fixture_count(&fixture, reason);

    random_octets(data + 1, length - 1);
    plain_sign(ours, fixture.library, digest, padding, data, length, mine, &mine_length);
    plain_sign(plain, fixture.plain, digest, padding, data, length, theirs, &theirs_length);
    assert_int_equal(mine_length, theirs_length);
    assert_memory_equal(mine, theirs, mine_length);
    assert_int_equal(fixture_count(&fixture, reason), before + 1);
}

static void test_sign_digest(void **state)
{
    (void)state;
    identical("SHA256", RSA_PKCS1_PADDING, 32, "card");
    identical("MD5-SHA1", RSA_PKCS1_PADDING, 36, "card");
    identical("MD5", RSA_PKCS1_PADDING, 16, "unsupported-padding");
    identical("RIPEMD160", RSA_PKCS1_PADDING, 20, "unsupported-padding");
    identical("SHA256", RSA_X931_PADDING, 32, "unsupported-padding");
}

static void test_sign_octets(void **state)
{
    (void)state;
    identical(NULL, RSA_PKCS1_PADDING, 1, "card");
    identical(NULL, RSA_PKCS1_PADDING, 100, "card");
    identical(NULL, RSA_PKCS1_PADDING, 245, "card");
    identical(NULL, RSA_NO_PADDING, 256, "unsupported-padding");
}

/* Both contexts refuse with the same error. */
static void refused(const char *digest, int padding, size_t length)
{
    uint8_t data[300] = {0}, signature[512];
    unsigned long errors[2];

    for (int i = 0; i < 2; i++) {
        OSSL_LIB_CTX *library = i == 0 ? fixture.plain : fixture.library;
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(library, i == 0 ? plain : ours, NULL);
        EVP_MD *md = digest == NULL ? NULL : EVP_MD_fetch(library, digest, NULL);
        size_t room = sizeof signature;

        assert_int_equal(EVP_PKEY_sign_init(context), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, padding), 1);
        if (md != NULL)
            assert_int_equal(EVP_PKEY_CTX_set_signature_md(context, md), 1);
        assert_true(EVP_PKEY_sign(context, signature, &room, data, length) <= 0);
        errors[i] = ERR_peek_last_error();
        ERR_clear_error();
        EVP_MD_free(md);
        EVP_PKEY_CTX_free(context);
    }
    assert_int_equal(errors[0], errors[1]);
    assert_int_not_equal(errors[0], 0);
}

static void test_refusals(void **state)
{
    (void)state;
    refused("SHA256", RSA_PKCS1_PADDING, 31);
    refused("SHA256", RSA_PKCS1_PSS_PADDING, 33);
    refused(NULL, RSA_PKCS1_PADDING, 246);
    refused(NULL, RSA_NO_PADDING, 255);
}

static void test_room_too_small(void **state)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(fixture.library, ours, NULL);
    uint8_t data[32] = {1}, signature[255];
    size_t length = sizeof signature;

    (void)state;
    assert_int_equal(EVP_PKEY_sign_init(context), 1);
    assert_true(EVP_PKEY_sign(context, signature, &length, data, sizeof data) <= 0);
    ERR_clear_error();
    EVP_PKEY_CTX_free(context);
}

static void test_size_query_does_not_touch_the_card(void **state)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(fixture.library, ours, NULL);
    uint8_t data[32] = {1};
    size_t length = 0;

    (void)state;
    assert_int_equal(EVP_PKEY_sign_init(context), 1);
    assert_int_equal(EVP_PKEY_sign(context, NULL, &length, data, sizeof data), 1);
    assert_int_equal(length, 256);
    assert_int_equal(fake.submitted, 0);
    assert_int_equal(fake.opened, 0);
    EVP_PKEY_CTX_free(context);
}

static void test_verify_recover(void **state)
{
    uint8_t data[32] = {1, 2, 3}, signature[256], recovered[256];
    size_t length = sizeof signature, recovered_length = sizeof recovered;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(fixture.library, ours, NULL);
    EVP_MD *md = EVP_MD_fetch(fixture.library, "SHA256", NULL);

    (void)state;
    plain_sign(plain, fixture.plain, "SHA256", RSA_PKCS1_PADDING, data, sizeof data, signature, &length);
    assert_int_equal(EVP_PKEY_verify_recover_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_signature_md(context, md), 1);
    assert_int_equal(EVP_PKEY_verify_recover(context, recovered, &recovered_length, signature, length), 1);
    assert_int_equal(recovered_length, sizeof data);
    assert_memory_equal(recovered, data, sizeof data);
    EVP_MD_free(md);
    EVP_PKEY_CTX_free(context);
}

/* A key that is restricted to PSS with SHA-384, and a salt of 40 octets at least. */
static EVP_PKEY *restricted_key(void)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(fixture.plain, "RSA-PSS", NULL);
    EVP_PKEY *key = NULL;

    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_keygen_md_name(context, "SHA384", NULL), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_keygen_mgf1_md_name(context, "SHA384"), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_keygen_saltlen(context, 40), 1);
    assert_int_equal(EVP_PKEY_generate(context, &key), 1);
    EVP_PKEY_CTX_free(context);
    return key;
}

static void test_restricted_key(void **state)
{
    EVP_PKEY *there = restricted_key(), *here = key_in(fixture.library, there);
    struct way way = {"SHA384", RSA_PKCS1_PSS_PADDING, 48, "SHA384"};
    uint8_t signature[512];
    size_t length = sizeof signature;

    (void)state;
    round_trip(here, there, &way);
    assert_int_equal(fixture_count(&fixture, "card"), 2);
    way.salt = 39;
    assert_false(sign(fixture.library, here, &way, 1, signature, &length));
    ERR_clear_error();
    way = (struct way){"SHA256", RSA_PKCS1_PSS_PADDING, 48, NULL};
    assert_false(sign(fixture.library, here, &way, 1, signature, &length));
    ERR_clear_error();
    way = (struct way){"SHA384", RSA_PKCS1_PADDING, 0, NULL};
    assert_false(sign(fixture.library, here, &way, 1, signature, &length));
    ERR_clear_error();
    EVP_PKEY_free(here);
    EVP_PKEY_free(there);
}

static void test_unrestricted_pss_key(void **state)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(fixture.plain, "RSA-PSS", NULL);
    EVP_PKEY *there = NULL, *here;

    (void)state;
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_generate(context, &there), 1);
    EVP_PKEY_CTX_free(context);
    here = key_in(fixture.library, there);
    round_trip(here, there, &(struct way){"SHA256", RSA_PKCS1_PSS_PADDING, 0, NULL});
    round_trip(here, there, &(struct way){"SHA512", RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_MAX, NULL});
    assert_int_equal(fixture_count(&fixture, "card"), 4);
    EVP_PKEY_free(here);
    EVP_PKEY_free(there);
}

static void assert_same_digest(EVP_PKEY_CTX *one, EVP_PKEY_CTX *other)
{
    char names[2][32];

    for (int i = 0; i < 2; i++) {
        OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, names[i], sizeof names[i]),
                               OSSL_PARAM_construct_end()};

        assert_int_equal(EVP_PKEY_CTX_get_params(i == 0 ? one : other, params), 1);
    }
    assert_string_equal(names[0], names[1]);
}

/* The digest is fixed once digesting has begun, other than to itself; OpenSSL 3.6 leaves the parameter aside. */
static void test_digest_is_fixed(void **state)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new(), *there = EVP_MD_CTX_new();
    EVP_PKEY_CTX *parameters, *theirs;
    OSSL_PARAM other[] = {OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, "SHA512", 0),
                          OSSL_PARAM_construct_end()};
    OSSL_PARAM same[] = {OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, "SHA2-256", 0),
                         OSSL_PARAM_construct_end()};

    (void)state;
    assert_int_equal(EVP_DigestSignInit_ex(context, &parameters, "SHA256", fixture.library, NULL, ours, NULL), 1);
    assert_int_equal(EVP_PKEY_CTX_set_params(parameters, same), 1);
    assert_int_equal(EVP_DigestSignInit_ex(there, &theirs, "SHA256", fixture.plain, NULL, plain, NULL), 1);
    assert_int_equal(EVP_PKEY_CTX_set_params(parameters, other), EVP_PKEY_CTX_set_params(theirs, other));
    ERR_clear_error();
    assert_same_digest(parameters, theirs);
    assert_null(OSSL_PARAM_locate_const(EVP_PKEY_CTX_settable_params(parameters), OSSL_SIGNATURE_PARAM_DIGEST));
    assert_non_null(
        OSSL_PARAM_locate_const(EVP_PKEY_CTX_gettable_params(parameters), OSSL_SIGNATURE_PARAM_ALGORITHM_ID));
    EVP_MD_CTX_free(context);
    EVP_MD_CTX_free(there);
}

/* A context is used again for another message, with its key and digest. */
static void test_begin_again(void **state)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t first[256], second[256];
    size_t length = sizeof first;

    (void)state;
    assert_int_equal(EVP_DigestSignInit_ex(context, NULL, "SHA384", fixture.library, NULL, ours, NULL), 1);
    assert_int_equal(EVP_DigestSign(context, first, &length, message, 10), 1);
    assert_int_equal(EVP_DigestSignInit_ex(context, NULL, NULL, NULL, NULL, NULL, NULL), 1);
    length = sizeof second;
    assert_int_equal(EVP_DigestSign(context, second, &length, message, 10), 1);
    assert_memory_equal(first, second, length);
    EVP_MD_CTX_free(context);
}

static void test_default_digest(void **state)
{
    uint8_t mine[256], theirs[256];
    size_t length = sizeof mine;
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    (void)state;
    assert_int_equal(EVP_DigestSignInit_ex(context, NULL, NULL, fixture.library, NULL, ours, NULL), 1);
    assert_int_equal(EVP_DigestSign(context, mine, &length, message, sizeof message), 1);
    EVP_MD_CTX_free(context);
    assert_true(sign(fixture.plain, plain, &(struct way){"SHA256", RSA_PKCS1_PADDING, 0, NULL}, 1, theirs, &length));
    assert_memory_equal(mine, theirs, length);
}

static size_t algorithm_identifier(OSSL_LIB_CTX *library, EVP_PKEY *key, const struct way *way, uint8_t *out,
                                   size_t room)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *parameters;
    OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string(OSSL_SIGNATURE_PARAM_ALGORITHM_ID, out, room),
                           OSSL_PARAM_construct_end()};

    assert_int_equal(EVP_DigestSignInit_ex(context, &parameters, way->digest, library, NULL, key, NULL), 1);
    assert_true(configure(parameters, way));
    assert_int_equal(EVP_PKEY_CTX_get_params(parameters, params), 1);
    EVP_MD_CTX_free(context);
    return params[0].return_size;
}

static void test_algorithm_identifier(void **state)
{
    static const struct way ways[] = {{"SHA256", RSA_PKCS1_PADDING, 0, NULL},
                                      {"SHA512", RSA_PKCS1_PADDING, 0, NULL},
                                      {"SHA256", RSA_PKCS1_PSS_PADDING, RSA_PSS_SALTLEN_DIGEST, NULL},
                                      {"SHA384", RSA_PKCS1_PSS_PADDING, 20, "SHA256"}};

    (void)state;
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        uint8_t mine[128], theirs[128];
        size_t length = algorithm_identifier(fixture.library, ours, &ways[i], mine, sizeof mine);

        assert_int_equal(length, algorithm_identifier(fixture.plain, plain, &ways[i], theirs, sizeof theirs));
        assert_memory_equal(mine, theirs, length);
    }
}

/* Every padding is named in the trace. */
/* A message of a mebioctet is hashed for the card as well as by software; of more, software's digest is signed. */
static void test_long_messages(void **state)
{
    static const uint8_t piece[1 << 16];

    (void)state;
    for (int more = 0; more < 2; more++) {
        EVP_MD_CTX *context = EVP_MD_CTX_new(), *there = EVP_MD_CTX_new();
        uint8_t signature[256];
        size_t length = sizeof signature;

        assert_int_equal(EVP_DigestSignInit_ex(context, NULL, "SHA256", fixture.library, NULL, ours, NULL), 1);
        assert_int_equal(EVP_DigestVerifyInit_ex(there, NULL, "SHA256", fixture.plain, NULL, plain, NULL), 1);
        for (int i = 0; i < 16; i++) {
            assert_int_equal(EVP_DigestSignUpdate(context, piece, sizeof piece), 1);
            assert_int_equal(EVP_DigestVerifyUpdate(there, piece, sizeof piece), 1);
        }
        assert_int_equal(EVP_DigestSignUpdate(context, piece, (size_t)more), 1);
        assert_int_equal(EVP_DigestVerifyUpdate(there, piece, (size_t)more), 1);
        assert_int_equal(EVP_DigestSignFinal(context, signature, &length), 1);
        assert_int_equal(EVP_DigestVerifyFinal(there, signature, length), 1);
        EVP_MD_CTX_free(context);
        EVP_MD_CTX_free(there);
    }
    assert_int_equal(fixture_count(&fixture, "card"), 1);
    assert_int_equal(fixture_count(&fixture, "unsupported-use"), 1);
}

static void test_purposes(void **state)
{
    uint8_t signature[512];
    size_t length = sizeof signature;
    char *operations;

    (void)state;
    assert_true(
        sign(fixture.library, ours, &(struct way){"SHA384", RSA_PKCS1_PSS_PADDING, 48, NULL}, 1, signature, &length));
    assert_true(
        verify(fixture.library, ours, &(struct way){"SHA384", RSA_PKCS1_PSS_PADDING, 48, NULL}, 1, signature, length));
    operations = fixture_param(&fixture, "tlscard-operations");
    assert_non_null(
        strstr(operations, "\"op\":\"RSA-2048 private\",\"purpose\":\"sign-pss-sha384\",\"where\":\"card\""));
    assert_non_null(strstr(operations,
                           "\"op\":\"RSA-2048 public\",\"purpose\":\"verify-pss-sha384\",\"where\":\"software\","
                           "\"cycles\":0,\"reason\":\"public-operation\""));
    OPENSSL_free(operations);
}

/* A key without a private part says so, as the default provider's does. */
static void test_public_key_cannot_sign(void **state)
{
    uint8_t signature[512];
    size_t length = sizeof signature;
    unsigned char *der = NULL;
    const unsigned char *at;
    int der_length = i2d_PUBKEY(plain, &der);
    EVP_PKEY *public_key;

    (void)state;
    at = der;
    public_key = d2i_PUBKEY_ex(NULL, &at, der_length, fixture.library, NULL);
    assert_non_null(public_key);
    assert_false(sign_with(fixture.library, public_key, NULL, signature, &length));
    assert_int_equal(fake.submitted, 0);
    ERR_clear_error();
    OPENSSL_free(der);
    EVP_PKEY_free(public_key);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_pkcs1_digests),
        TEST(test_pss_digests),
        TEST(test_pss_salts),
        TEST(test_pss_salt_length_is_exact),
        TEST(test_pss_salt_too_long),
        TEST(test_3072),
        TEST(test_4096),
        TEST(test_sizes_for_software),
        TEST(test_three_primes),
        TEST(test_huge_exponent),
        TEST(test_sign_digest),
        TEST(test_sign_octets),
        TEST(test_refusals),
        TEST(test_room_too_small),
        TEST(test_size_query_does_not_touch_the_card),
        TEST(test_verify_recover),
        TEST(test_restricted_key),
        TEST(test_unrestricted_pss_key),
        TEST(test_digest_is_fixed),
        TEST(test_begin_again),
        TEST(test_default_digest),
        TEST(test_algorithm_identifier),
        TEST(test_long_messages),
        TEST(test_purposes),
        TEST(test_public_key_cannot_sign),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
