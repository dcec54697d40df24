/* SPDX-License-Identifier: Apache-2.0 */
/* rsa_software.h - what makes the default provider's RSA keys, as its signatures take them. */
#ifndef TLSCARD_PROVIDER_RSA_SOFTWARE_H
#define TLSCARD_PROVIDER_RSA_SOFTWARE_H

#include <openssl/evp.h>
#include <openssl/provider.h>

#include "provider/provider.h"

struct rsa_software {
    EVP_KEYMGMT *keymgmt;
    void *provider_context;
    const OSSL_ALGORITHM *algorithms;

    OSSL_FUNC_keymgmt_new_fn *new_key;
    OSSL_FUNC_keymgmt_free_fn *free_key;
    OSSL_FUNC_keymgmt_import_fn *import;
};

/* Of RSA keys, or of the restricted type RSA-PSS. Found at the first use; NULL, with an error raised, without a default
 * provider. */
const struct rsa_software *rsa_software_of(struct provider *provider, int restricted_type);
void rsa_software_free(struct provider *provider);

#endif
