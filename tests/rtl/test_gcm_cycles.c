/* SPDX-License-Identifier: Apache-2.0 */
/* The AES-GCM lane's budget of cycles, and that nothing but lengths and the key's size decides them.
 *
 * n is the number of a record's blocks of payload; a record of TLS has one block of additional data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/rtl/gcm_records.h"

enum { BUDGET = 6, LATENCY = 64, PERIOD = 8, COUNT = 3 * PERIOD };

static const unsigned sizes[] = {0, 1, 16, 64, 256, 1024, 1350, 4096, 16384};
enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };

static struct gcm_bench bench;

static int open_lane(void **state)
{
    (void)state;
    return gcm_bench_open(&bench, 3);
}

static int close_lane(void **state)
{
    (void)state;
    gcm_bench_close(&bench);
    return 0;
}

static unsigned blocks(unsigned octets)
{
    return (octets + 15) / 16;
}

static void run_good(struct gcm_record *records, unsigned count)
{
    assert_int_equal(gcm_records_run(&bench, records, count), 0);
    for (unsigned n = 0; n < count; n++)
        assert_null(gcm_record_fault(&records[n]));
}

static void test_alone(void **state)
{
    (void)state;
    struct gcm_record *record = gcm_records_new(1);
    for (unsigned n = 0; n < 8 * SIZES; n++) {
        unsigned octets = sizes[n / 8];
        gcm_record_make(record, &bench.random, n & 1, n & 2 ? 32 : 16, n & 4 ? 13 : 5, octets);
        run_good(record, 1);
        const struct gcm_job *job = &record->job;
        uint64_t cycles = job->finish - 1 - job->first;
        assert_in_range(cycles, 1, blocks(octets) + LATENCY);
        assert_int_equal(job->cycles, cycles);
        if (!job->open)
            assert_int_equal(job->last - job->first, cycles);
        if ((n & 7) == 7)
            print_message("# %u octets alone, to open, AES-256: %u cycles\n", octets, (unsigned)cycles);
    }
    gcm_records_free(record, 1);
}

/* Records, each with its own key; bits of their number that are in `change` choose direction and key size. */
static uint64_t back_to_back(unsigned octets, unsigned additional, unsigned change, unsigned fixed)
{
    struct gcm_record *records = gcm_records_new(COUNT);
    unsigned budget = blocks(octets) + (additional > 16 ? blocks(additional) - 1 : 0) + BUDGET;
    for (unsigned n = 0; n < COUNT; n++) {
        unsigned kind = (n & change) | fixed;
        gcm_record_make(&records[n], &bench.random, kind & 1, kind & 2 ? 32 : 16, additional, octets);
    }
    run_good(records, COUNT);
    /* A whole number of turns: a longer key is a beat that a shorter one is not. */
    for (unsigned n = PERIOD; n < COUNT; n++) {
        assert_in_range(records[n].job.first - records[n - PERIOD].job.first, 1, PERIOD * budget);
        assert_in_range(records[n].job.finish - records[n - PERIOD].job.finish, 1, PERIOD * budget);
    }
    uint64_t cycles = records[COUNT - 1].job.finish - records[PERIOD - 1].job.finish;
    gcm_records_free(records, COUNT);
    return cycles;
}

static void test_same_kind(void **state)
{
    (void)state;
    for (unsigned n = 0; n < SIZES; n++)
        for (unsigned kind = 0; kind < 4; kind++) {
            uint64_t cycles = back_to_back(sizes[n], kind & 1 ? 13 : 5, 0, kind);
            if (kind >= 2)
                print_message("# %u octets, AES-256, %s: %.2f cycles a record, %u blocks\n", sizes[n],
                              kind & 1 ? "open" : "seal", (double)cycles / (COUNT - PERIOD), blocks(sizes[n]));
        }
}

/* Directions, key sizes and both in turn. */
static void test_alternating(void **state)
{
    (void)state;
    for (unsigned n = 0; n < SIZES; n++)
        for (unsigned change = 1; change < 4; change++)
            back_to_back(sizes[n], n & 1 ? 13 : 5, change, 0);
}

static void test_alternating_every_length(void **state)
{
    (void)state;
    for (unsigned octets = 0; octets < 200; octets += 3)
        back_to_back(octets, octets % 17, 3, 0);
}

static void test_long_additional(void **state)
{
    (void)state;
    back_to_back(64, 4096, 3, 0);
    back_to_back(0, 100, 3, 0);
}

/* The key, the nonce, the octets and whether the tag is right do not show in any time. */
static void test_contents_do_not_show(void **state)
{
    (void)state;
    enum { MIX = 12 };
    struct gcm_record *records = gcm_records_new(MIX);
    uint64_t times[MIX][3];
    for (unsigned round = 0; round < 20; round++) {
        uint64_t start;
        for (unsigned n = 0; n < MIX; n++) {
            gcm_record_make(&records[n], &bench.random, n & 1, n & 2 ? 32 : 16, n * 5, n * n * 7);
            if ((n & 1) && (round & 1))
                gcm_record_flip(&records[n], &bench.random, FLIP_TAG);
            if (round == 5) {
                memset(records[n].job.key, 0, 32);
                memset(records[n].source, 0, n * n * 7);
            }
        }
        assert_int_equal(gcm_records_run(&bench, records, MIX), 0);
        start = records[0].job.first;
        for (unsigned n = 0; n < MIX; n++) {
            const struct gcm_job *job = &records[n].job;
            uint64_t now[3] = {job->first - start, job->finish - start, job->cycles};
            if (round)
                assert_memory_equal(times[n], now, sizeof(now));
            memcpy(times[n], now, sizeof(now));
        }
    }
    gcm_records_free(records, MIX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alone),
        cmocka_unit_test(test_same_kind),
        cmocka_unit_test(test_alternating),
        cmocka_unit_test(test_alternating_every_length),
        cmocka_unit_test(test_long_additional),
        cmocka_unit_test(test_contents_do_not_show),
    };
    return cmocka_run_group_tests(tests, open_lane, close_lane);
}
