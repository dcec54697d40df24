/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/pcie/pcie_transmit.v: packets of four senders leave whole, each sender's in its order, in turn. */
#include "pcie_transmit_model.h"
#include "tests/rtl/unit.h"

enum { WRITE, MESSAGE, COMPLETION, READ, SENDERS };

UNIT(pcie_transmit)
UNIT_RESET

/* Each sender's beats are numbered; the header of a packet is {number of its first beat, sender}. */
static struct sender {
    unsigned beat;       /* the next to offer, or offered */
    unsigned left;       /* beats of its packet, this one included */
    int offered, start;
    unsigned expected;   /* the next to come out */
    unsigned packets;
} senders[SENDERS];
static int current; /* sender whose packet is leaving, or -1 */

struct wires {
    uint8_t *valid, *ready, *sop, *eop;
    uint32_t *hdr, *data;
};

static struct wires wires_of(int sender) {
    switch (sender) {
    case WRITE:
        return (struct wires){unit.write_valid, unit.write_ready, unit.write_sop, unit.write_eop, unit.write_hdr, unit.write_data};
    case MESSAGE:
        return (struct wires){unit.message_valid, unit.message_ready, NULL, NULL, unit.message_hdr, unit.message_data};
    case COMPLETION:
        return (struct wires){unit.completion_valid, unit.completion_ready, unit.completion_sop, unit.completion_eop,
                              unit.completion_hdr, unit.completion_data};
    default:
        return (struct wires){unit.read_valid, unit.read_ready, NULL, NULL, unit.read_hdr, NULL};
    }
}

static void offer(int index, unsigned percent) {
    struct sender *sender = &senders[index];
    struct wires wires = wires_of(index);
    if (!sender->offered && unit_random(100) < percent) {
        sender->offered = 1;
        sender->start = sender->left == 0;
        if (sender->start)
            sender->left = wires.sop ? 1 + (unsigned)unit_random(5) : 1;
    }
    *wires.valid = (uint8_t)sender->offered;
    wires.hdr[0] = sender->beat << 2 | (unsigned)index;
    if (wires.sop) {
        *wires.sop = (uint8_t)sender->start;
        *wires.eop = sender->left == 1;
    }
    if (wires.data)
        *wires.data = sender->beat << 2 | (unsigned)index;
}

static void take(void) {
    struct sender *sender;
    if (!*unit.tx_valid || !*unit.tx_ready)
        return;
    assert_int_equal(*unit.tx_sop, current < 0);
    if (*unit.tx_sop) {
        current = unit.tx_hdr[0] & 3;
        assert_int_equal(unit.tx_hdr[0] >> 2, senders[current].expected);
        senders[current].packets++;
    }
    sender = &senders[current];
    assert_int_equal(unit.tx_data[0], current == READ ? 0 : sender->expected << 2 | (unsigned)current);
    sender->expected++;
    if (*unit.tx_eop)
        current = -1;
}

static void cycle(unsigned percent, int ready) {
    for (int i = 0; i < SENDERS; i++)
        offer(i, percent);
    *unit.tx_ready = (uint8_t)ready;
    settle();
    take();
    for (int i = 0; i < SENDERS; i++) {
        struct sender *sender = &senders[i];
        if (sender->offered && *wires_of(i).ready) {
            sender->offered = 0;
            sender->beat++;
            sender->left--;
        }
    }
    step();
}

static void begin(void) {
    memset(senders, 0, sizeof senders);
    current = -1;
    for (int i = 0; i < SENDERS; i++)
        *wires_of(i).valid = 0;
    reset();
}

static void test_random(void **state) {
    (void)state;
    for (unsigned percent = 5; percent <= 100; percent += 19) {
        begin();
        for (int i = 0; i < 5000; i++)
            cycle(percent, unit_random(100) < 70);
        for (int i = 0; i < SENDERS; i++)
            assert_true(senders[i].packets > 50);
    }
}

/* With all of them busy each sends as many packets, and no cycle is lost. */
static void test_turns(void **state) {
    unsigned beats = 0;
    (void)state;
    begin();
    for (int i = 0; i < 4000; i++)
        cycle(100, 1);
    for (int i = 0; i < SENDERS; i++) {
        assert_in_range(senders[i].packets, senders[READ].packets - 1, senders[READ].packets + 1);
        beats += senders[i].expected;
    }
    assert_int_equal(beats, 3999);
}

static void test_data_do_not_stay(void **state) {
    (void)state;
    begin();
    *unit.write_valid = *unit.write_sop = *unit.write_eop = *unit.tx_ready = 1;
    unit.write_data[2] = 0x5ec2e75e;
    step();
    *unit.write_valid = 0;
    settle();
    assert_int_equal(unit.tx_data[2], 0x5ec2e75e);
    step();
    assert_int_equal(unit.tx_data[2], 0);
    assert_int_equal(*unit.tx_valid, 0);
    unit.write_data[2] = 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_data_do_not_stay),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
