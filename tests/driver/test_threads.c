/* SPDX-License-Identifier: Apache-2.0 */
/* Many threads on one card: a queue each, shared keys, and resets from outside. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "driver/device.h"
#include "tests/driver/fixture.h"

#define THREADS 4u
#define ROUNDS 300u

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

/* A queue, requests two at a time, a key of its own now and then, another queue. */
static void *work(void *context)
{
    struct worker *worker = context;
    struct tlscard_queue *queue = NULL;
    uint8_t source[256];

    memset(source, worker->seed, sizeof source);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct tlscard_request *requests[2] = {NULL};
        struct tlscard_info info;

        if (queue == NULL && tlscard_queue_open(worker->fixture->card, 4, &queue) != 0)
            continue;
        for (unsigned index = 0; index < 2; index++)
            if (tlscard_rsa_private(queue, worker->key, source, sizeof source, &requests[index]) == 0)
                note(worker, requests[index]);
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
    for (; resetting && resets < 50; resets++) {
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

/* A request ends well or cancelled, never otherwise; none is lost. */
static void resets_beside_requests(void **state)
{
    struct fixture *fixture = *state;
    struct worker workers[THREADS];
    unsigned good = 0;

    run(fixture, workers, 1);
    for (unsigned index = 0; index < THREADS; index++) {
        assert_int_equal(workers[index].bad, 0);
        good += workers[index].good;
    }
    assert_true(good > 0);
    assert_int_equal(atomic_load(&fixture->card->failed), 0);
}

int main(void)
{
#define OPENED(test) cmocka_unit_test_setup_teardown(test, fixture_opened, fixture_end)
    const struct CMUnitTest tests[] = {
        OPENED(a_queue_for_each_thread),
        OPENED(resets_beside_requests),
    };

    return cmocka_run_group_tests_name("threads", tests, NULL, NULL);
}
