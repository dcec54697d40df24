/* SPDX-License-Identifier: Apache-2.0 */
/* The program has closed the driver's descriptors and opened its own with their numbers; and forks that no process id
 * tells of. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver/held_fd.h"
#include "driver/device.h"
#include "driver/process.h"
#include "tests/driver/fixture.h"

#define HIGHEST 200

/* The driver's end of the connection: the socket that came with the card and is not the fake's. */
static int find_socket(const struct fixture *fixture, const char *before)
{
    for (int fd = 3; fd < HIGHEST; fd++) {
        struct stat status;

        if (!before[fd] && fstat(fd, &status) == 0 && S_ISSOCK(status.st_mode) && fd != fixture->fake.listener &&
            fd != fixture->fake.client)
            return fd;
    }
    fail_msg("no connection");
    return -1;
}

static int open_and_find(struct fixture *fixture)
{
    char before[HIGHEST];

    for (int fd = 0; fd < HIGHEST; fd++)
        before[fd] = fcntl(fd, F_GETFD) >= 0;
    assert_int_equal(fixture_open(fixture, 0), 0);
    seen(fixture);
    return find_socket(fixture, before);
}

/* Put a connection of the program's at fd: the other end, on which 16 octets wait to be read at fd. */
static int take_number(int fd)
{
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    assert_int_equal(dup2(pair[0], fd), fd);
    close(pair[0]);
    assert_int_equal(write(pair[1], "0123456789abcdef", 16), 16);
    return pair[1];
}

/* Nothing was sent, taken or closed. */
static void expect_untouched(int fd, int other)
{
    char octets[64];

    assert_int_equal(recv(other, octets, sizeof octets, MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);
    assert_int_equal(recv(fd, octets, sizeof octets, MSG_DONTWAIT), 16);
    close(fd);
    close(other);
}

static void a_connection_that_is_another_one_is_left_alone(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_info info;
    int fd = open_and_find(fixture);
    struct tlscard_rsa_key *key = make_key(fixture->card, 256, 1);
    struct tlscard_queue *queue = open_queue(fixture, 8);
    struct tlscard_request *request;
    uint8_t source[256] = {0};
    int other = take_number(fd);

    assert_int_equal(tlscard_rsa_private(queue, key, source, sizeof source, &request), -EIO);
    assert_null(request);
    assert_int_equal(tlscard_info(fixture->card, &info), -EIO);
    assert_int_equal(tlscard_reset(fixture->card, 100), -EIO);
    tlscard_rsa_key_free(key);
    tlscard_close(fixture->card);
    fixture->card = NULL;
    expect_untouched(fd, other);
}

static void an_event_that_is_another_one_is_left_alone(void **state)
{
    struct fixture *fixture = *state;
    uint64_t count = 0;

    open_and_find(fixture);
    struct tlscard_queue *queue = open_queue(fixture, 8);
    int fd = fixture->card->events[0].fd, own = eventfd(5, EFD_NONBLOCK | EFD_CLOEXEC);
    assert_int_equal(dup2(own, fd), fd);
    assert_int_equal(tlscard_queue_poll(queue), -EIO);
    assert_int_equal(tlscard_queue_event(queue), -EIO);
    tlscard_close(fixture->card);
    fixture->card = NULL;
    assert_int_equal(read(fd, &count, sizeof count), sizeof count);
    assert_int_equal(count, 5);
    close(fd);
    close(own);
}

static void a_child_closes_nothing_of_its_own(void **state)
{
    struct fixture *fixture = *state;
    int fd = open_and_find(fixture), status;
    pid_t child = fork();

    if (child == 0) {
        int other = take_number(fd);

        tlscard_close(fixture->card);
        expect_untouched(fd, other);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    struct tlscard_info info;
    assert_int_equal(tlscard_info(fixture->card, &info), 0);
}

/* A number of ours that another of ours has got meanwhile, with the same mark. */
static void an_eventfd_is_told_from_the_next_one(void **state)
{
    struct held_fd first, second;
    int fd = eventfd(0, EFD_CLOEXEC);

    (void)state;
    held_fd_hold(&first, fd);
    assert_int_equal(held_fd_ours(&first), 1);
    close(fd);
    assert_int_equal(held_fd_ours(&first), 0);
    assert_int_equal(eventfd(0, EFD_CLOEXEC), fd);
    assert_int_equal(held_fd_ours(&first), 0);
    held_fd_hold(&second, fd);
    assert_int_equal(held_fd_ours(&second), 1);
    assert_int_equal(held_fd_ours(&first), 0);
    held_fd_close(&first);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    held_fd_close(&second);
    assert_int_equal(fcntl(fd, F_GETFD), -1);
    held_fd_close(&second);
    assert_int_equal(held_fd_ours(&HELD_FD_NONE), 0);
}

/* By fork, and by a clone that no handler sees. */
static void each_process_has_a_number_of_its_own(void **state)
{
    unsigned number = process_number();

    (void)state;
    assert_int_not_equal(number, 0);
    assert_int_equal(process_number(), number);
    for (unsigned bare = 0; bare < 2; bare++) {
        int status;
        pid_t child = bare ? (pid_t)syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) : fork();

        if (child == 0)
            _exit(process_number() != number && process_number() == process_number() ? 0 : 1);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
    }
    assert_int_equal(process_number(), number);
}

int main(void)
{
#define PREPARED(test) cmocka_unit_test_setup_teardown(test, fixture_prepared, fixture_end)
    const struct CMUnitTest tests[] = {
        PREPARED(a_connection_that_is_another_one_is_left_alone),
        PREPARED(an_event_that_is_another_one_is_left_alone),
        PREPARED(a_child_closes_nothing_of_its_own),
        cmocka_unit_test(an_eventfd_is_told_from_the_next_one),
        cmocka_unit_test(each_process_has_a_number_of_its_own),
    };

    return cmocka_run_group_tests_name("taken", tests, NULL, NULL);
}
