/* SPDX-License-Identifier: Apache-2.0 */
/* The sockets that tlscard-sim listens on: DIRECTORY/function<N>.sock. */
#ifndef SIM_SOCKETS_H
#define SIM_SOCKETS_H

#include <sys/un.h>

/* One socket of a card; path is empty where there is none. */
struct listener {
    int fd;
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

/* Listen; a socket left behind by a process that has gone is replaced.
 * -EADDRINUSE: somebody listens there. -EEXIST: the path is something else. -ENAMETOOLONG, or as bind. */
int listener_open(struct listener *listener, const char *directory, unsigned function);

/* Stop listening and remove the socket. */
void listener_close(struct listener *listener);

#endif
