/* SPDX-License-Identifier: Apache-2.0 */
/* RSA keys, engine jobs made from them, and what libcrypto's integers say the results are. */
#include "tests/rtl/pke_keys.h"

#include <string.h>

static const unsigned long exponents[] = {3, 17, 65537};

static int suits(const BIGNUM *prime)
{
    for (unsigned n = 0; n < sizeof(exponents) / sizeof(exponents[0]); n++)
        if (BN_mod_word(prime, exponents[n]) == 1)
            return 0;
    return 1;
}

int pke_pool_fill(struct pke_pool *pool, unsigned octets)
{
    memset(pool, 0, sizeof(*pool));
    pool->octets = octets;
    for (unsigned n = 0; n < PKE_POOL; n++) {
        pool->primes[n] = BN_new();
        do {
            if (!pool->primes[n] || !BN_generate_prime_ex(pool->primes[n], (int)octets * 8, 0, NULL, NULL, NULL))
                return -1;
        } while (!suits(pool->primes[n]));
    }
    return 0;
}

void pke_pool_free(struct pke_pool *pool)
{
    for (unsigned n = 0; n < PKE_POOL; n++)
        BN_free(pool->primes[n]);
}

int pke_key_make(struct pke_key *key, const BIGNUM *p, const BIGNUM *q, unsigned octets, unsigned long e)
{
    BN_CTX *context = BN_CTX_new();
    BIGNUM *less = BN_new();
    int ok = context && less;
    *key = (struct pke_key){octets, BN_new(), BN_new(), BN_dup(p), BN_dup(q), BN_new(), BN_new(), BN_new()};
    ok = ok && BN_set_word(key->e, e) && BN_mul(key->n, p, q, context);
    ok = ok && BN_sub(less, p, BN_value_one()) && BN_mod_inverse(key->dp, key->e, less, context);
    ok = ok && BN_sub(less, q, BN_value_one()) && BN_mod_inverse(key->dq, key->e, less, context);
    ok = ok && BN_mod_inverse(key->qinv, q, p, context);
    BN_free(less);
    BN_CTX_free(context);
    return ok ? 0 : -1;
}

void pke_key_free(struct pke_key *key)
{
    BN_free(key->n);
    BN_free(key->e);
    BN_free(key->p);
    BN_free(key->q);
    BN_free(key->dp);
    BN_free(key->dq);
    BN_free(key->qinv);
}

static void append(struct pke_job *job, const BIGNUM *number, unsigned octets)
{
    if (BN_bn2binpad(number, job->operands + job->length, (int)octets) < 0)
        memset(job->operands + job->length, 0xff, octets);
    job->length += octets;
}

static void begin(struct pke_job *job, uint8_t opcode, unsigned octets)
{
    memset(job, 0, sizeof(*job));
    job->opcode = opcode;
    job->parameter = (uint16_t)octets;
}

void pke_job_public(struct pke_job *job, const BIGNUM *n, const BIGNUM *e, const BIGNUM *source, unsigned octets)
{
    begin(job, TLSCARD_OP_RSA_PUBLIC, octets);
    append(job, n, octets);
    append(job, e, TLSCARD_PUBLIC_EXPONENT_OCTETS);
    append(job, source, octets);
}

void pke_job_private(struct pke_job *job, const struct pke_key *key, const BIGNUM *source)
{
    begin(job, TLSCARD_OP_RSA_PRIVATE_CRT, key->octets);
    append(job, key->n, key->octets);
    append(job, key->e, TLSCARD_PUBLIC_EXPONENT_OCTETS);
    append(job, key->p, key->octets / 2);
    append(job, key->q, key->octets / 2);
    append(job, key->dp, key->octets / 2);
    append(job, key->dq, key->octets / 2);
    append(job, key->qinv, key->octets / 2);
    append(job, source, key->octets);
}

void pke_job_modexp(struct pke_job *job, const BIGNUM *n, const BIGNUM *exponent, const BIGNUM *source,
                    unsigned octets)
{
    begin(job, TLSCARD_OP_MODEXP, octets);
    append(job, n, octets);
    append(job, exponent, octets);
    append(job, source, octets);
}

static int result_is(const struct pke_job *job, const BIGNUM *wanted)
{
    uint8_t octets[PKE_RESULT];
    return job->status == TLSCARD_STATUS_OK && job->result_length == job->parameter
           && BN_bn2binpad(wanted, octets, job->parameter) >= 0
           && memcmp(octets, job->result, job->parameter) == 0;
}

int pke_job_is(const struct pke_job *job, const BIGNUM *base, const BIGNUM *exponent, const BIGNUM *n)
{
    BN_CTX *context = BN_CTX_new();
    BIGNUM *wanted = BN_new();
    int ok = BN_mod_exp(wanted, base, exponent, n, context) && result_is(job, wanted);
    BN_free(wanted);
    BN_CTX_free(context);
    return ok;
}

int pke_job_is_private(const struct pke_job *job, const struct pke_key *key, const BIGNUM *source)
{
    BN_CTX *context = BN_CTX_new();
    BIGNUM *wanted = BN_new(), *other = BN_new();
    int ok = BN_mod_exp(wanted, source, key->dp, key->p, context) && BN_mod_exp(other, source, key->dq, key->q, context)
             && BN_mod_sub(wanted, wanted, other, key->p, context)
             && BN_mod_mul(wanted, wanted, key->qinv, key->p, context) && BN_mul(wanted, wanted, key->q, context)
             && BN_add(wanted, wanted, other) && result_is(job, wanted);
    BN_free(wanted);
    BN_free(other);
    BN_CTX_free(context);
    return ok;
}

BIGNUM *pke_random_number(uint64_t *state, unsigned bits, int top)
{
    uint8_t octets[PKE_RESULT + 8];
    for (unsigned n = 0; n < sizeof(octets); n++)
        octets[n] = (uint8_t)(pke_bench_random(state) >> 24);
    BIGNUM *number = BN_bin2bn(octets, (int)(bits + 7) / 8, NULL);
    BN_mask_bits(number, (int)bits);
    if (top)
        BN_set_bit(number, (int)bits - 1);
    return number;
}
