/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wait.c - how a request is waited for.
 *
 * Whoever polls a queue takes every completion in it, other waiters' included, and the event is then no
 * longer readable. So each waiter sleeps on two descriptors: the queue's event, and one of its own, made readable by
 * whoever took its completion.
 *
 * An ASYNC_JOB gives the application one descriptor, an epoll instance over the queue's event and a timer, which
 * holds the deadline and is fired early by whoever took the completion. It stays in the wait context from one
 * operation to the next and is closed with it, as applications that keep descriptors in tables of their own expect.
 *
 * Where a descriptor cannot be had, or is no longer ours, or a system call is refused, waiting goes on in short
 * slices: slower to notice, never stuck, never spinning.
 */
#include "provider/wait.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <openssl/async.h>
#include <openssl/crypto.h>

#include "provider/waiter.h"

#define SPIN_NS 20000ull
#define SLICE_NS 1000000ull
#define BLOCKED_PAUSES 16    /* pauses without effect in a row, after which the job sleeps a little itself */
#define FRUITLESS_WAKES 64u  /* after which a sleeper is not woken for a slice: its event is none, or very busy */

struct job_waiter {
    struct waiter waiter; /* holds something while a request is waited for */
    struct descriptor epoll;
};

/* Its address is the key in wait contexts. */
static const char wait_context_key;

/* Poll the lane once; nonzero when the request has ended. */
static int poll_once(const struct holding *holding)
{
    struct lane *lane = holding->lane;
    int done;

    lock_take(&lane->lock);
    if (!tlscard_request_done(holding->request))
        lane_poll(lane);
    done = tlscard_request_done(holding->request);
    lock_leave(&lane->lock);
    return done;
}

static int spin(const struct holding *holding)
{
    uint64_t end = now_ns() + SPIN_NS;

    do
        if (poll_once(holding))
            return 1;
    while (now_ns() < end);
    return 0;
}

static uint64_t slice(uint64_t deadline)
{
    uint64_t now = now_ns();

    return now >= deadline ? 0 : deadline - now < SLICE_NS ? deadline - now : SLICE_NS;
}

/* Without any descriptor. */
static void nap(const struct section *section, uint64_t ns)
{
    const struct timespec time = {.tv_nsec = (long)ns};

    if (section_sleep(section, NULL, 0, ns) < 0 && errno != EINTR)
        clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}

/* Sleep until the lane's event or the waiter's own descriptor is readable, or the deadline. */
static void doze(const struct waiter *waiter, int event, const struct section *section, uint64_t deadline,
                 unsigned wakes)
{
    struct pollfd descriptors[] = {{.fd = event, .events = POLLIN}, {.fd = waiter->wake.number, .events = POLLIN}};
    uint64_t now = now_ns();

    if (now >= deadline)
        return;
    if (wakes % FRUITLESS_WAKES == FRUITLESS_WAKES - 1)
        nap(section, slice(deadline));
    else if (section_sleep(section, descriptors, 2, waiter->wake.number >= 0 ? deadline - now : slice(deadline)) < 0 &&
             errno != EINTR)
        nap(section, slice(deadline));
}

static enum waited wait_asleep(struct holding *holding, const struct section *section, uint64_t deadline)
{
    uint64_t use;
    struct waiter *waiter = waiter_enter(holding, deadline, &use);
    int event = holding->lane->event, done;

    if (waiter == NULL)
        return WAIT_LATE;
    for (unsigned wakes = 0; !(done = poll_once(holding)) && now_ns() < deadline; wakes++) {
        waiter_doze(waiter);
        doze(waiter, event, section, deadline, wakes);
        if (!waiter_rouse(waiter, use)) {
            *holding = (struct holding){0};
            return WAIT_LOST;
        }
    }
    waiter_leave(waiter);
    return done ? WAIT_ENDED : WAIT_LATE;
}

static void job_waiter_free(struct job_waiter *job)
{
    descriptor_close(&job->epoll);
    descriptor_close(&job->waiter.wake);
    OPENSSL_free(job);
}

/* The connection is gone. A request still waited for belongs to a job that never continues. */
static void wait_context_freed(ASYNC_WAIT_CTX *context, const void *key, OSSL_ASYNC_FD descriptor, void *custom)
{
    struct job_waiter *job = custom;
    struct section section;

    (void)context, (void)key, (void)descriptor;
    section_enter(&section);
    if (job->waiter.holding.lane != NULL && job->waiter.generation == fork_generation()) {
        waiter_delist(&job->waiter);
        holding_end(&job->waiter.holding);
    }
    job_waiter_free(job);
    section_leave(&section);
}

static struct job_waiter *job_waiter_new(ASYNC_WAIT_CTX *context)
{
    struct epoll_event event = {.events = EPOLLIN};
    struct job_waiter *job = OPENSSL_zalloc(sizeof *job);

    if (job == NULL)
        return NULL;
    job->waiter.is_job = 1;
    job->waiter.generation = fork_generation();
    job->epoll.number = -1;
    if (descriptor_set(&job->waiter.wake, timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)) &&
        descriptor_set(&job->epoll, epoll_create1(EPOLL_CLOEXEC)) &&
        epoll_ctl(job->epoll.number, EPOLL_CTL_ADD, job->waiter.wake.number, &event) == 0 &&
        ASYNC_WAIT_CTX_set_wait_fd(context, &wait_context_key, job->epoll.number, job, wait_context_freed))
        return job;
    job_waiter_free(job);
    return NULL;
}

/* That of the current job, unless it cannot be used: of a parent process, in use, or its descriptors closed. */
static struct job_waiter *current_job_waiter(void)
{
    ASYNC_JOB *current = ASYNC_get_current_job();
    ASYNC_WAIT_CTX *context = current == NULL ? NULL : ASYNC_get_wait_ctx(current);
    OSSL_ASYNC_FD descriptor;
    struct job_waiter *job;
    void *custom;

    if (context == NULL)
        return NULL;
    if (!ASYNC_WAIT_CTX_get_fd(context, &wait_context_key, &descriptor, &custom))
        return job_waiter_new(context);
    job = custom;
    if (job->waiter.generation != fork_generation() || job->waiter.holding.lane != NULL)
        return NULL;
    return descriptor_is_ours(&job->epoll) && descriptor_is_ours(&job->waiter.wake) ? job : NULL;
}

static void set_timer(const struct job_waiter *job, uint64_t at)
{
    struct itimerspec timer = {.it_value = {.tv_sec = (time_t)(at / 1000000000u), .tv_nsec = (long)(at % 1000000000u)}};

    timerfd_settime(job->waiter.wake.number, TFD_TIMER_ABSTIME, &timer, NULL);
}

/* The descriptor is not to be readable between operations. A child that goes on with its parent's job leaves it
 * alone: the files are the parent's as well. */
static void quieten(const struct job_waiter *job, int event)
{
    if (job->waiter.generation != fork_generation())
        return;
    if (descriptor_is_ours(&job->waiter.wake))
        set_timer(job, 0);
    if (descriptor_is_ours(&job->epoll))
        epoll_ctl(job->epoll.number, EPOLL_CTL_DEL, event, NULL);
}

/* Under ASYNC_block_pause a pause returns at once; sleep on the descriptor rather than burn. */
static void pause_job(const struct job_waiter *job, struct section *section, unsigned *without_effect)
{
    struct pollfd descriptor = {.fd = job->epoll.number, .events = POLLIN};
    int blocked = *without_effect >= BLOCKED_PAUSES, ready;

    section_leave(section);
    ASYNC_pause_job();
    section_enter(section);
    ready = section_sleep(section, &descriptor, 1, blocked ? SLICE_NS : 0);
    if (ready < 0 && errno != EINTR && blocked)
        nap(section, SLICE_NS);
    *without_effect = ready > 0 ? 0 : *without_effect + 1;
}

static enum waited wait_paused(struct job_waiter *job, struct holding *holding, struct section *section,
                               uint64_t deadline)
{
    struct epoll_event interest = {.events = EPOLLIN};
    int event = holding->lane->event, done;
    unsigned without_effect = 0;

    if (epoll_ctl(job->epoll.number, EPOLL_CTL_ADD, event, &interest) != 0)
        return wait_asleep(holding, section, deadline);
    job->waiter.holding = *holding;
    set_timer(job, deadline);
    waiter_enlist(&job->waiter);
    while (!(done = poll_once(holding)) && now_ns() < deadline)
        pause_job(job, section, &without_effect);
    waiter_delist(&job->waiter);
    job->waiter.holding = (struct holding){0};
    quieten(job, event);
    return done ? WAIT_ENDED : WAIT_LATE;
}

enum waited wait_here(struct holding *holding, const struct section *section, uint64_t deadline)
{
    if (spin(holding))
        return WAIT_ENDED;
    lane_reap(holding->lane);
    return wait_asleep(holding, section, deadline);
}

enum waited wait_for(struct holding *holding, struct section *section, uint64_t deadline)
{
    struct job_waiter *job;

    if (spin(holding))
        return WAIT_ENDED;
    lane_reap(holding->lane);
    job = current_job_waiter();
    return job == NULL ? wait_asleep(holding, section, deadline) : wait_paused(job, holding, section, deadline);
}
