/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/host/host_retire.v: result, completion entry, interrupt and the end of a request, in this order. */
#include <stdbool.h>

#include "driver/tlscard_map.h"
#include "host_retire_model.h"
#include "tests/rtl/unit.h"

enum { ENGINES = 3, LANES = 2, PAIR = 4 << 3 | 2, LOOK_ADDRESS = 0x7770, VECTOR = 37, SQ_HEAD = 1000 };
enum { RESULT = 1, ENTRY = 2, INTERRUPT = 4, FINISHED = 8 };

UNIT(host_retire)
UNIT_RESET

/* What a request did, and in which order: four bits for each step, the first lowest. */
static struct {
    unsigned order, steps, beats, result_length, refused, counted, counted_gcm, count_ok, count_cycles, drained, released;
    unsigned source;    /* {lane or engine, number} of the result */
    uint64_t result_address, entry_address;
    struct tlscard_completion completion;
} seen;

static void note(unsigned what) {
    seen.order |= what << 4 * seen.steps++;
}

static void begin(void) {
    memset(&seen, 0, sizeof(seen));
    *unit.done_valid = *unit.chunks = 0;
    *unit.answered = 0;
    *unit.put_ready = *unit.irq_ready = *unit.look_ready = *unit.finish_ready = 0;
    *unit.live = UINT64_MAX;
    *unit.bus_master = 0xff;
    *unit.look_address = LOOK_ADDRESS;
    *unit.look_phase = 1;
    *unit.look_sq_head = SQ_HEAD;
    *unit.look_interrupt = 1;
    *unit.look_vector = VECTOR;
    *unit.context_pair = PAIR;
    *unit.context_command_id = 0xbeef;
    *unit.context_destination = 0x123456789ab0;
    reset();
}

/* Engine `engine` is done with a result of `length` octets. */
static void engine_done(unsigned engine, unsigned context, unsigned status, unsigned length, uint32_t cycles) {
    *unit.done_valid = (uint8_t)(1u << engine);
    *unit.done_context = (uint16_t)(0xfff & ~(0xfu << 4 * engine)) | (uint16_t)(context << 4 * engine);
    *unit.done_status = 0xffffff & ~(0xffu << 8 * engine);
    *unit.done_status |= status << 8 * engine;
    *unit.done_length = ~(0xffffull << 16 * engine) & 0xffffffffffffull;
    *unit.done_length |= (uint64_t)length << 16 * engine;
    memset(unit.done_cycles, 0xff, 12);
    unit.done_cycles[engine] = cycles;
}

static void observe_writes(void) {
    if (!*unit.put_valid || !*unit.put_ready)
        return;
    assert_int_equal(*unit.put_function, PAIR >> 3);
    if (*unit.put_drop) {
        assert_int_equal(*unit.put_entry, 0);
        seen.drained += *unit.put_beats;
    } else if (*unit.put_entry) {
        note(ENTRY);
        seen.entry_address = *unit.put_address;
        assert_true(seen.entry_address == LOOK_ADDRESS);
        assert_int_equal(*unit.put_octets, sizeof(seen.completion));
        assert_int_equal(*unit.put_beats, 1);
        memcpy(&seen.completion, unit.put_completion, sizeof(seen.completion));
    } else {
        note(RESULT);
        seen.result_address = *unit.put_address;
        seen.result_length = *unit.put_octets;
        seen.beats += *unit.put_beats;
    }
    if (!*unit.put_entry)
        seen.source = (unsigned)*unit.put_gcm << 8 | *unit.put_index;
}

/* One cycle with everything ready now and then; true once the request has ended. */
static bool cycle(void) {
    *unit.put_ready = (uint8_t)unit_random(2);
    *unit.irq_ready = (uint8_t)unit_random(2);
    *unit.look_ready = (uint8_t)unit_random(2);
    *unit.finish_ready = (uint8_t)unit_random(2);
    settle();
    observe_writes();
    if (*unit.irq_valid && *unit.irq_ready) {
        assert_int_equal(*unit.irq_function, PAIR >> 3);
        assert_int_equal(*unit.irq_vector, VECTOR);
        note(INTERRUPT);
    }
    seen.counted += *unit.count_pke;
    seen.counted_gcm += *unit.count_gcm;
    if (*unit.count_pke || *unit.count_gcm) {
        seen.count_ok = *unit.count_ok;
        seen.count_cycles = *unit.count_cycles;
    }
    bool end = *unit.finish_valid && *unit.finish_ready;
    seen.released += *unit.context_release;
    if (end) {
        note(FINISHED);
        assert_int_equal(*unit.pair, PAIR);
        seen.refused = *unit.finish_refused;
    }
    bool accepted = *unit.done_ready & *unit.done_valid;
    bool answered = *unit.answer_valid, chunk = *unit.chunk_take;
    if (chunk)
        assert_true(*unit.chunk_enable && *unit.chunks >> *unit.chunk_lane & 1);
    step();
    if (chunk)
        *unit.chunks = 0;
    if (accepted)
        *unit.done_valid = 0;
    if (answered)
        *unit.answered = 0;
    return end;
}

static void run(void) {
    for (unsigned i = 0; !cycle(); i++)
        assert_true(i < 2000);
    settle();
    assert_int_equal(*unit.idle, 1);
}

static void expect_completion(unsigned id, unsigned status, unsigned length, uint32_t cycles) {
    const struct tlscard_completion wanted = {.command_id = (uint16_t)id, .status = (uint8_t)status,
                                              .result_length = length, .cycles = cycles, .sq_head = SQ_HEAD,
                                              .phase = 0x8000};
    assert_memory_equal(&seen.completion, &wanted, sizeof(wanted));
}

static void test_result_entry_interrupt(void **state) {
    (void)state;
    static const unsigned lengths[] = {1, 15, 16, 17, 128, 256, 512, 1008};
    for (unsigned i = 0; i < 8 * ENGINES; i++) {
        unsigned length = lengths[i / ENGINES], engine = i % ENGINES, beats = (length + 15) / 16;
        begin();
        engine_done(engine, i & 15, TLSCARD_STATUS_OK, length, 0x12340000 + i);
        run();
        assert_int_equal(seen.order, RESULT | ENTRY << 4 | INTERRUPT << 8 | FINISHED << 12);
        assert_true(seen.result_address == 0x123456789ab0);
        assert_int_equal(seen.result_length, length);
        assert_int_equal(seen.beats, beats);
        assert_int_equal(seen.source, engine);
        expect_completion(0xbeef, TLSCARD_STATUS_OK, length, 0x12340000 + i);
        assert_int_equal(seen.counted, 1);
        assert_int_equal(seen.count_ok, 1);
        assert_int_equal(seen.count_cycles, 0x12340000 + i);
        assert_int_equal(seen.refused, 0);
    }
}

/* Which context is meant is known from the acceptance on, and it is released at the end alone. */
static void test_context(void **state) {
    (void)state;
    for (unsigned engine = 0; engine < ENGINES; engine++) {
        begin();
        engine_done(engine, 13 - engine, TLSCARD_STATUS_CHECK_FAILED, 0, 5);
        for (bool end = false, accepted = false; !end;) {
            settle();
            if (accepted) {
                assert_int_equal(seen.released, 0);
                assert_int_equal(*unit.context_engine, engine);
                assert_int_equal(*unit.context_number, 13 - engine);
            }
            bool had = *unit.done_valid;
            end = cycle();
            accepted = accepted || (had && !*unit.done_valid);
        }
        assert_int_equal(seen.order, ENTRY | INTERRUPT << 4 | FINISHED << 8);
        expect_completion(0xbeef, TLSCARD_STATUS_CHECK_FAILED, 0, 5);
        assert_int_equal(seen.counted, 1);
        assert_int_equal(seen.count_ok, 0);
        assert_int_equal(seen.released, 1);
    }
}

static void test_answer(void **state) {
    (void)state;
    for (unsigned pke = 0; pke < 3; pke++) {
        begin();
        *unit.answered = 1ull << PAIR;
        *unit.answer_command_id = 0x1234;
        *unit.answer_status = TLSCARD_STATUS_INVALID_FIELD;
        *unit.answer_pke = pke == 1;
        *unit.answer_gcm = pke == 2;
        *unit.look_interrupt = 0;
        run();
        assert_int_equal(*unit.answer_pair, PAIR);
        assert_int_equal(seen.order, ENTRY | FINISHED << 4);
        expect_completion(0x1234, TLSCARD_STATUS_INVALID_FIELD, 0, 0);
        assert_int_equal(seen.counted, pke == 1);
        assert_int_equal(seen.counted_gcm, pke == 2);
        assert_int_equal(seen.released, 0);
    }
}

/* Not live: drained and dropped. Without bus mastership the same, and the pair is told. */
static void test_dropped(void **state) {
    (void)state;
    for (unsigned refused = 0; refused < 2; refused++) {
        begin();
        if (refused)
            *unit.bus_master = (uint8_t)~(1u << (PAIR >> 3));
        else
            *unit.live = ~(1ull << PAIR);
        engine_done(1, 2, TLSCARD_STATUS_OK, 500, 5);
        run();
        assert_int_equal(seen.order, FINISHED);
        assert_int_equal(seen.drained, 32);
        assert_int_equal(seen.counted, 0);
        assert_int_equal(seen.refused, refused);
    }
}

/* A pair that dies after its result was asked to be written gets no entry. */
static void test_dies_meanwhile(void **state) {
    (void)state;
    begin();
    engine_done(2, 2, TLSCARD_STATUS_OK, 512, 5);
    while (seen.steps == 0)
        cycle();
    *unit.live = 0;
    run();
    assert_int_equal(seen.order, RESULT | FINISHED << 4);
    assert_int_equal(seen.beats, 32);
    assert_int_equal(seen.counted, 0);
}

/* A chunk of a lane's result, of `octets`, or 0 for beats that are not to be written. */
static void lane_chunk(unsigned lane, bool last, unsigned octets, unsigned beats, unsigned status) {
    *unit.chunks = (uint8_t)(1u << lane);
    *unit.chunk_last = last;
    *unit.chunk_pair = PAIR;
    *unit.chunk_command_id = 0xcafe;
    *unit.chunk_address = 0xabcdef012345;
    *unit.chunk_octets = (uint16_t)octets;
    *unit.chunk_beats = (uint8_t)beats;
    *unit.chunk_result = status == TLSCARD_STATUS_OK ? 65552 : 0;
    *unit.chunk_status = (uint8_t)status;
    *unit.chunk_cycles = 0x777;
    *unit.chunk_refused = 0;
}

/* A chunk that is not the last is written and no more; the last ends its record. */
static void test_chunks(void **state) {
    (void)state;
    for (unsigned lane = 0; lane < LANES; lane++) {
        begin();
        lane_chunk(lane, false, 512, 32, TLSCARD_STATUS_OK);
        for (unsigned i = 0; i < 100; i++)
            assert_false(cycle());
        assert_int_equal(*unit.idle, 1);
        assert_int_equal(seen.order, RESULT);
        assert_int_equal(seen.source, 1 << 8 | lane);
        assert_true(seen.result_address == 0xabcdef012345);
        lane_chunk(lane, true, 17, 2, TLSCARD_STATUS_OK);
        run();
        assert_int_equal(seen.order, RESULT | RESULT << 4 | ENTRY << 8 | INTERRUPT << 12 | FINISHED << 16);
        assert_int_equal(seen.result_length, 17);
        assert_int_equal(seen.beats, 34);
        expect_completion(0xcafe, TLSCARD_STATUS_OK, 65552, 0x777);
        assert_int_equal(seen.counted_gcm, 1);
        assert_int_equal(seen.counted | seen.released | seen.refused, 0);
    }
}

/* An empty result is not written; beats of a record that failed are dropped. */
static void test_chunks_without_result(void **state) {
    (void)state;
    for (unsigned beats = 0; beats < 3; beats++) {
        begin();
        lane_chunk(1, true, 0, beats, TLSCARD_STATUS_TAG_MISMATCH);
        run();
        assert_int_equal(seen.order, ENTRY | INTERRUPT << 4 | FINISHED << 8);
        assert_int_equal(seen.drained, beats);
        expect_completion(0xcafe, TLSCARD_STATUS_TAG_MISMATCH, 0, 0x777);
        assert_int_equal(seen.count_ok, 0);
    }
}

/* Of a pair that is not live chunks are dropped. Without bus mastership too, the lane is told, and
 * the pair, in the end: whether it was the last chunk or one before. */
static void test_chunks_dropped(void **state) {
    (void)state;
    for (unsigned way = 0; way < 3; way++) {
        begin();
        lane_chunk(0, false, 512, 32, TLSCARD_STATUS_OK);
        if (way == 0)
            *unit.live = ~(1ull << PAIR);
        else
            *unit.bus_master = (uint8_t)~(1u << (PAIR >> 3));
        while (*unit.chunks) {
            settle();
            if (*unit.chunk_take)
                assert_int_equal(*unit.chunk_refuse, way != 0);
            cycle();
        }
        for (unsigned i = 0; i < 30; i++)
            cycle();
        assert_int_equal(seen.drained, 32);
        lane_chunk(0, true, 5, 1, TLSCARD_STATUS_OK);
        if (way == 2) {
            *unit.bus_master = 0xff;
            *unit.chunk_refused = 1;
        }
        run();
        assert_int_equal(seen.order, FINISHED);
        assert_int_equal(seen.drained, 33);
        assert_int_equal(seen.refused, way != 0);
        assert_int_equal(seen.counted_gcm, 0);
    }
}

/* Engines round robin among themselves, pairs and lanes likewise, and the three kinds by turns. */
static void test_turns(void **state) {
    (void)state;
    unsigned last_engine = 0, last_lane = 0, last_kind = 0, seen_pairs[64] = {0};
    begin();
    *unit.live = 0;
    engine_done(0, 0, TLSCARD_STATUS_CHECK_FAILED, 0, 0);
    lane_chunk(0, true, 0, 0, TLSCARD_STATUS_OK);
    *unit.done_status = 0x070707;
    *unit.done_length = 0;
    *unit.look_ready = *unit.finish_ready = 1;
    for (unsigned i = 0; i < 6000; i++) {
        *unit.done_valid = 7;
        *unit.chunks = 3;
        *unit.answered = UINT64_MAX;
        settle();
        unsigned kind = *unit.answer_valid ? 0 : *unit.done_ready ? 1 : *unit.chunk_take ? 2 : 3;
        if (kind < 3) {
            assert_int_equal(kind, (last_kind + 1) % 3);
            last_kind = kind;
        }
        if (kind == 0)
            seen_pairs[*unit.answer_pair]++;
        if (kind == 1) {
            assert_int_equal(*unit.done_ready, 1u << (last_engine + 1) % ENGINES);
            last_engine = (last_engine + 1) % ENGINES;
        }
        if (kind == 2) {
            assert_int_equal(*unit.chunk_lane, (last_lane + 1) % LANES);
            last_lane = *unit.chunk_lane;
        }
        step();
    }
    for (unsigned i = 0; i < 64; i++)
        assert_in_range(seen_pairs[i], seen_pairs[0] - 1, seen_pairs[0] + 1);
    assert_true(seen_pairs[0] > 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_result_entry_interrupt), cmocka_unit_test(test_context),
        cmocka_unit_test(test_answer),                 cmocka_unit_test(test_dropped),
        cmocka_unit_test(test_dies_meanwhile),         cmocka_unit_test(test_turns),
        cmocka_unit_test(test_chunks),                 cmocka_unit_test(test_chunks_without_result),
        cmocka_unit_test(test_chunks_dropped),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
