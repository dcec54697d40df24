/* SPDX-License-Identifier: Apache-2.0 */
/* Runs of units in DMA regions: never two in one place, always wiped, never more than the bound. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "driver/arena.h"

static struct {
    struct transport base;
    unsigned maps, unmaps;
    int map_error, unmap_error;
} recorder;

static int record_map(struct transport *transport, uint64_t iova, void *memory, size_t size, int fd, uint64_t offset,
                      uint64_t deadline)
{
    (void)transport;
    (void)deadline;
    (void)iova;
    (void)memory;
    (void)size;
    (void)fd;
    (void)offset;
    recorder.maps += recorder.map_error == 0;
    return recorder.map_error;
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
static struct arena arena;

static int begin(void **state)
{
    (void)state;
    memset(&recorder, 0, sizeof recorder);
    recorder.base.operations = &operations;
    space = DMA_SPACE(&recorder.base);
    arena = (struct arena){0};
    return 0;
}

static int end(void **state)
{
    (void)state;
    arena_free(&arena, &space, 0);
    dma_space_clear(&space, 0);
    return 0;
}

static void the_first_run_that_is_long_enough_is_taken(void **state)
{
    struct arena_piece pieces[4], piece;

    (void)state;
    assert_int_equal(arena_take(&arena, 1, &piece), -EAGAIN);
    assert_int_equal(arena_grow(&arena, &space, 0), 0);
    for (unsigned index = 0; index < 4; index++)
        assert_int_equal(arena_take(&arena, (70 + index) * ARENA_UNIT, &pieces[index]), 0);
    assert_int_equal(pieces[0].unit, 0);
    assert_int_equal(pieces[3].unit, 70 + 71 + 72);
    arena_return(&pieces[0]);
    arena_return(&pieces[2]);
    /* 72 units fit only into the second gap, 70 into the first one. */
    assert_int_equal(arena_take(&arena, 71 * ARENA_UNIT + 1, &piece), 0);
    assert_int_equal(piece.unit, 70 + 71);
    assert_int_equal(piece.units, 72);
    assert_int_equal(arena_take(&arena, 70 * ARENA_UNIT, &pieces[0]), 0);
    assert_int_equal(pieces[0].unit, 0);
    /* The rest of the region, to its last unit, and no more. */
    size_t rest = ARENA_REGION - (70 + 71 + 72 + 73) * (size_t)ARENA_UNIT;
    assert_int_equal(arena_take(&arena, rest + 1, &pieces[2]), -EAGAIN);
    assert_int_equal(arena_take(&arena, rest, &pieces[2]), 0);
    assert_int_equal(arena_take(&arena, 1, &piece), -EAGAIN);
    arena_return(&pieces[2]);
    assert_int_equal(arena_take(&arena, 1, &piece), 0);
}

static void a_region_is_taken_whole(void **state)
{
    struct arena_piece piece, more;

    (void)state;
    assert_int_equal(arena_grow(&arena, &space, 0), 0);
    for (unsigned round = 0; round < 3; round++) {
        assert_int_equal(arena_take(&arena, ARENA_REGION, &piece), 0);
        assert_int_equal(arena_take(&arena, 1, &more), -EAGAIN);
        memset(piece.memory, 0x55, ARENA_REGION);
        arena_return(&piece);
        assert_null(piece.region);
        arena_return(&piece);
    }
    assert_int_equal(recorder.maps, 1);
}

static int is_filled(const uint8_t *memory, size_t size, uint8_t value)
{
    return memory[0] == value && memcmp(memory, memory + 1, size - 1) == 0;
}

/* At each step a piece is taken or returned; each piece is filled with a value of its own, found zero when
 * it was taken and unchanged when it is returned. */
static void pieces_never_overlap(void **state)
{
    enum { PIECES = 128, STEPS = 20000 };
    static struct arena_piece pieces[PIECES];
    const char *chosen = getenv("TLSCARD_TEST_SEED");
    unsigned seed = chosen != NULL ? (unsigned)strtoul(chosen, NULL, 0) : (unsigned)time(NULL), refused = 0;

    (void)state;
    print_message("# TLSCARD_TEST_SEED=%u\n", seed);
    memset(pieces, 0, sizeof pieces);
    assert_int_equal(arena_grow(&arena, &space, 0), 0);
    assert_int_equal(arena_grow(&arena, &space, 0), 0);
    for (unsigned step = 0; step < STEPS; step++) {
        unsigned index = (unsigned)rand_r(&seed) % PIECES;
        struct arena_piece *piece = &pieces[index];
        unsigned most = (rand_r(&seed) & 3) != 0 ? 8 * ARENA_UNIT : 140 * ARENA_UNIT;
        size_t octets = 1 + (unsigned)rand_r(&seed) % most;

        if (piece->region != NULL) {
            assert_true(is_filled(piece->memory, piece->units * ARENA_UNIT, (uint8_t)(index + 1)));
            arena_return(piece);
        } else if (arena_take(&arena, octets, piece) != 0) {
            refused++;
            assert_null(piece->region);
        } else {
            assert_int_equal(piece->units, (octets + ARENA_UNIT - 1) / ARENA_UNIT);
            assert_true(is_filled(piece->memory, piece->units * ARENA_UNIT, 0));
            memset(piece->memory, (int)index + 1, piece->units * ARENA_UNIT);
        }
    }
    print_message("# %u of %u steps found no room\n", refused, STEPS);
    assert_true(refused > 0 && refused < STEPS / 4);
    for (unsigned index = 0; index < PIECES; index++)
        arena_return(&pieces[index]);
    /* Nothing is lost: both regions are whole again. */
    assert_int_equal(arena_take(&arena, ARENA_REGION, &pieces[0]), 0);
    assert_int_equal(arena_take(&arena, ARENA_REGION, &pieces[1]), 0);
    assert_int_not_equal(pieces[0].iova, pieces[1].iova);
}

static void growth_has_a_bound_and_errors(void **state)
{
    (void)state;
    recorder.map_error = -ENOSPC;
    assert_int_equal(arena_grow(&arena, &space, 0), -ENOSPC);
    assert_null(arena.first);
    assert_int_equal(arena_may_grow(&arena), 1);
    recorder.map_error = 0;
    for (unsigned regions = 0; regions < ARENA_MOST_REGIONS; regions++) {
        assert_int_equal(arena_may_grow(&arena), 1);
        assert_int_equal(arena_grow(&arena, &space, 0), 0);
    }
    assert_int_equal(arena_may_grow(&arena), 0);
    assert_int_equal(recorder.maps, ARENA_MOST_REGIONS);
    arena_free(&arena, &space, 0);
    assert_int_equal(recorder.unmaps, ARENA_MOST_REGIONS);
    assert_int_equal(arena_may_grow(&arena), 1);
    assert_null(space.regions);
}

static void what_cannot_be_unmapped_stays_in_the_space(void **state)
{
    struct arena_piece piece;

    (void)state;
    assert_int_equal(arena_grow(&arena, &space, 0), 0);
    assert_int_equal(arena_take(&arena, 100, &piece), 0);
    memset(piece.memory, 0x77, 100);
    recorder.unmap_error = -EBUSY;
    arena_free(&arena, &space, 0);
    assert_non_null(space.regions);
    assert_int_equal(piece.memory[99], 0x77); /* the card may still use it */
}

int main(void)
{
#define EMPTY(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        EMPTY(the_first_run_that_is_long_enough_is_taken),
        EMPTY(a_region_is_taken_whole),
        EMPTY(pieces_never_overlap),
        EMPTY(growth_has_a_bound_and_errors),
        EMPTY(what_cannot_be_unmapped_stays_in_the_space),
    };

    return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
