/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of a card as text, the same for the command line and for the library. */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include "sim/card.h"

/* Set one option: its name and value, NULL for a flag. value must outlive the options.
 * -EINVAL for an unknown name or a bad value. */
int options_set(struct card_options *options, const char *name, const char *value);

/* Set options from "name=value,flag,..."; text is taken apart in place. */
int options_parse(struct card_options *options, char *text);

#endif
