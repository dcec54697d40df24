/* SPDX-License-Identifier: Apache-2.0 */
/* DMA memory: regions with bus addresses, and a pool of blocks. */
#include "driver/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "driver/held_fd.h"
#include "driver/filter.h"
#include "driver/message.h"

/* Bus addresses start above 4 GiB, clear of the interrupt window that an x86 IOMMU keeps at
 * 0xfee00000, and end within the 39 bits that every IOMMU translates. A page between regions stays
 * unmapped, so that a card that runs past one is stopped. */
#define IOVA_FIRST 0x100000000ull
#define IOVA_LAST 0x7fffffffffull

static size_t page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* Give the file its size. Beyond the limit on files (RLIMIT_FSIZE) the kernel sends this thread SIGXFSZ as well,
 * which ends a program that does not expect it. */
static int set_size(int fd, size_t size)
{
    const struct timespec at_once = {0};
    sigset_t too_large, before, pending;

    sigemptyset(&too_large);
    sigaddset(&too_large, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &too_large, &before);
    sigpending(&pending);
    int error = ftruncate(fd, (off_t)size) < 0 ? -errno : 0;
    if (error == -EFBIG && !sigismember(&pending, SIGXFSZ))
        sigtimedwait(&too_large, NULL, &at_once);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return error;
}

/* Create a memory file. It is sealed: the other side cannot shrink it under us. */
static int create_file(size_t size, int *result)
{
    int fd = memfd_create("tlscard", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if (fd < 0)
        return -errno;
    int error = set_size(fd, size);
    if (error == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
        error = -errno;
    if (error != 0)
        close(fd);
    else
        *result = fd;
    return error;
}

int dma_memory_check(char *message)
{
    int fd, error = filter_check(message);

    if (error != 0)
        return error;
    error = create_file(DMA_LARGEST_REGION, &fd);
    if (error == 0)
        close(fd);
    if (error == -EFBIG)
        return explain(message, error, "no memory for a card: the program's limit on the size of files (RLIMIT_FSIZE, "
                       "ulimit -f) is below %u KiB, and a card's memory is a file", DMA_LARGEST_REGION / 1024);
    return error == 0 ? 0 : explain(message, error, "no memory file (memfd) for a card: %s", strerror(-error));
}

static void wipe_and_unmap(struct dma_region *region)
{
    explicit_bzero(region->memory, region->size);
    munmap(region->memory, region->size);
}

/* Find the first gap that takes size octets and a free page after them; link the region there. */
static int place_locked(struct dma_space *space, struct dma_region *region)
{
    struct dma_region **link = &space->regions;
    uint64_t iova = IOVA_FIRST;

    for (; *link != NULL && (*link)->iova - iova < region->size + page_size(); link = &(*link)->next)
        iova = (*link)->iova + (*link)->size + page_size();
    if (iova + region->size - 1 > IOVA_LAST)
        return -ENOMEM;
    region->iova = iova;
    region->next = *link;
    *link = region;
    return 0;
}

static int place(struct dma_space *space, struct dma_region *region)
{
    pthread_mutex_lock(&space->lock);
    int error = place_locked(space, region);
    pthread_mutex_unlock(&space->lock);
    return error;
}

static void unlink_region(struct dma_space *space, struct dma_region *region)
{
    struct dma_region **link = &space->regions;

    pthread_mutex_lock(&space->lock);
    while (*link != region)
        link = &(*link)->next;
    *link = region->next;
    pthread_mutex_unlock(&space->lock);
}

/* Map the file here. A child must not find keys, nor write into the parent's queues. */
static int map_here(struct dma_region *region, int fd)
{
    void *memory = mmap(NULL, region->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);

    if (memory == MAP_FAILED)
        return -errno;
    if (madvise(memory, region->size, MADV_DONTFORK) < 0) {
        int error = -errno;

        munmap(memory, region->size);
        return error;
    }
    madvise(memory, region->size, MADV_DONTDUMP);
    region->memory = memory;
    return 0;
}

/* Map the file here and show it to the card. On failure nothing of it is left, but where that is not known. */
static int attach(struct dma_space *space, struct dma_region *region, int fd, uint64_t deadline)
{
    struct transport *transport = space->transport;
    int error = map_here(region, fd);

    if (error == 0)
        error = place(space, region);
    if (error == 0) {
        error = transport->operations->map(transport, region->iova, region->memory, region->size, fd, 0, deadline);
        if (error == 0 || error == -ETIMEDOUT)
            return error;
        unlink_region(space, region);
    }
    if (region->memory != NULL)
        munmap(region->memory, region->size);
    free(region);
    return error;
}

int dma_region_create(struct dma_space *space, size_t size, uint64_t deadline, struct dma_region **result)
{
    struct dma_region *region = calloc(1, sizeof *region);
    struct held_fd file;
    int fd = -1;

    if (region == NULL)
        return -ENOMEM;
    region->size = (size + page_size() - 1) / page_size() * page_size();
    int error = filter_check(NULL); /* the program may have set one since the card was opened */
    if (error == 0)
        error = create_file(region->size, &fd);
    if (error != 0) {
        free(region);
        return error;
    }
    held_fd_hold(&file, fd); /* the program may close it while the card is asked */
    error = attach(space, region, fd, deadline);
    held_fd_close(&file);
    if (error == 0)
        *result = region;
    return error;
}

int dma_region_free(struct dma_space *space, struct dma_region *region, uint64_t deadline)
{
    int error = space->transport->operations->unmap(space->transport, region->iova, region->size, deadline);

    if (error != 0)
        return error;
    unlink_region(space, region);
    wipe_and_unmap(region);
    free(region);
    return 0;
}

void dma_space_clear(struct dma_space *space, int inherited)
{
    while (space->regions != NULL) {
        struct dma_region *region = space->regions;

        space->regions = region->next;
        if (!inherited)
            wipe_and_unmap(region);
        free(region);
    }
}

#define USED_WORDS (DMA_SMALL_BLOCKS / 64)

struct dma_chunk {
    struct dma_chunk *next;
    struct dma_space *space;
    struct dma_region *region;
    size_t block_size;
    unsigned blocks, taken;
    uint64_t used[USED_WORDS]; /* bit for each block */
};

/* The lock is not held. */
static int add_chunk(struct dma_pool *pool, uint64_t deadline)
{
    struct dma_chunk *chunk = calloc(1, sizeof *chunk);

    if (chunk == NULL)
        return -ENOMEM;
    int error = dma_region_create(pool->space, DMA_POOL_REGION, deadline, &chunk->region);
    if (error != 0) {
        free(chunk);
        return error;
    }
    chunk->block_size = pool->block_size;
    chunk->blocks = (unsigned)(DMA_POOL_REGION / pool->block_size);
    chunk->space = pool->space;
    pthread_mutex_lock(&pool->space->lock);
    chunk->next = pool->chunks;
    pool->chunks = chunk;
    pthread_mutex_unlock(&pool->space->lock);
    return 0;
}

/* The first free block of a chunk that has one; blocks are a multiple of 64, or fewer than it. */
static unsigned first_free(const struct dma_chunk *chunk)
{
    unsigned word = 0;

    while (chunk->used[word] == UINT64_MAX)
        word++;
    return word * 64 + (unsigned)__builtin_ctzll(~chunk->used[word]);
}

/* 0, or -EAGAIN where there is none. */
static int take_locked(struct dma_pool *pool, struct dma_block *block)
{
    struct dma_chunk *chunk = pool->chunks;

    while (chunk != NULL && chunk->taken == chunk->blocks)
        chunk = chunk->next;
    if (chunk == NULL)
        return -EAGAIN;
    block->chunk = chunk;
    block->index = first_free(chunk);
    block->memory = chunk->region->memory + block->index * chunk->block_size;
    block->iova = chunk->region->iova + block->index * chunk->block_size;
    chunk->used[block->index / 64] |= 1ull << block->index % 64;
    chunk->taken++;
    return 0;
}

int dma_block_take(struct dma_pool *pool, uint64_t deadline, struct dma_block *block)
{
    for (;;) {
        pthread_mutex_lock(&pool->space->lock);
        int error = take_locked(pool, block);
        pthread_mutex_unlock(&pool->space->lock);
        if (error != -EAGAIN)
            return error;
        error = add_chunk(pool, deadline);
        if (error != 0)
            return error;
    }
}

void dma_block_return(struct dma_block *block)
{
    struct dma_chunk *chunk = block->chunk;

    explicit_bzero(block->memory, chunk->block_size);
    pthread_mutex_lock(&chunk->space->lock);
    chunk->used[block->index / 64] &= ~(1ull << block->index % 64);
    chunk->taken--;
    pthread_mutex_unlock(&chunk->space->lock);
}

void dma_pool_clear(struct dma_pool *pool)
{
    while (pool->chunks != NULL) {
        struct dma_chunk *chunk = pool->chunks;

        pool->chunks = chunk->next;
        free(chunk);
    }
}
