/* SPDX-License-Identifier: Apache-2.0 */
/* What calls on signatures of digests return and raise, failing ones above all, is what the plain default provider's do. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "tests/provider/signing_ends.h"

/* The digest of the message, for the calls that take one. */
static size_t digest_message(const char *name, uint8_t digest[64])
{
    EVP_MD *method = EVP_MD_fetch(NULL, name, NULL);
    unsigned length;

    assert_int_equal(EVP_Digest(message, sizeof message, digest, &length, method, NULL), 1);
    EVP_MD_free(method);
    return length;
}

static void digest_lengths(struct end *end, int kind)
{
    static const char *const digests[] = {"SHA256", "SHA384", "SHA1", "MD5", "MD5-SHA1", "SHAKE128", "nothing", ""};
    EVP_PKEY_CTX *context = context_of(end);

    (void)kind;
    CALL(sign_octets(context, MOST_OCTETS, message, 32)); /* not begun */
    CALL(EVP_PKEY_sign_init(context));
    sign_lengths(end, context);
    for (size_t i = 0; i < sizeof digests / sizeof *digests; i++) {
        CALL(set_text(context, OSSL_SIGNATURE_PARAM_DIGEST, digests[i]));
        sign_lengths(end, context);
    }
    CALL(EVP_PKEY_verify(context, good, good_length, message, 32)); /* begun for something else */
    EVP_PKEY_CTX_free(context);
}

/* As the openssl command sets them. */
static void settings(struct end *end, int kind)
{
    static const char *const texts[][2] = {
        {"digest", "SHA256"}, {"digest", "nothing"}, {"rsa_padding_mode", "pss"}, {"rsa_padding_mode", "oaep"},
        {"rsa_padding_mode", "nothing"}, {"rsa_pss_saltlen", "digest"}, {"rsa_pss_saltlen", "9999"},
        {"rsa_pss_saltlen", "-9"}, {"rsa_mgf1_md", "SHA384"}, {"rsa_mgf1_md", "nothing"}, {"nonce-type", "1"},
        {"nothing", "1"}, {"rsa_padding_mode", "x931"},
    };

    (void)kind;
    for (int verify = 0; verify < 2; verify++) {
        EVP_PKEY_CTX *context = context_of(end);

        CALL(verify ? EVP_PKEY_verify_init(context) : EVP_PKEY_sign_init(context));
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
            CALL(EVP_PKEY_CTX_ctrl_str(context, texts[i][0], texts[i][1]));
            CALL(verify ? EVP_PKEY_verify(context, good, good_length, message, 32)
                        : sign_octets(context, MOST_OCTETS, message, 32));
        }
        EVP_PKEY_CTX_free(context);
    }
}

static void paddings(struct end *end, int kind)
{
    static const int paddings[] = {RSA_PKCS1_PADDING, RSA_NO_PADDING, RSA_PKCS1_OAEP_PADDING, RSA_X931_PADDING,
                                   RSA_PKCS1_PSS_PADDING, 0, 2, 99, -1};
    static const char *const digests[] = {"", "SHA256", "SHA384", "SHA224"};

    (void)kind;
    for (size_t i = 0; i < sizeof paddings / sizeof *paddings; i++)
        for (size_t j = 0; j < sizeof digests / sizeof *digests; j++) {
            EVP_PKEY_CTX *context = context_of(end);

            CALL(EVP_PKEY_CTX_set_rsa_padding(context, paddings[i]));
            CALL(EVP_PKEY_sign_init(context));
            if (digests[j][0] != '\0')
                CALL(set_text(context, OSSL_SIGNATURE_PARAM_DIGEST, digests[j]));
            CALL(EVP_PKEY_CTX_set_rsa_padding(context, paddings[i]));
            sign_lengths(end, context);
            CALL(set_number(context, OSSL_SIGNATURE_PARAM_PAD_MODE, paddings[i]));
            CALL(set_text(context, OSSL_SIGNATURE_PARAM_PAD_MODE, "pkcs7"));
            CALL(set_text(context, OSSL_SIGNATURE_PARAM_PAD_MODE, "x931"));
            CALL(sign_octets(context, MOST_OCTETS, message, 32));
            EVP_PKEY_CTX_free(context);
        }
}

static void salts(struct end *end, int kind)
{
    static const int lengths[] = {-6, -5, -4, -3, -2,  -1,  0,   31,  32,  40, 48,
                                  94, 95, 190, 206, 207, 222, 223, 224, 300, 1 << 30};
    EVP_PKEY_CTX *context = context_of(end);

    CALL(EVP_PKEY_sign_init(context));
    CALL(set_text(context, OSSL_SIGNATURE_PARAM_DIGEST, allowed(kind)));
    CALL(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, 20)); /* before the padding */
    CALL(set_text(context, OSSL_SIGNATURE_PARAM_MGF1_DIGEST, "SHA256"));
    CALL(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING));
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        CALL(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, lengths[i]));
        CALL(sign_octets(context, MOST_OCTETS, message, kind == PSS_RESTRICTED ? 48 : 32));
        CALL(set_number(context, OSSL_SIGNATURE_PARAM_PSS_SALTLEN, lengths[i]));
    }
    CALL(set_text(context, OSSL_SIGNATURE_PARAM_PSS_SALTLEN, "much"));
    CALL(set_text(context, OSSL_SIGNATURE_PARAM_PSS_SALTLEN, "digest"));
    CALL(set_text(context, OSSL_SIGNATURE_PARAM_MGF1_DIGEST, "SHA256"));
    CALL(set_text(context, OSSL_SIGNATURE_PARAM_MGF1_DIGEST, "no such digest"));
    CALL(sign_octets(context, MOST_OCTETS, message, 32));
    EVP_PKEY_CTX_free(context);
}

static void verifications(struct end *end, int kind)
{
    uint8_t digest[64];
    size_t length = digest_message(allowed(kind), digest);
    EVP_PKEY_CTX *context = context_of(end);
    struct bad bad;

    CALL(EVP_PKEY_verify(context, good, good_length, digest, length)); /* not begun */
    CALL(EVP_PKEY_verify_init(context));
    for (int with_digest = 0; with_digest < 2; with_digest++) {
        for (int i = 0; i < BADS; i++) {
            make_bad(i, &bad);
            CALL(EVP_PKEY_verify(context, bad.octets, bad.length, digest, length));
        }
        CALL(EVP_PKEY_verify(context, good, good_length, digest, length - 1));
        CALL(EVP_PKEY_verify(context, good, good_length, digest, 0));
        CALL(EVP_PKEY_verify(context, good, good_length, message, length));
        CALL(set_text(context, OSSL_SIGNATURE_PARAM_DIGEST, allowed(kind)));
    }
    CALL(set_text(context, OSSL_SIGNATURE_PARAM_DIGEST, "SHA512"));
    CALL(EVP_PKEY_verify(context, good, good_length, digest, length));
    CALL(sign_octets(context, MOST_OCTETS, message, 32)); /* begun for something else */
    CALL(EVP_PKEY_verify_init(context)); /* again */
    CALL(EVP_PKEY_verify(context, good, good_length, digest, length));
    EVP_PKEY_CTX_free(context);
}

static void padded_verifications(struct end *end, int kind)
{
    static const int paddings[] = {RSA_PKCS1_PADDING, RSA_NO_PADDING, RSA_X931_PADDING, RSA_PKCS1_PSS_PADDING};
    uint8_t digest[64];
    size_t length = digest_message(allowed(kind), digest);
    struct bad bad;

    for (size_t i = 0; i < sizeof paddings / sizeof *paddings; i++) {
        EVP_PKEY_CTX *context = context_of(end);

        CALL(EVP_PKEY_verify_init(context));
        CALL(EVP_PKEY_CTX_set_rsa_padding(context, paddings[i]));
        for (int with_digest = 0; with_digest < 2; with_digest++) {
            for (int j = BAD_FORMS; j < BADS; j++) {
                make_bad(j, &bad);
                CALL(EVP_PKEY_verify(context, bad.octets, bad.length, digest, length));
            }
            CALL(set_text(context, OSSL_SIGNATURE_PARAM_DIGEST, allowed(kind)));
        }
        CALL(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, 11));
        CALL(EVP_PKEY_verify(context, good, good_length, digest, length));
        EVP_PKEY_CTX_free(context);
    }
}

static long recover(EVP_PKEY_CTX *context, const struct bad *bad, size_t room)
{
    uint8_t out[MOST_OCTETS];
    int result = EVP_PKEY_verify_recover(context, out, &room, bad->octets, bad->length);

    return result <= 0 ? result : (long)room;
}

static void recoveries(struct end *end, int kind)
{
    static const int paddings[] = {0, RSA_PKCS1_PADDING, RSA_NO_PADDING, RSA_X931_PADDING, RSA_PKCS1_PSS_PADDING};
    struct bad bad;
    size_t length;

    for (size_t i = 0; i < sizeof paddings / sizeof *paddings; i++) {
        EVP_PKEY_CTX *context = context_of(end);

        CALL(EVP_PKEY_verify_recover_init(context));
        if (paddings[i] != 0)
            CALL(EVP_PKEY_CTX_set_rsa_padding(context, paddings[i]));
        for (int with_digest = 0; with_digest < 2; with_digest++) {
            for (int j = BAD_FORMS; j < BADS; j++) {
                make_bad(j, &bad);
                CALL(recover(context, &bad, MOST_OCTETS));
                CALL(recover(context, &bad, 31));
            }
            CALL(EVP_PKEY_verify_recover(context, NULL, &length, good, good_length));
            CALL(set_text(context, OSSL_SIGNATURE_PARAM_DIGEST, allowed(kind)));
        }
        EVP_PKEY_CTX_free(context);
    }
}

static void copied_keys(struct end *end, int kind)
{
    EVP_PKEY_CTX *context = context_of(end), *copy;

    CALL(EVP_PKEY_sign_init(context));
    CALL(set_text(context, OSSL_SIGNATURE_PARAM_DIGEST, allowed(kind)));
    copy = EVP_PKEY_CTX_dup(context);
    EVP_PKEY_CTX_free(context);
    if (CALL(copy != NULL)) {
        sign_lengths(end, copy);
        CALL(set_text(copy, OSSL_SIGNATURE_PARAM_DIGEST, "SHA512"));
        sign_lengths(end, copy);
        CALL(EVP_PKEY_verify_init(copy));
        CALL(EVP_PKEY_verify(copy, good, good_length, message, 32));
    }
    EVP_PKEY_CTX_free(copy);
}

/* No key, none that signs, and parameters at the beginning. */
static void beginnings(struct end *end, int kind)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(end->library, EVP_PKEY_get0_type_name(end->key), NULL);
    EVP_MD_CTX *digesting = EVP_MD_CTX_new();
    int wrong = 77;
    OSSL_PARAM nonsense[] = {OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_DIGEST, &wrong), OSSL_PARAM_construct_end()};
    OSSL_PARAM other[] = {OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, (char *)"SHA512", 0),
                          OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, (char *)"pss", 0),
                          OSSL_PARAM_construct_end()};

    CALL(EVP_PKEY_sign_init(context));
    CALL(EVP_PKEY_verify_init(context));
    CALL(EVP_PKEY_verify_recover_init(context));
    EVP_PKEY_CTX_free(context);
    CALL(EVP_DigestSignInit_ex(digesting, NULL, "SHA256", end->library, NULL, NULL, NULL));
    CALL(EVP_DigestSignInit_ex(digesting, NULL, "SHA256", end->library, NULL, end->key, nonsense));
    CALL(EVP_DigestSignInit_ex(digesting, NULL, "SHA256", end->library, NULL, end->key, other));
    EVP_MD_CTX_free(digesting);
    digesting = EVP_MD_CTX_new();
    CALL(EVP_DigestVerifyInit_ex(digesting, NULL, allowed(kind), end->library, NULL, end->key, other));
    EVP_MD_CTX_free(digesting);
    context = context_of(end);
    CALL(EVP_PKEY_sign_init_ex(context, nonsense));
    CALL(sign_octets(context, MOST_OCTETS, message, 32));
    CALL(EVP_PKEY_sign_init_ex(context, other));
    CALL(sign_octets(context, MOST_OCTETS, message, 64));
    CALL(EVP_PKEY_verify_init_ex(context, other));
    CALL(EVP_PKEY_verify_recover_init_ex(context, other));
    EVP_PKEY_CTX_free(context);
}

#if OPENSSL_VERSION_PREREQ(3, 4)
/* By the name of key and digest together, which only the default provider has. */
static void composite(struct end *end, int kind)
{
    EVP_SIGNATURE *method = EVP_SIGNATURE_fetch(end->library, kind < P256 ? "RSA-SHA256" : "ECDSA-SHA256", NULL);
    EVP_PKEY_CTX *context = context_of(end);
    uint8_t signature[MOST_OCTETS];
    size_t length = sizeof signature;

    if (CALL(EVP_PKEY_sign_message_init(context, method, NULL)) > 0) { /* libcrypto crashes in what follows a failed one */
        CALL(EVP_PKEY_sign_message_update(context, message, 100));
        CALL(EVP_PKEY_sign_message_final(context, signature, &length));
        CALL(EVP_PKEY_sign_message_final(context, signature, &length));
    }
    if (CALL(EVP_PKEY_verify_message_init(context, method, NULL)) > 0) {
        CALL(EVP_PKEY_CTX_set_signature(context, good, good_length));
        CALL(EVP_PKEY_verify_message_update(context, message, sizeof message));
        CALL(EVP_PKEY_verify_message_final(context));
    }
    CALL(EVP_PKEY_sign_init_ex2(context, method, NULL));
    CALL(sign_octets(context, MOST_OCTETS, message, 32));
    EVP_SIGNATURE_free(method);
    method = EVP_SIGNATURE_fetch(end->library, kind < P256 ? "RSA" : "ECDSA", NULL);
    CALL(EVP_PKEY_sign_message_init(context, method, NULL));
    CALL(EVP_PKEY_sign_init_ex2(context, method, NULL));
    CALL(sign_octets(context, MOST_OCTETS, message, 32));
    CALL(EVP_PKEY_verify_init_ex2(context, method, NULL));
    CALL(EVP_PKEY_verify(context, good, good_length, message, 32));
    EVP_SIGNATURE_free(method);
    EVP_PKEY_CTX_free(context);
}
#endif

static const struct named_scene scenes[] = {
    {"digests", digest_lengths, 0},
    {"settings", settings, 0},
    {"paddings", paddings, 1},
    {"salts", salts, 1},
    {"verifications", verifications, 0},
    {"verifications with a padding", padded_verifications, 1},
    {"recoveries", recoveries, 0},
    {"copies", copied_keys, 0},
    {"beginnings", beginnings, 0},
#if OPENSSL_VERSION_PREREQ(3, 4)
    {"key and digest by one name", composite, 0},
#endif
};

int main(void)
{
    return play_scenes(scenes, sizeof scenes / sizeof *scenes);
}
