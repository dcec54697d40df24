/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/host/host_slots.v: an entry's four beats, then a slot of its pair until it is free. */
#include "driver/tlscard_map.h"
#include "host_slots_model.h"
#include "tests/rtl/unit.h"

enum { SLOTS = 4 };

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

static void claim(unsigned pair) {
    *unit.take_valid = 1;
    *unit.take_pair = (uint8_t)pair;
    once();
}

static void come(unsigned pair, const struct tlscard_submission *entry, unsigned status) {
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

static void send(unsigned pair, const struct tlscard_submission *entry) {
    claim(pair);
    come(pair, entry, TLSCARD_STATUS_OK);
    once();
}

static struct tlscard_submission request(unsigned gcm) {
    unsigned k = 128 + 16 * (unsigned)unit_random(8), additional = (unsigned)unit_random(4097);
    struct tlscard_submission entry = {
        .opcode = TLSCARD_OP_MODEXP, .command_id = (uint16_t)unit_random(65536), .parameter = k,
        .key_address = unit_random(1ull << 53) << 11, .key_length = 2 * k, .source_length = k,
        .source_address = unit_random(1ull << 53) << 11, .destination_address = unit_random(1ull << 53) << 11,
        .destination_length = k};
    if (!gcm)
        return entry;
    entry.opcode = TLSCARD_OP_AES_GCM_SEAL;
    entry.parameter = 32;
    entry.key_length = 48 + additional;
    entry.source_length = (uint32_t)unit_random(65537);
    entry.destination_length = 65552;
    return entry;
}

static void expect(uint64_t pke, uint64_t gcm, uint64_t answered) {
    settle();
    assert_true(*unit.pke_waits == pke);
    assert_true(*unit.gcm_waits == gcm);
    assert_true(*unit.answered == answered);
}

static void pick(unsigned pair, unsigned gcm) {
    *unit.pick_valid = 1;
    *unit.pick_pair = (uint8_t)pair;
    *unit.pick_gcm = (uint8_t)gcm;
    once();
}

static void expect_picked(unsigned pair, const struct tlscard_submission *entry) {
    assert_int_equal(*unit.picked_pair, pair);
    assert_int_equal(*unit.picked_opcode, entry->opcode);
    assert_int_equal(*unit.picked_command_id, entry->command_id);
    assert_int_equal(*unit.picked_parameter, entry->parameter);
    assert_int_equal(*unit.picked_key_length, entry->key_length);
    assert_int_equal(*unit.picked_source_length, entry->source_length);
    assert_true(*unit.picked_key_address == entry->key_address);
    assert_true(*unit.picked_source_address == entry->source_address);
    assert_true(*unit.picked_destination == entry->destination_address);
}

static void expect_answer(unsigned pair, unsigned command_id, unsigned status, unsigned pke, unsigned gcm) {
    *unit.answer_pair = (uint8_t)pair;
    settle();
    assert_int_equal(*unit.answer_command_id, command_id);
    assert_int_equal(*unit.answer_status, status);
    assert_int_equal(*unit.answer_pke, pke);
    assert_int_equal(*unit.answer_gcm, gcm);
}

/* Every slot of every pair waits at once, each entry as it was sent; of either class they go in turn. */
static void test_all_wait(void **state) {
    (void)state;
    static struct tlscard_submission entries[64][SLOTS];
    begin();
    for (unsigned n = 0; n < SLOTS; n++)
        for (unsigned pair = 0; pair < 64; pair++) {
            assert_int_equal(*unit.full >> pair & 1, 0);
            entries[pair][n] = request(n & 1);
            send(pair, &entries[pair][n]);
        }
    assert_true(*unit.full == UINT64_MAX);
    expect(UINT64_MAX, UINT64_MAX, 0);
    /* Of one class there are two: one of the pair goes, then the other. */
    for (unsigned i = 0; i < 64 * SLOTS; i++) {
        unsigned pair = i * 7 % 64, gcm = i / 64 & 1, which = 0;
        pick(pair, gcm);
        for (unsigned n = gcm; n < SLOTS; n += 2)
            if (entries[pair][n].command_id == *unit.picked_command_id && entries[pair][n].opcode)
                which = n;
        expect_picked(pair, &entries[pair][which]);
        memset(&entries[pair][which], 0, sizeof(entries[pair][which]));
        for (unsigned n = 0; n < 3; n++)
            once(); /* it stands while operands are asked for */
        if (i < 64)
            assert_true(*unit.full >> pair & 1);
        *unit.picked_valid = 1;
        once();
        assert_int_equal(*unit.full >> pair & 1, 0);
    }
    expect(0, 0, 0);
}

/* While others come and go, none waits longer than as many picks as there are slots. */
static void test_none_waits_for_ever(void **state) {
    (void)state;
    unsigned waited[SLOTS] = {0}, ids[SLOTS];
    begin();
    for (unsigned n = 0; n < SLOTS; n++) {
        struct tlscard_submission entry = request(1);
        entry.command_id = (uint16_t)(ids[n] = n);
        send(9, &entry);
    }
    for (unsigned i = SLOTS; i < 200; i++) {
        pick(9, 1);
        for (unsigned n = 0; n < SLOTS; n++) {
            assert_true(++waited[n] <= 2 * SLOTS);
            if (ids[n] == *unit.picked_command_id)
                ids[n] = i, waited[n] = 0;
        }
        *unit.picked_valid = 1;
        once();
        struct tlscard_submission entry = request(1);
        entry.command_id = (uint16_t)i;
        send(9, &entry);
    }
}

/* A pair is full by claims alone; entries come in the order of claims, other pairs' in between. */
static void test_claims(void **state) {
    (void)state;
    begin();
    for (unsigned n = 0; n < SLOTS; n++) {
        assert_true(*unit.full == 0);
        claim(5);
        claim(40 + n);
    }
    assert_true(*unit.full == 1 << 5);
    for (unsigned n = 0; n < SLOTS; n++) {
        struct tlscard_submission entry = request(0);
        come(5, &entry, TLSCARD_STATUS_OK);
        once();
        entry = request(1);
        come(40 + n, &entry, TLSCARD_STATUS_OK);
        once();
    }
    expect(1 << 5, 15ull << 40, 0);
    assert_true(*unit.full == 1 << 5);
}

static void test_answered(void **state) {
    (void)state;
    begin();
    struct tlscard_submission nop = {.opcode = TLSCARD_OP_NOP, .command_id = 0x1234}, unknown = nop, bad = request(0);
    struct tlscard_submission record = request(1);
    unknown.opcode = 0x3f;
    unknown.command_id = 0xffff;
    bad.destination_length = bad.parameter - 1;
    record.parameter = 17;
    send(7, &nop);
    send(10, &unknown);
    send(56, &bad);
    send(56, &record);
    expect(0, 0, 1ull << 7 | 1ull << 10 | 1ull << 56);
    expect_answer(7, 0x1234, TLSCARD_STATUS_OK, 0, 0);
    expect_answer(10, 0xffff, TLSCARD_STATUS_INVALID_OPCODE, 0, 0);
    expect_answer(56, bad.command_id, TLSCARD_STATUS_DESTINATION_TOO_SMALL, 1, 0);
    *unit.answer_valid = 1;
    once();
    expect(0, 0, 1ull << 7 | 1ull << 10 | 1ull << 56);
    expect_answer(56, record.command_id, TLSCARD_STATUS_INVALID_FIELD, 0, 1);
    *unit.answer_valid = 1;
    once();
    expect(0, 0, 1ull << 7 | 1ull << 10);
}

/* What could not be fetched, or is not wanted any more, leaves the slot at once. */
static void test_not_live(void **state) {
    (void)state;
    struct tlscard_submission entry = request(0);
    begin();
    *unit.fetched_live = 0;
    for (unsigned i = 0; i < 2 * SLOTS; i++) {
        claim(41);
        come(41, &entry, TLSCARD_STATUS_DMA_POISONED);
        once();
        expect(0, 0, 0);
        assert_true(*unit.full == 0);
        assert_int_equal(*unit.beat_ready, 1);
    }
}

/* The pairs may be busy: the entry waits, and nothing comes over it. */
static void test_fetched_waits(void **state) {
    (void)state;
    struct tlscard_submission entry = request(0);
    begin();
    *unit.fetched_ready = 0;
    claim(38);
    come(38, &entry, TLSCARD_STATUS_OK);
    for (unsigned i = 0; i < 5; i++) {
        *unit.beat_valid = 1;
        memset(unit.beat_data, 0xee, 16);
        once();
        expect(0, 0, 0);
        assert_int_equal(*unit.fetched_valid, 1);
    }
    *unit.fetched_ready = 1;
    once();
    assert_int_equal(*unit.fetched_valid, 0);
    expect(1ull << 38, 0, 0);
    pick(38, 0);
    expect_picked(38, &entry);
}

/* Waiting entries of a pair disabled since are answered, which drops them; others stay. */
static void test_disabled_while_waiting(void **state) {
    (void)state;
    for (unsigned pair = 0; pair < 64; pair++) {
        begin();
        for (unsigned i = 0; i < 4; i++) {
            struct tlscard_submission entry = request(i & 1);
            send(pair ^ (i & 2 ? 0x20 : 0), &entry);
        }
        uint64_t gone = 1ull << pair, other = 1ull << (pair ^ 0x20);
        expect(gone | other, gone | other, 0);
        *unit.live = ~gone;
        once();
        expect(other, other, gone);
        for (unsigned i = 0; i < 2; i++) {
            assert_true(*unit.answered == gone);
            *unit.answer_pair = (uint8_t)pair;
            *unit.answer_valid = 1;
            once();
        }
        expect(other, other, 0);
    }
}

/* Picked in the very cycle in which it is found dead: it goes to its engine, and is not answered. */
static void test_pick_before_drop(void **state) {
    (void)state;
    for (unsigned gcm = 0; gcm < 2; gcm++) {
        struct tlscard_submission entry = request(gcm);
        begin();
        send(16, &entry);
        *unit.live = 0;
        pick(16, gcm);
        expect(0, 0, 0);
        expect_picked(16, &entry);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_wait),      cmocka_unit_test(test_none_waits_for_ever),
        cmocka_unit_test(test_claims),        cmocka_unit_test(test_answered),
        cmocka_unit_test(test_not_live),      cmocka_unit_test(test_fetched_waits),
        cmocka_unit_test(test_disabled_while_waiting), cmocka_unit_test(test_pick_before_drop),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
