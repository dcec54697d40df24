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
#include <openssl/params.h>

struct generation {
    struct provider *provider;
    enum ec_type type;
    const struct ec_software *functions;
    void *software;
    int pair; /* a key rather than parameters */
    char group[64];
    int others; /* parameters other than the group */
};

void ec_gen_cleanup(void *data)
{
    struct generation *generation = data;

    if (generation == NULL)
        return;
    generation->functions->gen_cleanup(generation->software);
    OPENSSL_free(generation);
}

static void remember(struct generation *generation, const OSSL_PARAM *param)
{
    for (; param != NULL && param->key != NULL; param++)
        if (strcmp(param->key, OSSL_PKEY_PARAM_GROUP_NAME) == 0 && param->data_type == OSSL_PARAM_UTF8_STRING)
            OPENSSL_strlcpy(generation->group, param->data, sizeof generation->group);
        else
            generation->others = 1;
}

int ec_gen_set_params(void *data, const OSSL_PARAM params[])
{
    struct generation *generation = data;

    if (!generation->functions->gen_set_params(generation->software, params))
        return 0;
    remember(generation, params);
    return 1;
}

static void *gen_init(struct provider *provider, enum ec_type type, int selection, const OSSL_PARAM params[])
{
    const struct ec_software *functions = ec_software_of(provider, type);
    struct generation *generation = functions == NULL ? NULL : OPENSSL_zalloc(sizeof *generation);

    if (generation == NULL)
        return NULL;
    generation->provider = provider;
    generation->type = type;
    generation->functions = functions;
    generation->pair = (selection & OSSL_KEYMGMT_SELECT_KEYPAIR) != 0;
    generation->software = functions->gen_init(functions->provider_context, selection, params);
    if (generation->software == NULL) {
        OPENSSL_free(generation);
        return NULL;
    }
    remember(generation, params);
    return generation;
}

void *ec_gen_init(void *provider, int selection, const OSSL_PARAM params[])
{
    return gen_init(provider, EC_TYPE_EC, selection, params);
}

void *x25519_gen_init(void *provider, int selection, const OSSL_PARAM params[])
{
    return gen_init(provider, EC_TYPE_X25519, selection, params);
}

int ec_gen_set_template(void *data, void *template)
{
    struct generation *generation = data;
    const struct ec_key *key = template;

    if (generation->functions->gen_set_template == NULL ||
        !generation->functions->gen_set_template(generation->software, key->inner))
        return 0;
    if (key->curve == EC_NO_CURVE || !ec_key_group(key, generation->group, sizeof generation->group))
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

static int draw_scalar(struct ec_work *work)
{
    return ec_random_scalar(work->provider, work->curve, work->drawn);
}

static void *generate_on_card(const struct generation *generation, struct operation *operation,
                              enum tlscard_ec_curve curve)
{
    struct provider *provider = generation->provider;
    uint8_t scalar[EC_MAX_OCTETS], point[2 * EC_MAX_OCTETS];
    struct ec_work work = {.provider = provider, .curve = curve, .use = EC_GENERATE, .scalar = scalar,
                           .draw = draw_scalar, .drawn = scalar};
    void *inner = NULL;

    if (ec_run(&work, operation, point) &&
        (inner = ec_software_key(generation->functions, curve, scalar, point)) == NULL)
        offload_contradict(provider->offload, operation);
    OPENSSL_cleanse(scalar, sizeof scalar);
    return inner;
}

static void *generate(const struct generation *generation, OSSL_CALLBACK *callback, void *argument)
{
    enum tlscard_ec_curve curve =
        generation->type == EC_TYPE_X25519 ? TLSCARD_EC_X25519 : ec_curve_of(generation->group);
    struct operation operation;
    void *inner;

    if (!generation->pair)
        return generation->functions->gen(generation->software, callback, argument);
    ec_begin(&operation, curve, generation->group, EC_GENERATE);
    if (generation->others)
        offload_refuse(&operation, UNSUPPORTED_USE);
    inner = generate_on_card(generation, &operation, curve);
    if (inner == NULL)
        inner = generation->functions->gen(generation->software, callback, argument);
    offload_end(generation->provider->offload, &operation);
    return inner;
}

void *ec_gen(void *data, OSSL_CALLBACK *callback, void *argument)
{
    struct generation *generation = data;
    void *inner = generate(generation, callback, argument);
    struct ec_key *key = inner == NULL ? NULL : ec_key_around(generation->provider, generation->type, inner);

    if (key != NULL)
        ec_key_refresh(key);
    return key;
}
