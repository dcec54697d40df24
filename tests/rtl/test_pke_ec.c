/* SPDX-License-Identifier: Apache-2.0 */
/* The public-key engine's curves against libcrypto: random operations, published vectors, edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/rtl/pke_curves.h"
#include "tests/rtl/pke_keys.h"

enum { BATCH = 16, OPERATIONS = 160 };

static struct pke_bench bench;
static uint64_t random_state;
static unsigned operations;
static struct pke_curve curves[2];
static struct pke_job jobs[BATCH];

static unsigned below(unsigned bound)
{
    return (unsigned)(pke_bench_random(&random_state) >> 32) % bound;
}

static void random_octets(uint8_t *octets, unsigned count)
{
    for (unsigned n = 0; n < count; n++)
        octets[n] = (uint8_t)(pke_bench_random(&random_state) >> 24);
}

/* In 1 .. order - 1: mostly random; near the ends; with leading zeros; of few or many ones. */
static BIGNUM *any_scalar(const struct pke_curve *curve)
{
    unsigned kind = below(10), bits = curve->octets * 8;
    BIGNUM *number = pke_random_number(&random_state, kind == 3 ? 1 + below(bits) : bits, 0);
    if (kind < 2) {
        BN_set_word(number, 1 + below(80));
        if (kind == 1)
            BN_sub(number, curve->order, number);
    } else if (kind == 2) {
        BN_zero(number);
        for (unsigned n = 0; n < 3; n++)
            BN_set_bit(number, (int)below(bits - 1));
    }
    BN_nnmod(number, number, curve->order, curve->context);
    if (BN_is_zero(number))
        BN_one(number);
    return number;
}

static void run(unsigned count)
{
    assert_int_equal(pke_bench_run(&bench, jobs, count), 0);
    assert_int_equal(pke_bench_residue(&bench), 0);
}

static void refused(uint8_t status)
{
    run(1);
    assert_int_equal(jobs[0].status, status);
    assert_int_equal(jobs[0].result_length, 0);
}

/* One job of each class, and the two numbers that it must give; a verification gives none. */
struct trial {
    const struct pke_curve *curve;
    BIGNUM *first, *second;
    uint8_t status;
};

static void make_multiply(struct trial *trial, struct pke_job *job, const BIGNUM *k, const BIGNUM *m)
{
    const struct pke_curve *curve = trial->curve;
    BIGNUM *x = BN_new(), *y = BN_new();
    assert_int_equal(pke_curve_multiply(curve, m, NULL, x, y), 0);
    EC_POINT *point = pke_curve_point(curve, x, y);
    pke_curve_job(job, TLSCARD_OP_EC_MULTIPLY, curve->id);
    pke_curve_number(job, curve, k);
    pke_curve_number(job, curve, x);
    pke_curve_number(job, curve, y);
    assert_int_equal(pke_curve_multiply(curve, k, point, trial->first, trial->second), 0);
    EC_POINT_free(point);
    BN_free(x);
    BN_free(y);
}

static void make_base(struct trial *trial, struct pke_job *job, const BIGNUM *k)
{
    pke_curve_job(job, TLSCARD_OP_EC_MULTIPLY_BASE, trial->curve->id);
    pke_curve_number(job, trial->curve, k);
    assert_int_equal(pke_curve_multiply(trial->curve, k, NULL, trial->first, trial->second), 0);
}

static void make_sign(struct trial *trial, struct pke_job *job, const BIGNUM *d, const BIGNUM *e, const BIGNUM *k)
{
    pke_curve_job(job, TLSCARD_OP_ECDSA_SIGN, trial->curve->id);
    pke_curve_number(job, trial->curve, d);
    pke_curve_number(job, trial->curve, e);
    pke_curve_number(job, trial->curve, k);
    pke_curve_sign(trial->curve, d, e, k, trial->first, trial->second);
}

static void make_verify_of(struct pke_job *job, const struct pke_curve *curve, const BIGNUM *d, const BIGNUM *e,
                           const BIGNUM *r, const BIGNUM *s)
{
    BIGNUM *x = BN_new(), *y = BN_new();
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

/* A signature that is right, or has a bit changed in e, r or s. */
static void make_verify(struct trial *trial, struct pke_job *job, const BIGNUM *d, BIGNUM *e, const BIGNUM *k)
{
    const struct pke_curve *curve = trial->curve;
    pke_curve_sign(curve, d, e, k, trial->first, trial->second);
    make_verify_of(job, curve, d, e, trial->first, trial->second);
    if (below(2)) {
        job->operands[2 * curve->octets + below(3 * curve->octets)] ^= (uint8_t)(1 << below(8));
        trial->status = TLSCARD_STATUS_SIGNATURE_INVALID;
    }
}

static void make_any(struct trial *trial, struct pke_job *job)
{
    BIGNUM *one = any_scalar(trial->curve), *other = any_scalar(trial->curve);
    BIGNUM *e = pke_random_number(&random_state, trial->curve->octets * 8 - (below(8) ? 0 : 60), below(2));
    unsigned kind = below(4);
    trial->first = BN_new();
    trial->second = BN_new();
    trial->status = TLSCARD_STATUS_OK;
    if (kind == 0)
        make_multiply(trial, job, one, other);
    else if (kind == 1)
        make_base(trial, job, one);
    else if (kind == 2)
        make_sign(trial, job, one, e, other);
    else
        make_verify(trial, job, one, e, other);
    BN_free(one);
    BN_free(other);
    BN_free(e);
}

static int is_right(const struct trial *trial, const struct pke_job *job)
{
    if (job->opcode == TLSCARD_OP_ECDSA_VERIFY)
        return job->status == trial->status && job->result_length == 0;
    return pke_curve_result_is(job, trial->curve, trial->first, trial->second);
}

static void discard(struct trial *trial)
{
    BN_free(trial->first);
    BN_free(trial->second);
}

/* All classes on both curves and X25519 in flight together, with back-pressure. */
static void random_operations(void **state)
{
    (void)state;
    static struct trial trials[BATCH];
    static uint8_t secrets[BATCH][32];
    for (unsigned count = 0; count < operations; count += BATCH) {
        bench.stall = below(3) ? 0 : below(200);
        for (unsigned n = 0; n < BATCH; n++) {
            uint8_t scalar[32], coordinate[32];
            trials[n] = (struct trial){.curve = NULL};
            if (below(3) == 0) {
                random_octets(scalar, 32);
                random_octets(coordinate, 32);
                if (below(4) == 0)
                    memset(coordinate + 1, 0xff, 31);
                pke_x25519_job(&jobs[n], scalar, coordinate);
                assert_int_equal(pke_x25519(secrets[n], scalar, coordinate), 0);
            } else {
                trials[n].curve = &curves[below(3) == 0];
                make_any(&trials[n], &jobs[n]);
            }
        }
        run(BATCH);
        for (unsigned n = 0; n < BATCH; n++) {
            if (trials[n].curve) {
                assert_true(is_right(&trials[n], &jobs[n]));
            } else {
                assert_int_equal(jobs[n].status, TLSCARD_STATUS_OK);
                assert_int_equal(jobs[n].result_length, 32);
                assert_memory_equal(jobs[n].result, secrets[n], 32);
            }
            discard(&trials[n]);
        }
    }
    bench.stall = 0;
}

/* Scalars at the ends of their range and around the digits' base, the point G among the points. */
static void scalar_edges(void **state)
{
    (void)state;
    static const unsigned long small[] = {1, 2, 3, 15, 16, 17, 31, 32, 33, 34, 63, 64, 65, 1023, 1024, 1056};
    for (unsigned n = 0; n < 2 * sizeof(small) / sizeof(small[0]); n++) {
        const struct pke_curve *curve = &curves[n & 1];
        struct trial trials[4];
        BIGNUM *k = BN_new(), *negative = BN_new(), *one = BN_new();
        BN_set_word(k, small[n / 2]);
        BN_sub(negative, curve->order, k);
        BN_one(one);
        for (unsigned kind = 0; kind < 4; kind++)
            trials[kind] = (struct trial){curve, BN_new(), BN_new(), TLSCARD_STATUS_OK};
        make_multiply(&trials[0], &jobs[0], k, one);
        make_multiply(&trials[1], &jobs[1], negative, k);
        make_base(&trials[2], &jobs[2], k);
        make_base(&trials[3], &jobs[3], negative);
        run(4);
        for (unsigned kind = 0; kind < 4; kind++) {
            assert_true(is_right(&trials[kind], &jobs[kind]));
            discard(&trials[kind]);
        }
        BN_free(k);
        BN_free(negative);
        BN_free(one);
    }
}

/* 0, the order, one more, and all ones, for every scalar of every class. */
static void invalid_scalars(void **state)
{
    (void)state;
    static const struct {
        uint8_t opcode;
        unsigned count, at;
    } cases[] = {{TLSCARD_OP_EC_MULTIPLY, 3, 0},
                 {TLSCARD_OP_EC_MULTIPLY_BASE, 1, 0},
                 {TLSCARD_OP_ECDSA_SIGN, 3, 0},
                 {TLSCARD_OP_ECDSA_SIGN, 3, 2},
                 {TLSCARD_OP_ECDSA_VERIFY, 5, 3},
                 {TLSCARD_OP_ECDSA_VERIFY, 5, 4}};
    for (unsigned n = 0; n < 8 * sizeof(cases) / sizeof(cases[0]); n++) {
        const struct pke_curve *curve = &curves[n & 1];
        unsigned which = n / 8;
        BIGNUM *bad = BN_new(), *good = any_scalar(curve), *x = BN_new(), *y = BN_new();
        if ((n >> 1 & 3) > 0)
            BN_copy(bad, curve->order);
        if ((n >> 1 & 3) > 1)
            BN_add_word(bad, (n >> 1 & 3) == 2 ? 1 : 12345);
        if ((n >> 1 & 3) == 3)
            BN_set_bit(bad, (int)curve->octets * 8); /* all ones */
        assert_int_equal(pke_curve_multiply(curve, good, NULL, x, y), 0);
        pke_curve_job(&jobs[0], cases[which].opcode, curve->id);
        unsigned point = cases[which].opcode == TLSCARD_OP_EC_MULTIPLY ? 1
                         : cases[which].opcode == TLSCARD_OP_ECDSA_VERIFY ? 0 : 9;
        for (unsigned operand = 0; operand < cases[which].count; operand++)
            pke_curve_number(&jobs[0], curve, operand == cases[which].at ? bad : operand == point ? x
                                              : operand == point + 1 ? y : good);
        refused(cases[which].opcode == TLSCARD_OP_ECDSA_VERIFY ? TLSCARD_STATUS_SIGNATURE_INVALID
                                                                : TLSCARD_STATUS_INVALID_SCALAR);
        BN_free(bad);
        BN_free(good);
        BN_free(x);
        BN_free(y);
    }
}

static void refused_point(const struct pke_curve *curve, const BIGNUM *x, const BIGNUM *y)
{
    BIGNUM *k = any_scalar(curve);
    pke_curve_job(&jobs[0], TLSCARD_OP_EC_MULTIPLY, curve->id);
    pke_curve_number(&jobs[0], curve, k);
    pke_curve_number(&jobs[0], curve, x);
    pke_curve_number(&jobs[0], curve, y);
    refused(TLSCARD_STATUS_INVALID_POINT);
    pke_curve_job(&jobs[0], TLSCARD_OP_ECDSA_VERIFY, curve->id);
    pke_curve_number(&jobs[0], curve, x);
    pke_curve_number(&jobs[0], curve, y);
    for (unsigned n = 0; n < 3; n++)
        pke_curve_number(&jobs[0], curve, k);
    refused(TLSCARD_STATUS_INVALID_POINT);
    BN_free(k);
}

/* A point of the curve whose x is small enough that x + p still has no more octets. */
static void small_point(const struct pke_curve *curve, BIGNUM *x, BIGNUM *y)
{
    EC_POINT *point = EC_POINT_new(curve->group);
    BN_set_word(x, 1);
    while (!EC_POINT_set_compressed_coordinates(curve->group, point, x, 0, curve->context))
        BN_add_word(x, 1);
    assert_int_equal(EC_POINT_get_affine_coordinates(curve->group, point, x, y, curve->context), 1);
    EC_POINT_free(point);
}

/* Coordinates not below p, (0, 0), a bit changed, y of another point, a point of the twist. */
static void invalid_points(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 2; n++) {
        const struct pke_curve *curve = &curves[n];
        BIGNUM *x = BN_new(), *y = BN_new(), *k = any_scalar(curve), *other = BN_new();
        small_point(curve, x, y);
        BN_add(other, x, curve->p);
        refused_point(curve, other, y);
        refused_point(curve, curve->p, y);
        refused_point(curve, x, curve->p);
        BN_add(other, y, curve->p);
        refused_point(curve, x, other);
        BN_zero(other);
        refused_point(curve, other, other);
        refused_point(curve, x, other);
        refused_point(curve, other, y);
        assert_int_equal(pke_curve_multiply(curve, k, NULL, x, y), 0);
        BN_copy(other, y);
        BN_is_bit_set(other, 3) ? BN_clear_bit(other, 3) : BN_set_bit(other, 3);
        refused_point(curve, x, other);
        refused_point(curve, y, x);
        BN_sub_word(y, 1);
        refused_point(curve, x, y);
        EC_POINT *point = EC_POINT_new(curve->group);
        do
            BN_add_word(x, 1);
        while (EC_POINT_set_compressed_coordinates(curve->group, point, x, 0, curve->context));
        refused_point(curve, x, y);
        EC_POINT_free(point);
        BN_free(x);
        BN_free(y);
        BN_free(k);
        BN_free(other);
    }
}

static BIGNUM *number(const char *hex)
{
    BIGNUM *result = NULL;
    assert_true(BN_hex2bn(&result, hex) > 0);
    return result;
}

/* d, H(m), k, r, s: RFC 6979 A.2.5 (P-256, SHA-256) and A.2.6 (P-384, SHA-384), messages "sample" and "test". */
static void rfc_6979(void **state)
{
    (void)state;
    static const char *const d[] = {
        "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721",
        "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5"};
    static const char *const vectors[][5] = {
        {"0", "AF2BDBE1AA9B6EC1E2ADE1D694F41FC71A831D0268E9891562113D8A62ADD1BF",
         "A6E3C57DD01ABE90086538398355DD4C3B17AA873382B0F24D6129493D8AAD60",
         "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
         "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"},
        {"0", "9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08",
         "D16B6AE827F17175E040871A1C7EC3500192C4C92677336EC2537ACAEE0008E0",
         "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367",
         "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083"},
        {"1", "9A9083505BC92276AEC4BE312696EF7BF3BF603F4BBD381196A029F340585312313BCA4A9B5B890EFEE42C77B1EE25FE",
         "94ED910D1A099DAD3254E9242AE85ABDE4BA15168EAF0CA87A555FD56D10FBCA2907E3E83BA95368623B8C4686915CF9",
         "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46",
         "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8"},
        {"1", "768412320F7B0AA5812FCE428DC4706B3CAE50E02A64CAA16A782249BFE8EFC4B7EF1CCB126255D196047DFEDF17A0A9",
         "015EE46A5BF88773ED9123A5AB0807962D193719503C527B031B4C2D225092ADA71F4A459BC0DA98ADB95837DB8312EA",
         "8203B63D3C853E8D77227FB377BCF7B7B772E97892A80F36AB775D509D7A5FEB0542A7F0812998DA8F1DD3CA3CF023DB",
         "DDD0760448D42D8A43AF45AF836FCE4DE8BE06B485E9B61B827C2F13173923E06A739F040649A667BF3B828246BAA5A5"}};
    for (unsigned n = 0; n < sizeof(vectors) / sizeof(vectors[0]); n++) {
        unsigned which = (unsigned)(vectors[n][0][0] - '0');
        const struct pke_curve *curve = &curves[which];
        BIGNUM *key = number(d[which]), *e = number(vectors[n][1]), *k = number(vectors[n][2]);
        BIGNUM *r = number(vectors[n][3]), *s = number(vectors[n][4]);
        pke_curve_job(&jobs[0], TLSCARD_OP_ECDSA_SIGN, curve->id);
        pke_curve_number(&jobs[0], curve, key);
        pke_curve_number(&jobs[0], curve, e);
        pke_curve_number(&jobs[0], curve, k);
        make_verify_of(&jobs[1], curve, key, e, r, s);
        run(2);
        assert_true(pke_curve_result_is(&jobs[0], curve, r, s));
        assert_int_equal(jobs[1].status, TLSCARD_STATUS_OK);
        BN_free(key);
        BN_free(e);
        BN_free(k);
        BN_free(r);
        BN_free(s);
    }
}

/* Signatures that are valid, and what they become when r or s is exchanged for another. */
static void verify_expects(const struct pke_curve *curve, const BIGNUM *d, const BIGNUM *e, const BIGNUM *r,
                           const BIGNUM *s, uint8_t status)
{
    make_verify_of(&jobs[0], curve, d, e, r, s);
    run(1);
    assert_int_equal(jobs[0].status, status);
    assert_int_equal(jobs[0].result_length, 0);
}

static void verify_edges(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 2; n++) {
        const struct pke_curve *curve = &curves[n];
        BIGNUM *d = any_scalar(curve), *e = BN_new(), *k = any_scalar(curve), *r = BN_new(), *s = BN_new();
        BIGNUM *other = BN_new();
        /* digests of 0, the order and all ones */
        for (unsigned digest = 0; digest < 3; digest++) {
            if (digest == 1)
                BN_copy(e, curve->order);
            else if (digest == 2)
                BN_lshift(e, BN_value_one(), (int)curve->octets * 8), BN_sub_word(e, 1);
            pke_curve_sign(curve, d, e, k, r, s);
            verify_expects(curve, d, e, r, s, TLSCARD_STATUS_OK);
            struct trial trial = {curve, BN_new(), BN_new(), TLSCARD_STATUS_OK};
            make_sign(&trial, &jobs[0], d, e, k);
            run(1);
            assert_true(is_right(&trial, &jobs[0]));
            discard(&trial);
        }
        verify_expects(curve, d, e, s, r, TLSCARD_STATUS_SIGNATURE_INVALID);
        /* n - s is the other signature of the nonce -k */
        BN_sub(other, curve->order, s);
        verify_expects(curve, d, e, r, other, TLSCARD_STATUS_OK);
        BN_sub(other, curve->order, r);
        verify_expects(curve, d, e, other, s, TLSCARD_STATUS_SIGNATURE_INVALID);
        /* u1 G + u2 Q with Q = G, and Q = -G where it is infinity: e = r */
        BN_one(d);
        pke_curve_sign(curve, d, e, k, r, s);
        verify_expects(curve, d, e, r, s, TLSCARD_STATUS_OK);
        verify_expects(curve, d, r, r, s, TLSCARD_STATUS_SIGNATURE_INVALID);
        BN_sub(d, curve->order, d);
        verify_expects(curve, d, r, r, s, TLSCARD_STATUS_SIGNATURE_INVALID);
        /* and where both terms are the same point: e = r d */
        BN_mod_mul(e, r, d, curve->order, curve->context);
        pke_curve_sign(curve, d, e, k, r, s);
        verify_expects(curve, d, e, r, s, TLSCARD_STATUS_OK);
        BN_free(d);
        BN_free(e);
        BN_free(k);
        BN_free(r);
        BN_free(s);
        BN_free(other);
    }
}

/* x(R) between the order and p: r = x - n, and r + n fits. Such a point is had from a small x - n; its
 * signature comes from a key that is made for it: Q = (s R - e G) / r. */
static void verify_wrapped(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 2; n++) {
        const struct pke_curve *curve = &curves[n];
        EC_POINT *point = EC_POINT_new(curve->group);
        BIGNUM *r = BN_new(), *x = BN_new(), *y = BN_new(), *s = any_scalar(curve), *e = any_scalar(curve);
        BIGNUM *inverse = BN_new(), *minus = BN_new();
        do {
            BN_add_word(r, 1);
            BN_add(x, r, curve->order);
        } while (!EC_POINT_set_compressed_coordinates(curve->group, point, x, 1, curve->context));
        assert_true(BN_cmp(x, curve->p) < 0);
        BN_mod_inverse(inverse, r, curve->order, curve->context);
        BN_sub(minus, curve->order, e);
        BN_mod_mul(minus, minus, inverse, curve->order, curve->context);
        BN_mod_mul(inverse, inverse, s, curve->order, curve->context);
        EC_POINT_mul(curve->group, point, minus, point, inverse, curve->context);
        EC_POINT_get_affine_coordinates(curve->group, point, x, y, curve->context);
        for (unsigned other = 0; other < 2; other++) {
            pke_curve_job(&jobs[0], TLSCARD_OP_ECDSA_VERIFY, curve->id);
            pke_curve_number(&jobs[0], curve, x);
            pke_curve_number(&jobs[0], curve, y);
            pke_curve_number(&jobs[0], curve, e);
            if (other)
                BN_add(r, r, curve->order);
            pke_curve_number(&jobs[0], curve, r);
            pke_curve_number(&jobs[0], curve, s);
            run(1);
            assert_int_equal(jobs[0].status, other ? TLSCARD_STATUS_SIGNATURE_INVALID : TLSCARD_STATUS_OK);
        }
        EC_POINT_free(point);
        BN_free(r);
        BN_free(x);
        BN_free(y);
        BN_free(s);
        BN_free(e);
        BN_free(inverse);
        BN_free(minus);
    }
}

/* d = -e / r makes s zero. */
static void sign_zero(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 2; n++) {
        const struct pke_curve *curve = &curves[n];
        BIGNUM *k = any_scalar(curve), *e = any_scalar(curve), *d = BN_new(), *r = BN_new(), *y = BN_new();
        pke_curve_multiply(curve, k, NULL, r, y);
        BN_mod_inverse(d, r, curve->order, curve->context);
        BN_mod_mul(d, d, e, curve->order, curve->context);
        BN_sub(d, curve->order, d);
        pke_curve_job(&jobs[0], TLSCARD_OP_ECDSA_SIGN, curve->id);
        pke_curve_number(&jobs[0], curve, d);
        pke_curve_number(&jobs[0], curve, e);
        pke_curve_number(&jobs[0], curve, k);
        refused(TLSCARD_STATUS_INVALID_RESULT);
        BN_free(k);
        BN_free(e);
        BN_free(d);
        BN_free(r);
        BN_free(y);
    }
}

/* Parameters that are no curve of the opcode, operands that are too short or too long. */
static void unfit_requests(void **state)
{
    (void)state;
    static const uint8_t opcodes[] = {TLSCARD_OP_EC_MULTIPLY, TLSCARD_OP_EC_MULTIPLY_BASE, TLSCARD_OP_ECDSA_SIGN,
                                      TLSCARD_OP_ECDSA_VERIFY, TLSCARD_OP_X25519};
    static const unsigned counts[] = {3, 1, 3, 5, 2};
    static const uint16_t parameters[] = {0, 4, 0x101, 0xffff};
    for (unsigned n = 0; n < 5; n++) {
        uint16_t right = n == 4 ? TLSCARD_CURVE_X25519 : TLSCARD_CURVE_P256;
        pke_curve_job(&jobs[0], opcodes[n], right);
        random_octets(jobs[0].operands, 32 * counts[n]);
        for (unsigned kind = 0; kind < 5; kind++) {
            jobs[0].parameter = kind < 4 ? parameters[kind] : n == 4 ? TLSCARD_CURVE_P256 : TLSCARD_CURVE_X25519;
            jobs[0].length = 32 * counts[n];
            refused(TLSCARD_STATUS_INVALID_FIELD);
        }
        jobs[0].parameter = right;
        for (unsigned length = 16; length < 32 * counts[n] + 48; length += 16) {
            jobs[0].length = length;
            if (length != 32 * counts[n])
                refused(TLSCARD_STATUS_INVALID_FIELD);
        }
        for (unsigned length = 16; length <= 32 * counts[n]; length += 16) {
            jobs[0].length = length;
            jobs[0].aborted = 1;
            jobs[0].abort_status = TLSCARD_STATUS_DMA_POISONED;
            refused(TLSCARD_STATUS_DMA_POISONED);
        }
    }
}

static int setup(void **state)
{
    (void)state;
    const char *seed = getenv("TLSCARD_TEST_SEED"), *count = getenv("TLSCARD_TEST_OPERATIONS");
    random_state = seed ? strtoull(seed, NULL, 0) : 20240304;
    operations = count ? (unsigned)strtoul(count, NULL, 0) : OPERATIONS;
    print_message("# TLSCARD_TEST_SEED=%llu TLSCARD_TEST_OPERATIONS=%u\n", (unsigned long long)random_state, operations);
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
        cmocka_unit_test(rfc_6979),
        cmocka_unit_test(scalar_edges),
        cmocka_unit_test(invalid_scalars),
        cmocka_unit_test(invalid_points),
        cmocka_unit_test(verify_edges),
        cmocka_unit_test(verify_wrapped),
        cmocka_unit_test(sign_zero),
        cmocka_unit_test(unfit_requests),
        cmocka_unit_test(random_operations),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
