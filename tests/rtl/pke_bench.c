/* SPDX-License-Identifier: Apache-2.0 */
/* A host for the Verilated public-key engine: jobs in, results out, several in flight. */
#include "tests/rtl/pke_bench.h"

#include <string.h>

enum { BEAT = 16, PATIENCE = 30000000 };

/* What the host is doing at the engine's ports. */
struct host {
    struct pke_job *jobs;
    unsigned count;
    unsigned next;      /* job to be sent */
    unsigned beat;      /* of that job */
    unsigned finished;
    unsigned context;   /* where the next job goes */
    int sending;        /* its cmd was accepted */
    unsigned active;    /* contexts in use */
    struct pke_job *in_context[16];
    struct pke_job *leaving; /* whose beats are coming */
    unsigned left;           /* of them */
    uint16_t free;           /* contexts that were free in the last cycle */
};

uint64_t pke_bench_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void clock_edge(struct pke_bench *bench)
{
    bench->multiplied += *bench->model.mul_busy;
    *bench->model.clk = 1;
    pke_model_eval(&bench->model);
    *bench->model.clk = 0;
    bench->now++;
}

static int stalled(struct pke_bench *bench)
{
    return bench->stall && (pke_bench_random(&bench->random) & 255) < bench->stall;
}

void pke_bench_cycles(struct pke_bench *bench, unsigned count)
{
    while (count--) {
        pke_model_eval(&bench->model);
        clock_edge(bench);
    }
}

int pke_bench_open(struct pke_bench *bench, uint64_t seed)
{
    memset(bench, 0, sizeof(*bench));
    bench->random = seed ? seed : 1;
    bench->contexts = PKE_CONTEXTS;
    if (pke_model_create(&bench->model))
        return -1;
    *bench->model.rst = 1;
    pke_bench_cycles(bench, 4);
    *bench->model.rst = 0;
    for (unsigned n = 0; *bench->model.busy && n < 100000; n++)
        pke_bench_cycles(bench, 1);
    bench->now = bench->multiplied = 0;
    return 0;
}

void pke_bench_close(struct pke_bench *bench)
{
    pke_model_destroy(&bench->model);
}

static int lowest_free(const struct pke_bench *bench, unsigned *context)
{
    for (unsigned c = 0; c < PKE_CONTEXTS; c++) {
        if (*bench->model.context_free >> c & 1) {
            *context = c;
            return 1;
        }
    }
    return 0;
}

/* Offer the next cmd or operand beat. An offer once made stands until it is taken. */
static void offer(struct pke_bench *bench, struct host *host)
{
    struct pke_model *m = &bench->model;
    if (*m->cmd_valid || *m->in_valid || host->next == host->count || stalled(bench))
        return;
    struct pke_job *job = &host->jobs[host->next];
    if (!host->sending) {
        if (host->active == bench->contexts || !lowest_free(bench, &host->context))
            return;
        *m->cmd_valid = 1;
        *m->cmd_context = (uint8_t)host->context;
        *m->cmd_opcode = job->opcode;
        *m->cmd_parameter = job->parameter;
    } else {
        *m->in_valid = 1;
        memcpy(m->in_data, job->operands + (size_t)host->beat * BEAT, BEAT);
        *m->in_last = (host->beat + 1) * BEAT >= job->length;
        *m->in_abort = *m->in_last && job->aborted;
        *m->in_abort_status = *m->in_abort ? job->abort_status : 0;
    }
}

static void sent(struct host *host, const struct pke_model *m)
{
    struct pke_job *job = &host->jobs[host->next];
    if (*m->cmd_valid) {
        host->sending = 1;
        host->beat = 0;
        host->active++;
        host->in_context[host->context] = job;
        job->context = host->context;
    } else if (*m->in_last) {
        host->sending = 0;
        host->next++;
    } else {
        host->beat++;
    }
}

static void done(struct host *host, const struct pke_model *m)
{
    struct pke_job *job = host->in_context[*m->done_context];
    job->status = *m->done_status;
    job->result_length = *m->done_length;
    job->cycles = *m->done_cycles;
    host->left = (job->result_length + BEAT - 1) / BEAT;
    host->leaving = job;
    host->in_context[*m->done_context] = NULL;
    job->finished = ++host->finished;
    host->active--;
}

/* Whether the contexts that have just become free hold nothing. */
static int freed_clean(struct pke_bench *bench, struct host *host)
{
    uint16_t now = *bench->model.context_free, fresh = now & (uint16_t)~host->free;
    host->free = now;
    for (unsigned context = 0; fresh; context++, fresh >>= 1)
        if ((fresh & 1) && pke_bench_residue_of(bench, context))
            return 0;
    return 1;
}

/* One cycle: 1 where a beat moved, 0 where none did, -1 where the engine spoke out of turn or
 * freed a context that is not clear. */
static int step(struct pke_bench *bench, struct host *host)
{
    struct pke_model *m = &bench->model;
    offer(bench, host);
    *m->done_ready = host->left == 0 && !stalled(bench);
    *m->out_ready = host->left > 0 && !stalled(bench);
    pke_model_eval(m);
    int in = (*m->cmd_valid && *m->cmd_ready) || (*m->in_valid && *m->in_ready);
    int finish = *m->done_valid && *m->done_ready;
    int out = *m->out_valid && *m->out_ready;
    if (!freed_clean(bench, host) || (*m->out_valid && host->left == 0) || (finish && !host->in_context[*m->done_context]))
        return -1;
    if (finish)
        done(host, m);
    if (out) {
        unsigned beats = (host->leaving->result_length + BEAT - 1) / BEAT;
        memcpy(host->leaving->result + (size_t)(beats - host->left) * BEAT, m->out_data, BEAT);
        host->left--;
    }
    if (in)
        sent(host, m);
    clock_edge(bench);
    if (in)
        *m->cmd_valid = *m->in_valid = *m->in_last = *m->in_abort = *m->in_abort_status = 0;
    return in || finish || out;
}

int pke_bench_run(struct pke_bench *bench, struct pke_job *jobs, unsigned count)
{
    struct host host = {.jobs = jobs, .count = count};
    unsigned quiet = 0;
    while (host.finished < count || host.left || *bench->model.busy) {
        int moved = step(bench, &host);
        if (moved < 0 || quiet++ > PATIENCE)
            return -1;
        if (moved)
            quiet = 0;
    }
    return 0;
}

static unsigned nonzero(const void *memory, size_t length)
{
    const uint8_t *octets = memory;
    unsigned count = 0;
    for (size_t n = 0; n < length; n++)
        count += octets[n] != 0;
    return count;
}

unsigned pke_bench_residue_of(const struct pke_bench *bench, unsigned context)
{
    const struct pke_model *m = &bench->model;
    enum { WORDS = 5 }; /* 32-bit words that hold 130 bits */
    enum { REGISTERS = 1024 * WORDS, BOTH = 2 * REGISTERS, EXPONENTS = 32 * WORDS };
    enum { ROWS = 256 * WORDS };
    return nonzero(m->datapath__field__memory_a_low__words + (size_t)context * ROWS, ROWS * 4)
           + nonzero(m->datapath__field__memory_a_high__words + (size_t)context * ROWS, ROWS * 4)
           + nonzero(m->datapath__field__memory_b_low__words + (size_t)context * ROWS, ROWS * 4)
           + nonzero(m->datapath__field__memory_b_high__words + (size_t)context * ROWS, ROWS * 4)
           + nonzero(m->datapath__memory_a__words + (size_t)context * REGISTERS, REGISTERS * 4)
           + nonzero(m->datapath__memory_b__words + (size_t)context * BOTH, BOTH * 4)
           + nonzero(m->datapath__memory_c__words + (size_t)context * REGISTERS, REGISTERS * 4)
           + nonzero(m->memory_exponent__words + (size_t)context * EXPONENTS, EXPONENTS * 4);
}

unsigned pke_bench_residue(const struct pke_bench *bench)
{
    const struct pke_model *m = &bench->model;
    const uint32_t *staging[] = {
        m->datapath__memory_a_word, m->datapath__memory_b_word, m->datapath__c, m->datapath__word, m->datapath__word_above,
        m->load_word, m->load__previous, m->load__above, m->exponent_word, m->unload__previous, m->unload__beat,
        m->datapath__field__a_low, m->datapath__field__a_high, m->datapath__field__word_b_low, m->datapath__field__word_b_high,
        m->datapath__field__held_a_low, m->datapath__field__held_a_high, m->datapath__field__held_b_low,
        m->datapath__field__held_b_high, m->datapath__field__linear__low, m->datapath__field__linear__x_high,
        m->datapath__field__linear__y_high};
    unsigned count = nonzero(m->datapath__product__partial, 64 * sizeof(uint64_t))
                     + nonzero(m->datapath__product__total, 64 * sizeof(uint64_t))
                     + nonzero(m->datapath__product__pair_low, 32 * sizeof(uint32_t))
                     + nonzero(m->datapath__product__pair_high, 32 * sizeof(uint64_t))
                     + nonzero(m->unload__from_below, sizeof(uint64_t))
                     + nonzero(m->datapath__product__digit, 16 * sizeof(uint64_t))
                     + nonzero(m->datapath__product__upper, 8 * sizeof(uint64_t))
                     + nonzero(m->datapath__product__a_limb, 8 * sizeof(uint32_t)) + nonzero(m->datapath__gathered, 32)
                     + nonzero(m->datapath__field__reduced, 32) + nonzero(m->datapath__field__added, 32)
                     + nonzero(m->datapath__field__reduce__held, 28) + nonzero(m->datapath__field__reduce__held_low, 32);
    for (unsigned n = 0; n < sizeof(staging) / sizeof(staging[0]); n++)
        count += nonzero(staging[n], 16);
    for (unsigned context = 0; context < PKE_CONTEXTS; context++)
        count += pke_bench_residue_of(bench, context);
    return count;
}
