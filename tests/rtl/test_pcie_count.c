/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/pcie/pcie_count.v against eight counters. */
#include "pcie_count_model.h"
#include "tests/rtl/unit.h"

UNIT(pcie_count)
UNIT_RESET

static void test_random(void **state) {
    unsigned counts[8] = {0};
    (void)state;
    *unit.up = *unit.down = 0;
    reset();
    for (int i = 0; i < 50000; i++) {
        unsigned busy = 0, up = (unsigned)unit_random(8), down = (unsigned)unit_random(8);
        *unit.up_function = (uint8_t)up;
        *unit.down_function = (uint8_t)down;
        *unit.up = counts[up] < 63 && unit_random(100) < (i / 5000 % 2 ? 40 : 60);
        *unit.down = counts[down] > 0 && unit_random(2);
        counts[up] += *unit.up;
        counts[down] -= *unit.down;
        step();
        for (unsigned j = 0; j < 8; j++)
            busy |= (unsigned)(counts[j] != 0) << j;
        assert_int_equal(*unit.busy, busy);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
