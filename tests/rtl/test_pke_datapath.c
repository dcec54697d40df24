/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/pke/pke_datapath.v: words from memory through the multiplier and back, and who writes first. */
#include <stdbool.h>

#include <openssl/bn.h>

#include "pke_datapath_model.h"
#include "tests/rtl/unit.h"

enum { WORD_BITS = 130, LATENCY = 8, TABLE = 1 << 10 };
enum { A = 1 << 10 | 3 << 6, B = 1 << 10 | 4 << 6, C = 1 << 10 | 5 << 6 }; /* of context 1, without the table bit */
enum { NO_CONSTANT = 0, ONE = 1 };

UNIT(pke_datapath)
UNIT_RESET

/* {context, register} to what memory b is addressed with. */
static unsigned wide(unsigned address) {
    return (address & ~1023u) << 1 | (address & 1023);
}

static void random_word(uint32_t word[5]) {
    for (unsigned i = 0; i < 5; i++)
        word[i] = unit_random(4) ? (uint32_t)unit_random(1ull << 32) : UINT32_MAX;
    word[4] &= 3;
}

static void quiet(void) {
    *unit.slot_valid = *unit.load_valid = *unit.clear_valid = *unit.unload_valid = 0;
    *unit.slot_zero = *unit.slot_one = *unit.slot_double = *unit.slot_product = 0;
    *unit.slot_field = *unit.slot_fresh = *unit.linear_valid = 0;
    *unit.note_valid = *unit.note_empty = *unit.note_field = *unit.note_curve25519 = 0;
    *unit.note_add = *unit.note_invert = *unit.note_flag = *unit.note_lane = *unit.note_constant = 0;
}

static void idle(unsigned cycles) {
    quiet();
    while (cycles-- > 0)
        step();
}

static void begin(void) {
    quiet();
    reset();
    idle(LATENCY + 2);
}

static void load(unsigned address, const uint32_t word[5]) {
    *unit.load_valid = 1;
    *unit.load_address = (uint16_t)wide(address);
    memcpy(unit.load_word, word, 20);
    settle();
    assert_int_equal(*unit.load_ready, 1);
    step();
    *unit.load_valid = 0;
}

static void expect_word(unsigned address, const uint32_t word[5]) {
    *unit.unload_valid = 1;
    *unit.unload_address = (uint16_t)address;
    settle();
    assert_int_equal(*unit.unload_ready, 1);
    step();
    *unit.unload_valid = 0;
    assert_memory_equal(unit.unload_word, word, 20);
}

/* A slot: b's word times a's, for the next `step`. */
static void slot(unsigned a, unsigned b, bool first, bool last) {
    *unit.slot_valid = *unit.slot_product = 1;
    *unit.slot_first = first;
    *unit.slot_last = last;
    *unit.slot_a = (uint16_t)a;
    *unit.slot_b = (uint16_t)b;
}

/* A column's note, for the next `step`; finish_valid is LATENCY cycles after it, wherever the slot was. */
static void note(unsigned d, bool chain_first, bool chain_last) {
    *unit.note_valid = 1;
    *unit.note_chain_first = chain_first;
    *unit.note_chain_last = chain_last;
    *unit.note_write = 1;
    *unit.note_d = (uint16_t)d;
}

/* A column of one slot, its note with it. */
static void column(unsigned a, unsigned b, unsigned d, bool chain_first, bool chain_last) {
    slot(a, b, true, true);
    note(d, chain_first, chain_last);
}

/* d = one * b, a chain of one column. */
static void copy(unsigned b, unsigned d) {
    column(0, b, d, true, true);
    *unit.slot_product = 0;
    *unit.slot_one = 1;
}

static void expect_finish(unsigned context, unsigned lane) {
    for (unsigned i = 1; i < LATENCY; i++) {
        settle();
        assert_int_equal(*unit.finish_valid, 0);
        step();
    }
    settle();
    assert_int_equal(*unit.finish_valid, 1);
    assert_int_equal(*unit.finish_context, context);
    assert_int_equal(*unit.finish_lane, lane);
}

/* The lowest words of a number, which goes. */
static void to_words(uint32_t (*words)[5], unsigned count, BIGNUM *x) {
    BIGNUM *low = BN_new();
    for (unsigned n = 0; n < count; n++) {
        BN_copy(low, x);
        BN_mask_bits(low, WORD_BITS);
        BN_bn2lebinpad(low, (uint8_t *)words[n], 20);
        BN_rshift(x, x, WORD_BITS);
    }
    BN_free(low);
    BN_free(x);
}

/* (a * b + c + 1) as the two words that it has, or with ~c. */
static void expected_words(uint32_t words[2][5], const uint32_t a[5], const uint32_t b[5], const uint32_t c[5],
                           bool invert) {
    uint32_t addend[5];
    for (unsigned i = 0; i < 5; i++)
        addend[i] = invert ? ~c[i] & (i == 4 ? 3 : UINT32_MAX) : c[i];
    BN_CTX *context = BN_CTX_new();
    BIGNUM *x = BN_lebin2bn((const uint8_t *)a, 20, NULL), *y = BN_lebin2bn((const uint8_t *)b, 20, NULL);
    BIGNUM *z = BN_lebin2bn((const uint8_t *)addend, 20, NULL);
    BN_mul(x, x, y, context);
    BN_add(x, x, z);
    BN_add_word(x, 1);
    to_words(words, 2, x);
    BN_free(y);
    BN_free(z);
    BN_CTX_free(context);
}

static void test_product(void **state) {
    (void)state;
    begin();
    for (unsigned i = 0; i < 200; i++) {
        uint32_t a[5], b[5], c[5], words[2][5];
        unsigned d = (unsigned)unit_random(16) << 6 | 32, context = (unsigned)unit_random(4);
        bool invert = i & 1;
        random_word(a);
        random_word(b);
        random_word(c);
        expected_words(words, a, b, c, invert);
        load(A, a);
        load(B, b);
        load(C, c);
        column(A, wide(B), context << 11 | d, true, false);
        *unit.note_add = 1;
        *unit.note_invert = invert;
        *unit.note_constant = ONE;
        *unit.note_c = C;
        settle();
        assert_int_equal(*unit.mul_busy, 1);
        step();
        quiet();
        column(A, wide(B), context << 11 | d | 1, false, true);
        *unit.slot_product = 0;
        *unit.slot_zero = *unit.note_empty = *unit.note_lane = 1;
        settle();
        assert_int_equal(*unit.mul_busy, 0);
        step();
        quiet();
        expect_finish(context, 1);
        step();
        expect_word(context << 10 | d, words[0]);
        expect_word(context << 10 | d | 1, words[1]);
    }
}

/* a * b * (1 or 2) + a * b * (2 or 1) * 2^130, three words. */
static void two_columns(uint32_t words[3][5], const uint32_t a[5], const uint32_t b[5], unsigned low, unsigned high) {
    BN_CTX *context = BN_CTX_new();
    BIGNUM *x = BN_lebin2bn((const uint8_t *)a, 20, NULL), *y = BN_lebin2bn((const uint8_t *)b, 20, NULL);
    BN_mul(x, x, y, context);
    BN_lshift(y, x, WORD_BITS);
    BN_mul_word(x, low);
    BN_mul_word(y, high);
    BN_add(x, x, y);
    to_words(words, 3, x);
    BN_free(y);
    BN_CTX_free(context);
}

/* A last carry without a slot: its note comes as the next chain's first slot does. That chain's first
 * column has one slot, its note then a cycle after it, or two. */
static void last_carry(bool two_slots) {
    uint32_t a[5], b[5], c[5], words[2][5], next[3][5];
    random_word(a);
    random_word(b);
    random_word(c);
    expected_words(words, a, b, c, false);
    two_columns(next, a, b, 1 + two_slots, 2 - two_slots);
    load(A, a);
    load(B, b);
    load(C, c);
    for (unsigned now = 0; now <= 4 + LATENCY; now++) {
        const bool first[] = {true, true, !two_slots, two_slots, true};
        const bool last[] = {true, !two_slots, two_slots, true, true};
        quiet();
        if (now <= 4) {
            slot(A, wide(B), first[now], last[now]);
            note(now < 2 ? wide(A) | 16 | now : wide(B) | 16 | (now - 2), now == 0 || now == 2, now == 1 || now == 4);
            *unit.note_empty = *unit.note_lane = now == 1 || now == 4;
            *unit.slot_zero = now == 4;
        }
        if (now == 0) {
            *unit.note_add = 1;
            *unit.note_constant = ONE;
            *unit.note_c = C;
        }
        settle();
        assert_int_equal(*unit.finish_valid, now == 1 + LATENCY || now == 4 + LATENCY);
        assert_true(!*unit.finish_valid || (*unit.finish_lane && *unit.finish_context == 1));
        step();
    }
    quiet();
    for (unsigned n = 0; n < 2; n++)
        expect_word(A | 16 | n, words[n]);
    for (unsigned n = 0; n < 3; n++)
        expect_word(B | 16 | n, next[n]);
}

static void test_last_carry(void **state) {
    (void)state;
    begin();
    for (unsigned i = 0; i < 200; i++)
        last_carry(i & 1);
}

/* A word of a row: {context, 1, 0, row, word} for the loader, without the 1 for slots and notes. */
static void load_row(unsigned row, uint32_t (*words)[5]) {
    for (unsigned n = 0; n < 2; n++) {
        *unit.load_valid = 1;
        *unit.load_address = (uint16_t)(row | 1 << 10 | n);
        memcpy(unit.load_word, words[n], 20);
        settle();
        assert_int_equal(*unit.load_ready, 1);
        step();
    }
    *unit.load_valid = 0;
}

/* A slot of a product of rows; its column's note, if it ends. */
static void row_slot(unsigned a, unsigned b, unsigned place, bool square, unsigned d, bool curve25519) {
    static const struct { unsigned a, b; bool first, last; } slots[2][4] = {
        {{0, 0, true, true}, {0, 1, true, false}, {1, 0, false, true}, {1, 1, true, true}},
        {{0, 0, true, true}, {0, 1, true, true}, {1, 1, true, true}, {0}}};
    quiet();
    slot((a & ~2047u) >> 1 | (a & 1023) | slots[square][place].a, b | slots[square][place].b, slots[square][place].first, slots[square][place].last);
    *unit.slot_double = square && place == 1;
    *unit.slot_field = 1;
    *unit.slot_fresh = place == 0;
    if (!slots[square][place].last)
        return;
    note(d, place == 0, place == (square ? 2 : 3));
    *unit.note_write = 0;
    *unit.note_field = 1;
    *unit.note_curve25519 = curve25519;
}

/* Rows, the next product or a copy of one to a register following at once. A product's result times what the
 * reducer divides by is the product modulo p. */
static void rows(bool square, bool curve25519) {
    enum { ROW_A = 1 << 11 | 5 << 1, ROW_B = 1 << 11 | 6 << 1, ROW_D = 1 << 11 | 7 << 1 };
    uint32_t a[2][5], b[2][5];
    for (unsigned n = 0; n < 2; n++) {
        random_word(a[n]);
        random_word(b[n]);
    }
    load_row(ROW_A, a);
    load_row(ROW_B, b);
    unsigned finished = 0;
    for (unsigned round = 0; round < 2; round++)
        for (unsigned place = 0; place < (square ? 3u : 4u); place++) {
            row_slot(ROW_A, square ? ROW_A : ROW_B, place, square, ROW_D + 2 * round, curve25519);
            step();
        }
    quiet();
    for (unsigned i = 0; i < LATENCY + 8; i++) {
        settle();
        if (*unit.multiplied_valid)
            assert_int_equal(*unit.multiplied_context, 1);
        finished += *unit.multiplied_valid;
        assert_int_equal(*unit.finish_valid, 0);
        step();
    }
    assert_int_equal(finished, 2);
    for (unsigned n = 0; n < 4; n++) { /* 1 * b, b from a row */
        copy(ROW_D | n, wide(A) | n);
        *unit.slot_field = *unit.slot_fresh = 1;
        step();
    }
    idle(LATENCY + 1);
    BN_CTX *context = BN_CTX_new();
    BIGNUM *p = NULL, *x = BN_new(), *y = BN_new(), *t = BN_new(), *z = BN_new();
    BN_hex2bn(&p, curve25519 ? "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed"
                             : "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff");
    for (unsigned n = 0; n < 2; n++) {
        BN_lebin2bn((const uint8_t *)a[n], 20, t);
        BN_lshift(t, t, (int)n * WORD_BITS);
        BN_add(x, x, t);
        BN_lebin2bn((const uint8_t *)(square ? a : b)[n], 20, t);
        BN_lshift(t, t, (int)n * WORD_BITS);
        BN_add(y, y, t);
    }
    BN_mod_mul(x, x, y, p, context);
    for (unsigned round = 0; round < 2; round++) {
        BN_zero(z);
        for (unsigned n = 0; n < 2; n++) {
            *unit.unload_valid = 1;
            *unit.unload_address = (uint16_t)(A | (2 * round + n));
            step();
            *unit.unload_valid = 0;
            BN_lebin2bn((const uint8_t *)unit.unload_word, 20, t);
            BN_lshift(t, t, (int)n * WORD_BITS);
            BN_add(z, z, t);
        }
        assert_true(BN_num_bits(z) <= 257);
        BN_mod_lshift(z, z, curve25519 ? 0 : 288, p, context);
        assert_int_equal(BN_cmp(x, z), 0);
    }
    BN_free(p);
    BN_free(x);
    BN_free(y);
    BN_free(z);
    BN_free(t);
    BN_CTX_free(context);
}

static void test_rows(void **state) {
    (void)state;
    begin();
    for (unsigned i = 0; i < 200; i++)
        rows(i & 1, i & 2);
}

/* The table is beside the registers of memory b only: it is read as b, and leaves them alone. */
static void test_table(void **state) {
    (void)state;
    uint32_t word[5], other[5];
    begin();
    random_word(word);
    random_word(other);
    load(B, word);
    load(C, other);
    copy(wide(B), wide(C) | TABLE);
    step();
    idle(LATENCY + 1);
    expect_word(C, other);
    copy(wide(C) | TABLE, wide(A));
    step();
    idle(LATENCY + 1);
    expect_word(A, word);
}

static void test_flag(void **state) {
    (void)state;
    begin();
    for (uint32_t carry = 0; carry < 2; carry++) {
        const uint32_t all[5] = {UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX, 3}, word[5] = {carry, 0, 0, 0, 0};
        uint32_t kept[5];
        random_word(kept);
        load(A, kept);
        load(B, word);
        load(C, all);
        copy(wide(B), wide(A) | 7);
        *unit.note_chain_last = 0;
        *unit.note_add = 1;
        *unit.note_c = C;
        step();
        quiet();
        copy(wide(B), wide(A));
        *unit.slot_zero = *unit.note_flag = 1;
        *unit.note_chain_first = *unit.note_write = 0;
        step();
        quiet();
        expect_finish(1, 0);
        assert_int_equal(*unit.finish_flag_valid, 1);
        assert_int_equal(*unit.finish_flag, carry);
        step();
        expect_word(A, kept); /* a flag is not written */
    }
}

/* Results before the loader, the loader before the clearing; the waiting ones lose nothing. */
static void test_write_order(void **state) {
    (void)state;
    uint32_t word[5], loaded[5], zero[5] = {0};
    begin();
    random_word(word);
    random_word(loaded);
    load(B, word);
    load(A, loaded);
    load(A | 1, word);
    load(A | 2, word);
    copy(wide(B), wide(A));
    step();
    idle(LATENCY - 1);
    *unit.load_valid = *unit.clear_valid = 1;
    *unit.load_address = (uint16_t)wide(A | 1);
    memcpy(unit.load_word, loaded, 20);
    *unit.clear_address = (uint16_t)(wide(A) | 2);
    settle();
    assert_int_equal(*unit.finish_valid, 1);
    assert_int_equal(*unit.load_ready | *unit.clear_ready, 0);
    step();
    settle();
    assert_int_equal(*unit.load_ready, 1);
    assert_int_equal(*unit.clear_ready, 0);
    step();
    *unit.load_valid = 0;
    settle();
    assert_int_equal(*unit.clear_ready, 1);
    step();
    quiet();
    expect_word(A, word);
    expect_word(A | 1, loaded);
    expect_word(A | 2, zero);
}

/* A column's addend is read before the unloader's word. */
static void test_read_order(void **state) {
    (void)state;
    uint32_t word[5], sum[5] = {6, 0, 0, 0, 0};
    const uint32_t two[5] = {2, 0, 0, 0, 0}, four[5] = {4, 0, 0, 0, 0};
    begin();
    random_word(word);
    load(A, word);
    load(B, two);
    load(C, four);
    copy(wide(B), wide(B) | 1);
    *unit.note_add = 1;
    *unit.note_c = C;
    step();
    quiet();
    *unit.unload_valid = 1;
    *unit.unload_address = A;
    for (unsigned i = 1; i <= LATENCY; i++) {
        settle();
        assert_int_equal(*unit.unload_ready, i != 4);
        step();
        if (i != 4)
            assert_memory_equal(unit.unload_word, word, 20);
    }
    quiet();
    expect_word(B | 1, sum);
}

/* After a reset no column under way is written. */
static void test_reset(void **state) {
    (void)state;
    uint32_t word[5], other[5];
    for (unsigned late = 0; late < LATENCY; late++) {
        begin();
        random_word(word);
        random_word(other);
        load(A, other);
        load(B, word);
        copy(wide(B), wide(A));
        step();
        idle(late);
        reset();
        for (unsigned i = 0; i < LATENCY + 2; i++) {
            settle();
            assert_int_equal(*unit.finish_valid, 0);
            assert_int_equal(*unit.load_ready, 1);
            step();
        }
        if (late + 1 < LATENCY)
            expect_word(A, other);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_product), cmocka_unit_test(test_last_carry),  cmocka_unit_test(test_table),
        cmocka_unit_test(test_rows),    cmocka_unit_test(test_flag),        cmocka_unit_test(test_write_order),
        cmocka_unit_test(test_read_order), cmocka_unit_test(test_reset),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
