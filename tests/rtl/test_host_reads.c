/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/host/host_reads.v: requests onto the one read channel, and each answer to who asked for it. */
#include "driver/tlscard_map.h"
#include "host_reads_model.h"
#include "tests/rtl/unit.h"

enum { ENGINES = 3, LANES = 2, PAIR = 6 << 3 | 1, OPCODE = 0x12, PARAMETER = 256, CONTEXT = 11 };

UNIT(host_reads)
UNIT_RESET

static void begin(void) {
    *unit.entry_valid = *unit.operand_valid = *unit.rd_ready = 0;
    *unit.rd_data_valid = *unit.slot_ready = *unit.cmd_ready = *unit.in_ready = 0;
    *unit.lane_cmd_ready = *unit.lane_in_ready = 0;
    *unit.live = UINT64_MAX;
    reset();
}

static void offer_entry(unsigned pair) {
    *unit.entry_valid = 1;
    *unit.entry_pair = (uint8_t)pair;
    *unit.entry_address = 0x1000 + 64 * pair;
}

static void offer_operand(unsigned pair, unsigned source, unsigned engine, unsigned length) {
    *unit.operand_valid = 1;
    *unit.operand_first = !source;
    *unit.operand_last = (uint8_t)source;
    *unit.operand_gcm = 0;
    *unit.operand_pair = (uint8_t)pair;
    *unit.operand_address = 0xf00000000ull + pair;
    *unit.operand_length = length;
    *unit.operand_index = (uint8_t)engine;
    *unit.operand_command = CONTEXT << 24 | OPCODE << 16 | PARAMETER;
}

static void expect_request(unsigned function, uint64_t address, unsigned length) {
    settle();
    assert_int_equal(*unit.rd_valid, 1);
    assert_int_equal(*unit.rd_function, function);
    assert_true(*unit.rd_address == address);
    assert_int_equal(*unit.rd_length, length);
}

static void ask_entry(unsigned pair) {
    offer_entry(pair);
    *unit.rd_ready = 1;
    expect_request(pair >> 3, 0x1000 + 64 * pair, 64);
    assert_int_equal(*unit.entry_ready, 1);
    step();
    *unit.entry_valid = *unit.rd_ready = 0;
}

static void ask_operand(unsigned pair, unsigned source, unsigned engine, unsigned length) {
    offer_operand(pair, source, engine, length);
    *unit.rd_ready = 1;
    expect_request(pair >> 3, 0xf00000000ull + pair, length);
    assert_int_equal(*unit.operand_ready, 1);
    step();
    *unit.operand_valid = *unit.rd_ready = 0;
}

static void offer_data(uint32_t word, unsigned last, unsigned status) {
    *unit.rd_data_valid = 1;
    for (unsigned i = 0; i < 4; i++)
        unit.rd_data[i] = word + i;
    *unit.rd_data_last = (uint8_t)last;
    *unit.rd_data_status = (uint8_t)status;
    settle();
}

/* The beats of an operand pass to their engine in the cycle in which they come. */
static void answer_operand(unsigned source, unsigned engine, unsigned beats, unsigned status, unsigned abort) {
    for (unsigned beat = 0; beat < beats; beat++) {
        unsigned last = beat + 1 == beats;
        offer_data(beat * 16, last, last ? status : 0);
        for (unsigned i = (unsigned)unit_random(3); i > 0; i--) {
            *unit.in_ready = (uint8_t)~(1u << engine) & 7; /* the others' do not matter */
            settle();
            assert_int_equal(*unit.in_valid, 1u << engine);
            assert_int_equal(*unit.rd_data_ready, 0);
            step();
        }
        *unit.in_ready = (uint8_t)(1u << engine);
        settle();
        assert_int_equal(*unit.in_valid, 1u << engine);
        assert_int_equal(*unit.rd_data_ready, 1);
        assert_int_equal(*unit.cmd_valid | *unit.slot_valid | *unit.lane_cmd_valid | *unit.lane_in_valid, 0);
        assert_int_equal(unit.in_data[3], beat * 16 + 3);
        assert_int_equal(*unit.in_last, source && last);
        assert_int_equal(*unit.in_abort, source && last && abort);
        if (*unit.in_abort)
            assert_int_equal(*unit.in_abort_status, abort);
        step();
    }
    *unit.rd_data_valid = *unit.in_ready = 0;
}

/* The command comes before the first octet of its key. */
static void command(unsigned engine) {
    settle();
    assert_int_equal(*unit.cmd_valid, 1u << engine);
    assert_int_equal(*unit.cmd_context, CONTEXT);
    assert_int_equal(*unit.cmd_opcode, OPCODE);
    assert_int_equal(*unit.cmd_parameter, PARAMETER);
    offer_data(0, 0, 0);
    *unit.in_ready = 7;
    for (unsigned i = 0; i < 3; i++) {
        settle();
        assert_int_equal(*unit.cmd_valid, 1u << engine);
        assert_int_equal(*unit.in_valid | *unit.rd_data_ready, 0);
        step();
    }
    *unit.rd_data_valid = *unit.in_ready = 0;
    *unit.cmd_ready = (uint8_t)(1u << engine);
    step();
    *unit.cmd_ready = 0;
    settle();
    assert_int_equal(*unit.cmd_valid, 0);
}

static void answer_entry(unsigned pair, unsigned status) {
    for (unsigned beat = 0; beat < 4; beat++) {
        offer_data(beat, beat == 3, beat == 3 ? status : 0);
        assert_int_equal(*unit.slot_valid, 1);
        assert_int_equal(*unit.slot_pair, pair);
        assert_int_equal(*unit.in_valid | *unit.cmd_valid, 0);
        assert_int_equal(*unit.rd_data_ready, 0);
        *unit.slot_ready = 1;
        settle();
        assert_int_equal(*unit.rd_data_ready, 1);
        step();
        *unit.slot_ready = 0;
    }
    *unit.rd_data_valid = 0;
}

static void test_in_order(void **state) {
    (void)state;
    begin();
    settle();
    assert_int_equal(*unit.idle, 1);
    ask_entry(7);
    ask_operand(PAIR, 0, 2, 4096);
    ask_operand(PAIR, 1, 2, 512);
    ask_entry(63);
    ask_operand(9, 0, 0, 256);
    ask_operand(9, 1, 0, 128);
    settle();
    assert_int_equal(*unit.idle, 0);
    answer_entry(7, TLSCARD_STATUS_OK);
    command(2);
    answer_operand(0, 2, 256, TLSCARD_STATUS_OK, 0);
    answer_operand(1, 2, 32, TLSCARD_STATUS_OK, 0);
    answer_entry(63, TLSCARD_STATUS_DMA_TIMEOUT);
    command(0);
    answer_operand(0, 0, 16, TLSCARD_STATUS_OK, 0);
    answer_operand(1, 0, 8, TLSCARD_STATUS_OK, 0);
    settle();
    assert_int_equal(*unit.idle, 1);
}

enum { OPEN = 1, AES_256 = 1, ADDITIONAL = 4000, PAYLOAD = 65531 };

static void ask_record(unsigned lane, unsigned first, unsigned last, unsigned length) {
    offer_operand(PAIR, last, lane, length);
    *unit.operand_first = (uint8_t)first;
    *unit.operand_gcm = 1;
    *unit.operand_command = (uint32_t)OPEN << 31 | AES_256 << 30 | ADDITIONAL << 17 | PAYLOAD;
    *unit.rd_ready = 1;
    expect_request(PAIR >> 3, 0xf00000000ull + PAIR, length);
    step();
    *unit.operand_valid = *unit.rd_ready = 0;
}

static void command_record(unsigned lane) {
    offer_data(0, 0, 0);
    *unit.lane_in_ready = 3;
    for (unsigned i = 0; i < 3; i++) {
        settle();
        assert_int_equal(*unit.lane_cmd_valid, 1u << lane);
        assert_int_equal(*unit.lane_cmd_open, OPEN);
        assert_int_equal(*unit.lane_cmd_key_256, AES_256);
        assert_int_equal(*unit.lane_cmd_aad, ADDITIONAL);
        assert_int_equal(*unit.lane_cmd_length, PAYLOAD);
        assert_int_equal(*unit.lane_in_valid | *unit.cmd_valid | *unit.rd_data_ready, 0);
        step();
    }
    *unit.lane_cmd_ready = (uint8_t)(1u << lane);
    step();
    *unit.lane_cmd_ready = *unit.lane_in_ready = *unit.rd_data_valid = 0;
}

static void answer_record(unsigned lane, unsigned beats, unsigned last, unsigned status, unsigned abort) {
    for (unsigned beat = 0; beat < beats; beat++) {
        unsigned ends = beat + 1 == beats;
        offer_data(beat * 16, ends, ends ? status : 0);
        *unit.lane_in_ready = (uint8_t)(~(1u << lane) & 3); /* the other's does not matter */
        *unit.in_ready = 7;
        settle();
        assert_int_equal(*unit.lane_in_valid, 1u << lane);
        assert_int_equal(*unit.rd_data_ready, 0);
        step();
        *unit.lane_in_ready = (uint8_t)(1u << lane);
        settle();
        assert_int_equal(*unit.rd_data_ready, 1);
        assert_int_equal(*unit.in_valid | *unit.lane_cmd_valid | *unit.cmd_valid | *unit.slot_valid, 0);
        assert_int_equal(unit.in_data[3], beat * 16 + 3);
        assert_int_equal(*unit.in_last, last && ends);
        assert_int_equal(*unit.in_abort, last && ends && abort);
        if (*unit.in_abort)
            assert_int_equal(*unit.in_abort_status, abort);
        step();
    }
    *unit.rd_data_valid = *unit.lane_in_ready = *unit.in_ready = 0;
}

/* Records go to their lane, with a source or without; a disabled pair's as well. */
static void test_records(void **state) {
    (void)state;
    begin();
    *unit.live = 0;
    for (unsigned i = 0; i < 20; i++) {
        unsigned lane = i & 1, key = i / 4 % 2 ? TLSCARD_STATUS_DMA_TIMEOUT : 0, source = i / 8 % 2 ? TLSCARD_STATUS_DMA_POISONED : 0;
        ask_record(lane, 1, 0, 64);
        ask_record(lane, 0, 1, 4000);
        ask_entry(20);
        ask_record(!lane, 1, 1, 48);
        ask_operand(PAIR, 0, 2, 256);
        command_record(lane);
        answer_record(lane, 4, 0, key, 0);
        answer_record(lane, 250, 1, source, key ? key : source);
        answer_entry(20, TLSCARD_STATUS_OK);
        command_record(!lane);
        answer_record(!lane, 3, 1, source, source);
        command(2);
        answer_operand(0, 2, 16, TLSCARD_STATUS_OK, 0);
    }
    settle();
    assert_int_equal(*unit.idle, 1);
}

/* The status of the first operand that was bad ends the request; the next begins anew. */
static void test_aborts(void **state) {
    (void)state;
    static const uint8_t bad[] = {TLSCARD_STATUS_OK, TLSCARD_STATUS_DMA_POISONED, TLSCARD_STATUS_DMA_MALFORMED};
    begin();
    for (unsigned i = 0; i < 9; i++) {
        unsigned key = bad[i % 3], source = bad[i / 3];
        ask_operand(PAIR, 0, 1, 64);
        ask_entry(PAIR);
        ask_operand(PAIR, 1, 1, 32);
        command(1);
        answer_operand(0, 1, 4, key, 0);
        answer_entry(PAIR, TLSCARD_STATUS_OK); /* an entry between them is nothing to it */
        answer_operand(1, 1, 2, source, key ? key : source);
    }
}

/* Of a pair disabled before its key had come nothing is computed; later it is no matter here. */
static void test_abandoned(void **state) {
    (void)state;
    begin();
    for (unsigned when = 0; when < 3; when++) {
        *unit.live = UINT64_MAX;
        ask_operand(PAIR, 0, 1, 64);
        ask_operand(PAIR, 1, 1, 32);
        command(1);
        if (when == 0)
            *unit.live = ~(1ull << PAIR);
        answer_operand(0, 1, 4, TLSCARD_STATUS_OK, 0);
        if (when == 1)
            *unit.live = ~(1ull << PAIR);
        answer_operand(1, 1, 2, TLSCARD_STATUS_OK, when == 0 ? TLSCARD_STATUS_DMA_COMPLETER_ABORT : 0);
    }
}

/* Operands go first, but a request once offered stands until it is accepted. */
static void test_choice_stands(void **state) {
    (void)state;
    begin();
    offer_entry(3);
    offer_operand(PAIR, 0, 0, 16);
    expect_request(PAIR >> 3, 0xf00000000ull + PAIR, 16);
    step();
    begin();
    offer_entry(3);
    expect_request(0, 0x1000 + 64 * 3, 64);
    step();
    offer_operand(PAIR, 0, 0, 16);
    expect_request(0, 0x1000 + 64 * 3, 64);
    assert_int_equal(*unit.operand_ready | *unit.entry_ready, 0);
    *unit.rd_ready = 1;
    settle();
    assert_int_equal(*unit.operand_ready, 0);
    assert_int_equal(*unit.entry_ready, 1);
    step();
    *unit.entry_valid = 0;
    expect_request(PAIR >> 3, 0xf00000000ull + PAIR, 16);
    assert_int_equal(*unit.operand_ready, 1);
}

/* With as many asked for as can be remembered the channel gets no more. */
static void test_no_room(void **state) {
    (void)state;
    begin();
    unsigned asked = 0;
    for (offer_entry(0), *unit.rd_ready = 1; asked < 64; asked++) {
        offer_entry(asked);
        settle();
        if (!*unit.rd_valid)
            break;
        step();
    }
    assert_in_range(asked, 32, 40);
    assert_int_equal(*unit.entry_ready, 0);
    *unit.entry_valid = *unit.rd_ready = 0;
    for (unsigned i = 0; i < asked; i++)
        answer_entry(i, TLSCARD_STATUS_OK);
    settle();
    assert_int_equal(*unit.idle, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_in_order),      cmocka_unit_test(test_aborts),  cmocka_unit_test(test_abandoned),
        cmocka_unit_test(test_choice_stands), cmocka_unit_test(test_no_room), cmocka_unit_test(test_records),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
