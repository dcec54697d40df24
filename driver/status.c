/* SPDX-License-Identifier: Apache-2.0 */
/* Names of the map's opcodes, names and sentences of its status and error codes. */
#include <stddef.h>

#include "driver/tlscard.h"
#include "driver/tlscard_map.h"

_Static_assert((unsigned)TLSCARD_MODEXP == TLSCARD_OP_MODEXP, "MODEXP of tlscard.h is the map's");
_Static_assert((unsigned)TLSCARD_RSA_PUBLIC == TLSCARD_OP_RSA_PUBLIC, "RSA_PUBLIC of tlscard.h is the map's");
_Static_assert((unsigned)TLSCARD_RSA_PRIVATE_CRT == TLSCARD_OP_RSA_PRIVATE_CRT, "RSA_PRIVATE_CRT of tlscard.h is the map's");
_Static_assert((unsigned)TLSCARD_EC_MULTIPLY == TLSCARD_OP_EC_MULTIPLY, "EC_MULTIPLY of tlscard.h is the map's");
_Static_assert((unsigned)TLSCARD_EC_MULTIPLY_BASE == TLSCARD_OP_EC_MULTIPLY_BASE, "EC_MULTIPLY_BASE of tlscard.h is the map's");
_Static_assert((unsigned)TLSCARD_ECDSA_SIGN == TLSCARD_OP_ECDSA_SIGN, "ECDSA_SIGN of tlscard.h is the map's");
_Static_assert((unsigned)TLSCARD_ECDSA_VERIFY == TLSCARD_OP_ECDSA_VERIFY, "ECDSA_VERIFY of tlscard.h is the map's");
_Static_assert((unsigned)TLSCARD_X25519 == TLSCARD_OP_X25519, "X25519 of tlscard.h is the map's");
_Static_assert((unsigned)TLSCARD_AES_GCM_SEAL == TLSCARD_OP_AES_GCM_SEAL, "AES_GCM_SEAL of tlscard.h is the map's");
_Static_assert((unsigned)TLSCARD_AES_GCM_OPEN == TLSCARD_OP_AES_GCM_OPEN, "AES_GCM_OPEN of tlscard.h is the map's");
_Static_assert((unsigned)TLSCARD_INVALID_POINT == TLSCARD_STATUS_INVALID_POINT, "INVALID_POINT of tlscard.h is the map's");
_Static_assert((unsigned)TLSCARD_INVALID_SCALAR == TLSCARD_STATUS_INVALID_SCALAR, "INVALID_SCALAR of tlscard.h is the map's");
_Static_assert((unsigned)TLSCARD_INVALID_RESULT == TLSCARD_STATUS_INVALID_RESULT, "INVALID_RESULT of tlscard.h is the map's");
_Static_assert((unsigned)TLSCARD_SIGNATURE_INVALID == TLSCARD_STATUS_SIGNATURE_INVALID, "SIGNATURE_INVALID of tlscard.h is the map's");
_Static_assert((unsigned)TLSCARD_TAG_MISMATCH == TLSCARD_STATUS_TAG_MISMATCH, "TAG_MISMATCH of tlscard.h is the map's");

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
