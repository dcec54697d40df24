/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/pcie/pcie_msix.v with 40 vectors, so that the pending bits take two doublewords. */
#include "driver/tlscard_map.h"
#include "pcie_msix_model.h"
#include "tests/rtl/unit.h"

#define FUNCTIONS 2
#define VECTORS 40
#define PBA TLSCARD_PCI_MSIX_PBA_OFFSET

UNIT(pcie_msix)
UNIT_RESET

static unsigned sent;
static uint32_t sent_header[4], sent_data;

static void cycle(void) {
    settle();
    if (*unit.tx_valid && *unit.tx_ready) {
        sent++;
        memcpy(sent_header, unit.tx_hdr, sizeof sent_header);
        sent_data = *unit.tx_data;
    }
    step();
}

static void rest(void) {
    int limit = 2000;
    for (settle(); *unit.busy && limit; settle(), limit--)
        cycle();
    assert_true(limit > 0);
}

static uint32_t access(int write, unsigned function, unsigned address, uint32_t value, unsigned strobes) {
    uint32_t result;
    *unit.access_valid = 1;
    *unit.access_write = (uint8_t)write;
    *unit.access_function = (uint8_t)function;
    *unit.access_address = (uint16_t)address;
    *unit.access_wdata = value;
    *unit.access_wstrb = (uint8_t)strobes;
    for (settle(); !*unit.access_ready; settle())
        cycle();
    result = *unit.access_rdata;
    cycle();
    *unit.access_valid = 0;
    return result;
}

static void raise(unsigned function, unsigned vector) {
    *unit.irq_valid = 1;
    *unit.irq_function = (uint8_t)function;
    *unit.irq_vector = (uint16_t)vector;
    for (settle(); !*unit.irq_done; settle())
        cycle();
    cycle();
    *unit.irq_valid = 0;
}

static void begin(void) {
    *unit.irq_valid = *unit.access_valid = 0;
    *unit.function_reset = 0;
    *unit.tx_ready = 1;
    *unit.bus_master = *unit.msix_enable = 3;
    *unit.msix_mask = 0;
    *unit.cfg_bus_device = 0x1abc;
    reset();
    rest();
    sent = 0;
    for (unsigned function = 0; function < FUNCTIONS; function++)
        for (unsigned vector = 0; vector < VECTORS; vector++) {
            access(1, function, 16 * vector, 0xfee00000u | vector << 4, 15);
            access(1, function, 16 * vector + 4, function, 15); /* function 1 above 4 GiB */
            access(1, function, 16 * vector + 8, 0x4000 + vector, 15);
            access(1, function, 16 * vector + 12, 0, 15);
        }
}

static void test_messages(void **state) {
    (void)state;
    begin();
    for (unsigned function = 0; function < FUNCTIONS; function++)
        for (unsigned vector = 0; vector < VECTORS; vector++) {
            uint32_t address = 0xfee00000u | vector << 4;
            raise(function, vector);
            assert_int_equal(sent, VECTORS * function + vector + 1);
            assert_int_equal(sent_header[0], function ? 0x60000001u : 0x40000001u);
            assert_int_equal(sent_header[1], (0x1abcu << 3 | function) << 16 | 15);
            assert_int_equal(sent_header[2], function ? 1 : address);
            assert_int_equal(sent_header[3], function ? address : 0);
            assert_int_equal(sent_data, 0x4000 + vector);
        }
    assert_int_equal(*unit.busy, 0);
}

static void test_pending_bits(void **state) {
    (void)state;
    begin();
    *unit.msix_mask = 3;
    for (unsigned vector = 0; vector < VECTORS; vector += 3)
        raise(1, vector);
    assert_int_equal(sent, 0);
    assert_int_equal(access(0, 1, PBA, 0, 0), 0x49249249u);
    assert_int_equal(access(0, 1, PBA + 4, 0, 0), 0x92u);
    assert_int_equal(access(0, 1, PBA + 8, 0, 0), 0);
    assert_int_equal(access(0, 0, PBA, 0, 0), 0);
    access(1, 1, PBA, 0xffffffffu, 15); /* read-only */
    assert_int_equal(access(0, 1, PBA, 0, 0), 0x49249249u);
    assert_int_equal(*unit.busy, 0); /* masked: nothing to do */
    *unit.msix_mask = 1;
    settle();
    assert_int_equal(*unit.busy, 1);
    rest();
    assert_int_equal(sent, 14);
    assert_int_equal(access(0, 1, PBA, 0, 0), 0);
    assert_int_equal(access(0, 1, PBA + 4, 0, 0), 0);
}

static void test_reset_state(void **state) {
    (void)state;
    begin();
    reset();
    for (unsigned function = 0; function < FUNCTIONS; function++)
        for (unsigned i = 0; i < 4 * VECTORS; i++)
            assert_int_equal(access(0, function, 4 * i, 0, 0), i % 4 == 3);
}

static void test_unmapped(void **state) {
    (void)state;
    begin();
    for (unsigned address = 16 * VECTORS; address < 0x2000; address += 4) {
        access(1, 0, address, 0xffffffffu, 15);
        assert_int_equal(access(0, 0, address, 0, 0), 0);
    }
    assert_int_equal(access(0, 0, 0, 0, 0), 0xfee00000u);
    assert_int_equal(access(0, 0, 16 * VECTORS - 8, 0, 0), 0x4000 + VECTORS - 1);
}

/* A table access waits while a message does, and the other way round, but neither for ever. */
static void test_both_at_once(void **state) {
    (void)state;
    begin();
    *unit.irq_valid = 1;
    *unit.irq_function = 0;
    *unit.irq_vector = 1;
    for (unsigned i = 0; i < 20; i++)
        assert_int_equal(access(0, 1, 16 * i, 0, 0), 0xfee00000u | i << 4);
    assert_true(sent >= 18);
    *unit.irq_valid = 0;
    rest();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_pending_bits),
        cmocka_unit_test(test_reset_state),
        cmocka_unit_test(test_unmapped),
        cmocka_unit_test(test_both_at_once),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
