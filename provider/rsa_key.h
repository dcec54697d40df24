/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rsa_key.h - an RSA or RSA-PSS key: a key of the default provider, and its copy on the card.
 *
 * The default provider's key (inner) answers every question about the key and does every operation that the card
 * does not. The card's copy is made by the first private operation of a session.
 */
#ifndef TLSCARD_PROVIDER_RSA_KEY_H
#define TLSCARD_PROVIDER_RSA_KEY_H

#include <stdatomic.h>

#include <openssl/evp.h>

#include "provider/provider.h"
#include "provider/rsa_software.h"
#include "provider/signing.h"

#define RSA_MAX_OCTETS 512 /* of a modulus that the card serves */

struct card_key;
struct public_half;

struct rsa_key {
    atomic_uint references;
    struct provider *provider;
    int restricted_type; /* made as RSA-PSS rather than RSA */
    const struct rsa_software *functions;
    void *inner; /* the default provider's key, which its functions take */
    int has_private;
    unsigned bits;
    char private_name[32]; /* "RSA-2048 private", of operations */
    signing_prototypes prototypes;
    _Atomic(struct public_half *) public; /* of a key that the card has used */
    _Atomic(struct card_key *) card;
};

/* An empty key; NULL, with an error raised where there is no default provider. */
struct rsa_key *rsa_key_new(struct provider *provider, int restricted_type);
struct rsa_key *rsa_key_hold(struct rsa_key *key);
void rsa_key_free(struct rsa_key *key); /* drops one reference; safe with NULL */

/* A key of inner, which is the key's from then on, and freed where this gives NULL. */
struct rsa_key *rsa_key_around(struct provider *provider, int restricted_type, void *inner);

/* Inner has changed. */
void rsa_key_refresh(struct rsa_key *key);

/* The default provider's key as its signatures take it. */
void *rsa_key_inner(struct rsa_key *key);

/* The number that OSSL_PKEY_PARAM_RSA_... names, as size octets, the most significant first; 0, with no error raised,
 * where the key has no such or it is longer. Who asks for a secret wipes it. */
int rsa_key_number(const struct rsa_key *key, const char *name, uint8_t *octets, size_t size);

/* Octets of the modulus. */
size_t rsa_key_size(const struct rsa_key *key);

/* Begin a private operation on the key, with what can be told beforehand refused. */
void rsa_key_begin(const struct rsa_key *key, struct operation *operation, const char *purpose);

/* input ^ d mod n by the card: 1, or 0 with the reason in operation. input and output are
 * rsa_key_size octets, at most RSA_MAX_OCTETS, and input is less than the modulus. */
int rsa_key_private(struct rsa_key *key, struct operation *operation, const uint8_t *input, uint8_t *output);

/* base ^ e mod n on the host, raising no error; 0 where base is not less than n. What base is shows neither in time nor
 * in addresses, as far as libcrypto's arithmetic goes: it may be a decrypted message. */
int rsa_key_public(struct rsa_key *key, const uint8_t *base, uint8_t *output);

/* Whether a public number of rsa_key_size octets is less than the modulus. */
int rsa_key_in_range(struct rsa_key *key, const uint8_t *number);

/* The same, as work that offload.c or the breaker runs; handle is filled when it is prepared. */
struct private_work {
    struct rsa_key *key;
    struct tlscard_rsa_key *handle;
    const uint8_t *input;
};
struct offload_work rsa_private_work(struct private_work *work, uint8_t *output);

/* The known-answer probe, with a key of its own that is made when first used; NULL without memory. */
struct rsa_probe *rsa_probe_new(struct provider *provider);
struct offload_probe rsa_probe_describe(struct rsa_probe *probe);
void rsa_probe_free(struct rsa_probe *probe);

#endif
