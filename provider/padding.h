/* SPDX-License-Identifier: Apache-2.0 */
/*
 * padding.h - the encodings of RFC 8017 around the card's raw operation.
 *
 * They are ours, because libcrypto's own are public only as functions deprecated since 3.0. What is undone
 * after a decryption is undone in constant time: no branch and no address depends on the decrypted octets, nor
 * on whether they are well formed. The results say that in a mask, all ones or zero.
 */
#ifndef TLSCARD_PROVIDER_PADDING_H
#define TLSCARD_PROVIDER_PADDING_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

/* Section 9.2, or for an empty name the octets themselves. encoded has size octets. 0 where the digest is
 * not known here, or a length does not fit. */
int encode_pkcs1_sign(const char *digest, const uint8_t *hash, size_t length, uint8_t *encoded, size_t size);

/* Section 9.1.1, for a modulus of 8 * size bits. 0 where the salt does not fit, or a digest fails. */
int encode_pss(OSSL_LIB_CTX *library, const EVP_MD *digest, const EVP_MD *mask_digest, size_t salt_length,
               const uint8_t *hash, uint8_t *encoded, size_t size);

/* Appendix B.2.1: xor the mask made from seed into target. */
int mgf1_xor(const EVP_MD *digest, const uint8_t *seed, size_t seed_length, uint8_t *target, size_t length);

/* What was decrypted, and where the message goes: room octets of output, changed only where the encoding
 * is good. encoded is overwritten. */
struct decoding {
    uint8_t *encoded;
    size_t size;
    uint8_t *output;
    size_t room;
    size_t length; /* of the message, where good */
};

/* Section 7.2.2 step 3: the mask. */
size_t decode_pkcs1(struct decoding *decoding);

/* Section 7.1.2 step 3: the mask; *failed where a digest fails. */
size_t decode_oaep(struct decoding *decoding, const EVP_MD *digest, const EVP_MD *mask_digest, const uint8_t *label,
                   size_t label_length, int *failed);

/* RFC 5246 section 7.4.7.1: 48 octets that are the premaster secret, or random where anything is wrong
 * with it. client is the version that the client offered; negotiated, if not 0, is accepted too.
 * 0 only for want of random octets. */
#define TLS_PREMASTER_OCTETS 48
int decode_tls(OSSL_LIB_CTX *library, struct decoding *decoding, unsigned client, unsigned negotiated);

/*
 * draft-irtf-cfrg-rsa-guidance section 7: PKCS#1 v1.5 with implicit rejection, as libcrypto does it from 3.2
 * on. A badly padded message gives one made from the private exponent (size octets) and the ciphertext (size
 * octets), the same each time and the same as libcrypto's, so card and software cannot be told apart. 0 only
 * where a digest fails.
 */
int decode_pkcs1_implicit(OSSL_LIB_CTX *library, struct decoding *decoding, const uint8_t *exponent,
                          const uint8_t *ciphertext);

#endif
