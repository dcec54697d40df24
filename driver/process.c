/* SPDX-License-Identifier: Apache-2.0 */
/* The number of this process: in a page that children find wiped, or beside the process id. */
#include "driver/process.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_uint *wiped;     /* the number, 0 until it is given; NULL where no page can be wiped */
static atomic_uint given;      /* so far, here and in the ancestors */
static _Atomic uint64_t told;  /* without such a page: process id and number */

/* The process id is that of the kernel: a libc may keep a copy which a bare clone leaves behind. */
static uint64_t next(uint64_t before)
{
    return (uint64_t)(uint32_t)getpid() << 32 | (uint32_t)((uint32_t)before + 1);
}

static void forked(void)
{
    atomic_store(&told, next(atomic_load(&told)));
}

static void prepare(void)
{
    size_t size = (size_t)sysconf(_SC_PAGESIZE);
    void *page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (page != MAP_FAILED && madvise(page, size, MADV_WIPEONFORK) == 0) {
        wiped = page;
        return;
    }
    if (page != MAP_FAILED)
        munmap(page, size);
    /* Where the handler is refused, the process id is left. */
    pthread_atfork(NULL, NULL, forked);
}

static unsigned from_page(void)
{
    unsigned number = atomic_load_explicit(wiped, memory_order_relaxed);

    if (number != 0)
        return number;
    unsigned mine = atomic_fetch_add(&given, 1) + 1;
    return atomic_compare_exchange_strong(wiped, &number, mine) ? mine : number;
}

static unsigned from_id(void)
{
    uint64_t known = atomic_load(&told);

    while (known >> 32 != (uint32_t)getpid())
        if (atomic_compare_exchange_strong(&told, &known, next(known)))
            known = atomic_load(&told);
    return (unsigned)known;
}

unsigned process_number(void)
{
    pthread_once(&once, prepare);
    return wiped != NULL ? from_page() : from_id();
}
