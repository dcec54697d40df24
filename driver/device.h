/* SPDX-License-Identifier: Apache-2.0 */
/*
 * device.h - an opened function of a card, as the driver's files share it.
 *
 * lock protects the lists, and nothing that blocks is done under it; one thread at a time has the turn of resetting,
 * and that of the registers of which one latches another. failed only rises. A reset makes generation odd while it
 * lasts and even when it is done; each queue notices the change from its own thread and starts anew, so that the path
 * of a request takes no lock.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

#include "driver/held_fd.h"
#include "driver/memory.h"
#include "driver/message.h"
#include "driver/process.h"
#include "driver/tlscard.h"
#include "driver/tlscard_map.h"
#include "driver/transport.h"
#include "driver/turn.h"

struct key;

struct tlscard {
    struct transport *transport;
    unsigned process;      /* that opened it */
    unsigned operation_ms; /* for each operation on the open card */
    atomic_int failed;
    atomic_uint generation;
    pthread_mutex_t lock;
    struct turn resetting, latches;
    struct dma_space space;
    struct dma_pool keys, small_keys;       /* key blocks: of RSA, of curves */
    struct key *first_key;
    struct tlscard_queue *first_queue;
    uint32_t pairs_taken;                   /* bit for each queue pair; a quarantined one stays */
    struct held_fd events[TLSCARD_MAX_QUEUE_PAIRS]; /* eventfd of each pair's vector */
    char address[sizeof(((struct tlscard_info *)0)->address)];
    uint16_t vendor_id, device_id;
    uint32_t version, map_hash;
    unsigned functions, function, queue_pairs, max_entries;
    int simulated;
    uint64_t opcodes;
};

/* 0, or -EOWNERDEAD in a child of the process that opened the card. */
static inline int card_owned(const struct tlscard *card)
{
    return card->process == process_number() ? 0 : -EOWNERDEAD;
}

/* 0, -EOWNERDEAD, or -EIO for a failed card. */
static inline int card_usable(const struct tlscard *card)
{
    int error = card_owned(card);

    return error != 0 ? error : atomic_load(&card->failed) ? -EIO : 0;
}

/* Until when an operation that begins now may last. */
static inline uint64_t card_deadline(const struct tlscard *card)
{
    return clock_ms() + card->operation_ms;
}

/* The card broke the rules or is gone: mark it, and wake whoever waits for an event. Returns -EIO. */
int card_fail(struct tlscard *card);

/* A register of BAR 0. -EIO: the transport is broken, and the card has failed with it.
 * -ETIMEDOUT: a read was not answered in time, a write found no room, and either may be tried again. */
int card_read(struct tlscard *card, uint64_t offset, uint32_t *value, uint64_t deadline);
int card_write(struct tlscard *card, uint64_t offset, uint32_t value, uint64_t deadline);

/* Check the configuration space and identity of the function behind card->transport, reset and
 * enable it; message as tlscard_open. */
int card_identify(struct tlscard *card, uint64_t deadline, char *message);

/* Set or clear Memory Space Enable and Bus Master Enable in configuration space. */
int card_enable(struct tlscard *card, int on, uint64_t deadline);

/* Reset by the function's CONTROL register and wait until it is ready. */
int card_reset_function(struct tlscard *card, uint64_t deadline);

/* 1 where the function is ready and no reset of it waits, 0 where not; or an error. */
int card_ready(struct tlscard *card, uint64_t deadline);

/* Make a card of an open transport, which is the callee's in any case. */
int card_create(struct transport *transport, const char *address, uint64_t deadline, struct tlscard **card,
                char *message);

#endif
