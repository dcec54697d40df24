/* SPDX-License-Identifier: Apache-2.0 */
/* Queue pairs: sizes, wrap-around, completions that break the rules, and closing with work in flight. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "driver/device.h"
#include "driver/queue.h"
#include "tests/driver/fixture.h"

static void sizes_are_rounded_up_and_bounded(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue;

    assert_int_equal(tlscard_queue_open(fixture->card, 0, &queue), -EINVAL);
    assert_int_equal(tlscard_queue_open(fixture->card, 1, &queue), -EINVAL);
    assert_int_equal(tlscard_queue_open(fixture->card, 1025, &queue), -EINVAL);
    for (unsigned entries = 2; entries <= 1024; entries = entries * 3 / 2) {
        queue = open_queue(fixture, entries);
        uint32_t size = seen(fixture)->queues[0].registers[TLSCARD_QREG_SIZE / 4];
        assert_true(1u << size >= entries && 1u << size < 2 * entries);
        assert_int_equal(fixture->fake.queues[0].registers[TLSCARD_QREG_VECTOR / 4], 0x80000000);
        assert_int_equal(fixture->fake.queues[0].registers[TLSCARD_QREG_CQ_BASE_LO / 4] % 64, 0);
        tlscard_queue_close(queue);
    }
}

static void each_pair_is_given_once(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queues[4], *more;

    for (unsigned index = 0; index < 4; index++) {
        queues[index] = open_queue(fixture, 4);
        assert_true(tlscard_queue_event(queues[index]) >= 0);
    }
    assert_int_equal(tlscard_queue_open(fixture->card, 4, &more), -ENOSPC);
    int event = tlscard_queue_event(queues[2]);
    tlscard_queue_close(queues[2]);
    queues[2] = open_queue(fixture, 4);
    assert_int_equal(tlscard_queue_event(queues[2]), event);
    tlscard_queue_close(NULL);
}

/* Many times around rings of several sizes, as full as a random number says, answers in any order. */
static void wraps_with_answers_in_any_order(void **state)
{
    struct fixture *fixture = *state;
    const char *chosen = getenv("TLSCARD_TEST_SEED");
    unsigned seed = chosen != NULL ? (unsigned)strtoul(chosen, NULL, 0) : (unsigned)time(NULL);
    struct tlscard_rsa_key *key = make_key(fixture->card, 128 * 2, 1);

    print_message("# TLSCARD_TEST_SEED=%u\n", seed);
    CHANGE(fixture, script, hold);
    for (unsigned entries = 2; entries <= 16; entries *= 2) {
        struct tlscard_queue *queue = open_queue(fixture, entries);

        for (unsigned round = 0; round < 60; round++) {
            struct tlscard_request *requests[16];
            unsigned count = 1 + (unsigned)rand_r(&seed) % (entries - 1);

            for (unsigned index = 0; index < count; index++)
                requests[index] = submit(queue, key, (uint8_t)(round + index));
            await_held(fixture, count);
            for (unsigned left = count; left > 0; left--)
                answer(fixture, (unsigned)rand_r(&seed) % left);
            for (unsigned index = 0; index < count; index++)
                expect_result(requests[index], key, (uint8_t)(round + index));
        }
        tlscard_queue_close(queue);
    }
    tlscard_rsa_key_free(key);
}

static void a_full_queue_says_so(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_rsa_key *key = make_key(fixture->card, 256, 1);
    struct tlscard_queue *queue = open_queue(fixture, 4);
    struct tlscard_request *requests[3], *more;
    uint8_t source[256] = {0};

    CHANGE(fixture, script, hold);
    for (unsigned index = 0; index < 3; index++)
        requests[index] = submit(queue, key, (uint8_t)index);
    assert_int_equal(tlscard_rsa_private(queue, key, source, 256, &more), -EAGAIN);
    assert_null(more);
    assert_int_equal(tlscard_queue_depth(queue), 3);
    await_held(fixture, 3);
    answer(fixture, 1);
    expect_result(requests[1], key, 1);
    more = submit(queue, key, 7);
    await_held(fixture, 3);
    for (unsigned index = 0; index < 3; index++)
        answer(fixture, 0);
    expect_result(more, key, 7);
    expect_result(requests[0], key, 0);
    expect_result(requests[2], key, 2);
    tlscard_rsa_key_free(key);
}

static void the_event_tells_of_completions(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_rsa_key *key = make_key(fixture->card, 256, 1);
    struct tlscard_queue *queue = open_queue(fixture, 8);
    struct pollfd wait = {.fd = tlscard_queue_event(queue), .events = POLLIN};

    assert_int_equal(poll(&wait, 1, 0), 0);
    struct tlscard_request *request = submit(queue, key, 5);
    assert_int_equal(poll(&wait, 1, 60000), 1);
    assert_int_equal(tlscard_request_done(request), 0);
    assert_int_equal(tlscard_queue_poll(queue), 1);
    assert_int_equal(tlscard_request_done(request), 1);
    assert_int_equal(poll(&wait, 1, 0), 0);
    /* An interrupt without a completion: nothing is taken, and the event is quiet again. */
    fake_card_interrupt(&fixture->fake, 0);
    assert_int_equal(poll(&wait, 1, 0), 1);
    assert_int_equal(tlscard_queue_poll(queue), 0);
    assert_int_equal(poll(&wait, 1, 0), 0);
    expect_result(request, key, 5);
    tlscard_rsa_key_free(key);
}

/* One way in which a completion can be wrong; the script applies the case to the second request. */
struct bad_completion {
    const char *name;
    struct tlscard_completion change; /* exclusive-or */
    unsigned flags;
    int result;                       /* of the second request, which got that completion */
};

static unsigned spoil_second(struct fake_card *fake, unsigned number, const struct tlscard_submission *entry,
                             struct tlscard_completion *completion)
{
    const struct bad_completion *bad = fake->script_context;

    (void)entry;
    if (number == 0)
        return 0;
    completion->command_id ^= bad->change.command_id;
    completion->status ^= bad->change.status;
    completion->reserved ^= bad->change.reserved;
    completion->result_length ^= bad->change.result_length;
    completion->sq_head ^= bad->change.sq_head;
    completion->phase ^= bad->change.phase;
    return bad->flags;
}

static void run_bad_completion(const struct bad_completion *bad)
{
    void *inner = NULL;
    struct tlscard_request *requests[2];
    uint8_t octets[256] = {0};

    fixture_prepared(&inner);
    struct fixture *fixture = inner;
    CHANGE(fixture, script, spoil_second);
    CHANGE(fixture, script_context, (void *)bad);
    assert_int_equal(fixture_open(fixture, 0), 0);
    struct tlscard_rsa_key *key = make_key(fixture->card, 256, 1);
    struct tlscard_queue *queue = open_queue(fixture, 8), *other = open_queue(fixture, 8);
    for (unsigned index = 0; index < 2; index++)
        requests[index] = submit(queue, key, 1);
    int error = 0;
    for (unsigned tries = 0; tries < 60000 && error >= 0; tries++) {
        error = tlscard_queue_poll(queue);
        poll(NULL, 0, 1);
    }
    assert_int_equal(error, -EIO);
    /* The first request ended well, and its result can still be had. */
    assert_int_equal(tlscard_request_wait(requests[0], 0), 0);
    assert_int_equal(tlscard_request_result(requests[0], octets, sizeof octets, NULL), 0);
    assert_int_equal(tlscard_request_done(requests[1]), 1);
    assert_int_equal(tlscard_request_result(requests[1], octets, sizeof octets, NULL), bad->result);
    /* The whole card has failed. */
    assert_int_equal(tlscard_rsa_private(queue, key, octets, 256, &requests[1]), -EIO);
    assert_int_equal(tlscard_rsa_private(other, key, octets, 256, &requests[1]), -EIO);
    assert_int_equal(tlscard_queue_poll(other), -EIO);
    assert_int_equal(tlscard_reset(fixture->card, 100), -EIO);
    assert_int_equal(fixture_end(&inner), 0);
}

static void a_completion_that_breaks_the_rules_fails_the_card(void **state)
{
    static const struct bad_completion cases[] = {
        {"an id out of range", {.command_id = 0x4000}, 0, -EIO},
        {"an id not in flight", {.command_id = 4}, 0, -EIO},
        {"an id answered already", {.command_id = 1}, 0, -EIO},
        {"two completions", {.command_id = 0}, FAKE_TWICE, 0},
        {"a result too short", {.result_length = 1}, 0, -EPROTO},
        {"a result too long", {.result_length = 0x10000}, 0, -EPROTO},
        {"a result with an error", {.status = TLSCARD_STATUS_CHECK_FAILED}, 0, -EPROTO},
        {"a head out of range", {.sq_head = 0x100}, 0, -EIO},
        {"a head beyond the tail", {.sq_head = 4}, 0, -EIO},
        {"a reserved octet", {.reserved = 1}, 0, -EIO},
        {"bits beside the phase", {.phase = 0x10}, 0, -EIO},
    };

    (void)state;
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        print_message("# %s\n", cases[index].name);
        run_bad_completion(&cases[index]);
    }
}

/* With the other queue's waiter asleep: it must end, since nobody will answer. */
static void a_failed_card_wakes_the_events(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_rsa_key *key = make_key(fixture->card, 256, 1);
    struct tlscard_queue *queue = open_queue(fixture, 8);
    struct pollfd wait = {.fd = tlscard_queue_event(queue), .events = POLLIN};

    CHANGE(fixture, script, hold);
    struct tlscard_request *request = submit(queue, key, 1);
    card_fail(fixture->card);
    assert_int_equal(poll(&wait, 1, 0), 1);
    assert_int_equal(tlscard_request_done(request), 1);
    assert_int_equal(tlscard_request_wait(request, 60000), -EIO);
    tlscard_request_release(request);
    tlscard_rsa_key_free(key);
}

static void closing_with_requests_in_flight_gives_the_memory_back(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_rsa_key *key = make_key(fixture->card, 256, 1);
    unsigned before = maps(fixture);
    struct tlscard_queue *queue = open_queue(fixture, 8);

    CHANGE(fixture, script, hold);
    submit(queue, key, 1);
    submit(queue, key, 2);
    assert_int_equal(maps(fixture), before + 1);
    tlscard_queue_close(queue);
    assert_int_equal(maps(fixture), before);
    assert_false(seen(fixture)->queues[0].enabled);
    CHANGE(fixture, script, NULL);
    queue = open_queue(fixture, 8);
    expect_result(submit(queue, key, 3), key, 3);
    tlscard_rsa_key_free(key);
}

/* The card does not confirm: memory, pair and key stay, and a late write harms nobody. */
static void memory_is_kept_where_the_card_may_still_write(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_rsa_key *key = make_key(fixture->card, 256, 1);
    unsigned before = maps(fixture);
    struct tlscard_queue *queue = open_queue(fixture, 8), *next;

    CHANGE(fixture, script, hold);
    CHANGE(fixture, state_stuck, 1);
    submit(queue, key, 1);
    await_held(fixture, 1);
    fixture->card->operation_ms = 100;
    tlscard_queue_close(queue);
    fixture->card->operation_ms = 60000;
    tlscard_rsa_key_free(key);
    assert_int_equal(maps(fixture), before + 1);
    for (unsigned index = 0; index < 3; index++) {
        next = open_queue(fixture, 8);
        assert_int_equal(seen(fixture)->queues[0].enabled, 0);
    }
    assert_int_equal(tlscard_queue_open(fixture->card, 8, &next), -ENOSPC);
    answer(fixture, 0);
    assert_int_equal(seen(fixture)->dma_errors, 0);
    assert_int_equal(fixture->fake.key_block[0], 0x83); /* the key was still there */
}

static void a_pair_whose_memory_cannot_be_unmapped_is_not_used_again(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 8);

    CHANGE(fixture, unmap_fails, 1);
    tlscard_queue_close(queue);
    queue = open_queue(fixture, 8);
    assert_int_equal(queue->pair, 1);
}

static void a_pair_that_is_not_enabled_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    unsigned before = maps(fixture);
    struct tlscard_queue *queue;

    CHANGE(fixture, enable_fails, 1);
    assert_int_equal(tlscard_queue_open(fixture->card, 8, &queue), -EIO);
    assert_null(queue);
    assert_int_equal(maps(fixture), before);
    CHANGE(fixture, enable_fails, 0);
    queue = open_queue(fixture, 8);
    assert_int_equal(queue->pair, 0);
}

/* After a reset only the one queue has failed. */
static void a_pair_that_is_not_enabled_again_fails_its_queue(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_rsa_key *key = make_key(fixture->card, 256, 1);
    struct tlscard_queue *queue = open_queue(fixture, 8), *other = open_queue(fixture, 8);
    struct tlscard_request *request;
    uint8_t source[256] = {0};

    assert_int_equal(tlscard_reset(fixture->card, 0), 0);
    CHANGE(fixture, enable_fails, 1);
    assert_int_equal(tlscard_rsa_private(queue, key, source, 256, &request), -EIO);
    assert_int_equal(tlscard_queue_poll(queue), -EIO);
    CHANGE(fixture, enable_fails, 0);
    assert_int_equal(tlscard_rsa_private(queue, key, source, 256, &request), -EIO);
    expect_result(submit(other, key, 1), key, 1);
    tlscard_queue_close(queue);
    queue = open_queue(fixture, 8);
    expect_result(submit(queue, key, 1), key, 1);
    tlscard_rsa_key_free(key);
}

/* Nobody is at the other end: submitting says so, once it shows. */
static void submitting_to_a_dead_card_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_rsa_key *key = make_key(fixture->card, 256, 1);
    struct tlscard_queue *queue = open_queue(fixture, 64);
    struct tlscard_request *request;
    uint8_t source[256] = {0};
    int error = 0;

    fake_card_stop(&fixture->fake);
    fixture->running = 0;
    for (unsigned tries = 0; tries < 60 && error == 0; tries++)
        error = tlscard_rsa_private(queue, key, source, 256, &request);
    assert_int_equal(error, -EIO);
    assert_null(request);
    assert_int_equal(tlscard_queue_poll(queue), -EIO);
    tlscard_rsa_key_free(key);
}

int main(void)
{
#define OPENED(test) cmocka_unit_test_setup_teardown(test, fixture_opened, fixture_end)
    const struct CMUnitTest tests[] = {
        OPENED(sizes_are_rounded_up_and_bounded),
        OPENED(each_pair_is_given_once),
        OPENED(wraps_with_answers_in_any_order),
        OPENED(a_full_queue_says_so),
        OPENED(the_event_tells_of_completions),
        cmocka_unit_test(a_completion_that_breaks_the_rules_fails_the_card),
        OPENED(a_failed_card_wakes_the_events),
        OPENED(closing_with_requests_in_flight_gives_the_memory_back),
        OPENED(memory_is_kept_where_the_card_may_still_write),
        OPENED(a_pair_that_is_not_enabled_is_an_error),
        OPENED(a_pair_that_is_not_enabled_again_fails_its_queue),
        OPENED(submitting_to_a_dead_card_is_an_error),
        OPENED(a_pair_whose_memory_cannot_be_unmapped_is_not_used_again),
    };

    return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
