/* SPDX-License-Identifier: Apache-2.0 */
/* The provider's clocks, in nanoseconds. */
#ifndef TLSCARD_PROVIDER_CLOCK_H
#define TLSCARD_PROVIDER_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_ns(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* CLOCK_MONOTONIC. */
static inline uint64_t now_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

/* The same some milliseconds late, and quickest to read. */
static inline uint64_t coarse_ns(void)
{
    return clock_ns(CLOCK_MONOTONIC_COARSE);
}

#endif
