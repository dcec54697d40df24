/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing stays in the AES-GCM lane: two lanes that had different secrets are the same afterwards.
 *
 * Both get records of the same lengths, nonces and additional data in the same cycles, with keys and
 * payloads of their own. Once the lanes are idle every signal and memory is compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gcm_state_model.h"

/* The bench drives a model named gcm. */
#define GCM_BENCH_MODEL
#define gcm_model gcm_state_model
#define gcm_model_create gcm_state_model_create
#define gcm_model_eval gcm_state_model_eval
#define gcm_model_destroy gcm_state_model_destroy
#include "tests/rtl/gcm_bench.c"
#include "tests/rtl/gcm_records.c"

enum { LANES = 2, SEED = 77 };

static struct gcm_bench lanes[LANES];

static int open_lanes(void **state)
{
    (void)state;
    for (unsigned lane = 0; lane < LANES; lane++)
        if (gcm_bench_open(&lanes[lane], SEED))
            return -1;
    return 0;
}

static int close_lanes(void **state)
{
    (void)state;
    for (unsigned lane = 0; lane < LANES; lane++)
        gcm_bench_close(&lanes[lane]);
    return 0;
}

/* Signals that are not the same in both lanes; named where they should be. */
static unsigned differences(int named)
{
    const struct gcm_model *a = &lanes[0].model, *b = &lanes[1].model;
    unsigned count = 0;
#define STATE(name, octets, bits, entries)                                                                             \
    if (memcmp(a->name, b->name, (size_t)(octets) * (entries))) {                                                      \
        count++;                                                                                                       \
        if (named)                                                                                                     \
            print_message("# %s differs\n", #name);                                                                    \
    }
#include "gcm_state_state.h"
#undef STATE
    return count;
}

/* The same record for both, but for key and payload, which the lane's own numbers make. */
static void make(struct gcm_record *records[LANES], unsigned n, unsigned kind, unsigned additional, unsigned octets)
{
    for (unsigned lane = 0; lane < LANES; lane++) {
        struct gcm_record *record = &records[lane][n];
        uint64_t common = SEED + n, own = 1000 + 2 * n + lane;
        gcm_record_make(record, &own, 0, kind & 2 ? 32 : 16, additional, octets);
        fill(&common, record->job.nonce, GCM_NONCE);
        fill(&common, record->additional, additional);
        record->job.open = kind & 1;
        if (kind & 1) {
            record->source = need(realloc(record->source, octets + GCM_TAG));
            record->job.payload = record->source;
            memcpy(record->expected, record->source, octets);
            cipher(&record->job, 1, record->expected, record->source, record->source + octets);
        } else {
            cipher(&record->job, 1, record->source, record->expected, record->expected + octets);
        }
        record->job.abort_status = TLSCARD_STATUS_DMA_TIMEOUT;
    }
}

static void new_records(struct gcm_record *records[LANES], unsigned count)
{
    for (unsigned lane = 0; lane < LANES; lane++)
        records[lane] = gcm_records_new(count);
}

static void run_both(struct gcm_record *records[LANES], unsigned count)
{
    for (unsigned lane = 0; lane < LANES; lane++) {
        lanes[lane].random = SEED;
        assert_int_equal(gcm_records_run(&lanes[lane], records[lane], count), 0);
        for (unsigned n = 0; n < count; n++)
            assert_null(gcm_record_fault(&records[lane][n]));
    }
    assert_int_equal(differences(1), 0);
}

static void free_records(struct gcm_record *records[LANES], unsigned count)
{
    for (unsigned lane = 0; lane < LANES; lane++)
        gcm_records_free(records[lane], count);
}

static void test_each_kind(void **state)
{
    (void)state;
    static const unsigned octets[] = {0, 1, 15, 16, 17, 64, 100, 1000};
    struct gcm_record *records[LANES];
    new_records(records, 1);
    for (unsigned n = 0; n < 8; n++)
        for (unsigned kind = 0; kind < 4; kind++) {
            make(records, 0, kind, 5 * n, octets[n]);
            run_both(records, 1);
        }
    free_records(records, 1);
}

static void test_many(void **state)
{
    (void)state;
    enum { COUNT = 24 };
    struct gcm_record *records[LANES];
    new_records(records, COUNT);
    for (unsigned round = 0; round < 8; round++) {
        for (unsigned n = 0; n < COUNT; n++)
            make(records, n, n * 7 / 3, n, n * n);
        for (unsigned lane = 0; lane < LANES; lane++) {
            lanes[lane].stall_in = round & 1 ? 100 : 0;
            lanes[lane].stall_out = round & 2 ? 200 : 0;
            lanes[lane].stall_done = round & 4 ? 200 : 0;
        }
        run_both(records, COUNT);
    }
    for (unsigned lane = 0; lane < LANES; lane++)
        lanes[lane].stall_in = lanes[lane].stall_out = lanes[lane].stall_done = 0;
    free_records(records, COUNT);
}

static void test_aborted(void **state)
{
    (void)state;
    struct gcm_record *records[LANES];
    new_records(records, 1);
    for (unsigned kind = 0; kind < 4; kind++)
        for (unsigned beat = 0; beat < 8; beat++)
            for (unsigned end = GCM_ABORT; end <= GCM_LONG; end++) {
                make(records, 0, kind, 20, 70);
                for (unsigned lane = 0; lane < LANES; lane++) {
                    records[lane]->job.end = end;
                    records[lane]->job.end_beat = beat + (end == GCM_LONG);
                }
                run_both(records, 1);
            }
    free_records(records, 1);
}

/* The tag of one record is wrong in both lanes. */
static void test_altered(void **state)
{
    (void)state;
    struct gcm_record *records[LANES];
    new_records(records, 1);
    make(records, 0, 3, 13, 50);
    for (unsigned lane = 0; lane < LANES; lane++) {
        records[lane]->source[55] ^= 4;
        records[lane]->flip = FLIP_TAG;
    }
    run_both(records, 1);
    free_records(records, 1);
}

/* A reset while records are in the lane, with results waiting. Before it the lanes do differ. */
static void test_reset(void **state)
{
    (void)state;
    for (unsigned cycles = 1; cycles < 120; cycles += 7) {
        for (unsigned lane = 0; lane < LANES; lane++) {
            struct gcm_model *m = &lanes[lane].model;
            uint64_t random = 99 + lane;
            *m->cmd_valid = *m->in_valid = *m->cmd_key_256 = 1;
            *m->in_last = *m->in_abort = 0;
            *m->cmd_aad = 0;
            *m->cmd_length = 60000;
            for (unsigned n = 0; n < cycles; n++) {
                fill(&random, (uint8_t *)m->in_data, BEAT);
                gcm_bench_cycles(&lanes[lane], 1);
            }
            *m->cmd_valid = *m->in_valid = 0;
        }
        if (cycles > 20)
            assert_in_range(differences(0), 20, UINT32_MAX);
        for (unsigned lane = 0; lane < LANES; lane++) {
            memset(lanes[lane].model.in_data, 0, BEAT);
            *lanes[lane].model.rst = 1;
            gcm_bench_cycles(&lanes[lane], 1);
            *lanes[lane].model.rst = 0;
            gcm_bench_cycles(&lanes[lane], 1);
            assert_int_equal(*lanes[lane].model.busy, 1);
            assert_int_equal(quiet(&lanes[lane]), 0);
        }
        assert_int_equal(differences(1), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind), cmocka_unit_test(test_many),  cmocka_unit_test(test_aborted),
        cmocka_unit_test(test_altered),   cmocka_unit_test(test_reset),
    };
    return cmocka_run_group_tests(tests, open_lanes, close_lanes);
}
