/* SPDX-License-Identifier: Apache-2.0 */
/*
 * breaker.h - stop asking a card that fails, and ask again only after it has answered probes rightly.
 *
 * Closed: the card is asked. It opens at the first wrong answer, and at the third error or lateness in a row. Open:
 * nothing is asked until the back-off has passed (1 s, doubled at each failed probe up to 64 s).
 * Half-open: probes with known answers are put to the card, one at a time, beside operations that go
 * to software; after two right answers it closes. Nobody waits for a probe: an operation that finds
 * one answered judges it, and submits the next. A shortage of this process (shortage.h) is no failure of the card's: it
 * neither opens the breaker nor lengthens the back-off.
 */
#ifndef TLSCARD_PROVIDER_BREAKER_H
#define TLSCARD_PROVIDER_BREAKER_H

#include "provider/lock.h"
#include "provider/offload.h"
#include "provider/session.h"

enum breaker_state { BREAKER_CLOSED, BREAKER_IS_OPEN, BREAKER_HALF_OPEN };

struct breaker {
    struct lock lock; /* who has it changes the state and goes on with probing; nobody waits for it */
    _Atomic(enum breaker_state) state;
    atomic_uint failures; /* in a row, while closed */
    unsigned passes;      /* of probes, while half open */
    uint64_t retry_at, backoff; /* ns */
    struct holding probe; /* in flight, where it has a request */
    uint64_t probe_deadline;
};

#define BREAKER_FAILURES 3
#define BREAKER_PROBES 2
#define BREAKER_BACKOFF_NS 1000000000ull
#define BREAKER_BACKOFF_MAX_NS 64000000000ull
#define BREAKER_RESET_MS 10000u /* at most, for a reset before probing, which an operation waits for */

const char *breaker_state_name(enum breaker_state state);

/* Nonzero when an operation may use the card. */
int breaker_allows(struct breaker *breaker);

/* An operation on the card ended well, or badly (DEADLINE, CARD_ERROR or WRONG_ANSWER). */
void breaker_success(struct breaker *breaker);
void breaker_failure(struct breaker *breaker, enum reason reason, uint64_t now);

/* Go on with probing, as far as that goes without waiting. session is held by the caller. */
void breaker_probe(struct breaker *breaker, struct session *session, const struct offload_probe *probe,
                   unsigned deadline_ms, uint64_t now);

/* Give the probe in flight back, so that the card can be closed; unless another thread is just probing. */
void breaker_let_go(struct breaker *breaker);

/* In a child of the process that used it: closed, and without what the parent had in flight. */
void breaker_forget(struct breaker *breaker);

#endif
