/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/pcie/pcie_tags.v: what a completion is taken for, and when a tag may be used again. */
#include "driver/tlscard_map.h"
#include "pcie_tags_model.h"
#include "tests/rtl/unit.h"

#define TAGS 8
#define TIMEOUT 800
#define SUCCESS 0u
#define CPL 0x0a000000u
#define CPLD 0x4a000000u

UNIT(pcie_tags)
UNIT_RESET

static uint32_t rows[TAGS * 32][4]; /* what was put, by doubleword */
static int was_unexpected;

static void cycle(void) {
    settle();
    was_unexpected = *unit.unexpected;
    step();
    for (unsigned bank = 0; bank < 4; bank++)
        if (*unit.put_enable >> bank & 1)
            rows[*unit.put_tag * 32 + (*unit.put_rows >> 5 * bank & 31)][bank] = unit.put_data[bank];
    *unit.sent = *unit.take = *unit.beat_valid = *unit.drain_release = 0;
}

static void begin(void) {
    *unit.want = *unit.take = *unit.sent = *unit.beat_valid = *unit.drain_release = 0;
    memset(rows, 0, sizeof rows);
    reset();
}

/* Take the next free tag and send its read: the tag, or -1. */
static int send(unsigned function, unsigned offset, unsigned octets) {
    int tag;
    *unit.want = 1;
    for (int i = 0; i < TAGS; i++) {
        settle();
        if (*unit.free_valid)
            break;
        cycle();
    }
    *unit.want = 0;
    if (!*unit.free_valid)
        return -1;
    tag = *unit.free_tag;
    *unit.take = 1;
    cycle();
    *unit.sent = 1;
    *unit.sent_tag = (uint8_t)tag;
    *unit.sent_function = (uint8_t)function;
    *unit.sent_offset = (uint16_t)offset;
    *unit.sent_octets = (uint16_t)octets;
    cycle();
    return tag;
}

/* A completion as it should be, with data 0x01000000 * tag + number of the doubleword in the slot. */
static void complete(int tag, unsigned function, uint32_t type, unsigned status, unsigned offset, unsigned octets,
                     unsigned dwords) {
    unsigned beats = type == CPLD && dwords ? (dwords + 3) / 4 : 1;
    int any = 0;
    for (unsigned i = 0; i < beats; i++) {
        *unit.beat_valid = 1;
        *unit.beat_first = i == 0;
        *unit.beat_last = i == beats - 1;
        *unit.beat_bad = 0;
        *unit.beat_function = (uint8_t)function;
        unit.beat_header[0] = type | dwords;
        unit.beat_header[1] = status << 13 | octets;
        unit.beat_header[2] = (unsigned)tag << 8 | (offset & 0x7f);
        for (unsigned j = 0; j < 4; j++)
            unit.beat_data[j] = 0x01000000u * (unsigned)tag + offset / 4 + 4 * i + j + 1;
        cycle();
        any |= was_unexpected;
    }
    cycle(); /* what it ends is done a cycle later */
    cycle();
    was_unexpected = any;
}

/* The status of a tag that is done, or -1. */
static int status_of(int tag) {
    *unit.drain_tag = (uint8_t)tag;
    settle();
    return *unit.drain_done ? *unit.drain_status : -1;
}

static void release(int tag) {
    *unit.drain_tag = (uint8_t)tag;
    *unit.drain_release = 1;
    cycle();
}

static void test_placement(void **state) {
    (void)state;
    begin();
    for (unsigned offset = 0; offset < 64; offset++)
        for (unsigned octets = 1; octets <= 512 - offset; octets += 13) {
            int tag = send(1, offset, octets);
            unsigned dwords = (offset % 4 + octets + 3) / 4;
            assert_true(tag >= 0);
            memset(rows, 0, sizeof rows);
            complete(tag, 1, CPLD, SUCCESS, offset, octets, dwords);
            assert_int_equal(status_of(tag), TLSCARD_STATUS_OK);
            for (unsigned i = 0; i < TAGS * 128; i++) {
                unsigned at = i - (unsigned)tag * 128 - offset / 4;
                unsigned expected = at < dwords ? 0x01000000u * (unsigned)tag + offset / 4 + at + 1 : 0;
                if (rows[i / 4][i % 4] != expected)
                    fail_msg("offset %u, %u octets: doubleword %u is %x", offset, octets, i, rows[i / 4][i % 4]);
            }
            release(tag);
        }
}

static void test_parts(void **state) {
    int tag;
    (void)state;
    begin();
    tag = send(0, 60, 300);
    complete(tag, 0, CPLD, SUCCESS, 60, 300, 1);
    assert_int_equal(status_of(tag), -1);
    complete(tag, 0, CPLD, SUCCESS, 64, 296, 32);
    assert_int_equal(status_of(tag), -1);
    complete(tag, 0, CPLD, SUCCESS, 192, 168, 42);
    assert_int_equal(status_of(tag), TLSCARD_STATUS_OK);
    for (unsigned i = 0; i < 75; i++)
        assert_int_equal(rows[tag * 32 + (int)(15 + i) / 4][(15 + i) % 4], 0x01000000u * (unsigned)tag + 16 + i);
}

/* One completion that differs from what it should be: the status, whether anything was stored. */
static void one_bad(const char *name, uint32_t type, unsigned status, unsigned offset, unsigned octets, unsigned dwords,
                    int expected) {
    int tag = send(2, 8, 100);
    assert_true(tag >= 0);
    memset(rows, 0, sizeof rows);
    complete(tag, 2, type, status, offset, octets, dwords);
    if (status_of(tag) != expected || was_unexpected)
        fail_msg("%s: status %02x", name, (unsigned)status_of(tag));
    for (unsigned i = 0; i < TAGS * 32; i++)
        for (unsigned j = 0; j < 4; j++)
            assert_int_equal(rows[i][j], 0);
    release(tag);
}

static void test_bad_completions(void **state) {
    const int malformed = TLSCARD_STATUS_DMA_MALFORMED;
    (void)state;
    begin();
    one_bad("unsupported", CPL, 1, 8, 100, 0, TLSCARD_STATUS_DMA_UNSUPPORTED_REQUEST);
    one_bad("reserved status", CPL, 7, 8, 100, 0, TLSCARD_STATUS_DMA_UNSUPPORTED_REQUEST);
    one_bad("abort", CPL, 4, 8, 100, 0, TLSCARD_STATUS_DMA_COMPLETER_ABORT);
    one_bad("abort with data", CPLD, 4, 8, 100, 25, TLSCARD_STATUS_DMA_COMPLETER_ABORT);
    one_bad("poisoned", CPLD | 1u << 14, 0, 8, 100, 25, TLSCARD_STATUS_DMA_POISONED);
    one_bad("no data", CPL, 0, 8, 100, 0, malformed);
    one_bad("byte count", CPLD, 0, 8, 99, 25, malformed);
    begin();
    one_bad("byte count 0", CPLD, 0, 8, 0, 25, malformed);
    one_bad("lower address", CPLD, 0, 9, 100, 25, malformed);
    one_bad("too long", CPLD, 0, 8, 100, 26, malformed);
    one_bad("length 1024", CPLD, 0, 8, 100, 0, malformed);
    one_bad("length 130", CPLD, 0, 8, 100, 130, malformed);
    one_bad("ends at no boundary", CPLD, 0, 8, 100, 13, malformed);
}

static void test_not_ours(void **state) {
    int tag;
    (void)state;
    begin();
    complete(3, 0, CPLD, SUCCESS, 0, 4, 1);
    assert_true(was_unexpected); /* not outstanding */
    tag = send(5, 0, 64);
    complete(tag + 1, 5, CPLD, SUCCESS, 0, 64, 16);
    assert_true(was_unexpected);
    complete(tag + TAGS, 5, CPLD, SUCCESS, 0, 64, 16);
    assert_true(was_unexpected);
    complete(tag, 4, CPLD, SUCCESS, 0, 64, 16);
    assert_true(was_unexpected);
    complete(tag, 5, 0x0b000000u, SUCCESS, 0, 64, 16); /* of a locked read */
    assert_true(was_unexpected);
    complete(tag, 5, CPLD | 1u << 23, SUCCESS, 0, 64, 16); /* tag bit 9 */
    assert_true(was_unexpected);
    assert_int_equal(status_of(tag), -1);
    complete(tag, 5, CPLD, SUCCESS, 0, 64, 16);
    assert_false(was_unexpected);
    assert_int_equal(status_of(tag), TLSCARD_STATUS_OK);
    complete(tag, 5, CPLD, SUCCESS, 0, 64, 16); /* again */
    assert_true(was_unexpected);
}

static unsigned wait_for(int tag, int status, unsigned limit) {
    unsigned cycles = 0;
    while (status_of(tag) != status && cycles < limit) {
        cycle();
        cycles++;
    }
    return cycles;
}

static void test_timeout(void **state) {
    int tag;
    (void)state;
    begin();
    for (unsigned i = 0; i < 3 * TAGS; i++) {
        for (unsigned j = unit_random(300); j > 0; j--)
            cycle();
        tag = send(0, 0, 4);
        if (tag < 0)
            break;
        assert_in_range(wait_for(tag, TLSCARD_STATUS_DMA_TIMEOUT, 2 * TIMEOUT), TIMEOUT, TIMEOUT * 9 / 8 + TAGS + 2);
        release(tag);
    }
    assert_int_equal(tag, -1); /* all of them are in quarantine */
    for (unsigned i = 0; i < 30 * TIMEOUT; i++)
        cycle();
    assert_true(send(0, 0, 4) >= 0);
}

/* How many different tags can be sent now; they are completed and released. */
static unsigned usable(void) {
    int tags[TAGS];
    unsigned count = 0;
    while (count < TAGS && (tags[count] = send(0, 0, 4)) >= 0)
        count++;
    for (unsigned i = 0; i < count; i++) {
        complete(tags[i], 0, CPLD, SUCCESS, 0, 4, 1);
        assert_int_equal(status_of(tags[i]), TLSCARD_STATUS_OK);
        release(tags[i]);
    }
    return count;
}

static void test_quarantine(void **state) {
    int tag;
    (void)state;
    begin();
    assert_int_equal(usable(), TAGS);
    tag = send(0, 32, 200);
    wait_for(tag, TLSCARD_STATUS_DMA_TIMEOUT, 2 * TIMEOUT);
    release(tag);
    assert_int_equal(usable(), TAGS - 1);
    complete(tag, 0, CPLD, SUCCESS, 32, 200, 8); /* a part: more will come */
    assert_true(was_unexpected);
    assert_int_equal(usable(), TAGS - 1);
    complete(tag, 1, CPLD, SUCCESS, 64, 168, 42); /* of another function */
    assert_int_equal(usable(), TAGS - 1);
    complete(tag, 0, CPLD, SUCCESS, 64, 168, 42);
    assert_true(was_unexpected);
    assert_int_equal(usable(), TAGS);
}

static void test_refused_late(void **state) {
    int tag;
    (void)state;
    begin();
    tag = send(0, 0, 64);
    wait_for(tag, TLSCARD_STATUS_DMA_TIMEOUT, 2 * TIMEOUT);
    release(tag);
    complete(tag, 0, CPL, 1, 0, 64, 0); /* Unsupported Request ends it as well */
    assert_int_equal(usable(), TAGS);
}

/* After a malformed completion nothing that comes is believed. */
static void test_malformed_quarantine(void **state) {
    int tag;
    (void)state;
    begin();
    tag = send(0, 0, 64);
    complete(tag, 0, CPLD, SUCCESS, 0, 60, 16);
    assert_int_equal(status_of(tag), TLSCARD_STATUS_DMA_MALFORMED);
    release(tag);
    complete(tag, 0, CPLD, SUCCESS, 0, 64, 16);
    assert_true(was_unexpected);
    assert_int_equal(usable(), TAGS - 1);
    for (unsigned i = 0; i < 26 * TIMEOUT; i++)
        cycle();
    assert_int_equal(usable(), TAGS);
}

/* A completion whose beats stop coming does not keep its read from timing out, nor write later. */
static void test_timeout_within_a_completion(void **state) {
    int tag;
    (void)state;
    begin();
    tag = send(0, 0, 64);
    *unit.beat_valid = *unit.beat_first = 1;
    *unit.beat_last = *unit.beat_bad = 0;
    *unit.beat_function = 0;
    unit.beat_header[0] = CPLD | 16;
    unit.beat_header[1] = 64;
    unit.beat_header[2] = (unsigned)tag << 8;
    cycle();
    assert_true(wait_for(tag, TLSCARD_STATUS_DMA_TIMEOUT, 2 * TIMEOUT) < 2 * TIMEOUT);
    memset(rows, 0, sizeof rows);
    for (int i = 1; i < 4; i++) {
        *unit.beat_valid = 1;
        *unit.beat_first = 0;
        *unit.beat_last = i == 3;
        unit.beat_data[0] = 0x5ec2e75e;
        cycle();
    }
    cycle();
    cycle();
    for (unsigned i = 0; i < TAGS * 32; i++)
        assert_int_equal(rows[i][0], 0);
    assert_int_equal(status_of(tag), TLSCARD_STATUS_DMA_TIMEOUT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_placement),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_bad_completions),
        cmocka_unit_test(test_not_ours),
        cmocka_unit_test(test_timeout),
        cmocka_unit_test(test_quarantine),
        cmocka_unit_test(test_refused_late),
        cmocka_unit_test(test_malformed_quarantine),
        cmocka_unit_test(test_timeout_within_a_completion),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
