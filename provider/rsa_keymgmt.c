/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key management of RSA and RSA-PSS: every question is put to the default provider's key inside.
 *
 * Where that provider lacks a function, the answer is what libcrypto gives for a provider that lacks it. RSA keys of
 * the default provider have no settable parameters, so there are none here.
 */
#include "provider/rsa_key.h"

#include <openssl/core_names.h>
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

/* Whatever takes a key also takes NULL, which is what libcrypto has for a key with a type but nothing in it. */
static int rsa_has(const void *data, int selection)
{
    const struct rsa_key *key = data;

    return key != NULL && key->functions->has(key->inner, selection);
}

static int rsa_match(const void *first, const void *second, int selection)
{
    const struct rsa_key *one = first, *other = second;

    return one != NULL && other != NULL && one->functions->match != NULL &&
           one->functions->match(one->inner, other->inner, selection);
}

static int rsa_validate(const void *data, int selection, int checktype)
{
    const struct rsa_key *key = data;

    if (key == NULL)
        return 0;
    return key->functions->validate == NULL || key->functions->validate(key->inner, selection, checktype);
}

static int rsa_import(void *data, int selection, const OSSL_PARAM params[])
{
    struct rsa_key *key = data;
    int ok;

    if (key == NULL || key->functions->import == NULL)
        return 0;
    ok = key->functions->import(key->inner, selection, params);
    rsa_key_refresh(key);
    return ok;
}

static int rsa_export(void *data, int selection, OSSL_CALLBACK *callback, void *argument)
{
    const struct rsa_key *key = data;

    return key != NULL && key->functions->export != NULL &&
           key->functions->export(key->inner, selection, callback, argument);
}

/* Only what selection names is copied; a copy of the public part never sees the private one. */
static void *rsa_dup(const void *data, int selection)
{
    const struct rsa_key *key = data;
    void *inner;

    if (key == NULL || key->functions->dup_key == NULL)
        return NULL;
    inner = key->functions->dup_key(key->inner, selection);
    return inner == NULL ? NULL : rsa_key_around(key->provider, key->restricted_type, inner);
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

    if (key == NULL)
        return 0;
    return key->functions->get_params == NULL || key->functions->get_params(key->inner, params);
}

static const OSSL_PARAM *table(struct provider *provider, int restricted_type,
                               const OSSL_PARAM *(*of)(const EVP_KEYMGMT *keymgmt))
{
    const struct rsa_software *software = rsa_software_of(provider, restricted_type);

    return software == NULL ? NULL : of(software->keymgmt);
}

static const OSSL_PARAM *rsa_gettable(void *provider)
{
    return table(provider, 0, EVP_KEYMGMT_gettable_params);
}

static const OSSL_PARAM *rsa_pss_gettable(void *provider)
{
    return table(provider, 1, EVP_KEYMGMT_gettable_params);
}

static const OSSL_PARAM *rsa_gen_settable(void *generation, void *provider)
{
    (void)generation;
    return table(provider, 0, EVP_KEYMGMT_gen_settable_params);
}

static const OSSL_PARAM *rsa_pss_gen_settable(void *generation, void *provider)
{
    (void)generation;
    return table(provider, 1, EVP_KEYMGMT_gen_settable_params);
}

/* A generation is the default provider's. */
struct generation {
    struct provider *provider;
    int restricted_type;
    const struct rsa_software *functions;
    void *inner;
};

static void rsa_gen_cleanup(void *data)
{
    struct generation *generation = data;

    if (generation == NULL)
        return;
    if (generation->functions->gen_cleanup != NULL)
        generation->functions->gen_cleanup(generation->inner);
    OPENSSL_free(generation);
}

static int rsa_gen_set_params(void *data, const OSSL_PARAM params[])
{
    struct generation *generation = data;

    return generation != NULL && generation->functions->gen_set_params != NULL &&
           generation->functions->gen_set_params(generation->inner, params);
}

static void *gen_init(struct provider *provider, int restricted_type, int selection, const OSSL_PARAM params[])
{
    const struct rsa_software *functions = rsa_software_of(provider, restricted_type);
    struct generation *generation;

    if (functions == NULL || functions->gen_init == NULL || functions->gen == NULL ||
        (generation = OPENSSL_zalloc(sizeof *generation)) == NULL)
        return NULL;
    generation->provider = provider;
    generation->restricted_type = restricted_type;
    generation->functions = functions;
    generation->inner = functions->gen_init(functions->provider_context, selection, params);
    if (generation->inner != NULL)
        return generation;
    OPENSSL_free(generation);
    return NULL;
}

static void *rsa_gen_init(void *provider, int selection, const OSSL_PARAM params[])
{
    return gen_init(provider, 0, selection, params);
}

static void *rsa_pss_gen_init(void *provider, int selection, const OSSL_PARAM params[])
{
    return gen_init(provider, 1, selection, params);
}

static void *rsa_gen(void *data, OSSL_CALLBACK *callback, void *argument)
{
    struct generation *generation = data;
    void *inner = generation == NULL ? NULL : generation->functions->gen(generation->inner, callback, argument);

    return inner == NULL ? NULL : rsa_key_around(generation->provider, generation->restricted_type, inner);
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
