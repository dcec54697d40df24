/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.h - memory that the card reads and writes.
 *
 * A region is a memory file mapped here and, through the transport, at a bus address (iova) that a
 * first-fit allocator picks. The process's children do not inherit it and core dumps leave it out.
 * A pool cuts regions into equal blocks, so that taking a block maps nothing. The space's lock is taken within the
 * calls, and never held while the transport is asked.
 */
#ifndef MEMORY_H
#define MEMORY_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "driver/transport.h"

struct dma_region {
    struct dma_region *next; /* in order of address */
    uint8_t *memory;         /* zeros at first */
    size_t size;             /* whole pages */
    uint64_t iova;
};

struct dma_space {
    struct transport *transport;
    pthread_mutex_t lock; /* of the list, and of pools */
    struct dma_region *regions;
};

#define DMA_SPACE(transport_) ((struct dma_space){.transport = (transport_), .lock = PTHREAD_MUTEX_INITIALIZER})

/* The largest region, but for queues of more than some hundred entries. */
#define DMA_LARGEST_REGION (1u << 20)

/* Whether this process may make memory for a card: 0, or a negative errno value with message
 * (TLSCARD_MESSAGE_SIZE octets, or NULL) saying what is in the way and the remedy. */
int dma_memory_check(char *message);

/* 0, -ENOMEM, -EMFILE, -EFBIG (RLIMIT_FSIZE), -EPERM (a system-call filter) or what the transport says. Where the
 * transport does not know whether it is mapped (-ETIMEDOUT), region and address are kept until dma_space_clear, and nobody gets them. */
int dma_region_create(struct dma_space *space, size_t size, uint64_t deadline, struct dma_region **region);

/* Take the region from the card, wipe and free it. Where the transport cannot take it away the
 * memory is kept until dma_space_clear, and the error returned. */
int dma_region_free(struct dma_space *space, struct dma_region *region, uint64_t deadline);

/* Wipe and free every region; only after the transport was closed. inherited: in a child of the
 * process that made them, where the memory itself does not exist. */
void dma_space_clear(struct dma_space *space, int inherited);

/* The sizes of blocks that pools have. Each divides a page: no block crosses one. */
#define DMA_BLOCK_SIZE 2048u
#define DMA_SMALL_BLOCK_SIZE 256u
#define DMA_POOL_REGION 65536u /* octets of a region of a pool */
#define DMA_BLOCKS (DMA_POOL_REGION / DMA_BLOCK_SIZE)
#define DMA_SMALL_BLOCKS (DMA_POOL_REGION / DMA_SMALL_BLOCK_SIZE)

struct dma_pool {
    struct dma_space *space;
    size_t block_size;
    struct dma_chunk *chunks;
};

struct dma_block {
    struct dma_chunk *chunk;
    unsigned index;
    uint8_t *memory; /* the pool's block_size octets of zeros */
    uint64_t iova;
};

/* 0, or as dma_region_create where every block is taken and the pool grows. */
int dma_block_take(struct dma_pool *pool, uint64_t deadline, struct dma_block *block);

/* Wipe the block and put it back. */
void dma_block_return(struct dma_block *block);

/* Forget the pool's records; its regions go with dma_space_clear. Neither locks: nobody else is left. */
void dma_pool_clear(struct dma_pool *pool);

#endif
