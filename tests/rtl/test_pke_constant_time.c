/* SPDX-License-Identifier: Apache-2.0 */
/* The public-key engine's cycles from start to done are one number for an opcode and a size, whatever the secrets:
 * counted for chosen and random ones, alone and with fixed neighbours in the other contexts.
 *
 * TLSCARD_TEST_OPERATIONS is how many random secrets each operation gets; of 1000 on, all 100 chosen ones come too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/rtl/pke_curves.h"
#include "tests/rtl/pke_keys.h"
#include "tests/rtl/pke_primes.h"

enum { CHOSEN = 100, RANDOM = 10, FULL = 1000, NEIGHBOURS_EVERY = 5, SPECIAL = 6, MOST_PRIMES = 34 };

static struct pke_bench bench;
static uint64_t random_state;
static unsigned long operations;
static struct pke_curve curves[2];

/* Primes for keys of 2048, 3072 and 4096 bits: chosen ones, then random ones; a key is an ordered pair. So 34 primes
 * give 1122 keys with their own p, q, dP, dQ and qInv. */
struct pool {
    unsigned octets; /* of a prime */
    BIGNUM *special[SPECIAL], *random[MOST_PRIMES];
    unsigned count;
};
static struct pool pools[3];

/* 2^bits - 1 */
static BIGNUM *ones(unsigned bits)
{
    BIGNUM *number = BN_new();
    BN_set_bit(number, (int)bits);
    BN_sub_word(number, 1);
    return number;
}

/* The n-th of the chosen numbers below 2^bits: small and large, one bit, all but one, one digit of five bits
 * repeated, a run of ones below or above. */
static BIGNUM *chosen(unsigned bits, unsigned n)
{
    BIGNUM *number = BN_new();
    unsigned kind = n % 5, at = n / 5 * (bits / (CHOSEN / 5));
    if (n < 10) {
        BN_set_word(number, n / 2);
        if (n & 1) {
            BN_free(number);
            number = ones(bits);
            BN_sub_word(number, n / 2);
        }
    } else if (kind == 0) {
        BN_set_bit(number, (int)at);
    } else if (kind == 1) {
        BN_free(number);
        number = ones(bits);
        BN_clear_bit(number, (int)at);
    } else if (kind == 2) {
        for (unsigned place = 0; place + 5 < bits; place += 5) {
            BN_lshift(number, number, 5);
            BN_add_word(number, 1 + n / 5);
        }
    } else {
        BN_free(number);
        number = ones(at + 1);
        if (kind == 4)
            BN_lshift(number, number, (int)(bits - at - 1));
    }
    return number;
}

/* A number below 2^bits: the n-th of the chosen, then random ones. */
static BIGNUM *secret(unsigned bits, unsigned n)
{
    return n < CHOSEN ? chosen(bits, n) : pke_random_number(&random_state, bits, 0);
}

/* The same in 1 .. order - 1. */
static BIGNUM *scalar(const struct pke_curve *curve, unsigned n)
{
    BIGNUM *number = secret(curve->octets * 8, n);
    if (n < 10 && (n & 1)) {
        BN_set_word(number, n / 2 + 1);
        BN_sub(number, curve->order, number);
    }
    BN_nnmod(number, number, curve->order, curve->context);
    if (BN_is_zero(number))
        BN_one(number);
    return number;
}

/* An operation: makes the job of the n-th secret. */
struct operation {
    const char *name;
    void (*make)(struct pke_job *, unsigned n, unsigned argument);
    unsigned argument;
    unsigned share, long_share; /* it gets one in so many of the secrets; of those of the long run */
    uint8_t status;
};

static void make_multiply(struct pke_job *job, unsigned n, unsigned which)
{
    const struct pke_curve *curve = &curves[which];
    BIGNUM *k = scalar(curve, n), *m = scalar(curve, n * 7 % CHOSEN), *x = BN_new(), *y = BN_new();
    assert_int_equal(pke_curve_multiply(curve, m, NULL, x, y), 0);
    pke_curve_job(job, TLSCARD_OP_EC_MULTIPLY, curve->id);
    pke_curve_number(job, curve, k);
    pke_curve_number(job, curve, x);
    pke_curve_number(job, curve, y);
    BN_free(k);
    BN_free(m);
    BN_free(x);
    BN_free(y);
}

static void make_base(struct pke_job *job, unsigned n, unsigned which)
{
    BIGNUM *k = scalar(&curves[which], n);
    pke_curve_job(job, TLSCARD_OP_EC_MULTIPLY_BASE, curves[which].id);
    pke_curve_number(job, &curves[which], k);
    BN_free(k);
}

/* Key, digest and nonce: first each of the chosen nonces with another key, then random ones. */
static void make_sign(struct pke_job *job, unsigned n, unsigned which)
{
    const struct pke_curve *curve = &curves[which];
    BIGNUM *d = scalar(curve, n < CHOSEN ? n * 7 % CHOSEN : n), *e = secret(curve->octets * 8, n < CHOSEN ? n * 3 % CHOSEN : n);
    BIGNUM *k = scalar(curve, n);
    pke_curve_job(job, TLSCARD_OP_ECDSA_SIGN, curve->id);
    pke_curve_number(job, curve, d);
    pke_curve_number(job, curve, e);
    pke_curve_number(job, curve, k);
    BN_free(d);
    BN_free(e);
    BN_free(k);
}

static void make_x25519(struct pke_job *job, unsigned n, unsigned unused)
{
    (void)unused;
    uint8_t octets[2][32];
    BIGNUM *k = secret(256, n), *u = pke_random_number(&random_state, 256, 0);
    if (n < CHOSEN && n > 60) { /* few bits and many of u as well; below 60 those of k alone */
        BN_free(u);
        u = chosen(256, n);
    }
    BN_bn2lebinpad(k, octets[0], 32);
    BN_bn2lebinpad(u, octets[1], 32);
    pke_x25519_job(job, octets[0], octets[1]);
    BN_free(k);
    BN_free(u);
}

static void make_modexp(struct pke_job *job, unsigned n, unsigned octets)
{
    BIGNUM *modulus = pke_random_number(&random_state, octets * 8, 1), *exponent = secret(octets * 8, n);
    BIGNUM *base = n % 3 ? secret(octets * 8 - 1, n % 3 == 1 ? n : CHOSEN) : BN_new();
    BN_set_bit(modulus, 0);
    pke_job_modexp(job, modulus, exponent, base, octets);
    BN_free(modulus);
    BN_free(exponent);
    BN_free(base);
}

static void make_private(struct pke_job *job, unsigned n, unsigned octets)
{
    const struct pool *pool = &pools[octets / 128 - 2];
    BIGNUM *const *primes = n < CHOSEN ? pool->special : pool->random;
    unsigned count = n < CHOSEN ? SPECIAL : pool->count, place = n % CHOSEN + n / CHOSEN * 7;
    unsigned p = place % count, q = (p + 1 + place / count % (count - 1)) % count;
    struct pke_key key;
    assert_int_equal(pke_key_make(&key, primes[p], primes[q], octets, 65537), 0);
    BIGNUM *source = secret((unsigned)BN_num_bits(key.n) - 1, n % 4 < 3 ? n : CHOSEN);
    if (n < CHOSEN && n % 4 == 2)
        BN_copy(source, n % 8 == 2 ? key.p : key.q);
    pke_job_private(job, &key, source);
    BN_free(source);
    pke_key_free(&key);
}

/* Numbers that are no key, as extreme as can be: all is computed, then the check fails. Where n is small the result is
 * not even below it; result ^ e is above the source or below. */
static void make_no_key(struct pke_job *job, unsigned n, unsigned octets)
{
    struct pke_key key = {octets, BN_new(), BN_new(), BN_new(), BN_new(),
                          secret(octets * 4, n), secret(octets * 4, (n + 1) % (n < CHOSEN ? CHOSEN : n + 2)),
                          secret(octets * 4 - 1, n)};
    BIGNUM *source = pke_random_number(&random_state, octets * 8 - 1, 0), **primes[] = {&key.p, &key.q};
    BN_set_word(key.e, 65537);
    for (unsigned which = 0; which < 2; which++) {
        BN_free(*primes[which]);
        *primes[which] = secret(octets * 4, n + which < CHOSEN ? n + which : CHOSEN);
        BN_set_bit(*primes[which], 0);
        BN_set_bit(*primes[which], (int)(octets * 4 - 1 - n % 60));
    }
    BN_free(key.n);
    key.n = ones(octets * 8 - n % 2);
    pke_job_private(job, &key, source);
    BN_free(source);
    pke_key_free(&key);
}

/* Fixed neighbours: always the same opcodes and sizes in the same order, with other operands each time. */
static void make_neighbour(struct pke_job *job, unsigned place)
{
    BIGNUM *n, *e, *source;
    switch (place % 3) {
    case 0:
        make_base(job, CHOSEN, 0);
        break;
    case 1:
        make_x25519(job, CHOSEN, 0);
        break;
    default:
        n = pke_random_number(&random_state, 2048, 1);
        e = BN_new();
        source = pke_random_number(&random_state, 2047, 0);
        BN_set_bit(n, 0);
        BN_set_word(e, 65537);
        pke_job_public(job, n, e, source, 256);
        BN_free(n);
        BN_free(e);
        BN_free(source);
    }
}

/* The job's cycles must be those of the ones before it. */
static void count(const struct operation *operation, unsigned n, const struct pke_job *job, uint32_t *cycles)
{
    if (job->status != operation->status)
        fail_msg("%s, secret %u: status %02x", operation->name, n, job->status);
    if (*cycles && job->cycles != *cycles)
        fail_msg("%s, secret %u: %u cycles, not %u", operation->name, n, job->cycles, *cycles);
    *cycles = job->cycles;
}

static void one_count(void **state)
{
    const struct operation *operation = *state;
    static struct pke_job jobs[2 * PKE_CONTEXTS + 1];
    unsigned share = operations >= FULL ? operation->long_share : operation->share, secrets = 0, among = 0;
    unsigned stride = operations >= FULL ? share : CHOSEN / RANDOM * share;
    unsigned long randoms = operations / share ? operations / share : 1;
    uint32_t alone = 0, busy = 0, of_neighbours[2 * PKE_CONTEXTS + 1] = {0};
    for (unsigned n = 0; n < CHOSEN + randoms; n += n < CHOSEN ? stride : 1) {
        operation->make(&jobs[0], n, operation->argument);
        assert_int_equal(pke_bench_run(&bench, jobs, 1), 0);
        count(operation, n, &jobs[0], &alone);
        if (secrets++ % NEIGHBOURS_EVERY || operation->status != TLSCARD_STATUS_OK)
            continue;
        for (unsigned place = 0; place < 2 * PKE_CONTEXTS + 1; place++) {
            if (place != PKE_CONTEXTS - 1)
                make_neighbour(&jobs[place], place);
            else
                operation->make(&jobs[place], n, operation->argument);
        }
        assert_int_equal(pke_bench_run(&bench, jobs, 2 * PKE_CONTEXTS + 1), 0);
        count(operation, n, &jobs[PKE_CONTEXTS - 1], &busy);
        for (unsigned place = 0; place < 2 * PKE_CONTEXTS + 1; place++) {
            if (of_neighbours[place] && of_neighbours[place] != jobs[place].cycles)
                fail_msg("%s, secret %u: %u cycles of neighbour %u, not %u", operation->name, n, jobs[place].cycles, place,
                         of_neighbours[place]);
            of_neighbours[place] = jobs[place].cycles;
        }
        among++;
    }
    print_message("# %s: %u cycles alone for %u secrets, %u among neighbours for %u\n", operation->name, alone,
                  secrets, busy, among);
    fflush(stdout);
}

/* Dense and sparse primes of full length, and such with 31 leading zeros: in pairs, n has at most 62. */
static int fill(struct pool *pool, unsigned octets, unsigned primes)
{
    unsigned bits = octets * 8;
    *pool = (struct pool){.octets = octets, .count = primes};
    for (unsigned n = 0; n < SPECIAL; n++) {
        BIGNUM *start = ones(n < 4 ? bits : bits - 31);
        if (n & 1) {
            BN_zero(start);
            BN_set_bit(start, 0);
            BN_set_bit(start, (int)(n < 4 ? bits : bits - 31) - 1);
        }
        if (n == 2)
            BN_clear_bit(start, (int)bits / 2);
        if (n == 3)
            BN_set_bit(start, (int)bits / 2);
        pool->special[n] = pke_prime_from(start, n & 1 ? 2 : -2);
        BN_free(start);
        if (!pool->special[n])
            return -1;
    }
    for (unsigned n = 0; n < primes; n++)
        if (!(pool->random[n] = pke_prime(&random_state, bits)))
            return -1;
    return 0;
}

static int setup(void **state)
{
    (void)state;
    const char *seed = getenv("TLSCARD_TEST_SEED"), *number = getenv("TLSCARD_TEST_OPERATIONS");
    random_state = seed ? strtoull(seed, NULL, 0) : 20240309;
    operations = number ? strtoul(number, NULL, 0) : RANDOM;
    print_message("# TLSCARD_TEST_SEED=%llu TLSCARD_TEST_OPERATIONS=%lu\n", (unsigned long long)random_state, operations);
    random_state |= 1;
    for (unsigned n = 0; n < 3; n++)
        if (fill(&pools[n], 128 + 64 * n, operations >= FULL ? MOST_PRIMES : 4))
            return -1;
    return pke_curve_open(&curves[0], TLSCARD_CURVE_P256) || pke_curve_open(&curves[1], TLSCARD_CURVE_P384)
           || pke_bench_open(&bench, random_state);
}

static int teardown(void **state)
{
    (void)state;
    pke_bench_close(&bench);
    pke_curve_close(&curves[0]);
    pke_curve_close(&curves[1]);
    for (unsigned n = 0; n < 3; n++) {
        for (unsigned prime = 0; prime < SPECIAL; prime++)
            BN_free(pools[n].special[prime]);
        for (unsigned prime = 0; prime < pools[n].count; prime++)
            BN_free(pools[n].random[prime]);
    }
    return 0;
}

int main(void)
{
    enum { OK = TLSCARD_STATUS_OK, FAILED = TLSCARD_STATUS_CHECK_FAILED };
    static const struct operation all[] = {
        {"P-256 k P", make_multiply, 0, 1, 1, OK},
        {"P-256 k G", make_base, 0, 1, 1, OK},
        {"P-256 sign", make_sign, 0, 1, 1, OK},
        {"X25519", make_x25519, 0, 1, 1, OK},
        {"P-384 k P", make_multiply, 1, 1, 1, OK},
        {"P-384 k G", make_base, 1, 1, 1, OK},
        {"P-384 sign", make_sign, 1, 1, 1, OK},
        {"MODEXP of 1024 bits", make_modexp, 128, 1, 1, OK},
        {"RSA-2048 private", make_private, 256, 1, 1, OK},
        {"RSA-2048, numbers that are no key", make_no_key, 256, 2, 1, FAILED},
        {"RSA-3072 private", make_private, 384, 4, 1, OK},
        {"MODEXP of 2048 bits", make_modexp, 256, 5, 5, OK},
        {"RSA-4096 private", make_private, 512, 5, 1, OK},
        {"MODEXP of 4096 bits", make_modexp, 512, 10, 50, OK},
    };
    struct CMUnitTest tests[sizeof(all) / sizeof(all[0])];
    for (unsigned n = 0; n < sizeof(all) / sizeof(all[0]); n++)
        tests[n] = (struct CMUnitTest){all[n].name, one_count, NULL, NULL, (void *)(uintptr_t)&all[n]};
    return cmocka_run_group_tests(tests, setup, teardown);
}
