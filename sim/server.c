/* SPDX-License-Identifier: Apache-2.0 */
/* The vfio-user server of one function: takes messages, keeps commands in order, replies. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/card.h"

/* Commands may queue behind one that waits for the card; beyond this the socket is not read. */
#define QUEUE_LIMIT (1u << 20)
/* A client that does not read its replies gets no more of them. */
#define UNSENT_PAUSE (1u << 18)
#define MESSAGES_PER_TURN 64u

static const struct {
    server_handler *handler;
    size_t payload; /* least octets */
} commands[] = {
    [MESSAGE_VERSION] = {server_version, sizeof(struct message_version)},
    [MESSAGE_DMA_MAP] = {server_dma_map, sizeof(struct message_dma_map)},
    [MESSAGE_DMA_UNMAP] = {server_dma_unmap, sizeof(struct message_dma_unmap)},
    [MESSAGE_DEVICE_GET_INFO] = {server_device_info, sizeof(struct message_device_info)},
    [MESSAGE_DEVICE_GET_REGION_INFO] = {server_region_info, 32},
    [MESSAGE_DEVICE_GET_REGION_IO_FDS] = {server_region_io_fds, sizeof(struct message_io_fds)},
    [MESSAGE_DEVICE_GET_IRQ_INFO] = {server_irq_info, 16},
    [MESSAGE_DEVICE_SET_IRQS] = {server_set_irqs, 20},
    [MESSAGE_REGION_READ] = {server_region_read, sizeof(struct message_region)},
    [MESSAGE_REGION_WRITE] = {server_region_write, sizeof(struct message_region)},
    [MESSAGE_DEVICE_RESET] = {server_device_reset, 0},
};

void server_open(struct function *function, int fd)
{
    function->client.next_id = 0;
    function->client.negotiated = false;
    function->client.closing = false;
    connection_open(&function->client.connection, fd);
}

static void drop_remotes(struct function *function)
{
    struct client *client = &function->client;

    while (client->remotes) {
        struct remote *remote = client->remotes;

        client->remotes = remote->next;
        if (remote->read) {
            remote->read->waiting = false;
            remote->read->status = TLP_STATUS_UNSUPPORTED;
        }
        free(remote);
    }
    client->unacknowledged = 0;
}

void server_close(struct function *function)
{
    struct client *client = &function->client;

    connection_close(&client->connection);
    while (client->first) {
        struct message *message = client->first;

        client->first = message->next;
        message_free(message);
    }
    client->last = NULL;
    client->queued = 0;
    /* The card may still be working on it: only its reply is lost. */
    if (client->pending)
        client->pending->header.flags |= MESSAGE_FLAG_NO_REPLY;
    drop_remotes(function);
    upstream_drop(function);
    mappings_clear(&function->mappings);
    interrupt_detach_all(function);
    function->abandoned = true;
}

static void send_reply(struct function *function, const struct message *message, uint32_t error, const void *head,
                       size_t head_size, const void *data, size_t data_size)
{
    struct message_header header = {
        .id = message->header.id, .command = message->header.command, .error = error,
        .flags = MESSAGE_TYPE_REPLY | (error ? MESSAGE_FLAG_ERROR : 0)};

    if (message->header.flags & MESSAGE_FLAG_NO_REPLY)
        return;
    if (connection_send(&function->client.connection, header, head, head_size, data, data_size) != 0)
        function->client.closing = true;
}

void server_reply(struct function *function, const struct message *message, const void *head, size_t head_size,
                  const void *data, size_t data_size)
{
    send_reply(function, message, 0, head, head_size, data, data_size);
}

void server_error(struct function *function, const struct message *message, int error)
{
    send_reply(function, message, (uint32_t)-error, NULL, 0, NULL, 0);
}

void server_finish(struct function *function, int error)
{
    struct message *message = function->client.pending;

    function->client.pending = NULL;
    if (error)
        server_error(function, message, error);
    else
        server_reply(function, message, NULL, 0, NULL, 0);
    message_free(message);
}

static int dispatch(struct function *function, struct message *message)
{
    unsigned command = message->header.command;

    if (command >= sizeof(commands) / sizeof(*commands) || !commands[command].handler)
        return -EOPNOTSUPP;
    if (message->fd_error)
        return message->fd_error;
    if (message->size < commands[command].payload)
        return -EINVAL;
    return commands[command].handler(function, message);
}

static void serve_one(struct function *function, struct message *message)
{
    struct client *client = &function->client;
    int status = -EINVAL;

    client->pending = message;
    /* Before the version has been agreed on nothing else can be meant, or believed. */
    if (!client->negotiated && message->header.command != MESSAGE_VERSION)
        client->closing = true;
    else
        status = dispatch(function, message);
    if (status == SERVER_PENDING)
        return;
    client->pending = NULL;
    if (status < 0)
        server_error(function, message, status);
    message_free(message);
}

bool server_ready(const struct function *function)
{
    const struct client *client = &function->client;

    return client->connection.fd >= 0 && client->first && !client->pending && !client->closing &&
           !function->abandoned && !function->access.active && function->reset == RESET_NONE &&
           connection_unsent(&client->connection) < UNSENT_PAUSE;
}

void server_serve(struct function *function)
{
    struct client *client = &function->client;

    while (server_ready(function)) {
        struct message *message = client->first;

        client->first = message->next;
        client->queued -= sizeof(*message) + message->size;
        serve_one(function, message);
    }
    if (client->closing && client->connection.fd >= 0 && !connection_unsent(&client->connection))
        server_close(function);
}

bool server_full(const struct function *function)
{
    return function->client.queued >= QUEUE_LIMIT;
}

static void enqueue(struct client *client, struct message *message)
{
    if (client->first)
        client->last->next = message;
    else
        client->first = message;
    client->last = message;
    client->queued += sizeof(*message) + message->size;
}

/* The read's data, or the status to answer the card with. */
static void finish_read(struct read *read, const struct message *reply)
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

/* An answer to a message of ours. */
static void take_reply(struct function *function, const struct message *reply)
{
    struct client *client = &function->client;
    struct remote **place = &client->remotes, *remote;

    while (*place && (*place)->id != reply->header.id)
        place = &(*place)->next;
    remote = *place;
    if (!remote || reply->header.command != (remote->read ? MESSAGE_DMA_READ : MESSAGE_DMA_WRITE))
        return;
    *place = remote->next;
    if (remote->read) {
        finish_read(remote->read, reply);
    } else {
        if (reply->header.flags & MESSAGE_FLAG_ERROR)
            function->faults++;
        client->unacknowledged--;
        upstream_release(function);
    }
    free(remote);
}

void server_receive(struct function *function)
{
    struct client *client = &function->client;

    for (unsigned i = 0; i < MESSAGES_PER_TURN && !server_full(function); i++) {
        struct message *message;
        int status = connection_receive(&client->connection, &message);

        if (status < 0)
            server_close(function);
        if (status != 1)
            return;
        if ((message->header.flags & MESSAGE_TYPE_MASK) == MESSAGE_TYPE_REPLY) {
            take_reply(function, message);
            message_free(message);
        } else {
            enqueue(client, message);
        }
        if (client->connection.fd < 0)
            return;
    }
}

/* A client that came while another has the function: its first message is answered EBUSY. */
void server_refuse(struct connection *connection)
{
    struct message *message;
    int status = connection_receive(connection, &message);

    if (status == 0)
        return;
    if (status == 1) {
        struct message_header header = {.id = message->header.id, .command = message->header.command,
                                        .flags = MESSAGE_TYPE_REPLY | MESSAGE_FLAG_ERROR, .error = EBUSY};

        connection_send(connection, header, NULL, 0, NULL, 0);
        message_free(message);
    }
    connection_close(connection);
}

static void send_remote(struct function *function, uint16_t command, uint64_t address, size_t count,
                        const void *data, size_t data_size, struct read *read)
{
    struct client *client = &function->client;
    struct message_dma head = {address, count};
    struct remote *remote = malloc(sizeof(*remote)), **place = &client->remotes;
    struct message_header header = {.command = command};

    if (!remote) {
        client->closing = true;
        return;
    }
    do
        header.id = client->next_id++;
    while (client->remotes && client->remotes->id == header.id);
    *remote = (struct remote){NULL, header.id, read};
    while (*place)
        place = &(*place)->next;
    *place = remote;
    client->unacknowledged += !read;
    if (connection_send(&client->connection, header, &head, sizeof(head), data, data_size) != 0)
        client->closing = true;
}

void server_remote_read(struct function *function, uint64_t address, struct read *read)
{
    send_remote(function, MESSAGE_DMA_READ, address, read->total, NULL, 0, read);
}

void server_remote_write(struct function *function, uint64_t address, const void *data, size_t size)
{
    send_remote(function, MESSAGE_DMA_WRITE, address, size, data, size, NULL);
}
