/* SPDX-License-Identifier: Apache-2.0 */
/* What tells a descriptor of ours from another one with its number. */
#include "driver/descriptor.h"

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

void descriptor_hold(struct descriptor *descriptor, int fd)
{
    struct stat status;
    int known = fstat(fd, &status) == 0;

    *descriptor = (struct descriptor){.fd = fd};
    if (known) {
        descriptor->device = status.st_dev;
        descriptor->inode = status.st_ino;
        /* The anonymous inode has no file type. */
        descriptor->marked = (status.st_mode & S_IFMT) == 0 && fcntl(fd, F_SETSIG, MARK) == 0;
    }
    if ((unsigned)fd < NUMBERS)
        descriptor->claim = atomic_fetch_add(&claims[fd], 1) + 1;
}

static int is_same(const struct descriptor *descriptor)
{
    struct stat status;

    if (descriptor->marked)
        return fcntl(descriptor->fd, F_GETSIG) == MARK;
    return fstat(descriptor->fd, &status) == 0 && status.st_dev == descriptor->device &&
           status.st_ino == descriptor->inode;
}

int descriptor_ours(const struct descriptor *descriptor)
{
    int before = errno, fd = descriptor->fd;

    if (fd < 0 || ((unsigned)fd < NUMBERS && atomic_load(&claims[fd]) != descriptor->claim))
        return 0;
    int ours = is_same(descriptor);
    errno = before;
    return ours;
}

void descriptor_close(struct descriptor *descriptor)
{
    if (descriptor_ours(descriptor))
        close(descriptor->fd);
    descriptor->fd = -1;
}
