/* SPDX-License-Identifier: Apache-2.0 */
/* Prime numbers that a seed decides, so that a run with RSA keys can be repeated. */
#include "tests/rtl/pke_primes.h"

#include "tests/rtl/pke_keys.h"

static int suits(const BIGNUM *number, BN_CTX *context)
{
    static const BN_ULONG exponents[] = {3, 17, 65537};
    for (unsigned n = 0; n < sizeof(exponents) / sizeof(exponents[0]); n++)
        if (BN_mod_word(number, exponents[n]) == 1)
            return 0;
    return BN_check_prime(number, context, NULL) == 1;
}

BIGNUM *pke_prime_from(const BIGNUM *number, int step)
{
    BN_CTX *context = BN_CTX_new();
    BIGNUM *prime = BN_dup(number);
    while (prime && context && !suits(prime, context))
        step > 0 ? BN_add_word(prime, 2) : BN_sub_word(prime, 2);
    BN_CTX_free(context);
    return prime;
}

BIGNUM *pke_prime(uint64_t *state, unsigned bits)
{
    BIGNUM *start = pke_random_number(state, bits, 1);
    BN_set_bit(start, (int)bits - 2);
    BN_set_bit(start, 0);
    BIGNUM *prime = pke_prime_from(start, 2);
    BN_free(start);
    return prime;
}
