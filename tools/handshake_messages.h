/* SPDX-License-Identifier: Apache-2.0 */
/* handshake_messages.h - names of TLS messages and what each is for. */
#ifndef TLSCARD_TOOLS_HANDSHAKE_MESSAGES_H
#define TLSCARD_TOOLS_HANDSHAKE_MESSAGES_H

#include "tools/handshake.h"

#define MESSAGE_APPLICATION_DATA "Application Data"

/* The name of a message as SSL_set_msg_callback shows it (content type and octets), in name
 * (size octets). Returns 0 for what is no message, such as a record header; else 1. */
int message_name(int content_type, const uint8_t *data, size_t length, char *name, size_t size);

/* What the message of this name, from that side, is for in this kind of handshake: one static line. */
const char *message_purpose(const struct handshake *run, enum side from, const char *name);

#endif
