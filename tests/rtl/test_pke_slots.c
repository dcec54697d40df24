/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/pke/pke_slots.v: the slots of a chain, in number and order, against rtl/pke/README.md. */
#include <stdbool.h>

#include "pke_isa.h"
#include "pke_slots_bench_model.h"
#include "tests/rtl/unit.h"

enum { FULL = PKE_OP_FULL, SQR = PKE_OP_SQR, LOW = PKE_OP_LOW, HIGH = PKE_OP_HIGH, LIN = PKE_OP_LIN };
enum { NONE = PKE_KONST_NONE, GUARD = PKE_KONST_GUARD, TOP = PKE_KONST_TOP };
enum { MAX_SLOTS = 40 * 1100 };

UNIT(pke_slots_bench)
UNIT_RESET

struct chain {
    unsigned op, length, a, b, c, d, constant;
    bool lane, zero, twice, add, invert, is_short, flag;
};

struct slot {
    bool product, first, last, zero, one, twice;
    unsigned a, b;
    bool chain_first, chain_last, add, invert, write, flag, lane; /* of the column */
    unsigned constant, c, d;
};

static struct slot expected[MAX_SLOTS];
static unsigned expected_count, seen_count;

static void expect_column(const struct chain *chain, unsigned k, unsigned from, unsigned to) {
    unsigned s = chain->length;
    bool beyond = k >= s, linear = chain->op == LIN;
    bool flush = linear ? beyond : chain->op != LOW && k == 2 * s - 1;
    struct slot slot = {
        .chain_first = k == from, .chain_last = k == to, .invert = chain->invert, .lane = chain->lane,
        .add = chain->add && !(beyond && (chain->is_short || linear)),
        .write = chain->op == HIGH ? beyond : !(linear && beyond), .flag = linear && beyond, .c = chain->c + k,
        .d = chain->d + (chain->op == HIGH ? k - s : k), .one = linear,
        .constant = k == (chain->constant >= GUARD ? s - 1 : 0) ? chain->constant : NONE};
    unsigned low = linear || !beyond ? 0 : k - s + 1, high = beyond ? s - 1 : k;
    if (linear || flush) {
        slot.first = slot.last = true;
        slot.product = false;
        slot.zero = flush || chain->zero;
        slot.twice = chain->twice && linear;
        slot.a = chain->a;
        slot.b = chain->b + k;
        expected[expected_count++] = slot;
        return;
    }
    if (chain->op == SQR)
        high = k / 2;
    for (unsigned i = low; i <= high; i++) {
        slot.product = true;
        slot.first = i == low;
        slot.last = i == high;
        slot.zero = chain->zero;
        slot.twice = chain->op == SQR && 2 * i != k;
        slot.a = chain->a + i;
        slot.b = chain->b + k - i;
        expected[expected_count++] = slot;
    }
}

static void expect_chain(const struct chain *chain) {
    unsigned s = chain->length, from = chain->op == HIGH ? s - 2 : 0;
    unsigned to = chain->op == LOW ? s - 1 : chain->op == LIN ? s - !chain->flag : 2 * s - 1;
    for (unsigned k = from; k <= to; k++)
        expect_column(chain, k, from, to);
}

static void check_slot(void) {
    assert_true(seen_count < expected_count);
    const struct slot *slot = &expected[seen_count++];
    bool flush = slot->zero && !slot->product;
    assert_int_equal(*unit.slot_product, slot->product);
    assert_int_equal(*unit.slot_first, slot->first);
    assert_int_equal(*unit.slot_last, slot->last);
    assert_int_equal(*unit.slot_zero, slot->zero);
    assert_int_equal(*unit.slot_one, slot->one);
    if (!flush) { /* nothing times zero may come from anywhere */
        assert_int_equal(*unit.slot_double, slot->twice);
        assert_int_equal(*unit.slot_a, slot->a);
        assert_int_equal(*unit.slot_b, slot->b);
    }
    if (!slot->last)
        return;
    assert_int_equal(*unit.note_chain_first, slot->chain_first);
    assert_int_equal(*unit.note_chain_last, slot->chain_last);
    assert_int_equal(*unit.note_add, slot->add);
    assert_int_equal(*unit.note_invert, slot->invert);
    assert_int_equal(*unit.note_constant, slot->constant);
    assert_int_equal(*unit.note_write, slot->write);
    assert_int_equal(*unit.note_flag, slot->flag);
    assert_int_equal(*unit.note_lane, slot->lane);
    if (slot->add)
        assert_int_equal(*unit.note_c, slot->c);
    if (slot->write)
        assert_int_equal(*unit.note_d, slot->d);
}

static void offer(const struct chain *chain) {
    *unit.chain_valid = chain != NULL;
    if (!chain)
        return;
    *unit.chain_op = (uint8_t)chain->op;
    *unit.chain_length = (uint8_t)chain->length;
    *unit.chain_a = (uint16_t)chain->a;
    *unit.chain_b = (uint16_t)chain->b;
    *unit.chain_c = (uint16_t)chain->c;
    *unit.chain_d = (uint16_t)chain->d;
    *unit.chain_lane = chain->lane;
    *unit.chain_zero = chain->zero;
    *unit.chain_double = chain->twice;
    *unit.chain_add = chain->add;
    *unit.chain_invert = chain->invert;
    *unit.chain_short = chain->is_short;
    *unit.chain_constant = (uint8_t)chain->constant;
    *unit.chain_flag = chain->flag;
}

/* Registers of 64 words; b and d may be in the table as well. */
static struct chain random_chain(unsigned op, unsigned length) {
    return (struct chain){
        .op = op, .length = length, .a = (unsigned)unit_random(64) << 6, .b = (unsigned)unit_random(128) << 6,
        .c = (unsigned)unit_random(64) << 6, .d = (unsigned)unit_random(128) << 6,
        .constant = (unsigned)unit_random(5), .lane = unit_random(2), .zero = op == LIN && unit_random(2),
        .twice = op == LIN && unit_random(2), .add = unit_random(2), .invert = unit_random(2),
        .is_short = unit_random(2), .flag = op == LIN && unit_random(2)};
}

static void run(const struct chain *chains, unsigned count, bool gaps) {
    unsigned next = 0, cycles = 0;
    expected_count = seen_count = 0;
    for (unsigned i = 0; i < count; i++)
        expect_chain(&chains[i]);
    offer(NULL);
    reset();
    while (next < count || seen_count < expected_count) {
        assert_true(cycles++ < 4 * MAX_SLOTS);
        offer(next < count && !(gaps && unit_random(2)) ? &chains[next] : NULL);
        settle();
        next += *unit.chain_valid && *unit.chain_ready;
        step();
        if (*unit.slot_valid)
            check_slot();
    }
    if (!gaps) /* one to take the first, one to the first slot; then a slot in every cycle */
        assert_int_equal(cycles, expected_count + 1);
    offer(NULL);
    step();
    assert_int_equal(*unit.slot_valid, 0);
}

static void test_counts(void **state) {
    (void)state;
    static const unsigned lengths[] = {2, 8, 12, 16, 32};
    for (unsigned i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        unsigned s = lengths[i], low = s * (s + 1) / 2;
        const unsigned counts[] = {s * s + 1, low + 1, low, low + s, s};
        for (unsigned op = FULL; op <= LIN; op++)
            for (unsigned flag = 0; flag <= (op == LIN); flag++) {
                struct chain chain = random_chain(op, s);
                chain.flag = flag;
                run(&chain, 1, false);
                assert_int_equal(seen_count, counts[op] + flag);
            }
    }
}

static void test_every_length(void **state) {
    (void)state;
    for (unsigned op = FULL; op <= LIN; op++)
        for (unsigned s = op == HIGH ? 2 : 1; s <= 32; s++) {
            struct chain chain = random_chain(op, s);
            run(&chain, 1, false);
        }
}

static void test_constants(void **state) {
    (void)state;
    for (unsigned constant = NONE; constant <= TOP; constant++)
        for (unsigned op = FULL; op <= LIN; op++)
            for (unsigned s = 2; s < 6; s++) {
                struct chain chain = random_chain(op, s);
                chain.constant = constant;
                run(&chain, 1, false);
            }
}

/* One chain after another leaves no cycle unused, and with gaps nothing is lost or changed. */
static void test_chains_follow(void **state) {
    (void)state;
    struct chain chains[40];
    for (unsigned round = 0; round < 40; round++) {
        for (unsigned i = 0; i < 40; i++)
            chains[i] = random_chain((unsigned)unit_random(5), 2 + (unsigned)unit_random(round ? 6 : 31));
        run(chains, 40, round % 2);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_every_length),
        cmocka_unit_test(test_constants),
        cmocka_unit_test(test_chains_follow),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
