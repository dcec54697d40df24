/* SPDX-License-Identifier: Apache-2.0 */
/* Records of AES-GCM for tests: what libcrypto makes of them, and whether the driver's card makes the same. */
#ifndef RECORDS_H
#define RECORDS_H

#include "driver/tlscard.h"

#define RECORD_TIMEOUT_MS 120000u /* a simulated card may be slow */

struct sample {
    uint8_t key[32], nonce[TLSCARD_GCM_NONCE], aad[TLSCARD_GCM_MOST_AAD], tag[TLSCARD_GCM_TAG];
    uint8_t plain[TLSCARD_GCM_MOST_PAYLOAD], sealed[TLSCARD_GCM_MOST_PAYLOAD];
    size_t key_length, aad_length, length;
};

/* A record that a seed chooses; key_length is 16 or 32. */
void make_sample(struct sample *sample, size_t key_length, size_t aad_length, size_t length, unsigned seed);

/* The sample as the driver takes it; its strings are the sample's. */
struct tlscard_gcm_record record_of(const struct sample *sample, int open);

/* Submit one record that must be taken. */
struct tlscard_request *submit_record(struct tlscard_queue *queue, const struct tlscard_gcm_record *record);

/* The error with which one record is refused, which it must be. */
int refusal(struct tlscard_queue *queue, const struct tlscard_gcm_record *record);

/* Wait for the record, compare it with libcrypto's and release it: the cycles it took. */
uint32_t expect_record(struct tlscard_request *request, const struct sample *sample, int open);

int is_zero(const uint8_t *memory, size_t size);

#endif
