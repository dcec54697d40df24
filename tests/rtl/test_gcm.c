/* SPDX-License-Identifier: Apache-2.0 */
/* The AES-GCM lane: records against libcrypto, gaps, altered records, aborts, beats that break the contract.
 *
 * TLSCARD_GCM_RECORDS is the number of random records, 2,000 without it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "driver/tlscard_map.h"
#include "tests/rtl/gcm_records.h"

enum { BATCH = 40, REPORT = 20000, TLS_ADDITIONAL = 13 };

static struct gcm_bench bench;
static uint64_t seed;

static int open_lane(void **state)
{
    (void)state;
    const char *given = getenv("TLSCARD_TEST_SEED");
    seed = given ? strtoull(given, NULL, 0) : 20261122;
    print_message("# seed %llu\n", (unsigned long long)seed);
    return gcm_bench_open(&bench, seed);
}

static int close_lane(void **state)
{
    (void)state;
    gcm_bench_close(&bench);
    return 0;
}

static int no_gaps(void **state)
{
    (void)state;
    bench.stall_cmd = bench.stall_in = bench.stall_out = bench.stall_done = 0;
    return 0;
}

/* Run the records and fail with the first that is not as it should be. */
static void run_good(struct gcm_record *records, unsigned count)
{
    int result = gcm_records_run(&bench, records, count);
    for (unsigned n = 0; n < count; n++) {
        const struct gcm_job *job = &records[n].job;
        const char *fault = gcm_record_fault(&records[n]);
        if (fault)
            fail_msg("record %u of %u: %s (status %#x; %s, key %u, additional %u, payload %u, end %d at beat %u)", n,
                     count, fault, job->status, job->open ? "open" : "seal", job->key_octets, job->additional_octets,
                     job->octets, (int)job->end, job->end_beat);
    }
    assert_int_equal(result, 0);
}

/* Every remainder, one record right behind the other. */
static void test_lengths(void **state)
{
    (void)state;
    static const unsigned additional[] = {0, 1, 5, 13, 15, 16, 17, 32, 33};
    enum { KINDS = sizeof(additional) / sizeof(additional[0]), LONGEST = 81 };
    struct gcm_record *records = gcm_records_new(KINDS * 4);
    for (unsigned octets = 0; octets <= LONGEST; octets++) {
        for (unsigned n = 0; n < KINDS * 4; n++)
            gcm_record_make(&records[n], &bench.random, n & 1, n & 2 ? 32 : 16, additional[n / 4], octets);
        run_good(records, KINDS * 4);
    }
    gcm_records_free(records, KINDS * 4);
}

static void test_largest(void **state)
{
    (void)state;
    static const unsigned octets[] = {GCM_PAYLOAD, GCM_PAYLOAD - 1, 0, 1};
    static const unsigned additional[] = {GCM_ADDITIONAL, 0, GCM_ADDITIONAL, GCM_ADDITIONAL - 15};
    struct gcm_record *records = gcm_records_new(8);
    for (unsigned n = 0; n < 8; n++)
        gcm_record_make(&records[n], &bench.random, n & 1, n & 2 ? 16 : 32, additional[n / 2], octets[n / 2]);
    run_good(records, 8);
    gcm_records_free(records, 8);
}

/* Gaps of a kind that changes with each batch; one batch in four has none. */
static void random_gaps(void)
{
    static const unsigned stalls[] = {0, 20, 128, 240};
    uint64_t choice = gcm_bench_random(&bench.random) >> 16;
    int none = (choice & 3) == 0;
    bench.stall_cmd = none ? 0 : stalls[choice >> 2 & 3];
    bench.stall_in = none ? 0 : stalls[choice >> 4 & 3];
    bench.stall_out = none ? 0 : stalls[choice >> 6 & 3];
    bench.stall_done = none ? 0 : stalls[choice >> 8 & 3];
}

static void random_end(struct gcm_record *record)
{
    struct gcm_job *job = &record->job;
    uint64_t choice = gcm_bench_random(&bench.random) >> 16;
    unsigned beats = gcm_bench_input_beats(job);
    if (choice & 15)
        return;
    job->end = choice >> 4 & 1 ? GCM_ABORT : choice >> 5 & 1 ? GCM_CUT : GCM_LONG;
    job->end_beat = (unsigned)(choice >> 16 & 0xffff) % (job->end == GCM_CUT ? beats - 1 : beats);
    if (job->end == GCM_LONG)
        job->end_beat++;
    job->abort_status = TLSCARD_STATUS_DMA_POISONED;
}

static void random_record(struct gcm_record *record)
{
    uint64_t choice = gcm_bench_random(&bench.random) >> 16;
    unsigned octets = (choice & 63) == 0 ? 16640 : (choice & 7) == 0 ? 1500 : 200;
    unsigned additional = (choice >> 6 & 63) == 0 ? GCM_ADDITIONAL : (choice >> 6 & 7) == 0 ? 64 : 16;
    gcm_record_random(record, &bench.random, additional, octets);
    enum gcm_flip flip = 1 + (choice >> 12 & 3);
    if (record->job.open && (choice >> 14 & 7) == 0 && (flip != FLIP_PAYLOAD || record->job.octets)
        && (flip != FLIP_ADDITIONAL || record->job.additional_octets))
        gcm_record_flip(record, &bench.random, flip);
    random_end(record);
}

static void test_random(void **state)
{
    (void)state;
    const char *given = getenv("TLSCARD_GCM_RECORDS");
    unsigned long total = given ? strtoul(given, NULL, 0) : 2000;
    struct gcm_record *records = gcm_records_new(BATCH);
    for (unsigned long n = 0; n < total; n += BATCH) {
        random_gaps();
        for (unsigned i = 0; i < BATCH; i++)
            random_record(&records[i]);
        run_good(records, BATCH);
        if ((n + BATCH) % REPORT == 0) {
            print_message("# %lu records\n", n + BATCH);
            fflush(stdout);
        }
    }
    gcm_records_free(records, BATCH);
}

/* One bit of each part at a time; the plaintext still comes, the status says what it is worth. */
static void test_altered(void **state)
{
    (void)state;
    struct gcm_record *records = gcm_records_new(9);
    for (unsigned round = 0; round < 100; round++) {
        for (unsigned n = 0; n < 9; n++) {
            unsigned octets = 1 + (unsigned)(gcm_bench_random(&bench.random) >> 20) % 100;
            gcm_record_make(&records[n], &bench.random, 1, round & 1 ? 32 : 16, TLS_ADDITIONAL, octets);
            if (n & 1)
                gcm_record_flip(&records[n], &bench.random, 1 + n / 2);
        }
        run_good(records, 9);
        assert_int_equal(records[1].job.status, TLSCARD_STATUS_TAG_MISMATCH);
        assert_int_equal(records[8].job.status, TLSCARD_STATUS_OK);
    }
    gcm_records_free(records, 9);
}

/* Each bit of a tag counts. */
static void test_tag_bits(void **state)
{
    (void)state;
    struct gcm_record *record = gcm_records_new(1);
    for (unsigned octets = 13; octets < 17; octets++) {
        gcm_record_make(record, &bench.random, 1, 16, 5, octets);
        for (unsigned bit = 0; bit < 8 * GCM_TAG; bit++) {
            record->source[octets + bit / 8] ^= (uint8_t)(1 << bit % 8);
            record->flip = FLIP_TAG;
            run_good(record, 1);
            record->source[octets + bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        record->flip = FLIP_NONE;
        run_good(record, 1);
    }
    gcm_records_free(record, 1);
}

/* A record that ends with each of its beats in turn, between two that do not. */
static void end_everywhere(enum gcm_end end, unsigned from, unsigned beyond)
{
    static const struct {
        unsigned key, additional, octets;
    } shapes[] = {{16, 0, 0}, {32, 0, 0}, {32, 13, 150}, {16, 40, 64}, {32, 100, 1}};
    struct gcm_record *records = gcm_records_new(3);
    for (unsigned shape = 0; shape < 10; shape++) {
        unsigned key = shapes[shape / 2].key, additional = shapes[shape / 2].additional;
        unsigned octets = shapes[shape / 2].octets, last = UINT32_MAX;
        for (unsigned beat = from; last == UINT32_MAX || beat < last; beat++) {
            for (unsigned n = 0; n < 3; n++)
                gcm_record_make(&records[n], &bench.random, shape & 1, key, additional, octets);
            last = end == GCM_LONG ? 4 : gcm_bench_input_beats(&records[1].job) + beyond;
            records[1].job.end = end;
            records[1].job.end_beat = beat;
            records[1].job.abort_status = TLSCARD_STATUS_DMA_COMPLETER_ABORT;
            run_good(records, 3);
        }
    }
    gcm_records_free(records, 3);
}

static void test_aborts(void **state)
{
    (void)state;
    end_everywhere(GCM_ABORT, 0, 0);
    random_gaps();
    end_everywhere(GCM_ABORT, 0, 0);
}

/* An abort that says OK is one all the same. */
static void test_abort_without_status(void **state)
{
    (void)state;
    struct gcm_record *record = gcm_records_new(1);
    gcm_record_make(record, &bench.random, 0, 16, 5, 50);
    record->job.end = GCM_ABORT;
    record->job.end_beat = 3;
    record->job.abort_status = TLSCARD_STATUS_OK;
    gcm_records_run(&bench, record, 1);
    assert_int_equal(record->job.status, TLSCARD_STATUS_DMA_MALFORMED);
    gcm_records_free(record, 1);
}

/* Beats that disagree with the lengths: the record is malformed and the next one whole. */
static void test_disagreeing_lengths(void **state)
{
    (void)state;
    end_everywhere(GCM_CUT, 0, -1u);
    end_everywhere(GCM_LONG, 1, 0);
}

/* Records come faster than their results are taken, until the lane takes no more. */
static void test_back_pressure(void **state)
{
    (void)state;
    struct gcm_record *records = gcm_records_new(30);
    for (unsigned round = 0; round < 8; round++) {
        for (unsigned n = 0; n < 30; n++)
            gcm_record_random(&records[n], &bench.random, 16, round & 1 ? 2000 : 40);
        bench.stall_out = round & 2 ? 250 : 0;
        bench.stall_done = round & 4 ? 252 : 0;
        run_good(records, 30);
    }
    gcm_records_free(records, 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_lengths, no_gaps),
        cmocka_unit_test_setup(test_largest, no_gaps),
        cmocka_unit_test_setup(test_altered, no_gaps),
        cmocka_unit_test_setup(test_tag_bits, no_gaps),
        cmocka_unit_test_setup(test_aborts, no_gaps),
        cmocka_unit_test_setup(test_abort_without_status, no_gaps),
        cmocka_unit_test_setup(test_disagreeing_lengths, no_gaps),
        cmocka_unit_test_setup(test_back_pressure, no_gaps),
        cmocka_unit_test_setup(test_random, no_gaps),
    };
    return cmocka_run_group_tests(tests, open_lane, close_lane);
}
