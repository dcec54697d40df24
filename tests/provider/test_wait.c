/* SPDX-License-Identifier: Apache-2.0 */
/* Operations inside ASYNC_JOBs: paused while the card works, resumed by their descriptor. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <openssl/async.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "tests/provider/fixture.h"

#define JOBS    6
#define WAIT_MS 120000 /* for what comes at once */

static struct fixture fixture;
static EVP_PKEY *plain, *ours;

struct job {
    ASYNC_JOB *job;
    ASYNC_WAIT_CTX *wait;
    EVP_PKEY_CTX *context;
    int blocked; /* signs under ASYNC_block_pause */
    uint8_t signature[256];
    int result, pauses;
};

static const uint8_t hash[32] = {1, 2, 3};

static void open_for(const char *setting, size_t most_jobs)
{
    fixture_open(&fixture, "POLICY=always", setting, NULL);
    assert_int_equal(ASYNC_init_thread(most_jobs, 0), 1);
    plain = plain_key(&fixture, 2048);
    ours = key_in(fixture.library, plain);
}

static void open_with(const char *setting)
{
    open_for(setting, JOBS);
}

static int close_all(void **state)
{
    (void)state;
    assert_int_equal(ERR_peek_error(), 0);
    EVP_PKEY_free(plain);
    EVP_PKEY_free(ours);
    ASYNC_cleanup_thread();
    fixture_close(&fixture);
    return 0;
}

static EVP_PKEY_CTX *signing_context(EVP_PKEY *key, OSSL_LIB_CTX *library)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(library, key, NULL);

    assert_int_equal(EVP_PKEY_sign_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING), 1);
    return context;
}

static void prepare(struct job *job)
{
    memset(job, 0, sizeof *job);
    job->wait = ASYNC_WAIT_CTX_new();
    job->context = signing_context(ours, fixture.library);
}

static void finish(struct job *job)
{
    ASYNC_WAIT_CTX_free(job->wait);
    EVP_PKEY_CTX_free(job->context);
}

static int sign_in_job(void *argument)
{
    struct job *job = *(struct job **)argument;
    size_t length = sizeof job->signature;
    int ok;

    if (job->blocked)
        ASYNC_block_pause();
    ok = EVP_PKEY_sign(job->context, job->signature, &length, hash, sizeof hash);
    if (job->blocked)
        ASYNC_unblock_pause();
    return ok == 1 && length == sizeof job->signature;
}

/* Start or resume: nonzero once the job has ended. */
static int go_on(struct job *job)
{
    int status = ASYNC_start_job(&job->job, job->wait, &job->result, sign_in_job, &job, sizeof job);

    assert_true(status == ASYNC_PAUSE || status == ASYNC_FINISH);
    job->pauses += status == ASYNC_PAUSE;
    return status == ASYNC_FINISH;
}

static int descriptor_of(struct job *job)
{
    OSSL_ASYNC_FD descriptor = -1;
    size_t count = 1;

    assert_int_equal(ASYNC_WAIT_CTX_get_all_fds(job->wait, NULL, &count), 1);
    assert_int_equal(count, 1);
    assert_int_equal(ASYNC_WAIT_CTX_get_all_fds(job->wait, &descriptor, &count), 1);
    return descriptor;
}

static void check_signature(const struct job *job)
{
    EVP_PKEY_CTX *context = signing_context(plain, fixture.plain);
    uint8_t expected[256];
    size_t length = sizeof expected;

    assert_int_equal(job->result, 1);
    assert_int_equal(EVP_PKEY_sign(context, expected, &length, hash, sizeof hash), 1);
    assert_memory_equal(job->signature, expected, sizeof expected);
    EVP_PKEY_CTX_free(context);
}

/* As an event loop does: resume a job when its descriptor is readable, and only then. Answers come once all have begun:
 * on a busy machine one might else be there before the last has begun, or before its job can pause. */
static void run(struct job *jobs, int count)
{
    struct pollfd descriptors[JOBS];
    int left = 0;

    fake.held = 1;
    for (int i = 0; i < count; i++) {
        descriptors[i] = (struct pollfd){.fd = -1, .events = POLLIN};
        if (!go_on(&jobs[i])) {
            descriptors[i].fd = descriptor_of(&jobs[i]);
            left++;
        }
    }
    fake.held = 0;
    while (left > 0) {
        assert_true(poll(descriptors, (nfds_t)count, WAIT_MS) > 0);
        for (int i = 0; i < count; i++)
            if (descriptors[i].fd >= 0 && (descriptors[i].revents & POLLIN) != 0 && go_on(&jobs[i])) {
                descriptors[i].fd = -1;
                left--;
            }
    }
}

/* A paused job is woken by its descriptor, and then ends. */
static void wake(struct job *job)
{
    struct pollfd descriptor = {.fd = descriptor_of(job), .events = POLLIN};

    assert_int_equal(poll(&descriptor, 1, WAIT_MS), 1);
    assert_true(go_on(job));
}

static void test_one_job(void **state)
{
    struct job job;

    (void)state;
    open_with("DEADLINE_MS=60000");
    prepare(&job);
    fake.delay_ms = 30;
    fake.held = 1; /* on a busy machine an answer that is merely due may be there before the job can pause */
    assert_false(go_on(&job));
    assert_int_equal(fake.in_flight, 1);
    fake.held = 0;
    wake(&job);
    assert_int_equal(job.pauses, 1);
    check_signature(&job);
    assert_int_equal(fixture_count(&fixture, "card"), 1);
    finish(&job);
}

/* In flight at once on one queue, each with a descriptor of its own. */
static void test_many_jobs(void **state)
{
    struct job jobs[JOBS];

    (void)state;
    open_with("TRACE=no");
    for (int i = 0; i < JOBS; i++)
        prepare(&jobs[i]);
    for (int round = 0; round < 20; round++) {
        fake.delay_ms = 5 + round % 7;
        run(jobs, JOBS);
        for (int i = 0; i < JOBS; i++)
            check_signature(&jobs[i]);
    }
    assert_int_equal(fake.most_in_flight, JOBS);
    assert_int_equal(fixture_count(&fixture, "card"), 20 * JOBS);
    for (int i = 0; i < JOBS; i++)
        finish(&jobs[i]);
}

/* Another's poll takes the completion, and with it the event: the descriptor is readable all the same. */
static void test_woken_by_another(void **state)
{
    struct pollfd descriptor = {.events = POLLIN};
    struct job first, second;

    (void)state;
    open_with("TRACE=no");
    prepare(&first);
    prepare(&second);
    fake.held = 1;
    assert_false(go_on(&first));
    fake.answered = 1;
    fake.held = 0;
    assert_false(go_on(&second));
    descriptor.fd = descriptor_of(&first);
    assert_int_equal(poll(&descriptor, 1, WAIT_MS), 1);
    assert_true(go_on(&first));
    check_signature(&first);
    fake.answered = 0;
    run(&second, 1);
    finish(&first);
    finish(&second);
}

/* Two queues of one request each take two operations at once. */
static void test_jobs_spread_over_queues(void **state)
{
    struct job jobs[2];

    (void)state;
    open_with("TRACE=no");
    fake.queue_pairs = 2;
    fake.entries = 2;
    fake.delay_ms = 20;
    prepare(&jobs[0]);
    prepare(&jobs[1]);
    run(jobs, 2);
    assert_int_equal(fixture_count(&fixture, "card"), 2);
    finish(&jobs[0]);
    finish(&jobs[1]);
}

/* The descriptor stays the same from one operation to the next, and is quiet between them. */
static void test_descriptor_is_kept(void **state)
{
    struct pollfd quiet = {.events = POLLIN};
    struct job job;

    (void)state;
    open_with("TRACE=no");
    prepare(&job);
    fake.delay_ms = 10;
    run(&job, 1);
    quiet.fd = descriptor_of(&job);
    assert_int_equal(poll(&quiet, 1, 0), 0);
    job.job = NULL;
    run(&job, 1);
    assert_int_equal(descriptor_of(&job), quiet.fd);
    finish(&job);
}

/* A pause may end early: the job pauses again. */
static void test_early_resumption(void **state)
{
    struct job job;

    (void)state;
    open_with("DEADLINE_MS=60000");
    prepare(&job);
    fake.delay_ms = 40;
    fake.held = 1;
    for (int i = 0; i < 5; i++)
        assert_false(go_on(&job));
    fake.held = 0;
    wake(&job);
    check_signature(&job);
    assert_int_equal(job.pauses, 5);
    finish(&job);
}

/* A pause that does nothing costs neither the answer nor the processor for long. */
static void test_blocked_pause(void **state)
{
    struct job job;

    (void)state;
    open_with("TRACE=no");
    prepare(&job);
    job.blocked = 1;
    fake.delay_ms = 50;
    assert_true(go_on(&job));
    check_signature(&job);
    assert_int_equal(fixture_count(&fixture, "card"), 1);
    finish(&job);
}

/* The descriptor wakes the job at its deadline when the card does not. */
static void test_deadline(void **state)
{
    struct job job;

    (void)state;
    open_with("DEADLINE_MS=30");
    prepare(&job);
    fake.silent = 1;
    run(&job, 1);
    check_signature(&job);
    assert_int_equal(fixture_count(&fixture, "deadline"), 1);
    finish(&job);
}

/* The connection goes away while its job is paused: the request is given up, and answered to nobody. */
static void test_abandoned_job(void **state)
{
    static struct job abandoned; /* its stack is lost for good, as libcrypto documents */
    struct job other;

    (void)state;
    open_with("TRACE=no");
    prepare(&abandoned);
    prepare(&other);
    fake.delay_ms = 20;
    fake.held = 1;
    assert_false(go_on(&abandoned));
    fake.held = 0;
    finish(&abandoned);
    run(&other, 1);
    check_signature(&other);
    usleep(30000);
    run(&other, 1);
    assert_int_equal(fake.requests, 0);
    finish(&other);
}

#define ABANDONED 1000

/* As many connections that go away with their job paused: nothing of ours is kept for them, neither memory nor
 * descriptors nor places in the queue. libcrypto has the jobs for good, as its manual says. */
static void test_many_abandoned_jobs(void **state)
{
    static struct job abandoned[ABANDONED];
    struct job other;
    int descriptor = dup(0), ended, at_once = 0;

    (void)state;
    open_for("TRACE=no", ABANDONED + 1);
    prepare(&other);
    fake.delay_ms = 20;
    for (int i = 0; i < ABANDONED; i++) {
        do { /* on a busy machine the answer may be there before the job can pause */
            prepare(&abandoned[i]);
            ended = go_on(&abandoned[i]);
            finish(&abandoned[i]);
        } while (ended && ++at_once < ABANDONED);
        if (i % 40 == 39) {
            other.job = NULL;
            run(&other, 1);
            check_signature(&other);
        }
    }
    other.job = NULL;
    usleep(30000);
    run(&other, 1);
    finish(&other);
    assert_true(at_once < ABANDONED);
    assert_int_equal(fake.requests, 0);
    assert_int_equal(fixture_count(&fixture, "queue-full"), 0);
    close(descriptor);
    assert_true(dup(0) <= descriptor + 8); /* the event of a queue and libc's own, not one for each */
}

static void *sign_in_thread(void *rounds)
{
    EVP_PKEY_CTX *context = signing_context(ours, fixture.library);

    for (int i = 0; i < *(int *)rounds; i++) {
        uint8_t signature[256];
        size_t length = sizeof signature;

        if (EVP_PKEY_sign(context, signature, &length, hash, sizeof hash) != 1)
            break;
    }
    EVP_PKEY_CTX_free(context);
    OPENSSL_thread_stop();
    return NULL;
}

/* Jobs and a sleeping thread on one queue: whoever takes a completion wakes its owner. */
static void test_jobs_beside_a_thread(void **state)
{
    struct job jobs[JOBS];
    pthread_t threads[2];
    int rounds = 50;

    (void)state;
    open_with("DEADLINE_MS=60000");
    fake.delay_ms = 3;
    for (int i = 0; i < JOBS; i++)
        prepare(&jobs[i]);
    run(jobs, 1);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, sign_in_thread, &rounds);
    for (int round = 0; round < rounds; round++)
        run(jobs, JOBS);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < JOBS; i++)
        finish(&jobs[i]);
    assert_int_equal(fixture_count(&fixture, "card"), 1 + rounds * (JOBS + 2));
    assert_int_equal(fixture_count(&fixture, "deadline"), 0);
}

#define DESCRIPTORS 64

/* Which of the lowest descriptors are open. */
static void open_descriptors(int open[DESCRIPTORS])
{
    for (int i = 0; i < DESCRIPTORS; i++)
        open[i] = fcntl(i, F_GETFD) >= 0;
}

/* The program closes what it has not opened, and opens files of its own: they get the same numbers. */
static int take_over(const int before[DESCRIPTORS], int taken[DESCRIPTORS])
{
    int count = 0;

    open_descriptors(taken);
    for (int i = 0; i < DESCRIPTORS; i++) {
        int own;

        taken[i] = taken[i] && !before[i];
        if (!taken[i])
            continue;
        own = eventfd(0, EFD_NONBLOCK);
        assert_int_equal(dup2(own, i), i);
        close(own);
        count++;
    }
    return count;
}

/* An eventfd that nobody has written to cannot be read. */
static void check_untouched(const int taken[DESCRIPTORS])
{
    uint64_t count;

    for (int i = 0; i < DESCRIPTORS; i++)
        if (taken[i]) {
            assert_int_equal(read(i, &count, sizeof count), -1);
            assert_int_equal(errno, EAGAIN);
            close(i);
        }
}

/* Between the operations of a connection, whose wait context keeps our descriptors; and the next needs none. */
static void test_descriptors_taken_over(void **state)
{
    int before[DESCRIPTORS], taken[DESCRIPTORS];
    struct job job;

    (void)state;
    open_with("DEADLINE_MS=60000");
    fake.delay_ms = 20;
    prepare(&job);
    job.blocked = 1;
    assert_true(go_on(&job)); /* opens the card */
    finish(&job);
    prepare(&job);
    open_descriptors(before);
    run(&job, 1);
    check_signature(&job);
    assert_true(take_over(before, taken) >= 2); /* the instance and its timer */
    job.job = NULL;
    job.pauses = 0;
    assert_true(go_on(&job));
    check_signature(&job);
    assert_int_equal(job.pauses, 0);
    finish(&job);
    check_untouched(taken);
    assert_int_equal(fixture_count(&fixture, "card"), 3);
}

/* While the job is paused, and the connection is then closed. */
static void test_descriptors_taken_over_in_a_pause(void **state)
{
    static struct job abandoned; /* as in test_abandoned_job */
    int before[DESCRIPTORS], taken[DESCRIPTORS];
    struct job other;

    (void)state;
    open_with("DEADLINE_MS=60000");
    fake.delay_ms = 20;
    prepare(&other);
    run(&other, 1);
    prepare(&abandoned);
    open_descriptors(before);
    fake.held = 1;
    assert_false(go_on(&abandoned));
    assert_true(take_over(before, taken) >= 2);
    fake.held = 0;
    other.job = NULL;
    run(&other, 1); /* takes the completion of both */
    finish(&abandoned);
    check_untouched(taken);
    run(&other, 1);
    assert_int_equal(fake.requests, 0);
    finish(&other);
}

#define SLOW_MS 200
/* 200 in slices of a millisecond, and those of spinning shortly; a busy wait makes many more. */
#define MOST_POLLS 2000

/* No descriptor can be had, nor polled: poll(2) refuses more than the limit allows. */
static void test_no_descriptors(void **state)
{
    struct rlimit usual, none;
    struct job job;

    (void)state;
    open_with("DEADLINE_MS=60000");
    prepare(&job);
    fake.delay_ms = SLOW_MS;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &usual), 0);
    job.blocked = 1;
    assert_true(go_on(&job)); /* opens the card */
    finish(&job);
    prepare(&job);
    none = (struct rlimit){0, usual.rlim_max};
    fake.polls = 0;
    setrlimit(RLIMIT_NOFILE, &none);
    while (!go_on(&job))
        usleep(1000);
    setrlimit(RLIMIT_NOFILE, &usual);
    assert_true(fake.polls < MOST_POLLS);
    check_signature(&job);
    assert_int_equal(fixture_count(&fixture, "card"), 2);
    finish(&job);
}

/* A filter as sandboxes have them refuses all that waiting would rather use. */
static int refuse_calls(int with)
{
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_timerfd_create, 3, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_epoll_create1, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_eventfd2, 1, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ppoll, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)with),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {.len = sizeof program / sizeof *program, .filter = program};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

static int sign_without_calls(struct job *job, int with)
{
    uint8_t signature[256];
    size_t length = sizeof signature;

    alarm(60);
    if (EVP_PKEY_sign(job->context, signature, &length, hash, sizeof hash) != 1) /* opens the child's own function */
        return 1;
    if (!refuse_calls(with))
        return 77;
    fake.polls = 0;
    while (!go_on(job))
        usleep(1000);
    if (!job->result || memcmp(signature, job->signature, sizeof signature) != 0)
        return 2;
    return fake.polls < MOST_POLLS ? 0 : 3;
}

static void test_refused_calls(void **state)
{
    static const int errors[] = {EPERM, ENOSYS};
    struct job job;

    (void)state;
    open_with("DEADLINE_MS=60000");
    prepare(&job);
    fake.delay_ms = SLOW_MS;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        pid_t child = fork();
        int status;

        if (child == 0)
            _exit(sign_without_calls(&job, errors[i]));
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        if (WEXITSTATUS(status) != 77)
            assert_int_equal(WEXITSTATUS(status), 0);
    }
    finish(&job);
}

#define TEST(name) cmocka_unit_test_teardown(name, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_job),
        TEST(test_many_jobs),
        TEST(test_woken_by_another),
        TEST(test_jobs_spread_over_queues),
        TEST(test_descriptor_is_kept),
        TEST(test_early_resumption),
        TEST(test_blocked_pause),
        TEST(test_deadline),
        TEST(test_jobs_beside_a_thread),
        TEST(test_abandoned_job),
        TEST(test_many_abandoned_jobs),
        TEST(test_descriptors_taken_over),
        TEST(test_descriptors_taken_over_in_a_pause),
        TEST(test_no_descriptors),
        TEST(test_refused_calls),
    };

    if (!ASYNC_is_capable()) {
        printf("ok 1 # SKIP no ASYNC_JOB on this platform\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
