/* SPDX-License-Identifier: Apache-2.0 */
/* Made-up packets, badly framed and at any time: the pcie module neither hangs nor writes anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "driver/tlscard_map.h"
#include "tests/rtl/pcie_bench.h"

#define ROUNDS 12
#define LONG_RUN 4000000

static enum link_fault lose(void *context, const struct link_packet *packet) {
    (void)context;
    (void)packet;
    return LINK_LOST;
}

/* The packet that was begun last may lack its end: a beat with eop brings the next one into step. */
static void end_packet(struct bench *bench) {
    struct link_packet packet;
    memset(&packet, 0, sizeof packet);
    packet.header[0] = 0x30000000u; /* a message, which is dropped */
    bench->link.garbage = 0;
    for (int i = 0; i < 2; i++)
        assert_int_equal(link_send(&bench->link, &packet), 0);
    while (bench->link.queue_count || bench->link.sending)
        bench_step(bench);
}

static void check_reads(struct bench *bench) {
    for (unsigned i = 0; i < bench->reads_done; i++) {
        const struct bench_read *read = &bench->reads[i];
        unsigned status = read->status;
        assert_int_equal(read->beats, (read->length + 15) / 16);
        if (status != TLSCARD_STATUS_OK) {
            assert_in_range(status, TLSCARD_STATUS_DMA_UNSUPPORTED_REQUEST, TLSCARD_STATUS_DMA_MALFORMED);
            assert_true(read->zero); /* each is one packet */
        }
    }
    assert_true(bench_buffer_zero(bench));
}

static void test_garbage(void **state) {
    struct bench *bench = *state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        bench_reset(bench);
        bench_stall(bench, round % 3 * 20);
        bench->link.choose_fault = lose;
        bench->link.garbage = 100;
        for (unsigned i = 0; i < 150; i++) {
            bench_queue_read(bench, i % 3, BENCH_LOW + 128 * i, 4 * (1 + i % 19));
            bench_queue_write(bench, i % 3, BENCH_HIGH + 77 * i, 1 + i);
        }
        for (unsigned i = 0; i < 20000; i++)
            bench_step(bench);
        end_packet(bench);
        assert_true(bench_run(bench, LONG_RUN));
        check_reads(bench);
        assert_true(bench_memory_intact(bench)); /* the writes asked for, and nothing else */
        bench_forget(bench);
        bench->link.violations = 0; /* completions to packets that were made up */
        bench->link.choose_fault = NULL;
        for (unsigned i = 0; i < 100; i++)
            bench_queue_read(bench, i % 3, BENCH_LOW + 16 * i, 100);
        bench_check(bench, LONG_RUN);
        for (unsigned i = 0; i < 100; i++)
            assert_true(bench->reads[i].status == TLSCARD_STATUS_OK && bench->reads[i].same);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_garbage),
    };
    return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
