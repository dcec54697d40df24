/* SPDX-License-Identifier: Apache-2.0 */
/* What a card has done, as one JSON object. */
#ifndef SIM_STATS_H
#define SIM_STATS_H

#include <stdio.h>

#include "sim/card.h"

/* The counters of card and functions, which are read from the card now. seconds is the wall time. */
void stats_print(struct card *card, FILE *file, double seconds);

#endif
