/* SPDX-License-Identifier: Apache-2.0 */
/* bench_report.h - the table, the JSON object and the progress line of tlscard bench. */
#ifndef TLSCARD_TOOLS_BENCH_REPORT_H
#define TLSCARD_TOOLS_BENCH_REPORT_H

#include <stdio.h>

#include "tools/bench.h"

/* A line that is written over, on standard error where that is a terminal. */
void bench_report_progress(const char *name, unsigned done, unsigned all);
void bench_report_progress_end(void);

/* Lines on standard output: the card; each table's head, of AES-GCM or of other operations, and its rows; and what
 * is to be said of them, with the speed of a simulation itself where the longest records were measured. */
void bench_report_card(const struct tlscard_info *info);
void bench_report_head(const struct tlscard_info *info, int gcm);
void bench_report_row(const struct bench_operation *operation, const struct bench_result *result);
void bench_report_end(const struct tlscard_info *info, const struct bench_result *results, const int *chosen);

/* One object of what was measured; operations of which chosen is 0 are left out. 1, or 0 where `to` could not be
 * written. */
int bench_report_json(const struct tlscard_info *info, const struct bench_result *results, const int *chosen, FILE *to);

#endif
