/* SPDX-License-Identifier: Apache-2.0 */
/* Where cards can be: the PCI bus, by libpci, and directories of vfio-user sockets. */
#ifndef DISCOVERY_H
#define DISCOVERY_H

#include "driver/address.h"
#include "driver/tlscard.h"

/* $TLSCARD_SOCKET_DIR or /run/tlscard. */
const char *socket_directory(void);

/* Call back for each tlscard on the PCI bus, by address; a nonzero return ends and is returned. */
int discover_pci(tlscard_list_callback *callback, void *context);

/* The same for each socket function<N>.sock in directory, in the order of N. */
int discover_sockets(const char *directory, tlscard_list_callback *callback, void *context);

#endif
