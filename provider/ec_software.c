/* SPDX-License-Identifier: Apache-2.0 */
/* The default provider's functions for keys on elliptic curves. */
#include "provider/ec_software.h"

const char *ec_type_name(enum ec_type type)
{
    return type == EC_TYPE_X25519 ? "X25519" : "EC";
}

static void take_keymgmt(struct ec_software *software, const OSSL_DISPATCH *entry)
{
    switch (entry->function_id) {
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_NEW, new_key, OSSL_FUNC_keymgmt_new);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_FREE, free_key, OSSL_FUNC_keymgmt_free);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_DUP, dup_key, OSSL_FUNC_keymgmt_dup);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_HAS, has, OSSL_FUNC_keymgmt_has);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_MATCH, match, OSSL_FUNC_keymgmt_match);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_VALIDATE, validate, OSSL_FUNC_keymgmt_validate);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_IMPORT, import, OSSL_FUNC_keymgmt_import);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_EXPORT, export, OSSL_FUNC_keymgmt_export);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_GET_PARAMS, get_params, OSSL_FUNC_keymgmt_get_params);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_SET_PARAMS, set_params, OSSL_FUNC_keymgmt_set_params);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_GEN_INIT, gen_init, OSSL_FUNC_keymgmt_gen_init);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_GEN_SET_TEMPLATE, gen_set_template, OSSL_FUNC_keymgmt_gen_set_template);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_GEN_SET_PARAMS, gen_set_params, OSSL_FUNC_keymgmt_gen_set_params);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_GEN_GET_PARAMS, gen_get_params, OSSL_FUNC_keymgmt_gen_get_params);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_GEN_GETTABLE_PARAMS, gen_gettable, OSSL_FUNC_keymgmt_gen_gettable_params);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_GEN, gen, OSSL_FUNC_keymgmt_gen);
        TAKE_FUNCTION(OSSL_FUNC_KEYMGMT_GEN_CLEANUP, gen_cleanup, OSSL_FUNC_keymgmt_gen_cleanup);
    default:
        break;
    }
}

static void take_exchange(struct ec_software *software, const OSSL_DISPATCH *entry)
{
    switch (entry->function_id) {
        TAKE_FUNCTION(OSSL_FUNC_KEYEXCH_NEWCTX, exchange_newctx, OSSL_FUNC_keyexch_newctx);
        TAKE_FUNCTION(OSSL_FUNC_KEYEXCH_FREECTX, exchange_freectx, OSSL_FUNC_keyexch_freectx);
        TAKE_FUNCTION(OSSL_FUNC_KEYEXCH_DUPCTX, exchange_dupctx, OSSL_FUNC_keyexch_dupctx);
        TAKE_FUNCTION(OSSL_FUNC_KEYEXCH_INIT, exchange_init, OSSL_FUNC_keyexch_init);
        TAKE_FUNCTION(OSSL_FUNC_KEYEXCH_SET_PEER, exchange_set_peer, OSSL_FUNC_keyexch_set_peer);
        TAKE_FUNCTION(OSSL_FUNC_KEYEXCH_DERIVE, exchange_derive, OSSL_FUNC_keyexch_derive);
        TAKE_FUNCTION(OSSL_FUNC_KEYEXCH_SET_CTX_PARAMS, exchange_set_params, OSSL_FUNC_keyexch_set_ctx_params);
        TAKE_FUNCTION(OSSL_FUNC_KEYEXCH_SETTABLE_CTX_PARAMS, exchange_settable,
                      OSSL_FUNC_keyexch_settable_ctx_params);
        TAKE_FUNCTION(OSSL_FUNC_KEYEXCH_GET_CTX_PARAMS, exchange_get_params, OSSL_FUNC_keyexch_get_ctx_params);
        TAKE_FUNCTION(OSSL_FUNC_KEYEXCH_GETTABLE_CTX_PARAMS, exchange_gettable,
                      OSSL_FUNC_keyexch_gettable_ctx_params);
    default:
        break;
    }
}

static void release(void *table)
{
    struct ec_software *software = table;
    const OSSL_PROVIDER *owner;

    if (software == NULL)
        return;
    if (software->keymgmt != NULL) {
        owner = EVP_KEYMGMT_get0_provider(software->keymgmt);
        if (software->keymgmt_algorithms != NULL)
            OSSL_PROVIDER_unquery_operation(owner, OSSL_OP_KEYMGMT, software->keymgmt_algorithms);
        if (software->exchange_algorithms != NULL)
            OSSL_PROVIDER_unquery_operation(owner, OSSL_OP_KEYEXCH, software->exchange_algorithms);
    }
    EVP_KEYMGMT_free(software->keymgmt);
    OPENSSL_free(software);
}

static int find_functions(struct ec_software *software, enum ec_type type)
{
    const OSSL_PROVIDER *owner = EVP_KEYMGMT_get0_provider(software->keymgmt);
    const OSSL_DISPATCH *keymgmt, *exchange;

    software->provider_context = OSSL_PROVIDER_get0_provider_ctx(owner);
    keymgmt = software_functions(owner, OSSL_OP_KEYMGMT, ec_type_name(type), &software->keymgmt_algorithms);
    exchange = software_functions(owner, OSSL_OP_KEYEXCH, type == EC_TYPE_EC ? "ECDH" : "X25519",
                                  &software->exchange_algorithms);
    for (; keymgmt != NULL && keymgmt->function_id != 0; keymgmt++)
        take_keymgmt(software, keymgmt);
    for (; exchange != NULL && exchange->function_id != 0; exchange++)
        take_exchange(software, exchange);
    return software->new_key != NULL && software->free_key != NULL && software->has != NULL;
}

static void *find(struct provider *provider, int kind)
{
    enum ec_type type = (enum ec_type)kind;
    const char *name = ec_type_name(type);
    struct ec_software *software = OPENSSL_zalloc(sizeof *software);

    if (software == NULL)
        return NULL;
    software->keymgmt = EVP_KEYMGMT_fetch(provider->software, name, SOFTWARE_PROPERTIES);
    if (software->keymgmt != NULL && find_functions(software, type))
        return software;
    release(software);
    software_is_missing(provider, name);
    return NULL;
}

const struct ec_software *ec_software_of(struct provider *provider, enum ec_type type)
{
    return software_once(&provider->ec_software[type], find, release, provider, (int)type);
}

void ec_software_free(struct provider *provider)
{
    release(atomic_load(&provider->ec_software[EC_TYPE_EC]));
    release(atomic_load(&provider->ec_software[EC_TYPE_X25519]));
}
