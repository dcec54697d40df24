/* SPDX-License-Identifier: Apache-2.0 */
/* The worlds in which the fuzz target of AES-GCM makes the same calls. */
#ifndef GCM_WORLDS_H
#define GCM_WORLDS_H

#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

/* The default provider alone; ours with a card, under the policy always; ours without one, under auto. */
enum { PLAIN, CARD, BARE, WORLDS };

extern EVP_CIPHER *ciphers[WORLDS][2]; /* with keys of 16 octets and of 32 */

#define REQUIRE(condition, what) \
    do { \
        if (!(condition)) { \
            fprintf(stderr, "%s:%d: worlds differ: %s\n", __FILE__, __LINE__, what); \
            abort(); \
        } \
    } while (0)

/* Once for the process. */
void open_all(void);

#endif
