// SPDX-License-Identifier: Apache-2.0
// The register file: what each register reads, octet enables, unknown offsets, counters, the error log.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host_bench.h"

static int setup(void **state) {
    static struct bench bench;
    bench_open(&bench);
    *state = &bench;
    return 0;
}

static int teardown(void **state) {
    bench_close(*state);
    return 0;
}

static void test_identity(void **state) {
    struct bench *bench = *state;
    for (unsigned f = 0; f < BENCH_FUNCTIONS; f++) {
        assert_int_equal(bench_read(bench, f, TLSCARD_REG_NAME_LO), TLSCARD_NAME_LO);
        assert_int_equal(bench_read(bench, f, TLSCARD_REG_NAME_HI), TLSCARD_NAME_HI);
        assert_int_equal(bench_read(bench, f, TLSCARD_REG_VERSION), TLSCARD_VERSION);
        assert_int_equal(bench_read(bench, f, TLSCARD_REG_MAP_HASH), TLSCARD_MAP_HASH_VALUE);
        assert_int_equal(bench_read(bench, f, TLSCARD_REG_CAPS_QUEUES),
                         TLSCARD_MAX_LOG2_ENTRIES << 24 | BENCH_PAIRS << 16 | f << 8 | BENCH_FUNCTIONS);
        assert_int_equal(bench_read(bench, f, TLSCARD_REG_CAPS_FLAGS), 1);
        assert_int_equal(bench_read(bench, f, TLSCARD_REG_CAPS_ENGINES), BENCH_LANES << 16 | BENCH_CONTEXTS << 8 | BENCH_ENGINES);
        assert_int_equal(bench_read(bench, f, TLSCARD_REG_CLOCK_HZ), 123456789);
        uint64_t opcodes = TLSCARD_OPCODES_NONE | TLSCARD_OPCODES_PKE | TLSCARD_OPCODES_GCM;
        assert_int_equal(bench_read(bench, f, TLSCARD_REG_OPCODES_LO), (uint32_t)opcodes);
        assert_int_equal(bench_read(bench, f, TLSCARD_REG_OPCODES_HI), (uint32_t)(opcodes >> 32));
        assert_int_equal(bench_read(bench, f, TLSCARD_REG_STATUS), 1);
    }
}

static bool is_identity(unsigned address) {
    return address <= TLSCARD_REG_OPCODES_HI || address == TLSCARD_REG_CYCLES_LO || address == TLSCARD_REG_STATUS;
}

static bool is_register(unsigned address) {
    if (address < TLSCARD_QUEUE_BASE) return is_identity(address) || address == TLSCARD_REG_CONTROL;
    return address < TLSCARD_QUEUE_BASE + BENCH_PAIRS * TLSCARD_QUEUE_STRIDE;
}

/* All of BAR 0 but the registers of the map reads zero, whatever was written to it. */
static void test_unknown_offsets(void **state) {
    struct bench *bench = *state;
    for (unsigned address = 0; address < TLSCARD_PCI_BAR0_SIZE; address += 4) {
        if (is_register(address) || (address >= TLSCARD_DOORBELL_BASE && address % TLSCARD_DOORBELL_STRIDE < 8)) continue;
        bench_write(bench, 1, address, 0xffffffff);
        uint32_t value = bench_read(bench, 1, address);
        if (value != 0) fail_msg("offset %#x reads %#x", address, value);
    }
    for (unsigned pair = 0; pair < BENCH_PAIRS; pair++)
        for (unsigned offset = TLSCARD_QREG_STATE; offset < TLSCARD_QUEUE_STRIDE; offset += 4) {
            bench_write(bench, 1, bench_queue_register(pair, offset), 0xffffffff);
            assert_int_equal(bench_read(bench, 1, bench_queue_register(pair, offset)), 0);
        }
    /* Doorbells read zero; those of pairs that do not exist are no doorbells at all. */
    for (unsigned page = 1; page < 16; page++)
        for (unsigned offset = 0; offset < 8; offset += 4)
            assert_int_equal(bench_read(bench, 1, page * TLSCARD_DOORBELL_STRIDE + offset), 0);
    for (unsigned page = 1 + BENCH_PAIRS; page < 16; page++)
        bench_write(bench, 1, page * TLSCARD_DOORBELL_STRIDE, 1);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_ERROR_COUNT), 0);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_STATUS), 1);
}

static uint32_t merged(uint32_t old, uint32_t value, unsigned enables) {
    uint32_t mask = 0;
    for (unsigned i = 0; i < 4; i++)
        if (enables >> i & 1) mask |= 0xffu << 8 * i;
    return (old & ~mask) | (value & mask);
}

/* Each register that can be written takes every set of octets, and no other pair or function changes. */
static void test_octet_enables(void **state) {
    struct bench *bench = *state;
    static const struct {
        unsigned offset;
        uint32_t bits;
    } registers[] = {
        {TLSCARD_QREG_SQ_BASE_LO, 0xffffffff}, {TLSCARD_QREG_SQ_BASE_HI, 0xffffffff},
        {TLSCARD_QREG_CQ_BASE_LO, 0xffffffff}, {TLSCARD_QREG_CQ_BASE_HI, 0xffffffff},
        {TLSCARD_QREG_SIZE, 0x0000000f},       {TLSCARD_QREG_VECTOR, 0x8000ffff},
    };
    for (unsigned i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
        unsigned address = bench_queue_register(1, registers[i].offset);
        uint32_t expected = 0;
        for (unsigned round = 0; round < 64; round++) {
            unsigned enables = round < 16 ? round : bench_random(bench) & 15;
            uint32_t value = bench_random(bench) & registers[i].bits;
            bench_write_octets(bench, 2, address, value, enables);
            expected = merged(expected, value, enables);
            assert_int_equal(bench_read(bench, 2, address), expected);
        }
        assert_int_equal(bench_read(bench, 2, bench_queue_register(0, registers[i].offset)), 0);
        assert_int_equal(bench_read(bench, 1, address), 0);
        bench_write(bench, 2, address, 0);
        assert_int_equal(bench_read(bench, 2, address), 0);
    }
    /* A size beyond four bits is no size: it must not be cut to a valid one. */
    bench_write(bench, 2, bench_queue_register(1, TLSCARD_QREG_SIZE), 0x14);
    assert_true(bench_read(bench, 2, bench_queue_register(1, TLSCARD_QREG_SIZE)) > TLSCARD_MAX_LOG2_ENTRIES);
    bench_write_octets(bench, 2, bench_queue_register(1, TLSCARD_QREG_SIZE), 0x01000000, 8);
    assert_true(bench_read(bench, 2, bench_queue_register(1, TLSCARD_QREG_SIZE)) > TLSCARD_MAX_LOG2_ENTRIES);
}

static void test_cycles(void **state) {
    struct bench *bench = *state;
    uint32_t before = bench_read(bench, 0, TLSCARD_REG_CYCLES_LO);
    uint64_t began = bench->cycle;
    bench_run(bench, 1000);
    uint32_t after = bench_read(bench, 0, TLSCARD_REG_CYCLES_LO);
    assert_int_equal(after - before, bench->cycle - began);
    assert_int_equal(bench_read(bench, 0, TLSCARD_REG_CYCLES_HI), 0);
}

/* Every engine's multiplier counts, while the clock within stands still as well, for all functions alike. */
static void test_multiplier_cycles(void **state) {
    struct bench *bench = *state;
    static const unsigned at_work[] = {1, 2, 3, 0};
    uint32_t expected = 0;
    for (unsigned i = 0; i < sizeof(at_work) / sizeof(at_work[0]); i++) {
        *bench->model.mul_busy = (uint8_t)at_work[i];
        bench_run(bench, 1000);
        *bench->model.mul_busy = 0;
        bench_run(bench, 1);
        expected += 1000 * ((at_work[i] & 1) + (at_work[i] >> 1));
        for (unsigned f = 0; f < BENCH_FUNCTIONS; f++)
            assert_int_equal(bench_read(bench, f, TLSCARD_REG_MULTIPLIER_CYCLES_LO), expected);
    }
    /* A function's reset leaves the card's counter alone. */
    bench_write(bench, 1, TLSCARD_REG_CONTROL, 1);
    bench_run(bench, 1000);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_MULTIPLIER_CYCLES_LO), expected);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_MULTIPLIER_CYCLES_HI), 0);
}

static void log_event(struct bench *bench, unsigned function, uint8_t code, uint64_t address) {
    bench_event(bench, function, code, address);
    bench_run(bench, 3);
}

static void test_error_log(void **state) {
    struct bench *bench = *state;
    log_event(bench, 1, TLSCARD_ERROR_UNSUPPORTED_REQUEST, 0x123456789abcdef0);
    log_event(bench, 1, TLSCARD_ERROR_POISONED_WRITE, 0x10);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_ERROR_COUNT), 2);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_ERROR_CODE), 0xff00 | TLSCARD_ERROR_UNSUPPORTED_REQUEST);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_ERROR_ADDRESS_LO), 0x9abcdef0);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_ERROR_ADDRESS_HI), 0x12345678);
    bench_write_octets(bench, 1, TLSCARD_REG_ERROR_CLEAR, 0, 0); /* a write of no octet */
    assert_int_not_equal(bench_read(bench, 1, TLSCARD_REG_ERROR_CODE), 0);
    bench_write_octets(bench, 1, TLSCARD_REG_ERROR_CLEAR, 0, 4);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_ERROR_CODE), 0);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_ERROR_ADDRESS_LO), 0);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_ERROR_COUNT), 2);
    log_event(bench, 1, TLSCARD_ERROR_UNEXPECTED_COMPLETION, 5);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_ERROR_CODE), 0xff00 | TLSCARD_ERROR_UNEXPECTED_COMPLETION);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_ERROR_COUNT), 3);
    for (unsigned f = 0; f < BENCH_FUNCTIONS; f += 2)
        assert_int_equal(bench_read(bench, f, TLSCARD_REG_ERROR_COUNT), 0);
    bench_run(bench, 100); /* the module sleeps */
    log_event(bench, 1, TLSCARD_ERROR_UNEXPECTED_COMPLETION, 6);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_ERROR_COUNT), 4);
}

/* Events of the link and of a pair in the same cycles: none is lost. */
static void test_error_log_crowded(void **state) {
    struct bench *bench = *state;
    struct host_bench_model *m = &bench->model;
    enum { ROUNDS = 50 };
    for (unsigned i = 0; i < ROUNDS; i++) {
        *m->reg_valid = 1;
        *m->reg_write = 1;
        *m->reg_function = 0;
        *m->reg_address = TLSCARD_DOORBELL_BASE; /* of a disabled pair: logged */
        *m->reg_wdata = 1;
        *m->reg_wstrb = 15;
        for (unsigned wait = 0; !*m->reg_ready; wait++) {
            assert_true(wait < 100);
            if (wait < 4) bench_event(bench, i & 1, TLSCARD_ERROR_UNSUPPORTED_REQUEST, i);
            bench_step(bench);
        }
        bench_event(bench, 2, TLSCARD_ERROR_UNSUPPORTED_REQUEST, i);
        bench_step(bench);
        *m->reg_valid = 0;
        bench_event(bench, 2, TLSCARD_ERROR_UNSUPPORTED_REQUEST, i);
        bench_step(bench);
    }
    bench_settle(bench, 20);
    unsigned logged = 0;
    for (unsigned f = 0; f < 2; f++) logged += bench_read(bench, f, TLSCARD_REG_ERROR_COUNT);
    assert_true(logged >= 2 * ROUNDS);
    assert_int_equal(bench_read(bench, 2, TLSCARD_REG_ERROR_COUNT), 2 * ROUNDS);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_ERROR_COUNT), logged - bench_read(bench, 0, TLSCARD_REG_ERROR_COUNT));
    assert_true(bench_read(bench, 0, TLSCARD_REG_ERROR_COUNT) > ROUNDS);
}

/* The counters belong to the function, count requests by their status, and sum what the engine took. */
static void test_counters(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    bench_enable(bench, &pair, 1, 0, 4, -1);
    struct tlscard_submission good = bench_request(bench, 0, 1), bad = good, failing = bench_request(bench, 1, 3);
    struct tlscard_submission nop = {.opcode = TLSCARD_OP_NOP}, unknown = {.opcode = 0x3f};
    bad.flags = 1;
    bench->memory[bench_source(1)] = 0xee;
    bench->memory[bench_source(1) + 1] = TLSCARD_STATUS_OPERAND_RANGE;
    bench_put(bench, &pair, &good);
    bench_put(bench, &pair, &good);
    bench_put(bench, &pair, &bad);
    bench_put(bench, &pair, &failing);
    bench_put(bench, &pair, &nop);
    bench_put(bench, &pair, &unknown);
    bench_ring(bench, &pair);
    bench_settle(bench, 5000);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_PKE_COMPLETED), 2);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_PKE_FAILED), 2);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_BUSY_CYCLES_LO), 300);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_BUSY_CYCLES_HI), 0);
    for (unsigned f = 0; f < BENCH_FUNCTIONS; f += 2) {
        assert_int_equal(bench_read(bench, f, TLSCARD_REG_PKE_COMPLETED), 0);
        assert_int_equal(bench_read(bench, f, TLSCARD_REG_BUSY_CYCLES_LO), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_identity, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unknown_offsets, setup, teardown),
        cmocka_unit_test_setup_teardown(test_octet_enables, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cycles, setup, teardown),
        cmocka_unit_test_setup_teardown(test_multiplier_cycles, setup, teardown),
        cmocka_unit_test_setup_teardown(test_error_log, setup, teardown),
        cmocka_unit_test_setup_teardown(test_error_log_crowded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_counters, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
