/* SPDX-License-Identifier: Apache-2.0 */
/* tlscard-sim as a process: its sockets, its options, its end, and that it sleeps. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/sim/client.h"

enum { CONFIG = 7 };

struct process {
    pid_t pid;
    FILE *output, *errors;
};

static char directory[64];

static int make_directory(void **state)
{
    (void)state;
    snprintf(directory, sizeof(directory), "/tmp/tlscard-test-XXXXXX");
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
    (void)state;
    return rmdir(directory);
}

static void program(char *path, size_t size)
{
    ssize_t length = readlink("/proc/self/exe", path, size - 1);
    char *slash;

    assert_true(length > 0);
    path[length] = '\0';
    slash = strrchr(path, '/');
    snprintf(slash, size - (size_t)(slash - path), "/tlscard-sim-loop");
}

/* Run with up to four arguments. */
static struct process run(const char *a, const char *b, const char *c, const char *d)
{
    char path[4096];
    int out[2], err[2];
    struct process process;

    program(path, sizeof(path));
    assert_int_equal(pipe2(out, O_CLOEXEC), 0);
    assert_int_equal(pipe2(err, O_CLOEXEC), 0);
    process.pid = fork();
    if (process.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that fails leaves none behind */
        dup2(out[1], 1);
        dup2(err[1], 2);
        setenv("TLSCARD_SOCKET_DIR", directory, 1);
        execl(path, path, a, b, c, d, (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    close(err[1]);
    process.output = fdopen(out[0], "r");
    process.errors = fdopen(err[0], "r");
    return process;
}

/* Its exit status; a signal's number negative. */
static int finish(struct process *process)
{
    int status;

    fclose(process->output);
    fclose(process->errors);
    assert_int_equal(waitpid(process->pid, &status, 0), process->pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void socket_path(char *path, size_t size, unsigned function)
{
    snprintf(path, size, "%s/function%u.sock", directory, function);
}

static void wait_ready(struct process *process, unsigned functions)
{
    char line[1024], path[128];

    assert_non_null(fgets(line, sizeof(line), process->output));
    assert_memory_equal(line, "listening on ", 13);
    for (unsigned i = 0; i < functions; i++) {
        socket_path(path, sizeof(path), i);
        assert_non_null(strstr(line, path));
        assert_int_equal(access(path, F_OK), 0);
    }
    socket_path(path, sizeof(path), functions);
    assert_null(strstr(line, path));
}

static struct peer connect_to(unsigned function)
{
    char path[128];
    struct peer client;

    socket_path(path, sizeof(path), function);
    client = client_connect(path);
    return client;
}

static void fails_saying(struct process *process, const char *words)
{
    char text[1024] = "";
    size_t size = fread(text, 1, sizeof(text) - 1, process->errors);

    text[size] = '\0';
    if (!strstr(text, words))
        fail_msg("'%s' is not in: %s", words, text);
    assert_in_range(finish(process), 1, 2);
}

static void it_serves_and_ends(int signal_number)
{
    struct process process = run(NULL, NULL, NULL, NULL);
    struct peer client[4];
    char path[128];

    wait_ready(&process, 4);
    for (unsigned i = 0; i < 4; i++) {
        client[i] = connect_to(i);
        client_version(&client[i]);
        client_put(&client[i], 0, 0, i + 1, 4);
    }
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(client_get(&client[i], 0, 0, 4), i + 1);
    kill(process.pid, signal_number);
    for (unsigned i = 0; i < 4; i++) {
        assert_true(client_closed(&client[i]));
        close(client[i].fd);
    }
    assert_int_equal(finish(&process), 0);
    for (unsigned i = 0; i < 4; i++) {
        socket_path(path, sizeof(path), i);
        assert_int_equal(access(path, F_OK), -1);
    }
}

static void it_ends_at_sigterm(void **state)
{
    (void)state;
    it_serves_and_ends(SIGTERM);
}

static void it_ends_at_sigint(void **state)
{
    (void)state;
    it_serves_and_ends(SIGINT);
}

static void a_second_client_is_refused(void **state)
{
    static const char version[8] = {0};
    struct process process = run("--functions", "2", NULL, NULL);
    struct peer first, second, third;
    char reply[256];

    (void)state;
    wait_ready(&process, 2);
    first = connect_to(1);
    client_version(&first);
    for (unsigned i = 0; i < 20; i++) {
        second = connect_to(1);
        assert_int_equal(client_exchange(&second, MESSAGE_VERSION, version, 4, reply, sizeof(reply)), -EBUSY);
        assert_true(client_closed(&second));
        close(second.fd);
    }
    assert_int_equal(client_get(&first, CONFIG, 0, 2), 0x1234);
    third = connect_to(0);
    client_version(&third);
    /* The first goes: the next is served. */
    client_close(&first);
    second = connect_to(1);
    client_version(&second);
    assert_int_equal(client_get(&second, 0, 0, 4), 0);
    client_close(&second);
    client_close(&third);
    kill(process.pid, SIGTERM);
    assert_int_equal(finish(&process), 0);
}

static void a_crowd_of_second_clients(void **state)
{
    struct process process = run("--functions", "1", NULL, NULL);
    struct peer first, crowd[14];

    (void)state;
    wait_ready(&process, 1);
    first = connect_to(0);
    client_version(&first);
    for (unsigned i = 0; i < 14; i++)
        crowd[i] = connect_to(0);
    assert_int_equal(client_get(&first, CONFIG, 0, 2), 0x1234);
    for (unsigned i = 0; i < 14; i++)
        close(crowd[i].fd);
    assert_int_equal(client_get(&first, CONFIG, 0, 2), 0x1234);
    client_close(&first);
    kill(process.pid, SIGTERM);
    assert_int_equal(finish(&process), 0);
}

static void bind_socket(const char *path, bool listening, int *fd)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    *fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(*fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    if (listening)
        assert_int_equal(listen(*fd, 1), 0);
}

static void a_stale_socket_is_replaced(void **state)
{
    struct process process;
    struct peer client;
    char path[128];
    int fd;

    (void)state;
    socket_path(path, sizeof(path), 0);
    bind_socket(path, true, &fd);
    close(fd);
    process = run("--functions", "1", NULL, NULL);
    wait_ready(&process, 1);
    client = connect_to(0);
    client_version(&client);
    client_close(&client);
    kill(process.pid, SIGTERM);
    assert_int_equal(finish(&process), 0);
}

static void a_live_socket_is_not(void **state)
{
    struct process process;
    char path[128];
    int fd;

    (void)state;
    socket_path(path, sizeof(path), 1);
    bind_socket(path, true, &fd);
    process = run("--functions", "2", NULL, NULL);
    fails_saying(&process, "somebody listens on");
    assert_int_equal(access(path, F_OK), 0);
    close(fd);
    unlink(path);
    /* What it had made already is gone. */
    socket_path(path, sizeof(path), 0);
    assert_int_equal(access(path, F_OK), -1);
}

static void what_is_no_socket_stays(void **state)
{
    struct process process;
    char path[128];

    (void)state;
    socket_path(path, sizeof(path), 0);
    close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
    process = run(NULL, NULL, NULL, NULL);
    fails_saying(&process, "exists and is not a socket");
    assert_int_equal(unlink(path), 0);
}

static void the_sockets_are_for_whom_it_is_said(void **state)
{
    const mode_t mask = umask(022);
    struct process process = run("--mode", "0620", "--group", geteuid() == 0 ? "65534" : "-");
    struct stat status;
    char path[128];

    (void)state;
    umask(mask);
    if (geteuid() != 0) { /* who may give no file away */
        fails_saying(&process, "there is no such group");
        return;
    }
    wait_ready(&process, 4);
    for (unsigned i = 0; i < 4; i++) {
        socket_path(path, sizeof(path), i);
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(status.st_mode & 07777, 0620);
        assert_int_equal(status.st_gid, 65534);
    }
    kill(process.pid, SIGTERM);
    assert_int_equal(finish(&process), 0);
}

/* A directory that it makes lets those in who may connect, and no others. */
static void its_directory_is_as_well(void **state)
{
    struct process process;
    struct stat status;
    char inner[96], path[128];

    (void)state;
    snprintf(inner, sizeof(inner), "%s/inner", directory);
    process = run("--mode", "0660", "--socket-dir", inner);
    assert_non_null(fgets(path, sizeof(path), process.output));
    assert_int_equal(stat(inner, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0750);
    kill(process.pid, SIGTERM);
    assert_int_equal(finish(&process), 0);
    assert_int_equal(rmdir(inner), 0);
}

static void bad_arguments(void **state)
{
    struct process process = run("--functions", "0", NULL, NULL);

    (void)state;
    fails_saying(&process, "--functions: bad value '0'");
    process = run("--functions", "5", NULL, NULL);
    fails_saying(&process, "the model has fewer");
    process = run("--mode", "0788", NULL, NULL);
    fails_saying(&process, "--mode 0788: not an octal mode");
    process = run("--mode", "1777", NULL, NULL);
    fails_saying(&process, "--mode 1777: not an octal mode");
    process = run("--group", "no-such-group-here", NULL, NULL);
    fails_saying(&process, "--group no-such-group-here: there is no such group");
    process = run("--nonsense", NULL, NULL, NULL);
    fails_saying(&process, "--help");
    process = run("more", NULL, NULL, NULL);
    fails_saying(&process, "unexpected argument 'more'");
    process = run("--latency", NULL, NULL, NULL);
    fails_saying(&process, "--help");
    process = run("--trace", "/nonexistent/x.fst", NULL, NULL);
    fails_saying(&process, "cannot write the trace");
    process = run("--socket-dir", "/nonexistent/deeper", NULL, NULL);
    fails_saying(&process, "cannot make /nonexistent/deeper");
    process = run("--socket-dir",
                  "/tmp/0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890",
                  NULL, NULL);
    fails_saying(&process, "name too long");
    rmdir("/tmp/0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890");
}

static void help_and_version(void **state)
{
    struct process process = run("--help", NULL, NULL, NULL);
    char line[256];

    (void)state;
    assert_non_null(fgets(line, sizeof(line), process.output));
    assert_memory_equal(line, "Usage: tlscard-sim", 18);
    while (fgets(line, sizeof(line), process.output))
        ;
    assert_int_equal(finish(&process), 0);
    process = run("--version", NULL, NULL, NULL);
    assert_non_null(fgets(line, sizeof(line), process.output));
    assert_memory_equal(line, "tlscard-sim ", 12);
    assert_int_equal(finish(&process), 0);
}

static void stats_are_printed(void **state)
{
    struct process process = run("--functions", "2", "--stats", NULL);
    char line[4096];

    (void)state;
    wait_ready(&process, 2);
    for (unsigned i = 0; i < 3; i++) {
        kill(process.pid, i < 2 ? SIGUSR1 : SIGTERM);
        assert_non_null(fgets(line, sizeof(line), process.output));
        assert_memory_equal(line, "{\"cycles\":", 10);
        assert_non_null(strstr(line, "\"function\":1"));
        assert_null(strstr(line, "\"function\":2"));
    }
    assert_int_equal(finish(&process), 0);
}

static void signals_are_recorded(void **state)
{
    char path[128];
    struct process process;
    struct stat status;

    (void)state;
    snprintf(path, sizeof(path), "%s/out.fst", directory);
    process = run("--trace", path, NULL, NULL);
    wait_ready(&process, 4);
    kill(process.pid, SIGTERM);
    assert_int_equal(finish(&process), 0);
    assert_int_equal(stat(path, &status), 0);
    assert_true(status.st_size > 200);
    unlink(path);
}

/* Processor time of a process in clock ticks. */
static unsigned long ticks(pid_t pid)
{
    char path[64], text[1024], *after;
    unsigned long user = 0, system = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/stat", pid);
    file = fopen(path, "r");
    assert_non_null(fgets(text, sizeof(text), file));
    fclose(file);
    after = strrchr(text, ')');
    assert_int_equal(sscanf(after, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system), 2);
    return user + system;
}

static void an_idle_process_sleeps(void **state)
{
    struct process process = run(NULL, NULL, NULL, NULL);
    struct peer client;
    unsigned long before;

    (void)state;
    wait_ready(&process, 4);
    client = connect_to(0);
    client_version(&client);
    loop_enable(&client);
    client_get(&client, 0, 0, 4);
    before = ticks(process.pid);
    sleep(5);
    assert_in_range((ticks(process.pid) - before) * 1000 / (unsigned long)sysconf(_SC_CLK_TCK), 0, 20);
    client_close(&client);
    kill(process.pid, SIGTERM);
    assert_int_equal(finish(&process), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_ends_at_sigterm),
        cmocka_unit_test(it_ends_at_sigint),
        cmocka_unit_test(a_second_client_is_refused),
        cmocka_unit_test(a_crowd_of_second_clients),
        cmocka_unit_test(a_stale_socket_is_replaced),
        cmocka_unit_test(a_live_socket_is_not),
        cmocka_unit_test(what_is_no_socket_stays),
        cmocka_unit_test(the_sockets_are_for_whom_it_is_said),
        cmocka_unit_test(its_directory_is_as_well),
        cmocka_unit_test(bad_arguments),
        cmocka_unit_test(help_and_version),
        cmocka_unit_test(stats_are_printed),
        cmocka_unit_test(signals_are_recorded),
        cmocka_unit_test(an_idle_process_sleeps),
    };

    return cmocka_run_group_tests_name("main", tests, make_directory, remove_directory);
}
