/* SPDX-License-Identifier: Apache-2.0 */
/* One function of the card and its client: a state of each room, put together.
 *
 * The rooms do not know a function: each has pointers to the others that it works with. What stands above them does:
 * server.c and the handlers of its commands, and card.c.
 */
#ifndef SIM_FUNCTION_H
#define SIM_FUNCTION_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/access.h"
#include "sim/commands.h"
#include "sim/config_space.h"
#include "sim/connection.h"
#include "sim/counters.h"
#include "sim/interrupt.h"
#include "sim/link.h"
#include "sim/mapping.h"
#include "sim/ports.h"
#include "sim/reads.h"
#include "sim/remote.h"
#include "sim/reset.h"
#include "sim/rules.h"
#include "sim/upstream.h"

/* What the functions of a card share. */
struct function_shared {
    struct tlp_link *link;
    struct rules *rules;
    struct reads *reads;
    struct ports *ports;
};

struct function {
    struct function_shared shared;
    struct config_space config;
    struct mappings mappings;
    struct interrupts interrupts;
    struct connection connection;
    struct commands commands;
    struct remotes remotes;
    struct access access;
    struct reset reset;
    struct upstream upstream;
    bool abandoned; /* the client has gone; the function is to be reset before the next one */
    bool counted;   /* an abandoned function's counters have been added to the totals */
    struct counters counters;
    struct counters_totals totals;
    bool registers_done; /* of function_read_registers */
    int registers_error;
};

/* Function index of a card, which nobody has; the memory must be zero. access_cycles: as in struct access. */
void function_open(struct function *function, uint8_t index, const struct function_shared *shared,
                   unsigned access_cycles);

/* No client has it. */
static inline bool function_free(const struct function *function)
{
    return function->connection.fd < 0;
}

/* It waits for the card, and no command can be begun. */
static inline bool function_busy(const struct function *function)
{
    return function->access.active || function->reset.running || function->abandoned;
}

/* Let what the card has not answered in time end, and take the next step of an abandoned function's reset. */
void function_run(struct function *function);

/* Begin to read registers of BAR 0 while it is not busy; the card runs on until registers_done is set. */
void function_read_registers(struct function *function, uint32_t offset, void *data, uint32_t size);

/* A function_done: the pending command gets an empty reply, or the error. */
void function_finish(struct function *function, int error);

/* Handlers of commands: 0 when replied to; a negative errno value to reply with; or FUNCTION_PENDING, when the
 * command stays pending until function_finish, or a function_done of the handler's, replies and frees it,
 * which may have happened already. The payload is at least as long as the command's structure. */
enum { FUNCTION_PENDING = 1 };
typedef int function_handler(struct function *function, struct message *message);

#endif
