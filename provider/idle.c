/* SPDX-License-Identifier: Apache-2.0 */
/* A thread of the provider's own, while there is something to look after. */
#include "provider/idle.h"

#include <linux/futex.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define STACK_OCTETS 262144u /* the thread-local variables of all libraries stand there as well */

static void sleep_for(struct idle *idle, uint64_t ns)
{
    struct timespec time = {.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};

    syscall(SYS_futex, &idle->stop, FUTEX_WAIT_PRIVATE, 0, &time, NULL, 0);
}

static int is_wanted(struct idle *idle)
{
    int wanted;

    lock_take(&idle->lock);
    wanted = idle->wanted;
    idle->wanted = 0;
    if (!wanted)
        idle->state = IDLE_ENDED;
    lock_leave(&idle->lock);
    return wanted;
}

static void *run(void *argument)
{
    struct idle *idle = argument;
    uint64_t again;

    while (atomic_load(&idle->stop) == 0) {
        again = idle->look(idle->context);
        if (again != 0)
            sleep_for(idle, again);
        else if (!is_wanted(idle))
            break;
    }
    return NULL;
}

static int start_thread(struct idle *idle)
{
    pthread_attr_t attributes;
    sigset_t all, before;
    int error = pthread_attr_init(&attributes);

    if (error != 0)
        return error;
    pthread_attr_setstacksize(&attributes, STACK_OCTETS);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    error = pthread_create(&idle->thread, &attributes, run, idle);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return error;
}

/* A parent's thread is not here. */
static int state_of(struct idle *idle)
{
    int state;

    lock_take(&idle->lock);
    state = idle->generation == fork_generation() ? idle->state : IDLE_NONE;
    lock_leave(&idle->lock);
    return state;
}

/* One that has ended said so as the last that it did, so it is not waited for. */
static void reap(struct idle *idle)
{
    if (state_of(idle) == IDLE_ENDED)
        pthread_join(idle->thread, NULL);
    idle->state = IDLE_NONE;
}

void idle_start(struct idle *idle)
{
    lock_take(&idle->lock);
    idle->wanted = 1;
    lock_leave(&idle->lock);
    if (state_of(idle) == IDLE_RUNNING)
        return;
    reap(idle);
    idle->generation = fork_generation();
    idle->state = IDLE_RUNNING;
    if (start_thread(idle) != 0)
        idle->state = IDLE_NONE;
}

void idle_stop(struct idle *idle)
{
    if (state_of(idle) == IDLE_NONE)
        return;
    atomic_store(&idle->stop, 1);
    syscall(SYS_futex, &idle->stop, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    pthread_join(idle->thread, NULL);
    idle->state = IDLE_NONE;
}
