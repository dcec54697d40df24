/* SPDX-License-Identifier: Apache-2.0 */
/* The default provider's AES-GCM: its functions, and whole records by them. */
#include "provider/gcm.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

static void take_function(struct gcm_software *software, const OSSL_DISPATCH *entry)
{
    switch (entry->function_id) {
        TAKE_FUNCTION(OSSL_FUNC_CIPHER_NEWCTX, newctx, OSSL_FUNC_cipher_newctx);
        TAKE_FUNCTION(OSSL_FUNC_CIPHER_FREECTX, freectx, OSSL_FUNC_cipher_freectx);
        TAKE_FUNCTION(OSSL_FUNC_CIPHER_DUPCTX, dupctx, OSSL_FUNC_cipher_dupctx);
        TAKE_FUNCTION(OSSL_FUNC_CIPHER_ENCRYPT_INIT, encrypt_init, OSSL_FUNC_cipher_encrypt_init);
        TAKE_FUNCTION(OSSL_FUNC_CIPHER_DECRYPT_INIT, decrypt_init, OSSL_FUNC_cipher_decrypt_init);
        TAKE_FUNCTION(OSSL_FUNC_CIPHER_UPDATE, update, OSSL_FUNC_cipher_update);
        TAKE_FUNCTION(OSSL_FUNC_CIPHER_FINAL, final, OSSL_FUNC_cipher_final);
        TAKE_FUNCTION(OSSL_FUNC_CIPHER_CIPHER, cipher_once, OSSL_FUNC_cipher_cipher);
        TAKE_FUNCTION(OSSL_FUNC_CIPHER_GET_CTX_PARAMS, get_ctx_params, OSSL_FUNC_cipher_get_ctx_params);
        TAKE_FUNCTION(OSSL_FUNC_CIPHER_SET_CTX_PARAMS, set_ctx_params, OSSL_FUNC_cipher_set_ctx_params);
    default:
        break;
    }
}

static int is_complete(const struct gcm_software *software)
{
    return software->newctx != NULL && software->freectx != NULL && software->encrypt_init != NULL &&
           software->decrypt_init != NULL && software->update != NULL && software->final != NULL &&
           software->get_ctx_params != NULL && software->set_ctx_params != NULL;
}

static void release(void *table)
{
    struct gcm_software *software = table;

    if (software == NULL)
        return;
    if (software->algorithms != NULL)
        OSSL_PROVIDER_unquery_operation(EVP_CIPHER_get0_provider(software->cipher), OSSL_OP_CIPHER,
                                        software->algorithms);
    EVP_CIPHER_free(software->cipher);
    OPENSSL_free(software);
}

static int find_functions(struct gcm_software *software, const char *name)
{
    const OSSL_PROVIDER *owner = EVP_CIPHER_get0_provider(software->cipher);
    const OSSL_DISPATCH *entry = software_functions(owner, OSSL_OP_CIPHER, name, &software->algorithms);

    software->provider_context = OSSL_PROVIDER_get0_provider_ctx(owner);
    if (entry == NULL)
        return 0;
    for (; entry->function_id != 0; entry++)
        take_function(software, entry);
    return is_complete(software);
}

static void *find(struct provider *provider, int key_length)
{
    const char *name = key_length == 16 ? "AES-128-GCM" : "AES-256-GCM";
    struct gcm_software *software = OPENSSL_zalloc(sizeof *software);

    if (software == NULL)
        return NULL;
    software->key_length = (size_t)key_length;
    software->cipher = EVP_CIPHER_fetch(provider->software, name, SOFTWARE_PROPERTIES);
    if (software->cipher != NULL && find_functions(software, name))
        return software;
    release(software);
    software_is_missing(provider, name);
    return NULL;
}

const struct gcm_software *gcm_software_of(struct provider *provider, size_t key_length)
{
    return software_once(&provider->gcm_software[key_length == 32], find, release, provider, (int)key_length);
}

void gcm_software_free(struct provider *provider)
{
    release(atomic_load(&provider->gcm_software[0]));
    release(atomic_load(&provider->gcm_software[1]));
}

static int seal(const struct gcm_software *software, void *context, const struct tlscard_gcm_record *record,
                uint8_t *output, uint8_t *tag)
{
    OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, TLSCARD_GCM_TAG),
                           OSSL_PARAM_construct_end()};
    size_t length, room = record->input.length;

    return software->encrypt_init(context, record->key.data, record->key.length, record->nonce, TLSCARD_GCM_NONCE,
                                  NULL) &&
           software->update(context, NULL, &length, record->aad.length, record->aad.data, record->aad.length) &&
           software->update(context, output, &length, room, record->input.data, room) &&
           software->final(context, output, &length, 0) && software->get_ctx_params(context, params);
}

static int open_record(const struct gcm_software *software, void *context, const struct tlscard_gcm_record *record,
                       uint8_t *output)
{
    uint8_t tag[TLSCARD_GCM_TAG];
    OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, sizeof tag),
                           OSSL_PARAM_construct_end()};
    size_t length, room = record->input.length;

    memcpy(tag, record->tag, sizeof tag);
    return software->decrypt_init(context, record->key.data, record->key.length, record->nonce, TLSCARD_GCM_NONCE,
                                  params) &&
           software->update(context, NULL, &length, record->aad.length, record->aad.data, record->aad.length) &&
           software->update(context, output, &length, room, record->input.data, room) &&
           software->final(context, output, &length, 0);
}

int gcm_in_software(const struct gcm_software *software, const struct tlscard_gcm_record *record, uint8_t *output,
                    uint8_t *tag)
{
    void *context = software->newctx(software->provider_context);
    int ok = 0;

    if (context == NULL)
        return 0;
    ERR_set_mark();
    if (record->open)
        ok = open_record(software, context, record, output);
    else
        ok = seal(software, context, record, output, tag);
    ERR_pop_to_mark();
    software->freectx(context);
    if (!ok)
        OPENSSL_cleanse(output, record->input.length);
    return ok;
}
