/* SPDX-License-Identifier: Apache-2.0 */
/* Return values and errors, written down and compared. */
#include "tests/provider/transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#define MOST_ERRORS 12
#define MOST_SHOWN 5 /* differences of a scene */

struct entry {
    const char *file, *call;
    int line;
    long result;
    unsigned count;
    unsigned long errors[MOST_ERRORS];
};

struct transcript {
    struct entry *entries;
    size_t count, room;
};

struct transcript *transcript_new(void)
{
    struct transcript *transcript = calloc(1, sizeof *transcript);

    assert_non_null(transcript);
    return transcript;
}

void transcript_free(struct transcript *transcript)
{
    free(transcript->entries);
    free(transcript);
}

static struct entry *next_entry(struct transcript *transcript)
{
    if (transcript->count == transcript->room) {
        transcript->room = 2 * transcript->room + 64;
        transcript->entries = realloc(transcript->entries, transcript->room * sizeof *transcript->entries);
        assert_non_null(transcript->entries);
    }
    return &transcript->entries[transcript->count++];
}

long transcript_note(struct transcript *transcript, const char *file, int line, const char *call, long result)
{
    struct entry *entry = next_entry(transcript);
    unsigned long error;

    *entry = (struct entry){.file = file, .call = call, .line = line, .result = result};
    while ((error = ERR_get_error()) != 0) {
        assert_true(entry->count < MOST_ERRORS);
        entry->errors[entry->count++] = error;
    }
    return result;
}

void transcript_note_table(struct transcript *transcript, const char *file, int line, const char *call,
                           const OSSL_PARAM *table)
{
    unsigned long sum = 5381;

    transcript_note(transcript, file, line, call, table != NULL);
    for (; table != NULL && table->key != NULL; table++) {
        for (const char *at = table->key; *at != '\0'; at++)
            sum = sum * 33 + (unsigned char)*at;
        sum = sum * 33 + table->data_type;
        transcript_note(transcript, file, line, call, (long)(sum >> 1));
    }
}

static int is_same(const struct entry *one, const struct entry *other)
{
    return one->line == other->line && one->result == other->result && one->count == other->count &&
           memcmp(one->errors, other->errors, one->count * sizeof one->errors[0]) == 0;
}

static void show(const char *who, const struct entry *entry)
{
    print_message("#   %s: %ld", who, entry->result);
    for (unsigned i = 0; i < entry->count; i++) {
        char text[256];

        ERR_error_string_n(entry->errors[i], text, sizeof text);
        print_message(", %s", text);
    }
    print_message("\n");
}

int transcript_compare(const struct transcript *standard, const struct transcript *ours, const char *scene)
{
    size_t count = standard->count < ours->count ? standard->count : ours->count;
    int differences = standard->count != ours->count;

    if (differences)
        print_message("# %s: %zu calls with the default provider, %zu with ours\n", scene, standard->count,
                      ours->count);
    for (size_t i = 0; i < count; i++) {
        const struct entry *one = &standard->entries[i], *other = &ours->entries[i];

        if (is_same(one, other) || ++differences > MOST_SHOWN)
            continue;
        print_message("# %s: %s:%d: %s\n", scene, one->file, one->line, one->call);
        show("the default provider", one);
        show("ours", other);
    }
    return differences;
}
