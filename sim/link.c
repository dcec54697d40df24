/* SPDX-License-Identifier: Apache-2.0 */
/* The link: clocks the card and moves whole packets in and out of it, a beat at a time. */
#include "sim/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The card's idle may fall a little after the packet that ends its sleep. */
enum { RESET_CYCLES = 16, BEAT_WORDS = 4, AWAKE_AFTER_PACKET = 2 };

static void link_half_cycle(struct tlp_link *link, unsigned level)
{
    *link->model.port.clk = level;
    link->model.eval(link->model.object);
    if (link->tracing)
        link->model.dump(link->model.object,
                         (2 * link->cycles + level) * (500000000000ull / link->model.clock_hz));
}

int link_create(struct tlp_link *link, const char *trace)
{
    int error;

    *link = (struct tlp_link){0};
    error = model_create(&link->model);
    if (error)
        return error;
    if (trace) {
        if (link->model.trace(link->model.object, trace) != 0) {
            link_destroy(link);
            return -EIO;
        }
        link->tracing = true;
    }
    *link->model.port.tx_ready = 1;
    *link->model.port.rst = 1;
    for (unsigned i = 0; i < RESET_CYCLES; i++) {
        link_half_cycle(link, 0);
        link_half_cycle(link, 1);
        link->cycles++;
    }
    *link->model.port.rst = 0;
    return 0;
}

static void link_free_list(struct tlp *tlp)
{
    while (tlp) {
        struct tlp *next = tlp->next;

        free(tlp);
        tlp = next;
    }
}

void link_destroy(struct tlp_link *link)
{
    if (link->model.destroy)
        link->model.destroy(link->model.object);
    link_free_list(link->rx_head);
    link_free_list(link->spare);
    free(link->tx);
    *link = (struct tlp_link){0};
}

struct tlp *link_allocate(struct tlp_link *link)
{
    struct tlp *tlp = link->spare;

    if (!tlp) {
        tlp = calloc(1, sizeof(*tlp));
        link->starved |= !tlp;
        return tlp;
    }
    link->spare = tlp->next;
    tlp->next = NULL;
    return tlp;
}

void link_free(struct tlp_link *link, struct tlp *tlp)
{
    if (!tlp)
        return;
    /* Packets carry keys. */
    memset(tlp->data, 0, tlp->words * 4u);
    tlp->next = link->spare;
    link->spare = tlp;
}

void link_send(struct tlp_link *link, struct tlp *tlp)
{
    tlp->next = NULL;
    if (link->rx_head)
        link->rx_tail->next = tlp;
    else
        link->rx_head = tlp;
    link->rx_tail = tlp;
}

static void link_offer(struct tlp_link *link)
{
    const struct model_ports *port = &link->model.port;
    const struct tlp *tlp = link->rx_head;
    unsigned left = tlp->words - link->rx_word;
    unsigned now = left < BEAT_WORDS ? left : BEAT_WORDS;

    memcpy(port->rx_hdr, tlp->header, sizeof(tlp->header));
    memset(port->rx_data, 0, BEAT_WORDS * 4);
    memcpy(port->rx_data, tlp->data + link->rx_word, now * 4u);
    *port->rx_function = tlp->function;
    *port->rx_bar = tlp->bar;
    *port->rx_sop = link->rx_word == 0;
    *port->rx_eop = left <= BEAT_WORDS;
    *port->rx_valid = 1;
    link->rx_offered = true;
}

/* The beat offered has moved: returns the packet if it was its last. */
static struct tlp *link_advance(struct tlp_link *link)
{
    struct tlp *tlp = link->rx_head;

    link->rx_offered = false;
    *link->model.port.rx_valid = 0;
    link->rx_word += BEAT_WORDS;
    if (link->rx_word < tlp->words)
        return NULL;
    link->rx_word = 0;
    link->rx_head = tlp->next;
    link->to_card++;
    link->awake = AWAKE_AFTER_PACKET;
    return tlp;
}

/* Drop what was received of a packet. */
static struct tlp *link_drop_partial(struct tlp_link *link)
{
    link->broken++;
    link_free(link, link->tx);
    link->tx = NULL;
    return NULL;
}

static void link_begin(struct tlp_link *link)
{
    link->tx = link_allocate(link);
    link->tx_words = 0;
    if (!link->tx)
        return;
    memcpy(link->tx->header, link->model.port.tx_hdr, sizeof(link->tx->header));
    link->tx->words = tlp_has_data(link->tx) ? tlp_length(link->tx) : 0;
}

/* Take the beat on the transmit side: returns the packet if it was its last. */
static struct tlp *link_take(struct tlp_link *link)
{
    const struct model_ports *port = &link->model.port;
    struct tlp *tlp;
    unsigned left;

    if (*port->tx_sop) {
        if (link->tx)
            link_drop_partial(link);
        link_begin(link);
    }
    tlp = link->tx;
    if (!tlp)
        return link_drop_partial(link);
    left = tlp->words - link->tx_words;
    if (*port->tx_eop != (left <= BEAT_WORDS))
        return link_drop_partial(link);
    memcpy(tlp->data + link->tx_words, port->tx_data, (left < BEAT_WORDS ? left : BEAT_WORDS) * 4u);
    link->tx_words += BEAT_WORDS;
    if (!*port->tx_eop)
        return NULL;
    link->tx = NULL;
    link->from_card++;
    return tlp;
}

void link_cycle(struct tlp_link *link, struct link_event *event)
{
    const struct model_ports *port = &link->model.port;
    bool moved;

    if (link->awake)
        link->awake--;
    if (link->rx_head && !link->rx_offered)
        link_offer(link);
    link_half_cycle(link, 0);
    /* Outputs are sampled settled, before the edge at which the beats move. */
    event->received = *port->tx_valid ? link_take(link) : NULL;
    event->flr_done = *port->cfg_flr_done;
    moved = link->rx_offered && *port->rx_ready;
    link_half_cycle(link, 1);
    link->cycles++;
    event->sent = moved ? link_advance(link) : NULL;
}
