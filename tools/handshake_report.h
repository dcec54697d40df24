/* SPDX-License-Identifier: Apache-2.0 */
/* handshake_report.h - what came of a run, for people and as JSON. */
#ifndef TLSCARD_TOOLS_HANDSHAKE_REPORT_H
#define TLSCARD_TOOLS_HANDSHAKE_REPORT_H

#include <jansson.h>

#include "tools/handshake.h"

/* As it happens. */
void report_heading(const struct handshake *run);
void report_step(const struct handshake *run, const struct step *step);
void report_operation(struct handshake *run, const struct operation *operation);

/* Why the run is no success, as an array of sentences: empty for success. The caller's. */
json_t *report_failures(const struct handshake *run);

/* At the end. */
void report_summary(const struct handshake *run, json_t *failures);
void report_json(const struct handshake *run, json_t *failures);

#endif
