// SPDX-License-Identifier: Apache-2.0
// The round-robin choice against its definition, for every set of requests and every last choice.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host_pick_model.h"

enum { WIDTH = 5 }; /* as tests/rtl/host.mk has it */

static unsigned expected(unsigned requests, unsigned last) {
    for (unsigned i = 1; i <= WIDTH; i++) {
        unsigned candidate = (last + i) % WIDTH;
        if (requests >> candidate & 1) return candidate;
    }
    return last;
}

static void test_all(void **state) {
    (void)state;
    struct host_pick_model model;
    assert_int_equal(host_pick_model_create(&model), 0);
    for (unsigned requests = 0; requests < 1u << WIDTH; requests++)
        for (unsigned last = 0; last < WIDTH; last++) {
            *model.requests = (uint8_t)requests;
            *model.last = (uint8_t)last;
            host_pick_model_eval(&model);
            assert_int_equal(*model.chosen, expected(requests, last));
        }
    host_pick_model_destroy(&model);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
