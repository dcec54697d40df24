/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The simulated card inside the application's process.
 *
 * The card is made, run and unmade by a thread of its own, with every signal blocked. The model is made
 * and unmade under the lock, as a fork takes the lock first: no child finds the C++ runtime half way.
 * An application's thread is here with its signals blocked and without cancellation, so that neither
 * can leave the lock taken, or its request, which is on its stack, in the list.
 */
#include "sim/tlscard_sim.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "sim/card.h"
#include "sim/cxx_memory.h"
#include "sim/identity.h"
#include "sim/options.h"

/* The default follows RLIMIT_STACK, which an application may have set to anything. The model takes some tens of KiB. */
#define STACK_OCTETS (1u << 20)
/* How soon the thread sees that its descriptors were closed from outside, after which nothing can wake it. */
#define SLEEP_MS 1000
/* Making a card takes some tens of milliseconds. */
#define ATTACH_SECONDS 30

/* A socket on its way to the card's thread, which says in result what became of it. */
struct request {
    struct request *next;
    int fd;
    int result;
    bool answered;
};

enum state { STATE_NONE, STATE_RUNNING, STATE_ENDED }; /* ended: the thread is to be joined */

struct pipe_end {
    int fd; /* -1 where closed */
    struct identity identity;
};

/* What the thread works with, options' text included. */
struct work {
    struct card card;
    char text[];
};

/* All of it under lock. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t answer;
    bool fork_handled;
    enum state state;
    bool stop; /* for ever: the library is going */
    pthread_t thread;
    struct request *requests;
    struct pipe_end wake[2]; /* to read, for the card; to write */
    struct work *work;
} sim = {.lock = PTHREAD_MUTEX_INITIALIZER, .answer = PTHREAD_COND_INITIALIZER, .wake = {{.fd = -1}, {.fd = -1}}};

/* A page that the kernel empties in a child, however that was made. */
#define MARK_OCTETS 4096u
static _Alignas(MARK_OCTETS) struct {
    _Atomic uint8_t set;
    uint8_t rest[MARK_OCTETS - 1];
} parent_mark;
static bool marked; /* it is emptied */

static void library_close_wake(void)
{
    for (unsigned i = 0; i < 2; i++) {
        identity_close(&sim.wake[i].identity, sim.wake[i].fd);
        sim.wake[i].fd = -1;
    }
}

static void library_fork_prepare(void)
{
    pthread_mutex_lock(&sim.lock);
}

static void library_fork_parent(void)
{
    pthread_mutex_unlock(&sim.lock);
}

/* The child has no thread: its copy of the card is left as it is, perhaps in the middle of a cycle. */
static void library_fork_child(void)
{
    library_close_wake();
    sim.state = STATE_NONE;
    sim.stop = false;
    sim.requests = NULL;
    pthread_mutex_init(&sim.lock, NULL);
    pthread_cond_init(&sim.answer, NULL);
    parent_mark.set = 1;
}

/* A child that the C library did not make, and that no handler has told of it. */
static void library_notice_fork(void)
{
    if (marked && atomic_exchange(&parent_mark.set, 1) == 0)
        library_fork_child();
}

static int library_handle_forks(void)
{
    int error;

    if (sim.fork_handled)
        return 0;
    error = pthread_atfork(library_fork_prepare, library_fork_parent, library_fork_child);
    if (error)
        return -error;
    sim.fork_handled = true;
    parent_mark.set = 1;
    marked = madvise(&parent_mark, sizeof(parent_mark), MADV_WIPEONFORK) == 0;
    return 0;
}

/* The thread may be in poll. */
static void library_wake_thread(void)
{
    ssize_t written = 0;

    if (identity_holds(&sim.wake[1].identity, sim.wake[1].fd))
        written = write(sim.wake[1].fd, "", 1);
    (void)written;
}

static void library_answer(struct request *request, int result)
{
    request->result = result;
    request->answered = true;
    if (result)
        close(request->fd);
}

static int library_place(struct card *card, int fd)
{
    for (unsigned i = 0; i < card->functions; i++)
        if (card_function_free(card, i)) {
            card_attach(card, i, fd);
            return 0;
        }
    return -EBUSY;
}

/* Whether there were any. error: why none can be granted, or 0. Lock held. */
static bool library_answer_requests(struct card *card, int error)
{
    bool any = sim.requests != NULL;

    /* A client that closed its socket before another asks has made room, whatever poll saw first. */
    if (any && !error)
        card_serve_sockets(card);
    while (sim.requests) {
        struct request *request = sim.requests;

        sim.requests = request->next;
        library_answer(request, error ? error : card->failed ? -EIO : library_place(card, request->fd));
    }
    pthread_cond_broadcast(&sim.answer);
    return any;
}

/* Run the card until nobody uses it. Lock held, except while its clock runs and while it sleeps. */
static void library_serve(struct card *card)
{
    bool used = false;

    while ((library_answer_requests(card, 0) || used) && !sim.stop && !card->failed) {
        pthread_mutex_unlock(&sim.lock);
        used = card_turn(card, SLEEP_MS);
        pthread_mutex_lock(&sim.lock);
    }
}

static void library_stop(void);

/* Lock held. */
static int library_make_card(struct work *work)
{
    static bool registered;
    struct card_options options = CARD_OPTIONS_DEFAULT;
    int error = options_parse(&options, work->text);

    if (!error)
        error = reserve_open();
    if (error)
        return error;
    error = card_create(&work->card, &options, sim.wake[0].fd);
    reserve_close();
    /* The runtime's own objects, which the first model has made, are unmade at exit before a destructor is run: the
     * thread has to end before that. */
    if (!error && !registered)
        registered = atexit(library_stop) == 0;
    return error;
}

static void *library_run(void *argument)
{
    struct work *work = argument;
    struct card *card = &work->card;
    int error;

    pthread_mutex_lock(&sim.lock);
    error = library_make_card(work);
    if (!error) {
        library_serve(card);
        card_destroy(card);
    }
    library_answer_requests(card, error ? error : -EIO);
    free(work);
    sim.work = NULL;
    library_close_wake();
    sim.state = STATE_ENDED;
    pthread_mutex_unlock(&sim.lock);
    return NULL;
}

/* Join a thread that has ended. Lock held. */
static void library_reap(void)
{
    if (sim.state != STATE_ENDED)
        return;
    pthread_join(sim.thread, NULL);
    sim.state = STATE_NONE;
}

/* The caller's signals are blocked, and so are the thread's from its first instruction on. */
static int library_start_thread(void)
{
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);

    if (error)
        return -error;
    error = pthread_attr_setstacksize(&attributes, STACK_OCTETS);
    if (!error)
        error = pthread_create(&sim.thread, &attributes, library_run, sim.work);
    pthread_attr_destroy(&attributes);
    return -error;
}

static int library_open_wake(void)
{
    int ends[2];

    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return -errno;
    for (unsigned i = 0; i < 2; i++)
        sim.wake[i] = (struct pipe_end){ends[i], identity_of(ends[i])};
    return 0;
}

/* Start the thread, which makes the card. Lock held. */
static int library_start(const char *text)
{
    size_t length = text ? strlen(text) : 0;
    int error = -ENOMEM;

    sim.work = calloc(1, sizeof(*sim.work) + length + 1);
    if (sim.work) {
        memcpy(sim.work->text, text ? text : "", length);
        error = library_open_wake();
    }
    if (!error)
        error = library_start_thread();
    if (!error) {
        sim.state = STATE_RUNNING;
        return 0;
    }
    library_close_wake();
    free(sim.work);
    sim.work = NULL;
    return error;
}

static void library_forget(const struct request *request)
{
    struct request **place = &sim.requests;

    while (*place && *place != request)
        place = &(*place)->next;
    if (*place)
        *place = request->next;
}

/* Hand the socket to the thread and wait for its answer. Lock held. */
static int library_hand_over(int fd)
{
    struct request request = {.fd = fd}, **last = &sim.requests;
    struct timespec deadline;
    int late = 0;

    while (*last)
        last = &(*last)->next;
    *last = &request;
    library_wake_thread();
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    deadline.tv_sec += ATTACH_SECONDS;
    while (!request.answered && !late)
        late = pthread_cond_clockwait(&sim.answer, &sim.lock, CLOCK_MONOTONIC, &deadline);
    if (!request.answered) {
        library_forget(&request);
        library_answer(&request, -ETIMEDOUT);
    }
    return request.result;
}

/* Make sure that there is a card, or a thread that makes one. Lock held. */
static int library_prepare(const char *options)
{
    int error;

    if (sim.stop)
        return -EIO;
    error = library_handle_forks();
    if (error)
        return error;
    library_reap();
    return sim.state == STATE_NONE ? library_start(options) : 0;
}

static int library_attach(const char *options, int fd)
{
    int error;

    library_notice_fork();
    pthread_mutex_lock(&sim.lock);
    error = library_prepare(options);
    if (error)
        close(fd);
    else
        error = library_hand_over(fd);
    pthread_mutex_unlock(&sim.lock);
    return error;
}

__attribute__((visibility("default"))) int tlscard_sim_attach(const char *options, int *fd)
{
    int pair[2], cancellation, error;
    sigset_t all, before;

    *fd = -1;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return -errno;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancellation);
    error = library_attach(options, pair[1]);
    pthread_setcancelstate(cancellation, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error)
        close(pair[0]);
    else
        *fd = pair[0];
    return error;
}

/* The library is being unloaded, or the process ends: its thread must not outlive its code. */
__attribute__((destructor)) static void library_stop(void)
{
    bool running;

    library_notice_fork();
    pthread_mutex_lock(&sim.lock);
    sim.stop = true;
    running = sim.state == STATE_RUNNING;
    if (running)
        library_wake_thread();
    else
        library_reap();
    pthread_mutex_unlock(&sim.lock);
    if (running)
        pthread_join(sim.thread, NULL);
    sim.state = STATE_NONE;
}
