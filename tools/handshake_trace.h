/* SPDX-License-Identifier: Apache-2.0 */
/*
 * handshake_trace.h - follows both ends of a connection and notes messages and operations in order.
 *
 * One side at a time is driven; between two events (a message written or read, the end of a call) the
 * provider is asked what it did meanwhile, which then belongs to the message of the earlier event
 * (processing it) or of the later one (producing it).
 */
#ifndef TLSCARD_TOOLS_HANDSHAKE_TRACE_H
#define TLSCARD_TOOLS_HANDSHAKE_TRACE_H

#include "tools/handshake.h"

struct trace_side {
    SSL *ssl;
    unsigned current;    /* number of the step it handled last, 0 for none */
    int reading;         /* that step was read, and is being processed */
    int protects[2];     /* TLS 1.2: records it reads [0], writes [1] are encrypted */
    unsigned records[2]; /* encrypted records it has read [0], written [1] under the keys at hand */
    /* of those, such as the provider reported to be done in software, not listed yet, and why */
    unsigned software[2];
    int changed[2]; /* TLS 1.3: to the application keys */
    char reason[2][sizeof((struct operation *)0)->reason];
};

struct trace {
    struct handshake *run;
    enum side driven;
    struct trace_side sides[2];
};

/* Follow ssl as that side of the run. */
void trace_attach(struct trace *trace, enum side side, SSL *ssl);

/* Before and after each call that drives a side. */
void trace_enter(struct trace *trace, enum side side);
void trace_leave(struct trace *trace);

/* Application data, for which libssl has no callback: octets that the driven side is to write. */
void trace_application_data(struct trace *trace, const void *data, size_t octets);

/* The driven side has read application data, for which libssl has no callback either. */
void trace_application_data_read(struct trace *trace);

/* After the last call: list the records protected since the last change of keys. */
void trace_finish(struct trace *trace);

#endif
