/* SPDX-License-Identifier: Apache-2.0 */
/* The default provider's functions for signatures. */
#include "provider/signing_software.h"

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
        TAKE_FUNCTION(OSSL_FUNC_SIGNATURE_GETTABLE_CTX_PARAMS, gettable_params,
                      OSSL_FUNC_signature_gettable_ctx_params);
        TAKE_FUNCTION(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, set_params, OSSL_FUNC_signature_set_ctx_params);
        TAKE_FUNCTION(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, settable_params,
                      OSSL_FUNC_signature_settable_ctx_params);
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
           software->get_params != NULL && software->gettable_params != NULL && software->set_params != NULL &&
           software->settable_params != NULL && software->get_digest_params != NULL &&
           software->gettable_digest_params != NULL && software->set_digest_params != NULL &&
           software->settable_digest_params != NULL &&
           (type != SIGNING_RSA || (software->verify_recover_init != NULL && software->verify_recover != NULL));
}

static void release(void *table)
{
    struct signing_software *software = table;

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

static void *find(struct provider *provider, int kind)
{
    enum signing_type type = (enum signing_type)kind;
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

const struct signing_software *signing_software_of(struct provider *provider, enum signing_type type)
{
    return software_once(&provider->signing_software[type], find, release, provider, (int)type);
}

void signing_software_free(struct provider *provider)
{
    release(atomic_load(&provider->signing_software[SIGNING_RSA]));
    release(atomic_load(&provider->signing_software[SIGNING_ECDSA]));
}
