/* SPDX-License-Identifier: Apache-2.0 */
/* The card inside the process: attaching, letting go, threads, fork, loading and unloading. */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* The card of the test before ends in a thread of its own, and until then may still be attached to. */
static int no_card_is_left(void **state)
{
    (void)state;
    card_wait_gone();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(every_function_once, no_card_is_left),
        cmocka_unit_test_setup(options_are_checked, no_card_is_left),
        cmocka_unit_test_setup(nothing_is_left_behind, no_card_is_left),
        cmocka_unit_test_setup(several_threads, no_card_is_left),
        cmocka_unit_test_setup(a_child_has_its_own_card, no_card_is_left),
        cmocka_unit_test_setup(a_child_does_not_hold_the_function, no_card_is_left),
        cmocka_unit_test_setup(an_idle_card_sleeps, no_card_is_left),
        cmocka_unit_test_setup(a_model_that_stops, no_card_is_left),
        cmocka_unit_test_setup(it_can_be_unloaded, no_card_is_left),
        cmocka_unit_test_setup(only_one_name_is_exported, no_card_is_left),
    };

    return cmocka_run_group_tests_name("library", tests, NULL, NULL);
}
