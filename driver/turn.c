/* SPDX-License-Identifier: Apache-2.0 */
/* One thread at a time, with a deadline for those who wait. */
#include "driver/turn.h"

#include <errno.h>
#include <time.h>

void turn_prepare(struct turn *turn)
{
    pthread_condattr_t monotonic;

    pthread_mutex_init(&turn->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&turn->given, &monotonic);
    pthread_condattr_destroy(&monotonic);
    turn->taken = 0;
}

int turn_take(struct turn *turn, uint64_t deadline)
{
    const struct timespec until = {.tv_sec = (time_t)(deadline / 1000), .tv_nsec = (long)(deadline % 1000 * 1000000)};
    int before, error = 0;

    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &before);
    pthread_mutex_lock(&turn->lock);
    while (turn->taken && error == 0)
        error = pthread_cond_timedwait(&turn->given, &turn->lock, &until);
    int mine = !turn->taken;
    if (mine) {
        turn->taken = 1;
        turn->cancelling = before;
    } else {
        pthread_cond_signal(&turn->given); /* a signal that came with the deadline is another's */
    }
    pthread_mutex_unlock(&turn->lock);
    if (mine)
        return 0;
    pthread_setcancelstate(before, NULL);
    return -ETIMEDOUT;
}

void turn_give(struct turn *turn)
{
    pthread_mutex_lock(&turn->lock);
    int before = turn->cancelling;
    turn->taken = 0;
    pthread_cond_signal(&turn->given);
    pthread_mutex_unlock(&turn->lock);
    pthread_setcancelstate(before, NULL);
}
