/* SPDX-License-Identifier: Apache-2.0 */
/* Records of AES-GCM: their way through DMA memory to the card and back. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "driver/key.h"
#include "driver/queue.h"

#define KEY_128 16u
#define KEY_256 32u
#define NONCE_FIELD 16u /* of the key block: the nonce and four zeros */
#define ALIGNMENT 64u   /* of source and destination; the card takes any, and is quickest with whole lines */

_Static_assert(TLSCARD_GCM_MOST_AAD == TLSCARD_MAX_ADDITIONAL_OCTETS, "the most additional data is the map's");
_Static_assert(TLSCARD_GCM_MOST_PAYLOAD == TLSCARD_MAX_PAYLOAD_OCTETS, "the longest payload is the map's");
_Static_assert(KEY_256 + NONCE_FIELD + TLSCARD_GCM_MOST_AAD == TLSCARD_MAX_KEY_OCTETS,
               "the longest key block is the map's");
_Static_assert(TLSCARD_GCM_MOST_PAYLOAD + TLSCARD_GCM_TAG == TLSCARD_MAX_SOURCE_OCTETS &&
                   TLSCARD_MAX_SOURCE_OCTETS == TLSCARD_MAX_DESTINATION_OCTETS,
               "payload and tag are the longest source and destination of the map");
_Static_assert(TLSCARD_MAX_KEY_OCTETS + TLSCARD_MAX_SOURCE_OCTETS + TLSCARD_MAX_DESTINATION_OCTETS + 2 * ALIGNMENT <=
                   ARENA_REGION,
               "an empty region takes the longest record");

/* Where the parts of a record stand in its piece, and their lengths; the key block is first. */
struct layout {
    size_t key_length, source, source_length, destination, destination_length;
};

static size_t align(size_t octets)
{
    return (octets + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static struct layout lay_out(const struct tlscard_gcm_record *record)
{
    struct layout layout = {.key_length = record->key.length + NONCE_FIELD + record->aad.length};

    layout.source = align(layout.key_length);
    layout.source_length = record->input.length + (record->open ? TLSCARD_GCM_TAG : 0);
    layout.destination = align(layout.source + layout.source_length);
    layout.destination_length = record->input.length + (record->open ? 0 : TLSCARD_GCM_TAG);
    return layout;
}

/* Octets of 0 .. most, that are there unless they are none. */
static int sound(const struct tlscard_octets *octets, size_t most)
{
    return octets->length <= most && (octets->data != NULL || octets->length == 0);
}

static int check(const struct tlscard *card, const struct tlscard_gcm_record *record)
{
    const struct tlscard_octets *key = &record->key;

    if (!card_serves(card, record->open ? TLSCARD_OP_AES_GCM_OPEN : TLSCARD_OP_AES_GCM_SEAL))
        return -ENOTSUP;
    if (key->data == NULL || (key->length != KEY_128 && key->length != KEY_256))
        return -EINVAL;
    if (record->nonce == NULL || (record->open && record->tag == NULL))
        return -EINVAL;
    return sound(&record->aad, TLSCARD_GCM_MOST_AAD) && sound(&record->input, TLSCARD_GCM_MOST_PAYLOAD) ? 0 : -EINVAL;
}

/* Let the queue's arena grow. Where it cannot, there will be room once a record of it is released; unless
 * it has no region yet. */
static int grow(struct tlscard_queue *queue)
{
    struct tlscard *card = queue->card;

    if (!arena_may_grow(&queue->arena))
        return -EAGAIN;
    int error = arena_grow(&queue->arena, &card->space, card_deadline(card));
    if (error == 0)
        return 0;
    if (card->transport->fault != NULL)
        return card_fail(card);
    return queue->arena.first != NULL ? -EAGAIN : -ENOMEM;
}

static int take_piece(struct tlscard_queue *queue, size_t octets, struct arena_piece *piece)
{
    int error = arena_take(&queue->arena, octets, piece);

    if (error == 0)
        return 0;
    error = grow(queue);
    return error != 0 ? error : arena_take(&queue->arena, octets, piece);
}

static uint8_t *put(uint8_t *place, const uint8_t *octets, size_t length)
{
    if (length > 0)
        memcpy(place, octets, length);
    return place + length;
}

/* The order of the map: key | nonce | zero | additional data; payload | tag. The piece is zeros before. */
static void fill(uint8_t *memory, const struct tlscard_gcm_record *record, const struct layout *layout)
{
    uint8_t *nonce = put(memory, record->key.data, record->key.length);

    put(nonce, record->nonce, TLSCARD_GCM_NONCE);
    put(nonce + NONCE_FIELD, record->aad.data, record->aad.length);
    uint8_t *tag = put(memory + layout->source, record->input.data, record->input.length);
    if (record->open)
        put(tag, record->tag, TLSCARD_GCM_TAG);
}

/* Enter one record into the ring; *result is its request on success, and untouched otherwise. */
static int enter(struct tlscard_queue *queue, const struct tlscard_gcm_record *record, struct tlscard_request **result)
{
    int error = check(queue->card, record);

    if (error != 0)
        return error;
    struct tlscard_request *request = request_take(queue);
    if (request == NULL)
        return -EAGAIN;
    struct layout layout = lay_out(record);
    error = take_piece(queue, layout.destination + layout.destination_length, &request->record);
    if (error != 0) {
        request_give_back(request);
        return error;
    }
    fill(request->record.memory, record, &layout);
    request->destination = request->record.memory + layout.destination;
    request->payload = record->input.length;
    struct tlscard_submission entry = {
        .opcode = record->open ? TLSCARD_OP_AES_GCM_OPEN : TLSCARD_OP_AES_GCM_SEAL,
        .parameter = (uint32_t)record->key.length,
        .key_address = request->record.iova,
        .key_length = (uint32_t)layout.key_length,
        .source_address = request->record.iova + layout.source,
        .source_length = (uint32_t)layout.source_length,
        .destination_address = request->record.iova + layout.destination,
    };
    error = request_enter(request, &entry, layout.destination_length, NULL);
    if (error == 0)
        *result = request;
    return error;
}

int tlscard_gcm_submit(struct tlscard_queue *queue, const struct tlscard_gcm_record *records, size_t count,
                       struct tlscard_request **requests, size_t *submitted)
{
    int error = queue_ready(queue);
    size_t entered = 0;

    *submitted = 0;
    for (size_t index = 0; index < count; index++)
        requests[index] = NULL;
    while (error == 0 && entered < count) {
        error = enter(queue, &records[entered], &requests[entered]);
        entered += error == 0;
    }
    int announced = entered > 0 ? queue_announce(queue) : 0;
    if (announced != 0) {
        while (entered-- > 0)
            request_abandon(&requests[entered]);
        return announced;
    }
    *submitted = entered;
    return error;
}

int tlscard_gcm_result(struct tlscard_request *request, uint8_t *output, size_t capacity,
                       uint8_t tag[TLSCARD_GCM_TAG], struct tlscard_result *result)
{
    int error = card_owned(request->queue->card);
    size_t payload = request->payload;

    if (error == 0 && (!request_is_record(request) || (request->expected > payload && tag == NULL)))
        error = -EINVAL;
    if (error == 0)
        error = request_settle(request);
    if (error != 0)
        return error;
    int good = request->error == 0 && request->status == TLSCARD_STATUS_OK;
    if (result != NULL)
        *result = (struct tlscard_result){request->status, request->cycles, good ? payload : 0};
    if (!good)
        return request->error != 0 ? request->error : -EBADMSG;
    if (payload > capacity)
        return -ENOSPC;
    put(output, request->destination, payload);
    /* A sealed record's tag is what it has beyond its payload. */
    if (request->expected > payload)
        put(tag, request->destination + payload, TLSCARD_GCM_TAG);
    return 0;
}
