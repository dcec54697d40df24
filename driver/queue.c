/* SPDX-License-Identifier: Apache-2.0 */
/* Queue pairs: set-up, completions, tear-down, and following a reset. */
#include "driver/queue.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver/key.h"
#include "driver/message.h"

static int write_queue(struct tlscard_queue *queue, unsigned offset, uint32_t value, uint64_t deadline)
{
    return card_write(queue->card, TLSCARD_QUEUE_BASE + queue->pair * TLSCARD_QUEUE_STRIDE + offset, value, deadline);
}

static int read_queue(struct tlscard_queue *queue, unsigned offset, uint32_t *value, uint64_t deadline)
{
    return card_read(queue->card, TLSCARD_QUEUE_BASE + queue->pair * TLSCARD_QUEUE_STRIDE + offset, value, deadline);
}

int queue_doorbell(struct tlscard_queue *queue, unsigned offset, uint16_t value, uint64_t deadline)
{
    return card_write(queue->card, TLSCARD_DOORBELL_BASE + queue->pair * TLSCARD_DOORBELL_STRIDE + offset, value,
                      deadline);
}

/* Program the pair's registers (register reference, registers of a queue pair) and enable it with
 * an empty ring. -EIO: it does not take them. */
static int enable_pair(struct tlscard_queue *queue, uint64_t deadline)
{
    uint64_t submissions = queue->region->iova;
    uint64_t completions = submissions + (uint64_t)queue->entries * sizeof(struct tlscard_submission);
    const struct {
        unsigned offset;
        uint32_t value;
    } writes[] = {
        {TLSCARD_QREG_SQ_BASE_LO, (uint32_t)submissions},
        {TLSCARD_QREG_SQ_BASE_HI, (uint32_t)(submissions >> 32)},
        {TLSCARD_QREG_CQ_BASE_LO, (uint32_t)completions},
        {TLSCARD_QREG_CQ_BASE_HI, (uint32_t)(completions >> 32)},
        {TLSCARD_QREG_SIZE, (uint32_t)__builtin_ctz(queue->entries)},
        {TLSCARD_QREG_VECTOR, 0x80000000u | queue->pair},
        {TLSCARD_QREG_ENABLE, 1},
    };
    uint32_t state = 0;
    int error = 0;

    ring_start(&queue->ring, queue->region->memory, queue->entries);
    for (size_t index = 0; index < sizeof writes / sizeof writes[0] && error == 0; index++)
        error = write_queue(queue, writes[index].offset, writes[index].value, deadline);
    if (error == 0)
        error = read_queue(queue, TLSCARD_QREG_STATE, &state, deadline);
    if (error != 0)
        return error;
    return (state & 1) != 0 && (state >> 8 & 0xff) == 0 ? 0 : -EIO;
}

/* Stop the pair and wait until nothing of it is in flight: 0, or an error where that is not known. */
static int disable_pair(struct tlscard_queue *queue, uint64_t deadline)
{
    int error = write_queue(queue, TLSCARD_QREG_ENABLE, 0, deadline);

    for (unsigned pause = 1; error == 0; pause = pause < 16 ? pause * 2 : pause) {
        uint32_t state = 0;

        error = read_queue(queue, TLSCARD_QREG_STATE, &state, deadline);
        if (error == 0 && (state & 3) == 0) {
            /* A reset that still waits for requests has them in flight. */
            int ready = card_ready(queue->card, deadline);

            if (ready != 0)
                return ready < 0 ? ready : 0;
        }
        if (error == 0 && deadline_left(deadline) == 0)
            return -ETIMEDOUT;
        if (error == 0)
            poll(NULL, 0, (int)pause);
    }
    return error;
}

static int create_slots(struct tlscard_queue *queue)
{
    size_t offset = ring_memory_size(queue->entries);

    queue->requests = calloc(queue->entries, sizeof *queue->requests);
    if (queue->requests == NULL)
        return -ENOMEM;
    for (unsigned index = queue->entries; index-- > 0;) {
        struct tlscard_request *request = &queue->requests[index];
        size_t place = offset + (size_t)index * SLOT_OCTETS;

        request->queue = queue;
        request->source = queue->region->memory + place;
        request->result = request->source + SLOT_SOURCE_OCTETS;
        request->source_iova = queue->region->iova + place;
        request->result_iova = request->source_iova + SLOT_SOURCE_OCTETS;
        request->next_free = queue->free;
        queue->free = request;
    }
    return 0;
}

static int take_pair(struct tlscard_queue *queue)
{
    struct tlscard *card = queue->card;

    pthread_mutex_lock(&card->lock);
    while (queue->pair < card->queue_pairs && (card->pairs_taken >> queue->pair & 1) != 0)
        queue->pair++;
    int error = queue->pair == card->queue_pairs ? -ENOSPC : 0;
    if (error == 0)
        card->pairs_taken |= 1u << queue->pair;
    pthread_mutex_unlock(&card->lock);
    return error;
}

/* Give back pair and region. Where the region cannot be taken from the card, both stay until that is closed. */
static void give_back(struct tlscard_queue *queue, uint64_t deadline)
{
    struct tlscard *card = queue->card;

    if (queue->region != NULL && dma_region_free(&card->space, queue->region, deadline) != 0)
        return;
    pthread_mutex_lock(&card->lock);
    card->pairs_taken &= ~(1u << queue->pair);
    pthread_mutex_unlock(&card->lock);
}

/* Memory and pair for a queue. */
static int create(struct tlscard_queue *queue, uint64_t deadline)
{
    struct tlscard *card = queue->card;
    size_t size = ring_memory_size(queue->entries) + (size_t)queue->entries * SLOT_OCTETS;
    int error = take_pair(queue);

    if (error != 0)
        return error;
    error = dma_region_create(&card->space, size, deadline, &queue->region);
    if (error == 0)
        error = create_slots(queue);
    if (error == 0)
        error = enable_pair(queue, deadline);
    if (error == 0)
        return 0;
    deadline = card_deadline(card);
    if (queue->region == NULL || write_queue(queue, TLSCARD_QREG_ENABLE, 0, deadline) == 0)
        give_back(queue, deadline);
    return error;
}

/* A reset may begin at any time: a pair that it met on the way is enabled anew by queue_follow. */
static int open_pair(struct tlscard_queue *queue)
{
    struct tlscard *card = queue->card;

    queue->generation = atomic_load(&card->generation);
    int error = (queue->generation & 1) != 0 ? -EAGAIN : create(queue, card_deadline(card));
    if (error == -EIO && atomic_load(&card->failed) == 0 && atomic_load(&card->generation) != queue->generation)
        return -EAGAIN;
    if (error != 0)
        return error;
    queue->doubtful = atomic_load(&card->generation) != queue->generation;
    pthread_mutex_lock(&card->lock);
    queue->next = card->first_queue;
    card->first_queue = queue;
    pthread_mutex_unlock(&card->lock);
    return 0;
}

int tlscard_queue_open(struct tlscard *card, unsigned entries, struct tlscard_queue **result)
{
    int error = card_usable(card), cancelling;

    *result = NULL;
    if (error != 0)
        return error;
    if (entries < 2 || entries > card->max_entries)
        return -EINVAL;
    struct tlscard_queue *queue = calloc(1, sizeof *queue);
    if (queue == NULL)
        return -ENOMEM;
    queue->card = card;
    queue->entries = 1;
    while (queue->entries < entries)
        queue->entries *= 2;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelling);
    error = open_pair(queue);
    pthread_setcancelstate(cancelling, NULL);
    if (error != 0) {
        free(queue->requests);
        free(queue);
        return error;
    }
    *result = queue;
    return 0;
}

static void unlink_queue(struct tlscard_queue *queue)
{
    struct tlscard_queue **link = &queue->card->first_queue;

    while (*link != queue)
        link = &(*link)->next;
    *link = queue->next;
}

/* Take the pair from the card. Where that cannot be confirmed, the pair, its memory, records and the keys of
 * its requests stay as they are until the card is closed. */
static void release_pair(struct tlscard_queue *queue, uint64_t deadline)
{
    if (disable_pair(queue, deadline) != 0)
        return;
    for (unsigned index = 0; index < queue->entries; index++)
        if (queue->requests[index].key != NULL)
            key_drop(queue->requests[index].key);
    arena_free(&queue->arena, &queue->card->space, deadline);
    give_back(queue, deadline);
}

void queue_close(struct tlscard_queue *queue, uint64_t deadline)
{
    int cancelling;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelling);
    if (card_owned(queue->card) == 0) {
        release_pair(queue, deadline);
        pthread_mutex_lock(&queue->card->lock);
        unlink_queue(queue);
        pthread_mutex_unlock(&queue->card->lock);
    } else {
        unlink_queue(queue);
    }
    arena_forget(&queue->arena);
    free(queue->requests);
    free(queue);
    pthread_setcancelstate(cancelling, NULL);
}

void tlscard_queue_close(struct tlscard_queue *queue)
{
    if (queue != NULL)
        queue_close(queue, card_deadline(queue->card));
}

int tlscard_queue_event(const struct tlscard_queue *queue)
{
    const struct held_fd *event = &queue->card->events[queue->pair];
    int error = card_owned(queue->card);

    if (error == 0 && !held_fd_ours(event))
        error = card_fail(queue->card);
    return error != 0 ? error : event->fd;
}

unsigned tlscard_queue_depth(const struct tlscard_queue *queue)
{
    return card_owned(queue->card) == 0 ? queue->depth : 0;
}

int queue_cut(const struct tlscard_queue *queue)
{
    unsigned generation = atomic_load(&queue->card->generation);

    return queue->failed || atomic_load(&queue->card->failed) ||
           (queue->generation != generation && (generation & 1) == 0);
}

/* Enable the pair anew after a reset: 0, -EAGAIN where the card takes nothing now, or an error. What came of an
 * enabling that a reset overtook, or of which no answer came, is not known: it is undone first. */
static int enable_again(struct tlscard_queue *queue, unsigned generation)
{
    uint64_t deadline = card_deadline(queue->card);
    int error = queue->doubtful ? disable_pair(queue, deadline) : 0;

    if (error == 0)
        error = enable_pair(queue, deadline);
    queue->doubtful = error != 0 || atomic_load(&queue->card->generation) != generation;
    return error == -ETIMEDOUT ? -EAGAIN : error;
}

int queue_follow(struct tlscard_queue *queue)
{
    for (;;) {
        unsigned generation = atomic_load(&queue->card->generation);

        if (generation == queue->generation)
            return 0;
        if ((generation & 1) != 0)
            return -EAGAIN;
        for (unsigned index = 0; index < queue->entries; index++)
            request_end(&queue->requests[index], -ECANCELED);
        int error = enable_again(queue, generation);
        if (error == -EAGAIN)
            return error;
        queue->generation = generation;
        /* Another reset may have come between; then its outcome counts. */
        if (error != 0 && atomic_load(&queue->card->generation) == generation) {
            queue->failed = 1;
            return -EIO;
        }
    }
}

int queue_ready(struct tlscard_queue *queue)
{
    int error = card_usable(queue->card);

    if (error == 0 && queue->failed)
        error = -EIO;
    return error != 0 ? error : queue_follow(queue);
}

/* Match one completion with its request. It was checked against the ring; now against the request. */
static int complete(struct tlscard_queue *queue, const struct tlscard_completion *completion)
{
    struct tlscard_request *request;

    if (completion->command_id >= queue->entries)
        return card_fail(queue->card);
    request = &queue->requests[completion->command_id];
    if (request->state != REQUEST_IN_FLIGHT && request->state != REQUEST_ABANDONED)
        return card_fail(queue->card);
    request->status = completion->status;
    request->cycles = completion->cycles;
    request->length = completion->result_length;
    if (request->length == (request->status == TLSCARD_STATUS_OK ? request->expected : 0)) {
        request_end(request, 0);
        return 0;
    }
    request_end(request, -EPROTO);
    return card_fail(queue->card);
}

/* Taking does not wait: where there is no room for the doorbell now, the head is told next time. */
static int tell_head(struct tlscard_queue *queue)
{
    int error = queue->untold ? queue_doorbell(queue, TLSCARD_DOORBELL_CQ_HEAD, queue->ring.head, 0) : 0;

    queue->untold = error == -ETIMEDOUT;
    return queue->untold ? 0 : error;
}

int queue_take(struct tlscard_queue *queue)
{
    struct tlscard_completion completion;
    int taken = 0, popped = 0;

    while ((popped = ring_pop(&queue->ring, &completion)) > 0) {
        if (complete(queue, &completion) != 0)
            return -EIO;
        taken++;
    }
    if (popped < 0)
        return card_fail(queue->card);
    queue->untold |= taken > 0;
    return tell_head(queue) == 0 ? taken : -EIO;
}

int queue_quiet(struct tlscard_queue *queue)
{
    const struct held_fd *event = &queue->card->events[queue->pair];
    uint64_t count;

    if (!held_fd_ours(event))
        return card_fail(queue->card);
    if (read(event->fd, &count, sizeof count) < 0 && errno != EAGAIN && errno != EINTR)
        return card_fail(queue->card);
    return 0;
}

/* The event is cleared before the ring is looked at: what arrives later raises it again. */
int tlscard_queue_poll(struct tlscard_queue *queue)
{
    int error = card_owned(queue->card);

    if (error == 0)
        error = queue_quiet(queue);
    if (error != 0)
        return error;
    unsigned before = queue->depth;
    error = queue_ready(queue);
    if (error != 0)
        return error == -EAGAIN ? 0 : error;
    /* What a reset ended counts as well. */
    unsigned ended = before - queue->depth;
    int taken = queue_take(queue);
    return taken < 0 ? taken : (int)ended + taken;
}
