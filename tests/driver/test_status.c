/* SPDX-License-Identifier: Apache-2.0 */
/* Names and sentences of codes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "driver/tlscard.h"
#include "driver/tlscard_map.h"

static void every_code_of_the_map_has_its_name(void **state)
{
    (void)state;
    assert_string_equal(tlscard_status_name(0), "OK");
    assert_string_equal(tlscard_status_name(TLSCARD_STATUS_CHECK_FAILED), "CHECK_FAILED");
    assert_string_equal(tlscard_status_name(TLSCARD_ERROR_BUS_MASTER_DISABLED), "BUS_MASTER_DISABLED");
    assert_non_null(strstr(tlscard_status_text(TLSCARD_STATUS_OPERAND_RANGE), "not less than the modulus"));
#define CHECK(name, value, text) \
    if ((value) != 0)            \
        assert_string_equal(tlscard_status_name(value), #name);
    TLSCARD_STATUS_LIST(CHECK)
    TLSCARD_ERROR_LIST(CHECK)
#undef CHECK
}

static void other_codes_are_unknown(void **state)
{
    (void)state;
    assert_string_equal(tlscard_status_name(0xff), "UNKNOWN");
    assert_true(strlen(tlscard_status_text(0xff)) > 0);
}

static void opcodes_have_names(void **state)
{
    unsigned named = 0;

    (void)state;
#define CHECK(name, value, text) assert_string_equal(tlscard_opcode_name(value), #name);
    TLSCARD_OPCODE_LIST(CHECK)
#undef CHECK
    for (unsigned opcode = 0; opcode < 0x300; opcode++)
        named += tlscard_opcode_name(opcode) != NULL;
#define COUNT(name, value, text) named--;
    TLSCARD_OPCODE_LIST(COUNT)
#undef COUNT
    assert_int_equal(named, 0);
    assert_null(tlscard_opcode_name(0x110));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_of_the_map_has_its_name),
        cmocka_unit_test(other_codes_are_unknown),
        cmocka_unit_test(opcodes_have_names),
    };

    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
