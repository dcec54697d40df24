/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of units in DMA regions. */
#include "driver/arena.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WORD_BITS 64u
#define WORDS (ARENA_UNITS / WORD_BITS)

_Static_assert(ARENA_REGION <= DMA_LARGEST_REGION && DMA_POOL_REGION <= DMA_LARGEST_REGION, "the largest region");

struct arena_region {
    struct arena_region *next;
    struct dma_region *dma;
    unsigned free;        /* units */
    uint64_t used[WORDS]; /* bit for each unit */
};

/* The units from unit on, up to the region's end, that are all used (used: all ones) or all free (0). */
static unsigned run_length(const struct arena_region *region, unsigned unit, uint64_t used)
{
    unsigned length = 0;

    while (unit + length < ARENA_UNITS) {
        unsigned at = unit + length;
        uint64_t differing = (region->used[at / WORD_BITS] ^ used) >> at % WORD_BITS;

        if (differing != 0)
            return length + (unsigned)__builtin_ctzll(differing);
        length += WORD_BITS - at % WORD_BITS;
    }
    return length;
}

/* The first unit of a free run of so many, or ARENA_UNITS. */
static unsigned find_run(const struct arena_region *region, unsigned units)
{
    unsigned unit = 0;

    while (unit < ARENA_UNITS) {
        unit += run_length(region, unit, UINT64_MAX);
        unsigned length = run_length(region, unit, 0);
        if (length >= units)
            return unit;
        unit += length;
    }
    return ARENA_UNITS;
}

static void flip(struct arena_region *region, unsigned unit, unsigned units)
{
    for (unsigned end = unit + units; unit < end; unit++)
        region->used[unit / WORD_BITS] ^= 1ull << unit % WORD_BITS;
}

int arena_take(struct arena *arena, size_t octets, struct arena_piece *piece)
{
    unsigned units = (unsigned)((octets + ARENA_UNIT - 1) / ARENA_UNIT);

    for (struct arena_region *region = arena->first; region != NULL; region = region->next) {
        unsigned unit = region->free >= units ? find_run(region, units) : ARENA_UNITS;

        if (unit == ARENA_UNITS)
            continue;
        flip(region, unit, units);
        region->free -= units;
        *piece = (struct arena_piece){region, unit, units, region->dma->memory + (size_t)unit * ARENA_UNIT,
                                      region->dma->iova + (uint64_t)unit * ARENA_UNIT};
        return 0;
    }
    return -EAGAIN;
}

int arena_may_grow(const struct arena *arena)
{
    return arena->regions < ARENA_MOST_REGIONS;
}

int arena_grow(struct arena *arena, struct dma_space *space, uint64_t deadline)
{
    struct arena_region **link = &arena->first, *region = calloc(1, sizeof *region);

    if (region == NULL)
        return -ENOMEM;
    int error = dma_region_create(space, ARENA_REGION, deadline, &region->dma);
    if (error != 0) {
        free(region);
        return error;
    }
    region->free = ARENA_UNITS;
    while (*link != NULL)
        link = &(*link)->next;
    *link = region;
    arena->regions++;
    return 0;
}

void arena_wipe(const struct arena_piece *piece)
{
    if (piece->region != NULL)
        explicit_bzero(piece->memory, (size_t)piece->units * ARENA_UNIT);
}

void arena_return(struct arena_piece *piece)
{
    if (piece->region == NULL)
        return;
    arena_wipe(piece);
    flip(piece->region, piece->unit, piece->units);
    piece->region->free += piece->units;
    *piece = (struct arena_piece){0};
}

void arena_free(struct arena *arena, struct dma_space *space, uint64_t deadline)
{
    for (struct arena_region *region = arena->first; region != NULL; region = region->next)
        dma_region_free(space, region->dma, deadline);
    arena_forget(arena);
}

void arena_forget(struct arena *arena)
{
    while (arena->first != NULL) {
        struct arena_region *region = arena->first;

        arena->first = region->next;
        free(region);
    }
    arena->regions = 0;
}
