/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records of AES-GCM on the simulated card, against libcrypto. A test is skipped where libtlscard-sim.so
 * has not been built, or its card has no AES-GCM lane.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "driver/tlscard.h"
#include "tests/driver/records.h"
#include "tests/driver/simulation.h"

#define LONGEST TLSCARD_GCM_MOST_PAYLOAD

static struct sample samples[15];

static void sealed_and_opened(void **state)
{
    static const size_t lengths[] = {0, 1, 15, 16, 17, 63, 64, 65, 128, 129, 1023, 1350, 4096, 16385, LONGEST};
    static const size_t aads[] = {0, 1, 5, 13, 16, 17, 64, 4095, 4096};
    struct simulation *simulation = need_opcode(state, TLSCARD_AES_GCM_SEAL);

    for (unsigned index = 0; index < sizeof lengths / sizeof lengths[0]; index++)
        for (unsigned bits = 0; bits < 4; bits++) {
            size_t aad = aads[(index + 2 * bits) % (sizeof aads / sizeof aads[0])];

            make_sample(&samples[0], (bits & 1) != 0 ? 16 : 32, aad, lengths[index], index * 4 + bits);
            struct tlscard_gcm_record record = record_of(&samples[0], bits >> 1);
            expect_record(submit_record(simulation->queue, &record), &samples[0], bits >> 1);
        }
}

/* Every length around the first blocks, a batch at a time, keys and directions mixed. */
static void batches(void **state)
{
    struct simulation *simulation = need_opcode(state, TLSCARD_AES_GCM_SEAL);
    struct tlscard_gcm_record records[15];
    struct tlscard_request *requests[15];
    struct tlscard_info before, after;
    size_t submitted;

    assert_int_equal(tlscard_info(simulation->card, &before), 0);
    for (unsigned round = 0; round < 12; round++) {
        for (unsigned index = 0; index < 15; index++) {
            unsigned seed = round * 15 + index;

            make_sample(&samples[index], seed % 3 != 0 ? 16 : 32, seed % 37, seed, seed);
            records[index] = record_of(&samples[index], seed % 2 != 0);
        }
        assert_int_equal(tlscard_gcm_submit(simulation->queue, records, 15, requests, &submitted), 0);
        assert_int_equal(submitted, 15);
        for (unsigned index = 0; index < 15; index++)
            expect_record(requests[index], &samples[index], records[index].open);
    }
    assert_int_equal(tlscard_info(simulation->card, &after), 0);
    assert_int_equal(after.gcm_completed, before.gcm_completed + 12 * 15);
    assert_int_equal(after.gcm_failed, before.gcm_failed);
    assert_true(after.gcm_lanes > 0);
}

static void what_does_not_authenticate_is_refused(void **state)
{
    struct simulation *simulation = need_opcode(state, TLSCARD_AES_GCM_OPEN);
    struct tlscard_info before, after;
    unsigned refused = 0;

    assert_int_equal(tlscard_info(simulation->card, &before), 0);
    for (unsigned length = 0; length < 64; length += 21)
        for (unsigned wrong = 0; wrong < 6; wrong++) {
            struct sample *sample = &samples[0];
            struct tlscard_result result;
            uint8_t output[64] = {0x11};

            make_sample(sample, wrong % 2 != 0 ? 16 : 32, 13, length, wrong);
            uint8_t *const spoilt[] = {sample->tag, &sample->tag[15], sample->aad, &sample->aad[12],
                                       &sample->nonce[11], length > 0 ? &sample->sealed[length - 1] : sample->key};
            *spoilt[wrong] ^= 0x01;
            struct tlscard_gcm_record record = record_of(sample, 1);
            struct tlscard_request *request = submit_record(simulation->queue, &record);
            assert_int_equal(tlscard_request_wait(request, RECORD_TIMEOUT_MS), 0);
            assert_int_equal(tlscard_gcm_result(request, output, length, NULL, &result), -EBADMSG);
            assert_int_equal(result.status, TLSCARD_TAG_MISMATCH);
            assert_int_equal(output[0], 0x11);
            tlscard_request_release(request);
            refused++;
        }
    assert_int_equal(tlscard_info(simulation->card, &after), 0);
    assert_int_equal(after.gcm_failed, before.gcm_failed + refused);
}

/* What is secret does not show in the cycles of a record that is alone on the card. */
static void cycles_depend_on_lengths_alone(void **state)
{
    static const size_t lengths[] = {0, 1, 64, 1350};
    struct simulation *simulation = need_opcode(state, TLSCARD_AES_GCM_SEAL);

    for (unsigned index = 0; index < 4; index++)
        for (unsigned bits = 0; bits < 4; bits++) {
            uint32_t first = 0;

            for (unsigned seed = 0; seed < 4; seed++) {
                make_sample(&samples[0], (bits & 1) != 0 ? 16 : 32, 13, lengths[index], seed);
                struct tlscard_gcm_record record = record_of(&samples[0], bits >> 1);
                uint32_t cycles = expect_record(submit_record(simulation->queue, &record), &samples[0], bits >> 1);
                first = first != 0 ? first : cycles;
                assert_int_equal(cycles, first);
            }
            print_message("# AES-%u %s, %zu octets: %u cycles\n", (bits & 1) != 0 ? 128 : 256,
                          bits >> 1 != 0 ? "opened" : "sealed", lengths[index], first);
        }
}

/* The card answers or drops what was in flight, and then works as before. */
static void a_reset_with_records_in_flight(void **state)
{
    struct simulation *simulation = need_opcode(state, TLSCARD_AES_GCM_SEAL);
    struct tlscard_gcm_record records[15];
    struct tlscard_request *requests[15];
    size_t submitted;

    for (unsigned index = 0; index < 15; index++) {
        make_sample(&samples[index], 16, 13, 16384, index);
        records[index] = record_of(&samples[index], 0);
    }
    assert_int_equal(tlscard_gcm_submit(simulation->queue, records, 15, requests, &submitted), 0);
    assert_int_equal(tlscard_reset(simulation->card, RECORD_TIMEOUT_MS), 0);
    for (unsigned index = 0; index < 15; index++) {
        assert_int_equal(tlscard_request_done(requests[index]), 1);
        tlscard_request_release(requests[index]);
    }
    assert_int_equal(tlscard_queue_poll(simulation->queue), 0);
    assert_int_equal(tlscard_queue_depth(simulation->queue), 0);
    assert_int_equal(tlscard_gcm_submit(simulation->queue, records, 15, requests, &submitted), 0);
    for (unsigned index = 0; index < 15; index++)
        expect_record(requests[index], &samples[index], 0);
}

int main(void)
{
#define SIMULATED(test) cmocka_unit_test_setup_teardown(test, open_simulation, close_simulation)
    const struct CMUnitTest tests[] = {
        SIMULATED(sealed_and_opened),
        SIMULATED(batches),
        SIMULATED(what_does_not_authenticate_is_refused),
        SIMULATED(cycles_depend_on_lengths_alone),
        SIMULATED(a_reset_with_records_in_flight),
    };

    return cmocka_run_group_tests_name("sim_gcm", tests, NULL, NULL);
}
