/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/host/host_dispatch.v: entries in turn to contexts; of each the key is asked for, then the source. */
#include "host_dispatch_model.h"
#include "tests/rtl/unit.h"

UNIT(host_dispatch)
UNIT_RESET

/* Answers of the slots, by the function that is picked. */
static uint64_t key_address(unsigned function) { return 0x100000000ull * (function + 1); }
static uint64_t source_address(unsigned function) { return 0xabc00000ull + function; }
static unsigned key_length(unsigned function) { return 4096 - function; }
static unsigned source_length(unsigned function) { return 1023 - function; }

static void slots(void) {
    settle();
    unsigned f = *unit.pick_function;
    *unit.pick_key_address = key_address(f);
    *unit.pick_source_address = source_address(f);
    *unit.pick_key_length = (uint16_t)key_length(f);
    *unit.pick_source_length = (uint16_t)source_length(f);
    settle();
}

static void begin(void) {
    *unit.held = *unit.found = *unit.operand_ready = 0;
    reset();
}

static void expect_operand(unsigned function, unsigned source, unsigned engine, unsigned context) {
    slots();
    assert_int_equal(*unit.operand_valid, 1);
    assert_int_equal(*unit.pick_function, function);
    assert_int_equal(*unit.operand_source, source);
    assert_true(*unit.operand_address == (source ? source_address(function) : key_address(function)));
    assert_int_equal(*unit.operand_length, source ? source_length(function) : key_length(function));
    assert_int_equal(*unit.operand_engine, engine);
    assert_int_equal(*unit.operand_context, context);
    assert_int_equal(*unit.idle | *unit.search | *unit.pick_valid, 0);
}

/* From a search that finds to the source's acceptance, after `wait` cycles for each. */
static void dispatch(unsigned function, unsigned engine, unsigned context, unsigned wait) {
    settle();
    assert_int_equal(*unit.search, 1);
    *unit.found = 1;
    *unit.found_engine = (uint8_t)engine;
    *unit.found_context = (uint8_t)context;
    step();
    slots();
    assert_int_equal(*unit.pick_valid, 1);
    assert_int_equal(*unit.pick_function, function);
    *unit.found = 0;
    step();
    *unit.held &= (uint8_t)~(1u << function); /* as the slots do */
    for (unsigned source = 0; source < 2; source++) {
        for (unsigned i = 0; i < wait; i++) {
            expect_operand(function, source, engine, context);
            assert_int_equal(*unit.picked_valid, 0);
            step();
        }
        *unit.operand_ready = 1;
        expect_operand(function, source, engine, context);
        assert_int_equal(*unit.picked_valid, source);
        step();
        *unit.operand_ready = 0;
    }
}

static void test_key_then_source(void **state) {
    (void)state;
    begin();
    *unit.held = 1 << 5;
    dispatch(5, 2, 9, 3);
    settle();
    assert_int_equal(*unit.idle, 1);
    assert_int_equal(*unit.operand_valid | *unit.picked_valid | *unit.search, 0);
}

static void test_waits_for_a_context(void **state) {
    (void)state;
    begin();
    settle();
    assert_int_equal(*unit.search, 0);
    *unit.held = 1 << 3;
    for (unsigned i = 0; i < 10; i++) {
        settle();
        assert_int_equal(*unit.search, 1);
        assert_int_equal(*unit.pick_valid | *unit.operand_valid, 0);
        step();
    }
    dispatch(3, 0, 15, 0);
}

/* The entry is dropped between the search and the pick: nothing is asked for. */
static void test_dropped_before_pick(void **state) {
    (void)state;
    begin();
    *unit.held = 1 << 6;
    *unit.found = 1;
    step();
    *unit.held = 0;
    settle();
    assert_int_equal(*unit.pick_valid, 0);
    step();
    settle();
    assert_int_equal(*unit.idle, 1);
    assert_int_equal(*unit.operand_valid, 0);
    *unit.held = 1 << 6;
    dispatch(6, 1, 1, 0);
}

static void test_turns(void **state) {
    (void)state;
    begin();
    for (unsigned i = 1; i < 40; i++) {
        *unit.held = 0xff;
        dispatch(i & 7, i & 3, i & 15, 0);
    }
    unsigned last = 39 & 7;
    for (unsigned i = 0; i < 5000; i++) {
        unsigned held = 1 + (unsigned)unit_random(255), next = (last + 1) & 7;
        while (!(held >> next & 1))
            next = (next + 1) & 7;
        *unit.held = (uint8_t)held;
        dispatch(next, (unsigned)unit_random(4), (unsigned)unit_random(16), (unsigned)unit_random(3));
        last = next;
    }
}

static void test_reset_ends_it(void **state) {
    (void)state;
    begin();
    *unit.held = 2;
    *unit.found = 1;
    step();
    step();
    settle();
    assert_int_equal(*unit.operand_valid, 1);
    begin();
    assert_int_equal(*unit.idle, 1);
    assert_int_equal(*unit.operand_valid, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_key_then_source),     cmocka_unit_test(test_waits_for_a_context),
        cmocka_unit_test(test_dropped_before_pick), cmocka_unit_test(test_turns),
        cmocka_unit_test(test_reset_ends_it),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
