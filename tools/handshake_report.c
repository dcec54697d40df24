/* SPDX-License-Identifier: Apache-2.0 */
/* What came of a run, for people, as it happens and at the end. */
#include "tools/handshake_report.h"

#include <stdio.h>
#include <string.h>

#include "tools/handshake_software.h"
#include "tools/reason.h"
#include "tools/term.h"

void report_heading(const struct handshake *run)
{
    const struct handshake_options *options = run->options;
    const char *key = software_key_name(options->key);
    printf("%s%s, %s%s, %s certificates%s%s\n", term_colour(TERM_BOLD), run->tls13 ? "TLS 1.3" : "TLS 1.2",
           run->rsa_transport ? "RSA key transport" : "ECDHE on ", run->rsa_transport ? "" : options->group, key,
           options->mutual ? ", both sides authenticated" : "", term_colour(TERM_PLAIN));
    if (strncmp(options->key, "rsa", 3) == 0)
        printf("The RSA keys are demonstration keys, published with the source.\n");
    if (strcmp(options->card, "none") == 0)
        printf("Client and server in this process, without the tlscard provider.\n");
    else
        printf("Client and server in this process, both through the tlscard provider; card: %s.\n", options->card);
}

void report_step(const struct handshake *run, const struct step *step)
{
    const char *colour = term_colour(step->from == CLIENT ? TERM_CYAN : TERM_MAGENTA);
    printf("\n%2u  %s%s%s  %s%-28s%s %6zu octet%s\n", step->number, colour,
           step->from == CLIENT ? "client -> server" : "server -> client", term_colour(TERM_PLAIN),
           term_colour(TERM_BOLD), step->message, term_colour(TERM_PLAIN), step->octets,
           step->octets == 1 ? "" : "s");
    printf("    %s\n%s", step->purpose, term_colour(TERM_DIM));
    term_hex(step->data, step->octets, run->options->bytes ? 0 : 2);
    printf("%s", term_colour(TERM_PLAIN));
    fflush(stdout);
}

/* A line above operations that do not belong right below the last message printed. */
static void introduce(struct handshake *run, const struct operation *operation)
{
    unsigned place = operation->records ? SHOWN_RECORDS : operation->step;
    if (place == run->shown)
        return;
    if (operation->records)
        printf("  %srecords under the %s:%s\n", term_colour(TERM_DIM), operation->purpose, term_colour(TERM_PLAIN));
    else if (place)
        printf("  %s%s, on reading %u, %s:%s\n", term_colour(TERM_DIM), side_name(operation->side), place,
               run->steps[place - 1].message, term_colour(TERM_PLAIN));
    run->shown = place;
}

/* The operation in words, with its purpose where that says more than "ECDSA P-256 sign" does. */
static void describe(const struct operation *operation, char *what, size_t size)
{
    size_t length = strlen(operation->op), tail = strlen(operation->purpose);
    int record = strncmp(operation->op, "AES", 3) == 0;
    int said = record || (tail <= length && strcmp(operation->op + length - tail, operation->purpose) == 0);
    if (operation->records)
        snprintf(what, size, "%s, %u record%s", operation->op, operation->records,
                 operation->records == 1 ? "" : "s");
    else if (said)
        snprintf(what, size, "%s", operation->op);
    else
        snprintf(what, size, "%s (%s)", operation->op, operation->purpose);
}

void report_operation(struct handshake *run, const struct operation *operation)
{
    char what[128], number[TERM_NUMBER_SIZE];
    describe(operation, what, sizeof what);
    introduce(run, operation);
    printf("    %-6s  %-37s ", side_name(operation->side), what);
    if (operation->card)
        printf("%scard%s %13s cycles\n", term_colour(TERM_GREEN), term_colour(TERM_PLAIN),
               term_number(operation->cycles, number));
    else
        printf("%ssoftware%s: %s\n", term_colour(TERM_YELLOW), term_colour(TERM_PLAIN),
               reason_text(operation->reason));
    fflush(stdout);
}

/* The card that the provider opened, if it did. */
static void print_opened(const struct handshake *run)
{
    const char *address = json_string_value(json_object_get(run->card, "address"));
    if (!json_object_get(run->card, "transport") || !address)
        return;
    printf("%-12s %s, %s, function %d\n", "card", address,
           json_is_true(json_object_get(run->card, "simulated")) ? "simulated" : "hardware",
           (int)json_integer_value(json_object_get(run->card, "function")));
}

static void print_card(const struct handshake *run)
{
    unsigned count = 0;
    uint64_t cycles = 0;
    char number[TERM_NUMBER_SIZE], duration[TERM_DURATION_SIZE];
    for (size_t index = 0; index < run->operation_count; index++) {
        count += run->operations[index].card != 0;
        cycles += run->operations[index].cycles;
    }
    print_opened(run);
    printf("%-12s %u operation%s", json_object_get(run->card, "transport") ? "" : "card", count, count == 1 ? "" : "s");
    if (count)
        printf(", %s cycles: %s projected at %.0f MHz", term_number(cycles, number),
               term_duration(cycles, run->clock_hz, duration), run->clock_hz / 1e6);
    printf("\n");
}

/* How many operations software did for the reason of the operation at index; 0 where that reason
 * has come before. */
static unsigned count_reason(const struct handshake *run, size_t index)
{
    const struct operation *operations = run->operations;
    unsigned count = 0;
    if (operations[index].card)
        return 0;
    for (size_t other = 0; other < run->operation_count; other++) {
        if (operations[other].card || strcmp(operations[other].reason, operations[index].reason) != 0)
            continue;
        if (other < index)
            return 0;
        count++;
    }
    return count;
}

static void print_software(const struct handshake *run)
{
    const char *heading = "software";
    for (size_t index = 0; index < run->operation_count; index++) {
        unsigned count = count_reason(run, index);
        if (count == 0)
            continue;
        printf("%-12s %u operation%s: %s\n", heading, count, count == 1 ? "" : "s",
               reason_text(run->operations[index].reason));
        heading = "";
    }
}

void report_summary(const struct handshake *run, json_t *failures)
{
    size_t index;
    json_t *failure;
    int good = json_array_size(failures) == 0;
    printf("\n%s%s%s\n", term_colour(good ? TERM_GREEN : TERM_RED),
           good             ? "Handshake completed, application data went both ways."
           : run->completed ? "The handshake completed, but not as asked:"
                            : "Failed:", term_colour(TERM_PLAIN));
    json_array_foreach(failures, index, failure)
        printf("  %s\n", json_string_value(failure));
    if (run->completed)
        printf("%-12s %s\n%-12s %s\n", "version", run->version, "cipher", run->suite);
    print_card(run);
    print_software(run);
}
