/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/lib/ram.v against an array. */
#include "ram_model.h"
#include "tests/rtl/unit.h"

UNIT(ram)

static void test_random(void **state) {
    uint32_t words[64], expected = 0;
    int known = 0;
    (void)state;
    *unit.read_enable = 0;
    *unit.write_enable = 1;
    for (unsigned i = 0; i < 64; i++) {
        *unit.write_address = (uint8_t)i;
        *unit.write_data = words[i] = i * 0x01234567u;
        step();
    }
    for (int i = 0; i < 20000; i++) {
        *unit.write_enable = unit_random(2) != 0;
        *unit.write_address = (uint8_t)unit_random(64);
        *unit.write_data = (uint32_t)unit_random(1ull << 32);
        *unit.read_enable = unit_random(2) != 0;
        *unit.read_address = unit_random(3) ? (uint8_t)unit_random(64) : *unit.write_address;
        if (*unit.read_enable) { /* the old word, where it is being written */
            expected = words[*unit.read_address];
            known = 1;
        }
        if (*unit.write_enable)
            words[*unit.write_address] = *unit.write_data;
        step();
        if (known)
            assert_int_equal(*unit.read_data, expected);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
