/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What calls on signatures return and raise is what they return and raise with the plain default provider: every failing
 * call, every order of calls, contexts that are used again and copied; with a card and without.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "tests/provider/fixture.h"
#include "tests/provider/transcript.h"

#define MOST_OCTETS 600 /* of a signature */

enum {
    RSA_2048,
    RSA_1024, /* for software */
    RSA_PUBLIC,
    PSS_FREE,
    PSS_RESTRICTED,
    P256,
    P384,
    P521,
    P256_PUBLIC,
    RSA_ELSEWHERE, /* made by the default provider beside us */
    P256_ELSEWHERE,
    X25519,
    KEYS
};

static const struct {
    const char *name;
    int like; /* the same key as */
    int selection;
    const char *properties;
} keys[KEYS] = {
    [RSA_2048] = {"RSA-2048", RSA_2048, EVP_PKEY_KEYPAIR, NULL},
    [RSA_1024] = {"RSA-1024", RSA_1024, EVP_PKEY_KEYPAIR, NULL},
    [RSA_PUBLIC] = {"a public RSA key", RSA_2048, EVP_PKEY_PUBLIC_KEY, NULL},
    [PSS_FREE] = {"RSA-PSS", PSS_FREE, EVP_PKEY_KEYPAIR, NULL},
    [PSS_RESTRICTED] = {"RSA-PSS restricted", PSS_RESTRICTED, EVP_PKEY_KEYPAIR, NULL},
    [P256] = {"P-256", P256, EVP_PKEY_KEYPAIR, NULL},
    [P384] = {"P-384", P384, EVP_PKEY_KEYPAIR, NULL},
    [P521] = {"P-521", P521, EVP_PKEY_KEYPAIR, NULL},
    [P256_PUBLIC] = {"a public P-256 key", P256, EVP_PKEY_PUBLIC_KEY, NULL},
    [RSA_ELSEWHERE] = {"RSA-2048 from elsewhere", RSA_2048, EVP_PKEY_KEYPAIR, "provider=default"},
    [P256_ELSEWHERE] = {"P-256 from elsewhere", P256, EVP_PKEY_KEYPAIR, "provider=default"},
    [X25519] = {"X25519", X25519, EVP_PKEY_KEYPAIR, NULL},
};

/* One side: a library context with its key. */
struct end {
    OSSL_LIB_CTX *library;
    EVP_PKEY *key;
    struct transcript *log;
    EVP_MD_CTX *originals[8];
    unsigned copied;
};

static struct fixture fixture;
static EVP_PKEY *made[KEYS]; /* by the default provider, once */
static int differences;

static const uint8_t message[300] = "a message of three hundred octets, most of them zero";

/* Signatures of the message's SHA-256 by the key, made by the default provider. */
static uint8_t good[MOST_OCTETS];
static size_t good_length;

#define CALL(call) NOTE(end->log, call)
#define TABLE(call) NOTE_TABLE(end->log, call)

static EVP_PKEY *generate_pss(int restricted)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
    EVP_PKEY *key = NULL;

    assert_true(EVP_PKEY_keygen_init(context) > 0 && EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048) > 0);
    if (restricted)
        assert_true(EVP_PKEY_CTX_set_rsa_pss_keygen_md_name(context, "SHA384", NULL) > 0 &&
                    EVP_PKEY_CTX_set_rsa_pss_keygen_mgf1_md_name(context, "SHA384") > 0 &&
                    EVP_PKEY_CTX_set_rsa_pss_keygen_saltlen(context, 40) > 0);
    assert_true(EVP_PKEY_generate(context, &key) > 0);
    EVP_PKEY_CTX_free(context);
    return key;
}

static void make_keys(void)
{
    made[RSA_2048] = EVP_RSA_gen(2048);
    made[RSA_1024] = EVP_RSA_gen(1024);
    made[PSS_FREE] = generate_pss(0);
    made[PSS_RESTRICTED] = generate_pss(1);
    made[P256] = EVP_EC_gen("P-256");
    made[P384] = EVP_EC_gen("P-384");
    made[P521] = EVP_EC_gen("P-521");
    made[X25519] = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
}

static void free_keys(void)
{
    for (int i = 0; i < KEYS; i++)
        EVP_PKEY_free(made[i]);
}

static EVP_PKEY *key_at(OSSL_LIB_CTX *library, int kind)
{
    EVP_PKEY *from = made[keys[kind].like], *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(library, EVP_PKEY_get0_type_name(from), keys[kind].properties);
    OSSL_PARAM *params = NULL;

    assert_true(EVP_PKEY_todata(from, keys[kind].selection, &params));
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    assert_int_equal(EVP_PKEY_fromdata(context, &key, keys[kind].selection, params), 1);
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(context);
    return key;
}

/* A digest that the key's restrictions allow. */
static const char *allowed(int kind)
{
    return kind == PSS_RESTRICTED ? "SHA384" : "SHA256";
}

static void make_good(int kind)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    good_length = sizeof good;
    if (kind == X25519)
        good_length = 64;
    else
        assert_true(EVP_DigestSignInit_ex(context, NULL, allowed(kind), NULL, NULL, made[keys[kind].like], NULL) > 0 &&
                    EVP_DigestSign(context, good, &good_length, message, sizeof message) > 0);
    EVP_MD_CTX_free(context);
}

typedef void scene(struct end *end, int kind);

static void play(scene *of, const char *name, int kind)
{
    char text[64];
    struct end ends[] = {{.library = fixture.plain}, {.library = fixture.library}};

    make_good(kind);
    for (int i = 0; i < 2; i++) {
        ends[i].key = key_at(ends[i].library, kind);
        ends[i].log = transcript_new();
        assert_int_equal(ERR_peek_error(), 0);
        of(&ends[i], kind);
        ERR_clear_error();
        EVP_PKEY_free(ends[i].key);
    }
    snprintf(text, sizeof text, "%s with %s", name, keys[kind].name);
    differences += transcript_compare(ends[0].log, ends[1].log, text) != 0;
    transcript_free(ends[0].log);
    transcript_free(ends[1].log);
}

static EVP_PKEY_CTX *context_of(const struct end *end)
{
    return EVP_PKEY_CTX_new_from_pkey(end->library, end->key, NULL);
}

/* The digest of the message, for the calls that take one. */
static size_t digest_message(const char *name, uint8_t digest[64])
{
    EVP_MD *method = EVP_MD_fetch(NULL, name, NULL);
    unsigned length;

    assert_int_equal(EVP_Digest(message, sizeof message, digest, &length, method, NULL), 1);
    EVP_MD_free(method);
    return length;
}

static long sign_octets(EVP_PKEY_CTX *context, size_t room, const uint8_t *digest, size_t length)
{
    uint8_t signature[MOST_OCTETS];

    return EVP_PKEY_sign(context, signature, &room, digest, length);
}

static long size_of_octets(EVP_PKEY_CTX *context)
{
    size_t length = 77;
    int result = EVP_PKEY_sign(context, NULL, &length, message, 32);

    return result <= 0 ? result : (long)length;
}

/* Digests of every length, too little room, and a context that goes on after a failure. */
static void sign_lengths(struct end *end, EVP_PKEY_CTX *context)
{
    static const size_t lengths[] = {0, 1, 20, 31, 32, 33, 48, 64, 117, 245, 246, 255, 256, 257};

    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        CALL(sign_octets(context, MOST_OCTETS, message, lengths[i]));
    CALL(size_of_octets(context));
    CALL(sign_octets(context, 0, message, 32));
    CALL(sign_octets(context, 8, message, 32));
    CALL(sign_octets(context, 255, message, 32));
    CALL(sign_octets(context, 256, message, 32));
}

static long set_text(EVP_PKEY_CTX *context, const char *key, const char *value)
{
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(key, (char *)value, 0), OSSL_PARAM_construct_end()};

    return EVP_PKEY_CTX_set_params(context, params);
}

static long set_number(EVP_PKEY_CTX *context, const char *key, int value)
{
    OSSL_PARAM params[] = {OSSL_PARAM_construct_int(key, &value), OSSL_PARAM_construct_end()};

    return EVP_PKEY_CTX_set_params(context, params);
}

static void digest_lengths(struct end *end, int kind)
{
    static const char *const digests[] = {"SHA256", "SHA384", "SHA1", "MD5", "MD5-SHA1", "SHAKE128", "no such digest", ""};
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
        {"rsa_padding_mode", "nothing"}, {"rsa_pss_saltlen", "digest"}, {"rsa_pss_saltlen", "9999"}, {"rsa_pss_saltlen", "-9"},
        {"rsa_mgf1_md", "SHA384"}, {"rsa_mgf1_md", "nothing"}, {"nonce-type", "1"}, {"nothing", "1"}, {"rsa_padding_mode", "x931"},
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
    static const int lengths[] = {-6, -5, -4, -3, -2, -1, 0, 31, 32, 40, 48, 94, 95, 190, 206, 207, 222, 223, 224, 300, 1 << 30};
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

/* A signature, and what is none, each in one of the ways that bad() counts. */
struct bad {
    uint8_t octets[MOST_OCTETS + 8];
    size_t length;
};

static const struct {
    size_t length;
    uint8_t octets[16];
} forms[] = {
    {8, {0x30, 6, 2, 1, 1, 2, 1, 1}},             /* right in form */
    {8, {0x30, 6, 2, 1, 0, 2, 1, 1}},             /* r = 0 */
    {8, {0x30, 6, 2, 1, 1, 2, 1, 0}},             /* s = 0 */
    {8, {0x30, 6, 2, 1, 0x80, 2, 1, 1}},          /* negative */
    {9, {0x30, 7, 2, 2, 0, 1, 2, 1, 1}},          /* not minimal */
    {9, {0x30, 0x81, 6, 2, 1, 1, 2, 1, 1}},       /* length in two octets */
    {10, {0x30, 0x80, 2, 1, 1, 2, 1, 1, 0, 0}},   /* indefinite length */
    {11, {0x30, 9, 2, 1, 1, 2, 1, 1, 2, 1, 1}},   /* three numbers */
    {5, {0x30, 3, 2, 1, 1}},                      /* one */
    {7, {0x30, 5, 2, 0, 2, 1, 1}},                /* an empty one */
    {8, {0x31, 6, 2, 1, 1, 2, 1, 1}},             /* a set */
    {8, {0x30, 6, 4, 1, 1, 2, 1, 1}},             /* an octet string */
    {2, {0x30, 0}},
    {1, {0x30}},
};
#define FORMS ((int)(sizeof forms / sizeof *forms))
#define BADS (FORMS + 21)

static void make_bad(int which, struct bad *bad)
{
    memset(bad, 0, sizeof *bad);
    memcpy(bad->octets, good, good_length);
    bad->length = good_length;
    if (which < FORMS) {
        memcpy(bad->octets, forms[which].octets, forms[which].length);
        bad->length = forms[which].length;
    } else if (which < FORMS + 8) { /* cut off */
        bad->length = (size_t)(which - FORMS) * good_length / 8;
    } else if (which < FORMS + 16) { /* one bit wrong */
        bad->octets[(size_t)(which - FORMS - 8) * good_length / 8] ^= 1;
    } else if (which < FORMS + 18) { /* something behind it */
        bad->length += (size_t)(which - FORMS - 15);
    } else if (which < FORMS + 20) { /* zero, and greater than the modulus */
        memset(bad->octets, which == FORMS + 18 ? 0 : 255, good_length);
    } /* the last is the good one */
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
            for (int j = FORMS; j < BADS; j++) {
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
            for (int j = FORMS; j < BADS; j++) {
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

/* Digest names as applications give them; NULL is the key's own. */
static const char *const digests[] = {NULL,   "",        "SHA256",     "SHA384", "SHA2-256",   "SHA1",    "SHA512-256", "SHA3-256",
                                      "MD5",  "MD5-SHA1", "BLAKE2b512", "SM3",    "RIPEMD160", "SHAKE256", "UNDEF",      "nothing"};
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

/* A copy whose original is gone. With OpenSSL 3.0's default provider alone it stays until the copy is gone, which would read it. */
static EVP_MD_CTX *replace(struct end *end, EVP_MD_CTX *context)
{
    EVP_MD_CTX *copy = EVP_MD_CTX_new();

    assert_int_equal(EVP_MD_CTX_copy_ex(copy, context), 1);
    if (end->library == fixture.plain)
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

    CALL(EVP_PKEY_sign_message_init(context, method, NULL));
    CALL(EVP_PKEY_sign_message_update(context, message, 100));
    CALL(EVP_PKEY_sign_message_final(context, signature, &length));
    CALL(EVP_PKEY_sign_message_final(context, signature, &length));
    CALL(EVP_PKEY_verify_message_init(context, method, NULL));
    CALL(EVP_PKEY_CTX_set_signature(context, good, good_length));
    CALL(EVP_PKEY_verify_message_update(context, message, sizeof message));
    CALL(EVP_PKEY_verify_message_final(context));
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

static const struct {
    const char *name;
    scene *play;
    int rsa_only;
} scenes[] = {
    {"digests", digest_lengths, 0},
    {"settings", settings, 0},
    {"paddings", paddings, 1},
    {"salts", salts, 1},
    {"verifications", verifications, 0},
    {"verifications with a padding", padded_verifications, 1},
    {"recoveries", recoveries, 0},
    {"messages", messages, 0},
    {"verified messages", verified_messages, 0},
    {"contexts used again", again, 0},
    {"contexts that verify again", verified_again, 0},
    {"copies", copies, 0},
    {"copies of key contexts", copied_keys, 0},
    {"changes", changes, 0},
    {"tables", tables, 0},
    {"methods' tables", method_tables, 0},
    {"beginnings", beginnings, 0},
    {"certificates", sign_a_certificate, 0},
#if OPENSSL_VERSION_PREREQ(3, 4)
    {"key and digest by one name", composite, 0},
#endif
};

static void play_all(void)
{
    differences = 0;
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++)
        for (int kind = 0; kind < KEYS; kind++)
            if (!scenes[i].rsa_only || kind <= PSS_RESTRICTED || kind == RSA_ELSEWHERE)
                play(scenes[i].play, scenes[i].name, kind);
    assert_int_equal(differences, 0);
}

static void test_without_a_card(void **state)
{
    (void)state;
    fixture_open(&fixture, "POLICY=always", NULL);
    fake.open_error = -ENODEV;
    play_all();
    assert_int_equal(fixture_count(&fixture, "card") + fixture_ec_count(&fixture, "card"), 0);
}

static void test_with_a_card(void **state)
{
    (void)state;
    fixture_open(&fixture, "POLICY=always", NULL);
    play_all();
    assert_true(fixture_count(&fixture, "card") > 50 && fixture_ec_count(&fixture, "card") > 50);
    assert_int_equal(fixture_count(&fixture, "wrong-answer") + fixture_ec_count(&fixture, "wrong-answer"), 0);
}

/* What verification keeps on the host is hashed by software alone. */
static void test_with_a_card_that_signs(void **state)
{
    (void)state;
    fixture_open(&fixture, "POLICY=auto", NULL);
    play_all();
    assert_true(fixture_count(&fixture, "card") > 50 && fixture_ec_count(&fixture, "card") > 50);
}

/* A card that fails leaves no trace in what is returned. */
static void test_with_a_failing_card(void **state)
{
    (void)state;
    fixture_open(&fixture, "POLICY=always", NULL);
    fake.submit_error = -EAGAIN;
    play_all();
    assert_true(fixture_count(&fixture, "queue-full") > 50 && fixture_ec_count(&fixture, "queue-full") > 50);
}

static int close_all(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

#define TEST(name) cmocka_unit_test_teardown(name, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_without_a_card),
        TEST(test_with_a_card),
        TEST(test_with_a_card_that_signs),
        TEST(test_with_a_failing_card),
    };
    int failed;

    make_keys();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    free_keys();
    return failed;
}
