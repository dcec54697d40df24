/* SPDX-License-Identifier: Apache-2.0 */
/* Hold off signals and cancellation. */
#include "provider/section.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define KERNEL_MASK_OCTETS 8

/* A thread that blocks these and meets one is killed, whatever handler it has. */
static const int own_fault[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS};

/*
 * A cancellation that came meanwhile: pthread_setcancelstate(3) of glibc 2.36 follows one at once where the type is
 * asynchronous, and the thread then ends with NULL for PTHREAD_CANCELED; pthread_setcanceltype(3) follows it rightly. A
 * deferred one waits for the application's next cancellation point.
 */
static void allow_cancellation(const struct section *section)
{
    pthread_setcancelstate(section->cancellation, NULL);
    pthread_setcanceltype(section->cancellation_type, NULL);
}

/* No handler is to be met, and left, with cancellation off. */
void section_enter(struct section *section)
{
    sigset_t all;

    sigfillset(&all);
    for (size_t i = 0; i < sizeof own_fault / sizeof *own_fault; i++)
        sigdelset(&all, own_fault[i]);
    pthread_sigmask(SIG_BLOCK, &all, &section->signals);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &section->cancellation);
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, &section->cancellation_type);
}

void section_leave(const struct section *section)
{
    allow_cancellation(section);
    pthread_sigmask(SIG_SETMASK, &section->signals, NULL);
}

/* Through syscall(2) where that has the C library's own idea of time, since ppoll(3) is a cancellation point. */
static int sleep_with(struct pollfd *descriptors, unsigned count, struct timespec *time, const sigset_t *signals)
{
#if __SIZEOF_LONG__ == 8
    return (int)syscall(SYS_ppoll, descriptors, count, time, signals, KERNEL_MASK_OCTETS);
#else
    return ppoll(descriptors, count, time, signals);
#endif
}

int section_sleep(const struct section *section, struct pollfd *descriptors, unsigned count, uint64_t ns)
{
    struct timespec time = {.tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};
    int result;

    allow_cancellation(section);
    result = sleep_with(descriptors, count, &time, &section->signals);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    pthread_setcanceltype(PTHREAD_CANCEL_DEFERRED, NULL);
    return result;
}
