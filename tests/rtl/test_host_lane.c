/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/host/host_lane.v: a lane's results as chunks that are whole, each at its place; the buffer is erased. */
#include <stdbool.h>

#include "driver/tlscard_map.h"
#include "host_lane_model.h"
#include "tests/rtl/unit.h"

enum { RECORDS = 400, DEPTH = 8 };

UNIT(host_lane)
UNIT_RESET

/* A record: what comes of it, and what was given out. */
struct record {
    unsigned pair, id, result, beats, status;
    uint64_t destination;
    uint32_t cycles;
};
static struct record records[RECORDS];
static unsigned asked, coming, come, ended; /* records; come: beats of the one that comes */
static unsigned octets;                     /* given out of the record at the head */
static unsigned ready, beat_in, beat_out;   /* beats that chunks taken have, that came, that left */

static struct record make(unsigned number) {
    static const unsigned lengths[] = {0, 1, 16, 496, 511, 512, 513, 1024, 1366, 5000};
    static const uint8_t statuses[] = {TLSCARD_STATUS_OK, TLSCARD_STATUS_OK, TLSCARD_STATUS_OK, TLSCARD_STATUS_TAG_MISMATCH,
                                       TLSCARD_STATUS_DMA_POISONED};
    struct record record = {
        .pair = number & 63, .id = number, .result = lengths[unit_random(10)], .status = statuses[unit_random(5)],
        .destination = unit_random(1ull << 40), .cycles = number * 1000,
    };
    record.beats = (record.result + 15) / 16;
    if (record.status == TLSCARD_STATUS_DMA_POISONED) /* fewer may come of one that was aborted */
        record.beats = (unsigned)unit_random(record.beats + 1);
    return record;
}

static void drive(unsigned stall) {
    const struct record *record = &records[coming];
    bool more = coming < asked;
    if (!*unit.record_valid && asked < RECORDS && asked - ended < DEPTH && unit_random(8) == 0) {
        records[asked] = make(asked);
        *unit.record_valid = 1;
        *unit.record_pair = (uint8_t)records[asked].pair;
        *unit.record_command_id = (uint16_t)records[asked].id;
        *unit.record_destination = records[asked].destination;
        *unit.record_result = records[asked].result;
    }
    if (more && come < record->beats && unit_random(100) >= stall / 2) {
        *unit.lane_out_valid = 1;
        for (unsigned i = 0; i < 4; i++)
            unit.lane_out_data[i] = (beat_in << 2 | i) + 1;
    }
    if (more && come == record->beats && unit_random(100) >= stall) {
        *unit.lane_done_valid = 1;
        *unit.lane_done_status = (uint8_t)record->status;
        *unit.lane_done_cycles = record->cycles;
    }
    *unit.out_ready = ready != beat_out && unit_random(100) >= stall;
}

/* A chunk given out: all of it has come, it is at its place, and only the last may be other than it should. */
static void take_chunk(void) {
    const struct record *record = &records[ended];
    bool last = *unit.chunk_last, ok = record->status == TLSCARD_STATUS_OK;
    assert_true(ended < asked);
    assert_int_equal(*unit.chunk_pair, record->pair);
    assert_int_equal(*unit.chunk_command_id, record->id);
    assert_true(*unit.chunk_address == record->destination + octets);
    assert_true(*unit.chunk_beats <= 32 && beat_in - ready >= *unit.chunk_beats);
    if (!last) {
        assert_int_equal(*unit.chunk_octets, 16 * *unit.chunk_beats);
        assert_int_equal((record->destination + octets + *unit.chunk_octets) & 0x1f0, 0);
        assert_true(octets + *unit.chunk_octets < record->result);
    } else {
        assert_true(coming == ended && come == record->beats);
        assert_int_equal(*unit.chunk_status, record->status);
        assert_int_equal(*unit.chunk_cycles, record->cycles);
        assert_int_equal(*unit.chunk_result, ok ? record->result : 0);
        assert_int_equal(*unit.chunk_octets, ok ? record->result - octets : 0);
        assert_int_equal(octets / 16 + *unit.chunk_beats, record->beats);
    }
}

static void step_once(unsigned stall) {
    drive(stall);
    settle();
    if (*unit.record_valid)
        assert_int_equal(*unit.record_ready, 1);
    assert_int_equal(*unit.records, asked - ended);
    *unit.chunk_take = *unit.chunk_valid && unit_random(100) >= stall;
    settle();
    bool put = *unit.record_valid, came = *unit.lane_out_valid && *unit.lane_out_ready;
    bool done = *unit.lane_done_valid && *unit.lane_done_ready, left = *unit.out_valid && *unit.out_ready;
    bool taken = *unit.chunk_take, last = *unit.chunk_last;
    unsigned beats = *unit.chunk_beats, part = *unit.chunk_octets;
    assert_int_equal(done, taken && last);
    if (taken)
        take_chunk();
    if (left)
        for (unsigned i = 0; i < 4; i++)
            assert_int_equal(unit.out_data[i], (beat_out << 2 | i) + 1);
    step();
    *unit.chunk_take = 0;
    if (put)
        asked++, *unit.record_valid = 0;
    if (came)
        come++, beat_in++, *unit.lane_out_valid = 0;
    beat_out += left;
    if (taken) {
        ready += beats;
        octets = last ? 0 : octets + part;
    }
    if (done)
        ended++, coming++, come = 0, *unit.lane_done_valid = 0;
}

static void test_records(void **state) {
    (void)state;
    *unit.record_valid = *unit.lane_out_valid = *unit.lane_done_valid = *unit.chunk_take = *unit.chunk_refuse = 0;
    reset();
    for (unsigned i = 0; ended < RECORDS; i++) {
        assert_true(i < 1000000);
        step_once(i / 2000 % 4 * 28);
    }
    while (beat_out != ready)
        step_once(0);
    assert_int_equal(beat_out, beat_in);
    settle();
    const uint32_t *words = (const uint32_t *)unit.buffer__memory;
    for (unsigned i = 0; i < 64 * 4; i++)
        assert_int_equal(words[i], 0);
    step();
    settle();
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(unit.out_data[i], 0);
}

/* The lane goes on while chunks are taken: a beat in each cycle. */
static void test_full_rate(void **state) {
    (void)state;
    unsigned beats = 0, cycles = 0;
    *unit.record_valid = *unit.lane_out_valid = *unit.lane_done_valid = *unit.chunk_take = 0;
    reset();
    *unit.record_valid = 1;
    *unit.record_result = 65552;
    *unit.record_destination = 0x7000;
    step();
    *unit.record_valid = 0;
    step();
    *unit.lane_out_valid = *unit.out_ready = 1;
    for (; beats < 4097; cycles++) {
        settle();
        *unit.chunk_take = *unit.chunk_valid && cycles % 5 == 0;
        settle();
        beats += *unit.lane_out_ready;
        step();
    }
    assert_in_range(cycles, 4097, 4110);
}

/* A refusal stays with its record until its end. */
static void test_refused(void **state) {
    (void)state;
    *unit.record_valid = *unit.lane_out_valid = *unit.lane_done_valid = *unit.chunk_take = *unit.chunk_refuse = 0;
    reset();
    *unit.record_result = 2000;
    *unit.record_destination = 0;
    for (unsigned i = 0; i < 2; i++) {
        *unit.record_valid = 1;
        step();
    }
    *unit.record_valid = 0;
    *unit.out_ready = 1;
    for (unsigned i = 0; i < 2; i++)
        for (unsigned chunk = 0; chunk < 4; chunk++) {
            *unit.lane_out_valid = 1;
            for (unsigned beat = 0; beat < (chunk == 3 ? 29 : 32); beat++)
                step();
            *unit.lane_out_valid = 0;
            *unit.lane_done_valid = chunk == 3;
            settle();
            assert_int_equal(*unit.chunk_valid, 1);
            assert_int_equal(*unit.chunk_last, chunk == 3);
            assert_int_equal(*unit.chunk_refused, i == 0 && chunk > 1);
            *unit.chunk_take = 1;
            *unit.chunk_refuse = i == 0 && chunk == 1;
            step();
            *unit.chunk_take = *unit.chunk_refuse = *unit.lane_done_valid = 0;
            for (unsigned beat = 0; beat < 40; beat++)
                step();
        }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_full_rate),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
