/* SPDX-License-Identifier: Apache-2.0 */
/* The capabilities that a vfio-user client proposes: a JSON object (RFC 8259), read without building it. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "sim/card.h"

/* Deeper nesting than any capability has. */
#define DEPTH_MAX 16u

const char negotiate_reply[] =
    "{\"capabilities\":{\"max_msg_fds\":16,\"max_data_xfer_size\":65536,\"max_dma_maps\":65535,\"pgsizes\":4096}}";

struct reader {
    const char *at, *end; /* *end is NUL */
    unsigned depth;
    bool in_capabilities; /* at the values of its members */
    bool too_small;       /* a limit below what the server needs */
};

static bool read_value(struct reader *reader, const char *name, size_t name_size);

static void skip_space(struct reader *reader)
{
    reader->at += strspn(reader->at, " \t\r\n");
}

static bool accept(struct reader *reader, char wanted)
{
    skip_space(reader);
    if (*reader->at != wanted)
        return false;
    reader->at++;
    return true;
}

/* A string; escapes are passed over, not translated: no capability's name needs one. */
static bool read_string(struct reader *reader, const char **text, size_t *size)
{
    if (!accept(reader, '"'))
        return false;
    *text = reader->at;
    for (; *reader->at && *reader->at != '"'; reader->at++)
        if ((unsigned char)*reader->at < 0x20 || (*reader->at == '\\' && !*++reader->at))
            return false;
    *size = (size_t)(reader->at - *text);
    return accept(reader, '"');
}

static bool is(const char *name, size_t size, const char *wanted)
{
    return name && size == strlen(wanted) && memcmp(name, wanted, size) == 0;
}

static bool digits(struct reader *reader)
{
    size_t count = strspn(reader->at, "0123456789");

    reader->at += count;
    return count != 0;
}

/* Whether the number's integer digits say less than limit. */
static bool below(const char *text, size_t size, unsigned limit)
{
    unsigned value = 0;

    for (size_t i = 0; i < size; i++) {
        value = value * 10 + (unsigned)(text[i] - '0');
        if (value >= limit)
            return false;
    }
    return true;
}

static bool read_number(struct reader *reader, const char *name, size_t name_size)
{
    bool negative = *reader->at == '-';
    const char *first = reader->at += negative;
    size_t size;

    if (!digits(reader))
        return false;
    size = (size_t)(reader->at - first);
    if (*reader->at == '.' && (reader->at++, !digits(reader)))
        return false;
    if (*reader->at == 'e' || *reader->at == 'E') {
        reader->at++;
        reader->at += *reader->at == '+' || *reader->at == '-';
        if (!digits(reader))
            return false;
    }
    /* The card moves packets of up to 4096 octets in one message. */
    if (reader->in_capabilities && is(name, name_size, "max_data_xfer_size") &&
        (negative || below(first, size, TLP_MAX_WORDS * 4)))
        reader->too_small = true;
    return true;
}

static bool read_word(struct reader *reader)
{
    static const char *const words[] = {"true", "false", "null"};

    for (size_t i = 0; i < 3; i++)
        if (strncmp(reader->at, words[i], strlen(words[i])) == 0) {
            reader->at += strlen(words[i]);
            return true;
        }
    return false;
}

static bool read_member(struct reader *reader, bool outermost)
{
    const char *name;
    size_t size;
    bool good;

    if (!read_string(reader, &name, &size) || !accept(reader, ':'))
        return false;
    reader->in_capabilities = outermost ? false : reader->in_capabilities;
    if (outermost && is(name, size, "capabilities")) {
        skip_space(reader);
        reader->in_capabilities = true;
        good = *reader->at == '{' && read_value(reader, name, size);
        reader->in_capabilities = false;
        return good;
    }
    return read_value(reader, name, size);
}

static bool read_members(struct reader *reader, char close, bool object)
{
    bool outermost = reader->depth == 1;

    reader->at++;
    if (accept(reader, close))
        return true;
    do {
        if (!(object ? read_member(reader, outermost) : read_value(reader, NULL, 0)))
            return false;
    } while (accept(reader, ','));
    return accept(reader, close);
}

static bool read_value(struct reader *reader, const char *name, size_t name_size)
{
    bool good;

    skip_space(reader);
    if (*reader->at == '{' || *reader->at == '[') {
        bool object = *reader->at == '{';

        if (++reader->depth > DEPTH_MAX)
            return false;
        good = read_members(reader, object ? '}' : ']', object);
        reader->depth--;
        return good;
    }
    if (*reader->at == '"')
        return read_string(reader, &name, &name_size);
    if (*reader->at == '-' || (*reader->at >= '0' && *reader->at <= '9'))
        return read_number(reader, name, name_size);
    return read_word(reader);
}

int negotiate_check(const char *text, size_t size)
{
    struct reader reader = {.at = text, .end = text + size - 1};

    if (!size)
        return 0;
    if (memchr(text, '\0', size) != reader.end)
        return -EINVAL;
    skip_space(&reader);
    if (*reader.at != '{' || !read_value(&reader, NULL, 0))
        return -EINVAL;
    skip_space(&reader);
    return reader.at == reader.end && !reader.too_small ? 0 : -EINVAL;
}
