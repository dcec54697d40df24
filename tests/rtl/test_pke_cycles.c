/* SPDX-License-Identifier: Apache-2.0 */
/* The public-key engine's cycles: the same for every key of a size, and within their bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/rtl/pke_keys.h"

enum { KEYS = 104 }; /* a multiple of the contexts */

static struct pke_bench bench;
static uint64_t random_state;
static struct pke_pool pools[3]; /* for moduli of 256, 384 and 512 octets */

/* Jobs in as many contexts as there are, begun in an idle engine without back-pressure: their
 * cycles depend on each other's sizes, so each place in the batch has its own figure. */
struct batch {
    struct pke_job jobs[PKE_CONTEXTS];
    uint32_t cycles[PKE_CONTEXTS];
    int known;
};

static void run_batch(struct batch *batch)
{
    assert_int_equal(pke_bench_run(&bench, batch->jobs, PKE_CONTEXTS), 0);
    for (unsigned n = 0; n < PKE_CONTEXTS; n++) {
        if (batch->known)
            assert_int_equal(batch->jobs[n].cycles, batch->cycles[n]);
        batch->cycles[n] = batch->jobs[n].cycles;
    }
    batch->known = 1;
}

/* KEYS pairs of the pool's primes, in both orders, each with a random source. */
static void same_for_keys(const struct pke_pool *pool)
{
    static struct batch batch;
    static struct pke_key keys[PKE_CONTEXTS];
    unsigned octets = pool->octets * 2;
    batch.known = 0;
    uint64_t began = bench.now;
    for (unsigned count = 0; count < KEYS; count += PKE_CONTEXTS) {
        BIGNUM *sources[PKE_CONTEXTS];
        for (unsigned n = 0; n < PKE_CONTEXTS; n++) {
            unsigned p = (count + n) % PKE_POOL, q = (p + 1 + (count + n) / PKE_POOL) % PKE_POOL;
            assert_int_equal(pke_key_make(&keys[n], pool->primes[p], pool->primes[q], octets, 65537), 0);
            sources[n] = pke_random_number(&random_state, octets * 8 - 1, 0);
            pke_job_private(&batch.jobs[n], &keys[n], sources[n]);
        }
        run_batch(&batch);
        for (unsigned n = 0; n < PKE_CONTEXTS; n++) {
            assert_true(pke_job_is_private(&batch.jobs[n], &keys[n], sources[n]));
            BN_free(sources[n]);
            pke_key_free(&keys[n]);
        }
    }
    print_message("# RSA-%u: %u keys, %u at a time %u .. %u cycles, %.0f cycles an operation\n", octets * 8, KEYS,
                  PKE_CONTEXTS, batch.cycles[0], batch.cycles[PKE_CONTEXTS - 1], (double)(bench.now - began) / KEYS);
}

static void private_2048(void **state)
{
    (void)state;
    same_for_keys(&pools[0]);
}

static void private_3072(void **state)
{
    (void)state;
    same_for_keys(&pools[1]);
}

static void private_4096(void **state)
{
    (void)state;
    same_for_keys(&pools[2]);
}

/* Alone in the engine: within the bound, the same for two keys and for extreme sources. */
static void alone(const struct pke_pool *pool, uint32_t bound)
{
    static struct pke_job job;
    struct pke_key key;
    unsigned octets = pool->octets * 2;
    uint32_t cycles = 0;
    for (unsigned n = 0; n < 4; n++) {
        assert_int_equal(pke_key_make(&key, pool->primes[n], pool->primes[n + 1], octets, 65537), 0);
        BIGNUM *source = n < 2 ? BN_new() : n == 2 ? BN_dup(key.p) : pke_random_number(&random_state, octets * 8 - 1, 0);
        if (n == 1)
            BN_sub(source, key.n, BN_value_one());
        pke_job_private(&job, &key, source);
        assert_int_equal(pke_bench_run(&bench, &job, 1), 0);
        assert_true(pke_job_is_private(&job, &key, source));
        if (n)
            assert_int_equal(job.cycles, cycles);
        cycles = job.cycles;
        BN_free(source);
        pke_key_free(&key);
    }
    print_message("# RSA-%u alone: %u cycles\n", octets * 8, cycles);
    assert_true(cycles <= bound);
}

static void private_alone(void **state)
{
    (void)state;
    alone(&pools[0], 350000);
    alone(&pools[1], 1070000);
    alone(&pools[2], 2450000);
}

/* Sixteen RSA-2048 operations through all contexts. */
static void throughput(void **state)
{
    (void)state;
    enum { COUNT = 16 };
    static struct pke_job jobs[COUNT];
    struct pke_key key;
    assert_int_equal(pke_key_make(&key, pools[0].primes[0], pools[0].primes[1], 256, 65537), 0);
    for (unsigned n = 0; n < COUNT; n++) {
        BIGNUM *source = pke_random_number(&random_state, 2047, 0);
        pke_job_private(&jobs[n], &key, source);
        BN_free(source);
    }
    uint64_t began = bench.now, multiplied = bench.multiplied;
    assert_int_equal(pke_bench_run(&bench, jobs, COUNT), 0);
    double cycles = (double)(bench.now - began), share = (double)(bench.multiplied - multiplied) / cycles;
    print_message("# RSA-2048, engine full: %.0f cycles an operation, multiplier at work in %.4f\n", cycles / COUNT, share);
    assert_true(cycles / COUNT <= 340000);
    assert_true(share >= 0.95);
    pke_key_free(&key);
}

/* Exponents of all zeros, all ones and random, bases 0, 1 and random. */
static void modexp(void **state)
{
    (void)state;
    static struct pke_job job;
    enum { OCTETS = 128 };
    uint32_t cycles = 0;
    for (unsigned n = 0; n < 9; n++) {
        BIGNUM *modulus = pke_random_number(&random_state, OCTETS * 8, 1), *exponent = BN_new(), *base = BN_new();
        BN_set_bit(modulus, 0);
        if (n % 3 == 1) {
            BN_set_bit(exponent, OCTETS * 8);
            BN_sub_word(exponent, 1);
        } else if (n % 3 == 2) {
            BN_free(exponent);
            exponent = pke_random_number(&random_state, OCTETS * 8, 0);
        }
        if (n / 3 == 1) {
            BN_set_word(base, 1);
        } else if (n / 3 == 2) {
            BN_free(base);
            base = pke_random_number(&random_state, OCTETS * 8 - 1, 0);
        }
        pke_job_modexp(&job, modulus, exponent, base, OCTETS);
        assert_int_equal(pke_bench_run(&bench, &job, 1), 0);
        assert_true(pke_job_is(&job, base, exponent, modulus));
        if (n)
            assert_int_equal(job.cycles, cycles);
        cycles = job.cycles;
        BN_free(modulus);
        BN_free(exponent);
        BN_free(base);
    }
    print_message("# MODEXP of 1024 bits alone: %u cycles\n", cycles);
}

static int setup(void **state)
{
    (void)state;
    const char *seed = getenv("TLSCARD_TEST_SEED");
    random_state = seed ? strtoull(seed, NULL, 0) : 20240301;
    print_message("# TLSCARD_TEST_SEED=%llu\n", (unsigned long long)random_state);
    random_state |= 1;
    for (unsigned n = 0; n < 3; n++)
        if (pke_pool_fill(&pools[n], 128 + 64 * n))
            return -1;
    return pke_bench_open(&bench, random_state);
}

static int teardown(void **state)
{
    (void)state;
    pke_bench_close(&bench);
    for (unsigned n = 0; n < 3; n++)
        pke_pool_free(&pools[n]);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(private_2048),  cmocka_unit_test(private_3072), cmocka_unit_test(private_4096),
        cmocka_unit_test(private_alone), cmocka_unit_test(throughput),   cmocka_unit_test(modexp),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
