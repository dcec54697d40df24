/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measuring one operation of a card for tlscard bench, alone and with every context in use.
 *
 * The full run is a window over the card's cycle counter. With C contexts on the card:
 *
 *     ramp-up       2 C requests end: all contexts have been in use and have been cleared and filled again
 *     the window    N requests end; the counters are read at its edges, each right after a request has ended
 *     ramp-down     C requests more, which keep the contexts full to the end of the window
 *
 * so at any time of the window a context that becomes free finds its next request in the queue. N is a multiple
 * of C: the contexts take turns, and requests end in groups, of which the window has a whole number. What the
 * counter counts is the card's whole time: loading, computing, unloading and clearing. A simulated card does not
 * count while it sleeps, and it is never idle in the window. Reading it late adds cycles, at most as many as the
 * card does in the time that the host takes to notice the end of a request.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bench.h"

/* One operation of the cycle-accurate simulation on a loaded machine ends well within this. */
#define TIMEOUT_MS 600000u
#define LONE_REQUESTS 3u
/* Cycles of an idle card after which no context is still being cleared: clearing takes 2048 writes and a short
 * program (rtl/pke/README.md). */
#define PAUSE_CYCLES 8192u
/* Reading the registers wakes a sleeping card for some cycles; where the counter stands still after so many
 * readings, there is nothing to wait for. */
#define PAUSE_READINGS 4096u
/* Where the number of requests is not given: so many cycles on one engine, within these bounds. */
#define WINDOW_CYCLES 4000000u
#define WINDOW_LEAST_TURNS 2u
#define WINDOW_MOST 256u

struct run {
    struct tlscard *card;
    struct tlscard_queue *queue;
    const struct bench_work *work;
    struct bench_result *result;
    bench_progress *progress;
    struct tlscard_info info;
    unsigned contexts; /* of the whole card */
    unsigned done, all;
};

static int fail(struct run *run, const char *what, int error)
{
    snprintf(run->result->error, BENCH_ERROR_SIZE, "%s: %s", what, strerror(-error));
    return 0;
}

/* Read the registers into *info. */
static int look(struct run *run, struct tlscard_info *info)
{
    int error = tlscard_info(run->card, info);
    return error ? fail(run, "reading the card's registers", error) : 1;
}

static int judge(struct run *run, unsigned number, int error, const struct tlscard_result *result,
                 const uint8_t *output)
{
    const struct bench_variant *variant = &run->work->variants[number % BENCH_VARIANTS];
    if (error == -EBADMSG)
        snprintf(run->result->error, BENCH_ERROR_SIZE, "status %s", tlscard_status_name(result->status));
    else if (error)
        return fail(run, "a request", error);
    else if (result->length != variant->answer_length)
        snprintf(run->result->error, BENCH_ERROR_SIZE, "%zu octets instead of %zu", result->length,
                 variant->answer_length);
    else if (memcmp(output, variant->answer, result->length) != 0)
        snprintf(run->result->error, BENCH_ERROR_SIZE, "wrong answer");
    return run->result->error[0] == '\0';
}

/* Wait for the request of this number and hold its result against libcrypto's; *request is released. */
static int take(struct run *run, unsigned number, struct tlscard_request **request, uint32_t *cycles)
{
    uint8_t output[BENCH_OCTETS];
    struct tlscard_result result = {0};
    int error = tlscard_request_wait(*request, TIMEOUT_MS);
    if (error == 0)
        error = tlscard_request_result(*request, output, sizeof output, &result);
    tlscard_request_release(*request);
    *request = NULL;
    run->progress(run->work->operation->name, ++run->done, run->all);
    if (cycles)
        *cycles = result.cycles;
    return judge(run, number, error, &result, output);
}

/* Let the card be idle until its contexts are cleared. */
static int pause_card(struct run *run)
{
    struct tlscard_info info;
    uint64_t began = 0;
    for (unsigned reading = 0; reading < PAUSE_READINGS; reading++) {
        if (!look(run, &info))
            return 0;
        if (reading == 0)
            began = info.cycles;
        if (info.cycles - began >= PAUSE_CYCLES)
            break;
    }
    return 1;
}

static int by_value(const void *one, const void *other)
{
    uint32_t a = *(const uint32_t *)one, b = *(const uint32_t *)other;
    return (a > b) - (a < b);
}

static int measure_lone(struct run *run)
{
    uint32_t cycles[LONE_REQUESTS];
    for (unsigned number = 0; number < LONE_REQUESTS; number++) {
        struct tlscard_request *request = NULL;
        if (!pause_card(run))
            return 0;
        int error = bench_submit(run->work, run->queue, number, &request);
        if (error)
            return fail(run, "submitting a request", error);
        if (!take(run, number, &request, &cycles[number]))
            return 0;
    }
    qsort(cycles, LONE_REQUESTS, sizeof *cycles, by_value);
    run->result->cycles_lone = cycles[LONE_REQUESTS / 2];
    return 1;
}

/* Requests of the window: a multiple of the contexts. */
static unsigned window_of(const struct run *run, unsigned requests)
{
    unsigned contexts = run->contexts, lone = run->result->cycles_lone;
    if (requests == 0) {
        requests = lone ? WINDOW_CYCLES / lone * run->info.pke_engines : WINDOW_MOST;
        if (requests > WINDOW_MOST)
            requests = WINDOW_MOST;
        if (requests < WINDOW_LEAST_TURNS * contexts)
            requests = WINDOW_LEAST_TURNS * contexts;
    }
    return (requests + contexts - 1) / contexts * contexts;
}

static int conclude(struct run *run, const struct tlscard_info *before, const struct tlscard_info *after)
{
    struct bench_result *result = run->result;
    double engine_cycles = (double)(after->cycles - before->cycles) * run->info.pke_engines;
    if (after->cycles == before->cycles) {
        snprintf(result->error, BENCH_ERROR_SIZE, "the card's cycle counter stands still");
        return 0;
    }
    result->cycles_full = engine_cycles / result->requests;
    result->multiplier_busy = (double)(after->multiplier_cycles - before->multiplier_cycles) / engine_cycles;
    result->per_second = (double)run->info.clock_hz * run->info.pke_engines / result->cycles_full;
    return 1;
}

/* Run the ramp-up, the window and the ramp-down with up to `depth` requests submitted and not taken yet. */
static int measure_window(struct run *run, unsigned depth, struct tlscard_request **ring)
{
    unsigned first = 2 * run->contexts, last = first + run->result->requests, all = last + run->contexts;
    struct tlscard_info before, after;
    for (unsigned taken = 0, submitted = 0; taken < all; taken++) {
        for (; submitted < all && submitted - taken < depth; submitted++) {
            int error = bench_submit(run->work, run->queue, submitted, &ring[submitted % depth]);
            if (error)
                return fail(run, "submitting a request", error);
        }
        if (!take(run, taken, &ring[taken % depth], NULL))
            return 0;
        if (taken + 1 == first && !look(run, &before))
            return 0;
        if (taken + 1 == last && !look(run, &after))
            return 0;
    }
    return conclude(run, &before, &after);
}

static int measure_full(struct run *run, unsigned depth)
{
    struct tlscard_request **ring = calloc(depth, sizeof *ring);
    int done = ring ? measure_window(run, depth, ring) : fail(run, "the requests", -ENOMEM);
    for (unsigned place = 0; ring && place < depth; place++)
        tlscard_request_release(ring[place]); /* left after a failure only */
    free(ring);
    return done;
}

static int measure(struct run *run, unsigned requests)
{
    /* Of n entries a queue holds n - 1 requests. */
    unsigned depth = 4 * run->contexts;
    if (depth > run->info.max_entries - 1)
        depth = run->info.max_entries - 1;
    int error = tlscard_queue_open(run->card, depth + 1, &run->queue);
    if (error)
        return fail(run, "opening a queue of the card", error);
    run->all = LONE_REQUESTS;
    int done = measure_lone(run);
    if (done) {
        run->result->requests = window_of(run, requests);
        run->done = 0;
        run->all = 3 * run->contexts + run->result->requests;
        done = measure_full(run, depth);
    }
    tlscard_queue_close(run->queue);
    return done;
}

int bench_measure(struct tlscard *card, const struct bench_work *work, unsigned requests, bench_progress *progress,
                  struct bench_result *result)
{
    struct run run = {.card = card, .work = work, .result = result, .progress = progress};
    if (!look(&run, &run.info))
        return 0;
    run.contexts = run.info.pke_engines * run.info.pke_contexts;
    if (run.contexts == 0) {
        snprintf(result->error, BENCH_ERROR_SIZE, "the card says that it has no contexts");
        return 0;
    }
    return measure(&run, requests);
}
