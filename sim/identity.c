/* SPDX-License-Identifier: Apache-2.0 */
/* Which file a descriptor stands for. */
#include "sim/identity.h"

#include <sys/stat.h>
#include <unistd.h>

struct identity identity_of(int fd)
{
    struct stat status;

    if (fstat(fd, &status) != 0)
        return (struct identity){0};
    return (struct identity){status.st_dev, status.st_ino};
}

bool identity_holds(const struct identity *identity, int fd)
{
    struct stat status;

    return fd >= 0 && fstat(fd, &status) == 0 && status.st_dev == identity->device &&
           status.st_ino == identity->inode;
}

void identity_close(const struct identity *identity, int fd)
{
    if (identity_holds(identity, fd))
        close(fd);
}
