/* SPDX-License-Identifier: Apache-2.0 */
/* A clock for tests of what comes after a while: no test waits for it, and none is late on a busy machine. */
#ifndef FAKE_CLOCK_H
#define FAKE_CLOCK_H

/* From now on time passes only by fake_clock_forward: for tests whose card answers at once or never (timers run on). */
void fake_clock_stop(void);

/* A stopped clock, so many milliseconds on. */
void fake_clock_forward(unsigned ms);

/* The machine's time again, as at the beginning; fixture_open does it. */
void fake_clock_run(void);

#endif
