/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of the PCIe base specification that the card must keep in what it sends, and how often it broke one. */
#ifndef SIM_RULES_H
#define SIM_RULES_H

#include <stdint.h>

#include "sim/link.h"
#include "sim/reads.h"

struct rules {
    const struct tlp_link *link;
    const struct reads *reads;
    unsigned functions;
    uint64_t violations;
    const char *violation; /* the first rule that was broken */
};

/* Count a violation; rule is a sentence that lasts. */
void rules_violated(struct rules *rules, const char *rule);

/* The function that a packet of the card's comes from: its index. -1 for a packet that no card sends, which counts as
 * a violation, or a completion for no function. */
int rules_origin(struct rules *rules, const struct tlp *tlp);

#endif
