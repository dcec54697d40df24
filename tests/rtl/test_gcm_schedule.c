/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/gcm/gcm_schedule.v as a step of FIPS 197's examples of key expansion (appendices A.1 and A.3). */
#include "gcm_schedule_model.h"
#include "tests/rtl/unit.h"

UNIT(gcm_schedule)

/* Four words of the schedule, the first octet of each printed first, as the appendices do. */
static void words(uint32_t *port, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    uint32_t values[4] = {__builtin_bswap32(a), __builtin_bswap32(b), __builtin_bswap32(c), __builtin_bswap32(d)};
    memcpy(port, values, sizeof(values));
}

static void check(const uint32_t *port, uint32_t a, uint32_t b, uint32_t c, uint32_t d)
{
    uint32_t values[4];
    words(values, a, b, c, d);
    assert_memory_equal(port, values, sizeof(values));
}

static void load(int live, int key_256)
{
    *unit.load = 1;
    *unit.live_in = (uint8_t)live;
    *unit.key_256_in = (uint8_t)key_256;
    step();
    *unit.load = 0;
}

/* The tenth step of A.1, whose constant the model was built with. */
static void test_128(void **state)
{
    (void)state;
    words(unit.current_in, 0xac7766f3, 0x19fadc21, 0x28d12941, 0x575c006e);
    load(1, 0);
    assert_int_equal(*unit.live, 1);
    assert_int_equal(*unit.key_256, 0);
    check(unit.current, 0xd014f9a8, 0xc9ee2589, 0xe13f0cc8, 0xb6630ca6);
    check(unit.next, 0, 0, 0, 0);
}

/* The first of A.3. */
static void test_256(void **state)
{
    (void)state;
    words(unit.current_in, 0x603deb10, 0x15ca71be, 0x2b73aef0, 0x857d7781);
    words(unit.next_in, 0x1f352c07, 0x3b6108d7, 0x2d9810a3, 0x0914dff4);
    load(1, 1);
    assert_int_equal(*unit.key_256, 1);
    check(unit.current, 0x1f352c07, 0x3b6108d7, 0x2d9810a3, 0x0914dff4);
    check(unit.next, 0x9ba35411, 0x8e6925af, 0xa51a8b5f, 0x2067fcde);
}

static void test_holds_then_wipes(void **state)
{
    (void)state;
    test_256(state);
    words(unit.current_in, 1, 2, 3, 4);
    step();
    check(unit.current, 0x1f352c07, 0x3b6108d7, 0x2d9810a3, 0x0914dff4);
    load(0, 1);
    assert_int_equal(*unit.live, 0);
    check(unit.current, 0, 0, 0, 0);
    check(unit.next, 0, 0, 0, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_128),
        cmocka_unit_test(test_256),
        cmocka_unit_test(test_holds_then_wipes),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
