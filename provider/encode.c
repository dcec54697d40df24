/* SPDX-License-Identifier: Apache-2.0 */
/* EMSA-PKCS1-v1_5, EMSA-PSS and MGF1 of RFC 8017. */
#include "provider/padding.h"

#include <string.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

/* The names libcrypto gives, with the object identifier's last octet under nistAlgorithm hashAlgs
 * (2.16.840.1.101.3.4.2), and the octets of the hash. */
static const struct {
    const char *name;
    uint8_t identifier, length;
} nist_digests[] = {
    {"SHA2-256", 1, 32},     {"SHA256", 1, 32},        {"SHA2-384", 2, 48},     {"SHA384", 2, 48},
    {"SHA2-512", 3, 64},     {"SHA512", 3, 64},        {"SHA2-224", 4, 28},     {"SHA224", 4, 28},
    {"SHA2-512/224", 5, 28}, {"SHA512-224", 5, 28},    {"SHA2-512/256", 6, 32}, {"SHA512-256", 6, 32},
    {"SHA3-224", 7, 28},     {"SHA3-256", 8, 32},      {"SHA3-384", 9, 48},     {"SHA3-512", 10, 64},
};

#define MAX_PREFIX 19

/* DigestInfo up to the hash (section 9.2, note 1): its length, 0 for a digest that is not known here or
 * a hash that is not of its length. */
static size_t digest_info(const char *digest, size_t length, uint8_t prefix[MAX_PREFIX])
{
    static const uint8_t sha1[] = {0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e,
                                   0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14};
    static const uint8_t nist[MAX_PREFIX] = {0x30, 0, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                             0x65, 0x03, 0x04, 0x02, 0, 0x05, 0x00, 0x04, 0};

    if (OPENSSL_strcasecmp(digest, "SHA1") == 0 && length == 20) {
        memcpy(prefix, sha1, sizeof sha1);
        return sizeof sha1;
    }
    for (size_t i = 0; i < sizeof nist_digests / sizeof *nist_digests; i++)
        if (OPENSSL_strcasecmp(digest, nist_digests[i].name) == 0 && length == nist_digests[i].length) {
            memcpy(prefix, nist, sizeof nist);
            prefix[1] = (uint8_t)(17 + length);
            prefix[14] = nist_digests[i].identifier;
            prefix[18] = (uint8_t)length;
            return sizeof nist;
        }
    return 0;
}

int encode_pkcs1_sign(const char *digest, const uint8_t *hash, size_t length, uint8_t *encoded, size_t size)
{
    uint8_t prefix[MAX_PREFIX];
    size_t prefix_length = 0, padding;

    /* TLS 1.0 and 1.1 sign the two hashes bare. */
    int bare = digest[0] == '\0' || (OPENSSL_strcasecmp(digest, "MD5-SHA1") == 0 && length == 36);

    if (!bare && (prefix_length = digest_info(digest, length, prefix)) == 0)
        return 0;
    if (length > size || prefix_length + length + 11 > size)
        return 0;
    padding = size - 3 - prefix_length - length;
    encoded[0] = 0;
    encoded[1] = 1;
    memset(encoded + 2, 0xff, padding);
    encoded[2 + padding] = 0;
    memcpy(encoded + 3 + padding, prefix, prefix_length);
    memcpy(encoded + 3 + padding + prefix_length, hash, length);
    return 1;
}

int mgf1_xor(const EVP_MD *digest, const uint8_t *seed, size_t seed_length, uint8_t *target, size_t length)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t step = (size_t)EVP_MD_get_size(digest);
    uint8_t block[EVP_MAX_MD_SIZE];
    int ok = context != NULL;

    for (uint32_t counter = 0; ok && length > 0; counter++) {
        uint8_t number[] = {(uint8_t)(counter >> 24), (uint8_t)(counter >> 16), (uint8_t)(counter >> 8),
                            (uint8_t)counter};
        size_t part = length < step ? length : step;

        ok = EVP_DigestInit_ex(context, digest, NULL) && EVP_DigestUpdate(context, seed, seed_length) &&
             EVP_DigestUpdate(context, number, sizeof number) && EVP_DigestFinal_ex(context, block, NULL);
        for (size_t i = 0; ok && i < part; i++)
            target[i] ^= block[i];
        target += part;
        length -= part;
    }
    EVP_MD_CTX_free(context);
    OPENSSL_cleanse(block, sizeof block);
    return ok;
}

/* H = Hash(eight zero octets, mHash, salt) */
static int hash_salted(const EVP_MD *digest, const uint8_t *hash, const uint8_t *salt, size_t salt_length, uint8_t *h)
{
    static const uint8_t zeros[8];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int ok = context != NULL && EVP_DigestInit_ex(context, digest, NULL) &&
             EVP_DigestUpdate(context, zeros, sizeof zeros) &&
             EVP_DigestUpdate(context, hash, (size_t)EVP_MD_get_size(digest)) &&
             EVP_DigestUpdate(context, salt, salt_length) && EVP_DigestFinal_ex(context, h, NULL);

    EVP_MD_CTX_free(context);
    return ok;
}

int encode_pss(OSSL_LIB_CTX *library, const EVP_MD *digest, const EVP_MD *mask_digest, size_t salt_length,
               const uint8_t *hash, uint8_t *encoded, size_t size)
{
    size_t hash_length = (size_t)EVP_MD_get_size(digest), block_length;
    uint8_t *salt, *h;

    if (size < hash_length + 2 || salt_length > size - hash_length - 2)
        return 0;
    block_length = size - hash_length - 1;
    salt = encoded + block_length - salt_length;
    h = encoded + block_length;
    memset(encoded, 0, block_length);
    salt[-1] = 1;
    if (salt_length > 0 && RAND_bytes_ex(library, salt, salt_length, 0) <= 0)
        return 0;
    if (!hash_salted(digest, hash, salt, salt_length, h) ||
        !mgf1_xor(mask_digest, h, hash_length, encoded, block_length))
        return 0;
    encoded[0] &= 0x7f; /* emBits is one less than the modulus's */
    encoded[size - 1] = 0xbc;
    return 1;
}
