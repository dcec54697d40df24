/* SPDX-License-Identifier: Apache-2.0 */
/* The elliptic curves of the driver's double, computed with libcrypto's numbers and points. */
#include <errno.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>

#include "driver/tlscard.h"
#include "driver/tlscard_map.h"
#include "tests/provider/fake_internal.h"

#define MOST 48

struct tlscard_ec_key {
    struct tlscard *card;
    enum tlscard_ec_curve curve;
    size_t size;
    int has_scalar, has_point;
    uint8_t scalar[MOST], point[2 * MOST];
};

int tlscard_ec_key_create(struct tlscard *card, enum tlscard_ec_curve curve,
                          const struct tlscard_ec_components *components, struct tlscard_ec_key **key)
{
    size_t size = curve == TLSCARD_EC_P384 ? 48 : 32;
    int error = fake_usable(card);

    *key = NULL;
    if (error == 0)
        error = fake.key_error;
    if (error == 0 && ((components->scalar.data != NULL && components->scalar.length != size) ||
                       (components->point.data != NULL && components->point.length != 2 * size) ||
                       (components->scalar.data == NULL && components->point.data == NULL)))
        error = -EINVAL;
    if (error != 0)
        return error;
    *key = OPENSSL_zalloc(sizeof **key);
    **key = (struct tlscard_ec_key){.card = card, .curve = curve, .size = size};
    (*key)->has_scalar = components->scalar.data != NULL;
    (*key)->has_point = components->point.data != NULL;
    if ((*key)->has_scalar)
        memcpy((*key)->scalar, components->scalar.data, size);
    if ((*key)->has_point)
        memcpy((*key)->point, components->point.data, 2 * size);
    fake.keys++;
    return 0;
}

/* Requests hold their answers already, so the key is not needed any more. */
void tlscard_ec_key_free(struct tlscard_ec_key *key)
{
    if (key == NULL)
        return;
    fake.keys--;
    OPENSSL_clear_free(key, sizeof *key);
}

size_t tlscard_ec_key_size(const struct tlscard_ec_key *key)
{
    return key->size;
}

static EC_GROUP *group_of(const struct tlscard_ec_key *key)
{
    return EC_GROUP_new_by_curve_name(key->curve == TLSCARD_EC_P384 ? NID_secp384r1 : NID_X9_62_prime256v1);
}

static EC_POINT *point_of(const EC_GROUP *group, const uint8_t *octets, size_t size)
{
    uint8_t encoded[1 + 2 * MOST] = {POINT_CONVERSION_UNCOMPRESSED};
    EC_POINT *point = EC_POINT_new(group);

    memcpy(encoded + 1, octets, 2 * size);
    if (EC_POINT_oct2point(group, point, encoded, 1 + 2 * size, NULL))
        return point;
    EC_POINT_free(point);
    return NULL;
}

static void put_point(const EC_GROUP *group, const EC_POINT *point, uint8_t *octets, size_t size)
{
    uint8_t encoded[1 + 2 * MOST];

    EC_POINT_point2oct(group, point, POINT_CONVERSION_UNCOMPRESSED, encoded, sizeof encoded, NULL);
    memcpy(octets, encoded + 1, 2 * size);
}

/* Of the base point where there is no peer. */
static int multiply(const struct tlscard_ec_key *key, const uint8_t *peer, uint8_t *output)
{
    EC_GROUP *group = group_of(key);
    EC_POINT *point = peer == NULL ? NULL : point_of(group, peer, key->size), *result = EC_POINT_new(group);
    BIGNUM *scalar = BN_bin2bn(key->scalar, (int)key->size, NULL);
    int status = TLSCARD_STATUS_OK;

    if (peer != NULL && point == NULL)
        status = TLSCARD_STATUS_INVALID_POINT;
    else if (BN_is_zero(scalar) || BN_cmp(scalar, EC_GROUP_get0_order(group)) >= 0)
        status = TLSCARD_STATUS_INVALID_SCALAR;
    else if (EC_POINT_mul(group, result, point == NULL ? scalar : NULL, point, point == NULL ? NULL : scalar, NULL))
        put_point(group, result, output, key->size);
    BN_clear_free(scalar);
    EC_POINT_free(point);
    EC_POINT_free(result);
    EC_GROUP_free(group);
    return status;
}

static int montgomery(const struct tlscard_ec_key *key, const uint8_t *peer, uint8_t *output)
{
    EVP_PKEY *mine = EVP_PKEY_new_raw_private_key_ex(NULL, "X25519", "provider=default", key->scalar, 32);
    EVP_PKEY *theirs = EVP_PKEY_new_raw_public_key_ex(NULL, "X25519", "provider=default", peer, 32);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, mine, "provider=default");
    size_t length = 32;
    int ok = EVP_PKEY_derive_init(context) > 0 && EVP_PKEY_derive_set_peer(context, theirs) > 0 &&
             EVP_PKEY_derive(context, output, &length) > 0;

    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(mine);
    EVP_PKEY_free(theirs);
    return ok ? TLSCARD_STATUS_OK : TLSCARD_STATUS_INVALID_RESULT;
}

static BIGNUM *digest_number(const struct tlscard_ec_key *key, const uint8_t *digest, size_t length)
{
    return BN_bin2bn(digest, (int)(length < key->size ? length : key->size), NULL);
}

/* FIPS 186-5 section 6.4.1. */
static int sign(const struct tlscard_ec_key *key, const uint8_t *digest, size_t length, const uint8_t *nonce,
                uint8_t *output)
{
    EC_GROUP *group = group_of(key);
    const BIGNUM *order = EC_GROUP_get0_order(group);
    EC_POINT *point = EC_POINT_new(group);
    BN_CTX *context = BN_CTX_new();
    BIGNUM *k = BN_bin2bn(nonce, (int)key->size, NULL), *r = BN_new(), *s = BN_new(),
           *e = digest_number(key, digest, length), *d = BN_bin2bn(key->scalar, (int)key->size, NULL);
    int ok = !BN_is_zero(k) && BN_cmp(k, order) < 0 && EC_POINT_mul(group, point, k, NULL, NULL, context) &&
             EC_POINT_get_affine_coordinates(group, point, r, NULL, context) && BN_nnmod(r, r, order, context) &&
             BN_mod_mul(s, r, d, order, context) && BN_mod_add(s, s, e, order, context) &&
             BN_mod_inverse(k, k, order, context) != NULL && BN_mod_mul(s, s, k, order, context) &&
             BN_bn2binpad(r, output, (int)key->size) > 0 &&
             BN_bn2binpad(s, output + key->size, (int)key->size) > 0;

    BN_clear_free(k);
    BN_clear_free(d);
    BN_free(r);
    BN_free(s);
    BN_free(e);
    BN_CTX_free(context);
    EC_POINT_free(point);
    EC_GROUP_free(group);
    return ok ? TLSCARD_STATUS_OK : TLSCARD_STATUS_INVALID_SCALAR;
}

/* FIPS 186-5 section 6.4.2. */
static int verify(const struct tlscard_ec_key *key, const uint8_t *digest, size_t length, const uint8_t *signature)
{
    EC_GROUP *group = group_of(key);
    const BIGNUM *order = EC_GROUP_get0_order(group);
    EC_POINT *public = point_of(group, key->point, key->size), *point = EC_POINT_new(group);
    BN_CTX *context = BN_CTX_new();
    BIGNUM *r = BN_bin2bn(signature, (int)key->size, NULL), *v = BN_new(), *u = BN_new(),
           *s = BN_bin2bn(signature + key->size, (int)key->size, NULL), *e = digest_number(key, digest, length);
    int ok = public != NULL && !BN_is_zero(r) && !BN_is_zero(s) && BN_cmp(r, order) < 0 && BN_cmp(s, order) < 0 &&
             BN_mod_inverse(s, s, order, context) != NULL && BN_mod_mul(u, e, s, order, context) &&
             BN_mod_mul(v, r, s, order, context) && EC_POINT_mul(group, point, u, public, v, context) &&
             EC_POINT_get_affine_coordinates(group, point, v, NULL, context) && BN_nnmod(v, v, order, context) &&
             BN_cmp(v, r) == 0;

    BN_free(r);
    BN_free(s);
    BN_free(e);
    BN_free(u);
    BN_free(v);
    BN_CTX_free(context);
    EC_POINT_free(public);
    EC_POINT_free(point);
    EC_GROUP_free(group);
    return ok ? TLSCARD_STATUS_OK : TLSCARD_STATUS_SIGNATURE_INVALID;
}

static int prepare(struct tlscard_queue *queue, const struct tlscard_ec_key *key, int fits, unsigned opcode,
                   struct tlscard_request **fresh, struct tlscard_request **request)
{
    int error = fake_room(queue);

    *request = NULL;
    if (error == 0 && (key->card != queue->card || !fits))
        error = -EINVAL;
    if (error == 0 && (fake.missing >> opcode & 1) != 0)
        error = -ENOTSUP;
    if (error == 0) {
        ERR_set_mark();
        *fresh = OPENSSL_zalloc(sizeof **fresh);
    }
    return error;
}

static int finish(struct tlscard_queue *queue, struct tlscard_request *fresh, size_t length,
                  struct tlscard_request **request)
{
    ERR_pop_to_mark();
    fresh->length = length;
    if (length > 0)
        fresh->output[length / 2] ^= (uint8_t)(fake.wrong != 0);
    else if (fake.wrong)
        fresh->status ^= TLSCARD_STATUS_SIGNATURE_INVALID;
    if (fake.refusals > 0) {
        fake.refusals--;
        fresh->status = fake.refusal_status;
    }
    if (fake.status != 0)
        fresh->status = fake.status;
    fake_enqueue(queue, fresh, request);
    return 0;
}

int tlscard_ec_public(struct tlscard_queue *queue, struct tlscard_ec_key *key, struct tlscard_request **request)
{
    static const uint8_t base[32] = {9};
    int is_montgomery = key->curve == TLSCARD_EC_X25519, error;
    struct tlscard_request *fresh;

    fake_enter(queue);
    error = prepare(queue, key, key->has_scalar, is_montgomery ? TLSCARD_OP_X25519 : TLSCARD_OP_EC_MULTIPLY_BASE,
                    &fresh, request);
    if (error == 0) {
        fresh->status = is_montgomery ? montgomery(key, base, fresh->output) : multiply(key, NULL, fresh->output);
        error = finish(queue, fresh, is_montgomery ? 32 : 2 * key->size, request);
    }
    fake_leave(queue);
    return error;
}

int tlscard_ec_derive(struct tlscard_queue *queue, struct tlscard_ec_key *key, const uint8_t *peer, size_t length,
                      struct tlscard_request **request)
{
    int is_montgomery = key->curve == TLSCARD_EC_X25519, error;
    size_t size = is_montgomery ? 32 : 2 * key->size;
    struct tlscard_request *fresh;

    fake_enter(queue);
    error = prepare(queue, key, key->has_scalar && length == size,
                    is_montgomery ? TLSCARD_OP_X25519 : TLSCARD_OP_EC_MULTIPLY, &fresh, request);
    if (error == 0) {
        fresh->status = is_montgomery ? montgomery(key, peer, fresh->output) : multiply(key, peer, fresh->output);
        error = finish(queue, fresh, size, request);
    }
    fake_leave(queue);
    return error;
}

int tlscard_ecdsa_sign(struct tlscard_queue *queue, struct tlscard_ec_key *key, const uint8_t *digest, size_t length,
                       const uint8_t *nonce, struct tlscard_request **request)
{
    struct tlscard_request *fresh;
    int error;

    fake_enter(queue);
    error = prepare(queue, key, key->has_scalar && length > 0, TLSCARD_OP_ECDSA_SIGN, &fresh, request);
    if (error == 0) {
        fresh->status = sign(key, digest, length, nonce, fresh->output);
        error = finish(queue, fresh, 2 * key->size, request);
    }
    fake_leave(queue);
    return error;
}

int tlscard_ecdsa_verify(struct tlscard_queue *queue, struct tlscard_ec_key *key, const uint8_t *digest, size_t length,
                         const uint8_t *signature, struct tlscard_request **request)
{
    struct tlscard_request *fresh;
    int error;

    fake_enter(queue);
    error = prepare(queue, key, key->has_point && length > 0, TLSCARD_OP_ECDSA_VERIFY, &fresh, request);
    if (error == 0) {
        fresh->status = verify(key, digest, length, signature);
        error = finish(queue, fresh, 0, request);
    }
    fake_leave(queue);
    return error;
}
