/* SPDX-License-Identifier: Apache-2.0 */
/* The card's loop: sockets, clock, sleep. */
#include "sim/card.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/server.h"

/* Between two looks at the sockets: some tens of microseconds. */
#define CYCLES_PER_TURN 256u
/* Between two looks at whether there is anything to do. */
#define CYCLES_PER_CHECK 4u

static void card_open_functions(struct card *card, const struct card_options *options)
{
    const struct function_shared shared = {&card->link, &card->rules, &card->reads, &card->ports};

    card->functions = options->functions ? options->functions : card->link.model.functions;
    card->reads = (struct reads){.link = &card->link, .latency = options->latency, .split = options->split,
                                 .reorder = options->reorder, .random = options->seed};
    card->rules = (struct rules){.link = &card->link, .reads = &card->reads, .functions = card->functions};
    card->ports = (struct ports){.link = &card->link, .functions = card->functions};
    for (unsigned i = 0; i < card->functions; i++)
        function_open(&card->function[i], (uint8_t)i, &shared, options->access_cycles);
    ports_drive(&card->ports);
}

int card_create(struct card *card, const struct card_options *options, int wake_fd)
{
    int error;

    memset(card, 0, sizeof(*card));
    card->wake_fd = wake_fd;
    if (wake_fd >= 0)
        card->wake_identity = identity_of(wake_fd);
    for (unsigned i = 0; i < MODEL_MAX_FUNCTIONS; i++)
        card->listeners[i] = -1;
    for (unsigned i = 0; i < CARD_REFUSED_MAX; i++)
        card->refused[i].fd = -1;
    error = link_create(&card->link, options->trace);
    if (error)
        return error;
    if (options->functions > card->link.model.functions) {
        link_destroy(&card->link);
        return -EINVAL;
    }
    card_open_functions(card, options);
    return 0;
}

void card_destroy(struct card *card)
{
    for (unsigned i = 0; i < card->functions; i++) {
        server_close(&card->function[i]);
        message_free(card->function[i].commands.pending);
    }
    for (unsigned i = 0; i < CARD_REFUSED_MAX; i++)
        connection_close(&card->refused[i]);
    reads_clear(&card->reads);
    link_destroy(&card->link);
}

bool card_function_free(const struct card *card, unsigned function)
{
    return function_free(&card->function[function]);
}

static void card_refuse(struct card *card, int fd)
{
    for (unsigned i = 0; i < CARD_REFUSED_MAX; i++)
        if (card->refused[i].fd < 0) {
            connection_open(&card->refused[i], fd);
            return;
        }
    close(fd);
}

void card_attach(struct card *card, unsigned function, int fd)
{
    if (card_function_free(card, function))
        server_open(&card->function[function], fd);
    else
        card_refuse(card, fd);
}

static bool card_busy(const struct card *card)
{
    if (!link_idle(&card->link) || reads_pending(&card->reads))
        return true;
    for (unsigned i = 0; i < card->functions; i++)
        if (function_busy(&card->function[i]))
            return true;
    return false;
}

static void card_sent(struct card *card, struct tlp *tlp)
{
    if (tlp_kind(tlp) != TLP_COMPLETION) {
        /* Completions take turns with accesses, lest a long access stop the DMA of the others. */
        reads_feed(&card->reads);
        access_sent(&card->function[tlp->function].access);
    }
    link_free(&card->link, tlp);
}

static void card_received(struct card *card, struct tlp *tlp)
{
    int index = rules_origin(&card->rules, tlp);

    if (index < 0)
        link_free(&card->link, tlp);
    else if (!upstream_take(&card->function[index].upstream, tlp))
        server_close(&card->function[index]);
}

static void card_reset_ended(struct card *card, unsigned functions)
{
    for (unsigned i = 0; i < card->functions; i++)
        if (functions >> i & 1)
            reset_ended(&card->function[i].reset);
}

static void card_cycle(struct card *card)
{
    struct link_event event;

    if (card->reads.first && !card->link.rx_head)
        reads_feed(&card->reads);
    link_cycle(&card->link, &event);
    if (event.sent)
        card_sent(card, event.sent);
    if (event.received)
        card_received(card, event.received);
    if (event.flr_done)
        card_reset_ended(card, event.flr_done);
}

/* The model executed $finish or met a fatal error, or a packet is lost for want of memory: no function can be
 * served any more. */
static void card_fail(struct card *card)
{
    card->failed = true;
    for (unsigned i = 0; i < card->functions; i++)
        if (!card_function_free(card, i))
            server_close(&card->function[i]);
}

void card_run(struct card *card, unsigned cycles)
{
    for (unsigned i = 0; i < card->functions; i++)
        function_run(&card->function[i]);
    for (unsigned done = 0; done < cycles && card_busy(card); done += CYCLES_PER_CHECK)
        for (unsigned i = 0; i < CYCLES_PER_CHECK; i++)
            card_cycle(card);
    if (card->link.starved || card->link.model.stopped(card->link.model.object))
        card_fail(card);
}

static void card_accept_client(struct card *card, unsigned function)
{
    int fd = accept4(card->listeners[function], NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0)
        card_attach(card, function, fd);
}

#define REFUSED_POLL_MS 1 /* from one look to the next where the descriptors may not be polled */

enum { POLL_WAKE, POLL_LISTENERS, POLL_CLIENTS = POLL_LISTENERS + MODEL_MAX_FUNCTIONS,
       POLL_REFUSED = POLL_CLIENTS + MODEL_MAX_FUNCTIONS, POLL_COUNT = POLL_REFUSED + CARD_REFUSED_MAX };

static void card_fill_poll(const struct card *card, struct pollfd *poll_fds)
{
    poll_fds[POLL_WAKE] = (struct pollfd){card->wake_fd, POLLIN, 0};
    for (unsigned i = 0; i < MODEL_MAX_FUNCTIONS; i++) {
        const struct connection *connection = &card->function[i].connection;
        bool there = i < card->functions;

        poll_fds[POLL_LISTENERS + i] = (struct pollfd){card->listeners[i], POLLIN, 0};
        poll_fds[POLL_CLIENTS + i] = (struct pollfd){there ? connection->fd : -1, POLLIN, 0};
        if (there && connection_unsent(connection))
            poll_fds[POLL_CLIENTS + i].events |= POLLOUT;
        if (there && commands_full(&card->function[i].commands))
            poll_fds[POLL_CLIENTS + i].events &= ~POLLIN;
    }
    for (unsigned i = 0; i < CARD_REFUSED_MAX; i++)
        poll_fds[POLL_REFUSED + i] = (struct pollfd){card->refused[i].fd, POLLIN, 0};
}

static void card_serve_client(struct function *function, short events)
{
    struct connection *connection = &function->connection;

    if (events & POLLOUT && connection_flush(connection) != 0)
        server_close(function);
    if (connection->fd >= 0 && events & (POLLHUP | POLLERR) && commands_full(&function->commands))
        server_close(function);
    if (connection->fd >= 0 && events & (POLLIN | POLLHUP | POLLERR))
        server_receive(function);
}

static void card_drain_wake(struct card *card)
{
    uint8_t octets[64];

    if (!identity_holds(&card->wake_identity, card->wake_fd) ||
        (read(card->wake_fd, octets, sizeof(octets)) < 0 && errno != EAGAIN))
        card->wake_fd = -1;
}

/* The application has closed descriptors that are not its own: those clients have gone, whatever has their numbers. */
static void card_drop_lost(struct card *card)
{
    for (unsigned i = 0; i < card->functions; i++)
        if (!card_function_free(card, i) && !connection_holds(&card->function[i].connection))
            server_close(&card->function[i]);
}

/* One by one. Where the limit is 0, what is connected is taken for ready: reading and writing it never waits. */
static int card_poll_each(struct pollfd *poll_fds)
{
    for (unsigned i = 0; i < POLL_COUNT; i++) {
        bool listener = i >= POLL_LISTENERS && i < POLL_CLIENTS;

        if (poll_fds[i].fd >= 0 && poll(&poll_fds[i], 1, 0) < 0)
            poll_fds[i].revents = errno == EINVAL && !listener ? poll_fds[i].events : 0;
    }
    return 1;
}

/* poll(2) refuses more descriptors than RLIMIT_NOFILE allows, be they open or not. */
static int card_poll_all(struct pollfd *poll_fds, int timeout_ms)
{
    int ready = poll(poll_fds, POLL_COUNT, timeout_ms);

    if (ready >= 0 || errno != EINVAL)
        return ready;
    if (timeout_ms != 0)
        poll(NULL, 0, REFUSED_POLL_MS);
    return card_poll_each(poll_fds);
}

static void card_poll(struct card *card, int timeout_ms)
{
    struct pollfd poll_fds[POLL_COUNT];

    card_fill_poll(card, poll_fds);
    if (card_poll_all(poll_fds, timeout_ms) <= 0)
        return;
    if (poll_fds[POLL_WAKE].revents)
        card_drain_wake(card);
    for (unsigned i = 0; i < CARD_REFUSED_MAX; i++)
        if (poll_fds[POLL_REFUSED + i].revents)
            server_refuse(&card->refused[i]);
    for (unsigned i = 0; i < card->functions; i++)
        if (poll_fds[POLL_CLIENTS + i].revents)
            card_serve_client(&card->function[i], poll_fds[POLL_CLIENTS + i].revents);
    /* Last: a client that has just gone leaves its place to one that has just come. */
    for (unsigned i = 0; i < card->functions; i++)
        if (poll_fds[POLL_LISTENERS + i].revents)
            card_accept_client(card, i);
}

void card_serve_sockets(struct card *card)
{
    card_drop_lost(card);
    card_poll(card, 0);
}

bool card_turn(struct card *card, int timeout_ms)
{
    bool used = false, work = card_busy(card);

    for (unsigned i = 0; i < card->functions; i++)
        work |= server_ready(&card->function[i]);
    card_poll(card, work ? 0 : timeout_ms);
    if (!work)
        card_drop_lost(card);
    for (unsigned i = 0; i < card->functions; i++)
        server_serve(&card->function[i]);
    card_run(card, CYCLES_PER_TURN);
    for (unsigned i = 0; i < card->functions; i++) {
        server_serve(&card->function[i]);
        used |= !card_function_free(card, i) || card->function[i].abandoned;
    }
    return used;
}

int card_read_registers(struct card *card, unsigned function, uint32_t offset, void *data, uint32_t size)
{
    struct function *from = &card->function[function];

    while (!card->failed && function_busy(from))
        card_run(card, CYCLES_PER_CHECK);
    if (card->failed)
        return -EIO;
    function_read_registers(from, offset, data, size);
    while (!card->failed && !from->registers_done)
        card_run(card, CYCLES_PER_CHECK);
    return card->failed ? -EIO : from->registers_error;
}
