/* SPDX-License-Identifier: Apache-2.0 */
/* Messages about the device as a whole: information, reset. */
#include "sim/server_device.h"

#include <errno.h>
#include <linux/vfio.h>
#include <string.h>

int server_device_info(struct function *function, struct message *message)
{
    struct message_device_info info;

    memcpy(&info, message->payload, sizeof(info));
    if (info.argsz < sizeof(info))
        return -EINVAL;
    info = (struct message_device_info){
        .argsz = sizeof(info), .flags = VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI,
        .regions = VFIO_PCI_NUM_REGIONS, .interrupts = VFIO_PCI_NUM_IRQS};
    commands_reply(&function->commands, message, &info, sizeof(info), NULL, 0);
    return 0;
}

int server_device_reset(struct function *function, struct message *message)
{
    (void)message;
    reset_start(&function->reset, function_finish);
    return FUNCTION_PENDING;
}
