/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/pke/pke_reduce.v: products modulo P-256's prime and 2^255 - 19, against libcrypto's integers. */
#include "pke_reduce_model.h"
#include "tests/rtl/unit.h"

#include <openssl/bn.h>

enum { PRODUCT_BITS = 520, MONTGOMERY_BITS = 288, LATENCY = 4, SPACING = 3, P256 = 0, CURVE25519 = 1 };

UNIT(pke_reduce)

static BN_CTX *context;
static BIGNUM *prime[2], *factor, *limit[2], *value, *result, *expected;

/* Products on their way: the one of `age` cycles, or none. */
static struct {
    int valid, curve;
    BIGNUM *product;
} flight[LATENCY + 1];

static void check_result(const BIGNUM *product, int curve) {
    BN_lebin2bn((const unsigned char *)unit.result, 36, result);
    if (curve == P256)
        BN_mod_mul(expected, product, factor, prime[P256], context);
    else
        BN_nnmod(expected, product, prime[CURVE25519], context);
    int below = BN_cmp(result, limit[curve]) < 0;
    BN_nnmod(result, result, prime[curve], context);
    if (!below || BN_cmp(result, expected) != 0) {
        char *text = BN_bn2hex(product);
        print_message("curve %d, product %s%s\n", curve, text, below ? "" : ", result too large");
        OPENSSL_free(text);
    }
    assert_true(below);
    assert_int_equal(BN_cmp(result, expected), 0);
}

/* One cycle, in which `product` comes if it is not NULL. */
static void cycle(const BIGNUM *product, int curve) {
    for (unsigned age = LATENCY; age > 0; age--) {
        flight[age].valid = flight[age - 1].valid;
        flight[age].curve = flight[age - 1].curve;
        BN_copy(flight[age].product, flight[age - 1].product);
    }
    flight[0].valid = product != NULL;
    flight[0].curve = curve;
    *unit.valid = product != NULL;
    *unit.curve25519 = (uint8_t)curve;
    uint8_t bytes[68];
    if (product) {
        BN_copy(flight[0].product, product);
        BN_bn2lebinpad(product, bytes, sizeof(bytes));
    } else
        for (unsigned i = 0; i < sizeof(bytes); i++)
            bytes[i] = (uint8_t)unit_random(256);
    bytes[65] = bytes[66] = bytes[67] = 0;
    memcpy(unit.product, bytes, sizeof(bytes));
    settle();
    assert_int_equal(*unit.result_valid, flight[LATENCY].valid);
    if (flight[LATENCY].valid)
        check_result(flight[LATENCY].product, flight[LATENCY].curve);
    step();
}

/* Nothing on its way: a test that failed may have left something. */
static int clear(void **state) {
    (void)state;
    *unit.valid = 0;
    for (unsigned age = 0; age <= LATENCY; age++) {
        flight[age].valid = 0;
        step();
    }
    return 0;
}

/* A product, then as many idle cycles that the next is `spacing` after it. */
static void send(const BIGNUM *product, int curve, unsigned spacing) {
    cycle(product, curve);
    for (unsigned i = 1; i < spacing; i++)
        cycle(NULL, (int)unit_random(2));
}

static void drain(void) {
    for (unsigned i = 0; i < 2 * LATENCY; i++)
        cycle(NULL, 0);
}

static void both(const BIGNUM *product) {
    send(product, P256, SPACING);
    send(product, CURVE25519, SPACING);
}

/* Digits of `width` bits, each random, or, as often, one at which carries start or end. */
static void set_digits(BIGNUM *number, unsigned width) {
    BIGNUM *digit = BN_new();
    BN_zero(number);
    for (unsigned at = 0; at < PRODUCT_BITS; at += width) {
        uint8_t bytes[20];
        for (unsigned i = 0; i < sizeof(bytes); i++)
            bytes[i] = (uint8_t)unit_random(256);
        BN_bin2bn(bytes, sizeof(bytes), digit);
        if (unit_random(2)) {
            BN_zero(digit);
            BN_set_bit(digit, (int)width);
            BN_sub_word(digit, 3 - unit_random(3)); /* 2^width - 3 .. 2^width - 1 */
        } else if (unit_random(2)) {
            BN_set_word(digit, unit_random(3));
        }
        if (BN_num_bits(digit) > (int)width)
            BN_mask_bits(digit, (int)width);
        BN_lshift(digit, digit, (int)at);
        BN_add(number, number, digit);
    }
    if (BN_num_bits(number) > PRODUCT_BITS)
        BN_mask_bits(number, PRODUCT_BITS);
    BN_free(digit);
}

static void test_random(void **state) {
    (void)state;
    for (unsigned i = 0; i < 20000; i++) {
        set_digits(value, 96 + (unsigned)unit_random(40));
        send(value, (int)unit_random(2), SPACING + (unsigned)unit_random(4));
    }
    drain();
}

/* Cut points of P-256 are at multiples of 32 and 96, of Curve25519 at multiples of 130 and at 255. */
static void test_carries(void **state) {
    (void)state;
    static const unsigned widths[] = {32, 64, 96, 130, 20, 125, 26};
    for (unsigned i = 0; i < 20000; i++) {
        set_digits(value, widths[i % 7]);
        both(value);
    }
    drain();
}

static void test_edges(void **state) {
    (void)state;
    BIGNUM *last = BN_new(), *multiple = BN_new();
    BN_set_bit(last, PRODUCT_BITS);
    BN_sub_word(last, 1);
    for (BN_ULONG i = 0; i < 3; i++) {
        BN_set_word(value, i);
        both(value);
        BN_sub(value, last, value);
        both(value);
    }
    for (int at = 0; at < PRODUCT_BITS; at++) { /* 2^at and its neighbours */
        BN_zero(value);
        BN_set_bit(value, at);
        both(value);
        BN_sub_word(value, 1);
        both(value);
        BN_add_word(value, 2);
        both(value);
        BN_sub(value, last, value);
        both(value);
    }
    for (int curve = 0; curve < 2; curve++) {
        BN_div(multiple, NULL, last, prime[curve], context);
        for (unsigned i = 0; i < 400; i++) { /* multiples of the prime, small, large and between, and one beside them */
            if (i < 100)
                BN_set_word(value, i);
            else if (i < 200) {
                BN_set_word(value, i - 100);
                BN_sub(value, multiple, value);
            } else
                BN_rand_range(value, multiple);
            BN_mul(value, value, prime[curve], context);
            both(value);
            BN_add_word(value, 1);
            both(value);
        }
    }
    drain();
    BN_free(last);
    BN_free(multiple);
}

/* Curve25519: all ones in bits 20 to 129 of what the excess is added to, with a carry from below and without. */
static void test_fold_carry(void **state) {
    (void)state;
    BIGNUM *high = BN_new(), *low = BN_new();
    for (unsigned i = 0; i < 20000; i++) {
        /* L + 608 H = excess 2^255 + ..., with H = 2^255 k / 608 rounded up and L what is wanted, less the rest */
        BN_set_word(value, 1 + unit_random(19000));
        BN_lshift(value, value, 255);
        BN_set_word(low, 608);
        BN_div(high, NULL, value, low, context);
        BN_add_word(high, 1);
        BN_mul(low, low, high, context);
        BN_sub(low, low, value); /* below 608 */
        BN_zero(value);
        BN_set_bit(value, unit_random(2) ? 130 : 255);
        BN_sub_word(value, 700 + unit_random(400000));
        BN_sub(low, value, low);
        BN_lshift(value, high, 260);
        BN_add(value, value, low);
        send(value, CURVE25519, SPACING);
    }
    drain();
    BN_free(high);
    BN_free(low);
}

static int setup(void **state) {
    context = BN_CTX_new();
    for (unsigned curve = 0; curve < 2; curve++) {
        prime[curve] = BN_new();
        limit[curve] = BN_new();
    }
    BN_hex2bn(&prime[P256], "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    BN_set_bit(limit[P256], 232);
    BN_add(limit[P256], limit[P256], prime[P256]);
    BN_set_bit(prime[CURVE25519], 255);
    BN_sub_word(prime[CURVE25519], 19);
    BN_set_bit(limit[CURVE25519], 255);
    BN_set_bit(limit[CURVE25519], 19);
    value = BN_new();
    result = BN_new();
    expected = BN_new();
    factor = BN_new();
    BN_set_bit(factor, MONTGOMERY_BITS);
    BN_mod_inverse(factor, factor, prime[P256], context);
    for (unsigned age = 0; age <= LATENCY; age++)
        flight[age].product = BN_new();
    return unit_setup(state);
}

static int teardown(void **state) {
    for (unsigned curve = 0; curve < 2; curve++) {
        BN_free(prime[curve]);
        BN_free(limit[curve]);
    }
    for (unsigned age = 0; age <= LATENCY; age++)
        BN_free(flight[age].product);
    BN_free(value);
    BN_free(result);
    BN_free(expected);
    BN_free(factor);
    BN_CTX_free(context);
    return unit_teardown(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_random, clear),
        cmocka_unit_test_setup(test_carries, clear),
        cmocka_unit_test_setup(test_edges, clear),
        cmocka_unit_test_setup(test_fold_carry, clear),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
