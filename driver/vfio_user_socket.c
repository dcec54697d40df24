/* SPDX-License-Identifier: Apache-2.0 */
/* Stream socket with deadlines. */
#include "driver/vfio_user_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "driver/folder.h"
#include "driver/message.h"

#define NAP_MS 1

/* poll(2) for data. Where the limit on descriptors (RLIMIT_NOFILE) has been set to 0 since, as sandboxes do, it takes
 * none: then receiving is tried now and then. */
static int poll_data(int fd, int ms)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    int ready = poll(&wait, 1, ms);
    uint8_t octet;

    if (ready >= 0 || errno != EINVAL)
        return ready;
    poll(NULL, 0, NAP_MS);
    return recv(fd, &octet, sizeof octet, MSG_PEEK | MSG_DONTWAIT) >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

int socket_await_data(int fd, uint64_t deadline)
{
    for (;;) {
        int left = deadline_left(deadline);
        int ready = poll_data(fd, left);

        if (ready > 0)
            return 0;
        if (ready < 0 && errno != EINTR)
            return -errno;
        if (left == 0)
            return -ETIMEDOUT;
    }
}

static int explain_connect(int error, const char *path, char *message)
{
    switch (error) {
    case -ENOENT:
    case -ENOTDIR:
        return explain(message, -ENODEV, "%.160s: no such socket; is tlscard-sim running?", path);
    case -ECONNREFUSED:
        return explain(message, -ENODEV, "%.160s: nothing listens on this socket; start tlscard-sim again", path);
    case -EACCES:
    case -EPERM:
        return explain(message, -EACCES, "%.160s: this user may not connect to the socket", path);
    case -ETIMEDOUT:
        return explain(message, error, "%.160s: the connection was not accepted in time", path);
    default:
        return explain(message, error, "%.160s: connecting failed: %s", path, strerror(-error));
    }
}

/* A full backlog answers EAGAIN at once, whatever the socket's mode; try again until the deadline. */
int socket_connect_within(int fd, const struct sockaddr_un *address, uint64_t deadline)
{
    for (;;) {
        if (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0)
            return 0;
        if (errno != EAGAIN && errno != EINTR)
            return -errno;
        if (deadline_left(deadline) == 0)
            return -ETIMEDOUT;
        poll(NULL, 0, 5);
    }
}

int socket_connect(const char *path, uint64_t deadline, int *result, char *message)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat status;

    if (strlen(path) >= sizeof address.sun_path)
        return explain(message, -EINVAL, "%.120s...: longer than a socket's path can be (%zu octets)", path,
                       sizeof address.sun_path - 1);
    const char *slash = strrchr(path, '/');
    int missing = stat(path, &status) < 0 ? -errno : 0;
    int folder = missing != 0 && slash != NULL ? folder_get(path, (size_t)(slash - path)) : -1;
    if (missing != 0 && (folder < 0 || fstatat(folder, slash + 1, &status, 0) < 0))
        return explain_connect(missing, path, message);
    if (!S_ISSOCK(status.st_mode))
        return explain(message, -ENODEV, "%.160s: not a socket", path);
    strcpy(address.sun_path, folder >= 0 ? slash + 1 : path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return explain(message, -errno, "no socket: %s", strerror(errno));
    int error = folder >= 0 ? folder_connect(folder, fd, &address, deadline) : socket_connect_within(fd, &address, deadline);
    if (error != 0) {
        close(fd);
        return explain_connect(error, path, message);
    }
    *result = fd;
    return 0;
}

ssize_t socket_send_some(int fd, const void *data, size_t size, int pass)
{
    struct iovec part = {.iov_base = (void *)data, .iov_len = size};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    union {
        char space[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    ssize_t sent;

    if (pass >= 0) {
        memset(&control, 0, sizeof control);
        header.msg_control = control.space;
        header.msg_controllen = sizeof control.space;
        struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(rights), &pass, sizeof(int));
    }
    do
        sent = sendmsg(fd, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    if (sent >= 0)
        return sent;
    if (errno == ECONNRESET)
        return -EPIPE;
    return errno == EWOULDBLOCK || errno == ENOBUFS || errno == ENOMEM ? -EAGAIN : -errno;
}

/* In pauses: where it is the kernel that had no memory, there is room at once. */
int socket_await_room(int fd, uint64_t deadline)
{
    struct pollfd wait = {.fd = fd, .events = POLLOUT};
    int left = deadline_left(deadline);

    if (left > 0 && poll(&wait, 1, left) != 0)
        poll(NULL, 0, NAP_MS);
    return left > 0 ? 0 : -ETIMEDOUT;
}

int socket_send(int fd, const void *data, size_t size, uint64_t deadline)
{
    const uint8_t *octets = data;

    while (size > 0) {
        ssize_t sent = socket_send_some(fd, octets, size, -1);

        if (sent == -EAGAIN)
            sent = socket_await_room(fd, deadline);
        if (sent < 0)
            return (int)sent;
        octets += sent;
        size -= (size_t)sent;
    }
    return 0;
}

int socket_receive(int fd, void *data, size_t size, uint64_t deadline)
{
    uint8_t *octets = data;

    while (size > 0) {
        /* Without room for control data the kernel drops descriptors that come along. */
        ssize_t got = recv(fd, octets, size, MSG_DONTWAIT);

        if (got > 0) {
            octets += got;
            size -= (size_t)got;
        } else if (got == 0 || errno == ECONNRESET) {
            return -EPIPE;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            int error = socket_await_data(fd, deadline);

            if (error != 0)
                return error;
        } else if (errno != EINTR) {
            return -errno;
        }
    }
    return 0;
}
