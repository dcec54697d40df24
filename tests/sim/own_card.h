/* SPDX-License-Identifier: Apache-2.0 */
/* A card whose insides a test may look at, run by a thread of the test's. */
#ifndef TESTS_SIM_OWN_CARD_H
#define TESTS_SIM_OWN_CARD_H

#include <pthread.h>
#include <stdatomic.h>

#include "sim/card.h"
#include "tests/sim/client.h"

struct own_card {
    struct card card;
    pthread_t thread;
    atomic_bool stop;
    int wake_fd;
};

/* Make a card and attach a client to its first function. Not for the stack: a card is large. */
struct peer own_card_start(struct own_card *own, const struct card_options *options);
/* End the thread; from here on the card's members may be read. */
void own_card_stop(struct own_card *own, struct peer *client);
void own_card_destroy(struct own_card *own);

#endif
