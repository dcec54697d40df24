/* SPDX-License-Identifier: Apache-2.0 */
/* Listing of cards. */
#include <errno.h>
#include <pci/pci.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver/discovery.h"
#include "tests/driver/fixture.h"

struct listing {
    unsigned count;
    char addresses[8][200];
    int stop_at;
};

static int collect(void *context, const char *address, const char *text)
{
    struct listing *listing = context;

    assert_true(strlen(text) > 0);
    if (listing->count < 8)
        snprintf(listing->addresses[listing->count], sizeof listing->addresses[0], "%s", address);
    listing->count++;
    return (int)listing->count == listing->stop_at ? 42 : 0;
}

static void sockets_are_listed_in_order_and_not_opened(void **state)
{
    struct fixture *fixture = *state;
    static struct fake_card others[3];
    struct listing listing = {0};
    char path[64];

    fake_card_prepare(&others[0], fixture->directory, 2);
    fake_card_prepare(&others[1], fixture->directory, 11);
    fake_card_prepare(&others[2], fixture->directory, 5);
    for (unsigned index = 0; index < 3; index++)
        fake_card_start(&others[index]);
    const char *const names[] = {"function3.sock", "function.sock", "functionx.sock", "function4.socks", "other.sock"};
    for (unsigned index = 0; index < 5; index++) {
        snprintf(path, sizeof path, "%s/%s", fixture->directory, names[index]);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        fclose(file);
    }
    assert_int_equal(discover_sockets(fixture->directory, collect, &listing), 0);
    assert_int_equal(listing.count, 3);
    assert_non_null(strstr(listing.addresses[0], "vfio-user:/tmp/"));
    assert_non_null(strstr(listing.addresses[0], "/function2.sock"));
    assert_non_null(strstr(listing.addresses[1], "/function5.sock"));
    assert_non_null(strstr(listing.addresses[2], "/function11.sock"));
    listing = (struct listing){.stop_at = 1};
    assert_int_equal(discover_sockets(fixture->directory, collect, &listing), 42);
    assert_int_equal(listing.count, 1);
    for (unsigned index = 0; index < 5; index++) {
        snprintf(path, sizeof path, "%s/%s", fixture->directory, names[index]);
        unlink(path);
    }
    for (unsigned index = 0; index < 3; index++) {
        fake_card_stop(&others[index]);
        assert_int_equal(others[index].messages, 0);
    }
}

static void an_absent_directory_lists_nothing(void **state)
{
    struct listing listing = {0};

    (void)state;
    assert_int_equal(discover_sockets("/absent", collect, &listing), 0);
    assert_int_equal(listing.count, 0);
}

static void the_list_has_sockets_and_the_simulated_card(void **state)
{
    struct fixture *fixture = *state;
    struct listing listing = {0};

    fake_card_start(&fixture->fake);
    fixture->running = 1;
    setenv("TLSCARD_SOCKET_DIR", fixture->directory, 1);
    setenv("TLSCARD_SIM_LIBRARY", "/absent/libtlscard-sim.so", 1);
    assert_int_equal(tlscard_list(collect, &listing), 0);
    unsigned without = listing.count;
    assert_true(without >= 1);
    assert_non_null(strstr(listing.addresses[without - 1], "/function0.sock"));
    listing = (struct listing){0};
    setenv("TLSCARD_SIM_LIBRARY", "/proc/self/exe", 1);
    assert_int_equal(tlscard_list(collect, &listing), 0);
    assert_int_equal(listing.count, without + 1);
    assert_string_equal(listing.addresses[without], "sim");
    listing = (struct listing){.stop_at = 1};
    assert_int_equal(tlscard_list(collect, &listing), 42);
    unsetenv("TLSCARD_SIM_LIBRARY");
}

/* Whatever the machine has: libpci neither prints nor ends the process. */
static void the_bus_can_be_looked_at(void **state)
{
    struct listing listing = {0};

    (void)state;
    assert_int_equal(discover_pci(collect, &listing), 0);
    for (unsigned index = 0; index < listing.count && index < 8; index++)
        assert_memory_equal(listing.addresses[index], "pci:", 4);
}

/* Linked in place of libpci's: a bus as the test says. */
static enum { REAL_BUS, TWO_CARDS, BROKEN_BUS } bus;
void __real_pci_scan_bus(struct pci_access *access);
void __wrap_pci_scan_bus(struct pci_access *access);

static void add_device(struct pci_access *access, int number, uint16_t vendor, uint16_t device)
{
    struct pci_dev *added = pci_get_dev(access, 1, 0xaf, number, 3);

    added->vendor_id = vendor;
    added->device_id = device;
    added->known_fields = PCI_FILL_IDENT;
    added->next = access->devices;
    access->devices = added;
}

void __wrap_pci_scan_bus(struct pci_access *access)
{
    if (bus == REAL_BUS) {
        __real_pci_scan_bus(access);
        return;
    }
    add_device(access, 4, TLSCARD_PCI_VENDOR_ID, TLSCARD_PCI_DEVICE_ID);
    add_device(access, 3, TLSCARD_PCI_VENDOR_ID, TLSCARD_PCI_DEVICE_ID + 1);
    add_device(access, 2, TLSCARD_PCI_VENDOR_ID, TLSCARD_PCI_DEVICE_ID);
    if (bus == BROKEN_BUS)
        access->error((char *)"broken by %s", "the test");
}

static void need_bus(void)
{
    if (access("/sys/bus/pci/devices", R_OK) != 0) {
        print_message("# this machine has no PCI bus\n");
        skip();
    }
}

static void cards_on_the_bus_are_found(void **state)
{
    struct fixture *fixture = *state;
    struct listing listing = {0};
    struct tlscard *card;

    need_bus();
    bus = TWO_CARDS;
    assert_int_equal(discover_pci(collect, &listing), 0);
    assert_int_equal(listing.count, 2);
    assert_string_equal(listing.addresses[0], "pci:0001:af:02.3");
    assert_string_equal(listing.addresses[1], "pci:0001:af:04.3");
    assert_int_equal(tlscard_open("pci:1:af:04.3", 0, &card, fixture->message), -ENOTSUP);
    assert_null(card);
    assert_non_null(strstr(fixture->message, "not in this build"));
    assert_int_equal(tlscard_open("pci:1:af:03.3", 0, &card, fixture->message), -ENODEV);
    /* auto goes on to the sockets, and tells of the card where there are none. */
    setenv("TLSCARD_SOCKET_DIR", fixture->directory, 1);
    assert_int_equal(tlscard_open("auto", 0, &card, fixture->message), -ENOTSUP);
    fake_card_start(&fixture->fake);
    fixture->running = 1;
    assert_int_equal(tlscard_open("auto", 0, &fixture->card, fixture->message), 0);
    bus = REAL_BUS;
}

/* libpci would end the process here. */
static void an_error_of_libpci_finds_nothing(void **state)
{
    struct listing listing = {0};

    (void)state;
    need_bus();
    bus = BROKEN_BUS;
    assert_int_equal(discover_pci(collect, &listing), 0);
    assert_int_equal(listing.count, 0);
    bus = REAL_BUS;
}

static void the_directory_has_a_default(void **state)
{
    (void)state;
    setenv("TLSCARD_SOCKET_DIR", "", 1);
    assert_string_equal(socket_directory(), "/run/tlscard");
    unsetenv("TLSCARD_SOCKET_DIR");
    assert_string_equal(socket_directory(), "/run/tlscard");
}

int main(void)
{
#define PREPARED(test) cmocka_unit_test_setup_teardown(test, fixture_prepared, fixture_end)
    const struct CMUnitTest tests[] = {
        PREPARED(sockets_are_listed_in_order_and_not_opened),
        cmocka_unit_test(an_absent_directory_lists_nothing),
        PREPARED(the_list_has_sockets_and_the_simulated_card),
        cmocka_unit_test(the_bus_can_be_looked_at),
        PREPARED(cards_on_the_bus_are_found),
        cmocka_unit_test(an_error_of_libpci_finds_nothing),
        cmocka_unit_test(the_directory_has_a_default),
    };

    return cmocka_run_group_tests_name("discovery", tests, NULL, NULL);
}
