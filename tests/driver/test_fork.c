/* SPDX-License-Identifier: Apache-2.0 */
/* A card opened before fork is the parent's: the child can do nothing to it, and let go of it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/driver/fixture.h"

struct held {
    struct fixture *fixture;
    struct tlscard_queue *queue;
    struct tlscard_rsa_key *key;
    struct tlscard_request *request;
};

/* The calls of the child; the number of the first that does not answer as it should, or 0. */
static int child_calls(const struct held *held)
{
    struct tlscard *card = held->fixture->card;
    struct tlscard_queue *queue;
    struct tlscard_request *request;
    struct tlscard_rsa_key *key;
    struct tlscard_info info;
    struct tlscard_result result;
    struct key_octets octets;
    uint8_t data[256] = {0};

    make_components(&octets, 256, 1);
    const int answers[] = {
        tlscard_info(card, &info),
        tlscard_reset(card, 100),
        tlscard_queue_open(card, 8, &queue),
        tlscard_queue_event(held->queue),
        tlscard_queue_poll(held->queue),
        tlscard_rsa_key_create(card, &octets.components, &key),
        tlscard_rsa_private(held->queue, held->key, data, 256, &request),
        tlscard_rsa_public(held->queue, held->key, data, 256, &request),
        tlscard_request_done(held->request),
        tlscard_request_wait(held->request, 100),
        tlscard_request_result(held->request, data, 256, &result),
    };
    for (int index = 0; index < (int)(sizeof answers / sizeof answers[0]); index++)
        if (answers[index] != -EOWNERDEAD)
            return index + 1;
    return tlscard_queue_depth(held->queue) == 0 ? 0 : 100;
}

static int child(const struct held *held)
{
    int verdict = child_calls(held);

    tlscard_request_release(held->request);
    tlscard_rsa_key_free(held->key);
    tlscard_queue_close(held->queue);
    tlscard_close(held->fixture->card);
    return verdict;
}

static unsigned message_count(struct fixture *fixture)
{
    pthread_mutex_lock(&fixture->fake.lock);
    unsigned count = fixture->fake.messages;
    pthread_mutex_unlock(&fixture->fake.lock);
    return count;
}

static void a_child_leaves_the_card_alone(void **state)
{
    struct held held = {.fixture = *state};
    struct fixture *fixture = held.fixture;
    struct tlscard_info info;
    int status;

    held.key = make_key(fixture->card, 256, 1);
    assert_int_equal(tlscard_queue_open(fixture->card, 8, &held.queue), 0);
    expect_result(submit(held.queue, held.key, 1), held.key, 1);
    held.request = submit(held.queue, held.key, 2);
    assert_int_equal(tlscard_request_wait(held.request, 60000), 0);
    /* An answer comes after all that was posted: no message is under way. */
    assert_int_equal(tlscard_info(fixture->card, &info), 0);
    unsigned messages = message_count(fixture);
    pid_t process = fork();
    if (process == 0)
        _exit(child(&held));
    assert_int_equal(waitpid(process, &status, 0), process);
    assert_int_equal(status, 0);
    assert_int_equal(message_count(fixture), messages);
    /* The parent goes on, its key still whole. */
    expect_result(held.request, held.key, 2);
    expect_result(submit(held.queue, held.key, 3), held.key, 3);
    tlscard_rsa_key_free(held.key);
}

/* The child opens a card of its own. */
static void a_child_may_open_another_function(void **state)
{
    struct fixture *fixture = *state;
    static struct fake_card other;
    char address[160];
    int status;

    fake_card_prepare(&other, fixture->directory, 1);
    fake_card_start(&other);
    snprintf(address, sizeof address, "vfio-user:%s", other.path);
    pid_t process = fork();
    if (process == 0) {
        struct tlscard *card;
        struct tlscard_info info;
        int error = tlscard_open(address, 0, &card, NULL);

        if (error == 0)
            error = tlscard_info(card, &info);
        tlscard_close(fixture->card);
        if (error == 0)
            error = tlscard_info(card, &info);
        tlscard_close(card);
        _exit(error == 0 && info.function == 1 ? 0 : 1);
    }
    assert_int_equal(waitpid(process, &status, 0), process);
    assert_int_equal(status, 0);
    fake_card_stop(&other);
}

int main(void)
{
#define OPENED(test) cmocka_unit_test_setup_teardown(test, fixture_opened, fixture_end)
    const struct CMUnitTest tests[] = {
        OPENED(a_child_leaves_the_card_alone),
        OPENED(a_child_may_open_another_function),
    };

    return cmocka_run_group_tests_name("fork", tests, NULL, NULL);
}
