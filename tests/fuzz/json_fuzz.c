/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzz target: the simulation's JSON reader, with whatever octets a client may send as its capabilities. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sim/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct text {
    const char *first, *nul;
    unsigned count, limit; /* values told; after how many of them to say stop, 0: never */
};

static void check_inside(const struct text *text, const char *first, size_t size)
{
    if (first < text->first || first > text->nul || size > (size_t)(text->nul - first))
        abort();
}

static bool visit(void *context, const struct json_value *value)
{
    struct text *text = context;

    if (value->depth > JSON_DEPTH_MAX || (text->count == 0) != (value->depth == 0))
        abort();
    check_inside(text, value->text, value->size);
    if (value->name)
        check_inside(text, value->name, value->name_size);
    if (value->type == JSON_NUMBER && json_is_below(value, 1000) && !json_is_below(value, 1001))
        abort();
    return ++text->count != text->limit;
}

/* An exact copy with its NUL, for the sanitizer to see one octet too many. */
static int read_copy(const uint8_t *data, size_t size, unsigned limit, unsigned *count)
{
    char *copy = malloc(size + 1);
    struct text text = {copy, copy + size, 0, limit};
    int status;

    if (!copy)
        abort();
    memcpy(copy, data, size);
    copy[size] = '\0';
    status = json_read(copy, size + 1, visit, &text);
    *count = text.count;
    free(copy);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    unsigned count, again;

    if (read_copy(data, size, 0, &count) != 0)
        return 0;
    if (!count)
        abort();
    /* Stopped at its last value, the same text is refused there. */
    if (read_copy(data, size, count, &again) == 0 || again != count)
        abort();
    return 0;
}
