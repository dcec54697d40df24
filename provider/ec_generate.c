/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Generation of keys on elliptic curves: the scalar is drawn on the host, the card computes its public key.
 *
 * All parameters go to a context of the default provider, which generates whatever the card does
 * not: other curves, parameters alone, and keys for which more than the group was asked.
 */
#include "provider/ec_keymgmt.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

struct generation {
    struct provider *provider;
    enum ec_type type;
    int pair; /* a key rather than parameters */
    int templated; /* software is a template's */
    EVP_PKEY_CTX *software;
    OSSL_PARAM *params; /* all that have been set, for the template's context */
    char group[64];
    int others; /* parameters other than the group */
};

static void give_back(struct generation *generation)
{
    if (generation->templated)
        EVP_PKEY_CTX_free(generation->software);
    else
        ec_software_context_return(generation->provider, generation->type, generation->software);
}

void ec_gen_cleanup(void *data)
{
    struct generation *generation = data;

    if (generation == NULL)
        return;
    give_back(generation);
    OSSL_PARAM_free(generation->params);
    OPENSSL_free(generation);
}

static int remember(struct generation *generation, const OSSL_PARAM params[])
{
    OSSL_PARAM *merged, *kept;

    for (const OSSL_PARAM *param = params; param->key != NULL; param++)
        if (strcmp(param->key, OSSL_PKEY_PARAM_GROUP_NAME) == 0 && param->data_type == OSSL_PARAM_UTF8_STRING)
            OPENSSL_strlcpy(generation->group, param->data, sizeof generation->group);
        else
            generation->others = 1;
    if (params->key == NULL)
        return 1;
    merged = OSSL_PARAM_merge(generation->params, params);
    kept = merged == NULL ? NULL : OSSL_PARAM_dup(merged);
    OPENSSL_free(merged);
    if (kept == NULL)
        return 0;
    OSSL_PARAM_free(generation->params);
    generation->params = kept;
    return 1;
}

int ec_gen_set_params(void *data, const OSSL_PARAM params[])
{
    struct generation *generation = data;

    if (params == NULL)
        return 1;
    return EVP_PKEY_CTX_set_params(generation->software, params) > 0 && remember(generation, params);
}

static int software_init(const struct generation *generation, EVP_PKEY_CTX *context)
{
    return context != NULL && (generation->pair ? EVP_PKEY_keygen_init(context) : EVP_PKEY_paramgen_init(context)) > 0;
}

static void *gen_init(struct provider *provider, enum ec_type type, int selection, const OSSL_PARAM params[])
{
    struct generation *generation = OPENSSL_zalloc(sizeof *generation);

    if (generation == NULL)
        return NULL;
    generation->provider = provider;
    generation->type = type;
    generation->pair = (selection & OSSL_KEYMGMT_SELECT_KEYPAIR) != 0;
    generation->software = ec_software_context(provider, type);
    if (!software_init(generation, generation->software) || !ec_gen_set_params(generation, params)) {
        ec_gen_cleanup(generation);
        return NULL;
    }
    return generation;
}

void *ec_gen_init(void *provider, int selection, const OSSL_PARAM params[])
{
    if ((selection & (OSSL_KEYMGMT_SELECT_KEYPAIR | OSSL_KEYMGMT_SELECT_ALL_PARAMETERS)) == 0)
        return NULL;
    return gen_init(provider, EC_TYPE_EC, selection, params);
}

void *x25519_gen_init(void *provider, int selection, const OSSL_PARAM params[])
{
    return gen_init(provider, EC_TYPE_X25519, selection, params);
}

/* A context takes its template when it is made, so there is a new one, which is told all again. */
int ec_gen_set_template(void *data, void *template)
{
    struct generation *generation = data;
    const struct ec_key *key = template;
    EVP_PKEY_CTX *software = ec_key_context(key);

    if (!software_init(generation, software) ||
        (generation->params != NULL && EVP_PKEY_CTX_set_params(software, generation->params) <= 0)) {
        EVP_PKEY_CTX_free(software);
        return 0;
    }
    give_back(generation);
    generation->software = software;
    generation->templated = 1;
    if (key->curve == EC_NO_CURVE || !EVP_PKEY_get_group_name(key->software, generation->group,
                                                             sizeof generation->group, NULL))
        generation->others = 1;
    return 1;
}

static const OSSL_PARAM *gen_settable(struct provider *provider, enum ec_type type)
{
    return ec_keymgmt_table(provider, type, EVP_KEYMGMT_gen_settable_params);
}

const OSSL_PARAM *ec_gen_settable(void *generation, void *provider)
{
    (void)generation;
    return gen_settable(provider, EC_TYPE_EC);
}

const OSSL_PARAM *x25519_gen_settable(void *generation, void *provider)
{
    (void)generation;
    return gen_settable(provider, EC_TYPE_X25519);
}

static EVP_PKEY *generate_on_card(const struct generation *generation, struct operation *operation,
                                  enum tlscard_ec_curve curve)
{
    struct provider *provider = generation->provider;
    uint8_t scalar[EC_MAX_OCTETS], point[2 * EC_MAX_OCTETS];
    struct ec_work work = {.provider = provider, .curve = curve, .use = EC_GENERATE, .scalar = scalar};
    EVP_PKEY *key = NULL;

    if (!offload_possible(provider->offload, operation))
        return NULL;
    if (!ec_random_scalar(provider, curve, scalar))
        offload_refuse(operation, UNSUPPORTED_KEY);
    else if (ec_run(&work, operation, point) && (key = ec_software_key(provider, curve, scalar, point)) == NULL)
        offload_contradict(provider->offload, operation);
    OPENSSL_cleanse(scalar, sizeof scalar);
    return key;
}

static EVP_PKEY *generate(const struct generation *generation)
{
    enum tlscard_ec_curve curve =
        generation->type == EC_TYPE_X25519 ? TLSCARD_EC_X25519 : ec_curve_of(generation->group);
    struct operation operation;
    EVP_PKEY *key;

    ec_begin(&operation, curve, generation->group, EC_GENERATE);
    if (generation->others)
        offload_refuse(&operation, UNSUPPORTED_USE);
    key = generate_on_card(generation, &operation, curve);
    if (key == NULL && EVP_PKEY_generate(generation->software, &key) <= 0)
        key = NULL;
    offload_end(generation->provider->offload, &operation);
    return key;
}

void *ec_gen(void *data, OSSL_CALLBACK *callback, void *argument)
{
    struct generation *generation = data;
    EVP_PKEY *software = NULL;
    struct ec_key *key;

    (void)callback, (void)argument; /* of no use: a key is made at once */
    if (generation->pair)
        software = generate(generation);
    else if (EVP_PKEY_paramgen(generation->software, &software) <= 0)
        software = NULL;
    if (software == NULL)
        return NULL;
    key = ec_key_new(generation->provider, generation->type);
    if (key == NULL)
        EVP_PKEY_free(software);
    else
        ec_key_adopt(key, software);
    return key;
}
