/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key exchange on elliptic curves.
 *
 * Each context holds one of the default provider's (software), to which all parameters go. The card
 * derives the plain shared secret; with a key derivation function or the cofactor everything is software's.
 */
#include "provider/ec_key.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

struct exchange {
    struct provider *provider;
    const struct ec_software *functions;
    void *software;
    struct ec_key *key, *peer;
};

static void exchange_freectx(void *data)
{
    struct exchange *exchange = data;

    if (exchange == NULL)
        return;
    exchange->functions->exchange_freectx(exchange->software);
    ec_key_free(exchange->key);
    ec_key_free(exchange->peer);
    OPENSSL_free(exchange);
}

static struct exchange *exchange_new(struct provider *provider, enum ec_type type)
{
    const struct ec_software *functions = ec_software_of(provider, type);
    struct exchange *exchange;

    if (functions == NULL)
        return NULL;
    if (functions->exchange_newctx == NULL || functions->exchange_freectx == NULL ||
        functions->exchange_init == NULL || functions->exchange_derive == NULL) {
        software_is_missing(provider, type == EC_TYPE_EC ? "ECDH" : "X25519 key exchange");
        return NULL;
    }
    exchange = OPENSSL_zalloc(sizeof *exchange);
    if (exchange == NULL)
        return NULL;
    exchange->provider = provider;
    exchange->functions = functions;
    exchange->software = functions->exchange_newctx(functions->provider_context);
    if (exchange->software != NULL)
        return exchange;
    OPENSSL_free(exchange);
    return NULL;
}

static void *ecdh_newctx(void *provider)
{
    return exchange_new(provider, EC_TYPE_EC);
}

static void *x25519_newctx(void *provider)
{
    return exchange_new(provider, EC_TYPE_X25519);
}

static void *exchange_dupctx(void *data)
{
    const struct exchange *from = data;
    struct exchange *copy;

    if (from->functions->exchange_dupctx == NULL || (copy = OPENSSL_memdup(from, sizeof *from)) == NULL)
        return NULL;
    copy->software = from->functions->exchange_dupctx(from->software);
    if (copy->software == NULL) {
        OPENSSL_free(copy);
        return NULL;
    }
    if (copy->key != NULL)
        ec_key_hold(copy->key);
    if (copy->peer != NULL)
        ec_key_hold(copy->peer);
    return copy;
}

static int exchange_init(void *data, void *key, const OSSL_PARAM params[])
{
    struct exchange *exchange = data;
    struct ec_key *ours = key;

    if (!exchange->functions->exchange_init(exchange->software, ours == NULL ? NULL : ours->inner, params) ||
        ours == NULL)
        return 0;
    ec_key_hold(ours);
    ec_key_free(exchange->key);
    ec_key_free(exchange->peer);
    exchange->key = ours;
    exchange->peer = NULL;
    return 1;
}

/* libcrypto has had the peer's key validated by now, unless the application chose otherwise. */
static int exchange_set_peer(void *data, void *key)
{
    struct exchange *exchange = data;
    struct ec_key *peer = key;

    if (exchange->functions->exchange_set_peer == NULL ||
        !exchange->functions->exchange_set_peer(exchange->software, peer == NULL ? NULL : peer->inner) || peer == NULL)
        return 0;
    ec_key_hold(peer);
    ec_key_free(exchange->peer);
    exchange->peer = peer;
    return 1;
}

static int is_plain(const struct exchange *exchange)
{
    char function_name[64] = "";
    int cofactor = -1;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_int(OSSL_EXCHANGE_PARAM_EC_ECDH_COFACTOR_MODE, &cofactor),
        OSSL_PARAM_construct_utf8_string(OSSL_EXCHANGE_PARAM_KDF_TYPE, function_name, sizeof function_name),
        OSSL_PARAM_construct_end(),
    };
    int ok;

    if (exchange->key->type == EC_TYPE_X25519)
        return 1;
    ERR_set_mark();
    ok = exchange->functions->exchange_get_params != NULL &&
         exchange->functions->exchange_get_params(exchange->software, params);
    ERR_pop_to_mark();
    return ok && cofactor <= 0 && function_name[0] == '\0';
}

/* RFC 7748 section 6.1, in constant time. */
static int is_zero(const uint8_t *octets, size_t length)
{
    uint8_t any = 0;

    for (size_t i = 0; i < length; i++)
        any |= octets[i];
    return any == 0;
}

static int derive_on_card(struct exchange *exchange, struct operation *operation, uint8_t *secret)
{
    const struct ec_key *key = exchange->key, *peer = exchange->peer;
    uint8_t scalar[EC_MAX_OCTETS], theirs[2 * EC_MAX_OCTETS], point[2 * EC_MAX_OCTETS];
    size_t size = ec_octets(key->curve);
    struct ec_work work = {.provider = exchange->provider, .curve = key->curve, .use = EC_DERIVE};
    int ok;

    if (operation->refused)
        return 0;
    work.scalar = scalar;
    work.input = theirs;
    work.length = ec_point_octets(key->curve);
    if (ec_key_scalar(key, scalar) && ec_key_point(peer, theirs)) {
        ok = ec_run(&work, operation, point);
    } else {
        offload_refuse(operation, UNSUPPORTED_KEY);
        ok = 0;
    }
    OPENSSL_cleanse(scalar, sizeof scalar);
    if (ok && key->curve == TLSCARD_EC_X25519 && is_zero(point, size)) {
        operation->reason = CARD_REFUSED; /* software says so to the caller, or proves the card wrong */
        ok = 0;
    }
    if (ok)
        memcpy(secret, point, size);
    OPENSSL_cleanse(point, sizeof point);
    return ok;
}

static void begin(struct exchange *exchange, struct operation *operation, size_t room)
{
    const struct ec_key *key = exchange->key, *peer = exchange->peer;

    ec_key_begin(key, operation, EC_DERIVE);
    if (!offload_possible(exchange->provider->offload, operation))
        return;
    if (peer == NULL || peer->curve != key->curve || !ec_key_has(peer, OSSL_KEYMGMT_SELECT_PUBLIC_KEY))
        offload_refuse(operation, UNSUPPORTED_KEY);
    else if (room < ec_octets(key->curve) || !is_plain(exchange))
        offload_refuse(operation, UNSUPPORTED_USE);
}

static int exchange_derive(void *data, unsigned char *secret, size_t *length, size_t room)
{
    struct exchange *exchange = data;
    struct operation operation;
    int ok;

    if (exchange->key == NULL || secret == NULL)
        return exchange->functions->exchange_derive(exchange->software, secret, length, room);
    begin(exchange, &operation, room);
    ok = derive_on_card(exchange, &operation, secret);
    if (ok) {
        *length = ec_octets(exchange->key->curve);
    } else {
        ok = exchange->functions->exchange_derive(exchange->software, secret, length, room);
        if (ok)
            offload_contradict(exchange->provider->offload, &operation);
    }
    offload_end(exchange->provider->offload, &operation);
    return ok;
}

static int exchange_set_params(void *data, const OSSL_PARAM params[])
{
    struct exchange *exchange = data;

    return exchange->functions->exchange_set_params != NULL &&
           exchange->functions->exchange_set_params(exchange->software, params);
}

static int exchange_get_params(void *data, OSSL_PARAM params[])
{
    struct exchange *exchange = data;

    return exchange->functions->exchange_get_params != NULL &&
           exchange->functions->exchange_get_params(exchange->software, params);
}

static const OSSL_PARAM *gettable(struct provider *provider, enum ec_type type)
{
    const struct ec_software *software = ec_software_of(provider, type);

    return software == NULL || software->exchange_gettable == NULL
               ? NULL
               : software->exchange_gettable(NULL, software->provider_context);
}

static const OSSL_PARAM *settable(struct provider *provider, enum ec_type type)
{
    const struct ec_software *software = ec_software_of(provider, type);

    return software == NULL || software->exchange_settable == NULL
               ? NULL
               : software->exchange_settable(NULL, software->provider_context);
}

static const OSSL_PARAM *ecdh_gettable(void *data, void *provider)
{
    (void)data;
    return gettable(provider, EC_TYPE_EC);
}

static const OSSL_PARAM *x25519_gettable(void *data, void *provider)
{
    (void)data;
    return gettable(provider, EC_TYPE_X25519);
}

static const OSSL_PARAM *ecdh_settable(void *data, void *provider)
{
    (void)data;
    return settable(provider, EC_TYPE_EC);
}

#define COMMON_FUNCTIONS                                                                                          \
    {OSSL_FUNC_KEYEXCH_FREECTX, (function)exchange_freectx},                                                      \
        {OSSL_FUNC_KEYEXCH_DUPCTX, (function)exchange_dupctx}, {OSSL_FUNC_KEYEXCH_INIT, (function)exchange_init}, \
        {OSSL_FUNC_KEYEXCH_SET_PEER, (function)exchange_set_peer},                                                \
        {OSSL_FUNC_KEYEXCH_DERIVE, (function)exchange_derive}

const OSSL_DISPATCH ecdh_exchange_functions[] = {
    {OSSL_FUNC_KEYEXCH_NEWCTX, (function)ecdh_newctx},
    COMMON_FUNCTIONS,
    {OSSL_FUNC_KEYEXCH_SET_CTX_PARAMS, (function)exchange_set_params},
    {OSSL_FUNC_KEYEXCH_SETTABLE_CTX_PARAMS, (function)ecdh_settable},
    {OSSL_FUNC_KEYEXCH_GET_CTX_PARAMS, (function)exchange_get_params},
    {OSSL_FUNC_KEYEXCH_GETTABLE_CTX_PARAMS, (function)ecdh_gettable},
    {0, NULL},
};

const OSSL_DISPATCH x25519_exchange_functions[] = {
    {OSSL_FUNC_KEYEXCH_NEWCTX, (function)x25519_newctx},
    COMMON_FUNCTIONS,
    {OSSL_FUNC_KEYEXCH_GET_CTX_PARAMS, (function)exchange_get_params},
    {OSSL_FUNC_KEYEXCH_GETTABLE_CTX_PARAMS, (function)x25519_gettable},
    {0, NULL},
};
