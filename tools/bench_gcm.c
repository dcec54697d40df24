/* SPDX-License-Identifier: Apache-2.0 */
/* Records of AES-GCM for tlscard bench, and libcrypto's answers to them. */
#include <openssl/evp.h>
#include <string.h>

#include "tools/bench.h"

static void fill(uint8_t *octets, size_t size, unsigned number)
{
    for (size_t index = 0; index < size; index++)
        octets[index] = (uint8_t)((index + 1) * 149 + (index >> 8) * 57 + number * 31 + 7);
}

/* sealed = ciphertext | tag */
static int seal(const struct bench_operation *operation, const struct bench_variant *variant, const uint8_t *plain,
                uint8_t *sealed)
{
    int length = (int)operation->octets, made;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int done = context &&
               EVP_EncryptInit_ex(context, operation->of == 128 ? EVP_aes_128_gcm() : EVP_aes_256_gcm(), NULL,
                                  variant->key, variant->nonce) &&
               EVP_EncryptUpdate(context, NULL, &made, variant->aad, sizeof variant->aad) &&
               EVP_EncryptUpdate(context, sealed, &made, plain, length) &&
               EVP_EncryptFinal_ex(context, sealed + length, &made) &&
               EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TLSCARD_GCM_TAG, sealed + length) == 1;
    EVP_CIPHER_CTX_free(context);
    return done;
}

int bench_gcm_variants(const struct bench_operation *operation, int alternating,
                       struct bench_variant variants[BENCH_VARIANTS])
{
    size_t plain_length = operation->octets, sealed_length = plain_length + TLSCARD_GCM_TAG;
    int seals = operation->kind == BENCH_GCM_SEAL;
    for (unsigned number = 0; number < BENCH_VARIANTS; number++) {
        struct bench_variant *variant = &variants[number];
        uint8_t *plain = seals ? variant->input : variant->answer, *sealed = seals ? variant->answer : variant->input;
        variant->input_length = seals ? plain_length : sealed_length;
        variant->answer_length = seals ? sealed_length : plain_length;
        fill(plain, plain_length, number);
        fill(variant->key, sizeof variant->key, alternating && number % 2 != 0 ? 211 : 83);
        fill(variant->nonce, sizeof variant->nonce, number + 17);
        fill(variant->aad, sizeof variant->aad, number + 29);
        if (!seal(operation, variant, plain, sealed))
            return 0;
    }
    return 1;
}

struct tlscard_gcm_record bench_gcm_record(const struct bench_operation *operation,
                                           const struct bench_variant *variant)
{
    int opens = operation->kind == BENCH_GCM_OPEN;
    return (struct tlscard_gcm_record){
        .open = opens,
        .key = {variant->key, operation->of / 8},
        .nonce = variant->nonce,
        .aad = {variant->aad, sizeof variant->aad},
        .input = {variant->input, operation->octets},
        .tag = opens ? variant->input + operation->octets : NULL,
    };
}
