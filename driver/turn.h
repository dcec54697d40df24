/* SPDX-License-Identifier: Apache-2.0 */
/*
 * turn.h - what one thread does at a time and may take long: the others wait for it no longer than they want.
 *
 * A thread that has a turn is not cancelled before it gives it back. Turns of different kinds are given back in the
 * opposite order of their taking. There is nothing to dispose of; in a forked child destroying would wait for threads that
 * are not there.
 */
#ifndef TURN_H
#define TURN_H

#include <pthread.h>
#include <stdint.h>

struct turn {
    pthread_mutex_t lock;
    pthread_cond_t given;
    int taken;
    int cancelling; /* the holder's state of cancellation before */
};

void turn_prepare(struct turn *turn);

/* 0, or -ETIMEDOUT where others have it until the deadline (clock_ms). */
int turn_take(struct turn *turn, uint64_t deadline);
void turn_give(struct turn *turn);

#endif
