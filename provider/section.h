/* SPDX-License-Identifier: Apache-2.0 */
/*
 * section.h - a stretch that a thread does not leave in the middle.
 *
 * A signal handler of the application's may leave by longjmp or pthread_exit, and a thread may be cancelled. Within a
 * section neither happens: signals wait, but for those that the processor or a system-call filter raises, and
 * cancellation is off. Signals are taken where a section sleeps (section_sleep), and there only: whoever sleeps holds
 * no lock, and is prepared never to wake.
 */
#ifndef TLSCARD_PROVIDER_SECTION_H
#define TLSCARD_PROVIDER_SECTION_H

#include <poll.h>
#include <signal.h>
#include <stdint.h>

struct section {
    sigset_t signals; /* the thread's own mask */
    int cancellation; /* the thread's own state */
    int cancellation_type;
};

void section_enter(struct section *section);
void section_leave(const struct section *section);

/* As poll(2), for at most ns nanoseconds, with the thread's own signals and cancellation, but that it is no
 * cancellation point. */
int section_sleep(const struct section *section, struct pollfd *descriptors, unsigned count, uint64_t ns);

#endif
