/* SPDX-License-Identifier: Apache-2.0 */
/* The link: clocks the card and moves whole packets in and out of it, a beat at a time. */
#ifndef SIM_LINK_H
#define SIM_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/model.h"
#include "sim/tlp.h"

struct tlp_link {
    struct model model;
    bool tracing;
    uint64_t cycles;
    uint64_t to_card, from_card; /* packets */
    uint64_t broken;             /* packets from the card whose beats do not fit their header */
    struct tlp *rx_head, *rx_tail; /* packets that wait for the card, the first perhaps half sent */
    unsigned rx_word;              /* payload words of the first that have been offered before this beat */
    bool rx_offered;
    struct tlp *tx;    /* packet being received */
    unsigned tx_words; /* payload words of it that have arrived */
    struct tlp *spare;
    unsigned awake; /* cycles to run although the card says that it is idle */
    bool starved;   /* there was no memory for a packet: what it was to carry is lost */
};

/* What a cycle brought. Packets are the caller's: give them back with link_free. */
struct link_event {
    struct tlp *received;
    struct tlp *sent;
    uint8_t flr_done; /* functions whose reset ended */
};

/* Make the model and reset it; trace is a file to record signals in, or NULL.
 * 0, -ENOMEM, or -EIO where the trace cannot be written. */
int link_create(struct tlp_link *link, const char *trace);
void link_destroy(struct tlp_link *link);

/* A packet to fill; NULL without memory, which starves the link. */
struct tlp *link_allocate(struct tlp_link *link);
void link_free(struct tlp_link *link, struct tlp *tlp);

/* Queue a packet for the card, which takes it over. */
void link_send(struct tlp_link *link, struct tlp *tlp);

/* Whether further cycles would change nothing but the time. */
static inline bool link_idle(const struct tlp_link *link)
{
    return !link->awake && *link->model.port.idle && !link->rx_head;
}

/* Not idle for so many cycles: a configuration port has changed. */
static inline void link_keep_awake(struct tlp_link *link, unsigned cycles)
{
    link->awake = cycles;
}

/* One clock cycle. */
void link_cycle(struct tlp_link *link, struct link_event *event);

#endif
