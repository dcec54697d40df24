/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/pcie/pcie_split.v: the packets of a transfer cover its octets, each of them once. */
#include "pcie_split_model.h"
#include "tests/rtl/unit.h"

#define BUS_DEVICE 0x0abc

UNIT(pcie_split)
UNIT_RESET

static unsigned header_length(void) {
    unsigned length = unit.out_header[0] & 0x3ff;
    return length ? length : 1024;
}

/* The octets that the byte enables select must be those from address on. */
static void check_enables(uint64_t address, unsigned octets) {
    unsigned first = unit.out_header[1] & 15, last = unit.out_header[1] >> 4 & 15, length = header_length();
    for (unsigned i = 0; i < length * 4; i += i == 3 && length > 2 ? length * 4 - 7 : 1) {
        unsigned enabled = i < 4 ? first >> i & 1 : i >= length * 4 - 4 ? last >> i % 4 & 1 : 1;
        assert_int_equal(enabled, i >= (address & 3) && i < (address & 3) + octets);
    }
    if (length == 1)
        assert_int_equal(last, 0);
    assert_int_equal(length, ((address & 3) + octets + 3) / 4);
}

static void check_header(uint64_t address, unsigned function) {
    int wide = address >> 32 != 0;
    assert_int_equal(unit.out_header[0] >> 10, (wide ? 0x60000000u : 0x40000000u) >> 10);
    assert_int_equal(unit.out_header[1] >> 8, (BUS_DEVICE << 3 | function) << 8);
    assert_int_equal(unit.out_header[2], wide ? address >> 32 : (address & ~3ull));
    assert_int_equal(unit.out_header[3], wide ? (uint32_t)address & ~3u : 0);
}

static void transfer(uint64_t address, unsigned length, unsigned size, unsigned function) {
    unsigned block = 128u << (size > 5 ? 5 : size), done = 0;
    *unit.in_valid = 1;
    *unit.in_function = (uint8_t)function;
    *unit.in_address = address;
    *unit.in_length = length;
    *unit.size = (uint8_t)size;
    *unit.out_ready = 0;
    settle();
    assert_int_equal(*unit.in_ready, 1);
    step();
    *unit.in_valid = 0;
    while (done < length) {
        uint64_t at = address + done;
        unsigned octets = (unsigned)(block - at % block);
        if (octets > length - done)
            octets = length - done;
        *unit.out_ready = unit_random(3) != 0;
        settle();
        assert_int_equal(*unit.out_valid, 1);
        assert_true(*unit.out_address == at);
        assert_int_equal(*unit.out_octets, octets);
        assert_int_equal(*unit.out_function, function);
        assert_int_equal(*unit.out_first, done == 0);
        assert_int_equal(*unit.out_last, done + octets == length);
        check_enables(at, octets);
        check_header(at, function);
        done += *unit.out_ready ? octets : 0;
        step();
    }
    assert_int_equal(*unit.out_valid, 0);
}

static void begin(void) {
    *unit.in_valid = *unit.out_ready = 0;
    *unit.cfg_bus_device = BUS_DEVICE;
    reset();
}

static void test_random(void **state) {
    (void)state;
    begin();
    for (int i = 0; i < 20000; i++) {
        uint64_t address = unit_random(1ull << (13 + unit_random(50)));
        transfer(address, 1 + (unsigned)unit_random(i % 8 ? 600 : 65536), i % 8, i / 8 % 8);
    }
}

static void test_corners(void **state) {
    (void)state;
    begin();
    for (unsigned size = 0; size < 8; size++)
        for (unsigned before = 0; before <= 20; before++)
            for (unsigned length = 1; length <= 40; length++) {
                transfer(0x1000 - before, length, size, 0);
                transfer(0x100000000ull - before, length, size, 7); /* across 4 GiB */
            }
    transfer(0xffffffffffff0000ull, 65536, 5, 1);
    transfer(0x1000, 65536, 0, 1);
    transfer(0x1fff, 65536, 5, 1);
}

static void test_back_to_back(void **state) {
    (void)state;
    begin();
    *unit.in_valid = 1;
    *unit.in_length = 8;
    *unit.out_ready = 1;
    for (unsigned i = 0; i < 100; i++) {
        *unit.in_address = 16 * i;
        settle();
        assert_int_equal(*unit.in_ready, 1);
        assert_int_equal(*unit.out_valid, i != 0);
        step();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_corners),
        cmocka_unit_test(test_back_to_back),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
