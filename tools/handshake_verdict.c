/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a run was what was asked for, and the run as JSON. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/handshake_report.h"
#include "tools/handshake_software.h"

__attribute__((format(printf, 2, 3))) static void add_failure(json_t *failures, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    json_array_append_new(failures, json_string(text));
}

static int is_rsa_private(const struct operation *operation)
{
    return strncmp(operation->op, "RSA", 3) == 0 && strstr(operation->op, "private") != NULL;
}

/* Each side that shows a certificate uses its RSA private key once: to sign or to decrypt. */
static void check_private(const struct handshake *run, enum side side, json_t *failures)
{
    unsigned on_card = 0;
    for (size_t index = 0; index < run->operation_count; index++) {
        const struct operation *operation = &run->operations[index];
        if (operation->side != side || !is_rsa_private(operation))
            continue;
        on_card += operation->card != 0;
        if (!operation->card)
            add_failure(failures, "The %s's %s (%s) ran in software: %s.", side_name(side), operation->op,
                        operation->purpose, operation->reason);
    }
    if (on_card == 0)
        add_failure(failures, "The card did no private operation for the %s.", side_name(side));
}

/* Software by choice, or for want of the operation on this card: nothing was asked of the card. */
static int is_excused(const char *reason)
{
    static const char *const excuses[] = {"public-operation", "policy-never", "unsupported-opcode",
                                          "unsupported-curve", "unsupported-use", "provider not loaded"};
    for (size_t index = 0; index < sizeof excuses / sizeof excuses[0]; index++)
        if (strcmp(reason, excuses[index]) == 0)
            return 1;
    return strncmp(reason, "no ", 3) == 0 && strstr(reason, " on card") != NULL;
}

/* Of the other operations those that the card serves. */
static void check_others(const struct handshake *run, json_t *failures)
{
    for (size_t index = 0; index < run->operation_count; index++) {
        const struct operation *operation = &run->operations[index];
        if (!operation->card && !is_rsa_private(operation) && !is_excused(operation->reason))
            add_failure(failures, "The %s's %s (%s) ran in software: %s.", side_name(operation->side), operation->op,
                        operation->purpose, operation->reason);
    }
}

/* What was asked of a card that was named must have been done by it. */
static void check_card(const struct handshake *run, json_t *failures)
{
    size_t before = json_array_size(failures);
    const struct handshake_options *options = run->options;
    if (strcmp(options->card, "none") == 0 || strcmp(options->card, "auto") == 0)
        return;
    if (strncmp(options->key, "rsa", 3) == 0) {
        check_private(run, SERVER, failures);
        if (options->mutual)
            check_private(run, CLIENT, failures);
    }
    check_others(run, failures);
    const char *message = json_string_value(json_object_get(run->card, "message"));
    const char *reason = json_string_value(json_object_get(run->card, "reason"));
    int tried = reason && strcmp(reason, "not-opened") != 0;
    if (tried && message && *message && json_array_size(failures) > before)
        add_failure(failures, "The provider says of its card: %s.", message);
}

json_t *report_failures(const struct handshake *run)
{
    json_t *failures = json_array();
    if (!run->completed) {
        add_failure(failures, "The handshake did not complete: %s.", run->error);
        return failures;
    }
    for (int side = CLIENT; side <= SERVER; side++)
        if (!run->delivered[side])
            add_failure(failures, "Application data did not reach the %s: %s.", side_name(side), run->error);
    check_card(run, failures);
    return failures;
}

static json_t *hex_json(const struct step *step)
{
    static const char digits[] = "0123456789abcdef";
    char *text = malloc(2 * step->octets + 1);
    if (!text)
        return NULL;
    for (size_t index = 0; index < step->octets; index++) {
        text[2 * index] = digits[step->data[index] >> 4];
        text[2 * index + 1] = digits[step->data[index] & 15];
    }
    json_t *hex = json_stringn(text, 2 * step->octets);
    free(text);
    return hex;
}

static json_t *steps_json(const struct handshake *run)
{
    json_t *steps = json_array();
    for (size_t index = 0; index < run->step_count; index++) {
        const struct step *step = &run->steps[index];
        json_t *object = json_pack("{s:i, s:s, s:s, s:s, s:I}", "number", (int)step->number, "direction",
                                   step->from == CLIENT ? "client -> server" : "server -> client", "message",
                                   step->message, "purpose", step->purpose, "octets", (json_int_t)step->octets);
        if (run->options->bytes)
            json_object_set_new(object, "hex", hex_json(step));
        json_array_append_new(steps, object);
    }
    return steps;
}

static json_t *operations_json(const struct handshake *run)
{
    json_t *operations = json_array();
    for (size_t index = 0; index < run->operation_count; index++) {
        const struct operation *operation = &run->operations[index];
        json_t *object = json_pack("{s:s, s:i, s:s, s:s, s:s, s:I, s:s}", "side", side_name(operation->side), "step",
                                   (int)operation->step, "op", operation->op, "purpose", operation->purpose, "where",
                                   operation->card ? "card" : "software", "cycles", (json_int_t)operation->cycles,
                                   "reason", operation->reason);
        if (operation->records)
            json_object_set_new(object, "records", json_integer(operation->records));
        json_array_append_new(operations, object);
    }
    return operations;
}

static json_t *summary_json(const struct handshake *run)
{
    json_int_t on_card = 0, cycles = 0;
    for (size_t index = 0; index < run->operation_count; index++) {
        on_card += run->operations[index].card != 0;
        cycles += (json_int_t)run->operations[index].cycles;
    }
    return json_pack("{s:I, s:I, s:I, s:I, s:f}", "card_operations", on_card, "software_operations",
                     (json_int_t)run->operation_count - on_card, "card_cycles", cycles, "clock_hz",
                     (json_int_t)run->clock_hz, "projected_seconds", (double)cycles / run->clock_hz);
}

void report_json(const struct handshake *run, json_t *failures)
{
    const struct handshake_options *options = run->options;
    json_t *root = json_pack("{s:b, s:b, s:s, s:s, s:s, s:s, s:s, s:b, s:s}", "completed", run->completed,
                             "application_data", run->delivered[CLIENT] && run->delivered[SERVER], "version",
                             run->version, "cipher", run->cipher, "suite", run->suite, "kx", options->kx, "key",
                             options->key, "mutual", options->mutual, "card", options->card);
    json_object_set_new(root, "group", run->rsa_transport ? json_null() : json_string(options->group));
    json_object_set_new(root, "steps", steps_json(run));
    json_object_set_new(root, "operations", operations_json(run));
    json_object_set_new(root, "summary", summary_json(run));
    if (run->card)
        json_object_set(root, "provider_card", run->card);
    if (run->counters)
        json_object_set(root, "provider_counters", run->counters);
    json_object_set(root, "failures", failures);
    json_dumpf(root, stdout, JSON_INDENT(2));
    printf("\n");
    json_decref(root);
}
