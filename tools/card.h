/* SPDX-License-Identifier: Apache-2.0 */
/* card.h - opening the card that --card names, with messages for people. */
#ifndef TLSCARD_TOOLS_CARD_H
#define TLSCARD_TOOLS_CARD_H

#include "driver/tlscard.h"

/* The forms of --card, for help texts. */
#define CARD_FORMS                                                                                                     \
    "auto (default), sim, vfio-user:PATH, or\n"                                                                        \
    "pci:DOMAIN:BUS:DEVICE.FUNCTION\n"

/* 1 where address has one of the forms that tlscard_open takes. */
int card_address_valid(const char *address);

/* Say on standard error that address has none of these forms. */
void card_address_refuse(const char *command, const char *address, const char *others);

/* Check address and open it. NULL after a message on standard error, *status the exit status. */
struct tlscard *card_open(const char *command, const char *address, int *status);

/* Say on standard error that a call on an open card failed; returns EXIT_FAILED. */
int card_failed(const char *command, const char *what, int error);

#endif
