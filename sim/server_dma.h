/* SPDX-License-Identifier: Apache-2.0 */
/* Handlers of commands that give the card memory and take it back. */
#ifndef SIM_SERVER_DMA_H
#define SIM_SERVER_DMA_H

#include "sim/function.h"

function_handler server_dma_map, server_dma_unmap;

#endif
