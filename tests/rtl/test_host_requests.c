// SPDX-License-Identifier: Apache-2.0
// Requests through fetch, dispatch and retire: results, order, invalid entries, DMA errors, fairness.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host_bench.h"

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

static uint32_t state_of(struct bench *bench, const struct bench_pair *pair) {
    return bench_read(bench, pair->function, bench_queue_register(pair->pair, TLSCARD_QREG_STATE));
}

static void submit(struct bench *bench, struct bench_pair *pair, const struct tlscard_submission *entry) {
    bench_put(bench, pair, entry);
    bench_ring(bench, pair);
}

static void assert_logged(struct bench *bench, const struct bench_pair *pair, uint8_t code, uint64_t address) {
    assert_int_equal(bench_read(bench, pair->function, TLSCARD_REG_ERROR_CODE), pair->pair << 8 | code);
    assert_int_equal(bench_read(bench, pair->function, TLSCARD_REG_ERROR_ADDRESS_LO), (uint32_t)address);
    assert_int_equal(bench_read(bench, pair->function, TLSCARD_REG_ERROR_ADDRESS_HI), address >> 32);
}

/* One request: its result, then its completion entry, then its interrupt. */
static void test_order(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    bench_enable(bench, &pair, 2, 1, 4, 5);
    struct tlscard_submission request = bench_request(bench, 3, 0xbeef);
    submit(bench, &pair, &request);
    bench_settle(bench, 1000);
    assert_int_equal(bench->record_count, 3);
    const struct bench_record *records = bench->records;
    assert_int_equal(records[0].address, bench_destination(3));
    assert_int_equal(records[0].length, 128);
    assert_int_equal(records[1].address, pair.cq);
    assert_int_equal(records[1].length, sizeof(struct tlscard_completion));
    assert_true(records[2].interrupt);
    assert_int_equal(records[2].address, 5);
    for (unsigned i = 0; i < 3; i++) assert_int_equal(records[i].function, 2);
    struct tlscard_completion completion;
    assert_true(bench_take(bench, &pair, &completion, true));
    assert_int_equal(completion.command_id, 0xbeef);
    assert_int_equal(completion.status, TLSCARD_STATUS_OK);
    assert_int_equal(completion.result_length, 128);
    assert_int_equal(completion.cycles, 100);
    assert_memory_equal(bench->memory + bench_destination(3), bench->memory + bench_source(3), 128);
}

enum { SLOTS = 96, FLOOD = 16 };

/* Every opcode and size that is served: lengths as the map says, octet for octet. */
static void test_opcodes_and_sizes(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    bench_enable(bench, &pair, 0, 0, 4, -1);
    for (unsigned opcode = TLSCARD_OP_MODEXP; opcode <= TLSCARD_OP_RSA_PRIVATE_CRT; opcode++)
        for (unsigned k = 128; k <= 512; k += 16) {
            if (opcode == TLSCARD_OP_RSA_PRIVATE_CRT && k != 256 && k != 384 && k != 512) continue;
            struct tlscard_submission request = bench_request(bench, 0, (uint16_t)k);
            request.opcode = (uint8_t)opcode;
            request.parameter = request.source_length = k;
            request.destination_length = k + opcode % 3;
            request.key_length = opcode == TLSCARD_OP_MODEXP ? 2 * k : k + 16;
            if (opcode == TLSCARD_OP_RSA_PRIVATE_CRT) request.key_length += 5 * k / 2;
            submit(bench, &pair, &request);
            struct tlscard_completion completion = bench_wait(bench, &pair, 2000);
            assert_int_equal(completion.status, TLSCARD_STATUS_OK);
            assert_int_equal(completion.result_length, k);
            assert_memory_equal(bench->memory + request.destination_address, bench->memory + request.source_address, k);
            assert_true(bench->memory[request.destination_address + k] < 0x80);
        }
}

struct flow {
    struct bench_pair pair;
    unsigned sent, taken, outstanding;
    bool used[SLOTS];
};

static void flow_submit(struct bench *bench, struct flow *flow, unsigned first) {
    unsigned slot = first + bench_random(bench) % FLOOD;
    if (flow->used[slot] || flow->outstanding + 1 >= flow->pair.entries) return;
    struct tlscard_submission request = bench_request(bench, slot, (uint16_t)slot);
    if (bench_random(bench) % 4 == 0) request = (struct tlscard_submission){.opcode = TLSCARD_OP_NOP, .command_id = (uint16_t)slot};
    flow->used[slot] = true;
    flow->outstanding++;
    flow->sent++;
    bench_put(bench, &flow->pair, &request);
    if (bench_random(bench) % 2) bench_ring(bench, &flow->pair);
}

static void flow_ring(struct bench *bench, const struct flow *flow) {
    bench_ring(bench, &flow->pair);
    bench_write(bench, flow->pair.function, TLSCARD_DOORBELL_BASE + flow->pair.pair * TLSCARD_DOORBELL_STRIDE +
                TLSCARD_DOORBELL_CQ_HEAD, flow->pair.cq_head);
}

static void flow_take(struct bench *bench, struct flow *flow) {
    struct tlscard_completion completion;
    if (!bench_take(bench, &flow->pair, &completion, bench_random(bench) % 3 == 0)) return;
    unsigned slot = completion.command_id;
    assert_true(slot < SLOTS && flow->used[slot]);
    assert_int_equal(completion.status, TLSCARD_STATUS_OK);
    if (completion.result_length != 0)
        assert_memory_equal(bench->memory + bench_destination(slot), bench->memory + bench_source(slot), 128);
    flow->used[slot] = false;
    flow->outstanding--;
    flow->taken++;
}

/* All pairs of all functions at once, with a link and memory that stall at random. */
static void test_random_traffic(void **state) {
    struct bench *bench = *state;
    static struct flow flows[BENCH_FUNCTIONS * BENCH_PAIRS];
    memset(flows, 0, sizeof(flows));
    for (unsigned i = 0; i < BENCH_FUNCTIONS * BENCH_PAIRS; i++)
        bench_enable(bench, &flows[i].pair, i / BENCH_PAIRS, i % BENCH_PAIRS, 3, (int)i);
    for (unsigned round = 0; round < 6000; round++) {
        if (round % 500 == 0) {
            bench->stall_percent = bench_random(bench) % 60;
            bench->latency = bench_random(bench) % 60;
            *bench->model.delay = (uint16_t)(bench_random(bench) % 200);
        }
        unsigned i = bench_random(bench) % (BENCH_FUNCTIONS * BENCH_PAIRS);
        if (round < 5000) flow_submit(bench, &flows[i], i * FLOOD);
        i = bench_random(bench) % (BENCH_FUNCTIONS * BENCH_PAIRS);
        flow_take(bench, &flows[i]);
        if (bench_random(bench) % 4 == 0) flow_ring(bench, &flows[i]);
        bench_run(bench, bench_random(bench) % 20);
        bench->record_count = 0;
    }
    for (unsigned i = 0; i < BENCH_FUNCTIONS * BENCH_PAIRS; i++) {
        struct flow *flow = &flows[i];
        for (unsigned n = 0; flow->outstanding != 0; n++) {
            assert_true(n < 5000);
            flow_take(bench, flow);
            flow_ring(bench, flow);
        }
        assert_int_equal(flow->taken, flow->sent);
        assert_in_range(flow->sent, 50, 1000);
    }
    bench_settle(bench, 1000);
    for (unsigned f = 0; f < BENCH_FUNCTIONS; f++) assert_int_equal(bench_read(bench, f, TLSCARD_REG_ERROR_COUNT), 0);
}

/* Every way in which an entry can be wrong has its status, and touches nothing. */
static void test_invalid_entries(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    bench_enable(bench, &pair, 1, 1, 3, -1);
    const struct tlscard_submission good = bench_request(bench, 2, 1);
    struct {
        struct tlscard_submission entry;
        uint8_t status;
    } cases[64];
    unsigned count = 0;
#define CASE(base, field, value, expected) \
    do { cases[count].entry = base; cases[count].entry.field = value; cases[count++].status = TLSCARD_STATUS_##expected; } while (0)
    static const uint8_t unserved[] = {0x00, 0x02, 0x0f, 0x13, 0x17, 0x1d, 0x1f, 0x22, 0x3f, 0x41, 0x50, 0x51, 0x91, 0xff};
    for (unsigned i = 0; i < sizeof(unserved); i++) CASE(good, opcode, unserved[i], INVALID_OPCODE);
    CASE(good, flags, 1, INVALID_FIELD);
    CASE(good, flags, 0x80, INVALID_FIELD);
    for (unsigned i = 0; i < sizeof(good.reserved); i++) CASE(good, reserved[i], 1 << i % 8, INVALID_FIELD);
    CASE(good, parameter, 112, INVALID_FIELD);
    CASE(good, parameter, 528, INVALID_FIELD);
    CASE(good, parameter, 136, INVALID_FIELD);
    CASE(good, parameter, 128 + 0x10000, INVALID_FIELD);
    struct tlscard_submission odd = good; /* sound lengths, but no multiple of 16 */
    odd.parameter = odd.source_length = odd.destination_length = 136;
    CASE(odd, key_length, 136 + 16, INVALID_FIELD);
    CASE(good, key_length, 143, INVALID_FIELD);
    CASE(good, key_length, 160, INVALID_FIELD);
    CASE(good, key_length, 144 + 0x10000u, INVALID_FIELD);
    CASE(good, source_length, 127, INVALID_FIELD);
    CASE(good, source_length, 129, INVALID_FIELD);
    CASE(good, source_length, 0x80000080u, INVALID_FIELD);
    CASE(good, destination_length, 127, DESTINATION_TOO_SMALL);
    CASE(good, destination_length, 0, DESTINATION_TOO_SMALL);
    struct tlscard_submission private_key = good;
    private_key.opcode = TLSCARD_OP_RSA_PRIVATE_CRT; /* sound lengths, but no size that it serves */
    private_key.parameter = private_key.source_length = private_key.destination_length = 320;
    CASE(private_key, key_length, 320 + 16 + 800, INVALID_FIELD);
    const struct tlscard_submission nop = {.opcode = TLSCARD_OP_NOP};
    CASE(nop, parameter, 1, INVALID_FIELD);
    CASE(nop, key_length, 1, INVALID_FIELD);
    CASE(nop, source_length, 1, INVALID_FIELD);
    CASE(nop, destination_length, 7, OK);
    assert_true(count <= sizeof(cases) / sizeof(cases[0]));
    for (unsigned i = 0; i < count; i++) {
        cases[i].entry.command_id = (uint16_t)(0x100 + i);
        submit(bench, &pair, &cases[i].entry);
        struct tlscard_completion completion = bench_wait(bench, &pair, 1000);
        if (completion.status != cases[i].status)
            fail_msg("case %u: status %#x, expected %#x", i, completion.status, cases[i].status);
        assert_int_equal(completion.command_id, 0x100 + i);
        assert_int_equal(completion.result_length, 0);
    }
    assert_int_equal(bench->record_count, count); /* completion entries alone */
    submit(bench, &pair, &good);
    assert_int_equal(bench_wait(bench, &pair, 1000).status, TLSCARD_STATUS_OK);
}

/* An entry that cannot be read halts its pair; requests in flight complete, other pairs go on. */
static void test_fetch_error(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair, other;
    bench_enable(bench, &pair, 0, 0, 4, -1);
    bench_enable(bench, &other, 0, 1, 4, -1);
    *bench->model.delay = 600;
    struct tlscard_submission request = bench_request(bench, 0, 7);
    bench_put(bench, &pair, &request);
    bench_put(bench, &pair, &request);
    bench_put(bench, &pair, &request);
    bench->faults[0] = (struct bench_fault){pair.sq + 64, 64, TLSCARD_STATUS_DMA_POISONED};
    bench_ring(bench, &pair);
    bench_run(bench, 300);
    assert_int_equal(state_of(bench, &pair), TLSCARD_STATUS_DMA_POISONED << 8 | 3);
    assert_logged(bench, &pair, TLSCARD_STATUS_DMA_POISONED, pair.sq + 64);
    submit(bench, &other, &request);
    assert_int_equal(bench_wait(bench, &pair, 2000).command_id, 7);
    assert_int_equal(bench_wait(bench, &other, 2000).command_id, 7);
    bench_settle(bench, 100);
    assert_int_equal(state_of(bench, &pair), TLSCARD_STATUS_DMA_POISONED << 8 | 1);
    assert_int_equal(bench_read(bench, 0, bench_queue_register(0, TLSCARD_QREG_POSITIONS)), 1u << 16 | 1);
    assert_int_equal(bench_read(bench, 0, TLSCARD_REG_ERROR_COUNT), 1);
}

/* An operand that cannot be read ends its request with the read's status, and nothing else. */
static void test_operand_errors(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    bench_enable(bench, &pair, 2, 0, 4, -1);
    static const uint8_t statuses[] = {
        TLSCARD_STATUS_DMA_UNSUPPORTED_REQUEST, TLSCARD_STATUS_DMA_COMPLETER_ABORT, TLSCARD_STATUS_DMA_POISONED,
        TLSCARD_STATUS_DMA_TIMEOUT, TLSCARD_STATUS_DMA_MALFORMED,
    };
    for (unsigned i = 0; i < sizeof(statuses); i++)
        for (unsigned which = 0; which < 3; which++) { /* the key, the source, both with different ones */
            struct tlscard_submission bad = bench_request(bench, 0, 1), good = bench_request(bench, 1, 2);
            uint64_t first = which == 1 ? bad.source_address : bad.key_address;
            bench->faults[0] = (struct bench_fault){first, 1, statuses[i]};
            if (which == 2) bench->faults[1] = (struct bench_fault){bad.source_address, 1, TLSCARD_STATUS_DMA_TIMEOUT};
            bench_put(bench, &pair, &bad);
            submit(bench, &pair, &good);
            unsigned records = bench->record_count;
            for (unsigned n = 0; n < 2; n++) {
                struct tlscard_completion completion = bench_wait(bench, &pair, 1000);
                assert_int_equal(completion.status, completion.command_id == 1 ? statuses[i] : TLSCARD_STATUS_OK);
                assert_int_equal(completion.result_length, completion.command_id == 1 ? 0 : 128);
            }
            assert_int_equal(bench->record_count - records, 3);
            memset(bench->faults, 0, sizeof(bench->faults));
        }
    bench_settle(bench, 100);
    assert_int_equal(state_of(bench, &pair), 1);
}

static void test_bus_master_at_fetch(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair, other;
    bench_enable(bench, &pair, 1, 0, 4, -1);
    bench_enable(bench, &other, 2, 0, 4, -1);
    *bench->model.cfg_bus_master = 5;
    struct tlscard_submission request = bench_request(bench, 0, 1);
    submit(bench, &pair, &request);
    submit(bench, &other, &request);
    bench_settle(bench, 1000);
    assert_int_equal(bench->reads_asked[1], 0);
    assert_int_equal(state_of(bench, &pair), TLSCARD_ERROR_BUS_MASTER_DISABLED << 8 | 1);
    assert_logged(bench, &pair, TLSCARD_ERROR_BUS_MASTER_DISABLED, pair.sq);
    assert_int_equal(bench_wait(bench, &other, 1).status, TLSCARD_STATUS_OK);
}

static void test_bus_master_at_completion(void **state) {
    struct bench *bench = *state;
    for (unsigned nop = 0; nop < 2; nop++) { /* with a result to drain, and without */
        struct bench_pair pair;
        bench_enable(bench, &pair, 1, nop, 4, 1);
        struct tlscard_submission request = bench_request(bench, 0, 1);
        if (nop) request = (struct tlscard_submission){.opcode = TLSCARD_OP_NOP};
        submit(bench, &pair, &request);
        bench_run(bench, nop ? 10 : 110);
        *bench->model.cfg_bus_master = 5;
        bench_settle(bench, 2000);
        assert_int_equal(bench->record_count, 0);
        assert_int_equal(state_of(bench, &pair), TLSCARD_ERROR_BUS_MASTER_DISABLED << 8 | 1);
        assert_logged(bench, &pair, TLSCARD_ERROR_BUS_MASTER_DISABLED, pair.cq);
        assert_int_equal(bench_read(bench, 1, TLSCARD_REG_PKE_COMPLETED), 0);
        bench_write(bench, 1, TLSCARD_REG_ERROR_CLEAR, 1);
        *bench->model.cfg_bus_master = 7;
    }
}

/* Taken away for some cycles at any moment: a completion that says OK has its result in memory. */
static void test_bus_master_flicker(void **state) {
    struct bench *bench = *state;
    unsigned completed = 0, halted = 0;
    for (unsigned wait = 0; wait < 320; wait++) {
        struct bench_pair pair;
        struct tlscard_completion completion;
        bench_enable(bench, &pair, 1, 0, 4, 1);
        struct tlscard_submission request = bench_request(bench, 0, (uint16_t)wait);
        submit(bench, &pair, &request);
        bench_run(bench, wait / 2);
        *bench->model.cfg_bus_master = 5;
        bench_run(bench, 1 + wait % 2 * 8);
        *bench->model.cfg_bus_master = 7;
        bench_settle(bench, 2000);
        bool done = bench_take(bench, &pair, &completion, true);
        assert_int_equal(state_of(bench, &pair), done ? 1 : TLSCARD_ERROR_BUS_MASTER_DISABLED << 8 | 1);
        if (done) {
            assert_int_equal(completion.status, TLSCARD_STATUS_OK);
            assert_memory_equal(bench->memory + bench_destination(0), bench->memory + bench_source(0), 128);
        }
        completed += done;
        halted += !done;
        bench_write(bench, 1, bench_queue_register(0, TLSCARD_QREG_ENABLE), 0);
    }
    assert_true(completed > 20 && halted > 5);
}

/* Requests of function 0 that are given to engines before the one of another function that comes last. */
static unsigned overtaken_by(struct bench *bench, unsigned function, unsigned pair_index, struct bench_pair *flooding,
                             unsigned pairs) {
    struct bench_pair victim;
    bench_enable(bench, &victim, function, pair_index, 4, -1);
    for (unsigned n = 0; n < pairs; n++) {
        for (unsigned i = 0; i < FLOOD - 1; i++) {
            struct tlscard_submission request = bench_request(bench, n * FLOOD + i, (uint16_t)i);
            bench_put(bench, &flooding[n], &request);
        }
        bench_ring(bench, &flooding[n]);
    }
    bench_run(bench, 500);
    struct tlscard_submission request = bench_request(bench, 90, 90);
    uint32_t before = *bench->model.accepted_0 + *bench->model.accepted_1;
    unsigned records = bench->record_count;
    submit(bench, &victim, &request);
    assert_int_equal(bench_wait(bench, &victim, 20000).status, TLSCARD_STATUS_OK);
    unsigned others = 0;
    for (unsigned i = records; i < bench->record_count; i++)
        others += bench->records[i].length == sizeof(struct tlscard_completion);
    assert_true(*bench->model.accepted_0 + *bench->model.accepted_1 > before);
    return others - 1;
}

/* A function that floods all its pairs delays another's single request by what the engines hold and
 * what was already chosen, not by its queues. */
static void test_flood_of_a_function(void **state) {
    struct bench *bench = *state;
    struct bench_pair flooding[BENCH_PAIRS];
    *bench->model.delay = 1000;
    for (unsigned i = 0; i < BENCH_PAIRS; i++) bench_enable(bench, &flooding[i], 0, i, 4, -1);
    unsigned overtaken = overtaken_by(bench, 1, 0, flooding, BENCH_PAIRS);
    assert_in_range(overtaken, 0, BENCH_ENGINES * BENCH_CONTEXTS + 2);
    bench_settle(bench, 40000);
}

/* Pairs of one function take turns too, whichever floods. */
static void test_flood_of_a_pair(void **state) {
    struct bench *bench = *state;
    *bench->model.delay = 1000;
    for (unsigned which = 0; which < 2; which++) {
        struct bench_pair flooding;
        bench_enable(bench, &flooding, which, which, 4, -1);
        unsigned overtaken = overtaken_by(bench, which, 1 - which, &flooding, 1);
        assert_in_range(overtaken, 0, BENCH_ENGINES * BENCH_CONTEXTS + 3);
        bench_settle(bench, 40000);
    }
}

/* A flood of entries that need no engine does not keep finished requests waiting. */
static void test_flood_of_nops(void **state) {
    struct bench *bench = *state;
    struct bench_pair flooding[2], victim;
    *bench->model.delay = 50;
    bench->latency = 1;
    bench_enable(bench, &victim, 1, 0, 4, -1);
    const struct tlscard_submission nop = {.opcode = TLSCARD_OP_NOP};
    for (unsigned f = 0; f < 2; f++) {
        bench_enable(bench, &flooding[f], 2 * f, 0, 7, -1);
        for (unsigned i = 0; i < 120; i++) bench_put(bench, &flooding[f], &nop);
    }
    for (unsigned f = 0; f < 2; f++) bench_ring(bench, &flooding[f]);
    struct tlscard_submission request = bench_request(bench, 90, 90);
    unsigned records = bench->record_count;
    submit(bench, &victim, &request);
    bench_wait(bench, &victim, 1000);
    assert_in_range(bench->record_count - records, 2, 30);
    bench_settle(bench, 10000);
}

/* Work goes to the engine with less of it, and all contexts are used. */
static void test_engines_share(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    *bench->model.delay = 3000;
    bench_enable(bench, &pair, 0, 0, 5, -1);
    for (unsigned i = 0; i < 20; i++) {
        struct tlscard_submission request = bench_request(bench, i, (uint16_t)i);
        bench_put(bench, &pair, &request);
        bench_ring(bench, &pair);
        bench_run(bench, 150);
        unsigned expected = i < 4 ? i + 1 : 4;
        assert_int_equal(*bench->model.accepted_0 + *bench->model.accepted_1, expected);
        int difference = (int)(*bench->model.accepted_0 - *bench->model.accepted_1);
        assert_true(difference >= -1 && difference <= 1);
    }
    bench_settle(bench, 40000);
    assert_int_equal(*bench->model.accepted_0 + *bench->model.accepted_1, 20);
}

/* The link stands still for long at any moment, longer than the module stays awake by itself. */
static void test_long_stalls(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    bench_enable(bench, &pair, 1, 0, 3, 1);
    for (unsigned wait = 0; wait < 200; wait++) {
        struct tlscard_submission request = bench_request(bench, 0, (uint16_t)wait);
        submit(bench, &pair, &request);
        bench_run(bench, wait);
        bench->stall_percent = 100;
        bench_run(bench, 60);
        bench->stall_percent = 0;
        assert_int_equal(bench_wait(bench, &pair, 1000).command_id, wait);
        bench_settle(bench, 100);
        assert_memory_equal(bench->memory + bench_destination(0), bench->memory + bench_source(0), 128);
    }
}

/* One context becomes free while the others go on for long: the entry that waits for it is served. */
static void test_wakes_for_a_context(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    struct tlscard_submission request;
    bench_enable(bench, &pair, 0, 0, 4, -1);
    *bench->model.delay = 20000;
    for (unsigned i = 0; i < 5; i++) {
        if (i == 3) *bench->model.delay = 500;
        request = bench_request(bench, i, (uint16_t)i);
        submit(bench, &pair, &request);
        bench_run(bench, 150);
    }
    bench_run(bench, 3000);
    assert_int_equal(bench->record_count, 4); /* results and entries of two requests */
    /* An entry that waits for a context is dropped when its pair is disabled. */
    struct bench_pair other, waiting;
    *bench->model.delay = 20000;
    bench_enable(bench, &other, 1, 0, 4, -1);
    for (unsigned i = 0; i < 3; i++) bench_put(bench, &other, &request);
    bench_ring(bench, &other);
    bench_run(bench, 500);
    bench_enable(bench, &waiting, 2, 0, 4, -1);
    submit(bench, &waiting, &request);
    bench_run(bench, 500);
    assert_int_equal(state_of(bench, &waiting), 3);
    bench_write(bench, 2, bench_queue_register(0, TLSCARD_QREG_ENABLE), 0);
    bench_run(bench, 500);
    assert_int_equal(state_of(bench, &waiting), 0);
    bench_settle(bench, 100000);
}

/* Whenever the module says idle, nothing leaves it until it is touched again. */
static void test_idle_is_exact(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    bench_enable(bench, &pair, 0, 0, 3, 1);
    bench->stall_percent = 30;
    for (unsigned round = 0; round < 200; round++) {
        unsigned burst = 1 + bench_random(bench) % 3;
        struct tlscard_submission request = bench_request(bench, round % SLOTS, (uint16_t)round);
        if (bench_random(bench) % 2) request = (struct tlscard_submission){.opcode = (uint8_t)(bench_random(bench) % 3)};
        for (unsigned i = 0; i < burst; i++) bench_put(bench, &pair, &request);
        bench_ring(bench, &pair);
        bench_settle(bench, 5000);
        for (unsigned i = 0; i < burst; i++) {
            struct tlscard_completion completion;
            assert_true(bench_take(bench, &pair, &completion, i == burst - 1));
        }
        bench_settle(bench, 10);
        unsigned records = bench->record_count, reads = bench->reads_tail;
        bench_run(bench, 60);
        assert_int_equal(bench->record_count, records);
        assert_int_equal(bench->reads_tail, reads);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_opcodes_and_sizes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_random_traffic, setup, teardown),
        cmocka_unit_test_setup_teardown(test_invalid_entries, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fetch_error, setup, teardown),
        cmocka_unit_test_setup_teardown(test_operand_errors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bus_master_at_fetch, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bus_master_at_completion, setup, teardown),
        cmocka_unit_test_setup_teardown(test_bus_master_flicker, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flood_of_a_function, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flood_of_a_pair, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flood_of_nops, setup, teardown),
        cmocka_unit_test_setup_teardown(test_engines_share, setup, teardown),
        cmocka_unit_test_setup_teardown(test_long_stalls, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wakes_for_a_context, setup, teardown),
        cmocka_unit_test_setup_teardown(test_idle_is_exact, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
