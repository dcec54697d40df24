/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what stands behind a transport is a tlscard that this driver can drive. */
#include <errno.h>
#include <linux/pci_regs.h>
#include <stdio.h>
#include <string.h>

#include "driver/device.h"
#include "driver/message.h"

#define CONFIGURATION_SIZE 256u
/* Capabilities lie in the 192 octets after the header, four octets each at least. */
#define MAX_CAPABILITIES 48u

static int read_configuration(struct tlscard *card, unsigned offset, void *value, size_t size, uint64_t deadline,
                              char *message)
{
    struct transport *transport = card->transport;
    int error = transport->operations->read(transport, TRANSPORT_CONFIG, offset, value, size, deadline);

    if (error != 0)
        return explain(message, error == -EIO || error == -EINVAL || error == -EPIPE ? -EPROTO : error,
                       "%s: configuration space could not be read at 0x%x: %s", card->address, offset,
                       transport_fault(transport, error));
    return 0;
}

/* Walk the capability list (PCI local bus specification 3.0, section 6.7) for an identifier. */
static int find_capability(struct tlscard *card, uint8_t wanted, unsigned *place, uint64_t deadline, char *message)
{
    uint16_t status;
    uint8_t next;
    int error = read_configuration(card, PCI_STATUS, &status, sizeof status, deadline, message);

    if (error != 0)
        return error;
    if ((status & PCI_STATUS_CAP_LIST) == 0)
        return explain(message, -EPROTO, "%s: configuration space has no capability list", card->address);
    error = read_configuration(card, PCI_CAPABILITY_LIST, &next, sizeof next, deadline, message);
    for (unsigned count = 0; error == 0 && count < MAX_CAPABILITIES; count++) {
        uint16_t entry;

        next &= 0xfc;
        if (next == 0)
            return explain(message, -EPROTO, "%s: configuration space has no capability 0x%x (MSI-X)", card->address,
                           wanted);
        if (next < PCI_STD_HEADER_SIZEOF)
            return explain(message, -EPROTO, "%s: the capability list points into the header, at 0x%x",
                           card->address, next);
        error = read_configuration(card, next, &entry, sizeof entry, deadline, message);
        if (error == 0 && (entry & 0xff) == wanted) {
            *place = next;
            return 0;
        }
        next = (uint8_t)(entry >> 8);
    }
    return error != 0 ? error : explain(message, -EPROTO, "%s: the capability list does not end", card->address);
}

static int check_header(struct tlscard *card, uint64_t deadline, char *message)
{
    uint32_t identity;
    uint8_t header;
    int error = read_configuration(card, PCI_VENDOR_ID, &identity, sizeof identity, deadline, message);

    if (error == 0)
        error = read_configuration(card, PCI_HEADER_TYPE, &header, sizeof header, deadline, message);
    if (error != 0)
        return error;
    card->vendor_id = (uint16_t)identity;
    card->device_id = (uint16_t)(identity >> 16);
    if (card->vendor_id != TLSCARD_PCI_VENDOR_ID || card->device_id != TLSCARD_PCI_DEVICE_ID)
        return explain(message, -ENOEXEC, "%s: device %04x:%04x is not a tlscard (%04x:%04x)", card->address,
                       card->vendor_id, card->device_id, TLSCARD_PCI_VENDOR_ID, TLSCARD_PCI_DEVICE_ID);
    if ((header & 0x7f) != PCI_HEADER_TYPE_NORMAL)
        return explain(message, -EPROTO, "%s: configuration header of type %u, not 0", card->address, header & 0x7fu);
    return 0;
}

static int check_region(struct tlscard *card, unsigned region, const char *name, uint64_t least, uint64_t deadline,
                        char *message)
{
    struct transport *transport = card->transport;
    uint64_t size = 0;
    int error = transport->operations->region_size(transport, region, &size, deadline);

    if (error != 0)
        return explain(message, error == -EIO || error == -EPIPE ? -EPROTO : error, "%s: %s cannot be had: %s",
                       card->address, name, transport_fault(transport, error));
    if (size < least)
        return explain(message, -EPROTO, "%s: %s is truncated: %llu octets, not %llu", card->address, name,
                       (unsigned long long)size, (unsigned long long)least);
    return 0;
}

static int check_configuration(struct tlscard *card, unsigned *vectors, uint64_t deadline, char *message)
{
    unsigned msix = 0;
    uint16_t control;
    int error = check_region(card, TRANSPORT_CONFIG, "configuration space", CONFIGURATION_SIZE, deadline, message);

    if (error == 0)
        error = check_region(card, TRANSPORT_BAR0, "BAR 0", TLSCARD_PCI_BAR0_SIZE, deadline, message);
    if (error == 0)
        error = check_header(card, deadline, message);
    if (error == 0)
        error = find_capability(card, PCI_CAP_ID_MSIX, &msix, deadline, message);
    if (error == 0 && msix + PCI_CAP_MSIX_SIZEOF > CONFIGURATION_SIZE)
        return explain(message, -EPROTO, "%s: the MSI-X capability is cut off", card->address);
    if (error == 0)
        error = read_configuration(card, msix + PCI_MSIX_FLAGS, &control, sizeof control, deadline, message);
    if (error == 0)
        *vectors = (control & PCI_MSIX_FLAGS_QSIZE) + 1u;
    return error;
}

static int explain_register(struct tlscard *card, int error, char *message)
{
    return explain(message, error == -ETIMEDOUT ? error : -EPROTO, "%s: registers could not be read: %s",
                   card->address, transport_fault(card->transport, error));
}

static int check_name(struct tlscard *card, uint64_t deadline, char *message)
{
    uint32_t low = 0, high = 0;
    int error = card_read(card, TLSCARD_REG_NAME_LO, &low, deadline);

    if (error == 0)
        error = card_read(card, TLSCARD_REG_NAME_HI, &high, deadline);
    if (error == 0)
        error = card_read(card, TLSCARD_REG_VERSION, &card->version, deadline);
    if (error == 0)
        error = card_read(card, TLSCARD_REG_MAP_HASH, &card->map_hash, deadline);
    if (error != 0)
        return explain_register(card, error, message);
    if (low != TLSCARD_NAME_LO || high != TLSCARD_NAME_HI)
        return explain(message, -ENOEXEC, "%s: the name register says %08x%08x; this is not a tlscard",
                       card->address, high, low);
    if (card->map_hash != TLSCARD_MAP_HASH_VALUE)
        return explain(message, -ENOEXEC,
                       "%s: the card was built from map %08x, this driver from %08x; build both from one source",
                       card->address, card->map_hash, TLSCARD_MAP_HASH_VALUE);
    return 0;
}

static int read_capabilities(struct tlscard *card, unsigned vectors, uint64_t deadline, char *message)
{
    uint32_t queues = 0, flags = 0, low = 0, high = 0;
    int error = card_read(card, TLSCARD_REG_CAPS_QUEUES, &queues, deadline);

    if (error == 0)
        error = card_read(card, TLSCARD_REG_CAPS_FLAGS, &flags, deadline);
    if (error == 0)
        error = card_read(card, TLSCARD_REG_OPCODES_LO, &low, deadline);
    if (error == 0)
        error = card_read(card, TLSCARD_REG_OPCODES_HI, &high, deadline);
    if (error != 0)
        return explain_register(card, error, message);
    card->functions = queues & 0xff;
    card->function = queues >> 8 & 0xff;
    card->queue_pairs = queues >> 16 & 0xff;
    unsigned log2_entries = queues >> 24;
    if (card->functions < 1 || card->functions > TLSCARD_MAX_FUNCTIONS || card->function >= card->functions ||
        card->queue_pairs < 1 || card->queue_pairs > TLSCARD_MAX_QUEUE_PAIRS || card->queue_pairs > vectors ||
        log2_entries < 1 || log2_entries > TLSCARD_MAX_LOG2_ENTRIES)
        return explain(message, -ENOEXEC, "%s: the card claims impossible capabilities: queues 0x%08x, %u vectors",
                       card->address, queues, vectors);
    card->max_entries = 1u << log2_entries;
    card->simulated = (flags & 1) != 0;
    card->opcodes = (uint64_t)high << 32 | low;
    return 0;
}

/* A function-level reset where the transport has one: whoever used the function before leaves
 * nothing behind. */
static int reset_by_transport(struct tlscard *card, uint64_t deadline, char *message)
{
    struct transport *transport = card->transport;
    int error = transport->operations->reset(transport, deadline);

    if (error == 0 || (transport->fault == NULL && (error == -ENOTSUP || error == -ENOSYS)))
        return 0;
    return explain(message, error == -EPIPE ? -EPROTO : error, "%s: the function could not be reset: %s",
                   card->address, transport_fault(transport, error));
}

int card_identify(struct tlscard *card, uint64_t deadline, char *message)
{
    unsigned vectors = 0;
    int error = check_configuration(card, &vectors, deadline, message);

    if (error == 0)
        error = reset_by_transport(card, deadline, message);
    if (error != 0)
        return error;
    error = card_enable(card, 1, deadline);
    if (error != 0)
        return explain(message, error == -ETIMEDOUT ? error : -EPROTO, "%s: the function could not be enabled: %s",
                       card->address, card->transport->fault != NULL ? card->transport->fault : strerror(-error));
    error = check_name(card, deadline, message);
    if (error == 0)
        error = read_capabilities(card, vectors, deadline, message);
    if (error != 0)
        return error;
    error = card_reset_function(card, deadline);
    if (error != 0)
        return explain(message, error == -ETIMEDOUT ? error : -EPROTO, "%s: the function does not become ready",
                       card->address);
    return 0;
}
