/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key.h - what keys of every kind have in common: a block of DMA memory, held by the owner and by
 * each request in flight, in the card's list of keys.
 */
#ifndef KEY_H
#define KEY_H

#include "driver/device.h"

/* The first member of each kind of key, which is freed with it. */
struct key {
    struct tlscard *card;
    struct key *next, **link; /* in the card's list */
    atomic_uint holds;        /* the owner's and that of each request in flight */
    struct dma_block block;
};

/* Take a block of the pool for a key whose record is all zeros, with the owner's hold, and join the
 * card's list. 0, or as dma_block_take. */
int key_enlist(struct key *key, struct tlscard *card, struct dma_pool *pool);

/* A hold on a key; with the last one the block is wiped and the record freed. */
void key_hold(struct key *key);
void key_drop(struct key *key);

/* Free the records of every key that is left; their blocks go with the DMA memory. */
void keys_clear(struct tlscard *card);

/* Whether the card serves the opcode. */
static inline int card_serves(const struct tlscard *card, unsigned opcode)
{
    return (card->opcodes >> opcode & 1) != 0;
}

#endif
