/* SPDX-License-Identifier: Apache-2.0 */
/* One request of each opcode and curve: the same sizes and public exponents each time, other secrets. */
#include "tests/rtl/pke_requests.h"

#include <string.h>

#include "tests/rtl/pke_primes.h"

enum { SHORT = 128, LONG = 256 }; /* octets of moduli */

const char *const pke_request_names[PKE_REQUESTS] = {
    "RSA public", "MODEXP",     "RSA private", "P-256 k P",    "P-384 k P",    "P-256 k G",
    "P-384 k G",  "P-256 sign", "P-384 sign",  "P-256 verify", "P-384 verify", "X25519"};

int pke_requests_open(struct pke_requests *requests, uint64_t seed)
{
    memset(requests, 0, sizeof(*requests));
    requests->random = seed;
    for (unsigned n = 0; n < PKE_REQUEST_PRIMES; n++)
        if (!(requests->primes[n] = pke_prime(&requests->random, LONG * 4)))
            return -1;
    return pke_curve_open(&requests->curves[0], TLSCARD_CURVE_P256)
           || pke_curve_open(&requests->curves[1], TLSCARD_CURVE_P384);
}

void pke_requests_close(struct pke_requests *requests)
{
    for (unsigned n = 0; n < PKE_REQUEST_PRIMES; n++)
        BN_free(requests->primes[n]);
    pke_curve_close(&requests->curves[0]);
    pke_curve_close(&requests->curves[1]);
}

static void make_rsa(struct pke_requests *requests, struct pke_job *job, enum pke_request which)
{
    BIGNUM *n = pke_random_number(&requests->random, SHORT * 8, 1), *e = BN_new();
    BIGNUM *source = pke_random_number(&requests->random, SHORT * 8 - 64, 0);
    BN_rshift(n, n, (int)(pke_bench_random(&requests->random) >> 40) % 60); /* leading zeros */
    BN_set_bit(n, 0);
    if (which == PKE_REQUEST_MODEXP) {
        BN_free(e);
        e = pke_random_number(&requests->random, SHORT * 8, 0);
        pke_job_modexp(job, n, e, source, SHORT);
    } else {
        BN_set_word(e, 65537);
        pke_job_public(job, n, e, source, SHORT);
    }
    BN_free(n);
    BN_free(e);
    BN_free(source);
}

static void make_private(struct pke_requests *requests, struct pke_job *job)
{
    unsigned p = (unsigned)(pke_bench_random(&requests->random) >> 40) % PKE_REQUEST_PRIMES;
    struct pke_key key;
    BIGNUM *source = pke_random_number(&requests->random, LONG * 8 - 1, 0);
    pke_key_make(&key, requests->primes[p], requests->primes[(p + 1) % PKE_REQUEST_PRIMES], LONG, 65537);
    pke_job_private(job, &key, source);
    pke_key_free(&key);
    BN_free(source);
}

static void make_curve(struct pke_requests *requests, struct pke_job *job, enum pke_request which)
{
    const struct pke_curve *curve = &requests->curves[(which - PKE_REQUEST_MULTIPLY_256) & 1];
    static const uint8_t opcodes[] = {TLSCARD_OP_EC_MULTIPLY, TLSCARD_OP_EC_MULTIPLY_BASE, TLSCARD_OP_ECDSA_SIGN,
                                      TLSCARD_OP_ECDSA_VERIFY};
    uint8_t opcode = opcodes[(which - PKE_REQUEST_MULTIPLY_256) / 2];
    BIGNUM *v[7];
    for (unsigned n = 0; n < 7; n++) /* below the order, as 2^(bits - 1) is */
        v[n] = pke_random_number(&requests->random, curve->octets * 8 - 1, 0);
    BIGNUM *k = v[0], *d = v[1], *e = v[2], *x = v[3], *y = v[4], *r = v[5], *s = v[6];
    pke_curve_multiply(curve, d, NULL, x, y);
    pke_curve_sign(curve, d, e, k, r, s);
    const BIGNUM *const operands[4][5] = {{k, x, y}, {k}, {d, e, k}, {x, y, e, r, s}};
    pke_curve_job(job, opcode, curve->id);
    for (unsigned n = 0; n < 5 && operands[opcode - TLSCARD_OP_EC_MULTIPLY][n]; n++)
        pke_curve_number(job, curve, operands[opcode - TLSCARD_OP_EC_MULTIPLY][n]);
    for (unsigned n = 0; n < 7; n++)
        BN_free(v[n]);
}

void pke_request_make(struct pke_requests *requests, struct pke_job *job, enum pke_request which)
{
    uint8_t octets[64];
    for (unsigned n = 0; n < sizeof(octets); n++)
        octets[n] = (uint8_t)(pke_bench_random(&requests->random) >> 24);
    if (which < PKE_REQUEST_PRIVATE)
        make_rsa(requests, job, which);
    else if (which == PKE_REQUEST_PRIVATE)
        make_private(requests, job);
    else if (which == PKE_REQUEST_X25519)
        pke_x25519_job(job, octets, octets + 32);
    else
        make_curve(requests, job, which);
}

uint8_t pke_request_make_bad(struct pke_requests *requests, struct pke_job *job, enum pke_request which)
{
    unsigned octets = which & 1 ? requests->curves[0].octets : requests->curves[1].octets; /* of a coordinate */
    pke_request_make(requests, job, which);
    switch (which) {
    case PKE_REQUEST_PUBLIC:
    case PKE_REQUEST_MODEXP: /* the source is the modulus */
        memcpy(job->operands + job->length - SHORT, job->operands, SHORT);
        return TLSCARD_STATUS_OPERAND_RANGE;
    case PKE_REQUEST_PRIVATE: /* dP is another */
        job->operands[LONG + 16 + LONG + 9] ^= 1;
        return TLSCARD_STATUS_CHECK_FAILED;
    case PKE_REQUEST_MULTIPLY_256:
    case PKE_REQUEST_MULTIPLY_384: /* y is another */
        job->operands[2 * octets] ^= 1;
        return TLSCARD_STATUS_INVALID_POINT;
    case PKE_REQUEST_BASE_256:
    case PKE_REQUEST_BASE_384: /* k = 2^bits - 1 */
        memset(job->operands, 0xff, octets);
        return TLSCARD_STATUS_INVALID_SCALAR;
    case PKE_REQUEST_SIGN_256:
    case PKE_REQUEST_SIGN_384: /* k = 0 */
        memset(job->operands + 2 * octets, 0, octets);
        return TLSCARD_STATUS_INVALID_SCALAR;
    case PKE_REQUEST_VERIFY_256:
    case PKE_REQUEST_VERIFY_384: /* e is another */
        job->operands[2 * octets + 3] ^= 1;
        return TLSCARD_STATUS_SIGNATURE_INVALID;
    default: /* u = 0 */
        memset(job->operands + 32, 0, 32);
        return TLSCARD_STATUS_INVALID_RESULT;
    }
}
