/* SPDX-License-Identifier: Apache-2.0 */
/* offload.c - the one place that decides between card and software, and counts why. */
#include "provider/offload.h"

#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>

#include "provider/breaker.h"
#include "provider/record.h"
#include "provider/section.h"
#include "provider/shortage.h"
#include "provider/wait.h"
#include "provider/whereabouts.h"

#define CARD_DEADLINE_MS 1000u  /* where the configuration sets none */
#define SIMULATED_DEADLINE_MS 60000u
#define MEASURED_OPERATIONS 3 /* of each kind on each side, before auto compares */

struct measure {
    atomic_uint count[2];         /* software, card */
    atomic_uint_fast64_t ns[2];
};

/* Of records to seal [0] and to open [1]. */
struct gate {
    atomic_size_t least[2]; /* the length worth the card; 0: not measured yet */
    atomic_uint reason[2];  /* for shorter ones */
};

struct offload {
    struct config config;
    struct whereabouts whereabouts;
    /* of whoever opens the card */
    struct tlscard_info measured; /* the card that gate is about */
    unsigned generation; /* of the process that breakers are about */
    struct breaker breaker[CLASS_COUNT];
    struct offload_probe probe[CLASS_COUNT];
    struct measure measure[CLASS_COUNT][OPERATION_KINDS];
    struct gate gate;
    struct record record;
};

static void gate_reset(struct offload *offload)
{
    atomic_store(&offload->gate.least[0], 0);
    atomic_store(&offload->gate.least[1], 0);
}

/* One that was given back and taken again is as quick as it was. */
static int is_same_card(const struct tlscard_info *one, const struct tlscard_info *other)
{
    return strcmp(one->transport, other->transport) == 0 && one->version == other->version &&
           one->map_hash == other->map_hash && one->simulated == other->simulated && one->clock_hz == other->clock_hz &&
           one->pke_engines == other->pke_engines && one->gcm_lanes == other->gcm_lanes;
}

/* What was found out about a card holds for another only where that is the same, and in a child no card has failed
 * yet. */
static void begin_with(void *context, const struct session *session)
{
    struct offload *offload = context;

    if (!is_same_card(&offload->measured, &session->info))
        gate_reset(offload);
    offload->measured = session->info;
    for (int class = 0; class < CLASS_COUNT && offload->generation != session->generation; class++)
        breaker_forget(&offload->breaker[class]);
    offload->generation = session->generation;
}

/* An idle card is closed, though probes of it are in flight. */
static void let_go(void *context)
{
    struct offload *offload = context;

    for (int class = 0; class < CLASS_COUNT; class++)
        breaker_let_go(&offload->breaker[class]);
}

struct offload *offload_new(const struct config *config)
{
    struct offload *offload = OPENSSL_zalloc(sizeof *offload);

    if (offload == NULL)
        return NULL;
    offload->config = *config;
    offload->generation = fork_generation();
    offload->whereabouts.config = &offload->config;
    offload->whereabouts.opened = begin_with;
    offload->whereabouts.let_go = let_go;
    offload->whereabouts.context = offload;
    whereabouts_begin(&offload->whereabouts);
    return offload;
}

void offload_set_probe(struct offload *offload, enum operation_class class, const struct offload_probe *probe)
{
    offload->probe[class] = *probe;
}

void offload_free(struct offload *offload)
{
    struct section section;

    if (offload == NULL)
        return;
    section_enter(&section);
    let_go(offload);
    whereabouts_end(&offload->whereabouts);
    section_leave(&section);
    OPENSSL_free(offload);
}

static unsigned deadline_ms(const struct offload *offload, const struct session *session)
{
    if (offload->config.deadline_ms != 0)
        return offload->config.deadline_ms;
    return session->info.simulated ? SIMULATED_DEADLINE_MS : CARD_DEADLINE_MS;
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
        return is_shortage(error) ? NO_RESOURCES : CARD_ERROR;
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

static enum reason take_result(struct holding *holding, struct operation *operation, const struct offload_work *work)
{
    struct tlscard_result result = {0};
    int error;

    lock_take(&holding->lane->lock);
    if (work->result != NULL)
        error = work->result(work->context, holding->request, work->output, work->length, &result);
    else
        error = tlscard_request_result(holding->request, work->output, work->length, &result);
    lock_leave(&holding->lane->lock);
    operation->status = result.status;
    if (is_refusal(operation, error, result.status))
        return CARD_REFUSED;
    if (error == -ECANCELED) /* by a reset, which the breaker of another class has asked for */
        return BREAKER_OPEN;
    if (error != 0 || result.length != work->length)
        return CARD_ERROR;
    operation->cycles = result.cycles;
    return ON_CARD;
}

static enum reason run_in_lane(struct offload *offload, struct holding *holding, struct section *section,
                               struct operation *operation, const struct offload_work *work)
{
    unsigned ms = operation->trial_ms != 0 ? operation->trial_ms : deadline_ms(offload, holding->session);
    uint64_t deadline = operation->began + ms * 1000000ull;
    enum waited waited;
    int error;

    lock_take(&holding->lane->lock);
    error = work->submit(work->context, holding->lane->queue, &holding->request);
    lock_leave(&holding->lane->lock);
    if (error != 0) {
        holding->request = NULL;
        return reason_of(error);
    }
    waited = work->stay ? wait_here(holding, section, deadline) : wait_for(holding, section, deadline);
    return waited == WAIT_ENDED ? take_result(holding, operation, work) : DEADLINE;
}

static enum reason run_on_card(struct offload *offload, struct holding *holding, struct section *section,
                               struct operation *operation, const struct offload_work *work)
{
    enum reason reason = reason_of(work->prepare(work->context, holding->session));

    if (reason != ON_CARD)
        return reason;
    holding->lane = session_lane(holding->session);
    reason = run_in_lane(offload, holding, section, operation, work);
    if (reason == ON_CARD && offload->config.verify_results && !work->check(work->context, work->output))
        return WRONG_ANSWER;
    return reason;
}

/* A card that no longer answers its registers has failed, whatever the request's fate was. No session: it was lost in
 * waiting. */
static void judge(struct offload *offload, struct session *session, enum operation_class class, enum reason reason)
{
    struct tlscard_info info;

    if (reason == ON_CARD)
        breaker_success(&offload->breaker[class]);
    if (session == NULL || (reason != CARD_ERROR && reason != DEADLINE && reason != WRONG_ANSWER))
        return;
    breaker_failure(&offload->breaker[class], reason, now_ns());
    if (reason != CARD_ERROR || tlscard_info(session->card, &info) == 0)
        return;
    whereabouts_retire(&offload->whereabouts, session);
    gate_reset(offload);
}

static enum reason run_in_session(struct offload *offload, struct holding *holding, struct section *section,
                                  struct operation *operation, const struct offload_work *work)
{
    struct breaker *breaker = &offload->breaker[operation->class];
    struct session *session = holding->session;
    enum reason reason = choose(offload, operation, session);

    if (work->opcode != 0 && (session->info.opcodes >> work->opcode & 1) == 0)
        return UNSUPPORTED_OPCODE;
    if (reason != ON_CARD)
        return reason;
    if (!breaker_allows(breaker)) {
        breaker_probe(breaker, session, &offload->probe[operation->class], deadline_ms(offload, session), now_ns());
        return BREAKER_OPEN;
    }
    reason = run_on_card(offload, holding, section, operation, work);
    if (operation->trial_ms == 0)
        judge(offload, holding->session, operation->class, reason);
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
    struct section section;

    if (operation->reason != CARD_REFUSED && operation->reason != ON_CARD)
        return;
    operation->reason = WRONG_ANSWER;
    section_enter(&section);
    breaker_failure(&offload->breaker[operation->class], WRONG_ANSWER, now_ns());
    section_leave(&section);
}

int offload_possible(struct offload *offload, struct operation *operation)
{
    if (operation->refused)
        return 0;
    if (offload->config.policy[operation->class] == POLICY_NEVER) {
        offload_refuse(operation, POLICY_IS_NEVER);
        return 0;
    }
    operation->refused = whereabouts_shut(&offload->whereabouts, &operation->reason);
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
    if (whereabouts_shut(&offload->whereabouts, reason))
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

/* The session, opened where it has to be; a measurement begins after that. */
static struct session *session_for(struct offload *offload, struct operation *operation)
{
    struct session *session = whereabouts_session(&offload->whereabouts);

    if (session != NULL)
        return session;
    session = whereabouts_open(&offload->whereabouts, &operation->reason);
    if (operation->trial_ms != 0)
        operation->began = now_ns();
    return session;
}

static void run(struct offload *offload, struct operation *operation, const struct offload_work *work)
{
    struct holding holding = {.session = NULL};
    struct section section;

    section_enter(&section);
    holding.session = session_for(offload, operation);
    if (holding.session != NULL) {
        operation->reason = run_in_session(offload, &holding, &section, operation, work);
        whereabouts_used(&offload->whereabouts);
        holding_end(&holding);
        if (operation->reason == ON_CARD)
            measure(measure_of(offload, operation), 1, now_ns() - operation->began);
        else
            operation->began = now_ns();
    }
    section_leave(&section);
}

int offload_run(struct offload *offload, struct operation *operation, const struct offload_work *work)
{
    if (!offload_possible(offload, operation))
        return 0;
    run(offload, operation, work);
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

/* What is known of the card: 1, or 0 where there is none and how that came. */
static int look_at_card(struct offload *offload, struct tlscard_info *info, struct opening *last)
{
    struct section section;
    struct session *session;

    section_enter(&section);
    session = whereabouts_session(&offload->whereabouts);
    if (session != NULL) {
        *info = session->info;
        session_drop(session);
    } else {
        whereabouts_describe(&offload->whereabouts, last);
    }
    section_leave(&section);
    return session != NULL;
}

char *offload_card(struct offload *offload)
{
    BIO *out = BIO_new(BIO_s_mem());
    struct tlscard_info info;
    struct opening last;
    const char *message = last.message;

    if (out == NULL)
        return NULL;
    if (look_at_card(offload, &info, &last)) {
        print_card(out, &info);
        return record_take(out);
    }
    if (last.error == 0 && *message == '\0')
        message = "no operation has asked for it yet";
    BIO_printf(out, "{\"address\":");
    record_print_string(out, offload->config.address);
    BIO_printf(out, ",\"reason\":\"%s\",\"message\":",
               last.error == 0 ? "not-opened" : reason_name(whereabouts_reason(last.error)));
    record_print_string(out, message);
    BIO_printf(out, "}");
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
