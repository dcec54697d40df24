/* SPDX-License-Identifier: Apache-2.0 */
/*
 * whereabouts.h - where the card is: not opened yet, open, failed, or given back.
 *
 * The card is opened by the first operation that wants it, once for each process: in a child the parent's session is
 * only let go of, and a function of the child's own is opened. One that failed is opened anew after a back-off. One
 * that no operation has asked for in a while is given back, for another process to have, and taken again by the next
 * operation.
 */
#ifndef TLSCARD_PROVIDER_WHEREABOUTS_H
#define TLSCARD_PROVIDER_WHEREABOUTS_H

#include "provider/idle.h"
#include "provider/offload.h"
#include "provider/session.h"

/* How opening went the last time. */
struct opening {
    int error; /* 0, or why there is no card */
    uint64_t retry_at, backoff; /* ns */
    char message[TLSCARD_MESSAGE_SIZE];
};

struct whereabouts {
    const struct config *config;
    void (*opened)(void *context, const struct session *session); /* before anybody else can use it */
    void (*let_go)(void *context); /* drop what is held of the session without being in use */
    void *context;
    struct lock opening_lock; /* who has it opens; nobody waits for it */
    struct lock lock; /* of the next three; nothing that blocks is done under it */
    struct session *session, *inherited;
    struct opening last;
    atomic_uint_fast64_t used_at; /* ns */
    atomic_uint_fast64_t shut_until; /* ns; 0: there may be a card */
    atomic_uint shut_reason;
    struct idle idle;
};

/* Of zeros, with the first four members set. */
void whereabouts_begin(struct whereabouts *whereabouts);

/* The session of this process, held; or NULL. */
struct session *whereabouts_session(struct whereabouts *whereabouts);

/* The same, and opened where it is time to. Tried by one thread at a time, while the others go on in software. NULL:
 * *reason says why. */
struct session *whereabouts_open(struct whereabouts *whereabouts, enum reason *reason);

/* An operation has used the card: it is not idle. */
void whereabouts_used(struct whereabouts *whereabouts);

/* The card has failed: close it when its last user has ended, and open it anew later. */
void whereabouts_retire(struct whereabouts *whereabouts, struct session *session);

/* Nothing would be opened now: there was no card, and it is not yet time to look again. Without a lock: a
 * server without a card asks some times in each handshake. */
int whereabouts_shut(struct whereabouts *whereabouts, enum reason *reason);

void whereabouts_describe(struct whereabouts *whereabouts, struct opening *copy);
enum reason whereabouts_reason(int error);

/* Close the card. Operations under way keep their session until they end. */
void whereabouts_end(struct whereabouts *whereabouts);

#endif
