/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A double of the driver: driver/tlscard.h in software, with faults on order.
 *
 * A queue's event is a timer that fires when the earliest answer is due, so answers come late without a
 * thread. Every use that tlscard.h forbids (another process, a queue used by two threads at once) is counted.
 */
#include "tests/provider/fake_driver.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <openssl/bn.h>
#include <openssl/crypto.h>

#include "driver/tlscard_map.h"
#include "tests/provider/fake_internal.h"

struct fake fake;

struct tlscard_rsa_key {
    struct tlscard_rsa_key *next, **link; /* of the card's */
    struct tlscard *card;
    BIGNUM *n, *e, *p, *q, *dp, *dq, *qinv;
    size_t size;
    atomic_int references;
};

void fake_reset(void)
{
    fake.at_opening = fake.at_work = fake.at_reset = NULL;
    fake.polls = fake.given_up = fake.unguarded = 0;
    fake.queue_error = fake.queue_delay_ms = fake.reset_delay_ms = fake.opening = fake.opening_queue = fake.resetting = 0;
    fake.open_error = fake.open_delay_ms = fake.simulated = fake.queue_pairs = fake.entries = 0;
    fake.delay_ms = fake.silent = fake.held = fake.answered = 0;
    fake.wrong = fake.status = fake.submit_error = fake.key_error = fake.failed = 0;
    fake.refusals = fake.refusal_status = 0;
    fake.missing = 0;
    fake.keys = fake.queues = fake.requests = fake.in_flight = fake.foreign_calls = 0;
    fake.sealed = fake.unsealed = fake.longest = 0;
    fake.opened = fake.closed = fake.submitted = fake.resets = fake.most_in_flight = 0;
}

static uint64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

int fake_usable(const struct tlscard *card)
{
    if (card->pid != getpid()) {
        fake.foreign_calls++;
        return -EOWNERDEAD;
    }
    return fake.failed ? -EIO : 0;
}

static void check_signals(void)
{
    sigset_t mask;

    pthread_sigmask(SIG_BLOCK, NULL, &mask);
    fake.unguarded += !sigismember(&mask, SIGALRM) || !sigismember(&mask, SIGUSR1);
}

/* One call at a time on a queue. */
void fake_enter(struct tlscard_queue *queue)
{
    check_signals();
    if (atomic_exchange(&queue->busy, 1) != 0)
        fake.foreign_calls++;
}

void fake_leave(struct tlscard_queue *queue)
{
    queue->busy = 0;
}

int tlscard_keep(const char *address)
{
    (void)address;
    return -ENOTSUP;
}

/* As long as ordered, with a sign of it. */
static void last(atomic_int *sign, int ms)
{
    struct timespec delay = {.tv_nsec = ms % 1000 * 1000000l, .tv_sec = ms / 1000};

    check_signals();
    ++*sign;
    while (ms > 0 && nanosleep(&delay, &delay) != 0)
        ;
    --*sign;
}

int tlscard_open(const char *address, unsigned deadline_ms, struct tlscard **card, char *message)
{
    void (*at_opening)(void) = fake.at_opening;

    (void)deadline_ms;
    if (strcmp(address, "vfio-user:" FAKE_NO_CARD) == 0) {
        strcpy(message, "nobody is there");
        return -ENODEV;
    }
    fake.opened++;
    last(&fake.opening, fake.open_delay_ms);
    if (at_opening != NULL)
        at_opening();
    message[0] = '\0';
    if (fake.open_error != 0) {
        strcpy(message, "told to fail: say \"please\"");
        return fake.open_error;
    }
    *card = OPENSSL_zalloc(sizeof **card);
    (*card)->pid = getpid();
    pthread_mutex_init(&(*card)->lock, NULL);
    return 0;
}

static void key_free(struct tlscard_rsa_key *key);

/* Keys that are left, a child's copies, go with the card. */
void tlscard_close(struct tlscard *card)
{
    if (card == NULL)
        return;
    fake.closed++;
    while (card->keys != NULL)
        key_free(card->keys);
    pthread_mutex_destroy(&card->lock);
    OPENSSL_free(card);
}

int tlscard_info(struct tlscard *card, struct tlscard_info *info)
{
    *info = (struct tlscard_info){.address = "fake",
                                  .transport = "vfio-user",
                                  .vendor_id = 0x1234,
                                  .device_id = 0x7c5d,
                                  .version = 0x10000,
                                  .functions = 1,
                                  .queue_pairs = 1,
                                  .max_entries = 1024,
                                  .simulated = fake.simulated,
                                  .pke_engines = 1,
                                  .clock_hz = 250000000,
                                  .gcm_lanes = 1,
                                  .opcodes = (TLSCARD_OPCODES_PKE | TLSCARD_OPCODES_GCM) & ~(uint64_t)fake.missing};
    if (fake.queue_pairs != 0)
        info->queue_pairs = (unsigned)fake.queue_pairs;
    if (fake.entries != 0)
        info->max_entries = (unsigned)fake.entries;
    return fake_usable(card);
}

int tlscard_queue_open(struct tlscard *card, unsigned entries, struct tlscard_queue **queue)
{
    int error = fake_usable(card);

    if (card->queues > 0)
        last(&fake.opening_queue, fake.queue_delay_ms);
    if (error == 0 && card->queues >= (fake.queue_pairs == 0 ? 1 : fake.queue_pairs))
        error = -ENOSPC;
    if (error == 0 && card->queues > 0)
        error = fake.queue_error;
    if (error != 0)
        return error;
    *queue = OPENSSL_zalloc(sizeof **queue);
    (*queue)->card = card;
    (*queue)->entries = entries;
    (*queue)->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    (*queue)->resets = card->resets;
    card->queues++;
    fake.queues++;
    return 0;
}

static void request_free(struct tlscard_request *request)
{
    fake.requests--;
    OPENSSL_clear_free(request->payload, request->length);
    OPENSSL_clear_free(request, sizeof *request);
}

void tlscard_queue_close(struct tlscard_queue *queue)
{
    if (queue == NULL)
        return;
    for (struct tlscard_request *request = queue->requests, *next; request != NULL; request = next) {
        next = request->next;
        request->queue = NULL;
        fake.in_flight -= !request->done;
        if (request->released)
            request_free(request);
        else
            request->done = request->cancelled = 1;
    }
    queue->card->queues--;
    close(queue->timer);
    fake.queues--;
    OPENSSL_free(queue);
}

int tlscard_queue_event(const struct tlscard_queue *queue)
{
    return queue->timer;
}

/* For the earliest answer that is still due. */
static void arm(struct tlscard_queue *queue)
{
    struct itimerspec at = {0};
    uint64_t earliest = 0;

    for (struct tlscard_request *request = queue->requests; request != NULL; request = request->next)
        if (!request->done && request->due != 0 && (earliest == 0 || request->due < earliest))
            earliest = request->due;
    at.it_value.tv_sec = (time_t)(earliest / 1000000000u);
    at.it_value.tv_nsec = (long)(earliest % 1000000000u);
    timerfd_settime(queue->timer, TFD_TIMER_ABSTIME, &at, NULL);
}

static void unlink_request(struct tlscard_request *request)
{
    struct tlscard_request **link = &request->queue->requests;

    while (*link != request)
        link = &(*link)->next;
    *link = request->next;
}

static int is_held(const struct tlscard_request *request)
{
    return fake.held || (fake.answered != 0 && request->number >= fake.answered);
}

static void cancel(struct tlscard_queue *queue)
{
    for (struct tlscard_request *request = queue->requests, *next; request != NULL; request = next) {
        next = request->next;
        if (request->done)
            continue;
        request->done = request->cancelled = 1;
        fake.in_flight--;
        queue->depth--;
        if (request->released) {
            unlink_request(request);
            request_free(request);
        }
    }
    arm(queue);
}

void fake_follow(struct tlscard_queue *queue)
{
    unsigned resets = queue->card->resets;

    if (resets == queue->resets || (resets & 1) != 0)
        return;
    cancel(queue);
    queue->resets = resets;
}

int tlscard_queue_poll(struct tlscard_queue *queue)
{
    uint64_t time = now();
    int count = 0, error = fake_usable(queue->card);

    if (error != 0)
        return error;
    fake.polls++;
    fake_enter(queue);
    count = (int)queue->depth;
    fake_follow(queue);
    count -= (int)queue->depth;
    for (struct tlscard_request *request = queue->requests, *next; request != NULL; request = next) {
        next = request->next;
        if (request->done || is_held(request) || request->due == 0 || request->due > time)
            continue;
        request->done = 1;
        fake.in_flight--;
        queue->depth--;
        count++;
        if (request->released) {
            unlink_request(request);
            request_free(request);
        }
    }
    arm(queue);
    fake_leave(queue);
    return count;
}

unsigned tlscard_queue_depth(const struct tlscard_queue *queue)
{
    return queue->depth;
}

int tlscard_reset(struct tlscard *card, unsigned deadline_ms)
{
    void (*at_reset)(void) = fake.at_reset;

    (void)deadline_ms;
    pthread_mutex_lock(&card->lock);
    fake.resets++;
    card->resets++;
    if (at_reset != NULL)
        at_reset();
    last(&fake.resetting, fake.reset_delay_ms);
    card->resets++;
    pthread_mutex_unlock(&card->lock);
    return fake_usable(card);
}

static BIGNUM *number(const struct tlscard_octets *octets)
{
    return octets->data == NULL ? NULL : BN_bin2bn(octets->data, (int)octets->length, NULL);
}

int tlscard_rsa_key_create(struct tlscard *card, const struct tlscard_rsa_components *components,
                           struct tlscard_rsa_key **key)
{
    int error = fake_usable(card);

    if (error == 0)
        error = fake.key_error;
    if (error != 0)
        return error;
    *key = OPENSSL_zalloc(sizeof **key);
    **key = (struct tlscard_rsa_key){.card = card,
                                     .n = number(&components->n),
                                     .e = number(&components->e),
                                     .p = number(&components->p),
                                     .q = number(&components->q),
                                     .dp = number(&components->dp),
                                     .dq = number(&components->dq),
                                     .qinv = number(&components->qinv),
                                     .references = 1};
    (*key)->size = (size_t)BN_num_bytes((*key)->n);
    fake.keys++;
    pthread_mutex_lock(&card->lock);
    (*key)->next = card->keys;
    (*key)->link = &card->keys;
    if ((*key)->next != NULL)
        (*key)->next->link = &(*key)->next;
    card->keys = *key;
    pthread_mutex_unlock(&card->lock);
    return 0;
}

static void key_free(struct tlscard_rsa_key *key)
{
    fake.keys--;
    *key->link = key->next;
    if (key->next != NULL)
        key->next->link = key->link;
    BN_free(key->n);
    BN_free(key->e);
    BN_clear_free(key->p);
    BN_clear_free(key->q);
    BN_clear_free(key->dp);
    BN_clear_free(key->dq);
    BN_clear_free(key->qinv);
    OPENSSL_free(key);
}

/* As the driver does, whatever process it is: with a lock that a child may find taken. */
void tlscard_rsa_key_free(struct tlscard_rsa_key *key)
{
    struct tlscard *card;

    if (key == NULL || --key->references != 0)
        return;
    card = key->card;
    pthread_mutex_lock(&card->lock);
    key_free(key);
    pthread_mutex_unlock(&card->lock);
}

size_t tlscard_rsa_key_size(const struct tlscard_rsa_key *key)
{
    return key->size;
}

/* RFC 8017 section 5.1.2 step 2b. */
static void private_operation(const struct tlscard_rsa_key *key, const uint8_t *input, uint8_t *output)
{
    BN_CTX *context = BN_CTX_new();
    BIGNUM *c = BN_bin2bn(input, (int)key->size, NULL), *m1 = BN_new(), *m2 = BN_new(), *h = BN_new();

    BN_mod_exp(m1, c, key->dp, key->p, context);
    BN_mod_exp(m2, c, key->dq, key->q, context);
    BN_mod_sub(h, m1, m2, key->p, context);
    BN_mod_mul(h, h, key->qinv, key->p, context);
    BN_mul(h, h, key->q, context);
    BN_add(m2, m2, h);
    BN_bn2binpad(m2, output, (int)key->size);
    BN_clear_free(c);
    BN_clear_free(m1);
    BN_clear_free(m2);
    BN_clear_free(h);
    BN_CTX_free(context);
}

/* Processes that cannot be looked into leave an octet for each request in the file $FAKE_DRIVER_LOG. */
static void log_submission(void)
{
    const char *path = getenv("FAKE_DRIVER_LOG");
    FILE *log = path == NULL ? NULL : fopen(path, "a");

    if (log != NULL) {
        fputc('.', log);
        fclose(log);
    }
}

static void count_submission(void)
{
    log_submission();
    fake.submitted++;
    fake.requests++;
    fake.in_flight++;
    if (fake.in_flight > fake.most_in_flight)
        fake.most_in_flight = (int)fake.in_flight;
}

int fake_room(struct tlscard_queue *queue)
{
    int error = fake_usable(queue->card);

    fake_follow(queue);
    if (error == 0 && (queue->depth >= queue->entries - 1 || queue->card->resets != queue->resets))
        error = -EAGAIN;
    return error == 0 ? fake.submit_error : error;
}

void fake_enqueue(struct tlscard_queue *queue, struct tlscard_request *fresh, struct tlscard_request **request)
{
    void (*working)(void) = fake.at_work;

    fresh->due = fake.silent ? 0 : now() + (uint64_t)fake.delay_ms * 1000000u;
    fresh->number = fake.submitted;
    fresh->queue = queue;
    fresh->next = queue->requests;
    queue->requests = fresh;
    queue->depth++;
    arm(queue);
    count_submission();
    *request = fresh;
    if (working != NULL)
        working();
}

static int submit(struct tlscard_queue *queue, struct tlscard_rsa_key *key, const uint8_t *input, size_t length,
                  struct tlscard_request **request)
{
    struct tlscard_request *fresh;
    int error = fake_room(queue);

    if (error == 0 && (length != key->size || key->p == NULL))
        error = -EINVAL;
    if (error != 0)
        return error;
    fresh = OPENSSL_zalloc(sizeof *fresh);
    private_operation(key, input, fresh->output);
    fresh->output[length / 2] ^= (uint8_t)(fake.wrong != 0);
    fresh->length = length;
    fresh->status = fake.status;
    fake_enqueue(queue, fresh, request);
    return 0;
}

int tlscard_rsa_private(struct tlscard_queue *queue, struct tlscard_rsa_key *key, const uint8_t *input, size_t length,
                        struct tlscard_request **request)
{
    int error;

    fake_enter(queue);
    error = submit(queue, key, input, length, request);
    fake_leave(queue);
    return error;
}

int tlscard_request_done(const struct tlscard_request *request)
{
    const struct tlscard_queue *queue = request->queue;
    unsigned resets = queue == NULL ? 0 : queue->card->resets;

    return request->done || (queue != NULL && resets != queue->resets && (resets & 1) == 0);
}

int tlscard_request_result(struct tlscard_request *request, uint8_t *output, size_t capacity,
                           struct tlscard_result *result)
{
    if (request->is_record)
        return -EINVAL;
    fake_follow(request->queue);
    if (!request->done)
        return -EINPROGRESS;
    if (request->cancelled)
        return -ECANCELED;
    *result = (struct tlscard_result){.status = (uint8_t)request->status, .cycles = 12345, .length = request->length};
    if (request->status != 0)
        return -EBADMSG;
    if (capacity < request->length)
        return -ENOSPC;
    memcpy(output, request->output, request->length);
    return 0;
}

void tlscard_request_release(struct tlscard_request *request)
{
    if (request == NULL)
        return;
    if (request->queue != NULL)
        fake_follow(request->queue);
    if (request->queue != NULL && !request->done) {
        fake.given_up++;
        request->released = 1;
        return;
    }
    if (request->queue != NULL)
        unlink_request(request);
    request_free(request);
}

const char *tlscard_status_name(uint8_t code)
{
    return code == 0 ? "OK" : "UNKNOWN";
}
