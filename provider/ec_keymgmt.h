/* SPDX-License-Identifier: Apache-2.0 */
/* What the key management of curves shares with their key generation. */
#ifndef TLSCARD_PROVIDER_EC_KEYMGMT_H
#define TLSCARD_PROVIDER_EC_KEYMGMT_H

#include "provider/ec_key.h"

/* A table of the default provider's key management of this type. */
const OSSL_PARAM *ec_keymgmt_table(struct provider *provider, enum ec_type type,
                                   const OSSL_PARAM *(*of)(const EVP_KEYMGMT *keymgmt));

OSSL_FUNC_keymgmt_gen_init_fn ec_gen_init, x25519_gen_init;
OSSL_FUNC_keymgmt_gen_set_template_fn ec_gen_set_template;
OSSL_FUNC_keymgmt_gen_set_params_fn ec_gen_set_params;
OSSL_FUNC_keymgmt_gen_settable_params_fn ec_gen_settable, x25519_gen_settable;
OSSL_FUNC_keymgmt_gen_get_params_fn ec_gen_get_params;
OSSL_FUNC_keymgmt_gen_gettable_params_fn ec_gen_gettable;
OSSL_FUNC_keymgmt_gen_fn ec_gen;
OSSL_FUNC_keymgmt_gen_cleanup_fn ec_gen_cleanup;

#endif
