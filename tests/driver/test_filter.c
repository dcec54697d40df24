/* SPDX-License-Identifier: Apache-2.0 */
/* Programs with a system-call filter: what would end them is found out without ending them. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "driver/filter.h"
#include "driver/tlscard.h"

struct call {
    const char *name;
    unsigned number;
};

/* What a program can live without until it opens a card. */
static const struct call calls[] = {
    {"memfd_create", SYS_memfd_create}, {"timerfd_create", SYS_timerfd_create}, {"eventfd2", SYS_eventfd2},
    {"epoll_create1", SYS_epoll_create1}, {"socketpair", SYS_socketpair}, {"connect", SYS_connect},
    {"pipe2", SYS_pipe2}, {"clone3", SYS_clone3}, {"sendmsg", SYS_sendmsg},
};
#define CALLS (sizeof calls / sizeof calls[0])

/* From here on this process meets action at the call. */
static void set_filter(unsigned call, unsigned action)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, action),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        _exit(90);
}

/* What the child's function returns, or 256 and the signal that ended it. */
static int in_child(int (*function)(const struct call *), const struct call *call)
{
    int status;
    pid_t child = fork();

    if (child == 0)
        _exit(function(call));
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

static int refused_at(const struct call *call)
{
    char message[TLSCARD_MESSAGE_SIZE] = "", words[64];

    snprintf(words, sizeof words, "at %s:", call->name);
    if (filter_check(message) != -EPERM || strstr(message, words) == NULL) {
        fprintf(stderr, "# %s: \"%s\"\n", call->name, message);
        return 1;
    }
    /* Nothing is left for the program to wait for. */
    if (waitpid(-1, NULL, 0) != -1 || errno != ECHILD)
        return 2;
    /* And again, with what is known by now. */
    return filter_check(message) == -EPERM && strstr(message, words) != NULL ? 0 : 3;
}

static int killed(const struct call *call)
{
    set_filter(call->number, SECCOMP_RET_KILL_PROCESS);
    return refused_at(call);
}

static int killed_by_thread(const struct call *call)
{
    set_filter(call->number, SECCOMP_RET_KILL_THREAD);
    return refused_at(call);
}

static int trapped(const struct call *call)
{
    signal(SIGSYS, _exit);
    set_filter(call->number, SECCOMP_RET_TRAP);
    return refused_at(call);
}

static int refused_softly(const struct call *call)
{
    char message[TLSCARD_MESSAGE_SIZE];

    set_filter(call->number, SECCOMP_RET_ERRNO | EPERM);
    return filter_check(message);
}

static void a_filter_that_kills(void **state)
{
    (void)state;
    for (size_t i = 0; i < CALLS; i++) {
        assert_int_equal(in_child(killed, &calls[i]), 0);
        assert_int_equal(in_child(killed_by_thread, &calls[i]), 0);
    }
}

static void a_filter_that_traps(void **state)
{
    (void)state;
    for (size_t i = 0; i < CALLS; i++)
        assert_int_equal(in_child(trapped, &calls[i]), 0);
}

/* An error is no danger, and the driver's own affair. */
static void a_filter_that_gives_errors(void **state)
{
    (void)state;
    for (size_t i = 0; i < CALLS; i++)
        assert_int_equal(in_child(refused_softly, &calls[i]), 0);
}

/* What only makes the trial quiet is not needed. */
static void a_filter_without_prctl(void **state)
{
    const struct call prctl_call = {"prctl", SYS_prctl}, action_call = {"rt_sigaction", SYS_rt_sigaction};

    (void)state;
    assert_int_equal(in_child(refused_softly, &prctl_call), 0);
    assert_int_equal(in_child(refused_softly, &action_call), 0);
}

static int only_prctl_killed(const struct call *call)
{
    set_filter(call->number, SECCOMP_RET_KILL_PROCESS);
    return filter_check(NULL) == 0 ? 0 : 1;
}

static void a_filter_that_kills_at_prctl(void **state)
{
    const struct call prctl_call = {"prctl", SYS_prctl}, action_call = {"rt_sigaction", SYS_rt_sigaction};

    (void)state;
    assert_int_equal(in_child(only_prctl_killed, &prctl_call), 0);
    assert_int_equal(in_child(only_prctl_killed, &action_call), 0);
}

static int harmless_then_killed(const struct call *call)
{
    set_filter(SYS_swapon, SECCOMP_RET_KILL_PROCESS);
    if (filter_check(NULL) != 0)
        return 10;
    set_filter(call->number, SECCOMP_RET_KILL_PROCESS);
    return refused_at(call);
}

static void a_second_filter_is_seen(void **state)
{
    (void)state;
    assert_int_equal(in_child(harmless_then_killed, &calls[0]), 0);
}

/* sshd's filter, for one, answers EACCES to each opening of a file, and kills at clone. */
static int unseen(const struct call *call)
{
    char message[TLSCARD_MESSAGE_SIZE] = "";

    (void)call;
    set_filter(SYS_openat, SECCOMP_RET_ERRNO | EACCES);
    set_filter(SYS_clone, SECCOMP_RET_KILL_PROCESS);
    return filter_check(message) == -EPERM && strstr(message, "/proc/thread-self/status") != NULL ? 0 : 1;
}

static void a_filter_that_cannot_be_seen(void **state)
{
    (void)state;
    assert_int_equal(in_child(unseen, NULL), 0);
}

/* Without a filter nobody is asked to try. */
static int no_child_without(const struct call *call)
{
    (void)call;
    return filter_check(NULL) == 0 ? 0 : 1;
}

static int no_proc(const struct call *call)
{
    if (chroot("/dev") != 0 || chdir("/") != 0)
        return 77;
    if (call == NULL)
        return filter_check(NULL) == 0 ? 0 : 1;
    set_filter(call->number, SECCOMP_RET_KILL_PROCESS);
    return refused_at(call);
}

static void without_proc_it_is_tried(void **state)
{
    (void)state;
    assert_int_equal(in_child(no_child_without, NULL), 0);
    if (geteuid() != 0)
        skip();
    assert_int_equal(in_child(no_proc, NULL), 0);
    assert_int_equal(in_child(no_proc, &calls[0]), 0);
}

/* The whole: a card is refused for the reason, and nothing is opened. */
static int opens_none(const struct call *call)
{
    char message[TLSCARD_MESSAGE_SIZE] = "";
    struct tlscard *card;

    set_filter(call->number, SECCOMP_RET_KILL_PROCESS);
    return tlscard_open("sim", 0, &card, message) == -EPERM && strstr(message, "seccomp") != NULL ? 0 : 1;
}

static void a_card_is_not_opened(void **state)
{
    (void)state;
    for (size_t i = 0; i < CALLS; i++)
        assert_int_equal(in_child(opens_none, &calls[i]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_filter_that_kills),
        cmocka_unit_test(a_filter_that_traps),
        cmocka_unit_test(a_filter_that_gives_errors),
        cmocka_unit_test(a_filter_without_prctl),
        cmocka_unit_test(a_filter_that_kills_at_prctl),
        cmocka_unit_test(a_second_filter_is_seen),
        cmocka_unit_test(a_filter_that_cannot_be_seen),
        cmocka_unit_test(without_proc_it_is_tried),
        cmocka_unit_test(a_card_is_not_opened),
    };

    return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
