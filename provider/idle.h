/* SPDX-License-Identifier: Apache-2.0 */
/*
 * idle.h - a thread that looks after something while the application sleeps.
 *
 * Nothing else notices that an application has stopped asking: the application's own threads sleep, a timer of the
 * process would have to raise a signal. The thread blocks every signal, so it takes none of the application's; it
 * ends as soon as there is nothing to look after, and is not there where it cannot be started.
 */
#ifndef TLSCARD_PROVIDER_IDLE_H
#define TLSCARD_PROVIDER_IDLE_H

#include <pthread.h>
#include <stdint.h>

#include "provider/lock.h"

struct idle {
    uint64_t (*look)(void *context); /* ns until it is called again, or 0 when there is nothing to look after */
    void *context;
    struct lock lock; /* of the next four */
    enum { IDLE_NONE, IDLE_RUNNING, IDLE_ENDED } state;
    unsigned generation; /* of the process whose thread it is */
    int wanted;          /* again, since it last looked */
    pthread_t thread;
    atomic_uint stop;
};

/* Let the thread look, now and then. By one thread at a time, within a section. */
void idle_start(struct idle *idle);

/* End the thread, and wait until it has. */
void idle_stop(struct idle *idle);

#endif
