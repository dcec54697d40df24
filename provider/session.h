/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.h - one opening of the card by this process.
 *
 * A session holds the card, its queue pairs and the keys put on it. Operations hold it while they run
 * (session_hold, session_drop); when the last has dropped it, keys, queues and card are closed. Key
 * objects outlive it: their card_key then has no handle.
 *
 * A lane is a queue pair that any thread may use: the calls on it are made under its lock, and who
 * must wait does so outside of the lock, woken by the card's event or by whoever took the completion.
 */
#ifndef TLSCARD_PROVIDER_SESSION_H
#define TLSCARD_PROVIDER_SESSION_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "driver/tlscard.h"
#include "provider/pidlock.h"

#define SESSION_LANES 8      /* queue pairs of a function, at most */
#define SESSION_ENTRIES 64   /* of each */

struct waiter {
    struct waiter *next;
    struct tlscard_request *request;
    int timer; /* timerfd: the deadline, or fired early by whoever took the completion */
};

struct lane {
    struct pid_lock lock;
    struct tlscard_queue *queue;
    int event;
    unsigned in_flight; /* operations that use it, under the session's lock */
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
    pid_t pid;
    atomic_uint users, references;
    struct pid_lock lock;
    struct card_key *keys;
    unsigned lane_count;
    int lanes_exhausted;
    struct lane lanes[SESSION_LANES];
};

/* 0, or tlscard_open's error with its message (TLSCARD_MESSAGE_SIZE octets). Held once. */
int session_open(const char *address, unsigned deadline_ms, struct session **session, char *message);

void session_hold(struct session *session);
void session_drop(struct session *session);

/* The lane with the least to do, a new one while the card has pairs to give; NULL where none could be
 * opened. To be given back. */
struct lane *session_lane(struct session *session);
void session_lane_return(struct session *session, struct lane *lane);

/* Take what has arrived and wake those whose requests have ended. The lane's lock is held. */
void lane_poll(struct lane *lane);

/* Reset the function, with no other call on it meanwhile. */
int session_reset(struct session *session, unsigned deadline_ms);

/* Requests that the card has not answered, those given up included. */
unsigned session_depth(struct session *session);

/* Enter a key in the session's list, so that it goes before the card does; and free key and entry. */
void card_key_enter(struct session *session, struct card_key *key);
void card_key_free(struct card_key *key);

#endif
