/* SPDX-License-Identifier: Apache-2.0 */
/*
 * folder.h - a folder of sockets that stays within reach of a process which gives up its view of the file system.
 *
 * Servers load their libraries first and call chroot(2) then; what paths lead to is gone by their first operation. What is
 * kept is no descriptor of the folder itself, from which the way up would lead out of the chroot, but of a mount of its
 * own that ends there (open_tree(2)). One folder in a process is kept, by the path of the first call.
 */
#ifndef TLSCARD_DRIVER_FOLDER_H
#define TLSCARD_DRIVER_FOLDER_H

#include <stdint.h>
#include <sys/un.h>

/* Keep the folder; 0, or -errno: -EPERM where the process may not mount or system calls are filtered. */
int folder_keep(const char *path);

/* The descriptor of the folder with this path, of which the first length octets count; -1 where it is not kept. */
int folder_get(const char *path, size_t length);

/* Connect the socket to address->sun_path, which is a name within the folder. 0 or -errno, -ETIMEDOUT at the deadline. */
int folder_connect(int folder, int fd, const struct sockaddr_un *address, uint64_t deadline);

#endif
