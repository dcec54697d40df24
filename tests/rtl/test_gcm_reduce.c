/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/gcm/gcm_reduce.v: products without reduction become products of the field. */
#include "gcm_reduce_model.h"
#include "tests/rtl/gcm_field.h"
#include "tests/rtl/unit.h"

UNIT(gcm_reduce)

/* The product of a and b of up to 255 bits, as the port takes it. */
static void put_product(element a, element b)
{
    element low = 0, high = 0;
    for (unsigned bit = 0; bit < 128; bit++)
        if (b >> bit & 1) {
            low ^= a << bit;
            high ^= bit ? a >> (128 - bit) : 0;
        }
    port_write(unit.product, low);
    port_write(unit.product + 4, high);
}

static void test_products(void **state)
{
    (void)state;
    *unit.enable = 1;
    for (unsigned n = 0; n < 5000; n++) {
        element a = random_element(unit_random), b = random_element(unit_random);
        put_product(a, b);
        step();
        assert_true(port_read(unit.result) == field_product(a, b));
    }
}

/* Each coefficient of the product alone: x^k as x^i x^j. */
static void test_coefficients(void **state)
{
    (void)state;
    *unit.enable = 1;
    for (unsigned k = 0; k < 255; k++) {
        element a = (element)1 << (127 - k / 2), b = (element)1 << (127 - (k + 1) / 2);
        put_product(a, b);
        step();
        assert_true(port_read(unit.result) == field_product(a, b));
    }
}

static void test_holds(void **state)
{
    (void)state;
    element before = port_read(unit.result);
    *unit.enable = 0;
    put_product(~before, ~(element)0);
    step();
    assert_true(port_read(unit.result) == before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products),
        cmocka_unit_test(test_coefficients),
        cmocka_unit_test(test_holds),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
