/* SPDX-License-Identifier: Apache-2.0 */
/* Card or software: policy, faults, breaker, deadline, processes and threads. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "tests/provider/fixture.h"

static EVP_PKEY *ours;
static struct fixture fixture;

/* Sign once; the signature is right whoever made it. */
static void sign(void)
{
    uint8_t signature[512];
    size_t length = sizeof signature;
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    assert_true(sign_with(fixture.library, ours, NULL, signature, &length));
    assert_int_equal(EVP_DigestVerifyInit_ex(context, NULL, "SHA256", fixture.library, "provider=default", ours, NULL), 1);
    assert_int_equal(EVP_DigestVerify(context, signature, length, (const uint8_t *)"message", 7), 1);
    EVP_MD_CTX_free(context);
    assert_int_equal(ERR_peek_error(), 0);
}

static void open_with(const char *setting, const char *other)
{
    EVP_PKEY *key;

    fixture_open(&fixture, setting, other, NULL);
    key = plain_key(&fixture, 2048);
    ours = key_in(fixture.library, key);
    EVP_PKEY_free(key);
}

static int close_all(void **state)
{
    (void)state;
    EVP_PKEY_free(ours);
    ours = NULL;
    fixture_close(&fixture);
    return 0;
}

static void test_card_signs(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    sign();
    assert_int_equal(fixture_count(&fixture, "card"), 1);
    assert_int_equal(fake.submitted, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_card_signs, close_all),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
