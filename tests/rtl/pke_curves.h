/* SPDX-License-Identifier: Apache-2.0 */
/* Engine jobs on elliptic curves, and what libcrypto says their results are. */
#ifndef PKE_CURVES_H
#define PKE_CURVES_H
#include <openssl/bn.h>
#include <openssl/ec.h>

#include "driver/tlscard_map.h"
#include "tests/rtl/pke_bench.h"

enum { PKE_COORDINATE = 48 };

struct pke_curve {
    uint16_t id;
    unsigned octets; /* of a coordinate or scalar */
    EC_GROUP *group;
    BIGNUM *p, *order;
    BN_CTX *context;
};

/* P-256 or P-384 by its id. 0, or -1 without memory. */
int pke_curve_open(struct pke_curve *curve, uint16_t id);
void pke_curve_close(struct pke_curve *curve);

/* Start a job; append operands in the order of the map. A number that is too long becomes all ones. */
void pke_curve_job(struct pke_job *job, uint8_t opcode, uint16_t id);
void pke_curve_octets(struct pke_job *job, const uint8_t *octets, unsigned count);
void pke_curve_number(struct pke_job *job, const struct pke_curve *curve, const BIGNUM *number);

/* x and y of k * point, of k * G where point is NULL. 0, or -1 where that is infinity. */
int pke_curve_multiply(const struct pke_curve *curve, const BIGNUM *k, const EC_POINT *point, BIGNUM *x, BIGNUM *y);
/* r and s of digest e under the key d with the nonce k. */
void pke_curve_sign(const struct pke_curve *curve, const BIGNUM *d, const BIGNUM *e, const BIGNUM *k, BIGNUM *r,
                    BIGNUM *s);
EC_POINT *pke_curve_point(const struct pke_curve *curve, const BIGNUM *x, const BIGNUM *y);
/* 1 where the job ended OK with these two numbers. */
int pke_curve_result_is(const struct pke_job *job, const struct pke_curve *curve, const BIGNUM *first,
                        const BIGNUM *second);

/* The shared secret of RFC 7748 section 6.1. 0, or -1 where it is all zero. */
int pke_x25519(uint8_t result[32], const uint8_t scalar[32], const uint8_t coordinate[32]);
void pke_x25519_job(struct pke_job *job, const uint8_t scalar[32], const uint8_t coordinate[32]);
#endif
