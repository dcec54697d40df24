/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offload.c - the one place that decides between card and software, and counts why.
 *
 * The card is opened by the first operation that wants it, once for each process: after a fork the child
 * finds a session with its parent's process id, gives up its copy and opens a function of its own.
 */
#include "provider/offload.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include <openssl/crypto.h>

#include "provider/breaker.h"
#include "provider/record.h"
#include "provider/session.h"
#include "provider/wait.h"

#define OPEN_DEADLINE_MS 5000u /* at least, for opening */
#define CARD_DEADLINE_MS 1000u  /* where the configuration sets none */
#define SIMULATED_DEADLINE_MS 60000u
#define OPEN_BACKOFF_NS 1000000000ull
#define OPEN_BACKOFF_MAX_NS 64000000000ull
#define MEASURED_OPERATIONS 3 /* of each kind on each side, before auto compares */

struct measure {
    atomic_uint count[2];         /* software, card */
    atomic_uint_fast64_t ns[2];
};

/* Of records to seal [0] and to open [1]. */
struct gate {
    atomic_size_t least[2]; /* the length worth the card; 0: not measured yet */
    atomic_uint reason[2];  /* for shorter ones */
    atomic_uint_fast64_t shut_until; /* ns; 0: there may be a card */
    atomic_uint shut_reason;
};

struct offload {
    struct config config;
    struct pid_lock lock; /* of session, inherited, message and the next three */
    struct session *session, *inherited;
    int open_error;
    uint64_t retry_at, backoff;
    char message[TLSCARD_MESSAGE_SIZE];
    struct pid_lock opening;
    struct breaker breaker[CLASS_COUNT];
    struct offload_probe probe[CLASS_COUNT];
    struct measure measure[CLASS_COUNT][OPERATION_KINDS];
    struct gate gate;
    struct record record;
};

struct offload *offload_new(const struct config *config)
{
    struct offload *offload = OPENSSL_zalloc(sizeof *offload);

    if (offload != NULL)
        offload->config = *config;
    return offload;
}

void offload_set_probe(struct offload *offload, enum operation_class class, const struct offload_probe *probe)
{
    offload->probe[class] = *probe;
}

void offload_free(struct offload *offload)
{
    if (offload == NULL)
        return;
    for (int class = 0; class < CLASS_COUNT; class++)
        breaker_clear(&offload->breaker[class]);
    if (offload->session != NULL)
        session_drop(offload->session);
    OPENSSL_free(offload);
}

static void gate_shut(struct offload *offload, uint64_t until, enum reason reason)
{
    atomic_store(&offload->gate.shut_reason, reason);
    atomic_store(&offload->gate.shut_until, until);
}

/* Another card may be another one. */
static void gate_reset(struct offload *offload)
{
    gate_shut(offload, 0, NO_CARD);
    atomic_store(&offload->gate.least[0], 0);
    atomic_store(&offload->gate.least[1], 0);
}

/*
 * In a child: nothing of the parent's is used, only given up. What the parent's other threads used
 * at the time of the fork may be half changed, so such a session is kept, not freed.
 */
static void leave_parent(struct offload *offload)
{
    struct session *session = offload->session;

    offload->session = NULL;
    offload->retry_at = offload->backoff = 0;
    gate_shut(offload, 0, NO_CARD);
    for (int class = 0; class < CLASS_COUNT; class++) {
        breaker_clear(&offload->breaker[class]);
        memset(&offload->breaker[class], 0, sizeof offload->breaker[class]);
    }
    if (atomic_load(&session->users) == 1) {
        session_drop(session);
        return;
    }
    session->inherited = offload->inherited;
    offload->inherited = session;
}

/* The session of this process, held; or NULL. */
static struct session *current_session(struct offload *offload)
{
    struct session *session;

    pid_lock(&offload->lock);
    if (offload->session != NULL && offload->session->pid != getpid())
        leave_parent(offload);
    session = offload->session;
    if (session != NULL)
        session_hold(session);
    pid_unlock(&offload->lock);
    return session;
}

/* The card has failed: close it when its last user has ended, and open it anew later. */
static void retire(struct offload *offload, struct session *session, uint64_t now)
{
    int ours;

    pid_lock(&offload->lock);
    ours = offload->session == session;
    if (ours) {
        offload->session = NULL;
        offload->open_error = -EIO;
        offload->backoff = OPEN_BACKOFF_NS;
        offload->retry_at = now + offload->backoff;
        strcpy(offload->message, "the card has failed");
        gate_shut(offload, offload->retry_at, CARD_ERROR);
    }
    pid_unlock(&offload->lock);
    if (ours)
        session_drop(session);
}

static enum reason open_reason(int error)
{
    switch (error) {
    case -EBUSY:
        return CARD_BUSY;
    case -ENOEXEC:
        return WRONG_CARD;
    case -EIO:
    case -EPROTO:
        return CARD_ERROR;
    default:
        return NO_CARD;
    }
}

static void note_opening(struct offload *offload, struct session *session, int error, const char *message)
{
    pid_lock(&offload->lock);
    offload->session = session;
    offload->open_error = error;
    memcpy(offload->message, message, sizeof offload->message);
    if (error == 0) {
        offload->backoff = 0;
        gate_reset(offload);
    } else {
        offload->backoff = offload->backoff == 0 ? OPEN_BACKOFF_NS : offload->backoff * 2;
        if (offload->backoff > OPEN_BACKOFF_MAX_NS)
            offload->backoff = OPEN_BACKOFF_MAX_NS;
        offload->retry_at = now_ns() + offload->backoff;
        gate_shut(offload, offload->retry_at, open_reason(error));
    }
    pid_unlock(&offload->lock);
}

static unsigned deadline_ms(const struct offload *offload, const struct session *session)
{
    if (offload->config.deadline_ms != 0)
        return offload->config.deadline_ms;
    return session->info.simulated ? SIMULATED_DEADLINE_MS : CARD_DEADLINE_MS;
}

/* Tried by one thread at a time, while the others go on in software. */
static int try_open(struct offload *offload)
{
    unsigned deadline = offload->config.deadline_ms > OPEN_DEADLINE_MS ? offload->config.deadline_ms : OPEN_DEADLINE_MS;
    char message[TLSCARD_MESSAGE_SIZE] = "";
    struct session *session = NULL;
    int error = session_open(offload->config.address, deadline, &session, message);

    note_opening(offload, session, error, message);
    return error;
}

static struct session *open_session(struct offload *offload, enum reason *reason)
{
    struct session *session = NULL;
    int error;

    if (!pid_lock_try(&offload->opening)) {
        *reason = CARD_OPENING;
        return NULL;
    }
    session = current_session(offload); /* another thread may just have opened it */
    if (session == NULL) {
        error = offload->open_error;
        if (error == 0 || now_ns() >= offload->retry_at)
            error = try_open(offload);
        *reason = open_reason(error);
        session = current_session(offload);
    }
    pid_unlock(&offload->opening);
    return session;
}

static struct measure *measure_of(struct offload *offload, const struct operation *operation)
{
    return &offload->measure[operation->class][operation->kind < OPERATION_KINDS ? operation->kind : 0];
}

static void measure(struct measure *measure, int card, uint64_t ns)
{
    if (atomic_load(&measure->count[card]) >= MEASURED_OPERATIONS)
        return;
    atomic_fetch_add(&measure->ns[card], ns);
    atomic_fetch_add(&measure->count[card], 1);
}

/* auto: a real card always, as it frees the processor; a simulated one when it was measured faster. */
static enum reason choose(struct offload *offload, const struct operation *operation, const struct session *session)
{
    struct measure *measured = measure_of(offload, operation);

    if (operation->class == CLASS_GCM) /* offload_admits has chosen */
        return ON_CARD;
    if (offload->config.policy[operation->class] != POLICY_AUTO || !session->info.simulated ||
        atomic_load(&measured->count[1]) < MEASURED_OPERATIONS)
        return ON_CARD;
    if (atomic_load(&measured->count[0]) < MEASURED_OPERATIONS)
        return MEASURING;
    return atomic_load(&measured->ns[1]) > atomic_load(&measured->ns[0]) ? SLOWER : ON_CARD;
}

static enum reason reason_of(int error)
{
    switch (error) {
    case 0:
        return ON_CARD;
    case -EAGAIN:
        return QUEUE_FULL;
    case -ENOTSUP:
    case -EINVAL:
        return UNSUPPORTED_KEY;
    default:
        return CARD_ERROR;
    }
}

/* Answers that blame the operands, which the other side of a connection may have chosen: the card is not at fault. */
static int is_refusal(const struct operation *operation, int error, uint8_t status)
{
    if (operation->class == CLASS_GCM)
        return error == -EBADMSG && status == TLSCARD_TAG_MISMATCH;
    return operation->class == CLASS_EC && error == -EBADMSG &&
           (status == TLSCARD_INVALID_POINT || status == TLSCARD_INVALID_SCALAR ||
            status == TLSCARD_INVALID_RESULT || status == TLSCARD_SIGNATURE_INVALID);
}

static enum reason take_result(struct lane *lane, struct tlscard_request *request, struct operation *operation,
                               const struct offload_work *work)
{
    struct tlscard_result result = {0};
    int error;

    pid_lock(&lane->lock);
    if (work->result != NULL)
        error = work->result(work->context, request, work->output, work->length, &result);
    else
        error = tlscard_request_result(request, work->output, work->length, &result);
    pid_unlock(&lane->lock);
    operation->status = result.status;
    if (is_refusal(operation, error, result.status))
        return CARD_REFUSED;
    if (error != 0 || result.length != work->length)
        return CARD_ERROR;
    operation->cycles = result.cycles;
    return ON_CARD;
}

static enum reason run_in_lane(struct offload *offload, struct session *session, struct lane *lane,
                               struct operation *operation, const struct offload_work *work)
{
    unsigned ms = operation->trial_ms != 0 ? operation->trial_ms : deadline_ms(offload, session);
    uint64_t deadline = operation->began + ms * 1000000ull;
    struct tlscard_request *request = NULL;
    enum reason reason;

    pid_lock(&lane->lock);
    reason = reason_of(work->submit(work->context, lane->queue, &request));
    pid_unlock(&lane->lock);
    if (reason != ON_CARD)
        return reason;
    if (work->stay ? wait_here(lane, request, deadline) : wait_for(session, lane, request, deadline))
        reason = take_result(lane, request, operation, work);
    else
        reason = DEADLINE;
    pid_lock(&lane->lock);
    tlscard_request_release(request);
    pid_unlock(&lane->lock);
    return reason;
}

static enum reason run_on_card(struct offload *offload, struct session *session, struct operation *operation,
                               const struct offload_work *work)
{
    enum reason reason = reason_of(work->prepare(work->context, session));
    struct lane *lane;

    if (reason != ON_CARD)
        return reason;
    lane = session_lane(session);
    if (lane == NULL)
        return CARD_ERROR;
    reason = run_in_lane(offload, session, lane, operation, work);
    session_lane_return(session, lane);
    if (reason == ON_CARD && offload->config.verify_results && !work->check(work->context, work->output))
        return WRONG_ANSWER;
    return reason;
}

/* A card that no longer answers its registers has failed, whatever the request's fate was. */
static void judge(struct offload *offload, struct session *session, enum operation_class class, enum reason reason)
{
    struct tlscard_info info;
    uint64_t now = now_ns();

    if (reason == ON_CARD)
        breaker_success(&offload->breaker[class]);
    if (reason != CARD_ERROR && reason != DEADLINE && reason != WRONG_ANSWER)
        return;
    breaker_failure(&offload->breaker[class], reason, now);
    if (reason == CARD_ERROR && tlscard_info(session->card, &info) != 0)
        retire(offload, session, now);
}

static enum reason run_in_session(struct offload *offload, struct session *session, struct operation *operation,
                                  const struct offload_work *work)
{
    struct breaker *breaker = &offload->breaker[operation->class];
    enum reason reason = choose(offload, operation, session);

    if (work->opcode != 0 && (session->info.opcodes >> work->opcode & 1) == 0)
        return UNSUPPORTED_OPCODE;
    if (reason != ON_CARD)
        return reason;
    if (!breaker_allows(breaker)) {
        breaker_probe(breaker, session, &offload->probe[operation->class], deadline_ms(offload, session), now_ns());
        return BREAKER_OPEN;
    }
    reason = run_on_card(offload, session, operation, work);
    if (operation->trial_ms == 0)
        judge(offload, session, operation->class, reason);
    return reason;
}

void offload_begin(struct operation *operation, enum operation_class class, unsigned kind, const char *name,
                   const char *purpose)
{
    operation->class = class;
    operation->name = name;
    operation->purpose = purpose;
    operation->kind = kind;
    operation->reason = UNSUPPORTED_KEY;
    operation->refused = 0;
    operation->status = 0;
    operation->cycles = 0;
    operation->began = 0;
    operation->trial_ms = 0;
}

void offload_refuse(struct operation *operation, enum reason reason)
{
    operation->reason = reason;
    operation->refused = 1;
}

void offload_prefer_host(struct offload *offload, struct operation *operation)
{
    if (!operation->refused && offload->config.policy[operation->class] != POLICY_ALWAYS)
        offload_refuse(operation, PUBLIC_OPERATION);
}

void offload_contradict(struct offload *offload, struct operation *operation)
{
    if (operation->reason != CARD_REFUSED && operation->reason != ON_CARD)
        return;
    operation->reason = WRONG_ANSWER;
    breaker_failure(&offload->breaker[operation->class], WRONG_ANSWER, now_ns());
}

/* The clock that is quickest to read; coarse is good enough. */
static uint64_t coarse_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Nothing is opened now: there was no card, and it is not yet time to look again. Without a lock, which takes a system call
 * (pidlock.h): a server without a card asks some times in each handshake. */
static int is_shut(struct offload *offload, enum reason *reason)
{
    uint64_t until = atomic_load_explicit(&offload->gate.shut_until, memory_order_relaxed);

    if (until == 0 || coarse_now() >= until)
        return 0;
    *reason = (enum reason)atomic_load_explicit(&offload->gate.shut_reason, memory_order_relaxed);
    return 1;
}

int offload_possible(struct offload *offload, struct operation *operation)
{
    if (operation->refused)
        return 0;
    if (offload->config.policy[operation->class] == POLICY_NEVER) {
        offload_refuse(operation, POLICY_IS_NEVER);
        return 0;
    }
    operation->refused = is_shut(offload, &operation->reason);
    if (!operation->refused && operation->began == 0)
        operation->began = now_ns();
    return !operation->refused;
}

int offload_admits(struct offload *offload, unsigned way, size_t length, enum reason *reason)
{
    struct gate *gate = &offload->gate;
    enum policy policy = offload->config.policy[CLASS_GCM];
    size_t least;

    *reason = POLICY_IS_NEVER;
    if (policy == POLICY_NEVER)
        return 0;
    if (is_shut(offload, reason))
        return 0;
    if (policy == POLICY_ALWAYS)
        return 1;
    least = atomic_load_explicit(&gate->least[way], memory_order_relaxed);
    *reason = least == 0 ? MEASURING : (enum reason)atomic_load_explicit(&gate->reason[way], memory_order_relaxed);
    return least != 0 && length >= least;
}

void offload_set_least(struct offload *offload, unsigned way, size_t length, enum reason reason)
{
    atomic_store(&offload->gate.reason[way], reason);
    atomic_store(&offload->gate.least[way], length);
}

void offload_count(struct offload *offload, enum reason reason, unsigned shard)
{
    record_count(&offload->record, reason, shard);
}

int offload_traces(const struct offload *offload)
{
    return offload->config.trace;
}

int offload_run(struct offload *offload, struct operation *operation, const struct offload_work *work)
{
    struct session *session;

    if (!offload_possible(offload, operation))
        return 0;
    session = current_session(offload);
    if (session == NULL) {
        session = open_session(offload, &operation->reason);
        if (operation->trial_ms != 0) /* what is measured is not the opening */
            operation->began = now_ns();
    }
    if (session == NULL)
        return 0;
    operation->reason = run_in_session(offload, session, operation, work);
    session_drop(session);
    if (operation->reason == ON_CARD)
        measure(measure_of(offload, operation), 1, now_ns() - operation->began);
    else
        operation->began = now_ns();
    return operation->reason == ON_CARD;
}

void offload_end(struct offload *offload, struct operation *operation)
{
    if (operation->reason == MEASURING)
        measure(measure_of(offload, operation), 0, now_ns() - operation->began);
    record_operation(&offload->record, operation, offload->config.trace);
}

char *offload_counters(struct offload *offload)
{
    BIO *out = BIO_new(BIO_s_mem());

    if (out == NULL)
        return NULL;
    BIO_printf(out, "{");
    for (int class = 0; class < CLASS_COUNT; class++) {
        BIO_printf(out, "%s\"%s\":{", class == 0 ? "" : ",", class_name((enum operation_class)class));
        record_print_counts(&offload->record, (enum operation_class)class, out);
        BIO_printf(out, ",\"breaker\":\"%s\"}", breaker_state_name(offload->breaker[class].state));
    }
    BIO_printf(out, "}");
    return record_take(out);
}

static void print_card(BIO *out, const struct tlscard_info *info)
{
    BIO_printf(out, "{\"address\":");
    record_print_string(out, info->address);
    BIO_printf(out,
               ",\"transport\":\"%s\",\"simulated\":%s,\"vendor\":\"%04x\",\"device\":\"%04x\","
               "\"version\":\"%u.%u.%u\",\"map_hash\":\"%08x\",\"function\":%u,\"functions\":%u,\"queue_pairs\":%u,"
               "\"pke_engines\":%u,\"gcm_lanes\":%u,"
               "\"clock_hz\":%u}",
               info->transport, info->simulated ? "true" : "false", info->vendor_id, info->device_id,
               info->version >> 16, info->version >> 8 & 0xff, info->version & 0xff, info->map_hash, info->function,
               info->functions, info->queue_pairs, info->pke_engines, info->gcm_lanes,
               info->clock_hz);
}

char *offload_card(struct offload *offload)
{
    BIO *out = BIO_new(BIO_s_mem());
    struct session *session;

    if (out == NULL)
        return NULL;
    session = current_session(offload);
    if (session != NULL) {
        print_card(out, &session->info);
        session_drop(session);
        return record_take(out);
    }
    BIO_printf(out, "{\"address\":");
    record_print_string(out, offload->config.address);
    if (offload->open_error == 0) {
        BIO_printf(out, ",\"reason\":\"not-opened\",\"message\":\"no operation has asked for it yet\"}");
    } else {
        BIO_printf(out, ",\"reason\":\"%s\",\"message\":", reason_name(open_reason(offload->open_error)));
        record_print_string(out, offload->message);
        BIO_printf(out, "}");
    }
    return record_take(out);
}

char *offload_operations(struct offload *offload)
{
    BIO *out = BIO_new(BIO_s_mem());

    if (out == NULL)
        return NULL;
    record_print_operations(&offload->record, out);
    return record_take(out);
}

void offload_forget(struct offload *offload)
{
    record_forget(&offload->record);
}
