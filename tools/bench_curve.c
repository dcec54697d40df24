/* SPDX-License-Identifier: Apache-2.0 */
/* Inputs of operations on curves for tlscard bench, and libcrypto's answers to them. */
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <string.h>

#include "tools/bench.h"

struct curve {
    EC_GROUP *group;
    BN_CTX *context;
    size_t size;
};

/* Octets that differ with number; as a big-endian number less than the order of any of the curves. */
static void fill(uint8_t *octets, size_t size, unsigned number)
{
    for (size_t index = 0; index < size; index++)
        octets[index] = (uint8_t)((index + 1) * 149 + number * 31 + 7);
    octets[0] = (uint8_t)(0x21 + number);
}

/* output = scalar * point as x | y; of the base point where point is NULL. */
static int multiply(const struct curve *curve, const uint8_t *scalar, const EC_POINT *point, uint8_t *output)
{
    int size = (int)curve->size;
    BIGNUM *number = BN_bin2bn(scalar, size, NULL), *x = BN_new(), *y = BN_new();
    EC_POINT *product = EC_POINT_new(curve->group);
    int done = number && x && y && product &&
               EC_POINT_mul(curve->group, product, point ? NULL : number, point, point ? number : NULL,
                            curve->context) &&
               EC_POINT_get_affine_coordinates(curve->group, product, x, y, curve->context) &&
               BN_bn2binpad(x, output, size) == size && BN_bn2binpad(y, output + size, size) == size;
    EC_POINT_free(product);
    BN_free(y);
    BN_free(x);
    BN_clear_free(number);
    return done;
}

/* input = the public key of another scalar, answer = scalar times it. */
static int derive(const struct curve *curve, const uint8_t *scalar, struct bench_variant *variant)
{
    uint8_t octets[1 + 96] = {POINT_CONVERSION_UNCOMPRESSED};
    EC_POINT *peer = EC_POINT_new(curve->group);
    variant->input_length = variant->answer_length = 2 * curve->size;
    int done = multiply(curve, variant->input, NULL, octets + 1) && peer &&
               EC_POINT_oct2point(curve->group, peer, octets, 1 + 2 * curve->size, curve->context) &&
               multiply(curve, scalar, peer, variant->answer);
    memcpy(variant->input, octets + 1, 2 * curve->size);
    EC_POINT_free(peer);
    return done;
}

/* signature = r | s by FIPS 186-5 section 6.4.1; digest, nonce and scalar have the size of the curve. */
static int sign(const struct curve *curve, const uint8_t *scalar, const uint8_t *digest, const uint8_t *nonce,
                uint8_t *signature)
{
    int size = (int)curve->size;
    const BIGNUM *order = EC_GROUP_get0_order(curve->group);
    uint8_t point[96];
    int done = multiply(curve, nonce, NULL, point);
    BIGNUM *r = BN_bin2bn(point, size, NULL), *s = BN_bin2bn(digest, size, NULL);
    BIGNUM *k = BN_bin2bn(nonce, size, NULL), *d = BN_bin2bn(scalar, size, NULL);
    done = done && r && s && k && d && BN_nnmod(r, r, order, curve->context) &&
           BN_mod_mul(d, d, r, order, curve->context) && BN_mod_add(s, s, d, order, curve->context) &&
           BN_mod_inverse(k, k, order, curve->context) && BN_mod_mul(s, s, k, order, curve->context) &&
           BN_bn2binpad(r, signature, size) == size && BN_bn2binpad(s, signature + size, size) == size;
    BN_clear_free(d);
    BN_clear_free(k);
    BN_free(s);
    BN_free(r);
    return done;
}

static int prime_variant(const struct curve *curve, enum bench_kind kind, const uint8_t *scalar, unsigned number,
                         struct bench_variant *variant)
{
    size_t size = curve->size;
    uint8_t nonce[48];
    fill(variant->input, size, number);
    fill(nonce, size, number + BENCH_VARIANTS);
    variant->answer_length = 2 * size;
    switch (kind) {
    case BENCH_EC_DERIVE:
        return derive(curve, scalar, variant);
    case BENCH_EC_PUBLIC:
        return multiply(curve, scalar, NULL, variant->answer);
    case BENCH_EC_SIGN:
        variant->input_length = 2 * size;
        memcpy(variant->input + size, nonce, size);
        return sign(curve, scalar, variant->input, nonce, variant->answer);
    default:
        variant->input_length = 3 * size;
        variant->answer_length = 0;
        return sign(curve, scalar, variant->input, nonce, variant->input + size);
    }
}

/* answer = X25519(scalar, input), RFC 7748 section 5. */
static int montgomery_variant(const uint8_t *scalar, unsigned number, struct bench_variant *variant)
{
    fill(variant->input, 32, number);
    variant->input_length = variant->answer_length = 32;
    EVP_PKEY *own = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, scalar, 32);
    EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, variant->input, 32);
    EVP_PKEY_CTX *context = own ? EVP_PKEY_CTX_new(own, NULL) : NULL;
    int done = peer && context && EVP_PKEY_derive_init(context) == 1 && EVP_PKEY_derive_set_peer(context, peer) == 1 &&
               EVP_PKEY_derive(context, variant->answer, &variant->answer_length) == 1;
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(peer);
    EVP_PKEY_free(own);
    return done;
}

int bench_curve_variants(const struct bench_operation *operation, const uint8_t *scalar, uint8_t *point,
                         struct bench_variant variants[BENCH_VARIANTS])
{
    int done = 1, p384 = operation->of == TLSCARD_EC_P384;
    if (operation->of == TLSCARD_EC_X25519) {
        for (unsigned number = 0; number < BENCH_VARIANTS && done; number++)
            done = montgomery_variant(scalar, number, &variants[number]);
        return done;
    }
    struct curve curve = {EC_GROUP_new_by_curve_name(p384 ? NID_secp384r1 : NID_X9_62_prime256v1), BN_CTX_new(),
                          p384 ? 48 : 32};
    done = curve.group && curve.context && multiply(&curve, scalar, NULL, point);
    for (unsigned number = 0; number < BENCH_VARIANTS && done; number++)
        done = prime_variant(&curve, operation->kind, scalar, number, &variants[number]);
    BN_CTX_free(curve.context);
    EC_GROUP_free(curve.group);
    return done;
}
