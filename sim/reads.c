/* SPDX-License-Identifier: Apache-2.0 */
/* Completions for the card's memory reads: when they come, in what order and in what pieces. */
#include "sim/reads.h"

#include <stdlib.h>
#include <string.h>

#define SMALLEST_BOUNDARY 64u

static uint32_t reads_draw(struct reads *reads)
{
    reads->random = reads->random * 1664525u + 1013904223u;
    return reads->random >> 16;
}

/* With reordering up to twice the usual, so that a later request can be answered before an earlier one. */
static unsigned reads_latency(struct reads *reads)
{
    unsigned usual = reads->latency;

    return reads->reorder ? usual + reads_draw(reads) % (usual + SMALLEST_BOUNDARY) : usual;
}

struct read *reads_begin(struct reads *reads, uint8_t function, const struct tlp_request *request)
{
    struct read *read = calloc(1, sizeof(*read)), **place = &reads->first;
    unsigned octets = tlp_request_octets(request);

    if (!read) {
        reads->link->starved = true;
        return NULL;
    }
    read->function = function;
    read->tag = request->tag;
    read->requester = request->requester;
    read->total = (uint16_t)octets;
    read->address = request->address + tlp_request_skip(request);
    read->ready_at = reads->link->cycles + reads_latency(reads);
    while (*place)
        place = &(*place)->next;
    *place = read;
    return read;
}

bool reads_outstanding(const struct reads *reads, uint8_t function, uint8_t tag)
{
    for (const struct read *read = reads->first; read; read = read->next)
        if (read->function == function && read->tag == tag)
            return true;
    return false;
}

bool reads_pending(const struct reads *reads)
{
    for (const struct read *read = reads->first; read; read = read->next)
        if (!read->waiting)
            return true;
    return false;
}

static struct read *reads_choose(struct reads *reads)
{
    struct read *chosen = NULL;
    unsigned ready = 0;

    for (struct read *read = reads->first; read; read = read->next) {
        if (read->waiting || read->ready_at > reads->link->cycles)
            continue;
        if (!reads->reorder)
            return read;
        /* Each of n ready ones ends up chosen with probability 1 / n. */
        if (reads_draw(reads) % ++ready == 0)
            chosen = read;
    }
    return chosen;
}

static void reads_forget(struct reads *reads, struct read *read)
{
    struct read **place = &reads->first;

    while (*place != read)
        place = &(*place)->next;
    *place = read->next;
    memset(read->data, 0, sizeof(read->data));
    free(read);
}

/* Octets of the next completion: up to a multiple of the boundary (section 2.3.1.1). */
static unsigned reads_piece(const struct reads *reads, const struct read *read)
{
    unsigned payload = 128u << *reads->link->model.port.cfg_max_payload;
    unsigned boundary = reads->split ? SMALLEST_BOUNDARY : payload;
    uint64_t at = read->address + read->sent;
    unsigned room = boundary - (unsigned)(at % boundary), left = (unsigned)(read->total - read->sent);

    return left < room ? left : room;
}

static void reads_send_completion(struct reads *reads, struct read *read)
{
    uint64_t at = read->address + read->sent;
    unsigned skip = (unsigned)(at % 4), octets = read->status ? 0 : reads_piece(reads, read);
    struct tlp *tlp = link_allocate(reads->link);

    if (!tlp)
        return;
    tlp_set_completion(tlp, &(struct tlp_completion){
        .completer = TLP_HOST_ID, .requester = read->requester, .tag = read->tag, .status = read->status,
        .lower_address = read->status ? 0 : at & 0x7f, .byte_count = (uint16_t)(read->total - read->sent),
        .words = (uint16_t)(octets ? (skip + octets + 3) / 4 : 0)});
    tlp->function = read->function;
    tlp->bar = 0;
    memset(tlp->data, 0, tlp->words * 4u);
    memcpy((uint8_t *)tlp->data + skip, read->data + read->sent, octets);
    link_send(reads->link, tlp);
    read->sent = (uint16_t)(read->sent + octets);
    if (read->status || read->sent == read->total)
        reads_forget(reads, read);
}

void reads_feed(struct reads *reads)
{
    struct read *read = reads_choose(reads);

    if (read)
        reads_send_completion(reads, read);
}

void reads_clear(struct reads *reads)
{
    while (reads->first)
        reads_forget(reads, reads->first);
}
