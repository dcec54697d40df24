/* SPDX-License-Identifier: Apache-2.0 */
/* The operations that tlscard bench knows: their keys, inputs and answers, and how each is submitted. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/bench.h"
#include "tools/selftest_rsa.h"

#define P256 TLSCARD_EC_P256
#define P384 TLSCARD_EC_P384

#define PUBLIC TLSCARD_RSA_PUBLIC
#define PRIVATE TLSCARD_RSA_PRIVATE_CRT
#define MULTIPLY TLSCARD_EC_MULTIPLY
#define MULTIPLY_BASE TLSCARD_EC_MULTIPLY_BASE
#define SIGN TLSCARD_ECDSA_SIGN
#define VERIFY TLSCARD_ECDSA_VERIFY

/* Records of none, of part of a block, of one and more, of a network packet, and of the most that TLS sends. */
#define GCM(BITS, WAY, KIND, OCTETS) \
    {"aes" #BITS "-gcm-" WAY "-" #OCTETS, BENCH_GCM_##KIND, TLSCARD_AES_GCM_##KIND, BITS, OCTETS}
#define GCM_SIZES(BITS, WAY, KIND)                                                                             \
    GCM(BITS, WAY, KIND, 0), GCM(BITS, WAY, KIND, 1), GCM(BITS, WAY, KIND, 16), GCM(BITS, WAY, KIND, 64),      \
        GCM(BITS, WAY, KIND, 256), GCM(BITS, WAY, KIND, 1024), GCM(BITS, WAY, KIND, 1350),                     \
        GCM(BITS, WAY, KIND, 4096), GCM(BITS, WAY, KIND, 16384)

const struct bench_operation bench_operations[] = {
    {"rsa2048-private", BENCH_RSA_PRIVATE, PRIVATE, 2048, 0},
    {"rsa2048-public", BENCH_RSA_PUBLIC, PUBLIC, 2048, 0},
    {"rsa3072-private", BENCH_RSA_PRIVATE, PRIVATE, 3072, 0},
    {"rsa3072-public", BENCH_RSA_PUBLIC, PUBLIC, 3072, 0},
    {"rsa4096-private", BENCH_RSA_PRIVATE, PRIVATE, 4096, 0},
    {"rsa4096-public", BENCH_RSA_PUBLIC, PUBLIC, 4096, 0},
    {"p256-ecdh", BENCH_EC_DERIVE, MULTIPLY, P256, 0},
    {"p256-keygen", BENCH_EC_PUBLIC, MULTIPLY_BASE, P256, 0},
    {"p256-sign", BENCH_EC_SIGN, SIGN, P256, 0},
    {"p256-verify", BENCH_EC_VERIFY, VERIFY, P256, 0},
    {"p384-ecdh", BENCH_EC_DERIVE, MULTIPLY, P384, 0},
    {"p384-keygen", BENCH_EC_PUBLIC, MULTIPLY_BASE, P384, 0},
    {"p384-sign", BENCH_EC_SIGN, SIGN, P384, 0},
    {"p384-verify", BENCH_EC_VERIFY, VERIFY, P384, 0},
    {"x25519", BENCH_EC_DERIVE, TLSCARD_X25519, TLSCARD_EC_X25519, 0},
    GCM_SIZES(128, "seal", SEAL),
    GCM_SIZES(128, "open", OPEN),
    GCM_SIZES(256, "seal", SEAL),
    GCM_SIZES(256, "open", OPEN),
};
const unsigned bench_operation_count = sizeof bench_operations / sizeof *bench_operations;

/* Octets of a private key, far below the orders of the prime curves. A TEST KEY, of no worth to anyone. */
static const uint8_t test_scalar[48] = {
    0x5b, 0x1e, 0x90, 0xc3, 0x37, 0xd2, 0x6a, 0x84, 0xf1, 0x0d, 0x78, 0xe5, 0x4c, 0xb9, 0x23, 0x96,
    0x61, 0xaf, 0x08, 0xd4, 0x7b, 0xe2, 0x15, 0x3c, 0x9d, 0x50, 0xc7, 0x2e, 0xf8, 0x81, 0x46, 0xba,
    0x0a, 0x73, 0xde, 0x39, 0x94, 0x6f, 0xc1, 0x28, 0xe7, 0x5d, 0xb0, 0x12, 0x8c, 0xf3, 0x47, 0x6b,
};

static int is_rsa(const struct bench_operation *operation)
{
    return operation->kind == BENCH_RSA_PRIVATE || operation->kind == BENCH_RSA_PUBLIC;
}

static int refuse(char error[BENCH_ERROR_SIZE], const char *what, int number)
{
    snprintf(error, BENCH_ERROR_SIZE, "%s: %s", what, strerror(-number));
    return number;
}

static int rsa_variants(struct bench_work *work, const struct selftest_rsa *key, int private)
{
    for (unsigned number = 0; number < BENCH_VARIANTS; number++) {
        struct bench_variant *variant = &work->variants[number];
        variant->input_length = variant->answer_length = key->size;
        for (size_t index = 0; index < key->size; index++)
            variant->input[index] = (uint8_t)((index + number) * 167 + 90);
        variant->input[0] = (uint8_t)(0x5a + number); /* less than any of the moduli */
        if (!selftest_rsa_expect(key, private, variant->input, variant->answer))
            return 0;
    }
    return 1;
}

static int prepare_rsa(struct bench_work *work, struct tlscard *card, char error[BENCH_ERROR_SIZE])
{
    int private = work->operation->kind == BENCH_RSA_PRIVATE;
    struct selftest_rsa key;
    if (!selftest_rsa_load(&key, work->operation->of) || !rsa_variants(work, &key, private))
        return refuse(error, "libcrypto could not compute the answers", -ENOMEM);
    struct tlscard_rsa_components components = selftest_rsa_components(&key, private);
    int created = tlscard_rsa_key_create(card, &components, &work->rsa);
    return created ? refuse(error, "key refused", created) : 0;
}

static int prepare_curve(struct bench_work *work, struct tlscard *card, char error[BENCH_ERROR_SIZE])
{
    const struct bench_operation *operation = work->operation;
    size_t size = operation->of == P384 ? 48 : 32;
    uint8_t point[96];
    if (!bench_curve_variants(operation, test_scalar, point, work->variants))
        return refuse(error, "libcrypto could not compute the answers", -ENOMEM);
    struct tlscard_ec_components components = {.scalar = {test_scalar, size}};
    if (operation->kind == BENCH_EC_VERIFY)
        components = (struct tlscard_ec_components){.point = {point, 2 * size}};
    int created = tlscard_ec_key_create(card, (enum tlscard_ec_curve)operation->of, &components, &work->ec);
    return created ? refuse(error, "key refused", created) : 0;
}

int bench_prepare(struct bench_work *work, struct tlscard *card, const struct bench_operation *operation,
                  int alternating, char error[BENCH_ERROR_SIZE])
{
    memset(work, 0, sizeof *work);
    work->operation = operation;
    work->alternating = alternating;
    if (!bench_is_gcm(operation))
        return (is_rsa(operation) ? prepare_rsa : prepare_curve)(work, card, error);
    return bench_gcm_variants(operation, alternating, work->variants)
               ? 0
               : refuse(error, "libcrypto could not compute the answers", -ENOMEM);
}

void bench_release(struct bench_work *work)
{
    tlscard_rsa_key_free(work->rsa);
    tlscard_ec_key_free(work->ec);
}

static int submit_one(const struct bench_work *work, struct tlscard_queue *queue, unsigned number,
                      struct tlscard_request **request)
{
    const struct bench_variant *variant = &work->variants[number % BENCH_VARIANTS];
    const uint8_t *input = variant->input;
    size_t length = variant->input_length;
    switch (work->operation->kind) {
    case BENCH_RSA_PRIVATE:
        return tlscard_rsa_private(queue, work->rsa, input, length, request);
    case BENCH_RSA_PUBLIC:
        return tlscard_rsa_public(queue, work->rsa, input, length, request);
    case BENCH_EC_DERIVE:
        return tlscard_ec_derive(queue, work->ec, input, length, request);
    case BENCH_EC_PUBLIC:
        return tlscard_ec_public(queue, work->ec, request);
    case BENCH_EC_SIGN: /* digest | nonce */
        return tlscard_ecdsa_sign(queue, work->ec, input, length / 2, input + length / 2, request);
    case BENCH_EC_VERIFY: /* digest | r | s */
        return tlscard_ecdsa_verify(queue, work->ec, input, length / 3, input + length / 3, request);
    default:
        return -EINVAL;
    }
}

static int submit_records(const struct bench_work *work, struct tlscard_queue *queue, unsigned number, unsigned count,
                          struct tlscard_request **requests, unsigned *submitted)
{
    struct tlscard_gcm_record records[BENCH_BATCH];
    size_t taken = 0;
    if (count > BENCH_BATCH)
        count = BENCH_BATCH;
    for (unsigned index = 0; index < count; index++)
        records[index] = bench_gcm_record(work->operation, &work->variants[(number + index) % BENCH_VARIANTS]);
    int error = tlscard_gcm_submit(queue, records, count, requests, &taken);
    *submitted = (unsigned)taken;
    return error;
}

int bench_submit(const struct bench_work *work, struct tlscard_queue *queue, unsigned number, unsigned count,
                 struct tlscard_request **requests, unsigned *submitted)
{
    int error = 0;
    *submitted = 0;
    if (bench_is_gcm(work->operation))
        return submit_records(work, queue, number, count, requests, submitted);
    while (*submitted < count && *submitted < BENCH_BATCH && error == 0) {
        error = submit_one(work, queue, number + *submitted, &requests[*submitted]);
        *submitted += error == 0;
    }
    return error;
}

int bench_result_of(const struct bench_work *work, struct tlscard_request *request, uint8_t output[BENCH_OCTETS],
                    struct tlscard_result *result)
{
    const struct bench_operation *operation = work->operation;
    if (!bench_is_gcm(operation))
        return tlscard_request_result(request, output, BENCH_OCTETS, result);
    int seals = operation->kind == BENCH_GCM_SEAL;
    int error = tlscard_gcm_result(request, output, operation->octets, seals ? output + operation->octets : NULL, result);
    if (error == 0 && seals)
        result->length += TLSCARD_GCM_TAG;
    return error;
}
