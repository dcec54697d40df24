/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fork_generation.h - a number by which a process is told from the one that it was forked from.
 *
 * It is never 0, and differs from that of every ancestor; process ids do not, where there are namespaces of them. What
 * belongs to one process keeps the number of the time it was made, and is left alone where that is another.
 *
 * The number is kept in a page that the kernel empties in a child (MADV_WIPEONFORK), however that was made. vfork and
 * other children that share the memory are no processes of their own here: nothing changes. Where the kernel knows
 * no such pages, a fork by the C library is noticed by its handler and any other by the process id.
 */
#ifndef TLSCARD_PROVIDER_FORK_GENERATION_H
#define TLSCARD_PROVIDER_FORK_GENERATION_H

#include <stdatomic.h>

extern atomic_uint *fork_generation_page;
unsigned fork_generation_note(void);

static inline unsigned fork_generation(void)
{
    unsigned generation = atomic_load_explicit(fork_generation_page, memory_order_acquire);

    return __builtin_expect(generation != 0, 1) ? generation : fork_generation_note();
}

#endif
