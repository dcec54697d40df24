/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vfio_user.h - messages of the vfio-user protocol, version 0.0 (QEMU, docs/interop/vfio-user.rst).
 *
 * All fields are in host order, which the protocol leaves to the two ends of one machine. The
 * payloads of GET_INFO, GET_REGION_INFO, GET_IRQ_INFO and SET_IRQS are those of linux/vfio.h.
 */
#ifndef VFIO_USER_H
#define VFIO_USER_H

#include <stdint.h>

enum vfio_user_command {
    VFIO_USER_VERSION = 1,
    VFIO_USER_DMA_MAP = 2,
    VFIO_USER_DMA_UNMAP = 3,
    VFIO_USER_DEVICE_GET_INFO = 4,
    VFIO_USER_DEVICE_GET_REGION_INFO = 5,
    VFIO_USER_DEVICE_GET_IRQ_INFO = 7,
    VFIO_USER_DEVICE_SET_IRQS = 8,
    VFIO_USER_REGION_READ = 9,
    VFIO_USER_REGION_WRITE = 10,
    VFIO_USER_DMA_READ = 11,
    VFIO_USER_DMA_WRITE = 12,
    VFIO_USER_DEVICE_RESET = 13,
};

#define VFIO_USER_TYPE_MASK 0xfu
#define VFIO_USER_TYPE_COMMAND 0u
#define VFIO_USER_TYPE_REPLY 1u
#define VFIO_USER_NO_REPLY 0x10u
#define VFIO_USER_ERROR 0x20u

#define VFIO_USER_MAP_READ 1u
#define VFIO_USER_MAP_WRITE 2u

struct vfio_user_header {
    uint16_t id;
    uint16_t command;
    uint32_t size; /* with the header */
    uint32_t flags;
    uint32_t error; /* errno, of a reply with VFIO_USER_ERROR */
};
_Static_assert(sizeof(struct vfio_user_header) == 16, "size of the message header");

/* Followed by JSON, NUL-terminated. */
struct vfio_user_version {
    uint16_t major, minor;
};

struct vfio_user_dma_map {
    uint32_t argsz, flags;
    uint64_t offset, address, size;
};
_Static_assert(sizeof(struct vfio_user_dma_map) == 32, "size of DMA_MAP");

struct vfio_user_dma_unmap {
    uint32_t argsz, flags;
    uint64_t address, size;
};
_Static_assert(sizeof(struct vfio_user_dma_unmap) == 24, "size of DMA_UNMAP");

/* REGION_READ, REGION_WRITE and their replies; count octets of data follow where there are any. */
struct vfio_user_region_access {
    uint64_t offset;
    uint32_t region, count;
};
_Static_assert(sizeof(struct vfio_user_region_access) == 16, "size of a region access");

#endif
