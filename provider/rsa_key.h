/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rsa_key.h - an RSA or RSA-PSS key: a key of the default provider, and its copy on the card.
 *
 * The default provider's key (software) answers every question about the key and does every operation
 * that the card does not. The card's copy is made by the first private operation of a session.
 */
#ifndef TLSCARD_PROVIDER_RSA_KEY_H
#define TLSCARD_PROVIDER_RSA_KEY_H

#include <stdatomic.h>

#include <openssl/evp.h>

#include "provider/provider.h"
#include "provider/signing.h"

#define RSA_MAX_OCTETS 512 /* of a modulus that the card serves */

struct card_key;
struct public_half;

struct rsa_key {
    atomic_uint references;
    struct provider *provider;
    int restricted_type; /* made as RSA-PSS rather than RSA */
    EVP_PKEY *software;  /* NULL until imported */
    int has_private;
    unsigned bits;
    char private_name[32]; /* "RSA-2048 private", of operations */
    _Atomic(void *) inner; /* rsa_key_inner's */
    signing_prototypes prototypes;
    _Atomic(struct public_half *) public; /* of a key that the card has used */
    _Atomic(struct card_key *) card;
};

struct rsa_key *rsa_key_new(struct provider *provider, int restricted_type);
struct rsa_key *rsa_key_hold(struct rsa_key *key);
void rsa_key_free(struct rsa_key *key); /* drops one reference; safe with NULL */

/* Make software the key's; it is the key's from then on. */
void rsa_key_adopt(struct rsa_key *key, EVP_PKEY *software);

/* A context of the default provider for a new key of this type, or for this key; NULL with an error raised. */
EVP_PKEY_CTX *rsa_software_context(struct provider *provider, int restricted_type);
EVP_PKEY_CTX *rsa_key_context(const struct rsa_key *key);

/* The default provider's key as its signatures take it, made when first asked for; NULL with an error raised. */
void *rsa_key_inner(struct rsa_key *key);

/* Octets of the modulus. */
size_t rsa_key_size(const struct rsa_key *key);

/* Begin a private operation on the key, with with what can be told beforehand refused. */
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
