/* SPDX-License-Identifier: Apache-2.0 */
/* What the unit tests of RTL modules share: a model as a test's state, clock cycles, random numbers.
 *
 * UNIT(name) defines `struct name_model unit`, step() and reset(), and the group fixtures. Ports are
 * set before step(); between settle() and step() outputs show what they give in this cycle. */
#ifndef TESTS_RTL_UNIT_H
#define TESTS_RTL_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint64_t unit_state;

static inline uint64_t unit_random(uint64_t limit) {
    unit_state ^= unit_state << 13;
    unit_state ^= unit_state >> 7;
    unit_state ^= unit_state << 17;
    return (unit_state >> 11) % limit;
}

static inline void unit_seed(void) {
    const char *given = getenv("TLSCARD_TEST_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 0) : 20261122;
    print_message("# seed %llu\n", (unsigned long long)seed);
    unit_state = seed * 2 + 1;
}

#define UNIT(name)                                                                                \
    static struct name##_model unit;                                                              \
    static inline void settle(void) {                                                             \
        *unit.clk = 0;                                                                            \
        name##_model_eval(&unit);                                                                 \
    }                                                                                             \
    static inline void step(void) {                                                               \
        settle();                                                                                 \
        *unit.clk = 1;                                                                            \
        name##_model_eval(&unit);                                                                 \
    }                                                                                             \
    static int unit_setup(void **state) {                                                         \
        (void)state;                                                                              \
        unit_seed();                                                                              \
        return name##_model_create(&unit);                                                        \
    }                                                                                             \
    static int unit_teardown(void **state) {                                                      \
        (void)state;                                                                              \
        name##_model_destroy(&unit);                                                              \
        return 0;                                                                                 \
    }

/* For modules with a reset. */
#define UNIT_RESET                                                                                \
    static inline void reset(void) {                                                              \
        *unit.rst = 1;                                                                            \
        step();                                                                                   \
        step();                                                                                   \
        *unit.rst = 0;                                                                            \
        settle();                                                                                 \
    }

#endif
