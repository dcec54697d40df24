/* SPDX-License-Identifier: Apache-2.0 */
/* A host for the Verilated AES-GCM lane: records in, results out, one behind the other. */
#include "tests/rtl/gcm_bench.h"

#include <string.h>

enum { BEAT = 16, PATIENCE = 10000 };

/* What the host is doing at the lane's ports. */
struct host {
    struct gcm_job *jobs;
    unsigned count;
    unsigned asked;    /* records whose cmd was accepted */
    unsigned sent;     /* records all of whose beats were */
    unsigned beat;     /* of the record being sent */
    unsigned received; /* records all of whose beats have come, or whose done has */
    unsigned finished;
    unsigned idle; /* cycles in which nothing moved */
    int held;      /* a result beat was offered and not taken */
    uint8_t beat_held[BEAT];
};

uint64_t gcm_bench_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static int chance(struct gcm_bench *bench, unsigned stall)
{
    return !stall || (gcm_bench_random(&bench->random) >> 20 & 255) >= stall;
}

static void clock_edge(struct gcm_bench *bench)
{
    *bench->model.clk = 1;
    gcm_model_eval(&bench->model);
    *bench->model.clk = 0;
    bench->now++;
}

void gcm_bench_cycles(struct gcm_bench *bench, unsigned count)
{
    while (count--) {
        gcm_model_eval(&bench->model);
        clock_edge(bench);
    }
}

static int quiet(struct gcm_bench *bench)
{
    for (unsigned n = 0; *bench->model.busy && n < PATIENCE; n++)
        gcm_bench_cycles(bench, 1);
    return *bench->model.busy ? -1 : 0;
}

int gcm_bench_open(struct gcm_bench *bench, uint64_t seed)
{
    memset(bench, 0, sizeof(*bench));
    bench->random = seed ? seed : 1;
    if (gcm_model_create(&bench->model))
        return -1;
    *bench->model.rst = 1;
    gcm_bench_cycles(bench, 4);
    *bench->model.rst = 0;
    gcm_bench_cycles(bench, 1);
    int result = quiet(bench);
    bench->now = 0;
    return result;
}

void gcm_bench_close(struct gcm_bench *bench)
{
    gcm_model_destroy(&bench->model);
}

static unsigned beats_of(unsigned octets)
{
    return (octets + BEAT - 1) / BEAT;
}

unsigned gcm_bench_result_octets(const struct gcm_job *job)
{
    return job->octets + (job->open ? 0 : GCM_TAG);
}

unsigned gcm_bench_input_beats(const struct gcm_job *job)
{
    unsigned head = job->key_octets / BEAT + 1 + beats_of(job->additional_octets);
    return head + beats_of(job->octets + (job->open ? GCM_TAG : 0));
}

static unsigned beats_to_send(const struct gcm_job *job)
{
    if (job->end == GCM_ABORT || job->end == GCM_CUT)
        return job->end_beat + 1;
    return gcm_bench_input_beats(job) + (job->end == GCM_LONG ? job->end_beat : 0);
}

/* What a record's beat holds; octets that mean nothing are not zero. */
static void beat_data(const struct gcm_job *job, unsigned beat, uint8_t data[BEAT])
{
    unsigned key_beats = job->key_octets / BEAT, additional_beats = beats_of(job->additional_octets);
    const uint8_t *source = job->payload;
    unsigned octets = job->octets + (job->open ? GCM_TAG : 0), offset;
    memset(data, 0xa5, BEAT);
    if (beat < key_beats) {
        memcpy(data, job->key + (size_t)beat * BEAT, BEAT);
        return;
    }
    if (beat == key_beats) {
        memcpy(data, job->nonce, GCM_NONCE);
        return;
    }
    beat -= key_beats + 1;
    if (beat < additional_beats) {
        source = job->additional;
        octets = job->additional_octets;
    } else {
        beat -= additional_beats;
    }
    offset = beat * BEAT;
    if (offset < octets)
        memcpy(data, source + offset, octets - offset < BEAT ? octets - offset : BEAT);
}

/* Offer the next cmd and the next beat. An offer once made stands until it is taken. */
static void offer(struct gcm_bench *bench, struct host *host)
{
    struct gcm_model *m = &bench->model;
    if (!*m->cmd_valid && host->asked < host->count && chance(bench, bench->stall_cmd)) {
        const struct gcm_job *job = &host->jobs[host->asked];
        *m->cmd_valid = 1;
        *m->cmd_open = (uint8_t)job->open;
        *m->cmd_key_256 = job->key_octets == 32;
        *m->cmd_aad = (uint16_t)job->additional_octets;
        *m->cmd_length = job->octets;
    }
    if (!*m->in_valid && host->sent < host->asked && chance(bench, bench->stall_in)) {
        const struct gcm_job *job = &host->jobs[host->sent];
        uint8_t data[BEAT];
        beat_data(job, host->beat, data);
        *m->in_valid = 1;
        memcpy(m->in_data, data, BEAT);
        *m->in_last = host->beat + 1 == beats_to_send(job);
        *m->in_abort = *m->in_last && job->end == GCM_ABORT;
        *m->in_abort_status = *m->in_abort ? job->abort_status : 0xee;
    }
    *m->out_ready = (uint8_t)chance(bench, bench->stall_out);
    *m->done_ready = (uint8_t)chance(bench, bench->stall_done);
}

static int receive(struct gcm_bench *bench, struct host *host)
{
    unsigned n = host->received;
    if (n == host->count || n > host->sent || n > host->finished)
        return -1;
    struct gcm_job *job = &host->jobs[n];
    unsigned octets = gcm_bench_result_octets(job), beat = job->result_beats++, offset = beat * BEAT;
    if (offset >= octets)
        return -1;
    memcpy(job->result + offset, bench->model.out_data, BEAT);
    for (unsigned i = octets - offset; i < BEAT; i++)
        job->result_padded &= job->result[offset + i] == 0;
    job->last = bench->now;
    if (offset + BEAT >= octets)
        host->received++;
    return 0;
}

static int finished(struct gcm_bench *bench, struct host *host)
{
    if (host->finished == host->sent)
        return -1;
    struct gcm_job *job = &host->jobs[host->finished++];
    job->status = *bench->model.done_status;
    job->cycles = *bench->model.done_cycles;
    job->finish = bench->now;
    if (host->received < host->finished) {
        if (job->end == GCM_WHOLE && job->result_beats * BEAT < gcm_bench_result_octets(job))
            return -1;
        host->received = host->finished;
    }
    return 0;
}

/* What moved in this cycle. Returns -1 where the lane broke the handshake. */
static int moved(struct gcm_bench *bench, struct host *host)
{
    struct gcm_model *m = &bench->model;
    unsigned before = host->idle++;
    if (host->held && (!*m->out_valid || memcmp(host->beat_held, m->out_data, BEAT)))
        return -1;
    host->held = *m->out_valid && !*m->out_ready;
    memcpy(host->beat_held, m->out_data, BEAT);
    int result = *m->out_valid && *m->out_ready ? receive(bench, host) : 0;
    if (*m->done_valid && *m->done_ready)
        result |= finished(bench, host);
    if (*m->cmd_valid && *m->cmd_ready) {
        host->asked++;
        host->idle = 0;
    }
    if (*m->in_valid && *m->in_ready) {
        struct gcm_job *job = &host->jobs[host->sent];
        if (host->beat == 0)
            job->first = bench->now;
        host->beat = *m->in_last ? 0 : host->beat + 1;
        host->sent += *m->in_last;
        host->idle = 0;
    }
    if ((*m->out_valid && *m->out_ready) || (*m->done_valid && *m->done_ready))
        host->idle = 0;
    return before > PATIENCE ? -1 : result;
}

int gcm_bench_run(struct gcm_bench *bench, struct gcm_job *jobs, unsigned count)
{
    struct gcm_model *m = &bench->model;
    struct host host = {.jobs = jobs, .count = count};
    for (unsigned n = 0; n < count; n++) {
        jobs[n].result_beats = 0;
        jobs[n].result_padded = 1;
    }
    while (host.finished < count) {
        offer(bench, &host);
        gcm_model_eval(m);
        int cmd = *m->cmd_valid && *m->cmd_ready, beat = *m->in_valid && *m->in_ready;
        if (moved(bench, &host))
            return -1;
        clock_edge(bench);
        if (cmd)
            *m->cmd_valid = 0;
        if (beat)
            *m->in_valid = 0;
    }
    *m->out_ready = *m->done_ready = 0;
    memset(m->in_data, 0, BEAT);
    if (quiet(bench) || *m->out_valid || *m->done_valid)
        return -1;
    return 0;
}
