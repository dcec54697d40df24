/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lock.h - a lock that a fork cannot leave locked in the child.
 *
 * Who has to wait sleeps in the kernel. The lock holds the fork generation of its holder: a holder that stayed behind
 * in the parent does not exist in the child, and the lock is taken from it. What it had been changing may then be half
 * changed, so what a lock protects is set anew in a child, or is sound after each single store.
 *
 * A lock is only held within a section (section.h), so that no signal handler, exit or cancellation leaves it held,
 * and never across a pause of an ASYNC_JOB. A breaker's lock, which is only tried, is the
 * one under which others are taken.
 */
#ifndef TLSCARD_PROVIDER_LOCK_H
#define TLSCARD_PROVIDER_LOCK_H

#include <stdatomic.h>

#include "provider/fork_generation.h"

/* 0: free; else generation << 2 | LOCK_HELD, and LOCK_AWAITED where somebody may sleep. Zeros are a free lock. */
struct lock {
    atomic_uint word;
};

#define LOCK_HELD 1u
#define LOCK_AWAITED 2u

void lock_sleep(struct lock *lock);
void lock_wake(struct lock *lock);

static inline int lock_try(struct lock *lock)
{
    unsigned mine = fork_generation() << 2 | LOCK_HELD, word = 0;

    if (atomic_compare_exchange_strong(&lock->word, &word, mine))
        return 1;
    return word >> 2 != mine >> 2 && atomic_compare_exchange_strong(&lock->word, &word, mine);
}

static inline void lock_take(struct lock *lock)
{
    if (!lock_try(lock))
        lock_sleep(lock);
}

static inline void lock_leave(struct lock *lock)
{
    if ((atomic_exchange(&lock->word, 0) & LOCK_AWAITED) != 0)
        lock_wake(lock);
}

#endif
