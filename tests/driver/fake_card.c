/* SPDX-License-Identifier: Apache-2.0 */
/* The fake card's registers, queues and requests. */
#include "tests/driver/fake_card.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static unsigned mask_of(const struct fake_queue *queue)
{
    return (1u << queue->registers[TLSCARD_QREG_SIZE / 4]) - 1;
}

static uint64_t wide(const struct fake_queue *queue, unsigned offset)
{
    return queue->registers[offset / 4] | (uint64_t)queue->registers[offset / 4 + 1] << 32;
}

uint8_t *fake_card_memory(struct fake_card *fake, uint64_t iova, uint64_t size)
{
    for (unsigned index = 0; index < FAKE_MAX_MAPS; index++)
        if (fake->maps[index].memory != NULL && iova >= fake->maps[index].iova && size <= fake->maps[index].size &&
            iova - fake->maps[index].iova <= fake->maps[index].size - size)
            return fake->maps[index].memory + (iova - fake->maps[index].iova);
    fake->dma_errors++;
    return NULL;
}

void fake_card_interrupt(struct fake_card *fake, unsigned pair)
{
    const uint64_t one = 1;
    int fd = fake->queues[pair].eventfd;

    if (fd >= 0 && fake->queues[pair].armed && write(fd, &one, sizeof one) < 0)
        perror("fake card's eventfd");
}

void fake_card_complete(struct fake_card *fake, unsigned pair, struct tlscard_completion completion)
{
    struct fake_queue *queue = &fake->queues[pair];
    uint64_t base = wide(queue, TLSCARD_QREG_CQ_BASE_LO);
    struct tlscard_completion *entry = (struct tlscard_completion *)fake_card_memory(
        fake, base + queue->completion_tail * sizeof completion, sizeof completion);

    if (entry == NULL)
        return;
    uint16_t phase = completion.phase ^ queue->phase;
    completion.phase = entry->phase;
    *entry = completion;
    __atomic_store_n(&entry->phase, phase, __ATOMIC_RELEASE);
    queue->completion_tail = (uint16_t)((queue->completion_tail + 1u) & mask_of(queue));
    if (queue->completion_tail == 0)
        queue->phase ^= 0x8000;
}

/* As the register reference has it, opcodes and curves. */
static uint32_t result_octets(const struct tlscard_submission *entry)
{
    uint32_t size = entry->parameter == TLSCARD_CURVE_P384 ? 48 : 32;

    switch (entry->opcode) {
    case TLSCARD_OP_NOP:
    case TLSCARD_OP_ECDSA_VERIFY:
        return 0;
    case TLSCARD_OP_EC_MULTIPLY:
    case TLSCARD_OP_EC_MULTIPLY_BASE:
    case TLSCARD_OP_ECDSA_SIGN:
        return 2 * size;
    case TLSCARD_OP_X25519:
        return size;
    case TLSCARD_OP_AES_GCM_SEAL:
        return entry->source_length + FAKE_TAG;
    case TLSCARD_OP_AES_GCM_OPEN:
        return entry->source_length - FAKE_TAG;
    default:
        return entry->parameter;
    }
}

/* Write the result where the status is OK. */
static void write_result(struct fake_card *fake, const struct tlscard_submission *entry,
                         const struct tlscard_completion *completion)
{
    if (entry->opcode == TLSCARD_OP_NOP || completion->status != TLSCARD_STATUS_OK)
        return;
    const uint8_t *key = entry->key_length > 0 ? fake_card_memory(fake, entry->key_address, entry->key_length) : NULL;
    const uint8_t *source = fake_card_memory(fake, entry->source_address, entry->source_length);
    uint8_t *result = fake_card_memory(fake, entry->destination_address, entry->destination_length);
    if ((key == NULL && entry->key_length > 0) || source == NULL || result == NULL)
        return;
    memset(fake->key_block, 0, sizeof fake->key_block);
    if (key != NULL)
        memcpy(fake->key_block, key, entry->key_length);
    if (entry->source_length <= sizeof fake->source)
        memcpy(fake->source, source, entry->source_length);
    for (uint32_t index = 0; index < result_octets(entry); index++)
        result[index] = (uint8_t)(source[index % entry->source_length] + fake->key_block[index]);
}

static void finish(struct fake_card *fake, const struct fake_held *held)
{
    struct tlscard_completion completion = held->completion;

    if ((1ull << held->entry.opcode & TLSCARD_OPCODES_GCM) != 0)
        fake_gcm(fake, &held->entry, &completion);
    else
        write_result(fake, &held->entry, &completion);
    completion.sq_head ^= fake->queues[held->pair].head; /* the script may have set bits to be wrong */
    fake_card_complete(fake, held->pair, completion);
    if ((held->flags & FAKE_TWICE) != 0)
        fake_card_complete(fake, held->pair, completion);
    if ((held->flags & FAKE_NO_INTERRUPT) == 0)
        fake_card_interrupt(fake, held->pair);
}

void fake_card_answer(struct fake_card *fake, unsigned index)
{
    struct fake_held held = fake->held[index];

    held.flags &= ~(unsigned)FAKE_HOLD;
    memmove(&fake->held[index], &fake->held[index + 1], (--fake->held_count - index) * sizeof held);
    finish(fake, &held);
}

static void serve(struct fake_card *fake, unsigned pair, const struct tlscard_submission *entry)
{
    struct fake_held held = {.pair = pair, .entry = *entry};

    held.completion.command_id = entry->command_id;
    held.completion.result_length = result_octets(entry);
    held.completion.cycles = 1000 + fake->requests;
    fake->entry = *entry;
    if (fake->script != NULL)
        held.flags = fake->script(fake, fake->requests, entry, &held.completion);
    fake->requests++;
    if ((held.flags & FAKE_HOLD) != 0 && fake->held_count < FAKE_MAX_HELD)
        fake->held[fake->held_count++] = held;
    else
        finish(fake, &held);
}

static void fetch(struct fake_card *fake, unsigned pair)
{
    struct fake_queue *queue = &fake->queues[pair];

    while (queue->enabled && queue->head != queue->tail) {
        uint64_t place = wide(queue, TLSCARD_QREG_SQ_BASE_LO) + queue->head * sizeof(struct tlscard_submission);
        struct tlscard_submission entry, *from =
            (struct tlscard_submission *)fake_card_memory(fake, place, sizeof entry);

        if (from == NULL)
            return;
        atomic_thread_fence(memory_order_seq_cst);
        entry = *from;
        queue->head = (uint16_t)((queue->head + 1u) & mask_of(queue));
        serve(fake, pair, &entry);
    }
}

static void drop_held(struct fake_card *fake, unsigned pair)
{
    for (unsigned index = fake->held_count; index-- > 0;)
        if (fake->held[index].pair == pair)
            memmove(&fake->held[index], &fake->held[index + 1],
                    (--fake->held_count - index) * sizeof fake->held[0]);
}

static void enable(struct fake_card *fake, unsigned pair, int on)
{
    struct fake_queue *queue = &fake->queues[pair];

    queue->enabled = on;
    queue->head = queue->tail = queue->completion_tail = queue->completion_head = 0;
    queue->phase = 0x8000;
    if (!on && !fake->state_stuck)
        drop_held(fake, pair);
}

void fake_function_reset(struct fake_card *fake)
{
    fake->resets++;
    for (unsigned pair = 0; pair < TLSCARD_MAX_QUEUE_PAIRS; pair++)
        enable(fake, pair, 0);
}

static uint32_t state_of(const struct fake_card *fake, unsigned pair)
{
    uint32_t state = fake->queues[pair].enabled ? 1 : 0;

    if (fake->enable_fails)
        return TLSCARD_ERROR_INVALID_QUEUE << 8;
    for (unsigned index = 0; index < fake->held_count; index++)
        if (fake->held[index].pair == pair)
            state |= 2;
    return state;
}

uint32_t fake_register_read(struct fake_card *fake, uint64_t offset)
{
    switch (offset) {
    case TLSCARD_REG_NAME_LO:
        return fake->name;
    case TLSCARD_REG_NAME_HI:
        return TLSCARD_NAME_HI;
    case TLSCARD_REG_VERSION:
        return TLSCARD_VERSION;
    case TLSCARD_REG_MAP_HASH:
        return fake->map_hash;
    case TLSCARD_REG_CAPS_QUEUES:
        return fake->caps_queues;
    case TLSCARD_REG_CAPS_FLAGS:
        return fake->caps_flags;
    case TLSCARD_REG_CAPS_ENGINES:
        return 0x030201;
    case TLSCARD_REG_CLOCK_HZ:
        return 250000000;
    case TLSCARD_REG_OPCODES_LO:
        return (uint32_t)fake->opcodes;
    case TLSCARD_REG_OPCODES_HI:
        return (uint32_t)(fake->opcodes >> 32);
    case TLSCARD_REG_STATUS:
        return fake->status;
    case TLSCARD_REG_ERROR_CODE:
        return 0x0320;
    case TLSCARD_REG_PKE_COMPLETED:
        return fake->requests;
    default:
        break;
    }
    uint64_t place = offset - TLSCARD_QUEUE_BASE;
    unsigned pair = (unsigned)(place / TLSCARD_QUEUE_STRIDE);
    if (offset < TLSCARD_QUEUE_BASE || pair >= TLSCARD_MAX_QUEUE_PAIRS)
        return (uint32_t)offset; /* so that a test sees which register it got */
    if (place % TLSCARD_QUEUE_STRIDE == TLSCARD_QREG_STATE)
        return state_of(fake, pair);
    return fake->queues[pair].registers[place % TLSCARD_QUEUE_STRIDE / 4];
}

static void doorbell(struct fake_card *fake, uint64_t place, uint32_t value)
{
    unsigned pair = (unsigned)(place / TLSCARD_DOORBELL_STRIDE);

    if (pair >= TLSCARD_MAX_QUEUE_PAIRS)
        return;
    if (place % TLSCARD_DOORBELL_STRIDE == TLSCARD_DOORBELL_CQ_HEAD) {
        fake->queues[pair].completion_head = (uint16_t)value;
        return;
    }
    fake->doorbells++;
    fake->queues[pair].tail = (uint16_t)value;
    fetch(fake, pair);
}

void fake_register_write(struct fake_card *fake, uint64_t offset, uint32_t value)
{
    uint64_t place = offset - TLSCARD_QUEUE_BASE;
    unsigned pair = (unsigned)(place / TLSCARD_QUEUE_STRIDE);

    if (offset == TLSCARD_REG_CONTROL && (value & 1) != 0) {
        fake_function_reset(fake);
        for (unsigned vector = 0; vector < TLSCARD_MAX_QUEUE_PAIRS; vector++)
            fake->queues[vector].armed = 0; /* the MSI-X table is cleared */
    } else if (offset >= TLSCARD_DOORBELL_BASE) {
        doorbell(fake, offset - TLSCARD_DOORBELL_BASE, value);
    } else if (offset >= TLSCARD_QUEUE_BASE && pair < TLSCARD_MAX_QUEUE_PAIRS) {
        fake->queues[pair].registers[place % TLSCARD_QUEUE_STRIDE / 4] = value;
        if (place % TLSCARD_QUEUE_STRIDE == TLSCARD_QREG_ENABLE)
            enable(fake, pair, (value & 1) != 0);
    }
}
