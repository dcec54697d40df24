/* SPDX-License-Identifier: Apache-2.0 */
/* The card inside the process: attaching, letting go, threads, fork, loading and unloading. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/tlscard_sim.h"
#include "tests/sim/client.h"

enum { CONFIG = 7, FUNCTIONS = 4 };

static unsigned entries(const char *path)
{
    DIR *directory = opendir(path);
    unsigned count = 0;

    while (readdir(directory))
        count++;
    closedir(directory);
    return count;
}

static void every_function_once(void **state)
{
    struct peer client[FUNCTIONS];
    int fd = 0;

    (void)state;
    for (unsigned i = 0; i < FUNCTIONS; i++)
        client[i] = client_attach(NULL);
    assert_int_equal(tlscard_sim_attach(NULL, &fd), -EBUSY);
    assert_int_equal(fd, -1);
    /* One goes, one comes: at once, though the function has to be reset first. */
    for (unsigned i = 0; i < 20; i++) {
        close(client[2].fd);
        client[2] = client_attach(NULL);
        assert_int_equal(tlscard_sim_attach(NULL, &fd), -EBUSY);
    }
    for (unsigned i = 0; i < FUNCTIONS; i++)
        client_close(&client[i]);
}

static void options_are_checked(void **state)
{
    struct peer client;
    int fd;

    (void)state;
    card_wait_gone();
    assert_int_equal(tlscard_sim_attach("nonsense", &fd), -EINVAL);
    assert_int_equal(tlscard_sim_attach("functions=5", &fd), -EINVAL);
    assert_int_equal(tlscard_sim_attach("trace=/nonexistent/x.fst", &fd), -EIO);
    client = client_attach("functions=1");
    assert_int_equal(tlscard_sim_attach(NULL, &fd), -EBUSY);
    client_close(&client);
}

static void nothing_is_left_behind(void **state)
{
    unsigned fds;

    (void)state;
    card_wait_gone();
    fds = entries("/proc/self/fd");
    for (unsigned i = 0; i < 100; i++) {
        struct peer client = client_attach("");

        assert_int_equal(client_get(&client, CONFIG, 0, 2), 0x1234);
        if (i % 2)
            client_close(&client);
        else
            close(client.fd);
    }
    card_wait_gone();
    assert_int_equal(entries("/proc/self/fd"), fds);
}

static void *many_attachments(void *argument)
{
    for (unsigned i = 0; i < 50; i++) {
        struct peer client = client_attach(NULL);

        client_put(&client, 0, 0, i, 4);
        if (client_get(&client, 0, 0, 4) != i)
            *(int *)argument = 1;
        client_close(&client);
    }
    return NULL;
}

static void several_threads(void **state)
{
    pthread_t thread[FUNCTIONS];
    int failed[FUNCTIONS] = {0};

    (void)state;
    for (unsigned i = 0; i < FUNCTIONS; i++)
        assert_int_equal(pthread_create(&thread[i], NULL, many_attachments, &failed[i]), 0);
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        pthread_join(thread[i], NULL);
        assert_int_equal(failed[i], 0);
    }
}

static int child_uses_its_own(int parents_fd)
{
    struct peer client;

    close(parents_fd);
    for (unsigned i = 0; i < 3; i++) {
        client = client_attach_raw(NULL);
        client_version(&client);
        client_put(&client, 0, 0x10, 0x77, 4);
        if (client_get(&client, 0, 0x10, 4) != 0x77)
            return 1;
        close(client.fd);
    }
    return 0;
}

static void a_child_has_its_own_card(void **state)
{
    struct peer client = client_attach(NULL);

    (void)state;
    client_put(&client, 0, 0x10, 0x99, 4);
    for (unsigned i = 0; i < 5; i++) {
        int status;
        pid_t child = fork();

        if (child == 0)
            _exit(child_uses_its_own(client.fd));
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_int_equal(status, 0);
        assert_int_equal(client_get(&client, 0, 0x10, 4), 0x99);
    }
    client_close(&client);
}

static void a_child_does_not_hold_the_function(void **state)
{
    struct peer client = client_attach("functions=1");
    int ends[2];
    char octet;
    pid_t child;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        close(ends[1]);
        _exit(read(ends[0], &octet, 1) != 0);
    }
    /* The child still has both ends of the socket. */
    client_close(&client);
    client = client_attach_raw("functions=1");
    client_version(&client);
    client_close(&client);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static long cpu_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void an_idle_card_sleeps(void **state)
{
    struct peer client = client_attach(NULL), other = client_attach(NULL);
    long before;

    (void)state;
    loop_enable(&client);
    client_get(&client, 0, 0, 4);
    before = cpu_ms();
    sleep(5);
    assert_in_range(cpu_ms() - before, 0, 20);
    assert_int_equal(client_get(&client, CONFIG, 0, 2), 0x1234);
    client_close(&client);
    client_close(&other);
}

/* The device stops for good: clients are told by the end of their connection, the process lives. */
static void a_model_that_stops(void **state)
{
    struct peer client = client_attach("");

    (void)state;
    client_put(&client, 0, LOOP_FINISH, 1, 4);
    assert_true(client_closed(&client));
    close(client.fd);
    client = client_attach("");
    assert_int_equal(client_get(&client, CONFIG, 0, 2), 0x1234);
    client_close(&client);
}

static bool mapped(const char *name)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    bool found = false;

    while (fgets(line, sizeof(line), maps))
        found |= strstr(line, name) != NULL;
    fclose(maps);
    return found;
}

static void library_path(char *path, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", path, size - 1);
    char *slash;

    assert_true(length > 0);
    path[length] = '\0';
    slash = strrchr(path, '/');
    snprintf(slash, size - (size_t)(slash - path), "/libtlscard-sim-loop.so");
}

static void it_can_be_unloaded(void **state)
{
    char path[4096];

    (void)state;
    library_path(path, sizeof(path));
    for (unsigned i = 0; i < 30; i++) {
        void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        int (*attach)(const char *, int *), fd;
        struct peer client = {.fd = -1};

        if (!library)
            fail_msg("%s", dlerror());
        *(void **)&attach = dlsym(library, "tlscard_sim_attach");
        assert_non_null(attach);
        assert_int_equal(attach(NULL, &fd), 0);
        client.fd = fd;
        client_version(&client);
        assert_int_equal(client_get(&client, 0, 0, 4), 0);
        /* With a client, just after one, and some time after one. */
        if (i % 3)
            client_close(&client);
        if (i % 3 == 2)
            card_wait_gone();
        dlclose(library);
        if (i % 3 == 0)
            close(fd);
    }
    card_wait_gone();
    assert_false(mapped("libtlscard-sim-loop"));
}

/* The program's own operators new and delete, and what it throws with, are not the simulation's. */
static void a_program_with_operators_of_its_own(void **state)
{
    char path[4096], program[4096];
    pid_t child;
    int status;

    (void)state;
    library_path(path, sizeof(path));
    snprintf(program, sizeof(program), "%.*s/foreign", (int)(strrchr(path, '/') - path), path);
    child = fork();
    if (child == 0) {
        execl(program, program, path, (char *)NULL);
        _exit(127);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

static void only_one_name_is_exported(void **state)
{
    char path[4096], command[8192], line[256];
    FILE *names;
    unsigned count = 0;

    (void)state;
    library_path(path, sizeof(path));
    snprintf(command, sizeof(command), "nm -D --defined-only '%s' | grep -v ' A '", path);
    names = popen(command, "r");
    while (fgets(line, sizeof(line), names)) {
        assert_non_null(strstr(line, " T tlscard_sim_attach"));
        count++;
    }
    pclose(names);
    assert_int_equal(count, 1);
}

/* Of each thread but this one: whether it takes no signal. Returns their number. */
static unsigned other_threads(void)
{
    DIR *tasks = opendir("/proc/self/task");
    const struct dirent *task;
    unsigned count = 0;

    while ((task = readdir(tasks))) {
        char path[300], line[256];
        uint64_t blocked = 0;
        FILE *status;

        if (task->d_name[0] == '.' || atoi(task->d_name) == gettid())
            continue;
        snprintf(path, sizeof(path), "/proc/self/task/%s/status", task->d_name);
        status = fopen(path, "r");
        assert_non_null(status);
        while (fgets(line, sizeof(line), status))
            if (strncmp(line, "SigBlk:", 7) == 0)
                blocked = strtoull(line + 7, NULL, 16);
        fclose(status);
        /* All but SIGKILL and SIGSTOP, which cannot be blocked, and the C library's own two. */
        assert_int_equal(blocked | 1ull << 8 | 1ull << 18 | 3ull << 31, UINT64_MAX);
        count++;
    }
    closedir(tasks);
    return count;
}

static void it_is_one_thread_without_signals(void **state)
{
    struct peer client = client_attach(NULL);

    (void)state;
    assert_int_equal(other_threads(), 1);
    client_close(&client);
}

/* What the function returns in a child of its own; a child that a signal ended, or that hangs, fails. */
static void in_child(int (*function)(void))
{
    pid_t child = fork();
    int status;

    if (child == 0) {
        alarm(120);
        exit(function());
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("status %d of the child, or signal %d", WEXITSTATUS(status), WTERMSIG(status));
}

static int uses_a_card(void)
{
    struct peer client = client_attach_raw(NULL);

    client_version(&client);
    client_put(&client, 0, 0x10, 0x77, 4);
    if (client_get(&client, 0, 0x10, 4) != 0x77)
        return 1;
    client_close(&client);
    return 0;
}

/* As a program does that becomes a daemon. The client's socket gets a number above those. */
static int closes_everything(int keep_copies)
{
    enum { FIRST = 3, LAST = 60, ABOVE = 100 };
    struct peer client = client_attach(NULL);
    struct stat before[LAST + 1], after;
    pid_t copies = 0;
    char octets[64];

    loop_enable(&client);
    if (keep_copies && (copies = fork()) == 0) {
        pause();
        _exit(0);
    }
    closefrom(FIRST);
    for (int fd = FIRST; fd <= LAST; fd++) {
        int pair[2];

        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) != 0 || dup2(pair[1], fd + ABOVE) < 0 ||
            (pair[0] != fd && (dup2(pair[0], fd) < 0 || close(pair[0]) != 0)) || (pair[1] != fd && close(pair[1]) != 0))
            return 2;
        fstat(fd, &before[fd]);
        if (write(fd + ABOVE, "0123456789abcdef", 16) != 16)
            return 3;
    }
    /* Enough for the thread to have looked, and a new card if it is to be. */
    if (uses_a_card() != 0)
        return 4;
    card_wait_gone();
    for (int fd = FIRST; fd <= LAST; fd++) {
        if (fstat(fd, &after) != 0 || after.st_ino != before[fd].st_ino)
            return 5;
        if (recv(fd + ABOVE, octets, sizeof(octets), MSG_DONTWAIT) != -1 ||
            recv(fd, octets, sizeof(octets), MSG_DONTWAIT) != 16)
            return 6;
    }
    if (copies) {
        kill(copies, SIGKILL);
        waitpid(copies, NULL, 0);
    }
    return 0;
}

static int closes_all(void)
{
    return closes_everything(0);
}

/* A child has copies of the sockets: the card does not hear of their end. */
static int closes_all_beside_a_child(void)
{
    return closes_everything(1);
}

static int closes_all_and_exits(void)
{
    struct peer client = client_attach(NULL);

    (void)client;
    closefrom(3);
    return 0;
}

static void descriptors_closed_from_outside(void **state)
{
    (void)state;
    in_child(closes_all);
    in_child(closes_all_beside_a_child);
    in_child(closes_all_and_exits);
}

/* A child that no handler of the C library's was told of; it ends by exit, with the library's destructor. */
static int child_of_a_raw_clone(void)
{
    struct peer client = client_attach(NULL);
    int status;
    pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

    if (child == 0) {
        alarm(120);
        exit(uses_a_card());
    }
    if (waitpid(child, &status, 0) != child || status != 0 || client_get(&client, CONFIG, 0, 2) != 0x1234)
        return 1;
    child = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
    if (child == 0) {
        alarm(120);
        exit(0);
    }
    if (waitpid(child, &status, 0) != child || status != 0 || client_get(&client, CONFIG, 0, 2) != 0x1234)
        return 2;
    client_close(&client);
    return 0;
}

static void a_fork_behind_the_c_library(void **state)
{
    (void)state;
    in_child(child_of_a_raw_clone);
}

static void *attaches_until_it_fails(void *argument)
{
    /* Not on the stack: AddressSanitizer takes one that a cancellation has unwound for a fault. */
    static _Thread_local int fd, error, state;

    (void)argument;
    for (;;) {
        error = tlscard_sim_attach(NULL, &fd);
        pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
        if (error == 0)
            close(fd);
        pthread_setcancelstate(state, NULL);
        pthread_testcancel();
    }
    return NULL;
}

/* exit in one thread while others have cards made and unmade. */
static int exits_in_the_middle(void)
{
    pthread_t thread;
    int fd;

    for (unsigned i = 0; i < 2; i++)
        if (pthread_create(&thread, NULL, attaches_until_it_fails, NULL) != 0)
            return 1;
    for (unsigned i = 0; i < 20; i++)
        if (tlscard_sim_attach(NULL, &fd) == 0)
            close(fd);
    return 0;
}

static void exit_at_any_time(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++)
        in_child(exits_in_the_middle);
}

/* Forks while another thread has cards made and unmade: each child makes one of its own. */
static int forks_in_the_middle(void)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, attaches_until_it_fails, NULL) != 0)
        return 1;
    for (unsigned i = 0; i < 30; i++) {
        int status;
        pid_t child = fork();

        if (child == 0) {
            alarm(120);
            _exit(uses_a_card());
        }
        if (waitpid(child, &status, 0) != child || status != 0)
            return 2;
    }
    return 0;
}

static void fork_at_any_time(void **state)
{
    (void)state;
    in_child(forks_in_the_middle);
}

/* Wherever a thread is cancelled, the next finds nothing taken. */
static int is_cancelled(void)
{
    pthread_t thread;

    for (unsigned i = 0; i < 40; i++) {
        if (pthread_create(&thread, NULL, attaches_until_it_fails, NULL) != 0)
            return 1;
        poll(NULL, 0, (int)(i % 4));
        pthread_cancel(thread);
        pthread_join(thread, NULL);
        if (uses_a_card() != 0)
            return 2;
    }
    return 0;
}

static void a_thread_is_cancelled(void **state)
{
    (void)state;
    in_child(is_cancelled);
}

/* The thread's stack is not the limit's, which may be as small as this. */
static int small_stack(void)
{
    const struct rlimit limit = {65536, 65536};

    return setrlimit(RLIMIT_STACK, &limit) != 0 ? 5 : uses_a_card();
}

static int attach_result(void)
{
    int fd, error = tlscard_sim_attach(NULL, &fd);

    if (error == 0)
        close(fd);
    return error;
}

/* Without a thread there is no card; the process goes on, and has one when it may have threads. */
static int no_more_threads(void)
{
    struct rlimit none, before;

    /* Root may always. */
    if (geteuid() == 0 && setresuid(54321, 54321, 54321) != 0)
        return 1;
    getrlimit(RLIMIT_NPROC, &before);
    none = (struct rlimit){0, before.rlim_max};
    if (setrlimit(RLIMIT_NPROC, &none) != 0 || attach_result() != -EAGAIN || attach_result() != -EAGAIN)
        return 2;
    return setrlimit(RLIMIT_NPROC, &before) != 0 ? 3 : uses_a_card();
}

static int no_more_descriptors(void)
{
    struct rlimit limit, before;

    if (getrlimit(RLIMIT_NOFILE, &before) != 0)
        return 1;
    limit = before;
    for (limit.rlim_cur = 3; limit.rlim_cur < 12; limit.rlim_cur++) {
        int error = setrlimit(RLIMIT_NOFILE, &limit) != 0 ? -1 : attach_result();

        if (error != 0 && error != -EMFILE) {
            fprintf(stderr, "# %u descriptors: %s\n", (unsigned)limit.rlim_cur, strerror(-error));
            return 12;
        }
        if (setrlimit(RLIMIT_NOFILE, &before) != 0)
            return 14;
        card_wait_gone(); /* the one that was just let go of holds its function until then */
    }
    return setrlimit(RLIMIT_NOFILE, &before) != 0 ? 13 : uses_a_card();
}

static void limits_give_errors(void **state)
{
    (void)state;
    in_child(small_stack);
    in_child(no_more_threads);
    in_child(no_more_descriptors);
}

/* The card of the test before ends in a thread of its own, and until then may still be attached to. */
static int no_card_is_left(void **state)
{
    (void)state;
    card_wait_gone();
    return 0;
}

/* In children ThreadSanitizer takes the parent's threads for running: it ends one that starts a thread with the handle of
 * one of those, and gives a status of its own to one that ends beside a thread. It has a thread of its own as well, and calls
 * the exit handlers of a library that was unloaded. */
#ifdef __SANITIZE_THREAD__
static void not_with_this_sanitizer(void **state)
{
    (void)state;
    skip();
}
#define WITHOUT_THREAD_SANITIZER(test) {#test, not_with_this_sanitizer, (test) == NULL ? no_card_is_left : NULL, NULL, NULL}
#else
#define WITHOUT_THREAD_SANITIZER(test) cmocka_unit_test_setup(test, no_card_is_left)
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_function_once, no_card_is_left),
        cmocka_unit_test_setup(options_are_checked, no_card_is_left),
        cmocka_unit_test_setup(nothing_is_left_behind, no_card_is_left),
        cmocka_unit_test_setup(several_threads, no_card_is_left),
        WITHOUT_THREAD_SANITIZER(a_child_has_its_own_card),
        cmocka_unit_test_setup(a_child_does_not_hold_the_function, no_card_is_left),
        cmocka_unit_test_setup(an_idle_card_sleeps, no_card_is_left),
        cmocka_unit_test_setup(a_model_that_stops, no_card_is_left),
        WITHOUT_THREAD_SANITIZER(it_is_one_thread_without_signals),
        WITHOUT_THREAD_SANITIZER(descriptors_closed_from_outside),
        WITHOUT_THREAD_SANITIZER(a_fork_behind_the_c_library),
        WITHOUT_THREAD_SANITIZER(exit_at_any_time),
        WITHOUT_THREAD_SANITIZER(fork_at_any_time),
        WITHOUT_THREAD_SANITIZER(a_thread_is_cancelled),
        WITHOUT_THREAD_SANITIZER(limits_give_errors),
        WITHOUT_THREAD_SANITIZER(it_can_be_unloaded),
        cmocka_unit_test_setup(a_program_with_operators_of_its_own, no_card_is_left),
        cmocka_unit_test_setup(only_one_name_is_exported, no_card_is_left),
    };

    return cmocka_run_group_tests_name("library", tests, NULL, NULL);
}
