/* SPDX-License-Identifier: Apache-2.0 */
/* Encoded messages that are well formed, or wrong in each of the ways that attacks on RSA decryption use. */
#ifndef PROVIDER_MALFORMED_H
#define PROVIDER_MALFORMED_H

#include <stddef.h>
#include <stdint.h>

#define PREMASTER 48

enum malformed {
    WELL_FORMED,
    FIRST_OCTET,       /* not 0: Manger */
    SECOND_OCTET,      /* not 2, but 1 */
    SECOND_OCTET_ZERO,
    NO_SEPARATOR,      /* no zero after the padding */
    SEPARATOR_EARLY,   /* within the first eight octets of padding */
    TOO_SHORT,         /* a premaster secret of 47 octets */
    TOO_LONG,          /* of 49 */
    ANOTHER_VERSION,
    EMPTY,             /* no octet after the separator */
    ALL_ZERO,          /* but for the second octet */
    ARBITRARY,         /* random octets throughout, as from a random ciphertext */
    MALFORMED_COUNT
};

extern const char *const malformed_names[MALFORMED_COUNT];

/* 00 02 PS 00 version 46 random octets, of RFC 5246 section 7.4.7.1, for client version 3.3; or not. Less than any modulus
 * of 8 * size bits but by chance for the first octet, which is at most 0x7f. random gives octets. */
void malformed_encode(enum malformed how, uint8_t *encoded, size_t size, void (*random)(uint8_t *octets, size_t length));

#endif
