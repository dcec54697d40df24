/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/gcm/gcm_round.v against the definition of a round (FIPS 197 section 5.1). */
#include "gcm_round_model.h"
#include "tests/rtl/unit.h"

UNIT(gcm_round)

enum { BLOCK = 16 };

static uint8_t field_product(uint8_t a, uint8_t b)
{
    uint8_t sum = 0;
    for (; b; b >>= 1) {
        if (b & 1)
            sum ^= a;
        a = (uint8_t)(a << 1 ^ (a & 0x80 ? 0x1b : 0));
    }
    return sum;
}

/* The inverse is the 254th power; then the affine map of section 5.1.1. */
static uint8_t substitute(uint8_t x)
{
    uint8_t inverse = 1, result = 0x63;
    for (unsigned n = 0; n < 254; n++)
        inverse = field_product(inverse, x);
    for (unsigned n = 0; n < 5; n++)
        result ^= (uint8_t)(inverse << n | inverse >> (8 - n));
    return result;
}

static void round_of(const uint8_t *from, const uint8_t *key, uint8_t *to)
{
    static const uint8_t matrix[4] = {2, 3, 1, 1};
    for (unsigned column = 0; column < 4; column++)
        for (unsigned row = 0; row < 4; row++) {
            uint8_t sum = key[4 * column + row];
            for (unsigned k = 0; k < 4; k++)
                sum ^= field_product(substitute(from[4 * ((column + k) % 4) + k]), matrix[(k + 4 - row) % 4]);
            to[4 * column + row] = sum;
        }
}

static void fill(uint32_t *port)
{
    for (unsigned n = 0; n < BLOCK / 4; n++)
        port[n] = (uint32_t)unit_random(1ull << 32);
}

static void test_rounds(void **state)
{
    (void)state;
    uint8_t expected[BLOCK];
    *unit.live = 1;
    *unit.valid = 1;
    for (unsigned n = 0; n < 500; n++) {
        fill(unit.state_in);
        fill(unit.round_key);
        *unit.key_256 = n & 1;
        step();
        round_of((const uint8_t *)unit.state_in, (const uint8_t *)unit.round_key, expected);
        assert_memory_equal(unit.state, expected, BLOCK);
    }
}

/* Each value of each octet. */
static void test_octets(void **state)
{
    (void)state;
    uint8_t expected[BLOCK];
    *unit.live = *unit.valid = 1;
    for (unsigned value = 0; value < 256; value++) {
        for (unsigned n = 0; n < BLOCK; n++)
            ((uint8_t *)unit.state_in)[n] = (uint8_t)(value + 17 * n);
        step();
        round_of((const uint8_t *)unit.state_in, (const uint8_t *)unit.round_key, expected);
        assert_memory_equal(unit.state, expected, BLOCK);
    }
}

static void test_holds_then_wipes(void **state)
{
    (void)state;
    static const uint8_t zeros[BLOCK];
    uint8_t before[BLOCK];
    test_octets(state);
    memcpy(before, unit.state, BLOCK);
    *unit.valid = 0;
    fill(unit.state_in);
    step();
    assert_memory_equal(unit.state, before, BLOCK);
    *unit.valid = 1;
    *unit.live = 0;
    step();
    assert_memory_equal(unit.state, zeros, BLOCK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rounds),
        cmocka_unit_test(test_octets),
        cmocka_unit_test(test_holds_then_wipes),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
