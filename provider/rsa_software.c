/* SPDX-License-Identifier: Apache-2.0 */
/* The default provider's functions for RSA keys, found. */
#include "provider/rsa_software.h"

static void take_keymgmt(struct rsa_software *software, const OSSL_DISPATCH *entry)
{
    switch (entry->function_id) {
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_NEW, new_key, OSSL_FUNC_keymgmt_new);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_FREE, free_key, OSSL_FUNC_keymgmt_free);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_DUP, dup_key, OSSL_FUNC_keymgmt_dup);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_HAS, has, OSSL_FUNC_keymgmt_has);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_MATCH, match, OSSL_FUNC_keymgmt_match);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_VALIDATE, validate, OSSL_FUNC_keymgmt_validate);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT, import, OSSL_FUNC_keymgmt_import);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_EXPORT, export, OSSL_FUNC_keymgmt_export);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_GET_PARAMS, get_params, OSSL_FUNC_keymgmt_get_params);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_GEN_INIT, gen_init, OSSL_FUNC_keymgmt_gen_init);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_GEN_SET_PARAMS, gen_set_params, OSSL_FUNC_keymgmt_gen_set_params);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_GEN, gen, OSSL_FUNC_keymgmt_gen);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_GEN_CLEANUP, gen_cleanup, OSSL_FUNC_keymgmt_gen_cleanup);
    default:
        break;
    }
}

static void take_cipher(struct rsa_software *software, const OSSL_DISPATCH *entry)
{
    switch (entry->function_id) {
        TAKE_FUNCTION(OSSL_FUNC_ASYM_CIPHER_NEWCTX, cipher_newctx, OSSL_FUNC_asym_cipher_newctx);
        TAKE_FUNCTION(OSSL_FUNC_ASYM_CIPHER_FREECTX, cipher_freectx, OSSL_FUNC_asym_cipher_freectx);
        TAKE_FUNCTION(OSSL_FUNC_ASYM_CIPHER_DUPCTX, cipher_dupctx, OSSL_FUNC_asym_cipher_dupctx);
        TAKE_FUNCTION(OSSL_FUNC_ASYM_CIPHER_ENCRYPT_INIT, encrypt_init, OSSL_FUNC_asym_cipher_encrypt_init);
        TAKE_FUNCTION(OSSL_FUNC_ASYM_CIPHER_ENCRYPT, encrypt, OSSL_FUNC_asym_cipher_encrypt);
        TAKE_FUNCTION(OSSL_FUNC_ASYM_CIPHER_DECRYPT_INIT, decrypt_init, OSSL_FUNC_asym_cipher_decrypt_init);
        TAKE_FUNCTION(OSSL_FUNC_ASYM_CIPHER_DECRYPT, decrypt, OSSL_FUNC_asym_cipher_decrypt);
        TAKE_FUNCTION(OSSL_FUNC_ASYM_CIPHER_GET_CTX_PARAMS, cipher_get_params, OSSL_FUNC_asym_cipher_get_ctx_params);
        TAKE_FUNCTION(OSSL_FUNC_ASYM_CIPHER_GETTABLE_CTX_PARAMS, cipher_gettable,
                      OSSL_FUNC_asym_cipher_gettable_ctx_params);
        TAKE_FUNCTION(OSSL_FUNC_ASYM_CIPHER_SET_CTX_PARAMS, cipher_set_params, OSSL_FUNC_asym_cipher_set_ctx_params);
        TAKE_FUNCTION(OSSL_FUNC_ASYM_CIPHER_SETTABLE_CTX_PARAMS, cipher_settable,
                      OSSL_FUNC_asym_cipher_settable_ctx_params);
    default:
        break;
    }
}

static void release(void *table)
{
    struct rsa_software *software = table;
    const OSSL_PROVIDER *owner;

    if (software == NULL)
        return;
    if (software->keymgmt != NULL) {
        owner = EVP_KEYMGMT_get0_provider(software->keymgmt);
        if (software->keymgmt_algorithms != NULL)
            OSSL_PROVIDER_unquery_operation(owner, OSSL_OP_KEYMGMT, software->keymgmt_algorithms);
        if (software->cipher_algorithms != NULL)
            OSSL_PROVIDER_unquery_operation(owner, OSSL_OP_ASYM_CIPHER, software->cipher_algorithms);
    }
    EVP_KEYMGMT_free(software->keymgmt);
    OPENSSL_free(software);
}

static int find_functions(struct rsa_software *software, const char *name)
{
    const OSSL_PROVIDER *owner = EVP_KEYMGMT_get0_provider(software->keymgmt);
    const OSSL_DISPATCH *keymgmt, *cipher;

    software->provider_context = OSSL_PROVIDER_get0_provider_ctx(owner);
    keymgmt = software_functions(owner, OSSL_OP_KEYMGMT, name, &software->keymgmt_algorithms);
    cipher = software_functions(owner, OSSL_OP_ASYM_CIPHER, name, &software->cipher_algorithms);
    for (; keymgmt != NULL && keymgmt->function_id != 0; keymgmt++)
        take_keymgmt(software, keymgmt);
    for (; cipher != NULL && cipher->function_id != 0; cipher++)
        take_cipher(software, cipher);
    return software->new_key != NULL && software->free_key != NULL && software->has != NULL;
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
