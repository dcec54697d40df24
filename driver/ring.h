/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring.h - the submission and completion queue of a pair, as memory.
 *
 * It knows entries, indices and the phase bit, and nothing of registers, transports or requests.
 * The driver never lets more than entries - 1 submissions be unanswered, so neither queue can
 * overrun: an entry is written again only after a later or the same one was answered, and the card
 * fetches in order.
 */
#ifndef RING_H
#define RING_H

#include <stddef.h>
#include <stdint.h>

#include "driver/tlscard_map.h"

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "entries are little-endian in memory and used in place");

struct ring {
    struct tlscard_submission *submissions;
    struct tlscard_completion *completions;
    uint16_t mask;            /* entries - 1 */
    uint16_t tail;            /* of the submission queue: the next entry to write */
    uint16_t fetched;         /* head of the submission queue, as the card told last */
    uint16_t head;            /* of the completion queue: the next entry to read */
    uint16_t phase;           /* that a new completion entry has: 0x8000 or 0 */
    uint16_t unanswered;      /* submissions without completion */
};

/* Octets of the memory of a ring: submissions first, then completions. entries is a power of two. */
size_t ring_memory_size(unsigned entries);

/* Make an empty ring in memory (64-octet aligned), which is cleared. */
void ring_start(struct ring *ring, void *memory, unsigned entries);

/* 0, or -EAGAIN where the ring is full. The doorbell's value is ring->tail afterwards. */
int ring_push(struct ring *ring, const struct tlscard_submission *entry);

/* 1 with the next completion, 0 where none has arrived, or -EPROTO where the entry breaks the rules
 * of the queue. The doorbell's value is ring->head afterwards. */
int ring_pop(struct ring *ring, struct tlscard_completion *completion);

#endif
