/* SPDX-License-Identifier: Apache-2.0 */
/* tlscard bench: the engine cycles of a card's operations. */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bench.h"
#include "tools/bench_report.h"
#include "tools/card.h"
#include "tools/commands.h"

#define MAX_OPERATIONS 64
#define MAX_REQUESTS 1000000ul

static const char *address = "auto", *json_path, *operations_list, *requests_text;
static int cycles;

struct bench {
    struct tlscard_info info;
    int chosen[MAX_OPERATIONS];
    struct bench_result results[MAX_OPERATIONS];
    unsigned requests, measured, failed;
    FILE *json; /* or NULL */
    int table;
};

/* Mark the operations that the pattern names; how many. */
static unsigned choose(struct bench *bench, const char *pattern)
{
    unsigned matches = 0;
    for (unsigned index = 0; index < bench_operation_count; index++)
        if (fnmatch(pattern, bench_operations[index].name, 0) == 0) {
            bench->chosen[index] = 1;
            matches++;
        }
    return matches;
}

static int refuse_pattern(const char *pattern)
{
    fprintf(stderr, "tlscard bench: --operations %s: no such operation; choose of", *pattern ? pattern : "''");
    for (unsigned index = 0; index < bench_operation_count; index++)
        fprintf(stderr, "%s %s", index ? "," : "", bench_operations[index].name);
    fprintf(stderr, "\n");
    return EXIT_USAGE;
}

static int parse_operations(struct bench *bench)
{
    if (!operations_list)
        return choose(bench, "*") ? EXIT_OK : EXIT_FAILED;
    int status = EXIT_OK;
    char *list = strdup(operations_list), *rest = list;
    for (char *pattern = strsep(&rest, ","); pattern && status == EXIT_OK; pattern = strsep(&rest, ","))
        if (choose(bench, pattern) == 0)
            status = refuse_pattern(pattern);
    free(list);
    return status;
}

static int parse_requests(struct bench *bench)
{
    if (!requests_text)
        return EXIT_OK;
    char *end;
    unsigned long number = strtoul(requests_text, &end, 10);
    if (*requests_text < '0' || *requests_text > '9' || *end != '\0' || number == 0 || number > MAX_REQUESTS) {
        fprintf(stderr, "tlscard bench: --requests %s: give a number from 1 to %lu\n", requests_text, MAX_REQUESTS);
        return EXIT_USAGE;
    }
    bench->requests = (unsigned)number;
    return EXIT_OK;
}

static int parse(struct bench *bench)
{
    if (!cycles) {
        fprintf(stderr, "tlscard bench: say what to measure: --cycles\n");
        return EXIT_USAGE;
    }
    int status = parse_operations(bench);
    return status == EXIT_OK ? parse_requests(bench) : status;
}

/* The file is opened first: a measurement of many minutes shall not end with a path that cannot be written. */
static int open_json(struct bench *bench)
{
    bench->table = !json_path || strcmp(json_path, "-") != 0;
    if (!json_path)
        return EXIT_OK;
    bench->json = bench->table ? fopen(json_path, "w") : stdout;
    if (bench->json)
        return EXIT_OK;
    fprintf(stderr, "tlscard bench: --json %s: %s; name a file that can be written\n", json_path, strerror(errno));
    return EXIT_FAILED;
}

static int close_json(struct bench *bench)
{
    if (!bench->json)
        return EXIT_OK;
    int written = bench_report_json(&bench->info, bench->results, bench->chosen, bench->json);
    if (bench->json != stdout && fclose(bench->json) != 0)
        written = 0;
    if (written)
        return EXIT_OK;
    fprintf(stderr, "tlscard bench: --json %s: could not be written\n", json_path);
    return EXIT_FAILED;
}

/* 1, or 0 where it is not served or result->error says what failed. */
static int measure_once(struct bench *bench, struct tlscard *card, const struct bench_operation *operation,
                        int alternating, struct bench_result *result)
{
    static struct bench_work work;
    int error = bench_prepare(&work, card, operation, alternating, result->error);
    result->served = error != -ENOTSUP;
    int done = error == 0 && bench_measure(card, &work, bench->requests, bench_report_progress, result);
    bench_release(&work);
    return done;
}

static void measure(struct bench *bench, struct tlscard *card, unsigned index)
{
    const struct bench_operation *operation = &bench_operations[index];
    struct bench_result *result = &bench->results[index], alternating = {0};
    if (!(bench->info.opcodes >> operation->opcode & 1))
        return;
    int done = measure_once(bench, card, operation, 0, result);
    if (done && bench_is_gcm(operation)) {
        done = measure_once(bench, card, operation, 1, &alternating);
        result->cycles_full_alternating = alternating.cycles_full;
        memcpy(result->error, alternating.error, sizeof result->error);
    }
    bench_report_progress_end();
    bench->measured += done != 0;
    bench->failed += result->served && !done;
}

/* Measure the chosen operations, those of AES-GCM or the others, with a table of their own. */
static void run_table(struct bench *bench, struct tlscard *card, int gcm)
{
    int begun = 0;
    for (unsigned index = 0; index < bench_operation_count; index++) {
        const struct bench_operation *operation = &bench_operations[index];
        if (!bench->chosen[index] || bench_is_gcm(operation) != gcm)
            continue;
        if (bench->table && !begun++)
            bench_report_head(&bench->info, gcm);
        measure(bench, card, index);
        if (bench->table)
            bench_report_row(operation, &bench->results[index]);
        else if (bench->results[index].error[0] && bench->results[index].served)
            fprintf(stderr, "tlscard bench: %s: %s\n", operation->name, bench->results[index].error);
    }
}

static int run_all(struct bench *bench, struct tlscard *card)
{
    if (bench->table)
        bench_report_card(&bench->info);
    run_table(bench, card, 0);
    run_table(bench, card, 1);
    if (bench->table)
        bench_report_end(&bench->info, bench->results, bench->chosen);
    if (bench->measured == 0 && bench->failed == 0)
        fprintf(stderr, "tlscard bench: the card serves none of these operations (tlscard info shows what it does)\n");
    return bench->measured > 0 && bench->failed == 0 ? EXIT_OK : EXIT_FAILED;
}

static int run_on(struct bench *bench, struct tlscard *card)
{
    int error = tlscard_info(card, &bench->info);
    if (error)
        return card_failed("bench", "reading the card's registers", error);
    int status = open_json(bench);
    if (status != EXIT_OK)
        return status;
    status = run_all(bench, card);
    int closed = close_json(bench);
    return status == EXIT_OK ? closed : status;
}

static int bench_run(void)
{
    static struct bench bench;
    int status = parse(&bench);
    if (status != EXIT_OK)
        return status;
    struct tlscard *card = card_open("bench", address, &status);
    if (card)
        status = run_on(&bench, card);
    tlscard_close(card);
    return status;
}

static const struct option options[] = {
    {.name = "cycles", .text = "measure engine cycles\n", .flag = &cycles},
    {.name = "card", .argument = "ADDRESS", .text = CARD_FORMS, .value = &address},
    {.name = "operations",
     .argument = "LIST",
     .text = "names or patterns with commas between them, as\n"
             "rsa2048-private,'p256-*','aes*-seal-1024'; default: all\n",
     .value = &operations_list},
    {.name = "requests",
     .argument = "N",
     .text = "measure over so many requests, or the next multiple\n"
             "of the card's contexts (of 8 for each lane);\n"
             "default: by the cycles\n",
     .value = &requests_text},
    {.name = "json", .argument = "FILE", .text = "write one object, at the end; - is standard output,\n"
                                                 "without the table\n", .value = &json_path},
    {.name = NULL},
};

const struct command command_bench = {
    .name = "bench",
    .summary = "measure the cycles that a card takes",
    .description = "Run each operation on a card, first one at a time, then with every context of every engine\n"
                   "in use, and tell the cycles of an engine that one takes, the share of cycles in which the\n"
                   "multiplier array had work, and operations a second, projected for the card's clock.\n"
                   "Records of AES-GCM of several lengths are sealed and opened, first one at a time, then many\n"
                   "that follow each other, under one key and under two keys in turn.\n"
                   "Every result is held against libcrypto's. A simulated card takes seconds for an operation.\n"
                   "The card must have nothing else to do: its counters are shared by all its functions.\n"
                   "Exit status 0 only where something was measured and every answer was right.\n",
    .options = options,
    .run = bench_run,
};
