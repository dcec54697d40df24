/* SPDX-License-Identifier: Apache-2.0 */
/* A simulated card: the Verilated RTL behind its link, and one vfio-user server for each function.
 *
 * A card belongs to one thread, which calls card_turn in a loop. A turn looks at the sockets, lets
 * the card's clock run for some hundred cycles if there is anything to do, and otherwise sleeps in
 * poll. All of this directory's rooms work like that: none of them blocks.
 *
 * A room is a source and its header, and owns its state; each stands on those to its right or below it:
 *
 *   main.c, library.c   the card's thread           ->  card, options, listener, stats
 *   card.c              clock, sockets, sleep       ->  server, function
 *   server.c            messages of the client      ->  negotiate, server_device, _dma, _irq, _region
 *   those               handlers of commands        ->  function
 *   function.c          one function's rooms        ->  all below
 *   upstream.c          packets from the card       ->  access, interrupt, reads, remote, mapping
 *   reset.c             function-level reset        ->  ports, interrupt
 *   interrupt.c         MSI-X                       ->  access
 *   access.c            BAR accesses                ->  rules, link
 *   remote.c            DMA by messages             ->  reads, connection
 *   commands.c          commands and replies        ->  connection
 *   ports.c             configuration ports         ->  config_space, link
 *   rules.c, reads.c    checks, completions         ->  link
 *   link.c              packets, beat by beat       ->  tlp, model
 */
#ifndef SIM_CARD_H
#define SIM_CARD_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/connection.h"
#include "sim/function.h"
#include "sim/identity.h"
#include "sim/link.h"
#include "sim/ports.h"
#include "sim/reads.h"
#include "sim/rules.h"

#define CARD_REFUSED_MAX 8u

struct card_options {
    unsigned functions;     /* served; 0 for all of the model's */
    unsigned latency;       /* cycles from a read request to its first completion */
    bool split;             /* completions of 64 octets, the smallest read completion boundary */
    bool reorder;           /* random latency, up to twice that, and completions in random order */
    uint32_t seed;          /* of that order */
    const char *trace;      /* FST file, or NULL */
    unsigned access_cycles; /* that the card may take to answer a register access; 0: more than it ever needs */
};
#define CARD_OPTIONS_DEFAULT {.latency = 100, .seed = 1}

struct card {
    struct tlp_link link;
    struct reads reads;
    struct rules rules;
    struct ports ports;
    unsigned functions;
    struct function function[MODEL_MAX_FUNCTIONS];
    bool failed; /* the model stopped, or there was no memory for a packet */
    int wake_fd; /* what can be read from it, an eventfd or a pipe, ends a sleep; or -1 */
    struct identity wake_identity;
    int listeners[MODEL_MAX_FUNCTIONS]; /* -1 where there is none */
    struct connection refused[CARD_REFUSED_MAX]; /* clients that a function already taken turned away */
};

/* wake_fd stays the caller's. 0, -EINVAL for more functions than the model has, or as link_create.
 * A card is not to be moved: its rooms point to each other. */
int card_create(struct card *card, const struct card_options *options, int wake_fd);
void card_destroy(struct card *card);

/* Serve the client at the other end of the socket on a free function; takes fd over. */
void card_attach(struct card *card, unsigned function, int fd);

/* Whether a client could be attached to the function. */
bool card_function_free(const struct card *card, unsigned function);

/* One turn; sleeps up to timeout_ms (-1: without end) if there is nothing to do.
 * Returns whether any client is connected or any function still has to be reset. */
bool card_turn(struct card *card, int timeout_ms);

/* Look at the sockets once without sleeping. */
void card_serve_sockets(struct card *card);

/* Let the card run until it has nothing to do, at most for so many cycles. */
void card_run(struct card *card, unsigned cycles);

/* Read registers of BAR 0 between the clients' accesses; 0, -ETIMEDOUT or -EIO. */
int card_read_registers(struct card *card, unsigned function, uint32_t offset, void *data, uint32_t size);

#endif
