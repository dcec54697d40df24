/* SPDX-License-Identifier: Apache-2.0 */
/* A thread leaves in the middle of an operation on the card: the others go on, and nothing stays held. */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "tests/provider/fixture.h"

/* AddressSanitizer keeps what it knows of frames that are never returned to, unless told. */
static void forget_frames(void *unused)
{
#ifdef __SANITIZE_ADDRESS__
    void __asan_unpoison_memory_region(void const volatile *address, size_t size);
    pthread_attr_t attributes;
    void *stack;
    size_t size;

    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &stack, &size);
    pthread_attr_destroy(&attributes);
    __asan_unpoison_memory_region(stack, size);
#endif
    (void)unused;
}

static struct fixture fixture;
static EVP_PKEY *plain, *ours;
static EVP_PKEY_CTX *left; /* of the thread that leaves: the test's to free */
static uint8_t expected[256];
static const uint8_t hash[32] = {1, 2, 3};

static EVP_PKEY_CTX *signing_context(EVP_PKEY *key, OSSL_LIB_CTX *library)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(library, key, NULL);

    assert_int_equal(EVP_PKEY_sign_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING), 1);
    return context;
}

/* Nonzero where the signature is the right one. */
static int sign_in(EVP_PKEY_CTX *context)
{
    uint8_t signature[sizeof expected];
    size_t length = sizeof signature;

    return EVP_PKEY_sign(context, signature, &length, hash, sizeof hash) == 1 &&
           memcmp(signature, expected, sizeof expected) == 0;
}

static void open_with(const char *deadline)
{
    EVP_PKEY_CTX *context;
    size_t length = sizeof expected;

    fixture_open(&fixture, "POLICY=always", deadline, NULL);
    plain = plain_key(&fixture, 2048);
    ours = key_in(fixture.library, plain);
    context = signing_context(plain, fixture.plain);
    assert_int_equal(EVP_PKEY_sign(context, expected, &length, hash, sizeof hash), 1);
    EVP_PKEY_CTX_free(context);
    left = signing_context(ours, fixture.library);
    assert_true(sign_in(left));
    fake.delay_ms = 5; /* longer than anybody spins */
}

static int close_all(void **state)
{
    (void)state;
    EVP_PKEY_CTX_free(left);
    EVP_PKEY_free(plain);
    EVP_PKEY_free(ours);
    ERR_clear_error();
    fixture_close(&fixture);
    return 0;
}

/* Until the condition holds; fails after far longer than it takes. */
#define AWAIT(condition)                                                  \
    do {                                                                  \
        int tries = 0;                                                    \
        while (!(condition)) {                                            \
            usleep(1000);                                                 \
            if (++tries == 60000)                                         \
                fail_msg("still not after 60 s: %s", #condition);         \
        }                                                                 \
    } while (0)

#define THREADS 3
#define ROUNDS 5

static void *sign_some(void *right)
{
    EVP_PKEY_CTX *context = signing_context(ours, fixture.library);

    for (int i = 0; i < ROUNDS; i++)
        *(int *)right += sign_in(context);
    EVP_PKEY_CTX_free(context);
    OPENSSL_thread_stop();
    return NULL;
}

static void others_sign(void)
{
    pthread_t threads[THREADS];
    int right[THREADS] = {0};

    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, sign_some, &right[i]), 0);
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(right[i], ROUNDS);
    }
}

/* What a thread that has left held is given back by those who come after it. */
static void await_nothing_held(void)
{
    EVP_PKEY_CTX *context = signing_context(ours, fixture.library);

    AWAIT((assert_true(sign_in(context)), fake.requests == 0));
    EVP_PKEY_CTX_free(context);
}

static void *sign_until_cancelled(void *type)
{
    pthread_cleanup_push(forget_frames, NULL);
    pthread_setcanceltype(*(int *)type, NULL);
    for (;;) {
        sign_in(left);
        pthread_testcancel();
    }
    pthread_cleanup_pop(0);
    return NULL;
}

static void cancel_in_wait(int type)
{
    pthread_t thread;
    void *result = NULL;

    fake.held = 1;
    assert_int_equal(pthread_create(&thread, NULL, sign_until_cancelled, &type), 0);
    AWAIT(fake.in_flight == 1);
    usleep(20000); /* most likely it sleeps by now; the test is right as well where it does not */
    pthread_cancel(thread);
    if (type == PTHREAD_CANCEL_ASYNCHRONOUS)
        pthread_join(thread, &result);
    fake.held = 0;
    if (type == PTHREAD_CANCEL_DEFERRED)
        pthread_join(thread, &result);
    assert_ptr_equal(result, PTHREAD_CANCELED);
    others_sign();
    await_nothing_held();
}

/* Signing is no cancellation point: the operation is brought to its end. */
static void test_deferred_cancellation(void **state)
{
    (void)state;
    open_with("DEADLINE_MS=60000");
    for (int i = 0; i < 3; i++) {
        long before = fixture_count(&fixture, "card");

        cancel_in_wait(PTHREAD_CANCEL_DEFERRED);
        assert_true(fixture_count(&fixture, "card") >= before + 1 + THREADS * ROUNDS);
    }
}

static void test_asynchronous_cancellation(void **state)
{
    (void)state;
    open_with("DEADLINE_MS=60000");
    cancel_in_wait(PTHREAD_CANCEL_ASYNCHRONOUS);
}

static sigjmp_buf out;
static pthread_t signing;

static void jump(int signal)
{
    (void)signal;
    siglongjmp(out, 1);
}

static void leave(int signal)
{
    (void)signal;
    forget_frames(NULL);
    pthread_exit(NULL);
}

static void handle(int signal, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};

    assert_int_equal(sigaction(signal, &action, NULL), 0);
}

/* Send the thread a signal once it waits for the card. */
static void *disturb(void *unused)
{
    while (fake.in_flight == 0)
        usleep(1000);
    usleep(20000);
    pthread_kill(signing, SIGUSR1);
    return unused;
}

/* The classical time limit: an alarm whose handler jumps. */
static void test_longjmp(void **state)
{
    sigset_t before, after;
    pthread_t disturber;
    volatile int jumped = 0;
    int cancellation;

    (void)state;
    open_with("DEADLINE_MS=60000");
    handle(SIGUSR1, jump);
    pthread_sigmask(SIG_BLOCK, NULL, &before);
    signing = pthread_self();
    for (int i = 0; i < 5; i++) {
        fake.held = 1;
        assert_int_equal(pthread_create(&disturber, NULL, disturb, NULL), 0);
        if (sigsetjmp(out, 1) == 0)
            sign_in(left);
        else
            jumped++;
        pthread_join(disturber, NULL);
        fake.held = 0;
        pthread_sigmask(SIG_BLOCK, NULL, &after);
        for (int number = 1; number < SIGRTMAX; number++)
            assert_int_equal(sigismember(&before, number), sigismember(&after, number));
        pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &cancellation);
        assert_int_equal(cancellation, PTHREAD_CANCEL_ENABLE);
        assert_true(sign_in(left));
        others_sign();
    }
    assert_int_equal(jumped, 5);
    await_nothing_held();
}

static void *sign_once(void *right)
{
    *(int *)right = sign_in(left);
    return NULL;
}

static void test_thread_exit(void **state)
{
    int right = -1;

    (void)state;
    open_with("DEADLINE_MS=60000");
    handle(SIGUSR1, leave);
    fake.held = 1;
    assert_int_equal(pthread_create(&signing, NULL, sign_once, &right), 0);
    disturb(NULL);
    pthread_join(signing, NULL);
    fake.held = 0;
    assert_int_equal(right, -1);
    others_sign();
    await_nothing_held();
}

static atomic_int in_handler, go_on;

static void stay_away(int signal)
{
    (void)signal;
    in_handler = 1;
    while (!go_on)
        usleep(1000);
}

/* A handler that takes its time, and then returns into the wait: what the thread held is gone, and it knows. */
static void test_coming_back_late(void **state)
{
    int right = -1;

    (void)state;
    open_with("DEADLINE_MS=2000");
    handle(SIGUSR1, stay_away);
    in_handler = go_on = 0;
    fake.silent = 1;
    for (int i = 0; i < 20 && !in_handler; i++) { /* it may be over before the signal comes */
        fake.given_up = 0;
        assert_int_equal(pthread_create(&signing, NULL, sign_once, &right), 0);
        AWAIT(fake.in_flight > 0 || right != -1);
        pthread_kill(signing, SIGUSR1);
        AWAIT(in_handler || fake.given_up > 0);
        if (!in_handler)
            pthread_join(signing, NULL);
    }
    assert_true(in_handler);
    assert_int_equal(fake.given_up, 0);
    fake.silent = 0;
    AWAIT((others_sign(), fake.given_up == 1));
    go_on = 1;
    pthread_join(signing, NULL);
    assert_int_equal(right, 1);
    assert_int_equal(fake.given_up, 1);
    others_sign();
}

#define TEST(name) cmocka_unit_test_teardown(name, close_all)

/* ThreadSanitizer runs handlers late, within functions of its own, which a jump or the end of the thread leaves half done. */
#ifdef __SANITIZE_THREAD__
static void not_with_this_sanitizer(void **state)
{
    (void)state;
    skip();
}
#define LEFT_HANDLER(test) {#test, not_with_this_sanitizer, NULL, (test) == NULL ? close_all : NULL, NULL}
#else
#define LEFT_HANDLER(test) TEST(test)
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_deferred_cancellation),
        TEST(test_asynchronous_cancellation),
        LEFT_HANDLER(test_longjmp),
        LEFT_HANDLER(test_thread_exit),
        LEFT_HANDLER(test_coming_back_late),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
