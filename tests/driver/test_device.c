/* SPDX-License-Identifier: Apache-2.0 */
/* Information, reset, and a card that fails. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "driver/device.h"
#include "driver/queue.h"
#include "tests/driver/fixture.h"

static void information_is_what_the_registers_say(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_info info;
    char address[160];

    snprintf(address, sizeof address, "vfio-user:%s", fixture->fake.path);
    assert_int_equal(tlscard_info(fixture->card, &info), 0);
    assert_string_equal(info.address, address);
    assert_string_equal(info.transport, "vfio-user");
    assert_int_equal(info.vendor_id, TLSCARD_PCI_VENDOR_ID);
    assert_int_equal(info.device_id, TLSCARD_PCI_DEVICE_ID);
    assert_int_equal(info.version, TLSCARD_VERSION);
    assert_int_equal(info.map_hash, TLSCARD_MAP_HASH_VALUE);
    assert_int_equal(info.functions, 8);
    assert_int_equal(info.function, 0);
    assert_int_equal(info.queue_pairs, 4);
    assert_int_equal(info.max_entries, 1024);
    assert_int_equal(info.simulated, 1);
    assert_int_equal(info.pke_engines, 1);
    assert_int_equal(info.pke_contexts, 2);
    assert_int_equal(info.gcm_lanes, 3);
    assert_int_equal(info.clock_hz, 250000000);
    assert_int_equal(info.opcodes, TLSCARD_OPCODES_GCM | TLSCARD_OPCODES_PKE | TLSCARD_OPCODES_NONE);
    assert_int_equal(info.cycles, 0x3400000030);
    assert_int_equal(info.busy_cycles, 0x9400000090);
    assert_int_equal(info.multiplier_cycles, 0x9c00000098);
    assert_int_equal(info.pke_completed, 0);
    assert_int_equal(info.pke_failed, TLSCARD_REG_PKE_FAILED);
    assert_int_equal(info.gcm_completed, TLSCARD_REG_GCM_COMPLETED);
    assert_int_equal(info.gcm_failed, TLSCARD_REG_GCM_FAILED);
    assert_int_equal(info.error_count, TLSCARD_REG_ERROR_COUNT);
    assert_int_equal(info.error_code, TLSCARD_ERROR_INVALID_DOORBELL);
    assert_int_equal(info.error_queue, 3);
    assert_int_equal(info.error_address, 0x5c00000058);
}

static void a_connection_lost_fails_the_card_for_good(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_info info;
    struct tlscard_queue *queue;
    struct tlscard_rsa_key *key = NULL;
    struct key_octets octets;

    fake_card_stop(&fixture->fake);
    fixture->running = 0;
    assert_int_equal(tlscard_info(fixture->card, &info), -EIO);
    assert_int_equal(tlscard_info(fixture->card, &info), -EIO);
    assert_int_equal(tlscard_reset(fixture->card, 100), -EIO);
    assert_int_equal(tlscard_queue_open(fixture->card, 8, &queue), -EIO);
    assert_null(queue);
    make_components(&octets, 256, 1);
    assert_int_equal(tlscard_rsa_key_create(fixture->card, &octets.components, &key), -EIO);
    assert_null(key);
}

static void a_card_that_falls_silent_ends_at_the_deadline(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_info info;

    pthread_mutex_lock(&fixture->fake.lock);
    fixture->fake.fault = FAKE_SILENT;
    fixture->fake.fault_at = fixture->fake.messages + 3;
    pthread_mutex_unlock(&fixture->fake.lock);
    fixture->card->operation_ms = 50;
    assert_int_equal(tlscard_info(fixture->card, &info), -ETIMEDOUT);
    /* A read may be late: the card has not failed, and goes on. */
    fixture->card->operation_ms = 60000;
    assert_int_equal(tlscard_info(fixture->card, &info), 0);
}

/* Of a mapping that is not answered it is not known whether the card has it: its memory and address are nobody's until
 * the card is closed, and all else goes on. */
static void a_mapping_that_is_not_answered_is_kept_apart(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_info info;
    struct tlscard_queue *queue, *other;

    pthread_mutex_lock(&fixture->fake.lock);
    fixture->fake.fault = FAKE_SILENT;
    fixture->fake.fault_at = fixture->fake.messages + 1;
    pthread_mutex_unlock(&fixture->fake.lock);
    fixture->card->operation_ms = 50;
    assert_int_equal(tlscard_queue_open(fixture->card, 8, &queue), -ETIMEDOUT);
    assert_null(queue);
    fixture->card->operation_ms = 10000;
    assert_int_equal(tlscard_info(fixture->card, &info), 0);
    struct dma_region *apart = fixture->card->space.regions;
    assert_non_null(apart);
    assert_int_equal(tlscard_queue_open(fixture->card, 8, &other), 0);
    assert_int_equal(other->pair, 0);
    assert_ptr_equal(fixture->card->space.regions, apart);
    assert_true(other->region->iova >= apart->iova + apart->size);
    struct tlscard_rsa_key *key = make_key(fixture->card, 256, 1);
    expect_result(submit(other, key, 1), key, 1);
    tlscard_rsa_key_free(key);
}

/* The server stops for a while: a reset ends at its own deadline, and the late replies disturb nothing. */
static void replies_that_come_late_are_skipped(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_info info;

    int errors[3];

    pthread_mutex_lock(&fixture->fake.lock);
    errors[0] = tlscard_reset(fixture->card, 30);
    errors[1] = tlscard_reset(fixture->card, 30);
    fixture->card->operation_ms = 20;
    errors[2] = tlscard_info(fixture->card, &info);
    fixture->card->operation_ms = 60000;
    pthread_mutex_unlock(&fixture->fake.lock);
    for (unsigned index = 0; index < 3; index++)
        assert_int_equal(errors[index], -ETIMEDOUT);
    assert_int_equal(tlscard_info(fixture->card, &info), 0);
    assert_int_equal(info.clock_hz, 250000000);
    assert_int_equal(tlscard_reset(fixture->card, 0), 0);
}

static void set_script(struct fixture *fixture, fake_script *script)
{
    pthread_mutex_lock(&fixture->fake.lock);
    fixture->fake.script = script;
    pthread_mutex_unlock(&fixture->fake.lock);
}

static void a_reset_ends_requests_and_leaves_queues_usable(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_rsa_key *key = make_key(fixture->card, 256, 1);
    struct tlscard_queue *queues[2];
    struct tlscard_request *requests[6];
    uint8_t output[256];

    set_script(fixture, hold);
    assert_int_equal(tlscard_queue_open(fixture->card, 4, &queues[0]), 0);
    assert_int_equal(tlscard_queue_open(fixture->card, 4, &queues[1]), 0);
    for (unsigned index = 0; index < 6; index++)
        requests[index] = submit(queues[index % 2], key, (uint8_t)index);
    tlscard_request_release(requests[5]);
    assert_int_equal(tlscard_request_done(requests[0]), 0);
    assert_int_equal(tlscard_request_result(requests[0], output, sizeof output, NULL), -EINPROGRESS);
    assert_int_equal(tlscard_reset(fixture->card, 60000), 0);
    /* Whichever way the owner learns of it. */
    assert_int_equal(tlscard_request_done(requests[0]), 1);
    assert_int_equal(tlscard_request_result(requests[0], output, sizeof output, NULL), -ECANCELED);
    assert_int_equal(tlscard_request_wait(requests[1], 0), 0);
    assert_int_equal(tlscard_request_result(requests[1], output, sizeof output, NULL), -ECANCELED);
    assert_int_equal(tlscard_queue_depth(queues[0]), 0);
    assert_int_equal(tlscard_queue_depth(queues[1]), 0);
    set_script(fixture, NULL);
    for (unsigned index = 0; index < 5; index++) {
        assert_int_equal(tlscard_request_result(requests[index], output, sizeof output, NULL), -ECANCELED);
        tlscard_request_release(requests[index]);
    }
    for (unsigned round = 0; round < 10; round++)
        for (unsigned index = 0; index < 2; index++) {
            struct pollfd wait = {.fd = tlscard_queue_event(queues[index]), .events = POLLIN};
            struct tlscard_request *request = submit(queues[index], key, 9);

            assert_int_equal(poll(&wait, 1, 60000), 1);
            assert_int_equal(tlscard_queue_poll(queues[index]), 1);
            expect_result(request, key, 9);
        }
    tlscard_rsa_key_free(key);
}

static void poll_counts_what_a_reset_ended(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_rsa_key *key = make_key(fixture->card, 256, 1);
    struct tlscard_queue *queue;

    set_script(fixture, hold);
    assert_int_equal(tlscard_queue_open(fixture->card, 8, &queue), 0);
    struct tlscard_request *first = submit(queue, key, 1), *second = submit(queue, key, 2);
    assert_int_equal(tlscard_queue_poll(queue), 0);
    assert_int_equal(tlscard_reset(fixture->card, 0), 0);
    assert_int_equal(tlscard_queue_poll(queue), 2);
    assert_int_equal(tlscard_queue_poll(queue), 0);
    tlscard_request_release(first);
    tlscard_request_release(second);
    tlscard_rsa_key_free(key);
}

/* Requests stay in flight, since the card may still write, until a later reset is done. */
static void a_reset_that_misses_its_deadline_can_be_repeated(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_rsa_key *key = make_key(fixture->card, 256, 1);
    struct tlscard_queue *queue, *other;
    struct tlscard_request *request, *refused;
    uint8_t octets[256] = {0};

    set_script(fixture, hold);
    assert_int_equal(tlscard_queue_open(fixture->card, 8, &queue), 0);
    request = submit(queue, key, 1);
    pthread_mutex_lock(&fixture->fake.lock);
    fixture->fake.status = 2;
    pthread_mutex_unlock(&fixture->fake.lock);
    assert_int_equal(tlscard_reset(fixture->card, 50), -ETIMEDOUT);
    assert_int_equal(tlscard_request_done(request), 0);
    assert_int_equal(tlscard_request_wait(request, 30), -ETIMEDOUT);
    assert_int_equal(tlscard_queue_poll(queue), 0);
    assert_int_equal(tlscard_rsa_private(queue, key, octets, 256, &refused), -EAGAIN);
    assert_int_equal(tlscard_queue_open(fixture->card, 8, &other), -EAGAIN);
    assert_int_equal(tlscard_queue_depth(queue), 1);
    pthread_mutex_lock(&fixture->fake.lock);
    fixture->fake.status = 1;
    fixture->fake.script = NULL;
    pthread_mutex_unlock(&fixture->fake.lock);
    assert_int_equal(tlscard_reset(fixture->card, 60000), 0);
    assert_int_equal(tlscard_request_result(request, octets, sizeof octets, NULL), -ECANCELED);
    tlscard_request_release(request);
    expect_result(submit(queue, key, 3), key, 3);
    tlscard_rsa_key_free(key);
}

/* What is left open is closed with the card: queues, requests in flight and keys. */
static void close_releases_everything(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queues[4];

    set_script(fixture, hold);
    for (unsigned index = 0; index < 4; index++) {
        assert_int_equal(tlscard_queue_open(fixture->card, 1024, &queues[index]), 0);
        submit(queues[index], make_key(fixture->card, 512, 1), 1);
    }
    tlscard_close(fixture->card);
    fixture->card = NULL;
    tlscard_close(NULL);
    assert_int_equal(fixture_open(fixture, 0), 0);
}

int main(void)
{
#define OPENED(test) cmocka_unit_test_setup_teardown(test, fixture_opened, fixture_end)
    const struct CMUnitTest tests[] = {
        OPENED(information_is_what_the_registers_say),
        OPENED(a_connection_lost_fails_the_card_for_good),
        OPENED(a_card_that_falls_silent_ends_at_the_deadline),
        OPENED(a_mapping_that_is_not_answered_is_kept_apart),
        OPENED(replies_that_come_late_are_skipped),
        OPENED(a_reset_ends_requests_and_leaves_queues_usable),
        OPENED(poll_counts_what_a_reset_ended),
        OPENED(a_reset_that_misses_its_deadline_can_be_repeated),
        OPENED(close_releases_everything),
    };

    return cmocka_run_group_tests_name("device", tests, NULL, NULL);
}
