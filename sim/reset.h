/* SPDX-License-Identifier: Apache-2.0 */
/* Function-level reset of one function.
 *
 * As a host's kernel does for a user of VFIO, configuration space and the vectors that have an
 * eventfd are as before when a reset has ended.
 */
#ifndef SIM_RESET_H
#define SIM_RESET_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/access.h"
#include "sim/interrupt.h"
#include "sim/link.h"
#include "sim/ports.h"

struct reset {
    struct function *function; /* whose it is, and its index */
    uint8_t index;
    const struct tlp_link *link;
    struct ports *ports;
    struct interrupts *interrupts;
    bool running;
    uint64_t deadline; /* cycle */
    function_done *done;
};

/* Only while none is running. */
void reset_start(struct reset *reset, function_done *done);

/* The card says that the function's reset has ended. */
void reset_ended(struct reset *reset);

/* End one that the card has not ended in time with -ETIMEDOUT. */
void reset_expire(struct reset *reset);

#endif
