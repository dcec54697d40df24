/* SPDX-License-Identifier: Apache-2.0 */
/* One opening of the card: queue pairs shared by threads, and keys that go before the card does. */
#include "provider/session.h"

#include <errno.h>
#include <sys/timerfd.h>

#include <openssl/crypto.h>

int session_open(const char *address, unsigned deadline_ms, struct session **session, char *message)
{
    struct session *opened = OPENSSL_zalloc(sizeof *opened);
    int error;

    if (opened == NULL)
        return -ENOMEM;
    error = tlscard_open(address, deadline_ms, &opened->card, message);
    if (error == 0)
        error = tlscard_info(opened->card, &opened->info);
    if (error != 0) {
        tlscard_close(opened->card);
        OPENSSL_free(opened);
        return error;
    }
    opened->pid = getpid();
    atomic_init(&opened->users, 1);
    atomic_init(&opened->references, 1);
    *session = opened;
    return 0;
}

static void session_unreference(struct session *session)
{
    if (atomic_fetch_sub(&session->references, 1) == 1)
        OPENSSL_free(session);
}

/* Take a key from the list, where it may no longer be. The session's lock is held. */
static void unlist(struct session *session, struct card_key *key)
{
    if (key->previous != NULL)
        key->previous->next = key->next;
    else if (session->keys == key)
        session->keys = key->next;
    if (key->next != NULL)
        key->next->previous = key->previous;
    key->next = key->previous = NULL;
}

/* Keys, then queues, then the card, as tlscard.h asks. In a forked child this frees copies only. */
static void session_close(struct session *session)
{
    pid_lock(&session->lock);
    while (session->keys != NULL) {
        tlscard_rsa_key_free(session->keys->handle);
        session->keys->handle = NULL;
        unlist(session, session->keys);
    }
    pid_unlock(&session->lock);
    for (unsigned i = 0; i < session->lane_count; i++)
        tlscard_queue_close(session->lanes[i].queue);
    tlscard_close(session->card);
    session->card = NULL;
}

void session_hold(struct session *session)
{
    atomic_fetch_add(&session->users, 1);
}

void session_drop(struct session *session)
{
    if (atomic_fetch_sub(&session->users, 1) != 1)
        return;
    session_close(session);
    session_unreference(session);
}

static void open_lane(struct session *session)
{
    struct lane *lane = &session->lanes[session->lane_count];
    unsigned entries = session->info.max_entries < SESSION_ENTRIES ? session->info.max_entries : SESSION_ENTRIES;

    if (session->lane_count == SESSION_LANES || tlscard_queue_open(session->card, entries, &lane->queue) != 0) {
        session->lanes_exhausted = 1;
        return;
    }
    lane->event = tlscard_queue_event(lane->queue);
    session->lane_count++;
}

static struct lane *least_used(struct session *session)
{
    struct lane *best = NULL;

    for (unsigned i = 0; i < session->lane_count; i++)
        if (best == NULL || session->lanes[i].in_flight < best->in_flight)
            best = &session->lanes[i];
    return best;
}

struct lane *session_lane(struct session *session)
{
    struct lane *lane;

    pid_lock(&session->lock);
    lane = least_used(session);
    if ((lane == NULL || lane->in_flight > 0) && !session->lanes_exhausted) {
        open_lane(session);
        lane = least_used(session);
    }
    if (lane != NULL)
        lane->in_flight++;
    pid_unlock(&session->lock);
    return lane;
}

void session_lane_return(struct session *session, struct lane *lane)
{
    pid_lock(&session->lock);
    lane->in_flight--;
    pid_unlock(&session->lock);
}

void lane_poll(struct lane *lane)
{
    static const struct itimerspec at_once = {.it_value = {.tv_nsec = 1}};

    if (tlscard_queue_poll(lane->queue) == 0)
        return;
    for (struct waiter *waiter = lane->waiters; waiter != NULL; waiter = waiter->next)
        if (tlscard_request_done(waiter->request))
            timerfd_settime(waiter->timer, 0, &at_once, NULL);
}

static unsigned lanes_opened(struct session *session)
{
    unsigned count;

    pid_lock(&session->lock);
    count = session->lane_count;
    pid_unlock(&session->lock);
    return count;
}

/* Held one after the other in the order of the array, by the one thread that probes. */
int session_reset(struct session *session, unsigned deadline_ms)
{
    unsigned count = lanes_opened(session);
    int error;

    for (unsigned i = 0; i < count; i++)
        pid_lock(&session->lanes[i].lock);
    error = tlscard_reset(session->card, deadline_ms);
    for (unsigned i = count; i-- > 0;)
        pid_unlock(&session->lanes[i].lock);
    return error;
}

unsigned session_depth(struct session *session)
{
    unsigned count = lanes_opened(session), depth = 0;

    for (unsigned i = 0; i < count; i++) {
        struct lane *lane = &session->lanes[i];

        pid_lock(&lane->lock);
        lane_poll(lane);
        depth += tlscard_queue_depth(lane->queue);
        pid_unlock(&lane->lock);
    }
    return depth;
}

void card_key_enter(struct session *session, struct card_key *key)
{
    key->session = session;
    atomic_fetch_add(&session->references, 1);
    pid_lock(&session->lock);
    key->next = session->keys;
    if (session->keys != NULL)
        session->keys->previous = key;
    session->keys = key;
    pid_unlock(&session->lock);
}

void card_key_free(struct card_key *key)
{
    struct session *session = key->session;

    pid_lock(&session->lock);
    tlscard_rsa_key_free(key->handle);
    unlist(session, key);
    pid_unlock(&session->lock);
    OPENSSL_free(key);
    session_unreference(session);
}
