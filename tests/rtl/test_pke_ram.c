/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/pke/pke_ram.v: a word is where it was written, a cycle after its address. */
#include "pke_ram_model.h"
#include "tests/rtl/unit.h"

enum { WORDS = 64 }; /* of 33 bits, as tests/rtl/pke.mk has it */

UNIT(pke_ram)

static uint64_t held[WORDS];

static void write_word(unsigned address, uint64_t word) {
    *unit.write = 1;
    *unit.write_address = (uint8_t)address;
    *unit.write_data = held[address] = word;
    step();
    *unit.write = 0;
}

static uint64_t read_word(unsigned address) {
    *unit.read = 1;
    *unit.read_address = *unit.write_address = (uint8_t)address;
    *unit.write_data = ~held[address] & ((1ull << 33) - 1); /* not to be written */
    step();
    *unit.read = 0;
    return *unit.read_data;
}

static void fill(void) {
    *unit.read = 0;
    for (unsigned i = 0; i < WORDS; i++)
        write_word(i, unit_random(1ull << 33));
}

static void test_every_word(void **state) {
    (void)state;
    fill();
    for (unsigned i = 0; i < WORDS; i++)
        assert_true(read_word(i) == held[i]);
    for (unsigned i = WORDS; i-- > 0;)
        assert_true(read_word(i) == held[i]);
}

static void test_output_holds(void **state) {
    (void)state;
    fill();
    uint64_t word = read_word(17);
    for (unsigned i = 0; i < WORDS; i++) {
        *unit.read_address = (uint8_t)i;
        write_word(i, unit_random(1ull << 33));
        assert_true(*unit.read_data == word);
    }
}

static void test_write_needs_enable(void **state) {
    (void)state;
    fill();
    *unit.write_address = 5;
    *unit.write_data = ~held[5];
    step();
    assert_true(read_word(5) == held[5]);
}

/* Both ports in every cycle; of one address the word read is the old one. */
static void test_both_ports(void **state) {
    (void)state;
    fill();
    for (unsigned i = 0; i < 20000; i++) {
        unsigned from = (unsigned)unit_random(WORDS), to = i % 4 ? (unsigned)unit_random(WORDS) : from;
        uint64_t old = held[from];
        *unit.read = 1;
        *unit.read_address = (uint8_t)from;
        write_word(to, unit_random(1ull << 33));
        assert_true(*unit.read_data == old);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_word),
        cmocka_unit_test(test_output_holds),
        cmocka_unit_test(test_write_needs_enable),
        cmocka_unit_test(test_both_ports),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
