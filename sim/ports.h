/* SPDX-License-Identifier: Apache-2.0 */
/* The card's configuration ports: what its hard block would tell it of the functions' configuration spaces. */
#ifndef SIM_PORTS_H
#define SIM_PORTS_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/config_space.h"
#include "sim/link.h"

#define PORTS_BUS_DEVICE (1u << 5) /* bus 1, device 0 */

struct ports {
    struct tlp_link *link;
    unsigned functions;
    const struct config_space *config[MODEL_MAX_FUNCTIONS];
    uint8_t resetting; /* a bit for each function */
};

/* A configuration space has changed, or all of them are there. */
void ports_drive(const struct ports *ports);

/* Hold a function in reset, or let it go. */
void ports_drive_reset(struct ports *ports, unsigned function, bool resetting);

#endif
