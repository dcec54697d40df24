/* SPDX-License-Identifier: Apache-2.0 */
/* Key management of EC and X25519: every question is put to the default provider's key inside. */
#include "provider/ec_keymgmt.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

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

static int ec_has(const void *data, int selection)
{
    const struct ec_key *key = data;

    if (key == NULL)
        return 0;
    if ((selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) != 0 && !key->has_public)
        return 0;
    if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0 && !key->has_private)
        return 0;
    return (selection & OSSL_KEYMGMT_SELECT_DOMAIN_PARAMETERS) == 0 || key->type == EC_TYPE_X25519 ||
           (key->software != NULL && !EVP_PKEY_missing_parameters(key->software));
}

static int ec_match(const void *first, const void *second, int selection)
{
    const struct ec_key *one = first, *other = second;

    if (one->software == NULL || other->software == NULL)
        return 0;
    if ((selection & OSSL_KEYMGMT_SELECT_KEYPAIR) != 0)
        return EVP_PKEY_eq(one->software, other->software) == 1;
    return EVP_PKEY_parameters_eq(one->software, other->software) == 1;
}

static int validate_public(const struct ec_key *key, EVP_PKEY_CTX *context, int checktype)
{
    /* With a cofactor of one, each point of the curve but infinity has the group's order: SP 800-56A
     * revision 3 section 5.6.2.3.4, and no multiplication is needed. */
    if (checktype == OSSL_KEYMGMT_VALIDATE_QUICK_CHECK || key->curve != EC_NO_CURVE)
        return EVP_PKEY_public_check_quick(context) > 0;
    return EVP_PKEY_public_check(context) > 0;
}

static int validate(const struct ec_key *key, EVP_PKEY_CTX *context, int selection, int checktype)
{
    int pair = selection & OSSL_KEYMGMT_SELECT_KEYPAIR;

    if ((selection & OSSL_KEYMGMT_SELECT_DOMAIN_PARAMETERS) != 0 && key->type == EC_TYPE_EC &&
        (checktype == OSSL_KEYMGMT_VALIDATE_QUICK_CHECK ? EVP_PKEY_param_check_quick(context)
                                                       : EVP_PKEY_param_check(context)) <= 0)
        return 0;
    if (pair == OSSL_KEYMGMT_SELECT_KEYPAIR)
        return EVP_PKEY_pairwise_check(context) > 0 && validate_public(key, context, checktype) &&
               EVP_PKEY_private_check(context) > 0;
    if (pair == OSSL_KEYMGMT_SELECT_PRIVATE_KEY)
        return EVP_PKEY_private_check(context) > 0;
    return pair == 0 || validate_public(key, context, checktype);
}

static int ec_validate(const void *data, int selection, int checktype)
{
    const struct ec_key *key = data;
    EVP_PKEY_CTX *context;
    int ok;

    /* Every 32 octets are a public key: RFC 7748 section 5. */
    if (key->type == EC_TYPE_X25519 && (selection & OSSL_KEYMGMT_SELECT_KEYPAIR) == OSSL_KEYMGMT_SELECT_PUBLIC_KEY &&
        key->has_public)
        return 1;
    context = ec_key_context(key);
    ok = context != NULL && validate(data, context, selection, checktype);

    EVP_PKEY_CTX_free(context);
    return ok;
}

static EVP_PKEY *from_data(struct provider *provider, enum ec_type type, int selection, const OSSL_PARAM params[])
{
    EVP_PKEY_CTX *context = ec_software_context(provider, type);
    EVP_PKEY *software = NULL;

    if (context == NULL)
        return NULL;
    /* EVP_PKEY_fromdata reads params only, though its prototype does not say so. */
    if (EVP_PKEY_fromdata_init(context) <= 0 ||
        EVP_PKEY_fromdata(context, &software, selection, (OSSL_PARAM *)params) <= 0) {
        EVP_PKEY_free(software);
        software = NULL;
    }
    ec_software_context_return(provider, type, context);
    return software;
}

static int ec_import(void *data, int selection, const OSSL_PARAM params[])
{
    struct ec_key *key = data;
    EVP_PKEY *software = from_data(key->provider, key->type, selection, params);

    if (software == NULL)
        return 0;
    ec_key_adopt(key, software);
    return 1;
}

static int ec_export(void *data, int selection, OSSL_CALLBACK *callback, void *argument)
{
    struct ec_key *key = data;

    return key->software != NULL && EVP_PKEY_export(key->software, selection, callback, argument);
}

/* Only what selection names is copied; a copy of the public part never sees the private one. */
static EVP_PKEY *duplicate(const struct ec_key *key, int selection)
{
    int pair = selection & OSSL_KEYMGMT_SELECT_KEYPAIR;
    OSSL_PARAM *params = NULL;
    EVP_PKEY *software;

    if (pair == OSSL_KEYMGMT_SELECT_KEYPAIR)
        return EVP_PKEY_dup(key->software);
    if (pair == 0 || (pair == OSSL_KEYMGMT_SELECT_PUBLIC_KEY && !key->has_public)) {
        software = EVP_PKEY_new();
        if (software != NULL && !EVP_PKEY_copy_parameters(software, key->software)) {
            EVP_PKEY_free(software);
            return NULL;
        }
        return software;
    }
    selection |= OSSL_KEYMGMT_SELECT_ALL_PARAMETERS;
    if (!EVP_PKEY_todata(key->software, selection, &params))
        return NULL;
    software = from_data(key->provider, key->type, selection, params);
    OSSL_PARAM_free(params);
    return software;
}

static void *ec_dup(const void *data, int selection)
{
    const struct ec_key *key = data;
    EVP_PKEY *software = NULL;
    struct ec_key *copy;

    if (key->software != NULL && (software = duplicate(key, selection)) == NULL)
        return NULL;
    copy = ec_key_new(key->provider, key->type);
    if (copy == NULL)
        EVP_PKEY_free(software);
    else if (software != NULL)
        ec_key_adopt(copy, software);
    return copy;
}

#define GROUP_TYPES                                                                \
    OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),                   \
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_EC_ENCODING, NULL, 0),              \
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, NULL, 0), \
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_EC_FIELD_TYPE, NULL, 0),            \
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_EC_P, NULL, 0), OSSL_PARAM_BN(OSSL_PKEY_PARAM_EC_A, NULL, 0), \
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_EC_B, NULL, 0),                              \
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_EC_GENERATOR, NULL, 0),            \
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_EC_ORDER, NULL, 0), OSSL_PARAM_BN(OSSL_PKEY_PARAM_EC_COFACTOR, NULL, 0), \
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_EC_SEED, NULL, 0),                 \
        OSSL_PARAM_int(OSSL_PKEY_PARAM_EC_INCLUDE_PUBLIC, NULL),                   \
        OSSL_PARAM_int(OSSL_PKEY_PARAM_USE_COFACTOR_ECDH, NULL)

static const OSSL_PARAM group_types[] = {GROUP_TYPES, OSSL_PARAM_END};
static const OSSL_PARAM ec_public_types[] = {
    GROUP_TYPES, OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0), OSSL_PARAM_END};
static const OSSL_PARAM ec_key_types[] = {
    GROUP_TYPES, OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
    OSSL_PARAM_BN(OSSL_PKEY_PARAM_PRIV_KEY, NULL, 0), OSSL_PARAM_END};
static const OSSL_PARAM x25519_key_types[] = {
    OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
    OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PRIV_KEY, NULL, 0), OSSL_PARAM_END};

static const OSSL_PARAM *ec_types(int selection)
{
    if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0)
        return ec_key_types;
    if ((selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) != 0)
        return ec_public_types;
    return (selection & OSSL_KEYMGMT_SELECT_ALL_PARAMETERS) != 0 ? group_types : NULL;
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

    return key->software != NULL && EVP_PKEY_get_params(key->software, params);
}

/* EVP_PKEY_set_params reads params only. */
static int ec_set_params(void *data, const OSSL_PARAM params[])
{
    struct ec_key *key = data;
    int ok;

    if (params == NULL)
        return 1;
    ok = key->software != NULL && EVP_PKEY_set_params(key->software, (OSSL_PARAM *)params);
    if (key->software != NULL)
        ec_key_refresh(key);
    return ok;
}

/* The tables are static in libcrypto, so they outlive the method that they are asked of. */
const OSSL_PARAM *ec_keymgmt_table(struct provider *provider, enum ec_type type,
                                   const OSSL_PARAM *(*of)(const EVP_KEYMGMT *keymgmt))
{
    EVP_KEYMGMT *keymgmt = EVP_KEYMGMT_fetch(provider->software, ec_type_name(type), SOFTWARE_PROPERTIES);
    const OSSL_PARAM *found = keymgmt == NULL ? NULL : of(keymgmt);

    EVP_KEYMGMT_free(keymgmt);
    return found;
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
