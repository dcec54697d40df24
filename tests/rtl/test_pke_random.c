/* SPDX-License-Identifier: Apache-2.0 */
/* The public-key engine against libcrypto: a long run of random requests of every class, several at a time.
 *
 * A batch is made from the seed and its number alone, so a failing one is repeated by naming its first
 * operation: TLSCARD_TEST_SEED=... TLSCARD_TEST_FIRST=... */
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

enum { BATCH = 250, OPERATIONS = 600, PRIMES = 6, SHOWN = 5000 };

static struct pke_bench bench;
static uint64_t seed, random_state;
static unsigned long operations, first_operation;
static struct pke_curve curves[2];
static BIGNUM *primes[3][PRIMES]; /* of 1024, 1536 and 2048 bits */
static BN_CTX *context;

/* What a request must give. */
struct expected {
    uint8_t status;
    uint16_t length;
    uint8_t result[PKE_RESULT];
};
static struct pke_job jobs[BATCH];
static struct expected expected[BATCH];
static unsigned class_of[BATCH];

static unsigned below(unsigned bound)
{
    return (unsigned)(pke_bench_random(&random_state) >> 32) % bound;
}

static void random_octets(uint8_t *octets, unsigned count)
{
    for (unsigned n = 0; n < count; n++)
        octets[n] = (uint8_t)(pke_bench_random(&random_state) >> 24);
}

static void gives(struct expected *want, const BIGNUM *number, unsigned octets)
{
    want->status = TLSCARD_STATUS_OK;
    assert_true(BN_bn2binpad(number, want->result + want->length, (int)octets) > 0);
    want->length = (uint16_t)(want->length + octets);
}

static void refuses(struct expected *want, uint8_t status)
{
    *want = (struct expected){.status = status};
}

/* RSA and modular exponentiation */

/* Odd, of the octets claimed: random, with up to 63 leading zeros, or with many ones. */
static BIGNUM *any_modulus(unsigned octets)
{
    unsigned kind = below(8), bits = octets * 8 - (kind == 0 ? below(64) : 0);
    BIGNUM *number = pke_random_number(&random_state, bits, 1);
    for (unsigned n = 0; kind == 1 && n < bits; n++)
        if (below(16))
            BN_set_bit(number, (int)n);
    BN_set_bit(number, 0);
    return number;
}

/* Below the modulus: mostly random; 0, 1, 2 or the modulus less one of them. */
static BIGNUM *any_source(const BIGNUM *modulus)
{
    BIGNUM *number = pke_random_number(&random_state, (unsigned)BN_num_bits(modulus), 0);
    BN_nnmod(number, number, modulus, context);
    if (below(10) == 0) {
        BN_set_word(number, below(3));
        if (below(2) && !BN_is_zero(number))
            BN_sub(number, modulus, number);
    }
    return number;
}

static void make_public(struct pke_job *job, struct expected *want, unsigned octets)
{
    static const BN_ULONG usual[] = {3, 17, 65537, 65537, 65537, UINT64_MAX};
    unsigned kind = below(8);
    BIGNUM *n = any_modulus(octets ? octets : 128 + 16 * below(25)), *e = BN_new(), *source = any_source(n);
    BN_set_word(e, kind < 6 ? usual[kind] : (pke_bench_random(&random_state) >> below(60)) | 3);
    octets = octets ? octets : ((unsigned)BN_num_bytes(n) + 15) / 16 * 16;
    pke_job_public(job, n, e, source, octets);
    assert_true(BN_mod_exp(source, source, e, n, context));
    gives(want, source, octets);
    BN_free(n);
    BN_free(e);
    BN_free(source);
}

static void make_modexp(struct pke_job *job, struct expected *want, unsigned octets)
{
    BIGNUM *n = any_modulus(octets ? octets : 144 + 16 * below(24)), *source = any_source(n);
    octets = octets ? octets : ((unsigned)BN_num_bytes(n) + 15) / 16 * 16;
    BIGNUM *exponent = pke_random_number(&random_state, octets * 8 - (below(8) ? 0 : below(octets * 8)), below(2));
    pke_job_modexp(job, n, exponent, source, octets);
    assert_true(BN_mod_exp(source, source, exponent, n, context));
    gives(want, source, octets);
    BN_free(n);
    BN_free(exponent);
    BN_free(source);
}

/* A key of two primes of the pool, in either order. The power is taken modulo each prime with the plain exponent. */
static void make_private(struct pke_job *job, struct expected *want, unsigned octets)
{
    static const unsigned long exponents[] = {65537, 65537, 65537, 3, 17};
    BIGNUM *const *pool = primes[octets / 128 - 2];
    unsigned p = below(PRIMES), q = (p + 1 + below(PRIMES - 1)) % PRIMES;
    struct pke_key key;
    assert_int_equal(pke_key_make(&key, pool[p], pool[q], octets, exponents[below(5)]), 0);
    BIGNUM *source = any_source(key.n), *other = BN_new();
    pke_job_private(job, &key, source);
    assert_true(BN_mod_exp(other, source, key.dq, key.q, context) && BN_mod_exp(source, source, key.dp, key.p, context)
                && BN_mod_sub(source, source, other, key.p, context)
                && BN_mod_mul(source, source, key.qinv, key.p, context) && BN_mul(source, source, key.q, context)
                && BN_add(source, source, other));
    gives(want, source, octets);
    pke_key_free(&key);
    BN_free(source);
    BN_free(other);
}

/* Curves; the argument says which */

/* In 1 .. order - 1: mostly random; near an end; short; with few ones. */
static BIGNUM *any_scalar(const struct pke_curve *curve)
{
    unsigned kind = below(16), bits = curve->octets * 8;
    BIGNUM *number = pke_random_number(&random_state, kind == 3 ? 1 + below(bits) : bits, 0);
    if (kind < 2)
        BN_set_word(number, 1 + below(2000));
    if (kind == 1)
        BN_sub(number, curve->order, number);
    for (unsigned n = 0; kind == 2 && n < bits; n++)
        if (below(32))
            BN_clear_bit(number, (int)n);
    BN_nnmod(number, number, curve->order, curve->context);
    if (BN_is_zero(number))
        BN_one(number);
    return number;
}

static EC_POINT *any_point(const struct pke_curve *curve, BIGNUM *x, BIGNUM *y)
{
    BIGNUM *k = any_scalar(curve);
    assert_int_equal(pke_curve_multiply(curve, k, NULL, x, y), 0);
    BN_free(k);
    EC_POINT *point = pke_curve_point(curve, x, y);
    assert_non_null(point);
    return point;
}

static void make_multiply(struct pke_job *job, struct expected *want, unsigned which)
{
    const struct pke_curve *curve = &curves[which];
    BIGNUM *k = any_scalar(curve), *x = BN_new(), *y = BN_new();
    EC_POINT *point = any_point(curve, x, y);
    pke_curve_job(job, TLSCARD_OP_EC_MULTIPLY, curve->id);
    pke_curve_number(job, curve, k);
    pke_curve_number(job, curve, x);
    pke_curve_number(job, curve, y);
    assert_int_equal(pke_curve_multiply(curve, k, point, x, y), 0);
    gives(want, x, curve->octets);
    gives(want, y, curve->octets);
    EC_POINT_free(point);
    BN_free(k);
    BN_free(x);
    BN_free(y);
}

static void make_base(struct pke_job *job, struct expected *want, unsigned which)
{
    const struct pke_curve *curve = &curves[which];
    BIGNUM *k = any_scalar(curve), *x = BN_new(), *y = BN_new();
    pke_curve_job(job, TLSCARD_OP_EC_MULTIPLY_BASE, curve->id);
    pke_curve_number(job, curve, k);
    assert_int_equal(pke_curve_multiply(curve, k, NULL, x, y), 0);
    gives(want, x, curve->octets);
    gives(want, y, curve->octets);
    BN_free(k);
    BN_free(x);
    BN_free(y);
}

static void make_sign(struct pke_job *job, struct expected *want, unsigned which)
{
    const struct pke_curve *curve = &curves[which];
    BIGNUM *d = any_scalar(curve), *k = any_scalar(curve), *r = BN_new(), *s = BN_new();
    BIGNUM *e = pke_random_number(&random_state, curve->octets * 8 - (below(8) ? 0 : below(curve->octets * 8)), 0);
    pke_curve_job(job, TLSCARD_OP_ECDSA_SIGN, curve->id);
    pke_curve_number(job, curve, d);
    pke_curve_number(job, curve, e);
    pke_curve_number(job, curve, k);
    pke_curve_sign(curve, d, e, k, r, s);
    gives(want, r, curve->octets);
    gives(want, s, curve->octets);
    BN_free(d);
    BN_free(e);
    BN_free(k);
    BN_free(r);
    BN_free(s);
}

/* FIPS 186-5 section 6.4.2, from the numbers as the job has them. */
static uint8_t verified(const struct pke_job *job, const struct pke_curve *curve)
{
    BIGNUM *v[5], *u = BN_new();
    uint8_t status = TLSCARD_STATUS_SIGNATURE_INVALID;
    for (unsigned n = 0; n < 5; n++)
        v[n] = BN_bin2bn(job->operands + n * curve->octets, (int)curve->octets, NULL);
    EC_POINT *point = pke_curve_point(curve, v[0], v[1]);
    if (!BN_is_zero(v[3]) && !BN_is_zero(v[4]) && BN_cmp(v[3], curve->order) < 0 && BN_cmp(v[4], curve->order) < 0) {
        BN_mod_inverse(u, v[4], curve->order, curve->context);
        BN_mod_mul(v[0], v[2], u, curve->order, curve->context);
        BN_mod_mul(v[1], v[3], u, curve->order, curve->context);
        EC_POINT_mul(curve->group, point, v[0], point, v[1], curve->context);
        if (EC_POINT_get_affine_coordinates(curve->group, point, v[0], v[1], curve->context)
            && BN_nnmod(v[0], v[0], curve->order, curve->context) && BN_cmp(v[0], v[3]) == 0)
            status = TLSCARD_STATUS_OK;
    }
    EC_POINT_free(point);
    for (unsigned n = 0; n < 5; n++)
        BN_free(v[n]);
    BN_free(u);
    return status;
}

/* A signature that is right, or has a bit changed in e, r or s, or these exchanged. */
static void make_verify(struct pke_job *job, struct expected *want, unsigned which)
{
    const struct pke_curve *curve = &curves[which];
    BIGNUM *d = any_scalar(curve), *k = any_scalar(curve), *r = BN_new(), *s = BN_new(), *x = BN_new(), *y = BN_new();
    BIGNUM *e = pke_random_number(&random_state, curve->octets * 8, 0);
    unsigned kind = below(8);
    assert_int_equal(pke_curve_multiply(curve, d, NULL, x, y), 0);
    pke_curve_sign(curve, d, e, k, r, s);
    pke_curve_job(job, TLSCARD_OP_ECDSA_VERIFY, curve->id);
    pke_curve_number(job, curve, x);
    pke_curve_number(job, curve, y);
    pke_curve_number(job, curve, e);
    pke_curve_number(job, curve, kind == 0 ? s : r);
    pke_curve_number(job, curve, kind == 0 ? r : s);
    if (kind > 4)
        job->operands[2 * curve->octets + below(3 * curve->octets)] ^= (uint8_t)(1 << below(8));
    refuses(want, verified(job, curve));
    assert_int_equal(want->status == TLSCARD_STATUS_OK, kind > 0 && kind < 5);
    BIGNUM *all[] = {d, k, r, s, x, y, e};
    for (unsigned n = 0; n < sizeof(all) / sizeof(all[0]); n++)
        BN_free(all[n]);
}

static void make_x25519(struct pke_job *job, struct expected *want, unsigned unused)
{
    (void)unused;
    uint8_t scalar[32], coordinate[32];
    random_octets(scalar, 32);
    random_octets(coordinate, 32);
    if (below(16) == 0)
        memset(coordinate + 1, 0xff, 31);
    pke_x25519_job(job, scalar, coordinate);
    if (pke_x25519(want->result, scalar, coordinate))
        refuses(want, TLSCARD_STATUS_INVALID_RESULT);
    else
        want->length = 32;
}

/* Requests that must be refused: a good one spoilt, with the status of its fault. */

static void spoil_rsa(struct pke_job *job, struct expected *want)
{
    unsigned kind = below(7);
    if (kind < 3) {
        make_private(job, want, 256);
        if (kind < 2) { /* inconsistent from dP, dQ or qInv on */
            job->operands[528 + below(384)] ^= (uint8_t)(1 << below(8));
            job->operands[912] = 0; /* the source: below n, and not 0, 1 or n - 1, whose powers are too much alike */
            random_octets(job->operands + 913, 255);
            refuses(want, TLSCARD_STATUS_CHECK_FAILED);
        } else {
            job->operands[below(2) ? 399 : 527] ^= 1; /* an even prime */
            refuses(want, TLSCARD_STATUS_INVALID_MODULUS);
        }
        return;
    }
    kind & 1 ? make_public(job, want, 256) : make_modexp(job, want, 128);
    unsigned octets = job->parameter;
    if (kind < 5) {
        memcpy(job->operands + job->length - octets, job->operands, octets); /* the source is the modulus */
        refuses(want, TLSCARD_STATUS_OPERAND_RANGE);
    } else if (kind == 5) {
        memset(job->operands + octets, 0, 15);
        job->operands[octets + 15] = (uint8_t)below(3);
        refuses(want, TLSCARD_STATUS_INVALID_EXPONENT);
    } else {
        below(2) ? memset(job->operands, 0, 8) : (job->operands[octets - 1] &= 0xfe, NULL);
        refuses(want, TLSCARD_STATUS_INVALID_MODULUS);
    }
}

/* Replace a number of the job: by 0, by the bound, or by all ones. */
static void out_of_range(struct pke_job *job, const struct pke_curve *curve, unsigned at, const BIGNUM *bound)
{
    unsigned kind = below(3);
    uint8_t *octets = job->operands + at * curve->octets;
    memset(octets, kind ? 0xff : 0, curve->octets);
    if (kind == 1)
        BN_bn2binpad(bound, octets, (int)curve->octets);
}

static void spoil_curve(struct pke_job *job, struct expected *want)
{
    unsigned which = below(8) == 0, kind = below(7);
    const struct pke_curve *curve = &curves[which];
    void (*const make[])(struct pke_job *, struct expected *, unsigned) = {
        make_multiply, make_base, make_sign, make_sign, make_verify, make_multiply, make_verify};
    static const unsigned places[] = {0, 0, 0, 2, 3, 1, 0};
    make[kind](job, want, which);
    if (kind < 5) {
        out_of_range(job, curve, places[kind] + (kind == 4 && below(2)), curve->order);
        refuses(want, kind == 4 ? TLSCARD_STATUS_SIGNATURE_INVALID : TLSCARD_STATUS_INVALID_SCALAR);
    } else if (below(2)) {
        out_of_range(job, curve, places[kind] + below(2), curve->p);
        refuses(want, TLSCARD_STATUS_INVALID_POINT);
    } else { /* y changed: -y is far from y, so the point leaves the curve */
        job->operands[(places[kind] + 1) * curve->octets + curve->octets - 1] ^= (uint8_t)(1 << below(8));
        refuses(want, TLSCARD_STATUS_INVALID_POINT);
    }
}

static void make_refused(struct pke_job *job, struct expected *want, unsigned unused)
{
    unsigned kind = below(8);
    (void)unused;
    if (kind < 2) {
        spoil_rsa(job, want);
    } else if (kind < 4) {
        spoil_curve(job, want);
    } else if (kind == 4) { /* a coordinate of low order */
        make_x25519(job, want, 0);
        memset(job->operands + 32, 0, 32);
        job->operands[32] = (uint8_t)below(2);
        refuses(want, TLSCARD_STATUS_INVALID_RESULT);
    } else {
        kind == 5 ? make_private(job, want, 256) : kind == 6 ? make_sign(job, want, below(2)) : make_public(job, want, 0);
        if (below(2)) {
            job->length = 16 * (1 + below(job->length / 16));
            job->aborted = 1;
            job->abort_status = (uint8_t)(TLSCARD_STATUS_DMA_UNSUPPORTED_REQUEST + below(5));
            refuses(want, job->abort_status);
        } else if (below(2)) {
            job->length += 16;
            refuses(want, TLSCARD_STATUS_INVALID_FIELD);
        } else { /* of any length */
            job->opcode = (uint8_t)(0x40 + below(64));
            job->length = 16 * (1 + below(job->length / 16));
            refuses(want, TLSCARD_STATUS_INVALID_OPCODE);
        }
    }
}

/* The mix, in ten-thousandths: what a TLS server asks for most, and something of every class and size. Sizes are
 * octets of the modulus, 0 any; for curves, which. */
static const struct class {
    const char *name;
    unsigned weight;
    void (*make)(struct pke_job *, struct expected *, unsigned);
    unsigned argument;
} classes[] = {
    {"RSA-4096 private", 25, make_private, 512},  {"RSA-3072 private", 45, make_private, 384},
    {"RSA-2048 private", 450, make_private, 256}, {"MODEXP of other sizes", 10, make_modexp, 0},
    {"MODEXP of 1024 bits", 90, make_modexp, 128}, {"RSA-2048 public", 500, make_public, 256},
    {"RSA public, any size", 500, make_public, 0}, {"P-256 k P", 1200, make_multiply, 0},
    {"P-256 k G", 2000, make_base, 0},             {"P-256 sign", 2000, make_sign, 0},
    {"P-256 verify", 900, make_verify, 0},         {"P-384 k P", 150, make_multiply, 1},
    {"P-384 k G", 150, make_base, 1},              {"P-384 sign", 150, make_sign, 1},
    {"P-384 verify", 100, make_verify, 1},         {"X25519", 1200, make_x25519, 0},
    {"refused", 530, make_refused, 0}};
enum { CLASSES = sizeof(classes) / sizeof(classes[0]) };
static unsigned long counts[CLASSES];

/* Each class once at the beginning, then by weight. */
static unsigned pick(unsigned long operation)
{
    unsigned at = below(10000), class = 0;
    if (operation < CLASSES)
        return (unsigned)operation;
    while (at >= classes[class].weight)
        at -= classes[class++].weight;
    return class;
}

/* splitmix64's finalizer: neighbouring batches share nothing. */
static uint64_t state_of(unsigned long batch)
{
    uint64_t z = seed + (batch + 1) * 0x9e3779b97f4a7c15;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
    z = (z ^ z >> 27) * 0x94d049bb133111eb;
    return (z ^ z >> 31) | 1;
}

static void show(unsigned long from, const char *fault, unsigned n)
{
    print_message("# TLSCARD_TEST_SEED=%llu TLSCARD_TEST_FIRST=%lu: %s in operation %lu (%s, opcode %02x, parameter %u: "
                  "status %02x for %02x, %u octets for %u)\n",
                  (unsigned long long)seed, from, fault, from + n, classes[class_of[n]].name, jobs[n].opcode,
                  jobs[n].parameter, jobs[n].status, expected[n].status, jobs[n].result_length, expected[n].length);
}

static void run_batch(unsigned long from, unsigned count)
{
    random_state = state_of(from / BATCH);
    bench.stall = below(4) ? 0 : below(160);
    bench.contexts = below(4) ? PKE_CONTEXTS : 1 + below(PKE_CONTEXTS);
    memset(expected, 0, sizeof(expected));
    for (unsigned n = 0; n < count; n++) {
        class_of[n] = pick(from + n);
        counts[class_of[n]]++;
        classes[class_of[n]].make(&jobs[n], &expected[n], classes[class_of[n]].argument);
    }
    if (pke_bench_run(&bench, jobs, count)) {
        show(from, "the engine stopped, broke the handshake or freed a context that holds something", 0);
        fail();
    }
    for (unsigned n = 0; n < count; n++) {
        if (jobs[n].status != expected[n].status || jobs[n].result_length != expected[n].length
            || memcmp(jobs[n].result, expected[n].result, expected[n].length) != 0) {
            show(from, "difference", n);
            fail();
        }
    }
    assert_int_equal(pke_bench_residue(&bench), 0);
}

static void random_operations(void **state)
{
    (void)state;
    for (unsigned long from = first_operation; from < operations; from += BATCH) {
        run_batch(from, operations - from < BATCH ? (unsigned)(operations - from) : BATCH);
        if (operations > SHOWN) {
            print_message("# %lu of %lu operations, %.1f million cycles\n", from + BATCH, operations, (double)bench.now / 1e6);
            fflush(stdout);
        }
    }
    for (unsigned class = 0; class < CLASSES; class++)
        print_message("# %6lu %s\n", counts[class], classes[class].name);
    print_message("# %.1f million cycles, multiplier at work in %.3f\n", (double)bench.now / 1e6,
                  (double)bench.multiplied / (double)bench.now);
}

static uint64_t variable(const char *name, uint64_t otherwise)
{
    const char *value = getenv(name);
    return value ? strtoull(value, NULL, 0) : otherwise;
}

static int setup(void **state)
{
    (void)state;
    seed = variable("TLSCARD_TEST_SEED", 20240307);
    operations = variable("TLSCARD_TEST_OPERATIONS", OPERATIONS);
    first_operation = variable("TLSCARD_TEST_FIRST", 0) / BATCH * BATCH;
    print_message("# TLSCARD_TEST_SEED=%llu TLSCARD_TEST_OPERATIONS=%lu TLSCARD_TEST_FIRST=%lu\n",
                  (unsigned long long)seed, operations, first_operation);
    uint64_t of_primes = state_of(0);
    for (unsigned n = 0; n < 3 * PRIMES; n++)
        if (!(primes[n / PRIMES][n % PRIMES] = pke_prime(&of_primes, 1024 + 512 * (n / PRIMES))))
            return -1;
    context = BN_CTX_new();
    return !context || pke_curve_open(&curves[0], TLSCARD_CURVE_P256) || pke_curve_open(&curves[1], TLSCARD_CURVE_P384)
           || pke_bench_open(&bench, seed | 1);
}

static int teardown(void **state)
{
    (void)state;
    pke_bench_close(&bench);
    pke_curve_close(&curves[0]);
    pke_curve_close(&curves[1]);
    for (unsigned n = 0; n < 3 * PRIMES; n++)
        BN_free(primes[n / PRIMES][n % PRIMES]);
    BN_CTX_free(context);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_operations)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
