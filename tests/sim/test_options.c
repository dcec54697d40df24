/* SPDX-License-Identifier: Apache-2.0 */
/* Settings of a card as text. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "sim/options.h"

static int parse(struct card_options *options, const char *text)
{
    static char copy[256];

    *options = (struct card_options)CARD_OPTIONS_DEFAULT;
    snprintf(copy, sizeof(copy), "%s", text);
    return options_parse(options, copy);
}

static void good(void **state)
{
    struct card_options options;

    (void)state;
    assert_int_equal(parse(&options, ""), 0);
    assert_int_equal(options.latency, 100);
    assert_int_equal(parse(&options, "functions=3,latency=0,split,reorder,seed=4294967295,trace=/tmp/x=y.fst"), 0);
    assert_int_equal(options.functions, 3);
    assert_int_equal(options.latency, 0);
    assert_true(options.split && options.reorder);
    assert_int_equal(options.seed, UINT32_MAX);
    assert_string_equal(options.trace, "/tmp/x=y.fst");
}

static void bad(void **state)
{
    static const char *const texts[] = {"x", ",", "split,", ",split", "split=1", "latency", "latency=", "latency=-1",
                                        "latency= 1", "latency=1x", "latency=1000001", "functions=0", "functions=9",
                                        "seed=4294967296", "seed=99999999999999999999999", "trace=", "trace", "=1"};
    struct card_options options;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        assert_int_equal(parse(&options, texts[i]), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good),
        cmocka_unit_test(bad),
    };

    return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
