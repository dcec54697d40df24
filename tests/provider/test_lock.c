/* SPDX-License-Identifier: Apache-2.0 */
/* Locks between threads, and across forks. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "provider/lock.h"

#define THREADS 8
#define ROUNDS 2000

static struct lock lock;
static long counter;

static void *count(void *unused)
{
    for (int i = 0; i < ROUNDS; i++) {
        lock_take(&lock);
        counter++;
        if (i % 100 == 0)
            sched_yield(); /* so that others come while it is held */
        lock_leave(&lock);
    }
    return unused;
}

static void one_thread_at_a_time(void **state)
{
    pthread_t threads[THREADS];

    (void)state;
    counter = 0;
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count, NULL), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(counter, THREADS * ROUNDS);
    assert_int_equal(atomic_load(&lock.word), 0);
}

static void a_held_lock_is_not_taken(void **state)
{
    (void)state;
    assert_true(lock_try(&lock));
    assert_false(lock_try(&lock));
    lock_leave(&lock);
    assert_true(lock_try(&lock));
    lock_leave(&lock);
}

static int child_takes(pid_t child)
{
    int status;

    if (child == 0) {
        alarm(20);
        lock_take(&lock); /* from a thread that is not here */
        if (lock_try(&lock))
            _exit(1);
        lock_leave(&lock);
        counter = 0;
        pthread_t threads[2];
        for (int i = 0; i < 2; i++)
            pthread_create(&threads[i], NULL, count, NULL);
        for (int i = 0; i < 2; i++)
            pthread_join(threads[i], NULL);
        _exit(counter != 2 * ROUNDS);
    }
    return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/* Held, and held with others asleep for it. */
static void a_child_takes_what_its_parent_holds(void **state)
{
    (void)state;
    for (int awaited = 0; awaited <= 1; awaited++) {
        assert_true(lock_try(&lock));
        if (awaited)
            atomic_fetch_or(&lock.word, LOCK_AWAITED);
        assert_true(child_takes(fork()));
        assert_true(child_takes((pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL)));
        assert_false(lock_try(&lock)); /* the parent's is held as before */
        lock_leave(&lock);
    }
}

static void *take(void *taken)
{
    lock_take(&lock);
    atomic_store((atomic_int *)taken, 1);
    lock_leave(&lock);
    return NULL;
}

/* Asleep in the kernel, where a real-time thread lets the holder run. */
static void who_waits_sleeps(void **state)
{
    atomic_int taken = 0;
    pthread_t thread;
    long tries = 0;

    (void)state;
    assert_true(lock_try(&lock));
    assert_int_equal(pthread_create(&thread, NULL, take, &taken), 0);
    while ((atomic_load(&lock.word) & LOCK_AWAITED) == 0 && tries++ < 20000)
        usleep(1000);
    assert_int_equal(atomic_load(&lock.word) & LOCK_AWAITED, LOCK_AWAITED);
    assert_int_equal(taken, 0);
    lock_leave(&lock);
    pthread_join(thread, NULL);
    assert_int_equal(taken, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_thread_at_a_time),
        cmocka_unit_test(a_held_lock_is_not_taken),
        cmocka_unit_test(a_child_takes_what_its_parent_holds),
        cmocka_unit_test(who_waits_sleeps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
