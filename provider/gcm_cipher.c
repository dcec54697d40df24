/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcm_cipher.c - AES-GCM as a cipher of EVP: records of TLS by the card, all else by the default provider.
 *
 * A context holds one of the default provider's (inner), and what is not a record's data goes there; see gcm_cipher.h.
 */
#include "provider/gcm_cipher.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/proverr.h>

static void *newctx(struct provider *provider, size_t key_length)
{
    const struct gcm_software *software = gcm_software_of(provider, key_length);
    struct gcm *gcm = software == NULL ? NULL : OPENSSL_zalloc(sizeof *gcm);

    if (gcm == NULL)
        return NULL;
    gcm->provider = provider;
    gcm->software = software;
    gcm->caller = (unsigned)((uintptr_t)gcm / sizeof *gcm);
    gcm->inner = software->newctx(software->provider_context);
    if (gcm->inner == NULL) {
        OPENSSL_free(gcm);
        return NULL;
    }
    return gcm;
}

static void *aes128_newctx(void *provider)
{
    return newctx(provider, 16);
}

static void *aes256_newctx(void *provider)
{
    return newctx(provider, 32);
}

static void gcm_freectx(void *data)
{
    struct gcm *gcm = data;

    if (gcm == NULL)
        return;
    gcm_drop_copy(gcm);
    gcm->software->freectx(gcm->inner);
    OPENSSL_clear_free(gcm, sizeof *gcm);
}

static void *gcm_dupctx(void *data)
{
    struct gcm *from = data, *copy;

    if (from->software->dupctx == NULL || !gcm_leave(from))
        return NULL;
    copy = OPENSSL_memdup(from, sizeof *from);
    if (copy == NULL)
        return NULL;
    copy->inner = from->software->dupctx(from->inner);
    if (copy->inner == NULL) {
        OPENSSL_clear_free(copy, sizeof *copy);
        return NULL;
    }
    return copy;
}

/* What an initialisation that inner has accepted means for what is watched. */
static void note_init(struct gcm *gcm, const unsigned char *key, size_t key_length, const unsigned char *iv,
                      size_t iv_length)
{
    if (key != NULL) {
        memcpy(gcm->key, key, key_length);
        gcm->has_key = 1;
        gcm->records = 0;
    }
    if (iv != NULL && iv_length == TLSCARD_GCM_NONCE && gcm->has_key) {
        memcpy(gcm->nonce, iv, TLSCARD_GCM_NONCE);
        gcm->stage = GCM_NONCED;
        gcm->has_tag = 0;
    }
}

static int has_none(const OSSL_PARAM params[])
{
    return params == NULL || params[0].key == NULL;
}

/* A new nonce leaves nothing of a record that has ended, so inner need not be brought up to its end. */
static int prepare_start(struct gcm *gcm, int open, const unsigned char *iv, size_t iv_length,
                         const OSSL_PARAM params[])
{
    if (gcm->behind == GCM_TLS13_ENDED && iv != NULL && iv_length == TLSCARD_GCM_NONCE && open == gcm->open &&
        has_none(params))
        gcm->behind = GCM_ABREAST;
    return gcm_leave(gcm);
}

static int start(struct gcm *gcm, int open, const unsigned char *key, size_t key_length, const unsigned char *iv,
                 size_t iv_length, const OSSL_PARAM params[])
{
    OSSL_FUNC_cipher_encrypt_init_fn *init = open ? gcm->software->decrypt_init : gcm->software->encrypt_init;
    int ok = prepare_start(gcm, open, iv, iv_length, params);

    gcm->open = open;
    ok = ok && (!open || !gcm->owes_tag || gcm_give_tag(gcm, GCM_INNER)) &&
         init(gcm->inner, key, key_length, iv, iv_length, params);
    if (ok && has_none(params))
        note_init(gcm, key, key_length, iv, iv_length);
    else if (key != NULL)
        gcm->has_key = 0;
    return ok;
}

static int gcm_encrypt_init(void *data, const unsigned char *key, size_t key_length, const unsigned char *iv,
                            size_t iv_length, const OSSL_PARAM params[])
{
    return start(data, 0, key, key_length, iv, iv_length, params);
}

static int gcm_decrypt_init(void *data, const unsigned char *key, size_t key_length, const unsigned char *iv,
                            size_t iv_length, const OSSL_PARAM params[])
{
    return start(data, 1, key, key_length, iv, iv_length, params);
}

static int gcm_update(void *data, unsigned char *out, size_t *out_length, size_t room, const unsigned char *in,
                      size_t length)
{
    struct gcm *gcm = data;

    if (gcm->stage != GCM_INNER || gcm->behind != GCM_ABREAST)
        return gcm_update_watched(gcm, out, out_length, room, in, length);
    return gcm->software->update(gcm->inner, out, out_length, room, in, length);
}

/* inner has sealed something to its end, and knows the tag. */
static int note_final(struct gcm *gcm, int ok)
{
    gcm->owes_tag &= !ok;
    return ok;
}

static int gcm_final(void *data, unsigned char *out, size_t *out_length, size_t room)
{
    struct gcm *gcm = data;

    if (gcm->stage == GCM_CARD_DID) {
        *out_length = 0;
        gcm_end_tls13(gcm);
        return 1;
    }
    return gcm_leave(gcm) && note_final(gcm, gcm->software->final(gcm->inner, out, out_length, room));
}

/* As libcrypto does it for a cipher that has no such function. */
static int once(struct gcm *gcm, unsigned char *out, size_t *out_length, size_t room, const unsigned char *in,
                size_t length)
{
    const struct gcm_software *software = gcm->software;

    if (software->cipher_once != NULL)
        return software->cipher_once(gcm->inner, out, out_length, room, in, length);
    return in == NULL ? software->final(gcm->inner, out, out_length, room)
                      : software->update(gcm->inner, out, out_length, room, in, length);
}

static int gcm_once(void *data, unsigned char *out, size_t *out_length, size_t room, const unsigned char *in,
                    size_t length)
{
    struct gcm *gcm = data;
    int ok = gcm_leave(gcm) && once(gcm, out, out_length, room, in, length);

    return in == NULL ? note_final(gcm, ok) : ok;
}

/* The values of AES-GCM with a key of so many octets; there is no context to ask another provider for them. */
static int get_params(OSSL_PARAM params[], size_t key_length)
{
    const struct {
        const char *name;
        size_t value;
        int is_size; /* else a number of type int or unsigned */
    } values[] = {
        {OSSL_CIPHER_PARAM_MODE, EVP_CIPH_GCM_MODE, 0},
        {OSSL_CIPHER_PARAM_KEYLEN, key_length, 1},
        {OSSL_CIPHER_PARAM_IVLEN, TLSCARD_GCM_NONCE, 1},
        {OSSL_CIPHER_PARAM_BLOCK_SIZE, 1, 1},
        {OSSL_CIPHER_PARAM_AEAD, 1, 0},
        {OSSL_CIPHER_PARAM_CUSTOM_IV, 1, 0},
        {OSSL_CIPHER_PARAM_CTS, 0, 0},
        {OSSL_CIPHER_PARAM_TLS1_MULTIBLOCK, 0, 0},
        {OSSL_CIPHER_PARAM_HAS_RAND_KEY, 0, 0},
        {"encrypt-then-mac", 0, 0}, /* OSSL_CIPHER_PARAM_ENCRYPT_THEN_MAC of later versions */
    };

    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        OSSL_PARAM *param = OSSL_PARAM_locate(params, values[i].name);

        if (param != NULL && !(values[i].is_size ? OSSL_PARAM_set_size_t(param, values[i].value)
                                                 : OSSL_PARAM_set_uint(param, (unsigned)values[i].value))) {
            ERR_raise(ERR_LIB_PROV, ERR_R_PASSED_INVALID_ARGUMENT);
            return 0;
        }
    }
    return 1;
}

static int aes128_get_params(OSSL_PARAM params[])
{
    return get_params(params, 16);
}

static int aes256_get_params(OSSL_PARAM params[])
{
    return get_params(params, 32);
}

static int asks_of_tag(OSSL_PARAM params[])
{
    return OSSL_PARAM_locate(params, OSSL_CIPHER_PARAM_AEAD_TAG) != NULL ||
           OSSL_PARAM_locate(params, OSSL_CIPHER_PARAM_AEAD_TAGLEN) != NULL;
}

/* inner is asked for one parameter after the other, and not for the tag that it does not know, nor for its length. */
static int get_with_tag(struct gcm *gcm, OSSL_PARAM params[])
{
    for (OSSL_PARAM *param = params; param->key != NULL; param++) {
        OSSL_PARAM one[] = {*param, OSSL_PARAM_construct_end()};
        int is_length = strcmp(param->key, OSSL_CIPHER_PARAM_AEAD_TAGLEN) == 0;
        int is_tag = strcmp(param->key, OSSL_CIPHER_PARAM_AEAD_TAG) == 0 && param->data_size > 0 &&
                     param->data_size <= TLSCARD_GCM_TAG;

        if ((is_tag && !OSSL_PARAM_set_octet_string(param, gcm->sealed, param->data_size)) ||
            (is_length && !OSSL_PARAM_set_size_t(param, TLSCARD_GCM_TAG))) {
            ERR_raise(ERR_LIB_PROV, PROV_R_FAILED_TO_SET_PARAMETER);
            return 0;
        }
        if (is_tag || is_length)
            continue;
        if (!gcm->software->get_ctx_params(gcm->inner, one))
            return 0;
        param->return_size = one[0].return_size;
    }
    return 1;
}

/* Whether all that is asked for is the same before a record and after it. */
static int are_constant(const OSSL_PARAM params[])
{
    static const char *const names[] = {OSSL_CIPHER_PARAM_AEAD_TLS1_AAD_PAD, OSSL_CIPHER_PARAM_IVLEN,
                                        OSSL_CIPHER_PARAM_KEYLEN};

    for (const OSSL_PARAM *param = params; param->key != NULL; param++) {
        size_t i = 0;

        while (i < sizeof names / sizeof *names && strcmp(names[i], param->key) != 0)
            i++;
        if (i == sizeof names / sizeof *names)
            return 0;
    }
    return 1;
}

static int gcm_get_ctx_params(void *data, OSSL_PARAM params[])
{
    struct gcm *gcm = data;
    int draws = OSSL_PARAM_locate(params, OSSL_CIPHER_PARAM_AEAD_TLS1_GET_IV_GEN) != NULL;

    if (gcm->stage == GCM_CARD_DID || (gcm->behind == GCM_TLS12_ENDED && !are_constant(params)) || draws) {
        if (!gcm_leave(gcm))
            return 0;
    }
    if (gcm->owes_tag && !gcm->open && asks_of_tag(params))
        return get_with_tag(gcm, params);
    return gcm->software->get_ctx_params(gcm->inner, params);
}

/* The tag to open with, given where libssl gives it. */
static int is_tag(const struct gcm *gcm, const OSSL_PARAM params[])
{
    return gcm->open && params != NULL && params[0].key != NULL && params[1].key == NULL &&
           strcmp(params[0].key, OSSL_CIPHER_PARAM_AEAD_TAG) == 0 && params[0].data_type == OSSL_PARAM_OCTET_STRING &&
           params[0].data != NULL && params[0].data_size == TLSCARD_GCM_TAG;
}

static int is_fixed_part(const OSSL_PARAM *param)
{
    return strcmp(param->key, OSSL_CIPHER_PARAM_AEAD_TLS1_IV_FIXED) == 0;
}

/* One parameter of TLS 1.2, which inner gets, as the additional data of each record make up for the one before. */
static int set_one(struct gcm *gcm, const OSSL_PARAM params[])
{
    int is_aad = gcm_is_tls12_aad(gcm, params);

    if (is_aad && gcm->stage != GCM_CARD_DID && gcm->behind != GCM_TLS13_ENDED)
        gcm->stage = GCM_INNER;
    else if (!gcm_leave(gcm))
        return 0;
    if (!gcm->software->set_ctx_params(gcm->inner, params))
        return 0;
    if (is_aad)
        gcm_note_tls12(gcm, params[0].data);
    else if (is_fixed_part(params))
        gcm->has_fixed = 1;
    return 1;
}

static int gcm_set_ctx_params(void *data, const OSSL_PARAM params[])
{
    struct gcm *gcm = data;
    enum gcm_stage stage = gcm->stage;

    if ((stage == GCM_NONCED || stage == GCM_HEADED) && is_tag(gcm, params)) {
        memcpy(gcm->tag, params[0].data, sizeof gcm->tag);
        gcm->has_tag = gcm->software->set_ctx_params(gcm->inner, params);
        return gcm->has_tag;
    }
    if (has_none(params))
        return gcm->software->set_ctx_params(gcm->inner, params);
    if (gcm->owes_tag && !(gcm_leave(gcm) && gcm_give_tag(gcm, stage)))
        return 0;
    if (params[1].key == NULL)
        return set_one(gcm, params);
    return gcm_leave(gcm) && gcm->software->set_ctx_params(gcm->inner, params);
}

/* The default provider's tables; NULL, as an empty one, without it. */
static const OSSL_PARAM *table(struct provider *provider, const OSSL_PARAM *(*of)(const EVP_CIPHER *cipher))
{
    const struct gcm_software *software = gcm_software_of(provider, 32);

    return software == NULL ? NULL : of(software->cipher);
}

static const OSSL_PARAM *gcm_gettable_params(void *provider)
{
    return table(provider, EVP_CIPHER_gettable_params);
}

static const OSSL_PARAM *gcm_gettable_ctx_params(void *data, void *provider)
{
    (void)data;
    return table(provider, EVP_CIPHER_gettable_ctx_params);
}

static const OSSL_PARAM *gcm_settable_ctx_params(void *data, void *provider)
{
    (void)data;
    return table(provider, EVP_CIPHER_settable_ctx_params);
}

#define GCM_FUNCTIONS(aes) \
    { \
        {OSSL_FUNC_CIPHER_NEWCTX, (function)aes##_newctx}, \
        {OSSL_FUNC_CIPHER_FREECTX, (function)gcm_freectx}, \
        {OSSL_FUNC_CIPHER_DUPCTX, (function)gcm_dupctx}, \
        {OSSL_FUNC_CIPHER_ENCRYPT_INIT, (function)gcm_encrypt_init}, \
        {OSSL_FUNC_CIPHER_DECRYPT_INIT, (function)gcm_decrypt_init}, \
        {OSSL_FUNC_CIPHER_UPDATE, (function)gcm_update}, \
        {OSSL_FUNC_CIPHER_FINAL, (function)gcm_final}, \
        {OSSL_FUNC_CIPHER_CIPHER, (function)gcm_once}, \
        {OSSL_FUNC_CIPHER_GET_PARAMS, (function)aes##_get_params}, \
        {OSSL_FUNC_CIPHER_GETTABLE_PARAMS, (function)gcm_gettable_params}, \
        {OSSL_FUNC_CIPHER_GET_CTX_PARAMS, (function)gcm_get_ctx_params}, \
        {OSSL_FUNC_CIPHER_GETTABLE_CTX_PARAMS, (function)gcm_gettable_ctx_params}, \
        {OSSL_FUNC_CIPHER_SET_CTX_PARAMS, (function)gcm_set_ctx_params}, \
        {OSSL_FUNC_CIPHER_SETTABLE_CTX_PARAMS, (function)gcm_settable_ctx_params}, \
        {0, NULL}, \
    }

const OSSL_DISPATCH aes128_gcm_functions[] = GCM_FUNCTIONS(aes128);
const OSSL_DISPATCH aes256_gcm_functions[] = GCM_FUNCTIONS(aes256);
