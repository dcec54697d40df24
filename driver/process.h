/* SPDX-License-Identifier: Apache-2.0 */
/*
 * process.h - in which process the driver runs, whatever the kernel's ids for it are.
 *
 * A child in a process-id namespace of its own can have its parent's id, and a later process that of an earlier one.
 * What a process has opened is known by this number instead, which no ancestor of it had. It costs no system call
 * where the kernel wipes a page in children (madvise(2), MADV_WIPEONFORK, Linux 4.14); elsewhere it is told from the
 * process id and from fork handlers. A child that shares the memory of its parent (vfork) is the same process.
 */
#ifndef PROCESS_H
#define PROCESS_H

/* Never 0. */
unsigned process_number(void);

#endif
