/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench.h - what the parts of tlscard bench share.
 *
 * An operation is prepared once: a key on the card, a few inputs and libcrypto's answers to them.
 * Measuring submits these inputs in turn and holds each result against its answer at once.
 */
#ifndef TLSCARD_TOOLS_BENCH_H
#define TLSCARD_TOOLS_BENCH_H

#include <stdint.h>

#include "driver/tlscard.h"

#define BENCH_OCTETS (16384 + TLSCARD_GCM_TAG) /* of the longest input or answer */
#define BENCH_VARIANTS 4 /* inputs of an operation */
#define BENCH_ERROR_SIZE 128

enum bench_kind {
    BENCH_RSA_PRIVATE,
    BENCH_RSA_PUBLIC,
    BENCH_EC_DERIVE,
    BENCH_EC_PUBLIC,
    BENCH_EC_SIGN,
    BENCH_EC_VERIFY,
    BENCH_GCM_SEAL,
    BENCH_GCM_OPEN
};

struct bench_operation {
    const char *name;
    enum bench_kind kind;
    unsigned opcode; /* of the map */
    unsigned of;     /* bits of the RSA modulus or of the AES key, or the curve */
    unsigned octets; /* of the record, for AES-GCM */
};

static inline int bench_is_gcm(const struct bench_operation *operation)
{
    return operation->kind == BENCH_GCM_SEAL || operation->kind == BENCH_GCM_OPEN;
}

extern const struct bench_operation bench_operations[];
extern const unsigned bench_operation_count;

/* An input and what the card must answer; a verification answers with no octets. What is sealed, or to be
 * opened, has its tag behind it. */
struct bench_variant {
    uint8_t input[BENCH_OCTETS], answer[BENCH_OCTETS];
    size_t input_length, answer_length;
    /* Of a record; a record of TLS 1.3 has so much additional data (RFC 8446 section 5.2). TEST KEYS, of no worth
     * to anyone. */
    uint8_t key[32], nonce[TLSCARD_GCM_NONCE], aad[5];
};

/* An operation, ready to run on one card. */
struct bench_work {
    const struct bench_operation *operation;
    struct tlscard_rsa_key *rsa;
    struct tlscard_ec_key *ec;
    int alternating; /* AES-GCM: from one record to the next the key changes */
    struct bench_variant variants[BENCH_VARIANTS];
};

/* alternating is for AES-GCM. 0; -ENOTSUP: the card does not serve it; or another negative errno value, *error saying what failed.
 * To be released in any case. */
int bench_prepare(struct bench_work *work, struct tlscard *card, const struct bench_operation *operation,
                  int alternating, char error[BENCH_ERROR_SIZE]);
void bench_release(struct bench_work *work);

/* Submit the inputs of these numbers, each modulo BENCH_VARIANTS, with one doorbell where the driver can: *submitted
 * says how many it took, at most BENCH_BATCH. 0, or why it took no more, as the driver's calls. */
#define BENCH_BATCH 256u
int bench_submit(const struct bench_work *work, struct tlscard_queue *queue, unsigned number, unsigned count,
                 struct tlscard_request **requests, unsigned *submitted);

/* The result of an ended request, as an answer; as the driver's calls. */
int bench_result_of(const struct bench_work *work, struct tlscard_request *request, uint8_t output[BENCH_OCTETS],
                    struct tlscard_result *result);

/* Fill in inputs and answers of AES-GCM. 1, or 0 where libcrypto could not. */
int bench_gcm_variants(const struct bench_operation *operation, int alternating,
                       struct bench_variant variants[BENCH_VARIANTS]);

/* The variant as the driver takes it; its strings are the variant's. */
struct tlscard_gcm_record bench_gcm_record(const struct bench_operation *operation,
                                           const struct bench_variant *variant);

/* Fill in inputs and answers of an operation on a curve. 1, or 0 where libcrypto could not. scalar and point
 * are the key's octets, of the length that the curve has. */
int bench_curve_variants(const struct bench_operation *operation, const uint8_t *scalar, uint8_t *point,
                         struct bench_variant variants[BENCH_VARIANTS]);

/* The longer batch as a whole: its requests, wall time, and cycles of the card. */
struct bench_batch {
    unsigned requests;
    double seconds, cycles;
};

/* What was measured; see bench_measure. */
struct bench_result {
    int served;
    char error[BENCH_ERROR_SIZE]; /* why there are no numbers, or empty */
    uint32_t cycles_lone;
    double cycles_full, cycles_full_alternating; /* the latter for AES-GCM */
    unsigned requests;
    double multiplier_busy; /* of the public-key engines */
    double per_second; /* of the whole card at its clock */
    struct bench_batch batch;
};

/* Told at each request that has ended, of all that there will be. */
typedef void bench_progress(const char *name, unsigned done, unsigned all);

/*
 * Measure one operation; requests is 0 for as many as suit its cycles. 1; or 0 with result->error.
 *
 * cycles_lone: the engine cycles that the completion tells, the median of a few requests that are alone on the
 *              card, contexts cleared after the one before.
 * cycles_full: the engine cycles that a request costs while every context of every engine is in use: cycles of
 *              the card times its engines, over requests.
 *
 * For AES-GCM engines are lanes; cycles_full is what a record costs the whole card while records under one key
 * follow each other, cycles_full_alternating while the key changes with each.
 */
int bench_measure(struct tlscard *card, const struct bench_work *work, unsigned requests, bench_progress *progress,
                  struct bench_result *result);

#endif
