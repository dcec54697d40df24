/* SPDX-License-Identifier: Apache-2.0 */
/* Completions for the card's memory reads: when they come, in what order and in what pieces. */
#include <stdlib.h>
#include <string.h>

#include "sim/card.h"

#define SMALLEST_BOUNDARY 64u

static uint32_t draw(struct card *card)
{
    card->random = card->random * 1664525u + 1013904223u;
    return card->random >> 16;
}

/* With reordering up to twice the usual, so that a later request can be answered before an earlier one. */
static unsigned latency(struct card *card)
{
    unsigned usual = card->options.latency;

    return card->options.reorder ? usual + draw(card) % (usual + SMALLEST_BOUNDARY) : usual;
}

struct read *reads_begin(struct card *card, uint8_t function, const struct tlp_request *request)
{
    struct read *read = calloc(1, sizeof(*read)), **place = &card->reads;
    unsigned octets = tlp_request_octets(request);

    if (!read) {
        card->link.starved = true;
        return NULL;
    }
    read->function = function;
    read->tag = request->tag;
    read->requester = request->requester;
    read->total = (uint16_t)octets;
    read->address = request->address + tlp_request_skip(request);
    read->ready_at = card->link.cycles + latency(card);
    while (*place)
        place = &(*place)->next;
    *place = read;
    return read;
}

bool reads_outstanding(const struct card *card, uint8_t function, uint8_t tag)
{
    for (const struct read *read = card->reads; read; read = read->next)
        if (read->function == function && read->tag == tag)
            return true;
    return false;
}

/* Whether the clock brings any of them nearer its end. */
bool reads_pending(const struct card *card)
{
    for (const struct read *read = card->reads; read; read = read->next)
        if (!read->waiting)
            return true;
    return false;
}

static struct read *choose(struct card *card)
{
    struct read *chosen = NULL;
    unsigned ready = 0;

    for (struct read *read = card->reads; read; read = read->next) {
        if (read->waiting || read->ready_at > card->link.cycles)
            continue;
        if (!card->options.reorder)
            return read;
        /* Each of n ready ones ends up chosen with probability 1 / n. */
        if (draw(card) % ++ready == 0)
            chosen = read;
    }
    return chosen;
}

static void forget(struct card *card, struct read *read)
{
    struct read **place = &card->reads;

    while (*place != read)
        place = &(*place)->next;
    *place = read->next;
    memset(read->data, 0, sizeof(read->data));
    free(read);
}

/* Octets of the next completion: up to a multiple of the boundary (section 2.3.1.1). */
static unsigned piece(const struct card *card, const struct read *read)
{
    unsigned payload = 128u << *card->link.model.port.cfg_max_payload;
    unsigned boundary = card->options.split ? SMALLEST_BOUNDARY : payload;
    uint64_t at = read->address + read->sent;
    unsigned room = boundary - (unsigned)(at % boundary), left = (unsigned)(read->total - read->sent);

    return left < room ? left : room;
}

static void send_completion(struct card *card, struct read *read)
{
    uint64_t at = read->address + read->sent;
    unsigned skip = (unsigned)(at % 4), octets = read->status ? 0 : piece(card, read);
    struct tlp *tlp = link_allocate(&card->link);

    if (!tlp)
        return;
    tlp_set_completion(tlp, &(struct tlp_completion){
        .completer = CARD_HOST_REQUESTER, .requester = read->requester, .tag = read->tag, .status = read->status,
        .lower_address = read->status ? 0 : at & 0x7f, .byte_count = (uint16_t)(read->total - read->sent),
        .words = (uint16_t)(octets ? (skip + octets + 3) / 4 : 0)});
    tlp->function = read->function;
    tlp->bar = 0;
    memset(tlp->data, 0, tlp->words * 4u);
    memcpy((uint8_t *)tlp->data + skip, read->data + read->sent, octets);
    link_send(&card->link, tlp);
    read->sent = (uint16_t)(read->sent + octets);
    if (read->status || read->sent == read->total)
        forget(card, read);
}

void reads_feed(struct card *card)
{
    struct read *read = choose(card);

    if (read)
        send_completion(card, read);
}

void reads_clear(struct card *card)
{
    while (card->reads)
        forget(card, card->reads);
}
