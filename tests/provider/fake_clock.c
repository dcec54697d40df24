/* SPDX-License-Identifier: Apache-2.0 */
/* The clock that the provider and the driver's double read: the machine's, until a test stops it and turns it by hand. */
#include "tests/provider/fake_clock.h"

#include <stdatomic.h>
#include <time.h>

/* ns of CLOCK_MONOTONIC; 0: the clock runs */
static atomic_llong stopped_at;

/* All that is linked into a test calls this one (ld(1), --wrap). */
int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
int __real_clock_gettime(clockid_t clock, struct timespec *now);

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
    long long at = stopped_at;

    if (at == 0 || (clock != CLOCK_MONOTONIC && clock != CLOCK_MONOTONIC_COARSE))
        return __real_clock_gettime(clock, now);
    *now = (struct timespec){.tv_sec = (time_t)(at / 1000000000), .tv_nsec = (long)(at % 1000000000)};
    return 0;
}

void fake_clock_stop(void)
{
    struct timespec now;

    __wrap_clock_gettime(CLOCK_MONOTONIC, &now);
    stopped_at = (long long)now.tv_sec * 1000000000 + now.tv_nsec;
}

void fake_clock_forward(unsigned ms)
{
    stopped_at += ms * 1000000ll;
}

void fake_clock_run(void)
{
    stopped_at = 0;
}
