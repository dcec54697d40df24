/* SPDX-License-Identifier: Apache-2.0 */
/* DMA through the pcie module: every alignment, length and packet size, with and without stalls. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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
    bench_forget(bench);
}

static void check_writes(struct bench *bench) {
    bench_check(bench, LONG_RUN);
    assert_true(bench_memory_intact(bench));
    assert_int_equal(bench->event_count, 0);
    bench_forget(bench);
}

/* Where a transfer of length octets with an alignment lies across, or up to, a line of 4 KiB. */
static uint64_t across_line(struct bench *bench, unsigned length, unsigned alignment) {
    static const uint64_t lines[3] = {BENCH_LOW + 0x10000, BENCH_MIDDLE + 0x20000, BENCH_HIGH + 0x1f000};
    uint64_t line = lines[link_random(&bench->link, 3)];
    return ((line - link_random(&bench->link, length + 1)) & ~15ull) | alignment;
}

static void sweep(struct bench *bench, int write, unsigned from, unsigned to) {
    for (unsigned length = from; length <= to; length++)
        for (unsigned alignment = 0; alignment < 16; alignment++) {
            uint64_t address = across_line(bench, length, alignment);
            if (write)
                bench_queue_write(bench, length % BENCH_FUNCTIONS, address, length);
            else
                bench_queue_read(bench, length % BENCH_FUNCTIONS, address, length);
            if (bench->reads_queued == BENCH_QUEUE)
                check_reads(bench);
            if (bench->writes_queued == BENCH_QUEUE)
                check_writes(bench);
        }
    check_reads(bench);
    check_writes(bench);
}

static void test_read_lengths_and_alignments(void **state) {
    struct bench *bench = *state;
    bench_reset(bench);
    for (unsigned code = 0; code <= 5; code++) {
        bench->link.max_read = bench->link.max_payload = 128u << code;
        bench->link.boundary = code % 2 ? 64 : 128;
        bench_stall(bench, code % 3 * 25);
        sweep(bench, 0, 1, 300);
    }
}

static void test_write_lengths_and_alignments(void **state) {
    struct bench *bench = *state;
    bench_reset(bench);
    for (unsigned code = 0; code <= 5; code++) {
        bench->link.max_payload = 128u << code;
        bench_stall(bench, code % 3 * 25);
        sweep(bench, 1, 1, 300);
    }
}

static const unsigned lengths[] = {301, 511, 512, 513, 1000, 2047, 4080, 4095, 4096, 4097, 8191, 12345, 32768, 65535, 65536};

static void test_long_transfers(void **state) {
    struct bench *bench = *state;
    bench_reset(bench);
    for (unsigned round = 0; round < 12; round++) {
        bench->link.max_payload = 128u << round % 6;
        bench->link.max_read = 128u << (round + round / 6) % 6;
        bench->link.boundary = round % 2 ? 64 : 128;
        bench_stall(bench, round % 4 * 20);
        for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++) {
            unsigned alignment = (round * 5 + i) % 16;
            bench_queue_read(bench, i % BENCH_FUNCTIONS, BENCH_LOW + 0x1000 * link_random(&bench->link, 40) + alignment,
                             lengths[i]);
            bench_queue_write(bench, i % BENCH_FUNCTIONS, BENCH_HIGH + 0x1000 * link_random(&bench->link, 40) + alignment,
                              lengths[i]);
        }
        bench_check(bench, LONG_RUN);
        assert_true(bench_memory_intact(bench));
        check_reads(bench);
    }
}

/* All at once, in random order, each stream stalled at random. */
static void test_mixed_traffic(void **state) {
    struct bench *bench = *state;
    bench_reset(bench);
    for (unsigned round = 0; round < 6; round++) {
        bench_stall(bench, (unsigned)link_random(&bench->link, 70));
        bench->rd_data_stall = round % 2 * 80;
        bench->link.max_payload = 128u << link_random(&bench->link, 6);
        bench->link.max_read = 128u << link_random(&bench->link, 6);
        for (unsigned i = 0; i < 400; i++) {
            unsigned length = 1 + (unsigned)link_random(&bench->link, i % 10 ? 100 : 3000);
            bench_queue_read(bench, i % BENCH_FUNCTIONS, BENCH_LOW + link_random(&bench->link, BENCH_REGION - length),
                             length);
            bench_queue_write(bench, i % BENCH_FUNCTIONS,
                              BENCH_MIDDLE + link_random(&bench->link, BENCH_REGION - length), length);
        }
        bench_check(bench, LONG_RUN);
        assert_true(bench_memory_intact(bench));
        check_reads(bench);
    }
}

/* 16 octets in each cycle, but for the latency and a cycle here and there. */
static void test_full_rate(void **state) {
    struct bench *bench = *state;
    for (unsigned alignment = 0; alignment < 16; alignment += 5) {
        uint64_t begin;
        bench_reset(bench);
        bench->link.max_payload = bench->link.max_read = 512;
        bench->link.whole = 1;
        bench->link.latency = 200;
        begin = bench->cycle;
        bench_queue_read(bench, 0, BENCH_LOW + alignment, 65536);
        check_reads(bench);
        print_message("# read: %llu cycles\n", (unsigned long long)(bench->cycle - begin));
        assert_in_range(bench->cycle - begin, 4096, 4096 + 200 + 60);
        begin = bench->cycle;
        bench->link.max_payload = 128;
        bench_queue_write(bench, 0, BENCH_LOW + alignment, 65536);
        check_writes(bench);
        print_message("# write: %llu cycles\n", (unsigned long long)(bench->cycle - begin));
        assert_in_range(bench->cycle - begin, 4096, 4096 + 60);
    }
}

/* Data may come with the request's acceptance: the longest wait is before it. */
static void test_bus_master_disabled(void **state) {
    struct bench *bench = *state;
    bench_reset(bench);
    *bench->model.cfg_bus_master = 5;
    bench_stall(bench, 20);
    for (unsigned i = 0; i < 30; i++) {
        bench_queue_read(bench, i % 3, BENCH_LOW + 777 * i, 1 + 531 * i);
        bench_queue_write(bench, i % 3, BENCH_HIGH + 3333 * i, 1 + 431 * i);
    }
    bench_check(bench, LONG_RUN);
    assert_true(bench_memory_intact(bench));
    for (unsigned i = 0; i < 30; i++) {
        const struct bench_read *read = &bench->reads[i];
        assert_int_equal(read->status, i % 3 == 1 ? TLSCARD_STATUS_DMA_UNSUPPORTED_REQUEST : TLSCARD_STATUS_OK);
        assert_int_equal(read->beats, (read->length + 15) / 16);
        assert_true(i % 3 == 1 ? read->zero : read->same);
    }
    assert_int_equal(bench->event_count, 10); /* one for each write, none for reads: they have a status */
    for (unsigned i = 0; i < 10; i++) {
        assert_int_equal(bench->events[i].code, TLSCARD_ERROR_BUS_MASTER_DISABLED);
        assert_int_equal(bench->events[i].function, 1);
        assert_true(bench->events[i].address == BENCH_HIGH + 3333 * (3 * i + 1));
    }
    assert_true(bench_buffer_zero(bench));
}

/* Refused writes of the card, refused requests of the host and unexpected completions, all at once. */
static void test_no_event_is_lost(void **state) {
    struct bench *bench = *state;
    unsigned counts[256] = {0};
    bench_reset(bench);
    *bench->model.cfg_bus_master = 0;
    for (unsigned i = 0; i < 80; i++) {
        struct link_packet packet;
        memset(&packet, 0, sizeof packet);
        packet.header[0] = 0x0a000000u;
        bench_queue_write(bench, 0, BENCH_LOW + 64 * i, 16);
        assert_int_equal(link_write(&bench->link, 0, 1, 4 * i, &packet.header[0], 1, 15, 0), 0);
        assert_int_equal(link_send(&bench->link, &packet), 0);
    }
    bench_check(bench, LONG_RUN);
    for (unsigned i = 0; i < bench->event_count; i++)
        counts[bench->events[i].code]++;
    assert_int_equal(counts[TLSCARD_ERROR_BUS_MASTER_DISABLED], 80);
    assert_int_equal(counts[TLSCARD_ERROR_UNSUPPORTED_REQUEST], 80);
    assert_int_equal(counts[TLSCARD_ERROR_UNEXPECTED_COMPLETION], 80);
}

static void test_quiet_and_idle(void **state) {
    struct bench *bench = *state;
    bench_reset(bench);
    bench->link.latency = 100;
    assert_int_equal(*bench->model.function_quiet, 7);
    assert_int_equal(*bench->model.pcie_idle, 1);
    bench_queue_read(bench, 2, BENCH_LOW, 100);
    bench_queue_write(bench, 1, BENCH_LOW + 0x1000, 100);
    bench->wr_data_stall = 100;
    for (int i = 0; i < 50; i++)
        bench_step(bench);
    assert_int_equal(*bench->model.function_quiet, 1);
    assert_int_equal(*bench->model.pcie_idle, 0);
    bench->wr_data_stall = 0;
    for (int i = 0; i < 30; i++)
        bench_step(bench);
    assert_int_equal(*bench->model.function_quiet, 3); /* the write has left, the read is not answered */
    assert_int_equal(*bench->model.pcie_idle, 0);
    bench->rd_data_stall = 100;
    for (int i = 0; i < 300; i++)
        bench_step(bench);
    assert_int_equal(*bench->model.function_quiet, 3); /* the answer is not taken */
    bench->rd_data_stall = 0;
    check_reads(bench);
    assert_int_equal(*bench->model.function_quiet, 7);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read_lengths_and_alignments),
        cmocka_unit_test(test_write_lengths_and_alignments),
        cmocka_unit_test(test_long_transfers),
        cmocka_unit_test(test_mixed_traffic),
        cmocka_unit_test(test_full_rate),
        cmocka_unit_test(test_bus_master_disabled),
        cmocka_unit_test(test_no_event_is_lost),
        cmocka_unit_test(test_quiet_and_idle),
    };
    return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
