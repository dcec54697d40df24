/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wait.c - how a request is waited for.
 *
 * Whoever polls a queue takes every completion in it, other waiters' included, and the event is then no
 * longer readable. So each waiter sleeps on two descriptors: the queue's event, and a timer of its own,
 * which holds its deadline and is fired early by whoever took its completion.
 *
 * An ASYNC_JOB gives the application one descriptor, an epoll instance over those two. It stays in
 * the wait context from one operation to the next and is closed with it, as applications that keep
 * descriptors in tables of their own expect.
 */
#include "provider/wait.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>

#include <openssl/async.h>
#include <openssl/crypto.h>

#define SPIN_NS 20000ull
#define BLOCKED_PAUSES 16 /* pauses without effect in a row, after which the job sleeps a little itself */

struct job_waiter {
    struct waiter waiter;
    int epoll;
    pid_t pid;
    struct session *session; /* held while a request is waited for */
    struct lane *lane;
};

/* Its address is the key in wait contexts. */
static const char wait_context_key;

uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Poll the lane once; nonzero when the request has ended. */
static int poll_once(struct lane *lane, struct tlscard_request *request)
{
    int done;

    pid_lock(&lane->lock);
    if (!tlscard_request_done(request))
        lane_poll(lane);
    done = tlscard_request_done(request);
    pid_unlock(&lane->lock);
    return done;
}

static int spin(struct lane *lane, struct tlscard_request *request)
{
    uint64_t end = now_ns() + SPIN_NS;

    do
        if (poll_once(lane, request))
            return 1;
    while (now_ns() < end);
    return 0;
}

static void enlist(struct lane *lane, struct waiter *waiter, struct tlscard_request *request, uint64_t deadline)
{
    struct itimerspec at = {.it_value = {.tv_sec = (time_t)(deadline / 1000000000u),
                                         .tv_nsec = (long)(deadline % 1000000000u)}};

    timerfd_settime(waiter->timer, TFD_TIMER_ABSTIME, &at, NULL);
    pid_lock(&lane->lock);
    waiter->request = request;
    waiter->next = lane->waiters;
    lane->waiters = waiter;
    pid_unlock(&lane->lock);
}

static void delist(struct lane *lane, struct waiter *waiter)
{
    static const struct itimerspec never;
    struct waiter **link = &lane->waiters;

    pid_lock(&lane->lock);
    while (*link != NULL && *link != waiter)
        link = &(*link)->next;
    if (*link != NULL)
        *link = waiter->next;
    pid_unlock(&lane->lock);
    timerfd_settime(waiter->timer, 0, &never, NULL);
}

/* Without a timer, sleep in slices of a millisecond: slower to notice, never stuck. */
static int wait_asleep(struct lane *lane, struct tlscard_request *request, uint64_t deadline)
{
    struct waiter waiter = {.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)};
    struct pollfd descriptors[] = {{.fd = lane->event, .events = POLLIN}, {.fd = waiter.timer, .events = POLLIN}};
    int done;

    if (waiter.timer >= 0)
        enlist(lane, &waiter, request, deadline);
    while (!(done = poll_once(lane, request)) && now_ns() < deadline)
        poll(descriptors, 2, waiter.timer >= 0 ? -1 : 1);
    if (waiter.timer >= 0) {
        delist(lane, &waiter);
        close(waiter.timer);
    }
    return done;
}

static void job_waiter_free(struct job_waiter *job)
{
    if (job->epoll >= 0)
        close(job->epoll);
    if (job->waiter.timer >= 0)
        close(job->waiter.timer);
    OPENSSL_free(job);
}

/* The connection is gone. A request still waited for belongs to a job that never continues. */
static void wait_context_freed(ASYNC_WAIT_CTX *context, const void *key, OSSL_ASYNC_FD descriptor, void *custom)
{
    struct job_waiter *job = custom;

    (void)context, (void)key, (void)descriptor;
    if (job->lane != NULL && job->pid == getpid()) {
        delist(job->lane, &job->waiter);
        pid_lock(&job->lane->lock);
        tlscard_request_release(job->waiter.request);
        pid_unlock(&job->lane->lock);
        session_lane_return(job->session, job->lane);
        session_drop(job->session);
    }
    job_waiter_free(job);
}

static struct job_waiter *job_waiter_new(ASYNC_WAIT_CTX *context)
{
    struct epoll_event event = {.events = EPOLLIN};
    struct job_waiter *job = OPENSSL_zalloc(sizeof *job);

    if (job == NULL)
        return NULL;
    job->pid = getpid();
    job->waiter.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    job->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (job->waiter.timer < 0 || job->epoll < 0 ||
        epoll_ctl(job->epoll, EPOLL_CTL_ADD, job->waiter.timer, &event) != 0 ||
        !ASYNC_WAIT_CTX_set_wait_fd(context, &wait_context_key, job->epoll, job, wait_context_freed)) {
        job_waiter_free(job);
        return NULL;
    }
    return job;
}

static struct job_waiter *job_waiter_of(ASYNC_WAIT_CTX *context)
{
    OSSL_ASYNC_FD descriptor;
    void *custom;

    if (!ASYNC_WAIT_CTX_get_fd(context, &wait_context_key, &descriptor, &custom))
        return job_waiter_new(context);
    return custom;
}

/* Under ASYNC_block_pause a pause returns at once; sleep on the descriptor rather than burn. */
static void pause_job(const struct job_waiter *job, unsigned *without_effect)
{
    struct pollfd descriptor = {.fd = job->epoll, .events = POLLIN};

    ASYNC_pause_job();
    if (poll(&descriptor, 1, *without_effect >= BLOCKED_PAUSES) > 0)
        *without_effect = 0;
    else
        ++*without_effect;
}

static int wait_paused(struct job_waiter *job, struct session *session, struct lane *lane,
                       struct tlscard_request *request, uint64_t deadline)
{
    struct epoll_event event = {.events = EPOLLIN};
    unsigned without_effect = 0;
    int done;

    if (epoll_ctl(job->epoll, EPOLL_CTL_ADD, lane->event, &event) != 0)
        return wait_asleep(lane, request, deadline);
    job->session = session;
    job->lane = lane;
    enlist(lane, &job->waiter, request, deadline);
    while (!(done = poll_once(lane, request)) && now_ns() < deadline)
        pause_job(job, &without_effect);
    delist(lane, &job->waiter);
    job->lane = NULL;
    epoll_ctl(job->epoll, EPOLL_CTL_DEL, lane->event, NULL);
    return done;
}

int wait_here(struct lane *lane, struct tlscard_request *request, uint64_t deadline)
{
    return spin(lane, request) || wait_asleep(lane, request, deadline);
}

int wait_for(struct session *session, struct lane *lane, struct tlscard_request *request, uint64_t deadline)
{
    ASYNC_JOB *current = ASYNC_get_current_job();
    struct job_waiter *job = NULL;

    if (spin(lane, request))
        return 1;
    if (current != NULL)
        job = job_waiter_of(ASYNC_get_wait_ctx(current));
    if (job == NULL || job->pid != getpid() || job->lane != NULL)
        return wait_asleep(lane, request, deadline);
    return wait_paused(job, session, lane, request, deadline);
}
