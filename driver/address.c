/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing of card addresses. */
#include "driver/address.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "driver/message.h"

/* Read a hexadecimal number of at most digits digits, not over limit; NULL where there is none. */
static const char *hexadecimal(const char *text, unsigned digits, unsigned limit, unsigned *value)
{
    const char *start = text;

    *value = 0;
    for (; digits > 0; digits--, text++) {
        static const char alphabet[] = "0123456789abcdefABCDEF";
        const char *place = *text != '\0' ? strchr(alphabet, *text) : NULL;

        if (place == NULL)
            break;
        unsigned index = (unsigned)(place - alphabet);
        *value = *value * 16 + (index < 16 ? index : index - 6);
    }
    return text != start && *value <= limit ? text : NULL;
}

/* DOMAIN:BUS:DEVICE.FUNCTION as lspci -D writes it. */
static int parse_pci(const char *text, struct address *address)
{
    const struct {
        unsigned digits, limit;
        unsigned *value;
        char end;
    } parts[] = {
        {8, 0xffffffffu, &address->pci.domain, ':'},
        {2, 0xff, &address->pci.bus, ':'},
        {2, 0x1f, &address->pci.device, '.'},
        {1, 7, &address->pci.function, '\0'},
    };

    for (size_t index = 0; index < sizeof parts / sizeof parts[0]; index++) {
        text = hexadecimal(text, parts[index].digits, parts[index].limit, parts[index].value);
        if (text == NULL || *text != parts[index].end)
            return -EINVAL;
        text++;
    }
    return 0;
}

int address_parse(const char *text, struct address *address, char *message)
{
    static const char vfio_user[] = "vfio-user:", pci[] = "pci:";

    memset(address, 0, sizeof *address);
    if (text == NULL)
        return explain(message, -EINVAL, "no address was given; try \"auto\" or \"sim\"");
    if (strcmp(text, "auto") == 0) {
        address->kind = ADDRESS_AUTO;
        return 0;
    }
    if (strcmp(text, "sim") == 0) {
        address->kind = ADDRESS_SIM;
        return 0;
    }
    if (strncmp(text, vfio_user, sizeof vfio_user - 1) == 0 && text[sizeof vfio_user - 1] != '\0') {
        address->kind = ADDRESS_VFIO_USER;
        address->path = text + sizeof vfio_user - 1;
        return 0;
    }
    if (strncmp(text, pci, sizeof pci - 1) == 0 && parse_pci(text + sizeof pci - 1, address) == 0) {
        address->kind = ADDRESS_PCI;
        return 0;
    }
    return explain(message, -EINVAL,
                   "\"%.80s\" is not a card address; use auto, sim, vfio-user:PATH or pci:DOMAIN:BUS:DEVICE.FUNCTION",
                   text);
}
