/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: whatever a client may send over the socket, descriptors included, to a card with the small device.
 *
 * An input's first octet chooses a preamble (bit 0 version, bit 1 memory and bus mastering, bit 2 answer
 * the server's DMA messages). Then come messages: an octet that chooses descriptors and whether to let
 * the card run, and as many octets as the size in the message's header says, or as there are.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/card.h"

enum { MEMORY_OCTETS = 65536, IOVA = 0x100000, TURNS_LIMIT = 100000 };
enum { PREAMBLE_VERSION = 1, PREAMBLE_MEMORY = 2, PREAMBLE_ANSWER = 4 };
enum { CONTROL_FDS = 3, CONTROL_RUN = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct card card;
static int memory_fd, event_fd;

/* A card of its own for each input: what one left in the device must not decide about the next. */
static void make(void)
{
    /* A read that the device leaves unanswered shall not take half a second. */
    const struct card_options options = {.latency = 10, .seed = 1, .access_cycles = 20000};

    if (!memory_fd) {
        memory_fd = memfd_create("fuzz", MFD_CLOEXEC);
        event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    }
    if (ftruncate(memory_fd, MEMORY_OCTETS) != 0 || card_create(&card, &options, -1) != 0)
        abort();
}

static void send_octets(int fd, const void *data, size_t size, unsigned fds)
{
    const int passed[3] = {fds == 2 ? event_fd : memory_fd, event_fd, memory_fd};
    unsigned count = fds == 3 ? 3 : fds ? 1 : 0;
    union {
        char room[CMSG_SPACE(sizeof(passed))];
        struct cmsghdr align;
    } control = {{0}};
    struct iovec part = {(void *)(uintptr_t)data, size};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};

    if (count) {
        message.msg_control = control.room;
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        control.align = (struct cmsghdr){CMSG_LEN(count * sizeof(int)), SOL_SOCKET, SCM_RIGHTS};
        memcpy(CMSG_DATA(&control.align), passed, count * sizeof(int));
    }
    if (sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno != EAGAIN && errno != EPIPE)
        return;
}

/* Read what the server sent; answer its DMA messages if asked to. */
static void take(int fd, bool answer)
{
    static uint8_t buffer[1 << 20];
    ssize_t got = recv(fd, buffer, sizeof(buffer), MSG_DONTWAIT);
    struct message_header header;

    for (ssize_t at = 0; at + (ssize_t)sizeof(header) <= got; at += header.size) {
        uint8_t reply[sizeof(header) + sizeof(struct message_dma) + 4096] = {0};

        memcpy(&header, buffer + at, sizeof(header));
        if (header.size < sizeof(header) || at + (ssize_t)header.size > got)
            return;
        if (!answer || header.flags & MESSAGE_TYPE_MASK)
            continue;
        memcpy(reply, buffer + at, sizeof(header) + sizeof(struct message_dma));
        ((struct message_header *)reply)->flags = MESSAGE_TYPE_REPLY;
        ((struct message_header *)reply)->size =
            (uint32_t)(32 + (header.command == MESSAGE_DMA_READ ? ((struct message_dma *)(reply + 16))->count : 0));
        send_octets(fd, reply, ((struct message_header *)reply)->size, 0);
    }
}

static void preamble(int fd, unsigned chosen)
{
    static const uint8_t version[20] = {1, 0, MESSAGE_VERSION, 0, 20};
    struct {
        struct message_header header;
        struct message_dma_map map;
    } map = {{2, MESSAGE_DMA_MAP, sizeof(map), MESSAGE_FLAG_NO_REPLY, 0}, {32, 3, 0, IOVA, MEMORY_OCTETS}};
    static const uint8_t master[34] = {3, 0, MESSAGE_REGION_WRITE, 0, 34, 0, 0, 0, MESSAGE_FLAG_NO_REPLY, [16] = 4,
                                       [24] = 7, [28] = 2, [32] = 6};

    if (chosen & PREAMBLE_VERSION)
        send_octets(fd, version, sizeof(version), 0);
    if (chosen & PREAMBLE_MEMORY) {
        send_octets(fd, &map, sizeof(map), 1);
        send_octets(fd, master, sizeof(master), 0);
    }
}

static size_t message_size(const uint8_t *data, size_t size)
{
    uint32_t claimed;

    if (size < sizeof(struct message_header))
        return size;
    memcpy(&claimed, data + 4, sizeof(claimed));
    return claimed >= sizeof(struct message_header) && claimed <= size ? claimed : size;
}

static void run_messages(int fd, const uint8_t *data, size_t size, bool answer)
{
    while (size > 1) {
        unsigned control = *data++;
        size_t octets = message_size(data, --size);

        send_octets(fd, data, octets, control & CONTROL_FDS);
        data += octets;
        size -= octets;
        for (unsigned turns = control & CONTROL_RUN ? 4 : 1; turns; turns--) {
            card_turn(&card, 0);
            take(fd, answer);
        }
    }
    for (unsigned turns = 0; turns < 8; turns++) {
        card_turn(&card, 0);
        take(fd, answer);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned turns = 0;
    int pair[2];

    if (!size)
        return 0;
    make();
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        abort();
    card_attach(&card, 0, pair[1]);
    preamble(pair[0], data[0]);
    run_messages(pair[0], data + 1, size - 1, data[0] & PREAMBLE_ANSWER);
    close(pair[0]);
    /* However it ended, the function must become free for the next client. */
    while (card_turn(&card, 0) && !card.failed)
        if (++turns == TURNS_LIMIT)
            abort();
    card_destroy(&card);
    return 0;
}
