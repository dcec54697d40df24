/* SPDX-License-Identifier: Apache-2.0 */
/* The vfio-user client against every way in which the other side can break the protocol. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "driver/device.h"
#include "driver/message.h"
#include "driver/transport.h"
#include "driver/vfio_user.h"
#include "tests/driver/fixture.h"

static int expected_error(enum fake_fault fault)
{
    switch (fault) {
    case FAKE_SILENT:
        return -ETIMEDOUT;
    case FAKE_ERROR:
        return -ENOMEM;
    case FAKE_ERROR_ZERO:
        return -EIO;
    case FAKE_SLOW:
    case FAKE_ASKS_FIRST:
        return 0;
    default:
        return -EPROTO;
    }
}

static int open_with(struct fixture *fixture, enum fake_fault fault)
{
    struct transport *transport = NULL;

    CHANGE(fixture, fault, fault);
    if (!fixture->running)
        fake_card_start(&fixture->fake);
    fixture->running = 1;
    int error = vfio_user_open(fixture->fake.path, clock_ms() + (fault == FAKE_SILENT ? 50 : 60000), &transport,
                               fixture->message);
    if (transport != NULL)
        transport->operations->close(transport);
    return error;
}

/* VERSION, DEVICE_GET_INFO and GET_IRQ_INFO are messages 1 to 3 of the start. */
static void each_fault_of_each_message_of_the_start(void **state)
{
    (void)state;
    for (unsigned message = 1; message <= 3; message++) {
        for (enum fake_fault fault = FAKE_SILENT; fault < FAKE_FAULTS; fault++) {
            void *inner = NULL;

            fixture_prepared(&inner);
            struct fixture *fixture = inner;
            CHANGE(fixture, fault_at, message);
            int error = open_with(fixture, fault);
            /* The version's reply may be of any length, and a device may have all flags. */
            int harmless = message == 1 ? fault == FAKE_SHORT || fault == FAKE_LONG
                                        : message == 2 && fault == FAKE_GARBLED;
            assert_int_equal(error, harmless ? 0 : expected_error(fault));
            assert_int_equal(strlen(fixture->message) > 0, error != 0);
            assert_int_equal(seen(fixture)->fault_done, 1);
            assert_int_equal(fixture->fake.refusals, fault == FAKE_ASKS_FIRST);
            assert_int_equal(fixture_end(&inner), 0);
        }
    }
}

static void the_sentence_says_what_broke(void **state)
{
    static const struct {
        enum fake_fault fault;
        const char *words;
    } cases[] = {
        {FAKE_WRONG_ID, "id of another message"}, {FAKE_WRONG_COMMAND, "another command"},
        {FAKE_WRONG_TYPE, "neither command nor reply"}, {FAKE_LONG, "wrong size"}, {FAKE_TINY, "impossible size"},
        {FAKE_HUGE, "impossible size"}, {FAKE_CUT, "closed the connection"}, {FAKE_SILENT, "did not answer"}, {FAKE_GARBLED, "MSI-X"},
    };

    (void)state;
    for (size_t index = 0; index < sizeof cases / sizeof cases[0]; index++) {
        void *inner = NULL;

        fixture_prepared(&inner);
        struct fixture *fixture = inner;
        CHANGE(fixture, fault_at, 3);
        assert_true(open_with(fixture, cases[index].fault) < 0);
        assert_non_null(strstr(fixture->message, cases[index].words));
        assert_non_null(strstr(fixture->message, fixture->fake.path));
        fixture_end(&inner);
    }
}

/* Each operation of a running transport; the fault meets it alone. */
static int operate(struct transport *transport, unsigned which, int file, unsigned ms)
{
    uint64_t deadline = clock_ms() + ms;
    uint64_t size;
    uint32_t value = 0;
    int eventfd = STDERR_FILENO;

    switch (which) {
    case 0:
        return transport->operations->region_size(transport, TRANSPORT_BAR0, &size, deadline);
    case 1:
        return transport->operations->read(transport, TRANSPORT_BAR0, 0, &value, 4, deadline);
    case 2:
        return transport->operations->write(transport, TRANSPORT_CONFIG, 4, &value, 4, deadline);
    case 3:
        return transport->operations->unmap(transport, 0x1000, 4096, deadline);
    case 4:
        return transport->operations->interrupts(transport, &eventfd, 1, deadline);
    case 5:
        return transport->operations->interrupts(transport, NULL, 0, deadline);
    case 6:
        return transport->operations->reset(transport, deadline);
    default:
        return transport->operations->map(transport, 0x10000, NULL, 4096, file, 0, deadline);
    }
}

/* The connection, with a page mapped by its fourth message; the fifth meets the fault. */
static struct transport *connect_and_map(struct fixture *fixture, enum fake_fault fault, int file)
{
    struct transport *transport;

    CHANGE(fixture, fault_at, 5);
    CHANGE(fixture, fault, fault);
    fake_card_start(&fixture->fake);
    fixture->running = 1;
    assert_int_equal(vfio_user_open(fixture->fake.path, clock_ms() + 60000, &transport, fixture->message), 0);
    assert_int_equal(transport->operations->map(transport, 0x1000, NULL, 4096, file, 0, clock_ms() + 60000), 0);
    return transport;
}

static void each_fault_of_each_operation(void **state)
{
    (void)state;
    int file = memfd_create("test", MFD_CLOEXEC);

    assert_int_equal(ftruncate(file, 4096), 0);
    for (unsigned which = 0; which <= 7; which++) {
        for (enum fake_fault fault = FAKE_NO_FAULT; fault < FAKE_FAULTS; fault++) {
            void *inner = NULL;

            fixture_prepared(&inner);
            struct fixture *fixture = inner;
            struct transport *transport = connect_and_map(fixture, fault, file);
            int error = operate(transport, which, file, fault == FAKE_SILENT ? 50 : 60000);
            /* A reply without payload has nothing to garble. */
            int expected = fault == FAKE_NO_FAULT || (fault == FAKE_GARBLED && which > 3) ? 0 : expected_error(fault);
            if (fault == FAKE_CUT || fault == FAKE_CUT_MIDDLE)
                expected = -EPIPE;
            assert_int_equal(error, expected);
            /* Broken for good, with the same error at once; an error reply or a late one is no break. */
            int broken = transport->fault != NULL;
            int lasting = fault != FAKE_ERROR && fault != FAKE_ERROR_ZERO && fault != FAKE_SILENT;
            assert_int_equal(broken, expected != 0 && lasting);
            assert_int_equal(operate(transport, 1, file, 60000), broken ? expected : 0);
            transport->operations->close(transport);
            fixture_end(&inner);
        }
    }
    close(file);
}

static void a_posted_write_to_a_dead_server_is_an_error_and_no_signal(void **state)
{
    struct fixture *fixture = *state;
    struct transport *transport;
    uint32_t value = 0;
    int error = 0;

    CHANGE(fixture, fault_at, 4);
    CHANGE(fixture, fault, FAKE_CUT);
    fake_card_start(&fixture->fake);
    fixture->running = 1;
    assert_int_equal(vfio_user_open(fixture->fake.path, clock_ms() + 60000, &transport, NULL), 0);
    for (unsigned count = 0; count < 100000 && error == 0; count++)
        error = transport->operations->write(transport, TRANSPORT_BAR0, 0x60, &value, 4, clock_ms() + 60000);
    assert_int_equal(error, -EPIPE);
    transport->operations->close(transport);
}

/* Take all that was sent: whole messages, of which the ids follow one another. */
static void drain(int fd)
{
    static uint8_t octets[1 << 20];
    struct vfio_user_header header;
    uint16_t id = 0;
    ssize_t size = 0, got;

    while ((got = recv(fd, octets + size, sizeof octets - (size_t)size, MSG_DONTWAIT)) > 0)
        size += got;
    for (ssize_t place = 0; place < size; place += header.size) {
        memcpy(&header, octets + place, sizeof header);
        assert_int_equal(header.id, ++id);
        assert_in_range(header.size, sizeof header, size - place);
    }
    assert_true(id > 3);
}

/* A server that takes nothing off its socket: posted writes end when the socket is full, a second later whatever the
 * deadline. Nothing of them was sent: once it reads again, all goes on. */
static void a_server_that_stops_reading_is_noticed(void **state)
{
    struct transport *transport;
    uint32_t value = 0;
    int error = 0, pair[2];
    static const uint8_t replies[] = {
        /* VERSION 0.0 */ 1, 0, 1, 0, 20, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        /* DEVICE_GET_INFO: PCI, 9 regions, 5 interrupts */ 2, 0, 4, 0, 32, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0,
        0, 2, 0, 0, 0, 9, 0, 0, 0, 5, 0, 0, 0,
        /* GET_IRQ_INFO: 8 vectors */ 3, 0, 7, 0, 32, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0,
        0, 8, 0, 0, 0};

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_int_equal(write(pair[1], replies, sizeof replies), sizeof replies);
    assert_int_equal(vfio_user_attach(pair[0], "test", "test", clock_ms() + 1000, &transport, NULL), 0);
    assert_string_equal(transport->operations->name, "test");
    for (unsigned count = 0; count < 1000000 && error == 0; count++)
        error = transport->operations->write(transport, TRANSPORT_BAR0, 0x60, &value, 4, clock_ms() + 600000);
    assert_int_equal(error, -ETIMEDOUT);
    assert_int_equal(transport->operations->read(transport, TRANSPORT_BAR0, 0, &value, 4, clock_ms() + 20), -ETIMEDOUT);
    assert_null(transport->fault);
    drain(pair[1]);
    assert_int_equal(transport->operations->write(transport, TRANSPORT_BAR0, 0x60, &value, 4, 0), 0);
    transport->operations->close(transport);
    close(pair[1]);
}

static int open_path(const char *path, char *message)
{
    struct transport *transport;
    int error = vfio_user_open(path, clock_ms() + 100, &transport, message);

    assert_null(transport);
    return error;
}

static void sockets_that_are_none(void **state)
{
    struct fixture *fixture = *state;
    char path[160], message[TLSCARD_MESSAGE_SIZE];
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(path, sizeof path, "%s/absent", fixture->directory);
    assert_int_equal(open_path(path, message), -ENODEV);
    assert_non_null(strstr(message, "no such socket"));
    snprintf(path, sizeof path, "%s/file", fixture->directory);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
    assert_int_equal(open_path(path, message), -ENODEV);
    assert_non_null(strstr(message, "not a socket"));
    unlink(path);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    memcpy(address.sun_path, path, strlen(path));
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(open_path(path, message), -ENODEV);
    assert_non_null(strstr(message, "nothing listens"));
    close(fd);
    unlink(path);
    memset(path, 'x', sizeof path - 1);
    path[sizeof path - 1] = '\0';
    assert_int_equal(open_path(path, message), -EINVAL);
    assert_non_null(strstr(message, "107"));
}

/* Nobody accepts, and the backlog is full. */
static void a_full_backlog_ends_at_the_deadline(void **state)
{
    struct fixture *fixture = *state;
    char message[TLSCARD_MESSAGE_SIZE];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), first = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

    memcpy(address.sun_path, fixture->fake.path, sizeof address.sun_path);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 0), 0);
    assert_int_equal(connect(first, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(open_path(fixture->fake.path, message), -ETIMEDOUT);
    assert_non_null(strstr(message, "not accepted in time"));
    close(first);
    close(listener);
    unlink(fixture->fake.path);
}

static void a_taken_function_is_busy(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(open_path(fixture->fake.path, fixture->message), -EBUSY);
    assert_non_null(strstr(fixture->message, "taken by another process"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_of_each_message_of_the_start),
        cmocka_unit_test(the_sentence_says_what_broke),
        cmocka_unit_test(each_fault_of_each_operation),
        cmocka_unit_test_setup_teardown(a_posted_write_to_a_dead_server_is_an_error_and_no_signal, fixture_prepared,
                                        fixture_end),
        cmocka_unit_test(a_server_that_stops_reading_is_noticed),
        cmocka_unit_test_setup_teardown(sockets_that_are_none, fixture_prepared, fixture_end),
        cmocka_unit_test_setup_teardown(a_full_backlog_ends_at_the_deadline, fixture_prepared, fixture_end),
        cmocka_unit_test_setup_teardown(a_taken_function_is_busy, fixture_opened, fixture_end),
    };

    return cmocka_run_group_tests_name("vfio_user", tests, NULL, NULL);
}
