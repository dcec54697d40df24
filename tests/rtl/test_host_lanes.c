/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/host/host_lanes.v: the least loaded lane takes the next record; each lane's chunk is its own. */
#include "driver/tlscard_map.h"
#include "host_lanes_model.h"
#include "tests/rtl/unit.h"

enum { LANES = 3, DEPTH = 9 };

UNIT(host_lanes)
UNIT_RESET

static void begin(void) {
    *unit.record_valid = *unit.lane_out_valid = *unit.lane_done_valid = *unit.chunk_take = *unit.chunk_enable = 0;
    *unit.chunk_refuse = *unit.out_ready = 0;
    reset();
}

static void put(unsigned lane, unsigned number) {
    *unit.record_valid = 1;
    *unit.record_lane = (uint8_t)lane;
    *unit.record_pair = number & 63;
    *unit.record_command_id = (uint16_t)number;
    *unit.record_destination = 0x100000000ull * number;
    *unit.record_result = 0;
    step();
    *unit.record_valid = 0;
    settle();
}

/* The oldest record of the lane ends. */
static void end(unsigned lane, unsigned number) {
    *unit.lane_done_valid = (uint8_t)(1u << lane);
    memset(unit.lane_done_cycles, 0xff, 4 * LANES);
    unit.lane_done_cycles[lane] = number + 1;
    *unit.lane_done_status = 0xeeeeee & ~(0xffu << 8 * lane);
    *unit.chunk_enable = 1;
    *unit.chunk_lane = (uint8_t)lane;
    settle();
    assert_int_equal(*unit.chunks, 1u << lane);
    assert_int_equal(*unit.lane_done_ready, 0);
    *unit.chunk_take = 1;
    settle();
    assert_int_equal(*unit.lane_done_ready, 1u << lane);
    assert_int_equal(*unit.chunk_last, 1);
    assert_int_equal(*unit.chunk_status, TLSCARD_STATUS_OK);
    assert_int_equal(*unit.chunk_cycles, number + 1);
    assert_int_equal(*unit.chunk_pair, number & 63);
    assert_int_equal(*unit.chunk_command_id, number);
    assert_true(*unit.chunk_address == 0x100000000ull * number);
    step();
    *unit.chunk_take = *unit.chunk_enable = *unit.lane_done_valid = 0;
    settle();
}

static void test_least_loaded(void **state) {
    (void)state;
    unsigned queue[LANES][DEPTH], count[LANES] = {0}, number = 0;
    begin();
    assert_int_equal(*unit.idle, 1);
    for (unsigned round = 0; round < 5000; round++) {
        settle();
        unsigned fewest = DEPTH, total = 0;
        for (unsigned l = 0; l < LANES; l++) {
            fewest = count[l] < fewest ? count[l] : fewest;
            total += count[l];
        }
        assert_int_equal(*unit.ready, fewest < DEPTH);
        assert_int_equal(*unit.idle, total == 0);
        if (*unit.ready && unit_random(100) < (round / 200 % 2 ? 70 : 30)) {
            unsigned lane = *unit.least;
            assert_int_equal(count[lane], fewest);
            if (unit_random(3) == 0) /* whoever gives a record may choose otherwise */
                for (unsigned l = 0; l < LANES; l++)
                    lane = count[l] < DEPTH ? l : lane;
            queue[lane][count[lane]++] = number;
            put(lane, number++);
        } else if (total) {
            unsigned lane = (unsigned)unit_random(LANES);
            while (count[lane] == 0)
                lane = (lane + 1) % LANES;
            end(lane, queue[lane][0]);
            memmove(queue[lane], queue[lane] + 1, --count[lane] * sizeof(queue[lane][0]));
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_least_loaded)};
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
