/* SPDX-License-Identifier: Apache-2.0 */
/* Negotiation of version and capabilities, as "Connection Initiation" and "VFIO_USER_VERSION" of the vfio-user protocol
 * specification (QEMU's docs/interop/vfio-user.rst) have it. The steps below are numbered; what they cite are its
 * sections.
 */
#include "sim/negotiate.h"

#include <errno.h>
#include <string.h>

#include "sim/json.h"

enum { VERSION_MAJOR = 0, VERSION_MINOR = 0 };

/* Of each optional capability what the server has (VFIO_USER_VERSION, "Capabilities"). Not named, and so not had:
 * twin_socket, write_multiple. */
const char negotiate_reply[] =
    "{\"capabilities\":{\"max_msg_fds\":16,\"max_data_xfer_size\":65536,\"max_dma_maps\":65535,\"pgsizes\":4096}}";

struct negotiation {
    bool in_capabilities; /* at the values of its members */
};

static bool negotiate_visit(void *context, const struct json_value *value)
{
    struct negotiation *negotiation = context;

    if (value->depth == 0)
        return value->type == JSON_OBJECT;
    if (value->depth == 1) {
        negotiation->in_capabilities = json_is_named(value, "capabilities");
        return !negotiation->in_capabilities || value->type == JSON_OBJECT;
    }
    /* The card moves packets of up to 4096 octets in one message. */
    return !negotiation->in_capabilities || value->type != JSON_NUMBER ||
           !json_is_named(value, "max_data_xfer_size") || !json_is_below(value, TLP_MAX_WORDS * 4);
}

int negotiate_check(const char *text, size_t size)
{
    struct negotiation negotiation = {false};

    return size ? json_read(text, size, negotiate_visit, &negotiation) : 0;
}

int negotiate_version(struct function *function, struct message *message)
{
    struct message_version proposed, reply = {VERSION_MAJOR, VERSION_MINOR};
    const char *data = (const char *)message->payload + sizeof(proposed);
    int error = 0;

    /* 1. "Connection Initiation": it is the initial message, and comes once. Any command before it ends the
     *    connection (server.c). */
    if (function->commands.negotiated)
        return -EINVAL;
    /* 2. VFIO_USER_VERSION, first rule: the major version in the reply must be the one proposed. There is only 0. */
    memcpy(&proposed, message->payload, sizeof(proposed));
    if (proposed.major != VERSION_MAJOR)
        error = -EINVAL;
    /* 3. Second rule: the minor version in the reply must be equal to or less than the one proposed. 0 always is. */
    /* 4. "Request": version data is an optional JSON text with its NUL, and capabilities an optional object in it. */
    /* 5. Third rule: if the server requires a capability that the client did not include, it closes the connection.
     *    Required is only a max_data_xfer_size, 1 MiB where it is not given, that one packet of the card fits in. */
    if (!error)
        error = negotiate_check(data, message->size - sizeof(proposed));
    /* 6. "Connection Initiation": the server closes the connection if it cannot support what was proposed. It tells
     *    the client before that, by the error that "Header" defines. */
    if (error) {
        function->connection.closing = true;
        return error;
    }
    /* 7. "Reply": the same format. The capabilities are the server's own limits, which a client that gave none of its
     *    own has to know as well: the third rule would have them left out. */
    function->commands.negotiated = true;
    commands_reply(&function->commands, message, &reply, sizeof(reply), negotiate_reply, strlen(negotiate_reply) + 1);
    return 0;
}
