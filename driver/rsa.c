/* SPDX-License-Identifier: Apache-2.0 */
/* RSA keys in DMA memory, and the operations with them. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "driver/key.h"
#include "driver/queue.h"

/* RSA_PUBLIC takes a modulus of 128 .. 512 octets in steps of 16 (register reference, opcodes). */
#define PUBLIC_LEAST 128u
#define PUBLIC_MOST 512u
#define PUBLIC_STEP 16u
/* A modulus or prime whose first 64 bits are zero counts as shorter than its size. */
#define SHORTEST_BY 8u

struct tlscard_rsa_key {
    struct key base;
    size_t size; /* octets of the modulus */
    int has_private;
};
_Static_assert(offsetof(struct tlscard_rsa_key, base) == 0, "the common part is first");
_Static_assert(PUBLIC_MOST * 7 / 2 + TLSCARD_PUBLIC_EXPONENT_OCTETS <= DMA_BLOCK_SIZE,
               "a pool block takes the largest key block: n, e and five halves");

static struct tlscard_octets strip(struct tlscard_octets octets)
{
    while (octets.length > 0 && octets.data[0] == 0) {
        octets.data++;
        octets.length--;
    }
    return octets;
}

static int is_odd(struct tlscard_octets octets)
{
    return octets.length > 0 && (octets.data[octets.length - 1] & 1) != 0;
}

static int missing(const struct tlscard_octets *octets)
{
    return octets->data == NULL || octets->length == 0;
}

/* Strip all components; which are needed depends on the kind of key. */
static int normalize(const struct tlscard_rsa_components *from, struct tlscard_rsa_components *to, int *has_private)
{
    const struct tlscard_octets *parts[] = {&from->p, &from->q, &from->dp, &from->dq, &from->qinv};
    unsigned absent = 0;

    for (size_t index = 0; index < sizeof parts / sizeof parts[0]; index++)
        absent += missing(parts[index]);
    if (missing(&from->n) || missing(&from->e) || (absent != 0 && absent != 5))
        return -EINVAL;
    memset(to, 0, sizeof *to);
    *has_private = absent == 0;
    to->n = strip(from->n);
    to->e = strip(from->e);
    if (*has_private) {
        to->p = strip(from->p);
        to->q = strip(from->q);
        to->dp = strip(from->dp);
        to->dq = strip(from->dq);
        to->qinv = strip(from->qinv);
    }
    return 0;
}

static int check_public(const struct tlscard_rsa_components *key)
{
    if (!is_odd(key->n) || !is_odd(key->e))
        return -EINVAL;
    if (key->n.length < PUBLIC_LEAST || key->n.length > PUBLIC_MOST || key->n.length % PUBLIC_STEP != 0)
        return -ENOTSUP;
    if (key->e.length > 8 || (key->e.length == 1 && key->e.data[0] < 3))
        return -ENOTSUP;
    return 0;
}

static int check_private(const struct tlscard_rsa_components *key)
{
    size_t size = key->n.length, half = size / 2;

    if (!is_odd(key->p) || !is_odd(key->q))
        return -EINVAL;
    if (size != 256 && size != 384 && size != 512)
        return -ENOTSUP;
    if (key->p.length > half || key->q.length > half || key->dp.length > half || key->dq.length > half ||
        key->qinv.length > half)
        return -EINVAL;
    if (key->p.length + SHORTEST_BY <= half || key->q.length + SHORTEST_BY <= half)
        return -ENOTSUP;
    return 0;
}

/* Write the octets as a big-endian number of size octets; the room is zero before. */
static uint8_t *put(uint8_t *place, struct tlscard_octets octets, size_t size)
{
    memcpy(place + size - octets.length, octets.data, octets.length);
    return place + size;
}

/* n | e, and for a private key p | q | dP | dQ | qInv: the order of the map. */
static void fill_block(const struct tlscard_rsa_key *key, const struct tlscard_rsa_components *from)
{
    size_t half = key->size / 2;
    uint8_t *place = put(key->base.block.memory, from->n, key->size);

    place = put(place, from->e, TLSCARD_PUBLIC_EXPONENT_OCTETS);
    if (!key->has_private)
        return;
    place = put(place, from->p, half);
    place = put(place, from->q, half);
    place = put(place, from->dp, half);
    place = put(place, from->dq, half);
    put(place, from->qinv, half);
}

int tlscard_rsa_key_create(struct tlscard *card, const struct tlscard_rsa_components *components,
                           struct tlscard_rsa_key **result)
{
    struct tlscard_rsa_components stripped;
    int has_private = 0;
    int error = card_usable(card);

    *result = NULL;
    if (error == 0)
        error = normalize(components, &stripped, &has_private);
    if (error == 0)
        error = check_public(&stripped);
    if (error == 0 && has_private)
        error = check_private(&stripped);
    if (error != 0)
        return error;
    if (!card_serves(card, has_private ? TLSCARD_OP_RSA_PRIVATE_CRT : TLSCARD_OP_RSA_PUBLIC))
        return -ENOTSUP;
    struct tlscard_rsa_key *key = calloc(1, sizeof *key);
    if (key == NULL)
        return -ENOMEM;
    key->size = stripped.n.length;
    key->has_private = has_private;
    error = key_enlist(&key->base, card, &card->keys);
    if (error != 0) {
        free(key);
        return error;
    }
    fill_block(key, &stripped);
    *result = key;
    return 0;
}

/* In a child the record stays in the list, and goes with the child's copy of the card. */
void tlscard_rsa_key_free(struct tlscard_rsa_key *key)
{
    if (key != NULL && card_owned(key->base.card) == 0)
        key_drop(&key->base);
}

size_t tlscard_rsa_key_size(const struct tlscard_rsa_key *key)
{
    return key->size;
}

/* The map's source is as long as the modulus, and so is the result. */
static int submit(struct tlscard_queue *queue, struct tlscard_rsa_key *key, uint8_t opcode, size_t key_length,
                  const uint8_t *input, struct tlscard_request **result)
{
    struct tlscard_submission entry = {
        .opcode = opcode,
        .parameter = (uint32_t)key->size,
        .key_address = key->base.block.iova,
        .key_length = (uint32_t)key_length,
    };
    struct tlscard_request *request = request_take(queue);

    if (request == NULL)
        return -EAGAIN;
    memcpy(request->source, input, key->size);
    int error = request_submit(request, &entry, key->size, key->size, &key->base);
    if (error == 0)
        *result = request;
    return error;
}

static int check_operation(struct tlscard_queue *queue, const struct tlscard_rsa_key *key, unsigned opcode,
                           size_t length)
{
    int error = queue_ready(queue);

    if (error != 0)
        return error;
    if (key->base.card != queue->card || length != key->size)
        return -EINVAL;
    return card_serves(queue->card, opcode) ? 0 : -ENOTSUP;
}

int tlscard_rsa_private(struct tlscard_queue *queue, struct tlscard_rsa_key *key, const uint8_t *input,
                        size_t length, struct tlscard_request **request)
{
    int error = check_operation(queue, key, TLSCARD_OP_RSA_PRIVATE_CRT, length);
    size_t halves = 5 * (key->size / 2);

    *request = NULL;
    if (error == 0 && !key->has_private)
        error = -EINVAL;
    if (error != 0)
        return error;
    return submit(queue, key, TLSCARD_OP_RSA_PRIVATE_CRT, key->size + TLSCARD_PUBLIC_EXPONENT_OCTETS + halves, input,
                  request);
}

int tlscard_rsa_public(struct tlscard_queue *queue, struct tlscard_rsa_key *key, const uint8_t *input, size_t length,
                       struct tlscard_request **request)
{
    int error = check_operation(queue, key, TLSCARD_OP_RSA_PUBLIC, length);

    *request = NULL;
    if (error != 0)
        return error;
    return submit(queue, key, TLSCARD_OP_RSA_PUBLIC, key->size + TLSCARD_PUBLIC_EXPONENT_OCTETS, input, request);
}
