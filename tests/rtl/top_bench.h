/* SPDX-License-Identifier: Apache-2.0 */
/* A host for the whole card: host memory and BAR accesses over its link, queue pairs as a driver has them. */
#ifndef TOP_BENCH_H
#define TOP_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/tlscard_map.h"
#include "tests/rtl/link.h"
#include "top_bench_model.h"

enum {
    TOP_FUNCTIONS = 3,
    TOP_PAIRS = 2,
    TOP_VECTORS = 3,
    TOP_ENGINES = 2,
    TOP_LANES = 1,
    TOP_REGION = 1 << 21,   /* octets of memory of each function */
    TOP_MESSAGES = 0x1000,  /* in a function's memory: where vector v's message goes, 16 octets apart */
    TOP_QUEUES = 0x2000,    /* queue pairs, 0x2000 for each: submission, then completion */
    TOP_SLOTS = 0x8000,     /* operands of request slots */
    TOP_SLOT = 0x1000,
    TOP_RECORDS = 0x100000, /* room for whatever else a test has */
    TOP_SOURCE = 0x903,     /* within a slot: key first, then source, then destination */
    TOP_DESTINATION = 0xc05,
};

struct top {
    struct top_bench_model model;
    struct link link;
    uint8_t *memory[TOP_FUNCTIONS];
    uint64_t cycle, seed;
    uint64_t last_write[TOP_FUNCTIONS]; /* cycle of the last write of each function that reached memory */
    unsigned messages[TOP_FUNCTIONS];   /* MSI-X messages */
    unsigned flr_done[TOP_FUNCTIONS];
    uint64_t to_card, from_card;        /* beats that moved on the link */
};

struct top_pair {
    unsigned function, pair, entries, sq, cq; /* offsets in the function's memory */
    unsigned sq_tail, cq_head;
    bool phase;
};

int top_setup(void **state);
/* The same with one engine and no lane. */
int top_setup_single(void **state);
int top_teardown(void **state);
void top_step(struct top *top);
void top_run(struct top *top, unsigned cycles);
/* Step until the card is idle and the link quiet; then see that it stays so. Fails after limit cycles. */
void top_settle(struct top *top, unsigned limit);

/* The bus address of an offset in a function's memory. */
uint64_t top_address(unsigned function, unsigned offset);
uint32_t top_read(struct top *top, unsigned function, unsigned bar, unsigned address);
void top_write(struct top *top, unsigned function, unsigned bar, unsigned address, uint32_t value);
uint32_t top_queue_read(struct top *top, const struct top_pair *pair, unsigned offset);

/* Program a vector of the function: its message is the vector's number + 1. */
void top_vector(struct top *top, unsigned function, unsigned vector, bool masked);
void top_enable(struct top *top, struct top_pair *pair, unsigned function, unsigned index, unsigned log2_entries, int vector);
void top_put(struct top *top, struct top_pair *pair, const struct tlscard_submission *entry);
void top_ring(struct top *top, const struct top_pair *pair);
bool top_take(struct top *top, struct top_pair *pair, struct tlscard_completion *completion);
struct tlscard_completion top_wait(struct top *top, struct top_pair *pair, unsigned limit);

/* An entry whose key, source and destination stand in a slot of the function's memory. */
struct tlscard_submission top_request(struct top *top, unsigned function, unsigned slot, uint8_t opcode, unsigned k,
                                      const uint8_t *key, unsigned key_length, const uint8_t *source);
uint8_t *top_destination(struct top *top, unsigned function, unsigned slot);
/* Octets of the engines' and the lane's memories and of the reorder buffer that are not zero. */
unsigned top_residue(const struct top *top);

#endif
