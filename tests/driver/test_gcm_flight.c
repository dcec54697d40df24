/* SPDX-License-Identifier: Apache-2.0 */
/* Many records of AES-GCM in flight: batches, memory and its bound, those given up, resets, forks. */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "driver/queue.h"
#include "driver/vfio_user.h"
#include "tests/driver/fixture.h"
#include "tests/driver/records.h"

#define LONGEST TLSCARD_GCM_MOST_PAYLOAD

static struct sample samples[24];

static unsigned doorbells(struct fixture *fixture)
{
    struct tlscard_info info;

    /* An answer comes after all that was posted. */
    assert_int_equal(tlscard_info(fixture->card, &info), 0);
    pthread_mutex_lock(&fixture->fake.lock);
    unsigned count = fixture->fake.doorbells;
    pthread_mutex_unlock(&fixture->fake.lock);
    return count;
}

/* More records than the queue takes: as many as there is room for, with one doorbell; the rest later. */
static void a_batch_larger_than_the_queue(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 8);
    struct tlscard_gcm_record records[20];
    struct tlscard_request *requests[20];
    unsigned before = doorbells(fixture), rounds = 0;
    size_t submitted, done = 0;

    for (unsigned index = 0; index < 20; index++) {
        make_sample(&samples[index], index % 2 != 0 ? 16 : 32, index, 100 * index, index);
        records[index] = record_of(&samples[index], index % 3 == 0);
    }
    while (done < 20) {
        size_t count = 20 - done, fits = count < 7 ? count : 7;

        memset(requests, 0xff, sizeof requests);
        assert_int_equal(tlscard_gcm_submit(queue, records + done, count, requests, &submitted),
                         count > 7 ? -EAGAIN : 0);
        assert_int_equal(submitted, fits);
        assert_int_equal(doorbells(fixture), before + ++rounds);
        for (size_t index = fits; index < count; index++)
            assert_null(requests[index]);
        for (size_t index = 0; index < fits; index++)
            expect_record(requests[index], &samples[done + index], (done + index) % 3 == 0);
        done += fits;
    }
    assert_int_equal(rounds, 3);
    assert_int_equal(tlscard_gcm_submit(queue, records, 0, requests, &submitted), 0);
    assert_int_equal(submitted, 0);
    assert_int_equal(doorbells(fixture), before + 3);
}

static void a_batch_ends_before_what_is_no_record(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 8);
    struct tlscard_gcm_record records[5];
    struct tlscard_request *requests[5];
    size_t submitted;

    for (unsigned index = 0; index < 5; index++) {
        make_sample(&samples[index], 16, 13, 64, index);
        records[index] = record_of(&samples[index], 0);
    }
    records[3].key.length = 24;
    assert_int_equal(tlscard_gcm_submit(queue, records, 5, requests, &submitted), -EINVAL);
    assert_int_equal(submitted, 3);
    assert_null(requests[3]);
    assert_null(requests[4]);
    for (unsigned index = 0; index < 3; index++)
        expect_record(requests[index], &samples[index], 0);
    /* Refused ones leave no slot and no memory behind. */
    for (unsigned index = 0; index < 100; index++)
        assert_int_equal(refusal(queue, &records[3]), -EINVAL);
    records[3].key.length = 16;
    assert_int_equal(tlscard_gcm_submit(queue, records, 5, requests, &submitted), 0);
    for (unsigned index = 0; index < 5; index++)
        expect_record(requests[index], &samples[index], 0);
}

/* Many times around rings of several sizes, in batches of any size, answers in any order. */
static void batches_wrap_with_answers_in_any_order(void **state)
{
    struct fixture *fixture = *state;
    const char *chosen = getenv("TLSCARD_TEST_SEED");
    unsigned seed = chosen != NULL ? (unsigned)strtoul(chosen, NULL, 0) : (unsigned)time(NULL);

    print_message("# TLSCARD_TEST_SEED=%u\n", seed);
    CHANGE(fixture, script, hold);
    for (unsigned entries = 2; entries <= 16; entries *= 2) {
        struct tlscard_queue *queue = open_queue(fixture, entries);

        for (unsigned round = 0; round < 40; round++) {
            struct tlscard_gcm_record records[16];
            struct tlscard_request *requests[16];
            unsigned count = 1 + (unsigned)rand_r(&seed) % (entries - 1);
            size_t submitted;

            for (unsigned index = 0; index < count; index++) {
                size_t most = (rand_r(&seed) & 3) != 0 ? 2000 : 17000;

                make_sample(&samples[index], 16u << (rand_r(&seed) & 1), (unsigned)rand_r(&seed) % 100,
                            (unsigned)rand_r(&seed) % most, round + index);
                records[index] = record_of(&samples[index], index & 1);
            }
            assert_int_equal(tlscard_gcm_submit(queue, records, count, requests, &submitted), 0);
            assert_int_equal(submitted, count);
            await_held(fixture, count);
            for (unsigned left = count; left > 0; left--)
                answer(fixture, (unsigned)rand_r(&seed) % left);
            for (unsigned index = 0; index < count; index++)
                expect_record(requests[index], &samples[index], index & 1);
        }
        tlscard_queue_close(queue);
    }
}

/* 64 KiB records until there is no room, which is before the queue is full: the memory is bounded, comes
 * in eight mappings, and is used again without another. */
static void memory_is_bounded(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 256);
    static struct tlscard_request *requests[256];
    static struct tlscard_gcm_record records[256];
    unsigned before = maps(fixture);
    size_t submitted;

    make_sample(&samples[0], 32, TLSCARD_GCM_MOST_AAD, LONGEST, 1);
    for (unsigned index = 0; index < 256; index++)
        records[index] = record_of(&samples[0], 0);
    for (unsigned round = 0; round < 3; round++) {
        assert_int_equal(tlscard_gcm_submit(queue, records, 256, requests, &submitted), -EAGAIN);
        assert_int_equal(submitted, 56);
        assert_int_equal(maps(fixture), before + 8);
        assert_int_equal(tlscard_queue_depth(queue), 56);
        /* What is refused takes no slot either. */
        for (unsigned tries = 0; tries < 256; tries++)
            assert_int_equal(refusal(queue, &records[0]), -EAGAIN);
        /* A small record still fits beside them; and where one ends another finds room. */
        make_sample(&samples[1], 16, 5, 100, 2);
        struct tlscard_gcm_record small = record_of(&samples[1], 1);
        expect_record(submit_record(queue, &small), &samples[1], 1);
        expect_record(requests[30], &samples[0], 0);
        requests[30] = submit_record(queue, &records[30]);
        assert_int_equal(refusal(queue, &records[0]), -EAGAIN);
        for (unsigned index = 0; index < 56; index++)
            expect_record(requests[index], &samples[0], 0);
    }
    assert_int_equal(maps(fixture), before + 8);
    tlscard_queue_close(queue);
    assert_int_equal(maps(fixture), before - 1);
}

static void small_records_need_one_mapping(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 64);
    unsigned before = maps(fixture);

    make_sample(&samples[0], 16, 13, 300, 1);
    for (unsigned round = 0; round < 200; round++) {
        struct tlscard_gcm_record record = record_of(&samples[0], round & 1);

        expect_record(submit_record(queue, &record), &samples[0], round & 1);
    }
    assert_int_equal(maps(fixture), before + 1);
}

/* A card that maps no more: no memory at all is an error; some memory that is in use is to be waited for. */
static void memory_that_cannot_be_had(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 16);
    struct tlscard_request *requests[8];
    struct tlscard_gcm_record records[8];
    size_t submitted;

    make_sample(&samples[0], 32, 0, LONGEST, 1);
    for (unsigned index = 0; index < 8; index++)
        records[index] = record_of(&samples[0], 0);
    CHANGE(fixture, map_fails, 1);
    assert_int_equal(refusal(queue, &records[0]), -ENOMEM);
    CHANGE(fixture, map_fails, 0);
    struct tlscard_request *request = submit_record(queue, &records[0]);
    CHANGE(fixture, map_fails, 1);
    assert_int_equal(tlscard_gcm_submit(queue, records, 8, requests, &submitted), -EAGAIN);
    assert_int_equal(submitted, 6);
    expect_record(request, &samples[0], 0);
    for (unsigned index = 0; index < 6; index++)
        expect_record(requests[index], &samples[0], 0);
    /* A connection that breaks then is the card's end. */
    CHANGE(fixture, fault, FAKE_CUT);
    CHANGE(fixture, fault_command, VFIO_USER_DMA_MAP);
    for (unsigned index = 0; index < 7; index++)
        requests[index] = submit_record(queue, &records[0]);
    assert_int_equal(refusal(queue, &records[0]), -EIO);
    for (unsigned index = 0; index < 7; index++)
        tlscard_request_release(requests[index]);
}

/* Given up in flight: key, plaintext and result stay until the late completion, and are wiped then. */
static void a_record_given_up_is_quarantined(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 4);

    CHANGE(fixture, script, hold);
    make_sample(&samples[0], 16, 13, 3000, 1);
    struct tlscard_gcm_record record = record_of(&samples[0], 0);
    struct tlscard_request *request = submit_record(queue, &record);
    struct arena_piece piece = request->record;
    await_held(fixture, 1);
    assert_int_equal(tlscard_request_wait(request, 20), -ETIMEDOUT);
    tlscard_request_release(request);
    tlscard_request_release(request);
    assert_memory_equal(piece.memory, samples[0].key, 16);
    assert_int_equal(tlscard_queue_depth(queue), 1);
    /* Its memory is not given to another meanwhile. */
    struct tlscard_request *next = submit_record(queue, &record);
    assert_true(next->record.unit >= piece.unit + piece.units);
    await_held(fixture, 2);
    answer(fixture, 1);
    expect_record(next, &samples[0], 0);
    answer(fixture, 0);
    assert_false(is_zero(piece.memory, piece.units * ARENA_UNIT));
    assert_int_equal(tlscard_queue_poll(queue), 1);
    assert_true(is_zero(piece.memory, piece.units * ARENA_UNIT));
    assert_int_equal(tlscard_queue_depth(queue), 0);
    next = submit_record(queue, &record);
    assert_ptr_equal(next->record.memory, piece.memory);
    await_held(fixture, 1);
    answer(fixture, 0);
    expect_record(next, &samples[0], 0);
}

static void release_wipes_a_record(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 4);

    for (int open = 0; open < 2; open++) {
        make_sample(&samples[0], 32, 4096, 16401, 1);
        struct tlscard_gcm_record record = record_of(&samples[0], open);
        struct tlscard_request *request = submit_record(queue, &record);
        struct arena_piece piece = request->record;
        assert_memory_equal(piece.memory, samples[0].key, 32);
        expect_record(request, &samples[0], open);
        assert_true(is_zero(piece.memory, piece.units * ARENA_UNIT));
    }
}

static void a_reset_ends_records(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 8);
    struct tlscard_request *requests[3];
    struct tlscard_gcm_record records[3];
    struct arena_piece pieces[3];
    uint8_t output[500] = {0x11}, tag[TLSCARD_GCM_TAG] = {0x22};
    size_t submitted;

    CHANGE(fixture, script, hold);
    for (unsigned index = 0; index < 3; index++) {
        make_sample(&samples[index], 16, 13, 500, index);
        records[index] = record_of(&samples[index], 0);
    }
    assert_int_equal(tlscard_gcm_submit(queue, records, 3, requests, &submitted), 0);
    for (unsigned index = 0; index < 3; index++)
        pieces[index] = requests[index]->record;
    await_held(fixture, 3);
    tlscard_request_release(requests[1]);
    assert_int_equal(tlscard_reset(fixture->card, 0), 0);
    assert_int_equal(tlscard_request_done(requests[0]), 1);
    assert_int_equal(tlscard_gcm_result(requests[0], output, sizeof output, tag, NULL), -ECANCELED);
    assert_int_equal(output[0], 0x11);
    assert_int_equal(tag[0], 0x22);
    for (unsigned index = 0; index < 3; index++)
        assert_true(is_zero(pieces[index].memory, pieces[index].units * ARENA_UNIT));
    tlscard_request_release(requests[0]);
    tlscard_request_release(requests[2]);
    CHANGE(fixture, script, NULL);
    assert_int_equal(tlscard_gcm_submit(queue, records, 3, requests, &submitted), 0);
    for (unsigned index = 0; index < 3; index++)
        expect_record(requests[index], &samples[index], 0);
}

/* While a reset lasts there is no room; then there is. */
static void nothing_is_taken_while_a_reset_lasts(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 8);

    make_sample(&samples[0], 16, 13, 500, 1);
    struct tlscard_gcm_record record = record_of(&samples[0], 0);
    CHANGE(fixture, status, 3);
    assert_int_equal(tlscard_reset(fixture->card, 30), -ETIMEDOUT);
    assert_int_equal(refusal(queue, &record), -EAGAIN);
    CHANGE(fixture, status, 1);
    assert_int_equal(tlscard_reset(fixture->card, 0), 0);
    expect_record(submit_record(queue, &record), &samples[0], 0);
}

static void closing_with_records_in_flight_gives_the_memory_back(void **state)
{
    struct fixture *fixture = *state;
    unsigned before = maps(fixture);
    struct tlscard_queue *queue = open_queue(fixture, 8);

    make_sample(&samples[0], 16, 13, 500, 1);
    struct tlscard_gcm_record record = record_of(&samples[0], 0);
    CHANGE(fixture, script, hold);
    submit_record(queue, &record);
    tlscard_request_release(submit_record(queue, &record));
    assert_int_equal(maps(fixture), before + 2);
    tlscard_queue_close(queue);
    assert_int_equal(maps(fixture), before);
    CHANGE(fixture, script, NULL);
    queue = open_queue(fixture, 8);
    expect_record(submit_record(queue, &record), &samples[0], 0);
}

/* The card does not confirm that the pair is disabled: what it may still write to stays. */
static void memory_is_kept_where_the_card_may_still_write(void **state)
{
    struct fixture *fixture = *state;
    unsigned before = maps(fixture);
    struct tlscard_queue *queue = open_queue(fixture, 8);

    make_sample(&samples[0], 16, 13, 500, 1);
    struct tlscard_gcm_record record = record_of(&samples[0], 0);
    CHANGE(fixture, script, hold);
    CHANGE(fixture, state_stuck, 1);
    submit_record(queue, &record);
    await_held(fixture, 1);
    fixture->card->operation_ms = 100;
    tlscard_queue_close(queue);
    fixture->card->operation_ms = 60000;
    assert_int_equal(maps(fixture), before + 2);
    answer(fixture, 0);
    assert_int_equal(seen(fixture)->dma_errors, 0);
}

/* Nobody is at the other end: a batch is submitted whole or not at all, as far as the caller has to do with it. */
static void submitting_to_a_dead_card_is_an_error(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 64);
    struct tlscard_gcm_record records[3];
    struct tlscard_request *requests[3];
    size_t submitted = 3;
    int error = 0;

    make_sample(&samples[0], 16, 13, 500, 1);
    for (unsigned index = 0; index < 3; index++)
        records[index] = record_of(&samples[0], 0);
    expect_record(submit_record(queue, &records[0]), &samples[0], 0);
    fake_card_stop(&fixture->fake);
    fixture->running = 0;
    for (unsigned tries = 0; tries < 20 && error == 0; tries++) {
        memset(requests, 0xff, sizeof requests);
        error = tlscard_gcm_submit(queue, records, 3, requests, &submitted);
        assert_int_equal(submitted, error == 0 ? 3 : 0);
    }
    assert_int_equal(error, -EIO);
    for (unsigned index = 0; index < 3; index++)
        assert_null(requests[index]);
    assert_int_equal(refusal(queue, &records[0]), -EIO);
}

struct held {
    struct fixture *fixture;
    struct tlscard_queue *queue;
    struct tlscard_request *request;
};

/* The child's calls; 0 where each answers as it should. */
static int child(const struct held *held)
{
    struct tlscard_gcm_record record = record_of(&samples[0], 0);
    struct tlscard_request *request = (struct tlscard_request *)1;
    uint8_t output[500] = {0x11}, tag[TLSCARD_GCM_TAG];
    size_t submitted = 1;
    int verdict = 0;

    if (tlscard_gcm_submit(held->queue, &record, 1, &request, &submitted) != -EOWNERDEAD || submitted != 0)
        verdict = 1;
    if (tlscard_gcm_result(held->request, output, 500, tag, NULL) != -EOWNERDEAD || output[0] != 0x11)
        verdict = 2;
    tlscard_request_release(held->request);
    tlscard_queue_close(held->queue);
    tlscard_close(held->fixture->card);
    return verdict;
}

static void a_child_leaves_records_alone(void **state)
{
    struct held held = {.fixture = *state, .queue = open_queue(*state, 8)};
    int status;

    make_sample(&samples[0], 16, 13, 500, 1);
    struct tlscard_gcm_record record = record_of(&samples[0], 0);
    held.request = submit_record(held.queue, &record);
    assert_int_equal(tlscard_request_wait(held.request, 60000), 0);
    unsigned before = doorbells(held.fixture);
    pid_t process = fork();
    if (process == 0)
        _exit(child(&held));
    assert_int_equal(waitpid(process, &status, 0), process);
    assert_int_equal(status, 0);
    assert_int_equal(doorbells(held.fixture), before);
    expect_record(held.request, &samples[0], 0);
    expect_record(submit_record(held.queue, &record), &samples[0], 0);
}

int main(void)
{
#define OPENED(test) cmocka_unit_test_setup_teardown(test, fixture_opened, fixture_end)
    const struct CMUnitTest tests[] = {
        OPENED(a_batch_larger_than_the_queue),
        OPENED(a_batch_ends_before_what_is_no_record),
        OPENED(batches_wrap_with_answers_in_any_order),
        OPENED(memory_is_bounded),
        OPENED(small_records_need_one_mapping),
        OPENED(memory_that_cannot_be_had),
        OPENED(a_record_given_up_is_quarantined),
        OPENED(release_wipes_a_record),
        OPENED(a_reset_ends_records),
        OPENED(nothing_is_taken_while_a_reset_lasts),
        OPENED(closing_with_records_in_flight_gives_the_memory_back),
        OPENED(memory_is_kept_where_the_card_may_still_write),
        OPENED(submitting_to_a_dead_card_is_an_error),
        OPENED(a_child_leaves_records_alone),
    };

    return cmocka_run_group_tests_name("gcm_flight", tests, NULL, NULL);
}
