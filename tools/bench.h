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

#define BENCH_OCTETS 512 /* of the longest input or answer */
#define BENCH_VARIANTS 4 /* inputs of an operation */
#define BENCH_ERROR_SIZE 128

enum bench_kind {
    BENCH_RSA_PRIVATE,
    BENCH_RSA_PUBLIC,
    BENCH_EC_DERIVE,
    BENCH_EC_PUBLIC,
    BENCH_EC_SIGN,
    BENCH_EC_VERIFY
};

struct bench_operation {
    const char *name;
    enum bench_kind kind;
    unsigned opcode; /* of the map */
    unsigned of;     /* bits of the RSA modulus, or the curve */
};

extern const struct bench_operation bench_operations[];
extern const unsigned bench_operation_count;

/* An input and what the card must answer; a verification answers with no octets. */
struct bench_variant {
    uint8_t input[BENCH_OCTETS], answer[BENCH_OCTETS];
    size_t input_length, answer_length;
};

/* An operation, ready to run on one card. */
struct bench_work {
    const struct bench_operation *operation;
    struct tlscard_rsa_key *rsa;
    struct tlscard_ec_key *ec;
    struct bench_variant variants[BENCH_VARIANTS];
};

/* 0; -ENOTSUP: the card does not serve it; or another negative errno value, *error saying what failed.
 * To be released in any case. */
int bench_prepare(struct bench_work *work, struct tlscard *card, const struct bench_operation *operation,
                  char error[BENCH_ERROR_SIZE]);
void bench_release(struct bench_work *work);

/* Submit the input of this number, modulo BENCH_VARIANTS; as the driver's calls. */
int bench_submit(const struct bench_work *work, struct tlscard_queue *queue, unsigned number,
                 struct tlscard_request **request);

/* Fill in inputs and answers of an operation on a curve. 1, or 0 where libcrypto could not. scalar and point
 * are the key's octets, of the length that the curve has. */
int bench_curve_variants(const struct bench_operation *operation, const uint8_t *scalar, uint8_t *point,
                         struct bench_variant variants[BENCH_VARIANTS]);

/* What was measured; see bench_measure. */
struct bench_result {
    int served;
    char error[BENCH_ERROR_SIZE]; /* why there are no numbers, or empty */
    uint32_t cycles_lone;
    double cycles_full;
    unsigned requests;
    double multiplier_busy;
    double per_second; /* of the whole card at its clock */
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
 */
int bench_measure(struct tlscard *card, const struct bench_work *work, unsigned requests, bench_progress *progress,
                  struct bench_result *result);

#endif
