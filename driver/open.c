/* SPDX-License-Identifier: Apache-2.0 */
/* Opening a card by its address: which transports to try, and which failure to tell of. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "driver/address.h"
#include "driver/device.h"
#include "driver/discovery.h"
#include "driver/folder.h"
#include "driver/message.h"

static int open_sim(uint64_t deadline, struct tlscard **card, char *message)
{
    struct transport *transport;
    int error = sim_open(deadline, &transport, message);

    return error != 0 ? error : card_create(transport, "sim", deadline, card, message);
}

static int open_socket(const char *path, uint64_t deadline, struct tlscard **card, char *message)
{
    char address[TLSCARD_MESSAGE_SIZE];
    struct transport *transport;
    int error = vfio_user_open(path, deadline, &transport, message);

    if (error != 0)
        return error;
    snprintf(address, sizeof address, "vfio-user:%s", path);
    return card_create(transport, address, deadline, card, message);
}

static int same_address(void *context, const char *address, const char *text)
{
    (void)text;
    return strcmp(address, context) == 0;
}

/* Kernel VFIO is not part of this build; what can be said is whether the card is there. */
static int open_pci(const struct address *address, char *message)
{
    char name[64];

    snprintf(name, sizeof name, "pci:%04x:%02x:%02x.%x", address->pci.domain, address->pci.bus, address->pci.device,
             address->pci.function);
    if (discover_pci(same_address, name) == 0)
        return explain(message, -ENODEV, "%s: no tlscard there (see lspci -d %04x:%04x)", name,
                       TLSCARD_PCI_VENDOR_ID, TLSCARD_PCI_DEVICE_ID);
    return explain(message, -ENOTSUP, "%s: a card is there, but access by kernel VFIO is not in this build", name);
}

/* One of several candidates, and the most telling failure so far. */
struct attempt {
    uint64_t deadline;
    struct tlscard *card;
    int error;
    char message[TLSCARD_MESSAGE_SIZE];
};

static int rank(int error)
{
    return error == -ENODEV ? 0 : error == -ENOTSUP ? 1 : error == -EBUSY ? 2 : 3;
}

static int try_candidate(void *context, const char *text, const char *description)
{
    struct attempt *attempt = context;
    char message[TLSCARD_MESSAGE_SIZE];
    struct address address;
    int error = address_parse(text, &address, message);

    (void)description;
    if (error == 0 && address.kind == ADDRESS_PCI)
        error = open_pci(&address, message);
    else if (error == 0)
        error = open_socket(address.path, attempt->deadline, &attempt->card, message);
    if (error == 0)
        return 1;
    if (attempt->error == 0 || rank(error) > rank(attempt->error)) {
        attempt->error = error;
        memcpy(attempt->message, message, sizeof message);
    }
    return 0;
}

static int open_directory(const char *directory, struct attempt *attempt)
{
    if (discover_sockets(directory, try_candidate, attempt) != 0)
        return 0;
    if (attempt->error == 0)
        return explain(attempt->message, -ENODEV, "%.160s: no socket function<N>.sock here; is tlscard-sim running?",
                       directory);
    if (attempt->error == -EBUSY)
        return explain(attempt->message, -EBUSY, "%.160s: every function is taken by another process", directory);
    return attempt->error;
}

static int finish(int error, const struct attempt *attempt, struct tlscard **card, char *message)
{
    if (error == 0)
        *card = attempt->card;
    else
        explain(message, error, "%s", attempt->message);
    return error;
}

static int open_auto(uint64_t deadline, struct tlscard **card, char *message)
{
    struct attempt attempt = {.deadline = deadline};

    if (discover_pci(try_candidate, &attempt) != 0)
        return finish(0, &attempt, card, message);
    return finish(open_directory(socket_directory(), &attempt), &attempt, card, message);
}

static int open_path(const char *path, uint64_t deadline, struct tlscard **card, char *message)
{
    struct attempt attempt = {.deadline = deadline};
    struct stat status;

    if (folder_get(path, strlen(path)) < 0 && (stat(path, &status) < 0 || !S_ISDIR(status.st_mode)))
        return open_socket(path, deadline, card, message);
    return finish(open_directory(path, &attempt), &attempt, card, message);
}

int tlscard_open(const char *text, unsigned deadline_ms, struct tlscard **card, char *message)
{
    uint64_t deadline = clock_ms() + (deadline_ms != 0 ? deadline_ms : DEFAULT_DEADLINE_MS);
    struct address address;

    *card = NULL;
    if (message != NULL)
        message[0] = '\0';
    int error = address_parse(text, &address, message);
    if (error == 0)
        error = dma_memory_check(message);
    if (error != 0)
        return error;
    switch (address.kind) {
    case ADDRESS_SIM:
        return open_sim(deadline, card, message);
    case ADDRESS_VFIO_USER:
        return open_path(address.path, deadline, card, message);
    case ADDRESS_PCI:
        return open_pci(&address, message);
    default:
        return open_auto(deadline, card, message);
    }
}

int tlscard_keep(const char *text)
{
    struct address address;
    struct stat status;
    char folder[256];
    int error = address_parse(text, &address, NULL);

    if (error != 0)
        return error;
    if (address.kind != ADDRESS_VFIO_USER && address.kind != ADDRESS_AUTO)
        return -ENOTSUP;
    const char *path = address.kind == ADDRESS_AUTO ? socket_directory() : address.path;
    if (stat(path, &status) < 0)
        return -errno;
    if (S_ISDIR(status.st_mode))
        return folder_keep(path);
    const char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path || (size_t)(slash - path) >= sizeof folder)
        return -ENOTDIR;
    snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
    return folder_keep(folder);
}
