/* SPDX-License-Identifier: Apache-2.0 */
/* The counters of a function that --stats tells; tests/sim compares their places with the generated map. */
#ifndef SIM_STATS_H
#define SIM_STATS_H

#include <stdint.h>

#define STATS_OFFSET 0x080u /* of the block in BAR 0 */

/* As the registers lie in the card; they count from the function's last reset. */
struct stats_counters {
    uint32_t pke_completed, pke_failed, gcm_completed, gcm_failed;
    uint64_t busy_cycles;
};

/* Those of the clients that have gone. */
struct stats_totals {
    uint64_t pke_completed, pke_failed, gcm_completed, gcm_failed, busy_cycles;
};

void stats_add(struct stats_totals *totals, const struct stats_counters *counters);

#endif
