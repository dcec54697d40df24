/* SPDX-License-Identifier: Apache-2.0 */
/* bench_report.h - the table, the JSON object and the progress line of tlscard bench. */
#ifndef TLSCARD_TOOLS_BENCH_REPORT_H
#define TLSCARD_TOOLS_BENCH_REPORT_H

#include <stdio.h>

#include "tools/bench.h"

/* A line that is written over, on standard error where that is a terminal. */
void bench_report_progress(const char *name, unsigned done, unsigned all);
void bench_report_progress_end(void);

/* The table's lines, on standard output. */
void bench_report_head(const struct tlscard_info *info);
void bench_report_row(const struct bench_operation *operation, const struct bench_result *result);

/* One object of what was measured; operations of which chosen is 0 are left out. 1, or 0 where `to` could not be
 * written. */
int bench_report_json(const struct tlscard_info *info, const struct bench_result *results, const int *chosen, FILE *to);

#endif
