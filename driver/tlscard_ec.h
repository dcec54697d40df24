/* SPDX-License-Identifier: Apache-2.0 */
/* The driver's public calls for elliptic curves; the rules of tlscard.h hold here too. */
#ifndef TLSCARD_EC_H
#define TLSCARD_EC_H

#include "driver/tlscard.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The map's curve ids. n below is the curve's octets: 32, 48 and 32. Numbers are octet strings of
 * exactly n octets: big-endian on P-256 and P-384, little-endian on X25519 (RFC 7748 section 5). */
enum tlscard_ec_curve { TLSCARD_EC_P256 = 1, TLSCARD_EC_P384 = 2, TLSCARD_EC_X25519 = 3 };

struct tlscard_ec_key; /* a key on a curve in DMA memory, as the card reads it */

/* The halves of a key; data is NULL for a half that is not there. The strings are the caller's. */
struct tlscard_ec_components {
    struct tlscard_octets scalar; /* the private key, n octets */
    struct tlscard_octets point;  /* the public key x | y, 2 n octets; never for X25519 */
};

/*
 * Put a key where the card can read it; cheap enough for a key of one handshake. Whether the scalar is
 * in range and the point on the curve, the card says with each operation.
 * -ENOTSUP: the card serves no operation of this curve with such a key (use software)
 * -EINVAL: another curve, both halves missing, a half of another length, a point for X25519
 * The copy is wiped when the key is freed; a key in use by a request lives until that ends.
 */
TLSCARD_API int tlscard_ec_key_create(struct tlscard *card, enum tlscard_ec_curve curve,
                                      const struct tlscard_ec_components *components, struct tlscard_ec_key **key);
TLSCARD_API void tlscard_ec_key_free(struct tlscard_ec_key *key);

/* n of the key's curve. */
TLSCARD_API size_t tlscard_ec_key_size(const struct tlscard_ec_key *key);

/*
 * The operations: inputs are copied, *request is the caller's until tlscard_request_release, NULL on
 * failure. -EAGAIN and -EIO as tlscard_rsa_private. -EINVAL: the half of the key that it needs is not
 * there, a wrong length, another card's key, or ECDSA with a key of X25519. -ENOTSUP: the card does not
 * serve the opcode.
 *
 * public: the public key of the scalar, x | y, or u on X25519.
 * derive: the scalar times the peer's public key x | y, or u on X25519 (length octets); the result has
 *         the same form. The shared secret of TLS is x or u: its first n octets.
 * sign:   the signature r | s of a digest of length octets, 1 or more, with the nonce of n octets. The
 *         nonce must be unpredictable and never used again (FIPS 186-5 appendix A.3).
 * verify: of the signature r | s (2 n octets). The result is empty: its status is OK, or
 *         tlscard_request_result returns -EBADMSG and the status SIGNATURE_INVALID.
 */
TLSCARD_API int tlscard_ec_public(struct tlscard_queue *queue, struct tlscard_ec_key *key,
                                  struct tlscard_request **request);
TLSCARD_API int tlscard_ec_derive(struct tlscard_queue *queue, struct tlscard_ec_key *key, const uint8_t *peer,
                                  size_t length, struct tlscard_request **request);
TLSCARD_API int tlscard_ecdsa_sign(struct tlscard_queue *queue, struct tlscard_ec_key *key, const uint8_t *digest,
                                   size_t length, const uint8_t *nonce, struct tlscard_request **request);
TLSCARD_API int tlscard_ecdsa_verify(struct tlscard_queue *queue, struct tlscard_ec_key *key, const uint8_t *digest,
                                     size_t length, const uint8_t *signature, struct tlscard_request **request);

#ifdef __cplusplus
}
#endif
#endif
