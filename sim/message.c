/* SPDX-License-Identifier: Apache-2.0 */
/* What belongs to a message received: its descriptors and its memory. */
#include "sim/message.h"

#include <stdlib.h>
#include <unistd.h>

void message_close_fds(const int *fds, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (fds[i] >= 0)
            close(fds[i]);
}

void message_free(struct message *message)
{
    if (!message)
        return;
    message_close_fds(message->fds, message->fd_count);
    free(message);
}

int message_take_fd(struct message *message, unsigned i)
{
    int fd = message->fds[i];

    message->fds[i] = -1;
    return fd;
}
