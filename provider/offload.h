/* SPDX-License-Identifier: Apache-2.0 */
/*
 * offload.h - card or software.
 *
 * An operation begins with offload_begin, is perhaps refused by whoever knows that the card cannot do
 * it (offload_refuse), is tried on the card by offload_run, done in software by the caller where that
 * returns 0, and ends with offload_end, which counts it. All of it is safe from any thread, in a
 * forked child, and inside an ASYNC_JOB, which is paused while the card works.
 */
#ifndef TLSCARD_PROVIDER_OFFLOAD_H
#define TLSCARD_PROVIDER_OFFLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "driver/tlscard.h"
#include "provider/config.h"

/* Why an operation was done where it was; the names users see are in record.c. */
enum reason {
    ON_CARD,
    POLICY_IS_NEVER,
    PUBLIC_OPERATION,    /* cheaper on the host than the way to the card */
    UNSUPPORTED_SIZE,
    UNSUPPORTED_KEY,
    UNSUPPORTED_PADDING,
    UNSUPPORTED_CURVE,
    UNSUPPORTED_USE,     /* a way of using the key that this provider leaves to software */
    UNSUPPORTED_OPCODE,  /* this card was built without it */
    NO_CARD,
    CARD_BUSY,           /* every function is taken by another process */
    WRONG_CARD,
    NO_RESOURCES,        /* this process has not got what a card takes: shortage.h */
    CARD_OPENING,        /* another thread is opening it */
    BREAKER_OPEN,
    QUEUE_FULL,
    DEADLINE,
    CARD_ERROR,
    CARD_REFUSED,        /* it says that point, scalar or signature is not valid */
    WRONG_ANSWER,
    MEASURING,           /* software's turn while auto compares */
    SLOWER,              /* auto: the card was measured slower */
    REASON_COUNT
};

struct offload;
struct session;

#define OPERATION_KINDS 16

#define OPERATION_TEXT 48

struct operation {
    enum operation_class class;
    const char *name;    /* "RSA-2048 private" */
    const char *purpose; /* "sign-pss-sha256" */
    unsigned kind; /* operations of a class that take different times, below OPERATION_KINDS */
    enum reason reason;
    int refused;
    uint8_t status; /* of the card's answer, where that is CARD_REFUSED */
    uint32_t cycles;
    uint64_t began; /* ns; 0 until the card may be asked */
    unsigned trial_ms; /* not 0: a measurement with this deadline, which the breaker does not judge */
    char text[OPERATION_TEXT]; /* for a name or a purpose that has to be put together */
};

/* How to do it on the card. prepare and submit return 0 or a negative errno value; -ENOTSUP and
 * -EINVAL from prepare mean a key that the card does not serve. check verifies a result on the host. */
struct offload_work {
    void *context;
    int (*prepare)(void *context, struct session *session);
    int (*submit)(void *context, struct tlscard_queue *queue, struct tlscard_request **request);
    int (*check)(void *context, const uint8_t *result);
    uint8_t *output;
    size_t length;
    unsigned opcode; /* that the card must serve; 0: prepare finds out */
    /* As tlscard_request_result, for requests that this does not take; NULL where it does. */
    int (*result)(void *context, struct tlscard_request *request, uint8_t *output, size_t capacity,
                  struct tlscard_result *result);
    int stay; /* wait without pausing the ASYNC_JOB that this is done in */
};

/* Work with a known answer for a class: work(context) gives it, with a NULL context where it cannot be made. */
struct offload_probe {
    void *context;
    struct offload_work (*work)(void *context, uint8_t *output);
};

struct offload *offload_new(const struct config *config);
void offload_set_probe(struct offload *offload, enum operation_class class, const struct offload_probe *probe);

/* Close the card. Operations under way keep their session until they end. Safe with NULL. */
void offload_free(struct offload *offload);

/* name and purpose must last until the operation has ended. */
void offload_begin(struct operation *operation, enum operation_class class, unsigned kind, const char *name,
                   const char *purpose);
void offload_refuse(struct operation *operation, enum reason reason);

/* An operation that needs no secret is quicker on the host than the way to the card: refused, unless the
 * policy is always. */
void offload_prefer_host(struct offload *offload, struct operation *operation);

/* Software has accepted what the card refused (CARD_REFUSED), or cannot use what it gave (ON_CARD): that was
 * a wrong answer. Nothing changes for other reasons. */
void offload_contradict(struct offload *offload, struct operation *operation);

/* 0 where offload_run is sure not to ask the card, with the reason set: nothing need be prepared for it. */
int offload_possible(struct offload *offload, struct operation *operation);

/*
 * The same for records, which are too many for locks and clocks: a few loads, without an operation. way is 0 to
 * seal and 1 to open. Under the policy auto a record goes to the card from the length that offload_set_least
 * has found worth it, and until then none does (MEASURING).
 */
int offload_admits(struct offload *offload, unsigned way, size_t length, enum reason *reason);

/* What was measured: the least length worth the card, SIZE_MAX and why where none is. Forgotten with the card. */
void offload_set_least(struct offload *offload, unsigned way, size_t length, enum reason reason);

/* Count a record that was not admitted; shard as in record.h. */
void offload_count(struct offload *offload, enum reason reason, unsigned shard);

/* Whether purposes are shown to anybody. */
int offload_traces(const struct offload *offload);

/* 1: work->output holds the card's result, verified where the configuration asks for that. 0: do it
 * in software; operation->reason says why. work->output may have been written. */
int offload_run(struct offload *offload, struct operation *operation, const struct offload_work *work);

void offload_end(struct offload *offload, struct operation *operation);

/* What users see, as JSON in a string that the caller frees with OPENSSL_free; NULL without memory.
 * offload_operations forgets what it returned when told to by offload_forget. */
char *offload_counters(struct offload *offload);
char *offload_card(struct offload *offload);
char *offload_operations(struct offload *offload);
void offload_forget(struct offload *offload);

#endif
