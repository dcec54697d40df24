/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/host/host_turns.v: round robin over functions, then over the pairs of the function. */
#include "host_turns_model.h"
#include "tests/rtl/unit.h"

UNIT(host_turns)
UNIT_RESET

static unsigned next_of(unsigned requests, unsigned last) {
    for (unsigned i = 1; i <= 8; i++)
        if (requests >> (last + i) % 8 & 1)
            return (last + i) % 8;
    return last;
}

static void test_order(void **state) {
    (void)state;
    unsigned function = 0, pairs[8] = {0};
    *unit.take = 0;
    reset();
    for (unsigned i = 0; i < 50000; i++) {
        uint64_t requests = unit_random(1ull << 53) << 11 ^ unit_random(1ull << 53);
        for (unsigned n = (unsigned)unit_random(6); n != 0; n--)
            requests &= unit_random(1ull << 53) << 11 ^ unit_random(1ull << 53);
        *unit.requests = requests;
        *unit.take = requests != 0 && unit_random(4) != 0; /* the choice may change until it is taken */
        settle();
        assert_int_equal(*unit.any, requests != 0);
        if (!requests)
            continue;
        unsigned functions = 0;
        for (unsigned f = 0; f < 8; f++)
            functions |= (requests >> 8 * f & 0xff) ? 1u << f : 0;
        unsigned f = next_of(functions, function), pair = next_of(requests >> 8 * f & 0xff, pairs[f]);
        assert_int_equal(*unit.pair, 8 * f + pair);
        if (*unit.take) {
            function = f;
            pairs[f] = pair;
        }
        step();
    }
}

/* With everything always asked for, 64 turns serve each pair once. */
static void test_all(void **state) {
    (void)state;
    unsigned seen[64] = {0};
    *unit.requests = UINT64_MAX;
    *unit.take = 1;
    reset();
    for (unsigned i = 0; i < 3 * 64; i++) {
        settle();
        seen[*unit.pair]++;
        step();
    }
    for (unsigned i = 0; i < 64; i++)
        assert_int_equal(seen[i], 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_all),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
