/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of handshake_provider.c: the provider's account of its operations, good and bad. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>

#include "tools/handshake_provider.h"

static void operations(void **state)
{
    struct report report = report_parse(
        "[{\"op\":\"RSA-2048 private\",\"purpose\":\"sign-pss-sha256\",\"where\":\"card\",\"cycles\":1234567,"
        "\"reason\":\"card\"},"
        "{\"op\":\"RSA-2048 public\",\"purpose\":\"verify\",\"where\":\"software\",\"cycles\":7,"
        "\"reason\":\"public-operation\"}]");
    (void)state;
    assert_int_equal(report.count, 2);
    assert_string_equal(report.operations[0].op, "RSA-2048 private");
    assert_string_equal(report.operations[0].purpose, "sign-pss-sha256");
    assert_int_equal(report.operations[0].card, 1);
    assert_int_equal(report.operations[0].cycles, 1234567);
    assert_string_equal(report.operations[0].reason, "");
    assert_int_equal(report.operations[1].card, 0);
    assert_int_equal(report.operations[1].cycles, 0);
    assert_string_equal(report.operations[1].reason, "public-operation");
    report_free(&report);
    assert_int_equal(report.count, 0);
}

static void nothing_to_tell(void **state)
{
    static const char *const texts[] = {"", "[]", "{}", "[", "null", "[1,\"a\"]", "\"text\""};
    (void)state;
    for (size_t index = 0; index < sizeof texts / sizeof *texts; index++) {
        struct report report = report_parse(texts[index]);
        assert_int_equal(report.count, 0);
        report_free(&report);
    }
}

static void strange_members(void **state)
{
    struct report report = report_parse("[{},{\"op\":7,\"where\":\"card\",\"cycles\":-5,\"purpose\":null}]");
    (void)state;
    assert_int_equal(report.count, 2);
    assert_int_equal(report.operations[0].card, 0);
    assert_string_equal(report.operations[0].op, "");
    assert_int_equal(report.operations[1].card, 1);
    assert_int_equal(report.operations[1].cycles, 0);
    assert_string_equal(report.operations[1].op, "");
    report_free(&report);
}

static void long_members_are_cut(void **state)
{
    struct report report = report_parse("[{\"op\":\"0123456789012345678901234567890123456789012345678901234567\"}]");
    (void)state;
    assert_int_equal(report.count, 1);
    assert_string_equal(report.operations[0].op, "01234567890123456789012345678901234567890123456");
    report_free(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations),
        cmocka_unit_test(nothing_to_tell),
        cmocka_unit_test(strange_members),
        cmocka_unit_test(long_members_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
