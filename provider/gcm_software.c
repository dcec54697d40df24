/* SPDX-License-Identifier: Apache-2.0 */
/* The default provider's AES-GCM: its functions, and whole records by them. */
#include "provider/gcm.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

/* names is a list separated by colons, of which one is enough. */
static int is_of(const EVP_CIPHER *cipher, const char *names)
{
    char first[64];
    size_t length = strcspn(names, ":");

    if (length >= sizeof first)
        return 0;
    memcpy(first, names, length);
    first[length] = '\0';
    return EVP_CIPHER_is_a(cipher, first);
}

static void take_function(struct gcm_software *software, const OSSL_DISPATCH *entry)
{
    switch (entry->function_id) {
    case OSSL_FUNC_CIPHER_NEWCTX:
        software->newctx = OSSL_FUNC_cipher_newctx(entry);
        break;
    case OSSL_FUNC_CIPHER_FREECTX:
        software->freectx = OSSL_FUNC_cipher_freectx(entry);
        break;
    case OSSL_FUNC_CIPHER_DUPCTX:
        software->dupctx = OSSL_FUNC_cipher_dupctx(entry);
        break;
    case OSSL_FUNC_CIPHER_ENCRYPT_INIT:
        software->encrypt_init = OSSL_FUNC_cipher_encrypt_init(entry);
        break;
    case OSSL_FUNC_CIPHER_DECRYPT_INIT:
        software->decrypt_init = OSSL_FUNC_cipher_decrypt_init(entry);
        break;
    case OSSL_FUNC_CIPHER_UPDATE:
        software->update = OSSL_FUNC_cipher_update(entry);
        break;
    case OSSL_FUNC_CIPHER_FINAL:
        software->final = OSSL_FUNC_cipher_final(entry);
        break;
    case OSSL_FUNC_CIPHER_CIPHER:
        software->cipher_once = OSSL_FUNC_cipher_cipher(entry);
        break;
    case OSSL_FUNC_CIPHER_GET_CTX_PARAMS:
        software->get_ctx_params = OSSL_FUNC_cipher_get_ctx_params(entry);
        break;
    case OSSL_FUNC_CIPHER_SET_CTX_PARAMS:
        software->set_ctx_params = OSSL_FUNC_cipher_set_ctx_params(entry);
        break;
    default:
        break;
    }
}

static int is_complete(const struct gcm_software *software)
{
    return software->newctx != NULL && software->freectx != NULL && software->encrypt_init != NULL &&
           software->decrypt_init != NULL && software->update != NULL && software->final != NULL &&
           software->cipher_once != NULL && software->get_ctx_params != NULL && software->set_ctx_params != NULL;
}

static void release(struct gcm_software *software)
{
    if (software == NULL)
        return;
    if (software->algorithms != NULL)
        OSSL_PROVIDER_unquery_operation(EVP_CIPHER_get0_provider(software->cipher), OSSL_OP_CIPHER,
                                        software->algorithms);
    EVP_CIPHER_free(software->cipher);
    OPENSSL_free(software);
}

static int find_functions(struct gcm_software *software)
{
    const OSSL_PROVIDER *owner = EVP_CIPHER_get0_provider(software->cipher);
    int no_cache;

    software->provider_context = OSSL_PROVIDER_get0_provider_ctx(owner);
    software->algorithms = OSSL_PROVIDER_query_operation(owner, OSSL_OP_CIPHER, &no_cache);
    for (const OSSL_ALGORITHM *at = software->algorithms; at != NULL && at->algorithm_names != NULL; at++)
        if (is_of(software->cipher, at->algorithm_names)) {
            for (const OSSL_DISPATCH *entry = at->implementation; entry->function_id != 0; entry++)
                take_function(software, entry);
            return is_complete(software);
        }
    return 0;
}

static struct gcm_software *find(struct provider *provider, size_t key_length)
{
    const char *name = key_length == 16 ? "AES-128-GCM" : "AES-256-GCM";
    struct gcm_software *software = OPENSSL_zalloc(sizeof *software);

    if (software == NULL)
        return NULL;
    software->key_length = key_length;
    software->cipher = EVP_CIPHER_fetch(provider->software, name, SOFTWARE_PROPERTIES);
    if (software->cipher != NULL && find_functions(software))
        return software;
    release(software);
    RAISE(provider, REASON_NO_DEFAULT_PROVIDER,
          "tlscard: no %s in the default provider; activate it in openssl.cnf beside tlscard", name);
    return NULL;
}

/* Two threads may look at once: the second's find is dropped. */
const struct gcm_software *gcm_software_of(struct provider *provider, size_t key_length)
{
    _Atomic(struct gcm_software *) *place = &provider->gcm_software[key_length == 32];
    struct gcm_software *known = atomic_load(place), *found;

    if (known != NULL)
        return known;
    found = find(provider, key_length);
    if (found != NULL && !atomic_compare_exchange_strong(place, &known, found)) {
        release(found);
        return known;
    }
    return found;
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
