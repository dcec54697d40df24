/* SPDX-License-Identifier: Apache-2.0 */
/* Packets from one function of the card. */
#include "sim/upstream.h"

/* A client that lets so many packets pile up has stopped answering. */
#define HELD_LIMIT 4096u

static void upstream_begin_read(struct upstream *upstream, const struct tlp_request *request)
{
    struct read *read = reads_begin(upstream->reads, upstream->index, request);
    const struct mapping *range;

    if (!read)
        return;
    range = mappings_find(upstream->mappings, read->address, read->total);
    if (!range || !range->readable || !config_space_bus_master(upstream->config)) {
        upstream->faults++;
        read->status = TLP_STATUS_UNSUPPORTED;
    } else if (range->file) {
        if (mapping_read(range, read->address, read->data, read->total) != 0)
            read->status = TLP_STATUS_ABORT;
    } else {
        remote_read(upstream->remotes, read);
    }
}

static void upstream_write_run(struct upstream *upstream, const struct mapping *range, uint64_t address,
                               const void *data, size_t size)
{
    if (!range->file)
        remote_write(upstream->remotes, address, data, size);
    else if (mapping_write(range, address, data, size) != 0)
        upstream->faults++;
}

/* Octets enabled one by one, in a packet of one or two doublewords. */
static void upstream_write_scattered(struct upstream *upstream, const struct mapping *range, const struct tlp *tlp,
                                     const struct tlp_request *request)
{
    unsigned enables = request->first_enable | (unsigned)request->last_enable << 4;
    const uint8_t *data = (const uint8_t *)tlp->data;

    for (unsigned i = 0; i < 8; i++)
        if (enables >> i & 1)
            upstream_write_run(upstream, range, request->address + i, data + i, 1);
}

static void upstream_write(struct upstream *upstream, const struct tlp *tlp, const struct tlp_request *request)
{
    unsigned skip = tlp_request_skip(request), octets = tlp_request_octets(request);
    unsigned enables = request->first_enable | (unsigned)request->last_enable << 4;
    const struct mapping *range = mappings_find(upstream->mappings, request->address, request->words * 4u);

    if (!enables)
        return;
    if (!range || !range->writable || !config_space_bus_master(upstream->config))
        upstream->faults++;
    else if (request->words <= 2 && octets != (unsigned)__builtin_popcount(enables))
        upstream_write_scattered(upstream, range, tlp, request);
    else
        upstream_write_run(upstream, range, request->address + skip, (const uint8_t *)tlp->data + skip, octets);
}

/* Whether a write can be seen only once the client has acknowledged those before it. */
static bool upstream_must_wait(const struct upstream *upstream, const struct tlp_request *request)
{
    const struct mapping *range;

    if (!upstream->remotes->unacknowledged)
        return false;
    if (interrupt_address(request->address))
        return true;
    range = mappings_find(upstream->mappings, request->address, request->words * 4u);
    return range && range->file;
}

/* Whether the packet is dealt with; false if it has to be held. */
static bool upstream_serve(struct upstream *upstream, const struct tlp *tlp)
{
    struct tlp_request request;

    if (tlp_kind(tlp) == TLP_COMPLETION) {
        access_complete(upstream->access, tlp);
        return true;
    }
    request = tlp_get_request(tlp);
    if (!request.write) {
        upstream_begin_read(upstream, &request);
        return true;
    }
    if (upstream_must_wait(upstream, &request))
        return false;
    if (interrupt_address(request.address))
        interrupt_signal(upstream->interrupts, tlp->data[0]);
    else
        upstream_write(upstream, tlp, &request);
    return true;
}

static void upstream_hold(struct upstream *upstream, struct tlp *tlp)
{
    tlp->next = NULL;
    if (upstream->first)
        upstream->last->next = tlp;
    else
        upstream->first = tlp;
    upstream->last = tlp;
    upstream->held++;
}

bool upstream_take(struct upstream *upstream, struct tlp *tlp)
{
    if (upstream->first || !upstream_serve(upstream, tlp))
        upstream_hold(upstream, tlp);
    else
        link_free(upstream->link, tlp);
    return upstream->held <= HELD_LIMIT;
}

void upstream_release(struct upstream *upstream, bool failed)
{
    upstream->faults += failed;
    while (upstream->first) {
        struct tlp *tlp = upstream->first;

        if (!upstream_serve(upstream, tlp))
            return;
        upstream->first = tlp->next;
        upstream->held--;
        link_free(upstream->link, tlp);
    }
}

void upstream_drop(struct upstream *upstream)
{
    while (upstream->first) {
        struct tlp *tlp = upstream->first;

        upstream->first = tlp->next;
        link_free(upstream->link, tlp);
    }
    upstream->held = 0;
}
