/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/pcie/pcie_target.v: parts of completions, their order among posted packets, events. */
#include "driver/tlscard_map.h"
#include "pcie_target_model.h"
#include "tests/rtl/unit.h"

UNIT(pcie_target)
UNIT_RESET

static unsigned parts, part_dwords[64], part_bytes[64], part_lower[64], part_status[64];
static uint32_t words[1024];
static unsigned word_count, accesses, events;
static int taken; /* the beat offered, in the last cycle */

static void take_beat(void) {
    unsigned count;
    if (*unit.tx_sop) {
        part_dwords[parts] = unit.tx_hdr[0] & 0x3ff;
        part_bytes[parts] = unit.tx_hdr[1] & 0xfff;
        part_lower[parts] = unit.tx_hdr[2] & 0x7f;
        part_status[parts] = unit.tx_hdr[1] >> 13 & 7;
    }
    count = part_dwords[parts] - word_count;
    for (unsigned i = 0; i < 4 && i < count; i++)
        words[word_count++] = unit.tx_data[i];
    assert_int_equal(*unit.tx_eop, word_count == part_dwords[parts]);
    if (*unit.tx_eop) {
        parts++;
        word_count = 0;
    }
}

/* A doubleword of a BAR reads as its address. */
static void cycle(void) {
    settle();
    *unit.access_ready = *unit.access_valid && unit_random(2);
    *unit.access_rdata = *unit.access_address;
    settle();
    accesses += *unit.access_ready;
    taken = *unit.in_valid && *unit.in_ready;
    events += *unit.event_valid && *unit.event_ready;
    if (*unit.tx_valid && *unit.tx_ready)
        take_beat();
    step();
}

static void offer(uint32_t first, unsigned enables, uint64_t address, int last, unsigned bar) {
    *unit.in_valid = *unit.in_first = 1;
    *unit.in_last = (uint8_t)last;
    *unit.in_bad = 0;
    *unit.in_bar = (uint8_t)bar;
    *unit.in_function = 1;
    unit.in_header[0] = first;
    unit.in_header[1] = 0xaaaa0000u | 0x5500 | enables;
    unit.in_header[2] = (uint32_t)address;
    unit.in_header[3] = 0;
    do
        cycle();
    while (!taken);
    *unit.in_valid = 0;
}

static void rest(void) {
    int limit = 20000;
    for (settle(); *unit.busy && limit; settle(), limit--)
        cycle();
    assert_true(limit > 0);
}

static void begin(void) {
    *unit.in_valid = *unit.access_ready = 0;
    *unit.tx_ready = *unit.event_ready = 1;
    *unit.posted_accepted = *unit.posted_finished = 0;
    parts = word_count = accesses = events = 0;
    reset();
}

static void test_parts(void **state) {
    (void)state;
    begin();
    for (unsigned start = 0; start < 0x100; start += 4)
        for (unsigned dwords = 1; dwords <= 100; dwords += 9) {
            unsigned left = dwords * 4 - 1 - (dwords > 1), at = start;
            parts = 0;
            offer(dwords, dwords > 1 ? 0x7e : 0x0e, start, 1, 0);
            rest();
            for (unsigned i = 0; i < parts; i++) {
                unsigned lead = i == 0;
                assert_int_equal(part_status[i], 0);
                assert_int_equal(part_bytes[i], left);
                assert_int_equal(part_lower[i], (at & 0x7f) + lead);
                at += 4 * part_dwords[i];
                left -= left < 4 * part_dwords[i] - lead ? left : 4 * part_dwords[i] - lead;
                assert_true(at % 128 == 0 || i == parts - 1);
            }
            assert_int_equal(at, start + 4 * dwords);
            assert_int_equal(parts, (start + 4 * dwords - 1) / 128 - start / 128 + 1);
        }
}

/* The completion waits for what was posted when its last word was read, and for nothing later. */
static void test_ticket(void **state) {
    (void)state;
    for (unsigned base = 0; base < 256; base += 15) {
        begin();
        *unit.posted_accepted = (uint8_t)(base + 3);
        *unit.posted_finished = (uint8_t)base;
        offer(1, 15, 0x40, 1, 0);
        for (int i = 0; i < 100; i++)
            cycle();
        assert_int_equal(parts, 0);
        *unit.posted_accepted = (uint8_t)(base + 10);
        *unit.posted_finished = (uint8_t)(base + 2);
        for (int i = 0; i < 100; i++)
            cycle();
        assert_int_equal(parts, 0);
        *unit.posted_finished = (uint8_t)(base + 3);
        rest();
        assert_int_equal(parts, 1);
    }
}

/* An event that cannot be told yet keeps its packet waiting; it is told once. */
static void test_event_waits(void **state) {
    (void)state;
    begin();
    *unit.event_ready = 0;
    *unit.in_valid = *unit.in_first = *unit.in_last = 1;
    *unit.in_bad = 0;
    *unit.in_bar = 1;
    unit.in_header[0] = 1;
    unit.in_header[1] = 15;
    for (int i = 0; i < 10; i++) {
        cycle();
        settle();
        assert_int_equal(*unit.in_ready, 0);
        assert_int_equal(*unit.event_valid, 1);
        assert_int_equal(*unit.event_code, TLSCARD_ERROR_UNSUPPORTED_REQUEST);
    }
    *unit.event_ready = 1;
    cycle();
    *unit.in_valid = 0;
    rest();
    assert_int_equal(events, 1);
    assert_int_equal(parts, 1);
    assert_int_equal(part_status[0], 1);
    assert_int_equal(accesses, 0);
}

/* The beats of a write are taken as its doublewords are; those without an enabled octet cost no access. */
static void test_write_beats(void **state) {
    static const unsigned enables[] = {0xff, 0x80, 0x08, 0x00};
    (void)state;
    begin();
    for (unsigned i = 0; i < 4; i++) {
        accesses = 0;
        offer(0x40000006u, enables[i], 0x20, 0, 2); /* taken once its four doublewords are written */
        assert_int_equal(accesses, 3 + ((enables[i] & 15) != 0));
        *unit.in_valid = *unit.in_last = 1;
        *unit.in_first = 0;
        do
            cycle();
        while (!taken);
        *unit.in_valid = 0;
        assert_int_equal(accesses, 4 + ((enables[i] & 15) != 0) + (enables[i] >> 4 != 0));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_ticket),
        cmocka_unit_test(test_event_waits),
        cmocka_unit_test(test_write_beats),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
