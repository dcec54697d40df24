/* SPDX-License-Identifier: Apache-2.0 */
/* Function-level reset, and the configuration ports of the card.
 *
 * As a host's kernel does for a user of VFIO, configuration space and the vectors that have an
 * eventfd are as before when a reset has ended.
 */
#include <errno.h>

#include "sim/card.h"

#define RESET_CYCLES 50000000u
/* The card may take some cycles until idle falls. */
#define AWAKE_CYCLES 16u

static unsigned lowest(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

void reset_drive_ports(struct card *card)
{
    const struct model_ports *port = &card->link.model.port;
    unsigned master = 0, enable = 0, mask = 0, flr = 0, payload = 7, read = 7;

    for (unsigned i = 0; i < card->functions; i++) {
        const struct function *function = &card->function[i];
        bool running = function->reset == RESET_RUNNING;

        master |= (unsigned)(!running && config_bus_master(&function->config)) << i;
        enable |= (unsigned)(!running && config_msix_enabled(&function->config)) << i;
        mask |= (unsigned)config_msix_masked(&function->config) << i;
        flr |= (unsigned)running << i;
        /* One link, one size: the smallest that any function asks for. */
        payload = lowest(payload, config_max_payload(&function->config));
        read = lowest(read, config_max_read(&function->config));
    }
    *port->cfg_bus_master = (uint8_t)master;
    *port->cfg_msix_enable = (uint8_t)enable;
    *port->cfg_msix_mask = (uint8_t)mask;
    *port->cfg_flr = (uint8_t)flr;
    *port->cfg_max_payload = (uint8_t)payload;
    *port->cfg_max_read = (uint8_t)read;
    *port->cfg_bus_device = CARD_BUS_DEVICE;
    card->awake = AWAKE_CYCLES;
}

void reset_start(struct function *function, function_done *done)
{
    function->reset = RESET_RUNNING;
    function->reset_done = done;
    function->reset_deadline = function->card->link.cycles + RESET_CYCLES;
    reset_drive_ports(function->card);
}

static void end(struct function *function, int error)
{
    function->reset = RESET_NONE;
    reset_drive_ports(function->card);
    if (!error && interrupt_any(function))
        interrupt_program(function, 0, function->card->link.model.vectors, function->reset_done);
    else
        function->reset_done(function, error);
}

void reset_ended(struct card *card, uint8_t functions)
{
    for (unsigned i = 0; i < card->functions; i++)
        if (functions >> i & 1 && card->function[i].reset == RESET_RUNNING)
            end(&card->function[i], 0);
}

void reset_expire(struct function *function)
{
    if (function->reset == RESET_RUNNING && function->card->link.cycles >= function->reset_deadline)
        end(function, -ETIMEDOUT);
}
