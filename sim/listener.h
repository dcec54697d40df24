/* SPDX-License-Identifier: Apache-2.0 */
/* The sockets that tlscard-sim listens on: DIRECTORY/function<N>.sock. */
#ifndef SIM_LISTENER_H
#define SIM_LISTENER_H

#include <stdbool.h>
#include <sys/types.h>
#include <sys/un.h>

/* Who may connect. Without a mode it is that of the umask, without a group that of the process. */
struct listener_access {
    bool has_mode, has_group;
    mode_t mode; /* of a socket, 0 to 0777 */
    gid_t group;
};

/* An octal mode, or a group's name or number. -EINVAL: no mode; -ENOENT: no such group. */
int listener_set_mode(struct listener_access *access, const char *text);
int listener_set_group(struct listener_access *access, const char *text);

/* Make directory where there is none: those who may connect may search and list it. 0 or -errno. */
int listener_make_directory(const char *directory, const struct listener_access *access);

/* One socket of a card; path is empty where there is none. */
struct listener {
    int fd;
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

/* Listen; a socket left behind by a process that has gone is replaced.
 * -EADDRINUSE: somebody listens there. -EEXIST: the path is something else. -ENAMETOOLONG, or as bind, chown or
 * chmod. */
int listener_open(struct listener *listener, const char *directory, unsigned function,
                  const struct listener_access *access);

/* Stop listening and remove the socket. */
void listener_close(struct listener *listener);

#endif
