/* SPDX-License-Identifier: Apache-2.0 */
/* The forms of a card's address that tlscard_open takes. */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdint.h>

enum address_kind { ADDRESS_AUTO, ADDRESS_SIM, ADDRESS_VFIO_USER, ADDRESS_PCI };

struct address {
    enum address_kind kind;
    const char *path; /* of ADDRESS_VFIO_USER; points into the text parsed */
    struct {
        unsigned domain, bus, device, function;
    } pci;
};

/* 0, or -EINVAL with a sentence in message where text has none of the forms. */
int address_parse(const char *text, struct address *address, char *message);

#endif
