/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/lib/arbiter.v: one grant at a time, in turn. */
#include "arbiter_model.h"
#include "tests/rtl/unit.h"

#define COUNT 5

UNIT(arbiter)
UNIT_RESET

static unsigned granted(unsigned request, int next) {
    unsigned grant;
    *unit.request = (uint8_t)request;
    *unit.next = (uint8_t)next;
    settle();
    grant = *unit.grant;
    step();
    return grant;
}

static void test_turns(void **state) {
    unsigned last = COUNT - 1;
    (void)state;
    reset();
    for (int i = 0; i < 20000; i++) {
        unsigned request = (unsigned)unit_random(1 << COUNT), next = (unsigned)unit_random(2);
        unsigned turn = last, grant = granted(request, (int)next);
        if (!request) {
            assert_int_equal(grant, 0);
            continue;
        }
        do
            turn = (turn + 1) % COUNT;
        while (!(request >> turn & 1));
        assert_int_equal(grant, 1u << turn);
        if (next)
            last = turn;
    }
}

static void test_nobody_starves(void **state) {
    unsigned counts[COUNT] = {0};
    (void)state;
    reset();
    for (int i = 0; i < 100 * COUNT; i++)
        counts[__builtin_ctz(granted((1 << COUNT) - 1, 1))]++;
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(counts[i], 100);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_nobody_starves),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
