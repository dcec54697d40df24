/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/gcm/gcm_multiply.v: a product a cycle, four cycles later, and registers that wait. */
#include "gcm_multiply_model.h"
#include "tests/rtl/gcm_field.h"
#include "tests/rtl/unit.h"

UNIT(gcm_multiply)

enum { STAGES = 4 };

/* Products as they stand in the registers; each register takes from the one before where its enable says. */
static void test_registers(void **state)
{
    (void)state;
    element stage[STAGES + 1] = {0};
    for (unsigned n = 0; n < 20000; n++) {
        unsigned enable = n < 5000 ? 0xf : (unsigned)unit_random(16);
        element a = random_element(unit_random), b = random_element(unit_random);
        port_write(unit.a, a);
        port_write(unit.b, b);
        *unit.enable = (uint8_t)enable;
        step();
        stage[0] = field_product(a, b);
        for (unsigned s = STAGES; s > 0; s--)
            if (enable >> (s - 1) & 1)
                stage[s] = stage[s - 1];
        if (n >= 2 * STAGES)
            assert_true(port_read(unit.result) == stage[STAGES]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registers),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
