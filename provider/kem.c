/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key encapsulation: all of it is the default provider's, with that provider's key inside ours.
 *
 * It is offered because libcrypto asks the provider of the key for an operation where another's does not take the key:
 * where that has none, an empty key gives other errors than with the default provider alone, and in 3.0 a key
 * management is freed twice.
 */
#include "provider/kem_software.h"

#include "provider/ec_key.h"
#include "provider/rsa_key.h"

struct encapsulation {
    struct provider *provider;
    const struct kem_software *functions;
    void *software;
    void *key; /* struct rsa_key or struct ec_key, by the type of functions; NULL until an operation has begun */
};

static void *inner_of(const struct encapsulation *encapsulation, void *key)
{
    return encapsulation->functions->type == KEM_RSA ? rsa_key_inner(key) : ec_key_inner(key);
}

static void hold(const struct encapsulation *encapsulation, void *key)
{
    if (encapsulation->functions->type == KEM_RSA)
        rsa_key_hold(key);
    else
        ec_key_hold(key);
}

static void drop_key(const struct encapsulation *encapsulation)
{
    if (encapsulation->functions->type == KEM_RSA)
        rsa_key_free(encapsulation->key);
    else
        ec_key_free(encapsulation->key);
}

static void *newctx(struct provider *provider, enum kem_type type)
{
    const struct kem_software *functions = kem_software_of(provider, type);
    struct encapsulation *encapsulation = functions == NULL ? NULL : OPENSSL_zalloc(sizeof *encapsulation);

    if (encapsulation == NULL)
        return NULL;
    encapsulation->provider = provider;
    encapsulation->functions = functions;
    encapsulation->software = functions->newctx(functions->provider_context);
    if (encapsulation->software != NULL)
        return encapsulation;
    OPENSSL_free(encapsulation);
    return NULL;
}

static void *rsa_newctx(void *provider)
{
    return newctx(provider, KEM_RSA);
}

static void *ec_newctx(void *provider)
{
    return newctx(provider, KEM_EC);
}

static void *x25519_newctx(void *provider)
{
    return newctx(provider, KEM_X25519);
}

static void kem_freectx(void *data)
{
    struct encapsulation *encapsulation = data;

    if (encapsulation == NULL)
        return;
    encapsulation->functions->freectx(encapsulation->software);
    drop_key(encapsulation);
    OPENSSL_free(encapsulation);
}

static void *kem_dupctx(void *data)
{
    const struct encapsulation *from = data;
    struct encapsulation *copy;

    if (from->functions->dupctx == NULL || (copy = OPENSSL_memdup(from, sizeof *from)) == NULL)
        return NULL;
    copy->software = from->functions->dupctx(from->software);
    if (copy->software == NULL) {
        OPENSSL_free(copy);
        return NULL;
    }
    if (copy->key != NULL)
        hold(copy, copy->key);
    return copy;
}

/* What the default provider gives is more than 1 and 0: -2 for a curve that it has no encapsulation for. */
static int begun(struct encapsulation *encapsulation, void *key, int result)
{
    if (result <= 0)
        return result;
    hold(encapsulation, key);
    drop_key(encapsulation);
    encapsulation->key = key;
    return result;
}

static int start(struct encapsulation *encapsulation, void *key, const OSSL_PARAM params[],
                 OSSL_FUNC_kem_encapsulate_init_fn *init)
{
    if (init == NULL || key == NULL)
        return 0;
    return begun(encapsulation, key, init(encapsulation->software, inner_of(encapsulation, key), params));
}

static int start_from(struct encapsulation *encapsulation, void *key, void *sender, const OSSL_PARAM params[],
                      OSSL_FUNC_kem_auth_encapsulate_init_fn *init)
{
    if (init == NULL || key == NULL || sender == NULL)
        return 0;
    return begun(encapsulation, key,
                 init(encapsulation->software, inner_of(encapsulation, key), inner_of(encapsulation, sender), params));
}

static int kem_encapsulate_init(void *data, void *key, const OSSL_PARAM params[])
{
    struct encapsulation *encapsulation = data;

    return start(encapsulation, key, params, encapsulation->functions->encapsulate_init);
}

static int kem_auth_encapsulate_init(void *data, void *key, void *sender, const OSSL_PARAM params[])
{
    struct encapsulation *encapsulation = data;

    return start_from(encapsulation, key, sender, params, encapsulation->functions->auth_encapsulate_init);
}

static int kem_decapsulate_init(void *data, void *key, const OSSL_PARAM params[])
{
    struct encapsulation *encapsulation = data;

    return start(encapsulation, key, params, encapsulation->functions->decapsulate_init);
}

static int kem_auth_decapsulate_init(void *data, void *key, void *sender, const OSSL_PARAM params[])
{
    struct encapsulation *encapsulation = data;

    return start_from(encapsulation, key, sender, params, encapsulation->functions->auth_decapsulate_init);
}

static void begin(const struct encapsulation *encapsulation, struct operation *operation, const char *purpose)
{
    if (encapsulation->functions->type == KEM_RSA)
        rsa_key_begin(encapsulation->key, operation, purpose);
    else
        ec_key_begin(encapsulation->key, operation, EC_DERIVE);
    offload_refuse(operation, UNSUPPORTED_USE);
}

static int kem_encapsulate(void *data, unsigned char *out, size_t *out_length, unsigned char *secret, size_t *length)
{
    const struct encapsulation *encapsulation = data;

    return encapsulation->functions->encapsulate == NULL
               ? 0
               : encapsulation->functions->encapsulate(encapsulation->software, out, out_length, secret, length);
}

static int kem_decapsulate(void *data, unsigned char *secret, size_t *length, const unsigned char *in, size_t in_length)
{
    const struct encapsulation *encapsulation = data;
    struct operation operation;
    int result;

    if (encapsulation->functions->decapsulate == NULL)
        return 0;
    if (encapsulation->key == NULL || secret == NULL)
        return encapsulation->functions->decapsulate(encapsulation->software, secret, length, in, in_length);
    begin(encapsulation, &operation, "decapsulate");
    result = encapsulation->functions->decapsulate(encapsulation->software, secret, length, in, in_length);
    offload_end(encapsulation->provider->offload, &operation);
    return result;
}

static int kem_get_params(void *data, OSSL_PARAM params[])
{
    const struct encapsulation *encapsulation = data;

    return encapsulation->functions->get_params != NULL &&
           encapsulation->functions->get_params(encapsulation->software, params);
}

static int kem_set_params(void *data, const OSSL_PARAM params[])
{
    const struct encapsulation *encapsulation = data;

    return encapsulation->functions->set_params == NULL
               ? 0
               : encapsulation->functions->set_params(encapsulation->software, params);
}

static const OSSL_PARAM *table(struct provider *provider, enum kem_type type,
                               const OSSL_PARAM *(*of)(const EVP_KEM *method))
{
    const struct kem_software *software = kem_software_of(provider, type);

    return software == NULL ? NULL : of(software->method);
}

static const OSSL_PARAM *rsa_gettable(void *data, void *provider)
{
    (void)data;
    return table(provider, KEM_RSA, EVP_KEM_gettable_ctx_params);
}

static const OSSL_PARAM *rsa_settable(void *data, void *provider)
{
    (void)data;
    return table(provider, KEM_RSA, EVP_KEM_settable_ctx_params);
}

static const OSSL_PARAM *ec_settable(void *data, void *provider)
{
    (void)data;
    return table(provider, KEM_EC, EVP_KEM_settable_ctx_params);
}

static const OSSL_PARAM *x25519_settable(void *data, void *provider)
{
    (void)data;
    return table(provider, KEM_X25519, EVP_KEM_settable_ctx_params);
}

#define COMMON_FUNCTIONS(type)                                              \
    {OSSL_FUNC_KEM_NEWCTX, (function)type##_newctx},                        \
        {OSSL_FUNC_KEM_FREECTX, (function)kem_freectx},                     \
        {OSSL_FUNC_KEM_ENCAPSULATE_INIT, (function)kem_encapsulate_init},   \
        {OSSL_FUNC_KEM_ENCAPSULATE, (function)kem_encapsulate},             \
        {OSSL_FUNC_KEM_DECAPSULATE_INIT, (function)kem_decapsulate_init},   \
        {OSSL_FUNC_KEM_DECAPSULATE, (function)kem_decapsulate},             \
        {OSSL_FUNC_KEM_SET_CTX_PARAMS, (function)kem_set_params},           \
        {OSSL_FUNC_KEM_SETTABLE_CTX_PARAMS, (function)type##_settable}

const OSSL_DISPATCH rsa_kem_functions[] = {
    COMMON_FUNCTIONS(rsa),
    {OSSL_FUNC_KEM_DUPCTX, (function)kem_dupctx},
    {OSSL_FUNC_KEM_GET_CTX_PARAMS, (function)kem_get_params},
    {OSSL_FUNC_KEM_GETTABLE_CTX_PARAMS, (function)rsa_gettable},
    {0, NULL},
};

/* The default provider's for curves have nothing to get. */
#define CURVE_FUNCTIONS(type)                                                         \
    {                                                                                 \
        COMMON_FUNCTIONS(type),                                                       \
        {OSSL_FUNC_KEM_AUTH_ENCAPSULATE_INIT, (function)kem_auth_encapsulate_init},   \
        {OSSL_FUNC_KEM_AUTH_DECAPSULATE_INIT, (function)kem_auth_decapsulate_init},   \
        {0, NULL},                                                                    \
    }

const OSSL_DISPATCH ec_kem_functions[] = CURVE_FUNCTIONS(ec);
const OSSL_DISPATCH x25519_kem_functions[] = CURVE_FUNCTIONS(x25519);
