// SPDX-License-Identifier: Apache-2.0
// Whose entry comes next: round robin over functions, then pairs; none of a pair whose slots are taken.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "host_fetch_model.h"

struct bench {
    struct host_fetch_model model;
    unsigned last_function, last_pairs[8];
    unsigned seed;
};

static void step(struct bench *bench) {
    *bench->model.clk = 0;
    host_fetch_model_eval(&bench->model);
    *bench->model.clk = 1;
    host_fetch_model_eval(&bench->model);
}

static int setup(void **state) {
    static struct bench bench;
    const char *given = getenv("TLSCARD_TEST_SEED");
    memset(&bench, 0, sizeof(bench));
    bench.seed = given ? (unsigned)strtoul(given, NULL, 0) : 11;
    printf("# seed %u\n", bench.seed);
    if (host_fetch_model_create(&bench.model) != 0) return -1;
    *bench.model.rst = 1;
    step(&bench);
    *bench.model.rst = 0;
    *state = &bench;
    return 0;
}

static int teardown(void **state) {
    struct bench *bench = *state;
    host_fetch_model_destroy(&bench->model);
    return 0;
}

static unsigned next_of(unsigned requests, unsigned last) {
    for (unsigned i = 1; i <= 8; i++)
        if (requests >> (last + i) % 8 & 1) return (last + i) % 8;
    return last;
}

/* The pair that must be claimed next, or -1 where there is none. */
static int expected(struct bench *bench) {
    unsigned functions = 0;
    for (unsigned f = 0; f < 8; f++)
        if (*bench->model.want >> 8 * f & ~*bench->model.slots_full >> 8 * f & 0xff) functions |= 1u << f;
    if (functions == 0) return -1;
    unsigned f = bench->last_function = next_of(functions, bench->last_function);
    unsigned pair = bench->last_pairs[f] = next_of((*bench->model.want & ~*bench->model.slots_full) >> 8 * f & 0xff, bench->last_pairs[f]);
    return (int)(8 * f + pair);
}

/* One claim, granted or not; and the request for the entry where it was. */
static void claim(struct bench *bench, int pair, bool granted) {
    struct host_fetch_model *m = &bench->model;
    unsigned wait = (unsigned)rand_r(&bench->seed) % 3;
    step(bench);
    assert_int_equal(*m->claim_valid, pair >= 0);
    assert_int_equal(*m->idle, pair < 0);
    if (pair < 0) return;
    for (unsigned i = 0; i < wait; i++) step(bench);
    assert_int_equal(*m->claim_pair, pair);
    *m->claim_ready = 1;
    *m->claim_ok = granted;
    *m->claim_address = 0xabc000 + (unsigned)pair;
    host_fetch_model_eval(m);
    assert_int_equal(*m->slot_take, granted);
    step(bench);
    *m->claim_ready = *m->claim_ok = 0;
    assert_int_equal(*m->ask_valid, granted);
    if (!granted) return;
    for (unsigned i = 0; i < wait; i++) step(bench);
    assert_true(*m->ask_valid && *m->ask_pair == pair && *m->ask_address == 0xabc000 + (unsigned)pair);
    *m->ask_ready = 1;
    step(bench);
    *m->ask_ready = 0;
    assert_int_equal(*m->ask_valid, 0);
}

static uint64_t random_bits(struct bench *bench) {
    uint64_t bits = 0;
    for (unsigned i = 0; i < 5; i++) bits = bits << 15 ^ (uint64_t)rand_r(&bench->seed);
    return bits;
}

static void test_order(void **state) {
    struct bench *bench = *state;
    for (unsigned round = 0; round < 20000; round++) {
        *bench->model.want = random_bits(bench);
        for (unsigned i = rand_r(&bench->seed) % 5; i != 0; i--) *bench->model.want &= random_bits(bench);
        *bench->model.slots_full = random_bits(bench) & random_bits(bench);
        host_fetch_model_eval(&bench->model);
        claim(bench, expected(bench), rand_r(&bench->seed) % 4 != 0);
    }
}

/* With everything always wanted, 64 claims serve each pair once. */
static void test_all_take_turns(void **state) {
    struct bench *bench = *state;
    unsigned seen[64] = {0};
    *bench->model.want = ~0ull;
    *bench->model.slots_full = 0;
    for (unsigned i = 0; i < 3 * 64; i++) {
        int pair = expected(bench);
        seen[pair]++;
        claim(bench, pair, true);
    }
    for (unsigned i = 0; i < 64; i++) assert_int_equal(seen[i], 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_order, setup, teardown),
        cmocka_unit_test_setup_teardown(test_all_take_turns, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
