/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of every kind: their blocks, holds, and the card's list of them. */
#include "driver/key.h"

#include <stdlib.h>

int key_enlist(struct key *key, struct tlscard *card, struct dma_pool *pool)
{
    key->card = card;
    atomic_init(&key->holds, 1);
    int error = dma_block_take(pool, card_deadline(card), &key->block);
    if (error != 0)
        return error;
    pthread_mutex_lock(&card->lock);
    key->next = card->first_key;
    key->link = &card->first_key;
    if (key->next != NULL)
        key->next->link = &key->next;
    card->first_key = key;
    pthread_mutex_unlock(&card->lock);
    return 0;
}

static void delist(struct key *key)
{
    *key->link = key->next;
    if (key->next != NULL)
        key->next->link = key->link;
}

void key_hold(struct key *key)
{
    atomic_fetch_add(&key->holds, 1);
}

void key_drop(struct key *key)
{
    struct tlscard *card = key->card;

    if (atomic_fetch_sub(&key->holds, 1) != 1)
        return;
    dma_block_return(&key->block);
    pthread_mutex_lock(&card->lock);
    delist(key);
    pthread_mutex_unlock(&card->lock);
    free(key);
}

void keys_clear(struct tlscard *card)
{
    while (card->first_key != NULL) {
        struct key *key = card->first_key;

        card->first_key = key->next;
        free(key);
    }
}
