/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/pke/pke_unload.v: words of 130 bits become octets, the most significant first or last. */
#include <stdbool.h>

#include "driver/tlscard_map.h"
#include "pke_unload_model.h"
#include "tests/rtl/unit.h"

enum { CONTEXTS = 4, WORD_BITS = 130, REGISTER = 7 };

UNIT(pke_unload)
UNIT_RESET

static uint8_t lanes[2][520]; /* the result's numbers, least significant octet first, room for 32 words */
static unsigned context_status[CONTEXTS], words, numbers;
static bool little;

/* Word n of a number, as the memory holds it. */
static void get_word(uint32_t word[5], const uint8_t *number, unsigned n) {
    memset(word, 0, 20);
    for (unsigned i = 0; i < WORD_BITS; i++) {
        unsigned at = n * WORD_BITS + i;
        if (number[at / 8] >> at % 8 & 1)
            word[i / 32] |= 1u << i % 32;
    }
}

/* One cycle: the context's state is shown, and the memory answers a cycle after ready. */
static void cycle(void) {
    settle();
    *unit.status = (uint8_t)context_status[*unit.which & 3];
    *unit.words = (uint8_t)words;
    *unit.numbers = (uint8_t)numbers;
    *unit.little = little;
    *unit.register_number = REGISTER;
    *unit.cycles = 1000 + *unit.which;
    settle();
    int reads = *unit.unload_valid && *unit.unload_ready;
    unsigned address = *unit.unload_address;
    step();
    memset(unit.unload_word, 0xee, 20);
    if (reads) {
        assert_int_equal(address >> 10, *unit.which);
        assert_int_equal(address >> 6 & 15, REGISTER);
        assert_true((address >> 5 & 1) < numbers);
        get_word(unit.unload_word, lanes[address >> 5 & 1], address & 31);
    }
    settle();
}

static void begin(unsigned length) {
    memset(lanes, 0, sizeof(lanes));
    memset(context_status, 0, sizeof(context_status));
    for (unsigned i = 0; i < length * 16; i++) {
        lanes[0][i] = (uint8_t)unit_random(256);
        lanes[1][i] = (uint8_t)unit_random(256);
    }
    words = length;
    numbers = 1;
    little = false;
    *unit.finished = 0;
    *unit.done_ready = *unit.out_ready = 0;
    *unit.unload_ready = 1;
    reset();
}

static void expect_done(unsigned context, unsigned status) {
    for (unsigned i = 0; !*unit.done_valid; i++) {
        assert_true(i < 10);
        cycle();
    }
    for (unsigned i = 0; i < 3; i++) { /* it holds */
        assert_int_equal(*unit.done_valid, 1);
        assert_int_equal(*unit.done_context, context);
        assert_int_equal(*unit.done_status, status);
        assert_int_equal(*unit.done_length, status == TLSCARD_STATUS_OK ? 16 * words * numbers : 0);
        assert_int_equal(*unit.done_cycles, 1000 + context);
        assert_int_equal(*unit.release_valid | *unit.out_valid, 0);
        cycle();
    }
    *unit.done_ready = 1;
    cycle();
    *unit.done_ready = 0;
}

static void expect_beat(const uint8_t *number, unsigned beat) {
    const uint8_t *octets = (const uint8_t *)unit.out_data;
    for (unsigned i = 0; i < 16; i++)
        assert_int_equal(octets[i], number[little ? 16 * beat + i : 16 * (words - beat) - 1 - i]);
}

/* All beats, with the memory and the receiver at times not ready. */
static void expect_result(unsigned slow) {
    for (unsigned beat = 0; beat < words * numbers; beat++) {
        for (unsigned i = 0; !*unit.out_valid || (slow && unit_random(2)); i++) {
            assert_true(i < 100);
            *unit.unload_ready = !slow || unit_random(2);
            cycle();
            assert_int_equal(*unit.release_valid, 0);
        }
        expect_beat(lanes[beat / words], beat % words);
        *unit.out_ready = 1;
        cycle();
        *unit.out_ready = 0;
    }
    *unit.unload_ready = 1;
}

static void one_result(unsigned slow) {
    *unit.finished = 4;
    expect_done(2, TLSCARD_STATUS_OK);
    *unit.finished = 0;
    expect_result(slow);
    assert_int_equal(*unit.release_valid, 1);
    assert_int_equal(*unit.which, 2);
    cycle();
    assert_int_equal(*unit.release_valid | *unit.out_valid | *unit.done_valid, 0);
}

static void test_every_length(void **state) {
    (void)state;
    for (unsigned slow = 0; slow < 2; slow++)
        for (unsigned length = 1; length <= 32; length++) {
            begin(length);
            one_result(slow);
        }
}

/* Two numbers, the first lane's before the other's; after them again one. */
static void test_two_numbers(void **state) {
    (void)state;
    for (unsigned slow = 0; slow < 2; slow++)
        for (unsigned length = 2; length <= 32; length++) {
            begin(length);
            numbers = 2;
            one_result(slow);
            numbers = 1;
            one_result(slow);
        }
}

/* The least significant octet first; after it again the most significant. */
static void test_little(void **state) {
    (void)state;
    for (unsigned slow = 0; slow < 2; slow++)
        for (unsigned i = 0; i < 20; i++) {
            begin(2);
            little = true;
            one_result(slow);
            little = false;
            one_result(slow);
        }
}

/* A check that has only a status: nothing is read, and the context may be cleared at once. */
static void test_no_numbers(void **state) {
    (void)state;
    begin(3);
    numbers = 0;
    *unit.finished = 2;
    expect_done(1, TLSCARD_STATUS_OK);
    *unit.finished = 0;
    assert_int_equal(*unit.release_valid, 1);
    for (unsigned i = 0; i < 10; i++) {
        cycle();
        assert_int_equal(*unit.release_valid | *unit.out_valid | *unit.unload_valid | *unit.done_valid, 0);
    }
}

/* A context that failed has no result: nothing is read, and it may be cleared at once. */
static void test_failed(void **state) {
    (void)state;
    begin(16);
    context_status[3] = TLSCARD_STATUS_CHECK_FAILED;
    *unit.finished = 8;
    expect_done(3, TLSCARD_STATUS_CHECK_FAILED);
    *unit.finished = 0;
    assert_int_equal(*unit.release_valid, 1);
    for (unsigned i = 0; i < 10; i++) {
        cycle();
        assert_int_equal(*unit.release_valid | *unit.out_valid | *unit.unload_valid | *unit.done_valid, 0);
    }
}

static void test_turns(void **state) {
    (void)state;
    begin(2);
    unsigned last = 0;
    for (unsigned i = 0; i < 200; i++) {
        unsigned finished = i < 8 ? 15 : 1 + (unsigned)unit_random(15), next = (last + 1) & 3;
        while (!(finished >> next & 1))
            next = (next + 1) & 3;
        context_status[next] = unit_random(2) ? TLSCARD_STATUS_OK : TLSCARD_STATUS_OPERAND_RANGE;
        *unit.finished = (uint8_t)finished;
        expect_done(next, context_status[next]);
        if (context_status[next] == TLSCARD_STATUS_OK)
            expect_result(0);
        assert_int_equal(*unit.release_valid, 1);
        *unit.finished = 0;
        cycle();
        last = next;
    }
}

/* A reset in the midst of a result leaves none of it. */
static void test_reset(void **state) {
    (void)state;
    begin(32);
    *unit.finished = 1;
    expect_done(0, TLSCARD_STATUS_OK);
    *unit.finished = 0;
    while (!*unit.out_valid)
        cycle();
    reset();
    assert_int_equal(*unit.out_valid | *unit.done_valid, 0);
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(unit.out_data[i], 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_length), cmocka_unit_test(test_two_numbers), cmocka_unit_test(test_little),
        cmocka_unit_test(test_no_numbers),   cmocka_unit_test(test_failed),      cmocka_unit_test(test_turns),
        cmocka_unit_test(test_reset),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
