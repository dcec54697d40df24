/* SPDX-License-Identifier: Apache-2.0 */
/* What a card has done, as one JSON object. */
#include <inttypes.h>

#include "sim/card.h"
#include "sim/stats.h"

const struct stats_register stats_registers[STATS_REGISTERS] = {
    {"pke_completed", 0x080}, {"pke_failed", 0x084}, {"gcm_completed", 0x088}, {"gcm_failed", 0x08c},
    {"busy_cycles_lo", 0x090}, {"busy_cycles_hi", 0x094}, {"error_count", 0x050},
};

static void print_function(struct card *card, unsigned index, FILE *file)
{
    const struct function *function = &card->function[index];

    fprintf(file, "%s{\"function\":%u,\"connected\":%s,\"interrupts\":%" PRIu64 ",\"faults\":%" PRIu64,
            index ? "," : "", index, card_function_free(card, index) ? "false" : "true", function->interrupts,
            function->faults);
    for (unsigned i = 0; i < STATS_REGISTERS; i++) {
        uint32_t value;

        if (card_read_register(card, index, stats_registers[i].offset, &value) == 0)
            fprintf(file, ",\"%s\":%" PRIu32, stats_registers[i].name, value);
        else
            fprintf(file, ",\"%s\":null", stats_registers[i].name);
    }
    fputc('}', file);
}

void stats_print(struct card *card, FILE *file, double seconds)
{
    const struct tlp_link *link = &card->link;

    fprintf(file, "{\"cycles\":%" PRIu64 ",\"seconds\":%.3f,\"clock_hz\":%" PRIu32
            ",\"tlps_to_card\":%" PRIu64 ",\"tlps_from_card\":%" PRIu64 ",\"violations\":%" PRIu64,
            link->cycles, seconds, link->model.clock_hz, link->to_card, link->from_card,
            card->violations + link->broken);
    if (card->violation)
        fprintf(file, ",\"violation\":\"%s\"", card->violation);
    fputs(",\"functions\":[", file);
    for (unsigned i = 0; i < card->functions; i++)
        print_function(card, i, file);
    fputs("]}\n", file);
    fflush(file);
}
