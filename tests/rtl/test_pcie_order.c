/* SPDX-License-Identifier: Apache-2.0 */
/* Order of what the pcie module sends, and MSI-X through it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "driver/tlscard_map.h"
#include "tests/rtl/pcie_bench.h"

#define LONG_RUN 1000000
#define PBA TLSCARD_PCI_MSIX_PBA_OFFSET
/* Each function's vectors have an address of their own; their data is the vector's number. */
#define MESSAGES (BENCH_HIGH + 0x20000)

/* What the card sent: addresses of posted packets in order, and for each completion how many came before. */
static struct {
    uint64_t posted[BENCH_QUEUE];
    uint32_t data[BENCH_QUEUE];
    unsigned posted_count;
    unsigned before[BENCH_QUEUE];
    unsigned completion_count;
} seen;

static void watch(void *context, const struct link_packet *packet) {
    unsigned octets;
    (void)context;
    if ((packet->header[0] >> 24 & 31) == 10)
        seen.before[seen.completion_count++ % BENCH_QUEUE] = seen.posted_count;
    else if (packet->header[0] & 0x40000000u) {
        seen.posted[seen.posted_count % BENCH_QUEUE] = link_span(packet, &octets);
        seen.data[seen.posted_count++ % BENCH_QUEUE] = packet->data[0];
    }
}

static void write_msix(struct bench *bench, unsigned function, unsigned address, uint32_t value) {
    assert_int_equal(link_write(&bench->link, function, 2, address, &value, 1, 15, 0), 0);
    bench_check(bench, LONG_RUN);
}

static uint32_t read_msix(struct bench *bench, unsigned function, unsigned address) {
    int tag = link_read(&bench->link, function, 2, address, 1, 15, 0);
    bench_check(bench, LONG_RUN);
    assert_int_equal(bench->link.answer[tag].status, 0);
    return bench->link.answer[tag].data[0];
}

static uint64_t message_address(unsigned function, unsigned vector) {
    return (function == 1 ? BENCH_LOW + 0x30000 : MESSAGES) + 0x100 * function + 4 * vector;
}

static void begin(struct bench *bench) {
    bench_reset(bench);
    memset(&seen, 0, sizeof seen);
    bench->link.observe = watch;
    bench->link.max_payload = 256;
    for (unsigned function = 0; function < BENCH_FUNCTIONS; function++)
        for (unsigned vector = 0; vector < BENCH_VECTORS; vector++) {
            uint64_t address = message_address(function, vector);
            uint32_t entry[4] = {(uint32_t)address, (uint32_t)(address >> 32), 0xabcd0000u | vector, 0};
            assert_int_equal(link_write(&bench->link, function, 2, 16 * vector, entry, 4, 15, 15), 0);
        }
    bench_check(bench, LONG_RUN);
}

static void raise(struct bench *bench, unsigned function, unsigned vector) {
    bench_queue_write(bench, function, vector, 0);
}

static void test_posted_in_order(void **state) {
    struct bench *bench = *state;
    for (unsigned stall = 0; stall < 60; stall += 25) {
        begin(bench);
        bench_stall(bench, stall);
        for (unsigned i = 0; i < 500; i++)
            if (link_random(&bench->link, 3))
                bench_queue_write(bench, i % 3, BENCH_MIDDLE + 256 * i + i % 16, 1 + (unsigned)link_random(&bench->link, 200));
            else
                raise(bench, i % 3, i % BENCH_VECTORS);
        for (unsigned i = 0; i < 100; i++)
            bench_queue_read(bench, 0, BENCH_LOW + 300 * i, 256);
        bench_check(bench, LONG_RUN);
        assert_int_equal(seen.posted_count, 500);
        for (unsigned i = 0; i < 500; i++) {
            const struct bench_write *write = &bench->writes[i];
            uint64_t expected = write->length ? write->address : message_address(i % 3, i % BENCH_VECTORS);
            if (seen.posted[i] != expected)
                fail_msg("packet %u went to %llx, not %llx", i, (unsigned long long)seen.posted[i],
                         (unsigned long long)expected);
            if (!write->length)
                assert_int_equal(seen.data[i], 0xabcd0000u | i % BENCH_VECTORS);
        }
    }
}

/* What a register's value says was done must be in memory before the value arrives. */
static void test_completion_never_passes_posted(void **state) {
    struct bench *bench = *state;
    for (unsigned round = 0; round < 4; round++) {
        begin(bench);
        bench_stall(bench, 10 + 15 * round);
        bench->wr_data_stall = 25 * round;
        bench->reg_stall = 0;
        seen.completion_count = seen.posted_count = 0;
        for (unsigned i = 0; i < 400; i++) {
            if (i % 5)
                bench_queue_write(bench, 0, BENCH_MIDDLE + 64 * i, 64);
            else
                raise(bench, 1, i % BENCH_VECTORS);
            if (i % 2)
                assert_true(link_read(&bench->link, i % 3, 0, 4 * i, 1, 15, 0) >= 0);
        }
        bench_check(bench, LONG_RUN);
        assert_int_equal(seen.completion_count, 200);
        assert_int_equal(bench->access_count, 200);
        for (unsigned i = 0; i < 200; i++)
            assert_in_range(seen.before[i], bench->accesses[i].asked, 400);
    }
}

static void test_table_access(void **state) {
    struct bench *bench = *state;
    uint32_t value = 0xffffffffu;
    begin(bench);
    for (unsigned i = 0; i < 4 * BENCH_VECTORS; i++)
        write_msix(bench, 1, 4 * i, 0x01010101u * i);
    for (unsigned i = 0; i < 4 * BENCH_VECTORS; i++)
        assert_int_equal(read_msix(bench, 1, 4 * i), i % 4 == 3 ? i & 1 : 0x01010101u * i);
    for (unsigned enables = 0; enables < 16; enables++) {
        uint32_t mask = (enables & 1 ? 0xff : 0) | (enables & 2 ? 0xff00 : 0) | (enables & 4 ? 0xff0000 : 0) |
                        (enables & 8 ? 0xff000000u : 0);
        write_msix(bench, 1, 0x28, 0x12345678);
        assert_int_equal(link_write(&bench->link, 1, 2, 0x28, &value, 1, enables, 0), 0);
        assert_int_equal(read_msix(bench, 1, 0x28), 0x12345678 | mask);
        write_msix(bench, 1, 0x2c, 0);
        assert_int_equal(link_write(&bench->link, 1, 2, 0x2c, &value, 1, enables, 0), 0);
        assert_int_equal(read_msix(bench, 1, 0x2c), enables & 1);
    }
    for (unsigned address = 16 * BENCH_VECTORS; address < 0x2000; address += 4 * 61) { /* nothing is there */
        write_msix(bench, 1, address, value);
        assert_int_equal(read_msix(bench, 1, address), 0);
    }
    for (unsigned vector = 0; vector < BENCH_VECTORS; vector++) /* other functions are as they were */
        for (unsigned function = 0; function < BENCH_FUNCTIONS; function += 2)
            assert_int_equal(read_msix(bench, function, 16 * vector + 8), 0xabcd0000u | vector);
    assert_int_equal(bench->event_count, 0);
    assert_int_equal(bench->access_count, 0);
}

/* With vector 3 of function 2 held back by something, it becomes pending; without that it is sent. */
static void held_back(struct bench *bench) {
    unsigned sent = seen.posted_count;
    raise(bench, 2, 3);
    raise(bench, 2, 3);
    bench_check(bench, LONG_RUN);
    assert_int_equal(seen.posted_count, sent);
    assert_int_equal(read_msix(bench, 2, PBA), 1 << 3);
    assert_int_equal(read_msix(bench, 1, PBA), 0);
    assert_int_equal(*bench->model.function_quiet, 7);
}

static void let_go(struct bench *bench) {
    unsigned sent = seen.posted_count;
    for (int i = 0; i < 50; i++)
        bench_step(bench);
    bench_check(bench, LONG_RUN);
    assert_int_equal(seen.posted_count, sent + 1);
    assert_true(seen.posted[sent] == message_address(2, 3));
    assert_int_equal(seen.data[sent], 0xabcd0003u);
    assert_int_equal(read_msix(bench, 2, PBA), 0);
    bench_forget(bench);
}

static void test_vector_mask(void **state) {
    struct bench *bench = *state;
    begin(bench);
    write_msix(bench, 2, 16 * 3 + 12, 1);
    held_back(bench);
    raise(bench, 2, 4); /* others are not held back */
    raise(bench, 0, 3);
    bench_check(bench, LONG_RUN);
    assert_int_equal(seen.posted_count, 2);
    assert_int_equal(link_write(&bench->link, 2, 2, 16 * 3 + 12, (const uint32_t[]){0}, 1, 15, 0), 0);
    let_go(bench);
}

static void test_function_mask(void **state) {
    struct bench *bench = *state;
    begin(bench);
    *bench->model.cfg_msix_mask = 4;
    held_back(bench);
    *bench->model.cfg_msix_mask = 0;
    bench_step(bench);
    assert_int_equal(*bench->model.pcie_idle, 0);
    let_go(bench);
}

static void test_bus_master(void **state) {
    struct bench *bench = *state;
    begin(bench);
    *bench->model.cfg_bus_master = 3;
    held_back(bench);
    *bench->model.cfg_bus_master = 7;
    let_go(bench);
}

static void test_disabled(void **state) {
    struct bench *bench = *state;
    begin(bench);
    *bench->model.cfg_msix_enable = 3;
    raise(bench, 2, 3);
    bench_check(bench, LONG_RUN);
    assert_int_equal(seen.posted_count, 0);
    assert_int_equal(read_msix(bench, 2, PBA), 0); /* dropped */
    *bench->model.cfg_msix_enable = 7;
    *bench->model.cfg_msix_mask = 4;
    held_back(bench);
    *bench->model.cfg_msix_enable = 3;
    *bench->model.cfg_msix_mask = 0;
    for (int i = 0; i < 100; i++)
        bench_step(bench);
    assert_int_equal(seen.posted_count, 0); /* pending stays, unsent */
    assert_int_equal(read_msix(bench, 2, PBA), 1 << 3);
    *bench->model.cfg_msix_enable = 7;
    let_go(bench);
}

static void test_vectors_that_are_not_there(void **state) {
    struct bench *bench = *state;
    begin(bench);
    raise(bench, 0, BENCH_VECTORS);
    raise(bench, 0, 0x100);
    raise(bench, 0, 0xffff);
    raise(bench, 3, 0);
    raise(bench, 7, 1);
    bench_check(bench, LONG_RUN);
    assert_int_equal(seen.posted_count, 0);
    raise(bench, 0, BENCH_VECTORS - 1);
    bench_check(bench, LONG_RUN);
    assert_int_equal(seen.posted_count, 1);
}

static void test_function_reset(void **state) {
    struct bench *bench = *state;
    begin(bench);
    *bench->model.cfg_msix_mask = 7;
    for (unsigned function = 0; function < BENCH_FUNCTIONS; function++)
        raise(bench, function, 5);
    bench_check(bench, LONG_RUN);
    *bench->model.function_reset = 5;
    bench_step(bench);
    *bench->model.function_reset = 0;
    *bench->model.cfg_msix_mask = 0;
    for (unsigned function = 0; function < BENCH_FUNCTIONS; function++) {
        unsigned kept = function == 1;
        for (unsigned vector = 0; vector < BENCH_VECTORS; vector++) {
            assert_int_equal(read_msix(bench, function, 16 * vector), kept ? (uint32_t)message_address(function, vector) : 0);
            assert_int_equal(read_msix(bench, function, 16 * vector + 4),
                             kept ? (uint32_t)(message_address(function, vector) >> 32) : 0);
            assert_int_equal(read_msix(bench, function, 16 * vector + 8), kept ? 0xabcd0000u | vector : 0);
            assert_int_equal(read_msix(bench, function, 16 * vector + 12), !kept);
        }
        assert_int_equal(read_msix(bench, function, PBA), 0);
    }
    assert_int_equal(seen.posted_count, 1);
    assert_true(seen.posted[0] == message_address(1, 5));
}

/* The host polls the table, the card raises, the host masks: all of it comes through. */
static void test_access_among_messages(void **state) {
    struct bench *bench = *state;
    begin(bench);
    bench_stall(bench, 20);
    for (unsigned i = 0; i < 300; i++) {
        raise(bench, i % 3, i % BENCH_VECTORS);
        if (i < 200)
            assert_true(link_read(&bench->link, 0, 2, 16 * (i % BENCH_VECTORS) + 8, 1, 15, 0) >= 0);
    }
    bench_check(bench, LONG_RUN);
    assert_int_equal(seen.posted_count, 300);
    for (unsigned i = 0; i < 200; i++)
        assert_int_equal(bench->link.answer[i].data[0], 0xabcd0000u | i % BENCH_VECTORS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_posted_in_order),
        cmocka_unit_test(test_completion_never_passes_posted),
        cmocka_unit_test(test_table_access),
        cmocka_unit_test(test_vector_mask),
        cmocka_unit_test(test_function_mask),
        cmocka_unit_test(test_bus_master),
        cmocka_unit_test(test_disabled),
        cmocka_unit_test(test_vectors_that_are_not_there),
        cmocka_unit_test(test_function_reset),
        cmocka_unit_test(test_access_among_messages),
    };
    return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
