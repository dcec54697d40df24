/* SPDX-License-Identifier: Apache-2.0 */
/* A BAR access of the client, in pieces that a processor could make: up to 8 octets, naturally aligned, one after the
 * other. A function has one at a time.
 */
#ifndef SIM_ACCESS_H
#define SIM_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/config_space.h"
#include "sim/link.h"
#include "sim/rules.h"

/* Rooms below function.h hand a function on; none looks into it. */
struct function;

/* Called when an operation on a function has ended: 0 or a negative errno value. */
typedef void function_done(struct function *function, int error);

struct access_request {
    bool write;
    uint8_t bar;
    uint32_t offset, size;
    uint8_t *data; /* size octets of the caller's, until done is called */
    function_done *done;
};

struct access {
    struct function *function; /* whose it is, and its index */
    uint8_t index;
    const struct config_space *config;
    struct tlp_link *link;
    struct rules *rules;
    unsigned cycles_max; /* that a piece may take; 0: as many as a card that works never needs */
    struct access_request request;
    bool active;
    uint8_t serial, tag; /* of the present piece */
    uint32_t position;   /* octets done */
    uint64_t deadline;   /* cycle by which the present piece must have been answered */
};

/* Only while none is active. done may have been called when it returns. */
void access_start(struct access *access, const struct access_request *request);

/* The link has taken a request to the function: a write is posted, and with that done. */
void access_sent(struct access *access);

/* A completion came from the card. */
void access_complete(struct access *access, const struct tlp *tlp);

/* End one that the card has not answered in time with -ETIMEDOUT. */
void access_expire(struct access *access);

#endif
