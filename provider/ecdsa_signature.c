/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ECDSA signatures.
 *
 * Contexts are those of signing.c. The card signs the digest with a nonce that is drawn here; whatever is unusual is
 * software's, which then also raises its own errors.
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

    return signing_read_params(signing, params) && length != 0 && (announced == 0 || announced == length) && nonce_type == 0;
}

/* A nonce below the order. Random numbers are hashed with key and digest, so that not even a broken generator
 * uses the same nonce for two digests; libcrypto's own signatures draw theirs by the same call. */
static int draw_nonce(struct ec_work *work)
{
    const BIGNUM *order = EC_GROUP_get0_order(work->provider->groups[work->curve]);
    size_t size = ec_octets(work->curve);
    BN_CTX *context = BN_CTX_secure_new_ex(work->provider->software);
    BIGNUM *number = BN_secure_new(), *scalar = BN_secure_new();
    int ok = context != NULL && number != NULL && scalar != NULL &&
             BN_bin2bn(work->scalar, (int)size, scalar) != NULL;

    while (ok && BN_is_zero(number))
        ok = BN_generate_dsa_nonce(number, order, scalar, work->input, work->length, context);
    ok = ok && BN_bn2binpad(number, work->drawn, (int)size) >= 0;
    BN_clear_free(number);
    BN_clear_free(scalar);
    BN_CTX_free(context);
    return ok;
}

static int sign_on_card(struct signing *signing, struct operation *operation, const uint8_t *digest, size_t length,
                        uint8_t *signature)
{
    struct ec_key *key = signing->key;
    uint8_t nonce[EC_MAX_OCTETS], scalar[EC_MAX_OCTETS];
    struct ec_work work = {.provider = signing->provider, .curve = key->curve, .use = EC_SIGN, .scalar = scalar,
                           .draw = draw_nonce, .drawn = nonce};
    int known = ec_key_scalar(key, scalar), ok = 0;

    work.input = digest;
    work.length = length;
    work.nonce = nonce;
    work.key = key;
    if (!known)
        offload_refuse(operation, UNSUPPORTED_USE);
    for (int i = 0; !ok && i < MOST_NONCES; i++) {
        ok = ec_run(&work, operation, signature);
        if (!ok && (operation->reason != CARD_REFUSED || operation->status != TLSCARD_INVALID_RESULT))
            break;
    }
    OPENSSL_cleanse(nonce, sizeof nonce);
    OPENSSL_cleanse(scalar, sizeof scalar);
    return ok;
}

/* The card's signature encoded, or 0 with operation's reason set. */
static int card_signature(struct signing *signing, struct operation *operation, uint8_t *signature,
                          size_t *signature_length, size_t room, const uint8_t *digest, size_t length)
{
    const struct ec_key *key = signing->key;
    uint8_t numbers[2 * EC_MAX_OCTETS], *encoded = NULL;
    int encoded_length;

    if (!offload_possible(signing->provider->offload, operation))
        return 0;
    if (!signing_is_ready(signing, room) || !is_usual(signing, length)) {
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

/* Begin an operation, which for a context that is direct is known not to be the card's. */
static void begin(const struct signing *signing, struct operation *operation, enum ec_use use)
{
    ec_key_begin(signing->key, operation, use);
    if (signing_is_direct(signing))
        offload_refuse(operation, signing->reason);
}

static int ecdsa_sign(void *data, unsigned char *signature, size_t *signature_length, size_t room,
                      const unsigned char *digest, size_t length)
{
    struct signing *signing = data;
    struct operation operation;
    int result = 1;

    if (signing->software == NULL)
        return 0;
    if (signature == NULL)
        return signing->functions->sign(signing->software, NULL, signature_length, room, digest, length);
    begin(signing, &operation, EC_SIGN);
    if (card_signature(signing, &operation, signature, signature_length, room, digest, length)) {
        signing->is_behind = signing->of_messages;
    } else {
        result = signing_in_software(signing, signature, signature_length, room, digest, length);
        if (result > 0)
            offload_contradict(signing->provider->offload, &operation);
    }
    offload_end(signing->provider->offload, &operation);
    return result;
}

/* A signature that is no ECDSA-Sig-Value in DER is for software to refuse. */
static int verify_on_card(struct signing *signing, struct operation *operation, const uint8_t *signature,
                          size_t signature_length, const uint8_t *digest, size_t length)
{
    const struct ec_key *key = signing->key;
    uint8_t numbers[2 * EC_MAX_OCTETS], point[2 * EC_MAX_OCTETS], nothing[1];
    struct ec_work work = {.provider = signing->provider, .curve = key->curve, .use = EC_VERIFY, .point = point};

    if (!offload_possible(signing->provider->offload, operation))
        return 0;
    if (!is_usual(signing, length) || !ec_key_point(key, point) ||
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
    int result = 1;

    if (signing->software == NULL)
        return 0;
    begin(signing, &operation, EC_VERIFY);
    offload_prefer_host(signing->provider->offload, &operation);
    if (verify_on_card(signing, &operation, signature, signature_length, digest, length)) {
        signing->is_behind = signing->of_messages;
    } else {
        result = signing_verify_in_software(signing, signature, signature_length, digest, length);
        if (result > 0)
            offload_contradict(signing->provider->offload, &operation);
    }
    offload_end(signing->provider->offload, &operation);
    return result;
}

static void hold(void *key)
{
    ec_key_hold(key);
}

static void drop(void *key)
{
    ec_key_free(key);
}

static signing_prototypes *prototypes(void *data)
{
    struct ec_key *key = data;

    return &key->prototypes;
}

static void *inner(void *key)
{
    return ec_key_inner(key);
}

static enum reason refusal(const void *data, enum signing_use use)
{
    const struct ec_key *key = data;
    struct offload *offload = key->provider->offload;
    struct operation operation;

    ec_key_begin(key, &operation, use == SIGNING_SIGN ? EC_SIGN : EC_VERIFY);
    if (use == SIGNING_VERIFY)
        offload_prefer_host(offload, &operation);
    return offload_possible(offload, &operation) ? ON_CARD : operation.reason;
}

static const struct signing_kind ecdsa_kind = {
    SIGNING_ECDSA, hold, drop, prototypes, inner, refusal, ecdsa_sign, ecdsa_verify,
};

static void *ecdsa_newctx(void *provider, const char *properties)
{
    return signing_new(&ecdsa_kind, provider, properties);
}

static const OSSL_PARAM *ecdsa_gettable_ctx_params(void *data, void *provider)
{
    return signing_gettable(&ecdsa_kind, data, provider);
}

static const OSSL_PARAM *ecdsa_settable_ctx_params(void *data, void *provider)
{
    return signing_settable(&ecdsa_kind, data, provider);
}

const OSSL_DISPATCH ecdsa_signature_functions[] = {
    SIGNING_FUNCTIONS,
    {OSSL_FUNC_SIGNATURE_NEWCTX, (function)ecdsa_newctx},
    {OSSL_FUNC_SIGNATURE_SIGN, (function)ecdsa_sign},
    {OSSL_FUNC_SIGNATURE_VERIFY, (function)ecdsa_verify},
    {OSSL_FUNC_SIGNATURE_GETTABLE_CTX_PARAMS, (function)ecdsa_gettable_ctx_params},
    {OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, (function)ecdsa_settable_ctx_params},
    {0, NULL},
};
