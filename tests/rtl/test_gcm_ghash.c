/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/gcm/gcm_ghash.v against GHASH's definition, blocks coming at any time, and a flush of any number of them. */
#include "gcm_ghash_model.h"
#include "tests/rtl/gcm_field.h"
#include "tests/rtl/unit.h"

UNIT(gcm_ghash)
UNIT_RESET

enum { STRIDE = 4, MOST = 40, HASHES = 64, LATENCY = 5 };

static element expected[HASHES];
static int useless[HASHES];
static unsigned put, taken;

/* One cycle, after which a hash may have come. */
static void cycle(void)
{
    step();
    *unit.valid = *unit.load = *unit.last = *unit.flush = 0;
    settle();
    if (*unit.done) {
        assert_int_not_equal(put, taken);
        if (!useless[taken % HASHES])
            assert_true(port_read(unit.hash) == expected[taken % HASHES]);
        taken++;
    } else {
        assert_true(port_read(unit.hash) == 0);
    }
}

static void gap(unsigned chance)
{
    while (unit_random(100) < chance) {
        port_write(unit.block, random_element(unit_random));
        cycle();
    }
}

static void load(element subkey)
{
    element square = field_product(subkey, subkey);
    port_write(unit.power_1, subkey);
    port_write(unit.power_2, square);
    port_write(unit.power_3, field_product(square, subkey));
    port_write(unit.power_4, field_product(square, square));
    *unit.load = 1;
    cycle();
}

/* A record of count blocks that is flushed with block stop, or not if that is count. */
static void record(unsigned count, unsigned stop, unsigned chance)
{
    element subkey = random_element(unit_random), hash = 0;
    load(subkey);
    for (unsigned n = 0; n < count && n <= stop; n++) {
        unsigned left = count - 1 - n;
        element block = random_element(unit_random);
        gap(chance);
        hash = field_product(hash ^ block, subkey);
        port_write(unit.block, block);
        *unit.valid = 1;
        *unit.final_in = left < STRIDE || n == stop;
        *unit.power = left & 3;
        *unit.last = left == 0 || n == stop;
        *unit.flush = n == stop;
        if (*unit.last) {
            expected[put % HASHES] = hash;
            useless[put++ % HASHES] = n == stop;
        }
        cycle();
    }
}

static void drain(void)
{
    for (unsigned n = 0; n < LATENCY; n++)
        cycle();
    assert_int_equal(put, taken);
}

static void begin(void)
{
    reset();
    put = taken = 0;
}

static void test_without_gaps(void **state)
{
    (void)state;
    begin();
    for (unsigned count = 1; count <= MOST; count++)
        for (unsigned n = 0; n < 3; n++)
            record(count, count, 0);
    drain();
}

static void test_with_gaps(void **state)
{
    (void)state;
    begin();
    for (unsigned n = 0; n < 3000; n++)
        record(1 + (unsigned)unit_random(MOST), MOST, (unsigned)unit_random(4) * 30);
    drain();
}

/* The hash of a flushed record still comes, once, and those after it are right. */
static void test_flush(void **state)
{
    (void)state;
    begin();
    for (unsigned chance = 0; chance < 90; chance += 30)
        for (unsigned count = 1; count < 14; count++)
            for (unsigned stop = 0; stop < count; stop++) {
                record(count, stop, chance);
                record(1 + (unsigned)unit_random(10), MOST, chance);
            }
    drain();
}

/* A block that is late by a long time finds its products. */
static void test_long_wait(void **state)
{
    (void)state;
    begin();
    for (unsigned n = 0; n < 20; n++)
        record(9, MOST, 95);
    drain();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_gaps),
        cmocka_unit_test(test_with_gaps),
        cmocka_unit_test(test_flush),
        cmocka_unit_test(test_long_wait),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
