/* SPDX-License-Identifier: Apache-2.0 */
/* handshake.h - what the parts of tlscard handshake share: options, steps, operations, the run. */
#ifndef TLSCARD_TOOLS_HANDSHAKE_H
#define TLSCARD_TOOLS_HANDSHAKE_H

#include <jansson.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>

enum side { CLIENT, SERVER };

/* As on the command line; see its help. kx and group are filled in by handshake_options_check. */
struct handshake_options {
    const char *tls, *kx, *key, *group, *card, *provider_path;
    int mutual, json, bytes;
};

/* A message between the two. */
struct step {
    unsigned number; /* from 1 */
    enum side from;
    char message[48];    /* its name in RFC 5246 or RFC 8446 */
    const char *purpose; /* what it is for; static */
    uint8_t *data;       /* plaintext, with the four octets of header of a handshake message */
    size_t octets;
};

/* A cryptographic operation that one side did for a message. */
struct operation {
    enum side side;
    unsigned step; /* number of the message produced or processed; 0 for no single one */
    char op[48], purpose[64];
    unsigned records; /* for record protection how many, and purpose names the keys; else 0 */
    int card;         /* 1: done by the card, 0: in software */
    uint64_t cycles;  /* of the card, else 0 */
    char reason[128]; /* for software */
};

#define SHOWN_RECORDS 0xffffffffu

/* The run: what was asked, the library context of both sides, and what has happened so far. */
struct handshake {
    const struct handshake_options *options;
    int tls13, rsa_transport; /* TLS 1.3 rather than 1.2; RSA key transport rather than (EC)DHE */

    OSSL_LIB_CTX *libctx;
    OSSL_PROVIDER *software, *provider; /* "default"; "tlscard", NULL for --card none */
    json_t *card, *counters;            /* at the end, the provider's account of its card and decisions, or NULL */
    uint32_t clock_hz;                  /* of the card, for projections */

    struct step *steps;
    size_t step_count;
    struct operation *operations;
    size_t operation_count;
    unsigned shown; /* the step below which text is being printed, or SHOWN_RECORDS */

    int completed, delivered[2]; /* the handshake; application data to that side */
    char version[16], cipher[64], suite[64];
    char error[256]; /* why it did not complete */
};

/* Append a step or an operation, and print it unless JSON was asked. Nothing where memory lacks. */
struct step *handshake_add_step(struct handshake *run, enum side from, const char *message, const char *purpose,
                                const void *data, size_t octets);
void handshake_add_operation(struct handshake *run, const struct operation *operation);

static inline const char *side_name(enum side side)
{
    return side == CLIENT ? "client" : "server";
}

#endif
