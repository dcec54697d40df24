/* SPDX-License-Identifier: Apache-2.0 */
/* Requests: submission, waiting, results, and the quarantine of those given up. */
#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <string.h>

#include "driver/key.h"
#include "driver/message.h"
#include "driver/queue.h"

/* Polls of the ring before sleeping. A simulated card computes on a processor that spinning would
 * take from it. */
#define SPINS 2000u
#define SPINS_SIMULATED 100u

/* An interrupt that was lost costs no more than this. */
#define SLEEP_MS 20
/* After so many sleeps the other side is touched, to learn whether it is still there. */
#define SLEEPS_PER_PROBE 12u

static void pause_processor(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

struct tlscard_request *request_take(struct tlscard_queue *queue)
{
    struct tlscard_request *request = queue->free;

    if (request == NULL || queue->ring.unanswered == queue->ring.mask)
        return NULL;
    queue->free = request->next_free;
    return request;
}

void request_give_back(struct tlscard_request *request)
{
    struct tlscard_queue *queue = request->queue;

    explicit_bzero(request->source, SLOT_OCTETS);
    arena_return(&request->record);
    request->state = REQUEST_FREE;
    request->next_free = queue->free;
    queue->free = request;
}

int request_enter(struct tlscard_request *request, struct tlscard_submission *entry, size_t result_length,
                  struct key *key)
{
    struct tlscard_queue *queue = request->queue;

    entry->command_id = (uint16_t)(request - queue->requests);
    entry->destination_length = (uint32_t)result_length;
    int error = ring_push(&queue->ring, entry);
    if (error != 0) {
        request_give_back(request);
        return error;
    }
    if (key != NULL)
        key_hold(key);
    request->key = key;
    request->expected = (uint32_t)result_length;
    request->error = 0;
    request->status = 0;
    request->cycles = request->length = 0;
    request->state = REQUEST_IN_FLIGHT;
    queue->depth++;
    return 0;
}

int queue_announce(struct tlscard_queue *queue)
{
    return queue_doorbell(queue, TLSCARD_DOORBELL_SQ_TAIL, queue->ring.tail, card_deadline(queue->card));
}

void request_abandon(struct tlscard_request **request)
{
    (*request)->state = REQUEST_ABANDONED;
    *request = NULL;
}

int request_submit(struct tlscard_request *request, struct tlscard_submission *entry, size_t source_length,
                   size_t result_length, struct key *key)
{
    entry->source_address = request->source_iova;
    entry->source_length = (uint32_t)source_length;
    entry->destination_address = request->result_iova;
    int error = request_enter(request, entry, result_length, key);
    if (error != 0)
        return error;
    error = queue_announce(request->queue);
    if (error != 0)
        request_abandon(&request);
    return error;
}

void request_end(struct tlscard_request *request, int error)
{
    struct key *key = request->key;
    enum request_state state = request->state;

    if (state != REQUEST_IN_FLIGHT && state != REQUEST_ABANDONED)
        return;
    request->key = NULL;
    request->queue->depth--;
    request->error = error;
    request->state = REQUEST_ENDED;
    if (state == REQUEST_ABANDONED)
        request_give_back(request);
    else if (error != 0 || request->status != TLSCARD_STATUS_OK)
        arena_wipe(&request->record); /* the card may have put there what nobody has authenticated */
    if (key != NULL)
        key_drop(key);
}

int tlscard_request_done(const struct tlscard_request *request)
{
    int error = card_owned(request->queue->card);

    return error != 0 ? error : request->state == REQUEST_ENDED || queue_cut(request->queue);
}

/* 0 when the request has ended, -EINPROGRESS, or -EIO. */
static int progress(struct tlscard_request *request)
{
    struct tlscard_queue *queue = request->queue;
    int error = 0;

    if (request->state != REQUEST_ENDED)
        error = queue_ready(queue);
    if (request->state != REQUEST_ENDED && error == 0)
        error = queue_take(queue);
    if (request->state == REQUEST_ENDED)
        return 0;
    return error < 0 && error != -EAGAIN ? error : -EINPROGRESS;
}

/* Sleep until the event or for limit_ms; what woke us is found in the ring. Where the event is no longer ours the
 * card has failed. */
static void sleep_on_event(struct tlscard_queue *queue, int limit_ms)
{
    int event = tlscard_queue_event(queue);
    struct pollfd wait = {.fd = event, .events = POLLIN};

    if (event < 0)
        return;
    int ready = poll(&wait, 1, limit_ms);
    if (ready < 0 && errno == EINVAL)
        poll(NULL, 0, 1); /* RLIMIT_NOFILE is 0 by now */
    else if (ready > 0)
        queue_quiet(queue);
}

/* Telling the card the same head again changes nothing; where the card is gone the write fails. */
static void probe(struct tlscard_queue *queue, uint64_t deadline)
{
    if (queue->generation != atomic_load(&queue->card->generation))
        return; /* the pair is not enabled */
    queue_doorbell(queue, TLSCARD_DOORBELL_CQ_HEAD, queue->ring.head, deadline);
}

int tlscard_request_wait(struct tlscard_request *request, unsigned timeout_ms)
{
    struct tlscard_queue *queue = request->queue;
    uint64_t deadline = clock_ms() + timeout_ms;
    unsigned spins = queue->card->simulated ? SPINS_SIMULATED : SPINS;
    int error = card_owned(queue->card);

    if (error == 0)
        error = progress(request);
    for (unsigned spin = 0; error == -EINPROGRESS && spin < spins; spin++) {
        pause_processor();
        error = progress(request);
    }
    for (unsigned sleeps = 1; error == -EINPROGRESS; sleeps++) {
        int left = deadline_left(deadline);

        if (left == 0)
            return -ETIMEDOUT;
        sleep_on_event(queue, left < SLEEP_MS ? left : SLEEP_MS);
        if (sleeps % SLEEPS_PER_PROBE == 0)
            probe(queue, deadline);
        error = progress(request);
    }
    return error;
}

int request_settle(struct tlscard_request *request)
{
    if (request->state == REQUEST_IN_FLIGHT && queue_cut(request->queue)) {
        int error = queue_ready(request->queue);

        if (request->state == REQUEST_IN_FLIGHT && error != 0 && error != -EAGAIN)
            return error;
    }
    return request->state == REQUEST_IN_FLIGHT ? -EINPROGRESS : 0;
}

int tlscard_request_result(struct tlscard_request *request, uint8_t *output, size_t capacity,
                           struct tlscard_result *result)
{
    int error = card_owned(request->queue->card);

    if (error == 0 && request_is_record(request))
        error = -EINVAL;
    if (error == 0)
        error = request_settle(request);
    if (error != 0)
        return error;
    if (result != NULL)
        *result = (struct tlscard_result){request->status, request->cycles, request->length};
    if (request->error != 0)
        return request->error;
    if (request->status != TLSCARD_STATUS_OK)
        return -EBADMSG;
    if (request->length > capacity)
        return -ENOSPC;
    if (request->length > 0)
        memcpy(output, request->result, request->length);
    return 0;
}

void tlscard_request_release(struct tlscard_request *request)
{
    if (request == NULL || card_owned(request->queue->card) != 0)
        return;
    request_settle(request);
    if (request->state == REQUEST_ENDED)
        request_give_back(request);
    else if (request->state == REQUEST_IN_FLIGHT)
        request->state = REQUEST_ABANDONED;
}
