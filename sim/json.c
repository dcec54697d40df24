/* SPDX-License-Identifier: Apache-2.0 */
/* A reader of JSON texts that builds nothing. Every step stops at the NUL that ends the text. */
#include "sim/json.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

struct reader {
    const char *at;
    unsigned depth;
    json_visit *visit;
    void *context;
};

static bool json_read_value(struct reader *reader, const char *name, size_t name_size);

static void json_skip_space(struct reader *reader)
{
    reader->at += strspn(reader->at, " \t\r\n");
}

static bool json_accept(struct reader *reader, char wanted)
{
    json_skip_space(reader);
    if (*reader->at != wanted)
        return false;
    reader->at++;
    return true;
}

/* Escapes are passed over, not translated. */
static bool json_read_string(struct reader *reader, const char **text, size_t *size)
{
    if (!json_accept(reader, '"'))
        return false;
    *text = reader->at;
    for (; *reader->at && *reader->at != '"'; reader->at++)
        if ((unsigned char)*reader->at < 0x20 || (*reader->at == '\\' && !*++reader->at))
            return false;
    *size = (size_t)(reader->at - *text);
    return json_accept(reader, '"');
}

static bool json_read_digits(struct reader *reader)
{
    size_t count = strspn(reader->at, "0123456789");

    reader->at += count;
    return count != 0;
}

static bool json_read_number(struct reader *reader)
{
    reader->at += *reader->at == '-';
    if (!json_read_digits(reader))
        return false;
    if (*reader->at == '.' && (reader->at++, !json_read_digits(reader)))
        return false;
    if (*reader->at == 'e' || *reader->at == 'E') {
        reader->at++;
        reader->at += *reader->at == '+' || *reader->at == '-';
        return json_read_digits(reader);
    }
    return true;
}

static bool json_read_word(struct reader *reader)
{
    static const char *const words[] = {"true", "false", "null"};

    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (strncmp(reader->at, words[i], strlen(words[i])) == 0) {
            reader->at += strlen(words[i]);
            return true;
        }
    return false;
}

static bool json_read_scalar(struct reader *reader, struct json_value *value)
{
    bool good;

    value->text = reader->at;
    if (*reader->at == '"') {
        value->type = JSON_STRING;
        return json_read_string(reader, &value->text, &value->size);
    }
    value->type = *reader->at == '-' || (*reader->at >= '0' && *reader->at <= '9') ? JSON_NUMBER : JSON_WORD;
    good = value->type == JSON_NUMBER ? json_read_number(reader) : json_read_word(reader);
    value->size = (size_t)(reader->at - value->text);
    return good;
}

static bool json_read_member(struct reader *reader)
{
    const char *name;
    size_t size;

    return json_read_string(reader, &name, &size) && json_accept(reader, ':') && json_read_value(reader, name, size);
}

static bool json_read_contents(struct reader *reader, bool object)
{
    char close = object ? '}' : ']';

    reader->at++;
    if (json_accept(reader, close))
        return true;
    do {
        if (!(object ? json_read_member(reader) : json_read_value(reader, NULL, 0)))
            return false;
    } while (json_accept(reader, ','));
    return json_accept(reader, close);
}

static bool json_read_container(struct reader *reader, const struct json_value *value)
{
    bool good;

    if (!reader->visit(reader->context, value) || ++reader->depth > JSON_DEPTH_MAX)
        return false;
    good = json_read_contents(reader, value->type == JSON_OBJECT);
    reader->depth--;
    return good;
}

static bool json_read_value(struct reader *reader, const char *name, size_t name_size)
{
    struct json_value value = {.depth = reader->depth, .name = name, .name_size = name_size};

    json_skip_space(reader);
    if (*reader->at == '{' || *reader->at == '[') {
        value.type = *reader->at == '{' ? JSON_OBJECT : JSON_ARRAY;
        value.text = reader->at;
        return json_read_container(reader, &value);
    }
    return json_read_scalar(reader, &value) && reader->visit(reader->context, &value);
}

int json_read(const char *text, size_t size, json_visit *visit, void *context)
{
    struct reader reader = {.at = text, .visit = visit, .context = context};

    if (!size || memchr(text, '\0', size) != text + size - 1 || !json_read_value(&reader, NULL, 0))
        return -EINVAL;
    json_skip_space(&reader);
    return reader.at == text + size - 1 ? 0 : -EINVAL;
}

bool json_is_named(const struct json_value *value, const char *name)
{
    return value->name && value->name_size == strlen(name) && memcmp(value->name, name, value->name_size) == 0;
}

bool json_is_below(const struct json_value *number, unsigned limit)
{
    uint64_t value = 0; /* below 2^32 before each digit */

    if (*number->text == '-')
        return true;
    for (size_t i = 0; i < number->size && number->text[i] >= '0' && number->text[i] <= '9'; i++) {
        value = value * 10 + (uint64_t)(number->text[i] - '0');
        if (value >= limit)
            return false;
    }
    return true;
}
