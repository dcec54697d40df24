/* SPDX-License-Identifier: Apache-2.0 */
/* One operation of each class and kind of key, as a program would do it, and what became of it. */
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/doctor.h"
#include "tools/test_keys.h"

/* At most 256 operations are kept. */
#define REPORT_SIZE 65536

/* Whatever default_properties require. */
#define OURS "provider=tlscard,-fips"

struct trial {
    const char *name, *kind;
    int (*run)(OSSL_LIB_CTX *libctx, const char *kind);
};

/* A parameter of the provider that is JSON, parsed; NULL where it is none. */
static json_t *parameter(struct doctor *doctor, const char *name)
{
    char *text = calloc(1, REPORT_SIZE);
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(name, text, REPORT_SIZE - 1), OSSL_PARAM_construct_end()};
    json_t *parsed = text && OSSL_PROVIDER_get_params(doctor->provider, params) ? json_loads(text, 0, NULL) : NULL;
    free(text);
    return parsed;
}

static int sign(OSSL_LIB_CTX *libctx, EVP_PKEY *key)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char signature[1024];
    size_t length = sizeof signature;
    int ok = context && key && EVP_DigestSignInit_ex(context, NULL, "SHA256", libctx, NULL, key, NULL) > 0 &&
             EVP_DigestSign(context, signature, &length, (const unsigned char *)"doctor", 6) > 0;
    EVP_MD_CTX_free(context);
    return ok;
}

static int try_rsa(OSSL_LIB_CTX *libctx, const char *bits)
{
    EVP_PKEY *key = test_key_load(libctx, (unsigned)strtoul(bits, NULL, 10), "server");
    int ok = sign(libctx, key);
    EVP_PKEY_free(key);
    return ok;
}

static EVP_PKEY *generate(OSSL_LIB_CTX *libctx, const char *kind)
{
    return strcmp(kind, "X25519") == 0 ? EVP_PKEY_Q_keygen(libctx, NULL, kind) : EVP_PKEY_Q_keygen(libctx, NULL, "EC", kind);
}

static int try_exchange(OSSL_LIB_CTX *libctx, const char *kind)
{
    EVP_PKEY *key = generate(libctx, kind);
    EVP_PKEY_CTX *context = key ? EVP_PKEY_CTX_new_from_pkey(libctx, key, NULL) : NULL;
    unsigned char secret[128];
    size_t length = sizeof secret;
    int ok = context && EVP_PKEY_derive_init(context) > 0 && EVP_PKEY_derive_set_peer(context, key) > 0 &&
             EVP_PKEY_derive(context, secret, &length) > 0;
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(key);
    return ok;
}

static int try_signature(OSSL_LIB_CTX *libctx, const char *kind)
{
    EVP_PKEY *key = generate(libctx, kind);
    int ok = sign(libctx, key);
    EVP_PKEY_free(key);
    return ok;
}

/* A record of TLS 1.3 as libssl seals it (RFC 8446 section 5.2): the header's length counts the tag. */
static int try_records(OSSL_LIB_CTX *libctx, const char *kind)
{
    static const unsigned char key[32], nonce[12], text[1024];
    static const unsigned char header[] = {23, 3, 3, (sizeof text + 16) >> 8, (sizeof text + 16) & 0xff};
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(libctx, kind, NULL);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    unsigned char sealed[sizeof text], tag[16];
    int length = 0, ok = cipher && context && EVP_EncryptInit_ex2(context, cipher, key, NULL, NULL) > 0 &&
             EVP_EncryptInit_ex2(context, NULL, NULL, nonce, NULL) > 0 &&
             EVP_EncryptUpdate(context, NULL, &length, header, sizeof header) > 0 &&
             EVP_EncryptUpdate(context, sealed, &length, text, sizeof text) > 0 &&
             EVP_EncryptFinal_ex(context, sealed + length, &length) > 0 &&
             EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, sizeof tag, tag) > 0;
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(cipher);
    return ok;
}

static const struct trial trials[] = {
    {"RSA-2048 signature", "2048", try_rsa},
    {"RSA-3072 signature", "3072", try_rsa},
    {"RSA-4096 signature", "4096", try_rsa},
    {"P-256 key exchange", "P-256", try_exchange},
    {"P-256 signature", "P-256", try_signature},
    {"P-384 key exchange", "P-384", try_exchange},
    {"P-384 signature", "P-384", try_signature},
    {"X25519 key exchange", "X25519", try_exchange},
    {"AES-128-GCM records", "AES-128-GCM", try_records},
    {"AES-256-GCM records", "AES-256-GCM", try_records},
};

static int is_offered(const struct doctor *doctor, const struct trial *trial)
{
    EVP_CIPHER *cipher = trial->run == try_records ? EVP_CIPHER_fetch(doctor->libctx, trial->kind, OURS) : NULL;
    int offered = trial->run != try_records || cipher;
    EVP_CIPHER_free(cipher);
    return offered;
}

/* What the provider has recorded of one trial; nothing where it was not asked. */
static void report(struct doctor *doctor, const struct trial *trial)
{
    json_t *done = parameter(doctor, "tlscard-operations");
    if (json_array_size(done) == 0)
        json_array_append_new(doctor->operations,
                              json_pack("{s:s, s:s, s:s, s:s, s:i}", "op", trial->name, "purpose", "", "where", "software",
                                        "reason", is_offered(doctor, trial) ? "not-asked" : "not-offered", "cycles", 0));
    json_array_extend(doctor->operations, done);
    json_decref(done);
}

static int any_reason(const struct doctor *doctor, const char *reason)
{
    size_t index;
    json_t *operation;
    json_array_foreach(doctor->operations, index, operation)
        if (strcmp(json_string_value(json_object_get(operation, "reason")), reason) == 0)
            return 1;
    return 0;
}

/* Whether a finding says more of this reason than the reason itself. */
static int is_explained(struct doctor *doctor, const char *reason, const char *message)
{
    const char *address = json_string_value(json_object_get(doctor->card, "address"));
    return strcmp(reason, "no-card") == 0 && address && doctor_explain_no_card(doctor, address, message ? message : "");
}

/* What the reasons of operations done in software say of the card, each once. */
static void judge_reasons(struct doctor *doctor)
{
    static const struct {
        const char *reason, *code, *text, *remedy;
    } judged[] = {
        {"policy-never", "policy-never", "The policy is \"never\" for some operations: they are done in software.",
         "set policy, policy-rsa, policy-ec or policy-gcm to auto or always, in the provider's section or in TLSCARD_POLICY"},
        {"no-card", "no-card", "No card could be opened.", "start tlscard-sim, or correct the address (tlscard list)"},
        {"card-busy", "card-busy", "Every function of the card is taken by another process.",
         "stop one, perhaps the very server that this is about, or give the card more functions"},
        {"wrong-card", "wrong-card", "The card was built from another register map than the driver.",
         "install the driver and the card's design of the same release"},
        {"no-resources", "no-resources", "This process has not got what a card takes: memory, descriptors, threads, large files or "
         "system calls.", "raise the limit (prlimit; LimitNOFILE= and the like of a unit), or allow the system calls of "
         "tlscard-provider(7)"},
        {"card-error", "card-failed", "The card answers with errors.", "run tlscard selftest, and tlscard info for its error log"},
        {"deadline", "card-late", "The card misses the deadline.", "raise deadline-ms, or run tlscard selftest"},
        {"wrong-answer", "wrong-answer", "The card gives wrong answers.", "run tlscard selftest; do not use the card"},
        {"queue-full", "queue-full", "The queue of the card is full.", "see what else uses the card"},
    };
    for (size_t i = 0; i < sizeof judged / sizeof *judged; i++) {
        const char *message = json_string_value(json_object_get(doctor->card, "message"));
        if (any_reason(doctor, judged[i].reason) && !is_explained(doctor, judged[i].reason, message))
            doctor_find(doctor, judged[i].code, judged[i].remedy, "%s%s%s", judged[i].text, message ? " " : "",
                        message ? message : "");
    }
}

static void judge_breakers(struct doctor *doctor)
{
    json_t *counters = parameter(doctor, "tlscard-counters"), *entry;
    const char *class;
    json_object_foreach(counters, class, entry)
    {
        const char *state = json_string_value(json_object_get(entry, "breaker"));
        if (state && strcmp(state, "closed") != 0)
            doctor_find(doctor, "breaker-open", "run tlscard selftest; the provider tries the card again by itself",
                        "The card is out of use for the class \"%s\": the breaker is %s.", class, state);
    }
    json_decref(counters);
}

/* Under fips=yes a provider that has no such algorithms is no fault of one trial. */
static int has_validated(const struct doctor *doctor)
{
    EVP_KEYMGMT *found = EVP_KEYMGMT_fetch(doctor->libctx, "RSA", NULL);
    EVP_KEYMGMT_free(found);
    return found != NULL;
}

static void try_each(struct doctor *doctor)
{
    for (size_t i = 0; i < sizeof trials / sizeof *trials; i++) {
        ERR_clear_error();
        if (!trials[i].run(doctor->libctx, trials[i].kind)) {
            const char *reason = ERR_reason_error_string(ERR_peek_last_error());
            doctor_find(doctor, "operation-failed", "see the other findings", "%s fails: %s.", trials[i].name,
                        reason ? reason : "no reason is given");
        }
        report(doctor, &trials[i]);
    }
}

/* What the file gives no reason for. */
static void judge_silence(struct doctor *doctor)
{
    if (json_array_size(doctor->findings) == 0 && any_reason(doctor, "not-asked"))
        doctor_find(doctor, "passed-by", "take the other providers out of the list in turn, and see which of them it is",
                    "The provider is not asked for all of its operations, though default_properties name it: another provider's "
                    "algorithms are taken before it.");
}

void doctor_try_operations(struct doctor *doctor)
{
    json_decref(parameter(doctor, "tlscard-operations"));
    if (!doctor->validated_only || has_validated(doctor))
        try_each(doctor);
    else
        doctor_find(doctor, "no-validated-provider", "activate one in the file, and the base provider",
                    "No provider that is activated has validated algorithms: every operation fails, with a card and without.");
    doctor->card = parameter(doctor, "tlscard-card");
    judge_reasons(doctor);
    judge_breakers(doctor);
    judge_silence(doctor);
}

static int has_group(OSSL_LIB_CTX *libctx, const char *name)
{
    SSL_CTX *context = SSL_CTX_new_ex(libctx, NULL, TLS_method());
    int ok = context && SSL_CTX_set1_groups_list(context, name) == 1;
    SSL_CTX_free(context);
    ERR_clear_error();
    return ok;
}

void doctor_compare_groups(struct doctor *doctor)
{
    static const char *const groups[] = {"X25519", "P-256", "P-384", "P-521", "X448", "ffdhe2048", "ffdhe3072",
                                         "brainpoolP256r1", "brainpoolP384r1", "secp256k1", "X25519MLKEM768", "MLKEM768"};
    OSSL_LIB_CTX *plain = OSSL_LIB_CTX_new();
    OSSL_PROVIDER *software = OSSL_PROVIDER_load(plain, "default");
    for (size_t i = 0; software && i < sizeof groups / sizeof *groups; i++)
        if (has_group(plain, groups[i]) && !has_group(doctor->libctx, groups[i]))
            json_array_append_new(doctor->groups_lost, json_string(groups[i]));
    if (software)
        OSSL_PROVIDER_unload(software);
    OSSL_LIB_CTX_free(plain);
    size_t lost = json_array_size(doctor->groups_lost);
    if (lost > 0)
        doctor_find(doctor, "groups-lost", "correct default_properties and the list of providers",
                    "%zu TLS group%s that a program has without this configuration %s missing, %s the first.", lost,
                    lost == 1 ? "" : "s", lost == 1 ? "is" : "are", json_string_value(json_array_get(doctor->groups_lost, 0)));
}
