/* SPDX-License-Identifier: Apache-2.0 */
/* The default provider's functions for signatures. */
#include "provider/signing_software.h"

#include "provider/software.h"

static void take_signature(struct signing_software *software, const OSSL_DISPATCH *entry)
{
    switch (entry->function_id) {
        TAKE_FUNCTION(OSSL_FUNC_SIGNATURE_NEWCTX, newctx, OSSL_FUNC_signature_newctx);
        TAKE_FUNCTION(OSSL_FUNC_SIGNATURE_FREECTX, freectx, OSSL_FUNC_signature_freectx);
        TAKE_FUNCTION(OSSL_FUNC_SIGNATURE_DUPCTX, dupctx, OSSL_FUNC_signature_dupctx);
        TAKE_FUNCTION(OSSL_FUNC_SIGNATURE_SIGN_INIT, sign_init, OSSL_FUNC_signature_sign_init);
        TAKE_FUNCTION(OSSL_FUNC_SIGNATURE_SIGN, sign, OSSL_FUNC_signature_sign);
        TAKE_FUNCTION(OSSL_FUNC_SIGNATURE_VERIFY_INIT, verify_init, OSSL_FUNC_signature_verify_init);
        TAKE_FUNCTION(OSSL_FUNC_SIGNATURE_VERIFY, verify, OSSL_FUNC_signature_verify);
        TAKE_FUNCTION(OSSL_FUNC_SIGNATURE_VERIFY_RECOVER_INIT, verify_recover_init,
                      OSSL_FUNC_signature_verify_recover_init);
        TAKE_FUNCTION(OSSL_FUNC_SIGNATURE_VERIFY_RECOVER, verify_recover, OSSL_FUNC_signature_verify_recover);
        TAKE_FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, digest_sign_init, OSSL_FUNC_signature_digest_sign_init);
        TAKE_FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_UPDATE, digest_sign_update,
                      OSSL_FUNC_signature_digest_sign_update);
        TAKE_FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_FINAL, digest_sign_final, OSSL_FUNC_signature_digest_sign_final);
        TAKE_FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_INIT, digest_verify_init,
                      OSSL_FUNC_signature_digest_verify_init);
        TAKE_FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_UPDATE, digest_verify_update,
                      OSSL_FUNC_signature_digest_verify_update);
        TAKE_FUNCTION(OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_FINAL, digest_verify_final,
                      OSSL_FUNC_signature_digest_verify_final);
        TAKE_FUNCTION(OSSL_FUNC_SIGNATURE_GET_CTX_PARAMS, get_params, OSSL_FUNC_signature_get_ctx_params);
        TAKE_FUNCTION(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, set_params, OSSL_FUNC_signature_set_ctx_params);
        TAKE_FUNCTION(OSSL_FUNC_SIGNATURE_GET_CTX_MD_PARAMS, get_digest_params, OSSL_FUNC_signature_get_ctx_md_params);
        TAKE_FUNCTION(OSSL_FUNC_SIGNATURE_GETTABLE_CTX_MD_PARAMS, gettable_digest_params,
                      OSSL_FUNC_signature_gettable_ctx_md_params);
        TAKE_FUNCTION(OSSL_FUNC_SIGNATURE_SET_CTX_MD_PARAMS, set_digest_params, OSSL_FUNC_signature_set_ctx_md_params);
        TAKE_FUNCTION(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_MD_PARAMS, settable_digest_params,
                      OSSL_FUNC_signature_settable_ctx_md_params);
    default:
        break;
    }
}

static int is_complete(const struct signing_software *software, enum signing_type type)
{
    return software->newctx != NULL && software->freectx != NULL && software->dupctx != NULL &&
           software->sign_init != NULL && software->sign != NULL && software->verify_init != NULL &&
           software->verify != NULL && software->digest_sign_init != NULL && software->digest_sign_update != NULL &&
           software->digest_sign_final != NULL && software->digest_verify_init != NULL &&
           software->digest_verify_update != NULL && software->digest_verify_final != NULL &&
           software->get_params != NULL && software->set_params != NULL && software->get_digest_params != NULL &&
           software->gettable_digest_params != NULL && software->set_digest_params != NULL &&
           software->settable_digest_params != NULL &&
           (type != SIGNING_RSA || (software->verify_recover_init != NULL && software->verify_recover != NULL));
}

static void release(struct signing_software *software)
{
    if (software == NULL)
        return;
    if (software->algorithms != NULL)
        OSSL_PROVIDER_unquery_operation(EVP_SIGNATURE_get0_provider(software->method), OSSL_OP_SIGNATURE,
                                        software->algorithms);
    EVP_SIGNATURE_free(software->method);
    OPENSSL_free(software);
}

static int find_functions(struct signing_software *software, enum signing_type type, const char *name)
{
    const OSSL_PROVIDER *owner = EVP_SIGNATURE_get0_provider(software->method);
    const OSSL_DISPATCH *entry = software_functions(owner, OSSL_OP_SIGNATURE, name, &software->algorithms);

    software->provider_context = OSSL_PROVIDER_get0_provider_ctx(owner);
    if (entry == NULL)
        return 0;
    for (; entry->function_id != 0; entry++)
        take_signature(software, entry);
    return is_complete(software, type);
}

static struct signing_software *find(struct provider *provider, enum signing_type type)
{
    const char *name = type == SIGNING_RSA ? "RSA" : "ECDSA";
    struct signing_software *software = OPENSSL_zalloc(sizeof *software);

    if (software == NULL)
        return NULL;
    software->method = EVP_SIGNATURE_fetch(provider->software, name, SOFTWARE_PROPERTIES);
    if (software->method != NULL && find_functions(software, type, name))
        return software;
    release(software);
    software_is_missing(provider, name);
    return NULL;
}

/* Two threads may look at once: the second's find is dropped. */
const struct signing_software *signing_software_of(struct provider *provider, enum signing_type type)
{
    _Atomic(struct signing_software *) *place = &provider->signing_software[type];
    struct signing_software *known = atomic_load(place), *found;

    if (known != NULL)
        return known;
    found = find(provider, type);
    if (found != NULL && !atomic_compare_exchange_strong(place, &known, found)) {
        release(found);
        return known;
    }
    return found;
}

void signing_software_free(struct provider *provider)
{
    release(atomic_load(&provider->signing_software[SIGNING_RSA]));
    release(atomic_load(&provider->signing_software[SIGNING_ECDSA]));
}

static void take_keymgmt(struct rsa_software *software, const OSSL_DISPATCH *entry)
{
    switch (entry->function_id) {
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_NEW, new_key, OSSL_FUNC_keymgmt_new);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_FREE, free_key, OSSL_FUNC_keymgmt_free);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT, import, OSSL_FUNC_keymgmt_import);
    default:
        break;
    }
}

static void release_keys(struct rsa_software *software)
{
    if (software == NULL)
        return;
    if (software->algorithms != NULL)
        OSSL_PROVIDER_unquery_operation(EVP_KEYMGMT_get0_provider(software->keymgmt), OSSL_OP_KEYMGMT,
                                        software->algorithms);
    EVP_KEYMGMT_free(software->keymgmt);
    OPENSSL_free(software);
}

static int find_key_functions(struct rsa_software *software, const char *name)
{
    const OSSL_PROVIDER *owner = EVP_KEYMGMT_get0_provider(software->keymgmt);
    const OSSL_DISPATCH *entry = software_functions(owner, OSSL_OP_KEYMGMT, name, &software->algorithms);

    software->provider_context = OSSL_PROVIDER_get0_provider_ctx(owner);
    if (entry == NULL)
        return 0;
    for (; entry->function_id != 0; entry++)
        take_keymgmt(software, entry);
    return software->new_key != NULL && software->free_key != NULL && software->import != NULL;
}

static struct rsa_software *find_keys(struct provider *provider, const char *name)
{
    struct rsa_software *software = OPENSSL_zalloc(sizeof *software);

    if (software == NULL)
        return NULL;
    software->keymgmt = EVP_KEYMGMT_fetch(provider->software, name, SOFTWARE_PROPERTIES);
    if (software->keymgmt != NULL && find_key_functions(software, name))
        return software;
    release_keys(software);
    software_is_missing(provider, name);
    return NULL;
}

const struct rsa_software *rsa_software_of(struct provider *provider, int restricted_type)
{
    _Atomic(struct rsa_software *) *place = &provider->rsa_software[restricted_type];
    struct rsa_software *known = atomic_load(place), *found;

    if (known != NULL)
        return known;
    found = find_keys(provider, restricted_type ? "RSA-PSS" : "RSA");
    if (found != NULL && !atomic_compare_exchange_strong(place, &known, found)) {
        release_keys(found);
        return known;
    }
    return found;
}

void rsa_software_free(struct provider *provider)
{
    release_keys(atomic_load(&provider->rsa_software[0]));
    release_keys(atomic_load(&provider->rsa_software[1]));
}
