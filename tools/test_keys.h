/* SPDX-License-Identifier: Apache-2.0 */
/* test_keys.h - the published RSA test keys of selftest_keys.h, parsed. */
#ifndef TLSCARD_TOOLS_TEST_KEYS_H
#define TLSCARD_TOOLS_TEST_KEYS_H

#include <openssl/evp.h>

/* The key of 2048, 3072 or 4096 bits for role "ca", "server" or "client", made by the providers of
 * libctx (NULL: the default context). The caller's, to EVP_PKEY_free; NULL where there is none. */
EVP_PKEY *test_key_load(OSSL_LIB_CTX *libctx, unsigned bits, const char *role);

#endif
