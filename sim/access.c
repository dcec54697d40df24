/* SPDX-License-Identifier: Apache-2.0 */
/* BAR accesses of the client, as the memory requests that a processor would make. */
#include <errno.h>
#include <linux/pci_regs.h>
#include <string.h>

#include "sim/card.h"

/* A card that has not answered a register access by then never will: 40 ms at 250 MHz. */
#ifndef ACCESS_CYCLES
#define ACCESS_CYCLES 10000000u
#endif

static unsigned piece_size(const struct access *access)
{
    uint32_t at = access->offset + access->position;
    uint32_t left = access->size - access->position;
    uint32_t room = 8 - at % 8;

    return left < room ? left : room;
}

static uint64_t bar_base(const struct function *function, unsigned bar)
{
    uint64_t base;

    memcpy(&base, &function->config.value[PCI_BASE_ADDRESS_0 + 4 * bar], sizeof(base));
    return base & ~15ull;
}

/* The tag tells the function, and pieces of one function from each other. */
static uint8_t next_tag(struct function *function)
{
    function->access_serial++;
    return (uint8_t)(function->access_serial << 3 | function->index);
}

static void send_piece(struct function *function)
{
    struct access *access = &function->access;
    struct card *card = function->card;
    uint32_t at = access->offset + access->position;
    unsigned size = piece_size(access), skip = at % 4, words = (skip + size + 3) / 4;
    unsigned enables = ((1u << size) - 1) << skip;
    struct tlp *tlp = link_allocate(&card->link);

    access->tag = next_tag(function);
    access->deadline = card->link.cycles + ACCESS_CYCLES;
    if (!tlp)
        return; /* the link is starved, and the card fails */
    tlp_set_request(tlp, &(struct tlp_request){
        .write = access->write, .requester = CARD_HOST_REQUESTER, .tag = access->tag, .words = (uint16_t)words,
        .first_enable = enables & 0xf, .last_enable = enables >> 4,
        .address = bar_base(function, access->bar) + at - skip});
    tlp->function = function->index;
    tlp->bar = access->bar;
    if (access->write) {
        memset(tlp->data, 0, words * 4);
        memcpy((uint8_t *)tlp->data + skip, access->data + access->position, size);
    }
    link_send(&card->link, tlp);
}

void access_start(struct function *function, const struct access *access)
{
    function->access = *access;
    function->access.active = true;
    function->access.position = 0;
    send_piece(function);
}

static void end(struct function *function, int error)
{
    function->access.active = false;
    function->access.done(function, error);
}

static void piece_done(struct function *function)
{
    struct access *access = &function->access;

    access->position += piece_size(access);
    if (access->position == access->size)
        end(function, 0);
    else
        send_piece(function);
}

void access_sent(struct function *function)
{
    if (function->access.active && function->access.write)
        piece_done(function);
}

static void violation(struct card *card, const char *rule)
{
    if (!card->violations++)
        card->violation = rule;
}

void access_complete(struct card *card, const struct tlp *tlp)
{
    struct tlp_completion completion = tlp_get_completion(tlp);
    unsigned index = completion.tag & 7;
    struct function *function = index < card->functions ? &card->function[index] : NULL;
    struct access *access = function ? &function->access : NULL;
    unsigned skip, size;

    if (!access || !access->active || access->write || access->tag != completion.tag) {
        violation(card, "completion for no outstanding request");
        return;
    }
    size = piece_size(access);
    skip = (access->offset + access->position) % 4;
    if (completion.status != TLP_STATUS_SUCCESS) {
        /* A root complex gives the processor ones for a failed read. */
        memset(access->data + access->position, 0xff, size);
    } else if (completion.words != (skip + size + 3) / 4 || completion.byte_count != size ||
               completion.lower_address % 4 != skip) {
        violation(card, "completion does not fit its request");
        end(function, -EIO);
        return;
    } else {
        memcpy(access->data + access->position, (const uint8_t *)tlp->data + skip, size);
    }
    piece_done(function);
}

void access_expire(struct function *function)
{
    if (function->access.active && function->card->link.cycles >= function->access.deadline)
        end(function, -ETIMEDOUT);
}
