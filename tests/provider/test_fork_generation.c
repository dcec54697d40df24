/* SPDX-License-Identifier: Apache-2.0 */
/* The number that tells a process from the one it was forked from. */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "provider/fork_generation.h"

enum { RIGHT = 0, SAME_NUMBER = 1, NUMBER_OF_PARENT = 2, CHANGED = 3, NOT_POSSIBLE = 77 };

static int status_of(pid_t child)
{
    int status;

    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void numbers_stay(void **state)
{
    unsigned before = fork_generation();

    (void)state;
    assert_int_not_equal(before, 0);
    assert_int_equal(fork_generation(), before);
}

/* As a child of the C library's fork, or of a system call that its handlers know nothing of. */
static pid_t with_handlers(void)
{
    return fork();
}

static pid_t without_handlers(void)
{
    return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

/* In the child, as deep as asked: each number differs from all before. */
static int differs(pid_t (*make)(void), unsigned depth, unsigned before[])
{
    pid_t child = make();
    int status;

    if (child != 0)
        return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : 99;
    before[depth] = fork_generation();
    for (unsigned i = 0; i < depth; i++)
        if (before[i] == before[depth])
            _exit(SAME_NUMBER);
    if (fork_generation() != before[depth])
        _exit(CHANGED);
    _exit(depth == 4 ? RIGHT : differs(make, depth + 1, before));
}

static void every_child_has_another(void **state)
{
    unsigned before[5] = {fork_generation()};

    (void)state;
    assert_int_equal(differs(with_handlers, 1, before), RIGHT);
    assert_int_equal(differs(without_handlers, 1, before), RIGHT);
    assert_int_equal(fork_generation(), before[0]);
}

/* The child of a child that never asked. */
static void unasked_numbers_are_not_inherited(void **state)
{
    unsigned before = fork_generation();
    pid_t child = fork();

    (void)state;
    if (child == 0) {
        pid_t grandchild = without_handlers();
        int status;

        if (grandchild == 0)
            _exit(fork_generation() == before ? NUMBER_OF_PARENT : RIGHT);
        waitpid(grandchild, &status, 0);
        _exit(WEXITSTATUS(status));
    }
    assert_int_equal(status_of(child), RIGHT);
}

static int shares_the_memory(void *before)
{
    return fork_generation() == *(unsigned *)before ? RIGHT : CHANGED;
}

/* vfork and posix_spawn make such children: they are not to change anything. */
static void a_child_on_the_same_memory_changes_nothing(void **state)
{
    static char stack[65536];
    unsigned before = fork_generation();
    char *arguments[] = {(char *)"true", NULL};
    pid_t child;

    (void)state;
    child = clone(shares_the_memory, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGCHLD, &before);
    assert_int_equal(status_of(child), RIGHT);
    assert_int_equal(posix_spawnp(&child, "true", NULL, NULL, arguments, environ), 0);
    assert_int_equal(status_of(child), 0);
    assert_int_equal(fork_generation(), before);
}

#define THREADS 8

static pthread_barrier_t together;

static void *ask(void *number)
{
    pthread_barrier_wait(&together);
    *(unsigned *)number = fork_generation();
    return NULL;
}

/* Whoever of a new process's threads asks first. */
static void threads_agree(void **state)
{
    unsigned before = fork_generation();

    (void)state;
    for (int round = 0; round < 50; round++) {
        pid_t child = fork();
        unsigned numbers[THREADS];
        pthread_t threads[THREADS];

        if (child != 0) {
            assert_int_equal(status_of(child), RIGHT);
            continue;
        }
        pthread_barrier_init(&together, NULL, THREADS);
        for (int i = 0; i < THREADS; i++)
            pthread_create(&threads[i], NULL, ask, &numbers[i]);
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
        for (int i = 0; i < THREADS; i++)
            if (numbers[i] != numbers[0] || numbers[i] == before)
                _exit(SAME_NUMBER);
        _exit(RIGHT);
    }
}

/* Process 1 of a namespace makes a namespace, whose process 1 is its child. */
static int in_namespace(void *before)
{
    unsigned mine = fork_generation();
    pid_t child;
    int status;

    if (before != NULL)
        return getpid() != 1 ? NOT_POSSIBLE : mine == *(unsigned *)before ? SAME_NUMBER : RIGHT;
    child = (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, NULL);
    if (child == 0)
        _exit(in_namespace(&mine));
    return child > 0 && waitpid(child, &status, 0) == child ? WEXITSTATUS(status) : NOT_POSSIBLE;
}

static void the_same_process_id_is_not_the_same_process(void **state)
{
    pid_t child = (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, NULL);
    int status;

    (void)state;
    if (child < 0)
        child = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, NULL);
    if (child == 0)
        _exit(in_namespace(NULL));
    if (child < 0)
        skip(); /* no namespaces for this user */
    status = status_of(child);
    if (status == NOT_POSSIBLE)
        skip();
    assert_int_equal(status, RIGHT);
}

/* What a kernel before 4.14 answers. */
static int refuse_wiping(void)
{
    struct sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_madvise, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MADV_WIPEONFORK, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EINVAL),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog filter = {.len = sizeof program / sizeof *program, .filter = program};

    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

static void kernels_without_such_pages_will_do(void **state)
{
    pid_t child;

    (void)state;
    if (getenv("WITHOUT_WIPING") != NULL)
        return;
    child = fork();
    if (child == 0) {
        setenv("WITHOUT_WIPING", "1", 1);
        if (!refuse_wiping())
            _exit(NOT_POSSIBLE);
        execl("/proc/self/exe", "again", NULL);
        _exit(NOT_POSSIBLE);
    }
    assert_int_equal(status_of(child), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_stay),
        cmocka_unit_test(every_child_has_another),
        cmocka_unit_test(unasked_numbers_are_not_inherited),
        cmocka_unit_test(threads_agree),
    };
    const struct CMUnitTest with_pages[] = {
        cmocka_unit_test(a_child_on_the_same_memory_changes_nothing),
        cmocka_unit_test(the_same_process_id_is_not_the_same_process),
        cmocka_unit_test(kernels_without_such_pages_will_do),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    return failed + (getenv("WITHOUT_WIPING") != NULL ? 0 : cmocka_run_group_tests(with_pages, NULL, NULL));
}
