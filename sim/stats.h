/* SPDX-License-Identifier: Apache-2.0 */
/* The registers of a function that --stats reads; tests/sim compares them with the generated map. */
#ifndef SIM_STATS_H
#define SIM_STATS_H

#include <stdint.h>

#define STATS_REGISTERS 7u

struct stats_register {
    const char *name;
    uint32_t offset; /* in BAR 0 */
};
extern const struct stats_register stats_registers[STATS_REGISTERS];

#endif
