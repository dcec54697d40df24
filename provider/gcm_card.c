/* SPDX-License-Identifier: Apache-2.0 */
/* Records on the card: whether, how, and what the host can tell of the result. */
#include "provider/gcm.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int prepare(void *context, struct session *session)
{
    (void)context, (void)session;
    return 0;
}

static int submit(void *context, struct tlscard_queue *queue, struct tlscard_request **request)
{
    const struct gcm_work *work = context;
    size_t submitted;

    return tlscard_gcm_submit(queue, &work->record, 1, request, &submitted);
}

static int take_result(void *context, struct tlscard_request *request, uint8_t *output, size_t capacity,
                       struct tlscard_result *result)
{
    struct gcm_work *work = context;

    return tlscard_gcm_result(request, output, capacity, work->record.open ? NULL : work->tag, result);
}

/*
 * To verify a record is to do it again, so only those are that the caller chose. Of an opened one the tag has
 * matched on the card; software finds out whether it truly does.
 */
static int check(void *context, const uint8_t *result)
{
    struct gcm_work *work = context;
    struct tlscard_gcm_record record = work->record;
    uint8_t *again, tag[TLSCARD_GCM_TAG];
    int ok;

    if (!work->verify || work->copy == NULL)
        return 1;
    again = OPENSSL_malloc(record.input.length + 1);
    if (again == NULL)
        return 0;
    record.input.data = work->copy;
    ok = gcm_in_software(work->software, &record, again, tag) &&
         CRYPTO_memcmp(again, result, record.input.length) == 0 &&
         (record.open || CRYPTO_memcmp(tag, work->tag, sizeof tag) == 0);
    OPENSSL_clear_free(again, record.input.length + 1);
    return ok;
}

struct offload_work gcm_offload_work(struct gcm_work *work, uint8_t *output)
{
    return (struct offload_work){
        .context = work,
        .prepare = prepare,
        .submit = submit,
        .check = check,
        .output = output,
        .length = work->record.input.length,
        .opcode = work->record.open ? TLSCARD_AES_GCM_OPEN : TLSCARD_AES_GCM_SEAL,
        .result = take_result,
        /* libssl's own BIO_f_ssl(3) and others lose a write that was paused in its record. */
        .stay = 1,
    };
}

void gcm_begin(struct operation *operation, const struct tlscard_gcm_record *record)
{
    snprintf(operation->text, sizeof operation->text, "AES-%zu-GCM %s %zu octets", record->key.length * 8,
             record->open ? "open" : "seal", record->input.length);
    offload_begin(operation, CLASS_GCM, 0, operation->text, record->open ? "decrypt-record" : "encrypt-record");
}

int gcm_admitted(struct provider *provider, const struct tlscard_gcm_record *record, unsigned caller)
{
    struct operation operation;
    enum reason reason;

    if (offload_admits(provider->offload, record->open != 0, record->input.length, &reason))
        return 1;
    if (reason == MEASURING)
        gcm_measure(provider);
    if (!offload_traces(provider->offload)) {
        offload_count(provider->offload, reason, caller);
        return 0;
    }
    gcm_begin(&operation, record);
    offload_refuse(&operation, reason);
    offload_end(provider->offload, &operation);
    return 0;
}
