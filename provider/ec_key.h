/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec_key.h - a key on an elliptic curve: a key of the default provider, whose numbers are read for the card.
 *
 * The default provider's key (inner) answers every question about the key and does every operation that the card
 * does not. The card gets a copy with each operation, which is gone when that ends.
 */
#ifndef TLSCARD_PROVIDER_EC_KEY_H
#define TLSCARD_PROVIDER_EC_KEY_H

#include <stdatomic.h>

#include <openssl/ec.h>
#include <openssl/evp.h>

#include "driver/tlscard.h"
#include "provider/ec_software.h"
#include "provider/provider.h"
#include "provider/signing.h"

#define EC_MAX_OCTETS 48 /* of a coordinate on a curve that the card serves */
#define EC_NO_CURVE ((enum tlscard_ec_curve)0) /* any other curve, or explicit parameters: all in software */

struct ec_key {
    atomic_uint references;
    struct provider *provider;
    enum ec_type type;
    const struct ec_software *functions;
    void *inner; /* the default provider's key, which its functions take */
    enum tlscard_ec_curve curve;
    signing_prototypes prototypes;
};

/* An empty key; NULL, with an error raised where there is no default provider. */
struct ec_key *ec_key_new(struct provider *provider, enum ec_type type);
struct ec_key *ec_key_hold(struct ec_key *key);
void ec_key_free(struct ec_key *key); /* drops one reference; safe with NULL */

/* A key of inner, which is the key's from then on, and freed where this gives NULL. On EC_NO_CURVE until the curve is set
 * or ec_key_refresh finds it, but for X25519. */
struct ec_key *ec_key_around(struct provider *provider, enum ec_type type, void *inner);

/* Inner has changed. */
void ec_key_refresh(struct ec_key *key);

/* Whether it has the parts that OSSL_KEYMGMT_SELECT_... names. */
int ec_key_has(const struct ec_key *key, int selection);

/* The default provider's key as its signatures take it. */
void *ec_key_inner(const struct ec_key *key);

/* The numbers of a key on a curve that the card serves, as the driver takes them: ec_octets and ec_point_octets. 0, with no
 * error raised, where the key has no such. Whoever asks for the scalar wipes it. */
int ec_key_scalar(const struct ec_key *key, uint8_t scalar[EC_MAX_OCTETS]);
int ec_key_point(const struct ec_key *key, uint8_t point[2 * EC_MAX_OCTETS]);

/* Its parameters; what a question for something absent raises is nobody's error, and taken back. */
int ec_key_read(const struct ec_key *key, OSSL_PARAM params[]);

/* The name of its group, of the size given; 0 where it has none. Raises no error. */
int ec_key_group(const struct ec_key *key, char *name, size_t size);

/* The curve by a name of its group, any that the default provider takes and none that it does not. Raises no error. */
enum tlscard_ec_curve ec_curve_of(struct provider *provider, const char *group);

/* Octets of a coordinate, and of a public key as the driver takes it. */
size_t ec_octets(enum tlscard_ec_curve curve);
size_t ec_point_octets(enum tlscard_ec_curve curve);

/* A key of the default provider from its numbers, to free with its free_key; without a point software computes it
 * (X25519 only). NULL, with no error raised. */
void *ec_software_key(const struct ec_software *software, enum tlscard_ec_curve curve, const uint8_t *scalar,
                      const uint8_t *point);

/* Random scalar of a new key: FIPS 186-5 appendix A.2.2, or RFC 7748 section 5. */
int ec_random_scalar(struct provider *provider, enum tlscard_ec_curve curve, uint8_t *scalar);

/* The groups of the curves that the card serves, for the provider's life. */
int ec_groups_new(struct provider *provider);
void ec_groups_free(struct provider *provider);

enum ec_use { EC_GENERATE, EC_DERIVE, EC_SIGN, EC_VERIFY };

/* Begin an operation with "ECDH P-256 derivation" for its name, and with other curves refused. */
void ec_begin(struct operation *operation, enum tlscard_ec_curve curve, const char *group, enum ec_use use);
void ec_key_begin(const struct ec_key *key, struct operation *operation, enum ec_use use);

/* An operation for the card. Its operands are the caller's until it has ended. */
struct ec_work {
    struct provider *provider;
    enum tlscard_ec_curve curve;
    enum ec_use use;
    const uint8_t *scalar, *point; /* of the key, as far as use needs them */
    const uint8_t *input;          /* the peer's public key, or a digest */
    size_t length;
    const uint8_t *nonce, *signature; /* of ec_octets, and r | s */
    struct ec_key *key;               /* that verifies what EC_SIGN gives */
    /* Or NULL: draws scalar or nonce, into drawn, of the application's generator, once there is a card: where there is none,
     * the generator gives software just what it gives the default provider alone. */
    int (*draw)(struct ec_work *work);
    uint8_t *drawn;
    struct tlscard *card;
};

/* 1: output holds what the driver's operation gives. 0: do it in software; operation->reason says why. */
int ec_run(struct ec_work *work, struct operation *operation, uint8_t *output);
struct offload_work ec_offload_work(struct ec_work *work, uint8_t *output);

/* ECDSA-Sig-Value (RFC 3279 section 2.2.3) of r | s: octets to free with OPENSSL_free and their number, or 0. */
int ecdsa_encode(const uint8_t *signature, size_t size, uint8_t **encoded);

/* r | s of an ECDSA-Sig-Value in DER, or 0. */
int ecdsa_decode(const uint8_t *encoded, size_t length, size_t size, uint8_t *signature);

/* The known-answer probe; NULL without memory. */
struct ec_probe *ec_probe_new(struct provider *provider);
struct offload_probe ec_probe_describe(struct ec_probe *probe);
void ec_probe_free(struct ec_probe *probe);

#endif
