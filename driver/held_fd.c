/* SPDX-License-Identifier: Apache-2.0 */
/* What tells a descriptor of ours from another one with its number. */
#include "driver/held_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

/* The second of the two real-time signals that libc keeps for its threads and lets no program choose. */
#define MARK 33

/* A number that is given out anew was closed before, whoever of ours still has it. */
#define NUMBERS 65536u
static atomic_uint claims[NUMBERS];

void held_fd_hold(struct held_fd *descriptor, int fd)
{
    struct stat status;
    int known = fstat(fd, &status) == 0;

    *descriptor = (struct held_fd){.fd = fd};
    if (known) {
        descriptor->device = status.st_dev;
        descriptor->inode = status.st_ino;
        /* The anonymous inode has no file type. */
        descriptor->marked = (status.st_mode & S_IFMT) == 0 && fcntl(fd, F_SETSIG, MARK) == 0;
    }
    if ((unsigned)fd < NUMBERS)
        descriptor->claim = atomic_fetch_add(&claims[fd], 1) + 1;
}

static int is_same(const struct held_fd *descriptor)
{
    struct stat status;

    if (descriptor->marked)
        return fcntl(descriptor->fd, F_GETSIG) == MARK;
    return fstat(descriptor->fd, &status) == 0 && status.st_dev == descriptor->device &&
           status.st_ino == descriptor->inode;
}

int held_fd_ours(const struct held_fd *descriptor)
{
    int before = errno, fd = descriptor->fd;

    if (fd < 0 || ((unsigned)fd < NUMBERS && atomic_load(&claims[fd]) != descriptor->claim))
        return 0;
    int ours = is_same(descriptor);
    errno = before;
    return ours;
}

void held_fd_close(struct held_fd *descriptor)
{
    if (held_fd_ours(descriptor))
        close(descriptor->fd);
    descriptor->fd = -1;
}
