/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shortage.h - errors that say that this process, or its machine, has not got what a card takes: memory, descriptors,
 * files of that size, or the right to a system call. The card has done nothing wrong.
 */
#ifndef TLSCARD_PROVIDER_SHORTAGE_H
#define TLSCARD_PROVIDER_SHORTAGE_H

#include <errno.h>

/* Of an error of the driver's (tlscard.h). Its -EAGAIN has a meaning of its own at each call. */
static inline int is_shortage(int error)
{
    switch (error) {
    case -ENOMEM:
    case -EMFILE:
    case -ENFILE:
    case -EFBIG:
    case -ENOSPC:
    case -ENOBUFS:
    case -ETOOMANYREFS:
    case -EPERM:
        return 1;
    default:
        return 0;
    }
}

#endif
