/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing of the published RSA test keys. */
#include "tools/test_keys.h"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <string.h>

#include "tools/selftest_keys.h"

static EVP_PKEY *parse(OSSL_LIB_CTX *libctx, const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey_ex(bio, NULL, NULL, NULL, libctx, NULL) : NULL;
    BIO_free(bio);
    return key;
}

EVP_PKEY *test_key_load(OSSL_LIB_CTX *libctx, unsigned bits, const char *role)
{
    for (size_t index = 0; index < sizeof test_keys / sizeof *test_keys; index++)
        if (test_keys[index].bits == bits && strcmp(test_keys[index].role, role) == 0)
            return parse(libctx, test_keys[index].pem);
    return NULL;
}
