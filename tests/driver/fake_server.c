/* SPDX-License-Identifier: Apache-2.0 */
/* The fake card's vfio-user server, and its faults. */
#include <errno.h>
#include <linux/pci_regs.h>
#include <linux/vfio.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "driver/vfio_user.h"
#include "tests/driver/fake_card.h"

#define MAX_MESSAGE 8192u

struct message {
    struct vfio_user_header header;
    uint8_t payload[MAX_MESSAGE];
    size_t size; /* of the payload */
    int fd;      /* that came along, or -1 */
};

static void require(int condition, const char *what)
{
    if (condition)
        return;
    perror(what);
    abort();
}

void fake_card_prepare(struct fake_card *fake, const char *directory, unsigned function)
{
    static const struct {
        uint8_t place, value;
    } octets[] = {
        {PCI_VENDOR_ID, TLSCARD_PCI_VENDOR_ID & 0xff}, {PCI_VENDOR_ID + 1, TLSCARD_PCI_VENDOR_ID >> 8},
        {PCI_DEVICE_ID, TLSCARD_PCI_DEVICE_ID & 0xff}, {PCI_DEVICE_ID + 1, TLSCARD_PCI_DEVICE_ID >> 8},
        {PCI_STATUS, PCI_STATUS_CAP_LIST},             {PCI_CAPABILITY_LIST, 0x40},
        {0x40, PCI_CAP_ID_PM},                         {0x41, 0x50},
        {0x50, PCI_CAP_ID_MSIX},                       {0x52, TLSCARD_MAX_QUEUE_PAIRS - 1},
    };

    memset(fake, 0, sizeof *fake);
    snprintf(fake->path, sizeof fake->path, "%s/function%u.sock", directory, function);
    for (size_t index = 0; index < sizeof octets / sizeof octets[0]; index++)
        fake->configuration[octets[index].place] = octets[index].value;
    fake->configuration_size = FAKE_CONFIGURATION;
    fake->bar0_size = TLSCARD_PCI_BAR0_SIZE;
    fake->map_hash = TLSCARD_MAP_HASH_VALUE;
    fake->name = TLSCARD_NAME_LO;
    fake->caps_queues = 8u | function << 8 | 4u << 16 | 10u << 24;
    fake->caps_flags = 1;
    fake->status = 1;
    fake->vectors = TLSCARD_MAX_QUEUE_PAIRS;
    fake->opcodes = TLSCARD_OPCODES_NONE | TLSCARD_OPCODES_PKE | TLSCARD_OPCODES_GCM;
    fake->client = -1;
    for (unsigned pair = 0; pair < TLSCARD_MAX_QUEUE_PAIRS; pair++)
        fake->queues[pair].eventfd = -1;
    pthread_mutex_init(&fake->lock, NULL);
    pthread_cond_init(&fake->gate_moved, NULL);
}

static int send_all(int fd, const void *data, size_t size)
{
    for (const uint8_t *place = data; size > 0;) {
        ssize_t sent = send(fd, place, size, MSG_NOSIGNAL);

        if (sent <= 0)
            return -1;
        place += sent;
        size -= (size_t)sent;
    }
    return 0;
}

/* Receive size octets; a descriptor goes to *pass. */
static int receive_all(int fd, void *data, size_t size, int *pass)
{
    for (uint8_t *place = data; size > 0;) {
        char control[CMSG_SPACE(sizeof(int))];
        struct iovec part = {place, size};
        struct msghdr header = {
            .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        ssize_t got = recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
        struct cmsghdr *rights = got > 0 ? CMSG_FIRSTHDR(&header) : NULL;

        if (got <= 0)
            return -1;
        if (rights != NULL && rights->cmsg_type == SCM_RIGHTS)
            memcpy(pass, CMSG_DATA(rights), sizeof *pass);
        place += got;
        size -= (size_t)got;
    }
    return 0;
}

static int receive(int fd, struct message *message)
{
    message->fd = -1;
    if (receive_all(fd, &message->header, sizeof message->header, &message->fd) != 0)
        return -1;
    message->size = message->header.size - sizeof message->header;
    if (message->size > MAX_MESSAGE)
        return -1;
    return receive_all(fd, message->payload, message->size, &message->fd);
}

static int ask_first(struct fake_card *fake, int fd)
{
    struct vfio_user_region_access read = {.offset = 0x1000, .count = 4}; /* DMA_READ: address and count */
    struct vfio_user_header command = {77, VFIO_USER_DMA_READ, sizeof command + sizeof read, 0, 0};
    struct message answer;

    if (send_all(fd, &command, sizeof command) != 0 || send_all(fd, &read, sizeof read) != 0 ||
        receive(fd, &answer) != 0)
        return -1;
    if (answer.header.id == 77 && answer.header.command == VFIO_USER_DMA_READ && answer.size == 0 &&
        answer.header.flags == (VFIO_USER_TYPE_REPLY | VFIO_USER_ERROR))
        fake->refusals++;
    return 0;
}

/* Change a reply as the fault says; -1 ends the connection, 0 lets it be sent, 1 not. */
static int spoil(struct fake_card *fake, int fd, enum fake_fault fault, struct message *reply)
{
    switch (fault) {
    case FAKE_SILENT:
        return 1;
    case FAKE_CUT:
        return -1;
    case FAKE_ERROR:
    case FAKE_ERROR_ZERO:
        reply->header.flags |= VFIO_USER_ERROR;
        reply->header.error = fault == FAKE_ERROR ? ENOMEM : 0;
        reply->size = 0;
        break;
    case FAKE_WRONG_ID:
        reply->header.id++;
        break;
    case FAKE_WRONG_COMMAND:
        reply->header.command ^= 1;
        break;
    case FAKE_WRONG_TYPE:
        reply->header.flags = 2;
        break;
    case FAKE_SHORT:
        reply->size = reply->size > 0 ? reply->size - 1 : 1;
        break;
    case FAKE_LONG:
        reply->size += 64;
        break;
    case FAKE_GARBLED:
        memset(reply->payload, 0xff, reply->size);
        break;
    case FAKE_ASKS_FIRST:
        return ask_first(fake, fd);
    default:
        break;
    }
    return 0;
}

static int send_reply(struct fake_card *fake, int fd, enum fake_fault fault, struct message *reply)
{
    uint8_t octets[sizeof reply->header + MAX_MESSAGE];
    int verdict = spoil(fake, fd, fault, reply);

    if (verdict != 0)
        return verdict < 0 ? -1 : 0;
    reply->header.size = (uint32_t)(sizeof reply->header + reply->size);
    size_t size = reply->header.size;
    if (fault == FAKE_TINY)
        reply->header.size = 15;
    if (fault == FAKE_HUGE)
        reply->header.size = UINT32_MAX;
    memcpy(octets, &reply->header, sizeof reply->header);
    memcpy(octets + sizeof reply->header, reply->payload, reply->size);
    if (fault == FAKE_CUT_MIDDLE) {
        send_all(fd, octets, size > sizeof reply->header ? size - 1 : size / 2);
        return -1;
    }
    size_t step = fault == FAKE_SLOW ? 1 : size;
    for (size_t place = 0; place < size; place += step)
        if (send_all(fd, octets + place, step) != 0)
            return -1;
    return 0;
}

/* Each of these serves a command: *message turns into the reply. 0 or an errno. */

static int serve_map(struct fake_card *fake, struct message *message)
{
    struct vfio_user_dma_map table;

    memcpy(&table, message->payload, sizeof table);
    message->size = 0;
    if (fake->map_fails)
        return ENOMEM;
    for (unsigned index = 0; index < FAKE_MAX_MAPS; index++) {
        if (fake->maps[index].memory != NULL)
            continue;
        void *memory = mmap(NULL, table.size, PROT_READ | PROT_WRITE, MAP_SHARED, message->fd, (off_t)table.offset);

        if (memory == MAP_FAILED)
            return errno;
        fake->maps[index].memory = memory;
        fake->maps[index].iova = table.address;
        fake->maps[index].size = table.size;
        return 0;
    }
    return ENOSPC;
}

static int serve_unmap(struct fake_card *fake, struct message *message)
{
    struct vfio_user_dma_unmap table;

    memcpy(&table, message->payload, sizeof table);
    if (fake->unmap_fails)
        return EBUSY;
    for (unsigned index = 0; index < FAKE_MAX_MAPS; index++)
        if (fake->maps[index].memory != NULL && fake->maps[index].iova == table.address &&
            fake->maps[index].size == table.size) {
            munmap(fake->maps[index].memory, fake->maps[index].size);
            fake->maps[index].memory = NULL;
            return 0;
        }
    return EINVAL;
}

static int serve_region_info(struct fake_card *fake, struct message *message)
{
    struct vfio_region_info info;

    memcpy(&info, message->payload, sizeof info);
    info.size = info.index == VFIO_PCI_CONFIG_REGION_INDEX ? fake->configuration_size
                : info.index == 0                          ? fake->bar0_size
                : info.index == 2                          ? TLSCARD_PCI_BAR2_SIZE
                                                           : 0;
    info.flags = VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE;
    memcpy(message->payload, &info, sizeof info);
    return 0;
}

static int serve_irq(struct fake_card *fake, struct message *message)
{
    struct vfio_irq_info info;
    struct vfio_irq_set set;

    if (message->header.command == VFIO_USER_DEVICE_GET_IRQ_INFO) {
        memcpy(&info, message->payload, sizeof info);
        info.flags = VFIO_IRQ_INFO_EVENTFD;
        info.count = fake->vectors;
        memcpy(message->payload, &info, sizeof info);
        return 0;
    }
    memcpy(&set, message->payload, sizeof set);
    message->size = 0;
    for (unsigned pair = 0; pair < TLSCARD_MAX_QUEUE_PAIRS; pair++) {
        int chosen = set.count == 0 || (pair >= set.start && pair - set.start < set.count);

        if (!chosen)
            continue;
        if (fake->queues[pair].eventfd >= 0)
            close(fake->queues[pair].eventfd);
        fake->queues[pair].eventfd = message->fd;
        fake->queues[pair].armed = 1;
        message->fd = -1;
    }
    return 0;
}

static int serve_access(struct fake_card *fake, struct message *message)
{
    struct vfio_user_region_access access;
    uint8_t *data = message->payload + sizeof access;
    int write = message->header.command == VFIO_USER_REGION_WRITE;
    uint32_t value = 0;

    memcpy(&access, message->payload, sizeof access);
    message->size = sizeof access + (write ? 0 : access.count);
    if (access.region == VFIO_PCI_CONFIG_REGION_INDEX) {
        if (access.offset + access.count > fake->configuration_size)
            return EINVAL;
        memcpy(write ? fake->configuration + access.offset : data, write ? data : fake->configuration + access.offset,
               access.count);
        return 0;
    }
    if (access.region != 0 || access.count != 4)
        return EINVAL;
    if (write) {
        memcpy(&value, data, sizeof value);
        fake_register_write(fake, access.offset, value);
    } else {
        value = fake_register_read(fake, access.offset);
        memcpy(data, &value, sizeof value);
    }
    return 0;
}

static int serve_info(struct message *message)
{
    const uint32_t info[4] = {16, VFIO_DEVICE_FLAGS_PCI | VFIO_DEVICE_FLAGS_RESET, VFIO_PCI_NUM_REGIONS,
                              VFIO_PCI_NUM_IRQS};

    memcpy(message->payload, info, sizeof info);
    return 0;
}

static int dispatch(struct fake_card *fake, struct message *message)
{
    switch (message->header.command) {
    case VFIO_USER_VERSION:
        return 0; /* the proposal is accepted as it is */
    case VFIO_USER_DMA_MAP:
        return serve_map(fake, message);
    case VFIO_USER_DMA_UNMAP:
        return serve_unmap(fake, message);
    case VFIO_USER_DEVICE_GET_INFO:
        return serve_info(message);
    case VFIO_USER_DEVICE_GET_REGION_INFO:
        return serve_region_info(fake, message);
    case VFIO_USER_DEVICE_GET_IRQ_INFO:
    case VFIO_USER_DEVICE_SET_IRQS:
        return serve_irq(fake, message);
    case VFIO_USER_REGION_READ:
    case VFIO_USER_REGION_WRITE:
        return serve_access(fake, message);
    case VFIO_USER_DEVICE_RESET:
        fake_function_reset(fake);
        return 0;
    default:
        return ENOSYS;
    }
}

static enum fake_fault fault_now(struct fake_card *fake, const struct message *message)
{
    fake->messages++;
    if (fake->fault == FAKE_NO_FAULT ||
        !(fake->fault_at == fake->messages || fake->fault_command == message->header.command))
        return FAKE_NO_FAULT;
    fake->fault_done++;
    return fake->fault;
}

/* The lock is held. */
static void pass_gate(struct fake_card *fake, const struct message *message)
{
    if (fake->gate_command != message->header.command || (fake->gate_skip > 0 && fake->gate_skip-- > 0))
        return;
    fake->at_gate = 1;
    pthread_cond_broadcast(&fake->gate_moved);
    while (fake->gate_command != 0)
        pthread_cond_wait(&fake->gate_moved, &fake->lock);
    fake->at_gate = 0;
}

/* One message of the client: 0, or -1 where the connection ends. */
static int serve_message(struct fake_card *fake, int fd)
{
    struct message message;

    if (receive(fd, &message) != 0)
        return -1;
    pthread_mutex_lock(&fake->lock);
    pass_gate(fake, &message);
    int posted = (message.header.flags & VFIO_USER_NO_REPLY) != 0;
    enum fake_fault fault = fault_now(fake, &message);
    int error = dispatch(fake, &message);
    if (message.fd >= 0)
        close(message.fd);
    message.header.flags = VFIO_USER_TYPE_REPLY | (error != 0 ? VFIO_USER_ERROR : 0);
    message.header.error = (uint32_t)error;
    if (error != 0)
        message.size = 0;
    int result = posted ? (fault == FAKE_CUT || fault == FAKE_CUT_MIDDLE ? -1 : 0)
                        : send_reply(fake, fd, fault, &message);
    pthread_mutex_unlock(&fake->lock);
    return result;
}

static void forget_client(struct fake_card *fake)
{
    pthread_mutex_lock(&fake->lock);
    close(fake->client);
    fake->client = -1;
    for (unsigned index = 0; index < FAKE_MAX_MAPS; index++)
        if (fake->maps[index].memory != NULL) {
            munmap(fake->maps[index].memory, fake->maps[index].size);
            fake->maps[index].memory = NULL;
        }
    for (unsigned pair = 0; pair < TLSCARD_MAX_QUEUE_PAIRS; pair++)
        if (fake->queues[pair].eventfd >= 0) {
            close(fake->queues[pair].eventfd);
            fake->queues[pair].eventfd = -1;
        }
    fake->held_count = 0;
    fake_function_reset(fake);
    pthread_mutex_unlock(&fake->lock);
}

static void accept_client(struct fake_card *fake)
{
    struct message message;
    int fd = accept4(fake->listener, NULL, NULL, SOCK_CLOEXEC);

    if (fd < 0)
        return;
    if (fake->client < 0) {
        fake->client = fd;
        return;
    }
    if (receive(fd, &message) == 0) {
        message.header.size = sizeof message.header;
        message.header.flags = VFIO_USER_TYPE_REPLY | VFIO_USER_ERROR;
        message.header.error = EBUSY;
        send_all(fd, &message.header, sizeof message.header);
    }
    close(fd);
}

static void *serve_clients(void *context)
{
    struct fake_card *fake = context;

    for (;;) {
        struct pollfd wait[3] = {{fake->wake[0], POLLIN, 0}, {fake->listener, POLLIN, 0}, {fake->client, POLLIN, 0}};

        if (poll(wait, 3, -1) < 0 && errno != EINTR)
            break;
        if (wait[0].revents != 0)
            break;
        /* The old client first: it may be about to leave. */
        if (wait[2].revents != 0 && serve_message(fake, fake->client) != 0)
            forget_client(fake);
        else if (wait[2].revents == 0 && wait[1].revents != 0)
            accept_client(fake);
    }
    if (fake->client >= 0)
        forget_client(fake);
    return NULL;
}

void fake_card_start(struct fake_card *fake)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    memcpy(address.sun_path, fake->path, sizeof fake->path);
    fake->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    require(fake->listener >= 0, "socket");
    require(bind(fake->listener, (struct sockaddr *)&address, sizeof address) == 0, fake->path);
    require(listen(fake->listener, 4) == 0, "listen");
    require(pipe(fake->wake) == 0, "pipe");
    require(pthread_create(&fake->thread, NULL, serve_clients, fake) == 0, "pthread_create");
}

void fake_card_stop(struct fake_card *fake)
{
    require(write(fake->wake[1], "", 1) == 1, "wake");
    pthread_join(fake->thread, NULL);
    close(fake->wake[0]);
    close(fake->wake[1]);
    close(fake->listener);
    unlink(fake->path);
    pthread_mutex_destroy(&fake->lock);
}
