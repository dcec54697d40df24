/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration space as the PCI specifications have it, walked through the socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <linux/pci_regs.h>
#include <linux/vfio.h>

#include "sim/card_pci.h"
#include "tests/sim/client.h"

enum { CONFIG = VFIO_PCI_CONFIG_REGION_INDEX };

static unsigned find_capability(struct peer *client, unsigned id)
{
    unsigned at = client_get(client, CONFIG, PCI_CAPABILITY_LIST, 1);

    for (unsigned hops = 0; at && hops < 48; hops++) {
        assert_int_equal(at % 4, 0);
        assert_true(at >= 0x40);
        if (client_get(client, CONFIG, at, 1) == id)
            return at;
        at = client_get(client, CONFIG, at + 1, 1);
    }
    return 0;
}

static void identity(void **state)
{
    struct peer client = client_attach(NULL);

    (void)state;
    assert_int_equal(client_get(&client, CONFIG, PCI_VENDOR_ID, 2), CARD_VENDOR_ID);
    assert_int_equal(client_get(&client, CONFIG, PCI_DEVICE_ID, 2), CARD_DEVICE_ID);
    assert_int_equal(client_get(&client, CONFIG, PCI_REVISION_ID, 1), CARD_REVISION_ID);
    assert_int_equal(client_get(&client, CONFIG, PCI_CLASS_DEVICE, 2), CARD_CLASS_CODE >> 8);
    assert_int_equal(client_get(&client, CONFIG, PCI_SUBSYSTEM_VENDOR_ID, 2), CARD_SUBSYSTEM_VENDOR_ID);
    assert_int_equal(client_get(&client, CONFIG, PCI_SUBSYSTEM_ID, 2), CARD_SUBSYSTEM_ID);
    assert_int_equal(client_get(&client, CONFIG, PCI_HEADER_TYPE, 1), PCI_HEADER_TYPE_NORMAL);
    assert_int_equal(client_get(&client, CONFIG, PCI_INTERRUPT_PIN, 1), 0);
    assert_true(client_get(&client, CONFIG, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST);
    /* No extended capability. */
    assert_int_equal(client_get(&client, CONFIG, 0x100, 4), 0);
    client_close(&client);
}

static void identity_is_read_only(void **state)
{
    struct peer client = client_attach(NULL);
    uint8_t before[0x10], after[0x10], ones[0x10];

    (void)state;
    memset(ones, 0xff, sizeof(ones));
    assert_int_equal(client_read(&client, CONFIG, 0, before, 4), 0);
    assert_int_equal(client_write(&client, CONFIG, 0, ones, 4), 0);
    assert_int_equal(client_read(&client, CONFIG, 0, after, 4), 0);
    assert_memory_equal(before, after, 4);
    assert_int_equal(client_write(&client, CONFIG, 0x100, ones, sizeof(ones)), 0);
    assert_int_equal(client_get(&client, CONFIG, 0x100, 4), 0);
    client_put(&client, CONFIG, 4092, UINT32_MAX, 4);
    assert_int_equal(client_get(&client, CONFIG, 4092, 4), 0);
    client_close(&client);
}

static uint64_t bar_size(struct peer *client, unsigned bar)
{
    unsigned offset = PCI_BASE_ADDRESS_0 + 4 * bar;
    uint32_t low, high;

    assert_int_equal(client_get(client, CONFIG, offset, 4) & 0xf, PCI_BASE_ADDRESS_MEM_TYPE_64);
    client_put(client, CONFIG, offset, UINT32_MAX, 4);
    client_put(client, CONFIG, offset + 4, UINT32_MAX, 4);
    low = client_get(client, CONFIG, offset, 4);
    high = client_get(client, CONFIG, offset + 4, 4);
    return ~(((uint64_t)high << 32 | low) & ~15ull) + 1;
}

static void bars_are_sized(void **state)
{
    struct peer client = client_attach(NULL);

    (void)state;
    assert_int_equal(bar_size(&client, 0), CARD_BAR0_SIZE);
    assert_int_equal(bar_size(&client, 2), CARD_BAR2_SIZE);
    client_put(&client, CONFIG, PCI_BASE_ADDRESS_4, UINT32_MAX, 4);
    assert_int_equal(client_get(&client, CONFIG, PCI_BASE_ADDRESS_4, 4), 0);
    client_put(&client, CONFIG, PCI_ROM_ADDRESS, UINT32_MAX, 4);
    assert_int_equal(client_get(&client, CONFIG, PCI_ROM_ADDRESS, 4), 0);
    client_close(&client);
}

static void registers_answer_wherever_the_bar_is(void **state)
{
    static const uint64_t places[] = {0, 0xfebf0000, 0x3800000000};
    struct peer client = client_attach(NULL);

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        client_put(&client, CONFIG, PCI_BASE_ADDRESS_0, (uint32_t)places[i], 4);
        client_put(&client, CONFIG, PCI_BASE_ADDRESS_1, (uint32_t)(places[i] >> 32), 4);
        client_put(&client, 0, 0x20, 0x1234567 * (i + 1), 4);
        assert_int_equal(client_get(&client, 0, 0x20, 4), 0x1234567 * (i + 1));
    }
    client_close(&client);
}

static void the_list_is_whole(void **state)
{
    struct peer client = client_attach(NULL);

    (void)state;
    assert_int_not_equal(find_capability(&client, PCI_CAP_ID_PM), 0);
    assert_int_not_equal(find_capability(&client, PCI_CAP_ID_MSIX), 0);
    assert_int_not_equal(find_capability(&client, PCI_CAP_ID_EXP), 0);
    assert_int_equal(find_capability(&client, PCI_CAP_ID_MSI), 0);
    client_close(&client);
}

static void msix_capability(void **state)
{
    struct peer client = client_attach(NULL);
    unsigned at = find_capability(&client, PCI_CAP_ID_MSIX);

    (void)state;
    assert_int_equal(client_get(&client, CONFIG, at + PCI_MSIX_FLAGS, 2), 16 - 1);
    assert_int_equal(client_get(&client, CONFIG, at + PCI_MSIX_TABLE, 4), CARD_MSIX_TABLE_OFFSET | CARD_MSIX_TABLE_BAR);
    assert_int_equal(client_get(&client, CONFIG, at + PCI_MSIX_PBA, 4), CARD_MSIX_PBA_OFFSET | CARD_MSIX_PBA_BAR);
    client_put(&client, CONFIG, at + PCI_MSIX_FLAGS, 0xffff, 2);
    assert_int_equal(client_get(&client, CONFIG, at + PCI_MSIX_FLAGS, 2),
                     PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL | 15);
    client_close(&client);
}

static void express_capability(void **state)
{
    struct peer client = client_attach(NULL);
    unsigned at = find_capability(&client, PCI_CAP_ID_EXP);
    uint32_t capabilities = client_get(&client, CONFIG, at + PCI_EXP_DEVCAP, 4);
    uint32_t control = client_get(&client, CONFIG, at + PCI_EXP_DEVCTL, 2);

    (void)state;
    assert_int_equal(client_get(&client, CONFIG, at + PCI_EXP_FLAGS, 2) & PCI_EXP_FLAGS_TYPE, PCI_EXP_TYPE_ENDPOINT << 4);
    assert_true(capabilities & PCI_EXP_DEVCAP_FLR);
    assert_true(capabilities & PCI_EXP_DEVCAP_EXT_TAG);
    assert_int_equal(capabilities & PCI_EXP_DEVCAP_PAYLOAD, 2);
    assert_int_equal(control & PCI_EXP_DEVCTL_PAYLOAD, PCI_EXP_DEVCTL_PAYLOAD_256B);
    assert_int_equal(control & PCI_EXP_DEVCTL_READRQ, PCI_EXP_DEVCTL_READRQ_512B);
    /* Sizes hold what is written, up to what is supported. */
    client_put(&client, CONFIG, at + PCI_EXP_DEVCTL, PCI_EXP_DEVCTL_PAYLOAD_128B | PCI_EXP_DEVCTL_READRQ_4096B, 2);
    assert_int_equal(client_get(&client, CONFIG, at + PCI_EXP_DEVCTL, 2), PCI_EXP_DEVCTL_READRQ_4096B);
    client_put(&client, CONFIG, at + PCI_EXP_DEVCTL, 0x7fff, 2);
    control = client_get(&client, CONFIG, at + PCI_EXP_DEVCTL, 2);
    assert_int_equal(control & PCI_EXP_DEVCTL_PAYLOAD, PCI_EXP_DEVCTL_PAYLOAD_512B);
    assert_int_equal(control & PCI_EXP_DEVCTL_READRQ, PCI_EXP_DEVCTL_READRQ_4096B);
    client_close(&client);
}

static void power_states(void **state)
{
    struct peer client = client_attach(NULL);
    unsigned at = find_capability(&client, PCI_CAP_ID_PM);

    (void)state;
    client_put(&client, CONFIG, at + PCI_PM_CTRL, 3, 2);
    assert_int_equal(client_get(&client, CONFIG, at + PCI_PM_CTRL, 2), 3 | PCI_PM_CTRL_NO_SOFT_RESET);
    client_close(&client);
}

static void a_new_client_finds_it_as_new(void **state)
{
    struct peer client = client_attach(NULL), keep = client_attach(NULL);

    (void)state;
    client_put(&client, CONFIG, PCI_COMMAND, 6, 2);
    client_put(&client, CONFIG, PCI_BASE_ADDRESS_0, 0xfe000000, 4);
    client_put(&client, 0, 0x30, 77, 4);
    client_close(&client);
    client = client_attach(NULL);
    assert_int_equal(client_get(&client, CONFIG, PCI_COMMAND, 2), PCI_COMMAND_MEMORY);
    assert_int_equal(client_get(&client, CONFIG, PCI_BASE_ADDRESS_0, 4), PCI_BASE_ADDRESS_MEM_TYPE_64);
    assert_int_equal(client_get(&client, 0, 0x30, 4), 0);
    client_close(&client);
    client_close(&keep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identity),
        cmocka_unit_test(identity_is_read_only),
        cmocka_unit_test(bars_are_sized),
        cmocka_unit_test(registers_answer_wherever_the_bar_is),
        cmocka_unit_test(the_list_is_whole),
        cmocka_unit_test(msix_capability),
        cmocka_unit_test(express_capability),
        cmocka_unit_test(power_states),
        cmocka_unit_test(a_new_client_finds_it_as_new),
    };

    return cmocka_run_group_tests_name("config_space", tests, NULL, NULL);
}
