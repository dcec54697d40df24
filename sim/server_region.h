/* SPDX-License-Identifier: Apache-2.0 */
/* Handlers of commands about regions: the two BARs and configuration space. */
#ifndef SIM_SERVER_REGION_H
#define SIM_SERVER_REGION_H

#include "sim/function.h"

function_handler server_region_info, server_region_io_fds, server_region_read, server_region_write;

#endif
