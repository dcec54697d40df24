/* SPDX-License-Identifier: Apache-2.0 */
/* GHASH's field by its definition (SP 800-38D section 6.3), and a model's 128-bit ports as numbers. */
#ifndef GCM_FIELD_H
#define GCM_FIELD_H
#include <stdint.h>
#include <string.h>

typedef unsigned __int128 element; /* the coefficient of x^k is bit 127 - k */

static inline element field_product(element a, element b)
{
    element sum = 0;
    for (int bit = 127; bit >= 0; bit--) {
        if (a >> bit & 1)
            sum ^= b;
        b = (b >> 1) ^ (b & 1 ? (element)0xe1 << 120 : 0);
    }
    return sum;
}

static inline element port_read(const uint32_t *port)
{
    element value;
    memcpy(&value, port, sizeof(value));
    return value;
}

static inline void port_write(uint32_t *port, element value)
{
    memcpy(port, &value, sizeof(value));
}

/* A random element; some are sparse, one in sixteen zero or all ones. */
static inline element random_element(uint64_t (*random)(uint64_t))
{
    element value = 0;
    for (unsigned word = 0; word < 4; word++)
        value = value << 32 | random(1ull << 32);
    switch (random(32)) {
    case 0:
        return 0;
    case 1:
        return ~(element)0;
    case 2:
        return (element)1 << random(128);
    default:
        return value;
    }
}
#endif
