/* SPDX-License-Identifier: Apache-2.0 */
/* The sockets that tlscard-sim listens on. */
#include "sim/listener.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKLOG 16

static int listener_set_path(struct listener *listener, const char *directory, unsigned function)
{
    int length = snprintf(listener->path, sizeof(listener->path), "%s/function%u.sock", directory, function);

    if (length >= 0 && (size_t)length < sizeof(listener->path))
        return 0;
    listener->path[0] = '\0';
    return -ENAMETOOLONG;
}

static struct sockaddr_un listener_address(const struct listener *listener)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    snprintf(address.sun_path, sizeof(address.sun_path), "%s", listener->path);
    return address;
}

/* Remove what a server that has gone left behind. */
static int listener_remove_stale(const struct listener *listener)
{
    struct sockaddr_un address = listener_address(listener);
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

int listener_set_mode(struct listener_access *access, const char *text)
{
    char *end;
    unsigned long mode = strtoul(text, &end, 8);

    if (*text < '0' || *text > '7' || *end != '\0' || mode > 0777)
        return -EINVAL;
    access->mode = (mode_t)mode;
    access->has_mode = true;
    return 0;
}

int listener_set_group(struct listener_access *access, const char *text)
{
    const struct group *entry = getgrnam(text);
    char *end;
    unsigned long number = strtoul(text, &end, 10);

    if (!entry && (*text < '0' || *text > '9' || *end != '\0' || number >= (gid_t)-1))
        return -ENOENT;
    access->group = entry ? entry->gr_gid : (gid_t)number;
    access->has_group = true;
    return 0;
}

/* The group first: a change of it may take mode bits away. */
static int listener_give_access(const char *path, const struct listener_access *access, mode_t mode)
{
    if (access->has_group && lchown(path, (uid_t)-1, access->group) != 0)
        return -errno;
    return access->has_mode && chmod(path, mode) != 0 ? -errno : 0;
}

int listener_make_directory(const char *directory, const struct listener_access *access)
{
    mode_t writers = access->mode & 0222; /* who may connect */

    if (mkdir(directory, 0755) != 0)
        return errno == EEXIST ? 0 : -errno;
    return listener_give_access(directory, access, 0700 | writers << 1 | writers >> 1);
}

int listener_open(struct listener *listener, const char *directory, unsigned function,
                  const struct listener_access *access)
{
    struct sockaddr_un address;
    int error;

    listener->fd = -1;
    error = listener_set_path(listener, directory, function);
    if (!error)
        error = listener_remove_stale(listener);
    if (!error) {
        address = listener_address(listener);
        listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (listener->fd < 0 || bind(listener->fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
            error = -errno;
    }
    if (!error) { /* nobody can connect before it listens */
        error = listener_give_access(listener->path, access, access->mode);
        if (!error && listen(listener->fd, BACKLOG) != 0)
            error = -errno;
        if (error)
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
