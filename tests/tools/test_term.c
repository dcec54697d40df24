/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of term.c: grouped numbers, durations, addresses' forms. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "tools/card.h"
#include "tools/term.h"

static void numbers(void **state)
{
    char text[TERM_NUMBER_SIZE];
    (void)state;
    assert_string_equal(term_number(0, text), "0");
    assert_string_equal(term_number(999, text), "999");
    assert_string_equal(term_number(1000, text), "1,000");
    assert_string_equal(term_number(12345678, text), "12,345,678");
    assert_string_equal(term_number(UINT64_MAX, text), "18,446,744,073,709,551,615");
}

static void durations(void **state)
{
    char text[TERM_DURATION_SIZE];
    (void)state;
    assert_string_equal(term_duration(250, 250000000, text), "1.0 us");
    assert_string_equal(term_duration(2500000, 250000000, text), "10.00 ms");
    assert_string_equal(term_duration(500000000, 250000000, text), "2.00 s");
    assert_string_equal(term_duration(0, 1, text), "0.0 us");
}

static void addresses(void **state)
{
    (void)state;
    assert_true(card_address_valid("auto"));
    assert_true(card_address_valid("sim"));
    assert_true(card_address_valid("vfio-user:/run/tlscard"));
    assert_true(card_address_valid("pci:0000:01:00.0"));
    assert_false(card_address_valid("none"));
    assert_false(card_address_valid(""));
    assert_false(card_address_valid("vfio-user:"));
    assert_false(card_address_valid("simulated"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers),
        cmocka_unit_test(durations),
        cmocka_unit_test(addresses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
