/* SPDX-License-Identifier: Apache-2.0 */
/* handshake_provider.h - loading the providers of the run, and reading what tlscard did. */
#ifndef TLSCARD_TOOLS_HANDSHAKE_PROVIDER_H
#define TLSCARD_TOOLS_HANDSHAKE_PROVIDER_H

#include "tools/handshake.h"

/* Make the run's library context with "default" and, unless the card is "none", "tlscard" preferred.
 * 1; or 0 after a message on standard error. */
int provider_load(struct handshake *run);

/* Give back what provider_load made. */
void provider_unload(struct handshake *run);

/* Operations of the tlscard provider. */
struct report {
    struct operation *operations; /* side and step not filled in */
    size_t count;
};

/* Those since the last call; to be freed with report_free. */
struct report provider_report(const struct handshake *run);

/* Ask the provider for its card and its counters: fills in run->card, counters and clock_hz. */
void provider_account(struct handshake *run);

/* Parse the provider's "tlscard-operations"; what is no array of operations gives an empty report. */
struct report report_parse(const char *text);
void report_free(struct report *report);

#endif
