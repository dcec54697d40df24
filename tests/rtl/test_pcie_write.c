/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/pcie/pcie_write.v: the octets of a request arrive where they belong, and no others. */
#include "pcie_write_model.h"
#include "tests/rtl/unit.h"

#define MOST 9000

UNIT(pcie_write)
UNIT_RESET

static uint8_t source[MOST], target[MOST + 64]; /* target: octet of the request at its place + 32 */
static unsigned given, packets, denials, requests_done;
static uint64_t address;

/* Stores a beat's octets; position is that of its lane 0 in the request. */
static void store(int position, unsigned length, unsigned dwords_left) {
    const uint8_t *octets = (const uint8_t *)unit.tx_data;
    for (int i = 0; i < 16; i++) {
        int at = position + i;
        if (at >= 0 && at < (int)length && (unsigned)i < 4 * dwords_left) {
            assert_int_equal(target[at + 32], 0);
            target[at + 32] = octets[i];
        } else
            assert_int_equal(octets[i], 0);
    }
}

/* Takes the packets of one request of length octets. */
static void run(unsigned length, unsigned stall) {
    int position = 0;
    unsigned dwords = 0, cycles = 0, end = 0;
    given = packets = denials = requests_done = 0;
    while (!requests_done) {
        *unit.data_valid = given < length && unit_random(100) >= stall;
        for (unsigned i = 0; i < 16; i++) /* octets after the last are not zero */
            ((uint8_t *)unit.data)[i] = given + i < length ? source[given + i] : 0xee;
        *unit.tx_ready = unit_random(100) >= stall;
        *unit.denied_ready = unit_random(100) >= stall;
        settle();
        if (*unit.tx_valid && *unit.tx_sop) {
            uint64_t at = unit.tx_hdr[0] & 0x20000000u ? (uint64_t)unit.tx_hdr[2] << 32 | unit.tx_hdr[3] : unit.tx_hdr[2];
            dwords = unit.tx_hdr[0] & 0x3ff ? unit.tx_hdr[0] & 0x3ff : 1024;
            position = (int)(int64_t)(at - address);
            end = (unsigned)(position + (int)dwords * 4);
            if (end > length)
                end = length;
        }
        if (*unit.tx_valid && *unit.tx_ready) {
            packets += *unit.tx_sop;
            store(position, end, dwords);
            assert_int_equal(*unit.tx_eop, dwords <= 4);
            dwords -= dwords < 4 ? dwords : 4;
            position += 16;
        }
        denials += *unit.denied && *unit.denied_ready;
        requests_done += *unit.done;
        given += *unit.data_valid && *unit.data_ready ? 16 : 0;
        step();
        *unit.request_valid = 0;
        if (++cycles > 100000)
            fail_msg("stuck");
    }
    assert_int_equal(given, (length + 15) / 16 * 16);
    assert_int_equal(*unit.busy, 0);
}

static void request(uint64_t where, unsigned length, unsigned function) {
    address = where;
    *unit.request_valid = 1;
    *unit.request_function = (uint8_t)function;
    *unit.request_address = where;
    *unit.request_length = length;
    *unit.data_valid = 0;
    settle();
    assert_int_equal(*unit.request_ready, 1);
    for (unsigned i = 0; i < length; i++)
        source[i] = (uint8_t)(1 + unit_random(255));
    memset(target, 0, sizeof target);
}

static void begin(void) {
    *unit.request_valid = *unit.data_valid = *unit.tx_ready = 0;
    *unit.bus_master = 0x55;
    reset();
}

static void test_lengths_and_alignments(void **state) {
    (void)state;
    begin();
    for (unsigned length = 1; length < 600; length += length < 80 ? 1 : 23)
        for (unsigned alignment = 0; alignment < 16; alignment++) {
            *unit.cfg_max_payload = (uint8_t)unit_random(3);
            request(0xfffff000ull - unit_random(length + 1) / 16 * 16 + alignment, length, 2);
            run(length, length % 3 * 30);
            assert_memory_equal(target + 32, source, length);
            assert_int_equal(denials, 0);
        }
    request(0x100000ffeull, 8192 + 5, 0);
    *unit.cfg_max_payload = 5;
    run(8192 + 5, 0);
    assert_memory_equal(target + 32, source, 8192 + 5);
    assert_int_equal(packets, 4);
}

/* A function without bus mastering: data are taken, nothing leaves, one refusal is reported. */
static void test_denied(void **state) {
    (void)state;
    begin();
    for (unsigned length = 1; length < 2000; length += 97)
        for (unsigned function = 0; function < 8; function++) {
            *unit.cfg_max_payload = 0;
            request(0x2000 + length, length, function);
            run(length, 30);
            assert_int_equal(denials, function & 1);
            assert_int_equal(packets != 0, !(function & 1));
        }
}

/* Bus mastering ends within a request: the rest is swallowed. */
static void test_denied_midway(void **state) {
    (void)state;
    begin();
    *unit.cfg_max_payload = 0;
    request(0x1000, 1024, 0);
    *unit.tx_ready = 1;
    *unit.data_valid = 1;
    for (unsigned i = 0; i < 12; i++) {
        step();
        *unit.request_valid = 0;
    }
    *unit.bus_master = 0;
    *unit.denied_ready = 1;
    for (unsigned i = 0; i < 200 && *unit.busy; i++) {
        step();
        settle();
    }
    assert_int_equal(*unit.busy, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths_and_alignments),
        cmocka_unit_test(test_denied),
        cmocka_unit_test(test_denied_midway),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
