/* SPDX-License-Identifier: Apache-2.0 */
/* The card's configuration ports. */
#include "sim/ports.h"

/* The card may take some cycles until idle falls. */
#define AWAKE_CYCLES 16u

static unsigned ports_lowest(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

void ports_drive(const struct ports *ports)
{
    const struct model_ports *port = &ports->link->model.port;
    unsigned master = 0, enable = 0, mask = 0, payload = 7, read = 7;

    for (unsigned i = 0; i < ports->functions; i++) {
        const struct config_space *config = ports->config[i];
        bool resetting = ports->resetting >> i & 1;

        master |= (unsigned)(!resetting && config_space_bus_master(config)) << i;
        enable |= (unsigned)(!resetting && config_space_msix_enabled(config)) << i;
        mask |= (unsigned)config_space_msix_masked(config) << i;
        /* One link, one size: the smallest that any function asks for. */
        payload = ports_lowest(payload, config_space_max_payload(config));
        read = ports_lowest(read, config_space_max_read(config));
    }
    *port->cfg_bus_master = (uint8_t)master;
    *port->cfg_msix_enable = (uint8_t)enable;
    *port->cfg_msix_mask = (uint8_t)mask;
    *port->cfg_flr = ports->resetting;
    *port->cfg_max_payload = (uint8_t)payload;
    *port->cfg_max_read = (uint8_t)read;
    *port->cfg_bus_device = PORTS_BUS_DEVICE;
    link_keep_awake(ports->link, AWAKE_CYCLES);
}

void ports_drive_reset(struct ports *ports, unsigned function, bool resetting)
{
    unsigned bit = 1u << function;

    ports->resetting = (uint8_t)(resetting ? ports->resetting | bit : ports->resetting & ~bit);
    ports_drive(ports);
}
