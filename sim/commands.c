/* SPDX-License-Identifier: Apache-2.0 */
/* Commands of a function's client, and replies to them. */
#include "sim/commands.h"

#define QUEUE_LIMIT (1u << 20)

void commands_queue(struct commands *commands, struct message *message)
{
    if (commands->first)
        commands->last->next = message;
    else
        commands->first = message;
    commands->last = message;
    commands->queued += sizeof(*message) + message->size;
}

struct message *commands_next(struct commands *commands)
{
    struct message *message = commands->first;

    commands->first = message->next;
    commands->queued -= sizeof(*message) + message->size;
    commands->pending = message;
    return message;
}

bool commands_full(const struct commands *commands)
{
    return commands->queued >= QUEUE_LIMIT;
}

static void commands_send(struct commands *commands, const struct message *message, uint32_t error, const void *head,
                          size_t head_size, const void *data, size_t data_size)
{
    struct message_header header = {
        .id = message->header.id, .command = message->header.command, .error = error,
        .flags = MESSAGE_TYPE_REPLY | (error ? MESSAGE_FLAG_ERROR : 0)};

    if (message->header.flags & MESSAGE_FLAG_NO_REPLY)
        return;
    if (connection_send(commands->connection, header, head, head_size, data, data_size) != 0)
        commands->connection->closing = true;
}

void commands_reply(struct commands *commands, const struct message *message, const void *head, size_t head_size,
                    const void *data, size_t data_size)
{
    commands_send(commands, message, 0, head, head_size, data, data_size);
}

void commands_error(struct commands *commands, const struct message *message, int error)
{
    commands_send(commands, message, (uint32_t)-error, NULL, 0, NULL, 0);
}

void commands_finish(struct commands *commands, int error, size_t head_size)
{
    struct message *message = commands->pending;

    commands->pending = NULL;
    if (error)
        commands_error(commands, message, error);
    else
        commands_reply(commands, message, message->payload, head_size, NULL, 0);
    message_free(message);
}

void commands_drop(struct commands *commands)
{
    while (commands->first) {
        struct message *message = commands->first;

        commands->first = message->next;
        message_free(message);
    }
    commands->last = NULL;
    commands->queued = 0;
    commands->negotiated = false;
    if (commands->pending)
        commands->pending->header.flags |= MESSAGE_FLAG_NO_REPLY;
}
