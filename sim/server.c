/* SPDX-License-Identifier: Apache-2.0 */
/* The vfio-user server of one function. */
#include "sim/server.h"

#include <errno.h>

#include "sim/negotiate.h"
#include "sim/server_device.h"
#include "sim/server_dma.h"
#include "sim/server_irq.h"
#include "sim/server_region.h"

/* A client that does not read its replies gets no more of them. */
#define UNSENT_PAUSE (1u << 18)
#define MESSAGES_PER_TURN 64u

static const struct {
    function_handler *handler;
    size_t payload; /* least octets */
} commands[] = {
    [MESSAGE_VERSION] = {negotiate_version, sizeof(struct message_version)},
    [MESSAGE_DMA_MAP] = {server_dma_map, sizeof(struct message_dma_map)},
    [MESSAGE_DMA_UNMAP] = {server_dma_unmap, sizeof(struct message_dma_unmap)},
    [MESSAGE_DEVICE_GET_INFO] = {server_device_info, sizeof(struct message_device_info)},
    [MESSAGE_DEVICE_GET_REGION_INFO] = {server_region_info, 32},
    [MESSAGE_DEVICE_GET_REGION_IO_FDS] = {server_region_io_fds, sizeof(struct message_io_fds)},
    [MESSAGE_DEVICE_GET_IRQ_INFO] = {server_irq_info, 16},
    [MESSAGE_DEVICE_SET_IRQS] = {server_irq_set, 20},
    [MESSAGE_REGION_READ] = {server_region_read, sizeof(struct message_region)},
    [MESSAGE_REGION_WRITE] = {server_region_write, sizeof(struct message_region)},
    [MESSAGE_DEVICE_RESET] = {server_device_reset, 0},
};

void server_open(struct function *function, int fd)
{
    connection_open(&function->connection, fd);
}

void server_close(struct function *function)
{
    connection_close(&function->connection);
    commands_drop(&function->commands);
    remote_drop(&function->remotes);
    upstream_drop(&function->upstream);
    mappings_clear(&function->mappings);
    interrupt_detach_all(&function->interrupts);
    function->abandoned = true;
}

static int server_dispatch(struct function *function, struct message *message)
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

static void server_serve_one(struct function *function, struct message *message)
{
    int status = -EINVAL;

    /* Before the version has been agreed on nothing else can be meant, or believed. */
    if (!function->commands.negotiated && message->header.command != MESSAGE_VERSION)
        function->connection.closing = true;
    else
        status = server_dispatch(function, message);
    if (status == FUNCTION_PENDING)
        return;
    function->commands.pending = NULL;
    if (status < 0)
        commands_error(&function->commands, message, status);
    message_free(message);
}

bool server_ready(const struct function *function)
{
    return !function_free(function) && function->commands.first && !function->commands.pending &&
           !function->connection.closing && !function_busy(function) &&
           connection_unsent(&function->connection) < UNSENT_PAUSE;
}

void server_serve(struct function *function)
{
    while (server_ready(function))
        server_serve_one(function, commands_next(&function->commands));
    if (function->connection.closing && !function_free(function) && !connection_unsent(&function->connection))
        server_close(function);
}

/* An answer to a message of ours. */
static void server_take_reply(struct function *function, const struct message *reply)
{
    int written = remote_reply(&function->remotes, reply);

    if (written)
        upstream_release(&function->upstream, written < 0);
}

void server_receive(struct function *function)
{
    for (unsigned i = 0; i < MESSAGES_PER_TURN && !commands_full(&function->commands); i++) {
        struct message *message;
        int status = connection_receive(&function->connection, &message);

        if (status < 0)
            server_close(function);
        if (status != 1)
            return;
        if ((message->header.flags & MESSAGE_TYPE_MASK) == MESSAGE_TYPE_REPLY) {
            server_take_reply(function, message);
            message_free(message);
        } else {
            commands_queue(&function->commands, message);
        }
    }
}

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
