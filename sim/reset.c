/* SPDX-License-Identifier: Apache-2.0 */
/* Function-level reset of one function. */
#include "sim/reset.h"

#include <errno.h>

#define RESET_CYCLES 50000000u

void reset_start(struct reset *reset, function_done *done)
{
    reset->running = true;
    reset->done = done;
    reset->deadline = reset->link->cycles + RESET_CYCLES;
    ports_drive_reset(reset->ports, reset->index, true);
}

static void reset_end(struct reset *reset, int error)
{
    reset->running = false;
    ports_drive_reset(reset->ports, reset->index, false);
    if (!error && interrupt_any(reset->interrupts))
        interrupt_program(reset->interrupts, 0, reset->link->model.vectors, reset->done);
    else
        reset->done(reset->function, error);
}

void reset_ended(struct reset *reset)
{
    if (reset->running)
        reset_end(reset, 0);
}

void reset_expire(struct reset *reset)
{
    if (reset->running && reset->link->cycles >= reset->deadline)
        reset_end(reset, -ETIMEDOUT);
}
