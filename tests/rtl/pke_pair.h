/* SPDX-License-Identifier: Apache-2.0 */
/* Two copies of the public-key engine side by side, given other secrets, with every signal of both at hand. */
#ifndef PKE_PAIR_H
#define PKE_PAIR_H
#include <stddef.h>
#include <stdint.h>

#include "pke_open_model.h"
#include "tests/rtl/pke_bench.h"

/* A signal or memory of the engine, and where it is in each copy. */
struct pke_signal {
    const char *name; /* its path, __ for dots */
    unsigned octets, bits, entries;
    const uint8_t *copies[2];
};

/* One copy and the host at its ports. */
struct pke_copy {
    struct pke_open_model model;
    struct pke_job *jobs;
    unsigned count, next, beat, finished, left, context;
    int sending;
    struct pke_job *in_context[16], *leaving;
};

struct pke_pair {
    struct pke_copy copies[2];
    struct pke_signal *signals;
    unsigned count;
    uint64_t now; /* cycles */
};

/* Reset both and wait until they are clear. 0, or -1. */
int pke_pair_open(struct pke_pair *pair);
void pke_pair_close(struct pke_pair *pair);
void pke_pair_reset(struct pke_pair *pair);

/* Give both as many jobs and clock them together until all have finished and nothing is busy, or for `limit` cycles.
 * `look` sees the settled signals of each cycle before its clock edge; a result other than 0 ends the run and is
 * returned. 0 at the end; -1 where a copy speaks out of turn or ten million cycles have passed. */
int pke_pair_run(struct pke_pair *pair, struct pke_job *first, struct pke_job *second, unsigned count, uint64_t limit,
                 int (*look)(struct pke_pair *pair, void *context), void *context);

/* The signal of that name; NULL where there is none. */
const struct pke_signal *pke_pair_signal(const struct pke_pair *pair, const char *name);
/* Its value in the first copy (up to 64 bits). */
uint64_t pke_pair_value(const struct pke_signal *signal);
int pke_pair_same(const struct pke_signal *signal);
#endif
