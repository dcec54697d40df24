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
    int has_template;
    int others; /* something but the group was asked for that is not what every key has */
};

void ec_gen_cleanup(void *data)
{
    struct generation *generation = data;

    if (generation == NULL)
        return;
    if (generation->functions->gen_cleanup != NULL)
        generation->functions->gen_cleanup(generation->software);
    OPENSSL_free(generation);
}

static int is_text(const OSSL_PARAM *param, const char *key, const char *text)
{
    return strcmp(param->key, key) == 0 && param->data_type == OSSL_PARAM_UTF8_STRING && strcmp(param->data, text) == 0;
}

static int is_number(const OSSL_PARAM *param, const char *key, int number)
{
    int value;

    return strcmp(param->key, key) == 0 && OSSL_PARAM_get_int(param, &value) && value == number;
}

/* What a key has that was made with the name of its group alone. */
static int is_usual(const OSSL_PARAM *param)
{
    return is_text(param, OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_EC_ENCODING_GROUP) ||
           is_text(param, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
                   OSSL_PKEY_EC_POINT_CONVERSION_FORMAT_UNCOMPRESSED) ||
           is_number(param, OSSL_PKEY_PARAM_USE_COFACTOR_ECDH, 0) ||
           is_number(param, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, 0);
}

/* The default provider has accepted them: so what is text is text. Of two groups it takes the first, or none. */
static void remember(struct generation *generation, const OSSL_PARAM params[])
{
    const OSSL_PARAM *group = OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_GROUP_NAME);

    for (const OSSL_PARAM *param = params; param != NULL && param->key != NULL; param++)
        generation->others |= param != group && !is_usual(param);
    generation->others |= group != NULL && generation->has_template;
    if (group != NULL && group->data_type == OSSL_PARAM_UTF8_STRING)
        OPENSSL_strlcpy(generation->group, group->data, sizeof generation->group);
}

int ec_gen_set_params(void *data, const OSSL_PARAM params[])
{
    struct generation *generation = data;

    if (generation == NULL || generation->functions->gen_set_params == NULL ||
        !generation->functions->gen_set_params(generation->software, params))
        return 0;
    remember(generation, params);
    return 1;
}

static void *gen_init(struct provider *provider, enum ec_type type, int selection, const OSSL_PARAM params[])
{
    const struct ec_software *functions = ec_software_of(provider, type);
    struct generation *generation;

    if (functions == NULL || functions->gen_init == NULL || functions->gen == NULL ||
        (generation = OPENSSL_zalloc(sizeof *generation)) == NULL)
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

/*
 * A template stands for its group, whatever name is given besides, before or after. The group has an encoding and a
 * form of points, and may have been one without a name: what is not as usual, or a second name, is for software.
 */
static void remember_template(struct generation *generation, const struct ec_key *key)
{
    char encoding[32] = "", format[32] = "", group[sizeof generation->group] = "";
    uint8_t seed[64];
    int explicit = 1;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_EC_ENCODING, encoding, sizeof encoding),
        OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, format, sizeof format),
        OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, &explicit),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_EC_SEED, seed, sizeof seed),
        OSSL_PARAM_construct_end(),
    };
    const EC_GROUP *standard = generation->provider->groups[key->curve];

    if (key->curve == EC_NO_CURVE || generation->group[0] != '\0' || !ec_key_read(key, params) ||
        !ec_key_group(key, group, sizeof group) || !is_usual(&params[0]) || !is_usual(&params[1]) ||
        !is_usual(&params[2]) || params[3].return_size != EC_GROUP_get_seed_len(standard) ||
        memcmp(seed, EC_GROUP_get0_seed(standard), params[3].return_size) != 0)
        generation->others = 1;
    memcpy(generation->group, group, sizeof group);
    generation->has_template = 1;
}

/* libcrypto has NULL for a key with a type but nothing in it. */
int ec_gen_set_template(void *data, void *template)
{
    struct generation *generation = data;
    const struct ec_key *key = template;

    if (generation->functions->gen_set_template == NULL)
        return 1;
    if (!generation->functions->gen_set_template(generation->software, key == NULL ? NULL : key->inner))
        return 0;
    if (key != NULL)
        remember_template(generation, key);
    return 1;
}

int ec_gen_get_params(void *data, OSSL_PARAM params[])
{
    struct generation *generation = data;

    return generation != NULL && generation->functions->gen_get_params != NULL &&
           generation->functions->gen_get_params(generation->software, params);
}

const OSSL_PARAM *ec_gen_gettable(void *generation, void *provider)
{
    const struct ec_software *functions = ec_software_of(provider, EC_TYPE_EC);

    (void)generation;
    return functions == NULL || functions->gen_gettable == NULL
               ? NULL
               : functions->gen_gettable(NULL, functions->provider_context);
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
        generation->type == EC_TYPE_X25519 ? TLSCARD_EC_X25519 : ec_curve_of(generation->provider, generation->group);
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
    void *inner = generation == NULL ? NULL : generate(generation, callback, argument);
    struct ec_key *key = inner == NULL ? NULL : ec_key_around(generation->provider, generation->type, inner);

    if (key != NULL)
        ec_key_refresh(key);
    return key;
}
