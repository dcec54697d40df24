/* SPDX-License-Identifier: Apache-2.0 */
/* reason.h - why an operation was done in software, in words. */
#ifndef TLSCARD_TOOLS_REASON_H
#define TLSCARD_TOOLS_REASON_H

/* A few words for a reason as the provider's JSON has it; an unknown one is returned as it is. */
const char *reason_text(const char *reason);

#endif
