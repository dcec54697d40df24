/* SPDX-License-Identifier: Apache-2.0 */
/*
 * waiter.h - one who sleeps until a request has ended, and what it holds meanwhile.
 *
 * A thread that sleeps may never come back: a signal handler leaves by longjmp or ends the thread. So nothing of a
 * waiter stands on its stack. A waiter that has slept on far beyond its time is lost: whoever finds it ends what it
 * held. Should the thread come back after all, waiter_rouse tells it that it holds nothing any more.
 *
 * Waiters of threads are never freed, but used again, each use under a new number; those of paused jobs belong to the
 * application's wait context, and are never lost.
 */
#ifndef TLSCARD_PROVIDER_WAITER_H
#define TLSCARD_PROVIDER_WAITER_H

#include <stdatomic.h>
#include <stdint.h>

#include "provider/descriptor.h"
#include "provider/session.h"

#define WAITER_GRACE_NS 5000000000ull /* after which one that does not wake is lost */

struct waiter {
    struct waiter *next;       /* in its lane, or of those that are free */
    struct holding holding;    /* of one that is in a lane */
    struct descriptor wake;    /* made readable by whoever takes the completion: an eventfd, of a job a timerfd */
    int is_job;
    unsigned generation;       /* of the process that opened the descriptor */
    uint64_t deadline, woken_at; /* ns; woken_at: 0 until it is */
    atomic_uint_fast64_t state; /* number of uses << 1 | asleep */
};

/* Enter one into the holding's lane; NULL without memory. *use is the number of this use. */
struct waiter *waiter_enter(const struct holding *holding, uint64_t deadline, uint64_t *use);

/* Around sleeping. waiter_rouse returns 0 where the holding is lost: then the waiter is another's, and no lane either
 * is to be touched. */
void waiter_doze(struct waiter *waiter);
int waiter_rouse(struct waiter *waiter, uint64_t use);

/* Take it from its lane, for others to use. What it held is the caller's. */
void waiter_leave(struct waiter *waiter);

/* The same for one whose memory is the caller's. */
void waiter_enlist(struct waiter *waiter);
void waiter_delist(struct waiter *waiter);

/* With the lane's lock held: wake one; take the lost ones from a lane's list, as a list of their own. */
void waiter_wake(struct waiter *waiter);
struct waiter *waiters_lost(struct waiter **list);

/* Let one be used again. */
void waiter_free(struct waiter *waiter);

#endif
