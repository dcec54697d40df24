/* SPDX-License-Identifier: Apache-2.0 */
/* A libtlscard-sim.so that does not work, in the way that $FAKE_SIM says. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

__attribute__((visibility("default"))) int tlscard_sim_attach(const char *options, int *fd);

int tlscard_sim_attach(const char *options, int *fd)
{
    const char *way = getenv("FAKE_SIM");
    int pair[2];

    if (options != NULL)
        return -EINVAL;
    if (way != NULL && strcmp(way, "busy") == 0)
        return -EBUSY;
    if (way != NULL && strcmp(way, "positive") == 0)
        return 7;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -errno;
    close(pair[1]);
    *fd = pair[0];
    return 0;
}
