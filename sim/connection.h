/* SPDX-License-Identifier: Apache-2.0 */
/* A connected socket that carries whole messages and descriptors; it never blocks and never raises SIGPIPE. */
#ifndef SIM_CONNECTION_H
#define SIM_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/identity.h"
#include "sim/message.h"

struct connection {
    int fd; /* -1 where closed */
    struct identity identity;     /* of fd */
    bool closing;                 /* once what is unsent has gone */
    struct message_header header; /* of the message being received */
    size_t received;              /* octets of it, header included */
    struct message *partial;      /* once the header is complete */
    int fd_error;
    unsigned fd_count;
    int fds[MESSAGE_MAX_FDS];
    uint8_t *out; /* octets that the socket did not take yet */
    size_t out_begin, out_end, out_capacity;
};

/* The connection takes fd over and makes it non-blocking. */
void connection_open(struct connection *connection, int fd);
void connection_close(struct connection *connection);
/* Whether it has a socket, and that socket is still its own (identity.h). */
bool connection_holds(const struct connection *connection);

/* 1: *message is the caller's. 0: nothing complete yet. -ECONNRESET: the other side has gone.
 * -EPROTO: a size that no message has. -ENOMEM. */
int connection_receive(struct connection *connection, struct message **message);

/* Send header and payload, or keep what the socket does not take. header.size is filled in.
 * -EPIPE: gone. -ENOBUFS: the other side does not read. -ENOMEM. */
int connection_send(struct connection *connection, struct message_header header, const void *first, size_t first_size,
                    const void *second, size_t second_size);
int connection_flush(struct connection *connection);
size_t connection_unsent(const struct connection *connection);

#endif
