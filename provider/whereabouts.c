/* SPDX-License-Identifier: Apache-2.0 */
/* Open the card, give it up when it fails or idles, and leave a parent's alone. */
#include "provider/whereabouts.h"

#include <errno.h>
#include <string.h>

#include "provider/clock.h"
#include "provider/shortage.h"

#define OPEN_DEADLINE_MS 5000u /* at least, for opening */
#define BACKOFF_NS 1000000000ull
#define BACKOFF_MAX_NS 64000000000ull

static void shut(struct whereabouts *whereabouts, uint64_t until, enum reason reason)
{
    atomic_store(&whereabouts->shut_reason, reason);
    atomic_store(&whereabouts->shut_until, until);
}

int whereabouts_shut(struct whereabouts *whereabouts, enum reason *reason)
{
    uint64_t until = atomic_load_explicit(&whereabouts->shut_until, memory_order_relaxed);

    if (until == 0 || coarse_ns() >= until)
        return 0;
    *reason = (enum reason)atomic_load_explicit(&whereabouts->shut_reason, memory_order_relaxed);
    return 1;
}

/*
 * In a child: nothing of the parent's is used, only given up. What the parent's other threads used
 * at the time of the fork may be half changed, so such a session is kept, not freed. The lock is held.
 */
static struct session *leave_parent(struct whereabouts *whereabouts)
{
    struct session *session = whereabouts->session;

    whereabouts->session = NULL;
    whereabouts->last = (struct opening){0};
    shut(whereabouts, 0, NO_CARD);
    if (atomic_load(&session->users) == 1)
        return session;
    session->inherited = whereabouts->inherited;
    whereabouts->inherited = session;
    return NULL;
}

struct session *whereabouts_session(struct whereabouts *whereabouts)
{
    struct session *session, *parents = NULL;

    lock_take(&whereabouts->lock);
    if (whereabouts->session != NULL && !session_is_ours(whereabouts->session))
        parents = leave_parent(whereabouts);
    session = whereabouts->session;
    if (session != NULL)
        session_hold(session);
    lock_leave(&whereabouts->lock);
    if (parents != NULL)
        session_drop(parents);
    return session;
}

/* What an opening of the card's, or its end, leaves to be said. The lock is held. */
static void note(struct whereabouts *whereabouts, int error, uint64_t backoff, const char *message)
{
    struct opening *last = &whereabouts->last;

    last->error = error;
    last->backoff = error == 0 ? 0 : backoff < BACKOFF_MAX_NS ? backoff : BACKOFF_MAX_NS;
    last->retry_at = now_ns() + last->backoff;
    strcpy(last->message, message);
    shut(whereabouts, error == 0 ? 0 : last->retry_at, whereabouts_reason(error));
}

void whereabouts_retire(struct whereabouts *whereabouts, struct session *session)
{
    int current;

    lock_take(&whereabouts->lock);
    current = whereabouts->session == session;
    if (current) {
        whereabouts->session = NULL;
        note(whereabouts, -EIO, BACKOFF_NS, "the card has failed");
    }
    lock_leave(&whereabouts->lock);
    if (current)
        session_drop(session);
}

enum reason whereabouts_reason(int error)
{
    switch (error) {
    case -EBUSY:
        return CARD_BUSY;
    case -ENOEXEC:
        return WRONG_CARD;
    case -EIO:
    case -EPROTO:
        return CARD_ERROR;
    case -EAGAIN: /* a thread could not be started */
        return NO_RESOURCES;
    default:
        return is_shortage(error) ? NO_RESOURCES : NO_CARD;
    }
}

void whereabouts_used(struct whereabouts *whereabouts)
{
    atomic_store_explicit(&whereabouts->used_at, coarse_ns(), memory_order_relaxed);
}

static uint64_t unused_for(struct whereabouts *whereabouts)
{
    uint64_t at = atomic_load(&whereabouts->used_at);

    return coarse_ns() - at;
}

/* Whether the session is nobody's any more: 0, or ns until to look again. Whoever asks for it does so with the lock
 * held. */
static uint64_t take_idle(struct whereabouts *whereabouts, struct session **session)
{
    uint64_t limit = whereabouts->config->idle_close_ms * 1000000ull, since, left = 0;

    lock_take(&whereabouts->lock);
    *session = whereabouts->session;
    since = unused_for(whereabouts);
    if (*session != NULL && (atomic_load(&(*session)->users) != 1 || since < limit)) {
        left = since < limit ? limit - since : limit;
        *session = NULL;
    }
    if (*session != NULL) {
        whereabouts->session = NULL;
        note(whereabouts, 0, 0, "given back, as no operation has asked for it for idle-close-ms");
    }
    lock_leave(&whereabouts->lock);
    return left;
}

/* What threads that never came back held of the session, and probes. */
static void let_go(struct whereabouts *whereabouts)
{
    struct session *session;

    lock_take(&whereabouts->lock);
    session = whereabouts->session;
    if (session != NULL)
        session_hold(session);
    lock_leave(&whereabouts->lock);
    if (session == NULL)
        return;
    session_depth(session);
    whereabouts->let_go(whereabouts->context);
    session_drop(session);
}

static uint64_t look(void *context)
{
    struct whereabouts *whereabouts = context;
    struct session *session;
    uint64_t left;

    if (unused_for(whereabouts) >= whereabouts->config->idle_close_ms * 1000000ull)
        let_go(whereabouts);
    left = take_idle(whereabouts, &session);
    if (session != NULL)
        session_drop(session);
    return left;
}

void whereabouts_begin(struct whereabouts *whereabouts)
{
    whereabouts->idle.look = look;
    whereabouts->idle.context = whereabouts;
}

/* Other processes can only have a function of a card that is shared with them. */
static void watch(struct whereabouts *whereabouts, const struct session *session)
{
    if (whereabouts->config->idle_close_ms == 0 || strcmp(session->info.transport, "sim") == 0)
        return;
    idle_start(&whereabouts->idle);
}

static int try_open(struct whereabouts *whereabouts)
{
    unsigned deadline = whereabouts->config->deadline_ms;
    char message[TLSCARD_MESSAGE_SIZE] = "";
    struct session *session = NULL;
    int error = session_open(whereabouts->config->address, deadline > OPEN_DEADLINE_MS ? deadline : OPEN_DEADLINE_MS,
                             &session, message);

    if (error == 0)
        whereabouts->opened(whereabouts->context, session);
    whereabouts_used(whereabouts);
    lock_take(&whereabouts->lock);
    whereabouts->session = session;
    note(whereabouts, error, whereabouts->last.backoff == 0 ? BACKOFF_NS : whereabouts->last.backoff * 2, message);
    lock_leave(&whereabouts->lock);
    if (error == 0)
        watch(whereabouts, session);
    return error;
}

/* The opening lock is held. */
static struct session *open_now(struct whereabouts *whereabouts, enum reason *reason)
{
    struct session *session = whereabouts_session(whereabouts); /* another thread may just have opened it */
    struct opening last;
    int error;

    if (session != NULL)
        return session;
    whereabouts_describe(whereabouts, &last);
    error = last.error;
    if (error == 0 || now_ns() >= last.retry_at)
        error = try_open(whereabouts);
    *reason = whereabouts_reason(error);
    return error == 0 ? whereabouts_session(whereabouts) : NULL;
}

struct session *whereabouts_open(struct whereabouts *whereabouts, enum reason *reason)
{
    struct session *session;

    *reason = CARD_OPENING;
    if (!lock_try(&whereabouts->opening_lock))
        return NULL;
    session = open_now(whereabouts, reason);
    lock_leave(&whereabouts->opening_lock);
    return session;
}

void whereabouts_describe(struct whereabouts *whereabouts, struct opening *copy)
{
    lock_take(&whereabouts->lock);
    *copy = whereabouts->last;
    lock_leave(&whereabouts->lock);
}

void whereabouts_end(struct whereabouts *whereabouts)
{
    struct session *session;

    idle_stop(&whereabouts->idle);
    lock_take(&whereabouts->lock);
    session = whereabouts->session;
    whereabouts->session = NULL;
    lock_leave(&whereabouts->lock);
    if (session != NULL)
        session_drop(session);
}
