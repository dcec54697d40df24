// SPDX-License-Identifier: Apache-2.0
// Queue pairs: enabling, doorbells and their abuse, full completion queues, the phase bit, disabling.
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

static uint32_t queue_read(struct bench *bench, const struct bench_pair *pair, unsigned offset) {
    return bench_read(bench, pair->function, bench_queue_register(pair->pair, offset));
}

static void queue_write(struct bench *bench, const struct bench_pair *pair, unsigned offset, uint32_t value) {
    bench_write(bench, pair->function, bench_queue_register(pair->pair, offset), value);
}

static void doorbell(struct bench *bench, const struct bench_pair *pair, unsigned offset, uint32_t value) {
    bench_write(bench, pair->function, TLSCARD_DOORBELL_BASE + pair->pair * TLSCARD_DOORBELL_STRIDE + offset, value);
}

static void assert_error(struct bench *bench, const struct bench_pair *pair, uint8_t code) {
    assert_int_equal(bench_read(bench, pair->function, TLSCARD_REG_ERROR_CODE), pair->pair << 8 | code);
}

static const struct tlscard_submission nop = {.opcode = TLSCARD_OP_NOP, .command_id = 0x1234};

static void test_enable(void **state) {
    struct bench *bench = *state;
    static const struct {
        uint32_t sq, cq, size;
        bool valid;
    } cases[] = {
        {0x10000, 0x12000, 1, true},   {0x10000, 0x12000, 10, true},  {0x10040, 0x12040, 4, true},
        {0x10000, 0x12000, 0, false},  {0x10000, 0x12000, 11, false}, {0x10000, 0x12000, 15, false},
        {0x10020, 0x12000, 4, false},  {0x10001, 0x12000, 4, false},  {0x10000, 0x12020, 4, false},
        {0x10000, 0x12010, 4, false},  {0x10000, 0x12000, 0x104, false},
    };
    const struct bench_pair pair = {.function = 2, .pair = 1};
    unsigned errors = 0;
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        queue_write(bench, &pair, TLSCARD_QREG_SQ_BASE_LO, cases[i].sq);
        queue_write(bench, &pair, TLSCARD_QREG_CQ_BASE_LO, cases[i].cq);
        queue_write(bench, &pair, TLSCARD_QREG_SIZE, cases[i].size);
        queue_write(bench, &pair, TLSCARD_QREG_ENABLE, 1);
        assert_int_equal(queue_read(bench, &pair, TLSCARD_QREG_STATE), cases[i].valid);
        assert_int_equal(queue_read(bench, &pair, TLSCARD_QREG_ENABLE), cases[i].valid);
        errors += !cases[i].valid;
        assert_int_equal(bench_read(bench, 2, TLSCARD_REG_ERROR_COUNT), errors);
        if (!cases[i].valid) assert_error(bench, &pair, TLSCARD_ERROR_INVALID_QUEUE);
        queue_write(bench, &pair, TLSCARD_QREG_ENABLE, 0);
        assert_int_equal(queue_read(bench, &pair, TLSCARD_QREG_STATE), 0);
    }
}

static void test_settings_are_fixed_while_enabled(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    bench_enable(bench, &pair, 0, 1, 3, 7);
    for (unsigned offset = 0; offset <= TLSCARD_QREG_VECTOR; offset += 4) {
        uint32_t before = queue_read(bench, &pair, offset);
        queue_write(bench, &pair, offset, ~before);
        assert_int_equal(queue_read(bench, &pair, offset), before);
    }
    queue_write(bench, &pair, TLSCARD_QREG_ENABLE, 0);
    for (unsigned offset = 0; offset <= TLSCARD_QREG_CQ_BASE_HI; offset += 4) {
        queue_write(bench, &pair, offset, 0xabcd0000 + offset);
        assert_int_equal(queue_read(bench, &pair, offset), 0xabcd0000 + offset);
    }
}

/* Both queues wrap many times: every phase bit, head and command id is the expected one. */
static void test_wrap_and_phase(void **state) {
    struct bench *bench = *state;
    for (unsigned log2_entries = 1; log2_entries <= 4; log2_entries++) {
        struct bench_pair pair;
        bench_enable(bench, &pair, 1, 0, log2_entries, -1);
        uint16_t sent = 0, taken = 0;
        while (taken < 100) {
            unsigned burst = 1 + bench_random(bench) % (pair.entries - 1);
            for (unsigned i = 0; i < burst; i++) {
                struct tlscard_submission entry = nop;
                entry.command_id = sent++;
                bench_put(bench, &pair, &entry);
            }
            bench_ring(bench, &pair);
            for (unsigned i = 0; i < burst; i++) {
                struct tlscard_completion completion = bench_wait(bench, &pair, 500);
                assert_int_equal(completion.command_id, taken++);
                assert_int_equal(completion.status, TLSCARD_STATUS_OK);
                assert_int_equal(completion.result_length, 0);
                assert_int_equal(completion.sq_head, taken % pair.entries);
                assert_int_equal(completion.phase & 0x7fff, 0);
                assert_int_equal(completion.reserved, 0);
            }
            bench_settle(bench, 100);
            assert_int_equal(queue_read(bench, &pair, TLSCARD_QREG_POSITIONS),
                             (uint32_t)pair.cq_head << 16 | pair.sq_tail);
        }
        queue_write(bench, &pair, TLSCARD_QREG_ENABLE, 0);
    }
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_ERROR_COUNT), 0);
}

/* n - 1 completions stand unconsumed: no further entry is fetched, and the card is idle meanwhile. */
static void test_full_completion_queue(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    struct tlscard_completion completion;
    bench_enable(bench, &pair, 0, 0, 2, -1);
    for (unsigned i = 0; i < 3; i++) bench_put(bench, &pair, &nop);
    bench_ring(bench, &pair);
    bench_settle(bench, 1000);
    bench_put(bench, &pair, &nop);
    bench_put(bench, &pair, &nop);
    bench_ring(bench, &pair);
    bench_run(bench, 200);
    assert_true(*bench->model.idle);
    assert_int_equal(bench->reads_asked[0], 3);
    assert_int_equal(queue_read(bench, &pair, TLSCARD_QREG_POSITIONS), 3u << 16 | 3);
    for (unsigned taken = 1; taken <= 5; taken++) {
        assert_true(bench_take(bench, &pair, &completion, true));
        bench_settle(bench, 200);
        assert_int_equal(bench->reads_asked[0], taken + 3 < 5 ? taken + 3 : 5);
    }
    assert_false(bench_take(bench, &pair, &completion, true));
    assert_int_equal(bench_read(bench, 0, TLSCARD_REG_ERROR_COUNT), 0);
}

/* In flight counts as well: with slow engines no more is fetched than can complete. */
static void test_places_are_reserved(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    *bench->model.delay = 2000;
    bench_enable(bench, &pair, 0, 0, 1, -1);
    struct tlscard_submission request = bench_request(bench, 0, 1);
    bench_put(bench, &pair, &request);
    bench_ring(bench, &pair);
    bench_run(bench, 300); /* fetched, computing: the place in the submission queue is free again */
    assert_int_equal(queue_read(bench, &pair, TLSCARD_QREG_STATE), 3);
    bench_put(bench, &pair, &request);
    bench_ring(bench, &pair);
    bench_run(bench, 300);
    assert_int_equal(bench->reads_asked[0], 1);
    bench_wait(bench, &pair, 3000);
    bench_wait(bench, &pair, 3000);
    assert_int_equal(bench->reads_asked[0], 2);
    bench_settle(bench, 100);
    assert_int_equal(queue_read(bench, &pair, TLSCARD_QREG_STATE), 1);
}

static void halt_by(struct bench *bench, unsigned offset, uint32_t value) {
    struct bench_pair pair, other;
    bench_enable(bench, &pair, 1, 0, 3, -1);
    bench_enable(bench, &other, 1, 1, 3, -1);
    for (unsigned i = 0; i < 4; i++) bench_put(bench, &pair, &nop);
    bench_ring(bench, &pair);
    bench_settle(bench, 1000);
    bench_write(bench, 1, TLSCARD_REG_ERROR_CLEAR, 1);
    doorbell(bench, &pair, offset, value);
    bench_run(bench, 3);
    assert_error(bench, &pair, TLSCARD_ERROR_INVALID_DOORBELL);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_ERROR_ADDRESS_LO), TLSCARD_DOORBELL_BASE + offset);
    assert_int_equal(queue_read(bench, &pair, TLSCARD_QREG_STATE), TLSCARD_ERROR_INVALID_DOORBELL << 8 | 1);
    /* It stays halted, without further errors, whatever is rung; the other pair goes on. */
    uint32_t errors = bench_read(bench, 1, TLSCARD_REG_ERROR_COUNT);
    bench_put(bench, &pair, &nop);
    bench_ring(bench, &pair);
    bench_put(bench, &other, &nop);
    bench_ring(bench, &other);
    bench_wait(bench, &other, 500);
    bench_settle(bench, 500);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_ERROR_COUNT), errors);
    assert_int_equal(queue_read(bench, &pair, TLSCARD_QREG_POSITIONS), 4u << 16 | 4);
    /* Disabling and enabling it again makes it as new. */
    queue_write(bench, &pair, TLSCARD_QREG_ENABLE, 0);
    bench_enable(bench, &pair, 1, 0, 3, -1);
    assert_int_equal(queue_read(bench, &pair, TLSCARD_QREG_STATE), 1);
    bench_put(bench, &pair, &nop);
    bench_ring(bench, &pair);
    bench_wait(bench, &pair, 500);
    queue_write(bench, &pair, TLSCARD_QREG_ENABLE, 0);
    queue_write(bench, &other, TLSCARD_QREG_ENABLE, 0);
}

static void test_doorbell_abuse(void **state) {
    struct bench *bench = *state;
    halt_by(bench, TLSCARD_DOORBELL_SQ_TAIL, 8);          /* no index of the queue */
    halt_by(bench, TLSCARD_DOORBELL_SQ_TAIL, 0x10005);    /* nor this, whose low half is one */
    halt_by(bench, TLSCARD_DOORBELL_SQ_TAIL, 0xffffffff);
    halt_by(bench, TLSCARD_DOORBELL_CQ_HEAD, 8);
    halt_by(bench, TLSCARD_DOORBELL_CQ_HEAD, 0x80000000);
    halt_by(bench, TLSCARD_DOORBELL_CQ_HEAD, 5);          /* beyond the four completions written */
    halt_by(bench, TLSCARD_DOORBELL_CQ_HEAD, 7);
}

/* A tail that moves backwards has passed the head: an overrun. */
static void test_tail_overrun(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    bench_enable(bench, &pair, 0, 0, 2, -1);
    for (unsigned i = 0; i < 3; i++) bench_put(bench, &pair, &nop);
    bench_ring(bench, &pair);
    bench_settle(bench, 500);           /* three completions stand: nothing more is fetched */
    doorbell(bench, &pair, TLSCARD_DOORBELL_SQ_TAIL, 2); /* three more */
    assert_int_equal(queue_read(bench, &pair, TLSCARD_QREG_STATE), 1);
    doorbell(bench, &pair, TLSCARD_DOORBELL_SQ_TAIL, 2); /* the same again is no change */
    assert_int_equal(queue_read(bench, &pair, TLSCARD_QREG_STATE), 1);
    doorbell(bench, &pair, TLSCARD_DOORBELL_SQ_TAIL, 3); /* the head itself: beyond what fits */
    assert_int_equal(queue_read(bench, &pair, TLSCARD_QREG_STATE), TLSCARD_ERROR_INVALID_DOORBELL << 8 | 1);
}

static void test_doorbell_of_disabled_pair(void **state) {
    struct bench *bench = *state;
    const struct bench_pair pair = {.function = 0, .pair = 1};
    doorbell(bench, &pair, TLSCARD_DOORBELL_SQ_TAIL, 1);
    bench_settle(bench, 50);
    assert_int_equal(queue_read(bench, &pair, TLSCARD_QREG_STATE), 0);
    assert_int_equal(bench_read(bench, 0, TLSCARD_REG_ERROR_COUNT), 1);
    assert_error(bench, &pair, TLSCARD_ERROR_INVALID_DOORBELL);
    queue_write(bench, &pair, TLSCARD_QREG_SIZE, 4); /* a size for which it would be a sound value */
    doorbell(bench, &pair, TLSCARD_DOORBELL_SQ_TAIL, 1);
    doorbell(bench, &pair, TLSCARD_DOORBELL_CQ_HEAD, 0);
    assert_int_equal(bench_read(bench, 0, TLSCARD_REG_ERROR_COUNT), 3);
    struct bench_pair fresh;
    bench_enable(bench, &fresh, 0, 1, 2, -1);
    bench_run(bench, 100);
    assert_int_equal(bench->reads_asked[0], 0);
    assert_true(*bench->model.idle);
}

/* Disabled with requests in flight: none completes, STATE says when the last is gone. */
static void test_disable_in_flight(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair, other;
    *bench->model.delay = 500;
    bench_enable(bench, &pair, 0, 0, 4, 3);
    bench_enable(bench, &other, 0, 1, 4, 4);
    for (unsigned i = 0; i < 8; i++) {
        struct tlscard_submission request = bench_request(bench, i, (uint16_t)i);
        bench_put(bench, &pair, &request);
    }
    struct tlscard_submission request = bench_request(bench, 9, 9);
    bench_put(bench, &other, &request);
    bench_ring(bench, &pair);
    bench_ring(bench, &other);
    bench_run(bench, 300);
    uint64_t asked = bench->reads_asked[0];
    unsigned records = bench->record_count;
    queue_write(bench, &pair, TLSCARD_QREG_ENABLE, 0);
    assert_int_equal(queue_read(bench, &pair, TLSCARD_QREG_STATE), 2);
    while (queue_read(bench, &pair, TLSCARD_QREG_STATE) != 0) assert_true(bench->cycle < 20000);
    bench_wait(bench, &other, 2000);
    bench_settle(bench, 2000);
    assert_true(bench->reads_asked[0] <= asked + 1); /* the other pair's */
    for (unsigned i = records; i < bench->record_count; i++)
        if (bench->records[i].interrupt) assert_int_equal(bench->records[i].address, 4);
        else assert_true(bench->records[i].address == bench_destination(9) || bench->records[i].address == other.cq);
    assert_int_equal(bench_read(bench, 0, TLSCARD_REG_PKE_COMPLETED), 1);
}

/* Enabled again at once: the old requests are dropped, the new ones are served after them. */
static void test_enable_while_draining(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    *bench->model.delay = 800;
    bench_enable(bench, &pair, 2, 0, 3, -1);
    for (unsigned i = 0; i < 4; i++) {
        struct tlscard_submission request = bench_request(bench, i, (uint16_t)i);
        bench_put(bench, &pair, &request);
    }
    bench_ring(bench, &pair);
    bench_run(bench, 300);
    queue_write(bench, &pair, TLSCARD_QREG_ENABLE, 0);
    bench_enable(bench, &pair, 2, 0, 3, -1);
    assert_int_equal(queue_read(bench, &pair, TLSCARD_QREG_STATE), 3);
    struct tlscard_submission request = bench_request(bench, 8, 0x88);
    bench_put(bench, &pair, &request);
    bench_ring(bench, &pair);
    struct tlscard_completion completion = bench_wait(bench, &pair, 5000);
    assert_int_equal(completion.command_id, 0x88);
    assert_int_equal(completion.sq_head, 1);
    assert_memory_equal(bench->memory + bench_destination(8), bench->memory + bench_source(8), 128);
    bench_settle(bench, 100);
    assert_int_equal(bench->record_count, 2);
    assert_int_equal(bench_read(bench, 2, TLSCARD_REG_ERROR_COUNT), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_enable, setup, teardown),
        cmocka_unit_test_setup_teardown(test_settings_are_fixed_while_enabled, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wrap_and_phase, setup, teardown),
        cmocka_unit_test_setup_teardown(test_full_completion_queue, setup, teardown),
        cmocka_unit_test_setup_teardown(test_places_are_reserved, setup, teardown),
        cmocka_unit_test_setup_teardown(test_doorbell_abuse, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tail_overrun, setup, teardown),
        cmocka_unit_test_setup_teardown(test_doorbell_of_disabled_pair, setup, teardown),
        cmocka_unit_test_setup_teardown(test_disable_in_flight, setup, teardown),
        cmocka_unit_test_setup_teardown(test_enable_while_draining, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
