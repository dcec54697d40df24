/* SPDX-License-Identifier: Apache-2.0 */
/* One opening of the card: queue pairs shared by threads, and keys that go before the card does. */
#include "provider/session.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "provider/clock.h"
#include "provider/section.h"
#include "provider/shortage.h"
#include "provider/waiter.h"

/* Not shared yet with anybody, or opened beside the array. */
static int lane_open(const struct session *session, struct lane *lane)
{
    unsigned entries = session->info.max_entries < SESSION_ENTRIES ? session->info.max_entries : SESSION_ENTRIES;
    int error = tlscard_queue_open(session->card, entries, &lane->queue);

    if (error == 0)
        lane->event = tlscard_queue_event(lane->queue);
    return error;
}

static int open_first_lane(struct session *session, char *message)
{
    int error = lane_open(session, &session->lanes[0]);

    session->lane_count = error == 0;
    if (error != 0)
        snprintf(message, TLSCARD_MESSAGE_SIZE, "the card has no queue pair: %s", strerror(-error));
    return error;
}

int session_open(const char *address, unsigned deadline_ms, struct session **session, char *message)
{
    struct session *opened = OPENSSL_zalloc(sizeof *opened);
    int error;

    if (opened == NULL) {
        snprintf(message, TLSCARD_MESSAGE_SIZE, "no memory to open the card");
        return -ENOMEM;
    }
    opened->generation = fork_generation();
    error = tlscard_open(address, deadline_ms, &opened->card, message);
    if (error == 0)
        error = tlscard_info(opened->card, &opened->info);
    if (error == 0)
        error = open_first_lane(opened, message);
    if (error != 0) {
        tlscard_close(opened->card);
        OPENSSL_free(opened);
        return error;
    }
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

static void free_keys(struct session *session)
{
    lock_take(&session->lock);
    while (session->keys != NULL) {
        tlscard_rsa_key_free(session->keys->handle);
        session->keys->handle = NULL;
        unlist(session, session->keys);
    }
    lock_leave(&session->lock);
}

/* Keys, then queues, then the card, as tlscard.h asks. In a child the list of keys may be half changed; the child's
 * copies of them go with its copy of the card. */
static void session_close(struct session *session)
{
    if (session_is_ours(session))
        free_keys(session);
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

static struct lane *least_used(struct session *session)
{
    struct lane *best = &session->lanes[0];

    for (unsigned i = 1; i < session->lane_count; i++)
        if (atomic_load(&session->lanes[i].in_flight) < atomic_load(&best->in_flight))
            best = &session->lanes[i];
    return best;
}

/* The lane that is opened meanwhile is nobody's before lane_count says that it is there. */
static struct lane *add_lane(struct session *session)
{
    struct lane *lane = &session->lanes[session->lane_count];
    int error = lane_open(session, lane);

    lock_take(&session->lock);
    session->lane_is_opening = 0;
    if (error == 0) {
        atomic_store(&lane->in_flight, 1);
        session->lane_count++;
    }
    if (is_shortage(error) && error != -ENOSPC)
        session->lane_retry_at = coarse_ns() + SESSION_LANE_RETRY_NS;
    else
        session->lanes_exhausted = session->lane_count == SESSION_LANES || (error != 0 && error != -EAGAIN);
    lock_leave(&session->lock);
    return error == 0 ? lane : NULL;
}

struct lane *session_lane(struct session *session)
{
    struct lane *lane, *added;
    int add;

    lock_take(&session->lock);
    lane = least_used(session);
    add = atomic_fetch_add(&lane->in_flight, 1) > 0 && !session->lanes_exhausted && !session->lane_is_opening &&
          (session->lane_retry_at == 0 || coarse_ns() >= session->lane_retry_at);
    session->lane_is_opening |= add;
    lock_leave(&session->lock);
    added = add ? add_lane(session) : NULL;
    if (added == NULL)
        return lane;
    session_lane_return(lane);
    return added;
}

void session_lane_return(struct lane *lane)
{
    atomic_fetch_sub(&lane->in_flight, 1);
}

void holding_end(struct holding *holding)
{
    if (holding->request != NULL) {
        lock_take(&holding->lane->lock);
        tlscard_request_release(holding->request);
        lock_leave(&holding->lane->lock);
    }
    if (holding->lane != NULL)
        session_lane_return(holding->lane);
    if (holding->session != NULL)
        session_drop(holding->session);
    *holding = (struct holding){0};
}

void lane_poll(struct lane *lane)
{
    if (tlscard_queue_poll(lane->queue) == 0)
        return;
    for (struct waiter *waiter = lane->waiters; waiter != NULL; waiter = waiter->next)
        if (tlscard_request_done(waiter->holding.request))
            waiter_wake(waiter);
}

void lane_reap(struct lane *lane)
{
    struct waiter *lost;

    lock_take(&lane->lock);
    lost = waiters_lost(&lane->waiters);
    lock_leave(&lane->lock);
    while (lost != NULL) {
        struct waiter *next = lost->next;

        holding_end(&lost->holding);
        waiter_free(lost);
        lost = next;
    }
}

static unsigned lanes_opened(struct session *session)
{
    unsigned count;

    lock_take(&session->lock);
    count = session->lane_count;
    lock_leave(&session->lock);
    return count;
}

int session_reset(struct session *session, unsigned deadline_ms)
{
    return tlscard_reset(session->card, deadline_ms);
}

unsigned session_depth(struct session *session)
{
    unsigned count = lanes_opened(session), depth = 0;

    for (unsigned i = 0; i < count; i++) {
        struct lane *lane = &session->lanes[i];

        lock_take(&lane->lock);
        lane_poll(lane);
        depth += tlscard_queue_depth(lane->queue);
        lock_leave(&lane->lock);
        lane_reap(lane);
    }
    return depth;
}

void card_key_enter(struct session *session, struct card_key *key)
{
    key->session = session;
    atomic_fetch_add(&session->references, 1);
    lock_take(&session->lock);
    key->next = session->keys;
    if (session->keys != NULL)
        session->keys->previous = key;
    session->keys = key;
    lock_leave(&session->lock);
}

/* Hold the session unless it is being closed; its lock is held, so that it is not closed before that is left. */
static int hold_open(struct session *session)
{
    unsigned users = atomic_load(&session->users);

    while (users != 0 && !atomic_compare_exchange_weak(&session->users, &users, users + 1))
        ;
    return users != 0;
}

/* To wipe it the driver may have to wait: done under the lock only where the card would be closed otherwise. */
static void take_from_card(struct card_key *key)
{
    struct session *session = key->session;
    struct tlscard_rsa_key *handle;
    int held;

    lock_take(&session->lock);
    unlist(session, key);
    handle = key->handle;
    held = hold_open(session);
    if (!held)
        tlscard_rsa_key_free(handle);
    lock_leave(&session->lock);
    if (held) {
        tlscard_rsa_key_free(handle);
        session_drop(session);
    }
}

void card_key_free(struct card_key *key)
{
    struct section section;

    section_enter(&section);
    if (session_is_ours(key->session))
        take_from_card(key);
    session_unreference(key->session);
    OPENSSL_free(key);
    section_leave(&section);
}
