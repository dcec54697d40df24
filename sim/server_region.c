/* SPDX-License-Identifier: Apache-2.0 */
/* Messages about regions: the two BARs and configuration space. */
#include "sim/server_region.h"

#include <errno.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/card_pci.h"

static_assert(sizeof(struct vfio_region_info) == 32, "region info");

static uint64_t server_region_size(unsigned region)
{
    switch (region) {
    case VFIO_PCI_BAR0_REGION_INDEX:
        return CARD_BAR0_SIZE;
    case VFIO_PCI_BAR2_REGION_INDEX:
        return CARD_BAR2_SIZE;
    case VFIO_PCI_CONFIG_REGION_INDEX:
        return CONFIG_SPACE_SIZE;
    default:
        return 0;
    }
}

int server_region_info(struct function *function, struct message *message)
{
    struct vfio_region_info info;

    memcpy(&info, message->payload, sizeof(info));
    if (info.argsz < sizeof(info) || info.index >= VFIO_PCI_NUM_REGIONS)
        return -EINVAL;
    info = (struct vfio_region_info){.argsz = sizeof(info), .index = info.index,
                                     .size = server_region_size(info.index)};
    if (info.size)
        info.flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
    commands_reply(&function->commands, message, &info, sizeof(info), NULL, 0);
    return 0;
}

int server_region_io_fds(struct function *function, struct message *message)
{
    struct message_io_fds fds;

    memcpy(&fds, message->payload, sizeof(fds));
    if (fds.argsz < sizeof(fds) || fds.flags || fds.count || fds.index >= VFIO_PCI_NUM_REGIONS)
        return -EINVAL;
    /* Doorbells go through the socket: no region has descriptors. */
    fds.argsz = sizeof(fds);
    commands_reply(&function->commands, message, &fds, sizeof(fds), NULL, 0);
    return 0;
}

static int server_region_check(const struct message *message, struct message_region *region)
{
    uint64_t size;

    memcpy(region, message->payload, sizeof(*region));
    size = server_region_size(region->region);
    if (!region->count || region->offset >= size || region->count > size - region->offset)
        return -EINVAL;
    return 0;
}

/* The pending message has room for the data behind its head: it is the reply. */
static void server_region_read_done(struct function *function, int error)
{
    commands_finish(&function->commands, error, function->commands.pending->size);
}

static int server_region_read_bar(struct function *function, struct message *message,
                                  const struct message_region *region)
{
    struct message *room = calloc(1, sizeof(*room) + sizeof(*region) + region->count);

    if (!room)
        return -ENOMEM;
    room->header = message->header;
    room->size = sizeof(*region) + region->count;
    memcpy(room->payload, region, sizeof(*region));
    message_free(message);
    function->commands.pending = room;
    if (!config_space_memory_enabled(&function->config)) {
        memset(room->payload + sizeof(*region), 0xff, region->count);
        server_region_read_done(function, 0);
        return FUNCTION_PENDING;
    }
    access_start(&function->access, &(struct access_request){
        .bar = (uint8_t)region->region, .offset = (uint32_t)region->offset, .size = region->count,
        .data = room->payload + sizeof(*region), .done = server_region_read_done});
    return FUNCTION_PENDING;
}

int server_region_read(struct function *function, struct message *message)
{
    struct message_region region;
    int error = server_region_check(message, &region);

    if (error)
        return error;
    if (region.region != VFIO_PCI_CONFIG_REGION_INDEX)
        return server_region_read_bar(function, message, &region);
    commands_reply(&function->commands, message, &region, sizeof(region), function->config.value + region.offset,
                   region.count);
    return 0;
}

static void server_region_write_done(struct function *function, int error)
{
    commands_finish(&function->commands, error, sizeof(struct message_region));
}

static void server_region_write_config(struct function *function, const struct message_region *region,
                                       const uint8_t *data)
{
    bool reset = config_space_write(&function->config, region->offset, data, region->count);

    ports_drive(function->shared.ports);
    if (reset)
        reset_start(&function->reset, server_region_write_done);
    else
        server_region_write_done(function, 0);
}

int server_region_write(struct function *function, struct message *message)
{
    struct message_region region;
    int error = server_region_check(message, &region);

    if (error)
        return error;
    if (message->size != sizeof(region) + region.count)
        return -EINVAL;
    if (region.region == VFIO_PCI_CONFIG_REGION_INDEX)
        server_region_write_config(function, &region, message->payload + sizeof(region));
    else if (!config_space_memory_enabled(&function->config))
        server_region_write_done(function, 0);
    else
        access_start(&function->access, &(struct access_request){
            .write = true, .bar = (uint8_t)region.region, .offset = (uint32_t)region.offset, .size = region.count,
            .data = message->payload + sizeof(region), .done = server_region_write_done});
    return FUNCTION_PENDING;
}
