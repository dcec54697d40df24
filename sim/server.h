/* SPDX-License-Identifier: Apache-2.0 */
/* The vfio-user server of one function: takes messages, keeps commands in order, has them answered. */
#ifndef SIM_SERVER_H
#define SIM_SERVER_H

#include <stdbool.h>

#include "sim/connection.h"
#include "sim/function.h"

/* Serve the client at the other end of the socket, which is the server's from now on. */
void server_open(struct function *function, int fd);

/* The client has gone, or is to go. */
void server_close(struct function *function);

/* The socket is readable. */
void server_receive(struct function *function);

/* Whether a command could be served now. */
bool server_ready(const struct function *function);

/* Serve commands as long as one can be, and close the connection where that is due. */
void server_serve(struct function *function);

/* A client that came while another has the function: its first message is answered EBUSY. */
void server_refuse(struct connection *connection);

#endif
