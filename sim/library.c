/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated card inside the application's process. */
#include "sim/tlscard_sim.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/card.h"
#include "sim/options.h"

/* A socket on its way to the card's thread, which says in result what became of it. */
struct request {
    struct request *next;
    int fd;
    int result;
    bool answered;
};

enum state { STATE_NONE, STATE_RUNNING, STATE_ENDED }; /* ended: the thread is to be joined */

/* All of it under lock. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t answer;
    bool fork_handled;
    enum state state;
    bool stop; /* for ever: the library is going */
    pthread_t thread;
    struct request *requests;
    int wake_fd;
    char *text; /* the options' */
} sim = {.lock = PTHREAD_MUTEX_INITIALIZER, .answer = PTHREAD_COND_INITIALIZER, .wake_fd = -1};

static void fork_prepare(void)
{
    pthread_mutex_lock(&sim.lock);
}

static void fork_parent(void)
{
    pthread_mutex_unlock(&sim.lock);
}

/* The child has no thread: its copy of the card is left as it is, perhaps in the middle of a cycle. */
static void fork_child(void)
{
    if (sim.wake_fd >= 0)
        close(sim.wake_fd);
    sim.state = STATE_NONE;
    sim.stop = false;
    sim.requests = NULL;
    sim.wake_fd = -1;
    sim.text = NULL;
    pthread_mutex_init(&sim.lock, NULL);
    pthread_cond_init(&sim.answer, NULL);
}

static void answer(struct request *request, int result)
{
    request->result = result;
    request->answered = true;
    if (result)
        close(request->fd);
}

static int place(struct card *card, int fd)
{
    for (unsigned i = 0; i < card->functions; i++)
        if (card_function_free(card, i)) {
            card_attach(card, i, fd);
            return 0;
        }
    return -EBUSY;
}

/* Called by the thread with the lock held. */
static void answer_requests(struct card *card)
{
    /* A client that closed its socket before another asks has made room, whatever poll saw first. */
    if (sim.requests)
        card_serve_sockets(card);
    while (sim.requests) {
        struct request *request = sim.requests;

        sim.requests = request->next;
        answer(request, card->failed ? -EIO : place(card, request->fd));
    }
    pthread_cond_broadcast(&sim.answer);
}

/* Whether the thread goes on. */
static bool go_on(struct card *card, bool used)
{
    bool more;

    pthread_mutex_lock(&sim.lock);
    if (sim.requests) {
        answer_requests(card);
        used = true;
    }
    more = used && !sim.stop && !card->failed;
    if (!more)
        sim.state = STATE_ENDED;
    pthread_mutex_unlock(&sim.lock);
    return more;
}

static void *run(void *argument)
{
    struct card *card = argument;

    while (go_on(card, card_turn(card, -1)))
        ;
    card_destroy(card);
    free(card);
    return NULL;
}

/* Join a thread that has ended, and forget its card. Lock held. */
static void reap(void)
{
    if (sim.state != STATE_ENDED)
        return;
    pthread_join(sim.thread, NULL);
    close(sim.wake_fd);
    free(sim.text);
    sim.text = NULL;
    sim.wake_fd = -1;
    sim.state = STATE_NONE;
}

static int start_thread(struct card *card)
{
    sigset_t all, before;
    int error;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&sim.thread, NULL, run, card);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return -error;
}

static int make_card(const char *text, struct card **card)
{
    struct card_options options = CARD_OPTIONS_DEFAULT;
    int error;

    sim.text = strdup(text ? text : "");
    *card = calloc(1, sizeof(**card));
    sim.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (!sim.text || !*card)
        return -ENOMEM;
    if (sim.wake_fd < 0)
        return -errno;
    error = options_parse(&options, sim.text);
    return error ? error : card_create(*card, &options, sim.wake_fd);
}

/* Make a card and its thread. Lock held. */
static int start(const char *text)
{
    struct card *card;
    int error = make_card(text, &card);

    if (!error) {
        error = start_thread(card);
        if (error)
            card_destroy(card);
    }
    if (!error) {
        sim.state = STATE_RUNNING;
        return 0;
    }
    free(card);
    free(sim.text);
    sim.text = NULL;
    if (sim.wake_fd >= 0)
        close(sim.wake_fd);
    sim.wake_fd = -1;
    return error;
}

/* Hand the socket to the thread and wait for its answer. Lock held. */
static int hand_over(int fd)
{
    struct request request = {.fd = fd}, **last = &sim.requests;
    const uint64_t one = 1;
    ssize_t written;

    while (*last)
        last = &(*last)->next;
    *last = &request;
    written = write(sim.wake_fd, &one, sizeof(one));
    (void)written;
    while (!request.answered)
        pthread_cond_wait(&sim.answer, &sim.lock);
    return request.result;
}

/* Make sure that there is a card. Lock held. */
static int prepare(const char *options)
{
    if (sim.stop)
        return -EIO;
    if (!sim.fork_handled) {
        int error = pthread_atfork(fork_prepare, fork_parent, fork_child);

        if (error)
            return -error;
        sim.fork_handled = true;
    }
    reap();
    return sim.state == STATE_NONE ? start(options) : 0;
}

__attribute__((visibility("default"))) int tlscard_sim_attach(const char *options, int *fd)
{
    int pair[2], error;

    *fd = -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return -errno;
    pthread_mutex_lock(&sim.lock);
    error = prepare(options);
    if (error)
        close(pair[1]);
    else
        error = hand_over(pair[1]);
    pthread_mutex_unlock(&sim.lock);
    if (error)
        close(pair[0]);
    else
        *fd = pair[0];
    return error;
}

/* The library is being unloaded, or the process ends: its thread must not outlive its code. */
__attribute__((destructor)) static void stop(void)
{
    const uint64_t one = 1;
    ssize_t written = 0;

    pthread_mutex_lock(&sim.lock);
    sim.stop = true;
    if (sim.state == STATE_RUNNING) {
        written = write(sim.wake_fd, &one, sizeof(one));
        pthread_mutex_unlock(&sim.lock);
        pthread_join(sim.thread, NULL);
        pthread_mutex_lock(&sim.lock);
        close(sim.wake_fd);
        free(sim.text);
    } else {
        reap();
    }
    sim.state = STATE_NONE;
    pthread_mutex_unlock(&sim.lock);
    (void)written;
}
