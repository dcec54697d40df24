/* SPDX-License-Identifier: Apache-2.0 */
/* signing_software.h - the default provider's signatures with RSA and with ECDSA keys. */
#ifndef TLSCARD_PROVIDER_SIGNING_SOFTWARE_H
#define TLSCARD_PROVIDER_SIGNING_SOFTWARE_H

#include <openssl/evp.h>
#include <openssl/provider.h>

#include "provider/provider.h"

enum signing_type { SIGNING_RSA, SIGNING_ECDSA };

struct signing_software {
    EVP_SIGNATURE *method; /* fetched, so that its provider stays */
    void *provider_context;
    const OSSL_ALGORITHM *algorithms; /* the answer to the query, which is given back */

    OSSL_FUNC_signature_newctx_fn *newctx;
    OSSL_FUNC_signature_freectx_fn *freectx;
    OSSL_FUNC_signature_dupctx_fn *dupctx;
    OSSL_FUNC_signature_sign_init_fn *sign_init;
    OSSL_FUNC_signature_sign_fn *sign;
    OSSL_FUNC_signature_verify_init_fn *verify_init;
    OSSL_FUNC_signature_verify_fn *verify;
    OSSL_FUNC_signature_verify_recover_init_fn *verify_recover_init; /* RSA's alone, as the next */
    OSSL_FUNC_signature_verify_recover_fn *verify_recover;
    OSSL_FUNC_signature_digest_sign_init_fn *digest_sign_init;
    OSSL_FUNC_signature_digest_sign_update_fn *digest_sign_update;
    OSSL_FUNC_signature_digest_sign_final_fn *digest_sign_final;
    OSSL_FUNC_signature_digest_verify_init_fn *digest_verify_init;
    OSSL_FUNC_signature_digest_verify_update_fn *digest_verify_update;
    OSSL_FUNC_signature_digest_verify_final_fn *digest_verify_final;
    OSSL_FUNC_signature_get_ctx_params_fn *get_params;
    OSSL_FUNC_signature_gettable_ctx_params_fn *gettable_params;
    OSSL_FUNC_signature_set_ctx_params_fn *set_params;
    OSSL_FUNC_signature_settable_ctx_params_fn *settable_params;
    OSSL_FUNC_signature_get_ctx_md_params_fn *get_digest_params;
    OSSL_FUNC_signature_gettable_ctx_md_params_fn *gettable_digest_params;
    OSSL_FUNC_signature_set_ctx_md_params_fn *set_digest_params;
    OSSL_FUNC_signature_settable_ctx_md_params_fn *settable_digest_params;
};

/* Found at the first use; NULL, with an error raised, without a default provider. */
const struct signing_software *signing_software_of(struct provider *provider, enum signing_type type);
void signing_software_free(struct provider *provider);

#endif
