/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The groups that libssl may negotiate with our keys.
 *
 * libssl leaves out a group whose keys it would fetch from another provider than the one that tells
 * of the group. So the default provider's account of each group whose keys are ours is passed on, with its
 * names, code points, security bits and versions; the others stay with the default provider.
 */
#include "provider/provider.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>

struct passing {
    OSSL_CALLBACK *callback;
    void *argument;
};

static int pass_ours(const OSSL_PARAM params[], void *data)
{
    const struct passing *passing = data;
    const OSSL_PARAM *algorithm = OSSL_PARAM_locate_const(params, OSSL_CAPABILITY_TLS_GROUP_ALG);
    const char *name = NULL;

    if (algorithm == NULL || !OSSL_PARAM_get_utf8_string_ptr(algorithm, &name) ||
        (strcmp(name, "EC") != 0 && strcmp(name, "X25519") != 0))
        return 1;
    return passing->callback(params, passing->argument);
}

int groups_get_capabilities(void *data, const char *capability, OSSL_CALLBACK *callback, void *argument)
{
    struct provider *provider = data;
    struct passing passing = {callback, argument};
    EVP_KEYMGMT *keymgmt;
    int ok;

    if (OPENSSL_strcasecmp(capability, "TLS-GROUP") != 0)
        return 0;
    ERR_set_mark();
    keymgmt = EVP_KEYMGMT_fetch(provider->software, "EC", SOFTWARE_PROPERTIES);
    ERR_pop_to_mark();
    ok = keymgmt != NULL && OSSL_PROVIDER_get_capabilities(EVP_KEYMGMT_get0_provider(keymgmt), capability, pass_ours,
                                                           &passing);
    EVP_KEYMGMT_free(keymgmt);
    return ok;
}
