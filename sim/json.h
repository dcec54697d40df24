/* SPDX-License-Identifier: Apache-2.0 */
/* A reader of JSON texts (RFC 8259) that builds nothing: it tells each value as it comes by. */
#ifndef SIM_JSON_H
#define SIM_JSON_H

#include <stdbool.h>
#include <stddef.h>

#define JSON_DEPTH_MAX 16u

enum json_type { JSON_OBJECT, JSON_ARRAY, JSON_STRING, JSON_NUMBER, JSON_WORD };

struct json_value {
    enum json_type type;
    unsigned depth;       /* containers around it: 0 for the text's own value */
    const char *name;     /* of a member of an object, between the quotes, escapes not translated; else NULL */
    size_t name_size;     /* octets */
    const char *text;     /* a string between its quotes, a number or true, false, null; a container from its bracket */
    size_t size;          /* octets of it; 0 for a container, which is told before what it contains */
};

/* False ends the reading with -EINVAL. */
typedef bool json_visit(void *context, const struct json_value *value);

/* Read one value, which may have white space around it; text[size - 1] must be NUL, and no other octet.
 * 0, or -EINVAL for what is no JSON text, for containers nested deeper than JSON_DEPTH_MAX, and where visit says so.
 * Looser than RFC 8259 in two ways: numbers may begin with zeros, and strings are not looked at for what a
 * backslash precedes or whether they are UTF-8. */
int json_read(const char *text, size_t size, json_visit *visit, void *context);

/* Whether the value is a member of that name, written without escapes. */
bool json_is_named(const struct json_value *value, const char *name);

/* Whether a number's integer digits say less than limit, or it is negative. */
bool json_is_below(const struct json_value *number, unsigned limit);

#endif
