/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities that clients propose: JSON that is, and is not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/negotiate.h"

/* On the heap, exactly as long, for the sanitizer to see one octet too many. */
static int check(const char *text, size_t size)
{
    char *copy = calloc(1, size ? size : 1);
    int status;

    memcpy(copy, text, size);
    status = negotiate_check(copy, size);
    free(copy);
    return status;
}

static void good(void **state)
{
    static const char *const texts[] = {
        "{}", " { } ", "{\"capabilities\":{}}", "{\"capabilities\":{\"max_msg_fds\":8}}",
        "{\"capabilities\":{\"max_data_xfer_size\":4096}}", "{\"capabilities\":{\"max_data_xfer_size\":1048576}}",
        "{\"capabilities\":{\"max_data_xfer_size\":99999999999999999999}}",
        "{\"a\":[1,-2.5e+3,\"x\\\"y\",true,false,null,[],{}],\"capabilities\":{\"migration\":{\"pgsize\":4096}}}",
        "{\"max_data_xfer_size\":1}", "{\"x\":{\"max_data_xfer_size\":1}}",
    };

    (void)state;
    assert_int_equal(check("", 0), 0);
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        assert_int_equal(check(texts[i], strlen(texts[i]) + 1), 0);
    assert_int_equal(negotiate_check(negotiate_reply, strlen(negotiate_reply) + 1), 0);
}

static void bad(void **state)
{
    static const char *const texts[] = {
        "", "x", "[]", "1", "{", "}", "{}x", "{}{}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{\"a\":01x}",
        "{\"a\":1.}", "{\"a\":-}", "{\"a\":1e}", "{\"a\":tru}", "{\"a", "{\"a\\", "{\"a\":[1}", "{\"a\":\"\n\"}",
        "{\"capabilities\":[]}", "{\"capabilities\":1}", "{\"capabilities\":{\"max_data_xfer_size\":4095}}",
        "{\"capabilities\":{\"max_data_xfer_size\":0}}", "{\"capabilities\":{\"max_data_xfer_size\":-5000}}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        assert_int_equal(check(texts[i], strlen(texts[i]) + 1), -EINVAL);
    /* Without its NUL, with one too many, and deeper than anything sensible. */
    assert_int_equal(check("{}", 2), -EINVAL);
    assert_int_equal(check("{}\0\0", 4), -EINVAL);
    assert_int_equal(check("{\"a\":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}", 42), -EINVAL);
}

static void every_beginning_is_bad(void **state)
{
    static const char whole[] = "{\"capabilities\":{\"max_msg_fds\":8,\"x\":[1.5e3,null,\"\\u0041\"]}}";
    char text[sizeof(whole)];

    (void)state;
    assert_int_equal(check(whole, sizeof(whole)), 0);
    for (size_t length = 0; length < sizeof(whole) - 1; length++) {
        memcpy(text, whole, length);
        text[length] = '\0';
        assert_int_equal(check(text, length + 1), -EINVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good),
        cmocka_unit_test(bad),
        cmocka_unit_test(every_beginning_is_bad),
    };

    return cmocka_run_group_tests_name("negotiate", tests, NULL, NULL);
}
