/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupt messages: an interrupt leaves the card as a packet and reaches the right eventfd, or none. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include <linux/vfio.h>

#include "tests/sim/client.h"

enum { MSIX = VFIO_PCI_MSIX_IRQ_INDEX, VECTORS = 16, CONFIG = VFIO_PCI_CONFIG_REGION_INDEX, MSIX_CONTROL = 0x52 };
enum { ATTACH = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
       NONE = VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_TRIGGER,
       BOOL = VFIO_IRQ_SET_DATA_BOOL | VFIO_IRQ_SET_ACTION_TRIGGER };

static void make_events(int *events, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        events[i] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
}

static void close_events(const int *events, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        close(events[i]);
}

static void interrupt(struct peer *client, unsigned vector)
{
    loop_start(client, LOOP_DO_INTERRUPT, 0, 0, 0, 0, vector);
    client_get(client, 0, 0, 4); /* the packet has left before this completion */
}

static void interrupts_are_told(void **state)
{
    struct peer client = client_attach(NULL);
    struct vfio_irq_info info;

    (void)state;
    for (uint32_t index = 0; index < VFIO_PCI_NUM_IRQS; index++) {
        info = (struct vfio_irq_info){.argsz = sizeof(info), .index = index};
        assert_int_equal(client_exchange(&client, MESSAGE_DEVICE_GET_IRQ_INFO, &info, sizeof(info), &info,
                                         sizeof(info)), sizeof(info));
        assert_int_equal(info.index, index);
        assert_int_equal(info.count, index == MSIX ? VECTORS : 0);
        assert_int_equal(info.flags, index == MSIX ? VFIO_IRQ_INFO_EVENTFD : 0);
    }
    info = (struct vfio_irq_info){.argsz = sizeof(info), .index = VFIO_PCI_NUM_IRQS};
    assert_int_equal(client_exchange(&client, MESSAGE_DEVICE_GET_IRQ_INFO, &info, sizeof(info), &info, sizeof(info)),
                     -EINVAL);
    info = (struct vfio_irq_info){.argsz = sizeof(info) - 1};
    assert_int_equal(client_exchange(&client, MESSAGE_DEVICE_GET_IRQ_INFO, &info, sizeof(info), &info, sizeof(info)),
                     -EINVAL);
    client_close(&client);
}

static void each_vector_has_its_event(void **state)
{
    struct peer client = client_attach(NULL);
    int events[VECTORS];

    (void)state;
    make_events(events, VECTORS);
    assert_int_equal(client_irqs(&client, ATTACH, MSIX, 0, VECTORS, NULL, 0, events, VECTORS), 0);
    assert_true(client_get(&client, CONFIG, MSIX_CONTROL, 2) & 0x8000);
    for (unsigned i = 0; i < VECTORS; i++) {
        interrupt(&client, i);
        for (unsigned other = 0; other < VECTORS; other++)
            if (other != i)
                assert_true(event_clear(events[other]));
        assert_int_equal(event_wait(events[i]), 1);
    }
    client_close(&client);
    close_events(events, VECTORS);
}

static void functions_do_not_mix(void **state)
{
    struct peer client = client_attach(NULL), other = client_attach(NULL);
    int events[2];

    (void)state;
    make_events(events, 2);
    assert_int_equal(client_irqs(&client, ATTACH, MSIX, 1, 1, NULL, 0, &events[0], 1), 0);
    assert_int_equal(client_irqs(&other, ATTACH, MSIX, 1, 1, NULL, 0, &events[1], 1), 0);
    interrupt(&other, 1);
    assert_int_equal(event_wait(events[1]), 1);
    assert_true(event_clear(events[0]));
    client_close(&other);
    interrupt(&client, 1);
    assert_int_equal(event_wait(events[0]), 1);
    client_close(&client);
    close_events(events, 2);
}

static void no_descriptor_detaches(void **state)
{
    struct peer client = client_attach(NULL);
    int events[2];

    (void)state;
    make_events(events, 2);
    assert_int_equal(client_irqs(&client, ATTACH, MSIX, 3, 2, NULL, 0, events, 2), 0);
    assert_int_equal(client_irqs(&client, ATTACH, MSIX, 3, 1, NULL, 0, NULL, 0), 0);
    interrupt(&client, 3);
    interrupt(&client, 4);
    assert_int_equal(event_wait(events[1]), 1);
    assert_true(event_clear(events[0]));
    /* And back, to another descriptor. */
    assert_int_equal(client_irqs(&client, ATTACH, MSIX, 3, 1, NULL, 0, &events[1], 1), 0);
    interrupt(&client, 3);
    assert_int_equal(event_wait(events[1]), 1);
    assert_true(event_clear(events[0]));
    client_close(&client);
    close_events(events, 2);
}

static void none_of_none_detaches_all(void **state)
{
    struct peer client = client_attach(NULL);
    int event;

    (void)state;
    make_events(&event, 1);
    assert_int_equal(client_irqs(&client, ATTACH, MSIX, 0, 1, NULL, 0, &event, 1), 0);
    assert_int_equal(client_irqs(&client, NONE, MSIX, 0, 0, NULL, 0, NULL, 0), 0);
    assert_false(client_get(&client, CONFIG, MSIX_CONTROL, 2) & 0x8000);
    interrupt(&client, 0);
    assert_true(event_clear(event));
    /* Of an index without interrupts too. */
    assert_int_equal(client_irqs(&client, NONE, VFIO_PCI_INTX_IRQ_INDEX, 0, 0, NULL, 0, NULL, 0), 0);
    client_close(&client);
    close(event);
}

static void masks_in_configuration_space(void **state)
{
    struct peer client = client_attach(NULL);
    int event;

    (void)state;
    make_events(&event, 1);
    assert_int_equal(client_irqs(&client, ATTACH, MSIX, 0, 1, NULL, 0, &event, 1), 0);
    client_put(&client, CONFIG, MSIX_CONTROL, 0xc000, 2);
    interrupt(&client, 0);
    client_put(&client, CONFIG, MSIX_CONTROL, 0, 2);
    interrupt(&client, 0);
    assert_true(event_clear(event));
    client_put(&client, CONFIG, MSIX_CONTROL, 0x8000, 2);
    interrupt(&client, 0);
    assert_int_equal(event_wait(event), 1);
    client_close(&client);
    close(event);
}

static void the_client_may_trigger(void **state)
{
    static const uint8_t chosen[3] = {1, 0, 1};
    struct peer client = client_attach(NULL);
    int events[3];

    (void)state;
    make_events(events, 3);
    assert_int_equal(client_irqs(&client, ATTACH, MSIX, 0, 3, NULL, 0, events, 3), 0);
    assert_int_equal(client_irqs(&client, NONE, MSIX, 1, 1, NULL, 0, NULL, 0), 0);
    assert_int_equal(event_wait(events[1]), 1);
    assert_int_equal(client_irqs(&client, BOOL, MSIX, 0, 3, chosen, 3, NULL, 0), 0);
    assert_int_equal(event_wait(events[0]), 1);
    assert_int_equal(event_wait(events[2]), 1);
    assert_true(event_clear(events[1]));
    assert_int_equal(client_irqs(&client, BOOL, MSIX, 0, 3, chosen, 2, NULL, 0), -EINVAL);
    client_close(&client);
    close_events(events, 3);
}

static void bad_sets_are_refused(void **state)
{
    static const struct {
        uint32_t flags, index, start, count;
        unsigned fds;
        int error;
    } bad[] = {
        {ATTACH, MSIX, 0, 17, 1, EINVAL}, {ATTACH, MSIX, 16, 1, 1, EINVAL}, {ATTACH, MSIX, UINT32_MAX, 2, 2, EINVAL},
        {ATTACH, MSIX, 0, UINT32_MAX, 1, EINVAL}, {ATTACH, MSIX, 0, 2, 1, EINVAL}, {ATTACH, MSIX, 0, 1, 2, EINVAL},
        {ATTACH, MSIX, 0, 0, 0, EINVAL}, {ATTACH, VFIO_PCI_INTX_IRQ_INDEX, 0, 1, 1, EINVAL},
        {ATTACH, VFIO_PCI_MSI_IRQ_INDEX, 0, 1, 1, EINVAL}, {ATTACH, VFIO_PCI_NUM_IRQS, 0, 0, 0, EINVAL},
        {0, MSIX, 0, 1, 1, EINVAL}, {UINT32_MAX, MSIX, 0, 1, 1, EINVAL},
        {ATTACH | VFIO_IRQ_SET_DATA_NONE, MSIX, 0, 1, 1, EINVAL},
        {ATTACH | VFIO_IRQ_SET_ACTION_MASK, MSIX, 0, 1, 1, EINVAL}, {VFIO_IRQ_SET_DATA_EVENTFD, MSIX, 0, 1, 1, EINVAL},
        {VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_MASK, MSIX, 0, 1, 0, ENOTTY},
        {VFIO_IRQ_SET_DATA_NONE | VFIO_IRQ_SET_ACTION_UNMASK, MSIX, 0, 1, 0, ENOTTY}, {NONE, MSIX, 1, 0, 0, EINVAL},
    };
    struct peer client = client_attach(NULL);
    int events[2], ends[2];

    (void)state;
    make_events(events, 2);
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_int_equal(client_irqs(&client, bad[i].flags, bad[i].index, bad[i].start, bad[i].count, NULL, 0, events,
                                     bad[i].fds), -bad[i].error);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(client_irqs(&client, ATTACH, MSIX, 0, 1, NULL, 0, &ends[1], 1), -EINVAL);
    assert_int_equal(client_exchange_fds(&client, MESSAGE_DEVICE_SET_IRQS, "0123456789012345678", 19, NULL, 0), -EINVAL);
    close_events(ends, 2);
    close_events(events, 2);
    client_close(&client);
}

static void a_full_event_does_not_stop_the_card(void **state)
{
    const uint64_t full = UINT64_MAX - 1;
    struct peer client = client_attach(NULL);
    int event = eventfd(0, EFD_CLOEXEC);

    (void)state;
    assert_int_equal(write(event, &full, sizeof(full)), sizeof(full));
    assert_int_equal(client_irqs(&client, ATTACH, MSIX, 0, 1, NULL, 0, &event, 1), 0);
    interrupt(&client, 0);
    interrupt(&client, 0);
    client_close(&client);
    close(event);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(interrupts_are_told),
        cmocka_unit_test(each_vector_has_its_event),
        cmocka_unit_test(functions_do_not_mix),
        cmocka_unit_test(no_descriptor_detaches),
        cmocka_unit_test(none_of_none_detaches_all),
        cmocka_unit_test(masks_in_configuration_space),
        cmocka_unit_test(the_client_may_trigger),
        cmocka_unit_test(bad_sets_are_refused),
        cmocka_unit_test(a_full_event_does_not_stop_the_card),
    };

    return cmocka_run_group_tests_name("server_irq", tests, NULL, NULL);
}
