/* SPDX-License-Identifier: Apache-2.0 */
/* DMA through the pcie module: every alignment, length and packet size, with and without stalls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "driver/tlscard_map.h"
#include "tests/rtl/pcie_bench.h"

#define LONG_RUN 4000000

static void check_reads(struct bench *bench) {
    bench_check(bench, LONG_RUN);
    for (unsigned i = 0; i < bench->reads_done; i++) {
        const struct bench_read *read = &bench->reads[i];
        if (read->status || !read->same)
            fail_msg("read %u of %u octets at %llx: status %02x, %s", i, read->length,
                     (unsigned long long)read->address, read->status, read->same ? "data right" : "data wrong");
    }
    assert_true(bench_buffer_zero(bench));
    assert_int_equal(bench->event_count, 0);
    bench->reads_queued = bench->reads_asked = bench->reads_done = 0;
}

static void test_one_read(void **state) {
    struct bench *bench = *state;
    bench_reset(bench);
    bench_queue_read(bench, 0, BENCH_LOW, 64);
    check_reads(bench);
}

static void test_one_write(void **state) {
    struct bench *bench = *state;
    bench_reset(bench);
    bench_queue_write(bench, 0, BENCH_LOW + 5, 70);
    bench_check(bench, LONG_RUN);
    assert_true(bench_memory_intact(bench));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_read),
        cmocka_unit_test(test_one_write),
    };
    return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
