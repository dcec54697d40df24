/* SPDX-License-Identifier: Apache-2.0 */
/* A host for the Verilated AES-GCM lane: records in, results out, one behind the other. */
#ifndef GCM_BENCH_H
#define GCM_BENCH_H
#include <stdint.h>

#ifndef GCM_BENCH_MODEL
#include "gcm_model.h"
#endif

enum { GCM_TAG = 16, GCM_NONCE = 12, GCM_ADDITIONAL = 4096, GCM_PAYLOAD = 65536 };

/* How a record's beats end. CUT and LONG break the lane's contract. */
enum gcm_end { GCM_WHOLE, GCM_ABORT, GCM_CUT, GCM_LONG };

/* One record. The caller fills the first part, gcm_bench_run the second. */
struct gcm_job {
    int open;
    unsigned key_octets; /* 16 or 32 */
    uint8_t key[32];
    uint8_t nonce[GCM_NONCE];
    const uint8_t *additional;
    unsigned additional_octets;
    const uint8_t *payload; /* to open: and the tag behind it */
    unsigned octets;        /* of payload alone */
    enum gcm_end end;
    unsigned end_beat; /* ABORT, CUT: the beat that carries in_last; LONG: beats too many */
    uint8_t abort_status;

    uint8_t *result;       /* the caller's, as large as the result rounded up to beats */
    unsigned result_beats; /* that came */
    int result_padded;     /* the octets after the result's last were zero */
    uint8_t status;
    uint32_t cycles;              /* as the lane counts them */
    uint64_t first, last, finish; /* cycles of the first input beat, the last result beat, done */
};

struct gcm_bench {
    struct gcm_model model;
    uint64_t now;                                        /* cycles since reset */
    unsigned stall_cmd, stall_in, stall_out, stall_done; /* chances in 256 of a cycle without */
    uint64_t random;                                     /* state of gcm_bench_random; not zero */
};

/* Reset the lane and wait until it is idle. 0, or -1 without memory. */
int gcm_bench_open(struct gcm_bench *bench, uint64_t seed);
void gcm_bench_close(struct gcm_bench *bench);
void gcm_bench_cycles(struct gcm_bench *bench, unsigned count);
/* Run jobs in their order. Returns 0 when all are done and the lane is idle; -1 where nothing moved
 * for ten thousand cycles, an output broke the handshake, or a result or done came that nobody waits for. */
int gcm_bench_run(struct gcm_bench *bench, struct gcm_job *jobs, unsigned count);
unsigned gcm_bench_input_beats(const struct gcm_job *job);
unsigned gcm_bench_result_octets(const struct gcm_job *job);
uint64_t gcm_bench_random(uint64_t *state);
#endif
