/* SPDX-License-Identifier: Apache-2.0 */
/* BAR accesses of the client, as the memory requests that a processor would make. */
#include "sim/access.h"

#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

/* A card that has not answered a register access by then never will: 40 ms at 250 MHz. */
#define CYCLES_MAX 10000000u

static unsigned access_piece_size(const struct access *access)
{
    uint32_t at = access->request.offset + access->position;
    uint32_t left = access->request.size - access->position;
    uint32_t room = 8 - at % 8;

    return left < room ? left : room;
}

static uint64_t access_bar_base(const struct access *access)
{
    uint64_t base;

    memcpy(&base, &access->config->value[PCI_BASE_ADDRESS_0 + 4 * access->request.bar], sizeof(base));
    return base & ~15ull;
}

/* The tag tells the function, and pieces of one function from each other. */
static uint8_t access_next_tag(struct access *access)
{
    access->serial++;
    return (uint8_t)(access->serial << 3 | access->index);
}

static void access_send_piece(struct access *access)
{
    const struct access_request *request = &access->request;
    uint32_t at = request->offset + access->position;
    unsigned size = access_piece_size(access), skip = at % 4, words = (skip + size + 3) / 4;
    unsigned enables = ((1u << size) - 1) << skip;
    struct tlp *tlp = link_allocate(access->link);

    access->tag = access_next_tag(access);
    access->deadline = access->link->cycles + (access->cycles_max ? access->cycles_max : CYCLES_MAX);
    if (!tlp)
        return; /* the link is starved, and the card fails */
    tlp_set_request(tlp, &(struct tlp_request){
        .write = request->write, .requester = TLP_HOST_ID, .tag = access->tag, .words = (uint16_t)words,
        .first_enable = enables & 0xf, .last_enable = enables >> 4,
        .address = access_bar_base(access) + at - skip});
    tlp->function = access->index;
    tlp->bar = request->bar;
    if (request->write) {
        memset(tlp->data, 0, words * 4);
        memcpy((uint8_t *)tlp->data + skip, request->data + access->position, size);
    }
    link_send(access->link, tlp);
}

void access_start(struct access *access, const struct access_request *request)
{
    access->request = *request;
    access->active = true;
    access->position = 0;
    access_send_piece(access);
}

static void access_end(struct access *access, int error)
{
    access->active = false;
    access->request.done(access->function, error);
}

static void access_piece_done(struct access *access)
{
    access->position += access_piece_size(access);
    if (access->position == access->request.size)
        access_end(access, 0);
    else
        access_send_piece(access);
}

void access_sent(struct access *access)
{
    if (access->active && access->request.write)
        access_piece_done(access);
}

void access_complete(struct access *access, const struct tlp *tlp)
{
    struct tlp_completion completion = tlp_get_completion(tlp);
    unsigned skip, size;
    uint8_t *data;

    if (!access->active || access->request.write || access->tag != completion.tag) {
        rules_violated(access->rules, "completion for no outstanding request");
        return;
    }
    data = access->request.data + access->position;
    size = access_piece_size(access);
    skip = (access->request.offset + access->position) % 4;
    if (completion.status != TLP_STATUS_SUCCESS) {
        /* A root complex gives the processor ones for a failed read. */
        memset(data, 0xff, size);
    } else if (completion.words != (skip + size + 3) / 4 || completion.byte_count != size ||
               completion.lower_address % 4 != skip) {
        rules_violated(access->rules, "completion does not fit its request");
        access_end(access, -EIO);
        return;
    } else {
        memcpy(data, (const uint8_t *)tlp->data + skip, size);
    }
    access_piece_done(access);
}

void access_expire(struct access *access)
{
    if (access->active && access->link->cycles >= access->deadline)
        access_end(access, -ETIMEDOUT);
}
