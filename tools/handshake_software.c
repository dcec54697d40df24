/* SPDX-License-Identifier: Apache-2.0 */
/* The operations that do not pass the tlscard provider, each with its reason. */
#include "tools/handshake_software.h"

#include <openssl/evp.h>
#include <openssl/objects.h>
#include <stdio.h>
#include <string.h>

/* What a message may need. */
enum need { GENERATE, DERIVE, SIGN, VERIFY, VERIFY_CHAIN, ENCRYPT, DECRYPT };
enum { TLS12_RSA = 1, TLS12_ECDHE = 2, TLS13 = 4, ANY = 7 };

/* RFC 5246 section 7.4 with RFC 8422 section 5, and RFC 8446 sections 4.2.8 and 4.4. */
static const struct {
    const char *message;
    int reading, kinds;
    enum need need;
} needs[] = {
    {"ClientHello", 0, TLS13, GENERATE},
    {"ServerHello", 0, TLS13, GENERATE},
    {"ServerHello", 0, TLS13, DERIVE},
    {"ServerHello", 1, TLS13, DERIVE},
    {"Certificate", 1, ANY, VERIFY_CHAIN},
    {"ServerKeyExchange", 0, TLS12_ECDHE, GENERATE},
    {"ServerKeyExchange", 0, TLS12_ECDHE, SIGN},
    {"ServerKeyExchange", 1, TLS12_ECDHE, VERIFY},
    {"ClientKeyExchange", 0, TLS12_RSA, ENCRYPT},
    {"ClientKeyExchange", 1, TLS12_RSA, DECRYPT},
    {"ClientKeyExchange", 0, TLS12_ECDHE, GENERATE},
    {"ClientKeyExchange", 0, TLS12_ECDHE, DERIVE},
    {"ClientKeyExchange", 1, TLS12_ECDHE, DERIVE},
    {"CertificateVerify", 0, ANY, SIGN},
    {"CertificateVerify", 1, ANY, VERIFY},
};

static const struct {
    const char *key, *name, *algorithm, *curve;
} keys[] = {
    {"rsa2048", "RSA-2048", "RSA", NULL},       {"rsa3072", "RSA-3072", "RSA", NULL},
    {"rsa4096", "RSA-4096", "RSA", NULL},       {"p256", "ECDSA P-256", "ECDSA", "P-256"},
    {"p384", "ECDSA P-384", "ECDSA", "P-384"},
};

static size_t key_index(const char *key)
{
    size_t index = 0;
    while (index + 1 < sizeof keys / sizeof *keys && strcmp(keys[index].key, key) != 0)
        index++;
    return index;
}

const char *software_key_name(const char *key)
{
    return keys[key_index(key)].name;
}

/* 1 where the algorithm that fetched belongs to the tlscard provider. */
static int is_card(const OSSL_PROVIDER *owner)
{
    return owner && strcmp(OSSL_PROVIDER_get0_name(owner), "tlscard") == 0;
}

static int card_serves_keyexch(const struct handshake *run, const char *name)
{
    EVP_KEYEXCH *fetched = EVP_KEYEXCH_fetch(run->libctx, name, NULL);
    int serves = fetched && is_card(EVP_KEYEXCH_get0_provider(fetched));
    EVP_KEYEXCH_free(fetched);
    return serves;
}

static int card_serves_keymgmt(const struct handshake *run, const char *name)
{
    EVP_KEYMGMT *fetched = EVP_KEYMGMT_fetch(run->libctx, name, NULL);
    int serves = fetched && is_card(EVP_KEYMGMT_get0_provider(fetched));
    EVP_KEYMGMT_free(fetched);
    return serves;
}

static int card_serves_signature(const struct handshake *run, const char *name)
{
    EVP_SIGNATURE *fetched = EVP_SIGNATURE_fetch(run->libctx, name, NULL);
    int serves = fetched && is_card(EVP_SIGNATURE_get0_provider(fetched));
    EVP_SIGNATURE_free(fetched);
    return serves;
}

static int card_serves_asym_cipher(const struct handshake *run, const char *name)
{
    EVP_ASYM_CIPHER *fetched = EVP_ASYM_CIPHER_fetch(run->libctx, name, NULL);
    int serves = fetched && is_card(EVP_ASYM_CIPHER_get0_provider(fetched));
    EVP_ASYM_CIPHER_free(fetched);
    return serves;
}

static int card_serves_cipher(const struct handshake *run, const char *name)
{
    EVP_CIPHER *fetched = EVP_CIPHER_fetch(run->libctx, name, NULL);
    int serves = fetched && is_card(EVP_CIPHER_get0_provider(fetched));
    EVP_CIPHER_free(fetched);
    return serves;
}

static int card_serves(const struct handshake *run, enum need need)
{
    int curve25519 = strcmp(run->options->group, "X25519") == 0;
    const char *algorithm = keys[key_index(run->options->key)].algorithm;
    switch (need) {
    case GENERATE:
        return card_serves_keymgmt(run, curve25519 ? "X25519" : "EC");
    case DERIVE:
        return card_serves_keyexch(run, curve25519 ? "X25519" : "ECDH");
    case SIGN:
    case VERIFY:
    case VERIFY_CHAIN:
        return card_serves_signature(run, algorithm);
    case ENCRYPT:
    case DECRYPT:
        return card_serves_asym_cipher(run, algorithm);
    }
    return 0;
}

/* Why software does a thing for which libcrypto did not fetch the tlscard provider. */
static void give_reason(const struct handshake *run, const char *thing, struct operation *operation)
{
    if (!run->provider)
        snprintf(operation->reason, sizeof operation->reason, "provider not loaded");
    else if (strcmp(thing, "RSA") == 0)
        snprintf(operation->reason, sizeof operation->reason, "not served by the provider");
    else
        snprintf(operation->reason, sizeof operation->reason, "no %s on card", thing);
}

static void name_key_exchange(const struct handshake *run, enum need need, struct operation *operation)
{
    const char *group = run->options->group;
    snprintf(operation->op, sizeof operation->op, "%s%s %s", strcmp(group, "X25519") == 0 ? "" : "ECDH ", group,
             need == GENERATE ? "key generation" : "derivation");
    snprintf(operation->purpose, sizeof operation->purpose, "%s",
             need == GENERATE ? "ephemeral" : "shared-secret");
    give_reason(run, group, operation);
}

static void name_key_use(const struct handshake *run, enum need need, struct operation *operation)
{
    static const char *const purposes[] = {
        [SIGN] = "sign", [VERIFY] = "verify", [VERIFY_CHAIN] = "verify-chain", [ENCRYPT] = "encrypt-tls",
        [DECRYPT] = "decrypt-tls",
    };
    size_t key = key_index(run->options->key);
    int private = need == SIGN || need == DECRYPT;
    const char *what = keys[key].curve ? (private ? "sign" : "verify") : (private ? "private" : "public");
    snprintf(operation->op, sizeof operation->op, "%s %s", keys[key].name, what);
    snprintf(operation->purpose, sizeof operation->purpose, "%s", purposes[need]);
    give_reason(run, keys[key].curve ? keys[key].curve : "RSA", operation);
}

void software_operations(struct handshake *run, enum side side, const struct step *step, int reading)
{
    int kind = run->tls13 ? TLS13 : run->rsa_transport ? TLS12_RSA : TLS12_ECDHE;
    for (size_t index = 0; index < sizeof needs / sizeof *needs; index++) {
        if (strcmp(needs[index].message, step->message) != 0 || needs[index].reading != reading ||
            !(needs[index].kinds & kind) || card_serves(run, needs[index].need))
            continue;
        struct operation operation = {.side = side, .step = step->number};
        if (needs[index].need == GENERATE || needs[index].need == DERIVE)
            name_key_exchange(run, needs[index].need, &operation);
        else
            name_key_use(run, needs[index].need, &operation);
        handshake_add_operation(run, &operation);
    }
}

static const char *cipher_name(const SSL_CIPHER *cipher)
{
    return SSL_CIPHER_get_cipher_nid(cipher) == NID_aes_128_gcm ? "AES-128-GCM" : "AES-256-GCM";
}

static struct operation describe_records(enum side side, unsigned step, int reading, unsigned count,
                                         const SSL_CIPHER *cipher, const char *keys_name)
{
    struct operation operation = {.side = side, .step = step, .records = count};
    snprintf(operation.op, sizeof operation.op, "%s %s", cipher_name(cipher), reading ? "decrypt" : "encrypt");
    snprintf(operation.purpose, sizeof operation.purpose, "%s", keys_name);
    return operation;
}

void software_records(struct handshake *run, enum side side, unsigned step, int reading, unsigned count,
                      const SSL_CIPHER *cipher, const char *keys_name)
{
    if (count == 0 || card_serves_cipher(run, cipher_name(cipher)))
        return;
    struct operation operation = describe_records(side, step, reading, count, cipher, keys_name);
    give_reason(run, "AES-GCM", &operation);
    handshake_add_operation(run, &operation);
}

void software_reported(struct handshake *run, enum side side, unsigned step, int reading, unsigned count,
                       const SSL_CIPHER *cipher, const char *keys_name, const char *reason)
{
    if (count == 0)
        return;
    struct operation operation = describe_records(side, step, reading, count, cipher, keys_name);
    if (strcmp(reason, "unsupported-opcode") == 0)
        give_reason(run, "AES-GCM", &operation);
    else
        snprintf(operation.reason, sizeof operation.reason, "%s", reason);
    handshake_add_operation(run, &operation);
}
