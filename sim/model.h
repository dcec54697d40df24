/* SPDX-License-Identifier: Apache-2.0 */
/* The Verilated card as the simulation drives it: pointers to its ports, and what can be done to it.
 *
 * Everything outside top.c sees a card only through this table, so that the same bridge drives the
 * real top and the small device of the tests. docs/rtl.md gives the contract of each port.
 */
#ifndef SIM_MODEL_H
#define SIM_MODEL_H

#include <stdint.h>

#define MODEL_MAX_FUNCTIONS 8u

struct model_ports {
    uint8_t *clk, *rst;
    uint8_t *rx_valid, *rx_ready, *rx_sop, *rx_eop, *rx_function, *rx_bar;
    uint32_t *rx_hdr, *rx_data; /* four words each, lowest first */
    uint8_t *tx_valid, *tx_ready, *tx_sop, *tx_eop;
    uint32_t *tx_hdr, *tx_data;
    uint8_t *cfg_bus_master, *cfg_msix_enable, *cfg_msix_mask, *cfg_flr, *cfg_flr_done;
    uint8_t *cfg_max_payload, *cfg_max_read;
    uint16_t *cfg_bus_device;
    uint8_t *idle;
};

/* One assignment for each port, from a structure whose members have the ports' names. */
#define MODEL_EACH_PORT(P) \
    P(clk) P(rst) P(rx_valid) P(rx_ready) P(rx_sop) P(rx_eop) P(rx_function) P(rx_bar) P(rx_hdr) \
    P(rx_data) P(tx_valid) P(tx_ready) P(tx_sop) P(tx_eop) P(tx_hdr) P(tx_data) P(cfg_bus_master) \
    P(cfg_msix_enable) P(cfg_msix_mask) P(cfg_flr) P(cfg_flr_done) P(cfg_max_payload) \
    P(cfg_max_read) P(cfg_bus_device) P(idle)

struct model {
    struct model_ports port;
    unsigned functions; /* that the model was built with */
    unsigned vectors;   /* MSI-X vectors of a function */
    uint32_t clock_hz;
    void *object;
    void (*eval)(void *object);
    int (*stopped)(const void *object);
    int (*trace)(void *object, const char *path); /* 0, or -1 where the file cannot be written */
    void (*dump)(void *object, uint64_t picoseconds);
    void (*destroy)(void *object);
};

/* Make the model that this program was linked with: 0 or -ENOMEM. */
int model_create(struct model *model);

#endif
