/* SPDX-License-Identifier: Apache-2.0 */
/* tlscard_open: addresses, what is not a tlscard, and a connection that fails at every step. */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/driver/fixture.h"

static void expect_refusal(struct fixture *fixture, int error, const char *words)
{
    assert_int_equal(fixture_open(fixture, 60000), error);
    assert_null(fixture->card);
    assert_non_null(strstr(fixture->message, words));
}

static void a_sound_card_is_opened(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(fixture_open(fixture, 0), 0);
    assert_non_null(fixture->card);
    assert_string_equal(fixture->message, "");
    assert_true(seen(fixture)->resets >= 1);
    assert_int_equal(fixture->fake.configuration[PCI_COMMAND] & 6, PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    tlscard_close(fixture->card);
    fixture->card = NULL;
    /* And again, since the function is free again. */
    assert_int_equal(fixture_open(fixture, 0), 0);
}

static void another_map_is_refused(void **state)
{
    struct fixture *fixture = *state;

    fixture->fake.map_hash ^= 1;
    expect_refusal(fixture, -ENOEXEC, "build both from one source");
}

static void another_name_is_refused(void **state)
{
    struct fixture *fixture = *state;

    fixture->fake.name ^= 1;
    expect_refusal(fixture, -ENOEXEC, "not a tlscard");
}

static void another_device_is_refused(void **state)
{
    struct fixture *fixture = *state;

    fixture->fake.configuration[PCI_DEVICE_ID] ^= 1;
    expect_refusal(fixture, -ENOEXEC, "not a tlscard");
}

static void truncated_configuration_space_is_refused(void **state)
{
    struct fixture *fixture = *state;

    CHANGE(fixture, configuration_size, 64);
    expect_refusal(fixture, -EPROTO, "configuration space is truncated: 64 octets");
}

static void truncated_bar_is_refused(void **state)
{
    struct fixture *fixture = *state;

    fixture->fake.bar0_size = 0x1000;
    expect_refusal(fixture, -EPROTO, "BAR 0 is truncated");
}

static void a_bridge_is_refused(void **state)
{
    struct fixture *fixture = *state;

    CHANGE(fixture, configuration[PCI_HEADER_TYPE], PCI_HEADER_TYPE_BRIDGE);
    expect_refusal(fixture, -EPROTO, "header of type 1");
}

static void no_capability_list_is_refused(void **state)
{
    struct fixture *fixture = *state;

    CHANGE(fixture, configuration[PCI_STATUS], 0);
    expect_refusal(fixture, -EPROTO, "no capability list");
}

static void a_capability_list_in_a_circle_is_refused(void **state)
{
    struct fixture *fixture = *state;

    CHANGE(fixture, configuration[0x50], PCI_CAP_ID_PM);
    CHANGE(fixture, configuration[0x51], 0x40);
    expect_refusal(fixture, -EPROTO, "does not end");
}

static void a_capability_list_into_the_header_is_refused(void **state)
{
    struct fixture *fixture = *state;

    CHANGE(fixture, configuration[0x41], 0x10);
    expect_refusal(fixture, -EPROTO, "into the header");
}

static void no_msix_is_refused(void **state)
{
    struct fixture *fixture = *state;

    CHANGE(fixture, configuration[0x41], 0);
    expect_refusal(fixture, -EPROTO, "MSI-X");
}

static void a_cut_off_msix_capability_is_refused(void **state)
{
    struct fixture *fixture = *state;

    CHANGE(fixture, configuration[0x41], 0xfc);
    CHANGE(fixture, configuration[0xfc], PCI_CAP_ID_MSIX);
    expect_refusal(fixture, -EPROTO, "cut off");
}

static void impossible_capabilities_are_refused(void **state)
{
    static const uint32_t claims[] = {
        0x0a040000, /* no function */ 0x0a040009, /* nine functions */ 0x0a040202, /* function 2 of 2 */
        0x0a000001, /* no pair */     0x0a090001, /* nine pairs */     0x00040001, /* queues of one entry */
        0x0b040001, /* 2048 entries */ 0xffffffff,
    };

    (void)state;
    for (size_t index = 0; index < sizeof claims / sizeof claims[0]; index++) {
        void *inner = NULL;

        fixture_prepared(&inner);
        struct fixture *fixture = inner;
        CHANGE(fixture, caps_queues, claims[index]);
        expect_refusal(fixture, -ENOEXEC, "impossible capabilities");
        fixture_end(&inner);
    }
}

static void fewer_vectors_than_pairs_are_refused(void **state)
{
    struct fixture *fixture = *state;

    CHANGE(fixture, configuration[0x52], 2);
    expect_refusal(fixture, -ENOEXEC, "3 vectors");
}

static void a_card_that_never_gets_ready_ends_at_the_deadline(void **state)
{
    struct fixture *fixture = *state;

    CHANGE(fixture, status, 2);
    assert_int_equal(fixture_open(fixture, 3000), -ETIMEDOUT);
    assert_non_null(strstr(fixture->message, "does not become ready"));
}

/* The connection fails at each message of the opening in turn, in each way. */
static void every_message_may_fail(void **state)
{
    static const enum fake_fault faults[] = {FAKE_CUT, FAKE_CUT_MIDDLE, FAKE_SHORT, FAKE_WRONG_ID, FAKE_ERROR,
                                             FAKE_GARBLED, FAKE_SLOW};

    (void)state;
    for (size_t index = 0; index < sizeof faults / sizeof faults[0]; index++) {
        int done = 1;
        unsigned message = 0;

        while (done) {
            void *inner = NULL;

            fixture_prepared(&inner);
            struct fixture *fixture = inner;
            CHANGE(fixture, fault, faults[index]);
            CHANGE(fixture, fault_at, ++message);
            int error = fixture_open(fixture, 60000);
            assert_int_equal(error == 0, fixture->card != NULL);
            assert_int_equal(error != 0, strlen(fixture->message) > 0);
            if (faults[index] == FAKE_SLOW)
                assert_int_equal(error, 0);
            /* Closing sends messages as well; what counts is a fault before that. */
            done = seen(fixture)->fault_done;
            fixture_end(&inner);
        }
        assert_in_range(message, 30, 80);
    }
}

/* Or the other side falls silent at each message in turn: the deadline holds for the whole. */
static void every_message_may_go_unanswered(void **state)
{
    unsigned deadline_ms = 40;
    int silent = 1, error = 0;

    (void)state;
    for (unsigned message = 1; silent || error != 0; message += silent ? 3 : 0) {
        void *inner = NULL;

        fixture_prepared(&inner);
        struct fixture *fixture = inner;
        CHANGE(fixture, fault, FAKE_SILENT);
        CHANGE(fixture, fault_at, message);
        error = fixture_open(fixture, deadline_ms);
        silent = seen(fixture)->fault_done;
        if (silent || error != 0)
            assert_int_equal(error, -ETIMEDOUT);
        if (!silent && error != 0) /* a busy machine: the card was still to come to this message */
            deadline_ms *= 2;
        CHANGE(fixture, fault, FAKE_NO_FAULT);
        fixture_end(&inner);
        assert_true(message < 100 && deadline_ms < 100000);
    }
}

static int open_in(struct fixture *fixture, const char *address, struct tlscard **card)
{
    setenv("TLSCARD_SOCKET_DIR", fixture->directory, 1);
    return tlscard_open(address, 60000, card, fixture->message);
}

/* A directory: the first free function is taken, 2 before 10; a dead socket is passed over. */
static void the_first_free_function_of_a_directory(void **state)
{
    struct fixture *fixture = *state;
    static struct fake_card others[2];
    struct tlscard *cards[4] = {NULL};
    struct tlscard_info info;
    char address[64];

    snprintf(address, sizeof address, "vfio-user:%s", fixture->directory);
    fake_card_prepare(&others[0], fixture->directory, 2);
    snprintf(others[0].path, sizeof others[0].path, "%s/function2.sock", fixture->directory);
    fake_card_prepare(&others[1], fixture->directory, 5);
    snprintf(others[1].path, sizeof others[1].path, "%s/function10.sock", fixture->directory);
    fake_card_start(&others[1]);
    fake_card_start(&others[0]);
    assert_int_equal(open_in(fixture, address, &cards[0]), 0);
    assert_int_equal(open_in(fixture, "auto", &cards[1]), 0);
    assert_int_equal(tlscard_info(cards[0], &info), 0);
    assert_int_equal(info.function, 2);
    assert_non_null(strstr(info.address, "/function2.sock"));
    assert_int_equal(tlscard_info(cards[1], &info), 0);
    assert_int_equal(info.function, 5);
    assert_int_equal(open_in(fixture, "auto", &cards[2]), -EBUSY);
    assert_non_null(strstr(fixture->message, "every function is taken"));
    tlscard_close(cards[0]);
    tlscard_close(cards[1]);
    fake_card_stop(&others[0]);
    fake_card_stop(&others[1]);
}

/* A fault is more telling than an absence, and does not hide a sound card. */
static void a_bad_card_is_passed_over(void **state)
{
    struct fixture *fixture = *state;
    static struct fake_card taken, bad;
    struct tlscard *card = NULL, *holder = NULL;

    fake_card_prepare(&taken, fixture->directory, 0);
    fake_card_prepare(&bad, fixture->directory, 1);
    fake_card_prepare(&fixture->fake, fixture->directory, 2);
    fake_card_start(&taken);
    assert_int_equal(open_in(fixture, "auto", &holder), 0);
    bad.map_hash = 0;
    fake_card_start(&bad);
    assert_int_equal(open_in(fixture, "auto", &card), -ENOEXEC);
    fake_card_start(&fixture->fake);
    fixture->running = 1;
    assert_int_equal(open_in(fixture, "auto", &fixture->card), 0);
    tlscard_close(holder);
    fake_card_stop(&taken);
    fake_card_stop(&bad);
}

static void no_card_is_no_device(void **state)
{
    struct fixture *fixture = *state;
    struct tlscard *card;
    char address[64];

    assert_int_equal(open_in(fixture, "auto", &card), -ENODEV);
    assert_null(card);
    assert_non_null(strstr(fixture->message, fixture->directory));
    snprintf(address, sizeof address, "vfio-user:%s/absent", fixture->directory);
    assert_int_equal(open_in(fixture, address, &card), -ENODEV);
    assert_int_equal(open_in(fixture, "pci:ffff:1f:1f.7", &card), -ENODEV);
    assert_non_null(strstr(fixture->message, "pci:ffff:1f:1f.7"));
    assert_int_equal(open_in(fixture, "nonsense", &card), -EINVAL);
    assert_int_equal(tlscard_open("nonsense", 0, &card, NULL), -EINVAL);
}

int main(void)
{
#define PREPARED(test) cmocka_unit_test_setup_teardown(test, fixture_prepared, fixture_end)
    const struct CMUnitTest tests[] = {
        PREPARED(a_sound_card_is_opened),
        PREPARED(another_map_is_refused),
        PREPARED(another_name_is_refused),
        PREPARED(another_device_is_refused),
        PREPARED(truncated_configuration_space_is_refused),
        PREPARED(truncated_bar_is_refused),
        PREPARED(a_bridge_is_refused),
        PREPARED(no_capability_list_is_refused),
        PREPARED(a_capability_list_in_a_circle_is_refused),
        PREPARED(a_capability_list_into_the_header_is_refused),
        PREPARED(no_msix_is_refused),
        PREPARED(a_cut_off_msix_capability_is_refused),
        cmocka_unit_test(impossible_capabilities_are_refused),
        PREPARED(fewer_vectors_than_pairs_are_refused),
        PREPARED(a_card_that_never_gets_ready_ends_at_the_deadline),
        cmocka_unit_test(every_message_may_fail),
        cmocka_unit_test(every_message_may_go_unanswered),
        PREPARED(the_first_free_function_of_a_directory),
        PREPARED(a_bad_card_is_passed_over),
        PREPARED(no_card_is_no_device),
    };

    return cmocka_run_group_tests_name("open", tests, NULL, NULL);
}
