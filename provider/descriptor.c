/* SPDX-License-Identifier: Apache-2.0 */
/* Tell a descriptor of ours from another of the same number. */
#include "provider/descriptor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* Eventfds, timerfds and epoll instances all have one inode, and so does the application's. A flag tells ours from
 * those: it is the open file's own, without effect on such a file, and nobody sets it there. */
#define MARK O_APPEND

int descriptor_set(struct descriptor *descriptor, int number)
{
    struct stat status;

    descriptor->number = number;
    if (number < 0)
        return 0;
    if (fstat(number, &status) == 0 && fcntl(number, F_SETFL, O_NONBLOCK | MARK) == 0) {
        descriptor->device = status.st_dev;
        descriptor->inode = status.st_ino;
        return 1;
    }
    close(number);
    descriptor->number = -1;
    return 0;
}

int descriptor_is_ours(const struct descriptor *descriptor)
{
    struct stat status;
    int flags;

    if (descriptor->number < 0 || fstat(descriptor->number, &status) != 0)
        return 0;
    flags = fcntl(descriptor->number, F_GETFL);
    return status.st_dev == descriptor->device && status.st_ino == descriptor->inode && flags >= 0 &&
           (flags & MARK) != 0;
}

void descriptor_close(struct descriptor *descriptor)
{
    if (descriptor_is_ours(descriptor))
        close(descriptor->number);
    descriptor->number = -1;
}
