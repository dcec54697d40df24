/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key management of RSA and RSA-PSS: every question is put to the default provider's key inside.
 *
 * RSA keys of the default provider have no settable parameters, so there are none here.
 */
#include "provider/rsa_key.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

static void *rsa_new(void *provider)
{
    return rsa_key_new(provider, 0);
}

static void *rsa_pss_new(void *provider)
{
    return rsa_key_new(provider, 1);
}

static void rsa_free(void *key)
{
    rsa_key_free(key);
}

static int rsa_has(const void *data, int selection)
{
    const struct rsa_key *key = data;

    if (key == NULL)
        return 0;
    if ((selection & OSSL_KEYMGMT_SELECT_KEYPAIR) != 0 && key->software == NULL)
        return 0;
    return (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) == 0 || key->has_private;
}

static int rsa_match(const void *first, const void *second, int selection)
{
    const struct rsa_key *one = first, *other = second;

    if (one->software == NULL || other->software == NULL)
        return 0;
    if ((selection & OSSL_KEYMGMT_SELECT_KEYPAIR) != 0)
        return EVP_PKEY_eq(one->software, other->software) == 1;
    return EVP_PKEY_parameters_eq(one->software, other->software) == 1;
}

static int validate(EVP_PKEY_CTX *context, int selection, int checktype)
{
    int pair = selection & OSSL_KEYMGMT_SELECT_KEYPAIR;

    if (pair == OSSL_KEYMGMT_SELECT_KEYPAIR)
        return EVP_PKEY_pairwise_check(context) > 0;
    if (pair == OSSL_KEYMGMT_SELECT_PRIVATE_KEY)
        return EVP_PKEY_private_check(context) > 0;
    if (checktype == OSSL_KEYMGMT_VALIDATE_QUICK_CHECK)
        return EVP_PKEY_public_check_quick(context) > 0;
    return EVP_PKEY_public_check(context) > 0;
}

static int rsa_validate(const void *data, int selection, int checktype)
{
    EVP_PKEY_CTX *context;
    int ok;

    if ((selection & OSSL_KEYMGMT_SELECT_KEYPAIR) == 0)
        return 1;
    context = rsa_key_context(data);
    ok = context != NULL && validate(context, selection, checktype);
    EVP_PKEY_CTX_free(context);
    return ok;
}

static EVP_PKEY *from_data(struct provider *provider, int restricted_type, int selection, const OSSL_PARAM params[])
{
    EVP_PKEY_CTX *context = rsa_software_context(provider, restricted_type);
    EVP_PKEY *software = NULL;

    if (context == NULL)
        return NULL;
    /* EVP_PKEY_fromdata reads params only, though its prototype does not say so. */
    if (EVP_PKEY_fromdata_init(context) <= 0 ||
        EVP_PKEY_fromdata(context, &software, selection, (OSSL_PARAM *)params) <= 0) {
        EVP_PKEY_free(software);
        software = NULL;
    }
    EVP_PKEY_CTX_free(context);
    return software;
}

static int rsa_import(void *data, int selection, const OSSL_PARAM params[])
{
    struct rsa_key *key = data;
    EVP_PKEY *software = from_data(key->provider, key->restricted_type, selection, params);

    if (software == NULL)
        return 0;
    rsa_key_adopt(key, software);
    return 1;
}

static int rsa_export(void *data, int selection, OSSL_CALLBACK *callback, void *argument)
{
    struct rsa_key *key = data;

    return key->software != NULL && EVP_PKEY_export(key->software, selection, callback, argument);
}

/* Only what selection names is copied; a copy of the public part never sees the private one. */
static EVP_PKEY *duplicate(const struct rsa_key *key, int selection)
{
    OSSL_PARAM *params = NULL;
    EVP_PKEY *software;

    if ((selection & OSSL_KEYMGMT_SELECT_KEYPAIR) == OSSL_KEYMGMT_SELECT_KEYPAIR)
        return EVP_PKEY_dup(key->software);
    if (!EVP_PKEY_todata(key->software, selection, &params))
        return NULL;
    software = from_data(key->provider, key->restricted_type, selection, params);
    OSSL_PARAM_free(params);
    return software;
}

static void *rsa_dup(const void *data, int selection)
{
    const struct rsa_key *key = data;
    EVP_PKEY *software = NULL;
    struct rsa_key *copy;

    if ((selection & OSSL_KEYMGMT_SELECT_KEYPAIR) == 0)
        return NULL;
    if (key->software != NULL && (software = duplicate(key, selection)) == NULL)
        return NULL;
    copy = rsa_key_new(key->provider, key->restricted_type);
    if (copy == NULL)
        EVP_PKEY_free(software);
    else if (software != NULL)
        rsa_key_adopt(copy, software);
    return copy;
}

/* RFC 8017 section 3.2, with the ten primes that libcrypto knows names for. */
static const OSSL_PARAM key_types[] = {
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_N, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_E, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_D, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_FACTOR1, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_FACTOR2, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_FACTOR3, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_FACTOR4, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_FACTOR5, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_FACTOR6, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_FACTOR7, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_FACTOR8, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_FACTOR9, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_FACTOR10, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_EXPONENT1, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_EXPONENT2, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_EXPONENT3, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_EXPONENT4, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_EXPONENT5, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_EXPONENT6, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_EXPONENT7, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_EXPONENT8, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_EXPONENT9, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_EXPONENT10, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_COEFFICIENT1, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_COEFFICIENT2, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_COEFFICIENT3, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_COEFFICIENT4, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_COEFFICIENT5, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_COEFFICIENT6, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_COEFFICIENT7, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_COEFFICIENT8, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_RSA_COEFFICIENT9, NULL, 0),
    OSSL_PARAM_END,
};

static const OSSL_PARAM *rsa_types(int selection)
{
    return (selection & OSSL_KEYMGMT_SELECT_KEYPAIR) != 0 ? key_types : NULL;
}

#ifdef OSSL_FUNC_KEYMGMT_IMPORT_TYPES_EX
static const OSSL_PARAM *rsa_types_ex(void *provider, int selection)
{
    (void)provider;
    return rsa_types(selection);
}
#endif

static int rsa_get_params(void *data, OSSL_PARAM params[])
{
    const struct rsa_key *key = data;

    return key->software != NULL && EVP_PKEY_get_params(key->software, params);
}

/* The tables are static in libcrypto, so they outlive the method that they are asked of. */
static const OSSL_PARAM *table(struct provider *provider, const char *name,
                               const OSSL_PARAM *(*of)(const EVP_KEYMGMT *keymgmt))
{
    EVP_KEYMGMT *keymgmt = EVP_KEYMGMT_fetch(provider->software, name, SOFTWARE_PROPERTIES);
    const OSSL_PARAM *found = keymgmt == NULL ? NULL : of(keymgmt);

    EVP_KEYMGMT_free(keymgmt);
    return found;
}

static const OSSL_PARAM *rsa_gettable(void *provider)
{
    return table(provider, "RSA", EVP_KEYMGMT_gettable_params);
}

static const OSSL_PARAM *rsa_pss_gettable(void *provider)
{
    return table(provider, "RSA-PSS", EVP_KEYMGMT_gettable_params);
}

static const OSSL_PARAM *rsa_gen_settable(void *generation, void *provider)
{
    (void)generation;
    return table(provider, "RSA", EVP_KEYMGMT_gen_settable_params);
}

static const OSSL_PARAM *rsa_pss_gen_settable(void *generation, void *provider)
{
    (void)generation;
    return table(provider, "RSA-PSS", EVP_KEYMGMT_gen_settable_params);
}

struct generation {
    struct provider *provider;
    int restricted_type;
    EVP_PKEY_CTX *software;
    OSSL_CALLBACK *callback;
    void *argument;
};

static void rsa_gen_cleanup(void *data)
{
    struct generation *generation = data;

    if (generation == NULL)
        return;
    EVP_PKEY_CTX_free(generation->software);
    OPENSSL_free(generation);
}

static int rsa_gen_set_params(void *data, const OSSL_PARAM params[])
{
    struct generation *generation = data;

    return params == NULL || EVP_PKEY_CTX_set_params(generation->software, params) > 0;
}

static void *gen_init(struct provider *provider, int restricted_type, int selection, const OSSL_PARAM params[])
{
    struct generation *generation;

    if ((selection & OSSL_KEYMGMT_SELECT_KEYPAIR) == 0)
        return NULL;
    generation = OPENSSL_zalloc(sizeof *generation);
    if (generation == NULL)
        return NULL;
    generation->provider = provider;
    generation->restricted_type = restricted_type;
    generation->software = rsa_software_context(provider, restricted_type);
    if (generation->software == NULL || EVP_PKEY_keygen_init(generation->software) <= 0 ||
        !rsa_gen_set_params(generation, params)) {
        rsa_gen_cleanup(generation);
        return NULL;
    }
    return generation;
}

static void *rsa_gen_init(void *provider, int selection, const OSSL_PARAM params[])
{
    return gen_init(provider, 0, selection, params);
}

static void *rsa_pss_gen_init(void *provider, int selection, const OSSL_PARAM params[])
{
    return gen_init(provider, 1, selection, params);
}

static int progress(EVP_PKEY_CTX *context)
{
    struct generation *generation = EVP_PKEY_CTX_get_app_data(context);
    int potential = EVP_PKEY_CTX_get_keygen_info(context, 0), iteration = EVP_PKEY_CTX_get_keygen_info(context, 1);
    OSSL_PARAM params[] = {OSSL_PARAM_construct_int(OSSL_GEN_PARAM_POTENTIAL, &potential),
                           OSSL_PARAM_construct_int(OSSL_GEN_PARAM_ITERATION, &iteration), OSSL_PARAM_construct_end()};

    return generation->callback(params, generation->argument);
}

static void *rsa_gen(void *data, OSSL_CALLBACK *callback, void *argument)
{
    struct generation *generation = data;
    EVP_PKEY *software = NULL;
    struct rsa_key *key;

    generation->callback = callback;
    generation->argument = argument;
    EVP_PKEY_CTX_set_app_data(generation->software, generation);
    if (callback != NULL)
        EVP_PKEY_CTX_set_cb(generation->software, progress);
    if (EVP_PKEY_generate(generation->software, &software) <= 0)
        return NULL;
    key = rsa_key_new(generation->provider, generation->restricted_type);
    if (key == NULL)
        EVP_PKEY_free(software);
    else
        rsa_key_adopt(key, software);
    return key;
}

/* A reference is the address of a pointer to a key object of ours, which passes to the caller. */
static void *load(const void *reference, size_t size, int restricted_type)
{
    struct rsa_key *key;

    if (size != sizeof key)
        return NULL;
    key = *(struct rsa_key *const *)reference;
    if (key == NULL || key->restricted_type != restricted_type)
        return NULL;
    *(struct rsa_key **)reference = NULL;
    return key;
}

static void *rsa_load(const void *reference, size_t size)
{
    return load(reference, size, 0);
}

static void *rsa_pss_load(const void *reference, size_t size)
{
    return load(reference, size, 1);
}

/* Signatures and ciphers of RSA-PSS keys go by the name of RSA. */
static const char *rsa_operation_name(int operation)
{
    (void)operation;
    return "RSA";
}

#define COMMON_FUNCTIONS                                                                       \
    {OSSL_FUNC_KEYMGMT_FREE, (function)rsa_free}, {OSSL_FUNC_KEYMGMT_HAS, (function)rsa_has},  \
        {OSSL_FUNC_KEYMGMT_MATCH, (function)rsa_match},                                        \
        {OSSL_FUNC_KEYMGMT_VALIDATE, (function)rsa_validate},                                  \
        {OSSL_FUNC_KEYMGMT_IMPORT, (function)rsa_import},                                      \
        {OSSL_FUNC_KEYMGMT_IMPORT_TYPES, (function)rsa_types},                                 \
        {OSSL_FUNC_KEYMGMT_EXPORT, (function)rsa_export},                                      \
        {OSSL_FUNC_KEYMGMT_EXPORT_TYPES, (function)rsa_types},                                 \
        {OSSL_FUNC_KEYMGMT_DUP, (function)rsa_dup},                                            \
        {OSSL_FUNC_KEYMGMT_GET_PARAMS, (function)rsa_get_params},                              \
        {OSSL_FUNC_KEYMGMT_GEN_SET_PARAMS, (function)rsa_gen_set_params},                      \
        {OSSL_FUNC_KEYMGMT_GEN, (function)rsa_gen},                                            \
        {OSSL_FUNC_KEYMGMT_GEN_CLEANUP, (function)rsa_gen_cleanup},                            \
        {OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, (function)rsa_operation_name}

const OSSL_DISPATCH rsa_keymgmt_functions[] = {
    {OSSL_FUNC_KEYMGMT_NEW, (function)rsa_new},
    {OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, (function)rsa_gettable},
    {OSSL_FUNC_KEYMGMT_GEN_INIT, (function)rsa_gen_init},
    {OSSL_FUNC_KEYMGMT_GEN_SETTABLE_PARAMS, (function)rsa_gen_settable},
    {OSSL_FUNC_KEYMGMT_LOAD, (function)rsa_load},
    COMMON_FUNCTIONS,
#ifdef OSSL_FUNC_KEYMGMT_IMPORT_TYPES_EX
    {OSSL_FUNC_KEYMGMT_IMPORT_TYPES_EX, (function)rsa_types_ex},
    {OSSL_FUNC_KEYMGMT_EXPORT_TYPES_EX, (function)rsa_types_ex},
#endif
    {0, NULL},
};

const OSSL_DISPATCH rsa_pss_keymgmt_functions[] = {
    {OSSL_FUNC_KEYMGMT_NEW, (function)rsa_pss_new},
    {OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, (function)rsa_pss_gettable},
    {OSSL_FUNC_KEYMGMT_GEN_INIT, (function)rsa_pss_gen_init},
    {OSSL_FUNC_KEYMGMT_GEN_SETTABLE_PARAMS, (function)rsa_pss_gen_settable},
    {OSSL_FUNC_KEYMGMT_LOAD, (function)rsa_pss_load},
    COMMON_FUNCTIONS,
#ifdef OSSL_FUNC_KEYMGMT_IMPORT_TYPES_EX
    {OSSL_FUNC_KEYMGMT_IMPORT_TYPES_EX, (function)rsa_types_ex},
    {OSSL_FUNC_KEYMGMT_EXPORT_TYPES_EX, (function)rsa_types_ex},
#endif
    {0, NULL},
};
