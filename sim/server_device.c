/* SPDX-License-Identifier: Apache-2.0 */
/* Messages about the device as a whole: version, information, reset. */
#include <errno.h>
#include <linux/vfio.h>
#include <string.h>

#include "sim/card.h"

int server_version(struct function *function, struct message *message)
{
    struct message_version version, reply = {0, 0};

    memcpy(&version, message->payload, sizeof(version));
    if (function->client.negotiated)
        return -EINVAL;
    if (version.major != 0 || negotiate_check((const char *)message->payload + sizeof(version),
                                              message->size - sizeof(version)) != 0) {
        function->client.closing = true;
        return -EINVAL;
    }
    function->client.negotiated = true;
    server_reply(function, message, &reply, sizeof(reply), negotiate_reply, strlen(negotiate_reply) + 1);
    return 0;
}

int server_device_info(struct function *function, struct message *message)
{
    struct message_device_info info;

    memcpy(&info, message->payload, sizeof(info));
    if (info.argsz < sizeof(info))
        return -EINVAL;
    info = (struct message_device_info){
        .argsz = sizeof(info), .flags = VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI,
        .regions = VFIO_PCI_NUM_REGIONS, .interrupts = VFIO_PCI_NUM_IRQS};
    server_reply(function, message, &info, sizeof(info), NULL, 0);
    return 0;
}

int server_device_reset(struct function *function, struct message *message)
{
    (void)message;
    reset_start(function, server_finish);
    return SERVER_PENDING;
}
