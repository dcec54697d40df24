/* SPDX-License-Identifier: Apache-2.0 */
/* selftest_rsa.h - an RSA test key as octets for the card, and what libcrypto says of an input. */
#ifndef TLSCARD_TOOLS_SELFTEST_RSA_H
#define TLSCARD_TOOLS_SELFTEST_RSA_H

#include "driver/tlscard.h"

#define SELFTEST_OCTETS 512 /* of the largest modulus */

struct selftest_rsa {
    size_t size; /* octets of the modulus */
    uint8_t n[SELFTEST_OCTETS], d[SELFTEST_OCTETS];
    uint8_t e[8];
    uint8_t p[SELFTEST_OCTETS / 2], q[SELFTEST_OCTETS / 2];
    uint8_t dp[SELFTEST_OCTETS / 2], dq[SELFTEST_OCTETS / 2], qinv[SELFTEST_OCTETS / 2];
};

/* The test key of bits. 1, or 0 where libcrypto could not make it. */
int selftest_rsa_load(struct selftest_rsa *key, unsigned bits);

/* Its components, pointing into *key; the private ones NULL unless private. */
struct tlscard_rsa_components selftest_rsa_components(const struct selftest_rsa *key, int private);

/* output = input ^ (d or e) mod n by libcrypto's BN_mod_exp; size octets each. 1 or 0. */
int selftest_rsa_expect(const struct selftest_rsa *key, int private, const uint8_t *input, uint8_t *output);

#endif
