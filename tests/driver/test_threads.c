/* SPDX-License-Identifier: Apache-2.0 */
/* Many threads on one card: a queue each, shared keys, and resets from outside. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "driver/device.h"
#include "driver/vfio_user.h"
#include "tests/driver/fixture.h"

#define THREADS 4u
#define ROUNDS 300u
#define RESETS 50u

struct worker {
    struct fixture *fixture;
    struct tlscard_rsa_key *key;
    pthread_t thread;
    uint8_t seed;
    unsigned good, cancelled, bad;
};

static void note(struct worker *worker, struct tlscard_request *request)
{
    uint8_t output[256];
    int error = tlscard_request_wait(request, 60000);

    if (error == 0)
        error = tlscard_request_result(request, output, sizeof output, NULL);
    /* The modulus of make_key begins with 0x83. */
    if (error == 0 && output[0] == (uint8_t)(0x83 + worker->seed))
        worker->good++;
    else if (error == -ECANCELED)
        worker->cancelled++;
    else
        worker->bad++;
    tlscard_request_release(request);
}

#define TRIES 600000u

/* While a reset lasts nothing is taken, which is no turn of the worker's. */
static int open_after_reset(struct worker *worker, struct tlscard_queue **queue)
{
    int error = tlscard_queue_open(worker->fixture->card, 4, queue);

    for (unsigned tries = 0; error == -EAGAIN && tries < TRIES; tries++) {
        usleep(100);
        error = tlscard_queue_open(worker->fixture->card, 4, queue);
    }
    return error;
}

static int submit_after_reset(struct worker *worker, struct tlscard_queue *queue, const uint8_t source[256],
                              struct tlscard_request **request)
{
    int error = tlscard_rsa_private(queue, worker->key, source, 256, request);

    for (unsigned tries = 0; error == -EAGAIN && tries < TRIES; tries++) {
        usleep(100);
        error = tlscard_rsa_private(queue, worker->key, source, 256, request);
    }
    return error;
}

/* A queue, requests two at a time, another queue now and then. */
static void *work(void *context)
{
    struct worker *worker = context;
    struct tlscard_queue *queue = NULL;
    uint8_t source[256];

    memset(source, worker->seed, sizeof source);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct tlscard_request *requests[2] = {NULL};
        struct tlscard_info info;

        if (queue == NULL && open_after_reset(worker, &queue) != 0) {
            worker->bad++;
            break;
        }
        for (unsigned index = 0; index < 2; index++)
            if (submit_after_reset(worker, queue, source, &requests[index]) == 0)
                note(worker, requests[index]);
            else
                worker->bad++;
        if (round % 16 == 0)
            worker->bad += tlscard_info(worker->fixture->card, &info) != 0 || info.cycles != 0x3400000030;
        if (round % 32 == 31) {
            tlscard_queue_close(queue);
            queue = NULL;
        }
    }
    return NULL;
}

static void run(struct fixture *fixture, struct worker *workers, int resetting)
{
    struct tlscard_rsa_key *key = make_key(fixture->card, 256, 1);
    unsigned resets = 0;

    for (unsigned index = 0; index < THREADS; index++) {
        workers[index] = (struct worker){.fixture = fixture, .key = key, .seed = (uint8_t)(index + 1)};
        assert_int_equal(pthread_create(&workers[index].thread, NULL, work, &workers[index]), 0);
    }
    for (; resetting && resets < RESETS; resets++) {
        assert_int_equal(tlscard_reset(fixture->card, 60000), 0);
        usleep(1000);
    }
    for (unsigned index = 0; index < THREADS; index++)
        pthread_join(workers[index].thread, NULL);
    tlscard_rsa_key_free(key);
}

static void a_queue_for_each_thread(void **state)
{
    struct worker workers[THREADS];

    run(*state, workers, 0);
    for (unsigned index = 0; index < THREADS; index++) {
        assert_int_equal(workers[index].good, 2 * ROUNDS);
        assert_int_equal(workers[index].bad, 0);
    }
}

/* A request ends well or cancelled, never otherwise; none is lost. A reset cancels two of a thread at most. */
static void resets_beside_requests(void **state)
{
    struct fixture *fixture = *state;
    struct worker workers[THREADS];

    run(fixture, workers, 1);
    for (unsigned index = 0; index < THREADS; index++) {
        assert_int_equal(workers[index].bad, 0);
        assert_int_equal(workers[index].good + workers[index].cancelled, 2 * ROUNDS);
        assert_true(workers[index].cancelled <= 2 * RESETS);
    }
    assert_int_equal(atomic_load(&fixture->card->failed), 0);
}

#define OPENINGS 8u

struct seeker {
    char address[64];
    pthread_t thread;
    unsigned opened, failed, bad;
};

/* One of two functions fails while it is opened: a thread gets the other, or is told why not. */
static void *seek(void *context)
{
    struct seeker *seeker = context;
    char message[TLSCARD_MESSAGE_SIZE];

    for (unsigned round = 0; round < OPENINGS; round++) {
        struct tlscard *card;
        struct tlscard_info info;
        int error = tlscard_open(seeker->address, 60000, &card, message);

        if (error == 0)
            seeker->bad += tlscard_info(card, &info) != 0 || info.function != 1;
        else
            seeker->bad += card != NULL || message[0] == '\0' || (error != -EPROTO && error != -EBUSY);
        seeker->opened += error == 0;
        seeker->failed += error != 0;
        tlscard_close(card);
    }
    return NULL;
}

static void run_seekers(const struct fixture *fixture)
{
    struct seeker seekers[THREADS];
    unsigned opened = 0, failed = 0;

    for (unsigned index = 0; index < THREADS; index++) {
        seekers[index] = (struct seeker){.opened = 0};
        snprintf(seekers[index].address, sizeof seekers[index].address, "vfio-user:%s", fixture->directory);
        assert_int_equal(pthread_create(&seekers[index].thread, NULL, seek, &seekers[index]), 0);
    }
    for (unsigned index = 0; index < THREADS; index++) {
        pthread_join(seekers[index].thread, NULL);
        assert_int_equal(seekers[index].bad, 0);
        opened += seekers[index].opened;
        failed += seekers[index].failed;
    }
    assert_true(opened > 0);
    assert_int_equal(opened + failed, THREADS * OPENINGS);
}

static void a_function_that_fails_while_it_is_opened(void **state)
{
    static const unsigned commands[] = {VFIO_USER_VERSION, VFIO_USER_DEVICE_GET_INFO, VFIO_USER_REGION_READ,
                                        VFIO_USER_REGION_WRITE, VFIO_USER_DEVICE_RESET, VFIO_USER_DEVICE_SET_IRQS};
    static struct fake_card other;
    struct fixture *fixture = *state;

    fake_card_prepare(&other, fixture->directory, 1);
    fake_card_start(&other);
    fake_card_start(&fixture->fake);
    fixture->running = 1;
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        pthread_mutex_lock(&fixture->fake.lock);
        fixture->fake.fault = FAKE_CUT;
        fixture->fake.fault_command = commands[i];
        pthread_mutex_unlock(&fixture->fake.lock);
        run_seekers(fixture);
    }
    CHANGE(fixture, fault, FAKE_NO_FAULT);
    assert_int_equal(fixture_open(fixture, 60000), 0);
    fake_card_stop(&other);
}

int main(void)
{
#define OPENED(test) cmocka_unit_test_setup_teardown(test, fixture_opened, fixture_end)
    const struct CMUnitTest tests[] = {
        OPENED(a_queue_for_each_thread),
        OPENED(resets_beside_requests),
        cmocka_unit_test_setup_teardown(a_function_that_fails_while_it_is_opened, fixture_prepared, fixture_end),
    };

    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
