/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/host/host_write.v: requests in order, each one's data behind it, from engines, lanes or the request itself. */
#include <stdbool.h>

#include "host_write_model.h"
#include "tests/rtl/unit.h"

enum { ENGINES = 3, LANES = 2, MOST = 4000, ENTRY = 15 };

UNIT(host_write)
UNIT_RESET

/* What was put, in order: where its beats come from, and how many are still to come. */
struct put {
    bool drop;
    unsigned source, beats, octets;
    uint32_t entry;
};
static struct put order[MOST];
static unsigned put_count, accepted, head, moved;

/* Each source numbers its beats. */
static uint32_t given[16];

static struct put make(void) {
    static const unsigned sources[] = {0, 1, 2, 8, 9, ENTRY};
    struct put put = {.drop = unit_random(4) == 0, .source = sources[unit_random(6)], .beats = 1 + (unsigned)unit_random(33),
                      .entry = (uint32_t)unit_random(1ull << 32)};
    if (put.source == ENTRY) {
        put.drop = false;
        put.beats = 1;
    }
    put.octets = put.beats * 16 - (put.source == ENTRY ? 0 : (unsigned)unit_random(16));
    return put;
}

static void offer(const struct put *put) {
    *unit.put_valid = 1;
    *unit.put_drop = put->drop;
    *unit.put_entry = put->source == ENTRY;
    *unit.put_gcm = put->source != ENTRY && put->source >= 8;
    *unit.put_index = put->source & 7;
    *unit.put_function = put_count & 7;
    *unit.put_address = 0x100000000ull + put_count;
    *unit.put_octets = (uint16_t)put->octets;
    *unit.put_beats = (uint16_t)put->beats;
    for (unsigned i = 0; i < 4; i++)
        unit.put_completion[i] = put->entry + i;
}

static void drive_sources(void) {
    *unit.out_valid = (uint8_t)unit_random(1 << ENGINES);
    *unit.lane_valid = (uint8_t)unit_random(1 << LANES);
    for (unsigned e = 0; e < ENGINES; e++)
        for (unsigned i = 0; i < 4; i++)
            unit.out_data[4 * e + i] = e << 24 | given[e] << 2 | i;
    for (unsigned l = 0; l < LANES; l++)
        for (unsigned i = 0; i < 4; i++)
            unit.lane_data[4 * l + i] = (8 + l) << 24 | given[8 + l] << 2 | i;
}

/* The beats that move belong to the oldest put whose beats have not all moved. */
static void check_beats(void) {
    unsigned taken = *unit.out_valid & *unit.out_ready, lanes = *unit.lane_valid & *unit.lane_ready;
    bool written = *unit.wr_data_valid && *unit.wr_data_ready;
    const struct put *put = &order[head];
    if (!taken && !lanes && !written)
        return;
    assert_true(head < put_count);
    unsigned source = put->source;
    assert_int_equal(taken | lanes << 8, source == ENTRY ? 0 : 1u << source);
    assert_int_equal(written, !put->drop);
    if (written) {
        assert_true(head < accepted);
        for (unsigned i = 0; i < 4; i++)
            assert_int_equal(unit.wr_data[i], source == ENTRY ? put->entry + i : (source << 24 | given[source] << 2 | i));
    }
    given[source]++;
    if (++moved == put->beats) {
        moved = 0;
        head++;
    }
}

static void run(unsigned cycles, unsigned stall) {
    for (unsigned i = 0; i < cycles; i++) {
        if (!*unit.put_valid && put_count < MOST && unit_random(3) == 0) {
            order[put_count] = make();
            offer(&order[put_count]);
        }
        *unit.wr_ready = unit_random(100) >= stall;
        *unit.wr_data_ready = unit_random(100) >= stall;
        drive_sources();
        settle();
        check_beats();
        bool put = *unit.put_valid && *unit.put_ready, asked = *unit.wr_valid && *unit.wr_ready;
        if (put) {
            assert_int_equal(asked, !order[put_count].drop);
            if (asked) {
                assert_int_equal(*unit.wr_function, put_count & 7);
                assert_true(*unit.wr_address == 0x100000000ull + put_count);
                assert_int_equal(*unit.wr_length, order[put_count].octets);
            }
            put_count++;
            accepted = put_count;
        } else
            assert_false(asked);
        step();
        if (put)
            *unit.put_valid = 0;
    }
}

static void test_in_order(void **state) {
    (void)state;
    *unit.put_valid = 0;
    reset();
    for (unsigned i = 0; i < 40; i++)
        run(500, i % 4 * 30);
    assert_true(put_count > 200);
    run(2000, 0);
}

/* Requests run ahead of the data; without a stall the data have no gap. */
static void test_no_gap(void **state) {
    (void)state;
    const struct put put = {.source = 8, .beats = 32, .octets = 512};
    unsigned beats = 0, first = 0;
    *unit.put_valid = 0;
    reset();
    offer(&put);
    *unit.wr_ready = *unit.wr_data_ready = 1;
    *unit.lane_valid = 1;
    for (unsigned cycle = 0; beats < 1000; cycle++) {
        settle();
        if (*unit.wr_data_valid && beats++ == 0)
            first = cycle;
        if (beats)
            assert_int_equal(beats, cycle - first + 1);
        step();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order),
        cmocka_unit_test(test_no_gap),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
