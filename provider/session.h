/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.h - one opening of the card by this process.
 *
 * A session holds the card, its queue pairs and the keys put on it. Operations hold it while they run
 * (session_hold, session_drop); when the last has dropped it, keys, queues and card are closed. Key
 * objects outlive it: their card_key then has no handle. In a child of the process that opened it, a session is only
 * let go of.
 *
 * A lane is a queue pair that any thread may use: the calls on it are made under its lock, and who
 * must wait does so outside of the lock, woken by the card's event or by whoever took the completion. A session has one
 * lane from the beginning, and gets more while those it has are in use.
 */
#ifndef TLSCARD_PROVIDER_SESSION_H
#define TLSCARD_PROVIDER_SESSION_H

#include <stdatomic.h>
#include <stdint.h>

#include "driver/tlscard.h"
#include "provider/lock.h"

#define SESSION_LANES 8      /* queue pairs of a function, at most */
#define SESSION_ENTRIES 64   /* of each */
#define SESSION_LANE_RETRY_NS 1000000000ull /* after one could not be opened for a shortage of this process */

struct waiter;

struct lane {
    struct lock lock; /* of queue and waiters; held across calls of the driver, which are bounded */
    struct tlscard_queue *queue;
    int event;
    atomic_uint in_flight; /* operations that use it */
    struct waiter *waiters;
};

/* A key on the card, or the reason that it cannot be there. */
struct card_key {
    struct card_key *older; /* of earlier sessions; freed with the key object */
    struct card_key *next, *previous;
    struct session *session;
    struct tlscard_rsa_key *handle;
    int error; /* 0, or a negative errno value and no handle */
};

struct session {
    struct session *inherited; /* next of those that a parent process left in use */
    struct tlscard *card;
    struct tlscard_info info;
    unsigned generation; /* fork_generation of the process that opened it */
    atomic_uint users, references;
    struct lock lock; /* of the rest; nothing that blocks is done under it */
    struct card_key *keys;
    unsigned lane_count;
    int lanes_exhausted, lane_is_opening;
    uint64_t lane_retry_at; /* coarse_ns; 0: at once */
    struct lane lanes[SESSION_LANES];
};

/* What an operation has of the card. Zeros are nothing. */
struct holding {
    struct session *session;
    struct lane *lane;
    struct tlscard_request *request;
};

/* 0, or tlscard_open's or tlscard_queue_open's error with its message (TLSCARD_MESSAGE_SIZE octets). Held once. */
int session_open(const char *address, unsigned deadline_ms, struct session **session, char *message);

void session_hold(struct session *session);
void session_drop(struct session *session);

static inline int session_is_ours(const struct session *session)
{
    return session->generation == fork_generation();
}

/* The lane with the least to do, to be given back; a new one while all are in use and the card has pairs to give. */
struct lane *session_lane(struct session *session);
void session_lane_return(struct lane *lane);

/* Release the request, give back the lane, drop the session, as far as they are held. */
void holding_end(struct holding *holding);

/* Take what has arrived and wake those whose requests have ended. The lane's lock is held. */
void lane_poll(struct lane *lane);

/* End the holdings of those who went to sleep on the lane and have long been due to wake: their threads have left by a
 * signal handler. No lock is held. */
void lane_reap(struct lane *lane);

/* Reset the function: requests in flight end without an answer, and others are refused as long as it lasts. */
int session_reset(struct session *session, unsigned deadline_ms);

/* Requests that the card has not answered, those given up included. */
unsigned session_depth(struct session *session);

/* Enter a key in the session's list, so that it goes before the card does; and free key and entry. */
void card_key_enter(struct session *session, struct card_key *key);
void card_key_free(struct card_key *key);

#endif
