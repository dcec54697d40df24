/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/pcie/pcie_read.v with four tags: how many packets it asks for at once, and what it asks for. */
#include "driver/tlscard_map.h"
#include "pcie_read_model.h"
#include "tests/rtl/unit.h"

#define TAGS 4
#define BUS_DEVICE 0x0123

UNIT(pcie_read)
UNIT_RESET

static struct {
    unsigned tag, octets;
    uint64_t address;
} asked[64];
static unsigned asked_count, answered, beats, last_status;

/* The octet at an address: never zero. */
static uint8_t octet_at(uint64_t address) {
    return (uint8_t)((address * 0x9e3779b97f4a7c15ull) >> 56 | 1);
}

static void take_packet(void) {
    unsigned length = unit.tx_hdr[0] & 0x3ff;
    asked[asked_count].tag = unit.tx_hdr[1] >> 8 & 0xff;
    asked[asked_count].address = unit.tx_hdr[0] & 0x20000000u ? (uint64_t)unit.tx_hdr[2] << 32 | unit.tx_hdr[3]
                                                              : unit.tx_hdr[2];
    asked[asked_count++].octets = 4 * length; /* all of its doublewords */
    assert_int_equal(unit.tx_hdr[0] & 0xc0000000u, 0);
    assert_int_equal(unit.tx_hdr[1] >> 19, BUS_DEVICE);
}

static void cycle(void) {
    settle();
    if (*unit.tx_valid && *unit.tx_ready)
        take_packet();
    if (*unit.rd_data_valid && *unit.rd_data_ready) {
        beats++;
        if (*unit.rd_data_last)
            last_status = *unit.rd_data_status;
    }
    step();
    *unit.completion_valid = 0;
}

static void run(unsigned cycles) {
    while (cycles--)
        cycle();
}

static void begin(void) {
    *unit.rd_valid = *unit.completion_valid = 0;
    *unit.tx_ready = *unit.rd_data_ready = 1;
    *unit.bus_master = 0x0f;
    *unit.cfg_max_read = 5;
    *unit.cfg_bus_device = BUS_DEVICE;
    asked_count = answered = beats = 0;
    last_status = 0xff;
    reset();
}

static void request(unsigned function, uint64_t address, unsigned length) {
    *unit.rd_valid = 1;
    *unit.rd_function = (uint8_t)function;
    *unit.rd_address = address;
    *unit.rd_length = length;
    for (settle(); !*unit.rd_ready; settle())
        cycle();
    cycle();
    *unit.rd_valid = 0;
}

/* Answers a packet as a whole; lead octets of its first doubleword and trail of its last were not asked for. */
static void answer(unsigned index, unsigned function, unsigned lead, unsigned trail) {
    unsigned dwords = asked[index].octets / 4;
    for (unsigned i = 0; i < (dwords + 3) / 4; i++) {
        *unit.completion_valid = 1;
        *unit.completion_first = i == 0;
        *unit.completion_last = i == (dwords + 3) / 4 - 1;
        *unit.completion_bad = 0;
        *unit.completion_function = (uint8_t)function;
        unit.completion_header[0] = 0x4a000000u | dwords;
        unit.completion_header[1] = asked[index].octets - lead - trail;
        unit.completion_header[2] = asked[index].tag << 8 | (asked[index].address & 0x7f) | lead;
        for (unsigned j = 0; j < 16; j++)
            ((uint8_t *)unit.completion_data)[j] = octet_at(asked[index].address + 16 * i + j);
        cycle();
    }
    answered++;
}

static void test_as_many_packets_as_tags(void **state) {
    (void)state;
    begin();
    request(1, 0x1000, 4096);
    run(50);
    assert_int_equal(asked_count, TAGS);
    for (unsigned i = 0; i < TAGS; i++) {
        assert_true(asked[i].address == 0x1000 + 512 * i);
        assert_int_equal(asked[i].octets, 512);
    }
    answer(1, 1, 0, 0); /* the second first: it waits in its slot, and keeps its tag */
    run(50);
    assert_int_equal(asked_count, TAGS);
    assert_int_equal(beats, 0);
    answer(0, 1, 0, 0);
    run(100);
    assert_int_equal(asked_count, TAGS + 2);
    assert_int_equal(beats, 64);
    assert_int_equal(*unit.busy, 2);
    for (unsigned i = 2; i < 8; i++)
        answer(i, 1, 0, 0);
    run(100);
    assert_int_equal(beats, 256);
    assert_int_equal(last_status, TLSCARD_STATUS_OK);
    assert_int_equal(*unit.busy, 0);
}

static void test_data_from_lane_0(void **state) {
    (void)state;
    begin();
    *unit.rd_data_ready = 0;
    request(0, 0x123456789abcdull, 21);
    run(10);
    assert_int_equal(asked_count, 1);
    answer(0, 0, 1, 2);
    run(10);
    for (unsigned i = 0; i < 16; i++)
        assert_int_equal(((uint8_t *)unit.rd_data)[i], octet_at(0x123456789abcdull + i));
    assert_int_equal(*unit.rd_data_last, 0);
    *unit.rd_data_ready = 1;
    cycle();
    *unit.rd_data_ready = 0;
    run(10);
    for (unsigned i = 0; i < 16; i++)
        assert_int_equal(((uint8_t *)unit.rd_data)[i], i < 5 ? octet_at(0x123456789abddull + i) : 0);
    assert_int_equal(*unit.rd_data_last, 1);
    *unit.rd_data_ready = 1;
    run(5);
    assert_int_equal(*unit.busy, 0);
}

/* No packet for a function that may not master the bus, not even for the rest of a long request. */
static void test_denied(void **state) {
    (void)state;
    begin();
    request(4, 0x1000, 100);
    run(50);
    assert_int_equal(asked_count, 0);
    assert_int_equal(beats, 7);
    assert_int_equal(last_status, TLSCARD_STATUS_DMA_UNSUPPORTED_REQUEST);
    request(2, 0x1000, 5120);
    run(20);
    assert_int_equal(asked_count, TAGS);
    *unit.bus_master = 0;
    for (unsigned i = 0; i < TAGS; i++)
        answer(i, 2, 0, 0);
    run(500);
    assert_int_equal(asked_count, TAGS);
    assert_int_equal(beats, 7 + 320);
    assert_int_equal(last_status, TLSCARD_STATUS_DMA_UNSUPPORTED_REQUEST);
    assert_int_equal(*unit.busy, 0);
}

/* The timeout of a read that cannot leave has not begun. */
static void test_timeout_begins_when_sent(void **state) {
    (void)state;
    begin();
    *unit.tx_ready = 0;
    request(0, 0, 16);
    run(3000);
    assert_int_equal(beats, 0);
    *unit.tx_ready = 1;
    run(10);
    answer(0, 0, 0, 0);
    run(20);
    assert_int_equal(last_status, TLSCARD_STATUS_OK);
    request(0, 0, 16);
    run(3000);
    assert_int_equal(last_status, TLSCARD_STATUS_DMA_TIMEOUT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_many_packets_as_tags),
        cmocka_unit_test(test_data_from_lane_0),
        cmocka_unit_test(test_denied),
        cmocka_unit_test(test_timeout_begins_when_sent),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
