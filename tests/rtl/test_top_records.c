// SPDX-License-Identifier: Apache-2.0
// AES-GCM records through the whole card: how much of the link they fill.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/rtl/top_bench.h"

enum { K = 32, ADDITIONAL = 13, KEY = K + 16 + ADDITIONAL, TAG = 16, PLACES = 8 };

/* A record of the flow: its operands and its result at one of PLACES places in the function's memory. */
static struct tlscard_submission record(unsigned function, unsigned place, unsigned octets) {
    unsigned stride = octets > 16384 ? 0x1d000 / 2 : 0xd000 / 2; /* places may overlap: nobody looks at what they hold */
    unsigned base = TOP_RECORDS + place * 2 * stride;
    assert_true(base + 2 * stride <= TOP_REGION || octets > 16384);
    return (struct tlscard_submission){
        .opcode = TLSCARD_OP_AES_GCM_SEAL, .command_id = (uint16_t)place, .parameter = K,
        .key_address = top_address(function, base), .key_length = KEY,
        .source_address = top_address(function, base + 0x100), .source_length = octets,
        .destination_address = top_address(function, base + 0x100 + octets), .destination_length = octets + TAG,
    };
}

struct rate {
    double busier, to_card, from_card;
    unsigned cycles; /* of a record */
};

/* Keep `pairs` queues full of records; what the link does from the completion of some to that of the last. */
static struct rate measure(struct top *top, unsigned pairs, unsigned octets, unsigned records, int vector) {
    enum { WARM = 8, DEPTH = 12 };
    struct top_pair queue[2];
    unsigned sent = 0, taken = 0;
    uint64_t cycle = 0, to = 0, from = 0;
    for (unsigned i = 0; i < pairs; i++) top_enable(top, &queue[i], 0, i, 5, vector);
    while (taken < WARM + records) {
        for (unsigned i = 0; i < pairs; i++) {
            struct tlscard_completion completion;
            bool new = false;
            while (sent < WARM + records + DEPTH * pairs && sent - taken < DEPTH * pairs && sent % pairs == i) {
                struct tlscard_submission entry = record(0, sent % PLACES, octets);
                top_put(top, &queue[i], &entry);
                sent++;
                new = true;
            }
            if (new) top_ring(top, &queue[i]);
            if (top_take(top, &queue[i], &completion)) {
                assert_int_equal(completion.status, TLSCARD_STATUS_OK);
                assert_int_equal(completion.result_length, octets + TAG);
                if (++taken == WARM) cycle = top->cycle, to = top->to_card, from = top->from_card;
            }
        }
        top_step(top);
        assert_true(top->cycle < 10000000);
    }
    double cycles = (double)(top->cycle - cycle);
    struct rate rate = {0, (double)(top->to_card - to) / cycles, (double)(top->from_card - from) / cycles,
                        (unsigned)(cycles / records)};
    rate.busier = rate.to_card > rate.from_card ? rate.to_card : rate.from_card;
    printf("# %u octets, %u queue%s%s: link %.3f busy, %.3f to the card, %.3f from it, %u cycles a record\n", octets,
           pairs, pairs > 1 ? "s" : "", vector < 0 ? "" : ", interrupts", rate.busier, rate.to_card, rate.from_card,
           rate.cycles);
    top_settle(top, 400000);
    top_write(top, 0, 0, TLSCARD_REG_CONTROL, 1);
    top_settle(top, 20000);
    return rate;
}

static void test_line_rate(void **state) {
    struct top *top = *state;
    top->link.whole = 1;
    top->link.latency = 250;
    top->link.max_payload = 256;
    top->link.max_read = 512;
    for (unsigned pairs = 1; pairs <= 2; pairs++) {
        top_vector(top, 0, 1, false);
        assert_true(measure(top, pairs, 16384, 40, pairs == 1 ? -1 : 1).busier >= 0.9);
        measure(top, pairs, 1350, 200, -1);
        measure(top, pairs, 65536, 12, -1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_line_rate, top_setup, top_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
