/* SPDX-License-Identifier: Apache-2.0 */
/* Messages about regions: the two BARs and configuration space. */
#include <errno.h>
#include <linux/vfio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/card.h"
#include "sim/card_pci.h"

static_assert(sizeof(struct vfio_region_info) == 32, "region info");

static uint64_t region_size(unsigned region)
{
    switch (region) {
    case VFIO_PCI_BAR0_REGION_INDEX:
        return CARD_BAR0_SIZE;
    case VFIO_PCI_BAR2_REGION_INDEX:
        return CARD_BAR2_SIZE;
    case VFIO_PCI_CONFIG_REGION_INDEX:
        return CONFIG_SIZE;
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
    info = (struct vfio_region_info){.argsz = sizeof(info), .index = info.index, .size = region_size(info.index)};
    if (info.size)
        info.flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
    server_reply(function, message, &info, sizeof(info), NULL, 0);
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
    server_reply(function, message, &fds, sizeof(fds), NULL, 0);
    return 0;
}

static int check(const struct message *message, struct message_region *region)
{
    uint64_t size;

    memcpy(region, message->payload, sizeof(*region));
    size = region_size(region->region);
    if (!region->count || region->offset >= size || region->count > size - region->offset)
        return -EINVAL;
    return 0;
}

static void read_done(struct function *function, int error)
{
    struct message *message = function->client.pending;

    function->client.pending = NULL;
    if (error)
        server_error(function, message, error);
    else
        server_reply(function, message, message->payload, message->size, NULL, 0);
    message_free(message);
}

static int read_bar(struct function *function, struct message *message, const struct message_region *region)
{
    struct message *room = calloc(1, sizeof(*room) + sizeof(*region) + region->count);

    if (!room)
        return -ENOMEM;
    room->header = message->header;
    room->size = sizeof(*region) + region->count;
    memcpy(room->payload, region, sizeof(*region));
    message_free(message);
    function->client.pending = room;
    if (!config_memory_enabled(&function->config)) {
        memset(room->payload + sizeof(*region), 0xff, region->count);
        read_done(function, 0);
        return SERVER_PENDING;
    }
    access_start(function, &(struct access){
        .bar = (uint8_t)region->region, .offset = (uint32_t)region->offset, .size = region->count,
        .data = room->payload + sizeof(*region), .done = read_done});
    return SERVER_PENDING;
}

int server_region_read(struct function *function, struct message *message)
{
    struct message_region region;
    int error = check(message, &region);

    if (error)
        return error;
    if (region.region != VFIO_PCI_CONFIG_REGION_INDEX)
        return read_bar(function, message, &region);
    server_reply(function, message, &region, sizeof(region), function->config.value + region.offset, region.count);
    return 0;
}

static void write_done(struct function *function, int error)
{
    struct message *message = function->client.pending;

    function->client.pending = NULL;
    if (error)
        server_error(function, message, error);
    else
        server_reply(function, message, message->payload, sizeof(struct message_region), NULL, 0);
    message_free(message);
}

static void write_config(struct function *function, const struct message_region *region, const uint8_t *data)
{
    bool reset = config_write(&function->config, region->offset, data, region->count);

    reset_drive_ports(function->card);
    if (reset)
        reset_start(function, write_done);
    else
        write_done(function, 0);
}

int server_region_write(struct function *function, struct message *message)
{
    struct message_region region;
    int error = check(message, &region);

    if (error)
        return error;
    if (message->size != sizeof(region) + region.count)
        return -EINVAL;
    if (region.region == VFIO_PCI_CONFIG_REGION_INDEX)
        write_config(function, &region, message->payload + sizeof(region));
    else if (!config_memory_enabled(&function->config))
        write_done(function, 0);
    else
        access_start(function, &(struct access){
            .write = true, .bar = (uint8_t)region.region, .offset = (uint32_t)region.offset, .size = region.count,
            .data = message->payload + sizeof(region), .done = write_done});
    return SERVER_PENDING;
}
