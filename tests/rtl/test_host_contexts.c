// SPDX-License-Identifier: Apache-2.0
// The search for a free context: least loaded engine first, no context twice, what it serves remembered.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host_contexts_model.h"

enum { ENGINES = 5, CONTEXTS = 3 }; /* as tests/rtl/host.mk has it */

struct place {
    int state; /* 0 free, 1 serving, 2 given back by the host but not yet cleared by the engine */
    uint8_t pair;
    uint16_t command_id;
    uint64_t destination;
};

struct bench {
    struct host_contexts_model model;
    struct place places[ENGINES][CONTEXTS];
    unsigned seed;
};

static void step(struct bench *bench) {
    uint8_t *octets = (uint8_t *)bench->model.context_free;
    memset(octets, 0, 2 * ENGINES);
    for (unsigned e = 0; e < ENGINES; e++)
        for (unsigned c = 0; c < CONTEXTS; c++)
            if (bench->places[e][c].state == 0) octets[2 * e] |= (uint8_t)(1u << c);
    *bench->model.clk = 0;
    host_contexts_model_eval(&bench->model);
    *bench->model.clk = 1;
    host_contexts_model_eval(&bench->model);
}

static unsigned load(const struct bench *bench, unsigned engine) {
    unsigned used = 0;
    for (unsigned c = 0; c < CONTEXTS; c++) used += bench->places[engine][c].state != 0;
    return used;
}

static int setup(void **state) {
    static struct bench bench;
    const char *given = getenv("TLSCARD_TEST_SEED");
    memset(&bench, 0, sizeof(bench));
    bench.seed = given ? (unsigned)strtoul(given, NULL, 0) : 7;
    printf("# seed %u\n", bench.seed);
    if (host_contexts_model_create(&bench.model) != 0) return -1;
    *bench.model.rst = 1;
    step(&bench);
    *bench.model.rst = 0;
    *state = &bench;
    return 0;
}

static int teardown(void **state) {
    struct bench *bench = *state;
    host_contexts_model_destroy(&bench->model);
    return 0;
}

/* Search until found; false where the search went on for longer than it ever needs. */
static bool search(struct bench *bench) {
    *bench->model.search = 1;
    for (unsigned i = 0; i < 2 * ENGINES; i++) { /* what is left of a round, and one */
        step(bench);
        if (*bench->model.found) break;
    }
    *bench->model.search = 0;
    return *bench->model.found;
}

static void take(struct bench *bench) {
    struct host_contexts_model *m = &bench->model;
    struct place *place = &bench->places[*m->found_engine][*m->found_context];
    assert_true(*m->found_engine < ENGINES && *m->found_context < CONTEXTS);
    assert_int_equal(place->state, 0);
    *place = (struct place){1, rand_r(&bench->seed) & 63, (uint16_t)rand_r(&bench->seed), (uint64_t)rand_r(&bench->seed) << 20};
    *m->take_valid = 1;
    *m->take_pair = place->pair;
    *m->take_command_id = place->command_id;
    *m->take_destination = place->destination;
    place->state = 0; /* the engine's own view changes with the command only, some cycles later */
    step(bench);
    place->state = 1;
    *m->take_valid = 0;
}

static void give_back(struct bench *bench, unsigned engine, unsigned context) {
    struct host_contexts_model *m = &bench->model;
    struct place *place = &bench->places[engine][context];
    *m->read_engine = (uint8_t)engine;
    *m->read_context = (uint8_t)context;
    host_contexts_model_eval(m);
    assert_int_equal(*m->read_pair, place->pair);
    assert_int_equal(*m->read_command_id, place->command_id);
    assert_int_equal(*m->read_destination, place->destination);
    *m->release_valid = 1;
    step(bench);
    *m->release_valid = 0;
    place->state = 2;
}

static void test_fills_evenly(void **state) {
    struct bench *bench = *state;
    for (unsigned level = 0; level < CONTEXTS; level++)
        for (unsigned i = 0; i < ENGINES; i++) {
            assert_true(search(bench));
            take(bench);
            for (unsigned e = 0; e < ENGINES; e++) assert_in_range(load(bench, e), level, level + 1);
        }
    assert_false(search(bench));
}

/* A context that was given back serves again only when the engine has cleared it. */
static void test_waits_for_clearing(void **state) {
    struct bench *bench = *state;
    test_fills_evenly(state);
    give_back(bench, 3, 1);
    assert_false(search(bench));
    bench->places[3][1].state = 0;
    assert_true(search(bench));
    assert_int_equal(*bench->model.found_engine, 3);
    assert_int_equal(*bench->model.found_context, 1);
    take(bench);
    assert_false(search(bench));
}

/* Whatever has happened before, an engine with the least load is found. */
static void test_least_loaded(void **state) {
    struct bench *bench = *state;
    for (unsigned round = 0; round < 5000; round++) {
        unsigned e = (unsigned)rand_r(&bench->seed) % ENGINES, c = (unsigned)rand_r(&bench->seed) % CONTEXTS;
        struct place *place = &bench->places[e][c];
        if (place->state == 1) give_back(bench, e, c);
        else if (place->state == 2) place->state = 0;
        if (rand_r(&bench->seed) % 2) continue;
        unsigned least = CONTEXTS;
        for (unsigned i = 0; i < ENGINES; i++)
            if (load(bench, i) < least) least = load(bench, i);
        assert_int_equal(search(bench), least < CONTEXTS);
        if (least == CONTEXTS) continue;
        assert_int_equal(load(bench, *bench->model.found_engine), least);
        take(bench);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_fills_evenly, setup, teardown),
        cmocka_unit_test_setup_teardown(test_waits_for_clearing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_least_loaded, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
