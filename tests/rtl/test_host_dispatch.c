/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/host/host_dispatch.v: entries in turn to contexts and lanes; of each the key is asked for, then the source. */
#include <stdbool.h>

#include "driver/tlscard_map.h"
#include "host_dispatch_model.h"
#include "tests/rtl/unit.h"

UNIT(host_dispatch)
UNIT_RESET

/* The entry picked last, as the slots show it. */
static unsigned key_octets, source_octets, parameter, opcode;
static const uint64_t KEY_ADDRESS = 0x123456789abcull, SOURCE_ADDRESS = 0xfedcba98765ull;

static void begin(void) {
    *unit.pke_waits = *unit.gcm_waits = 0;
    *unit.found = *unit.lane_ready = *unit.operand_ready = 0;
    reset();
}

static void show(unsigned the_opcode, unsigned the_parameter, unsigned key, unsigned source) {
    *unit.picked_opcode = (uint8_t)(opcode = the_opcode);
    *unit.picked_parameter = (uint16_t)(parameter = the_parameter);
    *unit.picked_key_length = (uint16_t)(key_octets = key);
    *unit.picked_source_length = source_octets = source;
    *unit.picked_key_address = KEY_ADDRESS;
    *unit.picked_source_address = SOURCE_ADDRESS;
    settle();
}

static void expect_operand(bool source, bool gcm, unsigned index, uint32_t command) {
    settle();
    assert_int_equal(*unit.operand_valid, 1);
    assert_int_equal(*unit.operand_first, !source || key_octets == 0);
    assert_int_equal(*unit.operand_last, source || source_octets == 0);
    assert_int_equal(*unit.operand_gcm, gcm);
    assert_true(*unit.operand_address == (source ? SOURCE_ADDRESS : KEY_ADDRESS));
    assert_int_equal(*unit.operand_length, source ? source_octets : key_octets);
    assert_int_equal(*unit.operand_index, index);
    assert_int_equal(*unit.operand_command, command);
    assert_int_equal(*unit.idle | *unit.pick_valid, 0);
}

/* From the cycle after the pick to the last operand's acceptance, after `wait` cycles for each. */
static void operands(bool gcm, unsigned index, uint32_t command, unsigned wait) {
    for (unsigned source = 0; source < 2; source++) {
        settle();
        if (!(source ? source_octets : key_octets)) {
            if (!source) {
                assert_int_equal(*unit.operand_valid, 0);
                step();
            }
            continue;
        }
        for (unsigned i = 0; i < wait; i++) {
            expect_operand(source, gcm, index, command);
            assert_int_equal(*unit.picked_valid, 0);
            step();
        }
        *unit.operand_ready = 1;
        expect_operand(source, gcm, index, command);
        assert_int_equal(*unit.picked_valid, source || source_octets == 0);
        assert_int_equal(*unit.picked_gcm, gcm);
        step();
        *unit.operand_ready = 0;
    }
    settle();
    assert_int_equal(*unit.idle, 1);
    assert_int_equal(*unit.operand_valid, 0);
}

static void test_engine(void **state) {
    (void)state;
    begin();
    for (unsigned i = 0; i < 200; i++) {
        unsigned engine = (unsigned)unit_random(4), context = (unsigned)unit_random(16), pair = (unsigned)unit_random(64);
        *unit.pke_waits = 1ull << pair;
        *unit.found_engine = (uint8_t)engine;
        *unit.found_context = (uint8_t)context;
        for (unsigned wait = (unsigned)unit_random(4); wait != 0; wait--) {
            settle();
            assert_int_equal(*unit.search, 1);
            assert_int_equal(*unit.pick_valid | *unit.operand_valid, 0);
            step();
        }
        *unit.found = 1;
        settle();
        assert_int_equal(*unit.pick_valid, 1);
        assert_int_equal(*unit.pick_gcm, 0);
        assert_int_equal(*unit.pick_pair, pair);
        step();
        *unit.pke_waits = 0;
        show(TLSCARD_OP_MODEXP, 0xabcd, i % 3 ? 1 + (unsigned)unit_random(4096) : 0, 1 + (unsigned)unit_random(512));
        operands(false, engine, context << 24 | TLSCARD_OP_MODEXP << 16 | 0xabcd, (unsigned)unit_random(4));
        *unit.found = 0;
        settle();
        assert_int_equal(*unit.search | *unit.pick_valid, 0);
    }
}

static void test_lane(void **state) {
    (void)state;
    begin();
    for (unsigned i = 0; i < 400; i++) {
        unsigned lane = (unsigned)unit_random(4), pair = (unsigned)unit_random(64), k = i & 1 ? 32 : 16, open = i >> 1 & 1;
        unsigned additional = (unsigned)unit_random(4097), payload = i % 5 ? (unsigned)unit_random(65537) : 0;
        *unit.gcm_waits = 1ull << pair;
        *unit.lane = (uint8_t)lane;
        settle();
        assert_int_equal(*unit.search | *unit.pick_valid, 0);
        step();
        *unit.lane_ready = 1;
        settle();
        assert_int_equal(*unit.pick_valid, 1);
        assert_int_equal(*unit.pick_gcm, 1);
        assert_int_equal(*unit.pick_pair, pair);
        step();
        *unit.gcm_waits = *unit.lane_ready = 0;
        *unit.lane = (uint8_t)(lane + 1); /* the next record's */
        show(open ? TLSCARD_OP_AES_GCM_OPEN : TLSCARD_OP_AES_GCM_SEAL, k, k + 16 + additional, payload + (open ? 16 : 0));
        assert_int_equal(*unit.picked_payload, payload);
        operands(true, lane, open << 31 | (k == 32 ? 1u : 0u) << 30 | additional << 17 | payload, (unsigned)unit_random(4));
    }
}

/* The classes take turns where both could go; where one could not, it holds nobody up. */
static void test_classes_take_turns(void **state) {
    (void)state;
    unsigned run = 0, last = 0;
    begin();
    show(TLSCARD_OP_AES_GCM_SEAL, 16, 32, 16);
    for (unsigned i = 0; i < 1000; i++) {
        bool both = i % 3 == 0, gcm_only = i % 3 == 1;
        *unit.pke_waits = *unit.gcm_waits = UINT64_MAX;
        *unit.found = both || !gcm_only;
        *unit.lane_ready = both || gcm_only;
        *unit.operand_ready = 1;
        settle();
        assert_int_equal(*unit.pick_valid, 1);
        unsigned gcm = *unit.pick_gcm;
        if (both)
            assert_int_equal(gcm, !last);
        else
            assert_int_equal(gcm, gcm_only);
        last = gcm;
        run += gcm;
        for (unsigned n = 0; n < 3; n++)
            step();
    }
    assert_in_range(run, 300, 700);
}

/* Pairs take turns by functions, for each class by itself. */
static void test_pairs_take_turns(void **state) {
    (void)state;
    unsigned seen[2][64] = {{0}};
    begin();
    show(TLSCARD_OP_AES_GCM_SEAL, 16, 32, 16);
    *unit.pke_waits = *unit.gcm_waits = UINT64_MAX;
    *unit.found = *unit.lane_ready = *unit.operand_ready = 1;
    for (unsigned i = 0; i < 2 * 64 * 3; i++) {
        settle();
        seen[*unit.pick_gcm][*unit.pick_pair]++;
        for (unsigned n = 0; n < 3; n++)
            step();
    }
    for (unsigned i = 0; i < 128; i++)
        assert_int_equal(seen[i / 64][i % 64], 3);
}

static void test_reset_ends_it(void **state) {
    (void)state;
    begin();
    *unit.pke_waits = 2;
    *unit.found = 1;
    show(TLSCARD_OP_MODEXP, 128, 256, 128);
    step();
    settle();
    assert_int_equal(*unit.operand_valid, 1);
    begin();
    assert_int_equal(*unit.idle, 1);
    assert_int_equal(*unit.operand_valid, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_engine),           cmocka_unit_test(test_lane),
        cmocka_unit_test(test_classes_take_turns), cmocka_unit_test(test_pairs_take_turns),
        cmocka_unit_test(test_reset_ends_it),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
