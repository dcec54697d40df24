/* SPDX-License-Identifier: Apache-2.0 */
/* A lock for short sections that a fork cannot leave locked in the child. */
#ifndef TLSCARD_PROVIDER_PIDLOCK_H
#define TLSCARD_PROVIDER_PIDLOCK_H

#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

/*
 * Holds the process id of its holder, 0 when free. A thread that another process's fork left behind as
 * holder does not exist here: the lock is taken from it. Nothing that blocks is done under it, and
 * it is never held across a pause of an ASYNC_JOB.
 */
struct pid_lock {
    _Atomic(pid_t) holder;
};

static inline int pid_lock_try(struct pid_lock *lock)
{
    pid_t self = getpid(), holder = 0;

    if (atomic_compare_exchange_strong(&lock->holder, &holder, self))
        return 1;
    return holder != self && atomic_compare_exchange_strong(&lock->holder, &holder, self);
}

static inline void pid_lock(struct pid_lock *lock)
{
    while (!pid_lock_try(lock))
        sched_yield();
}

static inline void pid_unlock(struct pid_lock *lock)
{
    atomic_store(&lock->holder, 0);
}

#endif
