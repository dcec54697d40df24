/* SPDX-License-Identifier: Apache-2.0 */
/* Reads files of test vectors as NIST's validation system writes them: "[section]", "name = value". */
#include "tests/rtl/pke_vectors.h"

#include <ctype.h>
#include <string.h>

int pke_vectors_open(struct pke_vectors *vectors, const char *path)
{
    char whole[256];
    memset(vectors, 0, sizeof(*vectors));
    snprintf(whole, sizeof(whole), "tests/vectors/%s", path);
    vectors->file = fopen(whole, "r");
    return vectors->file ? 0 : -1;
}

void pke_vectors_close(struct pke_vectors *vectors)
{
    if (vectors->file)
        fclose(vectors->file);
    vectors->file = NULL;
}

/* Without blanks at either end. */
static char *trimmed(char *text)
{
    size_t length = strlen(text);
    while (length && isspace((unsigned char)text[length - 1]))
        text[--length] = 0;
    while (isspace((unsigned char)*text))
        text++;
    return text;
}

static int set(struct pke_vectors *vectors, const char *name, const char *value)
{
    unsigned n = 0;
    while (n < vectors->count && strcmp(vectors->fields[n].name, name) != 0)
        n++;
    if (n == PKE_VECTORS_FIELDS || strlen(name) >= sizeof(vectors->fields[n].name)
        || strlen(value) >= sizeof(vectors->fields[n].value))
        return -1;
    if (n == vectors->count)
        vectors->count++;
    strcpy(vectors->fields[n].name, name);
    strcpy(vectors->fields[n].value, value);
    vectors->fields[n].record = vectors->record;
    return 0;
}

/* A heading ends the values above it, but not those of the heading right above, as [P-256] [B.4.2 ...]. */
static int heading(struct pke_vectors *vectors, const char *text)
{
    size_t length = strcspn(text, "]");
    if (text[length] != ']' || length > sizeof(vectors->section) - 1)
        return -1;
    if (vectors->count || !vectors->section[0]) {
        memcpy(vectors->section, text + 1, length - 1);
        vectors->section[length - 1] = 0;
    }
    vectors->count = 0;
    return 0;
}

int pke_vectors_next(struct pke_vectors *vectors, const char *last)
{
    char line[PKE_VECTORS_LINE];
    vectors->record++;
    while (fgets(line, sizeof(line), vectors->file)) {
        char *text = trimmed(line), *equals = strchr(text, '=');
        vectors->line++;
        if (*text == 0 || *text == '#')
            continue;
        if (*text == '[') {
            if (heading(vectors, text))
                return -1;
            continue;
        }
        if (!equals)
            return -1;
        *equals = 0;
        const char *name = trimmed(text);
        if (set(vectors, name, trimmed(equals + 1)))
            return -1;
        if (strcmp(name, last) == 0)
            return 1;
    }
    return ferror(vectors->file) ? -1 : 0;
}

static int find(const struct pke_vectors *vectors, const char *name)
{
    for (unsigned n = 0; n < vectors->count; n++)
        if (strcmp(vectors->fields[n].name, name) == 0)
            return (int)n;
    return -1;
}

const char *pke_vectors_text(const struct pke_vectors *vectors, const char *name)
{
    int n = find(vectors, name);
    return n < 0 ? NULL : vectors->fields[n].value;
}

const char *pke_vectors_fresh(const struct pke_vectors *vectors, const char *name)
{
    int n = find(vectors, name);
    return n < 0 || vectors->fields[n].record != vectors->record ? NULL : vectors->fields[n].value;
}

BIGNUM *pke_vectors_number(const struct pke_vectors *vectors, const char *name)
{
    const char *text = pke_vectors_text(vectors, name);
    BIGNUM *number = NULL;
    if (!text || *text == '-' || BN_hex2bn(&number, text) != (int)strlen(text)) {
        BN_free(number);
        return NULL;
    }
    return number;
}

size_t pke_vectors_octets(const struct pke_vectors *vectors, const char *name, uint8_t *octets, size_t room)
{
    const char *text = pke_vectors_text(vectors, name);
    size_t digits = text ? strlen(text) : 0;
    if (digits == 0 || digits % 2 || digits / 2 > room || strspn(text, "0123456789abcdefABCDEF") != digits)
        return 0;
    for (size_t n = 0; n < digits / 2; n++) {
        unsigned octet;
        sscanf(text + 2 * n, "%2x", &octet);
        octets[n] = (uint8_t)octet;
    }
    return digits / 2;
}
