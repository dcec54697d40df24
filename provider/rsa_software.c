/* SPDX-License-Identifier: Apache-2.0 */
/* The default provider's functions for RSA keys. */
#include "provider/rsa_software.h"

static void take_function(struct rsa_software *software, const OSSL_DISPATCH *entry)
{
    switch (entry->function_id) {
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_NEW, new_key, OSSL_FUNC_keymgmt_new);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_FREE, free_key, OSSL_FUNC_keymgmt_free);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT, import, OSSL_FUNC_keymgmt_import);
    default:
        break;
    }
}

static void release(void *table)
{
    struct rsa_software *software = table;

    if (software == NULL)
        return;
    if (software->algorithms != NULL)
        OSSL_PROVIDER_unquery_operation(EVP_KEYMGMT_get0_provider(software->keymgmt), OSSL_OP_KEYMGMT,
                                        software->algorithms);
    EVP_KEYMGMT_free(software->keymgmt);
    OPENSSL_free(software);
}

static int find_functions(struct rsa_software *software, const char *name)
{
    const OSSL_PROVIDER *owner = EVP_KEYMGMT_get0_provider(software->keymgmt);
    const OSSL_DISPATCH *entry = software_functions(owner, OSSL_OP_KEYMGMT, name, &software->algorithms);

    software->provider_context = OSSL_PROVIDER_get0_provider_ctx(owner);
    if (entry == NULL)
        return 0;
    for (; entry->function_id != 0; entry++)
        take_function(software, entry);
    return software->new_key != NULL && software->free_key != NULL && software->import != NULL;
}

static void *find(struct provider *provider, int restricted_type)
{
    const char *name = restricted_type ? "RSA-PSS" : "RSA";
    struct rsa_software *software = OPENSSL_zalloc(sizeof *software);

    if (software == NULL)
        return NULL;
    software->keymgmt = EVP_KEYMGMT_fetch(provider->software, name, SOFTWARE_PROPERTIES);
    if (software->keymgmt != NULL && find_functions(software, name))
        return software;
    release(software);
    software_is_missing(provider, name);
    return NULL;
}

const struct rsa_software *rsa_software_of(struct provider *provider, int restricted_type)
{
    return software_once(&provider->rsa_software[restricted_type], find, release, provider, restricted_type);
}

void rsa_software_free(struct provider *provider)
{
    release(atomic_load(&provider->rsa_software[0]));
    release(atomic_load(&provider->rsa_software[1]));
}
