/* SPDX-License-Identifier: Apache-2.0 */
/*
 * option.h - subcommands and their options as tables, from which parsing and help are made.
 *
 * A long option is --NAME VALUE or --NAME=VALUE. Everything wrong with a command line is said in one
 * sentence on standard error that names the input and the remedy.
 */
#ifndef TLSCARD_TOOLS_OPTION_H
#define TLSCARD_TOOLS_OPTION_H

#include <stdio.h>

/* Exit status. */
enum { EXIT_OK = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct option {
    const char *name;           /* without its dashes; NULL ends a table */
    const char *argument;       /* name of the value, NULL for a flag */
    const char *text;           /* help; lines end in '\n' */
    const char *const *choices; /* the only values allowed, NULL-terminated; or NULL */
    const char **value;         /* where the value goes */
    int *flag;                  /* what a flag sets to 1 */
};

struct command {
    const char *name;
    const char *summary;     /* one line */
    const char *description; /* paragraphs for its --help; lines end in '\n' */
    const struct option *options;
    const char *operand; /* name of the one word that may stand beside the options, or NULL */
    const char **operand_value;
    int (*run)(void); /* returns an exit status */
};

/* Parse the words after the subcommand. 0; 1 where --help was asked and has been printed; or
 * -1 after an error message on standard error. */
int option_parse(const struct command *command, int count, char **words);

void option_help(const struct command *command, FILE *to);

#endif
