/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key management of EC and X25519: all is put to the default provider's key inside.
 *
 * Where that provider lacks a function, the answer is what libcrypto gives for a provider that lacks it.
 */
#include "provider/ec_keymgmt.h"

#include <openssl/core_names.h>

static void *ec_new(void *provider)
{
    return ec_key_new(provider, EC_TYPE_EC);
}

static void *x25519_new(void *provider)
{
    return ec_key_new(provider, EC_TYPE_X25519);
}

static void ec_free(void *key)
{
    ec_key_free(key);
}

/* Whatever takes a key also takes NULL, which is what libcrypto has for a key with a type but nothing in it. */
static int ec_has(const void *data, int selection)
{
    const struct ec_key *key = data;

    return key != NULL && key->functions->has(key->inner, selection);
}

static int ec_match(const void *first, const void *second, int selection)
{
    const struct ec_key *one = first, *other = second;

    return one != NULL && other != NULL && one->type == other->type && one->functions->match != NULL &&
           one->functions->match(one->inner, other->inner, selection);
}

/* With a cofactor of one, each point of the curve but infinity has the group's order: SP 800-56A
 * revision 3 section 5.6.2.3.4, and no multiplication is needed. */
static int ec_validate(const void *data, int selection, int checktype)
{
    const struct ec_key *key = data;

    if (key == NULL)
        return 0;
    if ((selection & OSSL_KEYMGMT_SELECT_ALL) == OSSL_KEYMGMT_SELECT_PUBLIC_KEY && key->curve != EC_NO_CURVE)
        checktype = OSSL_KEYMGMT_VALIDATE_QUICK_CHECK;
    return key->functions->validate == NULL || key->functions->validate(key->inner, selection, checktype);
}

static int ec_import(void *data, int selection, const OSSL_PARAM params[])
{
    struct ec_key *key = data;
    int ok;

    if (key == NULL || key->functions->import == NULL)
        return 0;
    ok = key->functions->import(key->inner, selection, params);
    ec_key_refresh(key);
    return ok;
}

static int ec_export(void *data, int selection, OSSL_CALLBACK *callback, void *argument)
{
    struct ec_key *key = data;

    return key != NULL && key->functions->export != NULL &&
           key->functions->export(key->inner, selection, callback, argument);
}

/* Only what selection names is copied; a copy of the public part never sees the private one. */
static void *ec_dup(const void *data, int selection)
{
    const struct ec_key *key = data;
    struct ec_key *copy;
    void *inner;

    if (key == NULL || key->functions->dup_key == NULL)
        return NULL;
    inner = key->functions->dup_key(key->inner, selection);
    copy = inner == NULL ? NULL : ec_key_around(key->provider, key->type, inner);
    /* Without its parameters it is on no curve. */
    if (copy != NULL && (selection & OSSL_KEYMGMT_SELECT_DOMAIN_PARAMETERS) != 0)
        copy->curve = key->curve;
    return copy;
}

#define PRIVATE OSSL_PARAM_BN(OSSL_PKEY_PARAM_PRIV_KEY, NULL, 0)
#define PUBLIC OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0)
#define GROUP                                                                        \
    OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),                     \
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_EC_ENCODING, NULL, 0),                \
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, NULL, 0), \
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_EC_FIELD_TYPE, NULL, 0),              \
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_EC_P, NULL, 0),                                \
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_EC_A, NULL, 0),                                \
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_EC_B, NULL, 0),                                \
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_EC_GENERATOR, NULL, 0),              \
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_EC_ORDER, NULL, 0),                            \
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_EC_COFACTOR, NULL, 0),                         \
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_EC_SEED, NULL, 0),                   \
        OSSL_PARAM_int(OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, NULL)
#define OTHER                                                \
    OSSL_PARAM_int(OSSL_PKEY_PARAM_USE_COFACTOR_ECDH, NULL), \
        OSSL_PARAM_int(OSSL_PKEY_PARAM_EC_INCLUDE_PUBLIC, NULL)

#define TYPES 22 /* in the longest list, with its end */

/* The default provider's lists, which no provider can be asked for: a bit for each part of a key that is selected. */
static const OSSL_PARAM ec_type_lists[16][TYPES] = {
    [1] = {PRIVATE, OSSL_PARAM_END},
    [2] = {PUBLIC, OSSL_PARAM_END},
    [3] = {PRIVATE, PUBLIC, OSSL_PARAM_END},
    [4] = {GROUP, OSSL_PARAM_END},
    [5] = {PRIVATE, GROUP, OSSL_PARAM_END},
    [6] = {PUBLIC, GROUP, OSSL_PARAM_END},
    [7] = {PRIVATE, PUBLIC, GROUP, OSSL_PARAM_END},
    [8] = {OTHER, OSSL_PARAM_END},
    [9] = {PRIVATE, OTHER, OSSL_PARAM_END},
    [10] = {PUBLIC, OTHER, OSSL_PARAM_END},
    [11] = {PRIVATE, PUBLIC, OTHER, OSSL_PARAM_END},
    [12] = {GROUP, OTHER, OSSL_PARAM_END},
    [13] = {PRIVATE, GROUP, OTHER, OSSL_PARAM_END},
    [14] = {PUBLIC, GROUP, OTHER, OSSL_PARAM_END},
    [15] = {PRIVATE, PUBLIC, GROUP, OTHER, OSSL_PARAM_END},
};

static const OSSL_PARAM x25519_key_types[] = {PUBLIC, OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, NULL, 0),
                                              OSSL_PARAM_END};

static const OSSL_PARAM *ec_types(int selection)
{
    unsigned parts = ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0 ? 1u : 0) |
                     ((selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) != 0 ? 2u : 0) |
                     ((selection & OSSL_KEYMGMT_SELECT_DOMAIN_PARAMETERS) != 0 ? 4u : 0) |
                     ((selection & OSSL_KEYMGMT_SELECT_OTHER_PARAMETERS) != 0 ? 8u : 0);

    return parts == 0 ? NULL : ec_type_lists[parts];
}

static const OSSL_PARAM *x25519_types(int selection)
{
    return (selection & OSSL_KEYMGMT_SELECT_KEYPAIR) != 0 ? x25519_key_types : NULL;
}

#ifdef OSSL_FUNC_KEYMGMT_IMPORT_TYPES_EX
static const OSSL_PARAM *ec_types_ex(void *provider, int selection)
{
    (void)provider;
    return ec_types(selection);
}

static const OSSL_PARAM *x25519_types_ex(void *provider, int selection)
{
    (void)provider;
    return x25519_types(selection);
}
#endif

static int ec_get_params(void *data, OSSL_PARAM params[])
{
    const struct ec_key *key = data;

    if (key == NULL)
        return 0;
    return key->functions->get_params == NULL || key->functions->get_params(key->inner, params);
}

static int ec_set_params(void *data, const OSSL_PARAM params[])
{
    struct ec_key *key = data;
    int ok;

    if (key == NULL)
        return 0;
    ok = key->functions->set_params == NULL || key->functions->set_params(key->inner, params);
    ec_key_refresh(key);
    return ok;
}

const OSSL_PARAM *ec_keymgmt_table(struct provider *provider, enum ec_type type,
                                   const OSSL_PARAM *(*of)(const EVP_KEYMGMT *keymgmt))
{
    const struct ec_software *software = ec_software_of(provider, type);

    return software == NULL ? NULL : of(software->keymgmt);
}

static const OSSL_PARAM *ec_gettable(void *provider)
{
    return ec_keymgmt_table(provider, EC_TYPE_EC, EVP_KEYMGMT_gettable_params);
}

static const OSSL_PARAM *x25519_gettable(void *provider)
{
    return ec_keymgmt_table(provider, EC_TYPE_X25519, EVP_KEYMGMT_gettable_params);
}

static const OSSL_PARAM *ec_settable(void *provider)
{
    return ec_keymgmt_table(provider, EC_TYPE_EC, EVP_KEYMGMT_settable_params);
}

static const OSSL_PARAM *x25519_settable(void *provider)
{
    return ec_keymgmt_table(provider, EC_TYPE_X25519, EVP_KEYMGMT_settable_params);
}

/* A reference is the address of a pointer to a key object of ours, which passes to the caller. */
static void *load(const void *reference, size_t size, enum ec_type type)
{
    struct ec_key *key;

    if (size != sizeof key)
        return NULL;
    key = *(struct ec_key *const *)reference;
    if (key == NULL || key->type != type)
        return NULL;
    *(struct ec_key **)reference = NULL;
    return key;
}

static void *ec_load(const void *reference, size_t size)
{
    return load(reference, size, EC_TYPE_EC);
}

static void *x25519_load(const void *reference, size_t size)
{
    return load(reference, size, EC_TYPE_X25519);
}

static const char *ec_operation_name(int operation)
{
    switch (operation) {
    case OSSL_OP_KEYEXCH:
        return "ECDH";
    case OSSL_OP_SIGNATURE:
        return "ECDSA";
    default:
        return NULL;
    }
}

#define COMMON_FUNCTIONS                                                                               \
    {OSSL_FUNC_KEYMGMT_FREE, (function)ec_free}, {OSSL_FUNC_KEYMGMT_HAS, (function)ec_has},            \
        {OSSL_FUNC_KEYMGMT_MATCH, (function)ec_match},                                                 \
        {OSSL_FUNC_KEYMGMT_VALIDATE, (function)ec_validate},                                           \
        {OSSL_FUNC_KEYMGMT_IMPORT, (function)ec_import},                                               \
        {OSSL_FUNC_KEYMGMT_EXPORT, (function)ec_export}, {OSSL_FUNC_KEYMGMT_DUP, (function)ec_dup},    \
        {OSSL_FUNC_KEYMGMT_GET_PARAMS, (function)ec_get_params},                                       \
        {OSSL_FUNC_KEYMGMT_SET_PARAMS, (function)ec_set_params},                                       \
        {OSSL_FUNC_KEYMGMT_GEN_SET_PARAMS, (function)ec_gen_set_params},                               \
        {OSSL_FUNC_KEYMGMT_GEN, (function)ec_gen},                                                     \
        {OSSL_FUNC_KEYMGMT_GEN_CLEANUP, (function)ec_gen_cleanup}

const OSSL_DISPATCH ec_keymgmt_functions[] = {
    {OSSL_FUNC_KEYMGMT_NEW, (function)ec_new},
    {OSSL_FUNC_KEYMGMT_LOAD, (function)ec_load},
    {OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, (function)ec_gettable},
    {OSSL_FUNC_KEYMGMT_SETTABLE_PARAMS, (function)ec_settable},
    {OSSL_FUNC_KEYMGMT_GEN_INIT, (function)ec_gen_init},
    {OSSL_FUNC_KEYMGMT_GEN_SET_TEMPLATE, (function)ec_gen_set_template},
    {OSSL_FUNC_KEYMGMT_GEN_SETTABLE_PARAMS, (function)ec_gen_settable},
    {OSSL_FUNC_KEYMGMT_GEN_GET_PARAMS, (function)ec_gen_get_params},
    {OSSL_FUNC_KEYMGMT_GEN_GETTABLE_PARAMS, (function)ec_gen_gettable},
    {OSSL_FUNC_KEYMGMT_IMPORT_TYPES, (function)ec_types},
    {OSSL_FUNC_KEYMGMT_EXPORT_TYPES, (function)ec_types},
    {OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, (function)ec_operation_name},
    COMMON_FUNCTIONS,
#ifdef OSSL_FUNC_KEYMGMT_IMPORT_TYPES_EX
    {OSSL_FUNC_KEYMGMT_IMPORT_TYPES_EX, (function)ec_types_ex},
    {OSSL_FUNC_KEYMGMT_EXPORT_TYPES_EX, (function)ec_types_ex},
#endif
    {0, NULL},
};

const OSSL_DISPATCH x25519_keymgmt_functions[] = {
    {OSSL_FUNC_KEYMGMT_NEW, (function)x25519_new},
    {OSSL_FUNC_KEYMGMT_LOAD, (function)x25519_load},
    {OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, (function)x25519_gettable},
    {OSSL_FUNC_KEYMGMT_SETTABLE_PARAMS, (function)x25519_settable},
    {OSSL_FUNC_KEYMGMT_GEN_INIT, (function)x25519_gen_init},
    {OSSL_FUNC_KEYMGMT_GEN_SETTABLE_PARAMS, (function)x25519_gen_settable},
    {OSSL_FUNC_KEYMGMT_IMPORT_TYPES, (function)x25519_types},
    {OSSL_FUNC_KEYMGMT_EXPORT_TYPES, (function)x25519_types},
    COMMON_FUNCTIONS,
#ifdef OSSL_FUNC_KEYMGMT_IMPORT_TYPES_EX
    {OSSL_FUNC_KEYMGMT_IMPORT_TYPES_EX, (function)x25519_types_ex},
    {OSSL_FUNC_KEYMGMT_EXPORT_TYPES_EX, (function)x25519_types_ex},
#endif
    {0, NULL},
};
