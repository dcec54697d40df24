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
    assert_int_equal(EVP_DigestVerifyInit_ex(context, NULL, "SHA256", fixture.library, "provider=default", ours, NULL),
                     1);
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

/* Sign until the breaker is in this state; time passes by the stopped clock. */
static void sign_until(const char *state)
{
    int found = 0;

    fake_clock_stop();
    for (int i = 0; i < 400 && !found; i++) {
        char *counters;

        sign();
        counters = fixture_param(&fixture, "tlscard-counters");
        *strstr(counters, "\"ec\"") = '\0'; /* which has a breaker of its own */
        found = strstr(counters, state) != NULL;
        OPENSSL_free(counters);
        fake_clock_forward(50);
    }
    assert_true(found);
}

static void test_policy_never(void **state)
{
    (void)state;
    open_with("POLICY=never", NULL);
    sign();
    assert_int_equal(fixture_count(&fixture, "policy-never"), 1);
    assert_int_equal(fake.opened, 0);
}

static void test_class_policy_overrides(void **state)
{
    (void)state;
    open_with("POLICY=never", "POLICY_RSA=always");
    sign();
    assert_int_equal(fixture_count(&fixture, "card"), 1);
}

/* Each way that opening can fail has its reason, and is not tried again at once. */
static void opening_fails(int error, const char *reason)
{
    open_with("POLICY=always", NULL);
    fake_clock_stop();
    fake.open_error = error;
    sign();
    sign();
    assert_int_equal(fixture_count(&fixture, reason), 2);
    assert_int_equal(fake.opened, 1);
}

static void test_no_card(void **state)
{
    char *card;

    (void)state;
    opening_fails(-ENODEV, "no-card");
    card = fixture_param(&fixture, "tlscard-card");
    assert_non_null(strstr(card, "\"reason\":\"no-card\",\"message\":\"told to fail: say \\\"please\\\"\"}"));
    OPENSSL_free(card);
}

static void test_card_busy(void **state)
{
    (void)state;
    opening_fails(-EBUSY, "card-busy");
}

static void test_wrong_card(void **state)
{
    (void)state;
    opening_fails(-ENOEXEC, "wrong-card");
}

static void test_card_appears_later(void **state)
{
    (void)state;
    opening_fails(-ENODEV, "no-card");
    fake.open_error = 0;
    fake_clock_forward(999);
    sign();
    assert_int_equal(fixture_count(&fixture, "no-card"), 3);
    fake_clock_forward(1);
    sign();
    assert_int_equal(fixture_count(&fixture, "card"), 1);
    assert_int_equal(fake.opened, 2);
}

static void test_card_describes_itself(void **state)
{
    char *card;

    (void)state;
    open_with("POLICY=always", NULL);
    card = fixture_param(&fixture, "tlscard-card");
    assert_non_null(strstr(card, "not-opened"));
    OPENSSL_free(card);
    sign();
    card = fixture_param(&fixture, "tlscard-card");
    assert_non_null(strstr(card, "{\"address\":\"fake\",\"transport\":\"sim\",\"simulated\":false,"));
    OPENSSL_free(card);
}

static void test_wrong_answer_opens_breaker(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    fake.wrong = 1;
    sign();
    assert_int_equal(fixture_count(&fixture, "wrong-answer"), 1);
    sign();
    assert_int_equal(fixture_count(&fixture, "breaker-open"), 1);
    assert_int_equal(fixture_count(&fixture, "card"), 0);
    fake.wrong = 0;
    sign_until("\"breaker\":\"closed\"");
    assert_int_equal(fixture_count(&fixture, "wrong-answer"), 1);
    sign();
    assert_true(fixture_count(&fixture, "card") > 0);
}

static void test_breaker_stays_open_while_probes_fail(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    fake_clock_stop();
    fake.wrong = 1;
    sign();
    for (int i = 0; i < 400 && fake.submitted < 3; i++) { /* the operation and two failed probes */
        sign();
        fake_clock_forward(50);
    }
    assert_int_equal(fake.submitted, 3);
    assert_int_equal(fixture_count(&fixture, "card"), 0);
    assert_int_equal(fixture_count(&fixture, "wrong-answer"), 1);
}

static void test_unverified_results_are_returned(void **state)
{
    uint8_t signature[512];
    size_t length = sizeof signature;
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    (void)state;
    open_with("POLICY=always", "VERIFY_RESULTS=no");
    fake.wrong = 1;
    assert_true(sign_with(fixture.library, ours, NULL, signature, &length));
    assert_int_equal(fixture_count(&fixture, "card"), 1);
    assert_int_equal(EVP_DigestVerifyInit_ex(context, NULL, "SHA256", fixture.library, NULL, ours, NULL), 1);
    assert_int_not_equal(EVP_DigestVerify(context, signature, length, (const uint8_t *)"message", 7), 1);
    EVP_MD_CTX_free(context);
    ERR_clear_error();
}

static void test_deadline(void **state)
{
    (void)state;
    open_with("POLICY=always", "DEADLINE_MS=20");
    fake.silent = 1;
    sign();
    sign();
    assert_int_equal(fixture_count(&fixture, "deadline"), 2);
    sign();
    sign();
    assert_int_equal(fixture_count(&fixture, "deadline"), 3);
    assert_int_equal(fixture_count(&fixture, "breaker-open"), 1);
    fake.silent = 0;
    sign_until("\"breaker\":\"closed\"");
    assert_true(fake.resets > 0); /* what was never answered is cleared before probing */
}

static void test_late_answer_is_dropped(void **state)
{
    (void)state;
    open_with("POLICY=always", "DEADLINE_MS=20");
    fake.held = 1;
    sign();
    assert_int_equal(fixture_count(&fixture, "deadline"), 1);
    fake.held = 0;
    sign();
    assert_int_equal(fixture_count(&fixture, "card"), 1);
    assert_int_equal(fake.requests, 0);
}

static void test_answer_is_awaited(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    fake.delay_ms = 30;
    sign();
    assert_int_equal(fixture_count(&fixture, "card"), 1);
}

static void test_errors_open_breaker(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    fake.status = 7;
    for (int i = 0; i < 4; i++)
        sign();
    assert_int_equal(fixture_count(&fixture, "card-error"), 3);
    assert_int_equal(fixture_count(&fixture, "breaker-open"), 1);
    fake.status = 0;
    sign_until("\"breaker\":\"closed\"");
}

static void test_success_forgives_errors(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    for (int i = 0; i < 6; i++) {
        fake.status = i % 3 == 2 ? 0 : 7;
        sign();
    }
    assert_int_equal(fixture_count(&fixture, "card-error"), 4);
    assert_int_equal(fixture_count(&fixture, "card"), 2);
}

static void test_queue_full(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    fake.submit_error = -EAGAIN;
    for (int i = 0; i < 4; i++)
        sign();
    assert_int_equal(fixture_count(&fixture, "queue-full"), 4);
    fake.submit_error = 0;
    sign();
    assert_int_equal(fixture_count(&fixture, "card"), 1);
}

static void test_failed_card_is_reopened(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    fake_clock_stop();
    sign();
    fake.failed = 1;
    sign();
    assert_int_equal(fixture_count(&fixture, "card-error"), 1);
    assert_int_equal(fake.closed, 1);
    assert_int_equal(fake.keys, 0);
    fake.failed = 0;
    for (int i = 0; i < 400 && fixture_count(&fixture, "card") < 2; i++) {
        sign();
        fake_clock_forward(50);
    }
    assert_int_equal(fixture_count(&fixture, "card"), 2);
    assert_int_equal(fake.opened, 2);
}

static void test_unsupported_key(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    fake.key_error = -ENOTSUP;
    sign();
    fake.key_error = 0; /* remembered, not asked again */
    sign();
    assert_int_equal(fixture_count(&fixture, "unsupported-key"), 2);
}

static void take_a_while(void)
{
    fake_clock_forward(100);
}

static void test_auto_measures_a_simulated_card(void **state)
{
    (void)state;
    open_with("POLICY=auto", NULL);
    fake_clock_stop();
    fake.simulated = 1;
    fake.working = take_a_while; /* which no software does by this clock */
    for (int i = 0; i < 8; i++)
        sign();
    assert_int_equal(fixture_count(&fixture, "card"), 3);
    assert_int_equal(fixture_count(&fixture, "measuring"), 3);
    assert_int_equal(fixture_count(&fixture, "slower"), 2);
}

static void test_auto_uses_a_real_card(void **state)
{
    (void)state;
    open_with("POLICY=auto", NULL);
    fake.delay_ms = 10;
    for (int i = 0; i < 8; i++)
        sign();
    assert_int_equal(fixture_count(&fixture, "card"), 8);
}

static void test_trace(void **state)
{
    char *operations;

    (void)state;
    open_with("POLICY=always", "TRACE=yes");
    sign();
    operations = fixture_param(&fixture, "tlscard-operations");
    assert_string_equal(operations,
                        "[{\"op\":\"RSA-2048 private\",\"purpose\":\"sign-pkcs1-sha256\",\"where\":\"card\","
                        "\"cycles\":12345,\"reason\":\"card\"}]");
    OPENSSL_free(operations);
    operations = fixture_param(&fixture, "tlscard-operations");
    assert_string_equal(operations, "[]");
    OPENSSL_free(operations);
    for (int i = 0; i < 300; i++)
        sign();
    operations = fixture_param(&fixture, "tlscard-operations");
    assert_true(strlen(operations) > 256 * 100);
    OPENSSL_free(operations);
}

static void test_no_trace_unless_asked(void **state)
{
    char *operations;

    (void)state;
    open_with("POLICY=always", NULL);
    sign();
    operations = fixture_param(&fixture, "tlscard-operations");
    assert_string_equal(operations, "[]");
    OPENSSL_free(operations);
}

/* A child signs on a function of its own, a grandchild on another. Assertions do not work in a child. */
static int sign_in_child(int depth)
{
    pid_t child = fork();
    uint8_t signature[512];
    size_t length = sizeof signature;
    int status, opened = fake.opened;

    if (child != 0) {
        waitpid(child, &status, 0);
        return WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    if (!sign_with(fixture.library, ours, NULL, signature, &length))
        _exit(1);
    if (fake.opened != opened + 1 || fake.foreign_calls != 0 || fake.keys != 1 || fake.queues != 1)
        _exit(2);
    if (depth > 0 && !sign_in_child(depth - 1))
        _exit(3);
    _exit(0);
}

static void test_fork(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    sign();
    assert_true(sign_in_child(2));
    sign();
    assert_int_equal(fixture_count(&fixture, "card"), 2);
    assert_int_equal(fake.opened, 1);
}

#define THREADS 8
#define ROUNDS  20

static atomic_int signed_rightly;

static void *sign_often(void *rounds)
{
    for (int i = 0; i < *(int *)rounds; i++) {
        uint8_t signature[512];
        size_t length = sizeof signature;

        signed_rightly += sign_with(fixture.library, ours, NULL, signature, &length);
    }
    OPENSSL_thread_stop();
    return NULL;
}

static void run_threads(int rounds)
{
    pthread_t threads[THREADS];

    signed_rightly = 0;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, sign_often, &rounds), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(signed_rightly, THREADS * rounds);
}

/* However late the threads come to it. */
static void answer_once_three_wait(void)
{
    if (fake.in_flight > 2)
        fake.held = 0;
}

static void test_threads_share_queues(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    fake.queue_pairs = 2;
    fake.delay_ms = 2;
    sign();
    fake.held = 1;
    fake.working = answer_once_three_wait;
    run_threads(ROUNDS);
    assert_int_equal(fixture_count(&fixture, "card"), THREADS * ROUNDS + 1);
    assert_true(fake.queues == 2);
    assert_true(fake.most_in_flight > 2);
}

static void test_threads_on_a_full_queue(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    fake.entries = 2; /* one request at a time */
    fake.delay_ms = 2;
    sign();
    run_threads(ROUNDS);
    assert_int_equal(fixture_count(&fixture, "card") + fixture_count(&fixture, "queue-full"), THREADS * ROUNDS + 1);
}

/* A card that takes as long to open as another thread needs to go on without it. */
static void until_another_went_on(void)
{
    for (int tries = 0; tries < 60000 && fixture_count(&fixture, "card-opening") == 0; tries++)
        usleep(1000);
}

/* One opens, the others do not wait for it. */
static void test_threads_do_not_wait_for_opening(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    fake.opening = until_another_went_on;
    run_threads(1);
    assert_int_equal(fake.opened, 1);
    assert_true(fixture_count(&fixture, "card-opening") > 0);
}

/* Until another thread waits for the card, which keeps its answer back: so the thread holds no lock of the allocator or of
 * libcrypto, which a forked child could not take. */
static void await_request(void)
{
    fake.held = 1;
    for (int tries = 0; tries < 60000 && fake.in_flight == 0; tries++)
        usleep(2000);
    if (fake.in_flight == 0)
        fail_msg("no request was in flight for two minutes");
}

static void test_fork_beside_threads(void **state)
{
    pthread_t thread;
    int rounds = 1000000, forks = 0;

    (void)state;
    open_with("POLICY=always", NULL);
    fake.delay_ms = 20;
    sign();
    pthread_create(&thread, NULL, sign_often, &rounds);
    for (int i = 0; i < 20; i++) {
        await_request();
        pid_t child = fork();
        uint8_t signature[512];
        size_t length = sizeof signature;
        int status;

        if (child == 0) {
            fake.queues = 0; /* the copy may be kept where a thread was using it */
            fake.held = 0;
            alarm(120);
            _exit(!sign_with(fixture.library, ours, NULL, signature, &length));
        }
        fake.held = 0;
        waitpid(child, &status, 0);
        forks += WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    __atomic_store_n(&rounds, 0, __ATOMIC_RELAXED);
    pthread_join(thread, NULL);
    assert_int_equal(forks, 20);
}

static void test_load_and_unload(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        open_with("POLICY=always", NULL);
        sign();
        assert_int_equal(fake.opened, 1);
        close_all(NULL);
    }
    open_with("POLICY=always", NULL);
}

#define TEST(name) cmocka_unit_test_teardown(name, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_card_signs),
        TEST(test_policy_never),
        TEST(test_class_policy_overrides),
        TEST(test_no_card),
        TEST(test_card_busy),
        TEST(test_wrong_card),
        TEST(test_card_appears_later),
        TEST(test_card_describes_itself),
        TEST(test_wrong_answer_opens_breaker),
        TEST(test_breaker_stays_open_while_probes_fail),
        TEST(test_unverified_results_are_returned),
        TEST(test_deadline),
        TEST(test_late_answer_is_dropped),
        TEST(test_answer_is_awaited),
        TEST(test_errors_open_breaker),
        TEST(test_success_forgives_errors),
        TEST(test_queue_full),
        TEST(test_failed_card_is_reopened),
        TEST(test_unsupported_key),
        TEST(test_auto_measures_a_simulated_card),
        TEST(test_auto_uses_a_real_card),
        TEST(test_trace),
        TEST(test_no_trace_unless_asked),
        TEST(test_fork),
        TEST(test_threads_share_queues),
        TEST(test_threads_on_a_full_queue),
        TEST(test_threads_do_not_wait_for_opening),
        TEST(test_fork_beside_threads),
        TEST(test_load_and_unload),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
