/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcm_tls.c - records of TLS by the card, and how the default provider's context makes up for them.
 *
 * A record whose tag the card finds wrong is done again by inner, which has the last word; but where libssl's
 * sequence of TLS 1.3 would have the plaintext before final fails, it gets zeros.
 */
#include "provider/gcm_cipher.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

#define FIXED 4u
#define VERIFY_EVERY 64u /* records under a key, the first included */
#define EMPTY_RECORD (GCM_EXPLICIT + TLSCARD_GCM_TAG) /* of TLS 1.2, without a payload */

void gcm_drop_copy(struct gcm *gcm)
{
    OPENSSL_clear_free(gcm->copy, gcm->copy_length);
    gcm->copy = NULL;
    gcm->copy_length = 0;
}

/* inner does the data that the card has done. */
static int catch_up(struct gcm *gcm)
{
    uint8_t *output = OPENSSL_malloc(gcm->copy_length);
    size_t length;
    int ok = output != NULL &&
             gcm->software->update(gcm->inner, output, &length, gcm->copy_length, gcm->copy, gcm->copy_length);

    OPENSSL_clear_free(output, gcm->copy_length);
    gcm_drop_copy(gcm);
    return ok;
}

static int set_octets(struct gcm *gcm, const char *name, uint8_t *octets, size_t length)
{
    OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string(name, octets, length), OSSL_PARAM_construct_end()};

    return gcm->software->set_ctx_params(gcm->inner, params);
}

static int set_tag(struct gcm *gcm, uint8_t tag[TLSCARD_GCM_TAG])
{
    return set_octets(gcm, OSSL_CIPHER_PARAM_AEAD_TAG, tag, TLSCARD_GCM_TAG);
}

/* The tag of a message of this key and nonce that is empty. */
static int seal_nothing(const struct gcm *gcm, const uint8_t *nonce, struct tlscard_octets aad,
                        uint8_t tag[TLSCARD_GCM_TAG])
{
    uint8_t nothing = 0;
    const struct tlscard_gcm_record record = {
        .key = {gcm->key, gcm->software->key_length}, .nonce = nonce, .aad = aad, .input = {&nothing, 0}};

    return gcm_in_software(gcm->software, &record, &nothing, tag);
}

/* inner seals or opens an empty message with the record's nonce, and has then ended with that nonce as it should. */
static int make_up_tls13(struct gcm *gcm)
{
    const struct gcm_software *software = gcm->software;
    uint8_t tag[TLSCARD_GCM_TAG];
    size_t length;

    if (!gcm->open)
        return software->encrypt_init(gcm->inner, NULL, 0, gcm->nonce, TLSCARD_GCM_NONCE, NULL) &&
               software->final(gcm->inner, tag, &length, sizeof tag);
    return seal_nothing(gcm, gcm->nonce, (struct tlscard_octets){tag, 0}, tag) &&
           software->decrypt_init(gcm->inner, NULL, 0, gcm->nonce, TLSCARD_GCM_NONCE, NULL) && set_tag(gcm, tag) &&
           software->final(gcm->inner, tag, &length, sizeof tag) && set_tag(gcm, gcm->tag);
}

/* The nonce of the next record of TLS 1.2 but for its explicit part; 0 where it has another length. */
static int read_nonce(struct gcm *gcm, uint8_t nonce[TLSCARD_GCM_NONCE])
{
    uint8_t iv[128];
    OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_IV, iv, sizeof iv),
                           OSSL_PARAM_construct_end()};
    int ok;

    ERR_set_mark();
    ok = gcm->software->get_ctx_params(gcm->inner, params) && params[0].return_size == TLSCARD_GCM_NONCE;
    ERR_pop_to_mark();
    if (ok)
        memcpy(nonce, iv, TLSCARD_GCM_NONCE);
    return ok;
}

/* The length field of additional data: libssl gives that of the record's fragment, which stands for the payload's. */
static void add_length(uint8_t aad[GCM_TLS12_AAD], size_t octets)
{
    size_t length = ((size_t)aad[GCM_TLS12_AAD - 2] << 8 | aad[GCM_TLS12_AAD - 1]) + octets;

    aad[GCM_TLS12_AAD - 2] = (uint8_t)(length >> 8);
    aad[GCM_TLS12_AAD - 1] = (uint8_t)length;
}

static size_t around_payload(const struct gcm *gcm)
{
    return gcm->open ? EMPTY_RECORD : GCM_EXPLICIT;
}

/* inner still has additional data, and opens an empty record with them; where they were the next record's (pending), it
 * then gets those again. */
static int make_up_tls12(struct gcm *gcm, int pending)
{
    uint8_t nonce[TLSCARD_GCM_NONCE], record[EMPTY_RECORD], aad[GCM_TLS12_AAD];
    size_t length;

    if (!read_nonce(gcm, nonce))
        return 0;
    memcpy(nonce + FIXED, gcm->explicit_nonce, GCM_EXPLICIT);
    memcpy(record, gcm->explicit_nonce, GCM_EXPLICIT);
    memcpy(aad, gcm->aad, sizeof aad);
    add_length(aad, around_payload(gcm));
    return seal_nothing(gcm, nonce, (struct tlscard_octets){gcm->aad, sizeof gcm->aad}, record + GCM_EXPLICIT) &&
           gcm->software->update(gcm->inner, record, &length, sizeof record, record, sizeof record) &&
           (!pending || set_octets(gcm, OSSL_CIPHER_PARAM_AEAD_TLS1_AAD, aad, sizeof aad));
}

int gcm_leave(struct gcm *gcm)
{
    enum gcm_stage stage = gcm->stage;
    enum gcm_behind behind = gcm->behind;

    gcm->stage = GCM_INNER;
    gcm->behind = GCM_ABREAST;
    if (stage == GCM_CARD_DID)
        return catch_up(gcm);
    if (behind == GCM_TLS13_ENDED)
        return make_up_tls13(gcm);
    return behind != GCM_TLS12_ENDED || make_up_tls12(gcm, stage == GCM_TLS12);
}

int gcm_give_tag(struct gcm *gcm, enum gcm_stage stage)
{
    const struct gcm_software *software = gcm->software;
    int begun = stage == GCM_NONCED || stage == GCM_HEADED;
    size_t length;

    gcm->owes_tag = 0;
    return software->decrypt_init(gcm->inner, NULL, 0, NULL, 0, NULL) && set_tag(gcm, gcm->sealed) &&
           (gcm->open || software->encrypt_init(gcm->inner, NULL, 0, begun ? gcm->nonce : NULL,
                                                begun ? TLSCARD_GCM_NONCE : 0, NULL)) &&
           (stage != GCM_HEADED ||
            software->update(gcm->inner, NULL, &length, GCM_TLS13_AAD, gcm->aad, GCM_TLS13_AAD));
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
                                       .aad = {gcm->aad, GCM_TLS13_AAD},
                                       .input = {in, length},
                                       .tag = gcm->tag}};
    struct operation operation;
    int ok;

    if (!gcm_admitted(gcm->provider, &work.record, gcm->caller) || (work.copy = OPENSSL_memdup(in, length)) == NULL)
        return gcm->software->update(gcm->inner, out, out_length, room, in, length);
    if (try_card(gcm, &operation, &work, out)) {
        offload_end(gcm->provider->offload, &operation);
        memcpy(gcm->tag, work.tag, gcm->open ? 0 : sizeof work.tag);
        gcm->stage = GCM_CARD_DID;
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

void gcm_end_tls13(struct gcm *gcm)
{
    gcm_drop_copy(gcm);
    gcm->stage = GCM_INNER;
    gcm->behind = GCM_TLS13_ENDED;
    if (gcm->open)
        return;
    memcpy(gcm->sealed, gcm->tag, sizeof gcm->sealed);
    gcm->owes_tag = 1;
}

/* inner seals a record without a payload: so it draws the explicit nonce, and has done with the additional data. */
static int draw_nonce(struct gcm *gcm, uint8_t nonce[TLSCARD_GCM_NONCE])
{
    uint8_t record[EMPTY_RECORD] = {0};
    size_t length;

    if (!gcm->software->update(gcm->inner, record, &length, sizeof record, record, sizeof record))
        return 0;
    memcpy(nonce + FIXED, record, GCM_EXPLICIT);
    return 1;
}

static int seal_tls12(struct gcm *gcm, struct gcm_work *work, struct operation *operation, uint8_t *record,
                      size_t *out_length)
{
    uint8_t *payload = record + GCM_EXPLICIT;
    size_t length = work->record.input.length;

    *out_length = 0;
    if (!try_card(gcm, operation, work, payload)) {
        if (!gcm_in_software(gcm->software, &work->record, payload, work->tag))
            return 0;
        offload_contradict(gcm->provider->offload, operation);
    }
    memcpy(record, work->record.nonce + FIXED, GCM_EXPLICIT);
    memcpy(payload + length, work->tag, TLSCARD_GCM_TAG);
    *out_length = EMPTY_RECORD + length;
    return 1;
}

static int open_tls12(struct gcm *gcm, struct gcm_work *work, struct operation *operation, uint8_t *record,
                      size_t *out_length)
{
    size_t length = EMPTY_RECORD + work->record.input.length;
    int ok;

    if (try_card(gcm, operation, work, record + GCM_EXPLICIT)) {
        memcpy(gcm->explicit_nonce, record, GCM_EXPLICIT);
        gcm->behind = GCM_TLS12_ENDED;
        *out_length = work->record.input.length;
        return 1;
    }
    gcm->behind = GCM_ABREAST;
    ok = gcm->software->update(gcm->inner, record, out_length, length, record, length);
    if (operation->reason == CARD_REFUSED && ok)
        offload_contradict(gcm->provider->offload, operation);
    return ok;
}

/* A whole record in place: explicit nonce, payload, tag. inner has its additional data, so it need not be brought up. */
static int update_tls12(struct gcm *gcm, unsigned char *record, size_t *out_length, size_t room, size_t length)
{
    uint8_t nonce[TLSCARD_GCM_NONCE];
    size_t payload = length - EMPTY_RECORD;
    struct gcm_work work = {.record = {.open = gcm->open,
                                       .key = {gcm->key, gcm->software->key_length},
                                       .nonce = nonce,
                                       .aad = {gcm->aad, GCM_TLS12_AAD},
                                       .input = {record + GCM_EXPLICIT, payload},
                                       .tag = record + length - TLSCARD_GCM_TAG}};
    struct operation operation;
    int ok = 0;

    if (!gcm_admitted(gcm->provider, &work.record, gcm->caller) || !read_nonce(gcm, nonce) ||
        (work.copy = OPENSSL_memdup(record + GCM_EXPLICIT, payload + TLSCARD_GCM_TAG)) == NULL) {
        gcm->behind = GCM_ABREAST;
        return gcm->software->update(gcm->inner, record, out_length, room, record, length);
    }
    memcpy(nonce + FIXED, record, GCM_EXPLICIT);
    if (gcm->open || draw_nonce(gcm, nonce)) {
        ok = (gcm->open ? open_tls12 : seal_tls12)(gcm, &work, &operation, record, out_length);
        offload_end(gcm->provider->offload, &operation);
    }
    OPENSSL_clear_free(work.copy, payload + TLSCARD_GCM_TAG);
    return ok;
}

/* Additional data that is the header of an encrypted record of TLS 1.3. */
static int is_header(const unsigned char *out, const unsigned char *in, size_t length)
{
    return out == NULL && in != NULL && length == GCM_TLS13_AAD && in[0] == 0x17 && in[1] == 3 && in[2] == 3;
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
    return out != NULL && out == in && room >= length && gcm->has_key && gcm->has_fixed && length >= EMPTY_RECORD &&
           length <= EMPTY_RECORD + TLSCARD_GCM_MOST_PAYLOAD;
}

int gcm_update_watched(struct gcm *gcm, unsigned char *out, size_t *out_length, size_t room, const unsigned char *in,
                       size_t length)
{
    enum gcm_stage stage = gcm->stage;
    int ok;

    if (stage == GCM_TLS12 && is_tls12_record(gcm, out, room, in, length)) {
        gcm->stage = GCM_INNER;
        return update_tls12(gcm, out, out_length, room, length);
    }
    if (!gcm_leave(gcm))
        return 0;
    if (stage == GCM_HEADED && is_announced(gcm, out, room, in, length))
        return update_tls13(gcm, out, out_length, room, in, length);
    ok = gcm->software->update(gcm->inner, out, out_length, room, in, length);
    if (ok && stage == GCM_NONCED && is_header(out, in, length)) {
        memcpy(gcm->aad, in, GCM_TLS13_AAD);
        gcm->stage = GCM_HEADED;
    }
    return ok;
}

int gcm_is_tls12_aad(const struct gcm *gcm, const OSSL_PARAM *param)
{
    const uint8_t *aad = param->data;

    return strcmp(param->key, OSSL_CIPHER_PARAM_AEAD_TLS1_AAD) == 0 && param->data_type == OSSL_PARAM_OCTET_STRING &&
           aad != NULL && param->data_size == GCM_TLS12_AAD &&
           ((size_t)aad[GCM_TLS12_AAD - 2] << 8 | aad[GCM_TLS12_AAD - 1]) >= around_payload(gcm);
}

void gcm_note_tls12(struct gcm *gcm, const uint8_t *aad)
{
    memcpy(gcm->aad, aad, sizeof gcm->aad);
    add_length(gcm->aad, (size_t)0 - around_payload(gcm));
    gcm->stage = GCM_TLS12;
}
