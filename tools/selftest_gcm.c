/* SPDX-License-Identifier: Apache-2.0 */
/* The self-test's examples of AES-GCM. */
#include <stdio.h>
#include <string.h>

#include "driver/tlscard.h"
#include "tools/selftest.h"

/* The numbered test cases of appendix B of "The Galois/Counter Mode of Operation (GCM)" by McGrew and Viega,
 * the proposal to NIST: those with a nonce of 12 octets and a key of 128 or 256 bits. */
#define ZEROS "00000000000000000000000000000000"
#define NONCE_0 "000000000000000000000000"
#define KEY "feffe9928665731c6d6a8f9467308308"
#define NONCE "cafebabefacedbaddecaf888"
#define AAD "feedfacedeadbeeffeedfacedeadbeefabaddad2"
#define PLAIN_60                                                                                                       \
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"                                                 \
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
#define CIPHER_128                                                                                                     \
    "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"                                                 \
    "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
#define CIPHER_256                                                                                                     \
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"                                                 \
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"

struct gcm_case {
    const char *name, *key, *nonce, *aad, *plain, *cipher, *tag;
};

static const struct gcm_case cases[] = {
    {"AES-128-GCM case 1", ZEROS, NONCE_0, "", "", "", "58e2fccefa7e3061367f1d57a4e7455a"},
    {"AES-128-GCM case 2", ZEROS, NONCE_0, "", ZEROS, "0388dace60b6a392f328c2b971b2fe78",
     "ab6e47d42cec13bdf53a67b21257bddf"},
    {"AES-128-GCM case 3", KEY, NONCE, "", PLAIN_60 "1aafd255", CIPHER_128 "473f5985", "4d5c2af327cd64a62cf35abd2ba6fab4"},
    {"AES-128-GCM case 4", KEY, NONCE, AAD, PLAIN_60, CIPHER_128, "5bc94fbc3221a5db94fae95ae7121a47"},
    {"AES-256-GCM case 13", ZEROS ZEROS, NONCE_0, "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
    {"AES-256-GCM case 14", ZEROS ZEROS, NONCE_0, "", ZEROS, "cea7403d4d606b6e074ec5d3baf39d18",
     "d0d1c8a799996bf0265b98b5d48ab919"},
    {"AES-256-GCM case 15", KEY KEY, NONCE, "", PLAIN_60 "1aafd255", CIPHER_256 "898015ad",
     "b094dac5d93471bdec1a502270e3cc6c"},
    {"AES-256-GCM case 16", KEY KEY, NONCE, AAD, PLAIN_60, CIPHER_256, "76fc6ece0f4e1768cddf8853bb2d551b"},
};

/* What is done with a case: sealed, opened, or opened after a bit of one part was flipped. */
enum way { SEAL, OPEN, WRONG_TAG, WRONG_AAD, WRONG_CIPHER };
static const char *const ways[] = {"sealed", "opened", "a bit of the tag flipped", "a bit of the additional data flipped",
                                   "a bit of the ciphertext flipped"};

struct gcm_octets {
    uint8_t key[SELFTEST_OCTETS], nonce[SELFTEST_OCTETS], aad[SELFTEST_OCTETS], input[SELFTEST_OCTETS];
    uint8_t tag[SELFTEST_OCTETS], answer[SELFTEST_OCTETS];
    size_t answer_length;
};

static struct tlscard_gcm_record decode(const struct gcm_case *this, enum way way, struct gcm_octets *octets)
{
    struct tlscard_gcm_record record = {
        .open = way != SEAL,
        .key = selftest_decode(this->key, octets->key),
        .nonce = selftest_decode(this->nonce, octets->nonce).data,
        .aad = selftest_decode(this->aad, octets->aad),
        .input = selftest_decode(way == SEAL ? this->plain : this->cipher, octets->input),
        .tag = selftest_decode(this->tag, octets->tag).data,
    };
    octets->answer_length = selftest_decode(way == SEAL ? this->cipher : this->plain, octets->answer).length;
    if (way == SEAL) {
        memcpy(octets->answer + octets->answer_length, octets->tag, TLSCARD_GCM_TAG);
        octets->answer_length += TLSCARD_GCM_TAG;
    }
    if (way == WRONG_TAG)
        octets->tag[TLSCARD_GCM_TAG - 1] ^= 1;
    if (way == WRONG_AAD)
        octets->aad[0] ^= 0x80;
    if (way == WRONG_CIPHER)
        octets->input[record.input.length - 1] ^= 1;
    return record;
}

/* The payload, and behind it the tag of a sealed record, are the outcome's octets. */
static void take(struct tlscard_request *request, int error, const struct tlscard_gcm_record *record,
                 struct outcome *outcome)
{
    size_t length = record->input.length;
    selftest_await(request, error, outcome);
    if (outcome->error == 0)
        outcome->error = tlscard_gcm_result(request, outcome->output, length,
                                            record->open ? NULL : outcome->output + length, &outcome->result);
    if (outcome->error == 0 && !record->open)
        outcome->result.length += TLSCARD_GCM_TAG;
    tlscard_request_release(request);
}

static void run(struct selftest *test, const struct gcm_case *this, enum way way)
{
    struct gcm_octets octets;
    struct tlscard_gcm_record record = decode(this, way, &octets);
    struct tlscard_request *request = NULL;
    struct outcome outcome;
    size_t submitted;
    char name[80];
    snprintf(name, sizeof name, "%s, %s", this->name, ways[way]);
    selftest_begin(test, name);
    int error = tlscard_gcm_submit(test->queue, &record, 1, &request, &submitted);
    take(request, error, &record, &outcome);
    if (way == SEAL || way == OPEN)
        selftest_judge_known(test, name, &outcome, octets.answer, octets.answer_length);
    else
        selftest_judge_status(test, name, &outcome, "TAG_MISMATCH");
}

static int applies(const struct gcm_case *this, enum way way)
{
    return way == WRONG_AAD ? *this->aad != '\0' : way == WRONG_CIPHER ? *this->cipher != '\0' : 1;
}

void selftest_gcm(struct selftest *test, uint64_t opcodes)
{
    int seals = opcodes >> TLSCARD_AES_GCM_SEAL & 1, opens = opcodes >> TLSCARD_AES_GCM_OPEN & 1;
    if (!seals)
        selftest_not_served(test, TLSCARD_AES_GCM_SEAL);
    if (!opens)
        selftest_not_served(test, TLSCARD_AES_GCM_OPEN);
    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++)
        for (enum way way = SEAL; way <= WRONG_CIPHER; way++)
            if ((way == SEAL ? seals : opens) && applies(&cases[index], way))
                run(test, &cases[index], way);
}
