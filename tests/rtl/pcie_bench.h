/* SPDX-License-Identifier: Apache-2.0 */
/* The pcie module between a root complex (link.h) and a model of what rtl/host would ask of it.
 *
 * DMA requests are queued and then run; their results are found in the same array. Reads are
 * compared with host memory, writes go to it and to a shadow that it must equal afterwards. */
#ifndef TESTS_RTL_PCIE_BENCH_H
#define TESTS_RTL_PCIE_BENCH_H

#include "pcie_model.h"
#include "tests/rtl/link.h"

#define BENCH_FUNCTIONS 3
#define BENCH_VECTORS 9
#define BENCH_TIMEOUT 10000  /* cycles; see pcie.mk */
#define BENCH_QUEUE 2048
#define BENCH_REGION 0x40000 /* octets of each region of host memory */
#define BENCH_LOW 0x10000000ull
#define BENCH_MIDDLE 0xfffe0000ull /* with 4 GiB in its midst */
#define BENCH_HIGH 0x123456780000ull

struct bench_read {
    unsigned function;
    uint64_t address;
    unsigned length;
    /* the result */
    unsigned status;
    unsigned beats;
    int same;    /* the data are those of memory, and zero after the last */
    int zero;    /* all are zero */
    unsigned right; /* the first octets that are those of memory */
    unsigned clear; /* the octet from which on all are zero */
};

struct bench_write {
    unsigned function;
    uint64_t address; /* of an interrupt: its vector */
    unsigned length;  /* 0: an interrupt */
};

struct bench_event {
    unsigned function, code;
    uint64_t address;
};

struct bench_access { /* to a register */
    unsigned function, address, strobes;
    int write;
    uint32_t value;
    unsigned asked; /* writes and interrupts asked for before */
};

struct bench {
    struct pcie_model model;
    struct link link;
    uint64_t cycle;
    uint64_t seed;
    /* percent of cycles without a request, without data to write, without taking data read */
    unsigned rd_stall, wr_stall, wr_data_stall, rd_data_stall, reg_stall;
    uint8_t *memory[3], *shadow[3];
    struct bench_read *reads;
    unsigned reads_queued, reads_asked, reads_done;
    uint8_t *read_octets; /* of the read that is coming in */
    struct bench_write *writes;
    unsigned writes_queued, writes_asked, writes_sent; /* sent: data given completely */
    unsigned write_offset;
    struct bench_event events[256];
    unsigned event_count;
    struct bench_access accesses[4096];
    unsigned access_count;
    uint32_t registers[BENCH_FUNCTIONS][0x10000 / 4];
    int rd_moved, wr_moved, wr_data_moved, reg_taken; /* in the last cycle */
};

int bench_setup(void **state);
int bench_teardown(void **state);
/* Reset the module, forget the queues, and fill memory with random octets. */
void bench_reset(struct bench *bench);
/* Forget the results and what was queued; nothing may be under way. */
void bench_forget(struct bench *bench);
void bench_step(struct bench *bench);
/* Run until nothing is asked, outstanding or held anywhere, or for limit cycles: 1 if idle. */
int bench_run(struct bench *bench, uint64_t limit);
void bench_queue_read(struct bench *bench, unsigned function, uint64_t address, unsigned length);
/* length 0: raise the interrupt vector that address says. */
void bench_queue_write(struct bench *bench, unsigned function, uint64_t address, unsigned length);
void bench_stall(struct bench *bench, unsigned percent);
/* 1: memory is what the writes should have made of it. */
int bench_memory_intact(struct bench *bench);
/* 1: no octet is left in the reorder buffer. */
int bench_buffer_zero(struct bench *bench);
/* Fail unless the run went through and no packet was wrong. */
#define bench_check(bench, limit)                                                                 \
    do {                                                                                          \
        assert_true(bench_run(bench, limit));                                                     \
        if ((bench)->link.violations)                                                             \
            fail_msg("%u violations: %s", (bench)->link.violations, (bench)->link.violation);      \
    } while (0)

#endif
