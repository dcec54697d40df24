// SPDX-License-Identifier: Apache-2.0
// A card with two engines does at least 1.95 times the work of one, through the same queues.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/rtl/top_bench.h"

enum { N = 32, WIDE = 64, WARM = 8, REQUESTS = 96, DEPTH = 16 };

/* Its results are 3 * G on P-256 (NIST's point multiplication examples, k = 3). */
static const uint8_t triple[WIDE] = {
    0x5e, 0xcb, 0xe4, 0xd1, 0xa6, 0x33, 0x0a, 0x44, 0xc8, 0xf7, 0xef, 0x95, 0x1d, 0x4b, 0xf1, 0x65, 0xe6, 0xc6, 0xb7, 0x21, 0xef,
    0xad, 0xa9, 0x85, 0xfb, 0x41, 0x66, 0x1b, 0xc6, 0xe7, 0xfd, 0x6c, 0x87, 0x34, 0x64, 0x0c, 0x49, 0x98, 0xff, 0x7e, 0x37, 0x4b,
    0x06, 0xce, 0x1a, 0x64, 0xa2, 0xec, 0xd8, 0x2a, 0xb0, 0x36, 0x38, 0x4f, 0xb8, 0x3d, 0x9a, 0x79, 0xb1, 0x27, 0xa2, 0x7d, 0x50, 0x32,
};

/* Cycles in which the card does REQUESTS requests, its two queues kept full. */
static uint64_t cycles_of(struct top *top) {
    static const uint8_t scalar[N] = {[N - 1] = 3};
    struct top_pair pairs[TOP_PAIRS];
    uint64_t begun = 0;
    unsigned sent = 0, taken = 0;
    top->link.latency = 100;
    for (unsigned i = 0; i < TOP_PAIRS; i++) top_enable(top, &pairs[i], 0, i, 4, -1);
    while (taken < WARM + REQUESTS)
        for (unsigned i = 0; i < TOP_PAIRS; i++) {
            struct tlscard_completion completion;
            if (sent - taken < DEPTH && sent % TOP_PAIRS == i) {
                struct tlscard_submission request =
                    top_request(top, 0, sent % (2 * DEPTH), TLSCARD_OP_EC_MULTIPLY_BASE, WIDE, scalar, N, triple);
                memcpy(top->memory[0] + (request.source_address - top_address(0, 0)), scalar, N);
                request.parameter = TLSCARD_CURVE_P256;
                request.key_length = 0;
                request.source_length = N;
                top_put(top, &pairs[i], &request);
                top_ring(top, &pairs[i]);
                sent++;
            }
            if (top_take(top, &pairs[i], &completion)) {
                assert_int_equal(completion.status, TLSCARD_STATUS_OK);
                assert_memory_equal(top_destination(top, 0, completion.command_id - 0x5a00u), triple, WIDE);
                if (++taken == WARM) begun = top->cycle;
            }
            top_step(top);
            assert_true(top->cycle < 20000000);
        }
    uint64_t cycles = top->cycle - begun;
    top_settle(top, 2000000);
    return cycles;
}

static uint64_t one, two;

static void test_one(void **state) {
    struct top *top = *state;
    assert_int_equal(top_read(top, 0, 0, TLSCARD_REG_CAPS_ENGINES), 2 << 8 | 1);
    assert_int_equal(top_read(top, 0, 0, TLSCARD_REG_OPCODES_HI), 0);
    one = cycles_of(top);
}

static void test_two(void **state) {
    two = cycles_of(*state);
    double ratio = (double)one / (double)two;
    printf("# %llu cycles with one engine, %llu with two: %.3f times the work\n", (unsigned long long)one,
           (unsigned long long)two, ratio);
    assert_true(ratio >= 1.95);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_one, top_setup_single, top_teardown),
        cmocka_unit_test_setup_teardown(test_two, top_setup, top_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
