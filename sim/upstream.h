/* SPDX-License-Identifier: Apache-2.0 */
/* Packets from one function of the card: memory reads and writes, interrupts, and completions of BAR accesses.
 *
 * Memory without a file is reached by messages, which the client answers when it likes. What the
 * card sends after such a write must not be seen before it (section 2.4.1): it is held until the
 * client has acknowledged the write. Messages themselves stay in order on the socket.
 */
#ifndef SIM_UPSTREAM_H
#define SIM_UPSTREAM_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/access.h"
#include "sim/config_space.h"
#include "sim/interrupt.h"
#include "sim/link.h"
#include "sim/mapping.h"
#include "sim/reads.h"
#include "sim/remote.h"

struct upstream {
    uint8_t index; /* the function's */
    const struct config_space *config;
    const struct mappings *mappings;
    struct tlp_link *link;
    struct access *access;
    struct interrupts *interrupts;
    struct reads *reads;
    struct remotes *remotes;
    struct tlp *first, *last; /* packets held behind writes not acknowledged */
    unsigned held;
    uint64_t faults; /* accesses outside the mapped memory */
};

/* Takes the packet over. False: so many are held that the client must have stopped answering. */
bool upstream_take(struct upstream *upstream, struct tlp *tlp);

/* An acknowledgement of a write came; failed: it is a fault. */
void upstream_release(struct upstream *upstream, bool failed);

/* The client has gone. */
void upstream_drop(struct upstream *upstream);

#endif
