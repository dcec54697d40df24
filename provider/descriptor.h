/* SPDX-License-Identifier: Apache-2.0 */
/*
 * descriptor.h - a file descriptor that may turn into somebody else's.
 *
 * A program that becomes a daemon closes every descriptor and opens its own, which get the same numbers. So before
 * a number that was kept is used or closed, it is asked whether it still is the file that was opened.
 */
#ifndef TLSCARD_PROVIDER_DESCRIPTOR_H
#define TLSCARD_PROVIDER_DESCRIPTOR_H

#include <sys/types.h>

struct descriptor {
    int number; /* negative: none */
    dev_t device;
    ino_t inode;
};

/* Take over what a system call has returned: 1, or 0 where that is no descriptor. Eventfds, timerfds and epoll
 * instances only: they are non-blocking and marked from then on. */
int descriptor_set(struct descriptor *descriptor, int number);

/* 1 while the number stands for the file that was taken over. */
int descriptor_is_ours(const struct descriptor *descriptor);

/* Close it if it is ours, and forget it. */
void descriptor_close(struct descriptor *descriptor);

#endif
