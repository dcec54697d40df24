// SPDX-License-Identifier: Apache-2.0
// AES-GCM records through the host module with test lanes: results, errors, resets, turns with the engines.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "host_bench.h"

enum {
    TAG = 16,
    PLACES = 0x80000,       /* a record's operands and result stand here, PLACE for each */
    PLACE = 0x28000,        /* room for the largest */
    SMALL = 0x1400,         /* room for a record of up to 1,024 octets and as much additional data */
    GUARD = 16,
    MOST = 65536,
    OVERHEAD = 1000,        /* of the test lane's cycles over its beats */
};

static int setup(void **state) {
    static struct bench bench;
    bench_open(&bench);
    *state = &bench;
    return 0;
}

static int teardown(void **state) {
    bench_close(*state);
    return 0;
}

/* What a record is, and what the test lane must make of it. */
struct record {
    struct tlscard_submission entry;
    unsigned octets, cycles;
    uint8_t expected[MOST + TAG];
};

static unsigned beats_of(unsigned octets) { return (octets + 15) / 16; }

/* The tag of tests/rtl/echo_lane.v, continued. */
static void stir(uint8_t *tag, const uint8_t *octets, unsigned count) {
    for (unsigned at = 0; at < count; at += 16) {
        unsigned carry = tag[15] >> 7;
        for (unsigned i = 0; i < 16; i++) {
            unsigned turned = (unsigned)tag[i] << 1 | carry;
            carry = tag[i] >> 7;
            tag[i] = (uint8_t)(turned ^ (at + i < count ? octets[at + i] : 0));
        }
    }
}

/* A record of this shape in memory from `place` on, its three addresses at any alignment. */
static void make(struct bench *bench, struct record *record, uint64_t place, bool open, unsigned k, unsigned additional,
                 unsigned octets) {
    unsigned header = k + 16 + additional;
    uint64_t key = place + bench_random(bench) % 16, source = place + 16 + (header + 15) / 16 * 16 + bench_random(bench) % 16;
    uint64_t destination = source + (octets + 63) / 16 * 16 + GUARD + bench_random(bench) % 16;
    uint8_t tag[TAG] = {0};
    unsigned result = open ? octets : octets + TAG;
    assert_true(destination + result + GUARD <= BENCH_MEMORY);
    for (uint64_t i = key; i < destination + result + GUARD; i++) bench->memory[i] = (uint8_t)bench_random(bench);
    stir(tag, bench->memory + key, header);
    stir(tag, bench->memory + source, octets);
    memcpy(record->expected, bench->memory + source, octets);
    if (open) memcpy(bench->memory + source + octets, tag, TAG);
    else memcpy(record->expected + octets, tag, TAG);
    memset(bench->memory + destination - GUARD, 0xa5, result + 2 * GUARD);
    record->octets = result;
    record->cycles = beats_of(header) + beats_of(octets + (open ? TAG : 0)) + OVERHEAD;
    record->entry = (struct tlscard_submission){
        .opcode = open ? TLSCARD_OP_AES_GCM_OPEN : TLSCARD_OP_AES_GCM_SEAL, .command_id = (uint16_t)bench_random(bench),
        .parameter = k, .key_address = key, .key_length = header,
        .source_length = octets + (open ? TAG : 0), .source_address = source,
        .destination_address = destination, .destination_length = result,
    };
}

static void submit(struct bench *bench, struct bench_pair *pair, const struct tlscard_submission *entry) {
    bench_put(bench, pair, entry);
    bench_ring(bench, pair);
}

static void assert_untouched(struct bench *bench, const struct record *record, unsigned from) {
    const uint8_t *result = bench->memory + record->entry.destination_address;
    for (unsigned i = 0; i < GUARD; i++) assert_int_equal(result[-1 - (int)i], 0xa5);
    for (unsigned i = from; i < record->octets + GUARD; i++) assert_int_equal(result[i], 0xa5);
}

static void assert_done(struct bench *bench, const struct record *record, const struct tlscard_completion *completion) {
    assert_int_equal(completion->command_id, record->entry.command_id);
    assert_int_equal(completion->status, TLSCARD_STATUS_OK);
    assert_int_equal(completion->result_length, record->octets);
    assert_int_equal(completion->cycles, record->cycles);
    if (memcmp(bench->memory + record->entry.destination_address, record->expected, record->octets) != 0)
        fail_msg("result of %u octets differs", record->octets);
    assert_untouched(bench, record, record->octets);
}

static struct record records[96];

/* Every length that is an edge, either way, with keys of both sizes. */
static void test_lengths(void **state) {
    struct bench *bench = *state;
    static const unsigned lengths[] = {0, 1, 15, 16, 17, 31, 32, 33, 495, 496, 497, 511, 512, 513, 1008, 1024, 1350,
                                       4095, 4096, 4097, 16384, 65535, 65536};
    static const unsigned additionals[] = {0, 1, 5, 13, 16, 17, 4095, 4096};
    struct bench_pair pair;
    unsigned count = sizeof(lengths) / sizeof(lengths[0]), sum = 0, done = 0;
    bench_enable(bench, &pair, 1, 1, 2, 3);
    for (unsigned i = 0; i < 2 * count * 3; i++) {
        unsigned additional = additionals[bench_random(bench) % 8];
        bool open = i & 1;
        make(bench, &records[0], PLACES, open, bench_random(bench) % 2 ? 32 : 16, additional, lengths[i / 2 % count]);
        *bench->model.stall = (uint8_t)(i / count * 2);
        bench->stall_percent = i % 3 * 20;
        records[0].entry.destination_length += i % 3;
        submit(bench, &pair, &records[0].entry);
        struct tlscard_completion completion = bench_wait(bench, &pair, 60000);
        assert_done(bench, &records[0], &completion);
        sum += completion.cycles;
        done++;
        bench->record_count = 0;
    }
    bench_settle(bench, 1000);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_GCM_COMPLETED), done);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_BUSY_CYCLES_LO), sum);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_GCM_FAILED) | bench_read(bench, 1, TLSCARD_REG_PKE_COMPLETED), 0);
}

/* A wrong tag gives its status, no length, and of a record within one chunk not an octet. */
static void test_wrong_tag(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    bench_enable(bench, &pair, 0, 0, 2, -1);
    for (unsigned i = 0; i < 16; i++) {
        unsigned octets = i % 4 * 111;
        make(bench, &records[0], PLACES, true, 16, i, octets);
        bench->memory[records[0].entry.source_address + octets + i] ^= (uint8_t)(1 << i % 8);
        submit(bench, &pair, &records[0].entry);
        struct tlscard_completion completion = bench_wait(bench, &pair, 5000);
        assert_int_equal(completion.status, TLSCARD_STATUS_TAG_MISMATCH);
        assert_int_equal(completion.result_length, 0);
        unsigned chunk = 512 - (records[0].entry.destination_address & 0x1f0);
        if (octets <= chunk) assert_untouched(bench, &records[0], 0);
        assert_int_equal(bench_read(bench, 0, TLSCARD_REG_GCM_FAILED), i + 1);
    }
    assert_int_equal(bench_read(bench, 0, TLSCARD_REG_GCM_COMPLETED), 0);
}

/* An operand that cannot be read ends its record with the read's status; the records around it are sound. */
static void test_errors(void **state) {
    struct bench *bench = *state;
    static const uint8_t statuses[] = {
        TLSCARD_STATUS_DMA_UNSUPPORTED_REQUEST, TLSCARD_STATUS_DMA_COMPLETER_ABORT, TLSCARD_STATUS_DMA_POISONED,
        TLSCARD_STATUS_DMA_TIMEOUT, TLSCARD_STATUS_DMA_MALFORMED,
    };
    static const unsigned lengths[] = {0, 5, 16, 400, 1000};
    struct bench_pair pair;
    bench_enable(bench, &pair, 2, 0, 3, -1);
    for (unsigned i = 0; i < 100; i++) {
        unsigned octets = lengths[i % 5], bad = i % 3;
        bool open = i / 5 % 2, in_key = i / 10 % 2;
        uint8_t status = statuses[i / 20];
        for (unsigned n = 0; n < 3; n++) make(bench, &records[n], PLACES + n * SMALL, open, 32, 20 * n, octets);
        const struct tlscard_submission *entry = &records[bad].entry;
        if (!in_key && entry->source_length == 0) continue;
        bench->faults[0] = (struct bench_fault){in_key ? entry->key_address : entry->source_address, 1, status};
        for (unsigned n = 0; n < 3; n++) bench_put(bench, &pair, &records[n].entry);
        bench_ring(bench, &pair);
        for (unsigned n = 0; n < 3; n++) {
            struct tlscard_completion completion = bench_wait(bench, &pair, 5000);
            unsigned which = 0;
            while (which < 2 && records[which].entry.command_id != completion.command_id) which++;
            if (which != bad) {
                assert_done(bench, &records[which], &completion);
                continue;
            }
            assert_int_equal(completion.command_id, entry->command_id);
            assert_int_equal(completion.status, status);
            assert_int_equal(completion.result_length, 0);
        }
        assert_untouched(bench, &records[bad], records[bad].octets);
        memset(bench->faults, 0, sizeof(bench->faults));
    }
}

enum { FLOWS = BENCH_FUNCTIONS * BENCH_PAIRS, EACH = 6 };

struct flow {
    struct bench_pair pair;
    bool used[EACH];
    unsigned outstanding, taken;
};

/* Slots 0 and 1 of a flow are requests of an engine, the others records. */
static void flow_submit(struct bench *bench, struct flow *flow, unsigned number) {
    unsigned i = bench_random(bench) % EACH, slot = number * EACH + i;
    if (flow->used[i]) return;
    flow->used[i] = true;
    flow->outstanding++;
    struct tlscard_submission request;
    if (i < 2) request = bench_request(bench, number * 2 + i, 0);
    else {
        make(bench, &records[slot], PLACES + slot * SMALL, bench_random(bench) % 2, 16, bench_random(bench) % 600,
             bench_random(bench) % 1024);
        request = records[slot].entry;
    }
    request.command_id = records[slot].entry.command_id = (uint16_t)slot;
    submit(bench, &flow->pair, &request);
}

static void flow_take(struct bench *bench, struct flow *flow, unsigned number) {
    struct tlscard_completion completion;
    if (!bench_take(bench, &flow->pair, &completion, true)) return;
    unsigned i = completion.command_id - number * EACH;
    assert_true(i < EACH && flow->used[i]);
    if (i < 2) {
        assert_int_equal(completion.status, TLSCARD_STATUS_OK);
        assert_memory_equal(bench->memory + bench_destination(number * 2 + i), bench->memory + bench_source(number * 2 + i), 128);
    } else
        assert_done(bench, &records[completion.command_id], &completion);
    flow->used[i] = false;
    flow->outstanding--;
    flow->taken++;
}

/* Records and requests of all pairs of all functions at once, over a link and lanes that stall at random. */
static void test_mixed_traffic(void **state) {
    struct bench *bench = *state;
    static struct flow flows[FLOWS];
    memset(flows, 0, sizeof(flows));
    for (unsigned i = 0; i < FLOWS; i++) bench_enable(bench, &flows[i].pair, i / BENCH_PAIRS, i % BENCH_PAIRS, 3, (int)i);
    for (unsigned round = 0; round < 4000; round++) {
        if (round % 500 == 0) {
            bench->stall_percent = bench_random(bench) % 50;
            bench->latency = bench_random(bench) % 100;
            *bench->model.stall = (uint8_t)(bench_random(bench) % 12);
            *bench->model.delay = (uint16_t)(bench_random(bench) % 400);
        }
        unsigned i = bench_random(bench) % FLOWS;
        flow_submit(bench, &flows[i], i);
        i = bench_random(bench) % FLOWS;
        flow_take(bench, &flows[i], i);
        bench_run(bench, bench_random(bench) % 60);
        bench->record_count = 0;
    }
    for (unsigned i = 0; i < FLOWS; i++) {
        for (unsigned n = 0; flows[i].outstanding != 0; n++) {
            assert_true(n < 20000);
            flow_take(bench, &flows[i], i);
            bench_step(bench);
        }
        assert_in_range(flows[i].taken, 50, 2000);
    }
    bench_settle(bench, 1000);
    for (unsigned f = 0; f < BENCH_FUNCTIONS; f++) assert_int_equal(bench_read(bench, f, TLSCARD_REG_ERROR_COUNT), 0);
}

/* The data of a write that was accepted are there, whatever becomes of the reads. */
static void test_writes_wait_for_no_read(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    unsigned begun = 0;
    bench_enable(bench, &pair, 0, 0, 4, -1);
    for (unsigned round = 0; round < 60; round++) {
        for (unsigned n = 0; n < 4; n++) {
            make(bench, &records[n], PLACES + n * 0x4000, n & 1, 32, 100, 4000 + round);
            bench_put(bench, &pair, &records[n].entry);
        }
        bench_ring(bench, &pair);
        bench_run(bench, 20 * round);
        bench->hold_reads = true;
        bench_run(bench, 300);
        assert_int_equal(bench->write.length, 0);
        begun += bench->record_count != 0;
        bench->record_count = 0;
        bench->hold_reads = false;
        for (unsigned n = 0; n < 4; n++) bench_wait(bench, &pair, 5000);
    }
    assert_in_range(begun, 20, 59);
}

/* Reset, or the pair disabled, at any moment: nothing of it is written after; another function's records go on. */
static void test_resets(void **state) {
    struct bench *bench = *state;
    for (unsigned round = 0; round < 120; round++) {
        struct bench_pair victim, other;
        struct tlscard_completion completion;
        unsigned function = round % BENCH_FUNCTIONS, next = (function + 1) % BENCH_FUNCTIONS;
        *bench->model.stall = (uint8_t)(round % 5 * 2);
        bench_enable(bench, &victim, function, 0, 4, 0);
        bench_enable(bench, &other, next, 1, 4, -1);
        for (unsigned n = 0; n < 10; n++) {
            make(bench, &records[n], PLACES + n * 0x3000, n & 1, 16, 50, n * 350);
            bench_put(bench, n < 6 ? &victim : &other, &records[n].entry);
        }
        bench_ring(bench, &victim);
        bench_ring(bench, &other);
        bench_run(bench, round * 9);
        if (round % 2) bench_write(bench, function, TLSCARD_REG_CONTROL, 1);
        else *bench->model.cfg_flr = (uint8_t)(1 << function);
        bench_run(bench, 2);
        for (unsigned i = 0; bench_read(bench, function, TLSCARD_REG_STATUS) != 1; i++) assert_true(i < 5000);
        bench->record_count = 0;
        for (unsigned n = 6; n < 10; n++) {
            completion = bench_wait(bench, &other, 5000);
            for (unsigned i = 6; i < 10; i++)
                if (completion.command_id == records[i].entry.command_id) assert_done(bench, &records[i], &completion);
        }
        bench_settle(bench, 5000);
        for (unsigned i = 0; i < bench->record_count; i++) assert_int_equal(bench->records[i].function, next);
        assert_int_equal(bench_read(bench, next, TLSCARD_REG_GCM_COMPLETED), 4);
        bench_write(bench, next, TLSCARD_REG_CONTROL, 1);
        bench_settle(bench, 5000);
    }
}

/* Bus Master Enable taken away for some cycles at any moment: what completes with OK has all its result. */
static void test_bus_master_flicker(void **state) {
    struct bench *bench = *state;
    unsigned completed = 0, halted = 0;
    for (unsigned wait = 0; wait < 300; wait++) {
        struct bench_pair pair;
        struct tlscard_completion completion;
        bench_enable(bench, &pair, 1, 0, 4, 1);
        make(bench, &records[0], PLACES, wait & 1, 16, 30, 2000);
        submit(bench, &pair, &records[0].entry);
        bench_run(bench, wait);
        *bench->model.cfg_bus_master = 5;
        bench_run(bench, 1 + wait % 3 * 12);
        *bench->model.cfg_bus_master = 7;
        bench_settle(bench, 5000);
        bool done = bench_take(bench, &pair, &completion, true);
        if (done) assert_done(bench, &records[0], &completion);
        completed += done;
        halted += !done;
        bench_write(bench, 1, bench_queue_register(0, TLSCARD_QREG_ENABLE), 0);
        bench->record_count = 0;
    }
    assert_true(completed > 20 && halted > 20);
}

static struct tlscard_submission nth(struct bench *bench, unsigned n) {
    struct tlscard_submission request = bench_request(bench, n % 40, (uint16_t)n);
    return request;
}

/* Engines full of long requests, and more of them waiting in every queue but one: records go on. */
static void test_records_behind_engines(void **state) {
    struct bench *bench = *state;
    struct bench_pair flood[2], pair;
    *bench->model.delay = 60000;
    for (unsigned i = 0; i < 2; i++) {
        bench_enable(bench, &flood[i], i, 0, 4, -1);
        for (unsigned n = 0; n < 15; n++) {
            struct tlscard_submission request = nth(bench, n);
            bench_put(bench, &flood[i], &request);
        }
        bench_ring(bench, &flood[i]);
    }
    bench_run(bench, 1000);
    for (unsigned same = 0; same < 2; same++) { /* of another function, and of the same */
        bench_enable(bench, &pair, same ? 0 : 2, 1, 4, -1);
        for (unsigned n = 0; n < 30; n++) {
            make(bench, &records[0], PLACES, n & 1, 32, 13, 1000);
            submit(bench, &pair, &records[0].entry);
            struct tlscard_completion completion = bench_wait(bench, &pair, 400);
            assert_done(bench, &records[0], &completion);
        }
    }
    /* In one queue a record passes the requests before it, as long as these leave a slot. */
    bench_enable(bench, &pair, 2, 0, 4, -1);
    for (unsigned n = 0; n < 3; n++) {
        struct tlscard_submission request = nth(bench, n);
        bench_put(bench, &pair, &request);
    }
    make(bench, &records[0], PLACES, false, 32, 13, 1000);
    submit(bench, &pair, &records[0].entry);
    struct tlscard_completion completion = bench_wait(bench, &pair, 400);
    assert_done(bench, &records[0], &completion);
    *bench->model.delay = 1;
    bench_settle(bench, 400000);
}

/* Queues full of long records, and an engine's request: it waits for what was asked for before, no longer. */
static void test_engines_behind_records(void **state) {
    struct bench *bench = *state;
    struct bench_pair flood[3], pair;
    unsigned sent = 0, taken = 0, requests = 0;
    for (unsigned i = 0; i < 3; i++) bench_enable(bench, &flood[i], i, 0, 4, -1);
    bench_enable(bench, &pair, 1, 1, 4, -1);
    make(bench, &records[0], PLACES, false, 32, 13, 16384);
    struct tlscard_submission request = nth(bench, 0);
    uint64_t asked = 0, longest = 0;
    while (requests < 20) {
        struct tlscard_completion completion;
        for (unsigned i = 0; i < 3; i++) {
            for (; sent - taken < 24 && sent % 3 == i; sent++) submit(bench, &flood[i], &records[0].entry);
            if (bench_take(bench, &flood[i], &completion, true)) taken++;
        }
        if (asked == 0 && taken > 6) {
            submit(bench, &pair, &request);
            asked = bench->cycle;
        }
        if (bench_take(bench, &pair, &completion, true)) {
            assert_int_equal(completion.status, TLSCARD_STATUS_OK);
            if (bench->cycle - asked > longest) longest = bench->cycle - asked;
            asked = 0;
            requests++;
        }
        bench_step(bench);
        bench->record_count = 0;
    }
    printf("# at most %llu cycles, a record takes 1024\n", (unsigned long long)longest);
    assert_true(longest < 30 * 1024);
    while (taken < sent) {
        struct tlscard_completion completion;
        for (unsigned i = 0; i < 3; i++) taken += bench_take(bench, &flood[i], &completion, true);
        bench_step(bench);
        bench->record_count = 0;
    }
}

/* Whenever the module says idle with records about, nothing leaves it until it is touched again. */
static void test_idle_is_exact(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    bench_enable(bench, &pair, 0, 0, 3, 1);
    bench->stall_percent = 30;
    *bench->model.stall = 8;
    for (unsigned round = 0; round < 100; round++) {
        make(bench, &records[0], PLACES, round & 1, 16, 0, bench_random(bench) % 1200);
        submit(bench, &pair, &records[0].entry);
        if (round % 3 == 0) bench_write(bench, 0, bench_queue_register(0, TLSCARD_QREG_ENABLE), 0);
        bench_settle(bench, 5000);
        unsigned count = bench->record_count, reads = bench->reads_tail;
        bench_run(bench, 60);
        assert_int_equal(bench->record_count, count);
        assert_int_equal(bench->reads_tail, reads);
        bench->record_count = 0;
        if (round % 3 == 0) bench_enable(bench, &pair, 0, 0, 3, 1);
        else {
            struct tlscard_completion completion;
            assert_true(bench_take(bench, &pair, &completion, true));
            assert_done(bench, &records[0], &completion);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_lengths, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrong_tag, setup, teardown),
        cmocka_unit_test_setup_teardown(test_errors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_mixed_traffic, setup, teardown),
        cmocka_unit_test_setup_teardown(test_writes_wait_for_no_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_resets, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bus_master_flicker, setup, teardown),
        cmocka_unit_test_setup_teardown(test_records_behind_engines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_engines_behind_records, setup, teardown),
        cmocka_unit_test_setup_teardown(test_idle_is_exact, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
