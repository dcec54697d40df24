/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/pcie/pcie_posted.v: writes and interrupts leave in the order in which they came. */
#include "pcie_posted_model.h"
#include "tests/rtl/unit.h"

#define MOST 3000

UNIT(pcie_posted)
UNIT_RESET

/* What was accepted: the value is in the address, or the vector. */
static struct {
    int message;
    unsigned function, value;
} asked[MOST];
static unsigned accepted, offered_out, finished, writing;

static void offer(void) {
    unsigned function = (unsigned)unit_random(8);
    *unit.wr_valid = unit_random(3) == 0;
    *unit.irq_valid = unit_random(3) == 0;
    *unit.wr_function = *unit.irq_function = (uint8_t)function;
    *unit.wr_address = accepted + 0x123400000000ull;
    *unit.wr_length = 1 + accepted;
    *unit.irq_vector = (uint16_t)accepted;
}

static void sample(void) {
    int write = *unit.wr_valid && *unit.wr_ready, message = *unit.irq_valid && *unit.irq_ready;
    assert_false(write && message);
    if (write || message) {
        asked[accepted].message = message;
        asked[accepted].function = *unit.wr_function;
        asked[accepted].value = accepted;
        accepted++;
    }
}

static void check_head(int message) {
    assert_true(offered_out < accepted);
    assert_int_equal(asked[offered_out].message, message);
    assert_int_equal(*unit.head_function, asked[offered_out].function);
    assert_int_equal((uint16_t)*unit.head_address, (uint16_t)asked[offered_out].value);
    if (!message) {
        assert_true(*unit.head_address >> 32 == 0x1234);
        assert_int_equal(*unit.head_length, asked[offered_out].value + 1);
    }
}

static void check_busy(void) {
    unsigned busy = 0;
    for (unsigned i = finished; i < accepted; i++)
        busy |= 1u << asked[i].function;
    assert_int_equal(*unit.busy, busy);
    assert_int_equal(*unit.accepted, accepted & 0xff);
    assert_int_equal(*unit.finished, finished & 0xff);
}

/* A write engine that holds up to two writes, and a sender of messages that takes its time. */
static void cycle(void) {
    settle(); /* outputs of registers */
    *unit.write_ready = writing < 2 && unit_random(2);
    *unit.write_done = writing && unit_random(3) == 0;
    *unit.write_done_function = writing ? (uint8_t)asked[finished].function : 0;
    *unit.write_busy = writing != 0;
    settle();
    *unit.message_done = *unit.message_valid && unit_random(3) == 0;
    settle();
    check_busy();
    sample();
    if (*unit.message_valid) { /* every write before it has left */
        assert_int_equal(writing, 0);
        assert_int_equal(finished, offered_out);
        check_head(1);
    }
    if (*unit.write_valid)
        check_head(0);
    if (*unit.write_valid && *unit.write_ready) {
        writing++;
        offered_out++;
    }
    if (*unit.message_done) {
        offered_out++;
        finished++;
    }
    if (*unit.write_done) {
        writing--;
        finished++;
    }
    step();
}

static void test_random(void **state) {
    (void)state;
    *unit.wr_valid = *unit.irq_valid = *unit.write_done = *unit.message_done = *unit.write_ready = 0;
    reset();
    while (accepted < MOST - 10) {
        offer();
        cycle();
    }
    *unit.wr_valid = *unit.irq_valid = 0;
    for (int i = 0; i < 500; i++)
        cycle();
    assert_int_equal(finished, accepted);
    assert_int_equal(*unit.busy, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
