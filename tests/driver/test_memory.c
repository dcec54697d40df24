/* SPDX-License-Identifier: Apache-2.0 */
/* DMA memory over a transport that only remembers. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "driver/memory.h"

static struct {
    struct transport base;
    unsigned maps, unmaps;
    int map_error, unmap_error;
    uint64_t last_iova;
    size_t last_size;
    uint8_t *view; /* a second mapping of the last file, as the card has it */
} recorder;

static int record_map(struct transport *transport, uint64_t iova, void *memory, size_t size, int fd, uint64_t offset,
                      uint64_t deadline)
{
    (void)transport;
    (void)deadline;
    (void)memory;
    if (recorder.map_error != 0)
        return recorder.map_error;
    recorder.maps++;
    recorder.last_iova = iova;
    recorder.last_size = size;
    recorder.view = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (off_t)offset);
    assert_true(recorder.view != MAP_FAILED);
    /* The other side must not be able to cut the file. */
    assert_true(ftruncate(fd, 0) < 0);
    return 0;
}

static int record_unmap(struct transport *transport, uint64_t iova, size_t size, uint64_t deadline)
{
    (void)transport;
    (void)deadline;
    (void)iova;
    (void)size;
    recorder.unmaps++;
    return recorder.unmap_error;
}

static const struct transport_operations operations = {.map = record_map, .unmap = record_unmap};
static struct dma_space space;

static int begin(void **state)
{
    (void)state;
    memset(&recorder, 0, sizeof recorder);
    recorder.base.operations = &operations;
    space = DMA_SPACE(&recorder.base);
    return 0;
}

static struct dma_region *create(size_t size)
{
    struct dma_region *region;

    assert_int_equal(dma_region_create(&space, size, 0, &region), 0);
    return region;
}

static void the_card_sees_the_same_memory(void **state)
{
    struct dma_region *region = create(5000);

    (void)state;
    assert_int_equal(region->size % 4096, 0);
    assert_true(region->size >= 5000);
    assert_int_equal(recorder.last_iova, region->iova);
    assert_int_equal(recorder.last_size, region->size);
    for (size_t index = 0; index < region->size; index++)
        assert_int_equal(region->memory[index], 0);
    region->memory[4999] = 0x5a;
    assert_int_equal(recorder.view[4999], 0x5a);
    assert_int_equal(dma_region_free(&space, region, 0), 0);
    assert_int_equal(recorder.view[4999], 0);
    assert_null(space.regions);
    munmap(recorder.view, recorder.last_size);
}

static void drop_views(void)
{
    munmap(recorder.view, recorder.last_size);
}

static void addresses_never_overlap_and_are_used_again(void **state)
{
    struct dma_region *regions[16];

    (void)state;
    for (unsigned index = 0; index < 16; index++) {
        regions[index] = create(4096u * (index % 5 + 1));
        drop_views();
    }
    uint64_t hole = regions[6]->iova; /* two pages */
    assert_int_equal(dma_region_free(&space, regions[6], 0), 0);
    regions[6] = create(4096);
    drop_views();
    assert_int_equal(regions[6]->iova, hole);
    /* A hole that would leave no free page after it is too small. */
    assert_int_equal(dma_region_free(&space, regions[11], 0), 0);
    regions[11] = create(4096 * 3);
    drop_views();
    for (struct dma_region *region = space.regions; region->next != NULL; region = region->next)
        assert_true(region->iova + region->size + 4096 <= region->next->iova);
    for (unsigned index = 0; index < 16; index++)
        assert_int_equal(dma_region_free(&space, regions[index], 0), 0);
}

static void a_failed_map_leaves_nothing(void **state)
{
    struct dma_region *region = NULL;

    (void)state;
    recorder.map_error = -ENOSPC;
    assert_int_equal(dma_region_create(&space, 4096, 0, &region), -ENOSPC);
    assert_null(space.regions);
}

static void memory_that_cannot_be_unmapped_is_kept(void **state)
{
    struct dma_region *region = create(4096);

    (void)state;
    recorder.unmap_error = -EIO;
    region->memory[0] = 1;
    assert_int_equal(dma_region_free(&space, region, 0), -EIO);
    assert_ptr_equal(space.regions, region);
    region->memory[1] = 2; /* still ours */
    dma_space_clear(&space, 0);
    assert_null(space.regions);
    assert_int_equal(recorder.view[0], 0);
    drop_views();
}

static void a_child_does_not_inherit_it(void **state)
{
    struct dma_region *region = create(4096);
    unsigned char vector;
    int status;

    (void)state;
    pid_t child = fork();
    if (child == 0)
        _exit(mincore(region->memory, 4096, &vector) < 0 && errno == ENOMEM ? 0 : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    dma_space_clear(&space, 0);
    drop_views();
}

static void blocks_map_once_for_many_and_are_wiped(void **state)
{
    struct dma_pool pool = {.space = &space, .block_size = DMA_BLOCK_SIZE};
    struct dma_block blocks[DMA_BLOCKS + 1];

    (void)state;
    for (unsigned index = 0; index < DMA_BLOCKS; index++) {
        assert_int_equal(dma_block_take(&pool, 0, &blocks[index]), 0);
        memset(blocks[index].memory, (int)index, DMA_BLOCK_SIZE);
        assert_int_equal(blocks[index].iova - recorder.last_iova,
                         (uint64_t)(blocks[index].memory - space.regions->memory));
    }
    assert_int_equal(recorder.maps, 1);
    for (unsigned index = 0; index < DMA_BLOCKS; index++)
        assert_int_equal(blocks[index].memory[DMA_BLOCK_SIZE - 1], index);
    drop_views();
    assert_int_equal(dma_block_take(&pool, 0, &blocks[DMA_BLOCKS]), 0);
    assert_int_equal(recorder.maps, 2);
    uint8_t *place = blocks[7].memory;
    dma_block_return(&blocks[7]);
    assert_int_equal(place[0], 0);
    assert_int_equal(place[DMA_BLOCK_SIZE - 1], 0);
    dma_block_return(&blocks[DMA_BLOCKS]);
    /* One free in the old region, all of the new one. */
    for (unsigned index = 0; index < DMA_BLOCKS + 1; index++)
        assert_int_equal(dma_block_take(&pool, 0, &blocks[7]), 0);
    assert_int_equal(recorder.maps, 2);
    drop_views();
    dma_pool_clear(&pool);
    dma_space_clear(&space, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_card_sees_the_same_memory, begin),
        cmocka_unit_test_setup(addresses_never_overlap_and_are_used_again, begin),
        cmocka_unit_test_setup(a_failed_map_leaves_nothing, begin),
        cmocka_unit_test_setup(memory_that_cannot_be_unmapped_is_kept, begin),
        cmocka_unit_test_setup(a_child_does_not_inherit_it, begin),
        cmocka_unit_test_setup(blocks_map_once_for_many_and_are_wiped, begin),
    };

    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
