/* SPDX-License-Identifier: Apache-2.0 */
/* The tlscard command: chooses the subcommand, prints help and version. */
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>

#include "tools/commands.h"


static const struct command *const commands[] = {&command_list, &command_info, &command_selftest, &command_bench,
                                                &command_handshake,   &command_doctor};
#define COMMANDS (sizeof commands / sizeof *commands)

static const struct command *find(const char *name)
{
    for (size_t index = 0; index < COMMANDS; index++)
        if (strcmp(commands[index]->name, name) == 0)
            return commands[index];
    return NULL;
}

static void usage(FILE *to)
{
    fprintf(to, "Usage: tlscard COMMAND [OPTION]...\n"
                "\n"
                "Look at a TLS offload card, test and measure it, and watch a TLS handshake use it.\n"
                "\n"
                "Commands:\n");
    for (size_t index = 0; index < COMMANDS; index++)
        fprintf(to, "  %-11s %s\n", commands[index]->name, commands[index]->summary);
    fprintf(to, "  %-11s %s\n", "help", "print this, or the help of the command that is named");
    fprintf(to, "\n"
                "tlscard COMMAND --help tells a command's options; tlscard --version the version.\n"
                "Exit status: 0 for success, 1 for failure, 2 for a command line that cannot be followed.\n");
}

static int unknown(const char *name)
{
    fprintf(stderr, "tlscard: %s: no such command; choose one of list, info, selftest, bench, handshake, doctor, help\n", name);
    return EXIT_USAGE;
}

static int help(int count, char **words)
{
    if (count == 0) {
        usage(stdout);
        return EXIT_OK;
    }
    const struct command *command = find(words[0]);
    if (!command)
        return unknown(words[0]);
    option_help(command, stdout);
    return EXIT_OK;
}

static int version(void)
{
    printf("tlscard %s (%s)\n", TLSCARD_RELEASE, OpenSSL_version(OPENSSL_VERSION));
    return EXIT_OK;
}

static int run(const struct command *command, int count, char **words)
{
    int parsed = option_parse(command, count, words);
    if (parsed != 0)
        return parsed < 0 ? EXIT_USAGE : EXIT_OK;
    return command->run();
}

static int dispatch(int count, char **words)
{
    if (count < 2) {
        usage(stderr);
        return EXIT_USAGE;
    }
    const char *name = words[1];
    if (strcmp(name, "help") == 0 || strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        return help(count - 2, words + 2);
    if (strcmp(name, "--version") == 0)
        return version();
    const struct command *command = find(name);
    return command ? run(command, count - 2, words + 2) : unknown(name);
}

int main(int count, char **words)
{
    int status = dispatch(count, words);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "tlscard: standard output could not be written\n");
        return status == EXIT_OK ? EXIT_FAILED : status;
    }
    return status;
}
