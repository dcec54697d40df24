/* SPDX-License-Identifier: Apache-2.0 */
/* A connected socket that carries whole messages and descriptors. */
#include "sim/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* The kernel's own limit of descriptors in one sendmsg (SCM_MAX_FD). */
#define KERNEL_MAX_FDS 253u
#define UNSENT_LIMIT (4u << 20)

void connection_open(struct connection *connection, int fd)
{
    *connection = (struct connection){.fd = fd, .identity = identity_of(fd)};
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
}

bool connection_holds(const struct connection *connection)
{
    return identity_holds(&connection->identity, connection->fd);
}

void connection_close(struct connection *connection)
{
    if (connection_holds(connection)) {
        /* A forked process may hold a copy of the socket: the other side must see the end all the same. */
        shutdown(connection->fd, SHUT_RDWR);
        close(connection->fd);
    }
    message_close_fds(connection->fds, connection->fd_count);
    message_free(connection->partial);
    free(connection->out);
    *connection = (struct connection){.fd = -1};
}

/* Keep the descriptors of one recvmsg; what does not fit is closed and remembered as an error. */
static void connection_keep_fds(struct connection *connection, const int *fds, unsigned count)
{
    unsigned room = MESSAGE_MAX_FDS - connection->fd_count;
    unsigned kept = count < room ? count : room;

    memcpy(connection->fds + connection->fd_count, fds, kept * sizeof(int));
    connection->fd_count += kept;
    message_close_fds(fds + kept, count - kept);
    if (kept < count)
        connection->fd_error = -EINVAL;
}

static void connection_take_control(struct connection *connection, struct msghdr *head)
{
    int fds[KERNEL_MAX_FDS];

    for (struct cmsghdr *part = CMSG_FIRSTHDR(head); part; part = CMSG_NXTHDR(head, part)) {
        size_t size = part->cmsg_len - CMSG_LEN(0);

        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS || size > sizeof(fds))
            continue;
        memcpy(fds, CMSG_DATA(part), size);
        connection_keep_fds(connection, fds, (unsigned)(size / sizeof(int)));
    }
    /* The process has no free descriptor: the kernel dropped what it could not install. */
    if (head->msg_flags & MSG_CTRUNC)
        connection->fd_error = -EMFILE;
}

/* Receive up to size octets: how many, 0 for none now, or -ECONNRESET. */
static ssize_t connection_receive_some(struct connection *connection, void *data, size_t size)
{
    union {
        char room[CMSG_SPACE(KERNEL_MAX_FDS * sizeof(int))];
        struct cmsghdr align;
    } control;
    struct iovec part = {data, size};
    struct msghdr head = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.room,
                          .msg_controllen = sizeof(control.room)};
    ssize_t got;

    if (!connection_holds(connection))
        return -ECONNRESET;
    do
        got = recvmsg(connection->fd, &head, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK ? 0 : -ECONNRESET;
    connection_take_control(connection, &head);
    return got ? got : -ECONNRESET;
}

static int connection_receive_header(struct connection *connection)
{
    size_t want = sizeof(connection->header) - connection->received;
    ssize_t got = connection_receive_some(connection, (uint8_t *)&connection->header + connection->received, want);

    if (got <= 0)
        return (int)got;
    connection->received += (size_t)got;
    if (connection->received < sizeof(connection->header))
        return 0;
    if (connection->header.size < sizeof(connection->header) || connection->header.size > MESSAGE_MAX_SIZE)
        return -EPROTO;
    connection->partial = calloc(1, sizeof(struct message) + connection->header.size - sizeof(connection->header));
    if (!connection->partial)
        return -ENOMEM;
    connection->partial->header = connection->header;
    connection->partial->size = connection->header.size - sizeof(connection->header);
    return 1;
}

static int connection_receive_payload(struct connection *connection)
{
    struct message *message = connection->partial;
    size_t have = connection->received - sizeof(connection->header);
    ssize_t got;

    if (have == message->size)
        return 1;
    got = connection_receive_some(connection, message->payload + have, message->size - have);
    if (got <= 0)
        return (int)got;
    connection->received += (size_t)got;
    return connection->received == connection->header.size;
}

int connection_receive(struct connection *connection, struct message **message)
{
    int status = connection->partial ? 1 : connection_receive_header(connection);

    if (status == 1)
        status = connection_receive_payload(connection);
    if (status != 1)
        return status;
    *message = connection->partial;
    (*message)->fd_count = connection->fd_count;
    (*message)->fd_error = connection->fd_error;
    memcpy((*message)->fds, connection->fds, sizeof(connection->fds));
    connection->partial = NULL;
    connection->received = 0;
    connection->fd_count = 0;
    connection->fd_error = 0;
    return 1;
}

size_t connection_unsent(const struct connection *connection)
{
    return connection->out_end - connection->out_begin;
}

static int connection_keep(struct connection *connection, const void *data, size_t size)
{
    size_t unsent = connection_unsent(connection);

    if (unsent + size > UNSENT_LIMIT)
        return -ENOBUFS;
    if (connection->out_begin) {
        memmove(connection->out, connection->out + connection->out_begin, unsent);
        connection->out_begin = 0;
        connection->out_end = unsent;
    }
    if (unsent + size > connection->out_capacity) {
        size_t capacity = 2 * (unsent + size);
        uint8_t *out = realloc(connection->out, capacity);

        if (!out)
            return -ENOMEM;
        connection->out = out;
        connection->out_capacity = capacity;
    }
    memcpy(connection->out + connection->out_end, data, size);
    connection->out_end += size;
    return 0;
}

/* Octets that the socket took, or -EPIPE. */
static ssize_t connection_send_some(const struct connection *connection, struct iovec *parts, size_t count)
{
    struct msghdr head = {.msg_iov = parts, .msg_iovlen = count};
    ssize_t sent;

    if (!connection_holds(connection))
        return -EPIPE;
    do
        sent = sendmsg(connection->fd, &head, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return sent;
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? 0 : -EPIPE;
}

int connection_flush(struct connection *connection)
{
    struct iovec part;
    ssize_t sent;

    if (!connection_unsent(connection))
        return 0;
    part = (struct iovec){connection->out + connection->out_begin, connection_unsent(connection)};
    sent = connection_send_some(connection, &part, 1);
    if (sent < 0)
        return (int)sent;
    connection->out_begin += (size_t)sent;
    return 0;
}

int connection_send(struct connection *connection, struct message_header header, const void *first, size_t first_size,
                    const void *second, size_t second_size)
{
    struct iovec parts[3] = {{&header, sizeof(header)}, {(void *)first, first_size}, {(void *)second, second_size}};
    ssize_t sent = 0;

    if (connection->fd < 0)
        return -EPIPE;
    header.size = (uint32_t)(sizeof(header) + first_size + second_size);
    if (!connection_unsent(connection))
        sent = connection_send_some(connection, parts, 3);
    if (sent < 0)
        return (int)sent;
    for (int i = 0; i < 3; i++) {
        size_t done = (size_t)sent < parts[i].iov_len ? (size_t)sent : parts[i].iov_len;
        int error = 0;

        if (done < parts[i].iov_len)
            error = connection_keep(connection, (const uint8_t *)parts[i].iov_base + done, parts[i].iov_len - done);
        if (error)
            return error;
        sent -= (ssize_t)done;
    }
    return 0;
}
