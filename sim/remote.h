/* SPDX-License-Identifier: Apache-2.0 */
/* Memory of the client's that is reached by messages: DMA commands to the client that it has not answered yet. */
#ifndef SIM_REMOTE_H
#define SIM_REMOTE_H

#include <stddef.h>
#include <stdint.h>

#include "sim/connection.h"
#include "sim/reads.h"

struct remote;

struct remotes {
    struct connection *connection;
    struct remote *first;
    unsigned unacknowledged; /* writes */
    uint16_t next_id;
};

/* Ask for the octets of a read of the card's, which waits until then. */
void remote_read(struct remotes *remotes, struct read *read);
void remote_write(struct remotes *remotes, uint64_t address, const void *data, size_t size);

/* An answer of the client's. 1: to a write; -EFAULT: to a write, and it says that it failed; 0: to a read, or to
 * nothing that was asked. */
int remote_reply(struct remotes *remotes, const struct message *reply);

/* The client has gone: its reads end as unsupported requests. */
void remote_drop(struct remotes *remotes);

#endif
