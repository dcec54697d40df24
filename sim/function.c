/* SPDX-License-Identifier: Apache-2.0 */
/* One function of the card: its rooms put together, and its reset when its client has gone. */
#include "sim/function.h"

void function_open(struct function *function, uint8_t index, const struct function_shared *shared,
                   unsigned access_cycles)
{
    function->shared = *shared;
    function->connection.fd = -1;
    config_space_init(&function->config, shared->link->model.vectors);
    shared->ports->config[index] = &function->config;
    function->access = (struct access){
        .function = function, .index = index, .config = &function->config, .link = shared->link,
        .rules = shared->rules, .cycles_max = access_cycles};
    interrupt_open(&function->interrupts, &function->access, &function->connection);
    function->reset = (struct reset){
        .function = function, .index = index, .link = shared->link, .ports = shared->ports,
        .interrupts = &function->interrupts};
    function->commands = (struct commands){.connection = &function->connection};
    function->remotes = (struct remotes){.connection = &function->connection};
    function->upstream = (struct upstream){
        .index = index, .config = &function->config, .mappings = &function->mappings, .link = shared->link,
        .access = &function->access, .interrupts = &function->interrupts, .reads = shared->reads,
        .remotes = &function->remotes};
}

/* The client of an abandoned function has gone: from here on the function is as new. */
static void function_reset_done(struct function *function, int error)
{
    (void)error;
    function->abandoned = false;
    function->counted = false;
}

static void function_counters_done(struct function *function, int error)
{
    if (!error)
        counters_add(&function->totals, &function->counters);
}

/* First its counters, which the reset clears, then the reset. */
static void function_reset_abandoned(struct function *function)
{
    if (!function->abandoned || function->access.active || function->reset.running)
        return;
    if (!function->counted) {
        function->counted = true;
        access_start(&function->access, &(struct access_request){
            .offset = COUNTERS_OFFSET, .size = sizeof(function->counters), .data = (uint8_t *)&function->counters,
            .done = function_counters_done});
        return;
    }
    config_space_init(&function->config, function->shared.link->model.vectors);
    reset_start(&function->reset, function_reset_done);
}

void function_run(struct function *function)
{
    access_expire(&function->access);
    reset_expire(&function->reset);
    function_reset_abandoned(function);
}

static void function_registers_done(struct function *function, int error)
{
    function->registers_error = error;
    function->registers_done = true;
}

void function_read_registers(struct function *function, uint32_t offset, void *data, uint32_t size)
{
    function->registers_done = false;
    access_start(&function->access, &(struct access_request){
        .offset = offset, .size = size, .data = data, .done = function_registers_done});
}

void function_finish(struct function *function, int error)
{
    commands_finish(&function->commands, error, 0);
}
