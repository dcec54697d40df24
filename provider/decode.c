/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decode.c - the paddings of RFC 8017 and RFC 5246 taken off in constant time.
 *
 * Masks are all ones or zero. Lengths and positions in the decrypted octets are secret; sizes are not.
 */
#include "provider/padding.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "provider/software.h"

/* Keeps the compiler from seeing that a mask has two values only, and making a branch of it. */
static size_t opaque(size_t value)
{
    __asm__("" : "+r"(value));
    return value;
}

static size_t mask_msb(size_t value)
{
    return opaque(0 - (value >> (sizeof value * 8 - 1)));
}

static size_t mask_zero(size_t value)
{
    return mask_msb(~value & (value - 1));
}

static size_t mask_equal(size_t a, size_t b)
{
    return mask_zero(a ^ b);
}

/* For a and b below 2^63. */
static size_t mask_less(size_t a, size_t b)
{
    return mask_msb(a - b);
}

static size_t choose(size_t mask, size_t a, size_t b)
{
    return (mask & a) | (~mask & b);
}

static uint8_t choose_octet(size_t mask, uint8_t a, uint8_t b)
{
    return (uint8_t)choose(mask, a, b);
}

/*
 * Copy the message, which is the last length octets of encoded and begins at or after first, to output where
 * good. It is moved left by its distance from first, a power of two at a time.
 */
static void copy_out(struct decoding *decoding, size_t first, size_t good)
{
    uint8_t *at = decoding->encoded + first;
    size_t span = decoding->size - first, distance = span - choose(good, decoding->length, 0);

    for (size_t step = 1; step < span; step <<= 1) {
        size_t move = ~mask_zero(distance & step);

        for (size_t i = 0; i < span - step; i++)
            at[i] = choose_octet(move, at[i + step], at[i]);
    }
    for (size_t i = 0; i < span && i < decoding->room; i++)
        decoding->output[i] = choose_octet(good & mask_less(i, decoding->length), at[i], decoding->output[i]);
}

/* 00 02 PS 00 M with at least eight octets of PS: the mask, and the length of M. */
static size_t parse_pkcs1(const uint8_t *encoded, size_t size, size_t *length)
{
    size_t good = mask_zero(encoded[0]) & mask_equal(encoded[1], 2), found = 0, separator = 0;

    for (size_t i = 2; i < size; i++) {
        size_t zero = mask_zero(encoded[i]);

        separator = choose(~found & zero, i, separator);
        found |= zero;
    }
    good &= found & ~mask_less(separator, 2 + 8);
    *length = size - 1 - separator;
    return good;
}

size_t decode_pkcs1(struct decoding *decoding)
{
    size_t good = parse_pkcs1(decoding->encoded, decoding->size, &decoding->length);

    good &= ~mask_less(decoding->room, decoding->length);
    copy_out(decoding, 2 + 8 + 1, good);
    return good;
}

/* Y maskedSeed maskedDB to Y seed DB, in place. */
static int unmask(struct decoding *decoding, const EVP_MD *mask_digest, size_t hash_length)
{
    uint8_t *seed = decoding->encoded + 1, *block = seed + hash_length;
    size_t block_length = decoding->size - 1 - hash_length;

    return mgf1_xor(mask_digest, block, block_length, seed, hash_length) &&
           mgf1_xor(mask_digest, seed, hash_length, block, block_length);
}

size_t decode_oaep(struct decoding *decoding, const EVP_MD *digest, const EVP_MD *mask_digest, const uint8_t *label,
                   size_t label_length, int *failed)
{
    size_t hash_length = (size_t)EVP_MD_get_size(digest), first = 2 * hash_length + 1, found = 0, separator = 0, good;
    uint8_t label_hash[EVP_MAX_MD_SIZE];

    *failed = decoding->size < first + 1 || !EVP_Digest(label, label_length, label_hash, NULL, digest, NULL) ||
              !unmask(decoding, mask_digest, hash_length);
    if (*failed)
        return 0;
    good = mask_zero(decoding->encoded[0]) &
           mask_zero((size_t)CRYPTO_memcmp(decoding->encoded + 1 + hash_length, label_hash, hash_length));
    for (size_t i = first; i < decoding->size; i++) {
        size_t one = mask_equal(decoding->encoded[i], 1), zero = mask_zero(decoding->encoded[i]);

        separator = choose(~found & one, i, separator);
        good &= found | one | zero;
        found |= one;
    }
    decoding->length = decoding->size - 1 - separator;
    good &= found & ~mask_less(decoding->room, decoding->length);
    copy_out(decoding, first + 1, good);
    return good;
}

static size_t version_is(const uint8_t *premaster, unsigned version)
{
    return mask_equal(premaster[0], version >> 8 & 0xff) & mask_equal(premaster[1], version & 0xff);
}

int decode_tls(OSSL_LIB_CTX *library, struct decoding *decoding, unsigned client, unsigned negotiated)
{
    uint8_t random[TLS_PREMASTER_OCTETS], *encoded = decoding->encoded;
    size_t start = decoding->size - TLS_PREMASTER_OCTETS, good;

    /* Made whether it is needed or not, so that the time is the same. */
    if (RAND_priv_bytes_ex(library, random, sizeof random, 0) <= 0)
        return 0;
    good = mask_zero(encoded[0]) & mask_equal(encoded[1], 2) & mask_zero(encoded[start - 1]);
    for (size_t i = 2; i < start - 1; i++)
        good &= ~mask_zero(encoded[i]);
    good &= version_is(encoded + start, client) |
            (~mask_zero(negotiated) & version_is(encoded + start, negotiated));
    for (size_t i = 0; i < TLS_PREMASTER_OCTETS; i++)
        decoding->output[i] = choose_octet(good, encoded[start + i], random[i]);
    decoding->length = TLS_PREMASTER_OCTETS;
    OPENSSL_cleanse(random, sizeof random);
    return 1;
}

static int hmac(OSSL_LIB_CTX *library, const uint8_t key[SHA256_DIGEST_LENGTH], const uint8_t *data, size_t length,
                uint8_t out[SHA256_DIGEST_LENGTH])
{
    size_t written;

    return EVP_Q_mac(library, "HMAC", SOFTWARE_PROPERTIES, "SHA256", NULL, key, SHA256_DIGEST_LENGTH, data, length, out,
                     SHA256_DIGEST_LENGTH, &written) != NULL;
}

/* IRPRF(key, label, length): HMACs of a two-octet counter, the label and the length in bits. */
static int expand(OSSL_LIB_CTX *library, const uint8_t *key, const char *label, uint8_t *out, size_t length)
{
    uint8_t input[2 + 8 + 2], block[SHA256_DIGEST_LENGTH];
    size_t label_length = strlen(label);

    memcpy(input + 2, label, label_length);
    input[2 + label_length] = (uint8_t)(length * 8 >> 8);
    input[3 + label_length] = (uint8_t)(length * 8);
    for (size_t done = 0, counter = 0; done < length; done += sizeof block, counter++) {
        size_t part = length - done < sizeof block ? length - done : sizeof block;

        input[0] = (uint8_t)(counter >> 8);
        input[1] = (uint8_t)counter;
        if (!hmac(library, key, input, label_length + 4, block))
            return 0;
        memcpy(out + done, block, part);
    }
    OPENSSL_cleanse(block, sizeof block);
    return 1;
}

#define LENGTH_CANDIDATES 128

/* The last of 128 candidates that is short enough, 0 where none is. */
static size_t synthetic_length(const uint8_t *candidates, size_t size)
{
    size_t limit = size - 2 - 8, bits = limit, length = 0;

    for (size_t shift = 1; shift < 16; shift <<= 1)
        bits |= bits >> shift;
    for (size_t i = 0; i < LENGTH_CANDIDATES; i++) {
        size_t candidate = ((size_t)candidates[2 * i] << 8 | candidates[2 * i + 1]) & bits;

        length = choose(mask_less(candidate, limit), candidate, length);
    }
    return length;
}

int decode_pkcs1_implicit(OSSL_LIB_CTX *library, struct decoding *decoding, const uint8_t *exponent,
                          const uint8_t *ciphertext)
{
    uint8_t hash[SHA256_DIGEST_LENGTH], key[SHA256_DIGEST_LENGTH], candidates[2 * LENGTH_CANDIDATES];
    uint8_t *synthetic = OPENSSL_malloc(decoding->size);
    size_t good, length;
    int ok = synthetic != NULL &&
             EVP_Q_digest(library, "SHA256", SOFTWARE_PROPERTIES, exponent, decoding->size, hash, &length) &&
             hmac(library, hash, ciphertext, decoding->size, key) &&
             expand(library, key, "message", synthetic, decoding->size) &&
             expand(library, key, "length", candidates, sizeof candidates);

    if (ok) {
        good = parse_pkcs1(decoding->encoded, decoding->size, &decoding->length);
        good &= ~mask_less(decoding->room, decoding->length);
        decoding->length = choose(good, decoding->length, synthetic_length(candidates, decoding->size));
        for (size_t i = 0; i < decoding->size; i++)
            decoding->encoded[i] = choose_octet(good, decoding->encoded[i], synthetic[i]);
        copy_out(decoding, 2 + 8 + 1, ~(size_t)0);
    }
    OPENSSL_clear_free(synthetic, decoding->size);
    OPENSSL_cleanse(hash, sizeof hash);
    OPENSSL_cleanse(key, sizeof key);
    OPENSSL_cleanse(candidates, sizeof candidates);
    return ok;
}
