/* SPDX-License-Identifier: Apache-2.0 */
/* Listing of the PCI bus and of socket directories. */
#include "driver/discovery.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <pci/pci.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver/folder.h"
#include "driver/tlscard_map.h"
#include "driver/transport.h"

#define DEFAULT_DIRECTORY "/run/tlscard"
#define MAX_PCI_CARDS 64u
#define ADDRESS_SIZE 160u /* "vfio-user:" and a socket's path of 107 octets at most */

const char *socket_directory(void)
{
    const char *chosen = secure_getenv("TLSCARD_SOCKET_DIR");

    return chosen != NULL && *chosen != '\0' ? chosen : DEFAULT_DIRECTORY;
}

struct pci_place {
    unsigned domain, bus, device, function;
};

/* libpci ends the process at an error unless its handler does not return. */
static _Thread_local jmp_buf *pci_escape;

__attribute__((noreturn, format(printf, 1, 2))) static void pci_error(char *format, ...)
{
    (void)format;
    longjmp(*pci_escape, 1);
}

__attribute__((format(printf, 1, 2))) static void pci_silence(char *format, ...)
{
    (void)format;
}

static unsigned scan_bus(struct pci_access *access, struct pci_place *places)
{
    unsigned count = 0;

    pci_init(access);
    pci_scan_bus(access);
    for (struct pci_dev *device = access->devices; device != NULL && count < MAX_PCI_CARDS; device = device->next) {
        pci_fill_info(device, PCI_FILL_IDENT);
        if (device->vendor_id == TLSCARD_PCI_VENDOR_ID && device->device_id == TLSCARD_PCI_DEVICE_ID)
            places[count++] = (struct pci_place){(unsigned)device->domain, device->bus, device->dev, device->func};
    }
    return count;
}

/* Places of the cards on the bus, at most MAX_PCI_CARDS; 0 where there is no bus or libpci fails. */
static unsigned find_pci(struct pci_place *places)
{
    jmp_buf escape;
    volatile unsigned count = 0;

    if (access("/sys/bus/pci/devices", R_OK) != 0)
        return 0;
    struct pci_access *const pci = pci_alloc();
    pci->method = PCI_ACCESS_SYS_BUS_PCI;
    pci->error = pci_error;
    pci->warning = pci_silence;
    pci->debug = pci_silence;
    pci_escape = &escape;
    if (setjmp(escape) == 0)
        count = scan_bus(pci, places);
    else
        count = 0;
    if (setjmp(escape) == 0)
        pci_cleanup(pci);
    pci_escape = NULL;
    return count;
}

int discover_pci(tlscard_list_callback *callback, void *context)
{
    struct pci_place places[MAX_PCI_CARDS];
    unsigned count = find_pci(places);
    int result = 0;

    for (unsigned index = 0; index < count && result == 0; index++) {
        const struct pci_place *place = &places[index];
        char address[ADDRESS_SIZE];

        snprintf(address, sizeof address, "pci:%04x:%02x:%02x.%x", place->domain, place->bus, place->device,
                 place->function);
        result = callback(context, address, "card on the PCI bus");
    }
    return result;
}

/* function<N>.sock, N decimal. */
static int is_socket_name(const struct dirent *entry)
{
    static const char head[] = "function", tail[] = ".sock";
    const char *place = entry->d_name;

    if (strncmp(place, head, sizeof head - 1) != 0)
        return 0;
    place += sizeof head - 1;
    if (!isdigit((unsigned char)*place))
        return 0;
    while (isdigit((unsigned char)*place))
        place++;
    return strcmp(place, tail) == 0;
}

int discover_sockets(const char *directory, tlscard_list_callback *callback, void *context)
{
    struct dirent **entries = NULL;
    int base = access(directory, F_OK) == 0 ? AT_FDCWD : folder_get(directory, strlen(directory));
    const char *folder = base == AT_FDCWD ? directory : ".";
    int count = base == -1 ? 0 : scandirat(base, folder, &entries, is_socket_name, versionsort);
    int result = 0;

    for (int index = 0; index < count; index++) {
        char address[ADDRESS_SIZE + NAME_MAX];
        struct stat status;
        int length = snprintf(address, sizeof address, "vfio-user:%s/%s", directory, entries[index]->d_name);
        int is_there = fstatat(base, base == AT_FDCWD ? strchr(address, ':') + 1 : entries[index]->d_name, &status, 0) == 0;

        free(entries[index]);
        if (result == 0 && length < (int)sizeof address && is_there && S_ISSOCK(status.st_mode))
            result = callback(context, address, "simulated card behind a vfio-user socket");
    }
    free(entries);
    return result;
}

int tlscard_list(tlscard_list_callback *callback, void *context)
{
    int result = discover_pci(callback, context);

    if (result == 0)
        result = discover_sockets(socket_directory(), callback, context);
    if (result == 0 && sim_available())
        result = callback(context, "sim", "simulated card in this process");
    return result;
}
