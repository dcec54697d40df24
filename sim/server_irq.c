/* SPDX-License-Identifier: Apache-2.0 */
/* Messages about interrupts. The card has MSI-X only. */
#include "sim/server_irq.h"

#include <errno.h>
#include <linux/vfio.h>
#include <string.h>

static_assert(sizeof(struct vfio_irq_info) == 16, "interrupt info");
static_assert(sizeof(struct vfio_irq_set) == 20, "interrupt set");

static unsigned server_irq_vectors(const struct function *function, unsigned index)
{
    return index == VFIO_PCI_MSIX_IRQ_INDEX ? function->shared.link->model.vectors : 0;
}

int server_irq_info(struct function *function, struct message *message)
{
    struct vfio_irq_info info;

    memcpy(&info, message->payload, sizeof(info));
    if (info.argsz < sizeof(info) || info.index >= VFIO_PCI_NUM_IRQS)
        return -EINVAL;
    info = (struct vfio_irq_info){.argsz = sizeof(info), .index = info.index,
                                  .count = server_irq_vectors(function, info.index)};
    if (info.count)
        info.flags = VFIO_IRQ_INFO_EVENTFD;
    commands_reply(&function->commands, message, &info, sizeof(info), NULL, 0);
    return 0;
}

static void server_irq_enable(struct function *function, bool enable)
{
    config_space_set_msix_enable(&function->config, enable);
    ports_drive(function->shared.ports);
}

static int server_irq_set_eventfds(struct function *function, struct message *message, const struct vfio_irq_set *set)
{
    int fds[MESSAGE_MAX_FDS];

    if (!set->count || (message->fd_count && message->fd_count != set->count))
        return -EINVAL;
    for (unsigned i = 0; i < message->fd_count; i++)
        if (!interrupt_is_event(message->fds[i]))
            return -EINVAL;
    for (unsigned i = 0; i < message->fd_count; i++)
        fds[i] = message_take_fd(message, i);
    if (message->fd_count)
        server_irq_enable(function, true);
    interrupt_attach(&function->interrupts, set->start, set->count, message->fd_count ? fds : NULL, function_finish);
    return FUNCTION_PENDING;
}

static int server_irq_disable(struct function *function, const struct message *message, const struct vfio_irq_set *set)
{
    if (!server_irq_vectors(function, set->index)) {
        commands_reply(&function->commands, message, NULL, 0, NULL, 0);
        return 0;
    }
    interrupt_detach_all(&function->interrupts);
    server_irq_enable(function, false);
    interrupt_program(&function->interrupts, 0, server_irq_vectors(function, set->index), function_finish);
    return FUNCTION_PENDING;
}

/* The client's own triggers, to test its way of being interrupted. */
static int server_irq_trigger(struct function *function, struct message *message, const struct vfio_irq_set *set)
{
    bool choose = set->flags & VFIO_IRQ_SET_DATA_BOOL;
    const uint8_t *chosen = message->payload + sizeof(*set);

    if (!set->count || (choose && message->size < sizeof(*set) + set->count))
        return -EINVAL;
    for (unsigned i = 0; i < set->count; i++)
        if (!choose || chosen[i])
            interrupt_signal(&function->interrupts, set->start + i);
    commands_reply(&function->commands, message, NULL, 0, NULL, 0);
    return 0;
}

static bool server_irq_one_bit(uint32_t value)
{
    return value && !(value & (value - 1));
}

int server_irq_set(struct function *function, struct message *message)
{
    struct vfio_irq_set set;
    uint32_t known = VFIO_IRQ_SET_DATA_TYPE_MASK | VFIO_IRQ_SET_ACTION_TYPE_MASK;
    unsigned limit;

    memcpy(&set, message->payload, sizeof(set));
    if (set.argsz < sizeof(set) || set.index >= VFIO_PCI_NUM_IRQS || set.flags & ~known ||
        !server_irq_one_bit(set.flags & VFIO_IRQ_SET_DATA_TYPE_MASK) ||
        !server_irq_one_bit(set.flags & VFIO_IRQ_SET_ACTION_TYPE_MASK))
        return -EINVAL;
    limit = server_irq_vectors(function, set.index);
    if (set.start > limit || set.count > limit - set.start)
        return -EINVAL;
    if (!(set.flags & VFIO_IRQ_SET_ACTION_TRIGGER))
        return -ENOTTY;
    if (set.flags & VFIO_IRQ_SET_DATA_EVENTFD)
        return server_irq_set_eventfds(function, message, &set);
    if (set.flags & VFIO_IRQ_SET_DATA_NONE && !set.count && !set.start)
        return server_irq_disable(function, message, &set);
    return server_irq_trigger(function, message, &set);
}
