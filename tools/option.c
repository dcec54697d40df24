/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing and help of the subcommands' options, both from the one table. */
#include "tools/option.h"

#include <string.h>

#define HELP_COLUMN 26

static const struct option help_option = {.name = "help", .text = "print this\n"};

/* The option that word names ("--NAME" or "--NAME=VALUE"); *value is what follows '=', or NULL. */
static const struct option *find(const struct command *command, const char *word, const char **value)
{
    if (strncmp(word, "--", 2) != 0)
        return NULL;
    const char *name = word + 2;
    size_t length = strcspn(name, "=");
    *value = name[length] == '=' ? name + length + 1 : NULL;
    for (const struct option *option = command->options; option->name; option++)
        if (strlen(option->name) == length && strncmp(option->name, name, length) == 0)
            return option;
    return length == 4 && strncmp(name, "help", 4) == 0 ? &help_option : NULL;
}

static int refuse(const struct command *command, const char *word, const char *what)
{
    fprintf(stderr, "tlscard %s: %s: %s; see tlscard %s --help\n", command->name, word, what, command->name);
    return -1;
}

static int allowed(const struct option *option, const char *value)
{
    if (!option->choices)
        return *value != '\0';
    for (const char *const *choice = option->choices; *choice; choice++)
        if (strcmp(*choice, value) == 0)
            return 1;
    return 0;
}

static int refuse_value(const struct command *command, const struct option *option, const char *value)
{
    fprintf(stderr, "tlscard %s: --%s %s: ", command->name, option->name, *value ? value : "''");
    if (!option->choices)
        fprintf(stderr, "an empty %s; name one", option->argument);
    else
        fprintf(stderr, "not a value of this option; choose one of");
    for (const char *const *choice = option->choices; choice && *choice; choice++)
        fprintf(stderr, "%s %s", choice == option->choices ? "" : ",", *choice);
    fprintf(stderr, "\n");
    return -1;
}

/* Take one option; *index moves on where its value is the next word. */
static int take(const struct command *command, const struct option *option, const char *value, int count,
                char **words, int *index)
{
    if (!option->argument) {
        if (value)
            return refuse(command, words[*index], "this option takes no value");
        *option->flag = 1;
        return 0;
    }
    if (!value) {
        if (*index + 1 >= count)
            return refuse(command, words[*index], "this option needs a value");
        value = words[++*index];
    }
    if (!allowed(option, value))
        return refuse_value(command, option, value);
    *option->value = value;
    return 0;
}

static int take_operand(const struct command *command, const char *word)
{
    if (!command->operand || *command->operand_value || word[0] == '-' || word[0] == '\0')
        return 0;
    *command->operand_value = word;
    return 1;
}

int option_parse(const struct command *command, int count, char **words)
{
    for (int index = 0; index < count; index++) {
        const char *value = NULL;
        const struct option *option = find(command, words[index], &value);
        if (!option && take_operand(command, words[index]))
            continue;
        if (!option)
            return refuse(command, words[index],
                          words[index][0] == '-' ? "no such option" : "takes no further arguments");
        if (option == &help_option) {
            option_help(command, stdout);
            return 1;
        }
        if (take(command, option, value, count, words, &index) != 0)
            return -1;
    }
    return 0;
}

/* text in the help column, each of its lines. */
static void column(FILE *to, int used, const char *text)
{
    while (*text) {
        size_t length = strcspn(text, "\n");
        fprintf(to, "%*s%.*s\n", used < HELP_COLUMN ? HELP_COLUMN - used : 2, "", (int)length, text);
        text += length + (text[length] == '\n');
        used = 0;
    }
}

static void describe(FILE *to, const struct option *option)
{
    int used = fprintf(to, "  --%s", option->name);
    if (option->argument)
        used += fprintf(to, " %s", option->argument);
    column(to, used, option->text);
}

void option_help(const struct command *command, FILE *to)
{
    fprintf(to, "Usage: tlscard %s%s%s%s%s\n\n%s\nOptions:\n", command->name,
            command->options->name ? " [OPTION]..." : "", command->operand ? " [" : "",
            command->operand ? command->operand : "", command->operand ? "]" : "", command->description);
    for (const struct option *option = command->options; option->name; option++)
        describe(to, option);
    describe(to, &help_option);
}
