/* SPDX-License-Identifier: Apache-2.0 */
/* The public-key engine against libcrypto's integers: random operations, edges, and refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/rtl/pke_keys.h"

enum { BATCH = 16, OPERATIONS = 1000 };

static struct pke_bench bench;
static uint64_t random_state;
static struct pke_pool pool_2048, pool_3072, pool_4096;

/* A job and the numbers it was made from. */
struct trial {
    struct pke_key key; /* of RSA_PRIVATE_CRT; else n alone is set, and e the exponent */
    BIGNUM *source;
};
static struct pke_job jobs[BATCH];
static struct trial trials[BATCH];

static unsigned below(unsigned bound)
{
    return (unsigned)(pke_bench_random(&random_state) >> 32) % bound;
}

static BIGNUM *from_word(BN_ULONG word)
{
    BIGNUM *number = BN_new();
    BN_set_word(number, word);
    return number;
}

/* 2^bits - 1 */
static BIGNUM *ones(unsigned bits)
{
    BIGNUM *number = from_word(0);
    BN_set_bit(number, (int)bits);
    BN_sub_word(number, 1);
    return number;
}

/* An odd modulus of up to `octets`: random, with leading zeros, with ones on top, or all ones. */
static BIGNUM *any_modulus(unsigned octets)
{
    unsigned bits = octets * 8, kind = below(8);
    BIGNUM *number = kind == 0 ? ones(bits) : pke_random_number(&random_state, bits, 1);
    if (kind == 1 || kind == 2) {
        unsigned zeros = kind == 1 ? 63 : 1 + below(63);
        BN_mask_bits(number, (int)(bits - zeros));
        BN_set_bit(number, (int)(bits - zeros) - 1);
    }
    for (unsigned n = 0; kind == 3 && n < bits / 2; n++)
        BN_set_bit(number, (int)(bits - 1 - n));
    BN_set_bit(number, 0);
    return number;
}

/* Below the modulus: 0, 1, n - 1, all ones as far as they fit, a multiple of the factor where one
 * is given, or random. */
static BIGNUM *any_source(const BIGNUM *modulus, const BIGNUM *factor)
{
    unsigned kind = below(12);
    BIGNUM *number = kind < 2 ? from_word(kind) : BN_dup(modulus);
    if (kind == 2) {
        BN_sub_word(number, 1);
    } else if (kind == 3) {
        BN_free(number);
        number = ones((unsigned)BN_num_bits(modulus) - 1);
    } else if (kind == 4 && factor) {
        BN_copy(number, factor);
        BN_mul_word(number, 1 + below(1000000));
    } else if (kind > 3) {
        BN_free(number);
        number = pke_random_number(&random_state, (unsigned)BN_num_bits(modulus) - 1, 0);
    }
    return number;
}

static void make_public(struct trial *trial, struct pke_job *job, unsigned octets)
{
    static const BN_ULONG common[] = {3, 17, 65537, 0xffffffffffffffff};
    unsigned kind = below(6);
    trial->key.n = any_modulus(octets);
    trial->key.e = from_word(kind < 4 ? common[kind] : (pke_bench_random(&random_state) >> below(60)) | 3);
    trial->source = any_source(trial->key.n, NULL);
    pke_job_public(job, trial->key.n, trial->key.e, trial->source, octets);
}

static void make_modexp(struct trial *trial, struct pke_job *job, unsigned octets)
{
    unsigned kind = below(6);
    trial->key.n = any_modulus(octets);
    trial->key.e = kind < 2 ? from_word(kind) : kind == 2 ? ones(octets * 8)
        : pke_random_number(&random_state, octets * 8 - (kind == 3 ? below(octets * 8 - 1) : 0), 0);
    trial->source = any_source(trial->key.n, NULL);
    pke_job_modexp(job, trial->key.n, trial->key.e, trial->source, octets);
}

static void make_private(struct trial *trial, struct pke_job *job, const struct pke_pool *pool)
{
    static const unsigned long exponents[] = {65537, 65537, 3, 17};
    unsigned p = below(PKE_POOL), q = (p + 1 + below(PKE_POOL - 1)) % PKE_POOL;
    assert_int_equal(pke_key_make(&trial->key, pool->primes[p], pool->primes[q], pool->octets * 2,
                                  exponents[below(4)]), 0);
    trial->source = any_source(trial->key.n, trial->key.p);
    pke_job_private(job, &trial->key, trial->source);
}

/* Mostly what TLS asks for; every size and opcode in 1000 trials. */
static void make_any(struct trial *trial, struct pke_job *job)
{
    unsigned kind = below(1000);
    memset(trial, 0, sizeof(*trial));
    if (kind < 560)
        make_public(trial, job, 128 + 16 * below(25));
    else if (kind < 620)
        make_modexp(trial, job, 128 + 16 * below(3));
    else if (kind < 630)
        make_modexp(trial, job, 128 + 16 * below(25));
    else if (kind < 960)
        make_private(trial, job, &pool_2048);
    else
        make_private(trial, job, kind < 990 ? &pool_3072 : &pool_4096);
}

static int is_right(const struct trial *trial, const struct pke_job *job)
{
    if (job->opcode == TLSCARD_OP_RSA_PRIVATE_CRT)
        return pke_job_is_private(job, &trial->key, trial->source);
    return pke_job_is(job, trial->source, trial->key.e, trial->key.n);
}

static void discard(struct trial *trial)
{
    pke_key_free(&trial->key);
    BN_free(trial->source);
}

/* Run the first jobs and check their results, and that nothing of them is left. */
static void run_trials(unsigned count)
{
    assert_int_equal(pke_bench_run(&bench, jobs, count), 0);
    for (unsigned n = 0; n < count; n++) {
        if (!is_right(&trials[n], &jobs[n]))
            fail_msg("opcode %02x of %u octets: status %02x, n = %s", jobs[n].opcode, jobs[n].parameter, jobs[n].status,
                     BN_bn2hex(trials[n].key.n));
        discard(&trials[n]);
    }
    assert_int_equal(pke_bench_residue(&bench), 0);
}

/* TLSCARD_TEST_OPERATIONS of them, four at a time, a third of the batches with back-pressure. */
static void random_operations(void **state)
{
    (void)state;
    const char *wanted = getenv("TLSCARD_TEST_OPERATIONS");
    unsigned total = wanted ? (unsigned)strtoul(wanted, NULL, 0) : OPERATIONS;
    for (unsigned count = 0; count < total; count += BATCH) {
        bench.stall = below(3) == 0 ? 32 + below(200) : 0;
        bench.contexts = 1 + below(8);
        for (unsigned n = 0; n < BATCH; n++)
            make_any(&trials[n], &jobs[n]);
        run_trials(BATCH);
    }
    bench.stall = 0;
    bench.contexts = PKE_CONTEXTS;
}

/* Each word count, with the exponent 3: the Montgomery product and its constants. */
static void every_length(void **state)
{
    (void)state;
    for (unsigned octets = 128; octets <= 512; octets += 16) {
        for (unsigned n = 0; n < BATCH; n++) {
            memset(&trials[n], 0, sizeof(trials[n]));
            make_public(&trials[n], &jobs[n], octets);
        }
        run_trials(BATCH);
    }
}

/* n, exponent and base with every bit set that can be: no carry is lost. */
static void all_ones(void **state)
{
    (void)state;
    static const unsigned octets[] = {128, 192, 256};
    for (unsigned n = 0; n < 3; n++) {
        memset(&trials[n], 0, sizeof(trials[n]));
        trials[n].key.n = ones(octets[n] * 8);
        trials[n].key.e = ones(octets[n] * 8);
        trials[n].source = BN_dup(trials[n].key.n);
        BN_sub_word(trials[n].source, 1);
        pke_job_modexp(&jobs[n], trials[n].key.n, trials[n].key.e, trials[n].source, octets[n]);
    }
    run_trials(3);
}

/* A prime of fewer bits than half the modulus, on either side, and components not reduced. */
static void uneven_primes(void **state)
{
    (void)state;
    static const int bits[] = {1023, 1022, 1000, 962};
    unsigned count = 0;
    for (unsigned n = 0; n < 4; n++) {
        BIGNUM *prime = BN_new();
        do
            assert_true(BN_generate_prime_ex(prime, bits[n], 0, NULL, NULL, NULL));
        while (BN_mod_word(prime, 65537) == 1);
        for (int swapped = 0; swapped < 2; swapped++) {
            const BIGNUM *p = swapped ? pool_2048.primes[n] : prime, *q = swapped ? prime : pool_2048.primes[n];
            struct trial *trial = &trials[count];
            assert_int_equal(pke_key_make(&trial->key, p, q, 256, 65537), 0);
            if (bits[n] < 1020) { /* the smaller prime's components with a multiple of its order added */
                BIGNUM *component = swapped ? trial->key.dq : trial->key.dp;
                for (int more = 0; more < 200; more++) {
                    BN_add(component, component, prime);
                    BN_sub_word(component, 1);
                }
                if (!swapped)
                    BN_add(trial->key.qinv, trial->key.qinv, prime);
            }
            trial->source = any_source(trial->key.n, p);
            pke_job_private(&jobs[count++], &trial->key, trial->source);
        }
        BN_free(prime);
    }
    run_trials(count);
}

/* Sources with a factor in common with n: 0, p, q and their multiples. */
static void sources_not_coprime(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 8; n++) {
        struct trial *trial = &trials[n];
        assert_int_equal(pke_key_make(&trial->key, pool_2048.primes[n], pool_2048.primes[n + 1], 256, 65537), 0);
        trial->source = BN_dup(n & 1 ? trial->key.p : trial->key.q);
        BN_mul_word(trial->source, n < 2 ? 0 : n < 4 ? 1 : 0xfffffffffffffff1);
        pke_job_private(&jobs[n], &trial->key, trial->source);
    }
    run_trials(8);
}

/* n a square and the source its root: the power is 0 though no operand is, and the last Montgomery
 * reduction gives n itself, which must not leave. */
static void powers_that_vanish(void **state)
{
    (void)state;
    BN_CTX *context = BN_CTX_new();
    for (unsigned n = 0; n < 8; n++) {
        unsigned octets = n < 4 ? 128 : 256;
        memset(&trials[n], 0, sizeof(trials[n]));
        trials[n].source = pke_random_number(&random_state, octets * 4, 1);
        BN_set_bit(trials[n].source, 0);
        BN_set_bit(trials[n].source, (int)octets * 4 - 2);
        trials[n].key.n = BN_new();
        BN_sqr(trials[n].key.n, trials[n].source, context);
        trials[n].key.e = from_word(n & 2 ? 3 : 65537);
        if (n & 1)
            pke_job_public(&jobs[n], trials[n].key.n, trials[n].key.e, trials[n].source, octets);
        else
            pke_job_modexp(&jobs[n], trials[n].key.n, trials[n].key.e, trials[n].source, octets);
    }
    run_trials(8);
    BN_CTX_free(context);
}

/* Short requests overtake a long one, and every one comes back once. */
static void order_of_completion(void **state)
{
    (void)state;
    for (bench.stall = 0; bench.stall < 256; bench.stall += 120) {
        memset(trials, 0, sizeof(trials));
        make_private(&trials[0], &jobs[0], &pool_2048);
        for (unsigned n = 1; n < 6; n++)
            make_public(&trials[n], &jobs[n], 128);
        run_trials(6);
        for (unsigned n = 1; n < 6; n++)
            assert_true(jobs[n].finished < jobs[0].finished);
    }
    bench.stall = 0;
}

/* A good private and a good public request, for the refusals to spoil. */
static void make_good(void)
{
    memset(trials, 0, sizeof(trials));
    assert_int_equal(pke_key_make(&trials[0].key, pool_2048.primes[0], pool_2048.primes[1], 256, 65537), 0);
    trials[0].source = pke_random_number(&random_state, 2046, 0);
    pke_job_private(&jobs[0], &trials[0].key, trials[0].source);
    trials[1].key.n = pke_random_number(&random_state, 1024, 1);
    BN_set_bit(trials[1].key.n, 0);
    trials[1].key.e = from_word(65537);
    trials[1].source = pke_random_number(&random_state, 1023, 0);
    pke_job_public(&jobs[1], trials[1].key.n, trials[1].key.e, trials[1].source, 128);
    trials[2].key.n = BN_dup(trials[1].key.n);
    trials[2].key.e = pke_random_number(&random_state, 1024, 0);
    trials[2].source = BN_dup(trials[1].source);
    pke_job_modexp(&jobs[2], trials[2].key.n, trials[2].key.e, trials[2].source, 128);
}

static void refused(struct pke_job *job, uint8_t status)
{
    assert_int_equal(pke_bench_run(&bench, job, 1), 0);
    assert_int_equal(job->status, status);
    assert_int_equal(job->result_length, 0);
    assert_int_equal(pke_bench_residue(&bench), 0);
}

static void discard_good(void)
{
    for (unsigned n = 0; n < 3; n++)
        discard(&trials[n]);
}

/* Where the components of the good private request begin. */
enum { AT_N = 0, AT_E = 256, AT_P = 272, AT_Q = 400, AT_DP = 528, AT_DQ = 656, AT_QINV = 784, AT_SOURCE = 912 };

static void invalid_moduli(void **state)
{
    (void)state;
    static const struct {
        unsigned begin, length;
    } moduli[] = {{AT_N, 256}, {AT_P, 128}, {AT_Q, 128}};
    for (unsigned n = 0; n < 3; n++) {
        make_good();
        jobs[0].operands[moduli[n].begin + moduli[n].length - 1] &= 0xfe;
        refused(&jobs[0], TLSCARD_STATUS_INVALID_MODULUS);
        jobs[0].operands[moduli[n].begin + moduli[n].length - 1] |= 1;
        memset(jobs[0].operands + moduli[n].begin, 0, 8);
        refused(&jobs[0], TLSCARD_STATUS_INVALID_MODULUS);
        memset(jobs[0].operands + moduli[n].begin, 0, moduli[n].length);
        refused(&jobs[0], TLSCARD_STATUS_INVALID_MODULUS);
        discard_good();
    }
    make_good();
    for (unsigned n = 1; n < 3; n++) {
        jobs[n].operands[127] ^= 1;
        refused(&jobs[n], TLSCARD_STATUS_INVALID_MODULUS);
        jobs[n].operands[127] ^= 1;
        memset(jobs[n].operands, 0, 8);
        refused(&jobs[n], TLSCARD_STATUS_INVALID_MODULUS);
    }
    discard_good();
}

static void invalid_exponents(void **state)
{
    (void)state;
    static const uint64_t low[] = {0, 1, 2, 4, 65536, 0xfffffffffffffffe};
    make_good();
    for (unsigned which = 0; which < 2; which++) {
        uint8_t *e = jobs[which].operands + (which ? 128 : AT_E);
        for (unsigned n = 0; n < 6; n++) {
            for (unsigned octet = 0; octet < 8; octet++)
                e[8 + octet] = (uint8_t)(low[n] >> (56 - 8 * octet));
            refused(&jobs[which], TLSCARD_STATUS_INVALID_EXPONENT);
        }
        e[15] = 3;
        e[which ? 7 : 0] = which ? 1 : 0x80;
        refused(&jobs[which], TLSCARD_STATUS_INVALID_EXPONENT);
    }
    discard_good();
}

static void sources_out_of_range(void **state)
{
    (void)state;
    make_good();
    for (unsigned n = 0; n < 3; n++) {
        unsigned octets = jobs[n].parameter;
        uint8_t *source = jobs[n].operands + jobs[n].length - octets;
        memcpy(source, jobs[n].operands, octets);
        refused(&jobs[n], TLSCARD_STATUS_OPERAND_RANGE);
        BIGNUM *next = BN_dup(trials[n].key.n);
        BN_add_word(next, 1);
        BN_bn2binpad(next, source, (int)octets);
        BN_free(next);
        refused(&jobs[n], TLSCARD_STATUS_OPERAND_RANGE);
        memset(source, 0xff, octets);
        refused(&jobs[n], TLSCARD_STATUS_OPERAND_RANGE);
    }
    discard_good();
}

/* Inconsistent keys: one octet of a component changed, primes exchanged, another n or e. */
static void failed_checks(void **state)
{
    (void)state;
    static const unsigned places[] = {AT_P + 60, AT_Q + 60, AT_DP + 127, AT_DQ + 127, AT_QINV + 127, AT_N + 200};
    for (unsigned n = 0; n < 8; n++) {
        make_good();
        if (n < 6)
            jobs[0].operands[places[n]] ^= 4;
        else if (n == 6)
            jobs[0].operands[AT_E + 15] = 3;
        else
            for (unsigned octet = 0; octet < 128; octet++) {
                uint8_t kept = jobs[0].operands[AT_P + octet];
                jobs[0].operands[AT_P + octet] = jobs[0].operands[AT_Q + octet];
                jobs[0].operands[AT_Q + octet] = kept;
            }
        refused(&jobs[0], TLSCARD_STATUS_CHECK_FAILED);
        discard_good();
    }
}

/* m2 + q ((m1 - m2) qInv mod p) of the key's numbers, whatever n is. */
static BIGNUM *recombined(const struct pke_key *key, const BIGNUM *source)
{
    BN_CTX *context = BN_CTX_new();
    BIGNUM *m1 = BN_new(), *m2 = BN_new();
    BN_mod_exp(m1, source, key->dp, key->p, context);
    BN_mod_exp(m2, source, key->dq, key->q, context);
    BN_mod_sub(m1, m1, m2, key->p, context);
    BN_mod_mul(m1, m1, key->qinv, key->p, context);
    BN_mul(m1, m1, key->q, context);
    BN_add(m1, m1, m2);
    BN_free(m2);
    BN_CTX_free(context);
    return m1;
}

/* A power that is right modulo n, of a result that is not below n: p has a factor that n has not. */
static void results_out_of_range(void **state)
{
    (void)state;
    BN_CTX *context = BN_CTX_new();
    BIGNUM *prime = BN_new();
    struct pke_key key;
    unsigned within = 0, beyond = 0;
    do
        assert_true(BN_generate_prime_ex(prime, 1022, 0, NULL, NULL, NULL));
    while (BN_mod_word(prime, 65537) == 1 || BN_cmp(prime, pool_2048.primes[0]) == 0);
    assert_int_equal(pke_key_make(&key, prime, pool_2048.primes[0], 256, 65537), 0);
    BN_mul_word(key.p, 3);
    assert_non_null(BN_mod_inverse(key.qinv, key.q, key.p, context));
    for (unsigned n = 0; !within || !beyond; n++) {
        BIGNUM *source = pke_random_number(&random_state, 2040, 0), *result = recombined(&key, source);
        int fits = BN_cmp(result, key.n) < 0;
        assert_in_range(n, 0, 99);
        pke_job_private(&jobs[0], &key, source);
        assert_int_equal(pke_bench_run(&bench, &jobs[0], 1), 0);
        assert_int_equal(jobs[0].status, fits ? TLSCARD_STATUS_OK : TLSCARD_STATUS_CHECK_FAILED);
        assert_int_equal(jobs[0].result_length, fits ? 256 : 0);
        within += fits != 0;
        beyond += fits == 0;
        BN_free(source);
        BN_free(result);
    }
    pke_key_free(&key);
    BN_free(prime);
    BN_CTX_free(context);
}

static void unfit_requests(void **state)
{
    (void)state;
    static const uint16_t parameters[] = {0, 112, 127, 129, 528, 1024, 0xffff};
    make_good();
    jobs[1].opcode = 0x20;
    refused(&jobs[1], TLSCARD_STATUS_INVALID_OPCODE);
    jobs[1].opcode = TLSCARD_OP_RSA_PUBLIC;
    for (unsigned n = 0; n < 7; n++) {
        jobs[1].parameter = parameters[n];
        refused(&jobs[1], TLSCARD_STATUS_INVALID_FIELD);
    }
    jobs[1].parameter = 128;
    jobs[1].length -= 16;
    refused(&jobs[1], TLSCARD_STATUS_INVALID_FIELD);
    jobs[1].length += 48;
    refused(&jobs[1], TLSCARD_STATUS_INVALID_FIELD);
    jobs[0].parameter = 320;
    refused(&jobs[0], TLSCARD_STATUS_INVALID_FIELD);
    discard_good();
}

/* An abort at any beat gives the status it came with, and clears what had been loaded. */
static void aborts(void **state)
{
    (void)state;
    make_good();
    for (unsigned which = 0; which < 3; which++) {
        uint32_t whole = jobs[which].length;
        for (unsigned n = 0; n < 12; n++) {
            jobs[which].length = n == 0 ? whole : 16 + 16 * below(whole / 16);
            jobs[which].aborted = 1;
            jobs[which].abort_status = (uint8_t)(TLSCARD_STATUS_DMA_UNSUPPORTED_REQUEST + n % 5);
            bench.stall = n % 3 == 2 ? 128 : 0;
            refused(&jobs[which], jobs[which].abort_status);
        }
        jobs[which].length = whole;
        jobs[which].aborted = 0;
    }
    bench.stall = 0;
    run_trials(3);
}

/* A reset amid work: nothing is left when the contexts are free again, and the next work is right. */
static void reset(void **state)
{
    (void)state;
    struct pke_job *job = &jobs[0];
    make_good();
    *bench.model.cmd_valid = 1;
    *bench.model.cmd_context = 1;
    *bench.model.cmd_opcode = job->opcode;
    *bench.model.cmd_parameter = job->parameter;
    pke_bench_cycles(&bench, 1);
    *bench.model.cmd_valid = 0;
    *bench.model.in_valid = 1;
    for (unsigned beat = 0; beat < job->length / 16; beat++) {
        memcpy(bench.model.in_data, job->operands + (size_t)beat * 16, 16);
        *bench.model.in_last = (beat + 1) * 16 == job->length;
        do
            pke_model_eval(&bench.model);
        while (!*bench.model.in_ready && (pke_bench_cycles(&bench, 1), 1));
        pke_bench_cycles(&bench, 1);
    }
    *bench.model.in_valid = *bench.model.in_last = 0;
    pke_bench_cycles(&bench, 40000);
    assert_true(pke_bench_residue(&bench) > 1000);
    *bench.model.rst = 1;
    pke_bench_cycles(&bench, 2);
    *bench.model.rst = 0;
    pke_bench_cycles(&bench, 1);
    assert_int_equal(*bench.model.context_free, 0);
    for (unsigned n = 0; *bench.model.busy && n < 100000; n++)
        pke_bench_cycles(&bench, 1);
    assert_int_equal(*bench.model.context_free, (1 << PKE_CONTEXTS) - 1);
    assert_int_equal(pke_bench_residue(&bench), 0);
    run_trials(3);
}

static int setup(void **state)
{
    (void)state;
    const char *seed = getenv("TLSCARD_TEST_SEED");
    random_state = seed ? strtoull(seed, NULL, 0) : 20240302;
    print_message("# TLSCARD_TEST_SEED=%llu\n", (unsigned long long)random_state);
    random_state |= 1;
    return pke_pool_fill(&pool_2048, 128) || pke_pool_fill(&pool_3072, 192) || pke_pool_fill(&pool_4096, 256)
           || pke_bench_open(&bench, random_state);
}

static int teardown(void **state)
{
    (void)state;
    pke_bench_close(&bench);
    pke_pool_free(&pool_2048);
    pke_pool_free(&pool_3072);
    pke_pool_free(&pool_4096);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_length),
        cmocka_unit_test(all_ones),
        cmocka_unit_test(uneven_primes),
        cmocka_unit_test(sources_not_coprime),
        cmocka_unit_test(powers_that_vanish),
        cmocka_unit_test(order_of_completion),
        cmocka_unit_test(invalid_moduli),
        cmocka_unit_test(invalid_exponents),
        cmocka_unit_test(sources_out_of_range),
        cmocka_unit_test(failed_checks),
        cmocka_unit_test(results_out_of_range),
        cmocka_unit_test(unfit_requests),
        cmocka_unit_test(aborts),
        cmocka_unit_test(reset),
        cmocka_unit_test(random_operations),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
