/* SPDX-License-Identifier: Apache-2.0 */
/* Handlers of commands about the device as a whole: information, reset. */
#ifndef SIM_SERVER_DEVICE_H
#define SIM_SERVER_DEVICE_H

#include "sim/function.h"

function_handler server_device_info, server_device_reset;

#endif
