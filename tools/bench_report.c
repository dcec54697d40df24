/* SPDX-License-Identifier: Apache-2.0 */
/* The table, the JSON object and the progress line of tlscard bench. */
#include "tools/bench_report.h"

#include <jansson.h>
#include <math.h>
#include <unistd.h>

#include "tools/term.h"

#define SPEED_OCTETS 16384u /* of the records by which a simulation's own speed is told */

void bench_report_progress(const char *name, unsigned done, unsigned all)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%-21s %u of %u requests\033[K", name, done, all);
}

void bench_report_progress_end(void)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K");
}

static const char *plural(unsigned number)
{
    return number == 1 ? "" : "s";
}

void bench_report_card(const struct tlscard_info *info)
{
    printf("Card %s, %s: %u engine%s of %u context%s each, %u AES-GCM lane%s\n", info->address,
           info->simulated ? "simulated" : "hardware", info->pke_engines, plural(info->pke_engines),
           info->pke_contexts, plural(info->pke_contexts), info->gcm_lanes, plural(info->gcm_lanes));
}

static void head_gcm(const char *rate)
{
    printf("\nCycles for one record: of the lane where it is alone, and of the whole card where records follow each\n"
           "other, under one key and under two in turn; card cycles times lanes over records\n\n");
    printf("%s%-21s %9s %11s %11s %9s %15s%s\n", term_colour(TERM_BOLD), "", "lane,", "card, full,", "card, full,",
           "records", "projected", term_colour(TERM_PLAIN));
    printf("%s%-21s %9s %11s %11s %9s %15s%s\n", term_colour(TERM_BOLD), "operation", "alone", "one key", "two keys",
           "measured", rate, term_colour(TERM_PLAIN));
}

static void head_pke(const char *rate)
{
    printf("\nCycles of an engine for one operation: alone on the card, and with every context in use\n\n");
    printf("%s%-16s %12s %12s %9s %11s %13s%s\n", term_colour(TERM_BOLD), "", "cycles", "cycles", "requests",
           "multiplier", "projected", term_colour(TERM_PLAIN));
    printf("%s%-16s %12s %12s %9s %11s %13s%s\n", term_colour(TERM_BOLD), "operation", "alone", "full", "measured",
           "busy", rate, term_colour(TERM_PLAIN));
}

void bench_report_head(const struct tlscard_info *info, int gcm)
{
    char rate[32];
    snprintf(rate, sizeof rate, "at %g MHz", info->clock_hz / 1e6);
    (gcm ? head_gcm : head_pke)(rate);
    fflush(stdout);
}

/* Gigabits of payload a second, by the whole card at its clock. */
static double gigabits(const struct bench_operation *operation, const struct bench_result *result)
{
    return result->per_second * operation->octets * 8e-9;
}

static void row_gcm(const struct bench_operation *operation, const struct bench_result *result)
{
    char lone[TERM_NUMBER_SIZE];
    printf("%-21s %9s %11.1f %11.1f %9u %10.2f Gb/s\n", operation->name, term_number(result->cycles_lone, lone),
           result->cycles_full, result->cycles_full_alternating, result->requests, gigabits(operation, result));
}

static void row_pke(const struct bench_operation *operation, const struct bench_result *result)
{
    char lone[TERM_NUMBER_SIZE], full[TERM_NUMBER_SIZE], rate[TERM_NUMBER_SIZE];
    printf("%-16s %12s %12s %9u %9.1f %% %11s/s\n", operation->name, term_number(result->cycles_lone, lone),
           term_number((uint64_t)llround(result->cycles_full), full), result->requests, 100 * result->multiplier_busy,
           term_number((uint64_t)llround(result->per_second), rate));
}

void bench_report_row(const struct bench_operation *operation, const struct bench_result *result)
{
    int gcm = bench_is_gcm(operation), width = gcm ? 21 : 16;
    if (!result->served)
        printf("%-*s %snot served by this card%s\n", width, operation->name, term_colour(TERM_YELLOW),
               term_colour(TERM_PLAIN));
    else if (result->error[0])
        printf("%-*s %sFAILED%s  %s\n", width, operation->name, term_colour(TERM_RED), term_colour(TERM_PLAIN),
               result->error);
    else
        (gcm ? row_gcm : row_pke)(operation, result);
    fflush(stdout);
}

/* The first of the longest records that was measured, or NULL: it tells how fast the simulation itself is. */
static const struct bench_operation *longest(const struct bench_result *results, const int *chosen)
{
    for (unsigned index = 0; index < bench_operation_count; index++)
        if (chosen[index] && bench_operations[index].octets == SPEED_OCTETS && results[index].served &&
            !results[index].error[0])
            return &bench_operations[index];
    return NULL;
}

/* Megabytes of payload, and cycles of the card, in a second of wall time. */
static double megabytes_wall(const struct bench_batch *batch)
{
    return batch->requests * (double)SPEED_OCTETS / batch->seconds * 1e-6;
}

static double cycles_wall(const struct bench_batch *batch)
{
    return batch->cycles / batch->seconds;
}

void bench_report_end(const struct tlscard_info *info, const struct bench_result *results, const int *chosen)
{
    const struct bench_operation *operation = info->simulated ? longest(results, chosen) : NULL;
    printf("\nEvery result was held against libcrypto's. Operations a second%s are projected from cycles%s.\n",
           info->gcm_lanes ? ", and bits," : "", info->simulated ? "; nothing ran\nat that clock" : "");
    if (!operation)
        return;
    const struct bench_batch *batch = &results[operation - bench_operations].batch;
    char rate[TERM_NUMBER_SIZE];
    printf("This simulation, by the clock on the wall: %.2f MB/s in records of %u octets, %s cycles a second.\n",
           megabytes_wall(batch), SPEED_OCTETS, term_number((uint64_t)llround(cycles_wall(batch)), rate));
}

static json_t *card_json(const struct tlscard_info *info)
{
    char version[16];
    snprintf(version, sizeof version, "%u.%u.%u", info->version >> 16 & 255, info->version >> 8 & 255,
             info->version & 255);
    return json_pack("{s:s, s:s, s:i, s:i, s:s, s:I, s:I, s:i, s:i, s:i, s:b}", "address", info->address, "transport",
                     info->transport, "vendor_id", info->vendor_id, "device_id", info->device_id, "version", version,
                     "map_hash", (json_int_t)info->map_hash, "clock_hz", (json_int_t)info->clock_hz, "engines",
                     info->pke_engines, "contexts", info->pke_contexts, "lanes", info->gcm_lanes, "simulated",
                     info->simulated);
}

/* To so many decimals. */
static double rounded(double value, int decimals)
{
    double scale = pow(10, decimals);
    return round(value * scale) / scale;
}

static json_t *gcm_json(const struct bench_operation *operation, const struct bench_result *result)
{
    return json_pack("{s:s, s:b, s:i, s:f, s:f, s:I, s:i, s:f, s:f}", "op", operation->name, "served", 1, "octets",
                     operation->octets, "cycles_full", rounded(result->cycles_full, 2), "cycles_full_alternating",
                     rounded(result->cycles_full_alternating, 2), "cycles_lone", (json_int_t)result->cycles_lone,
                     "requests", result->requests, "per_second_projected", rounded(result->per_second, 2),
                     "gigabits_per_second_projected", rounded(gigabits(operation, result), 4));
}

/* How fast the simulation is on this machine, or null. */
static json_t *simulation_json(const struct tlscard_info *info, const struct bench_result *results, const int *chosen)
{
    const struct bench_operation *operation = info->simulated ? longest(results, chosen) : NULL;
    if (!operation)
        return json_null();
    const struct bench_batch *batch = &results[operation - bench_operations].batch;
    return json_pack("{s:s, s:i, s:f, s:f, s:f}", "op", operation->name, "requests", batch->requests, "seconds",
                     batch->seconds, "megabytes_per_second", megabytes_wall(batch), "cycles_per_second",
                     cycles_wall(batch));
}

static json_t *operation_json(const struct bench_operation *operation, const struct bench_result *result)
{
    if (!result->served)
        return json_pack("{s:s, s:b}", "op", operation->name, "served", 0);
    if (result->error[0])
        return json_pack("{s:s, s:b, s:s}", "op", operation->name, "served", 1, "error", result->error);
    if (bench_is_gcm(operation))
        return gcm_json(operation, result);
    return json_pack("{s:s, s:b, s:I, s:I, s:i, s:f, s:f}", "op", operation->name, "served", 1, "cycles_full",
                     (json_int_t)llround(result->cycles_full), "cycles_lone", (json_int_t)result->cycles_lone,
                     "requests", result->requests, "multiplier_busy", rounded(result->multiplier_busy, 4),
                     "per_second_projected", rounded(result->per_second, 2));
}

int bench_report_json(const struct tlscard_info *info, const struct bench_result *results, const int *chosen, FILE *to)
{
    json_t *operations = json_array();
    for (unsigned index = 0; index < bench_operation_count; index++)
        if (chosen[index])
            json_array_append_new(operations, operation_json(&bench_operations[index], &results[index]));
    json_t *root = json_pack("{s:o, s:o, s:o}", "card", card_json(info), "operations", operations, "simulation",
                             simulation_json(info, results, chosen));
    int written = json_dumpf(root, to, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) == 0 && fputc('\n', to) != EOF &&
                  fflush(to) == 0;
    json_decref(root);
    return written;
}
