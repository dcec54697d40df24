/* SPDX-License-Identifier: Apache-2.0 */
/* The public-key engine's curves where coordinates, scalars and sums are extreme; test_pke_ec.c has the refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/rtl/pke_curves.h"
#include "tests/rtl/pke_keys.h"

enum { BATCH = 64 };

static struct pke_bench bench;
static uint64_t random_state;
static struct pke_curve curves[2];

/* Jobs that wait for a full batch, and what each must give. */
static struct pke_job jobs[BATCH];
static struct {
    uint8_t status, result[2 * PKE_COORDINATE];
    unsigned length;
} wanted[BATCH];
static unsigned queued, total;

static void flush(void)
{
    assert_int_equal(pke_bench_run(&bench, jobs, queued), 0);
    assert_int_equal(pke_bench_residue(&bench), 0);
    for (unsigned n = 0; n < queued; n++) {
        if (jobs[n].status != wanted[n].status || jobs[n].result_length != wanted[n].length
            || memcmp(jobs[n].result, wanted[n].result, wanted[n].length) != 0) {
            print_message("# opcode %02x, parameter %u, operands ", jobs[n].opcode, jobs[n].parameter);
            for (unsigned octet = 0; octet < jobs[n].length; octet++)
                print_message("%02x", jobs[n].operands[octet]);
            fail_msg("status %02x for %02x, or another result", jobs[n].status, wanted[n].status);
        }
    }
    total += queued;
    queued = 0;
}

static struct pke_job *next_job(uint8_t status)
{
    if (queued == BATCH)
        flush();
    memset(&wanted[queued], 0, sizeof(wanted[queued]));
    wanted[queued].status = status;
    return &jobs[queued++];
}

/* The last job gives these two numbers. */
static void gives(const struct pke_curve *curve, const BIGNUM *first, const BIGNUM *second)
{
    BN_bn2binpad(first, wanted[queued - 1].result, (int)curve->octets);
    BN_bn2binpad(second, wanted[queued - 1].result + curve->octets, (int)curve->octets);
    wanted[queued - 1].length = 2 * curve->octets;
}

static void multiply(const struct pke_curve *curve, const BIGNUM *k, const EC_POINT *point)
{
    BIGNUM *x = BN_new(), *y = BN_new();
    struct pke_job *job = next_job(TLSCARD_STATUS_OK);
    assert_int_equal(EC_POINT_get_affine_coordinates(curve->group, point, x, y, curve->context), 1);
    pke_curve_job(job, TLSCARD_OP_EC_MULTIPLY, curve->id);
    pke_curve_number(job, curve, k);
    pke_curve_number(job, curve, x);
    pke_curve_number(job, curve, y);
    assert_int_equal(pke_curve_multiply(curve, k, point, x, y), 0);
    gives(curve, x, y);
    BN_free(x);
    BN_free(y);
}

static void multiply_base(const struct pke_curve *curve, const BIGNUM *k)
{
    BIGNUM *x = BN_new(), *y = BN_new();
    struct pke_job *job = next_job(TLSCARD_STATUS_OK);
    pke_curve_job(job, TLSCARD_OP_EC_MULTIPLY_BASE, curve->id);
    pke_curve_number(job, curve, k);
    assert_int_equal(pke_curve_multiply(curve, k, NULL, x, y), 0);
    gives(curve, x, y);
    BN_free(x);
    BN_free(y);
}

/* In 1 .. order - 1. */
static BIGNUM *random_scalar(const struct pke_curve *curve)
{
    BIGNUM *number = pke_random_number(&random_state, curve->octets * 8, 0);
    BN_nnmod(number, number, curve->order, curve->context);
    if (BN_is_zero(number))
        BN_one(number);
    return number;
}

static EC_POINT *random_point(const struct pke_curve *curve)
{
    BIGNUM *k = random_scalar(curve), *x = BN_new(), *y = BN_new();
    assert_int_equal(pke_curve_multiply(curve, k, NULL, x, y), 0);
    EC_POINT *point = pke_curve_point(curve, x, y);
    BN_free(k);
    BN_free(x);
    BN_free(y);
    return point;
}

static void report(const char *what)
{
    flush();
    print_message("# %s: %u operations\n", what, total);
    total = 0;
}

/* x = 0, 1, 2 .. and p - 1, p - 2 .. where there is such a point, with both its y; times 1, 2, -1, -2 and at random. */
static void extreme_coordinates(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 2; n++) {
        const struct pke_curve *curve = &curves[n];
        EC_POINT *point = EC_POINT_new(curve->group);
        for (unsigned from = 0; from < (n ? 4U : 24U); from++) {
            BIGNUM *x = BN_new(), *k = random_scalar(curve);
            BN_set_word(x, from / 2);
            if (from & 1) {
                BN_add_word(x, 1);
                BN_sub(x, curve->p, x);
            }
            for (int odd = 0; odd < 2; odd++) {
                if (!EC_POINT_set_compressed_coordinates(curve->group, point, x, odd, curve->context))
                    continue;
                multiply(curve, k, point);
                for (unsigned small = 0; small < 4; small++) {
                    BIGNUM *scalar = BN_new();
                    BN_set_word(scalar, 1 + small / 2);
                    if (small & 1)
                        BN_sub(scalar, curve->order, scalar);
                    multiply(curve, scalar, point);
                    BN_free(scalar);
                }
            }
            BN_free(x);
            BN_free(k);
        }
        EC_POINT_free(point);
    }
    report("extreme coordinates");
}

static void with_scalar(const struct pke_curve *curve, const BIGNUM *k, const EC_POINT *point)
{
    BIGNUM *reduced = BN_new();
    BN_nnmod(reduced, k, curve->order, curve->context);
    if (!BN_is_zero(reduced)) {
        multiply_base(curve, reduced);
        multiply(curve, reduced, point);
    }
    BN_free(reduced);
}

/* Powers of two and their negatives, one digit of five bits repeated, the middle of the range. */
static void extreme_scalars(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 2; n++) {
        const struct pke_curve *curve = &curves[n];
        EC_POINT *point = random_point(curve);
        BIGNUM *k = BN_new();
        for (unsigned bit = 0; bit < curve->octets * 8; bit += n ? 43 : 5) {
            BN_zero(k);
            BN_set_bit(k, (int)bit);
            with_scalar(curve, k, point);
            BN_sub(k, curve->order, k);
            with_scalar(curve, k, point);
        }
        for (unsigned digit = 1; digit < 32; digit += n ? 10 : 1) {
            BN_zero(k);
            for (unsigned place = 0; place < curve->octets * 8 / 5; place++) {
                BN_lshift(k, k, 5);
                BN_add_word(k, digit);
            }
            with_scalar(curve, k, point);
        }
        BN_rshift1(k, curve->order);
        with_scalar(curve, k, point);
        BN_add_word(k, 1);
        with_scalar(curve, k, point);
        BN_free(k);
        EC_POINT_free(point);
    }
    report("extreme scalars");
}

/* One job that verifies. */
static void verify(const struct pke_curve *curve, const BIGNUM *d, const BIGNUM *e, const BIGNUM *r, const BIGNUM *s,
                   uint8_t status)
{
    BIGNUM *x = BN_new(), *y = BN_new();
    struct pke_job *job = next_job(status);
    assert_int_equal(pke_curve_multiply(curve, d, NULL, x, y), 0);
    pke_curve_job(job, TLSCARD_OP_ECDSA_VERIFY, curve->id);
    pke_curve_number(job, curve, x);
    pke_curve_number(job, curve, y);
    pke_curve_number(job, curve, e);
    pke_curve_number(job, curve, r);
    pke_curve_number(job, curve, s);
    BN_free(x);
    BN_free(y);
}

/* The sum of u1 G and u2 Q: both the same point (e = r d), each other's negative (e = -r d), one of them the sum's
 * negative; and -Q in place of Q. */
static void sums_that_meet(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 10; n++) {
        const struct pke_curve *curve = &curves[n > 7];
        BIGNUM *d = random_scalar(curve), *k = random_scalar(curve), *e = BN_new(), *r = BN_new(), *s = BN_new();
        BIGNUM *other = BN_new();
        pke_curve_multiply(curve, k, NULL, r, s);
        BN_nnmod(r, r, curve->order, curve->context);
        BN_mod_mul(e, r, d, curve->order, curve->context);
        pke_curve_sign(curve, d, e, k, r, s);
        verify(curve, d, e, r, s, TLSCARD_STATUS_OK);
        BN_sub(other, curve->order, e);
        verify(curve, d, other, r, s, TLSCARD_STATUS_SIGNATURE_INVALID);
        BN_sub(other, curve->order, d);
        verify(curve, other, e, r, s, TLSCARD_STATUS_SIGNATURE_INVALID);
        /* u1 G = -2 u2 Q: the sum is -u2 Q */
        BN_mod_add(e, e, e, curve->order, curve->context);
        BN_sub(e, curve->order, e);
        pke_curve_sign(curve, d, e, k, r, s);
        verify(curve, d, e, r, s, TLSCARD_STATUS_OK);
        BIGNUM *all[] = {d, k, e, r, s, other};
        for (unsigned which = 0; which < 6; which++)
            BN_free(all[which]);
    }
    report("sums that meet");
}

/* d, k and e at the ends of their range: the signature, and that it verifies; also with e and e + n, where e + n
 * still has no more octets. */
static void extreme_signatures(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 2 * 27; n++) {
        const struct pke_curve *curve = &curves[n & 1];
        if ((n & 1) && n % 8 > 1) /* P-384 is slow: some of the combinations */
            continue;
        BIGNUM *v[3], *r = BN_new(), *s = BN_new(), *larger = BN_new();
        for (unsigned which = 0, kind = n / 2; which < 3; which++, kind /= 3) {
            v[which] = BN_new();
            BN_set_word(v[which], 1 + kind % 3 / 2);
            if (kind % 3 == 1)
                BN_sub(v[which], curve->order, v[which]);
        }
        pke_curve_sign(curve, v[0], v[1], v[2], r, s);
        struct pke_job *job = next_job(BN_is_zero(s) ? TLSCARD_STATUS_INVALID_RESULT : TLSCARD_STATUS_OK);
        pke_curve_job(job, TLSCARD_OP_ECDSA_SIGN, curve->id);
        for (unsigned which = 0; which < 3; which++)
            pke_curve_number(job, curve, v[which]);
        if (!BN_is_zero(s)) {
            gives(curve, r, s);
            verify(curve, v[0], v[1], r, s, TLSCARD_STATUS_OK);
            BN_add(larger, v[1], curve->order);
            if (BN_num_bytes(larger) == (int)curve->octets)
                verify(curve, v[0], larger, r, s, TLSCARD_STATUS_OK);
        }
        BIGNUM *all[] = {v[0], v[1], v[2], r, s, larger};
        for (unsigned which = 0; which < 6; which++)
            BN_free(all[which]);
    }
    report("extreme signatures");
}

static void exchange(const uint8_t scalar[32], const uint8_t coordinate[32])
{
    struct pke_job *job = next_job(TLSCARD_STATUS_OK);
    pke_x25519_job(job, scalar, coordinate);
    if (pke_x25519(wanted[queued - 1].result, scalar, coordinate))
        wanted[queued - 1].status = TLSCARD_STATUS_INVALID_RESULT;
    else
        wanted[queued - 1].length = 32;
}

/* u = 2^i - 1 and 2^i, u from p - 24 to 2^255 - 1 and with the top bit; scalars of one bit; the same scalar with the
 * bits that clamping sets. */
static void extreme_x25519(void **state)
{
    (void)state;
    uint8_t scalar[32], coordinate[32];
    for (unsigned n = 0; n < 32; n++)
        scalar[n] = (uint8_t)(pke_bench_random(&random_state) >> 24);
    for (unsigned bit = 0; bit < 255; bit += 5) {
        memset(coordinate, 0, 32);
        coordinate[bit / 8] = (uint8_t)(1 << bit % 8);
        exchange(scalar, coordinate);
        memset(coordinate, 0xff, bit / 8);
        coordinate[bit / 8] = (uint8_t)((1 << bit % 8) - 1);
        exchange(scalar, coordinate);
    }
    for (unsigned from = 0; from < 2 * 43; from++) {
        memset(coordinate, 0xff, 32);
        coordinate[0] = (uint8_t)(0xd5 + from / 2);
        coordinate[31] = from & 1 ? 0xff : 0x7f;
        exchange(scalar, coordinate);
    }
    for (unsigned n = 0; n < 32; n++)
        coordinate[n] = (uint8_t)(pke_bench_random(&random_state) >> 24);
    for (unsigned bit = 0; bit < 256; bit += bit < 4 || bit > 250 ? 1 : 9) {
        memset(scalar, 0, 32);
        scalar[bit / 8] = (uint8_t)(1 << bit % 8);
        exchange(scalar, coordinate);
        for (unsigned n = 0; n < 32; n++)
            scalar[n] ^= 0xff;
        exchange(scalar, coordinate);
    }
    report("extreme X25519");
}

static int setup(void **state)
{
    (void)state;
    const char *seed = getenv("TLSCARD_TEST_SEED");
    random_state = seed ? strtoull(seed, NULL, 0) : 20240308;
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
        cmocka_unit_test(extreme_coordinates), cmocka_unit_test(extreme_scalars),    cmocka_unit_test(sums_that_meet),
        cmocka_unit_test(extreme_signatures),  cmocka_unit_test(extreme_x25519),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
