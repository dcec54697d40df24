/* SPDX-License-Identifier: Apache-2.0 */
/* Wait for a request, asleep or with the current ASYNC_JOB paused, never longer than a deadline. */
#ifndef TLSCARD_PROVIDER_WAIT_H
#define TLSCARD_PROVIDER_WAIT_H

#include "provider/clock.h"
#include "provider/section.h"
#include "provider/session.h"

enum waited {
    WAIT_LATE,  /* the deadline (now_ns's clock) came first */
    WAIT_ENDED,
    WAIT_LOST,  /* the thread was away for so long that its holding was ended: it is empty now */
};

/*
 * Wait for holding->request. No lock is held on entry; the caller's section is left while signals may be taken. What
 * is left in the middle by longjmp, pthread_exit or cancellation is ended by whoever next looks after the lane, and a
 * job that is paused here and never resumed gives up its holding when its wait context is freed.
 */
enum waited wait_for(struct holding *holding, struct section *section, uint64_t deadline);

/* The same without pausing a job. */
enum waited wait_here(struct holding *holding, const struct section *section, uint64_t deadline);

#endif
