/* SPDX-License-Identifier: Apache-2.0 */
/* Keys on elliptic curves in DMA memory, and the operations with them. */
#include "driver/tlscard.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "driver/key.h"
#include "driver/queue.h"

_Static_assert(TLSCARD_EC_P256 == TLSCARD_CURVE_P256 && TLSCARD_EC_P384 == TLSCARD_CURVE_P384 &&
                   TLSCARD_EC_X25519 == TLSCARD_CURVE_X25519,
               "the curves have the map's ids");

#define MOST_OCTETS 48u /* n of P-384 */
/* Where the halves stand in the key's block. */
#define SCALAR_PLACE 0u
#define POINT_PLACE 64u
_Static_assert(MOST_OCTETS <= POINT_PLACE && POINT_PLACE + 2 * MOST_OCTETS <= DMA_SMALL_BLOCK_SIZE,
               "a small block takes both halves");
_Static_assert(3 * MOST_OCTETS <= SLOT_SOURCE_OCTETS && 2 * MOST_OCTETS <= SLOT_RESULT_OCTETS,
               "a slot takes the longest source, digest and signature, and the longest result");

struct tlscard_ec_key {
    struct key base;
    enum tlscard_ec_curve curve;
    size_t size; /* n */
    int has_scalar, has_point;
};
_Static_assert(offsetof(struct tlscard_ec_key, base) == 0, "the common part is first");

/* n, or 0 for what is no curve of the map. */
static size_t octets_of(enum tlscard_ec_curve curve)
{
    switch (curve) {
    case TLSCARD_EC_P256:
    case TLSCARD_EC_X25519:
        return 32;
    case TLSCARD_EC_P384:
        return 48;
    }
    return 0;
}

static int check_components(enum tlscard_ec_curve curve, const struct tlscard_ec_components *components)
{
    size_t size = octets_of(curve);
    int has_scalar = components->scalar.data != NULL, has_point = components->point.data != NULL;

    if (size == 0 || (!has_scalar && !has_point) || (has_point && curve == TLSCARD_EC_X25519))
        return -EINVAL;
    if ((has_scalar && components->scalar.length != size) || (has_point && components->point.length != 2 * size))
        return -EINVAL;
    return 0;
}

/* Whether the card does anything with such a key. */
static int useful(const struct tlscard *card, const struct tlscard_ec_key *key)
{
    const uint64_t scalar = 1ull << TLSCARD_OP_EC_MULTIPLY | 1ull << TLSCARD_OP_EC_MULTIPLY_BASE |
                            1ull << TLSCARD_OP_ECDSA_SIGN;
    const uint64_t point = 1ull << TLSCARD_OP_ECDSA_VERIFY, montgomery = 1ull << TLSCARD_OP_X25519;
    uint64_t opcodes = (key->has_scalar ? scalar : 0) | (key->has_point ? point : 0);

    return (card->opcodes & (key->curve == TLSCARD_EC_X25519 ? montgomery : opcodes)) != 0;
}

int tlscard_ec_key_create(struct tlscard *card, enum tlscard_ec_curve curve,
                          const struct tlscard_ec_components *components, struct tlscard_ec_key **result)
{
    int error = card_usable(card);

    *result = NULL;
    if (error == 0)
        error = check_components(curve, components);
    if (error != 0)
        return error;
    struct tlscard_ec_key *key = calloc(1, sizeof *key);
    if (key == NULL)
        return -ENOMEM;
    key->curve = curve;
    key->size = octets_of(curve);
    key->has_scalar = components->scalar.data != NULL;
    key->has_point = components->point.data != NULL;
    error = useful(card, key) ? key_enlist(&key->base, card, &card->small_keys) : -ENOTSUP;
    if (error != 0) {
        free(key);
        return error;
    }
    if (key->has_scalar)
        memcpy(key->base.block.memory + SCALAR_PLACE, components->scalar.data, key->size);
    if (key->has_point)
        memcpy(key->base.block.memory + POINT_PLACE, components->point.data, 2 * key->size);
    *result = key;
    return 0;
}

/* In a child the record stays in the list, and goes with the child's copy of the card. */
void tlscard_ec_key_free(struct tlscard_ec_key *key)
{
    if (key != NULL && card_owned(key->base.card) == 0)
        key_drop(&key->base);
}

size_t tlscard_ec_key_size(const struct tlscard_ec_key *key)
{
    return key->size;
}

/* An operation in the map's terms: the key block is a part of the key, or empty. */
struct operation {
    uint8_t opcode;
    size_t place, key_length, source_length, result_length;
};

static int check_operation(struct tlscard_queue *queue, const struct tlscard_ec_key *key, int half,
                           const struct operation *operation)
{
    int error = queue_ready(queue);

    if (error != 0)
        return error;
    if (key->base.card != queue->card || !half)
        return -EINVAL;
    return card_serves(queue->card, operation->opcode) ? 0 : -ENOTSUP;
}

/* Take a slot for the operation: -EAGAIN where there is none. */
static int begin(struct tlscard_queue *queue, const struct tlscard_ec_key *key, int half,
                 const struct operation *operation, struct tlscard_request **request)
{
    int error = check_operation(queue, key, half, operation);

    if (error == 0) {
        *request = request_take(queue);
        error = *request != NULL ? 0 : -EAGAIN;
    }
    return error;
}

/* The slot's source is filled; *result is set where the card has the request. */
static int submit(struct tlscard_request *request, struct tlscard_ec_key *key, const struct operation *operation,
                  struct tlscard_request **result)
{
    struct tlscard_submission entry = {
        .opcode = operation->opcode,
        .parameter = key->curve,
        .key_address = operation->key_length > 0 ? key->base.block.iova + operation->place : 0,
        .key_length = (uint32_t)operation->key_length,
    };
    int error = request_submit(request, &entry, operation->source_length, operation->result_length, &key->base);

    if (error == 0)
        *result = request;
    return error;
}

int tlscard_ec_public(struct tlscard_queue *queue, struct tlscard_ec_key *key, struct tlscard_request **result)
{
    static const uint8_t base_point[32] = {9}; /* RFC 7748 section 4.1 */
    size_t size = key->size;
    int montgomery = key->curve == TLSCARD_EC_X25519;
    const struct operation operation =
        montgomery ? (struct operation){TLSCARD_OP_X25519, SCALAR_PLACE, size, size, size}
                   : (struct operation){TLSCARD_OP_EC_MULTIPLY_BASE, SCALAR_PLACE, 0, size, 2 * size};
    struct tlscard_request *request;

    *result = NULL;
    int error = begin(queue, key, key->has_scalar, &operation, &request);
    if (error != 0)
        return error;
    memcpy(request->source, montgomery ? base_point : key->base.block.memory + SCALAR_PLACE, size);
    return submit(request, key, &operation, result);
}

int tlscard_ec_derive(struct tlscard_queue *queue, struct tlscard_ec_key *key, const uint8_t *peer, size_t length,
                      struct tlscard_request **result)
{
    int montgomery = key->curve == TLSCARD_EC_X25519;
    size_t size = montgomery ? key->size : 2 * key->size;
    const struct operation operation = {montgomery ? TLSCARD_OP_X25519 : TLSCARD_OP_EC_MULTIPLY, SCALAR_PLACE,
                                        key->size, size, size};
    struct tlscard_request *request;

    *result = NULL;
    int error = begin(queue, key, key->has_scalar && length == size, &operation, &request);
    if (error != 0)
        return error;
    memcpy(request->source, peer, size);
    return submit(request, key, &operation, result);
}

/* The digest's leftmost octets as an integer of size octets (FIPS 186-5 section 6.4.1 step 2); the
 * orders of both curves have a whole number of octets. */
static void put_digest(uint8_t *place, size_t size, const uint8_t *digest, size_t length)
{
    size_t used = length < size ? length : size;

    memset(place, 0, size - used);
    memcpy(place + size - used, digest, used);
}

int tlscard_ecdsa_sign(struct tlscard_queue *queue, struct tlscard_ec_key *key, const uint8_t *digest, size_t length,
                       const uint8_t *nonce, struct tlscard_request **result)
{
    size_t size = key->size;
    const struct operation operation = {TLSCARD_OP_ECDSA_SIGN, SCALAR_PLACE, size, 2 * size, 2 * size};
    int fits = key->has_scalar && key->curve != TLSCARD_EC_X25519 && length > 0;
    struct tlscard_request *request;

    *result = NULL;
    int error = begin(queue, key, fits, &operation, &request);
    if (error != 0)
        return error;
    put_digest(request->source, size, digest, length);
    memcpy(request->source + size, nonce, size);
    return submit(request, key, &operation, result);
}

int tlscard_ecdsa_verify(struct tlscard_queue *queue, struct tlscard_ec_key *key, const uint8_t *digest,
                         size_t length, const uint8_t *signature, struct tlscard_request **result)
{
    size_t size = key->size;
    const struct operation operation = {TLSCARD_OP_ECDSA_VERIFY, POINT_PLACE, 2 * size, 3 * size, 0};
    struct tlscard_request *request;

    *result = NULL;
    int error = begin(queue, key, key->has_point && length > 0, &operation, &request);
    if (error != 0)
        return error;
    put_digest(request->source, size, digest, length);
    memcpy(request->source + size, signature, 2 * size);
    return submit(request, key, &operation, result);
}
