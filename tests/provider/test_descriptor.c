/* SPDX-License-Identifier: Apache-2.0 */
/* A descriptor is ours only while its number stands for what was opened. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "provider/descriptor.h"

static int make(int kind)
{
    return kind == 0 ? eventfd(0, 0) : kind == 1 ? timerfd_create(CLOCK_MONOTONIC, 0) : epoll_create1(0);
}

static int is_open(int number)
{
    return fcntl(number, F_GETFD) >= 0;
}

static void what_was_opened_is_ours(void **state)
{
    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        struct descriptor descriptor;
        int number = make(kind);

        assert_int_equal(descriptor_set(&descriptor, number), 1);
        assert_int_equal(descriptor.number, number);
        assert_true(descriptor_is_ours(&descriptor));
        assert_true(fcntl(number, F_GETFL) & O_NONBLOCK);
        descriptor_close(&descriptor);
        assert_int_equal(descriptor.number, -1);
        assert_false(is_open(number));
        assert_false(descriptor_is_ours(&descriptor));
        descriptor_close(&descriptor);
    }
}

/* All of these kinds have one inode: what the program opens then has it as well. */
static void what_the_program_opens_is_not(void **state)
{
    (void)state;
    for (int ours = 0; ours < 3; ours++)
        for (int kind = 0; kind < 4; kind++) {
            struct descriptor descriptor;
            int number = make(ours), theirs;

            assert_int_equal(descriptor_set(&descriptor, number), 1);
            theirs = kind == 3 ? socket(AF_UNIX, SOCK_STREAM, 0) : make(kind);
            assert_int_equal(dup2(theirs, number), number);
            close(theirs);
            assert_false(descriptor_is_ours(&descriptor));
            descriptor_close(&descriptor);
            assert_true(is_open(number));
            close(number);
        }
}

static void a_closed_one_is_not(void **state)
{
    struct descriptor descriptor;
    int number = eventfd(0, 0);

    (void)state;
    assert_int_equal(descriptor_set(&descriptor, number), 1);
    close(number);
    assert_false(descriptor_is_ours(&descriptor));
    descriptor_close(&descriptor);
}

static void what_could_not_be_opened_is_none(void **state)
{
    struct descriptor descriptor;

    (void)state;
    assert_int_equal(descriptor_set(&descriptor, -1), 0);
    assert_false(descriptor_is_ours(&descriptor));
    descriptor_close(&descriptor);
}

/* A child has the file as well, and gives up its own copy. */
static void a_child_has_it_too(void **state)
{
    struct descriptor descriptor;
    int number = eventfd(0, 0), status;
    pid_t child;

    (void)state;
    assert_int_equal(descriptor_set(&descriptor, number), 1);
    child = fork();
    if (child == 0) {
        int ours = descriptor_is_ours(&descriptor);

        descriptor_close(&descriptor);
        _exit(!ours || is_open(number));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    assert_true(descriptor_is_ours(&descriptor));
    descriptor_close(&descriptor);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_opened_is_ours),
        cmocka_unit_test(what_the_program_opens_is_not),
        cmocka_unit_test(a_closed_one_is_not),
        cmocka_unit_test(what_could_not_be_opened_is_none),
        cmocka_unit_test(a_child_has_it_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
