/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the map's opcodes, names and sentences of its status and error codes. */
#include <stddef.h>

#include "driver/tlscard.h"
#include "driver/tlscard_map.h"

/* Zero is OK among the status codes and NONE among the error codes; the first listed is found first. */
static const struct code {
    uint8_t value;
    const char *name, *text;
} codes[] = {
#define CODE(name, value, text) {value, #name, text},
    TLSCARD_STATUS_LIST(CODE) TLSCARD_ERROR_LIST(CODE)
#undef CODE
};

static const struct code *find(uint8_t value)
{
    for (size_t index = 0; index < sizeof codes / sizeof codes[0]; index++)
        if (codes[index].value == value)
            return &codes[index];
    return NULL;
}

const char *tlscard_status_name(uint8_t code)
{
    const struct code *found = find(code);

    return found != NULL ? found->name : "UNKNOWN";
}

const char *tlscard_status_text(uint8_t code)
{
    const struct code *found = find(code);

    return found != NULL ? found->text : "A code that the map does not have.";
}

const char *tlscard_opcode_name(unsigned opcode)
{
    switch (opcode) {
#define OPCODE(name, value, text) \
    case value:                   \
        return #name;
        TLSCARD_OPCODE_LIST(OPCODE)
#undef OPCODE
    default:
        return NULL;
    }
}
