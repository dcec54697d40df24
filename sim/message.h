/* SPDX-License-Identifier: Apache-2.0 */
/* The vfio-user protocol, version 0.0, as it lies on the socket (QEMU's docs/interop/vfio-user.rst).
 *
 * Region, interrupt-information and interrupt-set messages carry the structures of <linux/vfio.h>.
 * All integers are in host order.
 */
#ifndef SIM_MESSAGE_H
#define SIM_MESSAGE_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

enum message_command {
    MESSAGE_VERSION = 1,
    MESSAGE_DMA_MAP = 2,
    MESSAGE_DMA_UNMAP = 3,
    MESSAGE_DEVICE_GET_INFO = 4,
    MESSAGE_DEVICE_GET_REGION_INFO = 5,
    MESSAGE_DEVICE_GET_REGION_IO_FDS = 6,
    MESSAGE_DEVICE_GET_IRQ_INFO = 7,
    MESSAGE_DEVICE_SET_IRQS = 8,
    MESSAGE_REGION_READ = 9,
    MESSAGE_REGION_WRITE = 10,
    MESSAGE_DMA_READ = 11,  /* server to client, as the next */
    MESSAGE_DMA_WRITE = 12,
    MESSAGE_DEVICE_RESET = 13,
};

enum {
    MESSAGE_TYPE_MASK = 0xf,
    MESSAGE_TYPE_COMMAND = 0,
    MESSAGE_TYPE_REPLY = 1,
    MESSAGE_FLAG_NO_REPLY = 1 << 4,
    MESSAGE_FLAG_ERROR = 1 << 5,
};

struct message_header {
    uint16_t id;
    uint16_t command;
    uint32_t size; /* of the whole message */
    uint32_t flags;
    uint32_t error;
};

/* Followed by the capabilities, a NUL-terminated JSON object, or by nothing. */
struct message_version {
    uint16_t major, minor;
};

struct message_dma_map {
    uint32_t argsz, flags;
    uint64_t offset, address, size;
};
enum { MESSAGE_DMA_READABLE = 1, MESSAGE_DMA_WRITABLE = 2 };

struct message_dma_unmap {
    uint32_t argsz, flags;
    uint64_t address, size;
};
enum { MESSAGE_UNMAP_ALL = 2 };

struct message_device_info {
    uint32_t argsz, flags, regions, interrupts;
};

struct message_io_fds {
    uint32_t argsz, flags, index, count;
};

/* Head of REGION_READ and REGION_WRITE. */
struct message_region {
    uint64_t offset;
    uint32_t region, count;
};

/* Head of DMA_READ and DMA_WRITE. */
struct message_dma {
    uint64_t address, count;
};

static_assert(sizeof(struct message_header) == 16, "header");
static_assert(sizeof(struct message_version) == 4, "version");
static_assert(sizeof(struct message_dma_map) == 32, "map");
static_assert(sizeof(struct message_dma_unmap) == 24, "unmap");
static_assert(sizeof(struct message_device_info) == 16, "device info");
static_assert(sizeof(struct message_region) == 16, "region access");
static_assert(sizeof(struct message_dma) == 16, "DMA access");

/* Octets of data that one message may carry; the largest region is as large. */
#define MESSAGE_MAX_DATA 65536u
#define MESSAGE_MAX_SIZE (sizeof(struct message_header) + sizeof(struct message_region) + MESSAGE_MAX_DATA)
/* QEMU refuses a server that claims to take more than 16 descriptors. */
#define MESSAGE_MAX_FDS 16u

/* A message received, with its descriptors; those not taken are closed with it. */
struct message {
    struct message *next;
    struct message_header header;
    int fd_error; /* 0, or a negative errno value: descriptors were lost on the way */
    unsigned fd_count;
    int fds[MESSAGE_MAX_FDS];
    size_t size; /* of the payload */
    _Alignas(8) uint8_t payload[];
};

void message_free(struct message *message);

/* Descriptor i of the message, the caller's from now on. */
int message_take_fd(struct message *message, unsigned i);

/* Close those of them that are not -1. */
void message_close_fds(const int *fds, unsigned count);

#endif
