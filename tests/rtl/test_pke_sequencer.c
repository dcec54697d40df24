/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/pke/pke_sequencer.v with the microcode: programs run while the test plays the multiplier. */
#include <stdbool.h>

#include "pke_isa.h"
#include "pke_sequencer_model.h"
#include "tests/rtl/unit.h"

enum { CONTEXTS = 4, MAX_CHAINS = 40000, MAX_IN_FLIGHT = 8 * CONTEXTS, LIMIT = 400000 };

UNIT(pke_sequencer)
UNIT_RESET

struct chain {
    unsigned cycle, context, op, length, a, b, c, d, lane;
    bool add, invert, zero, flag;
};

static struct chain trace[MAX_CHAINS];
static struct { struct chain chain; unsigned due; } in_flight[MAX_IN_FLIGHT];
static unsigned chains, pending, now, flags_seen[CONTEXTS], ends[CONTEXTS], end_code[CONTEXTS], end_register[CONTEXTS];
static uint32_t exponents[CONTEXTS << 5][5];
static bool at_random, range_error, check_passes;

static void begin(void) {
    chains = pending = now = 0;
    memset(flags_seen, 0, sizeof(flags_seen));
    memset(ends, 0, sizeof(ends));
    at_random = range_error = check_passes = false;
    *unit.start_valid = *unit.finish_valid = 0;
    *unit.chain_ready = 1;
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

/* The first comparison says whether the source is in range, those of Y with C whether the check holds. */
static bool flag_of(const struct chain *chain) {
    if (flags_seen[chain->context]++ == 0)
        return range_error;
    return check_passes && number_of(chain->d) == PKE_REG_Y
        && (number_of(chain->b) == PKE_REG_C || number_of(chain->c) == PKE_REG_C);
}

static void finish_oldest(void) {
    *unit.finish_valid = pending != 0 && in_flight[0].due <= now;
    if (!*unit.finish_valid)
        return;
    *unit.finish_context = (uint8_t)in_flight[0].chain.context;
    *unit.finish_lane = (uint8_t)in_flight[0].chain.lane;
    *unit.finish_flag_valid = in_flight[0].chain.flag;
    *unit.finish_flag = in_flight[0].chain.flag && flag_of(&in_flight[0].chain);
    memmove(in_flight, in_flight + 1, --pending * sizeof(in_flight[0]));
}

/* Nothing is read that a chain under way will write. A number has its register, a lane of it, or, on curves,
 * eight words of a table's entry or of a place in a lane. */
static void check_operands(const struct chain *chain) {
    unsigned lanes = chain->length > 16 ? 6 : chain->length > 4 ? 5 : 3, b = chain->b;
    unsigned c = chain->context << 11 | (chain->c & 1023),
             a = chain->context << 11 | (chain->a & 1023);
    for (unsigned i = 0; i < pending; i++) {
        unsigned d = in_flight[i].chain.d >> lanes;
        if (chain->op != PKE_OP_LIN)
            assert_int_not_equal(d, a >> lanes);
        if (!chain->zero && chain->op != PKE_OP_SQR)
            assert_int_not_equal(d, b >> lanes);
        if (chain->add)
            assert_int_not_equal(d, c >> lanes);
    }
}

static void take_chain(void) {
    assert_true(chains < MAX_CHAINS && pending < MAX_IN_FLIGHT);
    struct chain chain = {
        .cycle = now, .context = *unit.chain_d >> 11, .op = *unit.chain_op, .length = *unit.chain_length,
        .a = *unit.chain_a, .b = *unit.chain_b, .c = *unit.chain_c, .d = *unit.chain_d, .lane = *unit.chain_lane,
        .add = *unit.chain_add, .invert = *unit.chain_invert, .zero = *unit.chain_zero, .flag = *unit.chain_flag};
    check_operands(&chain);
    in_flight[pending].chain = chain;
    in_flight[pending++].due = now + 1 + (at_random ? (unsigned)unit_random(30) : 12);
    trace[chains++] = chain;
}

static void cycle(void) {
    *unit.chain_ready = !at_random || unit_random(3) != 0;
    finish_oldest();
    settle();
    bool reads = *unit.exponent_read;
    unsigned address = *unit.exponent_address;
    if (*unit.chain_valid && *unit.chain_ready)
        take_chain();
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

/* Curves: whatever the digits are, the same chains in the same cycles, but for the multiples that they choose. */
static void test_secret_scalars(void **state) {
    (void)state;
    static struct chain first[MAX_CHAINS];
    static const unsigned entries[] = {PKE_ENTRY_EC_MULTIPLY_BASE, PKE_ENTRY_ECDSA_SIGN, PKE_ENTRY_X25519};
    for (unsigned e = 0; e < 3; e++) {
        unsigned first_chains = 0, first_end = 0, differ = 0;
        for (unsigned i = 0; i < 2; i++) {
            begin();
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
            if (trace[n].b >> 10 & 1 || trace[n].b >> 13) {
                differ += trace[n].b != first[n].b;
                trace[n].b = first[n].b;
            }
            assert_memory_equal(&trace[n], &first[n], sizeof(trace[n]));
        }
        assert_true(differ > 30);
    }
}

/* All contexts at once, at random delays: each does what it does alone. */
static void test_contexts(void **state) {
    (void)state;
    static const unsigned entries[] = {PKE_ENTRY_RSA_PUBLIC, PKE_ENTRY_RSA_PRIVATE, PKE_ENTRY_WIPE, PKE_ENTRY_MODEXP};
    unsigned alone[CONTEXTS], together[CONTEXTS] = {0};
    for (unsigned i = 0; i < CONTEXTS; i++) {
        begin();
        start(i, entries[i], i == 1, 16, 65537);
        run(i);
        alone[i] = chains;
    }
    begin();
    at_random = true;
    for (unsigned i = 0; i < CONTEXTS; i++) {
        start(i, entries[i], i == 1, 16, 65537);
        cycle();
    }
    for (unsigned i = 0; i < CONTEXTS; i++)
        run(i);
    for (unsigned n = 0; n < chains; n++)
        together[trace[n].context]++;
    for (unsigned i = 0; i < CONTEXTS; i++) {
        assert_int_equal(ends[i], 1);
        assert_int_equal(together[i], alone[i]);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_range_error), cmocka_unit_test(test_public_exponents),
        cmocka_unit_test(test_private),     cmocka_unit_test(test_digits),
        cmocka_unit_test(test_secret_exponents), cmocka_unit_test(test_secret_scalars), cmocka_unit_test(test_contexts),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
