/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/pcie/pcie_receive.v: sorts packets, and makes whole ones of what is badly framed. */
#include "pcie_receive_model.h"
#include "tests/rtl/unit.h"

#define READ 0x00000000u
#define WRITE 0x40000000u
#define COMPLETION 0x0a000000u
#define COMPLETION_DATA 0x4a000000u
#define MOST 4096

UNIT(pcie_receive)
UNIT_RESET

struct beat {
    int completion, first, last, bad;
    uint32_t header, data;
};

static struct beat got[MOST], want[MOST];
static unsigned got_count, want_count, strays, wanted_strays;
static unsigned ready_percent;

static void begin(unsigned percent) {
    *unit.rx_valid = *unit.request_ready = 0;
    got_count = want_count = strays = wanted_strays = 0;
    ready_percent = percent;
    reset();
}

/* One cycle; 1 if the beat offered was taken. */
static int cycle(void) {
    int taken;
    *unit.request_ready = unit_random(100) < ready_percent;
    settle();
    assert_int_equal(*unit.completion_valid && *unit.request_valid, 0);
    if (*unit.completion_valid || (*unit.request_valid && *unit.request_ready))
        got[got_count++ % MOST] = (struct beat){.completion = *unit.completion_valid, .first = *unit.first,
                                                .last = *unit.last, .bad = *unit.bad,
                                                .header = *unit.first ? unit.header[0] : 0, .data = unit.data[0]};
    strays += *unit.stray;
    taken = *unit.rx_valid && *unit.rx_ready;
    step();
    return taken;
}

static void send(int sop, int eop, uint32_t header, uint32_t data) {
    *unit.rx_valid = 1;
    *unit.rx_sop = (uint8_t)sop;
    *unit.rx_eop = (uint8_t)eop;
    unit.rx_hdr[0] = header;
    unit.rx_data[0] = data;
    while (!cycle())
        ;
    *unit.rx_valid = 0;
    while (unit_random(100) >= ready_percent)
        cycle();
}

/* A packet whose header says dwords, sent in beats beats. */
static void packet(uint32_t type, unsigned dwords, unsigned beats) {
    uint32_t header = type | (dwords & 0x3ff);
    unsigned expected = type & WRITE ? (dwords + 3) / 4 : 1;
    for (unsigned i = 0; i < beats; i++) {
        uint32_t data = (uint32_t)unit_random(1ull << 32);
        if (i < expected)
            want[want_count++ % MOST] = (struct beat){
                .completion = (type >> 25 & 15) == 5, .first = i == 0, .last = i == beats - 1 || i == expected - 1,
                .bad = (i == beats - 1) != (i == expected - 1), .header = i == 0 ? header : 0, .data = data};
        send(i == 0, i == beats - 1, header, data);
    }
}

static void check(void) {
    for (int i = 0; i < 1000 && *unit.busy; i++)
        cycle();
    assert_int_equal(*unit.busy, 0);
    assert_int_equal(got_count, want_count);
    assert_memory_equal(got, want, sizeof *got * (want_count < MOST ? want_count : MOST));
    assert_int_equal(strays, wanted_strays);
}

static uint32_t some_type(void) {
    static const uint32_t types[] = {READ, WRITE, COMPLETION, COMPLETION_DATA};
    return types[unit_random(4)];
}

static void test_good_packets(void **state) {
    (void)state;
    for (unsigned percent = 30; percent <= 100; percent += 70) {
        begin(percent);
        for (unsigned dwords = 1; dwords <= 40; dwords++)
            for (unsigned i = 0; i < 3; i++) {
                uint32_t type = some_type();
                packet(type, dwords, type & WRITE ? (dwords + 3) / 4 : 1);
            }
        packet(WRITE, 1024, 256);
        packet(COMPLETION_DATA, 1021, 256);
        check();
    }
}

static void test_bad_framing(void **state) {
    (void)state;
    for (unsigned percent = 30; percent <= 100; percent += 70) {
        begin(percent);
        for (int i = 0; i < 600; i++)
            packet(some_type(), 1 + (unsigned)unit_random(20), 1 + (unsigned)unit_random(8));
        check();
    }
}

/* Beats that no sop began are dropped up to eop. */
static void test_strays(void **state) {
    (void)state;
    begin(60);
    for (unsigned i = 0; i < 50; i++) {
        unsigned beats = 1 + (unsigned)unit_random(4);
        for (unsigned j = 0; j < beats; j++)
            send(j != 0 && unit_random(2), j == beats - 1, WRITE | 8, 0x11111111);
        wanted_strays++;
        packet(some_type(), 4, 1);
    }
    check();
}

static void test_full_rate(void **state) {
    (void)state;
    begin(100);
    *unit.rx_valid = *unit.rx_sop = *unit.rx_eop = 1;
    unit.rx_hdr[0] = WRITE | 4;
    for (int i = 0; i < 100; i++)
        assert_int_equal(cycle(), 1);
    assert_int_equal(got_count, 99);
}

/* Completions never wait for requests to be taken, and an operand does not stay in the register. */
static void test_completions_are_taken_at_once(void **state) {
    (void)state;
    begin(0);
    *unit.rx_valid = *unit.rx_sop = *unit.rx_eop = 1;
    unit.rx_hdr[0] = COMPLETION_DATA | 4;
    unit.rx_data[3] = 0x5ec2e75e;
    for (int i = 0; i < 10; i++)
        assert_int_equal(cycle(), 1);
    *unit.rx_valid = 0;
    assert_int_equal(unit.data[3], 0x5ec2e75e);
    cycle();
    assert_int_equal(unit.data[3], 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_packets),
        cmocka_unit_test(test_bad_framing),
        cmocka_unit_test(test_strays),
        cmocka_unit_test(test_full_rate),
        cmocka_unit_test(test_completions_are_taken_at_once),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
