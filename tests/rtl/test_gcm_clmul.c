/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/gcm/gcm_clmul.v against a product bit by bit. */
#include "gcm_clmul_model.h"
#include "tests/rtl/unit.h"

UNIT(gcm_clmul)

static uint64_t product(uint32_t a, uint32_t b)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < 32; i++)
        for (unsigned j = 0; j < 32; j++)
            sum ^= (uint64_t)(a >> i & b >> j & 1) << (i + j);
    return sum;
}

static void multiply(uint32_t a, uint32_t b)
{
    *unit.a = a;
    *unit.b = b;
    *unit.enable = 1;
    step();
    assert_int_equal(*unit.product, product(a, b));
}

static void test_products(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 32; i++)
        for (unsigned j = 0; j < 32; j++)
            multiply(1u << i, 1u << j);
    for (unsigned n = 0; n < 5000; n++)
        multiply((uint32_t)unit_random(1ull << 32), (uint32_t)unit_random(1ull << 32));
    multiply(UINT32_MAX, UINT32_MAX);
}

static void test_holds(void **state)
{
    (void)state;
    multiply(0x12345678, 0x9abcdef0);
    *unit.enable = 0;
    *unit.a = 1;
    step();
    assert_int_equal(*unit.product, product(0x12345678, 0x9abcdef0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products),
        cmocka_unit_test(test_holds),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
