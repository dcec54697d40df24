/* SPDX-License-Identifier: Apache-2.0 */
/* Those who wait for requests: their lists, their use and how they are woken. */
#include "provider/waiter.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "provider/clock.h"

#define ASLEEP 1u

static struct lock free_lock;
static struct waiter *free_waiters;

static struct waiter *take_free(void)
{
    struct waiter *waiter;

    lock_take(&free_lock);
    waiter = free_waiters;
    if (waiter != NULL)
        free_waiters = waiter->next;
    lock_leave(&free_lock);
    return waiter;
}

void waiter_free(struct waiter *waiter)
{
    atomic_store(&waiter->state, ((atomic_load(&waiter->state) >> 1) + 1) << 1);
    lock_take(&free_lock);
    waiter->next = free_waiters;
    free_waiters = waiter;
    lock_leave(&free_lock);
}

/* A child's copy is the same eventfd as its parent's: what one wakes, the other would read. */
static void prepare_wake(struct waiter *waiter)
{
    uint64_t count;

    if (waiter->generation == fork_generation() && descriptor_is_ours(&waiter->wake)) {
        if (waiter->woken_at != 0 && read(waiter->wake.number, &count, sizeof count) < 0)
            return; /* woken by nobody in the end */
        return;
    }
    descriptor_close(&waiter->wake);
    descriptor_set(&waiter->wake, eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    waiter->generation = fork_generation();
}

void waiter_enlist(struct waiter *waiter)
{
    struct lane *lane = waiter->holding.lane;

    waiter->woken_at = 0;
    lock_take(&lane->lock);
    waiter->next = lane->waiters;
    lane->waiters = waiter;
    lock_leave(&lane->lock);
}

void waiter_delist(struct waiter *waiter)
{
    struct lane *lane = waiter->holding.lane;
    struct waiter **link = &lane->waiters;

    lock_take(&lane->lock);
    while (*link != NULL && *link != waiter)
        link = &(*link)->next;
    if (*link != NULL)
        *link = waiter->next;
    lock_leave(&lane->lock);
}

struct waiter *waiter_enter(const struct holding *holding, uint64_t deadline, uint64_t *use)
{
    struct waiter *waiter = take_free();

    if (waiter == NULL) {
        waiter = calloc(1, sizeof *waiter); /* for ever: not libcrypto's, which counts what is left at its end */
        if (waiter == NULL)
            return NULL;
        waiter->wake.number = -1;
    }
    prepare_wake(waiter);
    waiter->holding = *holding;
    waiter->deadline = deadline;
    *use = atomic_load(&waiter->state) >> 1;
    waiter_enlist(waiter);
    return waiter;
}

void waiter_leave(struct waiter *waiter)
{
    waiter_delist(waiter);
    waiter->holding = (struct holding){0};
    waiter_free(waiter);
}

void waiter_doze(struct waiter *waiter)
{
    atomic_fetch_or(&waiter->state, ASLEEP);
}

int waiter_rouse(struct waiter *waiter, uint64_t use)
{
    uint_fast64_t asleep = use << 1 | ASLEEP;

    return atomic_compare_exchange_strong(&waiter->state, &asleep, use << 1);
}

void waiter_wake(struct waiter *waiter)
{
    static const struct itimerspec at_once = {.it_value = {.tv_nsec = 1}};
    const uint64_t one = 1;

    if (waiter->woken_at == 0)
        waiter->woken_at = now_ns();
    if (!descriptor_is_ours(&waiter->wake))
        return;
    if (waiter->is_job)
        timerfd_settime(waiter->wake.number, 0, &at_once, NULL);
    else if (write(waiter->wake.number, &one, sizeof one) < 0)
        return; /* full: readable as it is */
}

/* Claimed by the same step by which its own thread would wake. */
static int is_lost(struct waiter *waiter, uint64_t now)
{
    uint_fast64_t state = atomic_load(&waiter->state);
    uint64_t due = waiter->woken_at != 0 ? waiter->woken_at : waiter->deadline;

    return !waiter->is_job && now > due + WAITER_GRACE_NS && (state & ASLEEP) != 0 &&
           atomic_compare_exchange_strong(&waiter->state, &state, state + 1); /* the next use, awake */
}

struct waiter *waiters_lost(struct waiter **list)
{
    struct waiter *lost = NULL, *waiter;
    uint64_t now = now_ns();

    while ((waiter = *list) != NULL)
        if (is_lost(waiter, now)) {
            *list = waiter->next;
            waiter->next = lost;
            lost = waiter;
        } else {
            list = &waiter->next;
        }
    return lost;
}
