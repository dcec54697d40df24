/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What calls on signatures of messages return and raise is what the plain default provider's do: every order of calls,
 * contexts that are used again and copied, tables of parameters.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "tests/provider/signing_ends.h"

/* Digest names as applications give them; NULL is the key's own. */
static const char *const digests[] = {NULL,       "",         "SHA256", "SHA384",   "SHA2-256",   "SHA1",
                                      "SHA512-256", "SHA3-256", "MD5",    "MD5-SHA1", "BLAKE2b512", "SM3",
                                      "RIPEMD160",  "SHAKE256", "UNDEF",  "nothing"};
#define DIGESTS (sizeof digests / sizeof *digests)

static int begin_to_sign(const struct end *end, EVP_MD_CTX *context, const char *digest)
{
    return EVP_DigestSignInit_ex(context, NULL, digest, end->library, NULL, end->key, NULL);
}

static int begin_to_verify(const struct end *end, EVP_MD_CTX *context, const char *digest)
{
    return EVP_DigestVerifyInit_ex(context, NULL, digest, end->library, NULL, end->key, NULL);
}

/* Without a key: the one before. */
static int begin_again(EVP_MD_CTX *context, const char *digest)
{
    return EVP_DigestSignInit_ex(context, NULL, digest, NULL, NULL, NULL, NULL);
}

static int begin_to_verify_again(EVP_MD_CTX *context, const char *digest)
{
    return EVP_DigestVerifyInit_ex(context, NULL, digest, NULL, NULL, NULL, NULL);
}

static long finish(EVP_MD_CTX *context, size_t room)
{
    uint8_t signature[MOST_OCTETS];

    return EVP_DigestSignFinal(context, signature, &room);
}

static long size_of(EVP_MD_CTX *context)
{
    size_t length = 77;
    int result = EVP_DigestSignFinal(context, NULL, &length);

    return result <= 0 ? result : (long)length;
}

static long sign_whole(EVP_MD_CTX *context, size_t room)
{
    uint8_t signature[MOST_OCTETS];

    return EVP_DigestSign(context, signature, &room, message, 100);
}

static long size_of_whole(EVP_MD_CTX *context)
{
    size_t length = 77;
    int result = EVP_DigestSign(context, NULL, &length, message, 100);

    return result <= 0 ? result : (long)length;
}

static void messages(struct end *end, int kind)
{
    (void)kind;
    for (size_t i = 0; i < DIGESTS; i++)
        for (int whole = 0; whole < 2; whole++) {
            EVP_MD_CTX *context = EVP_MD_CTX_new();

            if (CALL(begin_to_sign(end, context, digests[i])) > 0) {
                CALL(whole ? sign_whole(context, 3) : EVP_DigestSignUpdate(context, message, 100));
                CALL(whole ? size_of_whole(context) : size_of(context));
                CALL(whole ? sign_whole(context, MOST_OCTETS) : finish(context, MOST_OCTETS));
                CALL(whole ? sign_whole(context, MOST_OCTETS) : finish(context, MOST_OCTETS));
                CALL(finish(context, 255));
                CALL(EVP_DigestSignUpdate(context, message, 100));
                CALL(finish(context, MOST_OCTETS));
                CALL(EVP_DigestVerifyUpdate(context, message, 1) > 0);
                CALL(EVP_DigestVerifyFinal(context, good, good_length));
            }
            EVP_MD_CTX_free(context);
        }
}

static void verified_messages(struct end *end, int kind)
{
    for (int whole = 0; whole < 2; whole++)
        for (int i = 0; i < BADS; i++) {
            EVP_MD_CTX *context = EVP_MD_CTX_new();
            struct bad bad;

            make_bad(i, &bad);
            if (CALL(begin_to_verify(end, context, allowed(kind))) > 0) {
                if (!whole)
                    CALL(EVP_DigestVerifyUpdate(context, message, sizeof message));
                CALL(whole ? EVP_DigestVerify(context, bad.octets, bad.length, message, sizeof message)
                           : EVP_DigestVerifyFinal(context, bad.octets, bad.length));
                CALL(whole ? EVP_DigestVerify(context, good, good_length, message, sizeof message)
                           : EVP_DigestVerifyFinal(context, good, good_length));
                CALL(EVP_DigestVerifyUpdate(context, message, 1));
                CALL(EVP_DigestVerifyFinal(context, good, good_length));
                CALL(begin_to_verify_again(context, NULL));
                CALL(EVP_DigestVerify(context, good, good_length, message, sizeof message));
            }
            EVP_MD_CTX_free(context);
        }
    for (size_t i = 0; i < DIGESTS; i++) {
        EVP_MD_CTX *context = EVP_MD_CTX_new();

        if (CALL(begin_to_verify(end, context, digests[i])) > 0)
            CALL(EVP_DigestVerify(context, good, good_length, message, sizeof message));
        EVP_MD_CTX_free(context);
    }
}

/* Used again with the same key: at once, after a message, after its end in a copy and in the context itself. */
static void again(struct end *end, int kind)
{
    static const char *const others[] = {NULL, "SHA256", "SHA384", "SHA224", "nothing"};

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        for (int after = 0; after < 5; after++) {
            EVP_MD_CTX *context = EVP_MD_CTX_new();

            CALL(begin_again(context, others[i])); /* there was none before */
            if (CALL(begin_to_sign(end, context, allowed(kind))) > 0) {
                if (after == 4)
                    EVP_MD_CTX_set_flags(context, EVP_MD_CTX_FLAG_FINALISE);
                if (after >= 1)
                    CALL(EVP_DigestSignUpdate(context, message, 100));
                if (after == 2)
                    CALL(size_of(context));
                if (after >= 3)
                    CALL(finish(context, MOST_OCTETS));
                CALL(begin_again(context, others[i]));
                CALL(EVP_DigestSignUpdate(context, message, 100));
                CALL(finish(context, MOST_OCTETS));
                CALL(begin_to_verify_again(context, others[i])); /* for something else */
                CALL(EVP_DigestVerify(context, good, good_length, message, sizeof message));
                CALL(begin_to_verify_again(context, others[i]));
                CALL(begin_to_sign(end, context, allowed(kind)));
                CALL(sign_whole(context, MOST_OCTETS));
            }
            EVP_MD_CTX_free(context);
        }
}

static void verified_again(struct end *end, int kind)
{
    static const char *const others[] = {NULL, "SHA256", "SHA384", "SHA224"};

    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        for (int itself = 0; itself < 2; itself++) {
            EVP_MD_CTX *context = EVP_MD_CTX_new();

            if (CALL(begin_to_verify(end, context, allowed(kind))) > 0) {
                if (itself)
                    EVP_MD_CTX_set_flags(context, EVP_MD_CTX_FLAG_FINALISE);
                CALL(EVP_DigestVerifyUpdate(context, message, sizeof message));
                CALL(EVP_DigestVerifyFinal(context, good, good_length));
                CALL(begin_to_verify_again(context, others[i]));
                CALL(EVP_DigestVerifyUpdate(context, message, sizeof message));
                CALL(EVP_DigestVerifyFinal(context, good, good_length));
                CALL(begin_again(context, others[i]));
            }
            EVP_MD_CTX_free(context);
        }
}

/* Between two others, by name, into so much room; its size alone, without. */
static long identifier(EVP_MD_CTX *context, size_t room)
{
    uint8_t octets[128] = {0};
    char digest[64] = "";
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, digest, sizeof digest),
        OSSL_PARAM_construct_octet_string(OSSL_SIGNATURE_PARAM_ALGORITHM_ID, room == 0 ? NULL : octets, room),
        OSSL_PARAM_construct_int("nonsense", &(int){0}),
        OSSL_PARAM_construct_end(),
    };
    int result = EVP_PKEY_CTX_get_params(EVP_MD_CTX_get_pkey_ctx(context), params);
    unsigned long sum = 5381;

    for (size_t i = 0; i < sizeof octets; i++)
        sum = sum * 33 + octets[i];
    for (size_t i = 0; digest[i] != '\0'; i++)
        sum = sum * 33 + (unsigned char)digest[i];
    return result <= 0 ? result : (long)(sum >> 16) * 256 + (long)params[1].return_size;
}

static void identifiers(struct end *end, EVP_MD_CTX *context)
{
    CALL(identifier(context, 128));
    CALL(identifier(context, 0));
    CALL(identifier(context, 3));
}

/* A copy whose original is gone. With the plain default provider it stays as long as the copy, which on OpenSSL 3.0 would
 * read it. */
static EVP_MD_CTX *replace(struct end *end, EVP_MD_CTX *context)
{
    EVP_MD_CTX *copy = EVP_MD_CTX_new();

    assert_int_equal(EVP_MD_CTX_copy_ex(copy, context), 1);
    if (end->is_plain)
        end->originals[end->copied++] = context;
    else
        EVP_MD_CTX_free(context);
    return copy;
}

static void free_copy(struct end *end, EVP_MD_CTX *copy)
{
    EVP_MD_CTX_free(copy);
    while (end->copied > 0)
        EVP_MD_CTX_free(end->originals[--end->copied]);
}

static void copies(struct end *end, int kind)
{
    for (size_t i = 0; i < DIGESTS; i++) {
        EVP_MD_CTX *context = EVP_MD_CTX_new();

        if (CALL(begin_to_sign(end, context, digests[i])) > 0) {
            context = replace(end, context);
            CALL(EVP_DigestSignUpdate(context, message, 100));
            context = replace(end, replace(end, context));
            identifiers(end, context);
            CALL(size_of(context));
            CALL(finish(context, MOST_OCTETS));
            CALL(set_text(EVP_MD_CTX_get_pkey_ctx(context), OSSL_SIGNATURE_PARAM_DIGEST, "SHA224"));
            context = replace(end, context);
            identifiers(end, context);
            CALL(EVP_DigestSignUpdate(context, message, 100));
            CALL(finish(context, MOST_OCTETS));
            CALL(begin_again(context, allowed(kind)));
            context = replace(end, context);
            identifiers(end, context);
            CALL(sign_whole(context, MOST_OCTETS));
        }
        free_copy(end, context);
    }
}

/* While a message is under way. */
static void changes(struct end *end, int kind)
{
    for (int after = 0; after < 3; after++) {
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        EVP_PKEY_CTX *parameters;

        if (CALL(begin_to_sign(end, context, allowed(kind))) <= 0) {
            EVP_MD_CTX_free(context);
            return;
        }
        parameters = EVP_MD_CTX_get_pkey_ctx(context);
        CALL(EVP_DigestSignUpdate(context, message, 100));
        if (after == 1)
            CALL(size_of(context));
        if (after == 2)
            CALL(finish(context, MOST_OCTETS));
        CALL(EVP_PKEY_CTX_set_signature_md(parameters, EVP_sha256()));
        CALL(finish(context, MOST_OCTETS));
        CALL(EVP_PKEY_CTX_set_signature_md(parameters, EVP_sha224()));
        CALL(EVP_DigestSignUpdate(context, message, 100));
        CALL(finish(context, MOST_OCTETS));
        for (int padding = RSA_PKCS1_PADDING; padding <= RSA_PKCS1_PSS_PADDING; padding++) {
            CALL(EVP_PKEY_CTX_set_rsa_padding(parameters, padding));
            CALL(EVP_PKEY_CTX_set_rsa_pss_saltlen(parameters, 500));
            CALL(finish(context, MOST_OCTETS));
            identifiers(end, context);
        }
        CALL(set_text(parameters, OSSL_SIGNATURE_PARAM_MGF1_DIGEST, "SHA512"));
        CALL(finish(context, MOST_OCTETS));
        CALL(set_number(parameters, OSSL_SIGNATURE_PARAM_DIGEST, 7));
        CALL(set_number(parameters, OSSL_SIGNATURE_PARAM_DIGEST_SIZE, 7));
        CALL(set_number(parameters, "nonce-type", 1));
        CALL(set_number(parameters, "nonsense", 1));
        CALL(finish(context, MOST_OCTETS));
        EVP_MD_CTX_free(context);
    }
}

static void tables(struct end *end, int kind)
{
    EVP_PKEY_CTX *context = context_of(end);
    EVP_MD_CTX *digesting = EVP_MD_CTX_new();

    TABLE(EVP_PKEY_CTX_gettable_params(context));
    CALL(EVP_PKEY_sign_init(context));
    TABLE(EVP_PKEY_CTX_gettable_params(context));
    TABLE(EVP_PKEY_CTX_settable_params(context));
    if (CALL(begin_to_sign(end, digesting, allowed(kind))) > 0) {
        for (int after = 0; after < 2; after++) {
            TABLE(EVP_PKEY_CTX_gettable_params(EVP_MD_CTX_get_pkey_ctx(digesting)));
            TABLE(EVP_PKEY_CTX_settable_params(EVP_MD_CTX_get_pkey_ctx(digesting)));
            TABLE(EVP_MD_CTX_gettable_params(digesting));
            TABLE(EVP_MD_CTX_settable_params(digesting));
            CALL(size_of(digesting));
        }
    }
    EVP_PKEY_CTX_free(context);
    EVP_MD_CTX_free(digesting);
}

static void method_tables(struct end *end, int kind)
{
    EVP_SIGNATURE *method = EVP_SIGNATURE_fetch(end->library, kind >= P256 ? "ECDSA" : "RSA", NULL);

    TABLE(EVP_SIGNATURE_gettable_ctx_params(method));
    TABLE(EVP_SIGNATURE_settable_ctx_params(method));
    EVP_SIGNATURE_free(method);
}

static void sign_a_certificate(struct end *end, int kind)
{
    static const char *const usual[] = {"SHA256", "SHA384", "SHAKE256"};

    (void)kind;
    for (int i = 0; i < 6; i++) {
        X509 *certificate = X509_new();
        EVP_MD *digest = EVP_MD_fetch(end->library, usual[i / 2], NULL);

        assert_true(X509_set_pubkey(certificate, end->key));
        CALL(X509_sign(certificate, end->key, digest) > 0);
        CALL(X509_get_signature_nid(certificate));
        CALL(X509_verify(certificate, end->key));
        X509_free(certificate);
        EVP_MD_free(digest);
    }
}

static const struct named_scene scenes[] = {
    {"messages", messages, 0},
    {"verified messages", verified_messages, 0},
    {"contexts used again", again, 0},
    {"contexts that verify again", verified_again, 0},
    {"copies", copies, 0},
    {"changes", changes, 0},
    {"tables", tables, 0},
    {"methods' tables", method_tables, 0},
    {"certificates", sign_a_certificate, 0},
};

int main(void)
{
    return play_scenes(scenes, sizeof scenes / sizeof *scenes);
}
