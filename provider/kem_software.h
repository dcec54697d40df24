/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kem_software.h - the default provider's key encapsulation with RSA keys, and with keys on curves from OpenSSL 3.2 on.
 *
 * It is called through the functions that provider publishes for it (OSSL_PROVIDER_query_operation). Functions that are
 * NULL are not there in that provider, but for those that make and free contexts, which always are.
 */
#ifndef TLSCARD_PROVIDER_KEM_SOFTWARE_H
#define TLSCARD_PROVIDER_KEM_SOFTWARE_H

#include <openssl/evp.h>
#include <openssl/provider.h>

#include "provider/provider.h"

/* Of 3.2 and later, at the places that earlier versions leave free and do not look at. */
#ifndef OSSL_FUNC_KEM_AUTH_ENCAPSULATE_INIT
#define OSSL_FUNC_KEM_AUTH_ENCAPSULATE_INIT 12
#define OSSL_FUNC_KEM_AUTH_DECAPSULATE_INIT 13
OSSL_CORE_MAKE_FUNC(int, kem_auth_encapsulate_init,
                    (void *context, void *key, void *sender, const OSSL_PARAM params[]))
OSSL_CORE_MAKE_FUNC(int, kem_auth_decapsulate_init,
                    (void *context, void *key, void *sender, const OSSL_PARAM params[]))
#endif

enum kem_type { KEM_RSA, KEM_EC, KEM_X25519 };

struct kem_software {
    EVP_KEM *method; /* fetched, so that its provider stays */
    enum kem_type type;
    void *provider_context;
    const OSSL_ALGORITHM *algorithms; /* the answer to the query, which is given back */
    OSSL_FUNC_kem_newctx_fn *newctx;
    OSSL_FUNC_kem_freectx_fn *freectx;
    OSSL_FUNC_kem_dupctx_fn *dupctx;
    OSSL_FUNC_kem_encapsulate_init_fn *encapsulate_init;
    OSSL_FUNC_kem_auth_encapsulate_init_fn *auth_encapsulate_init;
    OSSL_FUNC_kem_encapsulate_fn *encapsulate;
    OSSL_FUNC_kem_decapsulate_init_fn *decapsulate_init;
    OSSL_FUNC_kem_auth_decapsulate_init_fn *auth_decapsulate_init;
    OSSL_FUNC_kem_decapsulate_fn *decapsulate;
    OSSL_FUNC_kem_get_ctx_params_fn *get_params;
    OSSL_FUNC_kem_set_ctx_params_fn *set_params;
};

/* Found at the first use; NULL, with an error raised, without a default provider or where it has none for such keys. */
const struct kem_software *kem_software_of(struct provider *provider, enum kem_type type);
void kem_software_free(struct provider *provider);

#endif
