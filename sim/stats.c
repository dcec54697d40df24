/* SPDX-License-Identifier: Apache-2.0 */
/* What a card has done, as one JSON object. */
#include "sim/stats.h"

#include <inttypes.h>

static void stats_print_function(struct card *card, unsigned index, FILE *file)
{
    const struct function *function = &card->function[index];
    struct counters_totals totals = function->totals;
    struct counters counters;

    if (card_read_registers(card, index, COUNTERS_OFFSET, &counters, sizeof(counters)) == 0)
        counters_add(&totals, &counters);
    fprintf(file, "%s{\"function\":%u,\"connected\":%s,\"interrupts\":%" PRIu64 ",\"faults\":%" PRIu64,
            index ? "," : "", index, card_function_free(card, index) ? "false" : "true", function->interrupts.signalled,
            function->upstream.faults);
    fprintf(file, ",\"pke_completed\":%" PRIu64 ",\"pke_failed\":%" PRIu64 ",\"gcm_completed\":%" PRIu64
            ",\"gcm_failed\":%" PRIu64 ",\"busy_cycles\":%" PRIu64 "}",
            totals.pke_completed, totals.pke_failed, totals.gcm_completed, totals.gcm_failed, totals.busy_cycles);
}

void stats_print(struct card *card, FILE *file, double seconds)
{
    const struct tlp_link *link = &card->link;

    fprintf(file, "{\"cycles\":%" PRIu64 ",\"seconds\":%.3f,\"clock_hz\":%" PRIu32
            ",\"tlps_to_card\":%" PRIu64 ",\"tlps_from_card\":%" PRIu64 ",\"violations\":%" PRIu64,
            link->cycles, seconds, link->model.clock_hz, link->to_card, link->from_card,
            card->rules.violations + link->broken);
    if (card->rules.violation)
        fprintf(file, ",\"violation\":\"%s\"", card->rules.violation);
    fputs(",\"functions\":[", file);
    for (unsigned i = 0; i < card->functions; i++)
        stats_print_function(card, i, file);
    fputs("]}\n", file);
    fflush(file);
}
