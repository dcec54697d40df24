/* SPDX-License-Identifier: Apache-2.0 */
/* DMA commands to the client, and its answers. */
#include "sim/remote.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A DMA command that the client has not answered. */
struct remote {
    struct remote *next;
    uint16_t id;
    struct read *read; /* that it is for; NULL for a write */
};

static void remote_send(struct remotes *remotes, uint16_t command, uint64_t address, size_t count, const void *data,
                        size_t data_size, struct read *read)
{
    struct message_dma head = {address, count};
    struct remote *remote = malloc(sizeof(*remote)), **place = &remotes->first;
    struct message_header header = {.command = command};

    if (!remote) {
        remotes->connection->closing = true;
        return;
    }
    do
        header.id = remotes->next_id++;
    while (remotes->first && remotes->first->id == header.id);
    *remote = (struct remote){NULL, header.id, read};
    while (*place)
        place = &(*place)->next;
    *place = remote;
    remotes->unacknowledged += !read;
    if (connection_send(remotes->connection, header, &head, sizeof(head), data, data_size) != 0)
        remotes->connection->closing = true;
}

void remote_read(struct remotes *remotes, struct read *read)
{
    read->waiting = true;
    remote_send(remotes, MESSAGE_DMA_READ, read->address, read->total, NULL, 0, read);
}

void remote_write(struct remotes *remotes, uint64_t address, const void *data, size_t size)
{
    remote_send(remotes, MESSAGE_DMA_WRITE, address, size, data, size, NULL);
}

/* The read's data, or the status to answer the card with. */
static void remote_finish_read(struct read *read, const struct message *reply)
{
    struct message_dma head;

    read->waiting = false;
    read->status = TLP_STATUS_UNSUPPORTED;
    if (reply->header.flags & MESSAGE_FLAG_ERROR || reply->size != sizeof(head) + read->total)
        return;
    memcpy(&head, reply->payload, sizeof(head));
    if (head.address != read->address || head.count != read->total)
        return;
    memcpy(read->data, reply->payload + sizeof(head), read->total);
    read->status = TLP_STATUS_SUCCESS;
}

int remote_reply(struct remotes *remotes, const struct message *reply)
{
    struct remote **place = &remotes->first, *remote;
    int written = 0;

    while (*place && (*place)->id != reply->header.id)
        place = &(*place)->next;
    remote = *place;
    if (!remote || reply->header.command != (remote->read ? MESSAGE_DMA_READ : MESSAGE_DMA_WRITE))
        return 0;
    *place = remote->next;
    if (remote->read) {
        remote_finish_read(remote->read, reply);
    } else {
        remotes->unacknowledged--;
        written = reply->header.flags & MESSAGE_FLAG_ERROR ? -EFAULT : 1;
    }
    free(remote);
    return written;
}

void remote_drop(struct remotes *remotes)
{
    while (remotes->first) {
        struct remote *remote = remotes->first;

        remotes->first = remote->next;
        if (remote->read) {
            remote->read->waiting = false;
            remote->read->status = TLP_STATUS_UNSUPPORTED;
        }
        free(remote);
    }
    remotes->unacknowledged = 0;
    remotes->next_id = 0;
}
