/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handshake_software.h - the operations that do not pass the tlscard provider.
 *
 * Which operations a message needs follows from the specifications; who does one of them is found by
 * fetching it as libssl does. What the tlscard provider serves is in its own report, so only what
 * another provider serves is listed here, with the reason.
 */
#ifndef TLSCARD_TOOLS_HANDSHAKE_SOFTWARE_H
#define TLSCARD_TOOLS_HANDSHAKE_SOFTWARE_H

#include "tools/handshake.h"

/* List what side did in software to produce the step (or, where reading, to process it). */
void software_operations(struct handshake *run, enum side side, const struct step *step, int reading);

/* List the protection of count records, keys saying under which keys, where software did it.
 * step: the number of the message that ends their use, 0 for the end of the connection. */
void software_records(struct handshake *run, enum side side, unsigned step, int reading, unsigned count,
                      const SSL_CIPHER *cipher, const char *keys);

/* The same for records that the tlscard provider reported, with its reason. */
void software_reported(struct handshake *run, enum side side, unsigned step, int reading, unsigned count,
                       const SSL_CIPHER *cipher, const char *keys, const char *reason);

/* "RSA-2048" or "ECDSA P-256" for the --key of this run. */
const char *software_key_name(const char *key);

#endif
