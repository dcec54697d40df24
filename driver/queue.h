/* SPDX-License-Identifier: Apache-2.0 */
/*
 * queue.h - a queue pair and its requests.
 *
 * Each request has a slot: a place for source and result in the queue's DMA region, and the slot's
 * index as its command id. A slot goes FREE -> IN_FLIGHT -> ENDED -> FREE, or, given up by its owner
 * before the card answered, IN_FLIGHT -> ABANDONED -> FREE: the card may still write to it until the
 * completion arrives, a reset is done, or the pair is known to be disabled.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include <stddef.h>
#include <stdint.h>

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
    struct tlscard_request *requests; /* as many as entries */
    struct tlscard_request *free;
    struct dma_region *region;        /* ring, then slots */
    struct tlscard_queue *next;
};

/* 0 where requests may be submitted; -EIO, -EOWNERDEAD, or -EAGAIN while a reset lasts. */
int queue_ready(struct tlscard_queue *queue);

/* Follow a reset of the card, where there was one since the pair was enabled: end what was in
 * flight and enable the pair anew. 0, or -EAGAIN while the reset lasts. */
int queue_follow(struct tlscard_queue *queue);

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

/* The card has answered, or will never. */
void request_end(struct tlscard_request *request, int error);

#endif
