/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/host/host_retire.v: result, completion entry, interrupt and the end of a request, in this order. */
#include <stdbool.h>

#include "driver/tlscard_map.h"
#include "host_retire_model.h"
#include "tests/rtl/unit.h"

enum { ENGINES = 3, PAIR = 4 << 3 | 2, LOOK_ADDRESS = 0x7770, VECTOR = 37, SQ_HEAD = 1000 };
enum { RESULT = 1, ENTRY = 2, INTERRUPT = 4, FINISHED = 8 };

UNIT(host_retire)
UNIT_RESET

/* What a request did, and in which order: four bits for each step, the first lowest. */
static struct {
    unsigned order, steps, beats, result_length, refused, counted, count_ok, count_cycles, drained, released;
    uint64_t result_address, entry_address;
    uint32_t result[64][4];
    struct tlscard_completion completion;
    bool in_entry;
} seen;

static void note(unsigned what) {
    seen.order |= what << 4 * seen.steps++;
}

static void begin(void) {
    memset(&seen, 0, sizeof(seen));
    *unit.done_valid = *unit.out_valid = *unit.answered = 0;
    *unit.wr_ready = *unit.wr_data_ready = *unit.irq_ready = *unit.look_ready = *unit.finish_ready = 0;
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

static void result_beat(unsigned engine, unsigned beat) {
    memset(unit.out_data, 0xee, 48);
    for (unsigned i = 0; i < 4; i++)
        unit.out_data[4 * engine + i] = 0x1000 * beat + i;
}

static void observe_writes(void) {
    if (*unit.wr_valid && *unit.wr_ready) {
        assert_int_equal(*unit.wr_function, PAIR >> 3);
        seen.in_entry = *unit.wr_address == LOOK_ADDRESS;
        note(seen.in_entry ? ENTRY : RESULT);
        if (seen.in_entry) {
            seen.entry_address = *unit.wr_address;
            assert_int_equal(*unit.wr_length, sizeof(seen.completion));
        } else {
            seen.result_address = *unit.wr_address;
            seen.result_length = *unit.wr_length;
        }
    }
    if (*unit.wr_data_valid && *unit.wr_data_ready) {
        if (seen.in_entry)
            memcpy(&seen.completion, unit.wr_data, 16);
        else
            memcpy(seen.result[seen.beats++], unit.wr_data, 16);
    }
}

/* One cycle with everything ready now and then; true once the request has ended. */
static bool cycle(unsigned engine) {
    *unit.wr_ready = (uint8_t)unit_random(2);
    *unit.wr_data_ready = (uint8_t)unit_random(2);
    *unit.irq_ready = (uint8_t)unit_random(2);
    *unit.look_ready = (uint8_t)unit_random(2);
    *unit.finish_ready = (uint8_t)unit_random(2);
    *unit.out_valid = (uint8_t)(unit_random(2) << engine);
    result_beat(engine, seen.beats + seen.drained);
    settle();
    observe_writes();
    if (*unit.out_valid && *unit.out_ready && !*unit.wr_data_valid)
        seen.drained++;
    assert_int_equal(*unit.out_ready & ~(1u << engine), 0);
    if (*unit.irq_valid && *unit.irq_ready) {
        assert_int_equal(*unit.irq_function, PAIR >> 3);
        assert_int_equal(*unit.irq_vector, VECTOR);
        note(INTERRUPT);
    }
    seen.counted += *unit.count_valid;
    if (*unit.count_valid) {
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
    bool answered = *unit.answer_valid;
    step();
    if (accepted)
        *unit.done_valid = 0;
    if (answered)
        *unit.answered = 0;
    return end;
}

static void run(unsigned engine) {
    for (unsigned i = 0; !cycle(engine); i++)
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
        run(engine);
        assert_int_equal(seen.order, RESULT | ENTRY << 4 | INTERRUPT << 8 | FINISHED << 12);
        assert_true(seen.result_address == 0x123456789ab0);
        assert_int_equal(seen.result_length, length);
        assert_int_equal(seen.beats, beats);
        for (unsigned beat = 0; beat < beats; beat++)
            for (unsigned word = 0; word < 4; word++)
                assert_int_equal(seen.result[beat][word], 0x1000 * beat + word);
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
            end = cycle(engine);
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
    for (unsigned pke = 0; pke < 2; pke++) {
        begin();
        *unit.answered = 1 << (PAIR >> 3);
        *unit.answer_pair = PAIR & 7;
        *unit.answer_command_id = 0x1234;
        *unit.answer_status = TLSCARD_STATUS_INVALID_FIELD;
        *unit.answer_pke = (uint8_t)pke;
        *unit.look_interrupt = 0;
        run(0);
        assert_int_equal(*unit.answer_function, PAIR >> 3);
        assert_int_equal(seen.order, ENTRY | FINISHED << 4);
        expect_completion(0x1234, TLSCARD_STATUS_INVALID_FIELD, 0, 0);
        assert_int_equal(seen.counted, pke);
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
        run(1);
        assert_int_equal(seen.order, FINISHED);
        assert_int_equal(seen.drained, 32);
        assert_int_equal(seen.counted, 0);
        assert_int_equal(seen.refused, refused);
    }
}

/* A pair that dies after its result began gets the rest of the result, and no entry. */
static void test_dies_meanwhile(void **state) {
    (void)state;
    begin();
    engine_done(2, 2, TLSCARD_STATUS_OK, 512, 5);
    while (seen.beats < 3)
        cycle(2);
    *unit.live = 0;
    run(2);
    assert_int_equal(seen.order, RESULT | FINISHED << 4);
    assert_int_equal(seen.beats, 32);
    assert_int_equal(seen.counted, 0);
}

/* Engines round robin among themselves, functions likewise, and the two kinds by turns. */
static void test_turns(void **state) {
    (void)state;
    unsigned last_engine = 0, last_function = 0, answers = 0, results = 0;
    begin();
    *unit.live = 0;
    engine_done(0, 0, TLSCARD_STATUS_CHECK_FAILED, 0, 0);
    *unit.done_status = 0x070707;
    *unit.done_length = 0;
    *unit.look_ready = *unit.finish_ready = 1;
    for (unsigned i = 0; i < 600; i++) {
        *unit.done_valid = 7;
        *unit.answered = 0xff;
        settle();
        if (*unit.done_ready) {
            assert_int_equal(*unit.done_ready, 1u << (last_engine + 1) % ENGINES);
            last_engine = (last_engine + 1) % ENGINES;
            assert_int_equal(results, 0);
            results = 1;
            answers = 0;
        }
        if (*unit.answer_valid) {
            assert_int_equal(*unit.answer_function, (last_function + 1) & 7);
            last_function = *unit.answer_function;
            assert_int_equal(answers, 0);
            answers = 1;
            results = 0;
        }
        step();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_result_entry_interrupt), cmocka_unit_test(test_context),
        cmocka_unit_test(test_answer),                 cmocka_unit_test(test_dropped),
        cmocka_unit_test(test_dies_meanwhile),         cmocka_unit_test(test_turns),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
