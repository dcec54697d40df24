/* SPDX-License-Identifier: Apache-2.0 */
/* Sleep until a lock is free, by futex(2). */
#include "provider/lock.h"

#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Who takes it here leaves it marked as awaited, as there may be more who sleep. */
void lock_sleep(struct lock *lock)
{
    unsigned mine = fork_generation() << 2 | LOCK_HELD | LOCK_AWAITED, before;

    while ((before = atomic_exchange(&lock->word, mine)) != 0 && before >> 2 == mine >> 2)
        syscall(SYS_futex, &lock->word, FUTEX_WAIT_PRIVATE, mine, NULL, NULL, 0);
}

void lock_wake(struct lock *lock)
{
    syscall(SYS_futex, &lock->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
