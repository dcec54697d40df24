/* SPDX-License-Identifier: Apache-2.0 */
/* Follows both ends of a connection and notes messages and operations in order. */
#include "tools/handshake_trace.h"

#include <string.h>

#include "tools/handshake_messages.h"
#include "tools/handshake_provider.h"
#include "tools/handshake_software.h"

static const struct step *step_of(const struct trace *trace, unsigned number)
{
    return number ? &trace->run->steps[number - 1] : NULL;
}

/* Of operations between reading one message and writing the next, those that produce the next. */
static int produces(const struct operation *operation)
{
    return strncmp(operation->purpose, "sign", 4) == 0 || strncmp(operation->purpose, "encrypt", 7) == 0;
}

/* Encrypting or decrypting a record. */
static int is_record(const struct operation *operation)
{
    size_t length = strlen(operation->purpose);
    return length > 7 && strcmp(operation->purpose + length - 7, "-record") == 0;
}

/* Of operations between handling one message and reading the next, the one that decrypted the next. */
static int reveals(const struct operation *operation)
{
    return strcmp(operation->purpose, "decrypt-record") == 0;
}

static void list_software(struct trace *trace, enum side side, int writing, unsigned step, const char *keys)
{
    struct trace_side *end = &trace->sides[side];
    software_reported(trace->run, side, step, !writing, end->software[writing],
                      SSL_get_current_cipher(end->ssl), keys, end->reason[writing]);
    end->software[writing] = 0;
}

static const char *current_keys(const struct trace *trace, enum side side, int writing)
{
    if (!trace->run->tls13)
        return "connection keys";
    return trace->sides[side].changed[writing] ? "application keys" : "handshake keys";
}

/* One for each record would be tedious: those in software are listed together, as long as the reason is one. */
static void gather(struct trace *trace, enum side side, unsigned step, const struct operation *reported)
{
    struct trace_side *end = &trace->sides[side];
    int writing = !reveals(reported);
    if (end->software[writing] && strcmp(end->reason[writing], reported->reason) != 0)
        list_software(trace, side, writing, step, current_keys(trace, side, writing));
    memcpy(end->reason[writing], reported->reason, sizeof end->reason[writing]);
    end->software[writing]++;
}

static void add_reported(struct trace *trace, enum side side, unsigned step, const struct operation *reported)
{
    struct operation operation = *reported;
    if (is_record(reported) && !reported->card) {
        gather(trace, side, step, reported);
        return;
    }
    operation.side = side;
    operation.step = step;
    handshake_add_operation(trace->run, &operation);
}

enum next { NOTHING, READING, WRITING };

static int belongs_to_next(const struct trace_side *end, const struct operation *operation, enum next next)
{
    if (next == READING)
        return reveals(operation);
    return next == WRITING && (!end->reading || produces(operation));
}

/* What side did since its last event for the message it then read or wrote; what it did to decrypt the message
 * that it is about to read, or to produce the one that it is about to write, is left in the report. */
static void settle(struct trace *trace, enum side side, struct report *report, enum next next)
{
    struct trace_side *end = &trace->sides[side];
    const struct step *step = step_of(trace, end->current);
    size_t kept = 0;
    for (size_t index = 0; index < report->count; index++) {
        if (belongs_to_next(end, &report->operations[index], next))
            report->operations[kept++] = report->operations[index];
        else
            add_reported(trace, side, end->current, &report->operations[index]);
    }
    report->count = kept;
    if (end->reading && step)
        software_operations(trace->run, side, step, 1);
    end->reading = 0;
}

static void list_records(struct trace *trace, enum side side, int writing, unsigned step, const char *keys)
{
    struct trace_side *end = &trace->sides[side];
    if (end->records[writing])
        software_records(trace->run, side, step, !writing, end->records[writing], SSL_get_current_cipher(end->ssl),
                         keys);
    end->records[writing] = 0;
    list_software(trace, side, writing, step, keys);
    end->changed[writing] = 1;
}

/* In TLS 1.3 keys change after Finished (RFC 8446 section 7.3). */
static void change_keys(struct trace *trace, enum side side, int writing, const char *name)
{
    if (trace->run->tls13 && strcmp(name, "Finished") == 0)
        list_records(trace, side, writing, trace->sides[side].current, "handshake keys");
}

static void written(struct trace *trace, enum side side, const char *name, const void *data, size_t length)
{
    struct trace_side *end = &trace->sides[side];
    struct report report = provider_report(trace->run);
    settle(trace, side, &report, WRITING);
    const struct step *step =
        handshake_add_step(trace->run, side, name, message_purpose(trace->run, side, name), data, length);
    if (step) {
        end->current = step->number;
        for (size_t index = 0; index < report.count; index++)
            add_reported(trace, side, step->number, &report.operations[index]);
        software_operations(trace->run, side, step, 0);
        change_keys(trace, side, 1, name);
    }
    report_free(&report);
}

static void settle_all(struct trace *trace, enum side side)
{
    struct report report = provider_report(trace->run);
    settle(trace, side, &report, NOTHING);
    report_free(&report);
}

/* The other side's message of that name becomes this side's current one. */
static void read_message(struct trace *trace, enum side side, const char *name)
{
    struct trace_side *end = &trace->sides[side];
    struct report report = provider_report(trace->run);
    settle(trace, side, &report, READING);
    for (size_t index = trace->run->step_count; index-- > 0;) {
        const struct step *step = &trace->run->steps[index];
        if (step->from == side || strcmp(step->message, name) != 0)
            continue;
        end->current = step->number;
        end->reading = 1;
        break;
    }
    for (size_t index = 0; index < report.count; index++)
        add_reported(trace, side, end->current, &report.operations[index]);
    report_free(&report);
    change_keys(trace, side, 0, name);
}

/* Count encrypted records: in TLS 1.3 those that show an inner content type, in TLS 1.2 those after
 * ChangeCipherSpec (RFC 5246 section 7.1), which is known by its record's header. */
static void count_record(struct trace *trace, enum side side, int writing, int content_type, const uint8_t *data)
{
    struct trace_side *end = &trace->sides[side];
    if (trace->run->tls13)
        end->records[writing] += content_type == SSL3_RT_INNER_CONTENT_TYPE;
    else if (content_type == SSL3_RT_HEADER && data[0] == SSL3_RT_CHANGE_CIPHER_SPEC)
        end->protects[writing] = 1;
    else if (content_type == SSL3_RT_HEADER && end->protects[writing])
        end->records[writing]++;
}

static void on_message(int writing, int version, int content_type, const void *data, size_t length, SSL *ssl,
                       void *argument)
{
    struct trace *trace = argument;
    enum side side = trace->sides[SERVER].ssl == ssl ? SERVER : CLIENT;
    char name[sizeof((struct step *)0)->message];
    (void)version;
    count_record(trace, side, writing, content_type, data);
    if (!message_name(content_type, data, length, name, sizeof name))
        return;
    if (writing)
        written(trace, side, name, data, length);
    else
        read_message(trace, side, name);
}

void trace_attach(struct trace *trace, enum side side, SSL *ssl)
{
    trace->sides[side].ssl = ssl;
    SSL_set_msg_callback(ssl, on_message);
    SSL_set_msg_callback_arg(ssl, trace);
}

void trace_enter(struct trace *trace, enum side side)
{
    trace->driven = side;
}

void trace_leave(struct trace *trace)
{
    settle_all(trace, trace->driven);
}

void trace_application_data(struct trace *trace, const void *data, size_t octets)
{
    written(trace, trace->driven, MESSAGE_APPLICATION_DATA, data, octets);
}

void trace_application_data_read(struct trace *trace)
{
    read_message(trace, trace->driven, MESSAGE_APPLICATION_DATA);
}

void trace_finish(struct trace *trace)
{
    const char *keys = trace->run->tls13 ? "application keys" : "connection keys";
    for (int side = CLIENT; side <= SERVER; side++)
        for (int writing = 1; writing >= 0; writing--)
            list_records(trace, side, writing, 0, keys);
}
