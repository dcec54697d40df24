/* SPDX-License-Identifier: Apache-2.0 */
/* Messages that give the card memory and take it back. */
#include "sim/server_dma.h"

#include <errno.h>
#include <string.h>

int server_dma_map(struct function *function, struct message *message)
{
    struct message_dma_map map;
    struct mapping range;
    int error;

    memcpy(&map, message->payload, sizeof(map));
    if (map.argsz < sizeof(map) || message->fd_count > 1)
        return -EINVAL;
    if (!map.flags || map.flags & ~(unsigned)(MESSAGE_DMA_READABLE | MESSAGE_DMA_WRITABLE))
        return -EINVAL;
    /* The window of message-signalled interrupts is not memory, as in a host's IOMMU. */
    if (map.size && interrupt_overlaps(map.address, map.address + (map.size - 1)))
        return -EINVAL;
    range = (struct mapping){.address = map.address, .size = map.size, .offset = map.offset,
                             .readable = map.flags & MESSAGE_DMA_READABLE,
                             .writable = map.flags & MESSAGE_DMA_WRITABLE};
    error = mappings_add(&function->mappings, &range, message->fd_count ? message_take_fd(message, 0) : -1);
    if (!error)
        commands_reply(&function->commands, message, NULL, 0, NULL, 0);
    return error;
}

int server_dma_unmap(struct function *function, struct message *message)
{
    struct message_dma_unmap unmap;
    uint64_t last;
    int error;

    memcpy(&unmap, message->payload, sizeof(unmap));
    if (unmap.argsz < sizeof(unmap) || unmap.flags & ~(unsigned)MESSAGE_UNMAP_ALL)
        return -EINVAL;
    if (unmap.flags & MESSAGE_UNMAP_ALL && (unmap.address || unmap.size))
        return -EINVAL;
    last = unmap.flags & MESSAGE_UNMAP_ALL ? UINT64_MAX : unmap.address + (unmap.size - 1);
    if (last < unmap.address || (!unmap.size && !(unmap.flags & MESSAGE_UNMAP_ALL)))
        return -EINVAL;
    error = mappings_remove(&function->mappings, unmap.address, last);
    if (!error)
        commands_reply(&function->commands, message, &unmap, sizeof(unmap), NULL, 0);
    return error;
}
