/* SPDX-License-Identifier: Apache-2.0 */
/* JSON texts that are, and are not, and what the reader tells of them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/json.h"

/* What was told, as "depth type name=text;"; a container has no text. */
struct told {
    char text[1024];
    unsigned limit; /* values after which the visitor says stop; 0: never */
    unsigned count;
};

static bool tell(void *context, const struct json_value *value)
{
    struct told *told = context;
    size_t length = strlen(told->text);

    assert_true(value->depth <= JSON_DEPTH_MAX);
    snprintf(told->text + length, sizeof(told->text) - length, "%u%c%.*s=%.*s;", value->depth, "oasnw"[value->type],
             (int)value->name_size, value->name ? value->name : "", (int)value->size, value->text);
    return ++told->count != told->limit;
}

/* On the heap, exactly as long, for the sanitizer to see one octet too many. */
static int read_octets(const char *text, size_t size, struct told *told)
{
    char *copy = malloc(size ? size : 1);
    int status;

    assert_non_null(copy);
    memcpy(copy, text, size);
    *told = (struct told){.limit = told->limit};
    status = json_read(copy, size, tell, told);
    free(copy);
    return status;
}

static int read_text(const char *text, struct told *told)
{
    return read_octets(text, strlen(text) + 1, told);
}

static void values_are_told_as_they_come(void **state)
{
    static const struct {
        const char *text, *told;
    } cases[] = {
        {"{}", "0o=;"}, {" [ ] ", "0a=;"}, {"\t\r\n\"x\"", "0s=x;"}, {"-12.5e+3", "0n=-12.5e+3;"}, {"null", "0w=null;"},
        {"\"\"", "0s=;"}, {"\"a\\\"b\\\\\"", "0s=a\\\"b\\\\;"}, {"[1,\"2\",true]", "0a=;1n=1;1s=2;1w=true;"},
        {"{\"a\":1,\"b\":{\"c\":[false,{}]}}", "0o=;1na=1;1ob=;2ac=;3w=false;3o=;"},
        {"{\"\":0,\"\":1}", "0o=;1n=0;1n=1;"}, {"[[],[[]]]", "0a=;1a=;1a=;2a=;"}, {"007", "0n=007;"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct told told = {.limit = 0};

        assert_int_equal(read_text(cases[i].text, &told), 0);
        assert_string_equal(told.text, cases[i].told);
    }
}

static void what_is_no_json_is_refused(void **state)
{
    static const char *const texts[] = {
        "", " ", "x", "{", "}", "[", "]", "{]", "[}", "{}x", "{}{}", "1 2", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "[1,]",
        "[,1]", "{a:1}", "{1:1}", "{\"a\":1 \"b\":2}", "01x", "1.", ".1", "-", "+1", "1e", "1e+", "tru", "nul", "TRUE",
        "\"a", "\"a\\", "\"\n\"", "\"\x1f\"", "'a'", "[1 2]", "\xff", "//", "NaN",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        struct told told = {.limit = 0};

        if (read_text(texts[i], &told) != -EINVAL)
            fail_msg("accepted: %s", texts[i]);
    }
}

static void the_text_ends_with_its_one_nul(void **state)
{
    struct told told = {.limit = 0};

    (void)state;
    assert_int_equal(read_octets("", 0, &told), -EINVAL);
    assert_int_equal(read_octets("{}", 2, &told), -EINVAL);
    assert_int_equal(read_octets("{}\0\0", 4, &told), -EINVAL);
    assert_int_equal(read_octets("\"a\0b\"", 6, &told), -EINVAL);
    assert_int_equal(read_octets("{}\0", 3, &told), 0);
}

static void nesting_has_a_limit(void **state)
{
    (void)state;
    for (unsigned depth = 1; depth <= JSON_DEPTH_MAX + 1; depth++) {
        struct told told = {.limit = 0};
        char text[2 * (JSON_DEPTH_MAX + 1) + 1] = {0};

        memset(text, '[', depth);
        memset(text + depth, ']', depth);
        assert_int_equal(read_text(text, &told), depth <= JSON_DEPTH_MAX ? 0 : -EINVAL);
    }
}

static void a_visitor_can_end_the_reading(void **state)
{
    static const char text[] = "{\"a\":[1,2],\"b\":3}";
    struct told told = {.limit = 0};

    (void)state;
    assert_int_equal(read_text(text, &told), 0);
    assert_int_equal(told.count, 5);
    for (unsigned limit = 1; limit <= 5; limit++) {
        told.limit = limit;
        assert_int_equal(read_text(text, &told), -EINVAL);
        assert_int_equal(told.count, limit);
    }
}

static void names_are_compared_whole(void **state)
{
    const struct json_value value = {.name = "maxima", .name_size = 3}, none = {.name = NULL};

    (void)state;
    assert_true(json_is_named(&value, "max"));
    assert_false(json_is_named(&value, "maxi"));
    assert_false(json_is_named(&value, "ma"));
    assert_false(json_is_named(&value, ""));
    assert_false(json_is_named(&none, ""));
}

static bool below(const char *text, unsigned limit)
{
    const struct json_value number = {.type = JSON_NUMBER, .text = text, .size = strlen(text)};

    return json_is_below(&number, limit);
}

static void numbers_are_compared_by_their_integer_digits(void **state)
{
    (void)state;
    assert_true(below("0", 1));
    assert_true(below("4095", 4096));
    assert_false(below("4096", 4096));
    assert_true(below("4095.9e9", 4096));
    assert_false(below("4096.0", 4096));
    assert_true(below("000007", 8));
    assert_true(below("-99999", 1));
    assert_false(below("99999999999999999999999999", 4096));
    assert_false(below("4294967296", 4294967295u));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_told_as_they_come),
        cmocka_unit_test(what_is_no_json_is_refused),
        cmocka_unit_test(the_text_ends_with_its_one_nul),
        cmocka_unit_test(nesting_has_a_limit),
        cmocka_unit_test(a_visitor_can_end_the_reading),
        cmocka_unit_test(names_are_compared_whole),
        cmocka_unit_test(numbers_are_compared_by_their_integer_digits),
    };

    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
