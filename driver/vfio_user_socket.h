/* SPDX-License-Identifier: Apache-2.0 */
/* Whole messages over a stream socket, each within a deadline (clock_ms). */
#ifndef VFIO_USER_SOCKET_H
#define VFIO_USER_SOCKET_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/un.h>

/* Connect the socket, waiting for a place in the backlog. 0 or -errno, -ETIMEDOUT. */
int socket_connect_within(int fd, const struct sockaddr_un *address, uint64_t deadline);

/* Connect to the socket at path. -ENODEV: none there, or nothing listens; -EINVAL: path too long. */
int socket_connect(const char *path, uint64_t deadline, int *fd, char *message);

/* Send what there is room for at once, and with it the descriptor pass unless it is -1: the octets sent, 1 or more;
 * -EAGAIN where there is no room, or no memory in the kernel; -ETOOMANYREFS where more descriptors of this user are under
 * way than may be; or -EPIPE where the other side is gone, never SIGPIPE. */
ssize_t socket_send_some(int fd, const void *data, size_t size, int pass);

/* Send the octets: 0, or as above, or -ETIMEDOUT. */
int socket_send(int fd, const void *data, size_t size, uint64_t deadline);

/* 0 when there is something to receive, the end of the stream included, or room to send; -ETIMEDOUT. */
int socket_await_data(int fd, uint64_t deadline);
int socket_await_room(int fd, uint64_t deadline);

/* Receive exactly size octets; descriptors that come along are dropped. -EPIPE at the end of the
 * stream, -ETIMEDOUT. */
int socket_receive(int fd, void *data, size_t size, uint64_t deadline);

#endif
