/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ec_software.h - the default provider's key management and key exchange of EC and of X25519.
 *
 * They are called through the functions that provider publishes for them (OSSL_PROVIDER_query_operation), so that
 * what the card does not do costs one call more than it would without us. Functions that are NULL are not there
 * in that provider, but for those that make and free keys, which always are.
 */
#ifndef TLSCARD_PROVIDER_EC_SOFTWARE_H
#define TLSCARD_PROVIDER_EC_SOFTWARE_H

#include <openssl/evp.h>
#include <openssl/provider.h>

#include "provider/provider.h"

/* Of 3.4 and later, at the places that earlier versions leave free and do not look at. */
#ifndef OSSL_FUNC_KEYMGMT_GEN_GET_PARAMS
#define OSSL_FUNC_KEYMGMT_GEN_GET_PARAMS 15
#define OSSL_FUNC_KEYMGMT_GEN_GETTABLE_PARAMS 16
OSSL_CORE_MAKE_FUNC(int, keymgmt_gen_get_params, (void *genctx, OSSL_PARAM params[]))
OSSL_CORE_MAKE_FUNC(const OSSL_PARAM *, keymgmt_gen_gettable_params, (void *genctx, void *provctx))
#endif

enum ec_type { EC_TYPE_EC, EC_TYPE_X25519 };

struct ec_software {
    EVP_KEYMGMT *keymgmt; /* fetched, so that its provider stays */
    void *provider_context;
    const OSSL_ALGORITHM *keymgmt_algorithms, *exchange_algorithms; /* answers to queries, which are given back */

    OSSL_FUNC_keymgmt_new_fn *new_key;
    OSSL_FUNC_keymgmt_free_fn *free_key;
    OSSL_FUNC_keymgmt_dup_fn *dup_key;
    OSSL_FUNC_keymgmt_has_fn *has;
    OSSL_FUNC_keymgmt_match_fn *match;
    OSSL_FUNC_keymgmt_validate_fn *validate;
    OSSL_FUNC_keymgmt_import_fn *import;
    OSSL_FUNC_keymgmt_export_fn *export;
    OSSL_FUNC_keymgmt_get_params_fn *get_params;
    OSSL_FUNC_keymgmt_set_params_fn *set_params;
    OSSL_FUNC_keymgmt_gen_init_fn *gen_init;
    OSSL_FUNC_keymgmt_gen_set_template_fn *gen_set_template;
    OSSL_FUNC_keymgmt_gen_set_params_fn *gen_set_params;
    OSSL_FUNC_keymgmt_gen_get_params_fn *gen_get_params;
    OSSL_FUNC_keymgmt_gen_gettable_params_fn *gen_gettable;
    OSSL_FUNC_keymgmt_gen_fn *gen;
    OSSL_FUNC_keymgmt_gen_cleanup_fn *gen_cleanup;

    OSSL_FUNC_keyexch_newctx_fn *exchange_newctx;
    OSSL_FUNC_keyexch_freectx_fn *exchange_freectx;
    OSSL_FUNC_keyexch_dupctx_fn *exchange_dupctx;
    OSSL_FUNC_keyexch_init_fn *exchange_init;
    OSSL_FUNC_keyexch_set_peer_fn *exchange_set_peer;
    OSSL_FUNC_keyexch_derive_fn *exchange_derive;
    OSSL_FUNC_keyexch_set_ctx_params_fn *exchange_set_params;
    OSSL_FUNC_keyexch_settable_ctx_params_fn *exchange_settable;
    OSSL_FUNC_keyexch_get_ctx_params_fn *exchange_get_params;
    OSSL_FUNC_keyexch_gettable_ctx_params_fn *exchange_gettable;
};

/* "EC" or "X25519". */
const char *ec_type_name(enum ec_type type);

/* Found at the first use; NULL, with an error raised, without a default provider. */
const struct ec_software *ec_software_of(struct provider *provider, enum ec_type type);
void ec_software_free(struct provider *provider);

#endif
