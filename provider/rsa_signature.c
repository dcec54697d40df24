/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures with RSA keys.
 *
 * Each context holds one of the default provider's (software), to which all parameters go and which
 * knows them all: padding, digests, salt length, restrictions of RSA-PSS keys, algorithm identifier. For a
 * signature on the card they are read back from it, the message is encoded here, and the card raises
 * it to d. Whatever is unusual in them is software's, which then also raises its own errors.
 */
#include "provider/rsa_key.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/proverr.h>
#include <openssl/rsa.h>

#include "provider/padding.h"

#define NAME_SIZE 64 /* of a digest */

typedef int init_function(EVP_PKEY_CTX *context);

struct signing {
    struct provider *provider;
    char *properties; /* for fetching digests */
    struct rsa_key *key;
    EVP_PKEY_CTX *software;
    /* while a digest is computed by us: */
    char digest_name[NAME_SIZE];
    EVP_MD *digest;
    EVP_MD_CTX *hashing;
};

static void *rsa_newctx(void *provider, const char *properties)
{
    struct signing *signing = OPENSSL_zalloc(sizeof *signing);

    if (signing == NULL)
        return NULL;
    signing->provider = provider;
    if (properties != NULL && (signing->properties = OPENSSL_strdup(properties)) == NULL) {
        OPENSSL_free(signing);
        return NULL;
    }
    return signing;
}

static void forget_digest(struct signing *signing)
{
    EVP_MD_CTX_free(signing->hashing);
    EVP_MD_free(signing->digest);
    signing->hashing = NULL;
    signing->digest = NULL;
}

static void rsa_freectx(void *data)
{
    struct signing *signing = data;

    if (signing == NULL)
        return;
    forget_digest(signing);
    EVP_PKEY_CTX_free(signing->software);
    rsa_key_free(signing->key);
    OPENSSL_free(signing->properties);
    OPENSSL_free(signing);
}

/* What of a context is made anew for its copy; the rest is copied as it stands. */
static int copy_parts(struct signing *copy, const struct signing *from)
{
    if (from->properties != NULL && (copy->properties = OPENSSL_strdup(from->properties)) == NULL)
        return 0;
    if (from->software != NULL && (copy->software = EVP_PKEY_CTX_dup(from->software)) == NULL)
        return 0;
    if (from->hashing != NULL &&
        ((copy->hashing = EVP_MD_CTX_new()) == NULL || !EVP_MD_CTX_copy_ex(copy->hashing, from->hashing)))
        return 0;
    if (from->digest != NULL && !EVP_MD_up_ref(from->digest))
        return 0;
    copy->digest = from->digest;
    return 1;
}

static void *rsa_dupctx(void *data)
{
    const struct signing *from = data;
    struct signing *copy = OPENSSL_zalloc(sizeof *copy);

    if (copy == NULL)
        return NULL;
    copy->provider = from->provider;
    copy->key = from->key == NULL ? NULL : rsa_key_hold(from->key);
    memcpy(copy->digest_name, from->digest_name, sizeof copy->digest_name);
    if (copy_parts(copy, from))
        return copy;
    rsa_freectx(copy);
    return NULL;
}

/* The digest with the context's properties, as the default provider fetches it; or, where those ask for us
 * and so for no digest at all, that of software. NULL raises nothing. */
static EVP_MD *fetch_digest(const struct signing *signing, const char *name, const char **properties)
{
    EVP_MD *digest;

    *properties = signing->properties == NULL ? "" : signing->properties;
    ERR_set_mark();
    digest = EVP_MD_fetch(signing->provider->software, name, *properties);
    if (digest != NULL) {
        ERR_pop_to_mark();
        return digest;
    }
    *properties = SOFTWARE_PROPERTIES;
    digest = EVP_MD_fetch(signing->provider->software, name, *properties);
    ERR_pop_to_mark();
    return digest;
}

/* A digest named without properties gets the context's. */
static int set_software_params(struct signing *signing, const OSSL_PARAM params[])
{
    const OSSL_PARAM *digest = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_DIGEST);
    OSSL_PARAM chosen[] = {OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()};
    const char *properties;
    OSSL_PARAM *all;
    EVP_MD *found;
    int ok;

    if (digest == NULL || digest->data_type != OSSL_PARAM_UTF8_STRING ||
        OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PROPERTIES) != NULL)
        return EVP_PKEY_CTX_set_params(signing->software, params) > 0;
    found = fetch_digest(signing, digest->data, &properties);
    EVP_MD_free(found);
    if (found == NULL) /* software says so in its own words */
        return EVP_PKEY_CTX_set_params(signing->software, params) > 0;
    chosen[0] = OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PROPERTIES, (char *)properties, 0);
    all = OSSL_PARAM_merge(params, chosen);
    ok = all != NULL && EVP_PKEY_CTX_set_params(signing->software, all) > 0;
    OPENSSL_free(all);
    return ok;
}

/* Begin an operation; without a key it is begun again with the one before. */
static int start(struct signing *signing, void *key, const OSSL_PARAM params[], init_function *init)
{
    EVP_PKEY_CTX *software;

    forget_digest(signing);
    if (key == NULL && signing->key == NULL) {
        RAISE(signing->provider, REASON_NO_KEY, "tlscard: a signature without a key");
        return 0;
    }
    software = rsa_key_context(key == NULL ? signing->key : key);
    if (software == NULL || init(software) <= 0) {
        EVP_PKEY_CTX_free(software);
        return 0;
    }
    EVP_PKEY_CTX_free(signing->software);
    signing->software = software;
    if (key != NULL) {
        rsa_key_free(signing->key);
        signing->key = rsa_key_hold(key);
    }
    return params == NULL || set_software_params(signing, params);
}

static int rsa_sign_init(void *data, void *key, const OSSL_PARAM params[])
{
    return start(data, key, params, EVP_PKEY_sign_init);
}

static int rsa_verify_init(void *data, void *key, const OSSL_PARAM params[])
{
    return start(data, key, params, EVP_PKEY_verify_init);
}

static int rsa_verify_recover_init(void *data, void *key, const OSSL_PARAM params[])
{
    return start(data, key, params, EVP_PKEY_verify_recover_init);
}

/* What decides the encoding, as the software context has it. */
struct encoding {
    int padding, salt;
    char digest[NAME_SIZE], mask_digest[NAME_SIZE];
};

static int read_encoding(struct signing *signing, struct encoding *encoding)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_PAD_MODE, &encoding->padding),
        OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, &encoding->salt),
        OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, encoding->digest, NAME_SIZE),
        OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, encoding->mask_digest, NAME_SIZE),
        OSSL_PARAM_construct_end(),
    };
    int ok;

    memset(encoding, 0, sizeof *encoding);
    ERR_set_mark();
    ok = EVP_PKEY_CTX_get_params(signing->software, params) > 0;
    ERR_pop_to_mark();
    return ok;
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
    const char *properties;
    EVP_MD *digest = fetch_digest(signing, encoding->digest, &properties);
    EVP_MD *mask_digest = fetch_digest(signing, encoding->mask_digest, &properties);
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

/* The card's signature of what has been encoded, or 0 with operation's reason set. */
static int sign_on_card(struct signing *signing, struct operation *operation, const struct encoding *encoding,
                        const uint8_t *hash, size_t length, uint8_t *signature)
{
    uint8_t encoded[RSA_MAX_OCTETS];
    int ok = 0;

    if (!offload_possible(signing->provider->offload, operation))
        return 0;
    if (encode(signing, encoding, hash, length, encoded))
        ok = rsa_key_private(signing->key, operation, encoded, signature);
    else
        offload_refuse(operation, UNSUPPORTED_PADDING);
    OPENSSL_cleanse(encoded, sizeof encoded);
    return ok;
}

/* What nobody asks for is not looked up. */
static void begin(struct signing *signing, struct operation *operation, struct encoding *encoding, size_t room)
{
    struct offload *offload = signing->provider->offload;
    char purpose[48];

    rsa_key_begin(signing->key, operation, "sign");
    if (room < rsa_key_size(signing->key))
        offload_refuse(operation, UNSUPPORTED_KEY);
    if (!offload_possible(offload, operation) && !offload_traces(offload))
        return;
    if (!read_encoding(signing, encoding))
        offload_refuse(operation, UNSUPPORTED_PADDING);
    name_purpose(purpose, "sign", encoding);
    OPENSSL_strlcpy(operation->purpose, purpose, sizeof operation->purpose);
}

static int sign_hash(struct signing *signing, unsigned char *signature, size_t *signature_length, size_t room,
                     const uint8_t *hash, size_t length)
{
    uint8_t result[RSA_MAX_OCTETS];
    struct operation operation;
    struct encoding encoding;
    int ok;

    begin(signing, &operation, &encoding, room);
    ok = sign_on_card(signing, &operation, &encoding, hash, length, result);
    if (ok) {
        *signature_length = rsa_key_size(signing->key);
        memcpy(signature, result, *signature_length);
    } else {
        *signature_length = room;
        ok = EVP_PKEY_sign(signing->software, signature, signature_length, hash, length) > 0;
    }
    offload_end(signing->provider->offload, &operation);
    return ok;
}

static int signature_size(struct signing *signing, size_t *length)
{
    *length = rsa_key_size(signing->key);
    return 1;
}

static int rsa_sign(void *data, unsigned char *signature, size_t *signature_length, size_t room,
                    const unsigned char *hash, size_t length)
{
    struct signing *signing = data;

    if (signing->software == NULL)
        return 0;
    if (signature == NULL)
        return signature_size(signing, signature_length);
    return sign_hash(signing, signature, signature_length, room, hash, length);
}

/* Public operations are counted and traced, and always software. */
static void note_public(struct signing *signing, const char *verb)
{
    struct operation operation;
    struct encoding encoding;
    char purpose[48] = "", name[32] = "";

    if (offload_traces(signing->provider->offload) && read_encoding(signing, &encoding))
        name_purpose(purpose, verb, &encoding);
    snprintf(name, sizeof name, "RSA-%u public", signing->key->bits);
    offload_begin(&operation, CLASS_RSA, signing->key->bits / 1024, name, purpose);
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
    return EVP_PKEY_verify(signing->software, signature, signature_length, hash, length) > 0;
}

static int rsa_verify_recover(void *data, unsigned char *out, size_t *out_length, size_t room,
                              const unsigned char *signature, size_t length)
{
    struct signing *signing = data;

    if (signing->software == NULL)
        return 0;
    if (out != NULL) {
        note_public(signing, "recover");
        *out_length = room;
    }
    return EVP_PKEY_verify_recover(signing->software, out, out_length, signature, length) > 0;
}

static int set_digest(struct signing *signing, const char *name)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, (char *)name, 0),
        OSSL_PARAM_construct_end(),
    };

    return set_software_params(signing, params);
}

/* A name given replaces the digest; without one the one before, or the key's own, stays. */
static int choose_digest(struct signing *signing, const char *name)
{
    struct encoding encoding;

    if (name != NULL && name[0] != '\0')
        OPENSSL_strlcpy(signing->digest_name, name, sizeof signing->digest_name);
    if (signing->digest_name[0] != '\0')
        return set_digest(signing, signing->digest_name);
    if (!read_encoding(signing, &encoding) || encoding.digest[0] == '\0')
        return 0;
    OPENSSL_strlcpy(signing->digest_name, encoding.digest, sizeof signing->digest_name);
    return 1;
}

static int start_digest(struct signing *signing, const char *name, void *key, const OSSL_PARAM params[],
                        init_function *init)
{
    const char *properties;

    if (!start(signing, key, NULL, init) || !choose_digest(signing, name) ||
        (params != NULL && !set_software_params(signing, params)))
        return 0;
    signing->digest = fetch_digest(signing, signing->digest_name, &properties);
    signing->hashing = EVP_MD_CTX_new();
    return signing->digest != NULL && signing->hashing != NULL &&
           EVP_DigestInit_ex2(signing->hashing, signing->digest, params) > 0;
}

static int rsa_digest_sign_init(void *data, const char *digest, void *key, const OSSL_PARAM params[])
{
    return start_digest(data, digest, key, params, EVP_PKEY_sign_init);
}

static int rsa_digest_verify_init(void *data, const char *digest, void *key, const OSSL_PARAM params[])
{
    return start_digest(data, digest, key, params, EVP_PKEY_verify_init);
}

static int rsa_digest_update(void *data, const unsigned char *message, size_t length)
{
    struct signing *signing = data;

    return signing->hashing != NULL && EVP_DigestUpdate(signing->hashing, message, length);
}

static int finish_digest(struct signing *signing, uint8_t hash[EVP_MAX_MD_SIZE], unsigned *length)
{
    return signing->hashing != NULL && EVP_DigestFinal_ex(signing->hashing, hash, length);
}

static int rsa_digest_sign_final(void *data, unsigned char *signature, size_t *signature_length, size_t room)
{
    struct signing *signing = data;
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    if (signing->software == NULL)
        return 0;
    if (signature == NULL)
        return signature_size(signing, signature_length);
    return finish_digest(signing, hash, &length) &&
           sign_hash(signing, signature, signature_length, room, hash, length);
}

static int rsa_digest_sign(void *data, unsigned char *signature, size_t *signature_length, size_t room,
                           const unsigned char *message, size_t length)
{
    if (signature != NULL && !rsa_digest_update(data, message, length))
        return 0;
    return rsa_digest_sign_final(data, signature, signature_length, room);
}

static int rsa_digest_verify_final(void *data, const unsigned char *signature, size_t signature_length)
{
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    return finish_digest(data, hash, &length) && rsa_verify(data, signature, signature_length, hash, length);
}

static int rsa_digest_verify(void *data, const unsigned char *signature, size_t signature_length,
                             const unsigned char *message, size_t length)
{
    return rsa_digest_update(data, message, length) && rsa_digest_verify_final(data, signature, signature_length);
}

static int rsa_get_ctx_params(void *data, OSSL_PARAM params[])
{
    struct signing *signing = data;

    return signing->software != NULL && EVP_PKEY_CTX_get_params(signing->software, params) > 0;
}

static int rsa_set_ctx_params(void *data, const OSSL_PARAM params[])
{
    struct signing *signing = data;
    const OSSL_PARAM *digest;

    if (params == NULL)
        return 1;
    if (signing->software == NULL)
        return 0;
    digest = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_DIGEST);
    if (digest != NULL && signing->hashing != NULL &&
        (digest->data_type != OSSL_PARAM_UTF8_STRING || !EVP_MD_is_a(signing->digest, digest->data))) {
        ERR_raise(ERR_LIB_PROV, PROV_R_DIGEST_NOT_ALLOWED);
        return 0;
    }
    return set_software_params(signing, params);
}

static const OSSL_PARAM *table(struct provider *provider, const OSSL_PARAM *(*of)(const EVP_SIGNATURE *method))
{
    EVP_SIGNATURE *method = EVP_SIGNATURE_fetch(provider->software, "RSA", SOFTWARE_PROPERTIES);
    const OSSL_PARAM *found = method == NULL ? NULL : of(method);

    EVP_SIGNATURE_free(method);
    return found;
}

static const OSSL_PARAM *rsa_gettable_ctx_params(void *data, void *provider)
{
    (void)data;
    return table(provider, EVP_SIGNATURE_gettable_ctx_params);
}

/* What may still be set once the digest has begun. */
static const OSSL_PARAM settable_without_digest[] = {
    OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
    OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_DIGEST, NULL, 0),
    OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_MGF1_PROPERTIES, NULL, 0),
    OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
    OSSL_PARAM_END,
};

static const OSSL_PARAM *rsa_settable_ctx_params(void *data, void *provider)
{
    const struct signing *signing = data;

    if (signing != NULL && signing->hashing != NULL)
        return settable_without_digest;
    return table(provider, EVP_SIGNATURE_settable_ctx_params);
}

static int rsa_get_ctx_md_params(void *data, OSSL_PARAM params[])
{
    struct signing *signing = data;

    return signing->hashing != NULL && EVP_MD_CTX_get_params(signing->hashing, params);
}

static int rsa_set_ctx_md_params(void *data, const OSSL_PARAM params[])
{
    struct signing *signing = data;

    return signing->hashing != NULL && EVP_MD_CTX_set_params(signing->hashing, params);
}

static const OSSL_PARAM *rsa_gettable_ctx_md_params(void *data)
{
    struct signing *signing = data;

    return signing->digest == NULL ? NULL : EVP_MD_gettable_ctx_params(signing->digest);
}

static const OSSL_PARAM *rsa_settable_ctx_md_params(void *data)
{
    struct signing *signing = data;

    return signing->digest == NULL ? NULL : EVP_MD_settable_ctx_params(signing->digest);
}

const OSSL_DISPATCH rsa_signature_functions[] = {
    {OSSL_FUNC_SIGNATURE_NEWCTX, (function)rsa_newctx},
    {OSSL_FUNC_SIGNATURE_FREECTX, (function)rsa_freectx},
    {OSSL_FUNC_SIGNATURE_DUPCTX, (function)rsa_dupctx},
    {OSSL_FUNC_SIGNATURE_SIGN_INIT, (function)rsa_sign_init},
    {OSSL_FUNC_SIGNATURE_SIGN, (function)rsa_sign},
    {OSSL_FUNC_SIGNATURE_VERIFY_INIT, (function)rsa_verify_init},
    {OSSL_FUNC_SIGNATURE_VERIFY, (function)rsa_verify},
    {OSSL_FUNC_SIGNATURE_VERIFY_RECOVER_INIT, (function)rsa_verify_recover_init},
    {OSSL_FUNC_SIGNATURE_VERIFY_RECOVER, (function)rsa_verify_recover},
    {OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, (function)rsa_digest_sign_init},
    {OSSL_FUNC_SIGNATURE_DIGEST_SIGN_UPDATE, (function)rsa_digest_update},
    {OSSL_FUNC_SIGNATURE_DIGEST_SIGN_FINAL, (function)rsa_digest_sign_final},
    {OSSL_FUNC_SIGNATURE_DIGEST_SIGN, (function)rsa_digest_sign},
    {OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_INIT, (function)rsa_digest_verify_init},
    {OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_UPDATE, (function)rsa_digest_update},
    {OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_FINAL, (function)rsa_digest_verify_final},
    {OSSL_FUNC_SIGNATURE_DIGEST_VERIFY, (function)rsa_digest_verify},
    {OSSL_FUNC_SIGNATURE_GET_CTX_PARAMS, (function)rsa_get_ctx_params},
    {OSSL_FUNC_SIGNATURE_GETTABLE_CTX_PARAMS, (function)rsa_gettable_ctx_params},
    {OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, (function)rsa_set_ctx_params},
    {OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, (function)rsa_settable_ctx_params},
    {OSSL_FUNC_SIGNATURE_GET_CTX_MD_PARAMS, (function)rsa_get_ctx_md_params},
    {OSSL_FUNC_SIGNATURE_GETTABLE_CTX_MD_PARAMS, (function)rsa_gettable_ctx_md_params},
    {OSSL_FUNC_SIGNATURE_SET_CTX_MD_PARAMS, (function)rsa_set_ctx_md_params},
    {OSSL_FUNC_SIGNATURE_SETTABLE_CTX_MD_PARAMS, (function)rsa_settable_ctx_md_params},
    {0, NULL},
};
