/* SPDX-License-Identifier: Apache-2.0 */
/* Records of TLS, card or software: every kind of fault, and the policies. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <openssl/async.h>
#include <openssl/err.h>

#include "driver/tlscard.h"
#include "provider/offload.h"
#include "tests/provider/gcm_ends.h"

/* Whatever the card does, the record is right, and its reason is counted. */
static void faulty(const char *reason, int times)
{
    for (int i = 0; i < times; i++)
        round13(500, i & 1);
    assert_int_equal(fixture_gcm_count(&fixture, reason), 2 * times);
    assert_int_equal(fixture_gcm_count(&fixture, "card"), 0);
}

static void test_error(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    fake.status = 7;
    faulty("card-error", 1);
    round13(500, 0);
    round13(500, 1);
    assert_int_equal(fixture_gcm_count(&fixture, "card-error"), 3);
    assert_int_equal(fixture_gcm_count(&fixture, "breaker-open"), 3);
}

static void test_queue_full(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    fake.submit_error = -EAGAIN;
    faulty("queue-full", 3);
}

static void test_deadline(void **state)
{
    (void)state;
    open_with("POLICY=always", "DEADLINE_MS=20");
    fake.silent = 1;
    faulty("deadline", 1);
}

static void test_no_lane(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    fake.missing = (long)(1ull << TLSCARD_AES_GCM_SEAL | 1ull << TLSCARD_AES_GCM_OPEN);
    faulty("unsupported-opcode", 2);
}

static void test_no_card(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    fake.open_error = -ENODEV;
    faulty("no-card", 3);
    assert_int_equal(fake.opened, 1);
}

static void test_never(void **state)
{
    (void)state;
    open_with("POLICY_GCM=never", NULL);
    faulty("policy-never", 3);
    assert_int_equal(fake.opened, 0);
}

/* The first record of a context is verified: one that the card does wrongly never leaves. */
static void test_wrong_answer(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    fake.wrong = 1;
    round13(500, 1);
    assert_int_equal(fixture_gcm_count(&fixture, "wrong-answer"), 1);
    assert_int_equal(fixture_gcm_count(&fixture, "breaker-open"), 1);
}

static void test_wrong_plaintext(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    set_key(&there, 1);
    assert_true(whole13(&there, 1, record, text, 200));
    set_key(&here, 0);
    fake.wrong = 1;
    assert_true(whole13(&here, 0, record, record, 200));
    assert_memory_equal(record, text, 200);
    assert_int_equal(fixture_gcm_count(&fixture, "wrong-answer"), 1);
}

static void test_wrong_answer_tls12(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    fake.wrong = 1;
    set_fixed(&here, 1);
    set_fixed(&there, 0);
    memcpy(record + 8, text, 100);
    assert_int_equal(whole12(&here, 1, record, 100), 124);
    assert_int_equal(whole12(&there, 0, record, 100), 100);
    assert_memory_equal(record + 8, text, 100);
    assert_int_equal(fixture_gcm_count(&fixture, "wrong-answer"), 1);
}

/* A card that calls a good tag wrong: software opens the record, and the card is no longer trusted. */
static void test_wrong_refusal(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    set_key(&there, 1);
    assert_true(whole13(&there, 1, record, text, 200));
    set_key(&here, 0);
    fake.refusals = 1;
    fake.refusal_status = TLSCARD_TAG_MISMATCH;
    assert_true(whole13(&here, 0, plain_record, record, 200));
    assert_memory_equal(plain_record, text, 200);
    assert_int_equal(fixture_gcm_count(&fixture, "wrong-answer"), 1);
    assert_true(whole13(&here, 0, plain_record, record, 200));
    assert_int_equal(fixture_gcm_count(&fixture, "breaker-open"), 1);
}

/* There is no tag to refuse in sealing. */
static void test_refused_sealing(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    set_key(&here, 1);
    set_key(&there, 1);
    fake.refusals = 1;
    fake.refusal_status = TLSCARD_TAG_MISMATCH;
    assert_true(whole13(&here, 1, record, text, 200));
    assert_true(whole13(&there, 1, plain_record, text, 200));
    assert_memory_equal(record, plain_record, 216);
    assert_int_equal(fixture_gcm_count(&fixture, "wrong-answer"), 1);
}

static void test_wrong_refusal_tls12(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    set_fixed(&there, 1);
    set_fixed(&here, 0);
    memcpy(record + 8, text, 100);
    assert_int_equal(whole12(&there, 1, record, 100), 124);
    fake.refusals = 1;
    fake.refusal_status = TLSCARD_TAG_MISMATCH;
    assert_int_equal(whole12(&here, 0, record, 100), 100);
    assert_memory_equal(record + 8, text, 100);
    assert_int_equal(fixture_gcm_count(&fixture, "wrong-answer"), 1);
}

/* Probes seal and open a published record; both must be right before records go to the card again. */
static void test_breaker_closes(void **state)
{
    (void)state;
    open_with("POLICY=always", NULL);
    fake_clock_stop();
    fake.wrong = 1;
    round13(100, 0);
    assert_int_equal(fixture_gcm_count(&fixture, "card"), 0);
    fake.wrong = 0;
    fake.longest = fake.sealed = fake.unsealed = 0;
    for (int i = 0; i < 400 && fixture_gcm_count(&fixture, "card") == 0; i++) {
        round13(10, 0);
        fake_clock_forward(50);
    }
    assert_true(fixture_gcm_count(&fixture, "card") > 0);
    assert_int_equal(fake.longest, 60);
    assert_true(fake.sealed >= 1 && fake.unsealed >= 1);
}

/* auto: nothing is asked for the first handshakes; then a card that takes longer than any software is left alone. */
static void test_auto_leaves_a_slow_card(void **state)
{
    (void)state;
    open_with("POLICY_GCM=auto", NULL);
    fake.silent = 1;
    for (int i = 0; i < 32; i++)
        round13(16384, 0);
    assert_int_equal(fake.opened, 0);
    for (int i = 0; i < 8; i++)
        round13(16384, 0);
    assert_int_equal(fake.submitted, 2); /* one of each, waited for no longer than it takes to know */
    assert_int_equal(fixture_gcm_count(&fixture, "measuring"), 65);
    assert_int_equal(fixture_gcm_count(&fixture, "slower"), 15);
    assert_int_equal(fixture_gcm_count(&fixture, "card"), 0);
}

static void take_a_while(void)
{
    fake_clock_forward(300);
}

/* How long the card takes to open is not held against it. */
static void test_auto_measures_an_opened_card(void **state)
{
    (void)state;
    open_with("POLICY_GCM=auto", NULL);
    fake_clock_stop();
    fake.at_opening = take_a_while;
    for (int i = 0; i < 33; i++)
        round13(10, 0);
    assert_true(fake.sealed >= 3);
    assert_true(fake.unsealed >= 1);
}

static void test_auto_without_a_lane(void **state)
{
    (void)state;
    open_with("POLICY_GCM=auto", NULL);
    fake.missing = (long)(1ull << TLSCARD_AES_GCM_SEAL | 1ull << TLSCARD_AES_GCM_OPEN);
    for (int i = 0; i < 40; i++)
        round13(100, 0);
    assert_int_equal(fixture_gcm_count(&fixture, "measuring"), 65);
    assert_int_equal(fixture_gcm_count(&fixture, "unsupported-opcode"), 15);
}

/* What a measurement has found is what decides, for each way by itself. */
static void test_least_length(void **state)
{
    struct config config = {.policy = {[CLASS_GCM] = POLICY_AUTO}};
    struct offload *offload = offload_new(&config);
    enum reason reason;

    (void)state;
    open_with("POLICY=always", NULL);
    assert_false(offload_admits(offload, 0, SIZE_MAX, &reason));
    assert_int_equal(reason, MEASURING);
    offload_set_least(offload, 0, 4096, SLOWER);
    offload_set_least(offload, 1, SIZE_MAX, UNSUPPORTED_OPCODE);
    assert_false(offload_admits(offload, 0, 4095, &reason));
    assert_int_equal(reason, SLOWER);
    assert_true(offload_admits(offload, 0, 4096, &reason));
    assert_false(offload_admits(offload, 1, 65536, &reason));
    assert_int_equal(reason, UNSUPPORTED_OPCODE);
    offload_free(offload);
}

/* Once it is known that there is no card, nothing is admitted until it is time to look again. */
static void test_nothing_is_admitted_without_a_card(void **state)
{
    struct config config = {.policy = {[CLASS_GCM] = POLICY_ALWAYS}};
    struct offload *offload = offload_new(&config);
    struct offload_work work = {0};
    struct operation operation;
    enum reason reason;

    (void)state;
    open_with("POLICY=always", NULL);
    fake_clock_stop();
    assert_true(offload_admits(offload, 0, 100, &reason));
    fake.open_error = -EBUSY;
    offload_begin(&operation, CLASS_GCM, 0, "", "");
    assert_false(offload_run(offload, &operation, &work));
    assert_false(offload_admits(offload, 0, 100, &reason));
    assert_int_equal(reason, CARD_BUSY);
    fake_clock_forward(999);
    assert_false(offload_admits(offload, 0, 100, &reason));
    fake_clock_forward(1);
    assert_true(offload_admits(offload, 0, 100, &reason));
    offload_free(offload);
}

static void test_trace(void **state)
{
    char *operations;

    (void)state;
    open_with("POLICY=always", "TRACE=yes");
    round13(27, 0);
    operations = fixture_param(&fixture, "tlscard-operations");
    assert_non_null(strstr(operations, "{\"op\":\"AES-256-GCM seal 27 octets\",\"purpose\":\"encrypt-record\","
                                       "\"where\":\"card\",\"cycles\":1234,\"reason\":\"card\"}"));
    assert_non_null(strstr(operations, "\"op\":\"AES-256-GCM open 27 octets\",\"purpose\":\"decrypt-record\""));
    OPENSSL_free(operations);
}

static int job(void *argument)
{
    (void)argument;
    return whole13(&here, 1, record, text, 100);
}

/* A record does not pause the job that it is in: not every caller of SSL_write(3) takes it up again. */
static void test_in_a_job(void **state)
{
    ASYNC_WAIT_CTX *wait = ASYNC_WAIT_CTX_new();
    ASYNC_JOB *paused = NULL;
    int result = 0;

    (void)state;
    open_with("POLICY=always", NULL);
    fake.delay_ms = 20;
    set_key(&here, 1);
    assert_int_equal(ASYNC_start_job(&paused, wait, &result, job, NULL, 0), ASYNC_FINISH);
    assert_int_equal(result, 1);
    assert_int_equal(fixture_gcm_count(&fixture, "card"), 1);
    ASYNC_WAIT_CTX_free(wait);
    ASYNC_cleanup_thread();
}

#define TEST(function) cmocka_unit_test_teardown(function, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_error),
        TEST(test_queue_full),
        TEST(test_deadline),
        TEST(test_no_lane),
        TEST(test_no_card),
        TEST(test_never),
        TEST(test_wrong_answer),
        TEST(test_wrong_plaintext),
        TEST(test_wrong_answer_tls12),
        TEST(test_wrong_refusal),
        TEST(test_refused_sealing),
        TEST(test_wrong_refusal_tls12),
        TEST(test_breaker_closes),
        TEST(test_auto_leaves_a_slow_card),
        TEST(test_auto_measures_an_opened_card),
        TEST(test_auto_without_a_lane),
        TEST(test_least_length),
        TEST(test_nothing_is_admitted_without_a_card),
        TEST(test_trace),
        TEST(test_in_a_job),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
