/* SPDX-License-Identifier: Apache-2.0 */
/* Count each decision by its reason, keep the most recent operations, and print both as JSON. */
#include "provider/record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>

#include "provider/section.h"

const char *reason_name(enum reason reason)
{
    static const char *const names[REASON_COUNT] = {
        [ON_CARD] = "card",
        [POLICY_IS_NEVER] = "policy-never",
        [PUBLIC_OPERATION] = "public-operation",
        [UNSUPPORTED_SIZE] = "unsupported-size",
        [UNSUPPORTED_KEY] = "unsupported-key",
        [UNSUPPORTED_PADDING] = "unsupported-padding",
        [UNSUPPORTED_CURVE] = "unsupported-curve",
        [UNSUPPORTED_USE] = "unsupported-use",
        [UNSUPPORTED_OPCODE] = "unsupported-opcode",
        [NO_CARD] = "no-card",
        [CARD_BUSY] = "card-busy",
        [WRONG_CARD] = "wrong-card",
        [NO_RESOURCES] = "no-resources",
        [CARD_OPENING] = "card-opening",
        [BREAKER_OPEN] = "breaker-open",
        [QUEUE_FULL] = "queue-full",
        [DEADLINE] = "deadline",
        [CARD_ERROR] = "card-error",
        [CARD_REFUSED] = "card-refused",
        [WRONG_ANSWER] = "wrong-answer",
        [MEASURING] = "measuring",
        [SLOWER] = "slower",
    };

    return names[reason];
}

const char *class_name(enum operation_class class)
{
    static const char *const names[CLASS_COUNT] = {[CLASS_RSA] = "rsa", [CLASS_EC] = "ec", [CLASS_GCM] = "gcm"};

    return names[class];
}

static void enter(struct record *record, const struct operation *operation)
{
    struct recorded *place = &record->ring[(record->first + record->used) % RECORD_OPERATIONS];

    OPENSSL_strlcpy(place->name, operation->name, sizeof place->name);
    OPENSSL_strlcpy(place->purpose, operation->purpose, sizeof place->purpose);
    place->reason = operation->reason;
    place->cycles = operation->cycles;
    if (record->used < RECORD_OPERATIONS)
        record->used++;
    else
        record->first = (record->first + 1) % RECORD_OPERATIONS;
}

void record_operation(struct record *record, const struct operation *operation, int trace)
{
    struct section section;

    atomic_fetch_add(&record->counts[operation->class][operation->reason], 1);
    if (!trace)
        return;
    section_enter(&section);
    lock_take(&record->lock);
    enter(record, operation);
    lock_leave(&record->lock);
    section_leave(&section);
}

void record_count(struct record *record, enum reason reason, unsigned shard)
{
    atomic_fetch_add_explicit(&record->frequent[shard % RECORD_SHARDS].counts[reason], 1, memory_order_relaxed);
}

static uint_fast64_t count_of(struct record *record, enum operation_class class, int reason)
{
    uint_fast64_t count = atomic_load(&record->counts[class][reason]);

    for (unsigned i = 0; class == CLASS_GCM && i < RECORD_SHARDS; i++)
        count += atomic_load(&record->frequent[i].counts[reason]);
    return count;
}

void record_print_counts(struct record *record, enum operation_class class, BIO *out)
{
    const char *separator = "";

    BIO_printf(out, "\"card\":%" PRIuFAST64 ",\"software\":{", count_of(record, class, ON_CARD));
    for (int reason = ON_CARD + 1; reason < REASON_COUNT; reason++) {
        uint_fast64_t count = count_of(record, class, reason);

        if (count == 0)
            continue;
        BIO_printf(out, "%s\"%s\":%" PRIuFAST64, separator, reason_name((enum reason)reason), count);
        separator = ",";
    }
    BIO_printf(out, "}");
}

/* In order, the oldest first; how many. */
static unsigned copy_ring(struct record *record, struct recorded *copy)
{
    struct section section;
    unsigned used;

    section_enter(&section);
    lock_take(&record->lock);
    used = record->used;
    for (unsigned i = 0; i < used; i++)
        copy[i] = record->ring[(record->first + i) % RECORD_OPERATIONS];
    lock_leave(&record->lock);
    section_leave(&section);
    return used;
}

void record_print_operations(struct record *record, BIO *out)
{
    struct recorded *copy = OPENSSL_malloc(RECORD_OPERATIONS * sizeof *copy);
    unsigned used = copy == NULL ? 0 : copy_ring(record, copy);

    BIO_printf(out, "[");
    for (unsigned i = 0; i < used; i++)
        BIO_printf(out, "%s{\"op\":\"%s\",\"purpose\":\"%s\",\"where\":\"%s\",\"cycles\":%u,\"reason\":\"%s\"}",
                   i == 0 ? "" : ",", copy[i].name, copy[i].purpose, copy[i].reason == ON_CARD ? "card" : "software",
                   copy[i].cycles, reason_name(copy[i].reason));
    BIO_printf(out, "]");
    OPENSSL_free(copy);
}

void record_forget(struct record *record)
{
    struct section section;

    section_enter(&section);
    lock_take(&record->lock);
    record->used = 0;
    lock_leave(&record->lock);
    section_leave(&section);
}

void record_print_string(BIO *out, const char *text)
{
    BIO_printf(out, "\"");
    for (; *text != '\0'; text++) {
        unsigned char octet = (unsigned char)*text;

        if (octet == '"' || octet == '\\')
            BIO_printf(out, "\\%c", octet);
        else if (octet < 0x20)
            BIO_printf(out, "\\u%04x", octet);
        else
            BIO_printf(out, "%c", octet);
    }
    BIO_printf(out, "\"");
}

char *record_take(BIO *out)
{
    char *data, *text;
    long length = BIO_get_mem_data(out, &data);

    text = OPENSSL_strndup(data, length > 0 ? (size_t)length : 0);
    BIO_free(out);
    return text;
}
