/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcm_cipher.c - AES-GCM as a cipher of EVP: records of TLS by the card, all else by the default provider.
 *
 * A context holds one of the default provider's (inner), and every call goes there. Two sequences of calls,
 * libssl's, are watched for, and the last call of each may be the card's:
 *
 *   TLS 1.2   the parameters TLS1_IV_FIXED, once, and TLS1_AAD, then one update in place
 *   TLS 1.3   a nonce of 12 octets, to open also the tag; the five octets of a record's header as additional
 *             data; one update with as many octets as the header says; final
 *
 * inner is then brought to where it would stand had it done the record itself, by asking of it something short
 * that ends there: so whatever is called next finds the same state. In TLS 1.3 the update does not know that it
 * is the last. Until final says so a copy of its input is kept, and any other call lets inner catch up first.
 *
 * A record whose tag the card finds wrong is done again by inner, which has the last word; but where libssl's
 * sequence of TLS 1.3 would have the plaintext before final fails, it gets zeros.
 */
#include "provider/gcm.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

#define EXPLICIT 8u /* octets of the nonce in a record of TLS 1.2, RFC 5288 section 3 */
#define FIXED 4u
#define TLS12_AAD 13u /* RFC 5246 section 6.2.3.3 */
#define TLS13_AAD 5u  /* RFC 8446 section 5.2 */
#define VERIFY_EVERY 64u /* records under a key, the first included */

enum stage {
    INNER,    /* nothing to watch */
    NONCED,   /* there is a fresh nonce */
    HEADED,   /* and a header of TLS 1.3 has been the additional data */
    CARD_DID, /* and the card has done the data, which inner has not seen */
    TLS12     /* the next update is a record of TLS 1.2 */
};

struct gcm {
    struct provider *provider;
    const struct gcm_software *software;
    void *inner;
    enum stage stage;
    int open, has_key, has_fixed, has_tag;
    unsigned caller; /* for counting */
    unsigned records; /* tried under this key */
    uint8_t key[32], nonce[TLSCARD_GCM_NONCE], tag[TLSCARD_GCM_TAG], aad[TLS12_AAD];
    uint8_t *copy; /* the input that inner has not seen, or NULL */
    size_t copy_length;
};

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

static void drop_copy(struct gcm *gcm)
{
    OPENSSL_clear_free(gcm->copy, gcm->copy_length);
    gcm->copy = NULL;
    gcm->copy_length = 0;
}

static void gcm_freectx(void *data)
{
    struct gcm *gcm = data;

    if (gcm == NULL)
        return;
    drop_copy(gcm);
    gcm->software->freectx(gcm->inner);
    OPENSSL_clear_free(gcm, sizeof *gcm);
}

/* inner does what the card has done. */
static int catch_up(struct gcm *gcm)
{
    uint8_t *output = OPENSSL_malloc(gcm->copy_length);
    size_t length;
    int ok = output != NULL &&
             gcm->software->update(gcm->inner, output, &length, gcm->copy_length, gcm->copy, gcm->copy_length);

    OPENSSL_clear_free(output, gcm->copy_length);
    drop_copy(gcm);
    return ok;
}

/* Watch no longer: what comes is inner's, and inner is where it should be. */
static int leave(struct gcm *gcm)
{
    enum stage stage = gcm->stage;

    gcm->stage = INNER;
    return stage != CARD_DID || catch_up(gcm);
}

static void *gcm_dupctx(void *data)
{
    struct gcm *from = data, *copy;

    if (from->software->dupctx == NULL || !leave(from))
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
        gcm->stage = NONCED;
        gcm->has_tag = 0;
    }
}

static int start(struct gcm *gcm, int open, const unsigned char *key, size_t key_length, const unsigned char *iv,
                 size_t iv_length, const OSSL_PARAM params[])
{
    OSSL_FUNC_cipher_encrypt_init_fn *init = open ? gcm->software->decrypt_init : gcm->software->encrypt_init;
    int ok = leave(gcm) && init(gcm->inner, key, key_length, iv, iv_length, params);

    gcm->open = open;
    if (ok && (params == NULL || params[0].key == NULL))
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

static int is_apart(const uint8_t *a, const uint8_t *b, size_t length)
{
    uintptr_t first = (uintptr_t)a, second = (uintptr_t)b;

    return first + length <= second || second + length <= first;
}

/* The record's result is in output, its tag in work->tag: 1. Otherwise output holds what it held before. */
static int try_card(struct gcm *gcm, struct operation *operation, struct gcm_work *work, uint8_t *output)
{
    struct offload_work offload_work;
    size_t length = work->record.input.length;
    int ok;

    work->software = gcm->software;
    work->verify = gcm->records++ % VERIFY_EVERY == 0;
    gcm_begin(operation, &work->record);
    offload_work = gcm_offload_work(work, output);
    ok = offload_run(gcm->provider->offload, operation, &offload_work);
    if (!ok && operation->reason == WRONG_ANSWER && output == work->record.input.data)
        memcpy(output, work->copy, length);
    else if (!ok && operation->reason == WRONG_ANSWER)
        OPENSSL_cleanse(output, length);
    return ok;
}

/* What software says of a record that the card has refused; one to seal has nothing to be refused for. */
static int is_authentic(const struct gcm *gcm, const struct tlscard_gcm_record *record)
{
    uint8_t *plaintext;
    int authentic;

    if (!record->open)
        return 1;
    plaintext = OPENSSL_malloc(record->input.length);
    authentic = plaintext != NULL && gcm_in_software(gcm->software, record, plaintext, NULL);
    OPENSSL_clear_free(plaintext, record->input.length);
    return authentic;
}

/* The one update of a record of TLS 1.3; the card may do it, and final is told so. */
static int update_tls13(struct gcm *gcm, unsigned char *out, size_t *out_length, size_t room, const unsigned char *in,
                        size_t length)
{
    struct gcm_work work = {.record = {.open = gcm->open,
                                       .key = {gcm->key, gcm->software->key_length},
                                       .nonce = gcm->nonce,
                                       .aad = {gcm->aad, TLS13_AAD},
                                       .input = {in, length},
                                       .tag = gcm->tag}};
    struct operation operation;
    int ok;

    if (!gcm_admitted(gcm->provider, &work.record, gcm->caller) || (work.copy = OPENSSL_memdup(in, length)) == NULL)
        return gcm->software->update(gcm->inner, out, out_length, room, in, length);
    if (try_card(gcm, &operation, &work, out)) {
        offload_end(gcm->provider->offload, &operation);
        memcpy(gcm->tag, work.tag, gcm->open ? 0 : sizeof work.tag);
        gcm->stage = CARD_DID;
        gcm->copy = work.copy;
        gcm->copy_length = length;
        *out_length = length;
        return 1;
    }
    ok = gcm->software->update(gcm->inner, out, out_length, room, in, length);
    if (operation.reason == CARD_REFUSED) {
        work.record.input.data = work.copy;
        if (is_authentic(gcm, &work.record))
            offload_contradict(gcm->provider->offload, &operation);
        else
            OPENSSL_cleanse(out, length);
    }
    offload_end(gcm->provider->offload, &operation);
    OPENSSL_clear_free(work.copy, length);
    return ok;
}

/* The nonce of the next record of TLS 1.2, as inner has it and as the record in has it. */
static int tls12_nonce(struct gcm *gcm, const uint8_t *in, uint8_t nonce[TLSCARD_GCM_NONCE])
{
    uint8_t iv[128];
    OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_IV, iv, sizeof iv),
                           OSSL_PARAM_construct_end()};
    int ok;

    ERR_set_mark();
    ok = gcm->software->get_ctx_params(gcm->inner, params) && params[0].return_size == TLSCARD_GCM_NONCE;
    ERR_pop_to_mark();
    if (!ok)
        return 0;
    memcpy(nonce, iv, TLSCARD_GCM_NONCE);
    if (gcm->open)
        memcpy(nonce + FIXED, in, EXPLICIT);
    return 1;
}

/*
 * inner has not seen the record: it gets one without a payload, which takes (to seal) or gives it (to open) the
 * same explicit nonce. To open, that one's tag is wrong, which leaves inner as a right one does.
 */
static void skip_tls12(struct gcm *gcm, uint8_t explicit_nonce[EXPLICIT])
{
    uint8_t record[EXPLICIT + TLSCARD_GCM_TAG] = {0};
    size_t length;

    memcpy(record, explicit_nonce, EXPLICIT);
    ERR_set_mark();
    gcm->software->update(gcm->inner, record, &length, sizeof record, record, sizeof record);
    ERR_pop_to_mark();
    memcpy(explicit_nonce, record, EXPLICIT);
}

static void finish_tls12(struct gcm *gcm, struct gcm_work *work, uint8_t *record, size_t length, size_t *out_length)
{
    uint8_t *explicit_nonce = record;

    skip_tls12(gcm, (uint8_t *)work->record.nonce + FIXED);
    *out_length = work->record.input.length;
    if (gcm->open)
        return;
    memcpy(explicit_nonce, work->record.nonce + FIXED, EXPLICIT);
    memcpy(record + length - TLSCARD_GCM_TAG, work->tag, TLSCARD_GCM_TAG);
    *out_length = length;
}

/* A whole record in place: explicit nonce, payload, tag. */
static int update_tls12(struct gcm *gcm, unsigned char *record, size_t *out_length, size_t room, size_t length)
{
    uint8_t nonce[TLSCARD_GCM_NONCE];
    size_t payload = length - EXPLICIT - TLSCARD_GCM_TAG;
    struct gcm_work work = {.record = {.open = gcm->open,
                                       .key = {gcm->key, gcm->software->key_length},
                                       .nonce = nonce,
                                       .aad = {gcm->aad, TLS12_AAD},
                                       .input = {record + EXPLICIT, payload},
                                       .tag = record + length - TLSCARD_GCM_TAG}};
    struct operation operation;
    int ok;

    if (!gcm_admitted(gcm->provider, &work.record, gcm->caller) || !tls12_nonce(gcm, record, nonce) ||
        (work.copy = OPENSSL_malloc(payload + 1)) == NULL)
        return gcm->software->update(gcm->inner, record, out_length, room, record, length);
    memcpy(work.copy, record + EXPLICIT, payload);
    ok = try_card(gcm, &operation, &work, record + EXPLICIT);
    OPENSSL_clear_free(work.copy, payload + 1);
    if (ok) {
        finish_tls12(gcm, &work, record, length, out_length);
    } else {
        ok = gcm->software->update(gcm->inner, record, out_length, room, record, length);
        if (operation.reason == CARD_REFUSED && ok)
            offload_contradict(gcm->provider->offload, &operation);
    }
    offload_end(gcm->provider->offload, &operation);
    return ok;
}

/* Additional data that is the header of an encrypted record of TLS 1.3. */
static int is_header(const unsigned char *out, const unsigned char *in, size_t length)
{
    return out == NULL && in != NULL && length == TLS13_AAD && in[0] == 0x17 && in[1] == 3 && in[2] == 3;
}

/* Data of the length that the header announced. */
static int is_announced(const struct gcm *gcm, const unsigned char *out, size_t room, const unsigned char *in,
                        size_t length)
{
    size_t announced = (size_t)gcm->aad[3] << 8 | gcm->aad[4];

    return out != NULL && in != NULL && length > 0 && room >= length && length + TLSCARD_GCM_TAG == announced &&
           (out == in || is_apart(out, in, length)) && (!gcm->open || gcm->has_tag);
}

static int is_tls12_record(const struct gcm *gcm, const unsigned char *out, size_t room, const unsigned char *in,
                           size_t length)
{
    return out != NULL && out == in && room >= length && gcm->has_key && gcm->has_fixed &&
           length >= EXPLICIT + TLSCARD_GCM_TAG &&
           length <= EXPLICIT + TLSCARD_GCM_MOST_PAYLOAD + TLSCARD_GCM_TAG;
}

static int update_watched(struct gcm *gcm, unsigned char *out, size_t *out_length, size_t room,
                          const unsigned char *in, size_t length)
{
    enum stage stage = gcm->stage;
    int ok;

    if (!leave(gcm))
        return 0;
    if (stage == HEADED && is_announced(gcm, out, room, in, length))
        return update_tls13(gcm, out, out_length, room, in, length);
    if (stage == TLS12 && is_tls12_record(gcm, out, room, in, length))
        return update_tls12(gcm, out, out_length, room, length);
    ok = gcm->software->update(gcm->inner, out, out_length, room, in, length);
    if (ok && stage == NONCED && is_header(out, in, length)) {
        memcpy(gcm->aad, in, TLS13_AAD);
        gcm->stage = HEADED;
    }
    return ok;
}

static int gcm_update(void *data, unsigned char *out, size_t *out_length, size_t room, const unsigned char *in,
                      size_t length)
{
    struct gcm *gcm = data;

    if (gcm->stage != INNER)
        return update_watched(gcm, out, out_length, room, in, length);
    return gcm->software->update(gcm->inner, out, out_length, room, in, length);
}

/*
 * The card has done the record, and its tag is known: inner seals nothing instead, and is then given that tag,
 * as it can be while it opens. That is where it would stand: ended, with this tag.
 */
static int finish_tls13(struct gcm *gcm)
{
    const struct gcm_software *software = gcm->software;
    OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, gcm->tag, sizeof gcm->tag),
                           OSSL_PARAM_construct_end()};
    uint8_t nothing[TLSCARD_GCM_TAG];
    size_t length;

    drop_copy(gcm);
    return software->encrypt_init(gcm->inner, NULL, 0, NULL, 0, NULL) &&
           software->final(gcm->inner, nothing, &length, sizeof nothing) &&
           software->decrypt_init(gcm->inner, NULL, 0, NULL, 0, NULL) && software->set_ctx_params(gcm->inner, params) &&
           (gcm->open || software->encrypt_init(gcm->inner, NULL, 0, NULL, 0, NULL));
}

static int gcm_final(void *data, unsigned char *out, size_t *out_length, size_t room)
{
    struct gcm *gcm = data;

    if (gcm->stage == CARD_DID) {
        gcm->stage = INNER;
        *out_length = 0;
        return finish_tls13(gcm);
    }
    gcm->stage = INNER;
    return gcm->software->final(gcm->inner, out, out_length, room);
}

static int gcm_once(void *data, unsigned char *out, size_t *out_length, size_t room, const unsigned char *in,
                    size_t length)
{
    struct gcm *gcm = data;

    return leave(gcm) && gcm->software->cipher_once(gcm->inner, out, out_length, room, in, length);
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

static int gcm_get_ctx_params(void *data, OSSL_PARAM params[])
{
    struct gcm *gcm = data;

    if (gcm->stage == CARD_DID ||
        (gcm->stage != INNER && OSSL_PARAM_locate(params, OSSL_CIPHER_PARAM_AEAD_TLS1_GET_IV_GEN) != NULL)) {
        if (!leave(gcm))
            return 0;
    }
    return gcm->software->get_ctx_params(gcm->inner, params);
}

/* The tag to open with, given where libssl gives it. */
static int is_tag(const struct gcm *gcm, const OSSL_PARAM params[])
{
    return gcm->open && params != NULL && params[0].key != NULL && params[1].key == NULL &&
           strcmp(params[0].key, OSSL_CIPHER_PARAM_AEAD_TAG) == 0 && params[0].data_type == OSSL_PARAM_OCTET_STRING &&
           params[0].data != NULL && params[0].data_size == TLSCARD_GCM_TAG;
}

/* The additional data of TLS 1.2, whose length field libssl gives as that of the record's fragment. */
static void note_tls12(struct gcm *gcm, const OSSL_PARAM *param)
{
    size_t length, without = gcm->open ? EXPLICIT + TLSCARD_GCM_TAG : EXPLICIT;

    memcpy(gcm->aad, param->data, TLS12_AAD);
    length = ((size_t)gcm->aad[TLS12_AAD - 2] << 8 | gcm->aad[TLS12_AAD - 1]) - without;
    gcm->aad[TLS12_AAD - 2] = (uint8_t)(length >> 8);
    gcm->aad[TLS12_AAD - 1] = (uint8_t)length;
    gcm->stage = TLS12;
}

static int gcm_set_ctx_params(void *data, const OSSL_PARAM params[])
{
    struct gcm *gcm = data;
    int watching = gcm->stage == NONCED || gcm->stage == HEADED, ok;

    if (watching && is_tag(gcm, params)) {
        memcpy(gcm->tag, params[0].data, sizeof gcm->tag);
        gcm->has_tag = gcm->software->set_ctx_params(gcm->inner, params);
        return gcm->has_tag;
    }
    if (!leave(gcm))
        return 0;
    ok = gcm->software->set_ctx_params(gcm->inner, params);
    if (!ok || params == NULL || params[0].key == NULL || params[1].key != NULL)
        return ok;
    if (strcmp(params[0].key, OSSL_CIPHER_PARAM_AEAD_TLS1_IV_FIXED) == 0)
        gcm->has_fixed = 1;
    else if (strcmp(params[0].key, OSSL_CIPHER_PARAM_AEAD_TLS1_AAD) == 0)
        note_tls12(gcm, &params[0]);
    return ok;
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
