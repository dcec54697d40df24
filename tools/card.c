/* SPDX-License-Identifier: Apache-2.0 */
/* Opening the card that --card names, with messages for people. */
#include "tools/card.h"

#include <stdio.h>
#include <string.h>

#include "tools/option.h"

/* The simulation at its slowest answers within this. */
#define OPEN_DEADLINE_MS 60000u

int card_address_valid(const char *address)
{
    static const char *const prefixes[] = {"vfio-user:", "pci:"};
    if (strcmp(address, "auto") == 0 || strcmp(address, "sim") == 0)
        return 1;
    for (size_t index = 0; index < sizeof prefixes / sizeof *prefixes; index++) {
        size_t length = strlen(prefixes[index]);
        if (strncmp(address, prefixes[index], length) == 0 && address[length] != '\0')
            return 1;
    }
    return 0;
}

void card_address_refuse(const char *command, const char *address, const char *others)
{
    fprintf(stderr,
            "tlscard %s: --card %s: not an address of a card; give auto, sim, vfio-user:PATH or "
            "pci:DOMAIN:BUS:DEVICE.FUNCTION%s (tlscard list shows the cards here)\n",
            command, address, others);
}

struct tlscard *card_open(const char *command, const char *address, int *status)
{
    if (!card_address_valid(address)) {
        card_address_refuse(command, address, "");
        *status = EXIT_USAGE;
        return NULL;
    }
    char message[TLSCARD_MESSAGE_SIZE] = "";
    struct tlscard *card = NULL;
    int error = tlscard_open(address, OPEN_DEADLINE_MS, &card, message);
    if (error == 0)
        return card;
    fprintf(stderr, "tlscard %s: cannot open card %s: %s (tlscard list shows the cards here)\n", command, address,
            message[0] ? message : strerror(-error));
    *status = EXIT_FAILED;
    return NULL;
}

int card_failed(const char *command, const char *what, int error)
{
    fprintf(stderr, "tlscard %s: %s: %s\n", command, what, strerror(-error));
    return EXIT_FAILED;
}
