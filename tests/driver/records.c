/* SPDX-License-Identifier: Apache-2.0 */
/* Records of AES-GCM for tests, and libcrypto's word on them. */
#include "tests/driver/records.h"

#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Octets that differ from place to place and from seed to seed. */
static void scatter(uint8_t *octets, size_t size, unsigned seed)
{
    for (size_t index = 0; index < size; index++)
        octets[index] = (uint8_t)((index + 1) * 131 + (index >> 8) + seed * 29 + 1);
}

void make_sample(struct sample *sample, size_t key_length, size_t aad_length, size_t length, unsigned seed)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int made;

    *sample = (struct sample){.key_length = key_length, .aad_length = aad_length, .length = length};
    scatter(sample->key, sizeof sample->key, seed);
    scatter(sample->nonce, sizeof sample->nonce, seed + 1);
    scatter(sample->aad, aad_length, seed + 2);
    scatter(sample->plain, length, seed + 3);
    assert_int_equal(EVP_EncryptInit_ex(context, key_length == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm(), NULL,
                                        sample->key, sample->nonce), 1);
    assert_int_equal(EVP_EncryptUpdate(context, NULL, &made, sample->aad, (int)aad_length), 1);
    assert_int_equal(EVP_EncryptUpdate(context, sample->sealed, &made, sample->plain, (int)length), 1);
    assert_int_equal(EVP_EncryptFinal_ex(context, sample->sealed + length, &made), 1);
    assert_int_equal(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TLSCARD_GCM_TAG, sample->tag), 1);
    EVP_CIPHER_CTX_free(context);
}

struct tlscard_gcm_record record_of(const struct sample *sample, int open)
{
    return (struct tlscard_gcm_record){
        .open = open,
        .key = {sample->key, sample->key_length},
        .nonce = sample->nonce,
        .aad = {sample->aad_length > 0 ? sample->aad : NULL, sample->aad_length},
        .input = {sample->length > 0 ? (open ? sample->sealed : sample->plain) : NULL, sample->length},
        .tag = open ? sample->tag : NULL,
    };
}

struct tlscard_request *submit_record(struct tlscard_queue *queue, const struct tlscard_gcm_record *record)
{
    struct tlscard_request *request = NULL;
    size_t submitted = 9;

    assert_int_equal(tlscard_gcm_submit(queue, record, 1, &request, &submitted), 0);
    assert_int_equal(submitted, 1);
    assert_non_null(request);
    return request;
}

int refusal(struct tlscard_queue *queue, const struct tlscard_gcm_record *record)
{
    struct tlscard_request *request = (struct tlscard_request *)1;
    size_t submitted = 9;
    int error = tlscard_gcm_submit(queue, record, 1, &request, &submitted);

    assert_int_not_equal(error, 0);
    assert_int_equal(submitted, 0);
    assert_null(request);
    return error;
}

uint32_t expect_record(struct tlscard_request *request, const struct sample *sample, int open)
{
    static uint8_t output[TLSCARD_GCM_MOST_PAYLOAD];
    uint8_t tag[TLSCARD_GCM_TAG] = {0};
    struct tlscard_result result = {.status = 0xff};

    assert_int_equal(tlscard_request_wait(request, RECORD_TIMEOUT_MS), 0);
    assert_int_equal(tlscard_gcm_result(request, sample->length > 0 ? output : NULL, sample->length,
                                        open ? NULL : tag, &result), 0);
    assert_int_equal(result.status, 0);
    assert_int_equal(result.length, sample->length);
    assert_true(result.cycles > 0);
    assert_memory_equal(output, open ? sample->plain : sample->sealed, sample->length);
    if (!open)
        assert_memory_equal(tag, sample->tag, sizeof tag);
    tlscard_request_release(request);
    return result.cycles;
}

int is_zero(const uint8_t *memory, size_t size)
{
    return size == 0 || (memory[0] == 0 && memcmp(memory, memory + 1, size - 1) == 0);
}
