/* SPDX-License-Identifier: Apache-2.0 */
/* The circuit breaker of an operation class, and the probes that close it again. */
#include "provider/breaker.h"

#include <errno.h>

#include <openssl/crypto.h>

#include "provider/shortage.h"

const char *breaker_state_name(enum breaker_state state)
{
    static const char *const names[] = {"closed", "open", "half-open"};

    return names[state];
}

int breaker_allows(struct breaker *breaker)
{
    return atomic_load(&breaker->state) == BREAKER_CLOSED;
}

void breaker_success(struct breaker *breaker)
{
    atomic_store(&breaker->failures, 0);
}

static void open_until(struct breaker *breaker, uint64_t now, uint64_t backoff)
{
    breaker->backoff = backoff < BREAKER_BACKOFF_MAX_NS ? backoff : BREAKER_BACKOFF_MAX_NS;
    breaker->retry_at = now + breaker->backoff;
    breaker->failures = 0;
    breaker->passes = 0;
    breaker->state = BREAKER_IS_OPEN;
}

void breaker_failure(struct breaker *breaker, enum reason reason, uint64_t now)
{
    unsigned failures = atomic_fetch_add(&breaker->failures, 1) + 1;

    if ((reason != WRONG_ANSWER && failures < BREAKER_FAILURES) || !lock_try(&breaker->lock))
        return;
    if (breaker_allows(breaker))
        open_until(breaker, now, BREAKER_BACKOFF_NS);
    lock_leave(&breaker->lock);
}

/* Requests that the card owes an answer from before would make every probe late: clear them first. */
static int make_ready(struct session *session, unsigned deadline_ms)
{
    return session_depth(session) == 0 ||
           session_reset(session, deadline_ms < BREAKER_RESET_MS ? deadline_ms : BREAKER_RESET_MS) == 0;
}

/* 0, or a negative errno value. */
static int submit_probe(struct breaker *breaker, struct session *session, const struct offload_probe *probe)
{
    struct offload_work work = probe->work(probe->context, NULL);
    struct holding *holding = &breaker->probe;
    int error = work.context == NULL ? -ENOMEM : work.prepare(work.context, session);

    if (error != 0)
        return error;
    session_hold(session);
    holding->session = session;
    holding->lane = session_lane(session);
    lock_take(&holding->lane->lock);
    error = work.submit(work.context, holding->lane->queue, &holding->request);
    lock_leave(&holding->lane->lock);
    if (error != 0) {
        holding->request = NULL;
        holding_end(holding);
    }
    return error;
}

static int judge(struct breaker *breaker, const struct offload_probe *probe)
{
    struct holding *holding = &breaker->probe;
    struct tlscard_result result;
    uint8_t output[1024];
    struct offload_work work = probe->work(probe->context, output);
    int error;

    lock_take(&holding->lane->lock);
    if (work.result != NULL)
        error = work.result(work.context, holding->request, output, sizeof output, &result);
    else
        error = tlscard_request_result(holding->request, output, sizeof output, &result);
    lock_leave(&holding->lane->lock);
    return error == 0 && result.length == work.length && work.check(work.context, output);
}

static int probe_ended(struct breaker *breaker)
{
    struct lane *lane = breaker->probe.lane;
    int done;

    lock_take(&lane->lock);
    lane_poll(lane);
    done = tlscard_request_done(breaker->probe.request);
    lock_leave(&lane->lock);
    return done;
}

/* The probe in flight: 1 answered rightly, 0 failed, -1 not yet known. */
static int probe_outcome(struct breaker *breaker, struct session *session, const struct offload_probe *probe,
                         uint64_t now)
{
    int same = breaker->probe.session == session, ended = same && probe_ended(breaker), outcome;

    if (same && !ended && now < breaker->probe_deadline)
        return -1;
    outcome = ended && judge(breaker, probe);
    holding_end(&breaker->probe);
    return outcome;
}

static void go_on(struct breaker *breaker, struct session *session, const struct offload_probe *probe,
                  unsigned deadline_ms, uint64_t now)
{
    int outcome = 1, error = 0;

    if (breaker->probe.request != NULL) {
        outcome = probe_outcome(breaker, session, probe, now);
        breaker->passes += outcome == 1;
    } else if (breaker->state == BREAKER_IS_OPEN) {
        outcome = make_ready(session, deadline_ms);
        breaker->state = BREAKER_HALF_OPEN;
    }
    if (outcome == -1)
        return;
    if (outcome == 1 && breaker->passes >= BREAKER_PROBES) {
        breaker->failures = 0;
        breaker->state = BREAKER_CLOSED;
        return;
    }
    breaker->probe_deadline = now + deadline_ms * 1000000ull;
    if (outcome == 1)
        error = submit_probe(breaker, session, probe);
    if (is_shortage(error)) /* says nothing of the card */
        open_until(breaker, now, breaker->backoff);
    else if (outcome == 0 || error != 0)
        open_until(breaker, now, breaker->backoff * 2);
}

void breaker_probe(struct breaker *breaker, struct session *session, const struct offload_probe *probe,
                   unsigned deadline_ms, uint64_t now)
{
    if (probe->context == NULL || !lock_try(&breaker->lock))
        return;
    if (breaker->state == BREAKER_HALF_OPEN || (breaker->state == BREAKER_IS_OPEN && now >= breaker->retry_at))
        go_on(breaker, session, probe, deadline_ms, now);
    lock_leave(&breaker->lock);
}

void breaker_let_go(struct breaker *breaker)
{
    if (!lock_try(&breaker->lock))
        return;
    holding_end(&breaker->probe);
    lock_leave(&breaker->lock);
}

void breaker_forget(struct breaker *breaker)
{
    lock_take(&breaker->lock);
    breaker->probe = (struct holding){0};
    breaker->retry_at = breaker->backoff = 0;
    breaker->passes = 0;
    atomic_store(&breaker->failures, 0);
    atomic_store(&breaker->state, BREAKER_CLOSED);
    lock_leave(&breaker->lock);
}
