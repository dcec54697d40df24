/* SPDX-License-Identifier: Apache-2.0 */
/* The counters of a function that --stats tells; tests/sim compares their places with the generated map. */
#ifndef SIM_COUNTERS_H
#define SIM_COUNTERS_H

#include <stdint.h>

#define COUNTERS_OFFSET 0x080u /* of the block in BAR 0 */

/* As the registers lie in the card; they count from the function's last reset. */
struct counters {
    uint32_t pke_completed, pke_failed, gcm_completed, gcm_failed;
    uint64_t busy_cycles;
};

/* Those of the clients that have gone. */
struct counters_totals {
    uint64_t pke_completed, pke_failed, gcm_completed, gcm_failed, busy_cycles;
};

void counters_add(struct counters_totals *totals, const struct counters *counters);

#endif
