/* SPDX-License-Identifier: Apache-2.0 */
/* Bad completions: each gives its read the right status and zeros, and harms no other read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "driver/tlscard_map.h"
#include "tests/rtl/pcie_bench.h"

#define LONG_RUN 4000000
#define NO_FAULT 0xffffffffu
/* A tag in quarantine is used again after 200 eighths of the timeout at most, and a bit. */
#define QUARANTINE (BENCH_TIMEOUT / 8 * 202)

/* What a fault makes of its read, and how many unexpected completions come of it. */
static const struct {
    const char *name;
    unsigned status;
    int events; /* -1: some or none */
} effects[LINK_FAULTS] = {
    [LINK_GOOD] = {"good", TLSCARD_STATUS_OK, 0},
    [LINK_UNSUPPORTED] = {"unsupported", TLSCARD_STATUS_DMA_UNSUPPORTED_REQUEST, 0},
    [LINK_RETRY] = {"retry", TLSCARD_STATUS_DMA_UNSUPPORTED_REQUEST, 0},
    [LINK_ABORT] = {"abort", TLSCARD_STATUS_DMA_COMPLETER_ABORT, 0},
    [LINK_ABORT_LATER] = {"abort later", TLSCARD_STATUS_DMA_COMPLETER_ABORT, 0},
    [LINK_POISONED] = {"poisoned", TLSCARD_STATUS_DMA_POISONED, 0},
    [LINK_POISONED_PART] = {"poisoned part", TLSCARD_STATUS_DMA_POISONED, 0},
    [LINK_LOST] = {"lost", TLSCARD_STATUS_DMA_TIMEOUT, 0},
    [LINK_LATE] = {"late", TLSCARD_STATUS_DMA_TIMEOUT, -1},
    [LINK_WRONG_FUNCTION] = {"wrong function", TLSCARD_STATUS_DMA_TIMEOUT, 1},
    [LINK_WRONG_TAG] = {"wrong tag", TLSCARD_STATUS_DMA_TIMEOUT, 1},
    [LINK_WRONG_BYTE_COUNT] = {"wrong byte count", TLSCARD_STATUS_DMA_MALFORMED, -1},
    [LINK_WRONG_LOWER_ADDRESS] = {"wrong lower address", TLSCARD_STATUS_DMA_MALFORMED, -1},
    [LINK_TOO_LONG] = {"too long", TLSCARD_STATUS_DMA_MALFORMED, 0},
    [LINK_TOO_SHORT] = {"too short", TLSCARD_STATUS_DMA_MALFORMED, -1},
    [LINK_NO_DATA] = {"no data", TLSCARD_STATUS_DMA_MALFORMED, 0},
    [LINK_DUPLICATE] = {"duplicate", TLSCARD_STATUS_OK, 1},
    [LINK_ENDS_EARLY] = {"ends early", TLSCARD_STATUS_DMA_MALFORMED, -1},
    [LINK_ENDS_LATE] = {"ends late", TLSCARD_STATUS_DMA_MALFORMED, -1},
};

/* The faults that were chosen: of each read its first bad packet. */
static struct {
    struct bench *bench;
    enum link_fault fault;   /* of the packet that has the address */
    uint64_t victim;
    unsigned percent;        /* of packets that get any fault */
    unsigned index, offset;  /* of the read that asks for the next packet, and in it */
    unsigned bad_offset[BENCH_QUEUE];
    enum link_fault bad[BENCH_QUEUE];
    unsigned tags[LINK_TAGS]; /* uses of each */
} plan;

static enum link_fault choose(void *context, const struct link_packet *packet) {
    struct bench *bench = context;
    unsigned octets;
    uint64_t address = link_span(packet, &octets);
    enum link_fault fault = LINK_GOOD;
    plan.tags[packet->header[1] >> 8 & 0xff]++;
    if (plan.percent && link_random(&bench->link, 100) < plan.percent)
        fault = 1 + (enum link_fault)link_random(&bench->link, LINK_FAULTS - 1);
    else if (!plan.percent && plan.victim - address < octets)
        fault = plan.fault;
    if (fault == LINK_ABORT_LATER && octets < 300) /* it may be answered in one part */
        fault = LINK_ABORT;
    if (effects[fault].status && plan.bad_offset[plan.index] == NO_FAULT) {
        plan.bad_offset[plan.index] = plan.offset;
        plan.bad[plan.index] = fault;
    }
    plan.offset += octets;
    if (plan.offset == bench->reads[plan.index].length) {
        plan.index++;
        plan.offset = 0;
    }
    return fault;
}

static void begin(struct bench *bench) {
    bench_reset(bench);
    memset(&plan, 0, sizeof plan);
    memset(plan.bad_offset, 0xff, sizeof plan.bad_offset);
    bench->link.choose_fault = choose;
    bench->link.context = bench;
    bench->link.max_payload = 128;
    bench->link.max_read = 512;
}

static void forget_results(struct bench *bench) {
    bench_forget(bench);
    plan.index = plan.offset = 0;
    memset(plan.bad_offset, 0xff, sizeof plan.bad_offset);
    memset(plan.bad, 0, sizeof plan.bad);
}

static void check_results(struct bench *bench) {
    for (unsigned i = 0; i < bench->reads_done; i++) {
        const struct bench_read *read = &bench->reads[i];
        const char *name = effects[plan.bad[i]].name;
        if (read->status != effects[plan.bad[i]].status)
            fail_msg("read %u (%s): status %02x", i, name, read->status);
        if (plan.bad_offset[i] == NO_FAULT && !read->same)
            fail_msg("read %u (good): other data", i);
        if (plan.bad_offset[i] != NO_FAULT && read->clear > plan.bad_offset[i])
            fail_msg("read %u (%s from octet %u): octet %u is not zero", i, name, plan.bad_offset[i], read->clear - 1);
        if (plan.bad_offset[i] != NO_FAULT && read->right < plan.bad_offset[i])
            fail_msg("read %u (%s from octet %u): octet %u is wrong", i, name, plan.bad_offset[i], read->right);
        assert_int_equal(read->beats, (read->length + 15) / 16);
    }
    assert_true(bench_buffer_zero(bench));
}

/* One fault among good reads before and after it, the next of which begins a cycle later. */
static void one_fault(struct bench *bench, enum link_fault fault, unsigned length) {
    uint64_t victim = BENCH_LOW + 0x8000 + link_random(&bench->link, 16);
    begin(bench);
    plan.fault = fault;
    plan.victim = victim;
    bench->link.late = BENCH_TIMEOUT + BENCH_TIMEOUT / 4;
    for (unsigned i = 0; i < 3; i++)
        bench_queue_read(bench, 0, BENCH_HIGH + 0x3000 * i + 5, 900);
    bench_queue_read(bench, 0, victim, length);
    for (unsigned i = 0; i < 40; i++)
        bench_queue_read(bench, i % 2, BENCH_HIGH + 0x1000 * i + 3 * i, 700);
    bench_check(bench, LONG_RUN);
    check_results(bench);
    if (effects[fault].events >= 0)
        assert_int_equal(bench->event_count, effects[fault].events);
    for (unsigned i = 0; i < bench->event_count; i++)
        assert_int_equal(bench->events[i].code, TLSCARD_ERROR_UNEXPECTED_COMPLETION);
}

static void test_each_fault(void **state) {
    struct bench *bench = *state;
    static const unsigned lengths[] = {1, 16, 100, 400, 512, 3000};
    for (enum link_fault fault = LINK_GOOD; fault < LINK_FAULTS; fault++)
        for (unsigned i = 0; i < sizeof lengths / sizeof *lengths; i++)
            one_fault(bench, fault, lengths[i]);
}

static void test_random_faults(void **state) {
    struct bench *bench = *state;
    for (unsigned round = 0; round < 8; round++) {
        begin(bench);
        plan.percent = 4 + 6 * round;
        bench->link.late = BENCH_TIMEOUT * 2;
        bench_stall(bench, round % 4 * 15);
        for (unsigned i = 0; i < 150; i++) {
            unsigned length = 1 + (unsigned)link_random(&bench->link, i % 4 ? 64 : 2000);
            bench_queue_read(bench, i % 3, BENCH_LOW + link_random(&bench->link, BENCH_REGION - length), length);
        }
        bench_check(bench, 20 * LONG_RUN);
        check_results(bench);
    }
}

static void queue_good_reads(struct bench *bench, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        bench_queue_read(bench, 0, BENCH_HIGH + 64 * (i % 512), 64);
}

/* A late completion never reaches the tag's next read, and frees the tag when it has come. */
static void test_late_completion_frees_its_tag(void **state) {
    struct bench *bench = *state;
    begin(bench);
    plan.fault = LINK_LATE;
    plan.victim = BENCH_LOW + 16;
    bench->link.late = 5 * BENCH_TIMEOUT;
    bench_queue_read(bench, 0, plan.victim, 300); /* tag 0 */
    queue_good_reads(bench, 1500);                /* behind it, many times the tags there are */
    for (int i = 0; i < 4 * BENCH_TIMEOUT; i++)
        bench_step(bench);
    assert_int_equal(bench->reads_done, 1501);
    assert_int_equal(plan.tags[0], 1);
    assert_true(plan.tags[1] > 20);
    assert_true(bench->link.read[0].active);
    bench_check(bench, LONG_RUN);                 /* it comes */
    check_results(bench);
    assert_true(bench->event_count >= 1);
    forget_results(bench);
    queue_good_reads(bench, 64);
    bench_check(bench, LONG_RUN);
    check_results(bench);
    assert_true(plan.tags[0] > 1);
}

static void test_lost_tag_returns_after_quarantine(void **state) {
    struct bench *bench = *state;
    begin(bench);
    plan.fault = LINK_LOST;
    plan.victim = BENCH_LOW;
    bench_queue_read(bench, 0, BENCH_LOW, 4);
    queue_good_reads(bench, 500);
    bench_check(bench, LONG_RUN);
    assert_int_equal(plan.tags[0], 1);
    for (int i = 0; i < QUARANTINE; i++)
        bench_step(bench);
    check_results(bench);
    forget_results(bench);
    queue_good_reads(bench, 64);
    bench_check(bench, LONG_RUN);
    check_results(bench);
    assert_true(plan.tags[0] > 1);
}

/* With every tag in quarantine reads wait; they are not refused, and then go on. */
static void test_all_tags_lost(void **state) {
    struct bench *bench = *state;
    begin(bench);
    plan.percent = 0;
    plan.fault = LINK_LOST;
    plan.victim = BENCH_LOW;
    for (int i = 0; i < 32; i++)
        bench_queue_read(bench, 0, BENCH_LOW, 8);
    queue_good_reads(bench, 10);
    for (int i = 0; i < 3 * BENCH_TIMEOUT; i++)
        bench_step(bench);
    assert_int_equal(bench->reads_done, 32);
    assert_int_equal(*bench->model.pcie_idle, 0);
    bench_check(bench, 2 * QUARANTINE);
    check_results(bench);
}

/* Completions that nobody asked for, while others are asked for. */
static void test_unasked_completions(void **state) {
    struct bench *bench = *state;
    struct link_packet packet;
    begin(bench);
    bench->link.latency = 300;
    queue_good_reads(bench, 20);
    for (unsigned i = 0; i < 100; i++) {
        memset(&packet, 0, sizeof packet);
        packet.dwords = i % 3 ? 16 : 0;
        packet.header[0] = (i % 3 ? 0x4a000000u : 0x0a000000u) | packet.dwords;
        packet.header[0] |= i % 7 == 6 ? 1u << 24 : 0;                                 /* of a locked read */
        packet.header[1] = (i & 7) << 13 | 64;
        packet.header[2] = (bench->link.bus_device << 3) << 16 | (32 + i % 224) << 8;
        bench->link.rx_stall = i % 2 * 50;
        assert_int_equal(link_send(&bench->link, &packet), 0);
    }
    bench_check(bench, LONG_RUN);
    check_results(bench);
    assert_int_equal(bench->event_count, 100);
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(bench->events[i].code, TLSCARD_ERROR_UNEXPECTED_COMPLETION);
        assert_int_equal(bench->events[i].address, 32 + i % 224);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_fault),
        cmocka_unit_test(test_random_faults),
        cmocka_unit_test(test_late_completion_frees_its_tag),
        cmocka_unit_test(test_lost_tag_returns_after_quarantine),
        cmocka_unit_test(test_all_tags_lost),
        cmocka_unit_test(test_unasked_completions),
    };
    return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
