/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/lib/clock_gate.v: whole cycles pass, or none of a cycle. */
#include "clock_gate_model.h"
#include "tests/rtl/unit.h"

UNIT(clock_gate)

static void test_cycles(void **state) {
    (void)state;
    for (int i = 0; i < 1000; i++) {
        int wanted = (int)unit_random(2);
        *unit.enable = (uint8_t)wanted;
        settle();
        assert_int_equal(*unit.running, wanted);
        assert_int_equal(*unit.gated, 0);
        step();
        assert_int_equal(*unit.gated, wanted);
    }
}

/* enable may change with the registers that the edge clocks: that neither begins nor ends a pulse. */
static void test_enable_changes_while_high(void **state) {
    (void)state;
    for (int i = 0; i < 1000; i++) {
        int wanted = (int)unit_random(2);
        *unit.enable = (uint8_t)wanted;
        step();
        for (int j = 0; j < 3; j++) {
            *unit.enable = (uint8_t)unit_random(2);
            clock_gate_model_eval(&unit);
            assert_int_equal(*unit.gated, wanted);
            assert_int_equal(*unit.running, wanted);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cycles),
        cmocka_unit_test(test_enable_changes_while_high),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
