/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures with RSA keys.
 *
 * Contexts are those of signing.c: software knows padding, digests, salt length, restrictions of RSA-PSS keys, algorithm
 * identifier. For a signature on the card they are read back from it, the message is encoded here, and the card raises
 * it to d. Whatever is unusual in them is software's, which then also raises its own errors.
 */
#include "provider/rsa_key.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "provider/padding.h"
#include "provider/signing.h"

static void hold(void *key)
{
    rsa_key_hold(key);
}

static void drop(void *key)
{
    rsa_key_free(key);
}

static signing_prototypes *prototypes(void *data)
{
    struct rsa_key *key = data;

    return &key->prototypes;
}

static void *inner(void *key)
{
    return rsa_key_inner(key);
}

/* Public operations are never the card's. */
static enum reason refusal(const void *data, enum signing_use use)
{
    const struct rsa_key *key = data;
    struct operation operation;

    if (use != SIGNING_SIGN)
        return PUBLIC_OPERATION;
    rsa_key_begin(key, &operation, "sign");
    return offload_possible(key->provider->offload, &operation) ? ON_CARD : operation.reason;
}

static int rsa_verify_recover_init(void *data, void *key, const OSSL_PARAM params[])
{
    return signing_start(data, key, params, SIGNING_RECOVER);
}

/* What decides the encoding, as the software context has it. */
struct encoding {
    int padding, salt;
    char digest[SIGNING_NAME_SIZE], mask_digest[SIGNING_NAME_SIZE];
};

static int read_encoding(struct signing *signing, struct encoding *encoding)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_PAD_MODE, &encoding->padding),
        OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, &encoding->salt),
        OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, encoding->digest, SIGNING_NAME_SIZE),
        OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, encoding->mask_digest, SIGNING_NAME_SIZE),
        OSSL_PARAM_construct_end(),
    };

    memset(encoding, 0, sizeof *encoding);
    return signing_read_params(signing, params);
}

/* "sign-pss-sha256" */
static void name_purpose(char purpose[48], const char *verb, const struct encoding *encoding)
{
    const char *padding = encoding->padding == RSA_PKCS1_PSS_PADDING ? "pss"
                          : encoding->padding == RSA_PKCS1_PADDING   ? "pkcs1"
                          : encoding->padding == RSA_X931_PADDING    ? "x931"
                                                                     : "none";
    int newer = OPENSSL_strncasecmp(encoding->digest, "SHA2-", 5) == 0;

    snprintf(purpose, 48, "%s-%s%s%s%.20s", verb, padding, encoding->digest[0] == '\0' ? "" : "-", newer ? "sha" : "",
             encoding->digest + (newer ? 5 : 0));
    for (char *at = purpose; *at != '\0'; at++)
        *at = (char)tolower((unsigned char)*at);
}

/* What the default provider would use, -1 where it would refuse; it knew what the key demands when it was set. */
static int salt_octets(const struct signing *signing, int salt, int hash_length)
{
    int most = (int)rsa_key_size(signing->key) - hash_length - 2;

    if (salt == RSA_PSS_SALTLEN_DIGEST)
        salt = hash_length;
    else if (salt == RSA_PSS_SALTLEN_AUTO || salt == RSA_PSS_SALTLEN_MAX)
        salt = most;
    else if (salt == -4) /* RSA_PSS_SALTLEN_AUTO_DIGEST_MAX of 3.1 and later */
        salt = hash_length < most ? hash_length : most;
    return salt <= most ? salt : -1;
}

static int encode_pss_message(struct signing *signing, const struct encoding *encoding, const uint8_t *hash,
                             size_t length, uint8_t *encoded)
{
    OSSL_LIB_CTX *library = signing->provider->software;
    EVP_MD *digest = signing_fetch_digest(signing, encoding->digest);
    EVP_MD *mask_digest = signing_fetch_digest(signing, encoding->mask_digest);
    int salt, ok = 0;

    if (digest != NULL && mask_digest != NULL && length == (size_t)EVP_MD_get_size(digest)) {
        salt = salt_octets(signing, encoding->salt, (int)length);
        ok = salt >= 0 && encode_pss(library, digest, mask_digest, (size_t)salt, hash, encoded,
                                     rsa_key_size(signing->key));
    }
    EVP_MD_free(digest);
    EVP_MD_free(mask_digest);
    return ok;
}

static int encode(struct signing *signing, const struct encoding *encoding, const uint8_t *hash, size_t length,
                  uint8_t *encoded)
{
    int ok = 0;

    ERR_set_mark();
    if (encoding->padding == RSA_PKCS1_PADDING)
        ok = encode_pkcs1_sign(encoding->digest, hash, length, encoded, rsa_key_size(signing->key));
    else if (encoding->padding == RSA_PKCS1_PSS_PADDING)
        ok = encode_pss_message(signing, encoding, hash, length, encoded);
    ERR_pop_to_mark();
    return ok;
}

/* A message is encoded, and a salt drawn for it, once there is a card: without one the application's generator gives software
 * just what it gives the default provider alone. */
struct signature_work {
    struct private_work private; /* first: all but prepare take it for their context */
    int (*prepare)(void *context, struct session *session);
    struct signing *signing;
    const struct encoding *encoding;
    const uint8_t *hash;
    size_t length;
    uint8_t encoded[RSA_MAX_OCTETS];
    int unencodable;
};

static int prepare(void *context, struct session *session)
{
    struct signature_work *work = context;

    work->unencodable = !encode(work->signing, work->encoding, work->hash, work->length, work->encoded);
    return work->unencodable ? -EINVAL : work->prepare(context, session);
}

/* The card's signature, or 0 with operation's reason set. */
static int sign_on_card(struct signing *signing, struct operation *operation, const struct encoding *encoding,
                        const uint8_t *hash, size_t length, uint8_t *signature)
{
    struct signature_work work = {.signing = signing, .encoding = encoding, .hash = hash, .length = length,
                                  .private = {.key = signing->key, .input = work.encoded}};
    struct offload_work offload_work = rsa_private_work(&work.private, signature);
    int ok;

    work.prepare = offload_work.prepare;
    offload_work.prepare = prepare;
    ok = offload_run(signing->provider->offload, operation, &offload_work);
    if (work.unencodable)
        offload_refuse(operation, UNSUPPORTED_PADDING);
    OPENSSL_cleanse(work.encoded, sizeof work.encoded);
    return ok;
}

/* What nobody asks for is not looked up. */
static void begin(struct signing *signing, struct operation *operation, struct encoding *encoding, size_t room)
{
    struct offload *offload = signing->provider->offload;

    rsa_key_begin(signing->key, operation, "sign");
    if (signing_is_direct(signing))
        offload_refuse(operation, signing->reason);
    if (!offload_possible(offload, operation) && !offload_traces(offload))
        return;
    if (!operation->refused && !signing_is_ready(signing, room))
        offload_refuse(operation, UNSUPPORTED_USE);
    if (!read_encoding(signing, encoding))
        offload_refuse(operation, UNSUPPORTED_PADDING);
    name_purpose(operation->text, "sign", encoding);
    operation->purpose = operation->text;
}

static int rsa_sign(void *data, unsigned char *signature, size_t *signature_length, size_t room,
                    const unsigned char *hash, size_t length)
{
    struct signing *signing = data;
    uint8_t answer[RSA_MAX_OCTETS];
    struct operation operation;
    struct encoding encoding;
    int result = 1;

    if (signing->software == NULL)
        return 0;
    if (signature == NULL)
        return signing->functions->sign(signing->software, NULL, signature_length, room, hash, length);
    begin(signing, &operation, &encoding, room);
    if (sign_on_card(signing, &operation, &encoding, hash, length, answer)) {
        *signature_length = rsa_key_size(signing->key);
        memcpy(signature, answer, *signature_length);
        signing->is_behind = signing->of_messages;
    } else {
        result = signing_in_software(signing, signature, signature_length, room, hash, length);
    }
    offload_end(signing->provider->offload, &operation);
    return result;
}

/* Public operations are counted and traced, and always software. */
static void note_public(struct signing *signing, const char *verb)
{
    const struct rsa_key *key = signing->key;
    struct operation operation;
    struct encoding encoding;
    char purpose[48] = "", name[32] = "";

    if (offload_traces(signing->provider->offload) && read_encoding(signing, &encoding))
        name_purpose(purpose, verb, &encoding);
    snprintf(name, sizeof name, "RSA-%u public", key->bits);
    offload_begin(&operation, CLASS_RSA, key->bits / 1024, name, purpose);
    offload_refuse(&operation, PUBLIC_OPERATION);
    offload_end(signing->provider->offload, &operation);
}

static int rsa_verify(void *data, const unsigned char *signature, size_t signature_length, const unsigned char *hash,
                      size_t length)
{
    struct signing *signing = data;

    if (signing->software == NULL)
        return 0;
    note_public(signing, "verify");
    return signing_verify_in_software(signing, signature, signature_length, hash, length);
}

static int rsa_verify_recover(void *data, unsigned char *out, size_t *out_length, size_t room,
                              const unsigned char *signature, size_t length)
{
    struct signing *signing = data;

    if (signing->software == NULL)
        return 0;
    if (out != NULL)
        note_public(signing, "recover");
    return signing->functions->verify_recover(signing->software, out, out_length, room, signature, length);
}

static const struct signing_kind rsa_kind = {
    SIGNING_RSA, hold, drop, prototypes, inner, refusal, rsa_sign, rsa_verify,
};

static void *rsa_newctx(void *provider, const char *properties)
{
    return signing_new(&rsa_kind, provider, properties);
}

static const OSSL_PARAM *rsa_gettable_ctx_params(void *data, void *provider)
{
    return signing_gettable(&rsa_kind, data, provider);
}

static const OSSL_PARAM *rsa_settable_ctx_params(void *data, void *provider)
{
    return signing_settable(&rsa_kind, data, provider);
}

const OSSL_DISPATCH rsa_signature_functions[] = {
    SIGNING_FUNCTIONS,
    {OSSL_FUNC_SIGNATURE_NEWCTX, (function)rsa_newctx},
    {OSSL_FUNC_SIGNATURE_SIGN, (function)rsa_sign},
    {OSSL_FUNC_SIGNATURE_VERIFY, (function)rsa_verify},
    {OSSL_FUNC_SIGNATURE_VERIFY_RECOVER_INIT, (function)rsa_verify_recover_init},
    {OSSL_FUNC_SIGNATURE_VERIFY_RECOVER, (function)rsa_verify_recover},
    {OSSL_FUNC_SIGNATURE_GETTABLE_CTX_PARAMS, (function)rsa_gettable_ctx_params},
    {OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, (function)rsa_settable_ctx_params},
    {0, NULL},
};
