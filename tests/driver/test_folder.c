/* SPDX-License-Identifier: Apache-2.0 */
/* A card is opened after chroot(2) and as another user, by the folder that was kept; as root only. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver/folder.h"
#include "tests/driver/fixture.h"

#define NOBODY 65534

static char folder_address[64];

/* What a child does to itself between keeping the folder and opening the card. */
enum { KEEP = 1, NO_THREADS = 2, LOSE = 4, FORK = 8 };

static void give_up(const char *root, int how)
{
    const struct rlimit none = {0, 0};

    if (chroot(root) != 0 || chdir("/") != 0 || setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
        _exit(90);
    if ((how & NO_THREADS) != 0 && setrlimit(RLIMIT_NPROC, &none) != 0)
        _exit(91);
}

/* Another file under the number of the kept folder, as of a program that closes all and opens its own. */
static int lose(const char *directory)
{
    int folder = folder_get(directory, strlen(directory)), other = open("/", O_RDONLY | O_DIRECTORY);

    if (folder < 0 || other < 0 || dup2(other, folder) != folder)
        _exit(92);
    return folder;
}

static int open_and_close(void)
{
    struct tlscard *card;
    char message[TLSCARD_MESSAGE_SIZE], before[256], after[256];

    if (getcwd(before, sizeof before) == NULL)
        return 93;
    int error = tlscard_open(folder_address, 5000, &card, message);
    if (getcwd(after, sizeof after) == NULL || strcmp(before, after) != 0)
        return 94; /* the working folder is as it was */
    if (error == 0)
        tlscard_close(card);
    return -error;
}

static int child(const struct fixture *fixture, const char *root, int how)
{
    int lost = -1, status;

    if ((how & KEEP) != 0 && tlscard_keep(folder_address) != 0)
        return 95;
    if ((how & LOSE) != 0)
        lost = lose(fixture->directory);
    if ((how & FORK) != 0) {
        pid_t grandchild = fork();
        if (grandchild > 0)
            return waitpid(grandchild, &status, 0) == grandchild && WIFEXITED(status) ? WEXITSTATUS(status) : 96;
    }
    give_up(root, how);
    int error = open_and_close();
    return lost >= 0 && fcntl(lost, F_GETFD) < 0 ? 97 : error;
}

/* The errno with which the child's attempt ended. */
static int attempt(struct fixture *fixture, int how)
{
    char root[] = "/tmp/tlscard-root.XXXXXX";
    int status = -1;

    if (geteuid() != 0)
        skip();
    snprintf(folder_address, sizeof folder_address, "vfio-user:%s", fixture->directory);
    assert_non_null(mkdtemp(root));
    assert_int_equal(chmod(root, 0755) | chmod(fixture->directory, 0755), 0);
    fake_card_start(&fixture->fake);
    fixture->running = 1;
    assert_int_equal(chmod(fixture->fake.path, 0666), 0);
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        _exit(child(fixture, root, how));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    rmdir(root);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 95)
        skip(); /* this machine lets root mount nothing */
    return WEXITSTATUS(status);
}

static void without_it_nothing_is_found(void **state)
{
    assert_int_equal(attempt(*state, 0), ENODEV);
}

/* ThreadSanitizer ends a child whose thread has the handle that one of the parent's threads had. */
static void skip_threads_of_children(void)
{
#ifdef __SANITIZE_THREAD__
    skip();
#endif
}

static void a_kept_folder_is_found(void **state)
{
    skip_threads_of_children();
    assert_int_equal(attempt(*state, KEEP), 0);
}

static void where_no_thread_may_start_as_well(void **state)
{
    assert_int_equal(attempt(*state, KEEP | NO_THREADS), 0);
}

static void in_children_as_well(void **state)
{
    skip_threads_of_children();
    assert_int_equal(attempt(*state, KEEP | FORK), 0);
}

static void a_descriptor_that_is_another_s_is_left_alone(void **state)
{
    assert_int_equal(attempt(*state, KEEP | LOSE), ENODEV);
}

static void what_has_no_folder(void **state)
{
    (void)state;
    assert_int_equal(tlscard_keep("sim"), -ENOTSUP);
    assert_int_equal(tlscard_keep("pci:0000:01:00.0"), -ENOTSUP);
    assert_int_equal(tlscard_keep("nothing"), -EINVAL);
    assert_int_equal(tlscard_keep("vfio-user:/absent"), -ENOENT);
    assert_int_equal(folder_get("/absent", 7), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_it_nothing_is_found, fixture_prepared, fixture_end),
        cmocka_unit_test_setup_teardown(a_kept_folder_is_found, fixture_prepared, fixture_end),
        cmocka_unit_test_setup_teardown(where_no_thread_may_start_as_well, fixture_prepared, fixture_end),
        cmocka_unit_test_setup_teardown(in_children_as_well, fixture_prepared, fixture_end),
        cmocka_unit_test_setup_teardown(a_descriptor_that_is_another_s_is_left_alone, fixture_prepared, fixture_end),
        cmocka_unit_test(what_has_no_folder),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
