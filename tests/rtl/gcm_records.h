/* SPDX-License-Identifier: Apache-2.0 */
/* Records for the AES-GCM lane with what libcrypto makes of them. */
#ifndef GCM_RECORDS_H
#define GCM_RECORDS_H
#include "tests/rtl/gcm_bench.h"

enum gcm_flip { FLIP_NONE, FLIP_PAYLOAD, FLIP_TAG, FLIP_NONCE, FLIP_ADDITIONAL };

struct gcm_record {
    struct gcm_job job;
    uint8_t *source;     /* of job.payload */
    uint8_t *additional; /* of job.additional */
    uint8_t *expected;   /* the result: to open, whatever the tag */
    enum gcm_flip flip;  /* what was altered after sealing */
};

/* Free with gcm_records_free. They end the program without memory. */
struct gcm_record *gcm_records_new(unsigned count);
void gcm_records_free(struct gcm_record *records, unsigned count);

/* Give a record its lengths and random contents, and have libcrypto make the expected result. */
void gcm_record_make(struct gcm_record *record, uint64_t *random, int open, unsigned key_octets, unsigned additional,
                     unsigned octets);
/* The same with a random direction, key size and lengths up to these. */
void gcm_record_random(struct gcm_record *record, uint64_t *random, unsigned additional, unsigned octets);
/* Alter one bit of a record to open; what its payload then becomes is expected. */
void gcm_record_flip(struct gcm_record *record, uint64_t *random, enum gcm_flip flip);

/* gcm_bench_run on them. */
int gcm_records_run(struct gcm_bench *bench, struct gcm_record *records, unsigned count);
/* What is wrong with status or result, or NULL. */
const char *gcm_record_fault(const struct gcm_record *record);
#endif
