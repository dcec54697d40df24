/* SPDX-License-Identifier: Apache-2.0 */
/* Drives the host module of the unit tests: register accesses, host memory behind its DMA ports. */
#ifndef HOST_BENCH_H
#define HOST_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/tlscard_map.h"
#include "host_bench_model.h"

enum {
    BENCH_FUNCTIONS = 3,
    BENCH_PAIRS = 2,
    BENCH_ENGINES = 2,
    BENCH_CONTEXTS = 2,
    BENCH_LANES = 2,
    BENCH_MEMORY = 1 << 20,
    BENCH_READS = 32,       /* read requests outstanding */
    BENCH_FAULTS = 4,
    BENCH_RECORDS = 8192,
};

/* What reached the host: a DMA write that has ended, or an interrupt. */
struct bench_record {
    bool interrupt;
    uint8_t function;
    uint64_t address; /* vector of an interrupt */
    uint32_t length;
    uint64_t cycle;
};

struct bench_read {
    uint8_t function;
    uint64_t address;
    uint32_t length, offset;
    uint64_t due;
};

/* Reads that touch [address, address + length) end with this status. */
struct bench_fault {
    uint64_t address;
    uint32_t length;
    uint8_t status;
};

/* A queue pair as its driver sees it. */
struct bench_pair {
    unsigned function, pair, entries;
    uint64_t sq, cq;
    unsigned sq_tail, cq_head;
    bool phase;
};

struct bench {
    struct host_bench_model model;
    uint64_t cycle;
    uint64_t random;
    unsigned latency;       /* cycles from a read request to its first beat */
    unsigned stall_percent; /* of the cycles in which this side is not ready or has no data */
    bool hold_quiet;        /* function_quiet stays low, as if the link still held something */
    bool hold_reads;        /* no read is answered */
    bool hold_flr;          /* cfg_flr is not taken away when the reset is done */
    uint8_t *memory;

    struct bench_read reads[BENCH_READS];
    unsigned reads_head, reads_tail;
    bool read_stands; /* a beat that was not taken: it is offered until it is */
    uint64_t reads_asked[BENCH_FUNCTIONS]; /* entries alone: reads of 64 octets */
    struct bench_fault faults[BENCH_FAULTS];

    struct bench_read write; /* length 0 for none */
    struct bench_record records[BENCH_RECORDS];
    unsigned record_count;

    unsigned resets[BENCH_FUNCTIONS], flr_done[BENCH_FUNCTIONS];
    bool offered[4];
    uint8_t offers[4][32]; /* payload of an offer not yet taken, to see that it stands */
    unsigned broken;       /* offers that did not stand, cycles in which idle ended with no input */
};

void bench_open(struct bench *bench);
void bench_close(struct bench *bench);
void bench_step(struct bench *bench);
void bench_run(struct bench *bench, unsigned cycles);
/* Step until idle; fails the test after `limit` cycles. */
void bench_settle(struct bench *bench, unsigned limit);
uint32_t bench_random(struct bench *bench);

uint32_t bench_read(struct bench *bench, unsigned function, unsigned address);
void bench_write(struct bench *bench, unsigned function, unsigned address, uint32_t value);
void bench_write_octets(struct bench *bench, unsigned function, unsigned address, uint32_t value, unsigned enables);
/* An event of the link, in the next cycle. */
void bench_event(struct bench *bench, unsigned function, uint8_t code, uint64_t address);

/* Address of a queue register of a pair. */
unsigned bench_queue_register(unsigned pair, unsigned offset);
/* Set up and enable a pair with its queues at fixed places; vector below 0: no interrupts. */
void bench_enable(struct bench *bench, struct bench_pair *pair, unsigned function, unsigned index, unsigned log2_entries,
                  int vector);
/* Put an entry into the queue without ringing; ring the doorbell. */
void bench_put(struct bench *bench, struct bench_pair *pair, const struct tlscard_submission *entry);
void bench_ring(struct bench *bench, const struct bench_pair *pair);
/* Take the next completion: false where there is none. Tells the card so with ring. */
bool bench_take(struct bench *bench, struct bench_pair *pair, struct tlscard_completion *completion, bool ring);
/* Step until there is one; fails the test after `limit` cycles. */
struct tlscard_completion bench_wait(struct bench *bench, struct bench_pair *pair, unsigned limit);

/* A valid RSA_PUBLIC request of 128 octets whose operands stand in the memory of `slot`, 4 KiB apart. */
struct tlscard_submission bench_request(struct bench *bench, unsigned slot, uint16_t command_id);
/* Where the request of a slot has its source and its destination. */
uint64_t bench_source(unsigned slot);
uint64_t bench_destination(unsigned slot);

#endif
