/* SPDX-License-Identifier: Apache-2.0 */
/* What the requests and the device need of RSA keys. */
#ifndef RSA_H
#define RSA_H

#include "driver/device.h"

/* A request takes and gives back its hold on a key. */
void rsa_key_hold(struct tlscard_rsa_key *key);
void rsa_key_drop(struct tlscard_rsa_key *key);

/* Free the records of every key that is left; their blocks go with the DMA memory. */
void rsa_keys_clear(struct tlscard *card);

#endif
