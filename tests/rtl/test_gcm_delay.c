/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/gcm/gcm_delay.v: what comes goes six cycles later. */
#include "gcm_delay_model.h"
#include "tests/rtl/unit.h"

UNIT(gcm_delay)

enum { CYCLES = 6 };

static void test_delay(void **state)
{
    (void)state;
    uint64_t sent[1000];
    for (unsigned n = 0; n < 1000; n++) {
        sent[n] = unit_random(1ull << 33);
        *unit.in = sent[n];
        settle();
        if (n >= CYCLES)
            assert_int_equal(*unit.out, sent[n - CYCLES]);
        step();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delay),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
