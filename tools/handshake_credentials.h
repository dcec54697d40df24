/* SPDX-License-Identifier: Apache-2.0 */
/* handshake_credentials.h - a certificate authority and certificates of both sides, for one run. */
#ifndef TLSCARD_TOOLS_HANDSHAKE_CREDENTIALS_H
#define TLSCARD_TOOLS_HANDSHAKE_CREDENTIALS_H

#include "tools/handshake.h"

#define SERVER_NAME "server.tlscard.test"
#define CLIENT_NAME "client.tlscard.test"

struct der {
    unsigned char *data; /* of OPENSSL_malloc */
    int length;
};

/* DER of everything, made in software in a library context of its own: by index enum side. */
struct credentials {
    struct der authority, certificate[2], key[2];
};

/* For a --key value: fixed test keys for RSA, fresh ones for curves. 1, or 0 with OpenSSL's error queue. */
int credentials_make(struct credentials *credentials, const char *key);
void credentials_free(struct credentials *credentials);

#endif
