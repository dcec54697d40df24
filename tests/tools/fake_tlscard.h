/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the driver's double share. */
#ifndef FAKE_TLSCARD_H
#define FAKE_TLSCARD_H

#include "driver/tlscard.h"

struct tlscard_request {
    struct tlscard_result result;
    uint8_t output[16384 + TLSCARD_GCM_TAG];
    int sealed, opened; /* a record */
    unsigned more_cycles; /* of the card's counter than other requests */
};

/* Whether TLSCARD_FAKE asks for this misbehaviour. */
int fakes(const char *what);

/* A result was taken: the counters move on, the cycle counter by so much more than usual. */
void fake_taken(unsigned more_cycles);

#endif
