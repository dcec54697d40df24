/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue.h - a queue pair and its requests.
 *
 * Each request has a slot: a place for source and result in the queue's DMA region, and the slot's
 * index as its command id. A record of AES-GCM has a piece of the queue's arena as well, which takes
 * the place's part. A slot goes FREE -> IN_FLIGHT -> ENDED -> FREE, or, given up by its owner before
 * the card answered, IN_FLIGHT -> ABANDONED -> FREE: the card may still write to it until the
 * completion arrives, a reset is done, or the pair is known to be disabled.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include <stddef.h>
#include <stdint.h>

#include "driver/arena.h"
#include "driver/device.h"
#include "driver/ring.h"

struct key;

#define SLOT_SOURCE_OCTETS 512u
#define SLOT_RESULT_OCTETS 512u
#define SLOT_OCTETS (SLOT_SOURCE_OCTETS + SLOT_RESULT_OCTETS)

enum request_state { REQUEST_FREE, REQUEST_IN_FLIGHT, REQUEST_ENDED, REQUEST_ABANDONED };

struct tlscard_request {
    struct tlscard_queue *queue;
    struct key *key; /* held while the card may read it */
    struct tlscard_request *next_free;
    uint8_t *source, *result;
    uint64_t source_iova, result_iova;
    struct arena_piece record;  /* of a request of AES-GCM: its key block, source and destination */
    const uint8_t *destination; /* where the card puts that request's result */
    size_t payload;             /* octets of the result before the tag, where it has one */
    enum request_state state;
    int error;              /* of an ended request: 0, -ECANCELED, -EPROTO */
    uint32_t expected;      /* octets that the opcode yields */
    uint32_t cycles;
    uint32_t length;
    uint8_t status;
};

struct tlscard_queue {
    struct tlscard *card;
    struct ring ring;
    unsigned pair, entries;
    unsigned depth;                   /* requests in flight or abandoned */
    unsigned generation;              /* of the card, when the pair was enabled */
    int failed;                       /* the pair could not be enabled again */
    int doubtful;                     /* whether the pair is enabled at the next reset is not known */
    int untold;                       /* the card does not know the head of the completion queue */
    struct tlscard_request *requests; /* as many as entries */
    struct tlscard_request *free;
    struct dma_region *region;        /* ring, then slots */
    struct arena arena;               /* of records */
    struct tlscard_queue *next;
};

/* 0 where requests may be submitted; -EIO, -EOWNERDEAD, or -EAGAIN while a reset lasts. */
int queue_ready(struct tlscard_queue *queue);

/* Follow a reset of the card, where there was one since the pair was enabled: end what was in
 * flight and enable the pair anew. 0, or -EAGAIN while the reset lasts. */
int queue_follow(struct tlscard_queue *queue);

/* Close it; the end of tlscard_queue_close at a deadline. */
void queue_close(struct tlscard_queue *queue, uint64_t deadline);

/* Clear the event: 0, or -EIO. */
int queue_quiet(struct tlscard_queue *queue);

/* Write to the pair's doorbell page: 0, -EIO, or -ETIMEDOUT where there is no room for it until then. */
int queue_doorbell(struct tlscard_queue *queue, unsigned offset, uint16_t value, uint64_t deadline);

/* Take the completions that have arrived: how many, or -EIO. */
int queue_take(struct tlscard_queue *queue);

/* 1 where the queue's requests in flight will not be answered: reset or failed. */
int queue_cut(const struct tlscard_queue *queue);

/* A free slot, or NULL where there is none or the ring is full. */
struct tlscard_request *request_take(struct tlscard_queue *queue);

/* Submit the slot's request: source, destination and id are filled in here, the rest is the
 * caller's. key is held until the card has answered. On failure the slot is given back. */
int request_submit(struct tlscard_request *request, struct tlscard_submission *entry, size_t source_length,
                   size_t result_length, struct key *key);

/* Enter the slot's request into the ring, where the card sees it once it is announced. Source and destination
 * are the caller's; key may be NULL. On failure the slot is given back. */
int request_enter(struct tlscard_request *request, struct tlscard_submission *entry, size_t result_length,
                  struct key *key);

/* Ring the doorbell for all that was entered: 0, or -EIO, or -ETIMEDOUT: a later doorbell tells of them as well. */
int queue_announce(struct tlscard_queue *queue);

/* Give back a slot whose request was not entered. */
void request_give_back(struct tlscard_request *request);

/* Give up a request that the card may have, though the doorbell failed; *request becomes NULL. */
void request_abandon(struct tlscard_request **request);

/* 0 where the request has ended, with a reset that had not been noticed; -EINPROGRESS, or -EIO. */
int request_settle(struct tlscard_request *request);

static inline int request_is_record(const struct tlscard_request *request)
{
    return request->record.region != NULL;
}

/* The card has answered, or will never. */
void request_end(struct tlscard_request *request, int error);

#endif
