/* SPDX-License-Identifier: Apache-2.0 */
/* Wait for a request, asleep or with the current ASYNC_JOB paused, never longer than a deadline. */
#ifndef TLSCARD_PROVIDER_WAIT_H
#define TLSCARD_PROVIDER_WAIT_H

#include "provider/session.h"

/* CLOCK_MONOTONIC in nanoseconds. */
uint64_t now_ns(void);

/*
 * 1 when the request has ended, 0 when the deadline (now_ns's clock) came first. No lock is held on
 * entry or while waiting. A job that is paused here and never resumed gives up session, lane and request when
 * its wait context is freed.
 */
int wait_for(struct session *session, struct lane *lane, struct tlscard_request *request, uint64_t deadline);

/* The same without pausing a job. */
int wait_here(struct lane *lane, struct tlscard_request *request, uint64_t deadline);

#endif
