/* SPDX-License-Identifier: Apache-2.0 */
/* The public-key engine's cycles on curves: the same for every scalar and point, and within their bounds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/rtl/pke_curves.h"
#include "tests/rtl/pke_keys.h"

enum { SCALARS = 100, SCALARS_384 = 30, FULL = 8 * PKE_CONTEXTS };

static struct pke_bench bench;
static uint64_t random_state;
static struct pke_curve curves[2];
static struct pke_job jobs[FULL];

/* The n-th scalar: the ends of the range, few ones, many ones, many leading zeros, then random ones. */
static BIGNUM *chosen(const struct pke_curve *curve, unsigned n)
{
    unsigned bits = curve->octets * 8;
    BIGNUM *number = pke_random_number(&random_state, bits - 1, 0);
    if (n < 3)
        BN_set_word(number, n + 1);
    else if (n < 6)
        BN_set_word(number, n - 2), BN_sub(number, curve->order, number);
    else if (n < 8)
        BN_zero(number), BN_set_bit(number, n == 6 ? (int)bits / 2 : (int)bits - 2);
    else if (n == 8)
        BN_zero(number), BN_set_bit(number, (int)bits - 1), BN_sub_word(number, 1);
    else if (n < 14)
        BN_rshift(number, number, (int)(bits - 2 - (1U << (n - 9))));
    if (BN_is_zero(number))
        BN_one(number);
    return number;
}

/* A job of the opcode with scalars of the n-th kind; a signature to be verified is a right one. */
static void make(struct pke_job *job, uint8_t opcode, const struct pke_curve *curve, unsigned n)
{
    BIGNUM *one = chosen(curve, n), *other = chosen(curve, n * 7 % SCALARS), *e = chosen(curve, n * 3 % SCALARS);
    BIGNUM *x = BN_new(), *y = BN_new(), *r = BN_new(), *s = BN_new();
    assert_int_equal(pke_curve_multiply(curve, other, NULL, x, y), 0);
    pke_curve_job(job, opcode, curve->id);
    if (opcode != TLSCARD_OP_ECDSA_VERIFY)
        pke_curve_number(job, curve, one);
    if (opcode == TLSCARD_OP_EC_MULTIPLY || opcode == TLSCARD_OP_ECDSA_VERIFY) {
        pke_curve_number(job, curve, x);
        pke_curve_number(job, curve, y);
    }
    if (opcode == TLSCARD_OP_ECDSA_SIGN || opcode == TLSCARD_OP_ECDSA_VERIFY)
        pke_curve_number(job, curve, e);
    if (opcode == TLSCARD_OP_ECDSA_SIGN)
        pke_curve_number(job, curve, other);
    if (opcode == TLSCARD_OP_ECDSA_VERIFY) {
        pke_curve_sign(curve, other, e, one, r, s);
        pke_curve_number(job, curve, r);
        pke_curve_number(job, curve, s);
    }
    BN_free(one);
    BN_free(other);
    BN_free(e);
    BN_free(x);
    BN_free(y);
    BN_free(r);
    BN_free(s);
}

static void make_x25519(struct pke_job *job, unsigned n)
{
    uint8_t scalar[32], coordinate[32];
    for (unsigned octet = 0; octet < 32; octet++) {
        scalar[octet] = n == 0 ? 0 : n == 1 ? 0xff : (uint8_t)(pke_bench_random(&random_state) >> 24);
        coordinate[octet] = n == 2 ? (octet == 0) * 9 : n == 3 ? 0xff : (uint8_t)(pke_bench_random(&random_state) >> 24);
    }
    pke_x25519_job(job, scalar, coordinate);
}

static void prepare(struct pke_job *job, uint8_t opcode, unsigned curve, unsigned n)
{
    if (opcode == TLSCARD_OP_X25519)
        make_x25519(job, n);
    else
        make(job, opcode, &curves[curve], n);
}

/* Each alone in the engine: all scalars take the same cycles. Then eight times as many as there are contexts, in
 * which the multiplier is at work in at least `share` of the cycles. */
static void measure(const char *name, uint8_t opcode, unsigned curve, uint32_t alone, unsigned full, double share)
{
    uint32_t cycles = 0;
    for (unsigned n = 0; n < (curve ? SCALARS_384 : SCALARS); n++) {
        prepare(&jobs[0], opcode, curve, n);
        assert_int_equal(pke_bench_run(&bench, jobs, 1), 0);
        assert_int_equal(jobs[0].status, TLSCARD_STATUS_OK);
        if (n)
            assert_int_equal(jobs[0].cycles, cycles);
        cycles = jobs[0].cycles;
    }
    for (unsigned n = 0; n < FULL; n++)
        prepare(&jobs[n], opcode, curve, n);
    uint64_t began = bench.now, multiplied = bench.multiplied;
    assert_int_equal(pke_bench_run(&bench, jobs, FULL), 0);
    double each = (double)(bench.now - began) / FULL;
    double busy = (double)(bench.multiplied - multiplied) / (double)(bench.now - began);
    print_message("# %s: %u cycles alone, %.0f an operation with the engine full, multiplier at work in %.3f\n", name,
                  cycles, each, busy);
    for (unsigned n = 0; n < FULL; n++)
        assert_int_equal(jobs[n].status, TLSCARD_STATUS_OK);
    assert_true(cycles <= alone);
    assert_true(each <= full);
    assert_true(busy >= share);
}

static void multiply_256(void **state)
{
    (void)state;
    measure("P-256 k P", TLSCARD_OP_EC_MULTIPLY, 0, 47500, 13500, 0.93);
}

static void base_256(void **state)
{
    (void)state;
    measure("P-256 k G", TLSCARD_OP_EC_MULTIPLY_BASE, 0, 14200, 3900, 0.90);
}

static void sign_256(void **state)
{
    (void)state;
    measure("P-256 sign", TLSCARD_OP_ECDSA_SIGN, 0, 29000, 7600, 0.90);
}

static void verify_256(void **state)
{
    (void)state;
    measure("P-256 verify", TLSCARD_OP_ECDSA_VERIFY, 0, 71500, 19900, 0.93);
}

static void multiply_384(void **state)
{
    (void)state;
    measure("P-384 k P", TLSCARD_OP_EC_MULTIPLY, 1, 214000, 135000, 0.88);
}

static void base_384(void **state)
{
    (void)state;
    measure("P-384 k G", TLSCARD_OP_EC_MULTIPLY_BASE, 1, 214000, 135000, 0.88);
}

static void sign_384(void **state)
{
    (void)state;
    measure("P-384 sign", TLSCARD_OP_ECDSA_SIGN, 1, 241500, 145500, 0.88);
}

static void verify_384(void **state)
{
    (void)state;
    measure("P-384 verify", TLSCARD_OP_ECDSA_VERIFY, 1, 401000, 260000, 0.88);
}

static void x25519(void **state)
{
    (void)state;
    measure("X25519", TLSCARD_OP_X25519, 0, 32000, 10500, 0.95);
}

static int setup(void **state)
{
    (void)state;
    const char *seed = getenv("TLSCARD_TEST_SEED");
    random_state = seed ? strtoull(seed, NULL, 0) : 20240305;
    print_message("# TLSCARD_TEST_SEED=%llu\n", (unsigned long long)random_state);
    random_state |= 1;
    return pke_curve_open(&curves[0], TLSCARD_CURVE_P256) || pke_curve_open(&curves[1], TLSCARD_CURVE_P384)
           || pke_bench_open(&bench, random_state);
}

static int teardown(void **state)
{
    (void)state;
    pke_bench_close(&bench);
    pke_curve_close(&curves[0]);
    pke_curve_close(&curves[1]);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multiply_256), cmocka_unit_test(base_256), cmocka_unit_test(sign_256),
        cmocka_unit_test(verify_256),   cmocka_unit_test(multiply_384), cmocka_unit_test(base_384),
        cmocka_unit_test(sign_384),     cmocka_unit_test(verify_384), cmocka_unit_test(x25519),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
