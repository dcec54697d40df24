/* SPDX-License-Identifier: Apache-2.0 */
/* Counters of decisions, and the most recent operations, as JSON. */
#ifndef TLSCARD_PROVIDER_RECORD_H
#define TLSCARD_PROVIDER_RECORD_H

#include <stdatomic.h>
#include <stdint.h>

#include <openssl/bio.h>

#include "provider/lock.h"
#include "provider/offload.h"

#define RECORD_OPERATIONS 256

/* Counts of what is too frequent for one place: who counts keeps to one of these, a cache line or more apart. */
#define RECORD_SHARDS 16u
struct record_shard {
    atomic_uint_fast64_t counts[REASON_COUNT];
    char apart[64];
};

struct recorded {
    char name[OPERATION_TEXT], purpose[OPERATION_TEXT];
    enum reason reason;
    uint32_t cycles;
};

struct record {
    atomic_uint_fast64_t counts[CLASS_COUNT][REASON_COUNT];
    struct record_shard frequent[RECORD_SHARDS]; /* of CLASS_GCM, besides */
    struct lock lock; /* of the ring below */
    struct recorded ring[RECORD_OPERATIONS];
    unsigned first, used;
};

const char *reason_name(enum reason reason);
const char *class_name(enum operation_class class);

void record_operation(struct record *record, const struct operation *operation, int trace);

/* Count one of CLASS_GCM; shard is any number, the same for the same caller. */
void record_count(struct record *record, enum reason reason, unsigned shard);

/* The members "card" and "software" of a class's object. */
void record_print_counts(struct record *record, enum operation_class class, BIO *out);
void record_print_operations(struct record *record, BIO *out);
void record_forget(struct record *record);

/* A JSON string, quotes included. */
void record_print_string(BIO *out, const char *text);

/* The text written to a memory BIO, which is freed; for the caller to OPENSSL_free. */
char *record_take(BIO *out);

#endif
