/* SPDX-License-Identifier: Apache-2.0 */
/* Handlers of commands about interrupts. The card has MSI-X only. */
#ifndef SIM_SERVER_IRQ_H
#define SIM_SERVER_IRQ_H

#include "sim/function.h"

function_handler server_irq_info, server_irq_set;

#endif
