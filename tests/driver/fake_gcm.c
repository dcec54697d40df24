/* SPDX-License-Identifier: Apache-2.0 */
/* The fake card's AES-GCM, by libcrypto. */
#include <openssl/evp.h>
#include <string.h>

#include "tests/driver/fake_card.h"

#define NONCE 12u
#define NONCE_FIELD 16u

static int fits(const struct tlscard_submission *entry)
{
    static const uint8_t zeros[sizeof entry->reserved];
    int opens = entry->opcode == TLSCARD_OP_AES_GCM_OPEN;

    if (entry->parameter != 16 && entry->parameter != 32)
        return 0;
    if (entry->flags != 0 || memcmp(entry->reserved, zeros, sizeof zeros) != 0)
        return 0;
    if (entry->key_length < entry->parameter + NONCE_FIELD ||
        entry->key_length > entry->parameter + NONCE_FIELD + TLSCARD_MAX_ADDITIONAL_OCTETS)
        return 0;
    return opens ? entry->source_length >= FAKE_TAG && entry->source_length <= TLSCARD_MAX_SOURCE_OCTETS &&
                       entry->destination_length == entry->source_length - FAKE_TAG
                 : entry->source_length <= TLSCARD_MAX_PAYLOAD_OCTETS &&
                       entry->destination_length == entry->source_length + FAKE_TAG;
}

/* 1 where the tag was made, or matches. */
static int transform(const struct tlscard_submission *entry, const uint8_t *key, uint8_t *source, uint8_t *result)
{
    int opens = entry->opcode == TLSCARD_OP_AES_GCM_OPEN, made = 0;
    const uint8_t *nonce = key + entry->parameter;
    int additional = (int)(entry->key_length - entry->parameter - NONCE_FIELD);
    int payload = (int)(opens ? entry->source_length - FAKE_TAG : entry->source_length);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t none[16];

    EVP_CipherInit_ex(context, entry->parameter == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm(), NULL, key, nonce, !opens);
    EVP_CipherUpdate(context, NULL, &made, nonce + NONCE_FIELD, additional);
    EVP_CipherUpdate(context, result, &made, source, payload);
    if (opens)
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, FAKE_TAG, source + payload);
    int good = EVP_CipherFinal_ex(context, none, &made) == 1;
    if (!opens)
        good = EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, FAKE_TAG, result + payload) == 1;
    EVP_CIPHER_CTX_free(context);
    return good;
}

static void refuse(struct tlscard_completion *completion, uint8_t status)
{
    completion->status = status;
    completion->result_length = 0;
}

void fake_gcm(struct fake_card *fake, const struct tlscard_submission *entry, struct tlscard_completion *completion)
{
    static const uint8_t zeros[NONCE_FIELD - NONCE];

    if (!fits(entry)) {
        refuse(completion, TLSCARD_STATUS_INVALID_FIELD);
        return;
    }
    const uint8_t *key = fake_card_memory(fake, entry->key_address, entry->key_length);
    uint8_t *source = fake_card_memory(fake, entry->source_address, entry->source_length);
    uint8_t *result = fake_card_memory(fake, entry->destination_address, entry->destination_length);
    if (key == NULL || source == NULL || result == NULL)
        refuse(completion, TLSCARD_STATUS_DMA_UNSUPPORTED_REQUEST);
    else if (memcmp(key + entry->parameter + NONCE, zeros, sizeof zeros) != 0)
        refuse(completion, TLSCARD_STATUS_INVALID_FIELD);
    else if (!transform(entry, key, source, result) && completion->status == TLSCARD_STATUS_OK)
        refuse(completion, TLSCARD_STATUS_TAG_MISMATCH);
}
