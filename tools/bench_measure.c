/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measuring one operation of a card for tlscard bench, alone and with every context in use. A lane of AES-GCM has
 * no contexts, but some records on their way through it and the host interface: as many as IN_LANE are taken for
 * contexts, which need no clearing.
 *
 * The full run is two batches, each begun on an idle card, and what the longer one takes more. With C contexts on
 * the card and N requests to measure:
 *
 *     the short batch    2 C requests: filling all contexts, clearing and filling them again, running out
 *     the long batch     2 C + N requests: the same ramps, and N requests more while all contexts are full
 *
 * All of a batch, or as much as a queue holds, is submitted before its first request can end, so a context that
 * becomes free finds its next request in the queue however slow the host is. N is a multiple of C: contexts take
 * turns, and both batches end with the same turn. What the counter counts is the card's whole time: loading,
 * computing, unloading and clearing. A simulated card does not count while it sleeps, so that reading the counter
 * late, after a batch, adds no more than the clearing of the last contexts; on hardware it adds the microseconds
 * until the host notices the end.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

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
#define MEASURED_CYCLES 4000000u
#define LEAST_TURNS 2u
#define MOST_REQUESTS 256u
#define QUEUE_DEPTH 511u
/* AES-GCM: records under way for one lane, at most; and those measured where the number is not given, of which the
 * driver takes the longest all at once. */
#define IN_LANE 8u
#define RECORDS 128u

struct run {
    struct tlscard *card;
    struct tlscard_queue *queue;
    const struct bench_work *work;
    struct bench_result *result;
    bench_progress *progress;
    struct tlscard_info info;
    unsigned engines, contexts; /* of the whole card */
    unsigned depth;    /* of the queue */
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
        error = bench_result_of(run->work, *request, output, &result);
    tlscard_request_release(*request);
    *request = NULL;
    run->progress(run->work->operation->name, ++run->done, run->all);
    if (cycles)
        *cycles = result.cycles;
    return judge(run, number, error, &result, output);
}

/* Let the card be idle until its contexts are cleared; a lane has none. */
static int pause_card(struct run *run)
{
    struct tlscard_info info;
    uint64_t began = 0;
    if (bench_is_gcm(run->work->operation))
        return 1;
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

/* Seconds of CLOCK_MONOTONIC. */
static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static unsigned least(unsigned one, unsigned other)
{
    return one < other ? one : other;
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
        unsigned submitted;
        int error = bench_submit(run->work, run->queue, number, 1, &request, &submitted);
        if (error)
            return fail(run, "submitting a request", error);
        if (!take(run, number, &request, &cycles[number]))
            return 0;
    }
    qsort(cycles, LONE_REQUESTS, sizeof *cycles, by_value);
    run->result->cycles_lone = cycles[LONE_REQUESTS / 2];
    return 1;
}

/* Requests to measure: a multiple of the contexts. */
static unsigned requests_of(const struct run *run, unsigned requests)
{
    unsigned contexts = run->contexts, lone = run->result->cycles_lone;
    if (requests == 0 && bench_is_gcm(run->work->operation))
        requests = RECORDS;
    if (requests == 0) {
        requests = lone ? MEASURED_CYCLES / lone * run->engines : MOST_REQUESTS;
        if (requests > MOST_REQUESTS)
            requests = MOST_REQUESTS;
        if (requests < LEAST_TURNS * contexts)
            requests = LEAST_TURNS * contexts;
    }
    return (requests + contexts - 1) / contexts * contexts;
}

/* What a batch took: cycles of the card, and those of its multiplier arrays; wall time; its requests. */
struct span {
    uint64_t cycles, multiplier;
    double seconds;
    unsigned requests;
};

static int conclude(struct run *run, const struct span *brief, const struct span *full)
{
    struct bench_result *result = run->result;
    if (full->cycles <= brief->cycles) {
        snprintf(result->error, BENCH_ERROR_SIZE, "the card's cycle counter stands still");
        return 0;
    }
    double engine_cycles = (double)(full->cycles - brief->cycles) * run->engines;
    result->cycles_full = engine_cycles / result->requests;
    result->batch = (struct bench_batch){full->requests, full->seconds, (double)full->cycles};
    /* The two batches need not run out alike, to some hundred cycles; an array has no more than one product a cycle. */
    result->multiplier_busy = fmin(1, ((double)full->multiplier - (double)brief->multiplier) / engine_cycles);
    result->per_second = (double)run->info.clock_hz * run->engines / result->cycles_full;
    return 1;
}

/* Submit what the ring has room for of `count` requests, as far as the queue has room as well. */
static int refill(struct run *run, unsigned count, unsigned depth, struct tlscard_request **ring, unsigned taken,
                  unsigned *submitted)
{
    int error = 0;
    while (error == 0 && *submitted < count && *submitted - taken < depth) {
        unsigned place = *submitted % depth, some = 0;
        unsigned room = least(count - *submitted, least(depth - (*submitted - taken), depth - place));
        error = bench_submit(run->work, run->queue, *submitted, room, &ring[place], &some);
        *submitted += some;
    }
    return error && !(error == -EAGAIN && *submitted > taken) ? fail(run, "submitting a request", error) : 1;
}

/* Run `count` requests, of which the ring has room for `depth` that are submitted and not taken yet. */
static int run_batch(struct run *run, unsigned count, unsigned depth, struct tlscard_request **ring)
{
    for (unsigned taken = 0, submitted = 0; taken < count; taken++) {
        if (!refill(run, count, depth, ring, taken, &submitted))
            return 0;
        if (!take(run, taken, &ring[taken % depth], NULL))
            return 0;
    }
    return 1;
}

static int measure_batch(struct run *run, unsigned count, struct span *span)
{
    struct tlscard_info before, after;
    struct tlscard_request **ring = calloc(run->depth, sizeof *ring);
    if (!ring)
        return fail(run, "the requests", -ENOMEM);
    int done = pause_card(run) && look(run, &before);
    double began = now();
    done = done && run_batch(run, count, run->depth, ring);
    double seconds = now() - began;
    done = done && look(run, &after);
    for (unsigned place = 0; place < run->depth; place++)
        tlscard_request_release(ring[place]); /* left after a failure only */
    free(ring);
    if (done)
        *span = (struct span){after.cycles - before.cycles, after.multiplier_cycles - before.multiplier_cycles, seconds,
                              count};
    return done;
}

static int measure_full(struct run *run)
{
    unsigned ramps = 2 * run->contexts;
    struct span brief, full;
    run->done = 0;
    run->all = 2 * ramps + run->result->requests;
    return measure_batch(run, ramps, &brief) && measure_batch(run, ramps + run->result->requests, &full) &&
           conclude(run, &brief, &full);
}

/* Of n entries a queue holds n - 1 requests; a queue of them all is asked for, up to a number that needs no more
 * than a few MiB of memory for operands. */
static unsigned depth_of(const struct run *run)
{
    unsigned depth = 4 * run->contexts > QUEUE_DEPTH ? 4 * run->contexts : QUEUE_DEPTH;
    return depth < run->info.max_entries ? depth : run->info.max_entries - 1;
}

static int measure(struct run *run, unsigned requests)
{
    run->depth = depth_of(run);
    int error = tlscard_queue_open(run->card, run->depth + 1, &run->queue);
    if (error)
        return fail(run, "opening a queue of the card", error);
    run->all = LONE_REQUESTS;
    int done = measure_lone(run);
    if (done) {
        run->result->requests = requests_of(run, requests);
        done = measure_full(run);
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
    int gcm = bench_is_gcm(work->operation);
    run.engines = gcm ? run.info.gcm_lanes : run.info.pke_engines;
    run.contexts = run.engines * (gcm ? IN_LANE : run.info.pke_contexts);
    if (run.contexts == 0) {
        snprintf(result->error, BENCH_ERROR_SIZE, "the card says that it has no %s", gcm ? "lane" : "contexts");
        return 0;
    }
    return measure(&run, requests);
}
