// SPDX-License-Identifier: Apache-2.0
// Function resets, by CONTROL and by FLR, with requests in flight: what was dropped stays dropped.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

static uint32_t status(struct bench *bench, unsigned function) {
    return bench_read(bench, function, TLSCARD_REG_STATUS);
}

static void wait_ready(struct bench *bench, unsigned function) {
    for (unsigned i = 0; status(bench, function) != 1; i++) assert_true(i < 10000);
}

static void assert_reset_values(struct bench *bench, unsigned function) {
    static const unsigned zero[] = {
        TLSCARD_REG_CYCLES_HI, TLSCARD_REG_CONTROL, TLSCARD_REG_ERROR_COUNT, TLSCARD_REG_ERROR_CODE,
        TLSCARD_REG_ERROR_ADDRESS_LO, TLSCARD_REG_ERROR_ADDRESS_HI, TLSCARD_REG_PKE_COMPLETED,
        TLSCARD_REG_PKE_FAILED, TLSCARD_REG_BUSY_CYCLES_LO, TLSCARD_REG_BUSY_CYCLES_HI,
        TLSCARD_REG_MULTIPLIER_CYCLES_HI,
    };
    for (unsigned i = 0; i < sizeof(zero) / sizeof(zero[0]); i++)
        assert_int_equal(bench_read(bench, function, zero[i]), 0);
    for (unsigned pair = 0; pair < BENCH_PAIRS; pair++)
        for (unsigned offset = 0; offset < TLSCARD_QUEUE_STRIDE; offset += 4)
            assert_int_equal(bench_read(bench, function, bench_queue_register(pair, offset)), 0);
}

static void fill(struct bench *bench, struct bench_pair *pair, unsigned slot, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        struct tlscard_submission request = bench_request(bench, slot + i, (uint16_t)(slot + i));
        if (i % 4 == 3) request = (struct tlscard_submission){.opcode = (uint8_t)(i % 3), .command_id = (uint16_t)(slot + i)};
        bench_put(bench, pair, &request);
    }
    bench_ring(bench, pair);
}

/* The log of what reached the host holds nothing of the function from `first` on. */
static unsigned records_of(const struct bench *bench, unsigned function, unsigned first) {
    unsigned count = 0;
    for (unsigned i = first; i < bench->record_count; i++) count += bench->records[i].function == function;
    return count;
}

static void ask_reset(struct bench *bench, unsigned function, bool flr) {
    if (flr) *bench->model.cfg_flr |= (uint8_t)(1u << function);
    else bench_write(bench, function, TLSCARD_REG_CONTROL, 1);
}

/* Two functions at work; one is reset after some cycles; its queues then serve again. */
static void reset_after(struct bench *bench, unsigned cycles, bool flr) {
    struct bench_pair pairs[BENCH_PAIRS], other, again;
    unsigned resets = bench->resets[1], others = bench->resets[0] + bench->resets[2], done = bench->flr_done[1];
    for (unsigned i = 0; i < BENCH_PAIRS; i++) {
        bench_enable(bench, &pairs[i], 1, i, 4, 2);
        fill(bench, &pairs[i], 16 * i, 9);
    }
    bench_event(bench, 1, TLSCARD_ERROR_UNSUPPORTED_REQUEST, 1);
    bench_enable(bench, &other, 2, 0, 4, 1);
    fill(bench, &other, 48, 12);
    bench_run(bench, cycles);
    ask_reset(bench, 1, flr);
    bench_run(bench, 2);
    uint32_t seen = status(bench, 1);
    assert_true(seen == 1 || seen == 2);
    wait_ready(bench, 1);
    unsigned records = bench->record_count;
    assert_reset_values(bench, 1);
    assert_int_equal(bench->resets[1], resets + 1);
    for (unsigned i = 0; i < 12; i++) {
        struct tlscard_completion completion = bench_wait(bench, &other, 5000);
        if (completion.result_length == 0) continue;
        assert_memory_equal(bench->memory + bench_destination(completion.command_id),
                            bench->memory + bench_source(completion.command_id), 128);
    }
    bench_settle(bench, 5000);
    assert_int_equal(records_of(bench, 1, records), 0);
    assert_int_equal(bench->flr_done[1], done + flr);
    assert_int_equal(bench->resets[0] + bench->resets[2], others);
    assert_int_equal(bench_read(bench, 2, TLSCARD_REG_ERROR_COUNT), 0);
    bench_enable(bench, &again, 1, 1, 3, -1);
    fill(bench, &again, 80, 3);
    for (unsigned i = 0; i < 3; i++) assert_int_equal(bench_wait(bench, &again, 2000).status, TLSCARD_STATUS_OK);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_PKE_COMPLETED), 3);
    bench_write(bench, 2, bench_queue_register(0, TLSCARD_QREG_ENABLE), 0);
    bench_write(bench, 1, bench_queue_register(1, TLSCARD_QREG_ENABLE), 0);
}

static void test_reset_in_flight(void **state) {
    struct bench *bench = *state;
    for (unsigned cycles = 0; cycles < 900; cycles += 1 + cycles / 16) {
        bench->record_count = 0;
        bench->stall_percent = cycles % 3 * 20;
        bench->latency = 1 + cycles % 40;
        *bench->model.delay = (uint16_t)(cycles % 5 * 60);
        reset_after(bench, cycles, cycles % 2);
    }
}

/* The reset waits for the link: ready only when nothing of the function is held there. */
static void test_reset_waits_for_the_link(void **state) {
    struct bench *bench = *state;
    bench->hold_quiet = true;
    bench_write(bench, 0, TLSCARD_REG_CONTROL, 1);
    bench_run(bench, 500);
    assert_int_equal(status(bench, 0), 2);
    assert_int_equal(bench->resets[0], 0);
    assert_false(*bench->model.idle);
    bench->hold_quiet = false;
    bench_settle(bench, 100);
    assert_int_equal(status(bench, 0), 1);
    assert_int_equal(bench->resets[0], 1);
}

/* Registers cannot be set nor a pair enabled while the function is in reset. */
static void test_registers_during_reset(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    bench->hold_quiet = true;
    bench_write(bench, 0, TLSCARD_REG_CONTROL, 1);
    bench_enable(bench, &pair, 0, 0, 4, 1);
    const struct tlscard_submission nop = {.opcode = TLSCARD_OP_NOP};
    bench_put(bench, &pair, &nop);
    bench_ring(bench, &pair);
    bench_write(bench, 0, TLSCARD_REG_CONTROL, 1);
    bench_run(bench, 200);
    assert_int_equal(bench->reads_asked[0], 0);
    bench->hold_quiet = false;
    bench_settle(bench, 200);
    assert_reset_values(bench, 0);
    assert_int_equal(bench->resets[0], 1);
}

/* Whatever is written before the reset is done is gone afterwards, be it in the last cycle. */
static void test_late_writes(void **state) {
    struct bench *bench = *state;
    for (unsigned wait = 0; wait < 40; wait++) {
        unsigned address = bench_queue_register(wait & 1, TLSCARD_QREG_SQ_BASE_LO);
        unsigned resets = bench->resets[1];
        bench_write(bench, 1, TLSCARD_REG_CONTROL, 1);
        bench_run(bench, wait / 2);
        bench_write(bench, 1, address, 0x55aa0000);
        bool before = bench->resets[1] == resets;
        wait_ready(bench, 1);
        if (before) assert_int_equal(bench_read(bench, 1, address), 0);
        bench_write(bench, 1, address, 0);
    }
}

/* Nothing completes once the reset was asked for. */
static void test_in_flight_is_dropped(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    *bench->model.delay = 1000;
    bench_enable(bench, &pair, 0, 0, 4, 0);
    for (unsigned i = 0; i < 3; i++) {
        struct tlscard_submission request = bench_request(bench, i, (uint16_t)i);
        bench_put(bench, &pair, &request);
    }
    bench_ring(bench, &pair);
    bench_run(bench, 500);
    bench_write(bench, 0, TLSCARD_REG_CONTROL, 1);
    bench_settle(bench, 5000);
    assert_int_equal(bench->record_count, 0);
    assert_int_equal(*bench->model.accepted_0 + *bench->model.accepted_1, 3);
}

/* A reset does not wait for engines that serve others, nor for operands still on their way to be computed with. */
static void test_reset_is_prompt(void **state) {
    struct bench *bench = *state;
    struct bench_pair hog, pair;
    *bench->model.delay = 20000;
    bench_enable(bench, &hog, 0, 0, 4, -1);
    bench_enable(bench, &pair, 1, 0, 4, -1);
    bench->latency = 300;
    fill(bench, &pair, 16, 1);
    bench_run(bench, 350); /* the entry has come, its operands were asked for */
    bench_write(bench, 1, TLSCARD_REG_CONTROL, 1);
    bench_run(bench, 1000);
    assert_int_equal(status(bench, 1), 1);
    bench->latency = 10;
    for (unsigned i = 0; i < 6; i++) {
        struct tlscard_submission request = bench_request(bench, i, (uint16_t)i);
        bench_put(bench, &hog, &request);
    }
    bench_ring(bench, &hog);
    bench_run(bench, 1000); /* every context is taken */
    bench_enable(bench, &pair, 1, 0, 4, -1);
    fill(bench, &pair, 16, 1);
    bench_run(bench, 200);
    assert_int_equal(bench_read(bench, 1, bench_queue_register(0, TLSCARD_QREG_STATE)), 3);
    bench_write(bench, 1, TLSCARD_REG_CONTROL, 1);
    bench_run(bench, 100);
    assert_int_equal(status(bench, 1), 1);
    *bench->model.delay = 10;
    bench_settle(bench, 100000);
    assert_int_equal(records_of(bench, 0, 0), 12);
}

static void test_writes_that_are_no_reset(void **state) {
    struct bench *bench = *state;
    bench_write(bench, 0, TLSCARD_REG_CONTROL, 0);
    bench_write(bench, 0, TLSCARD_REG_CONTROL, 0xfffffffe);
    bench_write_octets(bench, 0, TLSCARD_REG_CONTROL, 0xffffffff, 14);
    bench_write(bench, 0, TLSCARD_REG_STATUS, 1);
    bench_run(bench, 100);
    assert_int_equal(bench->resets[0], 0);
}

static void test_all_functions_at_once(void **state) {
    struct bench *bench = *state;
    for (unsigned round = 0; round < 3; round++) {
        struct bench_pair pairs[BENCH_FUNCTIONS];
        for (unsigned f = 0; f < BENCH_FUNCTIONS; f++) {
            bench_enable(bench, &pairs[f], f, 1, 4, 0);
            fill(bench, &pairs[f], 16 * f, 10);
        }
        bench_run(bench, 30 + 100 * round);
        *bench->model.cfg_flr = (1u << BENCH_FUNCTIONS) - 1;
        bench_settle(bench, 5000);
        unsigned records = bench->record_count;
        bench_run(bench, 500);
        assert_int_equal(bench->record_count, records);
        for (unsigned f = 0; f < BENCH_FUNCTIONS; f++) {
            assert_int_equal(bench->flr_done[f], round + 1);
            assert_int_equal(bench->resets[f], round + 1);
            assert_reset_values(bench, f);
        }
    }
}

/* An FLR held for some cycles after its end is not another one; nor does one get lost in a CONTROL reset. */
static void test_flr_is_one(void **state) {
    struct bench *bench = *state;
    struct host_bench_model *m = &bench->model;
    for (unsigned wait = 0; wait < 30; wait++) {
        unsigned done = bench->flr_done[2];
        bench_write(bench, 2, TLSCARD_REG_CONTROL, 1);
        bench_run(bench, wait);
        *m->cfg_flr = 4;
        host_bench_model_eval(m);
        assert_false(*m->idle);
        bench_settle(bench, 100);
        assert_int_equal(bench->flr_done[2], done + 1);
        *m->cfg_flr = 0;
        bench_settle(bench, 100);
    }
    bench->hold_flr = true; /* the hard block is slow to take it away */
    *m->cfg_flr = 1;
    bench_run(bench, 200);
    *m->cfg_flr = 0;
    bench_settle(bench, 10);
    assert_int_equal(bench->flr_done[0], 1);
    assert_int_equal(bench->resets[0], 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reset_in_flight, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reset_waits_for_the_link, setup, teardown),
        cmocka_unit_test_setup_teardown(test_registers_during_reset, setup, teardown),
        cmocka_unit_test_setup_teardown(test_late_writes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_in_flight_is_dropped, setup, teardown),
        cmocka_unit_test_setup_teardown(test_reset_is_prompt, setup, teardown),
        cmocka_unit_test_setup_teardown(test_writes_that_are_no_reset, setup, teardown),
        cmocka_unit_test_setup_teardown(test_all_functions_at_once, setup, teardown),
        cmocka_unit_test_setup_teardown(test_flr_is_one, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
