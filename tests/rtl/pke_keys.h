/* SPDX-License-Identifier: Apache-2.0 */
/* RSA keys, engine jobs made from them, and what libcrypto's integers say the results are. */
#ifndef PKE_KEYS_H
#define PKE_KEYS_H
#include <openssl/bn.h>

#include "driver/tlscard_map.h"
#include "tests/rtl/pke_bench.h"

/* Prime numbers of some sizes, made once; keys are pairs of them. */
enum { PKE_POOL = 16 };
struct pke_pool {
    unsigned octets; /* of a prime */
    BIGNUM *primes[PKE_POOL];
};

struct pke_key {
    unsigned octets; /* of n */
    BIGNUM *n, *e, *p, *q, *dp, *dq, *qinv;
};

/* Primes of the size with their two top bits set, and p - 1 prime to 3, 17 and 65537. */
int pke_pool_fill(struct pke_pool *pool, unsigned octets);
void pke_pool_free(struct pke_pool *pool);

/* The key of two primes, which it copies, and a public exponent. 0, or -1 where there is none. */
int pke_key_make(struct pke_key *key, const BIGNUM *p, const BIGNUM *q, unsigned octets, unsigned long e);
void pke_key_free(struct pke_key *key);

/* Jobs with everything the caller fills set, and the expected result in `expected` (the octets
 * that the engine must send). */
void pke_job_public(struct pke_job *job, const BIGNUM *n, const BIGNUM *e, const BIGNUM *source, unsigned octets);
void pke_job_private(struct pke_job *job, const struct pke_key *key, const BIGNUM *source);
void pke_job_modexp(struct pke_job *job, const BIGNUM *n, const BIGNUM *exponent, const BIGNUM *source,
                    unsigned octets);
/* 1 where the job ended OK with base ^ exponent mod n. */
int pke_job_is(const struct pke_job *job, const BIGNUM *base, const BIGNUM *exponent, const BIGNUM *n);
/* The same for a private operation: checked from primes, as n may have factors in common. */
int pke_job_is_private(const struct pke_job *job, const struct pke_key *key, const BIGNUM *source);

/* A random number of `bits` bits from the state, the top one set where asked. */
BIGNUM *pke_random_number(uint64_t *state, unsigned bits, int top);
#endif
