/* SPDX-License-Identifier: Apache-2.0 */
/* Notice that this process has been forked. */
#include "provider/fork_generation.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static atomic_uint unknown; /* for ever 0: stands in for the page where there is none */
atomic_uint *fork_generation_page = &unknown;

static atomic_uint given; /* the highest number given, here or in an ancestor */
static atomic_uint_fast64_t by_process; /* without the page: process id << 32 | generation */

/* The first to set both halves at once is the one who noticed. */
static unsigned note_process(void)
{
    uint_fast64_t seen = atomic_load(&by_process), now;
    uint32_t process = (uint32_t)getpid();

    do {
        if (seen >> 32 == process)
            return (unsigned)seen;
        now = (uint_fast64_t)process << 32 | (uint32_t)(seen + 1);
    } while (!atomic_compare_exchange_weak(&by_process, &seen, now));
    return (unsigned)now;
}

/* The number is taken before it is entered: a child that is forked in between takes another. */
unsigned fork_generation_note(void)
{
    unsigned fresh, none = 0;

    if (fork_generation_page == &unknown)
        return note_process();
    fresh = atomic_fetch_add(&given, 1) + 1;
    return atomic_compare_exchange_strong(fork_generation_page, &none, fresh) ? fresh : none;
}

static void in_child(void)
{
    atomic_store(fork_generation_page, 0);
    atomic_store(&by_process, (uint32_t)atomic_load(&by_process));
}

/* Emulators of user space are known to accept any advice and to follow none. */
static int wiped_on_fork(void *page, size_t size)
{
    return madvise(page, size, -1) != 0 && madvise(page, size, MADV_WIPEONFORK) == 0;
}

__attribute__((constructor)) static void prepare(void)
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page != MAP_FAILED && wiped_on_fork(page, size))
        fork_generation_page = page;
    else if (page != MAP_FAILED)
        munmap(page, size);
    pthread_atfork(NULL, NULL, in_child);
}
