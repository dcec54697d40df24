// SPDX-License-Identifier: Apache-2.0
// A host for the whole card: host memory and BAR accesses over its link, queue pairs as a driver has them.
#include "tests/rtl/top_bench.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Below 4 GiB, above it, and in the top half of the address space. */
static const uint64_t bases[TOP_FUNCTIONS] = {0x10000000, 0x123400000000, 0xfedcba0000000000};

uint64_t top_address(unsigned function, unsigned offset) { return bases[function] + offset; }

static void observe(void *context, const struct link_packet *packet) {
    struct top *top = context;
    unsigned octets, function = packet->header[1] >> 16 & 7;
    bool write = packet->header[0] >> 29 >= 2 && (packet->header[0] >> 24 & 0x1f) == 0;
    if (!write || function >= TOP_FUNCTIONS) return;
    uint64_t offset = link_span(packet, &octets) - bases[function];
    assert_true(offset + octets <= TOP_REGION);
    top->last_write[function] = top->cycle;
    if (offset >= TOP_MESSAGES && offset < TOP_MESSAGES + 16 * TOP_VECTORS) {
        assert_int_equal(packet->data[0], (offset - TOP_MESSAGES) / 16 + 1);
        top->messages[function]++;
    }
}

static struct link_ports ports_of(const struct top_bench_model *model) {
    return (struct link_ports){
        .rx_valid = model->rx_valid, .rx_ready = model->rx_ready, .rx_sop = model->rx_sop, .rx_eop = model->rx_eop,
        .rx_function = model->rx_function, .rx_bar = model->rx_bar, .rx_hdr = model->rx_hdr,
        .rx_data = model->rx_data, .tx_valid = model->tx_valid, .tx_ready = model->tx_ready,
        .tx_sop = model->tx_sop, .tx_eop = model->tx_eop, .tx_hdr = model->tx_hdr, .tx_data = model->tx_data,
    };
}

static int setup(void **state, bool single) {
    const char *given = getenv("TLSCARD_TEST_SEED");
    struct top *top = calloc(1, sizeof(*top));
    if (top == NULL || top_bench_model_create(&top->model) != 0) return -1;
    top->seed = given ? strtoull(given, NULL, 0) : 20250201;
    printf("# seed %llu\n", (unsigned long long)top->seed);
    struct link_ports ports = ports_of(&top->model);
    if (link_create(&top->link, &ports, top->seed) != 0) return -1;
    for (unsigned f = 0; f < TOP_FUNCTIONS; f++) {
        top->memory[f] = calloc(1, TOP_REGION);
        if (top->memory[f] == NULL) return -1;
        link_map(&top->link, bases[f], top->memory[f], TOP_REGION);
    }
    top->link.observe = observe;
    top->link.context = top;
    top->link.boundary = 64;
    top->link.latency = 20;
    top->link.max_payload = 128;
    top->link.max_read = 512;
    struct top_bench_model *m = &top->model;
    *m->single = single;
    *m->cfg_bus_master = *m->cfg_msix_enable = (1 << TOP_FUNCTIONS) - 1;
    *m->cfg_bus_device = 0x0b5;
    top->link.bus_device = *m->cfg_bus_device;
    *m->rst = 1;
    top_run(top, 4);
    *m->rst = 0;
    *state = top;
    top_settle(top, 20000);
    return 0;
}

int top_setup(void **state) { return setup(state, false); }
int top_setup_single(void **state) { return setup(state, true); }

int top_teardown(void **state) {
    struct top *top = *state;
    top_settle(top, 20000);
    assert_int_equal(top_residue(top), 0);
    if (top->link.violations != 0) fail_msg("%u violations on the link: %s", top->link.violations, top->link.violation);
    link_destroy(&top->link);
    top_bench_model_destroy(&top->model);
    for (unsigned f = 0; f < TOP_FUNCTIONS; f++) free(top->memory[f]);
    free(top);
    return 0;
}

void top_step(struct top *top) {
    struct top_bench_model *m = &top->model;
    *m->cfg_max_payload = (uint8_t)(__builtin_ctz(top->link.max_payload) - 7);
    *m->cfg_max_read = (uint8_t)(__builtin_ctz(top->link.max_read) - 7);
    link_drive(&top->link);
    *m->clk = 0;
    top_bench_model_eval(m);
    top->to_card += *m->rx_valid && *m->rx_ready;
    top->from_card += *m->tx_valid && *m->tx_ready;
    link_sample(&top->link);
    uint8_t done = *m->cfg_flr_done, idle = *m->idle;
    *m->clk = 1;
    top_bench_model_eval(m);
    if (idle && !*m->idle) fail_msg("idle ended by itself in cycle %llu", (unsigned long long)top->cycle);
    for (unsigned f = 0; f < TOP_FUNCTIONS; f++) top->flr_done[f] += done >> f & 1;
    *m->cfg_flr &= (uint8_t)~done;
    top->cycle++;
}

void top_run(struct top *top, unsigned cycles) {
    for (unsigned i = 0; i < cycles; i++) top_step(top);
}

void top_settle(struct top *top, unsigned limit) {
    top_bench_model_eval(&top->model);
    for (unsigned i = 0; !*top->model.idle || link_busy(&top->link); i++) {
        if (i == limit) fail_msg("not idle after %u cycles", limit);
        top_step(top);
    }
    for (unsigned i = 0; i < 40; i++) {
        top_step(top);
        assert_true(*top->model.idle && !*top->model.tx_valid);
    }
}

uint32_t top_read(struct top *top, unsigned function, unsigned bar, unsigned address) {
    int tag = link_read(&top->link, function, bar, address, 1, 15, 0);
    assert_true(tag >= 0);
    for (unsigned i = 0; top->link.answer[tag].waiting; i++) {
        if (i == 10000) fail_msg("BAR %u offset %#x is not answered", bar, address);
        top_step(top);
    }
    assert_int_equal(top->link.answer[tag].status, 0);
    return top->link.answer[tag].data[0];
}

void top_write(struct top *top, unsigned function, unsigned bar, unsigned address, uint32_t value) {
    while (link_write(&top->link, function, bar, address, &value, 1, 15, 0) != 0) top_step(top);
}

static unsigned queue_register(const struct top_pair *pair, unsigned offset) {
    return TLSCARD_QUEUE_BASE + pair->pair * TLSCARD_QUEUE_STRIDE + offset;
}

uint32_t top_queue_read(struct top *top, const struct top_pair *pair, unsigned offset) {
    return top_read(top, pair->function, 0, queue_register(pair, offset));
}

void top_vector(struct top *top, unsigned function, unsigned vector, bool masked) {
    uint64_t address = top_address(function, TOP_MESSAGES + 16 * vector);
    top_write(top, function, 2, 16 * vector, (uint32_t)address);
    top_write(top, function, 2, 16 * vector + 4, (uint32_t)(address >> 32));
    top_write(top, function, 2, 16 * vector + 8, vector + 1);
    top_write(top, function, 2, 16 * vector + 12, masked);
}

void top_enable(struct top *top, struct top_pair *pair, unsigned function, unsigned index, unsigned log2_entries,
                int vector) {
    unsigned sq = TOP_QUEUES + index * 0x2000, cq = sq + 0x1000;
    *pair = (struct top_pair){function, index, 1u << log2_entries, sq, cq, 0, 0, true};
    memset(top->memory[function] + cq, 0, pair->entries * sizeof(struct tlscard_completion));
    const uint64_t addresses[2] = {top_address(function, sq), top_address(function, cq)};
    const uint32_t values[] = {
        (uint32_t)addresses[0], (uint32_t)(addresses[0] >> 32), (uint32_t)addresses[1], (uint32_t)(addresses[1] >> 32),
        log2_entries, vector < 0 ? 0 : 0x80000000u | (uint32_t)vector, 1,
    };
    for (unsigned i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        top_write(top, function, 0, queue_register(pair, 4 * i), values[i]);
}

void top_put(struct top *top, struct top_pair *pair, const struct tlscard_submission *entry) {
    memcpy(top->memory[pair->function] + pair->sq + pair->sq_tail * sizeof(*entry), entry, sizeof(*entry));
    pair->sq_tail = (pair->sq_tail + 1) % pair->entries;
}

static unsigned doorbell(const struct top_pair *pair, unsigned offset) {
    return TLSCARD_DOORBELL_BASE + pair->pair * TLSCARD_DOORBELL_STRIDE + offset;
}

void top_ring(struct top *top, const struct top_pair *pair) {
    top_write(top, pair->function, 0, doorbell(pair, TLSCARD_DOORBELL_SQ_TAIL), pair->sq_tail);
}

bool top_take(struct top *top, struct top_pair *pair, struct tlscard_completion *completion) {
    memcpy(completion, top->memory[pair->function] + pair->cq + pair->cq_head * sizeof(*completion), sizeof(*completion));
    if ((completion->phase >> 15 & 1) != pair->phase) return false;
    pair->cq_head = (pair->cq_head + 1) % pair->entries;
    if (pair->cq_head == 0) pair->phase = !pair->phase;
    top_write(top, pair->function, 0, doorbell(pair, TLSCARD_DOORBELL_CQ_HEAD), pair->cq_head);
    return true;
}

struct tlscard_completion top_wait(struct top *top, struct top_pair *pair, unsigned limit) {
    struct tlscard_completion completion;
    for (unsigned i = 0; !top_take(top, pair, &completion); i++) {
        if (i == limit) fail_msg("no completion after %u cycles", limit);
        top_step(top);
    }
    return completion;
}

struct tlscard_submission top_request(struct top *top, unsigned function, unsigned slot, uint8_t opcode, unsigned k,
                                      const uint8_t *key, unsigned key_length, const uint8_t *source) {
    unsigned base = TOP_SLOTS + slot * TOP_SLOT;
    uint8_t *memory = top->memory[function] + base;
    assert_true(base + TOP_SLOT <= TOP_REGION && key_length < TOP_SOURCE && k <= TOP_DESTINATION - TOP_SOURCE);
    memcpy(memory + 1, key, key_length);
    memcpy(memory + TOP_SOURCE, source, k);
    memset(memory + TOP_DESTINATION - 1, 0xa5, k + 2);
    return (struct tlscard_submission){
        .opcode = opcode, .command_id = (uint16_t)(0x5a00 + slot), .parameter = k,
        .key_address = top_address(function, base + 1), .key_length = key_length,
        .source_address = top_address(function, base + TOP_SOURCE), .source_length = k,
        .destination_address = top_address(function, base + TOP_DESTINATION), .destination_length = k,
    };
}

uint8_t *top_destination(struct top *top, unsigned function, unsigned slot) {
    return top->memory[function] + TOP_SLOTS + slot * TOP_SLOT + TOP_DESTINATION;
}

static unsigned nonzero(const void *memory, size_t octets) {
    unsigned count = 0;
    for (size_t i = 0; i < octets; i++) count += ((const uint8_t *)memory)[i] != 0;
    return count;
}

unsigned top_residue(const struct top *top) {
    const struct top_bench_model *m = &top->model;
    enum { WORD = 20, CONTEXTS = 2, BANK = 1024 * 4 }; /* octets: that hold 130 bits; of a bank of the buffer */
    unsigned count = 0;
#define ENGINE(n) \
    count += nonzero(m->dut__engines__BRA__##n##__KET____engine__datapath__memory_a__words, CONTEXTS * 1024 * WORD); \
    count += nonzero(m->dut__engines__BRA__##n##__KET____engine__datapath__memory_b__words, CONTEXTS * 2048 * WORD); \
    count += nonzero(m->dut__engines__BRA__##n##__KET____engine__datapath__memory_c__words, CONTEXTS * 1024 * WORD); \
    count += nonzero(m->dut__engines__BRA__##n##__KET____engine__memory_exponent__words, CONTEXTS * 32 * WORD)
    ENGINE(0);
    ENGINE(1);
    count += nonzero(m->dut__endpoint__read__reorder__banks__BRA__0__KET____buffer__memory, BANK);
    count += nonzero(m->dut__endpoint__read__reorder__banks__BRA__1__KET____buffer__memory, BANK);
    count += nonzero(m->dut__endpoint__read__reorder__banks__BRA__2__KET____buffer__memory, BANK);
    count += nonzero(m->dut__endpoint__read__reorder__banks__BRA__3__KET____buffer__memory, BANK);
    /* of the lane's results, and what the lane keeps of records: in words of 4 or 5 times 32 bits */
    count += nonzero(m->dut__queues__lanes__lanes__BRA__0__KET____lane__buffer__memory, 64 * 16);
    count += nonzero(m->dut__lanes__BRA__0__KET____lane__results__entries__memory, 64 * 20);
    count += nonzero(m->dut__lanes__BRA__0__KET____lane__hashes__entries__memory, 32 * 16);
    return count;
}
