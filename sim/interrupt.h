/* SPDX-License-Identifier: Apache-2.0 */
/* MSI-X of one function as a host's kernel does it: the card's table points into a window of its own, and a write there
 * is an event. A vector has at most one eventfd, which is the client's wish to be told.
 */
#ifndef SIM_INTERRUPT_H
#define SIM_INTERRUPT_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/access.h"
#include "sim/connection.h"
#include "sim/identity.h"

#define INTERRUPT_MAX_VECTORS 256u

struct interrupts {
    struct access *access;               /* by which the card's table is written */
    const struct connection *connection; /* that brought the eventfds */
    int fds[INTERRUPT_MAX_VECTORS];      /* -1 where nobody listens */
    struct identity identity[INTERRUPT_MAX_VECTORS];
    uint32_t table[INTERRUPT_MAX_VECTORS * 4]; /* entries on their way into the card */
    uint64_t signalled;
};

void interrupt_open(struct interrupts *interrupts, struct access *access, const struct connection *connection);

bool interrupt_is_event(int fd);
bool interrupt_overlaps(uint64_t first, uint64_t last); /* the window of interrupt addresses */
bool interrupt_address(uint64_t address);

/* Takes the descriptors over; NULL detaches. done is called when the card's MSI-X table holds it. */
void interrupt_attach(struct interrupts *interrupts, unsigned start, unsigned count, const int *fds,
                      function_done *done);
void interrupt_program(struct interrupts *interrupts, unsigned start, unsigned count, function_done *done);
void interrupt_detach_all(struct interrupts *interrupts);

/* Whether any vector has an eventfd. */
bool interrupt_any(const struct interrupts *interrupts);
void interrupt_signal(struct interrupts *interrupts, unsigned vector);

#endif
