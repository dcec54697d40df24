/* SPDX-License-Identifier: Apache-2.0 */
/* The circuit breaker of an operation class, and the probes that close it again. */
#include "provider/breaker.h"

#include <openssl/crypto.h>

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

    if ((reason != WRONG_ANSWER && failures < BREAKER_FAILURES) || !pid_lock_try(&breaker->lock))
        return;
    if (breaker_allows(breaker))
        open_until(breaker, now, BREAKER_BACKOFF_NS);
    pid_unlock(&breaker->lock);
}

/* Requests that the card owes an answer from before would make every probe late: clear them first. */
static int make_ready(struct session *session, unsigned deadline_ms)
{
    return session_depth(session) == 0 || session_reset(session, deadline_ms) == 0;
}

static int submit_probe(struct breaker *breaker, struct session *session, const struct offload_probe *probe)
{
    struct offload_work work = probe->work(probe->context, NULL);
    int error;

    breaker->lane = work.context == NULL ? NULL : session_lane(session);
    if (breaker->lane == NULL)
        return 0;
    error = work.prepare(work.context, session);
    if (error == 0) {
        pid_lock(&breaker->lane->lock);
        error = work.submit(work.context, breaker->lane->queue, &breaker->request);
        pid_unlock(&breaker->lane->lock);
    }
    if (error != 0) {
        session_lane_return(session, breaker->lane);
        breaker->lane = NULL;
        return 0;
    }
    session_hold(session);
    breaker->session = session;
    return 1;
}

static int judge(struct breaker *breaker, const struct offload_probe *probe)
{
    struct tlscard_result result;
    uint8_t output[1024];
    struct offload_work work = probe->work(probe->context, output);
    int error;

    pid_lock(&breaker->lane->lock);
    if (work.result != NULL)
        error = work.result(work.context, breaker->request, output, sizeof output, &result);
    else
        error = tlscard_request_result(breaker->request, output, sizeof output, &result);
    pid_unlock(&breaker->lane->lock);
    return error == 0 && result.length == work.length && work.check(work.context, output);
}

static int probe_ended(struct breaker *breaker)
{
    int done;

    pid_lock(&breaker->lane->lock);
    lane_poll(breaker->lane);
    done = tlscard_request_done(breaker->request);
    pid_unlock(&breaker->lane->lock);
    return done;
}

static void give_back(struct breaker *breaker)
{
    if (breaker->request == NULL)
        return;
    pid_lock(&breaker->lane->lock);
    tlscard_request_release(breaker->request);
    pid_unlock(&breaker->lane->lock);
    breaker->request = NULL;
    session_lane_return(breaker->session, breaker->lane);
    session_drop(breaker->session);
    breaker->session = NULL;
    breaker->lane = NULL;
}

/* The probe in flight: 1 answered rightly, 0 failed, -1 not yet known. */
static int probe_outcome(struct breaker *breaker, struct session *session, const struct offload_probe *probe,
                         uint64_t now)
{
    int outcome;

    if (breaker->session == session && !probe_ended(breaker) && now < breaker->probe_deadline)
        return -1;
    outcome = breaker->session == session && probe_ended(breaker) && judge(breaker, probe);
    give_back(breaker);
    return outcome;
}

static void go_on(struct breaker *breaker, struct session *session, const struct offload_probe *probe,
                  unsigned deadline_ms, uint64_t now)
{
    int outcome = 1;

    if (breaker->request != NULL) {
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
    if (outcome == 0 || !submit_probe(breaker, session, probe))
        open_until(breaker, now, breaker->backoff * 2);
}

void breaker_probe(struct breaker *breaker, struct session *session, const struct offload_probe *probe,
                   unsigned deadline_ms, uint64_t now)
{
    if (probe->context == NULL || !pid_lock_try(&breaker->lock))
        return;
    if (breaker->state == BREAKER_HALF_OPEN || (breaker->state == BREAKER_IS_OPEN && now >= breaker->retry_at))
        go_on(breaker, session, probe, deadline_ms, now);
    pid_unlock(&breaker->lock);
}

void breaker_clear(struct breaker *breaker)
{
    pid_lock(&breaker->lock);
    give_back(breaker);
    pid_unlock(&breaker->lock);
}
