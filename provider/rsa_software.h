/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rsa_software.h - the default provider's key management of RSA and of RSA-PSS, and its encryption with RSA keys.
 *
 * They are called through the functions that provider publishes for them (OSSL_PROVIDER_query_operation). Functions
 * that are NULL are not there in that provider, but for those that make and free keys, which always are.
 */
#ifndef TLSCARD_PROVIDER_RSA_SOFTWARE_H
#define TLSCARD_PROVIDER_RSA_SOFTWARE_H

#include <openssl/evp.h>
#include <openssl/provider.h>

#include "provider/provider.h"

struct rsa_software {
    EVP_KEYMGMT *keymgmt; /* fetched, so that its provider stays */
    void *provider_context;
    const OSSL_ALGORITHM *keymgmt_algorithms, *cipher_algorithms; /* answers to queries, which are given back */

    OSSL_FUNC_keymgmt_new_fn *new_key;
    OSSL_FUNC_keymgmt_free_fn *free_key;
    OSSL_FUNC_keymgmt_dup_fn *dup_key;
    OSSL_FUNC_keymgmt_has_fn *has;
    OSSL_FUNC_keymgmt_match_fn *match;
    OSSL_FUNC_keymgmt_validate_fn *validate;
    OSSL_FUNC_keymgmt_import_fn *import;
    OSSL_FUNC_keymgmt_export_fn *export;
    OSSL_FUNC_keymgmt_get_params_fn *get_params;
    OSSL_FUNC_keymgmt_gen_init_fn *gen_init;
    OSSL_FUNC_keymgmt_gen_set_params_fn *gen_set_params;
    OSSL_FUNC_keymgmt_gen_fn *gen;
    OSSL_FUNC_keymgmt_gen_cleanup_fn *gen_cleanup;

    OSSL_FUNC_asym_cipher_newctx_fn *cipher_newctx;
    OSSL_FUNC_asym_cipher_freectx_fn *cipher_freectx;
    OSSL_FUNC_asym_cipher_dupctx_fn *cipher_dupctx;
    OSSL_FUNC_asym_cipher_encrypt_init_fn *encrypt_init;
    OSSL_FUNC_asym_cipher_encrypt_fn *encrypt;
    OSSL_FUNC_asym_cipher_decrypt_init_fn *decrypt_init;
    OSSL_FUNC_asym_cipher_decrypt_fn *decrypt;
    OSSL_FUNC_asym_cipher_get_ctx_params_fn *cipher_get_params;
    OSSL_FUNC_asym_cipher_gettable_ctx_params_fn *cipher_gettable;
    OSSL_FUNC_asym_cipher_set_ctx_params_fn *cipher_set_params;
    OSSL_FUNC_asym_cipher_settable_ctx_params_fn *cipher_settable;
};

/* Of RSA keys, or of the restricted type RSA-PSS, which has no encryption. Found at the first use; NULL, with an error
 * raised, without a default provider. */
const struct rsa_software *rsa_software_of(struct provider *provider, int restricted_type);
void rsa_software_free(struct provider *provider);

#endif
