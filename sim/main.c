/* SPDX-License-Identifier: Apache-2.0 */
/* tlscard-sim: a simulated card as a process, one vfio-user socket for each function. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "sim/card.h"
#include "sim/listener.h"
#include "sim/options.h"
#include "sim/stats.h"

static const char help[] =
    "Usage: tlscard-sim [OPTION]...\n"
    "Simulate a tlscard and serve each of its functions on a vfio-user socket.\n"
    "\n"
    "  --socket-dir DIR   where the sockets function<N>.sock are made; default\n"
    "                     $TLSCARD_SOCKET_DIR, else /run/tlscard\n"
    "  --mode MODE        of the sockets, octal (0660); default what the umask leaves of 0777\n"
    "  --group GROUP      of the sockets, a name or a number\n"
    "  --functions N      serve the first N functions; default all that the model has.\n"
    "                     The card's own registers still tell how many it was built with\n"
    "  --latency CYCLES   from a DMA read to its first completion; default 100\n"
    "  --split            answer DMA reads in completions of 64 octets\n"
    "  --reorder          answer DMA reads in random order, after up to twice the latency\n"
    "  --seed N           of that randomness; default 1\n"
    "  --trace FILE       record every signal in FILE, in FST format\n"
    "  --stats            print counters as JSON at the end, and at SIGUSR1\n"
    "  --help, --version\n"
    "\n"
    "Prints a line \"listening on ...\" when it is ready. Ends at SIGTERM or SIGINT.\n";

enum { OPTION_SOCKET_DIR = 1, OPTION_MODE, OPTION_GROUP, OPTION_STATS, OPTION_HELP, OPTION_VERSION, OPTION_CARD };

static const struct option long_options[] = {
    {"socket-dir", required_argument, NULL, OPTION_SOCKET_DIR},
    {"mode", required_argument, NULL, OPTION_MODE},
    {"group", required_argument, NULL, OPTION_GROUP},
    {"functions", required_argument, NULL, OPTION_CARD},
    {"latency", required_argument, NULL, OPTION_CARD},
    {"split", no_argument, NULL, OPTION_CARD},
    {"reorder", no_argument, NULL, OPTION_CARD},
    {"seed", required_argument, NULL, OPTION_CARD},
    {"trace", required_argument, NULL, OPTION_CARD},
    {"stats", no_argument, NULL, OPTION_STATS},
    {"help", no_argument, NULL, OPTION_HELP},
    {"version", no_argument, NULL, OPTION_VERSION},
    {NULL, 0, NULL, 0},
};

struct settings {
    const char *directory;
    struct listener_access access;
    bool stats;
    struct card_options card;
};

static int wake_fd = -1;
static volatile sig_atomic_t ending, asked;

static void main_on_signal(int number)
{
    const uint64_t one = 1;
    int saved = errno;
    ssize_t written;

    if (number == SIGUSR1)
        asked = 1;
    else
        ending = 1;
    written = write(wake_fd, &one, sizeof(one));
    (void)written;
    errno = saved;
}

static void main_catch_signals(bool stats)
{
    struct sigaction action = {.sa_handler = main_on_signal, .sa_flags = SA_RESTART};

    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    if (stats)
        sigaction(SIGUSR1, &action, NULL);
}

static int main_parse_access(struct listener_access *access, int option, const char *value)
{
    if (option == OPTION_MODE && listener_set_mode(access, value) != 0)
        fprintf(stderr, "tlscard-sim: --mode %s: not an octal mode from 0 to 0777\n", value);
    else if (option == OPTION_GROUP && listener_set_group(access, value) != 0)
        fprintf(stderr, "tlscard-sim: --group %s: there is no such group\n", value);
    else
        return 0;
    return -EINVAL;
}

/* -1 to go on, else the exit status. */
static int main_parse(int argc, char **argv, struct settings *settings)
{
    int option, index = 0;

    while ((option = getopt_long(argc, argv, "", long_options, &index)) != -1) {
        switch (option) {
        case OPTION_SOCKET_DIR:
            settings->directory = optarg;
            break;
        case OPTION_MODE:
        case OPTION_GROUP:
            if (main_parse_access(&settings->access, option, optarg) != 0)
                return 2;
            break;
        case OPTION_STATS:
            settings->stats = true;
            break;
        case OPTION_HELP:
            fputs(help, stdout);
            return 0;
        case OPTION_VERSION:
            puts("tlscard-sim " TLSCARD_RELEASE);
            return 0;
        case OPTION_CARD:
            if (options_set(&settings->card, long_options[index].name, optarg) == 0)
                break;
            fprintf(stderr, "tlscard-sim: --%s: bad value '%s'\n", long_options[index].name, optarg ? optarg : "");
            return 2;
        default:
            fputs("Try 'tlscard-sim --help'.\n", stderr);
            return 2;
        }
    }
    if (optind == argc)
        return -1;
    fprintf(stderr, "tlscard-sim: unexpected argument '%s'\nTry 'tlscard-sim --help'.\n", argv[optind]);
    return 2;
}

static void main_explain(const struct listener *listener, const char *directory, int error)
{
    if (error == -EEXIST)
        fprintf(stderr, "tlscard-sim: %s exists and is not a socket; remove it or choose another --socket-dir\n",
                listener->path);
    else if (error == -EADDRINUSE)
        fprintf(stderr, "tlscard-sim: somebody listens on %s already; choose another --socket-dir\n", listener->path);
    else
        fprintf(stderr, "tlscard-sim: cannot listen in %s: %s\n", directory, strerror(-error));
}

static void main_close_all(struct listener *listeners, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        listener_close(&listeners[i]);
}

static int main_listen_all(struct card *card, struct listener *listeners, const struct settings *settings)
{
    const char *directory = settings->directory;
    int error = listener_make_directory(directory, &settings->access);

    if (error) {
        fprintf(stderr, "tlscard-sim: cannot make %s: %s\n", directory, strerror(-error));
        return -1;
    }
    for (unsigned i = 0; i < card->functions; i++) {
        error = listener_open(&listeners[i], directory, i, &settings->access);

        if (error) {
            main_explain(&listeners[i], directory, error);
            main_close_all(listeners, i);
            return -1;
        }
        card->listeners[i] = listeners[i].fd;
    }
    return 0;
}

static void main_announce(const struct card *card, const struct listener *listeners)
{
    fputs("listening on", stdout);
    for (unsigned i = 0; i < card->functions; i++)
        printf(" %s", listeners[i].path);
    putchar('\n');
    fflush(stdout);
}

static double main_now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void main_serve(struct card *card, bool stats)
{
    double began = main_now();

    while (!ending && !card->failed) {
        card_turn(card, -1);
        if (asked) {
            asked = 0;
            stats_print(card, stdout, main_now() - began);
        }
    }
    if (stats)
        stats_print(card, stdout, main_now() - began);
}

static int main_create(struct card *card, const struct settings *settings)
{
    int error = card_create(card, &settings->card, wake_fd);

    if (error == -EINVAL)
        fprintf(stderr, "tlscard-sim: --functions %u: the model has fewer\n", settings->card.functions);
    else if (error == -EIO)
        fprintf(stderr, "tlscard-sim: cannot write the trace %s\n", settings->card.trace);
    else if (error)
        fprintf(stderr, "tlscard-sim: %s\n", strerror(-error));
    return error;
}

static int main_run(struct card *card, const struct settings *settings)
{
    struct listener listeners[MODEL_MAX_FUNCTIONS];
    int failed;

    if (main_create(card, settings) != 0)
        return 1;
    main_catch_signals(settings->stats);
    if (main_listen_all(card, listeners, settings) != 0) {
        card_destroy(card);
        return 1;
    }
    main_announce(card, listeners);
    main_serve(card, settings->stats);
    main_close_all(listeners, card->functions);
    failed = card->failed;
    if (failed)
        fputs("tlscard-sim: the card's model stopped\n", stderr);
    if (card->rules.violations)
        fprintf(stderr, "tlscard-sim: the card broke a rule of PCI Express: %s\n", card->rules.violation);
    card_destroy(card);
    return failed;
}

int main(int argc, char **argv)
{
    struct settings settings = {.card = CARD_OPTIONS_DEFAULT};
    struct card *card;
    int status = main_parse(argc, argv, &settings);

    if (status >= 0)
        return status;
    if (!settings.directory)
        settings.directory = getenv("TLSCARD_SOCKET_DIR");
    if (!settings.directory || !*settings.directory)
        settings.directory = "/run/tlscard";
    wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    card = calloc(1, sizeof(*card));
    if (wake_fd < 0 || !card) {
        perror("tlscard-sim");
        return 1;
    }
    status = main_run(card, &settings);
    free(card);
    close(wake_fd);
    return status;
}
