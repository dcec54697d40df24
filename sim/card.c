/* SPDX-License-Identifier: Apache-2.0 */
/* The card's loop: sockets, clock, sleep. */
#include "sim/card.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Between two looks at the sockets: some tens of microseconds. */
#define CYCLES_PER_TURN 256u
/* Between two looks at whether there is anything to do. */
#define CYCLES_PER_CHECK 4u
/* The card's idle may fall a little after the packet that ends its sleep. */
#define AWAKE_AFTER_PACKET 2u

static void init_function(struct card *card, unsigned index)
{
    struct function *function = &card->function[index];

    function->card = card;
    function->index = (uint8_t)index;
    function->client.connection.fd = -1;
    for (unsigned i = 0; i < CARD_MAX_VECTORS; i++)
        function->vector_fds[i] = -1;
    config_init(&function->config, card->link.model.vectors);
}

int card_create(struct card *card, const struct card_options *options, int wake_fd)
{
    int error;

    memset(card, 0, sizeof(*card));
    card->options = *options;
    card->random = options->seed;
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
    card->functions = options->functions ? options->functions : card->link.model.functions;
    for (unsigned i = 0; i < card->functions; i++)
        init_function(card, i);
    reset_drive_ports(card);
    return 0;
}

void card_destroy(struct card *card)
{
    for (unsigned i = 0; i < card->functions; i++) {
        server_close(&card->function[i]);
        message_free(card->function[i].client.pending);
    }
    for (unsigned i = 0; i < CARD_REFUSED_MAX; i++)
        connection_close(&card->refused[i]);
    reads_clear(card);
    link_destroy(&card->link);
}

bool card_function_free(const struct card *card, unsigned function)
{
    return card->function[function].client.connection.fd < 0;
}

static void refuse(struct card *card, int fd)
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
        refuse(card, fd);
}

/* The client of an abandoned function has gone: from here on the function is as new. */
static void abandoned_reset_done(struct function *function, int error)
{
    (void)error;
    function->abandoned = false;
    function->counted = false;
}

static void counters_done(struct function *function, int error)
{
    if (!error)
        stats_add(&function->totals, &function->counters);
}

/* First its counters, which the reset clears, then the reset. */
static void reset_abandoned(struct function *function)
{
    if (!function->abandoned || function->access.active || function->reset != RESET_NONE)
        return;
    if (!function->counted) {
        function->counted = true;
        access_start(function, &(struct access){.offset = STATS_OFFSET, .size = sizeof(function->counters),
                                                .data = (uint8_t *)&function->counters, .done = counters_done});
        return;
    }
    config_init(&function->config, function->card->link.model.vectors);
    reset_start(function, abandoned_reset_done);
}

static bool busy(const struct card *card)
{
    if (card->awake || !*card->link.model.port.idle || card->link.rx_head || reads_pending(card))
        return true;
    for (unsigned i = 0; i < card->functions; i++) {
        const struct function *function = &card->function[i];

        if (function->access.active || function->reset != RESET_NONE || function->abandoned)
            return true;
    }
    return false;
}

static void sent(struct card *card, struct tlp *tlp)
{
    card->awake = AWAKE_AFTER_PACKET;
    if (tlp_kind(tlp) != TLP_COMPLETION) {
        /* Completions take turns with accesses, lest a long access stop the DMA of the others. */
        reads_feed(card);
        access_sent(&card->function[tlp->function]);
    }
    link_free(&card->link, tlp);
}

static void cycle(struct card *card)
{
    struct link_event event;

    if (card->awake)
        card->awake--;
    if (card->reads && !card->link.rx_head)
        reads_feed(card);
    link_cycle(&card->link, &event);
    if (event.sent)
        sent(card, event.sent);
    if (event.received)
        upstream_take(card, event.received);
    if (event.flr_done)
        reset_ended(card, event.flr_done);
}

/* The model executed $finish or met a fatal error, or a packet is lost for want of memory: no function can be
 * served any more. */
static void fail(struct card *card)
{
    card->failed = true;
    for (unsigned i = 0; i < card->functions; i++)
        if (card->function[i].client.connection.fd >= 0)
            server_close(&card->function[i]);
}

void card_run(struct card *card, unsigned cycles)
{
    for (unsigned i = 0; i < card->functions; i++) {
        access_expire(&card->function[i]);
        reset_expire(&card->function[i]);
        reset_abandoned(&card->function[i]);
    }
    for (unsigned done = 0; done < cycles && busy(card); done += CYCLES_PER_CHECK)
        for (unsigned i = 0; i < CYCLES_PER_CHECK; i++)
            cycle(card);
    if (card->link.starved || card->link.model.stopped(card->link.model.object))
        fail(card);
}

static void accept_client(struct card *card, unsigned function)
{
    int fd = accept4(card->listeners[function], NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (fd >= 0)
        card_attach(card, function, fd);
}

#define REFUSED_POLL_MS 1 /* from one look to the next where the descriptors may not be polled */

enum { POLL_WAKE, POLL_LISTENERS, POLL_CLIENTS = POLL_LISTENERS + MODEL_MAX_FUNCTIONS,
       POLL_REFUSED = POLL_CLIENTS + MODEL_MAX_FUNCTIONS, POLL_COUNT = POLL_REFUSED + CARD_REFUSED_MAX };

static void fill_poll(const struct card *card, struct pollfd *poll_fds)
{
    poll_fds[POLL_WAKE] = (struct pollfd){card->wake_fd, POLLIN, 0};
    for (unsigned i = 0; i < MODEL_MAX_FUNCTIONS; i++) {
        const struct connection *connection = &card->function[i].client.connection;
        bool there = i < card->functions;

        poll_fds[POLL_LISTENERS + i] = (struct pollfd){card->listeners[i], POLLIN, 0};
        poll_fds[POLL_CLIENTS + i] = (struct pollfd){there ? connection->fd : -1, POLLIN, 0};
        if (there && connection_unsent(connection))
            poll_fds[POLL_CLIENTS + i].events |= POLLOUT;
        if (there && server_full(&card->function[i]))
            poll_fds[POLL_CLIENTS + i].events &= ~POLLIN;
    }
    for (unsigned i = 0; i < CARD_REFUSED_MAX; i++)
        poll_fds[POLL_REFUSED + i] = (struct pollfd){card->refused[i].fd, POLLIN, 0};
}

static void serve_client(struct function *function, short events)
{
    struct connection *connection = &function->client.connection;

    if (events & POLLOUT && connection_flush(connection) != 0)
        server_close(function);
    if (connection->fd >= 0 && events & (POLLHUP | POLLERR) && server_full(function))
        server_close(function);
    if (connection->fd >= 0 && events & (POLLIN | POLLHUP | POLLERR))
        server_receive(function);
}

static void drain_wake(struct card *card)
{
    uint8_t octets[64];

    if (!identity_holds(&card->wake_identity, card->wake_fd) ||
        (read(card->wake_fd, octets, sizeof(octets)) < 0 && errno != EAGAIN))
        card->wake_fd = -1;
}

/* The application has closed descriptors that are not its own: those clients have gone, whatever the numbers are now. */
static void drop_lost(struct card *card)
{
    for (unsigned i = 0; i < card->functions; i++)
        if (!card_function_free(card, i) && !connection_holds(&card->function[i].client.connection))
            server_close(&card->function[i]);
}

/* One by one. Where the limit is 0, what is connected is taken for ready: reading and writing it never waits. */
static int poll_each(struct pollfd *poll_fds)
{
    for (unsigned i = 0; i < POLL_COUNT; i++) {
        bool listener = i >= POLL_LISTENERS && i < POLL_CLIENTS;

        if (poll_fds[i].fd >= 0 && poll(&poll_fds[i], 1, 0) < 0)
            poll_fds[i].revents = errno == EINVAL && !listener ? poll_fds[i].events : 0;
    }
    return 1;
}

/* poll(2) refuses more descriptors than RLIMIT_NOFILE allows, be they open or not. */
static int poll_all(struct pollfd *poll_fds, int timeout_ms)
{
    int ready = poll(poll_fds, POLL_COUNT, timeout_ms);

    if (ready >= 0 || errno != EINVAL)
        return ready;
    if (timeout_ms != 0)
        poll(NULL, 0, REFUSED_POLL_MS);
    return poll_each(poll_fds);
}

static void serve_sockets(struct card *card, int timeout_ms)
{
    struct pollfd poll_fds[POLL_COUNT];

    fill_poll(card, poll_fds);
    if (poll_all(poll_fds, timeout_ms) <= 0)
        return;
    if (poll_fds[POLL_WAKE].revents)
        drain_wake(card);
    for (unsigned i = 0; i < CARD_REFUSED_MAX; i++)
        if (poll_fds[POLL_REFUSED + i].revents)
            server_refuse(&card->refused[i]);
    for (unsigned i = 0; i < card->functions; i++)
        if (poll_fds[POLL_CLIENTS + i].revents)
            serve_client(&card->function[i], poll_fds[POLL_CLIENTS + i].revents);
    /* Last: a client that has just gone leaves its place to one that has just come. */
    for (unsigned i = 0; i < card->functions; i++)
        if (poll_fds[POLL_LISTENERS + i].revents)
            accept_client(card, i);
}

void card_serve_sockets(struct card *card)
{
    drop_lost(card);
    serve_sockets(card, 0);
}

bool card_turn(struct card *card, int timeout_ms)
{
    bool used = false, work = busy(card);

    for (unsigned i = 0; i < card->functions; i++)
        work |= server_ready(&card->function[i]);
    serve_sockets(card, work ? 0 : timeout_ms);
    if (!work)
        drop_lost(card);
    for (unsigned i = 0; i < card->functions; i++)
        server_serve(&card->function[i]);
    card_run(card, CYCLES_PER_TURN);
    for (unsigned i = 0; i < card->functions; i++) {
        server_serve(&card->function[i]);
        used |= !card_function_free(card, i) || card->function[i].abandoned;
    }
    return used;
}

static void register_done(struct function *function, int error)
{
    function->card->register_error = error;
    function->card->register_done = true;
}

int card_read_registers(struct card *card, unsigned function, uint32_t offset, void *data, uint32_t size)
{
    struct function *from = &card->function[function];

    while (!card->failed && (from->access.active || from->reset != RESET_NONE || from->abandoned))
        card_run(card, CYCLES_PER_CHECK);
    if (card->failed)
        return -EIO;
    card->register_done = false;
    access_start(from, &(struct access){.offset = offset, .size = size, .data = data, .done = register_done});
    while (!card->failed && !card->register_done)
        card_run(card, CYCLES_PER_CHECK);
    return card->failed ? -EIO : card->register_error;
}
