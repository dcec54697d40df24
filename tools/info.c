/* SPDX-License-Identifier: Apache-2.0 */
/* tlscard info: what a card says of itself, and its counters. */
#include <inttypes.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>

#include "driver/tlscard.h"
#include "tools/card.h"
#include "tools/commands.h"
#include "tools/term.h"

static const char *address = "auto";
static int as_json;

/* Name of opcode value, or its number in text. */
static const char *opcode_name(unsigned value, char text[8])
{
    const char *name = tlscard_opcode_name(value);
    if (name)
        return name;
    snprintf(text, 8, "0x%02x", value);
    return text;
}

__attribute__((format(printf, 2, 3))) static void line(const char *name, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    printf("%s%-20s%s ", term_colour(TERM_DIM), name, term_colour(TERM_PLAIN));
    vprintf(format, arguments);
    printf("\n");
    va_end(arguments);
}

static void count(const char *name, uint64_t value, const char *unit)
{
    char text[TERM_NUMBER_SIZE];
    line(name, "%s%s", term_number(value, text), unit);
}

static void print_identity(const struct tlscard_info *info)
{
    line("address", "%s", info->address);
    line("transport", "%s", info->transport);
    line("kind", "%s", info->simulated ? "simulated card" : "hardware");
    line("PCI id", "%04x:%04x", info->vendor_id, info->device_id);
    line("version", "%u.%u.%u", info->version >> 16 & 255, info->version >> 8 & 255, info->version & 255);
    line("map hash", "0x%08x", info->map_hash);
    line("function", "%u (the first is 0), of %u", info->function, info->functions);
    line("queue pairs", "%u, of at most %u entries", info->queue_pairs, info->max_entries);
}

static void print_engines(const struct tlscard_info *info)
{
    line("public-key engines", "%u, of %u context%s each", info->pke_engines, info->pke_contexts,
         info->pke_contexts == 1 ? "" : "s");
    if (info->gcm_lanes)
        line("AES-GCM lanes", "%u", info->gcm_lanes);
    else
        line("AES-GCM lanes", "none");
    line("clock", "%.3f MHz%s", info->clock_hz / 1e6,
         info->simulated ? ", for which cycles are projected; a simulation does not run at it" : "");
    printf("%s%-20s%s", term_colour(TERM_DIM), "operations served", term_colour(TERM_PLAIN));
    for (unsigned value = 0; value < 64; value++) {
        char text[8];
        if (info->opcodes >> value & 1)
            printf(" %s", opcode_name(value, text));
    }
    printf("\n");
}

static void print_counters(const struct tlscard_info *info)
{
    count("cycle counter", info->cycles, " cycles");
    count("engines busy", info->busy_cycles, " cycles for this function's requests");
    count("multipliers busy", info->multiplier_cycles, " cycles, for all functions");
    count("public-key done", info->pke_completed, " requests");
    count("public-key failed", info->pke_failed, " requests");
    count("AES-GCM done", info->gcm_completed, " requests");
    count("AES-GCM failed", info->gcm_failed, " requests");
    count("errors logged", info->error_count, "");
    if (info->error_code) {
        line("oldest error", "%s, queue pair %u, address 0x%" PRIx64, tlscard_status_name(info->error_code),
             info->error_queue, info->error_address);
        line("", "%s", tlscard_status_text(info->error_code));
    } else {
        line("oldest error", "none");
    }
}

static json_t *operations_json(uint64_t served)
{
    json_t *names = json_array();
    for (unsigned value = 0; value < 64; value++) {
        char text[8];
        if (served >> value & 1)
            json_array_append_new(names, json_string(opcode_name(value, text)));
    }
    return names;
}

static json_t *counters_json(const struct tlscard_info *info)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "cycles", (json_int_t)info->cycles, "busy_cycles",
                     (json_int_t)info->busy_cycles, "multiplier_cycles", (json_int_t)info->multiplier_cycles,
                     "pke_completed", (json_int_t)info->pke_completed, "pke_failed", (json_int_t)info->pke_failed,
                     "gcm_completed", (json_int_t)info->gcm_completed, "gcm_failed", (json_int_t)info->gcm_failed,
                     "error_count", (json_int_t)info->error_count);
}

static json_t *error_json(const struct tlscard_info *info)
{
    if (!info->error_code)
        return json_null();
    return json_pack("{s:i, s:s, s:i, s:I}", "code", info->error_code, "name", tlscard_status_name(info->error_code),
                     "queue", info->error_queue, "address", (json_int_t)info->error_address);
}

static json_t *info_json(const struct tlscard_info *info)
{
    char version[16];
    snprintf(version, sizeof version, "%u.%u.%u", info->version >> 16 & 255, info->version >> 8 & 255,
             info->version & 255);
    json_t *root = json_pack("{s:s, s:s, s:b, s:i, s:i, s:s, s:I}", "address", info->address, "transport",
                             info->transport, "simulated", info->simulated, "vendor_id", info->vendor_id, "device_id",
                             info->device_id, "version", version, "map_hash", (json_int_t)info->map_hash);
    json_t *engines = json_pack("{s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:I, s:o}", "functions", info->functions,
                                "function", info->function, "queue_pairs", info->queue_pairs, "max_entries",
                                info->max_entries, "pke_engines", info->pke_engines, "pke_contexts",
                                info->pke_contexts, "gcm_lanes", info->gcm_lanes, "clock_hz",
                                (json_int_t)info->clock_hz, "operations", operations_json(info->opcodes));
    json_object_update(root, engines);
    json_decref(engines);
    json_object_set_new(root, "counters", counters_json(info));
    json_object_set_new(root, "error", error_json(info));
    return root;
}

static void print_json(const struct tlscard_info *info)
{
    json_t *root = info_json(info);
    json_dumpf(root, stdout, JSON_INDENT(2));
    printf("\n");
    json_decref(root);
}

static int info_run(void)
{
    int status = EXIT_OK;
    struct tlscard *card = card_open("info", address, &status);
    if (!card)
        return status;
    struct tlscard_info info;
    int error = tlscard_info(card, &info);
    tlscard_close(card);
    if (error)
        return card_failed("info", "reading the card's registers", error);
    if (as_json) {
        print_json(&info);
        return EXIT_OK;
    }
    print_identity(&info);
    print_engines(&info);
    print_counters(&info);
    return EXIT_OK;
}

static const struct option options[] = {
    {.name = "card", .argument = "ADDRESS", .text = CARD_FORMS, .value = &address},
    {.name = "json", .text = "print one object\n", .flag = &as_json},
    {.name = NULL},
};

const struct command command_info = {
    .name = "info",
    .summary = "tell what a card is and what it has counted",
    .description = "Open a card, print what it says of itself and its counters since its last reset, and\n"
                   "close it again.\n",
    .options = options,
    .run = info_run,
};
