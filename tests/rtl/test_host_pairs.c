/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/host/host_pairs.v: registers, doorbells and the life of an entry, of one pair among 64. */
#include <stdbool.h>

#include "driver/tlscard_map.h"
#include "host_pairs_model.h"
#include "tests/rtl/unit.h"

enum { PAIR = 3 << 3 | 5, OTHER = 3 << 3 | 4, SQ_BASE = 0x40000, CQ_BASE = 0x80040 };

UNIT(host_pairs)
UNIT_RESET

static struct { unsigned count, pair, code; uint64_t address; } logged;

/* One operation: operate() before the edge, where its outputs are valid, then done(). */
static void operate(const uint8_t *ready) {
    *unit.log_ready = 1;
    settle();
    assert_int_equal(*ready, 1);
    if (*unit.log_valid) {
        logged.count++;
        logged.pair = *unit.log_pair;
        logged.code = *unit.log_code;
        logged.address = *unit.log_address;
    }
}

static void done(void) {
    step();
    *unit.finish_valid = *unit.fetched_valid = *unit.look_valid = *unit.claim_valid = 0;
    *unit.access_valid = *unit.access_write = *unit.access_doorbell = *unit.clear_valid = 0;
    settle();
}

static void write_octets(unsigned pair, unsigned offset, uint32_t value, unsigned octets) {
    *unit.access_valid = *unit.access_write = 1;
    *unit.access_pair = (uint8_t)pair;
    *unit.access_offset = (uint8_t)offset;
    *unit.access_address = (uint16_t)(0x100 + offset);
    *unit.access_wdata = value;
    *unit.access_wstrb = (uint8_t)octets;
    operate(unit.access_ready);
    done();
}

static void write_register(unsigned pair, unsigned offset, uint32_t value) {
    write_octets(pair, offset, value, 15);
}

static void doorbell(unsigned pair, unsigned which, uint32_t value) {
    *unit.access_doorbell = 1;
    write_register(pair, which, value);
}

static uint32_t read_register(unsigned pair, unsigned offset) {
    *unit.access_valid = 1;
    *unit.access_pair = (uint8_t)pair;
    *unit.access_offset = (uint8_t)offset;
    *unit.access_wstrb = 0;
    operate(unit.access_ready);
    uint32_t value = *unit.access_rdata;
    done();
    return value;
}

static bool claim(unsigned pair, uint64_t *address) {
    *unit.claim_valid = 1;
    *unit.claim_pair = (uint8_t)pair;
    operate(unit.claim_ready);
    bool ok = *unit.claim_ok;
    *address = *unit.claim_address;
    done();
    return ok;
}

static bool fetched(unsigned pair, unsigned status) {
    *unit.fetched_valid = 1;
    *unit.fetched_pair = (uint8_t)pair;
    *unit.fetched_status = (uint8_t)status;
    operate(unit.fetched_ready);
    bool live = *unit.fetched_live;
    done();
    return live;
}

static void finish(unsigned pair, bool refused) {
    *unit.finish_valid = 1;
    *unit.finish_pair = (uint8_t)pair;
    *unit.finish_refused = refused;
    operate(unit.finish_ready);
    done();
}

static void expect_look(unsigned pair, bool take, uint64_t address, unsigned phase, unsigned sq_head) {
    *unit.look_valid = 1;
    *unit.look_take = take;
    *unit.look_pair = (uint8_t)pair;
    operate(unit.look_ready);
    assert_true(*unit.look_address == address);
    assert_int_equal(*unit.look_phase, phase);
    assert_int_equal(*unit.look_sq_head, sq_head);
    done();
}

static void clear(unsigned pair) {
    *unit.clear_valid = 1;
    *unit.clear_pair = (uint8_t)pair;
    operate(unit.clear_ready);
    done();
}

static void enable(unsigned pair, unsigned log2_entries) {
    write_register(pair, TLSCARD_QREG_SQ_BASE_LO, SQ_BASE);
    write_register(pair, TLSCARD_QREG_CQ_BASE_LO, CQ_BASE);
    write_register(pair, TLSCARD_QREG_SIZE, log2_entries);
    write_register(pair, TLSCARD_QREG_ENABLE, 1);
}

static bool bit(const uint64_t *vector, unsigned pair) {
    return *vector >> pair & 1;
}

static void expect_error(unsigned count, unsigned pair, unsigned code, uint64_t address) {
    assert_int_equal(logged.count, count);
    assert_int_equal(logged.pair, pair);
    assert_int_equal(logged.code, code);
    assert_true(logged.address == address);
}

static void begin(void) {
    *unit.resetting = 0;
    *unit.bus_master = 0xff;
    reset();
    for (unsigned pair = 0; pair < 64; pair++)
        clear(pair);
    memset(&logged, 0, sizeof(logged));
}

static void test_registers(void **state) {
    (void)state;
    static const struct { unsigned offset; uint32_t bits; } registers[] = {
        {TLSCARD_QREG_SQ_BASE_LO, UINT32_MAX}, {TLSCARD_QREG_SQ_BASE_HI, UINT32_MAX},
        {TLSCARD_QREG_CQ_BASE_LO, UINT32_MAX}, {TLSCARD_QREG_CQ_BASE_HI, UINT32_MAX},
        {TLSCARD_QREG_SIZE, 15},               {TLSCARD_QREG_VECTOR, 0x8000ffff}};
    begin();
    for (unsigned i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
        uint32_t bits = registers[i].bits, value = (uint32_t)unit_random(1ull << 32) & bits, held = 0;
        assert_int_equal(read_register(PAIR, registers[i].offset), 0);
        for (unsigned octet = 0; octet < 4; octet++) {
            write_octets(PAIR, registers[i].offset, value, 1u << octet);
            held |= value & 0xffu << 8 * octet;
            assert_int_equal(read_register(PAIR, registers[i].offset), held);
        }
        assert_int_equal(read_register(OTHER, registers[i].offset), 0);
    }
    enable(PAIR, 4); /* and now they stand */
    write_register(PAIR, TLSCARD_QREG_SIZE, 5);
    write_register(PAIR, TLSCARD_QREG_SQ_BASE_LO, 0);
    assert_int_equal(read_register(PAIR, TLSCARD_QREG_SIZE), 4);
    assert_int_equal(read_register(PAIR, TLSCARD_QREG_SQ_BASE_LO), SQ_BASE);
    assert_int_equal(read_register(PAIR, TLSCARD_QREG_ENABLE), 1);
    assert_true(*unit.live == 1ull << PAIR);
    assert_int_equal(logged.count, 0);
}

static void test_invalid_queue(void **state) {
    (void)state;
    static const struct { unsigned offset; uint32_t value; } wrong[] = {
        {TLSCARD_QREG_SIZE, 0},          {TLSCARD_QREG_SIZE, 11},
        {TLSCARD_QREG_SIZE, 0x10},       {TLSCARD_QREG_SIZE, 0x80000004u},
        {TLSCARD_QREG_SQ_BASE_LO, 0x20}, {TLSCARD_QREG_CQ_BASE_LO, 0x10}};
    begin();
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        enable(PAIR, 10);
        assert_true(bit(unit.live, PAIR));
        write_register(PAIR, TLSCARD_QREG_ENABLE, 0);
        assert_false(bit(unit.live, PAIR));
        write_register(PAIR, wrong[i].offset, wrong[i].value);
        write_register(PAIR, TLSCARD_QREG_ENABLE, 1);
        expect_error(i + 1, PAIR, TLSCARD_ERROR_INVALID_QUEUE, 0x100 + TLSCARD_QREG_ENABLE);
        assert_false(bit(unit.live, PAIR));
        write_register(PAIR, TLSCARD_QREG_SIZE, 4);
    }
}

static void test_life_of_a_request(void **state) {
    (void)state;
    uint64_t address;
    begin();
    write_register(PAIR, TLSCARD_QREG_VECTOR, 0x80000123);
    enable(PAIR, 3);
    assert_false(bit(unit.want, PAIR));
    doorbell(PAIR, TLSCARD_DOORBELL_SQ_TAIL, 1);
    assert_true(*unit.want == 1ull << PAIR && *unit.busy == 0);
    assert_false(claim(OTHER, &address));
    assert_true(claim(PAIR, &address));
    assert_true(address == SQ_BASE);
    assert_true(*unit.busy == 1ull << PAIR);
    assert_int_equal(read_register(PAIR, TLSCARD_QREG_STATE), 3);
    assert_int_equal(read_register(PAIR, TLSCARD_QREG_POSITIONS), 0);
    assert_true(fetched(PAIR, TLSCARD_STATUS_OK));
    assert_true(*unit.want == 0);
    assert_int_equal(read_register(PAIR, TLSCARD_QREG_POSITIONS), 1);
    expect_look(PAIR, false, CQ_BASE, 1, 1);
    expect_look(PAIR, true, CQ_BASE, 1, 1);
    *unit.look_pair = PAIR;
    *unit.look_valid = 1;
    *unit.look_take = 0;
    settle();
    assert_int_equal(*unit.look_interrupt, 1);
    assert_int_equal(*unit.look_vector, 0x123);
    done();
    assert_int_equal(read_register(PAIR, TLSCARD_QREG_POSITIONS), 1 << 16 | 1);
    finish(PAIR, false);
    assert_true(*unit.busy == 0);
    assert_int_equal(read_register(PAIR, TLSCARD_QREG_STATE), 1);
    doorbell(PAIR, TLSCARD_DOORBELL_CQ_HEAD, 1);
    assert_int_equal(logged.count, 0);
}

/* Any queue size and any order of driver and card: addresses, phase, and what may be claimed. */
static void test_random_life(void **state) {
    (void)state;
    for (unsigned log2 = 1; log2 <= TLSCARD_MAX_LOG2_ENTRIES; log2++) {
        const unsigned n = 1u << log2;
        unsigned tail = 0, head = 0, produced = 0, consumed = 0;
        begin();
        enable(PAIR, log2);
        for (unsigned i = 0; i < 3000 + 8 * n; i++) {
            unsigned in_flight = head - produced, room = n - 1 - (tail - head);
            bool wanted = tail != head && in_flight + produced - consumed < n - 1;
            assert_int_equal(bit(unit.want, PAIR), wanted);
            assert_int_equal(bit(unit.busy, PAIR), in_flight != 0);
            unsigned what = (unsigned)unit_random(5);
            if (what == 0) {
                tail += (unsigned)unit_random(room + 1);
                doorbell(PAIR, TLSCARD_DOORBELL_SQ_TAIL, tail % n);
            } else if (what == 1) {
                consumed += (unsigned)unit_random(produced - consumed + 1);
                doorbell(PAIR, TLSCARD_DOORBELL_CQ_HEAD, consumed % n);
            } else if (what == 2 && in_flight != 0) {
                expect_look(PAIR, true, CQ_BASE + produced % n * 16, (~produced >> log2) & 1, head % n);
                finish(PAIR, false);
                produced++;
            } else if (what > 2 && wanted) {
                uint64_t address;
                assert_true(claim(PAIR, &address));
                assert_true(address == SQ_BASE + head % n * 64);
                assert_true(fetched(PAIR, TLSCARD_STATUS_OK));
                head++;
            }
        }
        assert_int_equal(logged.count, 0);
    }
}

/* What a doorbell may not do halts the pair; the first error stays, what is in flight completes. */
static void test_doorbells(void **state) {
    (void)state;
    static const struct { unsigned which; uint32_t value; } wrong[] = {
        {TLSCARD_DOORBELL_SQ_TAIL, 4}, {TLSCARD_DOORBELL_SQ_TAIL, 16}, {TLSCARD_DOORBELL_SQ_TAIL, 0x80000006},
        {TLSCARD_DOORBELL_CQ_HEAD, 2}, {TLSCARD_DOORBELL_CQ_HEAD, 15}, {TLSCARD_DOORBELL_CQ_HEAD, 0x10000},
        {TLSCARD_DOORBELL_SQ_TAIL, 1} /* all 15 places and one more */};
    uint64_t address;
    for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        begin();
        enable(PAIR, 4);
        doorbell(PAIR, TLSCARD_DOORBELL_SQ_TAIL, 5);
        assert_true(claim(PAIR, &address) && fetched(PAIR, TLSCARD_STATUS_OK));
        expect_look(PAIR, true, CQ_BASE, 1, 1);
        assert_int_equal(logged.count, 0);
        doorbell(PAIR, wrong[i].which, wrong[i].value);
        expect_error(1, PAIR, TLSCARD_ERROR_INVALID_DOORBELL, 0x100 + wrong[i].which);
        assert_false(bit(unit.want, PAIR));
        assert_true(bit(unit.live, PAIR));
        assert_false(claim(PAIR, &address));
        assert_int_equal(read_register(PAIR, TLSCARD_QREG_STATE), TLSCARD_ERROR_INVALID_DOORBELL << 8 | 3);
        doorbell(PAIR, TLSCARD_DOORBELL_SQ_TAIL, 16); /* of a halted pair: ignored */
        finish(PAIR, true);
        expect_error(2, PAIR, TLSCARD_ERROR_BUS_MASTER_DISABLED, CQ_BASE + 16);
        assert_int_equal(read_register(PAIR, TLSCARD_QREG_STATE), TLSCARD_ERROR_INVALID_DOORBELL << 8 | 1);
        write_register(PAIR, TLSCARD_QREG_ENABLE, 0);
        write_register(PAIR, TLSCARD_QREG_ENABLE, 1);
        assert_int_equal(read_register(PAIR, TLSCARD_QREG_STATE), 1);
        assert_int_equal(read_register(PAIR, TLSCARD_QREG_POSITIONS), 0);
    }
    begin();
    doorbell(PAIR, TLSCARD_DOORBELL_SQ_TAIL, 1); /* of a disabled pair: logged, and no state */
    expect_error(1, PAIR, TLSCARD_ERROR_INVALID_DOORBELL, 0x100);
    assert_int_equal(read_register(PAIR, TLSCARD_QREG_STATE), 0);
}

static void test_fetch_fails(void **state) {
    (void)state;
    uint64_t address;
    begin();
    enable(PAIR, 4);
    doorbell(PAIR, TLSCARD_DOORBELL_SQ_TAIL, 3);
    assert_true(claim(PAIR, &address) && fetched(PAIR, TLSCARD_STATUS_OK));
    assert_true(claim(PAIR, &address));
    assert_false(fetched(PAIR, TLSCARD_STATUS_DMA_TIMEOUT));
    expect_error(1, PAIR, TLSCARD_STATUS_DMA_TIMEOUT, SQ_BASE + 64);
    assert_false(bit(unit.want, PAIR));
    assert_int_equal(read_register(PAIR, TLSCARD_QREG_STATE), TLSCARD_STATUS_DMA_TIMEOUT << 8 | 3);
    finish(PAIR, false);
    assert_int_equal(read_register(PAIR, TLSCARD_QREG_STATE), TLSCARD_STATUS_DMA_TIMEOUT << 8 | 1);
}

static void test_bus_master(void **state) {
    (void)state;
    uint64_t address;
    begin();
    enable(PAIR, 4);
    doorbell(PAIR, TLSCARD_DOORBELL_SQ_TAIL, 3);
    *unit.bus_master = (uint8_t)~(1 << (PAIR >> 3));
    assert_false(claim(PAIR, &address));
    expect_error(1, PAIR, TLSCARD_ERROR_BUS_MASTER_DISABLED, SQ_BASE);
    assert_false(bit(unit.want, PAIR) || bit(unit.busy, PAIR));
    assert_int_equal(read_register(PAIR, TLSCARD_QREG_STATE), TLSCARD_ERROR_BUS_MASTER_DISABLED << 8 | 1);
}

/* Disabled with two in flight and enabled again at once: nothing is served until both have ended. */
static void test_draining(void **state) {
    (void)state;
    uint64_t address;
    begin();
    enable(PAIR, 4);
    doorbell(PAIR, TLSCARD_DOORBELL_SQ_TAIL, 3);
    assert_true(claim(PAIR, &address) && fetched(PAIR, TLSCARD_STATUS_OK));
    assert_true(claim(PAIR, &address));
    write_register(PAIR, TLSCARD_QREG_ENABLE, 0);
    assert_false(bit(unit.live, PAIR) || bit(unit.want, PAIR));
    assert_true(bit(unit.busy, PAIR));
    write_register(PAIR, TLSCARD_QREG_ENABLE, 1);
    doorbell(PAIR, TLSCARD_DOORBELL_SQ_TAIL, 1);
    assert_false(bit(unit.live, PAIR) || bit(unit.want, PAIR));
    assert_false(claim(PAIR, &address));
    assert_false(fetched(PAIR, TLSCARD_STATUS_OK)); /* the old one's entry */
    assert_int_equal(read_register(PAIR, TLSCARD_QREG_STATE), 3);
    assert_false(bit(unit.live, PAIR));
    finish(PAIR, true); /* dropped: no matter for the log */
    assert_true(bit(unit.live, PAIR) && bit(unit.want, PAIR) && !bit(unit.busy, PAIR));
    assert_true(claim(PAIR, &address));
    assert_true(address == SQ_BASE);
    assert_int_equal(logged.count, 0);
}

static void test_reset_of_a_function(void **state) {
    (void)state;
    enum { BYSTANDER = 2 << 3 | 7 };
    uint64_t address;
    begin();
    enable(PAIR, 4);
    enable(BYSTANDER, 4);
    doorbell(PAIR, TLSCARD_DOORBELL_SQ_TAIL, 3);
    doorbell(BYSTANDER, TLSCARD_DOORBELL_SQ_TAIL, 3);
    assert_true(claim(PAIR, &address));
    *unit.resetting = 1 << (PAIR >> 3);
    done();
    assert_true(*unit.live == 1ull << BYSTANDER && *unit.want == 1ull << BYSTANDER && *unit.busy == 1ull << PAIR);
    write_register(PAIR, TLSCARD_QREG_ENABLE, 1);
    doorbell(PAIR, TLSCARD_DOORBELL_SQ_TAIL, 9);
    assert_true(*unit.live == 1ull << BYSTANDER);
    assert_int_equal(logged.count, 0);
    assert_false(fetched(PAIR, TLSCARD_STATUS_OK));
    assert_true(*unit.busy == 0);
    clear(PAIR);
    *unit.resetting = 0;
    for (unsigned offset = 0; offset <= TLSCARD_QREG_POSITIONS; offset += 4)
        assert_int_equal(read_register(PAIR, offset), 0);
    assert_int_equal(read_register(BYSTANDER, TLSCARD_QREG_SIZE), 4);
}

/* What ends requests before what begins them, and nothing while the log cannot take an error. */
static void test_order_of_operations(void **state) {
    (void)state;
    begin();
    for (unsigned offered = 0; offered < 64; offered++)
        for (unsigned log_ready = 0; log_ready < 2; log_ready++) {
            uint8_t *valid[] = {unit.finish_valid, unit.fetched_valid, unit.look_valid,
                                unit.claim_valid,  unit.access_valid,  unit.clear_valid};
            const uint8_t *ready[] = {unit.finish_ready, unit.fetched_ready, unit.look_ready,
                                      unit.claim_ready,  unit.access_ready,  unit.clear_ready};
            *unit.log_ready = (uint8_t)log_ready;
            for (unsigned i = 0; i < 6; i++)
                *valid[i] = offered >> i & 1;
            settle();
            for (unsigned i = 0; i < 6; i++)
                if (*valid[i])
                    assert_int_equal(*ready[i], log_ready && (offered & ((1u << i) - 1)) == 0);
        }
    *unit.log_ready = 1;
    done();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registers),         cmocka_unit_test(test_invalid_queue),
        cmocka_unit_test(test_life_of_a_request), cmocka_unit_test(test_random_life),
        cmocka_unit_test(test_doorbells),         cmocka_unit_test(test_fetch_fails),
        cmocka_unit_test(test_bus_master),        cmocka_unit_test(test_draining),
        cmocka_unit_test(test_reset_of_a_function), cmocka_unit_test(test_order_of_operations),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
