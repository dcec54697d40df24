/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/gcm/gcm_fifo.v against a queue in C; nothing of what left it remains. */
#include "gcm_fifo_model.h"
#include "tests/rtl/unit.h"

UNIT(gcm_fifo)
UNIT_RESET

enum { DEPTH = 8, MOST = 200000 };

static uint64_t queue[MOST];
static unsigned put, taken;

static void begin(void)
{
    *unit.put = *unit.take = 0;
    reset();
    for (unsigned n = 0; n < DEPTH; n++) {
        assert_int_equal(*unit.sweeping, 1);
        assert_int_equal(*unit.valid, 0);
        step();
        settle();
    }
    assert_int_equal(*unit.sweeping, 0);
    put = taken = 0;
}

static void cycle(int offer, int accept)
{
    uint64_t value = 1 + unit_random((1ull << 33) - 1);
    settle();
    if (*unit.valid)
        assert_int_equal(*unit.out, queue[taken]);
    else
        assert_int_equal(*unit.out, 0);
    *unit.put = offer && put - taken < DEPTH;
    *unit.in = value;
    *unit.take = accept && *unit.valid;
    if (*unit.put)
        queue[put++] = value;
    if (*unit.take) {
        assert_int_not_equal(put, taken);
        taken++;
    }
    step();
}

static void check_erased(void)
{
    for (unsigned n = 0; n < DEPTH; n++)
        assert_int_equal(unit.entries__memory[n], 0);
}

static void test_random(void **state)
{
    (void)state;
    begin();
    for (unsigned phase = 0; phase < 9; phase++) {
        for (unsigned n = 0; n < 5000; n++)
            cycle(unit_random(100) < 20 + 30 * (phase % 3), unit_random(100) < 20 + 30 * (phase / 3));
        for (unsigned n = 0; n < DEPTH + 3; n++)
            cycle(0, 1);
        assert_int_equal(put, taken);
        check_erased();
    }
}

static void test_full_rate(void **state)
{
    (void)state;
    begin();
    for (unsigned n = 0; n < 100; n++)
        cycle(1, 1);
    assert_int_equal(put, 100);
    assert_int_equal(taken, 98);
}

/* Reset erases what had not left. */
static void test_reset(void **state)
{
    (void)state;
    begin();
    for (unsigned n = 0; n < DEPTH; n++)
        cycle(1, 0);
    begin();
    check_erased();
    cycle(0, 1);
    cycle(1, 1);
    cycle(0, 1);
    cycle(0, 1);
    assert_int_equal(taken, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_full_rate),
        cmocka_unit_test(test_reset),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
