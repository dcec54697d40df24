/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/host/host_log.v: the count and the oldest error of each function. */
#include "host_log_model.h"
#include "tests/rtl/unit.h"

enum { FUNCTIONS = 8, NO_PAIR = 255 };

UNIT(host_log)

static void quiet(void) {
    *unit.event_valid = *unit.pair_valid = *unit.clear_valid = *unit.reset_valid = 0;
}

static void reset_function(unsigned function) {
    *unit.reset_valid = 1;
    *unit.reset_function = (uint8_t)function;
    step();
    quiet();
}

static void begin(void) {
    quiet();
    *unit.rst = 1;
    step();
    step();
    *unit.rst = 0;
    for (unsigned f = 0; f < FUNCTIONS; f++)
        reset_function(f);
}

static void offer_event(unsigned function, unsigned code, uint64_t address) {
    *unit.event_valid = 1;
    *unit.event_function = (uint8_t)function;
    *unit.event_code = (uint8_t)code;
    *unit.event_address = address;
}

static void offer_pair(unsigned index, unsigned code, uint64_t address) {
    *unit.pair_valid = 1;
    *unit.pair_index = (uint8_t)index;
    *unit.pair_code = (uint8_t)code;
    *unit.pair_address = address;
}

static void once(void) {
    step();
    quiet();
}

static void expect(unsigned function, uint32_t count, unsigned pair, unsigned code, uint64_t address) {
    *unit.read_function = (uint8_t)function;
    settle();
    assert_int_equal(*unit.read_count, count);
    assert_int_equal(*unit.read_error, pair << 8 | code);
    assert_true(*unit.read_address == address);
}

static void clear(unsigned function) {
    *unit.clear_valid = 1;
    *unit.clear_function = (uint8_t)function;
}

static void test_first_is_kept(void **state) {
    (void)state;
    begin();
    for (unsigned f = 0; f < FUNCTIONS; f++) {
        expect(f, 0, 0, 0, 0);
        offer_event(f, 0x22 + f, 0x1000 + f);
        once();
        offer_event(f, 0x40, 0x2000);
        once();
        offer_pair(f << 3 | 5, 0x41, 0x3000);
        once();
        once();
    }
    for (unsigned f = 0; f < FUNCTIONS; f++)
        expect(f, 3, NO_PAIR, 0x22 + f, 0x1000 + f);
}

static void test_clear(void **state) {
    (void)state;
    begin();
    offer_pair(2 << 3 | 7, 0x21, 0xfeedull << 32);
    once();
    assert_int_equal((settle(), *unit.idle), 0);
    once();
    assert_int_equal((settle(), *unit.idle), 1);
    expect(2, 1, 7, 0x21, 0xfeedull << 32);
    clear(2);
    once();
    expect(2, 1, 0, 0, 0); /* the count stays */
    offer_event(2, 0x24, 9);
    once();
    expect(2, 2, NO_PAIR, 0x24, 9);
    clear(2); /* what comes as the oldest goes is the oldest */
    offer_event(2, 0x25, 10);
    once();
    expect(2, 3, NO_PAIR, 0x25, 10);
    clear(3); /* another function's */
    offer_event(2, 0x26, 11);
    once();
    expect(2, 4, NO_PAIR, 0x25, 10);
}

/* An event of the link cannot wait; the pair's one does, and nothing is lost. */
static void test_both_at_once(void **state) {
    (void)state;
    begin();
    offer_pair(1 << 3 | 3, 0x20, 0x100);
    offer_event(1, 0x22, 0x200);
    assert_int_equal((settle(), *unit.pair_ready), 1);
    step();
    *unit.pair_valid = 0;
    for (unsigned i = 0; i < 3; i++) { /* the link's go first, however many */
        assert_int_equal((settle(), *unit.pair_ready), 0);
        expect(1, 1 + i, NO_PAIR, 0x22, 0x200);
        step();
    }
    quiet();
    once();
    assert_int_equal((settle(), *unit.pair_ready), 1);
    expect(1, 5, NO_PAIR, 0x22, 0x200);
    clear(1);
    once();
    offer_pair(1 << 3 | 4, 0x25, 0x300);
    offer_event(0, 0x23, 0x400);
    once();
    once();
    expect(1, 6, 4, 0x25, 0x300);
    expect(0, 1, NO_PAIR, 0x23, 0x400);
}

static void test_count_saturates(void **state) {
    (void)state;
    begin();
    unit.counts[6] = UINT32_MAX - 2;
    for (unsigned i = 0; i < 5; i++) {
        offer_event(6, 0x22, i + 1);
        once();
        expect(6, i < 2 ? UINT32_MAX - 1 + i : UINT32_MAX, NO_PAIR, 0x22, 1);
    }
    clear(6);
    once();
    offer_pair(6 << 3, 0x20, 0x1004); /* still logged */
    once();
    once();
    expect(6, UINT32_MAX, 0, 0x20, 0x1004);
}

static void test_reset_of_one(void **state) {
    (void)state;
    begin();
    offer_event(4, 0x22, 1);
    once();
    offer_event(5, 0x23, 2);
    once();
    reset_function(4);
    expect(4, 0, 0, 0, 0);
    expect(5, 1, NO_PAIR, 0x23, 2);
    offer_event(4, 0x24, 3); /* goes with the rest */
    reset_function(4);
    expect(4, 0, 0, 0, 0);
    offer_event(5, 0x25, 4); /* another function's counts */
    reset_function(4);
    expect(5, 2, NO_PAIR, 0x23, 2);
}

/* All at random, against the order: events at once, a held one as soon as there is none. */
static void test_random(void **state) {
    (void)state;
    begin();
    unsigned offered = 0;
    for (unsigned i = 0; i < 20000; i++) {
        quiet();
        if (unit_random(2))
            offer_event(unit_random(FUNCTIONS) & 7, 0x22, i);
        if (unit_random(2))
            offer_pair((unsigned)unit_random(64), 0x20, i);
        settle();
        offered += *unit.event_valid + (*unit.pair_valid && *unit.pair_ready);
        step();
    }
    quiet();
    once();
    uint32_t logged = 0;
    for (unsigned f = 0; f < FUNCTIONS; f++) {
        *unit.read_function = (uint8_t)f;
        settle();
        logged += *unit.read_count;
    }
    assert_int_equal(logged, offered);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_first_is_kept),   cmocka_unit_test(test_clear),        cmocka_unit_test(test_both_at_once),
        cmocka_unit_test(test_count_saturates), cmocka_unit_test(test_reset_of_one), cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
