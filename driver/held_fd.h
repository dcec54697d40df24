/* SPDX-License-Identifier: Apache-2.0 */
/*
 * held_fd.h - descriptors that the program may have closed without our knowledge.
 *
 * A program that becomes a daemon closes every descriptor there is, and its own get the numbers then. So a
 * descriptor is looked at before it is used or closed: it is ours only while it still is what was opened. What a
 * socket or file is, device and inode tell; the kernel's anonymous inode is that of every eventfd, and what stands
 * on it is marked with a signal (fcntl(2), F_SETSIG) that libc keeps for itself, and that an eventfd never sends.
 * Between the look and the use another thread of the program can still close it; that no library can prevent.
 */
#ifndef HELD_FD_H
#define HELD_FD_H

#include <sys/types.h>

struct held_fd {
    int fd; /* -1: none */
    int marked;
    unsigned claim; /* of the number, which later ones of ours may have got */
    dev_t device;
    ino_t inode;
};

#define HELD_FD_NONE ((struct held_fd){.fd = -1})

/* Hold fd, which has just been made; one that cannot be looked at is not held to be ours. */
void held_fd_hold(struct held_fd *descriptor, int fd);

/* 1 while it is what was held; 0 also for none. errno is kept. */
int held_fd_ours(const struct held_fd *descriptor);

/* Close it where it is ours; none afterwards. */
void held_fd_close(struct held_fd *descriptor);

#endif
