/* SPDX-License-Identifier: Apache-2.0 */
/* The operations that tlscard bench knows: their keys, inputs and answers, and how each is submitted. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/bench.h"
#include "tools/selftest_rsa.h"

#define P256 TLSCARD_EC_P256
#define P384 TLSCARD_EC_P384

/* Opcode values of the register reference; a test holds them against it. */
enum {
    PUBLIC = 0x11,
    PRIVATE = 0x12,
    MULTIPLY = 0x18,
    MULTIPLY_BASE = 0x19,
    SIGN = 0x1a,
    VERIFY = 0x1b,
    MONTGOMERY = 0x1c
};

const struct bench_operation bench_operations[] = {
    {"rsa2048-private", BENCH_RSA_PRIVATE, PRIVATE, 2048},
    {"rsa2048-public", BENCH_RSA_PUBLIC, PUBLIC, 2048},
    {"rsa3072-private", BENCH_RSA_PRIVATE, PRIVATE, 3072},
    {"rsa3072-public", BENCH_RSA_PUBLIC, PUBLIC, 3072},
    {"rsa4096-private", BENCH_RSA_PRIVATE, PRIVATE, 4096},
    {"rsa4096-public", BENCH_RSA_PUBLIC, PUBLIC, 4096},
    {"p256-ecdh", BENCH_EC_DERIVE, MULTIPLY, P256},
    {"p256-keygen", BENCH_EC_PUBLIC, MULTIPLY_BASE, P256},
    {"p256-sign", BENCH_EC_SIGN, SIGN, P256},
    {"p256-verify", BENCH_EC_VERIFY, VERIFY, P256},
    {"p384-ecdh", BENCH_EC_DERIVE, MULTIPLY, P384},
    {"p384-keygen", BENCH_EC_PUBLIC, MULTIPLY_BASE, P384},
    {"p384-sign", BENCH_EC_SIGN, SIGN, P384},
    {"p384-verify", BENCH_EC_VERIFY, VERIFY, P384},
    {"x25519", BENCH_EC_DERIVE, MONTGOMERY, TLSCARD_EC_X25519},
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
                  char error[BENCH_ERROR_SIZE])
{
    memset(work, 0, sizeof *work);
    work->operation = operation;
    return (is_rsa(operation) ? prepare_rsa : prepare_curve)(work, card, error);
}

void bench_release(struct bench_work *work)
{
    tlscard_rsa_key_free(work->rsa);
    tlscard_ec_key_free(work->ec);
}

int bench_submit(const struct bench_work *work, struct tlscard_queue *queue, unsigned number,
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
    }
    return -EINVAL;
}
