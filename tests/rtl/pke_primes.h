/* SPDX-License-Identifier: Apache-2.0 */
/* Prime numbers that a seed decides, so that a run with RSA keys can be repeated. */
#ifndef PKE_PRIMES_H
#define PKE_PRIMES_H
#include <openssl/bn.h>
#include <stdint.h>

/* The first prime from a number on, going up (step 2) or down (step -2), whose p - 1 is prime to 3, 17 and
 * 65537. The number is odd; NULL without memory. */
BIGNUM *pke_prime_from(const BIGNUM *number, int step);
/* One of `bits` bits, the two top ones set, from the state of pke_bench_random. */
BIGNUM *pke_prime(uint64_t *state, unsigned bits);
#endif
