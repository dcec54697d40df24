// SPDX-License-Identifier: Apache-2.0
// Drives the host module of the unit tests: register accesses, host memory behind its DMA ports.
#include "host_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
    QUEUES = 0x10000, /* queues stand here, 0x4000 for each pair: submission, then completion */
    OPERANDS = 0x60000,
    SLOT_STRIDE = 0x1000,
    SOURCE_OFFSET = 0x403, /* addresses of any alignment */
    DESTINATION_OFFSET = 0xa05,
};

uint32_t bench_random(struct bench *bench) {
    /* splitmix64: each state gives one well-mixed value */
    uint64_t z = (bench->random += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)(z >> 32);
}

static bool stalls(struct bench *bench) {
    return bench->stall_percent != 0 && bench_random(bench) % 100 < bench->stall_percent;
}

static void record(struct bench *bench, struct bench_record entry) {
    assert_true(bench->record_count < BENCH_RECORDS);
    entry.cycle = bench->cycle;
    bench->records[bench->record_count++] = entry;
}

static uint8_t fault_of(const struct bench *bench, const struct bench_read *request) {
    for (unsigned i = 0; i < BENCH_FAULTS; i++) {
        const struct bench_fault *fault = &bench->faults[i];
        if (fault->status != 0 && request->address < fault->address + fault->length &&
            fault->address < request->address + request->length)
            return fault->status;
    }
    return TLSCARD_STATUS_OK;
}

/* An offer (valid without ready) must stand unchanged in the next cycle. */
static void check_offer(struct bench *bench, unsigned which, bool valid, bool ready, const void *payload, size_t length) {
    uint8_t now[32] = {0};
    memcpy(now, payload, length);
    if (bench->offered[which] && (!valid || memcmp(now, bench->offers[which], sizeof(now)) != 0)) {
        bench->broken++;
        printf("# cycle %llu: offer %u did not stand\n", (unsigned long long)bench->cycle, which);
    }
    bench->offered[which] = valid && !ready;
    memcpy(bench->offers[which], now, sizeof(now));
}

/* With its padding cleared: offers are compared octet by octet. */
static struct bench_read offer_of(uint8_t function, uint64_t address, uint32_t length) {
    struct bench_read offer;
    memset(&offer, 0, sizeof(offer));
    offer.function = function;
    offer.address = address;
    offer.length = length;
    return offer;
}

static void drive_reads(struct bench *bench) {
    struct host_bench_model *m = &bench->model;
    *m->rd_ready = bench->reads_tail - bench->reads_head < BENCH_READS && !stalls(bench);
    const struct bench_read *request = &bench->reads[bench->reads_head % BENCH_READS];
    bool some = bench->reads_head != bench->reads_tail && bench->cycle >= request->due;
    if (bench->hold_reads && !bench->read_stands) some = false;
    if (some && !bench->read_stands) some = !stalls(bench);
    *m->rd_data_valid = some;
    memset(m->rd_data, 0, 16);
    *m->rd_data_last = 0;
    *m->rd_data_status = 0;
    if (!some) return;
    uint32_t left = request->length - request->offset;
    uint8_t status = fault_of(bench, request);
    assert_true(request->address + request->length <= BENCH_MEMORY);
    if (status == TLSCARD_STATUS_OK)
        memcpy(m->rd_data, bench->memory + request->address + request->offset, left < 16 ? left : 16);
    *m->rd_data_last = left <= 16;
    *m->rd_data_status = left <= 16 ? status : 0;
}

static void drive_quiet(struct bench *bench) {
    unsigned quiet = bench->hold_quiet ? 0 : (1u << BENCH_FUNCTIONS) - 1;
    for (unsigned i = bench->reads_head; i != bench->reads_tail; i++)
        quiet &= ~(1u << bench->reads[i % BENCH_READS].function);
    if (bench->write.length != 0) quiet &= ~(1u << bench->write.function);
    *bench->model.function_quiet = (uint8_t)quiet;
}

static void take_reads(struct bench *bench) {
    struct host_bench_model *m = &bench->model;
    if (*m->rd_data_valid && *m->rd_data_ready) {
        struct bench_read *request = &bench->reads[bench->reads_head % BENCH_READS];
        request->offset += 16;
        if (*m->rd_data_last) bench->reads_head++;
    }
    bench->read_stands = *m->rd_data_valid && !*m->rd_data_ready;
    struct bench_read offer = offer_of(*m->rd_function, *m->rd_address, *m->rd_length);
    check_offer(bench, 0, *m->rd_valid, *m->rd_ready, &offer, sizeof(offer));
    if (*m->rd_valid && *m->rd_ready) {
        offer.due = bench->cycle + bench->latency;
        bench->reads[bench->reads_tail++ % BENCH_READS] = offer;
        if (offer.length == sizeof(struct tlscard_submission)) bench->reads_asked[offer.function]++;
    }
}

static void take_writes(struct bench *bench) {
    struct host_bench_model *m = &bench->model;
    struct bench_read *write = &bench->write;
    check_offer(bench, 1, *m->wr_data_valid, *m->wr_data_ready, m->wr_data, 16);
    struct bench_read offer = offer_of(*m->wr_function, *m->wr_address, *m->wr_length);
    check_offer(bench, 2, *m->wr_valid, *m->wr_ready, &offer, sizeof(offer));
    if (*m->wr_data_valid && *m->wr_data_ready) {
        assert_true(write->length != 0);
        uint32_t left = write->length - write->offset;
        memcpy(bench->memory + write->address + write->offset, m->wr_data, left < 16 ? left : 16);
        write->offset += 16;
        if (left <= 16) {
            record(bench, (struct bench_record){false, write->function, write->address, write->length, 0});
            write->length = 0;
        }
    }
    if (*m->wr_valid && *m->wr_ready) {
        *write = offer;
        assert_true(write->length != 0 && write->address + write->length <= BENCH_MEMORY);
    }
}

static void take_rest(struct bench *bench) {
    struct host_bench_model *m = &bench->model;
    uint32_t offer = (uint32_t)*m->irq_function << 16 | *m->irq_vector;
    check_offer(bench, 3, *m->irq_valid, *m->irq_ready, &offer, sizeof(offer));
    if (*m->irq_valid && *m->irq_ready)
        record(bench, (struct bench_record){true, *m->irq_function, *m->irq_vector, 0, 0});
    for (unsigned f = 0; f < BENCH_FUNCTIONS; f++) {
        bench->resets[f] += *m->function_reset >> f & 1;
        if (*m->cfg_flr_done >> f & 1) {
            bench->flr_done[f]++;
            if (!bench->hold_flr) *m->cfg_flr &= (uint8_t)~(1u << f);
        }
    }
}

void bench_step(struct bench *bench) {
    struct host_bench_model *m = &bench->model;
    drive_reads(bench);
    drive_quiet(bench);
    *m->wr_ready = bench->write.length == 0 && !stalls(bench);
    *m->wr_data_ready = bench->write.length != 0 && !stalls(bench);
    *m->irq_ready = !stalls(bench);
    *m->clk = 0;
    host_bench_model_eval(m);
    take_reads(bench);
    take_writes(bench);
    take_rest(bench);
    host_bench_model_eval(m);
    bool idle = *m->idle && !*m->rst;
    *m->clk = 1;
    host_bench_model_eval(m);
    if (idle && !*m->idle) {
        bench->broken++;
        printf("# cycle %llu: idle ended by itself\n", (unsigned long long)bench->cycle);
    }
    bench->cycle++;
    *m->event_valid = 0;
}

void bench_run(struct bench *bench, unsigned cycles) {
    for (unsigned i = 0; i < cycles; i++) bench_step(bench);
}

static bool settled(struct bench *bench) {
    host_bench_model_eval(&bench->model);
    return *bench->model.idle && !*bench->model.busy;
}

void bench_settle(struct bench *bench, unsigned limit) {
    for (unsigned i = 0; !settled(bench); i++) {
        if (i == limit) fail_msg("not idle after %u cycles", limit);
        bench_step(bench);
    }
}

void bench_open(struct bench *bench) {
    const char *seed = getenv("TLSCARD_TEST_SEED");
    memset(bench, 0, sizeof(*bench));
    bench->random = seed ? strtoull(seed, NULL, 0) : 20250131;
    printf("# seed %llu\n", (unsigned long long)bench->random);
    bench->latency = 12;
    bench->memory = calloc(1, BENCH_MEMORY);
    assert_non_null(bench->memory);
    assert_int_equal(host_bench_model_create(&bench->model), 0);
    struct host_bench_model *m = &bench->model;
    *m->delay = 100;
    *m->cfg_bus_master = (1u << BENCH_FUNCTIONS) - 1;
    *m->rst = 1;
    bench_run(bench, 4);
    *m->rst = 0;
    bench_settle(bench, 200);
    memset(bench->resets, 0, sizeof(bench->resets)); /* power-up is one for every function */
}

void bench_close(struct bench *bench) {
    assert_int_equal(bench->broken, 0);
    assert_int_equal(*bench->model.misused, 0);
    host_bench_model_destroy(&bench->model);
    free(bench->memory);
}

static uint32_t access(struct bench *bench, bool write, unsigned function, unsigned address, uint32_t value,
                       unsigned enables) {
    struct host_bench_model *m = &bench->model;
    *m->reg_valid = 1;
    *m->reg_write = write;
    *m->reg_function = (uint8_t)function;
    *m->reg_address = (uint16_t)address;
    *m->reg_wdata = value;
    *m->reg_wstrb = (uint8_t)enables;
    for (unsigned i = 0; !*m->reg_ready; i++) {
        if (i == 1000) fail_msg("register %#x is not answered", address);
        bench_step(bench);
    }
    uint32_t data = *m->reg_rdata;
    bench_step(bench); /* the cycle in which ready is high */
    *m->reg_valid = 0;
    return data;
}

uint32_t bench_read(struct bench *bench, unsigned function, unsigned address) {
    return access(bench, false, function, address, 0, 0);
}

void bench_write(struct bench *bench, unsigned function, unsigned address, uint32_t value) {
    access(bench, true, function, address, value, 15);
}

void bench_write_octets(struct bench *bench, unsigned function, unsigned address, uint32_t value, unsigned enables) {
    access(bench, true, function, address, value, enables);
}

void bench_event(struct bench *bench, unsigned function, uint8_t code, uint64_t address) {
    struct host_bench_model *m = &bench->model;
    *m->event_valid = 1;
    *m->event_function = (uint8_t)function;
    *m->event_code = code;
    *m->event_address = address;
}

unsigned bench_queue_register(unsigned pair, unsigned offset) {
    return TLSCARD_QUEUE_BASE + pair * TLSCARD_QUEUE_STRIDE + offset;
}

void bench_enable(struct bench *bench, struct bench_pair *pair, unsigned function, unsigned index, unsigned log2_entries,
                  int vector) {
    uint64_t sq = QUEUES + (function * BENCH_PAIRS + index) * 0x4000;
    uint64_t cq = sq + 0x2000;
    *pair = (struct bench_pair){function, index, 1u << log2_entries, sq, cq, 0, 0, true};
    memset(bench->memory + cq, 0, (size_t)pair->entries * sizeof(struct tlscard_completion));
    bench_write(bench, function, bench_queue_register(index, TLSCARD_QREG_SQ_BASE_LO), (uint32_t)sq);
    bench_write(bench, function, bench_queue_register(index, TLSCARD_QREG_SQ_BASE_HI), 0);
    bench_write(bench, function, bench_queue_register(index, TLSCARD_QREG_CQ_BASE_LO), (uint32_t)cq);
    bench_write(bench, function, bench_queue_register(index, TLSCARD_QREG_CQ_BASE_HI), 0);
    bench_write(bench, function, bench_queue_register(index, TLSCARD_QREG_SIZE), log2_entries);
    bench_write(bench, function, bench_queue_register(index, TLSCARD_QREG_VECTOR),
                vector < 0 ? 0 : 0x80000000u | (uint32_t)vector);
    bench_write(bench, function, bench_queue_register(index, TLSCARD_QREG_ENABLE), 1);
}

void bench_put(struct bench *bench, struct bench_pair *pair, const struct tlscard_submission *entry) {
    memcpy(bench->memory + pair->sq + pair->sq_tail * sizeof(*entry), entry, sizeof(*entry));
    pair->sq_tail = (pair->sq_tail + 1) % pair->entries;
}

static unsigned doorbell(const struct bench_pair *pair, unsigned offset) {
    return TLSCARD_DOORBELL_BASE + pair->pair * TLSCARD_DOORBELL_STRIDE + offset;
}

void bench_ring(struct bench *bench, const struct bench_pair *pair) {
    bench_write(bench, pair->function, doorbell(pair, TLSCARD_DOORBELL_SQ_TAIL), pair->sq_tail);
}

bool bench_take(struct bench *bench, struct bench_pair *pair, struct tlscard_completion *completion, bool ring) {
    memcpy(completion, bench->memory + pair->cq + pair->cq_head * sizeof(*completion), sizeof(*completion));
    if ((completion->phase >> 15 & 1) != pair->phase) return false;
    pair->cq_head = (pair->cq_head + 1) % pair->entries;
    if (pair->cq_head == 0) pair->phase = !pair->phase;
    if (ring) bench_write(bench, pair->function, doorbell(pair, TLSCARD_DOORBELL_CQ_HEAD), pair->cq_head);
    return true;
}

struct tlscard_completion bench_wait(struct bench *bench, struct bench_pair *pair, unsigned limit) {
    struct tlscard_completion completion;
    for (unsigned i = 0; !bench_take(bench, pair, &completion, true); i++) {
        if (i == limit) fail_msg("no completion after %u cycles", limit);
        bench_step(bench);
    }
    return completion;
}

uint64_t bench_source(unsigned slot) { return OPERANDS + (uint64_t)slot * SLOT_STRIDE + SOURCE_OFFSET; }
uint64_t bench_destination(unsigned slot) { return OPERANDS + (uint64_t)slot * SLOT_STRIDE + DESTINATION_OFFSET; }

struct tlscard_submission bench_request(struct bench *bench, unsigned slot, uint16_t command_id) {
    enum { K = 128 };
    uint64_t base = OPERANDS + (uint64_t)slot * SLOT_STRIDE;
    assert_true(base + SLOT_STRIDE <= BENCH_MEMORY);
    for (unsigned i = 0; i < SLOT_STRIDE; i++) bench->memory[base + i] = (uint8_t)(bench_random(bench) & 0x7f);
    return (struct tlscard_submission){
        .opcode = TLSCARD_OP_RSA_PUBLIC, .command_id = command_id, .parameter = K,
        .key_address = base + 1, .key_length = K + TLSCARD_PUBLIC_EXPONENT_OCTETS,
        .source_length = K, .source_address = bench_source(slot),
        .destination_address = bench_destination(slot), .destination_length = K,
    };
}
