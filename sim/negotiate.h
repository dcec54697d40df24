/* SPDX-License-Identifier: Apache-2.0 */
/* Negotiation of vfio-user's version and capabilities, the first message of a client. */
#ifndef SIM_NEGOTIATE_H
#define SIM_NEGOTIATE_H

#include <stddef.h>

#include "sim/function.h"

/* The handler of the command. */
function_handler negotiate_version;

/* Check a client's capabilities, size octets; 0, or -EINVAL for what is not a JSON object
 * or asks for less than the server needs. */
int negotiate_check(const char *text, size_t size);

/* Ours. */
extern const char negotiate_reply[];

#endif
