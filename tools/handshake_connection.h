/* SPDX-License-Identifier: Apache-2.0 */
/* handshake_connection.h - a TLS client and server of one process, joined by memory. */
#ifndef TLSCARD_TOOLS_HANDSHAKE_CONNECTION_H
#define TLSCARD_TOOLS_HANDSHAKE_CONNECTION_H

#include "tools/handshake_credentials.h"

/* Run the whole: handshake, application data both ways, closing. What came of it is in *run. */
void connection_run(struct handshake *run, const struct credentials *credentials);

#endif
