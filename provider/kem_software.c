/* SPDX-License-Identifier: Apache-2.0 */
/* The default provider's functions for key encapsulation. */
#include "provider/kem_software.h"

static void take_function(struct kem_software *software, const OSSL_DISPATCH *entry)
{
    switch (entry->function_id) {
        TAKE_FUNCTION(OSSL_FUNC_KEM_NEWCTX, newctx, OSSL_FUNC_kem_newctx);
        TAKE_FUNCTION(OSSL_FUNC_KEM_FREECTX, freectx, OSSL_FUNC_kem_freectx);
        TAKE_FUNCTION(OSSL_FUNC_KEM_DUPCTX, dupctx, OSSL_FUNC_kem_dupctx);
        TAKE_FUNCTION(OSSL_FUNC_KEM_ENCAPSULATE_INIT, encapsulate_init, OSSL_FUNC_kem_encapsulate_init);
        TAKE_FUNCTION(OSSL_FUNC_KEM_AUTH_ENCAPSULATE_INIT, auth_encapsulate_init, OSSL_FUNC_kem_auth_encapsulate_init);
        TAKE_FUNCTION(OSSL_FUNC_KEM_ENCAPSULATE, encapsulate, OSSL_FUNC_kem_encapsulate);
        TAKE_FUNCTION(OSSL_FUNC_KEM_DECAPSULATE_INIT, decapsulate_init, OSSL_FUNC_kem_decapsulate_init);
        TAKE_FUNCTION(OSSL_FUNC_KEM_AUTH_DECAPSULATE_INIT, auth_decapsulate_init, OSSL_FUNC_kem_auth_decapsulate_init);
        TAKE_FUNCTION(OSSL_FUNC_KEM_DECAPSULATE, decapsulate, OSSL_FUNC_kem_decapsulate);
        TAKE_FUNCTION(OSSL_FUNC_KEM_GET_CTX_PARAMS, get_params, OSSL_FUNC_kem_get_ctx_params);
        TAKE_FUNCTION(OSSL_FUNC_KEM_SET_CTX_PARAMS, set_params, OSSL_FUNC_kem_set_ctx_params);
    default:
        break;
    }
}

static void release(void *table)
{
    struct kem_software *software = table;

    if (software == NULL)
        return;
    if (software->algorithms != NULL)
        OSSL_PROVIDER_unquery_operation(EVP_KEM_get0_provider(software->method), OSSL_OP_KEM, software->algorithms);
    EVP_KEM_free(software->method);
    OPENSSL_free(software);
}

static int find_functions(struct kem_software *software, const char *name)
{
    const OSSL_PROVIDER *owner = EVP_KEM_get0_provider(software->method);
    const OSSL_DISPATCH *entry = software_functions(owner, OSSL_OP_KEM, name, &software->algorithms);

    software->provider_context = OSSL_PROVIDER_get0_provider_ctx(owner);
    for (; entry != NULL && entry->function_id != 0; entry++)
        take_function(software, entry);
    return software->newctx != NULL && software->freectx != NULL;
}

static void *find(struct provider *provider, int type)
{
    static const char *const names[] = {[KEM_RSA] = "RSA", [KEM_EC] = "EC", [KEM_X25519] = "X25519"};
    struct kem_software *software = OPENSSL_zalloc(sizeof *software);

    if (software == NULL)
        return NULL;
    software->type = (enum kem_type)type;
    software->method = EVP_KEM_fetch(provider->software, names[type], SOFTWARE_PROPERTIES);
    if (software->method != NULL && find_functions(software, names[type]))
        return software;
    release(software);
    software_is_missing(provider, "key encapsulation");
    return NULL;
}

const struct kem_software *kem_software_of(struct provider *provider, enum kem_type type)
{
    return software_once(&provider->kem_software[type], find, release, provider, (int)type);
}

void kem_software_free(struct provider *provider)
{
    release(atomic_load(&provider->kem_software[KEM_RSA]));
    release(atomic_load(&provider->kem_software[KEM_EC]));
    release(atomic_load(&provider->kem_software[KEM_X25519]));
}
