/* SPDX-License-Identifier: Apache-2.0 */
/*
 * identity.h - whether a descriptor's number still stands for the file that it was opened for.
 *
 * Inside an application's process numbers are not safe: a program that becomes a daemon closes every
 * descriptor that it finds and opens files of its own, which get the same numbers. So what the card
 * uses or closes later than it got it is compared with what it was.
 */
#ifndef SIM_IDENTITY_H
#define SIM_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

/* Sockets, pipes and memory files have each their own; all eventfds share one. */
struct identity {
    dev_t device;
    ino_t inode;
};

struct identity identity_of(int fd);
bool identity_holds(const struct identity *identity, int fd);
/* Close it, unless it is somebody else's by now. */
void identity_close(const struct identity *identity, int fd);

#endif
