/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/lib/ram_erase.v against an array. */
#include "ram_erase_model.h"
#include "tests/rtl/unit.h"

UNIT(ram_erase)

static void test_random(void **state) {
    uint32_t words[64] = {0}, expected = 0;
    (void)state;
    *unit.take_enable = 0;
    *unit.take_clear = 1;
    step();
    for (int i = 0; i < 20000; i++) {
        *unit.put_enable = unit_random(2) != 0;
        *unit.put_address = (uint8_t)unit_random(64);
        *unit.put_data = (uint32_t)unit_random(1ull << 32);
        *unit.take_enable = unit_random(2) != 0;
        *unit.take_clear = unit_random(4) == 0;
        do
            *unit.take_address = (uint8_t)unit_random(64);
        while (*unit.take_address == *unit.put_address);
        if (*unit.take_enable) {
            expected = words[*unit.take_address];
            words[*unit.take_address] = 0;
        }
        if (*unit.take_clear)
            expected = 0;
        if (*unit.put_enable)
            words[*unit.put_address] = *unit.put_data;
        step();
        assert_int_equal(*unit.take_data, expected);
        assert_memory_equal(unit.memory, words, sizeof words);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
