/* SPDX-License-Identifier: Apache-2.0 */
/* Requests: waiting, results, statuses, and those given up before the card answers. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "driver/queue.h"
#include "tests/driver/fixture.h"

static unsigned lose_interrupt(struct fake_card *fake, unsigned number, const struct tlscard_submission *entry,
                               struct tlscard_completion *completion)
{
    (void)fake;
    (void)number;
    (void)entry;
    (void)completion;
    return FAKE_NO_INTERRUPT;
}

static unsigned refuse(struct fake_card *fake, unsigned number, const struct tlscard_submission *entry,
                       struct tlscard_completion *completion)
{
    (void)number;
    (void)entry;
    completion->status = *(uint8_t *)fake->script_context;
    completion->result_length = 0;
    return 0;
}

struct setting {
    struct fixture *fixture;
    struct tlscard_queue *queue;
    struct tlscard_rsa_key *key;
};

static struct setting begin(void **state, fake_script *script)
{
    struct setting setting = {.fixture = *state};

    CHANGE(setting.fixture, script, script);
    setting.key = make_key(setting.fixture->card, 256, 1);
    assert_int_equal(tlscard_queue_open(setting.fixture->card, 8, &setting.queue), 0);
    return setting;
}

static void a_result_is_delivered_once_ended(void **state)
{
    struct setting setting = begin(state, hold);
    struct tlscard_request *request = submit(setting.queue, setting.key, 4);
    struct tlscard_result result;
    uint8_t output[256];

    assert_int_equal(tlscard_request_done(request), 0);
    assert_int_equal(tlscard_request_result(request, output, 256, &result), -EINPROGRESS);
    assert_int_equal(tlscard_request_wait(request, 0), -ETIMEDOUT);
    assert_int_equal(tlscard_request_wait(request, 30), -ETIMEDOUT);
    await_held(setting.fixture, 1);
    answer(setting.fixture, 0);
    assert_int_equal(tlscard_request_wait(request, 60000), 0);
    assert_int_equal(tlscard_request_result(request, output, 255, &result), -ENOSPC);
    assert_int_equal(result.length, 256);
    assert_int_equal(result.cycles, 1000);
    expect_result(request, setting.key, 4);
    tlscard_request_release(NULL);
    tlscard_rsa_key_free(setting.key);
}

static void *answer_later(void *context)
{
    struct fixture *fixture = context;

    await_held(fixture, 1);
    poll(NULL, 0, 40);
    answer(fixture, 0);
    return NULL;
}

static void a_sleeper_is_woken(void **state)
{
    struct setting setting = begin(state, hold);
    struct tlscard_request *request = submit(setting.queue, setting.key, 4);
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, answer_later, setting.fixture), 0);
    expect_result(request, setting.key, 4);
    pthread_join(thread, NULL);
    tlscard_rsa_key_free(setting.key);
}

static void a_lost_interrupt_does_not_lose_the_request(void **state)
{
    struct setting setting = begin(state, lose_interrupt);

    for (unsigned round = 0; round < 20; round++)
        expect_result(submit(setting.queue, setting.key, 4), setting.key, 4);
    tlscard_rsa_key_free(setting.key);
}

static void interrupts_without_completion_do_not_end_a_wait(void **state)
{
    struct setting setting = begin(state, hold);
    struct tlscard_request *request = submit(setting.queue, setting.key, 4);

    await_held(setting.fixture, 1);
    fake_card_interrupt(&setting.fixture->fake, 0);
    assert_int_equal(tlscard_request_wait(request, 60), -ETIMEDOUT);
    answer(setting.fixture, 0);
    expect_result(request, setting.key, 4);
    tlscard_rsa_key_free(setting.key);
}

static void each_status_is_handed_on(void **state)
{
    static const uint8_t statuses[] = {
#define VALUE(name, value, text) value,
        TLSCARD_STATUS_LIST(VALUE)
#undef VALUE
        0xff};
    uint8_t status;
    struct setting setting = begin(state, refuse);

    CHANGE(setting.fixture, script_context, &status);
    for (size_t index = 1; index < sizeof statuses; index++) {
        struct tlscard_result result;
        uint8_t output[256] = {0x11};

        pthread_mutex_lock(&setting.fixture->fake.lock);
        status = statuses[index];
        pthread_mutex_unlock(&setting.fixture->fake.lock);
        struct tlscard_request *request = submit(setting.queue, setting.key, 4);
        assert_int_equal(tlscard_request_wait(request, 60000), 0);
        assert_int_equal(tlscard_request_result(request, output, sizeof output, &result), -EBADMSG);
        assert_int_equal(result.status, status);
        assert_int_equal(result.length, 0);
        assert_int_equal(output[0], 0x11);
        tlscard_request_release(request);
    }
    assert_int_equal(tlscard_queue_depth(setting.queue), 0);
    tlscard_rsa_key_free(setting.key);
}

/* Given up in flight: its slot and the key stay until the late completion, and are wiped then. */
static void a_request_given_up_is_quarantined(void **state)
{
    struct setting setting = begin(state, hold);
    struct tlscard_request *request = submit(setting.queue, setting.key, 0x66);
    const uint8_t *source = request->source, *result = request->result;

    await_held(setting.fixture, 1);
    const uint8_t *block = fake_card_memory(&setting.fixture->fake, setting.fixture->fake.entry.key_address, 1);
    tlscard_request_release(request);
    tlscard_request_release(request);
    tlscard_rsa_key_free(setting.key);
    assert_int_equal(source[0], 0x66);
    assert_int_equal(block[0], 0x83);
    assert_int_equal(tlscard_queue_depth(setting.queue), 1);
    answer(setting.fixture, 0);
    assert_int_not_equal(result[0], 0);
    assert_int_equal(tlscard_queue_poll(setting.queue), 1);
    assert_int_equal(tlscard_queue_depth(setting.queue), 0);
    assert_int_equal(source[0], 0);
    assert_int_equal(result[0], 0);
    assert_int_equal(block[0], 0);
}

/* A queue whose every request was given up is full until the card answers. */
static void quarantine_counts_as_in_flight(void **state)
{
    struct setting setting = begin(state, hold);
    struct tlscard_request *request;
    uint8_t source[256] = {0};

    for (unsigned index = 0; index < 7; index++)
        tlscard_request_release(submit(setting.queue, setting.key, 1));
    assert_int_equal(tlscard_rsa_private(setting.queue, setting.key, source, 256, &request), -EAGAIN);
    await_held(setting.fixture, 7);
    for (unsigned index = 0; index < 7; index++)
        answer(setting.fixture, 6 - index);
    assert_int_equal(tlscard_queue_poll(setting.queue), 7);
    CHANGE(setting.fixture, script, NULL);
    expect_result(submit(setting.queue, setting.key, 8), setting.key, 8);
    tlscard_rsa_key_free(setting.key);
}

static void slots_are_wiped_when_they_are_given_back(void **state)
{
    struct setting setting = begin(state, NULL);
    struct tlscard_request *request = submit(setting.queue, setting.key, 0x77);
    const uint8_t *source = request->source, *result = request->result;

    assert_int_equal(tlscard_request_wait(request, 60000), 0);
    assert_int_equal(source[255], 0x77);
    assert_int_not_equal(result[255], 0);
    tlscard_request_release(request);
    for (unsigned index = 0; index < 256; index++) {
        assert_int_equal(source[index], 0);
        assert_int_equal(result[index], 0);
    }
    tlscard_rsa_key_free(setting.key);
}

/* The other side goes while a request sleeps: the wait ends well before its time. */
static void a_wait_ends_when_the_connection_does(void **state)
{
    struct setting setting = begin(state, hold);
    struct tlscard_request *request = submit(setting.queue, setting.key, 1);

    await_held(setting.fixture, 1);
    fake_card_stop(&setting.fixture->fake);
    setting.fixture->running = 0;
    assert_int_equal(tlscard_request_wait(request, 600000), -EIO);
    assert_int_equal(tlscard_request_done(request), 1);
    assert_int_equal(tlscard_request_result(request, NULL, 0, NULL), -EIO);
    tlscard_request_release(request);
    tlscard_rsa_key_free(setting.key);
}

int main(void)
{
#define OPENED(test) cmocka_unit_test_setup_teardown(test, fixture_opened, fixture_end)
    const struct CMUnitTest tests[] = {
        OPENED(a_result_is_delivered_once_ended),
        OPENED(a_sleeper_is_woken),
        OPENED(a_lost_interrupt_does_not_lose_the_request),
        OPENED(interrupts_without_completion_do_not_end_a_wait),
        OPENED(each_status_is_handed_on),
        OPENED(a_request_given_up_is_quarantined),
        OPENED(quarantine_counts_as_in_flight),
        OPENED(slots_are_wiped_when_they_are_given_back),
        OPENED(a_wait_ends_when_the_connection_does),
    };

    return cmocka_run_group_tests_name("request", tests, NULL, NULL);
}
