/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of option.c: values, flags, and what is refused. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <stdio.h>

#include "tools/option.h"

static const char *colour, *name;
static int loud;
static const char *const colours[] = {"red", "green", NULL};
static const struct option table[] = {
    {.name = "colour", .argument = "COLOUR", .text = "which\n", .choices = colours, .value = &colour},
    {.name = "name", .argument = "NAME", .text = "whose\nin two lines\n", .value = &name},
    {.name = "loud", .text = "not quiet\n", .flag = &loud},
    {.name = NULL},
};
static const struct command command = {.name = "test", .summary = "s", .description = "d\n", .options = table};

static int parse(int count, const char *first, const char *second, const char *third)
{
    char *words[] = {(char *)first, (char *)second, (char *)third};
    colour = name = NULL;
    loud = 0;
    return option_parse(&command, count, words);
}

static void values(void **state)
{
    (void)state;
    assert_int_equal(parse(3, "--colour", "red", "--loud"), 0);
    assert_string_equal(colour, "red");
    assert_int_equal(loud, 1);
    assert_int_equal(parse(2, "--name=a=b", "--colour=green", NULL), 0);
    assert_string_equal(name, "a=b");
    assert_string_equal(colour, "green");
    assert_int_equal(loud, 0);
    assert_int_equal(parse(0, NULL, NULL, NULL), 0);
}

static void a_value_may_look_like_an_option(void **state)
{
    (void)state;
    assert_int_equal(parse(2, "--name", "--loud", NULL), 0);
    assert_string_equal(name, "--loud");
    assert_int_equal(loud, 0);
}

static void refused(void **state)
{
    (void)state;
    assert_int_equal(parse(2, "--colour", "blue", NULL), -1);
    assert_int_equal(parse(2, "--colour", "re", NULL), -1);
    assert_int_equal(parse(1, "--colour=", NULL, NULL), -1);
    assert_int_equal(parse(1, "--name=", NULL, NULL), -1);
    assert_int_equal(parse(1, "--name", NULL, NULL), -1);
    assert_int_equal(parse(1, "--nam", NULL, NULL), -1);
    assert_int_equal(parse(1, "--names", NULL, NULL), -1);
    assert_int_equal(parse(1, "--load", NULL, NULL), -1);
    assert_int_equal(parse(1, "--hell", NULL, NULL), -1);
    assert_int_equal(parse(1, "-loud", NULL, NULL), -1);
    assert_int_equal(parse(1, "loud", NULL, NULL), -1);
    assert_int_equal(parse(1, "--loud=1", NULL, NULL), -1);
    assert_int_equal(parse(1, "", NULL, NULL), -1);
    assert_int_equal(parse(1, "--", NULL, NULL), -1);
}

static void help(void **state)
{
    (void)state;
    char text[512] = "";
    FILE *to = fmemopen(text, sizeof text, "w");
    assert_non_null(to);
    option_help(&command, to);
    fclose(to);
    assert_string_equal(text, "Usage: tlscard test [OPTION]...\n\nd\n\nOptions:\n"
                              "  --colour COLOUR         which\n"
                              "  --name NAME             whose\n"
                              "                          in two lines\n"
                              "  --loud                  not quiet\n"
                              "  --help                  print this\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values),
        cmocka_unit_test(a_value_may_look_like_an_option),
        cmocka_unit_test(refused),
        cmocka_unit_test(help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
