/* SPDX-License-Identifier: Apache-2.0 */
/* Card or software: policy, faults, breaker, deadline, processes and threads. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
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
    assert_non_null(strstr(card, "{\"address\":\"fake\",\"transport\":\"vfio-user\",\"simulated\":false,"));
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

/* What this process has not got is no fault of the card's: whatever it is, and however often. */
static const int shortages[] = {-ENOMEM, -EMFILE, -ENFILE, -EFBIG, -ENOSPC, -ENOBUFS, -ETOOMANYREFS, -EPERM};
#define SHORTAGES (sizeof shortages / sizeof *shortages)

static void assert_breaker_closed(void)
{
    char *counters = fixture_param(&fixture, "tlscard-counters");

    assert_null(strstr(counters, "open\""));
    OPENSSL_free(counters);
}

static void test_shortage_at_opening(void **state)
{
    char *card;

    for (size_t i = 0; i < SHORTAGES; i++) {
        opening_fails(shortages[i], "no-resources");
        card = fixture_param(&fixture, "tlscard-card");
        assert_non_null(strstr(card, "\"reason\":\"no-resources\",\"message\":\"told to fail:"));
        OPENSSL_free(card);
        close_all(state);
    }
    opening_fails(-EAGAIN, "no-resources"); /* no thread for the card inside the process */
    fake.open_error = 0;
    fake_clock_forward(1000);
    sign();
    assert_int_equal(fixture_count(&fixture, "card"), 1);
    assert_int_equal(fake.opened, 2);
}

static void test_shortage_at_submission(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    for (size_t i = 0; i < SHORTAGES; i++) {
        fake.submit_error = shortages[i];
        sign();
    }
    assert_int_equal(fixture_count(&fixture, "no-resources"), SHORTAGES);
    assert_breaker_closed();
    fake.submit_error = 0;
    sign();
    assert_int_equal(fixture_count(&fixture, "card"), 1);
    assert_int_equal(fake.opened, 1);
}

static void test_shortage_for_a_key(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    for (size_t i = 0; i < SHORTAGES; i++) {
        fake.key_error = shortages[i];
        sign();
    }
    assert_int_equal(fixture_count(&fixture, "no-resources"), SHORTAGES);
    assert_breaker_closed();
    fake.key_error = 0;
    sign();
    assert_int_equal(fixture_count(&fixture, "card"), 1);
}

/* A probe that cannot be made says nothing of the card, and does not put off the next. */
static void test_shortage_for_probes(void **state)
{
    int submitted;

    (void)state;
    open_with("POLICY=always", NULL);
    fake.wrong = 1;
    sign();
    fake.wrong = 0;
    fake.submit_error = -EMFILE;
    fake_clock_stop();
    for (int i = 0; i < 20; i++) {
        fake_clock_forward(1000);
        sign();
    }
    assert_int_equal(fixture_count(&fixture, "breaker-open"), 20);
    submitted = fake.submitted;
    fake.submit_error = 0;
    fake_clock_forward(1000);
    sign();
    assert_int_equal(fake.submitted, submitted + 1);
    sign_until("\"breaker\":\"closed\"");
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
    fake.at_work = take_a_while; /* which no software does by this clock */
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
    for (int i = 0; i < __atomic_load_n((int *)rounds, __ATOMIC_RELAXED); i++) {
        uint8_t signature[512];
        size_t length = sizeof signature;

        signed_rightly += sign_with(fixture.library, ours, NULL, signature, &length);
    }
    OPENSSL_thread_stop();
    return NULL;
}

static void await_sign(atomic_int *sign_of_it)
{
    for (int tries = 0; *sign_of_it == 0; tries++) {
        assert_true(tries < 60000);
        usleep(1000);
    }
    usleep(5000); /* until no thread is on its way through the allocator */
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
    fake.at_work = answer_once_three_wait;
    run_threads(ROUNDS);
    assert_int_equal(fixture_count(&fixture, "card"), THREADS * ROUNDS + 1);
    assert_true(fake.queues == 2);
    assert_true(fake.most_in_flight > 2);
}

/* It dies while it is opened, and under those who use it; what is known of it is asked for all the while. */
static void test_threads_and_a_card_that_fails(void **state)
{
    pthread_t threads[2];
    int rounds = 1000000;

    (void)state;
    open_with("POLICY=always", NULL);
    signed_rightly = 0;
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, sign_often, &rounds), 0);
    for (int i = 0; i < 20; i++) {
        char *card = fixture_param(&fixture, "tlscard-card");

        assert_non_null(strstr(card, "\"address\""));
        OPENSSL_free(card);
        fake.open_delay_ms = i % 4;
        fake.open_error = i % 3 == 0 ? -EIO : 0;
        fake.failed = i % 5 == 4;
        usleep(60000);
    }
    fake.open_error = fake.failed = 0;
    __atomic_store_n(&rounds, 0, __ATOMIC_RELAXED);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_true(signed_rightly > 0);
}

/* Each signs once and ends. */
static void test_threads_come_and_go(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    fake.queue_pairs = 4;
    fake.delay_ms = 1;
    for (int i = 0; i < 15; i++)
        run_threads(1);
    assert_int_equal(fixture_count(&fixture, "card") + fixture_count(&fixture, "card-opening"), 15 * THREADS);
}

static void answer_once_two_wait(void)
{
    if (fake.in_flight > 1)
        fake.held = 0;
}

/* Threads share the queues that there are, and another is tried for when the shortage may be over. */
static void test_shortage_for_a_lane(void **state)
{
    pthread_t busy;
    int rounds = 1;

    (void)state;
    open_with("POLICY=always", "DEADLINE_MS=600000");
    fake.queue_pairs = 2;
    fake.queue_error = -EMFILE;
    sign();
    fake_clock_stop();
    fake.held = 1;
    fake.at_work = answer_once_two_wait;
    assert_int_equal(pthread_create(&busy, NULL, sign_often, &rounds), 0);
    await_sign(&fake.in_flight);
    sign();
    pthread_join(busy, NULL);
    assert_int_equal(fake.queues, 1);
    fake.queue_error = 0;
    for (int i = 0; i < 2; i++) {
        fake.held = 1;
        assert_int_equal(pthread_create(&busy, NULL, sign_often, &rounds), 0);
        await_sign(&fake.in_flight);
        sign();
        pthread_join(busy, NULL);
        assert_int_equal(fake.queues, i + 1); /* not at once */
        fake_clock_forward(1000);
    }
    assert_int_equal(fixture_count(&fixture, "card"), 7);
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

static void fail_once_another_went_on(void)
{
    until_another_went_on();
    fake.failed = 1; /* what is left to do on it */
}

/* It fails under the thread that opens it, while others want it: all go on in software, none tries again before its time. */
static void opening_fails_beside_threads(void (*at_opening)(void), int error)
{
    long others;

    open_with("POLICY=always", NULL);
    fake.at_opening = at_opening;
    fake.open_error = error;
    fake_clock_stop();
    run_threads(3);
    others = fixture_count(&fixture, "card-opening");
    assert_true(others > 0);
    assert_int_equal(fixture_count(&fixture, "card-error"), 3 * THREADS - others);
    assert_int_equal(fake.opened, 1);
    assert_int_equal(fake.keys + fake.queues + fake.requests, 0);
    fake.at_opening = NULL;
    fake.open_error = fake.failed = 0;
    fake_clock_forward(1000);
    sign();
    assert_int_equal(fixture_count(&fixture, "card"), 1);
    assert_int_equal(fake.opened, 2);
}

static void test_threads_and_an_opening_that_fails(void **state)
{
    opening_fails_beside_threads(until_another_went_on, -EIO);
    close_all(state);
    opening_fails_beside_threads(fail_once_another_went_on, 0);
}

static atomic_int generated, generated_wrongly, generating_ends;

static int is_own_pair(EVP_PKEY *key)
{
    uint8_t scalar[32], public[32], again[32];
    size_t lengths[3] = {32, 32, 32};
    EVP_PKEY *plain = NULL;
    int ok = key != NULL && EVP_PKEY_get_raw_private_key(key, scalar, &lengths[0]) &&
             EVP_PKEY_get_raw_public_key(key, public, &lengths[1]);

    if (ok)
        plain = EVP_PKEY_new_raw_private_key_ex(fixture.plain, "X25519", NULL, scalar, sizeof scalar);
    ok = ok && plain != NULL && EVP_PKEY_get_raw_public_key(plain, again, &lengths[2]) &&
         memcmp(public, again, sizeof again) == 0;
    EVP_PKEY_free(plain);
    return ok;
}

/* Another class than sign's. */
static void *generate_often(void *unused)
{
    while (!generating_ends) {
        EVP_PKEY *key = EVP_PKEY_Q_keygen(fixture.library, NULL, "X25519");

        generated_wrongly += !is_own_pair(key);
        generated++;
        EVP_PKEY_free(key);
    }
    OPENSSL_thread_stop();
    return unused;
}

#define GENERATED 20

/* What is in flight now is late, and what comes is refused, as the card does until it is ready. */
static void until_others_have_generated(void)
{
    int before = generated;

    fake.silent = 1;
    for (int tries = 0; tries < 60000 && generated - before < GENERATED; tries++)
        usleep(1000);
    fake.silent = 0;
}

/* One class has the card reset while threads use another: they meet their deadlines, go on in software, and come back; no
 * fault of theirs is counted. */
static void test_a_reset_that_lasts_beside_other_classes(void **state)
{
    pthread_t threads[2];

    (void)state;
    open_with("POLICY=always", "DEADLINE_MS=500");
    generated = generated_wrongly = generating_ends = 0;
    fake.wrong = 1;
    sign();
    fake.wrong = 0;
    fake.at_reset = until_others_have_generated;
    fake.delay_ms = 5; /* so that something is in flight when it is time to probe */
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, generate_often, NULL), 0);
    for (int tries = 0; fake.resets == 0; tries++) {
        assert_true(tries < 60000);
        sign();
        usleep(1000);
    }
    assert_true(fixture_ec_count(&fixture, "queue-full") > 0);
    assert_int_equal(fixture_ec_count(&fixture, "card-error"), 0);
    fake.at_reset = NULL;
    sign_until("\"breaker\":\"closed\"");
    fake_clock_run();
    generating_ends = 1;
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(generated_wrongly, 0);
    assert_int_equal(fixture_ec_count(&fixture, "card-error"), 0);
}

static void *generate_once(void *unused)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(fixture.library, NULL, "X25519");

    generated_wrongly += !is_own_pair(key);
    EVP_PKEY_free(key);
    OPENSSL_thread_stop();
    return unused;
}

/* What the reset of one class cancels of another's is no failure of that. */
static void test_a_reset_cancels_what_other_classes_wait_for(void **state)
{
    pthread_t threads[3];

    (void)state;
    open_with("POLICY=always", "DEADLINE_MS=600000");
    generated_wrongly = 0;
    fake.wrong = 1;
    sign();
    fake.wrong = 0;
    fake.held = 1;
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, generate_once, NULL), 0);
    for (int tries = 0; fake.in_flight < 3; tries++) {
        assert_true(tries < 60000);
        usleep(1000);
    }
    fake_clock_stop();
    fake_clock_forward(1000);
    sign();
    assert_int_equal(fake.resets, 1);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(generated_wrongly, 0);
    assert_int_equal(fixture_ec_count(&fixture, "breaker-open"), 3);
    fake.held = 0;
    sign_until("\"breaker\":\"closed\"");
    assert_int_equal(fixture_ec_count(&fixture, "card-error"), 0);
    generate_once(NULL);
    assert_int_equal(fixture_ec_count(&fixture, "card"), 1);
}

/* One opens, the others do not wait for it. */
static void test_threads_do_not_wait_for_opening(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    fake.at_opening = until_another_went_on;
    run_threads(1);
    assert_int_equal(fake.opened, 1);
    assert_true(fixture_count(&fixture, "card-opening") > 0);
}

/* Until another thread waits for the card, which keeps its answer back: so the thread holds no lock of the allocator
 * or of libcrypto, which a forked child could not take. */
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

/* Assertions do not work in a child: 0 where it has signed on a function of its own. */
static int child_signs(void)
{
    uint8_t signature[512];
    size_t length = sizeof signature;
    int submitted = fake.submitted;

    alarm(60);
    fake.open_delay_ms = fake.queue_delay_ms = fake.reset_delay_ms = fake.delay_ms = 0;
    fake.held = fake.wrong = fake.silent = 0;
    fake.failed = fake.open_error = 0;
    if (!sign_with(fixture.library, ours, NULL, signature, &length))
        return 1;
    return fake.foreign_calls != 0 ? 2 : fake.submitted != submitted + 1 ? 3 : fake.unguarded != 0 ? 4 : 0;
}

static void expect_child(pid_t child)
{
    int status;

    if (child == 0)
        _exit(child_signs());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* Made by a system call of which the C library's handlers hear nothing. */
static pid_t raw_fork(void)
{
    return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static void test_fork_without_handlers(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    sign();
    expect_child(raw_fork());
    sign();
    assert_int_equal(fixture_count(&fixture, "card"), 2);
    assert_int_equal(fake.opened, 1);
}

static int asks_for_nothing(void *unused)
{
    (void)unused;
    return 0;
}

/* As vfork and posix_spawn make them. */
static void test_children_on_the_same_memory(void **state)
{
    static char stack[65536];
    int status;
    pid_t child;

    (void)state;
    open_with("POLICY=always", NULL);
    sign();
    child = clone(asks_for_nothing, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(system("true"), 0);
    sign();
    assert_int_equal(fake.opened, 1);
    assert_int_equal(fake.closed, 0);
    assert_int_equal(fixture_count(&fixture, "card"), 2);
}

/* Another thread is in the middle of something that takes its time; parent and child go on. */
static void fork_during(atomic_int *sign_of_it, pthread_t thread)
{
    await_sign(sign_of_it);
    expect_child(fork());
    expect_child(raw_fork());
    pthread_join(thread, NULL);
    sign();
}

static void test_fork_while_opening(void **state)
{
    pthread_t thread;
    int rounds = 1;

    (void)state;
    open_with("POLICY=always", NULL);
    fake.open_delay_ms = 1000;
    assert_int_equal(pthread_create(&thread, NULL, sign_often, &rounds), 0);
    fork_during(&fake.opening, thread);
    assert_int_equal(fixture_count(&fixture, "card"), 2);
}

static void test_fork_while_a_lane_opens(void **state)
{
    pthread_t busy, thread;
    int rounds = 1;

    (void)state;
    open_with("POLICY=always", "DEADLINE_MS=60000");
    fake.queue_pairs = 2;
    sign();
    fake.held = 1;
    fake.queue_delay_ms = 1000;
    assert_int_equal(pthread_create(&busy, NULL, sign_often, &rounds), 0);
    await_sign(&fake.in_flight);
    assert_int_equal(pthread_create(&thread, NULL, sign_often, &rounds), 0);
    await_sign(&fake.opening_queue);
    fake.held = 0;
    pthread_join(busy, NULL);
    fork_during(&fake.opening_queue, thread);
    assert_int_equal(fake.queues, 2);
}

/* Others go on in the lanes that are there. */
static void test_a_lane_opens_beside_the_others(void **state)
{
    pthread_t busy, thread;
    int rounds = 1;

    (void)state;
    open_with("POLICY=always", "DEADLINE_MS=60000");
    fake.queue_pairs = 2;
    sign();
    fake.held = 1;
    fake.queue_delay_ms = 3000;
    assert_int_equal(pthread_create(&busy, NULL, sign_often, &rounds), 0);
    await_sign(&fake.in_flight);
    assert_int_equal(pthread_create(&thread, NULL, sign_often, &rounds), 0);
    await_sign(&fake.opening_queue);
    fake.held = 0;
    for (int i = 0; i < 3; i++)
        sign();
    assert_int_equal(fake.queues, 1); /* it is opening still */
    pthread_join(busy, NULL);
    pthread_join(thread, NULL);
    assert_int_equal(fake.queues, 2);
    assert_int_equal(fixture_count(&fixture, "card"), 6);
}

static void *sign_until_reset(void *unused)
{
    uint8_t signature[512];

    while (fake.resets == 0) {
        size_t length = sizeof signature;

        sign_with(fixture.library, ours, NULL, signature, &length);
        usleep(10000);
    }
    OPENSSL_thread_stop();
    return unused;
}

static void test_fork_while_the_card_resets(void **state)
{
    pthread_t thread;

    (void)state;
    open_with("POLICY=always", "DEADLINE_MS=1000");
    fake.silent = 1;
    fake.reset_delay_ms = 1000;
    assert_int_equal(pthread_create(&thread, NULL, sign_until_reset, NULL), 0);
    fork_during(&fake.resetting, thread);
    fake.silent = 0;
    fake.reset_delay_ms = 0;
    sign_until("\"breaker\":\"closed\"");
}

/* Until the card has been given back so many times. */
static void await_closed(int times)
{
    for (int tries = 0; fake.closed < times; tries++) {
        assert_true(tries < 60000);
        usleep(1000);
    }
}

static int threads_of_this_process(void)
{
    char line[128];
    FILE *status = fopen("/proc/self/status", "r");
    int count = 0;

    while (fgets(line, sizeof line, status) != NULL && sscanf(line, "Threads: %d", &count) != 1)
        ;
    fclose(status);
    return count;
}

static void test_idle_card_is_given_back(void **state)
{
    char *card;

    (void)state;
    open_with("POLICY=always", "IDLE_CLOSE_MS=50");
    for (int i = 1; i <= 3; i++) {
        sign();
        await_closed(i);
        assert_int_equal(fake.keys + fake.queues, 0);
        card = fixture_param(&fixture, "tlscard-card");
        assert_non_null(strstr(card, "\"reason\":\"not-opened\",\"message\":\"given back,"));
        OPENSSL_free(card);
    }
    sign();
    assert_true(fake.opened >= 4);
    assert_int_equal(fixture_count(&fixture, "card"), 4);
}

/* An idle process has no thread of ours, and none of its signals goes to one that is not idle. */
static void test_the_idle_thread_ends(void **state)
{
    int usual = threads_of_this_process();

    (void)state;
    open_with("POLICY=always", "IDLE_CLOSE_MS=50");
    sign();
    await_closed(1);
    for (int tries = 0; threads_of_this_process() > usual; tries++) {
        assert_true(tries < 60000);
        usleep(1000);
    }
}

static atomic_int got_it;

static void note_signal(int signal)
{
    (void)signal;
    got_it++;
}

/* Blocked by the application in each of its threads after the card was opened: then nobody takes it. */
static void test_no_signal_goes_to_the_idle_thread(void **state)
{
    struct sigaction action = {.sa_handler = note_signal};
    sigset_t all, before, pending;
    int usual = threads_of_this_process();

    (void)state;
    open_with("POLICY=always", "IDLE_CLOSE_MS=3600000");
    sign();
    assert_int_equal(threads_of_this_process(), usual + 1);
    assert_int_equal(sigaction(SIGUSR2, &action, NULL), 0);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    kill(getpid(), SIGUSR2);
    kill(getpid(), SIGSEGV);
    usleep(10000);
    sigpending(&pending);
    assert_true(sigismember(&pending, SIGUSR2));
    assert_true(sigismember(&pending, SIGSEGV));
    assert_int_equal(got_it, 0);
    signal(SIGSEGV, SIG_IGN); /* forgotten */
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    assert_int_equal(got_it, 1);
    signal(SIGSEGV, SIG_DFL);
}

static void test_a_card_in_use_is_not_given_back(void **state)
{
    (void)state;
    open_with("POLICY=always", "IDLE_CLOSE_MS=50");
    fake.delay_ms = 500;
    sign();
    assert_int_equal(fake.closed, 0);
    assert_int_equal(fixture_count(&fixture, "card"), 1);
    await_closed(1);
}

static void test_a_probe_does_not_keep_the_card(void **state)
{
    (void)state;
    open_with("POLICY=always", "IDLE_CLOSE_MS=2000");
    fake.wrong = 1;
    sign();
    sign_until("\"breaker\":\"open\"");
    fake.held = 1;
    sign_until("\"breaker\":\"half-open\"");
    for (int tries = 0; fake.closed == 0; tries++) { /* the clock stands still since then */
        assert_true(tries < 60000);
        usleep(1000);
        fake_clock_forward(1);
    }
    assert_int_equal(fake.keys + fake.queues + fake.requests, 0);
    fake.held = fake.wrong = 0;
    sign_until("\"breaker\":\"closed\"");
    assert_int_equal(fake.opened, 2);
}

static void test_never_given_back(void **state)
{
    int usual = threads_of_this_process();

    (void)state;
    open_with("POLICY=always", "IDLE_CLOSE_MS=0");
    sign();
    assert_int_equal(threads_of_this_process(), usual);
}

/* Given back and taken again by many at once. */
static void test_threads_and_an_idle_card(void **state)
{
    struct timespec pause = {.tv_nsec = 3000000};

    (void)state;
    open_with("POLICY=always", "IDLE_CLOSE_MS=2");
    for (int i = 0; i < 30; i++) {
        run_threads(2);
        nanosleep(&pause, NULL);
    }
    assert_true(fake.closed > 0);
}

static void test_fork_of_an_idle_process(void **state)
{
    (void)state;
    open_with("POLICY=always", "IDLE_CLOSE_MS=50");
    sign();
    expect_child(fork()); /* perhaps while it is given back */
    await_closed(1);
    expect_child(fork());
    expect_child(raw_fork());
    sign();
    assert_int_equal(fixture_count(&fixture, "card"), 2);
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
        TEST(test_shortage_at_opening),
        TEST(test_shortage_at_submission),
        TEST(test_shortage_for_a_key),
        TEST(test_shortage_for_probes),
        TEST(test_shortage_for_a_lane),
        TEST(test_failed_card_is_reopened),
        TEST(test_unsupported_key),
        TEST(test_auto_measures_a_simulated_card),
        TEST(test_auto_uses_a_real_card),
        TEST(test_trace),
        TEST(test_no_trace_unless_asked),
        TEST(test_fork),
        TEST(test_threads_share_queues),
        TEST(test_threads_on_a_full_queue),
        TEST(test_threads_and_a_card_that_fails),
        TEST(test_threads_come_and_go),
        TEST(test_threads_do_not_wait_for_opening),
        TEST(test_threads_and_an_opening_that_fails),
        TEST(test_a_reset_that_lasts_beside_other_classes),
        TEST(test_a_reset_cancels_what_other_classes_wait_for),
        TEST(test_fork_beside_threads),
        TEST(test_fork_without_handlers),
        TEST(test_children_on_the_same_memory),
        TEST(test_fork_while_opening),
        TEST(test_fork_while_a_lane_opens),
        TEST(test_a_lane_opens_beside_the_others),
        TEST(test_fork_while_the_card_resets),
        TEST(test_idle_card_is_given_back),
        TEST(test_the_idle_thread_ends),
        TEST(test_no_signal_goes_to_the_idle_thread),
        TEST(test_a_card_in_use_is_not_given_back),
        TEST(test_a_probe_does_not_keep_the_card),
        TEST(test_never_given_back),
        TEST(test_threads_and_an_idle_card),
        TEST(test_fork_of_an_idle_process),
        TEST(test_load_and_unload),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
