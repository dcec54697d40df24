/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory, descriptors and the like that cannot be had, at each point of a card's use in turn: once, or from then on.
 *
 * The linker puts the functions below before the C library's for the driver (driver.mk). They fail in the thread under test
 * alone: the fake card's has what it needs.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/driver/fixture.h"
#include "tests/driver/records.h"

#define EVER UINT_MAX

static _Thread_local struct {
    int armed, without_poll;
    unsigned seen, first; /* acquisitions; the one that fails */
    int once;             /* those that follow do not */
} shortage;

static int fails(int error)
{
    unsigned number = shortage.seen;

    if (!shortage.armed)
        return 0;
    shortage.seen++;
    errno = error;
    return number == shortage.first || (number > shortage.first && !shortage.once);
}

#define WRAP(type, name, parameters, arguments, error, failure)  \
    type __real_##name parameters;                               \
    type __wrap_##name parameters;                               \
    type __wrap_##name parameters                                \
    {                                                            \
        return fails(error) ? (failure) : __real_##name arguments; \
    }

WRAP(void *, calloc, (size_t count, size_t size), (count, size), ENOMEM, NULL)
WRAP(void *, mmap, (void *at, size_t size, int protection, int flags, int fd, off_t offset),
     (at, size, protection, flags, fd, offset), ENOMEM, MAP_FAILED)
WRAP(int, madvise, (void *at, size_t size, int advice), (at, size, advice), ENOMEM, -1)
WRAP(int, memfd_create, (const char *name, unsigned flags), (name, flags), EMFILE, -1)
WRAP(int, ftruncate, (int fd, off_t size), (fd, size), ENOSPC, -1)
WRAP(int, eventfd, (unsigned count, int flags), (count, flags), EMFILE, -1)
WRAP(int, socket, (int domain, int type, int protocol), (domain, type, protocol), ENFILE, -1)

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...)
{
    return fails(ENFILE) ? -1 : __real_open(path, flags); /* the driver creates no file */
}

/* What no memory for comes to an end or lasts as long as the card's deadlines, so it fails once only. */
ssize_t __real_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int fd, const struct msghdr *message, int flags)
{
    int passes = message->msg_controllen > 0;

    if ((passes || shortage.once) && fails(passes ? ETOOMANYREFS : ENOBUFS))
        return -1;
    return __real_sendmsg(fd, message, flags);
}

/* As with RLIMIT_NOFILE at 0. */
int __real_poll(struct pollfd *descriptors, nfds_t count, int ms);
int __wrap_poll(struct pollfd *descriptors, nfds_t count, int ms);
int __wrap_poll(struct pollfd *descriptors, nfds_t count, int ms)
{
    if (!shortage.without_poll || count == 0)
        return __real_poll(descriptors, count, ms);
    errno = EINVAL;
    return -1;
}

/* 0, or an error that says what was short; a queue that a vain reset left has -EAGAIN. */
static int expect_shortage(int error)
{
    static const int known[] = {0, -ENOMEM, -EMFILE, -ENFILE, -ENOSPC, -ETOOMANYREFS, -EAGAIN};

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (error == known[i])
            return error;
    fail_msg("%s", strerror(-error));
    return error;
}

static void use_rsa(struct tlscard *card, struct tlscard_queue *queue)
{
    struct tlscard_rsa_key *key = NULL;
    struct tlscard_request *request = NULL;
    struct key_octets octets;
    uint8_t source[256] = {9}, output[256];

    make_components(&octets, sizeof source, 1);
    if (expect_shortage(tlscard_rsa_key_create(card, &octets.components, &key)) != 0)
        return;
    if (expect_shortage(tlscard_rsa_private(queue, key, source, sizeof source, &request)) == 0) {
        assert_int_equal(tlscard_request_wait(request, 60000), 0);
        assert_int_equal(tlscard_request_result(request, output, sizeof output, NULL), 0);
        tlscard_request_release(request);
    }
    tlscard_rsa_key_free(key);
}

static void use_curve(struct tlscard *card, struct tlscard_queue *queue)
{
    static const uint8_t scalar[32] = {1};
    const struct tlscard_ec_components components = {.scalar = {scalar, sizeof scalar}};
    struct tlscard_ec_key *key = NULL;
    struct tlscard_request *request = NULL;

    if (expect_shortage(tlscard_ec_key_create(card, TLSCARD_EC_P256, &components, &key)) != 0)
        return;
    if (expect_shortage(tlscard_ec_public(queue, key, &request)) == 0) {
        assert_int_equal(tlscard_request_wait(request, 60000), 0);
        tlscard_request_release(request);
    }
    tlscard_ec_key_free(key);
}

static void use_record(struct tlscard_queue *queue)
{
    static const uint8_t octets[100];
    const struct tlscard_gcm_record record = {
        .key = {octets, 16}, .nonce = octets, .aad = {octets, 13}, .input = {octets, sizeof octets}};
    struct tlscard_request *request = NULL;
    uint8_t output[sizeof octets], tag[TLSCARD_GCM_TAG];
    size_t submitted;

    if (expect_shortage(tlscard_gcm_submit(queue, &record, 1, &request, &submitted)) != 0)
        return;
    assert_int_equal(tlscard_request_wait(request, 60000), 0);
    assert_int_equal(tlscard_gcm_result(request, output, sizeof output, tag, NULL), 0);
    tlscard_request_release(request);
}

/* Everything that acquires something. */
static void use(struct tlscard *card)
{
    struct tlscard_queue *queue = NULL, *other = NULL;

    if (expect_shortage(tlscard_queue_open(card, 8, &queue)) == 0) {
        use_rsa(card, queue);
        use_curve(card, queue);
        use_record(queue);
        expect_shortage(tlscard_reset(card, 60000));
        use_rsa(card, queue);
        expect_shortage(tlscard_queue_open(card, 256, &other));
        tlscard_queue_close(other);
    } else {
        assert_null(queue);
    }
    tlscard_queue_close(queue);
}

static unsigned descriptors(void)
{
    DIR *folder = opendir("/proc/self/fd");
    unsigned count = 0;

    while (readdir(folder) != NULL)
        count++;
    closedir(folder);
    return count;
}

/* Mappings of memory files, the fake card's included. */
static unsigned mappings(void)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    unsigned count = 0;

    while (fgets(line, sizeof line, maps) != NULL)
        count += strstr(line, "memfd:tlscard") != NULL;
    fclose(maps);
    return count;
}

/* The fake card learns of a connection that was dropped in its own time. */
static void expect_nothing_left(struct fixture *fixture, unsigned usual)
{
    for (unsigned tries = 0; descriptors() != usual || mappings() != 0; tries++) {
        assert_true(tries < 60000);
        poll(NULL, 0, 1);
        seen(fixture);
    }
}

/* One life of a card, with the acquisition of that number failing; then all is well again. How many there are. */
static unsigned live(struct fixture *fixture, const char *address, unsigned first, int once)
{
    struct tlscard *card = NULL;
    char message[TLSCARD_MESSAGE_SIZE];

    shortage.seen = 0;
    shortage.first = first;
    shortage.once = once;
    shortage.armed = 1;
    int error = expect_shortage(tlscard_open(address, 60000, &card, message));
    assert_int_equal(message[0] == '\0', error == 0);
    assert_int_equal(card == NULL, error != 0);
    if (error == 0)
        use(card);
    shortage.armed = 0;
    unsigned count = shortage.seen;
    if (error != 0)
        assert_int_equal(tlscard_open(address, 60000, &card, message), 0);
    assert_int_equal(tlscard_reset(card, 60000), 0); /* one that was cut short is made good */
    use(card);
    fixture->card = card;
    struct tlscard_queue *queue = open_queue(fixture, 4);
    struct tlscard_rsa_key *key = make_key(card, 256, 1);
    expect_result(submit(queue, key, 3), key, 3);
    tlscard_rsa_key_free(key);
    shortage.armed = !once; /* releasing needs nothing */
    tlscard_close(card);
    shortage.armed = 0;
    fixture->card = NULL;
    return count;
}

static void each_in_turn(struct fixture *fixture, const char *address, int once)
{
    unsigned usual, count;

    fake_card_start(&fixture->fake);
    fixture->running = 1;
    live(fixture, address, EVER, once); /* what is kept once it is had */
    usual = descriptors();
    count = live(fixture, address, EVER, once);
    assert_true(count > 20);
    for (unsigned number = 0; number < count; number++) {
        live(fixture, address, number, once);
        expect_nothing_left(fixture, usual);
    }
}

static char address[160];

static const char *socket_of(struct fixture *fixture)
{
    snprintf(address, sizeof address, "vfio-user:%s", fixture->fake.path);
    return address;
}

static void one_fails(void **state)
{
    each_in_turn(*state, socket_of(*state), 1);
}

static void one_and_all_that_follow_fail(void **state)
{
    each_in_turn(*state, socket_of(*state), 0);
}

static void in_a_folder_of_sockets(void **state)
{
    struct fixture *fixture = *state;

    snprintf(address, sizeof address, "vfio-user:%s", fixture->directory);
    each_in_turn(fixture, address, 1);
}

/* The program has set RLIMIT_NOFILE to 0 once the card was open: what is open goes on. */
static void without_poll(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard_queue *queue = open_queue(fixture, 8);
    struct tlscard_rsa_key *key = make_key(fixture->card, 256, 1);
    struct tlscard_info info;

    fixture->fake.script = hold;
    shortage.without_poll = 1;
    struct tlscard_request *request = submit(queue, key, 5);
    assert_int_equal(tlscard_request_wait(request, 50), -ETIMEDOUT);
    assert_int_equal(tlscard_info(fixture->card, &info), 0);
    await_held(fixture, 1);
    answer(fixture, 0);
    expect_result(request, key, 5);
    assert_int_equal(tlscard_reset(fixture->card, 60000), 0);
    tlscard_rsa_key_free(key);
    tlscard_queue_close(queue);
    shortage.without_poll = 0;
}

int main(void)
{
#define PREPARED(test) cmocka_unit_test_setup_teardown(test, fixture_prepared, fixture_end)
    const struct CMUnitTest tests[] = {
        PREPARED(one_fails),
        PREPARED(one_and_all_that_follow_fail),
        PREPARED(in_a_folder_of_sockets),
        cmocka_unit_test_setup_teardown(without_poll, fixture_opened, fixture_end),
    };

    return cmocka_run_group_tests_name("shortage", tests, NULL, NULL);
}
