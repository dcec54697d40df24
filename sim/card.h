/* SPDX-License-Identifier: Apache-2.0 */
/* A simulated card: the Verilated RTL behind its link, and one vfio-user server for each function.
 *
 * A card belongs to one thread, which calls card_turn in a loop. A turn looks at the sockets, lets
 * the card's clock run for some hundred cycles if there is anything to do, and otherwise sleeps in
 * poll. All of this directory's parts work on the structures below and none of them blocks.
 *
 *   server*.c    messages of the client          ->  access.c, mapping.c, interrupt.c, config.c
 *   access.c     BAR accesses                    ->  link.c
 *   upstream.c   packets from the card           ->  mapping.c, messages to the client, interrupt.c
 *   reads.c      completions for the card        ->  link.c
 *   reset.c      function-level reset, cfg ports
 */
#ifndef SIM_CARD_H
#define SIM_CARD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/config.h"
#include "sim/connection.h"
#include "sim/link.h"
#include "sim/mapping.h"
#include "sim/stats.h"

#define CARD_MAX_VECTORS 256u
#define CARD_BUS_DEVICE (1u << 5) /* bus 1, device 0 */
#define CARD_HOST_REQUESTER 0u
#define CARD_REFUSED_MAX 8u

struct card;
struct function;

struct card_options {
    unsigned functions; /* served; 0 for all of the model's */
    unsigned latency;   /* cycles from a read request to its first completion */
    bool split;         /* completions of 64 octets, the smallest read completion boundary */
    bool reorder;       /* random latency, up to twice that, and completions in random order */
    uint32_t seed;      /* of that order */
    const char *trace;  /* FST file, or NULL */
};
#define CARD_OPTIONS_DEFAULT {.latency = 100, .seed = 1}

/* Called when an operation on a function has ended: 0 or a negative errno value. */
typedef void function_done(struct function *function, int error);

/* A BAR access in pieces that a processor could make: up to 8 octets, naturally aligned. */
struct access {
    bool active;
    bool write;
    uint8_t bar;
    uint8_t tag;
    uint64_t deadline; /* cycle by which the present piece must have been answered */
    uint32_t offset, size, position;
    uint8_t *data; /* size octets of the caller's, until done is called */
    function_done *done;
};

/* A DMA message to the client that it has not answered. */
struct remote {
    struct remote *next;
    uint16_t id;
    struct read *read; /* that it is for; NULL for a write */
};

struct client {
    struct connection connection;
    bool negotiated;
    bool closing; /* once what is unsent has gone */
    struct message *first, *last; /* commands that wait for their turn */
    size_t queued;                /* octets of them */
    struct message *pending;      /* the command that waits for the card */
    struct remote *remotes;
    unsigned unacknowledged; /* remote writes */
    uint16_t next_id;
};

enum reset_state { RESET_NONE, RESET_RUNNING };

struct function {
    struct card *card;
    uint8_t index;
    struct config config;
    struct mappings mappings;
    int vector_fds[CARD_MAX_VECTORS]; /* -1 where nobody listens */
    struct identity vector_identity[CARD_MAX_VECTORS];
    uint32_t vector_table[CARD_MAX_VECTORS * 4]; /* entries on their way into the card */
    struct client client;
    struct access access;
    uint8_t access_serial;
    enum reset_state reset;
    uint64_t reset_deadline;
    function_done *reset_done;
    bool abandoned; /* the client has gone; the function is to be reset before the next one */
    struct tlp *held_first, *held_last; /* packets from the card behind writes not acknowledged */
    unsigned held;
    bool counted; /* an abandoned function's counters have been added to the totals */
    struct stats_counters counters;
    struct stats_totals totals;
    uint64_t interrupts, faults; /* signalled; accesses outside the mapped memory */
};

struct card {
    struct card_options options;
    struct tlp_link link;
    unsigned functions;
    struct function function[MODEL_MAX_FUNCTIONS];
    struct read *reads; /* in the order of their requests */
    unsigned awake;     /* cycles to run although the card says that it is idle */
    uint32_t random;
    bool failed;        /* the model stopped, or there was no memory for a packet */
    uint64_t violations; /* packets from the card that break a rule of the specification */
    const char *violation; /* the first such rule */
    bool register_done; /* of card_read_registers */
    int register_error;
    int wake_fd; /* what can be read from it, an eventfd or a pipe, ends a sleep; or -1 */
    struct identity wake_identity;
    int listeners[MODEL_MAX_FUNCTIONS]; /* -1 where there is none */
    struct connection refused[CARD_REFUSED_MAX]; /* clients that a function already taken turned away */
};

/* wake_fd stays the caller's. 0, -EINVAL for more functions than the model has, or as link_create. */
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

/* access.c */
void access_start(struct function *function, const struct access *access);
void access_sent(struct function *function);
void access_complete(struct card *card, const struct tlp *tlp);
void access_expire(struct function *function);

/* reads.c: requests of the card for memory, until the last completion has gone. */
struct read {
    struct read *next;
    uint8_t function, tag, status;
    bool waiting; /* for the client's answer */
    uint16_t requester, total, sent; /* octets */
    uint64_t address;  /* of the first octet */
    uint64_t ready_at; /* cycle */
    uint8_t data[4096];
};
struct read *reads_begin(struct card *card, uint8_t function, const struct tlp_request *request);
bool reads_outstanding(const struct card *card, uint8_t function, uint8_t tag);
bool reads_pending(const struct card *card);
void reads_feed(struct card *card);
void reads_clear(struct card *card);

/* upstream.c */
void upstream_take(struct card *card, struct tlp *tlp);
void upstream_release(struct function *function); /* an acknowledgement came */
void upstream_drop(struct function *function);    /* the client has gone */

/* rules.c: the rule that a request breaks, or NULL. */
const char *rules_check(const struct card *card, const struct tlp *tlp, const struct tlp_request *request);

/* interrupt.c: takes the descriptors over; NULL detaches. done is called when the card's MSI-X table holds it. */
bool interrupt_is_event(int fd);
bool interrupt_overlaps(uint64_t first, uint64_t last); /* the window of interrupt addresses */
bool interrupt_address(uint64_t address);
void interrupt_attach(struct function *function, unsigned start, unsigned count, const int *fds, function_done *done);
void interrupt_program(struct function *function, unsigned start, unsigned count, function_done *done);
void interrupt_detach_all(struct function *function);
bool interrupt_any(const struct function *function);
void interrupt_signal(struct function *function, unsigned vector);

/* reset.c */
void reset_start(struct function *function, function_done *done);
void reset_ended(struct card *card, uint8_t functions);
void reset_expire(struct function *function);
void reset_drive_ports(struct card *card);

/* server.c */
void server_open(struct function *function, int fd);
void server_close(struct function *function);
void server_receive(struct function *function); /* the socket is readable */
bool server_ready(const struct function *function); /* a command could be served now */
bool server_full(const struct function *function);  /* no more commands can be taken in */
void server_serve(struct function *function);
void server_reply(struct function *function, const struct message *message, const void *head, size_t head_size,
                  const void *data, size_t data_size);
void server_error(struct function *function, const struct message *message, int error);
void server_finish(struct function *function, int error); /* of the pending command: an empty reply or the error */
void server_refuse(struct connection *connection);
void server_remote_read(struct function *function, uint64_t address, struct read *read);
void server_remote_write(struct function *function, uint64_t address, const void *data, size_t size);

/* Handlers of commands: 0 when replied to; a negative errno value to reply with; or SERVER_PENDING, when the
 * command is client.pending until server_finish, or a function_done of the handler's, replies and frees it,
 * which may have happened already. The payload is at least as long as the command's structure. */
enum { SERVER_PENDING = 1 };
typedef int server_handler(struct function *function, struct message *message);
server_handler server_version, server_dma_map, server_dma_unmap, server_device_info, server_region_info,
    server_region_io_fds, server_irq_info, server_set_irqs, server_region_read, server_region_write,
    server_device_reset;

/* negotiate.c: check a client's capabilities, size octets; 0, or -EINVAL for what is not a JSON object
 * or asks for less than the server needs. */
int negotiate_check(const char *text, size_t size);
extern const char negotiate_reply[];

/* stats.c: one JSON object with the counters of card and functions. seconds is the wall time. */
void stats_print(struct card *card, FILE *file, double seconds);

#endif
