/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/pcie/pcie_reorder.v: rows of slots become the octets of requests, and are erased. */
#include "driver/tlscard_map.h"
#include "pcie_reorder_model.h"
#include "tests/rtl/unit.h"

#define TAGS 4
#define MOST 4096

UNIT(pcie_reorder)
UNIT_RESET

static uint8_t memory[MOST + 1024]; /* a stretch of host memory that begins at a multiple of 512 */
static uint8_t output[MOST + 16];
static unsigned status, stall;
static struct {
    unsigned length, base;  /* of the slot's part of memory */
    unsigned status;
    int done;
} slots[TAGS];

static void put_row(unsigned tag, unsigned row) {
    *unit.put_enable = 15;
    *unit.put_tag = (uint8_t)tag;
    *unit.put_rows = row | row << 5 | row << 10 | row << 15;
    memcpy(unit.put_data, memory + slots[tag].base + 16 * row, 16);
}

static void check_erased(void) {
    const uint32_t *banks[4] = {
        unit.banks__BRA__0__KET____buffer__memory, unit.banks__BRA__1__KET____buffer__memory,
        unit.banks__BRA__2__KET____buffer__memory, unit.banks__BRA__3__KET____buffer__memory,
    };
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < TAGS * 32; j++)
            assert_int_equal(banks[i][j], 0);
}

/* A segment queued, with the rows of its slot filled beforehand. */
static void segment(unsigned tag, unsigned start, unsigned end, int denied, unsigned bad, int last) {
    slots[tag].base = start / 512 * 512;
    slots[tag].status = bad;
    slots[tag].done = !denied;
    for (unsigned at = start / 16; at <= (end - 1) / 16 && !denied; at++) {
        put_row(tag, at % 32);
        step();
    }
    *unit.put_enable = 0;
    *unit.segment_valid = 1;
    *unit.segment_denied = (uint8_t)denied;
    *unit.segment_tag = (uint8_t)tag;
    *unit.segment_row = start / 16 % 32;
    *unit.segment_rows = (uint8_t)((end - 1) / 16 - start / 16);
    *unit.segment_last = (uint8_t)last;
    step();
    *unit.segment_valid = 0;
}

static void announce(unsigned start, unsigned length, unsigned function) {
    *unit.out_ready = *unit.drain_done = 0; /* until drain */
    *unit.request_valid = 1;
    *unit.request_function = (uint8_t)function;
    *unit.request_shift = start & 15;
    *unit.request_length = length;
    step();
    *unit.request_valid = 0;
}

/* Takes the answer of one request; done and status of the slot at the head are given as asked. */
static void drain(unsigned length, unsigned function) {
    unsigned beats = 0, cycles = 0;
    for (;;) {
        unsigned tag;
        int ends;
        *unit.out_ready = unit_random(100) >= stall;
        settle();
        tag = *unit.drain_tag;
        *unit.drain_done = (uint8_t)slots[tag].done;
        *unit.drain_status = (uint8_t)slots[tag].status;
        settle();
        if (*unit.drain_release)
            slots[tag].done = 0;
        ends = *unit.out_valid && *unit.out_ready && *unit.out_last;
        if (*unit.out_valid && *unit.out_ready) {
            memcpy(output + 16 * beats++, unit.out_data, 16);
            assert_int_equal(*unit.out_last, beats == (length + 15) / 16);
            assert_int_equal(*unit.out_function, function);
            status = *unit.out_status;
        }
        step();
        if (ends)
            return;
        if (cycles++ > 10000)
            fail_msg("stuck");
    }
}

static void begin(void) {
    *unit.request_valid = *unit.segment_valid = *unit.put_enable = *unit.out_ready = *unit.drain_done = 0;
    for (unsigned i = 0; i < sizeof memory; i++)
        memory[i] = (uint8_t)(1 + unit_random(255));
    reset();
}

/* A request of length octets, whose segment number bad (if there is one) ended with that status. */
static void one(unsigned start, unsigned length, int bad, unsigned bad_status) {
    unsigned from = start, zero_from = length;
    int index = 0;
    announce(start, length, length % 8);
    while (from < start + length) {
        unsigned to = (from / 512 + 1) * 512;
        if (to > start + length)
            to = start + length;
        if (index == bad)
            zero_from = from - start;
        segment((unsigned)index % TAGS, from, to, index == bad && bad_status == TLSCARD_STATUS_DMA_UNSUPPORTED_REQUEST,
                index == bad ? bad_status : TLSCARD_STATUS_OK, to == start + length);
        from = to;
        index++;
    }
    drain(length, length % 8);
    assert_int_equal(status, bad >= 0 && bad < index ? bad_status : TLSCARD_STATUS_OK);
    for (unsigned i = 0; i < (length + 15) / 16 * 16; i++)
        if (output[i] != (i < zero_from && i < length ? memory[start + i] : 0))
            fail_msg("%u octets at %u: octet %u", length, start, i);
    check_erased();
}

static void test_alignments(void **state) {
    (void)state;
    begin();
    for (unsigned length = 1; length < 100; length++)
        for (unsigned alignment = 0; alignment < 16; alignment++) {
            stall = length % 3 * 30;
            one(16 * (unsigned)unit_random(64) + alignment, length, -1, 0);
        }
    for (unsigned alignment = 0; alignment < 16; alignment++)
        one(500 + alignment, 1500, -1, 0);
}

static void test_bad_segments(void **state) {
    (void)state;
    begin();
    for (unsigned alignment = 0; alignment < 16; alignment++)
        for (int bad = 0; bad < 4; bad++) {
            stall = alignment % 2 * 40;
            one(300 + alignment, 1500, bad, TLSCARD_STATUS_DMA_MALFORMED);
            one(300 + alignment, 1500, bad, TLSCARD_STATUS_DMA_UNSUPPORTED_REQUEST); /* no packet was sent */
            one(300 + alignment, 1 + alignment, bad, TLSCARD_STATUS_DMA_TIMEOUT);
        }
}

/* Nothing leaves before its slot is done. */
static void test_waits_for_the_slot(void **state) {
    (void)state;
    begin();
    announce(0, 64, 0);
    segment(2, 0, 64, 0, TLSCARD_STATUS_OK, 1);
    slots[2].done = 0;
    *unit.drain_done = 0;
    *unit.out_ready = 1;
    for (int i = 0; i < 20; i++) {
        step();
        assert_int_equal(*unit.out_valid, 0);
    }
    slots[2].done = 1;
    drain(64, 0);
    assert_memory_equal(output, memory, 64);
}

/* The output's and the memory's registers do not keep what has left. */
static void test_nothing_stays(void **state) {
    (void)state;
    begin();
    stall = 0;
    one(3, 77, -1, 0);
    step();
    for (int i = 0; i < 4; i++)
        assert_int_equal(unit.out_data[i], 0);
    assert_int_equal(*unit.out_valid, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alignments),
        cmocka_unit_test(test_bad_segments),
        cmocka_unit_test(test_waits_for_the_slot),
        cmocka_unit_test(test_nothing_stays),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
