/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/gcm/gcm_powers.v: four powers six cycles after each subkey, a subkey every six cycles. */
#include "gcm_powers_model.h"
#include "tests/rtl/gcm_field.h"
#include "tests/rtl/unit.h"

UNIT(gcm_powers)
UNIT_RESET

enum { LATENCY = 6 };

static void start(element subkey)
{
    port_write(unit.subkey, subkey);
    *unit.start = 1;
}

static void check(element subkey)
{
    element square = field_product(subkey, subkey);
    assert_true(port_read(unit.power_1) == subkey);
    assert_true(port_read(unit.power_2) == square);
    assert_true(port_read(unit.power_3) == field_product(square, subkey));
    assert_true(port_read(unit.power_4) == field_product(square, square));
}

/* The cycles after a start; the port shows other values then. */
static void cycles(unsigned count)
{
    while (count--) {
        step();
        *unit.start = 0;
        port_write(unit.subkey, random_element(unit_random));
    }
}

static void test_every_six_cycles(void **state)
{
    (void)state;
    reset();
    for (unsigned n = 0; n < 2000; n++) {
        element subkey = random_element(unit_random);
        start(subkey);
        cycles(LATENCY);
        settle();
        check(subkey);
    }
}

static void test_powers_stand(void **state)
{
    (void)state;
    reset();
    element subkey = random_element(unit_random) | 1;
    start(subkey);
    cycles(LATENCY + 50);
    check(subkey);
}

/* Zeros wipe, several in a row or one, and the next subkey may follow at once. */
static void test_zeros(void **state)
{
    (void)state;
    reset();
    for (unsigned zeros = 1; zeros < 8; zeros++) {
        start(~(element)0);
        cycles(LATENCY);
        for (unsigned n = 0; n < zeros; n++) {
            start(0);
            step();
        }
        *unit.start = 0;
        if (zeros & 1) {
            cycles(LATENCY);
            check(0);
        }
        start((element)zeros << 100);
        cycles(LATENCY);
        check((element)zeros << 100);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_six_cycles),
        cmocka_unit_test(test_powers_stand),
        cmocka_unit_test(test_zeros),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
