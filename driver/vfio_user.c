/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vfio_user.c - transport over a vfio-user socket: the client's side of the protocol.
 *
 * Any thread sends; one at a time awaits a reply, so that a doorbell never waits for an answer to another thread's
 * question. Replies come in the order of their commands: one that comes late is known by its id and skipped. What
 * the other side sends is checked field by field; once it has broken the protocol or gone, or the program has
 * closed the socket, the stream's state is unknown and every further operation fails at once with the same error.
 */
#include "driver/vfio_user.h"

#include <errno.h>
#include <linux/vfio.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "driver/held_fd.h"
#include "driver/message.h"
#include "driver/process.h"
#include "driver/transport.h"
#include "driver/turn.h"
#include "driver/vfio_user_socket.h"

/* A posted write waits for room in the socket only; when the other side has not read for so long
 * that there is none, it is not going to soon. */
#define POSTED_DEADLINE_MS 1000u
/* What is left of a message that has begun, however little time its reader or writer had. */
#define REST_DEADLINE_MS 1000u
#define CLOSE_DEADLINE_MS 500u
/* Largest message that is worth skipping: a DMA_WRITE of the largest count that is negotiated. */
#define MAX_MESSAGE (sizeof(struct vfio_user_header) + 64u + (1u << 20))

/* Replies that missed their deadline and may yet come. */
#define MAX_LATE 16u

static const char capabilities[] = "{\"capabilities\":{\"max_msg_fds\":1,\"max_data_xfer_size\":1048576}}";

/* A message as it is sent, without what the largest reply may hold. */
struct outgoing {
    struct vfio_user_header header;
    uint8_t payload[sizeof(struct vfio_user_version) + sizeof capabilities];
};

struct vfio_user {
    struct transport base;
    struct transport_operations operations; /* with the name of this instance */
    struct held_fd socket;
    unsigned process;     /* that made the connection */
    atomic_int broken;    /* the error that ended it */
    pthread_mutex_t lock; /* of sending, and of the id; nothing blocks under it but the rest of a message */
    uint16_t id;
    struct turn answer;   /* to receive, and of what follows */
    struct {
        uint16_t id, command;
    } late[MAX_LATE];     /* in their order */
    unsigned late_count;
    uint32_t vectors;
};

/* A command and the room for its reply. */
struct exchange {
    enum vfio_user_command command;
    uint32_t flags;
    const void *payload;
    size_t payload_size;
    int pass; /* descriptor to send, or -1 */
    uint16_t id;
    void *reply;
    size_t reply_least, reply_most; /* octets of its payload */
    size_t reply_size;              /* that came */
};

static struct vfio_user *of(struct transport *transport)
{
    return (struct vfio_user *)transport;
}

/* The stream cannot be used any more. The first error is the one that is told. */
static int give_up(struct vfio_user *user, int error, const char *fault)
{
    int none = 0;

    if (!atomic_compare_exchange_strong(&user->broken, &none, error))
        return none;
    user->base.fault = fault;
    return error;
}

static int stream_error(struct vfio_user *user, int error)
{
    if (error == -ETIMEDOUT)
        return give_up(user, error, "it did not answer in time");
    if (error == -EPIPE)
        return give_up(user, error, "it closed the connection");
    return give_up(user, error, "the socket failed");
}

/* Whether the socket is to be used: 0 or an error. */
static int check_socket(struct vfio_user *user)
{
    int error = atomic_load(&user->broken);

    if (error == 0 && !held_fd_ours(&user->socket))
        error = give_up(user, -EBADF, "this program has closed its connection");
    return error;
}

static uint64_t rest_of(uint64_t deadline)
{
    uint64_t rest = clock_ms() + REST_DEADLINE_MS;

    return deadline > rest ? deadline : rest;
}

static int discard(struct vfio_user *user, size_t size, uint64_t deadline)
{
    uint8_t chunk[1024];

    while (size > 0) {
        size_t part = size < sizeof chunk ? size : sizeof chunk;
        int error = socket_receive(user->socket.fd, chunk, part, deadline);

        if (error != 0)
            return stream_error(user, error);
        size -= part;
    }
    return 0;
}

/* One try to send, the lock held: 0; -EAGAIN or -ETOOMANYREFS with nothing sent; or what broke the stream. A command gets
 * its id. */
static int send_locked(struct vfio_user *user, struct outgoing *message, int pass)
{
    const uint8_t *octets = (const uint8_t *)message;
    size_t size = message->header.size;
    int error = check_socket(user);

    if (error != 0)
        return error;
    if ((message->header.flags & VFIO_USER_TYPE_MASK) == VFIO_USER_TYPE_COMMAND)
        message->header.id = (uint16_t)(user->id + 1);
    ssize_t sent = socket_send_some(user->socket.fd, octets, size, pass);
    if (sent == -EAGAIN || sent == -ETOOMANYREFS)
        return (int)sent;
    if ((message->header.flags & VFIO_USER_TYPE_MASK) == VFIO_USER_TYPE_COMMAND)
        user->id++;
    if (sent > 0 && (size_t)sent < size)
        sent = socket_send(user->socket.fd, octets + sent, size - (size_t)sent, clock_ms() + REST_DEADLINE_MS);
    return sent < 0 ? stream_error(user, (int)sent) : 0;
}

/* -ETIMEDOUT: there was no room until then, nothing was sent, and nothing is broken; -ETOOMANYREFS likewise. */
static int send_message(struct vfio_user *user, struct outgoing *message, int pass, uint64_t deadline)
{
    for (;;) {
        pthread_mutex_lock(&user->lock);
        int error = send_locked(user, message, pass);
        pthread_mutex_unlock(&user->lock);
        if (error != -EAGAIN)
            return error;
        error = socket_await_room(user->socket.fd, deadline);
        if (error != 0)
            return error == -ETIMEDOUT ? error : stream_error(user, error);
    }
}

/* A command of the server. All our memory is mapped by descriptor, so none is served. */
static int refuse(struct vfio_user *user, const struct vfio_user_header *header, uint64_t deadline)
{
    struct outgoing reply = {
        .header = {
            .id = header->id,
            .command = header->command,
            .size = sizeof reply.header,
            .flags = VFIO_USER_TYPE_REPLY | VFIO_USER_ERROR,
            .error = EINVAL,
        },
    };
    int error = discard(user, header->size - sizeof *header, rest_of(deadline));

    if (error != 0 || (header->flags & VFIO_USER_NO_REPLY) != 0)
        return error;
    error = send_message(user, &reply, -1, rest_of(deadline));
    return error == -ETIMEDOUT ? stream_error(user, error) : error;
}

/* A reply to a command that was given up. */
static int is_late(const struct vfio_user *user, const struct vfio_user_header *header)
{
    return user->late_count > 0 && header->id == user->late[0].id && header->command == user->late[0].command &&
           (header->flags & VFIO_USER_TYPE_MASK) == VFIO_USER_TYPE_REPLY;
}

static int skip_late(struct vfio_user *user, const struct vfio_user_header *header, uint64_t deadline)
{
    user->late_count--;
    memmove(&user->late[0], &user->late[1], user->late_count * sizeof user->late[0]);
    return discard(user, header->size - sizeof *header, rest_of(deadline));
}

/* The reply has not come in time, and is skipped when it comes. */
static int miss(struct vfio_user *user, const struct exchange *exchange)
{
    if (user->late_count == MAX_LATE)
        return stream_error(user, -ETIMEDOUT);
    user->late[user->late_count].id = exchange->id;
    user->late[user->late_count++].command = (uint16_t)exchange->command;
    return -ETIMEDOUT;
}

/* Receive one header: 0, or -ETIMEDOUT with none, or what broke the stream. */
static int receive_header(struct vfio_user *user, struct vfio_user_header *header, uint64_t deadline)
{
    int error = socket_await_data(user->socket.fd, deadline);

    if (error == -ETIMEDOUT)
        return error;
    /* The wait may have been long. */
    if (error == 0) {
        error = check_socket(user);
        if (error != 0)
            return error;
        error = socket_receive(user->socket.fd, header, sizeof *header, rest_of(deadline));
    }
    if (error != 0)
        return stream_error(user, error);
    if (header->size < sizeof *header || header->size > MAX_MESSAGE)
        return give_up(user, -EPROTO, "it sent a message with an impossible size");
    return 0;
}

/* Receive headers until one is neither a command of the server's nor late. */
static int await_header(struct vfio_user *user, struct vfio_user_header *header, const struct exchange *exchange,
                        uint64_t deadline)
{
    do {
        int error = receive_header(user, header, deadline);

        if (error == -ETIMEDOUT && atomic_load(&user->broken) == 0)
            return miss(user, exchange);
        if (error != 0)
            return error;
        if (is_late(user, header))
            error = skip_late(user, header, deadline);
        else if ((header->flags & VFIO_USER_TYPE_MASK) == VFIO_USER_TYPE_COMMAND)
            error = refuse(user, header, deadline);
        else
            return 0;
        if (error != 0)
            return error;
    } while (deadline_left(deadline) > 0);
    return miss(user, exchange);
}

/* The error of an error reply as a negative errno; which it names is not trusted to be one. */
static int reply_error(const struct vfio_user_header *header)
{
    return header->error > 0 && header->error < 4096 ? -(int)header->error : -EIO;
}

static int receive_reply(struct vfio_user *user, struct exchange *exchange, uint64_t deadline)
{
    struct vfio_user_header header;
    int error = await_header(user, &header, exchange, deadline);

    if (error != 0)
        return error;
    size_t size = header.size - sizeof header;
    if ((header.flags & VFIO_USER_TYPE_MASK) != VFIO_USER_TYPE_REPLY)
        return give_up(user, -EPROTO, "it sent a message that is neither command nor reply");
    if (header.id != exchange->id)
        return give_up(user, -EPROTO, "its reply has the id of another message");
    if (header.command != exchange->command)
        return give_up(user, -EPROTO, "its reply is to another command");
    user->late_count = 0; /* replies come in order */
    if ((header.flags & VFIO_USER_ERROR) != 0) {
        error = discard(user, size, rest_of(deadline));
        return error != 0 ? error : reply_error(&header);
    }
    if (size < exchange->reply_least || size > exchange->reply_most)
        return give_up(user, -EPROTO, "its reply has the wrong size");
    exchange->reply_size = size;
    error = socket_receive(user->socket.fd, exchange->reply, size, rest_of(deadline));
    return error != 0 ? stream_error(user, error) : 0;
}

/* Header and payload as one message. */
static int send_command(struct vfio_user *user, struct exchange *exchange, uint64_t deadline)
{
    struct outgoing message = {
        .header = {
            .command = (uint16_t)exchange->command,
            .size = (uint32_t)(sizeof message.header + exchange->payload_size),
            .flags = VFIO_USER_TYPE_COMMAND | exchange->flags,
        },
    };

    if (exchange->payload_size > sizeof message.payload)
        return -EINVAL;
    if (exchange->payload_size > 0)
        memcpy(message.payload, exchange->payload, exchange->payload_size);
    int error = send_message(user, &message, exchange->pass, deadline);
    exchange->id = message.header.id;
    return error;
}

/* A thread that were cancelled with the lock would leave it to nobody. */
static int post(struct vfio_user *user, struct exchange *exchange, uint64_t deadline)
{
    uint64_t latest = clock_ms() + POSTED_DEADLINE_MS;
    int before;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    int error = send_command(user, exchange, deadline < latest ? deadline : latest);
    pthread_setcancelstate(before, NULL);
    return error;
}

static int exchange_messages(struct vfio_user *user, struct exchange *exchange, uint64_t deadline)
{
    if ((exchange->flags & VFIO_USER_NO_REPLY) != 0)
        return post(user, exchange, deadline);
    int error = turn_take(&user->answer, deadline);
    if (error != 0)
        return error;
    error = send_command(user, exchange, deadline);
    if (error == 0)
        error = receive_reply(user, exchange, deadline);
    turn_give(&user->answer);
    return error;
}

/* A reply that has the right size and the wrong contents ends the connection as well. */
static int contradict(struct vfio_user *user, const char *fault)
{
    give_up(user, -EPROTO, fault);
    return -EPROTO;
}

/* A command whose reply has this one size. */
static int ask(struct vfio_user *user, enum vfio_user_command command, const void *payload, size_t payload_size,
               void *reply, size_t reply_size, uint64_t deadline)
{
    struct exchange exchange = {
        .command = command,
        .payload = payload,
        .payload_size = payload_size,
        .pass = -1,
        .reply = reply,
        .reply_least = reply_size,
        .reply_most = reply_size,
    };

    return exchange_messages(user, &exchange, deadline);
}

/* A command whose reply is empty, with a descriptor or -1. */
static int tell(struct vfio_user *user, enum vfio_user_command command, const void *payload, size_t payload_size,
                int pass, uint64_t deadline)
{
    struct exchange exchange = {
        .command = command, .payload = payload, .payload_size = payload_size, .pass = pass};

    return exchange_messages(user, &exchange, deadline);
}

static int region_size(struct transport *transport, unsigned region, uint64_t *size, uint64_t deadline)
{
    struct vfio_region_info info = {.argsz = sizeof info, .index = region}, reply;
    int error = ask(of(transport), VFIO_USER_DEVICE_GET_REGION_INFO, &info, sizeof info, &reply, sizeof reply,
                    deadline);

    if (error != 0)
        return error;
    if (reply.index != region)
        return contradict(of(transport), "it described another region than the one asked for");
    *size = reply.size;
    return 0;
}

static int region_read(struct transport *transport, unsigned region, uint64_t offset, void *data, size_t size,
                       uint64_t deadline)
{
    struct vfio_user_region_access access = {.offset = offset, .region = region, .count = (uint32_t)size};
    struct {
        struct vfio_user_region_access access;
        uint8_t data[8];
    } reply;

    if (size > sizeof reply.data)
        return -EINVAL;
    int error = ask(of(transport), VFIO_USER_REGION_READ, &access, sizeof access, &reply, sizeof access + size,
                    deadline);
    if (error != 0)
        return error;
    if (memcmp(&reply.access, &access, sizeof access) != 0)
        return contradict(of(transport), "it answered another read than the one asked for");
    memcpy(data, reply.data, size);
    return 0;
}

/* Writes to BARs are posted, as on the bus; those to configuration space are not. */
static int region_write(struct transport *transport, unsigned region, uint64_t offset, const void *data, size_t size,
                        uint64_t deadline)
{
    struct {
        struct vfio_user_region_access access;
        uint8_t data[8];
    } write = {.access = {.offset = offset, .region = region, .count = (uint32_t)size}};
    struct vfio_user_region_access reply;
    struct exchange exchange = {
        .command = VFIO_USER_REGION_WRITE,
        .flags = region == TRANSPORT_CONFIG ? 0 : VFIO_USER_NO_REPLY,
        .payload = &write,
        .payload_size = sizeof write.access + size,
        .pass = -1,
        .reply = &reply,
        .reply_least = sizeof reply,
        .reply_most = sizeof reply,
    };

    if (size > sizeof write.data)
        return -EINVAL;
    memcpy(write.data, data, size);
    int error = exchange_messages(of(transport), &exchange, deadline);
    if (error == 0 && exchange.flags == 0 && memcmp(&reply, &write.access, sizeof reply) != 0)
        return contradict(of(transport), "it answered another write than the one asked for");
    return error;
}

static int map(struct transport *transport, uint64_t iova, void *memory, size_t size, int fd, uint64_t offset,
               uint64_t deadline)
{
    struct vfio_user_dma_map table = {
        .argsz = sizeof table,
        .flags = VFIO_USER_MAP_READ | VFIO_USER_MAP_WRITE,
        .offset = offset,
        .address = iova,
        .size = size,
    };

    (void)memory;
    return tell(of(transport), VFIO_USER_DMA_MAP, &table, sizeof table, fd, deadline);
}

/* The specification has the reply repeat the request; servers that leave it out are understood. */
static int unmap(struct transport *transport, uint64_t iova, size_t size, uint64_t deadline)
{
    struct vfio_user_dma_unmap table = {.argsz = sizeof table, .address = iova, .size = size}, reply;
    struct exchange exchange = {
        .command = VFIO_USER_DMA_UNMAP,
        .payload = &table,
        .payload_size = sizeof table,
        .pass = -1,
        .reply = &reply,
        .reply_most = sizeof reply,
    };
    int error = exchange_messages(of(transport), &exchange, deadline);

    if (error != 0 || exchange.reply_size == 0)
        return error;
    if (exchange.reply_size != sizeof reply || reply.address != iova || reply.size != size)
        return contradict(of(transport), "it unmapped other memory than it was told to");
    return 0;
}

static int set_irqs(struct vfio_user *user, uint32_t flags, uint32_t start, uint32_t count, int eventfd,
                    uint64_t deadline)
{
    struct vfio_irq_set set = {
        .argsz = sizeof set,
        .flags = flags | VFIO_IRQ_SET_ACTION_TRIGGER,
        .index = VFIO_PCI_MSIX_IRQ_INDEX,
        .start = start,
        .count = count,
    };

    return tell(user, VFIO_USER_DEVICE_SET_IRQS, &set, sizeof set, eventfd, deadline);
}

/* One vector in a message, since a server may take no more than one descriptor with each. */
static int interrupts(struct transport *transport, const int *eventfds, unsigned count, uint64_t deadline)
{
    struct vfio_user *user = of(transport);

    if (count == 0)
        return set_irqs(user, VFIO_IRQ_SET_DATA_NONE, 0, 0, -1, deadline);
    if (count > user->vectors)
        return -EINVAL;
    for (unsigned vector = 0; vector < count; vector++) {
        int error = set_irqs(user, VFIO_IRQ_SET_DATA_EVENTFD, vector, 1, eventfds[vector], deadline);

        if (error != 0)
            return error;
    }
    return 0;
}

static int reset(struct transport *transport, uint64_t deadline)
{
    return tell(of(transport), VFIO_USER_DEVICE_RESET, NULL, 0, -1, deadline);
}

/* The server takes the end of the stream as the end of this client: it unmaps the memory, makes the
 * function free and closes its end, which is waited for. A child leaves the stream to its parent. */
static void close_user(struct transport *transport)
{
    struct vfio_user *user = of(transport);
    uint64_t deadline = clock_ms() + CLOSE_DEADLINE_MS;
    uint8_t octet;

    if (user->process == process_number() && check_socket(user) == 0 && shutdown(user->socket.fd, SHUT_WR) == 0)
        while (socket_receive(user->socket.fd, &octet, sizeof octet, deadline) == 0)
            continue;
    held_fd_close(&user->socket);
    free(user);
}

static int negotiate(struct vfio_user *user, uint64_t deadline)
{
    struct {
        struct vfio_user_version version;
        char data[sizeof capabilities];
    } proposal = {.version = {.major = 0, .minor = 0}};
    struct {
        struct vfio_user_version version;
        char data[4096];
    } answer;
    struct exchange exchange = {
        .command = VFIO_USER_VERSION,
        .payload = &proposal,
        .payload_size = sizeof proposal,
        .pass = -1,
        .reply = &answer,
        .reply_least = sizeof answer.version,
        .reply_most = sizeof answer,
    };

    memcpy(proposal.data, capabilities, sizeof capabilities);
    int error = exchange_messages(user, &exchange, deadline);
    if (error == 0 && (answer.version.major != 0 || answer.version.minor != 0))
        return contradict(user, "it speaks another version of the protocol than 0.0");
    return error;
}

/* It is a PCI device with the regions and interrupts that the driver uses. */
static int check_device(struct vfio_user *user, uint64_t deadline)
{
    struct vfio_user_info {
        uint32_t argsz, flags, num_regions, num_irqs;
    } info = {.argsz = sizeof info}, reply;
    int error = ask(user, VFIO_USER_DEVICE_GET_INFO, &info, sizeof info, &reply, sizeof reply, deadline);

    if (error != 0)
        return error;
    if ((reply.flags & VFIO_DEVICE_FLAGS_PCI) == 0 || reply.num_regions <= VFIO_PCI_CONFIG_REGION_INDEX ||
        reply.num_irqs <= VFIO_PCI_MSIX_IRQ_INDEX)
        return contradict(user, "what it serves is not a PCI device with MSI-X");
    return 0;
}

static int check_interrupts(struct vfio_user *user, uint64_t deadline)
{
    struct vfio_irq_info info = {.argsz = sizeof info, .index = VFIO_PCI_MSIX_IRQ_INDEX}, reply;
    int error = ask(user, VFIO_USER_DEVICE_GET_IRQ_INFO, &info, sizeof info, &reply, sizeof reply, deadline);

    if (error != 0)
        return error;
    if (reply.index != info.index || (reply.flags & VFIO_IRQ_INFO_EVENTFD) == 0 || reply.count == 0)
        return contradict(user, "its MSI-X vectors cannot signal an eventfd");
    user->vectors = reply.count;
    return 0;
}

static int explain_start(const struct vfio_user *user, int error, const char *where, char *message)
{
    if (error == -EBUSY)
        return explain(message, error, "%.150s: the function is taken by another process", where);
    if (user->base.fault == NULL && error != -ETIMEDOUT)
        return explain(message, error, "%.150s: refused: %s", where, strerror(-error));
    return explain(message, error == -EPIPE ? -EPROTO : error, "%.150s: %s", where,
                   transport_fault(&user->base, error));
}

static const struct transport_operations vfio_user_operations = {
    .region_size = region_size,
    .read = region_read,
    .write = region_write,
    .map = map,
    .unmap = unmap,
    .interrupts = interrupts,
    .reset = reset,
    .close = close_user,
};

static int start(struct vfio_user *user, uint64_t deadline)
{
    int error = negotiate(user, deadline);

    if (error == 0)
        error = check_device(user, deadline);
    return error != 0 ? error : check_interrupts(user, deadline);
}

int vfio_user_attach(int fd, const char *name, const char *where, uint64_t deadline, struct transport **transport,
                     char *message)
{
    struct vfio_user *user = calloc(1, sizeof *user);

    *transport = NULL;
    if (user == NULL) {
        close(fd);
        return explain(message, -ENOMEM, "no memory for the connection");
    }
    user->operations = vfio_user_operations;
    user->operations.name = name;
    user->base.operations = &user->operations;
    held_fd_hold(&user->socket, fd);
    user->process = process_number();
    pthread_mutex_init(&user->lock, NULL);
    turn_prepare(&user->answer);
    int error = start(user, deadline);
    if (error != 0) {
        error = explain_start(user, error, where, message);
        close_user(&user->base);
        return error;
    }
    *transport = &user->base;
    return 0;
}

int vfio_user_open(const char *path, uint64_t deadline, struct transport **transport, char *message)
{
    int fd = -1;

    *transport = NULL;
    int error = socket_connect(path, deadline, &fd, message);
    if (error != 0)
        return error;
    return vfio_user_attach(fd, "vfio-user", path, deadline, transport, message);
}
