/* SPDX-License-Identifier: Apache-2.0 */
/* Memory reads of the card, from their request until their last completion has gone: when completions come, in what
 * order and in what pieces. One for a card, all functions' together.
 */
#ifndef SIM_READS_H
#define SIM_READS_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/link.h"

struct read {
    struct read *next;
    uint8_t function, tag, status;
    bool waiting; /* for the client's answer */
    uint16_t requester, total, sent; /* octets */
    uint64_t address;  /* of the first octet */
    uint64_t ready_at; /* cycle */
    uint8_t data[4096];
};

struct reads {
    struct tlp_link *link;
    unsigned latency; /* cycles from a request to its first completion */
    bool split;       /* completions of 64 octets, the smallest read completion boundary */
    bool reorder;     /* random latency, up to twice that, and completions in random order */
    uint32_t random;
    struct read *first; /* in the order of their requests */
};

/* A read of function's, ready after the latency; its data, or its status, are the caller's to fill.
 * NULL without memory, which starves the link. */
struct read *reads_begin(struct reads *reads, uint8_t function, const struct tlp_request *request);

bool reads_outstanding(const struct reads *reads, uint8_t function, uint8_t tag);

/* Whether the clock brings any of them nearer its end. */
bool reads_pending(const struct reads *reads);

/* Hand the next completion that is due, if any, to the link. */
void reads_feed(struct reads *reads);

void reads_clear(struct reads *reads);

#endif
