/* SPDX-License-Identifier: Apache-2.0 */
/* A host for the Verilated public-key engine: jobs in, results out, several in flight. */
#ifndef PKE_BENCH_H
#define PKE_BENCH_H
#include <stdint.h>

#include "pke_model.h"

enum { PKE_CONTEXTS = 8, PKE_OPERANDS = 2560, PKE_RESULT = 512 };

/* One request. The caller fills the first part, pke_bench_run the second. */
struct pke_job {
    uint8_t opcode;
    uint16_t parameter;
    uint8_t operands[PKE_OPERANDS]; /* key block and source, each in whole beats */
    uint32_t length;                /* octets of both */
    int aborted;                    /* the last beat comes with in_abort and abort_status */
    uint8_t abort_status;

    uint8_t status;
    uint16_t result_length;
    uint8_t result[PKE_RESULT];
    uint32_t cycles;
    unsigned finished; /* order of completion, from 1 */
    unsigned context;
};

struct pke_bench {
    struct pke_model model;
    uint64_t now;        /* cycles since reset */
    uint64_t multiplied; /* of these, with the multiplier at work */
    unsigned contexts;   /* in flight at most, up to PKE_CONTEXTS */
    unsigned stall;      /* chance in 256 that the host neither offers nor takes a beat in a cycle */
    uint64_t random;     /* state of pke_bench_random; not zero */
};

/* Reset the engine and wait until its memories are clear. 0, or -1 without memory. */
int pke_bench_open(struct pke_bench *bench, uint64_t seed);
void pke_bench_close(struct pke_bench *bench);
/* Run jobs in their order, each in the lowest free context. Returns 0 when all have finished and
 * every context is free again; -1 where nothing moved for thirty million cycles or an output broke
 * the handshake. */
int pke_bench_run(struct pke_bench *bench, struct pke_job *jobs, unsigned count);
void pke_bench_cycles(struct pke_bench *bench, unsigned count);
/* Octets that are not zero in the memories of a context; in all and in the registers around them. */
unsigned pke_bench_residue_of(const struct pke_bench *bench, unsigned context);
unsigned pke_bench_residue(const struct pke_bench *bench);
uint64_t pke_bench_random(uint64_t *state);
#endif
