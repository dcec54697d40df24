/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forks while another thread is in the middle of opening a queue, resetting, or opening a card: held there by the fake card,
 * which keeps an answer back. The parent's thread goes on as if nothing had been; the child touches nothing of the parent's
 * card, lets go of it, and has one of its own.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver/vfio_user.h"
#include "tests/driver/fixture.h"

struct world {
    struct fixture *fixture;
    struct fake_card other; /* for the children */
    char address[160];      /* of that */
    struct tlscard_queue *queue;
    struct tlscard_rsa_key *key;
    struct tlscard_request *request;
};

static int sign(struct tlscard *card)
{
    struct tlscard_queue *queue = NULL;
    struct tlscard_rsa_key *key = NULL;
    struct tlscard_request *request = NULL;
    struct key_octets octets;
    uint8_t data[256] = {7};

    make_components(&octets, sizeof data, 1);
    int error = tlscard_queue_open(card, 4, &queue);
    if (error == 0)
        error = tlscard_rsa_key_create(card, &octets.components, &key);
    if (error == 0)
        error = tlscard_rsa_private(queue, key, data, sizeof data, &request);
    if (error == 0)
        error = tlscard_request_wait(request, 60000);
    if (error == 0)
        error = tlscard_request_result(request, data, sizeof data, NULL);
    tlscard_request_release(request);
    tlscard_rsa_key_free(key);
    tlscard_queue_close(queue);
    return error;
}

/* All that a child may try with its parent's card. */
static int leaves_alone(const struct world *world)
{
    struct tlscard *card = world->fixture->card;
    struct tlscard_queue *queue;
    struct tlscard_info info;
    uint8_t data[256];

    return tlscard_info(card, &info) == -EOWNERDEAD && tlscard_reset(card, 100) == -EOWNERDEAD &&
           tlscard_queue_open(card, 4, &queue) == -EOWNERDEAD && tlscard_queue_poll(world->queue) == -EOWNERDEAD &&
           tlscard_request_wait(world->request, 100) == -EOWNERDEAD &&
           tlscard_request_result(world->request, data, sizeof data, NULL) == -EOWNERDEAD;
}

/* Its exit status. */
static int be_child(const struct world *world)
{
    struct tlscard *own = NULL;

    alarm(120);
    if (world->fixture->card != NULL) {
        if (!leaves_alone(world))
            return 1;
        tlscard_request_release(world->request);
        tlscard_rsa_key_free(world->key);
        tlscard_queue_close(world->queue);
        tlscard_close(world->fixture->card);
    }
    if (tlscard_open(world->address, 60000, &own, NULL) != 0)
        return 2;
    int error = sign(own);
    tlscard_close(own);
    return error == 0 ? 0 : 3;
}

/* By the C library, and by the kernel alone. */
static void fork_both_ways(const struct world *world)
{
    for (int raw = 0; raw < 2; raw++) {
        pid_t child = raw ? (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL) : fork();
        int status;

        if (child == 0) {
            CHILD_BEGINS();
            status = be_child(world);
            CHILD_ENDS();
            _exit(status);
        }
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
}

static void begin(struct world *world, struct fixture *fixture)
{
    memset(world, 0, sizeof *world);
    world->fixture = fixture;
    fake_card_prepare(&world->other, fixture->directory, 1);
    fake_card_start(&world->other);
    snprintf(world->address, sizeof world->address, "vfio-user:%s", world->other.path);
    if (fixture->card == NULL)
        return;
    world->queue = open_queue(fixture, 8);
    world->key = make_key(fixture->card, 256, 1);
    world->request = submit(world->queue, world->key, 2);
    assert_int_equal(tlscard_request_wait(world->request, 60000), 0);
}

/* What the parent had goes on, with whatever the thread made. */
static void end(struct world *world)
{
    struct tlscard_info info;

    expect_result(world->request, world->key, 2);
    expect_result(submit(world->queue, world->key, 3), world->key, 3);
    assert_int_equal(sign(world->fixture->card), 0);
    assert_int_equal(tlscard_info(world->fixture->card, &info), 0);
    tlscard_rsa_key_free(world->key);
    tlscard_queue_close(world->queue);
    fake_card_stop(&world->other);
}

/* So far: an answer comes after all that was posted. */
static unsigned messages(struct fixture *fixture)
{
    struct tlscard_info info;

    assert_int_equal(tlscard_info(fixture->card, &info), 0);
    return seen(fixture)->messages;
}

struct call {
    struct fixture *fixture;
    int (*run)(struct fixture *fixture);
    int error;
};

static void *call(void *context)
{
    struct call *data = context;

    data->error = data->run(data->fixture);
    return NULL;
}

static int open_and_close(struct fixture *fixture)
{
    struct tlscard_queue *queue;
    int error = tlscard_queue_open(fixture->card, 8, &queue);

    if (error == 0)
        tlscard_queue_close(queue);
    return error;
}

static int reset(struct fixture *fixture)
{
    return tlscard_reset(fixture->card, 60000);
}

/* The messages that a call takes. */
static unsigned messages_of(struct fixture *fixture, int (*run)(struct fixture *))
{
    unsigned before = messages(fixture);

    assert_int_equal(run(fixture), 0);
    return messages(fixture) - before;
}

/* In the middle of the call, at each message of that command that it sends. Neither child adds a message. */
static void fork_during(struct fixture *fixture, int (*run)(struct fixture *), unsigned command, unsigned times)
{
    static struct world world;

    begin(&world, fixture);
    unsigned expected = messages_of(fixture, run);
    for (unsigned skip = 0; skip < times; skip++) {
        struct call data = {.fixture = fixture, .run = run};
        unsigned before = messages(fixture);
        pthread_t thread;

        close_gate(fixture, command, skip);
        assert_int_equal(pthread_create(&thread, NULL, call, &data), 0);
        await_gate(fixture);
        fork_both_ways(&world);
        open_gate(fixture);
        pthread_join(thread, NULL);
        assert_int_equal(data.error, 0);
        assert_int_equal(messages(fixture) - before, expected);
    }
    end(&world);
}

static void while_a_queue_gets_its_memory(void **state)
{
    fork_during(*state, open_and_close, VFIO_USER_DMA_MAP, 1);
}

static void while_a_queue_is_enabled_and_disabled(void **state)
{
    fork_during(*state, open_and_close, VFIO_USER_REGION_READ, 2);
}

static void while_a_queue_gives_its_memory_back(void **state)
{
    fork_during(*state, open_and_close, VFIO_USER_DMA_UNMAP, 1);
}

/* Requests in flight are cancelled by the reset: that of begin has ended before. */
static void while_the_card_resets(void **state)
{
    fork_during(*state, reset, VFIO_USER_REGION_READ, 1);
}

static void while_the_interrupts_are_attached_again(void **state)
{
    fork_during(*state, reset, VFIO_USER_DEVICE_SET_IRQS, 3);
}

static int open_here(struct fixture *fixture)
{
    return fixture_open(fixture, 60000);
}

/* At some steps of it. There is no card yet that the child could touch. */
static void while_the_card_is_opened(void **state)
{
    static const unsigned commands[] = {VFIO_USER_VERSION, VFIO_USER_REGION_READ, VFIO_USER_DEVICE_RESET,
                                        VFIO_USER_DEVICE_SET_IRQS};
    struct fixture *fixture = *state;
    static struct world world;

    fake_card_start(&fixture->fake);
    fixture->running = 1;
    begin(&world, fixture);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct call data = {.fixture = fixture, .run = open_here};
        pthread_t thread;

        close_gate(fixture, commands[i], 0);
        assert_int_equal(pthread_create(&thread, NULL, call, &data), 0);
        await_gate(fixture);
        fork_both_ways(&world);
        open_gate(fixture);
        pthread_join(thread, NULL);
        assert_int_equal(data.error, 0);
        assert_int_equal(sign(fixture->card), 0);
        tlscard_close(fixture->card);
        fixture->card = NULL;
    }
    fake_card_stop(&world.other);
}

int main(void)
{
#define OPENED(test) cmocka_unit_test_setup_teardown(test, fixture_opened, fixture_end)
    const struct CMUnitTest tests[] = {
        OPENED(while_a_queue_gets_its_memory),
        OPENED(while_a_queue_is_enabled_and_disabled),
        OPENED(while_a_queue_gives_its_memory_back),
        OPENED(while_the_card_resets),
        OPENED(while_the_interrupts_are_attached_again),
        cmocka_unit_test_setup_teardown(while_the_card_is_opened, fixture_prepared, fixture_end),
    };

    return cmocka_run_group_tests_name("fork_threads", tests, NULL, NULL);
}
