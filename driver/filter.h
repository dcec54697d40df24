/* SPDX-License-Identifier: Apache-2.0 */
/*
 * filter.h - system-call filters (seccomp) that the program, or who started it, has set.
 *
 * A filter may end the program at a call that it does not know, and that cannot be caught. So before a
 * card is opened or memory made for it, the kernel is asked whether this thread has a filter; where it
 * has, or that cannot be seen, a child tries what the driver and its callers are going to call. A call
 * that a filter refuses with an error is no danger: it fails like any other.
 */
#ifndef FILTER_H
#define FILTER_H

/* 0; or -EPERM, where going on could end the program, with message (TLSCARD_MESSAGE_SIZE octets, or NULL)
 * saying why. Where it cannot be found out for want of something: -EMFILE, -EAGAIN, -ENOMEM. */
int filter_check(char *message);

#endif
