/* SPDX-License-Identifier: Apache-2.0 */
/* Ring logic against a card of ten lines. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "driver/ring.h"

/* The other side's indices. */
struct peer {
    uint16_t head, tail, phase;
};

static _Alignas(64) uint8_t memory[1024 * 80];

static void begin(struct ring *ring, struct peer *peer, unsigned entries)
{
    memset(memory, 0xa5, sizeof memory);
    ring_start(ring, memory, entries);
    *peer = (struct peer){.phase = 0x8000};
}

static int push(struct ring *ring, uint16_t id)
{
    struct tlscard_submission entry = {.opcode = TLSCARD_OP_NOP, .command_id = id};

    return ring_push(ring, &entry);
}

static uint16_t fetch(struct ring *ring, struct peer *peer)
{
    uint16_t id = ring->submissions[peer->head].command_id;

    peer->head = (uint16_t)((peer->head + 1u) & ring->mask);
    return id;
}

static void answer(struct ring *ring, struct peer *peer, uint16_t id)
{
    ring->completions[peer->tail] =
        (struct tlscard_completion){.command_id = id, .sq_head = peer->head, .phase = peer->phase};
    peer->tail = (uint16_t)((peer->tail + 1u) & ring->mask);
    if (peer->tail == 0)
        peer->phase ^= 0x8000;
}

static void memory_is_laid_out_and_cleared(void **state)
{
    struct ring ring;
    struct peer peer;

    (void)state;
    begin(&ring, &peer, 8);
    assert_ptr_equal(ring.submissions, memory);
    assert_ptr_equal(ring.completions, memory + 8 * 64);
    assert_int_equal(ring_memory_size(8), 8 * 80);
    for (size_t index = 0; index < 8 * 80; index++)
        assert_int_equal(memory[index], 0);
    assert_int_equal(memory[8 * 80], 0xa5);
}

static void full_at_one_less_than_its_entries(void **state)
{
    struct ring ring;
    struct peer peer;
    struct tlscard_completion completion;

    (void)state;
    for (unsigned entries = 2; entries <= 1024; entries *= 2) {
        begin(&ring, &peer, entries);
        for (unsigned index = 0; index + 1 < entries; index++)
            assert_int_equal(push(&ring, (uint16_t)index), 0);
        assert_int_equal(push(&ring, 0), -EAGAIN);
        answer(&ring, &peer, fetch(&ring, &peer));
        assert_int_equal(ring_pop(&ring, &completion), 1);
        assert_int_equal(push(&ring, 0), 0);
        assert_int_equal(push(&ring, 0), -EAGAIN);
    }
}

/* Random numbers of submissions and answers, many times around. */
static void wraps_many_times(void **state)
{
    const char *chosen = getenv("TLSCARD_TEST_SEED");
    unsigned seed = chosen != NULL ? (unsigned)strtoul(chosen, NULL, 0) : (unsigned)time(NULL);
    struct ring ring;
    struct peer peer;
    struct tlscard_completion completion;

    (void)state;
    print_message("# TLSCARD_TEST_SEED=%u\n", seed);
    for (unsigned entries = 2; entries <= 64; entries *= 2) {
        uint16_t next = 0, expected = 0;
        unsigned pushed = 0;

        begin(&ring, &peer, entries);
        for (unsigned round = 0; round < 5000; round++) {
            for (unsigned count = (unsigned)rand_r(&seed) % entries; count > 0 && push(&ring, next) == 0; count--) {
                next++;
                pushed++;
            }
            for (unsigned count = (unsigned)rand_r(&seed) % entries; count > 0 && peer.head != ring.tail; count--)
                answer(&ring, &peer, fetch(&ring, &peer));
            while (ring_pop(&ring, &completion) == 1)
                assert_int_equal(completion.command_id, expected++);
            assert_int_equal(ring.unanswered, (uint16_t)(next - expected));
        }
        assert_true(pushed > entries * 10);
    }
}

/* One entry of a new ring, changed as each case says. */
static int pop_changed(uint16_t sq_head, uint16_t phase, uint8_t reserved)
{
    struct ring ring;
    struct peer peer;
    struct tlscard_completion completion;

    begin(&ring, &peer, 8);
    push(&ring, 1);
    push(&ring, 2);
    ring.completions[0] = (struct tlscard_completion){.sq_head = sq_head, .phase = phase, .reserved = reserved};
    return ring_pop(&ring, &completion);
}

static void entries_that_break_the_rules_are_refused(void **state)
{
    (void)state;
    assert_int_equal(pop_changed(1, 0x8000, 0), 1);
    assert_int_equal(pop_changed(2, 0x8000, 0), 1);
    assert_int_equal(pop_changed(1, 0, 0), 0);
    assert_int_equal(pop_changed(1, 0x7fff, 0), 0);
    assert_int_equal(pop_changed(3, 0x8000, 0), -EPROTO);
    assert_int_equal(pop_changed(7, 0x8000, 0), -EPROTO);
    assert_int_equal(pop_changed(8, 0x8000, 0), -EPROTO);
    assert_int_equal(pop_changed(0xffff, 0x8000, 0), -EPROTO);
    assert_int_equal(pop_changed(1, 0x8001, 0), -EPROTO);
    assert_int_equal(pop_changed(1, 0xffff, 0), -EPROTO);
    assert_int_equal(pop_changed(1, 0x8000, 1), -EPROTO);
}

static void a_completion_without_submission_is_refused(void **state)
{
    struct ring ring;
    struct peer peer;
    struct tlscard_completion completion;

    (void)state;
    begin(&ring, &peer, 4);
    answer(&ring, &peer, 0);
    assert_int_equal(ring_pop(&ring, &completion), -EPROTO);
    begin(&ring, &peer, 4);
    push(&ring, 0);
    answer(&ring, &peer, fetch(&ring, &peer));
    answer(&ring, &peer, 0);
    assert_int_equal(ring_pop(&ring, &completion), 1);
    assert_int_equal(ring_pop(&ring, &completion), -EPROTO);
}

/* The head may not go back. */
static void head_is_monotonic(void **state)
{
    struct ring ring;
    struct peer peer;
    struct tlscard_completion completion;

    (void)state;
    begin(&ring, &peer, 8);
    for (uint16_t id = 0; id < 3; id++)
        push(&ring, id);
    peer.head = 2;
    answer(&ring, &peer, 0);
    peer.head = 1;
    answer(&ring, &peer, 1);
    assert_int_equal(ring_pop(&ring, &completion), 1);
    assert_int_equal(ring_pop(&ring, &completion), -EPROTO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_laid_out_and_cleared),
        cmocka_unit_test(full_at_one_less_than_its_entries),
        cmocka_unit_test(wraps_many_times),
        cmocka_unit_test(entries_that_break_the_rules_are_refused),
        cmocka_unit_test(a_completion_without_submission_is_refused),
        cmocka_unit_test(head_is_monotonic),
    };

    return cmocka_run_group_tests_name("ring", tests, NULL, NULL);
}
