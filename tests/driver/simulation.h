/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated card in this process, for the tests of the driver on the card's RTL. */
#ifndef SIMULATION_H
#define SIMULATION_H

#include "driver/tlscard.h"

struct simulation {
    struct tlscard *card;
    struct tlscard_queue *queue;
};

/* Have the driver take the library of this name, relative to the program's directory. */
void choose_library(const char *name);

/* cmocka's set-up: an open card with a queue, or NULL where libtlscard-sim.so is not built. */
int open_simulation(void **state);

/* cmocka's tear-down: whatever a test did, the card found nothing wrong with its driver. */
int close_simulation(void **state);
int close_checked(struct tlscard *card);

/* The simulation, or the test is skipped. */
struct simulation *need(void **state);

/* The same, and the test is skipped too where the card does not serve the opcode. */
struct simulation *need_opcode(void **state, unsigned opcode);

#endif
