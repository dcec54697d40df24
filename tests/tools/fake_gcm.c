/* SPDX-License-Identifier: Apache-2.0 */
/* The AES-GCM calls of the driver's double, in software. */
/* Of TLSCARD_FAKE: "wrong" flips a bit of each result, "untagged" opens whatever the tag says, "partial" writes octets
 * although it fails, "narrow" takes five records of a call and no more, "blocked" takes none of a call of
 * more than one.
 *
 * A record costs OTHER_KEY_CYCLES more where its key does not begin as the first one of the process did. */
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "driver/tlscard.h"
#include "driver/tlscard_map.h"
#include "tests/tools/fake_tlscard.h"

#define NARROW 5u
#define OTHER_KEY_CYCLES 200

/* 1 where the tag was made, or matches; result is the other text, and behind it the tag that was made. */
static int transform(const struct tlscard_gcm_record *record, uint8_t *result)
{
    int length = (int)record->input.length, made = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t none[16];
    EVP_CipherInit_ex(context, record->key.length == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm(), NULL, record->key.data,
                      record->nonce, !record->open);
    EVP_CipherUpdate(context, NULL, &made, record->aad.data, (int)record->aad.length);
    EVP_CipherUpdate(context, result, &made, record->input.data, length);
    if (record->open)
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, TLSCARD_GCM_TAG, (void *)record->tag);
    int good = EVP_CipherFinal_ex(context, none, &made) == 1;
    if (!record->open)
        good = EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TLSCARD_GCM_TAG, result + length) == 1;
    EVP_CIPHER_CTX_free(context);
    return good;
}

static struct tlscard_request *compute(const struct tlscard_gcm_record *record)
{
    static int first_octet = -1;
    struct tlscard_request *request = calloc(1, sizeof *request);
    if (!request)
        return NULL;
    if (first_octet < 0)
        first_octet = record->key.data[0];
    request->more_cycles = record->key.data[0] == first_octet ? 0 : OTHER_KEY_CYCLES;
    request->sealed = !record->open;
    request->opened = record->open;
    int good = transform(record, request->output) || fakes("untagged");
    request->result = (struct tlscard_result){good ? TLSCARD_STATUS_OK : TLSCARD_STATUS_TAG_MISMATCH, 1000,
                                              record->input.length};
    if (fakes("wrong"))
        request->output[0] ^= 1;
    return request;
}

int tlscard_gcm_submit(struct tlscard_queue *queue, const struct tlscard_gcm_record *records, size_t count,
                       struct tlscard_request **requests, size_t *submitted)
{
    size_t room = fakes("narrow") ? NARROW : fakes("blocked") && count > 1 ? 0 : count;
    (void)queue;
    memset(requests, 0, count * sizeof *requests);
    for (*submitted = 0; *submitted < count; ++*submitted) {
        if (*submitted == room)
            return -EAGAIN;
        requests[*submitted] = compute(&records[*submitted]);
        if (!requests[*submitted])
            return -ENOMEM;
    }
    return 0;
}

int tlscard_gcm_result(struct tlscard_request *request, uint8_t *output, size_t capacity,
                       uint8_t tag[TLSCARD_GCM_TAG], struct tlscard_result *result)
{
    size_t length = request->result.length;
    int good = request->result.status == TLSCARD_STATUS_OK;
    if (!(request->sealed || request->opened) || (request->sealed && !tag))
        return -EINVAL;
    fake_taken(request->more_cycles);
    *result = request->result;
    if (length > capacity)
        return -ENOSPC;
    if ((good || fakes("partial")) && length > 0)
        memcpy(output, request->output, length);
    if (good && request->sealed)
        memcpy(tag, request->output + length, TLSCARD_GCM_TAG);
    if (!good)
        result->length = 0;
    return good ? 0 : -EBADMSG;
}
