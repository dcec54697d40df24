/* SPDX-License-Identifier: Apache-2.0 */
/* The elliptic-curve calls of the driver's double, in software. */
/* Of TLSCARD_FAKE: "wrong" flips a bit of each result and turns each verdict over, "unranged" gives results that
 * should have been refused, "partial" writes octets although it fails. */
#include <errno.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <stdlib.h>
#include <string.h>

#include "driver/tlscard.h"
#include "driver/tlscard_map.h"
#include "tests/tools/fake_tlscard.h"

struct tlscard_ec_key {
    enum tlscard_ec_curve curve;
    size_t size;
    uint8_t scalar[48], point[96];
    EC_GROUP *group; /* of a prime curve */
    BN_CTX *context;
};

int tlscard_ec_key_create(struct tlscard *card, enum tlscard_ec_curve curve,
                          const struct tlscard_ec_components *components, struct tlscard_ec_key **result)
{
    struct tlscard_ec_key *key = calloc(1, sizeof *key);
    (void)card;
    if (!key)
        return -ENOMEM;
    key->curve = curve;
    key->size = curve == TLSCARD_EC_P384 ? 48 : 32;
    key->context = BN_CTX_new();
    if (curve != TLSCARD_EC_X25519)
        key->group = EC_GROUP_new_by_curve_name(curve == TLSCARD_EC_P256 ? NID_X9_62_prime256v1 : NID_secp384r1);
    if (components->scalar.data)
        memcpy(key->scalar, components->scalar.data, components->scalar.length);
    if (components->point.data)
        memcpy(key->point, components->point.data, components->point.length);
    *result = key;
    return 0;
}

void tlscard_ec_key_free(struct tlscard_ec_key *key)
{
    if (!key)
        return;
    EC_GROUP_free(key->group);
    BN_CTX_free(key->context);
    free(key);
}

size_t tlscard_ec_key_size(const struct tlscard_ec_key *key)
{
    return key->size;
}

/* An ended request of length octets, or with a status; the octets are there in any case. */
static int finish(unsigned status, const uint8_t *octets, size_t length, struct tlscard_request **request)
{
    *request = calloc(1, sizeof **request);
    if (!*request)
        return -ENOMEM;
    if (fakes("unranged") && status != TLSCARD_STATUS_SIGNATURE_INVALID)
        status = TLSCARD_STATUS_OK;
    if (fakes("wrong") && length == 0)
        status = status == TLSCARD_STATUS_OK ? TLSCARD_STATUS_SIGNATURE_INVALID : TLSCARD_STATUS_OK;
    (*request)->result = (struct tlscard_result){.status = (uint8_t)status, .cycles = 1000, .length = length};
    if (length > 0)
        memcpy((*request)->output, octets, length);
    if (fakes("wrong") && length > 0)
        (*request)->output[length - 1] ^= 1;
    return 0;
}

static int in_range(const struct tlscard_ec_key *key, const BIGNUM *scalar)
{
    return !BN_is_zero(scalar) && BN_cmp(scalar, EC_GROUP_get0_order(key->group)) < 0;
}

/* The point x | y, or NULL where it is not on the curve. */
static EC_POINT *point_of(const struct tlscard_ec_key *key, const uint8_t *octets)
{
    int size = (int)key->size;
    EC_POINT *point = EC_POINT_new(key->group);
    BIGNUM *x = BN_bin2bn(octets, size, NULL), *y = BN_bin2bn(octets + size, size, NULL);
    if (EC_POINT_set_affine_coordinates(key->group, point, x, y, key->context) != 1) {
        EC_POINT_free(point);
        point = NULL;
    }
    BN_free(x);
    BN_free(y);
    return point;
}

/* first * G + second * point, as x | y; either may be NULL. */
static void combine(const struct tlscard_ec_key *key, const BIGNUM *first, const EC_POINT *point, const BIGNUM *second,
                    uint8_t *output)
{
    EC_POINT *sum = EC_POINT_new(key->group);
    BIGNUM *x = BN_new(), *y = BN_new();
    EC_POINT_mul(key->group, sum, first, point, second, key->context);
    EC_POINT_get_affine_coordinates(key->group, sum, x, y, key->context);
    BN_bn2binpad(x, output, (int)key->size);
    BN_bn2binpad(y, output + key->size, (int)key->size);
    BN_free(x);
    BN_free(y);
    EC_POINT_free(sum);
}

static int montgomery(const struct tlscard_ec_key *key, const uint8_t *u, struct tlscard_request **request)
{
    uint8_t output[32] = {0};
    size_t length = sizeof output;
    EVP_PKEY *own = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, key->scalar, 32);
    EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, u, 32);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(own, NULL);
    int good = EVP_PKEY_derive_init(context) == 1 && EVP_PKEY_derive_set_peer(context, peer) == 1 &&
               EVP_PKEY_derive(context, output, &length) == 1;
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(peer);
    EVP_PKEY_free(own);
    return finish(good ? TLSCARD_STATUS_OK : TLSCARD_STATUS_INVALID_RESULT, output, 32, request);
}

int tlscard_ec_public(struct tlscard_queue *queue, struct tlscard_ec_key *key, struct tlscard_request **request)
{
    static const uint8_t nine[32] = {9};
    uint8_t output[96] = {0};
    (void)queue;
    if (key->curve == TLSCARD_EC_X25519)
        return montgomery(key, nine, request);
    BIGNUM *scalar = BN_bin2bn(key->scalar, (int)key->size, NULL);
    int good = in_range(key, scalar);
    if (good)
        combine(key, scalar, NULL, NULL, output);
    BN_free(scalar);
    return finish(good ? TLSCARD_STATUS_OK : TLSCARD_STATUS_INVALID_SCALAR, output, 2 * key->size, request);
}

int tlscard_ec_derive(struct tlscard_queue *queue, struct tlscard_ec_key *key, const uint8_t *peer, size_t length,
                      struct tlscard_request **request)
{
    uint8_t output[96] = {0};
    (void)queue;
    if (length != (key->curve == TLSCARD_EC_X25519 ? 32 : 2 * key->size))
        return -EINVAL;
    if (key->curve == TLSCARD_EC_X25519)
        return montgomery(key, peer, request);
    BIGNUM *scalar = BN_bin2bn(key->scalar, (int)key->size, NULL);
    EC_POINT *point = point_of(key, peer);
    unsigned status = !in_range(key, scalar) ? TLSCARD_STATUS_INVALID_SCALAR
                      : !point               ? TLSCARD_STATUS_INVALID_POINT
                                             : TLSCARD_STATUS_OK;
    if (status == TLSCARD_STATUS_OK)
        combine(key, NULL, point, scalar, output);
    EC_POINT_free(point);
    BN_free(scalar);
    return finish(status, output, 2 * key->size, request);
}

static BIGNUM *number_of_digest(const struct tlscard_ec_key *key, const uint8_t *digest, size_t length)
{
    return BN_bin2bn(digest, (int)(length < key->size ? length : key->size), NULL);
}

/* FIPS 186-5 section 6.4.1. */
int tlscard_ecdsa_sign(struct tlscard_queue *queue, struct tlscard_ec_key *key, const uint8_t *digest, size_t length,
                       const uint8_t *nonce, struct tlscard_request **request)
{
    int size = (int)key->size;
    const BIGNUM *order = EC_GROUP_get0_order(key->group);
    BIGNUM *d = BN_bin2bn(key->scalar, size, NULL), *k = BN_bin2bn(nonce, size, NULL);
    BIGNUM *s = number_of_digest(key, digest, length), *r = BN_new();
    uint8_t output[96] = {0};
    int good = in_range(key, d) && in_range(key, k);
    (void)queue;
    if (good) {
        combine(key, k, NULL, NULL, output);
        BN_bin2bn(output, size, r);
        BN_nnmod(r, r, order, key->context);
        BN_mod_mul(d, d, r, order, key->context);
        BN_mod_add(s, s, d, order, key->context);
        BN_mod_inverse(k, k, order, key->context);
        BN_mod_mul(s, s, k, order, key->context);
        BN_bn2binpad(r, output, size);
        BN_bn2binpad(s, output + size, size);
    }
    BN_free(d);
    BN_free(k);
    BN_free(s);
    BN_free(r);
    return finish(good ? TLSCARD_STATUS_OK : TLSCARD_STATUS_INVALID_SCALAR, output, 2 * key->size, request);
}

/* FIPS 186-5 section 6.4.2. */
static int verifies(const struct tlscard_ec_key *key, const EC_POINT *point, const uint8_t *digest, size_t length,
                    const uint8_t *signature)
{
    int size = (int)key->size;
    const BIGNUM *order = EC_GROUP_get0_order(key->group);
    BIGNUM *r = BN_bin2bn(signature, size, NULL), *s = BN_bin2bn(signature + size, size, NULL);
    BIGNUM *first = number_of_digest(key, digest, length), *second = BN_new();
    uint8_t output[96] = {0};
    int good = in_range(key, r) && in_range(key, s);
    if (good) {
        BN_mod_inverse(s, s, order, key->context);
        BN_mod_mul(first, first, s, order, key->context);
        BN_mod_mul(second, r, s, order, key->context);
        combine(key, first, point, second, output);
        BN_bin2bn(output, size, first);
        BN_nnmod(first, first, order, key->context);
        good = BN_cmp(first, r) == 0;
    }
    BN_free(r);
    BN_free(s);
    BN_free(first);
    BN_free(second);
    return good;
}

int tlscard_ecdsa_verify(struct tlscard_queue *queue, struct tlscard_ec_key *key, const uint8_t *digest, size_t length,
                         const uint8_t *signature, struct tlscard_request **request)
{
    EC_POINT *point = point_of(key, key->point);
    unsigned status = TLSCARD_STATUS_INVALID_POINT;
    (void)queue;
    if (point)
        status = verifies(key, point, digest, length, signature) ? TLSCARD_STATUS_OK : TLSCARD_STATUS_SIGNATURE_INVALID;
    EC_POINT_free(point);
    return finish(status, NULL, 0, request);
}
