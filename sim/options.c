/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of a card as text. */
#include "sim/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int options_number(const char *text, unsigned least, unsigned most, unsigned *value)
{
    char *end;
    unsigned long result;

    if (!text || *text < '0' || *text > '9')
        return -EINVAL;
    errno = 0;
    result = strtoul(text, &end, 10);
    if (errno || *end || result < least || result > most)
        return -EINVAL;
    *value = (unsigned)result;
    return 0;
}

static int options_flag(const char *text, bool *value)
{
    *value = true;
    return text ? -EINVAL : 0;
}

int options_set(struct card_options *options, const char *name, const char *value)
{
    if (strcmp(name, "functions") == 0)
        return options_number(value, 1, MODEL_MAX_FUNCTIONS, &options->functions);
    if (strcmp(name, "latency") == 0)
        return options_number(value, 0, 1000000, &options->latency);
    if (strcmp(name, "seed") == 0)
        return options_number(value, 0, UINT32_MAX, &options->seed);
    if (strcmp(name, "split") == 0)
        return options_flag(value, &options->split);
    if (strcmp(name, "reorder") == 0)
        return options_flag(value, &options->reorder);
    if (strcmp(name, "trace") == 0) {
        options->trace = value;
        return value && *value ? 0 : -EINVAL;
    }
    return -EINVAL;
}

int options_parse(struct card_options *options, char *text)
{
    char *rest = text, *name;

    while ((name = strsep(&rest, ",")) != NULL) {
        char *value = strchr(name, '=');
        int error;

        if (!*name && name == text && !rest)
            return 0; /* the empty string */
        if (value)
            *value++ = '\0';
        error = options_set(options, name, value);
        if (error)
            return error;
    }
    return 0;
}
