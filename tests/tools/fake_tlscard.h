/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the driver's double share. */
#ifndef FAKE_TLSCARD_H
#define FAKE_TLSCARD_H

#include "driver/tlscard.h"

struct tlscard_request {
    struct tlscard_result result;
    uint8_t output[512];
};

/* Whether TLSCARD_FAKE asks for this misbehaviour. */
int fakes(const char *what);

#endif
