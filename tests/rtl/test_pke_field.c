/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/pke/pke_field.v and pke_linear.v: rows read, added and written, whoever else reads and writes. */
#include <stdbool.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "pke_field_model.h"
#include "pke_isa.h"
#include "tests/rtl/unit.h"

enum { WORD_BITS = 130, ROW_BITS = 260, REDUCE_LATENCY = 4, LINEAR_LATENCY = 3, ROWS = 4 * 256 };

UNIT(pke_field)
UNIT_RESET

static BN_CTX *numbers;
static BIGNUM *primes[2], *limit; /* P-256's, Curve25519's; 2^260 */
static BIGNUM *rows[ROWS];        /* what the memory has to hold */
static const unsigned multiples[] = {0, 2, 3, 9, 11, 13}; /* MULTIPLES of microcode.py */

static BIGNUM *random_row(void) {
    uint8_t octets[33];
    for (unsigned i = 0; i < sizeof(octets); i++)
        octets[i] = unit_random(4) ? (uint8_t)unit_random(256) : 0xff;
    BIGNUM *row = BN_lebin2bn(octets, sizeof(octets), NULL);
    BN_mask_bits(row, ROW_BITS);
    return row;
}

static void word_of(uint32_t word[5], const BIGNUM *row, unsigned n) {
    BIGNUM *part = BN_new();
    BN_rshift(part, row, (int)(n * WORD_BITS));
    BN_mask_bits(part, WORD_BITS);
    BN_bn2lebinpad(part, (uint8_t *)word, 20);
    BN_free(part);
}

static void quiet(void) {
    *unit.slot_valid = *unit.slot_fresh = *unit.slot_base = *unit.product_valid = *unit.linear_valid = 0;
    *unit.linear_base = *unit.linear_flag = *unit.linear_subtract = *unit.linear_multiple = *unit.linear_factor = 0;
    *unit.load_valid = *unit.clear_valid = 0;
}

static void idle(unsigned cycles) {
    quiet();
    while (cycles-- > 0)
        step();
}

/* The row takes the number, which goes. */
static void load(unsigned row, BIGNUM *number) {
    for (unsigned n = 0; n < 2; n++) {
        *unit.load_valid = 1;
        *unit.load_address = (uint16_t)(row << 1 | n);
        word_of(unit.load_word, number, n);
        settle();
        assert_int_equal(*unit.load_ready, 1);
        step();
    }
    *unit.load_valid = 0;
    BN_free(rows[row]);
    rows[row] = number;
}

/* Both words, as a product's slots would have them, b's row in both copies. */
static void expect_row(unsigned row) {
    quiet();
    for (unsigned place = 0; place < 3; place++) {
        uint32_t words[2][5];
        *unit.slot_valid = 1;
        *unit.slot_fresh = place == 0;
        *unit.slot_a = (uint16_t)(row << 1 | (place == 1));
        *unit.slot_b = (uint16_t)(row << 1 | (place != 1));
        step();
        word_of(words[0], rows[row], place == 1);
        word_of(words[1], rows[row], place != 1);
        settle();
        assert_memory_equal(unit.a, words[0], 20);
        assert_memory_equal(unit.b, words[1], 20);
    }
    quiet();
}

static void begin(void) {
    quiet();
    reset();
    idle(8);
    for (unsigned row = 0; row < ROWS; row++)
        load(row, random_row());
}

/* x + y 2^shift or x - y 2^shift + k p, that is FACTORS of microcode.py, within 260 bits; whether that is so. */
static bool expected(BIGNUM *sum, const BIGNUM *x, const BIGNUM *y, unsigned shift, bool subtract, unsigned k, bool curve25519) {
    BIGNUM *other = BN_dup(primes[curve25519]);
    BN_mul_word(other, k);
    BN_lshift(sum, y, (int)shift);
    BN_set_negative(sum, subtract);
    BN_add(sum, sum, x);
    BN_add(sum, sum, other);
    BN_free(other);
    bool fits = !BN_is_negative(sum) && BN_cmp(sum, limit) < 0;
    BN_nnmod(sum, sum, limit, numbers);
    return fits;
}

static void offer(unsigned x, unsigned y, unsigned d, unsigned shift, bool subtract, unsigned multiple, bool curve25519) {
    *unit.linear_valid = 1;
    *unit.linear_a = (uint16_t)x;
    *unit.linear_b = (uint16_t)y;
    *unit.linear_d = (uint16_t)d;
    *unit.linear_factor = shift == 3 ? 2 : (uint8_t)shift;
    *unit.linear_subtract = subtract;
    *unit.linear_multiple = (uint8_t)multiple;
    *unit.linear_curve25519 = curve25519;
    *unit.linear_flag = subtract && multiple == 0;
    settle();
    assert_int_equal(*unit.linear_ready, 1);
    step();
    quiet();
}

static void expect_added(unsigned context, bool flag_valid, bool flag) {
    for (unsigned i = 1; i < LINEAR_LATENCY; i++) {
        assert_int_equal(*unit.added_valid, 0);
        step();
    }
    settle();
    assert_int_equal(*unit.added_valid, 1);
    assert_int_equal(*unit.added_context, context);
    assert_int_equal(*unit.added_flag_valid, flag_valid);
    if (flag_valid)
        assert_int_equal(*unit.added_flag, flag);
    step();
    assert_int_equal(*unit.added_valid, 0);
}

/* Sums, differences with each multiple of both primes, and the carry of those without. */
static void test_linear(void **state) {
    (void)state;
    begin();
    for (unsigned i = 0; i < 1500; i++) {
        unsigned x = (unsigned)unit_random(ROWS), y = i % 7 ? (unsigned)unit_random(ROWS) : x, d = (unsigned)unit_random(ROWS);
        unsigned shift = (unsigned[]){0, 1, 3}[unit_random(3)], multiple = 0;
        bool subtract = i & 1, curve25519 = i & 2;
        if (subtract)
            multiple = (unsigned)unit_random(curve25519 ? 2 : 6);
        if (shift) { /* a multiple of more than 260 bits does not come up */
            BN_mask_bits(rows[y], ROW_BITS - 3);
            load(y, BN_dup(rows[y]));
        }
        BIGNUM *sum = BN_new();
        bool fits = expected(sum, rows[x], rows[y], shift, subtract, multiples[multiple], curve25519);
        offer(x, y, d, shift, subtract, multiple, curve25519);
        expect_added(d >> 8, subtract && multiple == 0, fits);
        BN_free(rows[d]);
        rows[d] = sum;
        expect_row(d);
    }
}

/* A coordinate of (digit + 1) 32^place times P-256's base point, times 2^288: b of a product and y of a sum. */
static void test_base(void **state) {
    (void)state;
    EC_GROUP *group = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    EC_POINT *point = EC_POINT_new(group);
    BIGNUM *x = BN_new(), *y = BN_new(), *factor = BN_new();
    begin();
    load(0, BN_new());
    for (unsigned i = 0; i < 60; i++) {
        unsigned place = i < 52 ? i : 0, digit = i < 52 ? (unsigned)unit_random(32) : 31 * (i & 1), d = 7 + i;
        bool second = unit_random(2);
        uint32_t words[2][5];
        BN_set_word(factor, digit + 1);
        BN_lshift(factor, factor, (int)(5 * place));
        EC_POINT_mul(group, point, factor, NULL, NULL, numbers);
        assert_int_equal(EC_POINT_get_affine_coordinates(group, point, x, y, numbers), 1);
        BN_mod_lshift(x, second ? y : x, 288, primes[0], numbers);
        for (unsigned n = 0; n < 2; n++)
            word_of(words[n], x, n);
        unsigned address = (place / 26) << 11 | (place % 26) << 6 | digit << 1 | second;
        for (unsigned slot = 0; slot < 2; slot++) {
            *unit.slot_valid = *unit.slot_base = 1;
            *unit.slot_fresh = slot == 0;
            *unit.slot_base_address = (uint16_t)address;
            *unit.slot_b = (uint16_t)slot;
            step();
            settle();
            assert_memory_equal(unit.b, words[slot], 20);
        }
        quiet();
        *unit.linear_base = 1;
        *unit.linear_base_address = (uint16_t)address;
        offer(0, 5, d, 0, false, 0, false);
        expect_added(0, false, false);
        BN_copy(rows[d], x);
        expect_row(d);
    }
    BN_free(x);
    BN_free(y);
    BN_free(factor);
    EC_POINT_free(point);
    EC_GROUP_free(group);
}

/* A product of x and 1, small enough not to be changed modulo 2^255 - 19. */
static void product(unsigned d, const BIGNUM *x) {
    uint32_t words[2][5];
    *unit.product_valid = *unit.product_curve25519 = 1;
    memset(unit.product, 0, 68);
    for (unsigned n = 0; n < 2; n++)
        word_of(words[n], x, n);
    for (unsigned bit = 0; bit < ROW_BITS; bit++)
        unit.product[bit / 32] |= (words[bit / WORD_BITS][bit % WORD_BITS / 32] >> bit % WORD_BITS % 32 & 1) << bit % 32;
    *unit.product_row = (uint16_t)d;
}

/* Everybody at once, and at random: slots go before sums, a sum waits where its result would meet a product's,
 * results are written before the loader's words, these before the clearing; and nothing is lost. */
static void test_all_at_once(void **state) {
    (void)state;
    BIGNUM *due[8] = {NULL}; /* results on their way, by the cycle of their writing, and their rows */
    unsigned due_row[8] = {0}, since = 3, loads = 0, clears = 0, sums = 0, waits = 0;
    bool due_product[8] = {false};
    begin();
    for (unsigned now = 0; now < 6000; now++) {
        unsigned at = now % 8;
        /* the row of each writer and reader is of a part of its own: what is read is not on its way */
        if (!*unit.linear_valid && unit_random(2)) {
            *unit.linear_valid = 1;
            *unit.linear_a = (uint16_t)unit_random(256);
            *unit.linear_b = (uint16_t)unit_random(256);
            *unit.linear_d = (uint16_t)(256 + unit_random(256));
        }
        *unit.slot_valid = *unit.slot_fresh = unit_random(3) == 0;
        *unit.slot_a = *unit.slot_b = (uint16_t)(unit_random(256) << 1);
        *unit.product_valid = 0;
        if (++since >= 3 && unit_random(2)) {
            BIGNUM *number = random_row();
            BN_mask_bits(number, 254);
            unsigned then = (now + REDUCE_LATENCY) % 8, d = 512 + (unsigned)unit_random(128);
            since = 0;
            product(d, number);
            assert_null(due[then]); /* a sum did not wait */
            due[then] = number;
            due_row[then] = d;
            due_product[then] = true;
        }
        if (!*unit.load_valid && unit_random(2)) {
            *unit.load_valid = 1;
            *unit.load_address = (uint16_t)((640 + unit_random(128)) << 1 | unit_random(2));
            for (unsigned i = 0; i < 5; i++)
                unit.load_word[i] = (uint32_t)unit_random(i == 4 ? 4 : 1ull << 32);
        }
        *unit.clear_valid = 1;
        *unit.clear_row = (uint16_t)(768 + now % 256);
        settle();
        bool read = *unit.slot_fresh;
        uint32_t word[5];
        word_of(word, rows[*unit.slot_a >> 1], 0);
        assert_int_equal(*unit.multiplied_valid, due[at] && due_product[at]);
        assert_int_equal(*unit.added_valid, due[at] && !due_product[at]);
        assert_int_equal(*unit.load_ready, due[at] == NULL);
        assert_int_equal(*unit.clear_ready, due[at] == NULL && !*unit.load_valid);
        if (due[at]) {
            assert_int_equal(due_product[at] ? *unit.multiplied_context : *unit.added_context, due_row[at] >> 8);
            BN_free(rows[due_row[at]]);
            rows[due_row[at]] = due[at];
            due[at] = NULL;
        }
        if (*unit.linear_valid && *unit.linear_ready) {
            unsigned then = (now + LINEAR_LATENCY) % 8;
            assert_int_equal(read, 0);
            assert_null(due[then]);
            due[then] = BN_new();
            expected(due[then], rows[*unit.linear_a], rows[*unit.linear_b], 0, false, 0, false);
            due_row[then] = *unit.linear_d;
            due_product[then] = false;
        }
        bool summed = *unit.linear_valid && *unit.linear_ready, loaded = *unit.load_valid && *unit.load_ready;
        waits += *unit.linear_valid && !summed;
        sums += summed;
        loads += loaded;
        if (loaded) {
            BIGNUM *part = BN_lebin2bn((const uint8_t *)unit.load_word, 20, NULL), *row = rows[*unit.load_address >> 1];
            for (int bit = 0; bit < WORD_BITS; bit++) {
                int place = bit + (*unit.load_address & 1) * WORD_BITS;
                if (BN_is_bit_set(part, bit))
                    BN_set_bit(row, place);
                else
                    BN_clear_bit(row, place);
            }
            BN_free(part);
        }
        if (*unit.clear_ready) {
            BN_zero(rows[*unit.clear_row]);
            clears++;
        }
        step();
        if (summed)
            *unit.linear_valid = 0;
        if (loaded)
            *unit.load_valid = 0;
        settle();
        if (read)
            assert_memory_equal(unit.a, word, 20);
    }
    assert_true(sums > 1000 && waits > 1000 && loads > 1000 && clears > 500);
    for (unsigned n = 0; n < 8; n++) {
        if (!due[n])
            continue;
        BN_free(rows[due_row[n]]);
        rows[due_row[n]] = due[n];
    }
    idle(8);
    for (unsigned row = 0; row < ROWS; row++)
        expect_row(row);
}

/* After a reset nothing that was under way is written or reported. */
static void test_reset(void **state) {
    (void)state;
    begin();
    for (unsigned late = 0; late < REDUCE_LATENCY; late++) {
        BIGNUM *number = random_row();
        product(300, number);
        BN_free(number);
        step();
        quiet();
        idle(late);
        if (late == 1)
            offer(1, 2, 301, 0, false, 0, false);
        reset();
        for (unsigned i = 0; i < 8; i++) {
            settle();
            assert_int_equal(*unit.multiplied_valid | *unit.added_valid, 0);
            step();
        }
        if (late == 1)
            expect_row(301);
    }
    /* and what comes then finds its place */
    BIGNUM *number = BN_new();
    BN_set_word(number, 12345);
    product(302, number);
    step();
    idle(8);
    BN_free(rows[302]);
    rows[302] = number;
    expect_row(302);
}

static int setup(void **state) {
    numbers = BN_CTX_new();
    limit = BN_new();
    BN_set_bit(limit, ROW_BITS);
    BN_hex2bn(&primes[0], "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    BN_hex2bn(&primes[1], "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed");
    return unit_setup(state);
}

static int teardown(void **state) {
    for (unsigned row = 0; row < ROWS; row++)
        BN_free(rows[row]);
    BN_free(primes[0]);
    BN_free(primes[1]);
    BN_free(limit);
    BN_CTX_free(numbers);
    return unit_teardown(state);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linear),
        cmocka_unit_test(test_base),
        cmocka_unit_test(test_all_at_once),
        cmocka_unit_test(test_reset),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
