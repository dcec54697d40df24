/* SPDX-License-Identifier: Apache-2.0 */
/* Records for the AES-GCM lane with what libcrypto makes of them. */
#include "tests/rtl/gcm_records.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "driver/tlscard_map.h"

enum { BLOCK = 16 };

static void *need(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

struct gcm_record *gcm_records_new(unsigned count)
{
    return need(calloc(count, sizeof(struct gcm_record)));
}

static void release(struct gcm_record *record)
{
    free(record->source);
    free(record->additional);
    free(record->expected);
    free(record->job.result);
}

void gcm_records_free(struct gcm_record *records, unsigned count)
{
    for (unsigned n = 0; n < count; n++)
        release(&records[n]);
    free(records);
}

static void fill(uint64_t *random, uint8_t *octets, size_t count)
{
    for (size_t i = 0; i < count; i += sizeof(uint64_t)) {
        uint64_t value = gcm_bench_random(random);
        memcpy(octets + i, &value, count - i < sizeof(value) ? count - i : sizeof(value));
    }
}

/* The record's octets through libcrypto, into or out of a ciphertext; a tag is made where asked for. */
static void cipher(const struct gcm_job *job, int encrypt, const uint8_t *from, uint8_t *to, uint8_t *tag)
{
    EVP_CIPHER_CTX *context = need(EVP_CIPHER_CTX_new());
    uint8_t unused[BLOCK];
    int length = 0, good;
    good = EVP_CipherInit_ex(context, job->key_octets == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm(), NULL, job->key,
                             job->nonce, encrypt);
    if (job->additional_octets)
        good &= EVP_CipherUpdate(context, NULL, &length, job->additional, (int)job->additional_octets);
    if (job->octets)
        good &= EVP_CipherUpdate(context, to, &length, from, (int)job->octets);
    if (tag) {
        good &= EVP_CipherFinal_ex(context, unused, &length);
        good &= EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, GCM_TAG, tag);
    }
    EVP_CIPHER_CTX_free(context);
    if (good != 1)
        abort();
}

void gcm_record_make(struct gcm_record *record, uint64_t *random, int open, unsigned key_octets, unsigned additional,
                     unsigned octets)
{
    struct gcm_job *job = &record->job;
    size_t size = octets + GCM_TAG, beats = (size + BLOCK - 1) / BLOCK;
    release(record);
    memset(record, 0, sizeof(*record));
    record->source = need(malloc(size));
    record->additional = need(malloc(additional + 1));
    record->expected = need(malloc(size));
    job->result = need(calloc(beats, BLOCK));
    job->open = open;
    job->key_octets = key_octets;
    job->additional = record->additional;
    job->additional_octets = additional;
    job->payload = record->source;
    job->octets = octets;
    fill(random, job->key, sizeof(job->key));
    fill(random, job->nonce, sizeof(job->nonce));
    fill(random, record->additional, additional);
    fill(random, open ? record->expected : record->source, octets);
    if (open)
        cipher(job, 1, record->expected, record->source, record->source + octets);
    else
        cipher(job, 1, record->source, record->expected, record->expected + octets);
}

void gcm_record_random(struct gcm_record *record, uint64_t *random, unsigned additional, unsigned octets)
{
    uint64_t choice = gcm_bench_random(random) >> 8;
    unsigned additional_octets = (unsigned)(choice >> 16 & 0xffff) % (additional + 1);
    unsigned payload_octets = (unsigned)(choice >> 32) % (octets + 1);
    gcm_record_make(record, random, choice & 1, choice & 2 ? 32 : 16, additional_octets, payload_octets);
}

void gcm_record_flip(struct gcm_record *record, uint64_t *random, enum gcm_flip flip)
{
    struct gcm_job *job = &record->job;
    unsigned tag_at = job->octets, value = (unsigned)(gcm_bench_random(random) >> 30);
    uint8_t bit = (uint8_t)(1 << (value & 7));
    value >>= 3;
    record->flip = flip;
    if (flip == FLIP_PAYLOAD)
        record->source[value % tag_at] ^= bit;
    if (flip == FLIP_TAG)
        record->source[tag_at + value % GCM_TAG] ^= bit;
    if (flip == FLIP_NONCE)
        job->nonce[value % GCM_NONCE] ^= bit;
    if (flip == FLIP_ADDITIONAL)
        record->additional[value % job->additional_octets] ^= bit;
    cipher(job, 0, record->source, record->expected, NULL);
}

int gcm_records_run(struct gcm_bench *bench, struct gcm_record *records, unsigned count)
{
    struct gcm_job *jobs = need(calloc(count, sizeof(*jobs)));
    for (unsigned n = 0; n < count; n++)
        jobs[n] = records[n].job;
    int result = gcm_bench_run(bench, jobs, count);
    for (unsigned n = 0; n < count; n++)
        records[n].job = jobs[n];
    free(jobs);
    return result;
}

const char *gcm_record_fault(const struct gcm_record *record)
{
    const struct gcm_job *job = &record->job;
    unsigned octets = gcm_bench_result_octets(job), compared = octets;
    uint8_t status = record->flip ? TLSCARD_STATUS_TAG_MISMATCH : TLSCARD_STATUS_OK;
    if (job->end == GCM_ABORT)
        status = job->abort_status;
    else if (job->end != GCM_WHOLE)
        status = TLSCARD_STATUS_DMA_MALFORMED;
    if (job->status != status)
        return "status";
    if (job->end == GCM_WHOLE && job->result_beats != (octets + BLOCK - 1) / BLOCK)
        return "number of beats";
    if (job->end != GCM_WHOLE && job->result_beats * BLOCK < compared)
        compared = job->result_beats * BLOCK;
    if (memcmp(job->result, record->expected, compared))
        return "result";
    return job->result_padded ? NULL : "octets after the result";
}
