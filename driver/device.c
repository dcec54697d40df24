/* SPDX-License-Identifier: Apache-2.0 */
/* An opened function: its making and unmaking, registers, information and reset. */
#include "driver/device.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "driver/key.h"
#include "driver/message.h"
#include "driver/queue.h"

/* For each operation on an open card; and on one that is being closed, so that a card that hangs does
 * not hold up the end of the process. */
#define OPERATION_DEADLINE_MS 5000u
#define CLOSE_DEADLINE_MS 2000u

int card_fail(struct tlscard *card)
{
    const uint64_t one = 1;

    atomic_store(&card->failed, 1);
    for (unsigned pair = 0; pair < card->queue_pairs; pair++)
        if (held_fd_ours(&card->events[pair]) && write(card->events[pair].fd, &one, sizeof one) < 0)
            continue; /* a counter that is full wakes as well */
    return -EIO;
}

/* What a register access came to. */
static int settle(struct tlscard *card, int error)
{
    if (error == 0 || (error == -ETIMEDOUT && card->transport->fault == NULL))
        return error;
    return card_fail(card);
}

int card_read(struct tlscard *card, uint64_t offset, uint32_t *value, uint64_t deadline)
{
    struct transport *transport = card->transport;

    return settle(card, transport->operations->read(transport, TRANSPORT_BAR0, offset, value, sizeof *value, deadline));
}

int card_write(struct tlscard *card, uint64_t offset, uint32_t value, uint64_t deadline)
{
    struct transport *transport = card->transport;

    return settle(card, transport->operations->write(transport, TRANSPORT_BAR0, offset, &value, sizeof value, deadline));
}

int card_enable(struct tlscard *card, int on, uint64_t deadline)
{
    const uint16_t bits = PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;
    struct transport *transport = card->transport;
    uint16_t command;
    int error =
        transport->operations->read(transport, TRANSPORT_CONFIG, PCI_COMMAND, &command, sizeof command, deadline);

    if (error != 0)
        return error;
    command = on ? command | bits : command & (uint16_t)~bits;
    return transport->operations->write(transport, TRANSPORT_CONFIG, PCI_COMMAND, &command, sizeof command, deadline);
}

int card_ready(struct tlscard *card, uint64_t deadline)
{
    uint32_t status = 0;
    int error = card_read(card, TLSCARD_REG_STATUS, &status, deadline);

    return error != 0 ? error : (status & 3) == 1;
}

int card_reset_function(struct tlscard *card, uint64_t deadline)
{
    int ready = card_write(card, TLSCARD_REG_CONTROL, 1, deadline);

    for (int pause = 0; ready == 0; pause = pause < 16 ? pause * 2 + 1 : pause) {
        int left = deadline_left(deadline);

        poll(NULL, 0, pause < left ? pause : left);
        ready = card_ready(card, deadline);
        if (ready == 0 && left == 0)
            ready = -ETIMEDOUT;
    }
    return ready < 0 ? ready : 0;
}

static void close_events(struct tlscard *card)
{
    for (unsigned pair = 0; pair < TLSCARD_MAX_QUEUE_PAIRS; pair++)
        held_fd_close(&card->events[pair]);
}

static int attach_events(struct tlscard *card, uint64_t deadline)
{
    int events[TLSCARD_MAX_QUEUE_PAIRS];

    for (unsigned pair = 0; pair < card->queue_pairs; pair++) {
        if (!held_fd_ours(&card->events[pair]))
            return card_fail(card);
        events[pair] = card->events[pair].fd;
    }
    return card->transport->operations->interrupts(card->transport, events, card->queue_pairs, deadline);
}

static int create_events(struct tlscard *card, uint64_t deadline, char *message)
{
    for (unsigned pair = 0; pair < card->queue_pairs; pair++) {
        int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

        if (fd < 0)
            return explain(message, -errno, "no eventfd: %s", strerror(errno));
        held_fd_hold(&card->events[pair], fd);
    }
    int error = attach_events(card, deadline);
    if (error != 0)
        return explain(message, error == -EPIPE || error == -EINVAL || error == -EIO ? -EPROTO : error,
                       "%s: its interrupts could not be attached: %s", card->address,
                       transport_fault(card->transport, error));
    return 0;
}

/* Free what the process has of the card; inherited in a child. */
static void dispose(struct tlscard *card, int inherited)
{
    card->transport->operations->close(card->transport);
    keys_clear(card);
    dma_pool_clear(&card->keys);
    dma_pool_clear(&card->small_keys);
    dma_space_clear(&card->space, inherited);
    close_events(card);
    free(card);
}

static void prepare(struct tlscard *card, struct transport *transport, const char *address)
{
    card->transport = transport;
    card->process = process_number();
    card->operation_ms = OPERATION_DEADLINE_MS;
    card->space = DMA_SPACE(transport);
    card->keys = (struct dma_pool){.space = &card->space, .block_size = DMA_BLOCK_SIZE};
    card->small_keys = (struct dma_pool){.space = &card->space, .block_size = DMA_SMALL_BLOCK_SIZE};
    for (unsigned pair = 0; pair < TLSCARD_MAX_QUEUE_PAIRS; pair++)
        card->events[pair] = HELD_FD_NONE;
    pthread_mutex_init(&card->lock, NULL);
    turn_prepare(&card->resetting);
    turn_prepare(&card->latches);
    snprintf(card->address, sizeof card->address, "%s", address);
}

int card_create(struct transport *transport, const char *address, uint64_t deadline, struct tlscard **result,
                char *message)
{
    struct tlscard *card = calloc(1, sizeof *card);

    if (card == NULL) {
        transport->operations->close(transport);
        return explain(message, -ENOMEM, "no memory for the card");
    }
    prepare(card, transport, address);
    int error = card_identify(card, deadline, message);
    if (error == 0)
        error = create_events(card, deadline, message);
    if (error != 0) {
        dispose(card, 0);
        return error;
    }
    *result = card;
    return 0;
}

/* A card that answers has its time for each queue; one that hangs has it once for all. */
void tlscard_close(struct tlscard *card)
{
    uint64_t deadline = clock_ms() + CLOSE_DEADLINE_MS;

    if (card == NULL)
        return;
    int inherited = card_owned(card) != 0;

    while (card->first_queue != NULL) {
        queue_close(card->first_queue, deadline);
        if (deadline_left(deadline) > 0)
            deadline = clock_ms() + CLOSE_DEADLINE_MS;
    }
    if (!inherited) {
        card->transport->operations->interrupts(card->transport, NULL, 0, deadline);
        card_enable(card, 0, deadline);
    }
    dispose(card, inherited);
}

/* Two registers of which the low one latches the high one; the caller has the turn. */
static int read_wide(struct tlscard *card, uint64_t offset, uint64_t *value)
{
    uint32_t low = 0, high = 0;
    int error = card_read(card, offset, &low, card_deadline(card));

    if (error == 0)
        error = card_read(card, offset + 4, &high, card_deadline(card));
    *value = (uint64_t)high << 32 | low;
    return error;
}

static void fill_identity(const struct tlscard *card, struct tlscard_info *info)
{
    snprintf(info->address, sizeof info->address, "%s", card->address);
    snprintf(info->transport, sizeof info->transport, "%s", card->transport->operations->name);
    info->vendor_id = card->vendor_id;
    info->device_id = card->device_id;
    info->version = card->version;
    info->map_hash = card->map_hash;
    info->functions = card->functions;
    info->function = card->function;
    info->queue_pairs = card->queue_pairs;
    info->max_entries = card->max_entries;
    info->simulated = card->simulated;
    info->opcodes = card->opcodes;
}

static int read_counters(struct tlscard *card, struct tlscard_info *info)
{
    uint32_t engines = 0, error_code = 0;
    const struct {
        uint64_t offset;
        uint32_t *value;
    } registers[] = {
        {TLSCARD_REG_CAPS_ENGINES, &engines},
        {TLSCARD_REG_CLOCK_HZ, &info->clock_hz},
        {TLSCARD_REG_PKE_COMPLETED, &info->pke_completed},
        {TLSCARD_REG_PKE_FAILED, &info->pke_failed},
        {TLSCARD_REG_GCM_COMPLETED, &info->gcm_completed},
        {TLSCARD_REG_GCM_FAILED, &info->gcm_failed},
        {TLSCARD_REG_ERROR_COUNT, &info->error_count},
        {TLSCARD_REG_ERROR_CODE, &error_code},
    };

    for (size_t index = 0; index < sizeof registers / sizeof registers[0]; index++) {
        int error = card_read(card, registers[index].offset, registers[index].value, card_deadline(card));

        if (error != 0)
            return error;
    }
    info->pke_engines = engines & 0xff;
    info->pke_contexts = engines >> 8 & 0xff;
    info->gcm_lanes = engines >> 16 & 0xff;
    info->error_code = (uint8_t)error_code;
    info->error_queue = (uint8_t)(error_code >> 8);
    int error = read_wide(card, TLSCARD_REG_CYCLES_LO, &info->cycles);
    if (error == 0)
        error = read_wide(card, TLSCARD_REG_BUSY_CYCLES_LO, &info->busy_cycles);
    if (error == 0)
        error = read_wide(card, TLSCARD_REG_MULTIPLIER_CYCLES_LO, &info->multiplier_cycles);
    if (error == 0)
        error = read_wide(card, TLSCARD_REG_ERROR_ADDRESS_LO, &info->error_address);
    return error;
}

int tlscard_info(struct tlscard *card, struct tlscard_info *info)
{
    int error = card_usable(card);

    memset(info, 0, sizeof *info);
    if (error != 0)
        return error;
    fill_identity(card, info);
    error = turn_take(&card->latches, card_deadline(card));
    if (error != 0)
        return error;
    error = read_counters(card, info);
    turn_give(&card->latches);
    return error;
}

/* The reset itself; the caller has the turn. The vectors are attached again, since a reset may clear the
 * card's MSI-X table. */
static int reset_in_turn(struct tlscard *card, uint64_t deadline)
{
    struct transport *transport = card->transport;
    unsigned generation = atomic_load(&card->generation);

    /* Odd already: an earlier reset missed its deadline. */
    if ((generation & 1) == 0)
        atomic_store(&card->generation, ++generation);
    int error = card_reset_function(card, deadline);
    if (error == 0)
        error = transport->operations->interrupts(transport, NULL, 0, deadline);
    if (error == 0)
        error = attach_events(card, deadline);
    if (error == 0)
        atomic_store(&card->generation, generation + 1);
    return error;
}

int tlscard_reset(struct tlscard *card, unsigned deadline_ms)
{
    uint64_t deadline = clock_ms() + (deadline_ms != 0 ? deadline_ms : DEFAULT_DEADLINE_MS);
    int error = card_usable(card);

    if (error == 0)
        error = turn_take(&card->resetting, deadline);
    if (error != 0)
        return error;
    error = reset_in_turn(card, deadline);
    turn_give(&card->resetting);
    return error == 0 || error == -ETIMEDOUT || error == -ETOOMANYREFS ? error : card_fail(card);
}
