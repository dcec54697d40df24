/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/pke/pke_sequencer.v and pke_issue.v with the microcode: programs run while the test plays multiplier and
 * linear unit. */
#include <stdbool.h>

#include "pke_isa.h"
#include "pke_sequencer_model.h"
#include "tests/rtl/unit.h"

enum { CONTEXTS = 4, MAX_CHAINS = 40000, MAX_IN_FLIGHT = 8 * CONTEXTS, LIMIT = 400000 };

UNIT(pke_sequencer)
UNIT_RESET

/* A chain, or with the op FLIN a linear operation, whose addresses are of rows. */
struct chain {
    unsigned cycle, context, op, length, a, b, c, d, lane;
    bool add, invert, zero, flag, field;
};

/* Each kind ends in its own order. */
enum kind { CHAIN, PRODUCT, SUM, KINDS };
enum { NO_ROW = 1 << 16, BASE = 1 << 13 };

static struct chain trace[MAX_CHAINS];
static struct { struct chain chain; enum kind kind; unsigned due; } in_flight[MAX_IN_FLIGHT];
static unsigned chains, pending, now, stalled, flags_seen[CONTEXTS], ends[CONTEXTS], end_code[CONTEXTS], end_register[CONTEXTS];
static uint32_t exponents[CONTEXTS << 5][5];
static bool at_random, range_error, check_passes, on_curve;

static void begin(void) {
    chains = pending = now = stalled = 0;
    memset(flags_seen, 0, sizeof(flags_seen));
    memset(ends, 0, sizeof(ends));
    at_random = range_error = check_passes = on_curve = false;
    *unit.start_valid = *unit.finish_valid = *unit.multiplied_valid = *unit.added_valid = 0;
    *unit.added_flag_valid = *unit.added_flag = 0;
    *unit.chain_ready = *unit.linear_ready = 1;
    reset();
}

static void start(unsigned context, unsigned address, bool split, unsigned length, uint64_t exponent) {
    *unit.start_valid = 1;
    *unit.start_context = (uint8_t)context;
    *unit.start_address = (uint16_t)address;
    *unit.start_split = split;
    *unit.start_length = (uint8_t)length;
    *unit.start_exponent = exponent;
}

static unsigned number_of(unsigned address) {
    return address >> 6 & 15;
}

/* The first comparison says whether the source is in range, that of 0 with Y whether the check holds. */
static bool flag_of(const struct chain *chain) {
    if (flags_seen[chain->context]++ == 0)
        return range_error;
    return check_passes && chain->zero && number_of(chain->d) == PKE_REG_T && number_of(chain->c) == PKE_REG_Y;
}

static enum kind kind_of(const struct chain *chain) {
    return chain->op == PKE_OP_FLIN ? SUM : chain->op == PKE_OP_MUL || chain->op == PKE_OP_FSQR ? PRODUCT : CHAIN;
}

/* {context, row} of what it reads and writes. */
static unsigned row_a(const struct chain *chain) {
    return kind_of(chain) == SUM ? chain->a : kind_of(chain) == PRODUCT ? chain->context << 8 | (chain->a >> 1 & 255) : NO_ROW;
}

static unsigned row_b(const struct chain *chain) {
    if (!chain->field || chain->b & BASE)
        return NO_ROW;
    return kind_of(chain) == SUM ? chain->b : chain->context << 8 | (chain->b >> 1 & 255);
}

static unsigned row_d(const struct chain *chain) {
    return kind_of(chain) == SUM ? chain->d : kind_of(chain) == PRODUCT ? chain->context << 8 | (chain->d >> 1 & 255) : NO_ROW + 1;
}

/* The oldest of a kind, if its time has come, is over; whether there was one. */
static bool finish_oldest(enum kind kind, struct chain *finished) {
    for (unsigned i = 0; i < pending; i++) {
        if (in_flight[i].kind != kind)
            continue;
        if (in_flight[i].due > now)
            return false;
        *finished = in_flight[i].chain;
        memmove(in_flight + i, in_flight + i + 1, (--pending - i) * sizeof(in_flight[0]));
        return true;
    }
    return false;
}

static void finish(void) {
    struct chain chain;
    *unit.finish_valid = finish_oldest(CHAIN, &chain);
    if (*unit.finish_valid) {
        *unit.finish_context = (uint8_t)chain.context;
        *unit.finish_lane = (uint8_t)chain.lane;
        *unit.finish_flag_valid = chain.flag;
        *unit.finish_flag = chain.flag && flag_of(&chain);
    }
    *unit.multiplied_valid = finish_oldest(PRODUCT, &chain);
    if (*unit.multiplied_valid)
        *unit.multiplied_context = (uint8_t)chain.context;
    *unit.added_valid = finish_oldest(SUM, &chain);
    *unit.added_flag_valid = *unit.added_valid && chain.flag;
    *unit.added_flag = *unit.added_flag_valid && on_curve && row_a(&chain) % 256 == 0; /* 0 - .. */
    if (*unit.added_valid)
        *unit.added_context = (uint8_t)chain.context;
}

/* Of rows nothing is read that is still to be written, and nothing written that another unit is still to write. */
static void check_rows(const struct chain *chain) {
    for (unsigned i = 0; i < pending; i++) {
        unsigned d = row_d(&in_flight[i].chain);
        assert_int_not_equal(d, row_a(chain));
        assert_int_not_equal(d, row_b(chain));
        if (in_flight[i].kind != kind_of(chain) && d < NO_ROW)
            assert_int_not_equal(d, row_d(chain));
        /* the counts of a context's chains rely on it */
        if (in_flight[i].kind != SUM && kind_of(chain) != SUM && in_flight[i].chain.context == chain->context)
            assert_int_equal(in_flight[i].kind, kind_of(chain));
    }
}

/* Nothing is read that a chain under way will write. A number has its register, a lane of it, or, on curves,
 * eight words of a table's entry or of a place in a lane. */
static void check_operands(const struct chain *chain) {
    unsigned lanes = chain->length > 16 ? 6 : chain->length > 4 ? 5 : 3, b = chain->b;
    unsigned c = chain->context << 11 | (chain->c & 1023),
             a = chain->context << 11 | (chain->a & 1023);
    for (unsigned i = 0; i < pending; i++) {
        if (in_flight[i].kind != CHAIN)
            continue;
        unsigned d = in_flight[i].chain.d >> lanes;
        if (chain->op != PKE_OP_LIN)
            assert_int_not_equal(d, a >> lanes);
        if (!chain->zero && !chain->field && chain->op != PKE_OP_SQR)
            assert_int_not_equal(d, b >> lanes);
        if (chain->add)
            assert_int_not_equal(d, c >> lanes);
    }
}

static void take(const struct chain *chain, unsigned latency) {
    assert_true(chains < MAX_CHAINS && pending < MAX_IN_FLIGHT);
    if (kind_of(chain) == CHAIN)
        check_operands(chain);
    check_rows(chain);
    in_flight[pending].chain = *chain;
    in_flight[pending].kind = kind_of(chain);
    in_flight[pending++].due = now + 1 + (at_random ? (unsigned)unit_random(30) : latency);
    trace[chains++] = *chain;
}

static struct chain offered_chain(void) {
    return (struct chain){
        .cycle = now, .context = *unit.chain_d >> 11, .op = *unit.chain_op, .length = *unit.chain_length,
        .a = *unit.chain_a, .b = *unit.chain_b, .c = *unit.chain_c, .d = *unit.chain_d, .lane = *unit.chain_lane,
        .add = *unit.chain_add, .invert = *unit.chain_invert, .zero = *unit.chain_zero, .flag = *unit.chain_flag,
        .field = *unit.chain_field};
}

/* What it writes no chain that still waits for the multiplier is to read. */
static void take_sum(void) {
    struct chain sum = {.cycle = now, .context = *unit.linear_d >> 8, .op = PKE_OP_FLIN, .a = *unit.linear_a,
                        .b = *unit.linear_base ? BASE | *unit.linear_base_address : *unit.linear_b, .d = *unit.linear_d,
                        .flag = *unit.linear_flag, .field = true};
    struct chain waiting = offered_chain();
    if (*unit.chain_valid && !*unit.chain_ready) {
        assert_int_not_equal(sum.d, row_a(&waiting));
        assert_int_not_equal(sum.d, row_b(&waiting));
    }
    take(&sum, 4);
}

static void cycle(void) {
    if (stalled)
        stalled--;
    else if (at_random && unit_random(50) == 0)
        stalled = (unsigned)unit_random(100); /* by a long chain */
    *unit.chain_ready = !at_random || (!stalled && unit_random(3) != 0);
    *unit.linear_ready = !at_random || unit_random(3) != 0;
    finish();
    settle();
    bool reads = *unit.exponent_read;
    unsigned address = *unit.exponent_address;
    if (*unit.linear_valid && *unit.linear_ready)
        take_sum();
    if (*unit.chain_valid && *unit.chain_ready) {
        struct chain chain = offered_chain();
        take(&chain, kind_of(&chain) == PRODUCT ? 17 : 12);
    }
    step();
    now++;
    *unit.start_valid = 0;
    settle();
    if (reads)
        memcpy(unit.exponent_word, exponents[address], 20);
    if (*unit.end_valid) {
        ends[*unit.end_context]++;
        end_code[*unit.end_context] = *unit.end_code;
        end_register[*unit.end_context] = *unit.end_register;
    }
}

static void run(unsigned context) {
    while (!ends[context]) {
        assert_true(now < LIMIT);
        cycle();
    }
    assert_int_equal(ends[context], 1);
}

static void test_range_error(void **state) {
    (void)state;
    static const unsigned entries[] = {PKE_ENTRY_RSA_PUBLIC, PKE_ENTRY_MODEXP, PKE_ENTRY_RSA_PRIVATE};
    for (unsigned i = 0; i < 3; i++) {
        begin();
        range_error = true;
        start(i, entries[i], i == 2, 16, 3);
        run(i);
        assert_int_equal(end_code[i], PKE_END_OPERAND_RANGE);
        assert_int_equal(chains, 1);
        assert_int_equal(trace[0].op, PKE_OP_LIN);
        assert_int_equal(pending, 0); /* what it did is over */
    }
}

/* Of left-to-right powers the public exponent says how many squares and products there are. */
static void test_public_exponents(void **state) {
    (void)state;
    static const struct { uint64_t e; unsigned steps; } cases[] = {{3, 2}, {65537, 17}, {UINT64_MAX, 126}};
    unsigned base = 0;
    for (unsigned i = 0; i < 3; i++) {
        begin();
        start(1, PKE_ENTRY_RSA_PUBLIC, false, 8, cases[i].e);
        run(1);
        assert_int_equal(end_code[1], PKE_END_OK);
        assert_int_equal(end_register[1], PKE_REG_X);
        for (unsigned n = 0; n < chains; n++) {
            assert_int_equal(trace[n].context, 1);
            assert_in_range(trace[n].length, 1, 8);
        }
        if (i == 0)
            base = chains;
        assert_int_equal(chains, base + 3 * (cases[i].steps - 2));
    }
}

static void test_private(void **state) {
    (void)state;
    for (unsigned passes = 0; passes < 2; passes++) {
        unsigned lane_1 = 0;
        begin();
        check_passes = passes;
        start(3, PKE_ENTRY_RSA_PRIVATE, true, 16, 65537);
        run(3);
        assert_int_equal(end_code[3], passes ? PKE_END_OK : PKE_END_CHECK_FAILED);
        if (passes)
            assert_int_equal(end_register[3], PKE_REG_S);
        for (unsigned n = 0; n < chains; n++)
            lane_1 += trace[n].lane;
        assert_in_range(lane_1, chains / 3, chains / 2);
    }
}

static void random_exponent(unsigned context) {
    for (unsigned n = 0; n < 32; n++)
        for (unsigned i = 0; i < 5; i++)
            exponents[context << 5 | n][i] = (uint32_t)unit_random(i == 4 ? 4 : 1ull << 32);
}

/* Five-bit digits from the top choose the table's entries, first alone and then by products. */
static void test_digits(void **state) {
    (void)state;
    for (unsigned length = 2; length <= 32; length += 6) {
        unsigned digit = 26 * length - 2 * length / 5, found = 0;
        begin();
        random_exponent(2);
        start(2, PKE_ENTRY_MODEXP, false, length, 0);
        run(2);
        assert_int_equal(end_code[2], PKE_END_OK);
        for (unsigned n = 0; n < chains; n++) {
            bool table = trace[n].b >> 10 & 1;
            found |= table && trace[n].op == PKE_OP_LIN;
            if (!found || !table)
                continue;
            assert_true(digit-- > 0);
            const uint32_t *word = exponents[2 << 5 | digit / 26];
            unsigned wanted = 0;
            for (unsigned i = 0; i < 5; i++) {
                unsigned at = digit % 26 * 5 + i;
                wanted |= (word[at / 32] >> at % 32 & 1) << i;
            }
            assert_int_equal(trace[n].b >> 5 & 31, wanted);
        }
        assert_int_equal(digit, 0);
    }
}

/* Two secrets, one course of events: all but the table's entry is equal, to the cycle. */
static void test_secret_exponents(void **state) {
    (void)state;
    static struct chain first[MAX_CHAINS];
    for (unsigned split = 0; split < 2; split++) {
        unsigned first_chains = 0, first_end = 0, differ = 0;
        for (unsigned i = 0; i < 2; i++) {
            begin();
            random_exponent(0);
            if (i == 0)
                memset(exponents, 0, sizeof(exponents));
            start(0, split ? PKE_ENTRY_RSA_PRIVATE : PKE_ENTRY_MODEXP, split, 16, 3);
            run(0);
            if (i == 0) {
                memcpy(first, trace, sizeof(first));
                first_chains = chains;
                first_end = now;
            }
        }
        assert_int_equal(chains, first_chains);
        assert_int_equal(now, first_end);
        for (unsigned n = 0; n < chains; n++) {
            if (trace[n].b >> 10 & 1) {
                differ += trace[n].b != first[n].b;
                trace[n].b = first[n].b;
            }
            assert_memory_equal(&trace[n], &first[n], sizeof(trace[n]));
        }
        assert_true(differ > 50);
    }
}

/* Whether a secret chose what it reads: an entry of the table, a multiple of the base point, one of two rows. */
static bool same_but_chosen(struct chain *chain, const struct chain *first) {
    bool same = chain->a == first->a && chain->b == first->b;
    if (kind_of(chain) == CHAIN ? chain->b >> 10 & 1 : chain->b & BASE || (row_b(chain) & 1 << 7 && row_b(chain) != NO_ROW))
        chain->b = first->b;
    if (kind_of(chain) == SUM && chain->a & 1 << 7)
        chain->a = first->a;
    if (chain->op == PKE_OP_FSQR) {
        assert_int_equal((chain->a ^ first->a) & ~2u, 0);
        chain->a = chain->b = first->a;
    }
    return same;
}

/* Curves: whatever the digits are, the same chains in the same cycles, but for the multiples that they choose. */
static void test_secret_scalars(void **state) {
    (void)state;
    static struct chain first[MAX_CHAINS];
    static const unsigned entries[] = {PKE_ENTRY_EC_MULTIPLY, PKE_ENTRY_EC_MULTIPLY_BASE, PKE_ENTRY_ECDSA_SIGN,
                                       PKE_ENTRY_X25519};
    for (unsigned e = 0; e < 4; e++) {
        unsigned first_chains = 0, first_end = 0, differ = 0;
        for (unsigned i = 0; i < 2; i++) {
            begin();
            on_curve = e == 0;
            random_exponent(0);
            if (i == 0)
                memset(exponents, 0, sizeof(exponents));
            start(0, entries[e], false, 2, 0);
            run(0);
            assert_int_equal(end_code[0], PKE_END_OK);
            if (i == 0) {
                memcpy(first, trace, sizeof(first));
                first_chains = chains;
                first_end = now;
            }
        }
        assert_int_equal(chains, first_chains);
        assert_int_equal(now, first_end);
        for (unsigned n = 0; n < chains; n++) {
            differ += !same_but_chosen(&trace[n], &first[n]);
            assert_memory_equal(&trace[n], &first[n], sizeof(trace[n]));
        }
        assert_true(differ > 30);
    }
}

/* All contexts at once, at random delays: each does what it does alone. */
static void contexts_together(const unsigned *entries) {
    unsigned alone[CONTEXTS], together[CONTEXTS] = {0};
    for (unsigned round = 0; round <= CONTEXTS; round++) { /* one after the other, then all */
        begin();
        at_random = round == CONTEXTS;
        for (unsigned i = 0; i < CONTEXTS; i++) {
            if (round != CONTEXTS && round != i)
                continue;
            bool curve = entries[i] >= PKE_ENTRY_EC_MULTIPLY && entries[i] < PKE_ENTRY_WIPE;
            start(i, entries[i], entries[i] == PKE_ENTRY_RSA_PRIVATE, curve ? 2 : 16, 65537);
            cycle();
        }
        for (unsigned i = 0; i < CONTEXTS; i++)
            if (round == CONTEXTS || round == i)
                run(i);
        if (round < CONTEXTS)
            alone[round] = chains;
    }
    for (unsigned n = 0; n < chains; n++)
        together[trace[n].context]++;
    for (unsigned i = 0; i < CONTEXTS; i++) {
        assert_int_equal(ends[i], 1);
        assert_int_equal(together[i], alone[i]);
    }
}

static void test_contexts(void **state) {
    (void)state;
    static const unsigned words[] = {PKE_ENTRY_RSA_PUBLIC, PKE_ENTRY_RSA_PRIVATE, PKE_ENTRY_WIPE, PKE_ENTRY_MODEXP};
    static const unsigned rows[] = {PKE_ENTRY_EC_MULTIPLY_BASE, PKE_ENTRY_ECDSA_SIGN, PKE_ENTRY_X25519, PKE_ENTRY_WIPE};
    contexts_together(words);
    contexts_together(rows);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_range_error), cmocka_unit_test(test_public_exponents),
        cmocka_unit_test(test_private),     cmocka_unit_test(test_digits),
        cmocka_unit_test(test_secret_exponents), cmocka_unit_test(test_secret_scalars), cmocka_unit_test(test_contexts),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
