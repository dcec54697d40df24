/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ECDSA signatures.
 *
 * Each context holds one of the default provider's (software), to which all parameters go and which
 * knows them all (signing.c). The message is hashed here, and the card signs the digest with a nonce that is
 * drawn here; whatever is unusual is software's, which then also raises its own errors.
 */
#include "provider/ec_key.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include "provider/signing.h"

#define MOST_NONCES 3  /* for one signature: one in 2^255 gives r or s of zero */

#ifndef OSSL_SIGNATURE_PARAM_NONCE_TYPE /* of 3.2 and later */
#define OSSL_SIGNATURE_PARAM_NONCE_TYPE "nonce-type"
#endif

/* A digest of another length than was announced is refused by software, and it knows nonces other than random ones. */
static int is_usual(struct signing *signing, size_t length)
{
    size_t announced = 0;
    unsigned nonce_type = 0;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_size_t(OSSL_SIGNATURE_PARAM_DIGEST_SIZE, &announced),
        OSSL_PARAM_construct_uint(OSSL_SIGNATURE_PARAM_NONCE_TYPE, &nonce_type),
        OSSL_PARAM_construct_end(),
    };
    int ok;

    ERR_set_mark();
    ok = EVP_PKEY_CTX_get_params(signing->software, params) > 0;
    ERR_pop_to_mark();
    return ok && length != 0 && (announced == 0 || announced == length) && nonce_type == 0;
}

/* A nonce below the order. Random numbers are hashed with key and digest, so that not even a broken generator
 * uses the same nonce for two digests; libcrypto's own signatures draw theirs by the same call. */
static int draw_nonce(const struct signing *signing, const uint8_t *digest, size_t length, uint8_t *nonce)
{
    const struct ec_key *key = signing->key;
    size_t size = ec_octets(key->curve);
    BN_CTX *context = BN_CTX_secure_new_ex(signing->provider->software);
    BIGNUM *number = BN_secure_new(), *scalar = BN_secure_new();
    int ok = context != NULL && number != NULL && scalar != NULL &&
             BN_bin2bn(key->scalar, (int)size, scalar) != NULL;

    while (ok && BN_is_zero(number))
        ok = BN_generate_dsa_nonce(number, EC_GROUP_get0_order(signing->provider->groups[key->curve]), scalar, digest,
                                   length, context);
    ok = ok && BN_bn2binpad(number, nonce, (int)size) >= 0;
    BN_clear_free(number);
    BN_clear_free(scalar);
    BN_CTX_free(context);
    return ok;
}

static int sign_on_card(struct signing *signing, struct operation *operation, const uint8_t *digest, size_t length,
                        uint8_t *signature)
{
    struct ec_key *key = signing->key;
    uint8_t nonce[EC_MAX_OCTETS];
    struct ec_work work = {.provider = signing->provider, .curve = key->curve, .use = EC_SIGN, .scalar = key->scalar};
    int ok = 0;

    work.input = digest;
    work.length = length;
    work.nonce = nonce;
    work.key = key;
    for (int i = 0; !ok && i < MOST_NONCES; i++) {
        if (!draw_nonce(signing, digest, length, nonce)) {
            offload_refuse(operation, UNSUPPORTED_USE);
            break;
        }
        ok = ec_run(&work, operation, signature);
        if (!ok && (operation->reason != CARD_REFUSED || operation->status != TLSCARD_INVALID_RESULT))
            break;
    }
    OPENSSL_cleanse(nonce, sizeof nonce);
    return ok;
}

/* The card's signature encoded, or 0 with operation's reason set. */
static int card_signature(struct signing *signing, struct operation *operation, uint8_t *signature,
                          size_t *signature_length, const uint8_t *digest, size_t length)
{
    const struct ec_key *key = signing->key;
    uint8_t numbers[2 * EC_MAX_OCTETS], *encoded = NULL;
    int encoded_length;

    if (!offload_possible(signing->provider->offload, operation))
        return 0;
    if (!is_usual(signing, length)) {
        offload_refuse(operation, UNSUPPORTED_USE);
        return 0;
    }
    if (!sign_on_card(signing, operation, digest, length, numbers))
        return 0;
    encoded_length = ecdsa_encode(numbers, ec_octets(key->curve), &encoded);
    if (encoded_length == 0) {
        offload_refuse(operation, UNSUPPORTED_USE);
        return 0;
    }
    memcpy(signature, encoded, (size_t)encoded_length);
    *signature_length = (size_t)encoded_length;
    OPENSSL_free(encoded);
    return 1;
}

static int sign_digest(struct signing *signing, uint8_t *signature, size_t *signature_length, size_t room,
                       const uint8_t *digest, size_t length)
{
    struct operation operation;
    int ok;

    ec_key_begin(signing->key, &operation, EC_SIGN);
    if (room < (size_t)EVP_PKEY_get_size(EVP_PKEY_CTX_get0_pkey(signing->software)))
        offload_refuse(&operation, UNSUPPORTED_USE);
    ok = card_signature(signing, &operation, signature, signature_length, digest, length);
    if (!ok) {
        *signature_length = room;
        ok = software_done(EVP_PKEY_sign(signing->software, signature, signature_length, digest, length));
        if (ok)
            offload_contradict(signing->provider->offload, &operation);
    }
    offload_end(signing->provider->offload, &operation);
    return ok;
}

static int signature_size(const struct signing *signing, size_t *length)
{
    int size = EVP_PKEY_get_size(EVP_PKEY_CTX_get0_pkey(signing->software));

    *length = size > 0 ? (size_t)size : 0;
    return size > 0;
}

static int ecdsa_sign(void *data, unsigned char *signature, size_t *signature_length, size_t room,
                      const unsigned char *digest, size_t length)
{
    struct signing *signing = data;

    if (signing->software == NULL)
        return 0;
    if (signature == NULL)
        return signature_size(signing, signature_length);
    return sign_digest(signing, signature, signature_length, room, digest, length);
}

/* A signature that is no ECDSA-Sig-Value in DER is for software to refuse. */
static int verify_on_card(struct signing *signing, struct operation *operation, const uint8_t *signature,
                          size_t signature_length, const uint8_t *digest, size_t length)
{
    const struct ec_key *key = signing->key;
    uint8_t numbers[2 * EC_MAX_OCTETS], nothing[1];
    struct ec_work work = {.provider = signing->provider, .curve = key->curve, .use = EC_VERIFY, .point = key->point};

    if (!offload_possible(signing->provider->offload, operation))
        return 0;
    if (!is_usual(signing, length) ||
        !ecdsa_decode(signature, signature_length, ec_octets(key->curve), numbers)) {
        offload_refuse(operation, UNSUPPORTED_USE);
        return 0;
    }
    work.input = digest;
    work.length = length;
    work.signature = numbers;
    return ec_run(&work, operation, nothing);
}

static int ecdsa_verify(void *data, const unsigned char *signature, size_t signature_length,
                        const unsigned char *digest, size_t length)
{
    struct signing *signing = data;
    struct operation operation;
    int ok;

    if (signing->software == NULL)
        return 0;
    ec_key_begin(signing->key, &operation, EC_VERIFY);
    offload_prefer_host(signing->provider->offload, &operation);
    ok = verify_on_card(signing, &operation, signature, signature_length, digest, length);
    if (!ok) {
        ok = software_done(EVP_PKEY_verify(signing->software, signature, signature_length, digest, length));
        if (ok)
            offload_contradict(signing->provider->offload, &operation);
    }
    offload_end(signing->provider->offload, &operation);
    return ok;
}

static const struct signing_prototype *find_prototype(const struct ec_key *key, const char *name)
{
    const struct signing_prototype *prototype = atomic_load(&key->prototype);

    while (prototype != NULL && OPENSSL_strcasecmp(prototype->digest_name, name) != 0)
        prototype = prototype->next;
    return prototype;
}

/* Begin as an earlier signature by this key with this digest began, at a fraction of the cost; 0 where there was none. */
static int copy_prototype(struct signing *signing, struct ec_key *key, const char *name)
{
    const struct signing_prototype *prototype = find_prototype(key, name);
    EVP_PKEY_CTX *software = prototype == NULL ? NULL : EVP_PKEY_CTX_dup(prototype->software);

    if (software == NULL)
        return 0;
    signing_forget_digest(signing);
    EVP_PKEY_CTX_free(signing->software);
    signing->software = software;
    ec_key_hold(key);
    ec_key_free(signing->key);
    signing->key = key;
    OPENSSL_strlcpy(signing->digest_name, name, sizeof signing->digest_name);
    if (EVP_MD_up_ref(prototype->digest))
        signing->digest = prototype->digest;
    return 1;
}

/* Two threads may keep one of the same name, and applications use few names: no more than these. */
#define MOST_PROTOTYPES 8

static void keep_prototype(const struct signing *signing)
{
    struct ec_key *key = signing->key;
    struct signing_prototype *fresh, *first = atomic_load(&key->prototype);
    unsigned count = 0;

    for (const struct signing_prototype *each = first; each != NULL; each = each->next)
        count++;
    if (count >= MOST_PROTOTYPES || strlen(signing->digest_name) >= sizeof fresh->digest_name ||
        (fresh = OPENSSL_zalloc(sizeof *fresh)) == NULL)
        return;
    OPENSSL_strlcpy(fresh->digest_name, signing->digest_name, sizeof fresh->digest_name);
    fresh->software = EVP_PKEY_CTX_dup(signing->software);
    if (EVP_MD_up_ref(signing->digest))
        fresh->digest = signing->digest;
    fresh->next = first;
    if (fresh->software == NULL || fresh->digest == NULL ||
        !atomic_compare_exchange_strong(&key->prototype, &first, fresh)) {
        fresh->next = NULL;
        signing_prototypes_free(fresh);
    }
}

/* A name given replaces the digest; without one the one before stays. */
static int start_digest(struct signing *signing, const char *name, void *key, const OSSL_PARAM params[],
                        signing_init_function *init)
{
    const char *properties;
    int usual = key != NULL && name != NULL && name[0] != '\0' && params == NULL && signing->properties == NULL &&
                init == EVP_PKEY_sign_init;

    if (usual && copy_prototype(signing, key, name))
        return signing_start_hashing(signing, NULL);
    if (!signing_start(signing, key, NULL, init))
        return 0;
    if (name != NULL && name[0] != '\0')
        OPENSSL_strlcpy(signing->digest_name, name, sizeof signing->digest_name);
    if (signing->digest_name[0] == '\0' || !signing_set_digest(signing, signing->digest_name) ||
        (params != NULL && !signing_set_params(signing, params)))
        return 0;
    signing->digest = signing_fetch_digest(signing, signing->digest_name, &properties);
    if (!signing_start_hashing(signing, params))
        return 0;
    if (usual)
        keep_prototype(signing);
    return 1;
}

static int ecdsa_digest_sign_init(void *data, const char *digest, void *key, const OSSL_PARAM params[])
{
    return start_digest(data, digest, key, params, EVP_PKEY_sign_init);
}

static int ecdsa_digest_verify_init(void *data, const char *digest, void *key, const OSSL_PARAM params[])
{
    return start_digest(data, digest, key, params, EVP_PKEY_verify_init);
}

static void hold(void *key)
{
    ec_key_hold(key);
}

static void drop(void *key)
{
    ec_key_free(key);
}

static EVP_PKEY_CTX *software_context(void *key)
{
    return ec_key_context(key);
}

static const struct signing_kind ecdsa_kind = {
    "ECDSA", hold, drop, software_context, ecdsa_sign, ecdsa_verify,
};

static void *ecdsa_newctx(void *provider, const char *properties)
{
    return signing_new(&ecdsa_kind, provider, properties);
}

static const OSSL_PARAM *ecdsa_gettable_ctx_params(void *data, void *provider)
{
    (void)data;
    return signing_table(&ecdsa_kind, provider, EVP_SIGNATURE_gettable_ctx_params);
}

static const OSSL_PARAM *ecdsa_settable_ctx_params(void *data, void *provider)
{
    (void)data;
    return signing_table(&ecdsa_kind, provider, EVP_SIGNATURE_settable_ctx_params);
}

const OSSL_DISPATCH ecdsa_signature_functions[] = {
    SIGNING_FUNCTIONS,
    {OSSL_FUNC_SIGNATURE_NEWCTX, (function)ecdsa_newctx},
    {OSSL_FUNC_SIGNATURE_SIGN, (function)ecdsa_sign},
    {OSSL_FUNC_SIGNATURE_VERIFY, (function)ecdsa_verify},
    {OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, (function)ecdsa_digest_sign_init},
    {OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_INIT, (function)ecdsa_digest_verify_init},
    {OSSL_FUNC_SIGNATURE_GETTABLE_CTX_PARAMS, (function)ecdsa_gettable_ctx_params},
    {OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, (function)ecdsa_settable_ctx_params},
    {0, NULL},
};
