/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_card.h - a vfio-user server with a card of a few lines behind it, for tests of the driver.
 *
 * It serves one client at a time from a thread of its own; a second client is told EBUSY. Its result
 * of a request is the source, repeated where it is shorter, with the key block added octet by octet
 * (of an RSA key its modulus; the block is followed by zeros); records of AES-GCM it seals and opens by libcrypto. What it does wrong is set before or while it runs.
 */
#ifndef FAKE_CARD_H
#define FAKE_CARD_H

#include <pthread.h>
#include <stdint.h>

#include "driver/tlscard_map.h"

/* What happens to a message of the client, or to its reply. */
enum fake_fault {
    FAKE_NO_FAULT,
    FAKE_SILENT,        /* no reply */
    FAKE_CUT,           /* the connection is closed instead of a reply */
    FAKE_CUT_MIDDLE,    /* and that after half of the reply */
    FAKE_ERROR,         /* an error reply, ENOMEM */
    FAKE_ERROR_ZERO,    /* an error reply without an errno */
    FAKE_WRONG_ID,
    FAKE_WRONG_COMMAND,
    FAKE_WRONG_TYPE,
    FAKE_SHORT,         /* a reply of one octet less than it should have, or one more than none */
    FAKE_LONG,          /* a reply of 64 octets more */
    FAKE_TINY,          /* a size field smaller than the header */
    FAKE_HUGE,          /* a size field of 4 GiB - 1 */
    FAKE_GARBLED,       /* a reply whose payload is all ones */
    FAKE_SLOW,          /* a reply octet by octet: not wrong */
    FAKE_ASKS_FIRST,    /* a DMA_READ command before the reply: not wrong either */
    FAKE_FAULTS
};

/* What a script asks for, beside completing the request. */
enum {
    FAKE_HOLD = 1,         /* keep it until fake_card_answer */
    FAKE_NO_INTERRUPT = 2,
    FAKE_TWICE = 4,        /* two completions */
};

#define FAKE_MAX_MAPS 256u
#define FAKE_MAX_HELD 2048u
#define FAKE_CONFIGURATION 256u
#define FAKE_TAG 16u

struct fake_held {
    unsigned pair;
    struct tlscard_submission entry;
    struct tlscard_completion completion;
    unsigned flags;
};

struct fake_queue {
    uint32_t registers[TLSCARD_QUEUE_STRIDE / 4];
    uint16_t head, tail;            /* of the submission queue */
    uint16_t completion_tail, completion_head, phase;
    int enabled, eventfd, armed;
};

struct fake_card;
typedef unsigned fake_script(struct fake_card *fake, unsigned number, const struct tlscard_submission *entry,
                             struct tlscard_completion *completion);

struct fake_card {
    char path[108];
    pthread_t thread;
    pthread_mutex_t lock; /* of all that follows, while it runs */
    int listener, client, wake[2];

    /* Faults of the protocol: at the fault_at-th message (from 1), or each message of a command. */
    enum fake_fault fault;
    unsigned fault_at, fault_command;
    unsigned messages;     /* so far, of all clients */
    int fault_done;
    int refusals;          /* error replies to FAKE_ASKS_FIRST */

    /* A gate: while gate_command is a command, the server waits with a message of it, once gate_skip have passed. */
    unsigned gate_command, gate_skip;
    int at_gate;
    pthread_cond_t gate_moved;

    /* The card. */
    uint8_t configuration[FAKE_CONFIGURATION];
    uint64_t configuration_size, bar0_size;
    uint32_t map_hash, name, caps_queues, caps_flags, status, vectors;
    uint64_t opcodes;
    struct fake_queue queues[TLSCARD_MAX_QUEUE_PAIRS];
    struct {
        uint64_t iova, size;
        uint8_t *memory;
    } maps[FAKE_MAX_MAPS];
    unsigned dma_errors;   /* accesses to what is not mapped */
    unsigned requests, resets, doorbells; /* of submission queues */
    fake_script *script;
    void *script_context;
    int state_stuck;       /* a disabled pair goes on having requests in flight */
    int map_fails, unmap_fails;
    int enable_fails;      /* a pair stays disabled, INVALID_QUEUE */
    struct fake_held held[FAKE_MAX_HELD];
    unsigned held_count;
    uint8_t key_block[TLSCARD_MAX_KEY_OCTETS], source[512]; /* of the last request */
    struct tlscard_submission entry;
};

/* A sound card; then change what is to be unsound. */
void fake_card_prepare(struct fake_card *fake, const char *directory, unsigned function);
void fake_card_start(struct fake_card *fake);
void fake_card_stop(struct fake_card *fake);

/* Answer the held request at an index of fake->held; an interrupt follows. */
void fake_card_answer(struct fake_card *fake, unsigned index);

/* Write a completion entry into a pair's queue as it stands, with the phase bit expected. */
void fake_card_complete(struct fake_card *fake, unsigned pair, struct tlscard_completion completion);
void fake_card_interrupt(struct fake_card *fake, unsigned pair);

/* Our address of the card's address, or NULL where size octets are not mapped there. */
uint8_t *fake_card_memory(struct fake_card *fake, uint64_t iova, uint64_t size);

/* Inner boundary of the fake's two files, called with the lock held. */
uint32_t fake_register_read(struct fake_card *fake, uint64_t offset);
void fake_register_write(struct fake_card *fake, uint64_t offset, uint32_t value);
void fake_function_reset(struct fake_card *fake);

/* Seal or open a record as the register reference says, and complete it so: INVALID_FIELD where the entry
 * is not as it should be, TAG_MISMATCH where the tag is not. A status that the script has set stays, and the
 * destination is written all the same. */
void fake_gcm(struct fake_card *fake, const struct tlscard_submission *entry, struct tlscard_completion *completion);

#endif
