/* SPDX-License-Identifier: Apache-2.0 */
/* Engine jobs on elliptic curves, and what libcrypto says their results are. */
#include "tests/rtl/pke_curves.h"

#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <string.h>

int pke_curve_open(struct pke_curve *curve, uint16_t id)
{
    int is_384 = id == TLSCARD_CURVE_P384;
    *curve = (struct pke_curve){.id = id, .octets = is_384 ? 48 : 32};
    curve->group = EC_GROUP_new_by_curve_name(is_384 ? NID_secp384r1 : NID_X9_62_prime256v1);
    curve->p = BN_new();
    curve->context = BN_CTX_new();
    if (!curve->group || !curve->p || !curve->context
        || !EC_GROUP_get_curve(curve->group, curve->p, NULL, NULL, curve->context))
        return -1;
    curve->order = BN_dup(EC_GROUP_get0_order(curve->group));
    return curve->order ? 0 : -1;
}

void pke_curve_close(struct pke_curve *curve)
{
    BN_free(curve->p);
    BN_free(curve->order);
    BN_CTX_free(curve->context);
    EC_GROUP_free(curve->group);
}

void pke_curve_job(struct pke_job *job, uint8_t opcode, uint16_t id)
{
    memset(job, 0, sizeof(*job));
    job->opcode = opcode;
    job->parameter = id;
}

void pke_curve_octets(struct pke_job *job, const uint8_t *octets, unsigned count)
{
    memcpy(job->operands + job->length, octets, count);
    job->length += count;
}

void pke_curve_number(struct pke_job *job, const struct pke_curve *curve, const BIGNUM *number)
{
    if (BN_bn2binpad(number, job->operands + job->length, (int)curve->octets) < 0)
        memset(job->operands + job->length, 0xff, curve->octets);
    job->length += curve->octets;
}

int pke_curve_multiply(const struct pke_curve *curve, const BIGNUM *k, const EC_POINT *point, BIGNUM *x, BIGNUM *y)
{
    EC_POINT *result = EC_POINT_new(curve->group);
    int ok = result
             && EC_POINT_mul(curve->group, result, point ? NULL : k, point, point ? k : NULL, curve->context)
             && !EC_POINT_is_at_infinity(curve->group, result)
             && EC_POINT_get_affine_coordinates(curve->group, result, x, y, curve->context);
    EC_POINT_free(result);
    return ok ? 0 : -1;
}

void pke_curve_sign(const struct pke_curve *curve, const BIGNUM *d, const BIGNUM *e, const BIGNUM *k, BIGNUM *r,
                    BIGNUM *s)
{
    BIGNUM *inverse = BN_new();
    pke_curve_multiply(curve, k, NULL, r, s);
    BN_nnmod(r, r, curve->order, curve->context);
    BN_mod_inverse(inverse, k, curve->order, curve->context);
    BN_mod_mul(s, r, d, curve->order, curve->context);
    BN_mod_add(s, s, e, curve->order, curve->context);
    BN_mod_mul(s, s, inverse, curve->order, curve->context);
    BN_free(inverse);
}

EC_POINT *pke_curve_point(const struct pke_curve *curve, const BIGNUM *x, const BIGNUM *y)
{
    EC_POINT *point = EC_POINT_new(curve->group);
    if (point && !EC_POINT_set_affine_coordinates(curve->group, point, x, y, curve->context)) {
        EC_POINT_free(point);
        return NULL;
    }
    return point;
}

int pke_curve_result_is(const struct pke_job *job, const struct pke_curve *curve, const BIGNUM *first,
                        const BIGNUM *second)
{
    uint8_t octets[2 * PKE_COORDINATE];
    return job->status == TLSCARD_STATUS_OK && job->result_length == 2 * curve->octets
           && BN_bn2binpad(first, octets, (int)curve->octets) > 0
           && BN_bn2binpad(second, octets + curve->octets, (int)curve->octets) > 0
           && memcmp(octets, job->result, job->result_length) == 0;
}

int pke_x25519(uint8_t result[32], const uint8_t scalar[32], const uint8_t coordinate[32])
{
    size_t length = 32;
    EVP_PKEY *own = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, scalar, 32);
    EVP_PKEY *peer = EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, coordinate, 32);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(own, NULL);
    int ok = EVP_PKEY_derive_init(context) > 0 && EVP_PKEY_derive_set_peer(context, peer) > 0
             && EVP_PKEY_derive(context, result, &length) > 0 && length == 32;
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(own);
    EVP_PKEY_free(peer);
    return ok ? 0 : -1;
}

void pke_x25519_job(struct pke_job *job, const uint8_t scalar[32], const uint8_t coordinate[32])
{
    pke_curve_job(job, TLSCARD_OP_X25519, TLSCARD_CURVE_X25519);
    pke_curve_octets(job, scalar, 32);
    pke_curve_octets(job, coordinate, 32);
}
