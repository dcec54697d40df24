/* SPDX-License-Identifier: Apache-2.0 */
/* Function-level reset: what it clears, what it leaves, and that it stays within its function. */
#include <setjmp.h>
#include <stdarg.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include <linux/pci_regs.h>
#include <linux/vfio.h>

#include "tests/sim/client.h"

enum { CONFIG = VFIO_PCI_CONFIG_REGION_INDEX, DEVICE_CONTROL = 0x68 };

static void by_message(struct peer *client)
{
    uint8_t reply[16];

    assert_int_equal(client_exchange(client, MESSAGE_DEVICE_RESET, NULL, 0, reply, sizeof(reply)), 0);
}

static void by_config(struct peer *client)
{
    uint32_t control = client_get(client, CONFIG, DEVICE_CONTROL, 2);

    client_put(client, CONFIG, DEVICE_CONTROL, control | PCI_EXP_DEVCTL_BCR_FLR, 2);
    /* The bit reads zero. */
    assert_int_equal(client_get(client, CONFIG, DEVICE_CONTROL, 2), control);
}

static void check(void (*reset)(struct peer *client))
{
    struct peer client = client_attach(NULL), other = client_attach(NULL);
    int event = eventfd(0, EFD_CLOEXEC);

    assert_int_equal(client_irqs(&client, VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
                                 VFIO_PCI_MSIX_IRQ_INDEX, 2, 1, NULL, 0, &event, 1), 0);
    loop_enable(&client);
    client_put(&client, 0, 0x40, 0xabcdef, 4);
    client_put(&other, 0, 0x40, 0x123456, 4);
    reset(&client);
    assert_int_equal(client_get(&client, 0, 0x40, 4), 0);
    assert_int_equal(client_get(&other, 0, 0x40, 4), 0x123456);
    /* As VFIO in the kernel does it, configuration space and eventfds survive. */
    assert_int_equal(client_get(&client, CONFIG, PCI_COMMAND, 2), PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER);
    loop_start(&client, LOOP_DO_INTERRUPT, 0, 0, 0, 0, 2);
    assert_int_equal(event_wait(event), 1);
    client_close(&client);
    client_close(&other);
    close(event);
}

static void by_message_it_clears_one_function(void **state)
{
    (void)state;
    check(by_message);
}

static void by_config_it_clears_one_function(void **state)
{
    (void)state;
    check(by_config);
}

static void several_at_once(void **state)
{
    enum { COUNT = 4 };
    struct peer client[COUNT];
    uint8_t reply[16];

    (void)state;
    for (unsigned i = 0; i < COUNT; i++) {
        client[i] = client_attach(NULL);
        client_put(&client[i], 0, 0, 1, 4);
    }
    for (unsigned i = 0; i < COUNT; i++)
        client_send(&client[i], MESSAGE_DEVICE_RESET, 0, NULL, 0, NULL, 0);
    for (unsigned i = 0; i < COUNT; i++) {
        assert_int_equal(client_receive(&client[i], MESSAGE_DEVICE_RESET, reply, sizeof(reply)), 0);
        assert_int_equal(client_get(&client[i], 0, 0, 4), 0);
    }
    for (unsigned i = 0; i < COUNT; i++)
        client_close(&client[i]);
}

static void while_a_read_is_outstanding(void **state)
{
    struct peer client = client_attach("latency=5000");
    struct memory_block memory = memory_create(65536);

    (void)state;
    loop_enable(&client);
    assert_int_equal(client_map(&client, IOVA, memory.size, 0, 3, memory.fd), 0);
    loop_start(&client, LOOP_DO_READ, IOVA, 16, 0xf, 0xf, 1);
    by_message(&client);
    assert_int_equal(loop_wait(&client) >> 16, 0);
    client_close(&client);
    memory_free(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_message_it_clears_one_function),
        cmocka_unit_test(by_config_it_clears_one_function),
        cmocka_unit_test(several_at_once),
        cmocka_unit_test(while_a_read_is_outstanding),
    };

    return cmocka_run_group_tests_name("reset", tests, NULL, NULL);
}
