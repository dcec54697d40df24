/* SPDX-License-Identifier: Apache-2.0 */
/* The table, the JSON object and the progress line of tlscard bench. */
#include "tools/bench_report.h"

#include <jansson.h>
#include <math.h>
#include <unistd.h>

#include "tools/term.h"

void bench_report_progress(const char *name, unsigned done, unsigned all)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%-16s %u of %u requests\033[K", name, done, all);
}

void bench_report_progress_end(void)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K");
}

void bench_report_head(const struct tlscard_info *info)
{
    char rate[32];
    snprintf(rate, sizeof rate, "at %g MHz", info->clock_hz / 1e6);
    printf("Card %s, %s: %u engine%s of %u context%s each\n", info->address,
           info->simulated ? "simulated" : "hardware", info->pke_engines, info->pke_engines == 1 ? "" : "s",
           info->pke_contexts, info->pke_contexts == 1 ? "" : "s");
    printf("Cycles of an engine for one operation: alone on the card, and with every context in use\n\n");
    printf("%s%-16s %12s %12s %9s %11s %13s%s\n", term_colour(TERM_BOLD), "", "cycles", "cycles", "requests",
           "multiplier", "projected", term_colour(TERM_PLAIN));
    printf("%s%-16s %12s %12s %9s %11s %13s%s\n", term_colour(TERM_BOLD), "operation", "alone", "full", "measured",
           "busy", rate, term_colour(TERM_PLAIN));
    fflush(stdout);
}

void bench_report_row(const struct bench_operation *operation, const struct bench_result *result)
{
    char lone[TERM_NUMBER_SIZE], full[TERM_NUMBER_SIZE], rate[TERM_NUMBER_SIZE];
    if (!result->served)
        printf("%-16s %snot served by this card%s\n", operation->name, term_colour(TERM_YELLOW),
               term_colour(TERM_PLAIN));
    else if (result->error[0])
        printf("%-16s %sFAILED%s  %s\n", operation->name, term_colour(TERM_RED), term_colour(TERM_PLAIN),
               result->error);
    else
        printf("%-16s %12s %12s %9u %9.1f %% %11s/s\n", operation->name, term_number(result->cycles_lone, lone),
               term_number((uint64_t)llround(result->cycles_full), full), result->requests,
               100 * result->multiplier_busy, term_number((uint64_t)llround(result->per_second), rate));
    fflush(stdout);
}

static json_t *card_json(const struct tlscard_info *info)
{
    char version[16];
    snprintf(version, sizeof version, "%u.%u.%u", info->version >> 16 & 255, info->version >> 8 & 255,
             info->version & 255);
    return json_pack("{s:s, s:s, s:i, s:i, s:s, s:I, s:I, s:i, s:i, s:b}", "address", info->address, "transport",
                     info->transport, "vendor_id", info->vendor_id, "device_id", info->device_id, "version", version,
                     "map_hash", (json_int_t)info->map_hash, "clock_hz", (json_int_t)info->clock_hz, "engines",
                     info->pke_engines, "contexts", info->pke_contexts, "simulated", info->simulated);
}

static json_t *operation_json(const struct bench_operation *operation, const struct bench_result *result)
{
    if (!result->served)
        return json_pack("{s:s, s:b}", "op", operation->name, "served", 0);
    if (result->error[0])
        return json_pack("{s:s, s:b, s:s}", "op", operation->name, "served", 1, "error", result->error);
    return json_pack("{s:s, s:b, s:I, s:I, s:i, s:f, s:f}", "op", operation->name, "served", 1, "cycles_full",
                     (json_int_t)llround(result->cycles_full), "cycles_lone", (json_int_t)result->cycles_lone,
                     "requests", result->requests, "multiplier_busy", round(result->multiplier_busy * 1e4) / 1e4,
                     "per_second_projected", round(result->per_second * 100) / 100);
}

int bench_report_json(const struct tlscard_info *info, const struct bench_result *results, const int *chosen, FILE *to)
{
    json_t *operations = json_array();
    for (unsigned index = 0; index < bench_operation_count; index++)
        if (chosen[index])
            json_array_append_new(operations, operation_json(&bench_operations[index], &results[index]));
    json_t *root = json_pack("{s:o, s:o}", "card", card_json(info), "operations", operations);
    int written = json_dumpf(root, to, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) == 0 && fputc('\n', to) != EOF &&
                  fflush(to) == 0;
    json_decref(root);
    return written;
}
