/* SPDX-License-Identifier: Apache-2.0 */
/* Encoded messages that are well formed, or wrong in each of the ways that attacks on RSA decryption use. */
#include "tests/provider/malformed.h"

#include <string.h>

const char *const malformed_names[MALFORMED_COUNT] = {
    [WELL_FORMED] = "well-formed",         [FIRST_OCTET] = "first-octet",         [SECOND_OCTET] = "second-octet",
    [SECOND_OCTET_ZERO] = "second-octet-zero", [NO_SEPARATOR] = "no-separator",   [SEPARATOR_EARLY] = "separator-early",
    [TOO_SHORT] = "too-short",             [TOO_LONG] = "too-long",               [ANOTHER_VERSION] = "another-version",
    [EMPTY] = "empty",                     [ALL_ZERO] = "all-zero",               [ARBITRARY] = "arbitrary",
};

static void encode_good(uint8_t *encoded, size_t size, void (*random)(uint8_t *octets, size_t length))
{
    random(encoded, size);
    encoded[0] = 0;
    encoded[1] = 2;
    for (size_t i = 2; i < size - PREMASTER; i++)
        encoded[i] |= encoded[i] == 0;
    encoded[size - PREMASTER - 1] = 0;
    encoded[size - PREMASTER] = 3;
    encoded[size - PREMASTER + 1] = 3;
}

/* Octets of the premaster secret that are not zero, so that no separator comes about by chance. */
static void fill(uint8_t *octets, size_t length)
{
    for (size_t i = 0; i < length; i++)
        octets[i] |= octets[i] == 0;
}

void malformed_encode(enum malformed how, uint8_t *encoded, size_t size, void (*random)(uint8_t *octets, size_t length))
{
    size_t start = size - PREMASTER;

    encode_good(encoded, size, random);
    switch (how) {
    case FIRST_OCTET:
        encoded[0] = 1 + (encoded[2] & 63);
        break;
    case SECOND_OCTET:
        encoded[1] = 1;
        break;
    case SECOND_OCTET_ZERO:
        encoded[1] = 0;
        break;
    case NO_SEPARATOR:
        encoded[start - 1] = 0x55;
        fill(encoded + start, PREMASTER);
        break;
    case SEPARATOR_EARLY:
        encoded[2 + encoded[start + 9] % 8] = 0;
        break;
    case TOO_SHORT:
        encoded[start - 1] = 0x55;
        encoded[start] = 0;
        break;
    case TOO_LONG:
        encoded[start - 2] = 0;
        encoded[start - 1] = 3;
        break;
    case ANOTHER_VERSION:
        encoded[start + 1] = 1;
        break;
    case EMPTY:
        encoded[start - 1] = 0x55;
        fill(encoded + start, PREMASTER);
        encoded[size - 1] = 0;
        break;
    case ALL_ZERO:
        memset(encoded + 2, 0, size - 2);
        break;
    case ARBITRARY:
        random(encoded, size);
        encoded[0] &= 0x7f;
        encoded[0] |= 1;
        break;
    default:
        break;
    }
}
