/* SPDX-License-Identifier: Apache-2.0 */
/* commands.h - the subcommands, one file each. */
#ifndef TLSCARD_TOOLS_COMMANDS_H
#define TLSCARD_TOOLS_COMMANDS_H

#include "tools/option.h"

extern const struct command command_list;
extern const struct command command_info;
extern const struct command command_selftest;
extern const struct command command_bench;
extern const struct command command_handshake;
extern const struct command command_doctor;

#endif
