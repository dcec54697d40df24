/* SPDX-License-Identifier: Apache-2.0 */
/* PCI identity and BAR sizes of the card. Made by rtl/mapgen.py from rtl/map.toml. */
#ifndef CARD_PCI_H
#define CARD_PCI_H

#define CARD_VENDOR_ID 0x1234u
#define CARD_DEVICE_ID 0x7c5du
#define CARD_SUBSYSTEM_VENDOR_ID 0x1234u
#define CARD_SUBSYSTEM_ID 0x1u
#define CARD_REVISION_ID 0x1u
#define CARD_CLASS_CODE 0x100000u
#define CARD_BAR0_SIZE 0x10000u
#define CARD_BAR2_SIZE 0x2000u
#define CARD_MSIX_TABLE_BAR 0x2u
#define CARD_MSIX_TABLE_OFFSET 0x0u
#define CARD_MSIX_PBA_BAR 0x2u
#define CARD_MSIX_PBA_OFFSET 0x1000u
#define CARD_MAX_FUNCTIONS 8u

#endif
