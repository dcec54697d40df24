/* SPDX-License-Identifier: Apache-2.0 */
/* The sentence that tlscard_open gives with an error, and the deadline that bounds its waits. */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <limits.h>
#include <stdint.h>
#include <time.h>

#define DEFAULT_DEADLINE_MS 10000u

/* Write a sentence to message (TLSCARD_MESSAGE_SIZE octets, or NULL) and return error. */
__attribute__((format(printf, 3, 4))) int explain(char *message, int error, const char *format, ...);

/* Milliseconds of CLOCK_MONOTONIC. */
static inline uint64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

/* Milliseconds left until the deadline, as poll takes them; 0 when it has passed. */
static inline int deadline_left(uint64_t deadline)
{
    uint64_t now = clock_ms();

    if (now >= deadline)
        return 0;
    return deadline - now > INT_MAX ? INT_MAX : (int)(deadline - now);
}

#endif
