// SPDX-License-Identifier: Apache-2.0
// Elliptic-curve requests: lengths of each opcode and curve, the empty key block, the empty result.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "host_bench.h"

/* The map's table, in units of n octets. */
static const struct operation {
    uint8_t opcode;
    unsigned key, source, result;
    bool montgomery;
} operations[] = {
    {TLSCARD_OP_EC_MULTIPLY, 1, 2, 2, false}, {TLSCARD_OP_EC_MULTIPLY_BASE, 0, 1, 2, false},
    {TLSCARD_OP_ECDSA_SIGN, 1, 2, 2, false},  {TLSCARD_OP_ECDSA_VERIFY, 2, 3, 0, false},
    {TLSCARD_OP_X25519, 1, 1, 1, true},
};
enum { OPERATIONS = sizeof(operations) / sizeof(operations[0]), GUARD = 0xcc };

static const struct operation *const multiply_base = &operations[1], *const verify = &operations[3];

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

static bool takes(const struct operation *operation, unsigned curve) {
    return operation->montgomery == (curve == TLSCARD_CURVE_X25519);
}

/* A sound request with operands in the memory of the slot; the result's place is guarded. */
static struct tlscard_submission make(struct bench *bench, const struct operation *operation, unsigned curve,
                                      unsigned slot, uint16_t command_id) {
    uint32_t n = curve == TLSCARD_CURVE_P384 ? 48 : 32;
    struct tlscard_submission request = bench_request(bench, slot, command_id);
    memset(bench->memory + request.destination_address, GUARD, 256);
    request.opcode = operation->opcode;
    request.parameter = curve;
    request.key_length = operation->key * n;
    request.source_length = operation->source * n;
    request.destination_length = operation->result * n;
    return request;
}

static void submit(struct bench *bench, struct bench_pair *pair, const struct tlscard_submission *entry) {
    bench_put(bench, pair, entry);
    bench_ring(bench, pair);
}

/* The test engine's result is the source, again and again; behind it nothing was written. */
static void assert_echo(struct bench *bench, const struct tlscard_submission *request,
                        const struct tlscard_completion *completion) {
    const uint8_t *source = bench->memory + request->source_address;
    const uint8_t *result = bench->memory + request->destination_address;
    assert_int_equal(completion->status, TLSCARD_STATUS_OK);
    assert_int_equal(completion->result_length, request->destination_length);
    for (unsigned i = 0; i < request->destination_length; i++)
        assert_int_equal(result[i], source[i % request->source_length]);
    assert_int_equal(result[request->destination_length], GUARD);
}

static void test_lengths(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    unsigned served = 0;
    bench_enable(bench, &pair, 1, 0, 4, -1);
    for (unsigned i = 0; i < OPERATIONS; i++)
        for (unsigned curve = TLSCARD_CURVE_P256; curve <= TLSCARD_CURVE_X25519; curve++) {
            if (!takes(&operations[i], curve)) continue;
            struct tlscard_submission request = make(bench, &operations[i], curve, 0, (uint16_t)(i * 4 + curve));
            submit(bench, &pair, &request);
            struct tlscard_completion completion = bench_wait(bench, &pair, 2000);
            assert_int_equal(completion.command_id, i * 4 + curve);
            assert_echo(bench, &request, &completion);
            served++;
        }
    assert_int_equal(served, 9);
    bench_settle(bench, 100);
    assert_int_equal(bench_read(bench, 1, TLSCARD_REG_PKE_COMPLETED), 9);
}

static void expect(struct bench *bench, struct bench_pair *pair, const struct tlscard_submission *request,
                   uint8_t status) {
    unsigned records = bench->record_count;
    submit(bench, pair, request);
    struct tlscard_completion completion = bench_wait(bench, pair, 1000);
    if (completion.status != status)
        fail_msg("opcode %#x, parameter %#x, lengths %u %u %u: status %#x, expected %#x", request->opcode,
                 request->parameter, request->key_length, request->source_length, request->destination_length,
                 completion.status, status);
    assert_int_equal(completion.result_length, 0);
    assert_int_equal(bench->record_count, records + 1); /* the completion entry alone */
}

/* One field at a time is wrong. */
static void test_wrong_fields(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    bench_enable(bench, &pair, 0, 1, 4, -1);
    static const uint32_t others[] = {0, 4, 0x80, 32, 48, 128, 256, 0x100, 0x10000, 0x80000000};
    static const int offsets[] = {-16, -1, 1, 16, 0x10000};
    for (unsigned i = 0; i < OPERATIONS; i++)
        for (unsigned curve = TLSCARD_CURVE_P256; curve <= TLSCARD_CURVE_X25519; curve++) {
            const struct tlscard_submission good = make(bench, &operations[i], curve, 0, 1);
            struct tlscard_submission bad = good;
            if (!takes(&operations[i], curve)) {
                expect(bench, &pair, &bad, TLSCARD_STATUS_INVALID_FIELD);
                continue;
            }
            for (unsigned n = 0; n < sizeof(others) / sizeof(others[0]); n++) {
                bad.parameter = others[n] < 0x100 ? others[n] : others[n] + curve;
                expect(bench, &pair, &bad, TLSCARD_STATUS_INVALID_FIELD);
            }
            for (unsigned n = 0; n < sizeof(offsets) / sizeof(offsets[0]); n++) {
                bad = good;
                bad.key_length += (uint32_t)offsets[n];
                expect(bench, &pair, &bad, TLSCARD_STATUS_INVALID_FIELD);
                bad = good;
                bad.source_length += (uint32_t)offsets[n];
                expect(bench, &pair, &bad, TLSCARD_STATUS_INVALID_FIELD);
            }
            if (good.destination_length == 0) continue;
            bad = good;
            bad.destination_length--;
            expect(bench, &pair, &bad, TLSCARD_STATUS_DESTINATION_TOO_SMALL);
            bad.destination_length = 0;
            expect(bench, &pair, &bad, TLSCARD_STATUS_DESTINATION_TOO_SMALL);
        }
    assert_int_equal(*bench->model.accepted_0 + *bench->model.accepted_1, 0);
}

/* A verification ends with its completion entry alone, whatever room it had for a result. */
static void test_empty_result(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    bench_enable(bench, &pair, 2, 0, 4, 3);
    struct tlscard_submission request = make(bench, verify, TLSCARD_CURVE_P384, 0, 7);
    request.destination_length = 512;
    submit(bench, &pair, &request);
    struct tlscard_completion completion = bench_wait(bench, &pair, 1000);
    assert_int_equal(completion.status, TLSCARD_STATUS_OK);
    assert_int_equal(completion.result_length, 0);
    assert_int_equal(completion.cycles, 100);
    bench_settle(bench, 100);
    assert_int_equal(bench->record_count, 2);
    assert_int_equal(bench->records[0].address, pair.cq);
    assert_true(bench->records[1].interrupt);
    assert_int_equal(bench->memory[request.destination_address], GUARD);
    bench->memory[request.source_address] = 0xee; /* the engine says so */
    bench->memory[request.source_address + 1] = TLSCARD_STATUS_SIGNATURE_INVALID;
    submit(bench, &pair, &request);
    completion = bench_wait(bench, &pair, 1000);
    assert_int_equal(completion.status, TLSCARD_STATUS_SIGNATURE_INVALID);
    bench_settle(bench, 100);
    assert_int_equal(bench_read(bench, 2, TLSCARD_REG_PKE_COMPLETED), 1);
    assert_int_equal(bench_read(bench, 2, TLSCARD_REG_PKE_FAILED), 1);
}

/* An empty key block is not read, wherever it is said to be. */
static void test_empty_key(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    bench_enable(bench, &pair, 0, 0, 4, -1);
    struct tlscard_submission request = make(bench, multiply_base, TLSCARD_CURVE_P256, 0, 1);
    request.key_address = 0xffffffffffffffffull;
    unsigned reads = bench->reads_tail;
    submit(bench, &pair, &request);
    struct tlscard_completion completion = bench_wait(bench, &pair, 1000);
    assert_echo(bench, &request, &completion);
    assert_int_equal((bench->reads_tail - reads + BENCH_READS) % BENCH_READS, 2); /* the entry, the source */
}

/* A source that cannot be read ends the request with the read's status, and its neighbours not. */
static void test_source_errors(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    bench_enable(bench, &pair, 1, 1, 4, -1);
    for (unsigned which = 0; which < OPERATIONS; which++) {
        unsigned curve = operations[which].montgomery ? TLSCARD_CURVE_X25519 : TLSCARD_CURVE_P384;
        struct tlscard_submission before = make(bench, multiply_base, TLSCARD_CURVE_P256, 0, 0);
        struct tlscard_submission bad = make(bench, &operations[which], curve, 1, 1);
        struct tlscard_submission after = make(bench, multiply_base, TLSCARD_CURVE_P384, 2, 2);
        bench->faults[0] = (struct bench_fault){bad.source_address + bad.source_length - 1, 1,
                                                TLSCARD_STATUS_DMA_POISONED};
        bench_put(bench, &pair, &before);
        bench_put(bench, &pair, &bad);
        submit(bench, &pair, &after);
        for (unsigned n = 0; n < 3; n++) {
            struct tlscard_completion completion = bench_wait(bench, &pair, 1000);
            if (completion.command_id == 1)
                assert_int_equal(completion.status, TLSCARD_STATUS_DMA_POISONED);
            else
                assert_echo(bench, completion.command_id == 0 ? &before : &after, &completion);
        }
        assert_int_equal(bench->memory[bad.destination_address], GUARD);
    }
}

/* A pair that is disabled at any moment of a request without a key: the request ends or is dropped,
 * and the engines serve the next one. */
static void test_disabled_meanwhile(void **state) {
    struct bench *bench = *state;
    unsigned done = 0, dropped = 0;
    for (unsigned wait = 0; wait < 240; wait++) {
        struct bench_pair pair;
        struct tlscard_completion completion;
        bench->stall_percent = wait % 2 * 40;
        bench_enable(bench, &pair, 1, 0, 4, -1);
        struct tlscard_submission request = make(bench, multiply_base, TLSCARD_CURVE_P256, 0, 1);
        submit(bench, &pair, &request);
        bench_run(bench, wait);
        bench_write(bench, 1, bench_queue_register(0, TLSCARD_QREG_ENABLE), 0);
        bench_settle(bench, 2000);
        if (bench_take(bench, &pair, &completion, false)) {
            assert_echo(bench, &request, &completion);
            done++;
        } else {
            dropped++;
        }
    }
    assert_true(done > 10 && dropped > 10);
}

/* One that is disabled before its source came is not computed; nor does that touch the next request. */
static void test_disabled_before_the_source(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    bench->latency = 100;
    *bench->model.delay = 5000;
    for (unsigned round = 0; round < 2; round++) {
        bench_enable(bench, &pair, 0, 0, 4, -1);
        struct tlscard_submission request = make(bench, multiply_base, TLSCARD_CURVE_P384, 0, 1);
        if (round == 1) request = bench_request(bench, 0, 1);
        unsigned reads = bench->reads_tail;
        submit(bench, &pair, &request);
        for (unsigned i = 0; bench->reads_tail - reads < 2; i++) {
            assert_true(i < 1000);
            bench_step(bench);
        }
        bench_write(bench, 0, bench_queue_register(0, TLSCARD_QREG_ENABLE), 0);
        bench_settle(bench, 1000);
        bench_enable(bench, &pair, 0, 0, 4, -1);
        request = make(bench, multiply_base, TLSCARD_CURVE_P384, 0, 1);
        submit(bench, &pair, &request);
        struct tlscard_completion completion = bench_wait(bench, &pair, 8000);
        assert_echo(bench, &request, &completion);
        bench_settle(bench, 100);
        bench_write(bench, 0, bench_queue_register(0, TLSCARD_QREG_ENABLE), 0);
    }
}

/* Every kind of operand stream in turn, on all engines, with a link and memory that stall. */
static void test_mixed_traffic(void **state) {
    struct bench *bench = *state;
    struct bench_pair pair;
    struct tlscard_submission requests[8];
    bench_enable(bench, &pair, 0, 0, 4, -1);
    for (unsigned round = 0; round < 300; round++) {
        bench->stall_percent = bench_random(bench) % 60;
        bench->latency = bench_random(bench) % 60;
        *bench->model.delay = (uint16_t)(bench_random(bench) % 200);
        for (unsigned i = 0; i < 8; i++) {
            const struct operation *operation = &operations[bench_random(bench) % OPERATIONS];
            unsigned curve = operation->montgomery ? TLSCARD_CURVE_X25519 : 1 + bench_random(bench) % 2;
            requests[i] = make(bench, operation, curve, i, (uint16_t)i);
            if (bench_random(bench) % 4 == 0) requests[i] = bench_request(bench, i, (uint16_t)i);
            if (requests[i].opcode == TLSCARD_OP_RSA_PUBLIC)
                memset(bench->memory + requests[i].destination_address, GUARD, 256);
            bench_put(bench, &pair, &requests[i]);
        }
        bench_ring(bench, &pair);
        for (unsigned i = 0; i < 8; i++) {
            struct tlscard_completion completion = bench_wait(bench, &pair, 5000);
            assert_echo(bench, &requests[completion.command_id], &completion);
        }
        bench->record_count = 0;
    }
    bench_settle(bench, 1000);
    assert_int_equal(bench_read(bench, 0, TLSCARD_REG_ERROR_COUNT), 0);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_lengths),       TEST(test_wrong_fields),       TEST(test_empty_result),  TEST(test_empty_key),
        TEST(test_source_errors), TEST(test_disabled_meanwhile), TEST(test_disabled_before_the_source),
        TEST(test_mixed_traffic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
