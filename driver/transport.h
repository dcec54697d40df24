/* SPDX-License-Identifier: Apache-2.0 */
/*
 * transport.h - how the driver reaches a function: eight operations, one set for each transport.
 *
 * Rings and operations are blind to what stands behind them. Any operation but close may be called from several
 * threads at once. All return 0 or a negative errno value within deadline, which is a time of clock_ms (message.h)
 * and each caller's own: a thread with little time left makes no other one late.
 *
 * -ETIMEDOUT breaks nothing. A read, or a question, may be asked again. A write to a BAR was not sent. Of any other
 * operation it is not known whether the card has done it, or will: what it concerns is left as if it had and had not.
 */
#ifndef TRANSPORT_H
#define TRANSPORT_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct transport;

/* PCI regions, by their VFIO numbers. */
enum { TRANSPORT_BAR0 = 0, TRANSPORT_BAR2 = 2, TRANSPORT_CONFIG = 7 };

struct transport_operations {
    const char *name; /* "vfio-user", "sim", "vfio" */

    /* Size of a region in octets; 0 where the function has none. */
    int (*region_size)(struct transport *transport, unsigned region, uint64_t *size, uint64_t deadline);

    /* Read or write 1, 2, 4 or 8 octets, little-endian, naturally aligned. */
    int (*read)(struct transport *transport, unsigned region, uint64_t offset, void *data, size_t size,
                uint64_t deadline);
    int (*write)(struct transport *transport, unsigned region, uint64_t offset, const void *data, size_t size,
                 uint64_t deadline);

    /* Make memory visible to the card at the address iova. fd is the memory's file (memfd) and offset
     * its place there; memory stays the caller's and must outlive the mapping. */
    int (*map)(struct transport *transport, uint64_t iova, void *memory, size_t size, int fd, uint64_t offset,
               uint64_t deadline);
    /* After it returns 0 the card can no longer reach the memory. */
    int (*unmap)(struct transport *transport, uint64_t iova, size_t size, uint64_t deadline);

    /* Signal eventfds[i] on MSI-X vector i; count 0 detaches all. The descriptors stay the caller's. */
    int (*interrupts)(struct transport *transport, const int *eventfds, unsigned count, uint64_t deadline);

    int (*reset)(struct transport *transport, uint64_t deadline);

    /* After it the card can no longer reach any memory, and transport is gone. In a child of the
     * process that opened it, only the child's copy is freed. */
    void (*close)(struct transport *transport);
};

/* The head of each transport's own object. */
struct transport {
    const struct transport_operations *operations;
    const char *_Atomic fault; /* what broke it for good, a static text; NULL while it works */
};

/* The fault, or what error says of a transport that works. */
static inline const char *transport_fault(const struct transport *transport, int error)
{
    const char *fault = transport->fault;

    return fault != NULL ? fault : error == -ETIMEDOUT ? "it did not answer in time" : strerror(-error);
}

/* Each transport's opener; on failure *transport is NULL and message (TLSCARD_MESSAGE_SIZE) says why.
 * errors as tlscard_open. */
int vfio_user_open(const char *path, uint64_t deadline, struct transport **transport, char *message);
int sim_open(uint64_t deadline, struct transport **transport, char *message);

/* Go on as vfio-user over a connected socket, which is the callee's in any case. name is the
 * transport's name, where what stands in messages for the other side. */
int vfio_user_attach(int fd, const char *name, const char *where, uint64_t deadline, struct transport **transport,
                     char *message);

/* 1 where libtlscard-sim.so can be found. */
int sim_available(void);

#endif
