/* SPDX-License-Identifier: Apache-2.0 */
/* PCI configuration space of one function. */
#include "sim/config_space.h"

#include <linux/pci_regs.h>
#include <string.h>

#include "sim/card_pci.h"

/* Capabilities, in the order of their list. */
enum { POWER = 0x40, MSIX = 0x50, EXPRESS = 0x60 };

enum { PAYLOAD_512 = 2, PAYLOAD_256 = 1, READ_512 = 2, LINK_8_GT = 3, LINK_WIDTH = 8 };

static void config_space_put(struct config_space *config, unsigned offset, unsigned octets, uint32_t value)
{
    for (unsigned i = 0; i < octets; i++)
        config->value[offset + i] = (uint8_t)(value >> 8 * i);
}

static void config_space_allow(struct config_space *config, unsigned offset, unsigned octets, uint32_t bits)
{
    for (unsigned i = 0; i < octets; i++)
        config->writable[offset + i] = (uint8_t)(bits >> 8 * i);
}

static uint16_t config_space_get16(const struct config_space *config, unsigned offset)
{
    return (uint16_t)(config->value[offset] | config->value[offset + 1] << 8);
}

/* A 64-bit memory BAR; size is a power of two. */
static void config_space_init_bar(struct config_space *config, unsigned bar, uint32_t size)
{
    unsigned offset = PCI_BASE_ADDRESS_0 + 4 * bar;

    config_space_put(config, offset, 4, PCI_BASE_ADDRESS_MEM_TYPE_64);
    config_space_allow(config, offset, 4, ~(size - 1));
    config_space_allow(config, offset + 4, 4, UINT32_MAX);
}

static void config_space_init_header(struct config_space *config)
{
    config_space_put(config, PCI_VENDOR_ID, 2, CARD_VENDOR_ID);
    config_space_put(config, PCI_DEVICE_ID, 2, CARD_DEVICE_ID);
    config_space_put(config, PCI_COMMAND, 2, PCI_COMMAND_MEMORY);
    config_space_allow(config, PCI_COMMAND, 2,
          PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY | PCI_COMMAND_SERR | PCI_COMMAND_INTX_DISABLE);
    config_space_put(config, PCI_STATUS, 2, PCI_STATUS_CAP_LIST);
    config_space_put(config, PCI_REVISION_ID, 4, CARD_CLASS_CODE << 8 | CARD_REVISION_ID);
    config_space_allow(config, PCI_CACHE_LINE_SIZE, 1, 0xff);
    config_space_init_bar(config, 0, CARD_BAR0_SIZE);
    config_space_init_bar(config, 2, CARD_BAR2_SIZE);
    config_space_put(config, PCI_SUBSYSTEM_VENDOR_ID, 2, CARD_SUBSYSTEM_VENDOR_ID);
    config_space_put(config, PCI_SUBSYSTEM_ID, 2, CARD_SUBSYSTEM_ID);
    config_space_put(config, PCI_CAPABILITY_LIST, 1, POWER);
    config_space_allow(config, PCI_INTERRUPT_LINE, 1, 0xff);
}

static void config_space_init_power(struct config_space *config)
{
    config_space_put(config, POWER, 2, PCI_CAP_ID_PM | MSIX << 8);
    config_space_put(config, POWER + PCI_PM_PMC, 2, 3); /* version 1.2 of the interface, no PME */
    config_space_put(config, POWER + PCI_PM_CTRL, 2, PCI_PM_CTRL_NO_SOFT_RESET);
    config_space_allow(config, POWER + PCI_PM_CTRL, 2, PCI_PM_CTRL_STATE_MASK);
}

static void config_space_init_msix(struct config_space *config, unsigned vectors)
{
    config_space_put(config, MSIX, 2, PCI_CAP_ID_MSIX | EXPRESS << 8);
    config_space_put(config, MSIX + PCI_MSIX_FLAGS, 2, vectors - 1);
    config_space_allow(config, MSIX + PCI_MSIX_FLAGS, 2, PCI_MSIX_FLAGS_ENABLE | PCI_MSIX_FLAGS_MASKALL);
    config_space_put(config, MSIX + PCI_MSIX_TABLE, 4, CARD_MSIX_TABLE_OFFSET | CARD_MSIX_TABLE_BAR);
    config_space_put(config, MSIX + PCI_MSIX_PBA, 4, CARD_MSIX_PBA_OFFSET | CARD_MSIX_PBA_BAR);
}

static void config_space_init_express(struct config_space *config)
{
    uint32_t settings = PCI_EXP_DEVCTL_CERE | PCI_EXP_DEVCTL_NFERE | PCI_EXP_DEVCTL_FERE | PCI_EXP_DEVCTL_URRE |
                        PCI_EXP_DEVCTL_RELAX_EN | PCI_EXP_DEVCTL_PAYLOAD | PCI_EXP_DEVCTL_EXT_TAG |
                        PCI_EXP_DEVCTL_NOSNOOP_EN | PCI_EXP_DEVCTL_READRQ;

    config_space_put(config, EXPRESS, 2, PCI_CAP_ID_EXP);
    config_space_put(config, EXPRESS + PCI_EXP_FLAGS, 2, 2 | PCI_EXP_TYPE_ENDPOINT << 4);
    config_space_put(config, EXPRESS + PCI_EXP_DEVCAP, 4,
        PAYLOAD_512 | PCI_EXP_DEVCAP_EXT_TAG | PCI_EXP_DEVCAP_RBER | PCI_EXP_DEVCAP_FLR);
    config_space_put(config, EXPRESS + PCI_EXP_DEVCTL, 2, PAYLOAD_256 << 5 | READ_512 << 12 | PCI_EXP_DEVCTL_EXT_TAG);
    config_space_allow(config, EXPRESS + PCI_EXP_DEVCTL, 2, settings);
    config->clears[EXPRESS + PCI_EXP_DEVSTA] = 0xf;
    config_space_put(config, EXPRESS + PCI_EXP_LNKCAP, 4, LINK_8_GT | LINK_WIDTH << 4);
    config_space_allow(config, EXPRESS + PCI_EXP_LNKCTL, 2,
                       PCI_EXP_LNKCTL_ASPMC | PCI_EXP_LNKCTL_RCB | PCI_EXP_LNKCTL_CCC);
    config_space_put(config, EXPRESS + PCI_EXP_LNKSTA, 2, LINK_8_GT | LINK_WIDTH << 4);
    config_space_put(config, EXPRESS + PCI_EXP_LNKCAP2, 4, PCI_EXP_LNKCAP2_SLS_2_5GB | PCI_EXP_LNKCAP2_SLS_5_0GB |
        PCI_EXP_LNKCAP2_SLS_8_0GB);
    config_space_put(config, EXPRESS + PCI_EXP_LNKCTL2, 2, LINK_8_GT);
}

void config_space_init(struct config_space *config, unsigned vectors)
{
    memset(config, 0, sizeof(*config));
    config_space_init_header(config);
    config_space_init_power(config);
    config_space_init_msix(config, vectors);
    config_space_init_express(config);
}

/* A reserved or unsupported size (section 7.5.3.4) reads back as the largest supported. */
static void config_space_limit_sizes(struct config_space *config)
{
    unsigned control = config_space_get16(config, EXPRESS + PCI_EXP_DEVCTL);

    if (config_space_max_payload(config) > PAYLOAD_512)
        control = (control & ~(unsigned)PCI_EXP_DEVCTL_PAYLOAD) | PAYLOAD_512 << 5;
    if (config_space_max_read(config) > 5)
        control = (control & ~(unsigned)PCI_EXP_DEVCTL_READRQ) | 5 << 12;
    config_space_put(config, EXPRESS + PCI_EXP_DEVCTL, 2, control);
}

bool config_space_write(struct config_space *config, size_t offset, const void *data, size_t size)
{
    const size_t reset_octet = EXPRESS + PCI_EXP_DEVCTL + 1;
    const uint8_t *octet = data;
    bool reset = false;

    for (size_t i = 0; i < size; i++) {
        size_t at = offset + i;

        config->value[at] = (uint8_t)((config->value[at] & ~config->writable[at]) | (octet[i] & config->writable[at]));
        config->value[at] &= (uint8_t)~(octet[i] & config->clears[at]);
        if (at == reset_octet && (octet[i] & PCI_EXP_DEVCTL_BCR_FLR >> 8))
            reset = true;
    }
    config_space_limit_sizes(config);
    return reset;
}

bool config_space_memory_enabled(const struct config_space *config)
{
    return config->value[PCI_COMMAND] & PCI_COMMAND_MEMORY;
}

bool config_space_bus_master(const struct config_space *config)
{
    return config->value[PCI_COMMAND] & PCI_COMMAND_MASTER;
}

bool config_space_msix_enabled(const struct config_space *config)
{
    return config_space_get16(config, MSIX + PCI_MSIX_FLAGS) & PCI_MSIX_FLAGS_ENABLE;
}

bool config_space_msix_masked(const struct config_space *config)
{
    return config_space_get16(config, MSIX + PCI_MSIX_FLAGS) & PCI_MSIX_FLAGS_MASKALL;
}

void config_space_set_msix_enable(struct config_space *config, bool enable)
{
    unsigned flags = config_space_get16(config, MSIX + PCI_MSIX_FLAGS);

    flags = enable ? flags | PCI_MSIX_FLAGS_ENABLE : flags & ~(unsigned)PCI_MSIX_FLAGS_ENABLE;
    config_space_put(config, MSIX + PCI_MSIX_FLAGS, 2, flags);
}

unsigned config_space_max_payload(const struct config_space *config)
{
    return config_space_get16(config, EXPRESS + PCI_EXP_DEVCTL) >> 5 & 7;
}

unsigned config_space_max_read(const struct config_space *config)
{
    return config_space_get16(config, EXPRESS + PCI_EXP_DEVCTL) >> 12 & 7;
}
