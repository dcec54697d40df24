/* SPDX-License-Identifier: Apache-2.0 */
/* Two library contexts for the provider's tests: one with the provider, one without. */
#ifndef PROVIDER_FIXTURE_H
#define PROVIDER_FIXTURE_H

#include <stdint.h>

#include <openssl/evp.h>
#include <openssl/provider.h>

#include "tests/provider/fake_clock.h"
#include "tests/provider/fake_driver.h"

struct fixture {
    OSSL_LIB_CTX *library;  /* default and tlscard, preferring tlscard */
    OSSL_PROVIDER *standard, *tlscard;
    OSSL_LIB_CTX *plain;    /* default alone */
    OSSL_PROVIDER *plain_standard;
};

/* Load the provider with settings NAME=VALUE put in the environment (TLSCARD_ is put before); NULL ends. The driver's
 * double is reset first, the clock runs, and a request's deadline is a minute where no setting says otherwise. Fails the
 * test where loading does. */
void fixture_open(struct fixture *fixture, ...);

/* 0 where the provider refuses to load. */
int fixture_try_open(struct fixture *fixture, const char *setting);

/* Unload it all, and check that the double holds nothing any more and that no call broke its rules. */
void fixture_close(struct fixture *fixture);

/* One of the provider's own parameters; the caller frees it with OPENSSL_free. */
char *fixture_param(struct fixture *fixture, const char *name);

/* How many operations went where: "card", "no-card", ... */
long fixture_count(struct fixture *fixture, const char *reason);    /* of RSA */
long fixture_ec_count(struct fixture *fixture, const char *reason); /* of elliptic curves */
long fixture_gcm_count(struct fixture *fixture, const char *reason); /* of records */

/* A fresh key of the plain library context, and the same key in another. */
EVP_PKEY *plain_key(struct fixture *fixture, unsigned bits);
EVP_PKEY *key_in(OSSL_LIB_CTX *library, EVP_PKEY *key);

/* From OpenSSL 4.0 on EVP_DigestSignInit_ex looks for the digest with the properties given to it, and leaves the error of a
 * vain look even where it then succeeds: takes that one error off. */
void forget_vain_fetch(void);

/* A signature of a digest with the default padding of the context (PKCS#1 v1.5 and SHA-256). */
int sign_with(OSSL_LIB_CTX *library, EVP_PKEY *key, const char *properties, uint8_t *signature, size_t *length);

/* Octets that repeat for the seed that was printed (TLSCARD_TEST_SEED, else the time). */
void random_octets(uint8_t *octets, size_t length);

#endif
