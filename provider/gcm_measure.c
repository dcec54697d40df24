/* SPDX-License-Identifier: Apache-2.0 */
/* From which length on a record is done sooner by the card than by software, on this machine. */
#include "provider/gcm.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/params.h>

#include "provider/wait.h"

#define BEFORE 64u      /* records that pass before anything is measured: the first handshakes are not held up */
#define TRIAL_MS 20u    /* a record that takes longer is lost to any software */
#define ROUNDS 3        /* of which the quickest counts */
#define BUDGET_NS 150000000ull /* for all of it; what is not measured by then stays in software */

/* The payloads of TLS records are at most 2^14 octets. */
static const size_t lengths[] = {16384, 8192, 4096, 2048, 1024, 512, 256};

struct trial {
    struct provider *provider;
    struct gcm_work work;
    uint8_t *input, *output;
    uint64_t end; /* 0: the card may not be open yet */
    enum reason reason; /* why the card lost, where that is not by its slowness */
};

static const uint8_t key[32], header[5] = {0x17, 3, 3, 0, 0};

/* Each nonce once; key and input are secret to nobody. */
static uint64_t time_card(struct trial *trial)
{
    struct offload_work work = gcm_offload_work(&trial->work, trial->output);
    uint64_t best = UINT64_MAX;

    for (int round = 0; round < ROUNDS && (trial->end == 0 || now_ns() < trial->end); round++) {
        struct operation operation;
        uint64_t ns;

        offload_begin(&operation, CLASS_GCM, 0, "", "");
        operation.trial_ms = TRIAL_MS;
        if (!offload_run(trial->provider->offload, &operation, &work)) {
            trial->reason = operation.reason == DEADLINE ? SLOWER : operation.reason;
            return UINT64_MAX;
        }
        ns = now_ns() - operation.began;
        best = ns < best ? ns : best;
        if (trial->end == 0) /* the card is open now */
            trial->end = operation.began + BUDGET_NS;
    }
    return best;
}

/* One record under a key that is set already, as libssl's are. To open one takes what it takes to seal it. */
static int seal_once(const struct gcm_software *software, void *context, const struct tlscard_gcm_record *record,
                     uint8_t *output)
{
    uint8_t tag[TLSCARD_GCM_TAG];
    OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, sizeof tag),
                           OSSL_PARAM_construct_end()};
    size_t length, room = record->input.length;

    return software->encrypt_init(context, NULL, 0, record->nonce, TLSCARD_GCM_NONCE, NULL) &&
           software->update(context, NULL, &length, record->aad.length, record->aad.data, record->aad.length) &&
           software->update(context, output, &length, room, record->input.data, room) &&
           software->final(context, output, &length, 0) && software->get_ctx_params(context, params);
}

static uint64_t time_software(struct trial *trial)
{
    const struct gcm_software *software = trial->work.software;
    void *context = software->newctx(software->provider_context);
    uint64_t best = UINT64_MAX;
    int ok = context != NULL && software->encrypt_init(context, key, sizeof key, NULL, 0, NULL);

    for (int round = 0; ok && round < ROUNDS; round++) {
        uint64_t began = now_ns(), ns;

        ok = seal_once(software, context, &trial->work.record, trial->output);
        ns = now_ns() - began;
        best = ns < best ? ns : best;
    }
    if (context != NULL)
        software->freectx(context);
    return ok ? best : UINT64_MAX;
}

/* Nonzero where the card was the quicker. */
static int wins(struct trial *trial, int open, size_t length)
{
    static const uint8_t nonce[TLSCARD_GCM_NONCE];
    uint8_t tag[TLSCARD_GCM_TAG];
    struct tlscard_gcm_record *record = &trial->work.record;
    uint64_t card;

    *record = (struct tlscard_gcm_record){.key = {key, sizeof key},
                                          .nonce = nonce,
                                          .aad = {header, sizeof header},
                                          .input = {trial->input, length}};
    if (open) {
        if (!gcm_in_software(trial->work.software, record, trial->output, tag))
            return 0;
        memcpy(trial->input, trial->output, length);
        record->open = 1;
        record->tag = tag;
    }
    trial->reason = SLOWER;
    card = time_card(trial);
    return card != UINT64_MAX && card <= time_software(trial);
}

/* Longest first: where the card loses, it loses shorter ones as well. 0 where there is no card to measure. */
static int measure(struct trial *trial)
{
    for (int open = 0; open <= 1; open++) {
        size_t least = SIZE_MAX;

        for (size_t i = 0; i < sizeof lengths / sizeof *lengths && wins(trial, open, lengths[i]); i++)
            least = lengths[i];
        if (least == SIZE_MAX && trial->reason != SLOWER && trial->reason != UNSUPPORTED_OPCODE)
            return 0;
        offload_set_least(trial->provider->offload, (unsigned)open, least, trial->reason);
    }
    return 1;
}

/* By one thread, while others go on in software. A card that cannot be had now is measured later. */
void gcm_measure(struct provider *provider)
{
    const struct gcm_software *software = gcm_software_of(provider, sizeof key);
    struct trial trial = {.provider = provider, .work = {.software = software}};

    if (atomic_fetch_add_explicit(&provider->gcm_seen, 1, memory_order_relaxed) != BEFORE)
        return;
    trial.input = OPENSSL_zalloc(lengths[0]);
    trial.output = OPENSSL_malloc(lengths[0]);
    if (software != NULL && trial.input != NULL && trial.output != NULL)
        measure(&trial);
    OPENSSL_free(trial.input);
    OPENSSL_free(trial.output);
    atomic_store(&provider->gcm_seen, 0);
}
