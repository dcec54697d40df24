/* SPDX-License-Identifier: Apache-2.0 */
/* The sockets that tlscard-sim listens on. */
#include "sim/sockets.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKLOG 16

static int set_path(struct listener *listener, const char *directory, unsigned function)
{
    int length = snprintf(listener->path, sizeof(listener->path), "%s/function%u.sock", directory, function);

    if (length >= 0 && (size_t)length < sizeof(listener->path))
        return 0;
    listener->path[0] = '\0';
    return -ENAMETOOLONG;
}

static struct sockaddr_un address_of(const struct listener *listener)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", listener->path);
    return address;
}

/* Remove what a server that has gone left behind. */
static int remove_stale(const struct listener *listener)
{
    struct sockaddr_un address = address_of(listener);
    struct stat status;
    int fd, error;

    if (lstat(listener->path, &status) != 0)
        return errno == ENOENT ? 0 : -errno;
    if (!S_ISSOCK(status.st_mode))
        return -EEXIST;
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    error = connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 ? EADDRINUSE : errno;
    close(fd);
    if (error == EAGAIN)
        error = EADDRINUSE;
    if (error != ECONNREFUSED)
        return -error;
    return unlink(listener->path) == 0 || errno == ENOENT ? 0 : -errno;
}

int listener_open(struct listener *listener, const char *directory, unsigned function)
{
    struct sockaddr_un address;
    int error;

    listener->fd = -1;
    error = set_path(listener, directory, function);
    if (!error)
        error = remove_stale(listener);
    if (!error) {
        address = address_of(listener);
        listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (listener->fd < 0 || bind(listener->fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
            error = -errno;
    }
    if (!error && listen(listener->fd, BACKLOG) != 0) {
        error = -errno;
        unlink(listener->path);
    }
    if (error && listener->fd >= 0)
        close(listener->fd);
    if (error)
        listener->fd = -1;
    return error;
}

void listener_close(struct listener *listener)
{
    if (listener->fd < 0)
        return;
    close(listener->fd);
    unlink(listener->path);
    listener->fd = -1;
}
