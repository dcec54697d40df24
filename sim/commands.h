/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of a function's client: queued in the order in which they came, answered one by one.
 *
 * At most one is pending: taken from the queue and not answered yet, perhaps because it waits for the card.
 */
#ifndef SIM_COMMANDS_H
#define SIM_COMMANDS_H

#include <stdbool.h>
#include <stddef.h>

#include "sim/connection.h"
#include "sim/message.h"

struct commands {
    struct connection *connection;
    bool negotiated;              /* the version has been agreed on */
    struct message *first, *last; /* that wait for their turn */
    size_t queued;                /* octets of them */
    struct message *pending;
};

/* Takes the message over. */
void commands_queue(struct commands *commands, struct message *message);

/* The next one, pending from now on; there must be one. */
struct message *commands_next(struct commands *commands);

/* No more can be taken in. */
bool commands_full(const struct commands *commands);

/* Send a reply, which may have two parts, or a negative errno value; the message stays the caller's. */
void commands_reply(struct commands *commands, const struct message *message, const void *head, size_t head_size,
                    const void *data, size_t data_size);
void commands_error(struct commands *commands, const struct message *message, int error);

/* Answer the pending one and free it: with head_size octets of its own payload, or with the error. */
void commands_finish(struct commands *commands, int error, size_t head_size);

/* The client has gone. The card may still be working on the pending one, which will have no reply. */
void commands_drop(struct commands *commands);

#endif
