/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/lib/fifo.v against a queue in C. */
#include "fifo_model.h"
#include "tests/rtl/unit.h"

#define DEPTH 8

UNIT(fifo)
UNIT_RESET

static uint64_t queue[100000];
static unsigned put, taken;

/* One cycle in which in and out are offered as given; the model must agree with the queue. */
static void cycle(int offer, int accept) {
    uint64_t value = unit_random(1ull << 40);
    *unit.in_valid = (uint8_t)offer;
    *unit.in_data = value;
    *unit.out_ready = (uint8_t)accept;
    settle();
    assert_int_equal(*unit.out_valid, put != taken);
    if (put - taken > DEPTH)
        assert_int_equal(*unit.in_ready, 0);
    if (put - taken < DEPTH)
        assert_int_equal(*unit.in_ready, 1);
    if (*unit.out_valid)
        assert_int_equal(*unit.out_data, queue[taken]);
    if (offer && *unit.in_ready)
        queue[put++] = value;
    if (accept && *unit.out_valid)
        taken++;
    step();
}

static void begin(void) {
    *unit.in_valid = *unit.out_ready = 0;
    put = taken = 0;
    reset();
}

static void test_random(void **state) {
    (void)state;
    begin();
    for (unsigned phase = 0; phase < 9; phase++)
        for (int i = 0; i < 5000; i++)
            cycle(unit_random(100) < 20 + 30 * (phase % 3), unit_random(100) < 20 + 30 * (phase / 3));
}

static void test_full_rate(void **state) {
    (void)state;
    begin();
    cycle(1, 1);
    for (int i = 0; i < 100; i++)
        cycle(1, 1);
    assert_int_equal(put, 101);
    assert_int_equal(taken, 100);
}

static void test_capacity(void **state) {
    (void)state;
    begin();
    for (int i = 0; i < 20; i++)
        cycle(1, 0);
    assert_int_equal(put, DEPTH + 1);
    for (int i = 0; i < 20; i++)
        cycle(0, 1);
    assert_int_equal(taken, DEPTH + 1);
}

static void test_reset_empties(void **state) {
    (void)state;
    begin();
    for (int i = 0; i < 5; i++)
        cycle(1, 0);
    begin();
    cycle(0, 0);
    cycle(1, 0);
    cycle(0, 1);
    assert_int_equal(taken, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_full_rate),
        cmocka_unit_test(test_capacity),
        cmocka_unit_test(test_reset_empties),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
