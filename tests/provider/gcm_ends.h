/* SPDX-License-Identifier: Apache-2.0 */
/* The two ends of a key for tests of records: with the provider, and without; and records as libssl makes them. */
#ifndef GCM_ENDS_H
#define GCM_ENDS_H

#include "tests/provider/fixture.h"

#define MOST 16640 /* octets of any record here */

struct end {
    EVP_CIPHER *cipher;
    EVP_CIPHER_CTX *context;
};
extern struct end here, there;
extern struct fixture fixture;
extern uint8_t key[32], nonce[12], text[MOST], record[MOST], plain_record[MOST];

/* A fixture with settings, both ends for AES-256-GCM or the cipher of that name, and key, nonce and text at random. */
void open_named(const char *name, const char *setting, const char *other);
void open_with(const char *setting, const char *other);
int close_all(void **state);

void set_key(struct end *end, int seals);

/* The steps of libssl for TLS 1.3 up to and with the data; what the update returned. */
int begin13(struct end *end, int seals, uint8_t *out, const uint8_t *in, size_t length, uint8_t *tag);

/* A whole record of TLS 1.3, the tag behind the payload: 1, or 0 where the tag is refused. */
int whole13(struct end *end, int seals, uint8_t *out, const uint8_t *in, size_t length);

/* Seal here and there, the same; open here what was sealed there. */
void round13(size_t length, int in_place);

/* TLS 1.2: the fixed part of the nonce; then for each record additional data and one update in place, with room for
 * the explicit nonce before the payload of so many octets, and for the tag behind it. The update's length, or 0. */
void set_fixed(struct end *end, int seals);
int whole12(struct end *end, int seals, uint8_t *at, size_t length);

#endif
