/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/host/host_slots.v: an entry's four beats, then the slot of its function until it is free. */
#include "driver/tlscard_map.h"
#include "host_slots_model.h"
#include "tests/rtl/unit.h"

UNIT(host_slots)
UNIT_RESET

static void quiet(void) {
    *unit.take_valid = *unit.beat_valid = *unit.pick_valid = *unit.picked_valid = *unit.answer_valid = 0;
}

static void begin(void) {
    quiet();
    *unit.fetched_ready = *unit.fetched_live = 1;
    *unit.live = UINT64_MAX;
    reset();
}

static void once(void) {
    step();
    quiet();
    settle();
}

static void send(unsigned pair, const struct tlscard_submission *entry, unsigned status) {
    *unit.take_valid = 1;
    *unit.take_function = (uint8_t)(pair >> 3);
    once();
    for (unsigned beat = 0; beat < 4; beat++) {
        *unit.beat_valid = 1;
        *unit.beat_pair = (uint8_t)pair;
        memcpy(unit.beat_data, (const uint8_t *)entry + 16 * beat, 16);
        *unit.beat_last = beat == 3;
        *unit.beat_status = (uint8_t)status;
        settle();
        assert_int_equal(*unit.beat_ready, 1);
        once();
    }
    assert_int_equal(*unit.beat_ready, 0);
    assert_int_equal(*unit.fetched_valid, 1);
    assert_int_equal(*unit.fetched_pair, pair);
    assert_int_equal(*unit.fetched_status, status);
}

static struct tlscard_submission modexp(unsigned k) {
    return (struct tlscard_submission){
        .opcode = TLSCARD_OP_MODEXP, .command_id = (uint16_t)unit_random(65536), .parameter = k,
        .key_address = unit_random(1ull << 53) << 11, .key_length = 2 * k, .source_length = k,
        .source_address = unit_random(1ull << 53) << 11, .destination_address = unit_random(1ull << 53) << 11,
        .destination_length = k};
}

static void expect_slots(unsigned taken, unsigned held, unsigned answered) {
    settle();
    assert_int_equal(*unit.taken, taken);
    assert_int_equal(*unit.held, held);
    assert_int_equal(*unit.answered, answered);
}

static void expect_pick(unsigned pair, const struct tlscard_submission *entry) {
    *unit.pick_function = (uint8_t)(pair >> 3);
    settle();
    assert_int_equal(*unit.pick_pair, pair & 7);
    assert_int_equal(*unit.pick_opcode, entry->opcode);
    assert_int_equal(*unit.pick_command_id, entry->command_id);
    assert_int_equal(*unit.pick_parameter, entry->parameter);
    assert_int_equal(*unit.pick_key_length, entry->key_length);
    assert_int_equal(*unit.pick_source_length, entry->source_length);
    assert_true(*unit.pick_key_address == entry->key_address);
    assert_true(*unit.pick_source_address == entry->source_address);
    assert_true(*unit.pick_destination == entry->destination_address);
}

static void expect_answer(unsigned pair, unsigned command_id, unsigned status, unsigned pke) {
    *unit.answer_function = (uint8_t)(pair >> 3);
    settle();
    assert_int_equal(*unit.answer_pair, pair & 7);
    assert_int_equal(*unit.answer_command_id, command_id);
    assert_int_equal(*unit.answer_status, status);
    assert_int_equal(*unit.answer_pke, pke);
}

/* Each function has its slot: eight entries wait at once, each as it was sent, and go in any order. */
static void test_eight_wait(void **state) {
    (void)state;
    struct tlscard_submission entries[8];
    unsigned pairs[8], full = 0;
    begin();
    for (unsigned f = 0; f < 8; f++) {
        entries[f] = modexp(128 + 16 * f);
        pairs[f] = f << 3 | ((f + 3) & 7);
        send(pairs[f], &entries[f], TLSCARD_STATUS_OK);
        expect_slots(full | 1u << f, full, 0);
        once();
        full |= 1u << f;
        expect_slots(full, full, 0);
    }
    for (unsigned i = 0, taken = 0xff; i < 8; i++) {
        unsigned f = i * 3 & 7;
        expect_pick(pairs[f], &entries[f]);
        *unit.pick_valid = 1;
        once();
        expect_slots(taken, taken & ~(1u << f), 0);
        expect_pick(pairs[f], &entries[f]); /* it stands while operands are asked for */
        *unit.picked_valid = 1;
        once();
        taken &= ~(1u << f);
        expect_slots(taken, taken, 0);
    }
}

static void test_answered(void **state) {
    (void)state;
    begin();
    struct tlscard_submission nop = {.opcode = TLSCARD_OP_NOP, .command_id = 0x1234}, unknown = nop, bad = modexp(128);
    unknown.opcode = 0x3f;
    unknown.command_id = 0xffff;
    bad.destination_length = 127;
    send(0 << 3 | 7, &nop, TLSCARD_STATUS_OK);
    once();
    send(1 << 3 | 2, &unknown, TLSCARD_STATUS_OK);
    once();
    send(7 << 3 | 0, &bad, TLSCARD_STATUS_OK);
    once();
    expect_slots(0x83, 0, 0x83);
    expect_answer(7, 0x1234, TLSCARD_STATUS_OK, 0);
    expect_answer(1 << 3 | 2, 0xffff, TLSCARD_STATUS_INVALID_OPCODE, 0);
    expect_answer(7 << 3, bad.command_id, TLSCARD_STATUS_DESTINATION_TOO_SMALL, 1);
    *unit.answer_function = 1;
    *unit.answer_valid = 1;
    once();
    expect_slots(0x81, 0, 0x81);
}

/* What could not be fetched, or is not wanted any more, leaves the slot at once. */
static void test_not_live(void **state) {
    (void)state;
    struct tlscard_submission entry = modexp(256);
    begin();
    *unit.fetched_live = 0;
    send(5 << 3 | 1, &entry, TLSCARD_STATUS_DMA_POISONED);
    once();
    expect_slots(0, 0, 0);
    assert_int_equal(*unit.beat_ready, 1);
}

/* The pairs may be busy: the entry waits, and nothing comes over it. */
static void test_fetched_waits(void **state) {
    (void)state;
    struct tlscard_submission entry = modexp(512);
    begin();
    *unit.fetched_ready = 0;
    send(4 << 3 | 6, &entry, TLSCARD_STATUS_OK);
    for (unsigned i = 0; i < 5; i++) {
        *unit.beat_valid = 1;
        memset(unit.beat_data, 0xee, 16);
        once();
        expect_slots(0x10, 0, 0);
        assert_int_equal(*unit.fetched_valid, 1);
    }
    *unit.fetched_ready = 1;
    once();
    assert_int_equal(*unit.fetched_valid, 0);
    expect_slots(0x10, 0x10, 0);
    expect_pick(4 << 3 | 6, &entry);
}

/* A held entry of a pair disabled since is answered, which drops it; others stay. */
static void test_disabled_while_held(void **state) {
    (void)state;
    struct tlscard_submission entry = modexp(128);
    for (unsigned pair = 0; pair < 64; pair++) {
        begin();
        send(pair, &entry, TLSCARD_STATUS_OK);
        once();
        send(pair ^ 0x20, &entry, TLSCARD_STATUS_OK);
        once();
        *unit.live = ~(1ull << pair);
        for (unsigned i = 0; i < 8; i++)
            once();
        unsigned gone = 1u << (pair >> 3), other = 1u << ((pair ^ 0x20) >> 3);
        expect_slots(gone | other, other, gone);
    }
}

/* Picked in the very cycle in which it is found dead: it goes to its engine, and is not answered. */
static void test_pick_before_drop(void **state) {
    (void)state;
    struct tlscard_submission entry = modexp(128);
    for (unsigned late = 0; late < 8; late++) {
        begin();
        send(2 << 3, &entry, TLSCARD_STATUS_OK);
        once();
        *unit.live = 0;
        for (unsigned i = 0; i < late; i++)
            once();
        if (!*unit.held)
            break;
        *unit.pick_function = 2;
        *unit.pick_valid = 1;
        once();
        expect_slots(4, 0, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_eight_wait),          cmocka_unit_test(test_answered),
        cmocka_unit_test(test_not_live),            cmocka_unit_test(test_fetched_waits),
        cmocka_unit_test(test_disabled_while_held), cmocka_unit_test(test_pick_before_drop),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
