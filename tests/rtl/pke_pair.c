/* SPDX-License-Identifier: Apache-2.0 */
/* Two copies of the public-key engine side by side, given other secrets, with every signal of both at hand. */
#include "tests/rtl/pke_pair.h"

#include <stdlib.h>
#include <string.h>

enum { BEAT = 16, PATIENCE = 10000000, CLEARING = 100000 };

static const struct {
    const char *name;
    size_t place; /* of the pointer in the model */
    unsigned octets, bits, entries;
} states[] = {
#define STATE(member, octets, bits, entries) {#member, offsetof(struct pke_open_model, member), octets, bits, entries},
#include "pke_open_state.h"
#undef STATE
};
enum { STATES = sizeof(states) / sizeof(states[0]) };

static const uint8_t *address(const struct pke_open_model *model, size_t place)
{
    const uint8_t *pointer;
    memcpy(&pointer, (const uint8_t *)model + place, sizeof(pointer));
    return pointer;
}

static void settle(struct pke_pair *pair)
{
    for (unsigned n = 0; n < 2; n++)
        pke_open_model_eval(&pair->copies[n].model);
}

static void clock_edge(struct pke_pair *pair)
{
    for (unsigned n = 0; n < 2; n++) {
        struct pke_open_model *m = &pair->copies[n].model;
        *m->clk = 1;
        pke_open_model_eval(m);
        *m->clk = 0;
    }
    pair->now++;
}

static int busy(const struct pke_pair *pair)
{
    return *pair->copies[0].model.busy || *pair->copies[1].model.busy;
}

static void withdraw(struct pke_copy *copy)
{
    struct pke_open_model *m = &copy->model;
    *m->cmd_valid = *m->in_valid = *m->in_last = *m->in_abort = *m->in_abort_status = 0;
    memset(m->in_data, 0, BEAT);
}

void pke_pair_reset(struct pke_pair *pair)
{
    for (unsigned n = 0; n < 2; n++) {
        withdraw(&pair->copies[n]);
        *pair->copies[n].model.rst = 1;
    }
    for (unsigned n = 0; n < CLEARING && (n < 3 || busy(pair)); n++) {
        for (unsigned copy = 0; n == 2 && copy < 2; copy++)
            *pair->copies[copy].model.rst = 0;
        settle(pair);
        clock_edge(pair);
        settle(pair);
    }
}

int pke_pair_open(struct pke_pair *pair)
{
    memset(pair, 0, sizeof(*pair));
    pair->signals = calloc(STATES, sizeof(*pair->signals));
    if (!pair->signals || pke_open_model_create(&pair->copies[0].model) || pke_open_model_create(&pair->copies[1].model))
        return -1;
    pair->count = STATES;
    for (unsigned n = 0; n < STATES; n++) {
        pair->signals[n] = (struct pke_signal){.name = states[n].name, .octets = states[n].octets,
                                               .bits = states[n].bits, .entries = states[n].entries};
        for (unsigned copy = 0; copy < 2; copy++)
            pair->signals[n].copies[copy] = address(&pair->copies[copy].model, states[n].place);
    }
    pke_pair_reset(pair);
    return busy(pair) ? -1 : 0;
}

void pke_pair_close(struct pke_pair *pair)
{
    pke_open_model_destroy(&pair->copies[0].model);
    pke_open_model_destroy(&pair->copies[1].model);
    free(pair->signals);
}

/* Offer the next command, for the lowest free context, or the next beat. An offer stands until it is taken. */
static void offer(struct pke_copy *copy)
{
    struct pke_open_model *m = &copy->model;
    struct pke_job *job = &copy->jobs[copy->next];
    if (*m->cmd_valid || *m->in_valid || copy->next == copy->count || (!copy->sending && !*m->context_free))
        return;
    if (!copy->sending) {
        copy->context = (unsigned)__builtin_ctz(*m->context_free);
        *m->cmd_valid = 1;
        *m->cmd_context = (uint8_t)copy->context;
        *m->cmd_opcode = job->opcode;
        *m->cmd_parameter = job->parameter;
    } else {
        *m->in_valid = 1;
        memcpy(m->in_data, job->operands + (size_t)copy->beat * BEAT, BEAT);
        *m->in_last = (copy->beat + 1) * BEAT >= job->length;
        *m->in_abort = *m->in_last && job->aborted;
        *m->in_abort_status = *m->in_abort ? job->abort_status : 0;
    }
}

static void sent(struct pke_copy *copy)
{
    struct pke_open_model *m = &copy->model;
    if (*m->cmd_valid) {
        copy->sending = 1;
        copy->beat = 0;
        copy->in_context[copy->context] = &copy->jobs[copy->next];
    } else if (*m->in_last) {
        copy->sending = 0;
        copy->next++;
    } else {
        copy->beat++;
    }
}

static void done(struct pke_copy *copy)
{
    const struct pke_open_model *m = &copy->model;
    struct pke_job *job = copy->in_context[*m->done_context];
    copy->in_context[*m->done_context] = NULL;
    copy->leaving = job;
    copy->finished++;
    job->status = *m->done_status;
    job->result_length = *m->done_length;
    job->cycles = *m->done_cycles;
    copy->left = (job->result_length + BEAT - 1) / BEAT;
}

/* What moved in this cycle, in a bit each: a command or beat, a done, a beat of a result; -1 out of turn. */
static int moves(const struct pke_copy *copy)
{
    const struct pke_open_model *m = &copy->model;
    int in = (*m->cmd_valid && *m->cmd_ready) || (*m->in_valid && *m->in_ready);
    int finish = *m->done_valid && *m->done_ready, out = *m->out_valid && *m->out_ready;
    if ((*m->out_valid && copy->left == 0) || (finish && !copy->in_context[*m->done_context]))
        return -1;
    return in | finish << 1 | out << 2;
}

static void account(struct pke_copy *copy, int moved)
{
    if (moved & 2)
        done(copy);
    if (moved & 4) {
        unsigned beats = (copy->leaving->result_length + BEAT - 1) / BEAT;
        memcpy(copy->leaving->result + (size_t)(beats - copy->left) * BEAT, copy->model.out_data, BEAT);
        copy->left--;
    }
    if (moved & 1)
        sent(copy);
}

static void present(struct pke_copy *copy)
{
    offer(copy);
    *copy->model.done_ready = copy->left == 0;
    *copy->model.out_ready = copy->left > 0;
}

static void give(struct pke_copy *copy, struct pke_job *jobs, unsigned count)
{
    copy->jobs = jobs;
    copy->count = count;
    copy->next = copy->beat = copy->finished = copy->left = 0;
    copy->sending = 0;
    memset(copy->in_context, 0, sizeof(copy->in_context));
}

static int ended(const struct pke_copy *copy)
{
    return copy->finished == copy->count && copy->left == 0 && !*copy->model.busy;
}

int pke_pair_run(struct pke_pair *pair, struct pke_job *first, struct pke_job *second, unsigned count, uint64_t limit,
                 int (*look)(struct pke_pair *pair, void *context), void *context)
{
    give(&pair->copies[0], first, count);
    give(&pair->copies[1], second, count);
    for (uint64_t cycle = 0; cycle < limit; cycle++) {
        int moved[2], seen;
        if (ended(&pair->copies[0]) && ended(&pair->copies[1]))
            return 0;
        if (cycle == PATIENCE)
            return -1;
        for (unsigned n = 0; n < 2; n++)
            present(&pair->copies[n]);
        settle(pair);
        if (look && (seen = look(pair, context)) != 0)
            return seen;
        for (unsigned n = 0; n < 2; n++) {
            if ((moved[n] = moves(&pair->copies[n])) < 0)
                return -1;
            account(&pair->copies[n], moved[n]);
        }
        clock_edge(pair);
        for (unsigned n = 0; n < 2; n++)
            if (moved[n] & 1)
                withdraw(&pair->copies[n]);
    }
    return 0;
}

const struct pke_signal *pke_pair_signal(const struct pke_pair *pair, const char *name)
{
    for (unsigned n = 0; n < pair->count; n++)
        if (strcmp(pair->signals[n].name, name) == 0)
            return &pair->signals[n];
    return NULL;
}

uint64_t pke_pair_value(const struct pke_signal *signal)
{
    uint64_t value = 0;
    memcpy(&value, signal->copies[0], signal->octets < 8 ? signal->octets : 8);
    return value;
}

int pke_pair_same(const struct pke_signal *signal)
{
    return memcmp(signal->copies[0], signal->copies[1], (size_t)signal->octets * signal->entries) == 0;
}
