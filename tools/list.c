/* SPDX-License-Identifier: Apache-2.0 */
/* tlscard list: every card that could be opened. */
#include <jansson.h>
#include <stdio.h>

#include "driver/tlscard.h"
#include "tools/card.h"
#include "tools/commands.h"
#include "tools/term.h"

static int as_json;

static int print_card(void *context, const char *address, const char *text)
{
    unsigned *found = context;
    (*found)++;
    printf("%s%-36s%s %s\n", term_colour(TERM_BOLD), address, term_colour(TERM_PLAIN), text);
    return 0;
}

static int append_card(void *context, const char *address, const char *text)
{
    return json_array_append_new(context, json_pack("{s:s, s:s}", "address", address, "text", text));
}

static int list_json(void)
{
    json_t *cards = json_array();
    int error = tlscard_list(append_card, cards);
    if (error == 0) {
        json_dumpf(cards, stdout, JSON_INDENT(2));
        printf("\n");
    }
    json_decref(cards);
    return error ? card_failed("list", "listing the cards", error) : EXIT_OK;
}

static int list_run(void)
{
    if (as_json)
        return list_json();
    unsigned found = 0;
    int error = tlscard_list(print_card, &found);
    if (error)
        return card_failed("list", "listing the cards", error);
    if (found == 0)
        printf("No card here: no PCI card, no socket in TLSCARD_SOCKET_DIR, no libtlscard-sim.so.\n");
    return EXIT_OK;
}

static const struct option options[] = {
    {.name = "json", .text = "print an array of {address, text}\n", .flag = &as_json},
    {.name = NULL},
};

const struct command command_list = {
    .name = "list",
    .summary = "list every card that could be opened",
    .description = "List every card that could be opened, one on a line: its address, as --card takes it,\n"
                   "and what it is. PCI cards come first, then simulated cards behind sockets in\n"
                   "TLSCARD_SOCKET_DIR, then the simulated card inside the process. Nothing is opened.\n",
    .options = options,
    .run = list_run,
};
