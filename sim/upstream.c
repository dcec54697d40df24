/* SPDX-License-Identifier: Apache-2.0 */
/* Packets from the card: memory reads and writes, interrupts, and completions of BAR accesses.
 *
 * Memory without a file is reached by messages, which the client answers when it likes. What the
 * card sends after such a write must not be seen before it (section 2.4.1): it is held until the
 * client has acknowledged the write. Messages themselves stay in order on the socket.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/card.h"

/* A client that lets so many packets pile up has stopped answering. */
#define HELD_LIMIT 4096u

static void begin_read(struct function *function, const struct tlp_request *request)
{
    struct card *card = function->card;
    struct read *read = reads_begin(card, function->index, request);
    const struct mapping *range;

    if (!read)
        return;
    range = mappings_find(&function->mappings, read->address, read->total);
    if (!range || !range->readable || !config_bus_master(&function->config)) {
        function->faults++;
        read->status = TLP_STATUS_UNSUPPORTED;
    } else if (range->file) {
        if (mapping_read(range, read->address, read->data, read->total) != 0)
            read->status = TLP_STATUS_ABORT;
    } else {
        read->waiting = true;
        server_remote_read(function, read->address, read);
    }
}

static void write_run(struct function *function, const struct mapping *range, uint64_t address, const void *data,
                      size_t size)
{
    if (!range->file)
        server_remote_write(function, address, data, size);
    else if (mapping_write(range, address, data, size) != 0)
        function->faults++;
}

/* Octets enabled one by one, in a packet of one or two doublewords. */
static void write_scattered(struct function *function, const struct mapping *range, const struct tlp *tlp,
                            const struct tlp_request *request)
{
    unsigned enables = request->first_enable | (unsigned)request->last_enable << 4;
    const uint8_t *data = (const uint8_t *)tlp->data;

    for (unsigned i = 0; i < 8; i++)
        if (enables >> i & 1)
            write_run(function, range, request->address + i, data + i, 1);
}

static void do_write(struct function *function, const struct tlp *tlp, const struct tlp_request *request)
{
    unsigned skip = tlp_request_skip(request), octets = tlp_request_octets(request);
    unsigned enables = request->first_enable | (unsigned)request->last_enable << 4;
    const struct mapping *range = mappings_find(&function->mappings, request->address, request->words * 4u);

    if (!enables)
        return;
    if (!range || !range->writable || !config_bus_master(&function->config))
        function->faults++;
    else if (request->words <= 2 && octets != (unsigned)__builtin_popcount(enables))
        write_scattered(function, range, tlp, request);
    else
        write_run(function, range, request->address + skip, (const uint8_t *)tlp->data + skip, octets);
}

/* Whether a write can be seen only once the client has acknowledged those before it. */
static bool must_wait(const struct function *function, const struct tlp_request *request)
{
    const struct mapping *range;

    if (!function->client.unacknowledged)
        return false;
    if (interrupt_address(request->address))
        return true;
    range = mappings_find(&function->mappings, request->address, request->words * 4u);
    return range && range->file;
}

/* Whether the packet is dealt with; false if it has to be held. */
static bool serve(struct function *function, const struct tlp *tlp)
{
    struct tlp_request request;

    if (tlp_kind(tlp) == TLP_COMPLETION) {
        access_complete(function->card, tlp);
        return true;
    }
    request = tlp_get_request(tlp);
    if (!request.write) {
        begin_read(function, &request);
        return true;
    }
    if (must_wait(function, &request))
        return false;
    if (interrupt_address(request.address))
        interrupt_signal(function, tlp->data[0]);
    else
        do_write(function, tlp, &request);
    return true;
}

static void hold(struct function *function, struct tlp *tlp)
{
    tlp->next = NULL;
    if (function->held_first)
        function->held_last->next = tlp;
    else
        function->held_first = tlp;
    function->held_last = tlp;
    if (++function->held > HELD_LIMIT)
        server_close(function);
}

/* The function that a packet comes from, or NULL for a packet that no card sends. */
static struct function *origin(struct card *card, const struct tlp *tlp)
{
    enum tlp_kind kind = tlp_kind(tlp);
    struct tlp_request request = tlp_get_request(tlp);
    const char *rule = NULL;
    unsigned index;

    if (kind == TLP_UNKNOWN)
        rule = "a type of packet that a card does not send";
    else if (kind != TLP_COMPLETION)
        rule = rules_check(card, tlp, &request);
    if (rule) {
        if (!card->violations++)
            card->violation = rule;
        return NULL;
    }
    index = kind == TLP_COMPLETION ? tlp_get_completion(tlp).tag & 7u : request.requester & 7u;
    return index < card->functions ? &card->function[index] : NULL;
}

void upstream_take(struct card *card, struct tlp *tlp)
{
    struct function *function = origin(card, tlp);

    if (function && (function->held_first || !serve(function, tlp)))
        hold(function, tlp);
    else
        link_free(&card->link, tlp);
}

void upstream_release(struct function *function)
{
    while (function->held_first) {
        struct tlp *tlp = function->held_first;

        if (!serve(function, tlp))
            return;
        /* Serving may have ended the client, and with it the list. */
        if (function->held_first != tlp)
            return;
        function->held_first = tlp->next;
        function->held--;
        link_free(&function->card->link, tlp);
    }
}

void upstream_drop(struct function *function)
{
    while (function->held_first) {
        struct tlp *tlp = function->held_first;

        function->held_first = tlp->next;
        link_free(&function->card->link, tlp);
    }
    function->held = 0;
}
