/* SPDX-License-Identifier: Apache-2.0 */
/* MSI-X as a host's kernel does it: the card's table points into a window of its own, and a write there is an event.
 *
 * The window is that of x86. The requester tells the function and the data the vector, so a table
 * that a client rewrote by itself reaches none but its own eventfds.
 */
#include "sim/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/card_pci.h"

#define WINDOW 0xfee00000u
#define WINDOW_SIZE 0x100000u
#define ENTRY_OCTETS 16u

void interrupt_open(struct interrupts *interrupts, struct access *access, const struct connection *connection)
{
    interrupts->access = access;
    interrupts->connection = connection;
    for (unsigned i = 0; i < INTERRUPT_MAX_VECTORS; i++)
        interrupts->fds[i] = -1;
}

bool interrupt_overlaps(uint64_t first, uint64_t last)
{
    return last >= WINDOW && first < WINDOW + WINDOW_SIZE;
}

bool interrupt_address(uint64_t address)
{
    return interrupt_overlaps(address, address);
}

/* An eventfd belongs to the anonymous inode, which has no file type. */
bool interrupt_is_event(int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 && (status.st_mode & S_IFMT) == 0;
}

void interrupt_program(struct interrupts *interrupts, unsigned start, unsigned count, function_done *done)
{
    for (unsigned i = 0; i < count; i++) {
        uint32_t *entry = &interrupts->table[4 * i];

        entry[0] = WINDOW;
        entry[1] = 0;
        entry[2] = start + i;
        entry[3] = interrupts->fds[start + i] < 0; /* Vector Control: masked */
    }
    access_start(interrupts->access, &(struct access_request){
        .write = true, .bar = CARD_MSIX_TABLE_BAR, .offset = CARD_MSIX_TABLE_OFFSET + ENTRY_OCTETS * start,
        .size = ENTRY_OCTETS * count, .data = (uint8_t *)interrupts->table, .done = done});
}

void interrupt_attach(struct interrupts *interrupts, unsigned start, unsigned count, const int *fds,
                      function_done *done)
{
    for (unsigned i = 0; i < count; i++) {
        unsigned vector = start + i;

        identity_close(&interrupts->identity[vector], interrupts->fds[vector]);
        interrupts->fds[vector] = fds ? fds[i] : -1;
        if (fds)
            interrupts->identity[vector] = identity_of(fds[i]);
    }
    interrupt_program(interrupts, start, count, done);
}

void interrupt_detach_all(struct interrupts *interrupts)
{
    for (unsigned i = 0; i < INTERRUPT_MAX_VECTORS; i++) {
        identity_close(&interrupts->identity[i], interrupts->fds[i]);
        interrupts->fds[i] = -1;
    }
}

bool interrupt_any(const struct interrupts *interrupts)
{
    for (unsigned i = 0; i < INTERRUPT_MAX_VECTORS; i++)
        if (interrupts->fds[i] >= 0)
            return true;
    return false;
}

/* A full counter is signalled already; writing would block. Where RLIMIT_NOFILE is 0, poll(2) does not say. */
static bool interrupt_may_write(int fd)
{
    struct pollfd event = {.fd = fd, .events = POLLOUT};
    int ready = poll(&event, 1, 0);

    return ready < 0 ? errno == EINVAL && (fcntl(fd, F_GETFL) & O_NONBLOCK) : ready == 1 && (event.revents & POLLOUT);
}

void interrupt_signal(struct interrupts *interrupts, unsigned vector)
{
    const uint64_t one = 1;

    if (vector >= INTERRUPT_MAX_VECTORS || interrupts->fds[vector] < 0)
        return;
    /* All eventfds look alike; where the socket has been closed from outside, they have been as well. */
    if (!connection_holds(interrupts->connection) ||
        !identity_holds(&interrupts->identity[vector], interrupts->fds[vector]))
        return;
    if (interrupt_may_write(interrupts->fds[vector]) &&
        write(interrupts->fds[vector], &one, sizeof(one)) == sizeof(one))
        interrupts->signalled++;
}
