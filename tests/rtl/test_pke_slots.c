/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/pke/pke_slots.v: the slots of a chain, in number and order, against rtl/pke/README.md. */
#include <stdbool.h>

#include "pke_isa.h"
#include "pke_slots_bench_model.h"
#include "tests/rtl/unit.h"

enum { FULL = PKE_OP_FULL, SQR = PKE_OP_SQR, LOW = PKE_OP_LOW, HIGH = PKE_OP_HIGH, LIN = PKE_OP_LIN };
enum { MUL = PKE_OP_MUL, FSQR = PKE_OP_FSQR };
enum { NONE = PKE_KONST_NONE, GUARD = PKE_KONST_GUARD, TOP = PKE_KONST_TOP };
enum { MAX_CYCLES = 2 * 40 * 1100 };

UNIT(pke_slots_bench)
UNIT_RESET

struct chain {
    unsigned op, length, a, b, c, d, constant;
    bool lane, zero, twice, add, invert, is_short, raised, flag, field, curve25519;
};

struct slot {
    bool valid, product, first, last, zero, one, twice, field, fresh;
    unsigned a, b;
};

struct note {
    bool valid, empty, chain_first, chain_last, add, invert, write, flag, lane, field, curve25519;
    unsigned constant, c, d;
};

/* What is to be seen after each cycle's clock edge. A chain taken in cycle t has its slots from t + 1 on,
 * one in each, and a column's note comes with its last slot. The next chain is taken in the cycle of
 * the last slot; or one before it, if that slot is there for the carry alone and the next chain begins
 * with a column that can carry it: then its first slot takes that one's place, the carry's note stays
 * where it was, and the note of a first column of one slot gives way by a cycle. */
static struct slot slots[MAX_CYCLES];
static struct note notes[MAX_CYCLES];
static unsigned last_slot; /* the cycle that shows the last slot of the chains taken */
static bool carry_last;    /* it is of a column without products, which another chain may take over */
static unsigned slot_count, note_count;

static bool has_carry_column(const struct chain *chain) {
    return chain->op == FULL || chain->op == SQR || chain->op == HIGH;
}

/* Whose second column has more than one slot: that of a square has the one doubled product. */
static bool takes_carry(const struct chain *chain) {
    return chain->op != SQR && chain->op != FSQR && chain->op != LIN && chain->length > 1;
}

static void expect_note(unsigned at, const struct note *note) {
    assert_true(at < MAX_CYCLES);
    assert_false(notes[at].valid); /* there is one place for them */
    notes[at] = *note;
}

static unsigned constant_column(const struct chain *chain) {
    return chain->constant >= GUARD ? chain->length - 1 : chain->raised ? chain->length : 0;
}

static struct note column_note(const struct chain *chain, unsigned k, unsigned from, unsigned to) {
    unsigned s = chain->length;
    bool beyond = k >= s, linear = chain->op == LIN, of_field = chain->op == MUL || chain->op == FSQR;
    return (struct note){
        .valid = true, .empty = has_carry_column(chain) && k == to, .chain_first = k == from, .chain_last = k == to,
        .add = chain->add && (chain->raised ? beyond : !(beyond && (chain->is_short || linear))),
        .invert = chain->invert, .lane = chain->lane, .flag = linear && beyond,
        .field = of_field, .curve25519 = chain->curve25519,
        .write = chain->op == HIGH ? beyond : !(linear && beyond) && !of_field, .c = chain->c + k - (chain->raised ? s : 0),
        .d = chain->d + (chain->op == HIGH ? k - s : of_field ? 0 : k),
        .constant = k == constant_column(chain) ? chain->constant : NONE};
}

/* A column's slots from cycle `at` on; the number of them. */
static unsigned expect_slots(const struct chain *chain, unsigned k, unsigned to, unsigned at) {
    unsigned s = chain->length, low = k < s ? 0 : k - s + 1, high = k < s ? k : s - 1;
    bool linear = chain->op == LIN, carry = has_carry_column(chain) && k == to;
    if (linear || carry) {
        slots[at] = (struct slot){.valid = true, .first = true, .last = true, .zero = carry || (k >= s) || chain->zero,
                                  .one = linear, .twice = chain->twice, .field = chain->field,
                                  .fresh = chain->field && linear, .a = chain->a, .b = chain->b + k};
        return 1;
    }
    bool square = chain->op == SQR || chain->op == FSQR;
    if (square)
        high = k / 2;
    for (unsigned i = low; i <= high; i++)
        slots[at + i - low] = (struct slot){
            .valid = true, .product = true, .first = i == low, .last = i == high, .zero = chain->zero,
            
            .twice = square && 2 * i != k, .field = chain->field, .fresh = chain->field && k == 0, .a = chain->a + i, .b = chain->b + k - i};
    return high - low + 1;
}

/* The chain is taken in cycle `now`. */
static void expect_chain(const struct chain *chain, unsigned now) {
    unsigned s = chain->length, from = chain->op == HIGH ? s - 2 : 0, at = now + 1;
    unsigned to = chain->op == LOW ? s - 1 : chain->op == LIN ? s - !chain->flag : chain->op >= MUL ? 2 : 2 * s - 1;
    assert_true(at + s * s + s < MAX_CYCLES);
    for (unsigned k = from; k <= to; k++) {
        at += expect_slots(chain, k, to, at);
        struct note note = column_note(chain, k, from, to);
        expect_note(at - 1 + (k == from && notes[at - 1].valid), &note);
    }
    last_slot = at - 1;
    carry_last = has_carry_column(chain);
}

static bool expected_ready(const struct chain *offered, unsigned now) {
    return now >= last_slot || (offered && now + 1 == last_slot && carry_last && takes_carry(offered));
}

static void check_slot(const struct slot *slot) {
    assert_int_equal(*unit.slot_valid, slot->valid);
    if (!slot->valid)
        return;
    slot_count++;
    assert_int_equal(*unit.slot_product, slot->product);
    assert_int_equal(*unit.slot_first, slot->first);
    assert_int_equal(*unit.slot_last, slot->last);
    assert_int_equal(*unit.slot_zero, slot->zero);
    assert_int_equal(*unit.slot_one, slot->one);
    if (slot->zero && !slot->product) /* nothing times zero may come from anywhere */
        return;
    assert_int_equal(*unit.slot_double, slot->twice);
    assert_int_equal(*unit.slot_field, slot->field);
    assert_int_equal(*unit.slot_fresh, slot->fresh);
    assert_int_equal(*unit.slot_a, slot->a);
    assert_int_equal(*unit.slot_b, slot->b);
}

static void check_note(const struct note *note) {
    assert_int_equal(*unit.note_valid, note->valid);
    if (!note->valid)
        return;
    note_count++;
    assert_int_equal(*unit.note_empty, note->empty);
    assert_int_equal(*unit.note_chain_first, note->chain_first);
    assert_int_equal(*unit.note_chain_last, note->chain_last);
    assert_int_equal(*unit.note_add, note->add);
    assert_int_equal(*unit.note_invert, note->invert);
    assert_int_equal(*unit.note_constant, note->constant);
    assert_int_equal(*unit.note_write, note->write);
    assert_int_equal(*unit.note_flag, note->flag);
    assert_int_equal(*unit.note_lane, note->lane);
    assert_int_equal(*unit.note_field, note->field);
    if (note->field)
        assert_int_equal(*unit.note_curve25519, note->curve25519);
    if (note->add)
        assert_int_equal(*unit.note_c, note->c);
    if (note->write || note->chain_last) /* a chain's last note says whose it is, and of the field where it goes */
        assert_int_equal(note->write || note->field ? *unit.note_d : *unit.note_d >> 11, note->write || note->field ? note->d : note->d >> 11);
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
    *unit.chain_raised = chain->raised;
    *unit.chain_constant = (uint8_t)chain->constant;
    *unit.chain_flag = chain->flag;
    *unit.chain_field = chain->field;
    *unit.chain_curve25519 = chain->curve25519;
}

/* Numbers begin where all their words differ in the lowest bits alone. b may be in the table or the base point's
 * multiples, d in the table; only products have an addend raised by their length, and none has one on rows. */
static struct chain random_chain(unsigned op, unsigned length) {
    unsigned align = 2;
    while (1u << align < 2 * length)
        align++;
    if (op >= MUL)
        return (struct chain){
            .op = op, .length = 2, .a = (unsigned)unit_random(1024) * 4, .b = (unsigned)unit_random(4096) * 4,
            .d = (unsigned)unit_random(2048) * 4, .field = true, .curve25519 = unit_random(2)};
    return (struct chain){
        .op = op, .length = length, .field = op == LIN && unit_random(2), .a = (unsigned)unit_random(4096 >> align) << align,
        .b = (unsigned)unit_random(16384 >> align) << align, .c = (unsigned)unit_random(4096 >> align) << align,
        .d = (unsigned)unit_random(8192 >> align) << align, .constant = (unsigned)unit_random(5),
        .lane = unit_random(2), .zero = op == LIN && unit_random(2), .twice = op == LIN && unit_random(2),
        .add = unit_random(2), .invert = unit_random(2), .is_short = unit_random(2),
        .raised = op <= SQR && length > 1 && unit_random(2), .flag = op == LIN && unit_random(2)};
}

static void begin(void) {
    memset(slots, 0, sizeof(slots));
    memset(notes, 0, sizeof(notes));
    last_slot = slot_count = note_count = 0;
    carry_last = false;
    offer(NULL);
    reset();
}

/* One cycle; true if the offered chain was taken. */
static bool cycle(const struct chain *offered, unsigned now) {
    offer(offered);
    settle();
    assert_int_equal(*unit.chain_ready, expected_ready(offered, now));
    bool taken = offered && *unit.chain_ready;
    step();
    check_slot(&slots[now]);
    check_note(&notes[now]);
    if (taken)
        expect_chain(offered, now);
    return taken;
}

/* The number of cycles to the last slot. */
static unsigned run(const struct chain *chains, unsigned count, bool gaps) {
    unsigned next = 0, now = 1;
    begin();
    for (; next < count || now <= last_slot; now++)
        next += cycle(next < count && !(gaps && unit_random(2)) ? &chains[next] : NULL, now);
    unsigned cycles = now - 1;
    if (!gaps) /* one to take the first; then a slot in every cycle */
        assert_int_equal(cycles, slot_count + 1);
    for (unsigned i = 0; i < 4; i++) /* nothing follows; a note that gave way is well before the end */
        cycle(NULL, now++);
    return cycles;
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
                assert_int_equal(slot_count, counts[op] + flag);
                assert_int_equal(note_count, op == FULL || op == SQR ? 2 * s : op == HIGH ? s + 2 : s + flag);
            }
    }
}

/* Products of rows: four slots and three, and no column for the carry. */
static void test_rows(void **state) {
    (void)state;
    for (unsigned op = MUL; op <= FSQR; op++)
        for (unsigned i = 0; i < 8; i++) {
            struct chain chain = random_chain(op, 2);
            run(&chain, 1, false);
            assert_int_equal(slot_count, op == MUL ? 4 : 3);
            assert_int_equal(note_count, 3);
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
    for (unsigned round = 0; round < 120; round++) {
        for (unsigned i = 0; i < 40; i++) {
            unsigned op = (unsigned)unit_random(7);
            chains[i] = random_chain(op, 1 + (op == HIGH) + (unsigned)unit_random(round < 2 ? 31 : round % 3 ? 3 : 6));
        }
        run(chains, 40, round % 2);
    }
}

/* A last carry goes with the next chain's first product: a slot less, and only then. */
static void test_last_carry(void **state) {
    (void)state;
    for (unsigned s = 2; s <= 6; s++)
        for (unsigned op = FULL; op <= FSQR; op++)
            for (unsigned following = FULL; following <= FSQR; following++) {
                struct chain chains[] = {random_chain(op, s), random_chain(following, 8 - s)};
                run(chains, 1, false);
                unsigned alone = slot_count, notes_alone = note_count;
                run(chains + 1, 1, false);
                unsigned saved = op != LOW && op < LIN && following != SQR && following != LIN && following != FSQR;
                alone += slot_count;
                notes_alone += note_count;
                assert_int_equal(run(chains, 2, false), alone - saved + 1);
                assert_int_equal(note_count, notes_alone);
            }
}

/* A chain offered a cycle after that finds the carry's own slot issued; one that takes no carry waits for it. */
static void test_late_offer(void **state) {
    (void)state;
    for (unsigned late = 0; late < 12; late++) {
        const struct chain chains[] = {random_chain(FULL, 2), random_chain(late % 2 ? LOW : HIGH, 2)};
        unsigned now = 1;
        begin();
        assert_true(cycle(&chains[0], now++));
        unsigned end = last_slot;
        while (now < end - 1 + late)
            assert_false(cycle(NULL, now++));
        assert_true(cycle(&chains[1], now++));
        while (now <= last_slot + 3)
            cycle(NULL, now++);
        assert_int_equal(slot_count, 5 + (late % 2 ? 3 : 5) - !late);
    }
}

/* After a reset nothing comes of the chains under way, nor of a note that waits. */
static void test_reset(void **state) {
    (void)state;
    const struct chain chains[] = {random_chain(FULL, 2), random_chain(FULL, 2)};
    for (unsigned at = 0; at < 14; at++) {
        unsigned next = 0;
        begin();
        for (unsigned now = 1; now <= at; now++)
            next += cycle(next < 2 ? &chains[next] : NULL, now);
        *unit.rst = 1;
        offer(next < 2 ? &chains[next] : NULL);
        step();
        *unit.rst = 0;
        offer(NULL);
        assert_int_equal(*unit.slot_valid | *unit.note_valid, 0);
        for (unsigned i = 0; i < 8; i++) {
            settle();
            assert_int_equal(*unit.chain_ready, 1);
            step();
            assert_int_equal(*unit.slot_valid | *unit.note_valid, 0);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts), cmocka_unit_test(test_rows), cmocka_unit_test(test_every_length), cmocka_unit_test(test_constants),
        cmocka_unit_test(test_chains_follow), cmocka_unit_test(test_last_carry),   cmocka_unit_test(test_late_offer),
        cmocka_unit_test(test_reset),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
