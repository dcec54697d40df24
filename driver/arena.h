/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.h - DMA memory for records: pieces of any size up to the largest record, without a mapping for each.
 *
 * An arena belongs to one queue, so that taking and giving back need no lock. It grows by a region at a
 * time up to its bound, and gives its regions back with the queue. A
 * piece is a run of units of one region, the first that is long enough.
 */
#ifndef ARENA_H
#define ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "driver/memory.h"

#define ARENA_UNIT 1024u
#define ARENA_REGION (1024u * ARENA_UNIT)
#define ARENA_UNITS (ARENA_REGION / ARENA_UNIT)
#define ARENA_MOST_REGIONS 8u /* 56 records of 64 KiB, 248 of 16 KiB, 8,192 that fit one unit */

struct arena {
    struct arena_region *first; /* in the order in which they were made */
    unsigned regions;
};

struct arena_piece {
    struct arena_region *region; /* NULL: no piece */
    unsigned unit, units;
    uint8_t *memory; /* zeros at first */
    uint64_t iova;
};

/* Take octets (1 .. ARENA_REGION): 0, or -EAGAIN where no region has such a run free. */
int arena_take(struct arena *arena, size_t octets, struct arena_piece *piece);

/* 1 while the arena is below its bound. */
int arena_may_grow(const struct arena *arena);

/* Add a region: 0, or as dma_region_create. */
int arena_grow(struct arena *arena, struct dma_space *space, uint64_t deadline);

/* Wipe the piece; and put it back, after which it is none. Both safe with none. */
void arena_wipe(const struct arena_piece *piece);
void arena_return(struct arena_piece *piece);

/* Wipe and free every region. One that the transport cannot take away is kept as dma_region_free says. */
void arena_free(struct arena *arena, struct dma_space *space, uint64_t deadline);

/* Forget the regions that are left: they go with the DMA space. */
void arena_forget(struct arena *arena);

#endif
