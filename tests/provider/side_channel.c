/* SPDX-License-Identifier: Apache-2.0 */
/* Decryptions for valgrind to watch: test_side_channel.py counts what they execute, and looks for branches on secrets. */
/*
 * side_channel decode      what padding.h undoes, directly
 * side_channel path        TLS premaster secrets by EVP_PKEY_decrypt, on the driver's double and in software
 * side_channel secret      what padding.h undoes, with the octets marked undefined: memcheck sees who looks at them
 *
 * For callgrind, each kind of message ends with a dump named after it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rsa.h>
#include <valgrind/callgrind.h>
#include <valgrind/memcheck.h>

#include "provider/padding.h"
#include "tests/provider/fake_driver.h"
#include "tests/provider/malformed.h"

#define SIZE 256
#define EACH 10   /* in the whole path */
#define MANY 1000 /* of padding.h alone */
#define HASH 32   /* octets of SHA-256 */

OSSL_provider_init_fn OSSL_provider_init;

static uint64_t state = 88172645463325252u; /* xorshift64 */

static void random_from_state(uint8_t *octets, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        octets[i] = (uint8_t)(state >> 24);
    }
}

static void need(int ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "side_channel: %s failed\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static void end_of_kind(const char *padding, enum malformed how)
{
    char name[96];

    snprintf(name, sizeof name, "%s/%s", padding, malformed_names[how]);
    CALLGRIND_DUMP_STATS_AT(name);
}

enum decoder { TLS, PKCS1, IMPLICIT, OAEP, DECODERS };
static const char *const decoder_names[DECODERS] = {"decode-tls", "decode-pkcs1", "decode-implicit", "decode-oaep"};

/* DB of RFC 8017 section 7.1.1 masked, so that what unmasks it finds something like the kind that is asked for. */
static void encode_oaep(enum malformed how, uint8_t *encoded, const EVP_MD *digest)
{
    uint8_t *seed = encoded + 1, *block = seed + HASH;
    size_t length = SIZE - 1 - HASH;

    malformed_encode(how, encoded, SIZE, random_from_state);
    memset(block + HASH, 0, length - HASH - PREMASTER);
    need(EVP_Digest("", 0, block, NULL, digest, NULL), "a digest");
    block[0] ^= how == SECOND_OCTET;           /* the label's hash */
    block[HASH + 3] = how == SEPARATOR_EARLY;  /* a long message */
    block[length - PREMASTER - 1] = how != NO_SEPARATOR && how != ALL_ZERO;
    if (how == NO_SEPARATOR || how == ALL_ZERO)
        memset(block + length - PREMASTER, 0, PREMASTER);
    if (how == TOO_LONG)
        block[HASH + 5] = 7; /* neither 0 nor 1 */
    need(mgf1_xor(digest, seed, HASH, block, length) && mgf1_xor(digest, block, length, seed, HASH), "a mask");
}

/* One of padding.h's, with octets that are secret where that is watched. */
static void decode(enum decoder decoder, enum malformed how, const EVP_MD *digest, int secret)
{
    uint8_t encoded[SIZE], output[SIZE] = {0}, exponent[SIZE], ciphertext[SIZE];
    struct decoding decoding = {encoded, SIZE, output, SIZE, 0};
    int failed = 0;

    if (decoder == OAEP)
        encode_oaep(how, encoded, digest);
    else
        malformed_encode(how, encoded, SIZE, random_from_state);
    random_from_state(exponent, SIZE);
    random_from_state(ciphertext, SIZE);
    if (secret) {
        (void)VALGRIND_MAKE_MEM_UNDEFINED(encoded, SIZE);
        (void)VALGRIND_MAKE_MEM_UNDEFINED(exponent, SIZE);
    }
    CALLGRIND_TOGGLE_COLLECT;
    switch (decoder) {
    case TLS:
        failed = !decode_tls(NULL, &decoding, 0x303, 0);
        break;
    case PKCS1:
        decode_pkcs1(&decoding);
        break;
    case IMPLICIT:
        failed = !decode_pkcs1_implicit(NULL, &decoding, exponent, ciphertext);
        break;
    default:
        decode_oaep(&decoding, digest, digest, NULL, 0, &failed);
    }
    CALLGRIND_TOGGLE_COLLECT;
    need(!failed, "decoding");
}

static void run_decoders(int secret)
{
    EVP_MD *digest = EVP_MD_fetch(NULL, "SHA256", NULL);

    for (enum decoder decoder = TLS; decoder < DECODERS; decoder++) {
        int many = secret || decoder >= IMPLICIT ? MANY / 20 : MANY;

        decode(decoder, WELL_FORMED, digest, 0); /* whatever is done only once */
        CALLGRIND_DUMP_STATS_AT("nothing of interest");
        for (enum malformed how = WELL_FORMED; how < MALFORMED_COUNT; how++) {
            for (int i = 0; i < many; i++)
                decode(decoder, how, digest, secret);
            end_of_kind(decoder_names[decoder], how);
        }
    }
    EVP_MD_free(digest);
}

struct path {
    OSSL_LIB_CTX *library;
    EVP_PKEY *key;
    EVP_PKEY_CTX *encrypting, *decrypting;
};

static void open_path(struct path *path, const char *policy)
{
    unsigned version = 0x303;
    OSSL_PARAM versions[] = {OSSL_PARAM_construct_uint(OSSL_ASYM_CIPHER_PARAM_TLS_CLIENT_VERSION, &version),
                             OSSL_PARAM_construct_end()};

    setenv("TLSCARD_POLICY", policy, 1);
    path->library = OSSL_LIB_CTX_new();
    need(OSSL_PROVIDER_load(path->library, "default") != NULL &&
             OSSL_PROVIDER_add_builtin(path->library, "tlscard", OSSL_provider_init) &&
             OSSL_PROVIDER_load(path->library, "tlscard") != NULL &&
             EVP_set_default_properties(path->library, "?provider=tlscard"),
         "the provider");
    path->key = EVP_PKEY_Q_keygen(path->library, NULL, "RSA", (size_t)2048);
    path->encrypting = EVP_PKEY_CTX_new_from_pkey(path->library, path->key, "?provider=tlscard");
    path->decrypting = EVP_PKEY_CTX_new_from_pkey(path->library, path->key, "?provider=tlscard");
    need(EVP_PKEY_encrypt_init(path->encrypting) > 0 &&
             EVP_PKEY_CTX_set_rsa_padding(path->encrypting, RSA_NO_PADDING) > 0 &&
             EVP_PKEY_decrypt_init(path->decrypting) > 0 &&
             EVP_PKEY_CTX_set_rsa_padding(path->decrypting, RSA_PKCS1_WITH_TLS_PADDING) > 0 &&
             EVP_PKEY_CTX_set_params(path->decrypting, versions) > 0,
         "the contexts");
}

static void decrypt(struct path *path, enum malformed how)
{
    uint8_t encoded[SIZE], ciphertext[SIZE], secret[SIZE];
    size_t length = SIZE;
    int ok;

    malformed_encode(how, encoded, SIZE, random_from_state);
    need(EVP_PKEY_encrypt(path->encrypting, ciphertext, &length, encoded, SIZE) > 0, "encryption");
    length = SIZE;
    CALLGRIND_TOGGLE_COLLECT;
    ok = EVP_PKEY_decrypt(path->decrypting, secret, &length, ciphertext, SIZE);
    CALLGRIND_TOGGLE_COLLECT;
    need(ok > 0 && length == PREMASTER, "decryption");
}

static void run_path(const char *policy, const char *name)
{
    struct path path;

    open_path(&path, policy);
    for (int i = 0; i < 3; i++)
        decrypt(&path, WELL_FORMED);
    CALLGRIND_DUMP_STATS_AT("nothing of interest");
    for (enum malformed how = WELL_FORMED; how < MALFORMED_COUNT; how++) {
        for (int i = 0; i < EACH; i++)
            decrypt(&path, how);
        end_of_kind(name, how);
    }
    EVP_PKEY_CTX_free(path.encrypting);
    EVP_PKEY_CTX_free(path.decrypting);
    EVP_PKEY_free(path.key);
    OSSL_LIB_CTX_free(path.library);
}

int main(int count, char **words)
{
    fake_reset();
    if (count == 2 && strcmp(words[1], "decode") == 0) {
        run_decoders(0);
    } else if (count == 2 && strcmp(words[1], "secret") == 0) {
        run_decoders(1);
    } else if (count == 2 && strcmp(words[1], "path") == 0) {
        run_path("always", "card");
        run_path("never", "software");
    } else {
        fprintf(stderr, "usage: side_channel decode|path|secret\n");
        return 2;
    }
    return 0;
}
