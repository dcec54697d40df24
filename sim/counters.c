/* SPDX-License-Identifier: Apache-2.0 */
/* The counters of a function, over its resets. */
#include "sim/counters.h"

void counters_add(struct counters_totals *totals, const struct counters *counters)
{
    totals->pke_completed += counters->pke_completed;
    totals->pke_failed += counters->pke_failed;
    totals->gcm_completed += counters->gcm_completed;
    totals->gcm_failed += counters->gcm_failed;
    totals->busy_cycles += counters->busy_cycles;
}
