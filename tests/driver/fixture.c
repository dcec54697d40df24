/* SPDX-License-Identifier: Apache-2.0 */
/* Shared set-up of the driver's tests. */
#include "tests/driver/fixture.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int fixture_prepared(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    assert_non_null(fixture);
    snprintf(fixture->directory, sizeof fixture->directory, "/tmp/tlscard-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    fake_card_prepare(&fixture->fake, fixture->directory, 0);
    *state = fixture;
    return 0;
}

int fixture_open(struct fixture *fixture, unsigned deadline_ms)
{
    char address[160];

    if (!fixture->running)
        fake_card_start(&fixture->fake);
    fixture->running = 1;
    snprintf(address, sizeof address, "vfio-user:%s", fixture->fake.path);
    return tlscard_open(address, deadline_ms, &fixture->card, fixture->message);
}

int fixture_opened(void **state)
{
    fixture_prepared(state);
    struct fixture *fixture = *state;
    int error = fixture_open(fixture, 0);

    if (error != 0)
        print_error("%s\n", fixture->message);
    return error;
}

int fixture_end(void **state)
{
    struct fixture *fixture = *state;

    if (fixture->running)
        open_gate(fixture);
    tlscard_close(fixture->card);
    if (fixture->running)
        fake_card_stop(&fixture->fake);
    unsigned errors = fixture->fake.dma_errors;
    rmdir(fixture->directory);
    free(fixture);
    if (errors > 0)
        print_error("the card touched memory that is not mapped, %u times\n", errors);
    return errors > 0;
}

static void fill(uint8_t *octets, size_t size, unsigned seed)
{
    for (size_t index = 0; index < size; index++)
        octets[index] = (uint8_t)(index * 7 + seed);
    if (size == 0) /* never, which the compiler cannot know */
        return;
    octets[0] |= 0x80;
    octets[size - 1] |= 1;
}

void make_components(struct key_octets *key, size_t size, int has_private)
{
    struct tlscard_octets *parts[] = {&key->components.p, &key->components.q, &key->components.dp,
                                      &key->components.dq, &key->components.qinv};

    memset(key, 0, sizeof *key);
    fill(key->n, size, 3);
    memcpy(key->e, "\x01\x00\x01", 3);
    key->components.n = (struct tlscard_octets){key->n, size};
    key->components.e = (struct tlscard_octets){key->e, sizeof key->e};
    for (unsigned index = 0; has_private && index < 5; index++) {
        fill(key->parts[index], size / 2, 11 * (index + 1));
        *parts[index] = (struct tlscard_octets){key->parts[index], size / 2};
    }
}

struct tlscard_rsa_key *make_key(struct tlscard *card, size_t size, int has_private)
{
    struct tlscard_rsa_key *key;
    struct key_octets octets;

    make_components(&octets, size, has_private);
    assert_int_equal(tlscard_rsa_key_create(card, &octets.components, &key), 0);
    return key;
}

struct tlscard_queue *open_queue(struct fixture *fixture, unsigned entries)
{
    struct tlscard_queue *queue;

    assert_int_equal(tlscard_queue_open(fixture->card, entries, &queue), 0);
    return queue;
}

unsigned hold(struct fake_card *fake, unsigned number, const struct tlscard_submission *entry,
              struct tlscard_completion *completion)
{
    (void)fake;
    (void)number;
    (void)entry;
    (void)completion;
    return FAKE_HOLD;
}

void await_held(struct fixture *fixture, unsigned count)
{
    for (unsigned tries = 0; tries < 60000; tries++) {
        pthread_mutex_lock(&fixture->fake.lock);
        unsigned held = fixture->fake.held_count;
        pthread_mutex_unlock(&fixture->fake.lock);
        if (held == count)
            return;
        poll(NULL, 0, 1);
    }
    fail_msg("the card never had %u requests", count);
}

void answer(struct fixture *fixture, unsigned index)
{
    pthread_mutex_lock(&fixture->fake.lock);
    fake_card_answer(&fixture->fake, index);
    pthread_mutex_unlock(&fixture->fake.lock);
}

struct fake_card *seen(struct fixture *fixture)
{
    pthread_mutex_lock(&fixture->fake.lock);
    pthread_mutex_unlock(&fixture->fake.lock);
    return &fixture->fake;
}

void close_gate(struct fixture *fixture, unsigned command, unsigned skip)
{
    pthread_mutex_lock(&fixture->fake.lock);
    fixture->fake.gate_command = command;
    fixture->fake.gate_skip = skip;
    pthread_mutex_unlock(&fixture->fake.lock);
}

void await_gate(struct fixture *fixture)
{
    struct timespec until;
    int error = 0, there;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 60;
    pthread_mutex_lock(&fixture->fake.lock);
    while (!fixture->fake.at_gate && error == 0)
        error = pthread_cond_timedwait(&fixture->fake.gate_moved, &fixture->fake.lock, &until);
    there = fixture->fake.at_gate;
    pthread_mutex_unlock(&fixture->fake.lock);
    assert_true(there);
}

void open_gate(struct fixture *fixture)
{
    pthread_mutex_lock(&fixture->fake.lock);
    fixture->fake.gate_command = 0;
    pthread_cond_broadcast(&fixture->fake.gate_moved);
    pthread_mutex_unlock(&fixture->fake.lock);
}

unsigned maps(struct fixture *fixture)
{
    unsigned count = 0;

    for (unsigned index = 0; index < FAKE_MAX_MAPS; index++)
        count += seen(fixture)->maps[index].memory != NULL;
    return count;
}

struct tlscard_request *submit(struct tlscard_queue *queue, struct tlscard_rsa_key *key, uint8_t seed)
{
    struct tlscard_request *request;
    uint8_t source[512];

    memset(source, seed, sizeof source);
    assert_int_equal(tlscard_rsa_private(queue, key, source, tlscard_rsa_key_size(key), &request), 0);
    return request;
}

void expect_result(struct tlscard_request *request, struct tlscard_rsa_key *key, uint8_t seed)
{
    struct tlscard_result result;
    uint8_t output[512], expected[512];
    size_t size = tlscard_rsa_key_size(key);

    assert_int_equal(tlscard_request_wait(request, 60000), 0);
    assert_int_equal(tlscard_request_done(request), 1);
    assert_int_equal(tlscard_request_result(request, output, sizeof output, &result), 0);
    assert_int_equal(result.status, TLSCARD_STATUS_OK);
    assert_int_equal(result.length, size);
    fill(expected, size, 3);
    for (size_t index = 0; index < size; index++)
        expected[index] = (uint8_t)(expected[index] + seed);
    assert_memory_equal(output, expected, size);
    tlscard_request_release(request);
}
