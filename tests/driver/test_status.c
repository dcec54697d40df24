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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_of_the_map_has_its_name),
        cmocka_unit_test(other_codes_are_unknown),
    };

    return cmocka_run_group_tests_name("status", tests, NULL, NULL);
}
