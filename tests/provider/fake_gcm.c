/* SPDX-License-Identifier: Apache-2.0 */
/* The AES-GCM lane of the driver's double: sealed and opened with libcrypto, in a library context that knows no card. */
#include <errno.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "driver/tlscard.h"
#include "driver/tlscard_map.h"
#include "tests/provider/fake_internal.h"

static OSSL_LIB_CTX *library; /* made once, never freed */

static EVP_CIPHER *cipher_of(const struct tlscard_gcm_record *record)
{
    if (library == NULL)
        library = OSSL_LIB_CTX_new();
    return EVP_CIPHER_fetch(library, record->key.length == 16 ? "AES-128-GCM" : "AES-256-GCM", "provider=default");
}

static int is_valid(const struct tlscard_gcm_record *record)
{
    return record->key.data != NULL && (record->key.length == 16 || record->key.length == 32) &&
           record->nonce != NULL && (record->aad.data != NULL || record->aad.length == 0) &&
           record->aad.length <= TLSCARD_GCM_MOST_AAD && (record->input.data != NULL || record->input.length == 0) &&
           record->input.length <= TLSCARD_GCM_MOST_PAYLOAD && (!record->open || record->tag != NULL);
}

/* SP 800-38D section 7.1 or 7.2: a status of the map. */
static int compute(const struct tlscard_gcm_record *record, uint8_t *output, uint8_t *tag)
{
    EVP_CIPHER *cipher = cipher_of(record);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int length, ok;

    if (record->open)
        memcpy(tag, record->tag, TLSCARD_GCM_TAG);
    ok = EVP_CipherInit_ex2(context, cipher, record->key.data, record->nonce, !record->open, NULL) &&
         EVP_CipherUpdate(context, NULL, &length, record->aad.data, (int)record->aad.length) &&
         EVP_CipherUpdate(context, output, &length, record->input.data, (int)record->input.length) &&
         (!record->open || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TLSCARD_GCM_TAG, tag) > 0) &&
         EVP_CipherFinal_ex(context, output, &length) &&
         (record->open || EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TLSCARD_GCM_TAG, tag) > 0);
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(cipher);
    return ok ? TLSCARD_STATUS_OK : TLSCARD_STATUS_TAG_MISMATCH;
}

static void count(const struct tlscard_gcm_record *record)
{
    atomic_fetch_add(record->open ? &fake.unsealed : &fake.sealed, 1);
    if ((int)record->input.length > fake.longest)
        fake.longest = (int)record->input.length;
}

static int submit(struct tlscard_queue *queue, const struct tlscard_gcm_record *record, struct tlscard_request **request)
{
    int error = fake_room(queue), opcode = record->open ? TLSCARD_OP_AES_GCM_OPEN : TLSCARD_OP_AES_GCM_SEAL;
    struct tlscard_request *fresh;

    if (error == 0 && !is_valid(record))
        error = -EINVAL;
    if (error == 0 && (fake.missing >> opcode & 1) != 0)
        error = -ENOTSUP;
    if (error != 0)
        return error;
    fresh = OPENSSL_zalloc(sizeof *fresh);
    fresh->is_record = 1;
    fresh->length = record->input.length;
    fresh->payload = OPENSSL_zalloc(fresh->length + 1);
    ERR_set_mark();
    fresh->status = compute(record, fresh->payload, fresh->tag);
    ERR_pop_to_mark();
    if (fresh->length > 0)
        fresh->payload[fresh->length / 2] ^= (uint8_t)(fake.wrong != 0);
    else
        fresh->tag[0] ^= (uint8_t)(fake.wrong != 0);
    if (fake.refusals > 0) {
        fake.refusals--;
        fresh->status = fake.refusal_status;
    }
    if (fake.status != 0)
        fresh->status = fake.status;
    count(record);
    fake_enqueue(queue, fresh, request);
    return 0;
}

int tlscard_gcm_submit(struct tlscard_queue *queue, const struct tlscard_gcm_record *records, size_t count_of_records,
                       struct tlscard_request **requests, size_t *submitted)
{
    int error = 0;

    memset(requests, 0, count_of_records * sizeof *requests);
    fake_enter(queue);
    for (*submitted = 0; *submitted < count_of_records && error == 0; *submitted += error == 0)
        error = submit(queue, &records[*submitted], &requests[*submitted]);
    fake_leave(queue);
    return error;
}

int tlscard_gcm_result(struct tlscard_request *request, uint8_t *output, size_t capacity, uint8_t tag[TLSCARD_GCM_TAG],
                       struct tlscard_result *result)
{
    if (!request->is_record)
        return -EINVAL;
    if (!request->done)
        return -EINPROGRESS;
    if (request->cancelled)
        return -ECANCELED;
    *result = (struct tlscard_result){.status = (uint8_t)request->status, .cycles = 1234};
    if (request->status != 0)
        return -EBADMSG;
    if (capacity < request->length)
        return -ENOSPC;
    result->length = request->length;
    if (request->length > 0)
        memcpy(output, request->payload, request->length);
    if (tag != NULL)
        memcpy(tag, request->tag, TLSCARD_GCM_TAG);
    return 0;
}
