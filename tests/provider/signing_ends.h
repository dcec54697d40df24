/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signing_ends.h - scenes of calls on signatures, played with the plain default provider and with ours: what they return and
 * raise is compared. Keys, signatures good and bad, and the worlds that a scene is played in.
 */
#ifndef PROVIDER_SIGNING_ENDS_H
#define PROVIDER_SIGNING_ENDS_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "tests/provider/transcript.h"

#define MOST_OCTETS 600 /* of a signature */

enum {
    RSA_2048,
    RSA_1024, /* for software */
    RSA_PUBLIC,
    PSS_FREE,
    PSS_RESTRICTED,
    P256,
    P384,
    P521,
    P256_PUBLIC,
    RSA_ELSEWHERE, /* made by the default provider beside us */
    P256_ELSEWHERE,
    X25519,
    KEYS
};

/* One side: a library context with its key. */
struct end {
    OSSL_LIB_CTX *library;
    EVP_PKEY *key;
    struct transcript *log;
    int is_plain;
    EVP_MD_CTX *originals[8];
    unsigned copied;
};

#define CALL(call) NOTE(end->log, call)
#define TABLE(call) NOTE_TABLE(end->log, call)

typedef void scene(struct end *end, int kind);

struct named_scene {
    const char *name;
    scene *play;
    int rsa_only;
};

extern const uint8_t message[300];

/* The signature of the message by the scene's key, made by the default provider. */
extern uint8_t good[MOST_OCTETS];
extern size_t good_length;

/* A digest that the key's restrictions allow. */
const char *allowed(int kind);

/* Signatures of which the last is the good one, and the first BAD_FORMS are other octets than a signature's. */
struct bad {
    uint8_t octets[MOST_OCTETS + 8];
    size_t length;
};
#define BAD_FORMS 14
#define BADS (BAD_FORMS + 21)
void make_bad(int which, struct bad *bad);

EVP_PKEY_CTX *context_of(const struct end *end);
long sign_octets(EVP_PKEY_CTX *context, size_t room, const uint8_t *digest, size_t length);
/* Digests of every length, too little room, and a context that goes on after a failure. */
void sign_lengths(struct end *end, EVP_PKEY_CTX *context);
long set_text(EVP_PKEY_CTX *context, const char *key, const char *value);
long set_number(EVP_PKEY_CTX *context, const char *key, int value);

/* Play them with every key: without a card, with one, with one that only signs, with one that fails. The tests of a
 * program, whose exit status this gives. */
int play_scenes(const struct named_scene *scenes, size_t count);

#endif
