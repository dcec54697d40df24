/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that are generated, with a card and without: names, forms and templates, and whatever is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "tests/provider/same_keys.h"

/* Values that the generator draws: only how long they are is said. */
static int is_drawn(const char *name)
{
    static const char *const drawn[] = {OSSL_PKEY_PARAM_PUB_KEY, OSSL_PKEY_PARAM_PRIV_KEY, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY,
                                        OSSL_PKEY_PARAM_EC_PUB_X, OSSL_PKEY_PARAM_EC_PUB_Y, "n", "d", "rsa-factor",
                                        "rsa-exponent", "rsa-coefficient"};

    for (size_t i = 0; i < sizeof drawn / sizeof *drawn; i++)
        if (strncmp(name, drawn[i], strlen(drawn[i])) == 0 && (strlen(drawn[i]) > 1 || name[1] == '\0'))
            return 1;
    return 0;
}

/* A compressed point and an uncompressed one differ in their first octet, as their lengths do. */
static void say_shape(struct world *world, EVP_PKEY *key, int selection)
{
    OSSL_PARAM *params = NULL;
    int result = EVP_PKEY_todata(key, selection, &params);

    say(world, "todata %#x = %d", (unsigned)selection, result);
    say_errors(world);
    for (OSSL_PARAM *param = params; param != NULL && param->key != NULL; param++) {
        /* a drawn number may begin with zeros */
        say(world, "  %s type %u size %zu", param->key, param->data_type,
            is_drawn(param->key) && param->data_type == OSSL_PARAM_UNSIGNED_INTEGER ? 0 : param->data_size);
        if (!is_drawn(param->key) || param->data_type == OSSL_PARAM_INTEGER)
            say_octets(world, "  ", param->data, param->data_size);
        else if (EVP_PKEY_is_a(key, "EC") && strcmp(param->key, OSSL_PKEY_PARAM_PUB_KEY) == 0)
            say(world, "  form %d", *(const uint8_t *)param->data & ~1);
    }
    OSSL_PARAM_free(params);
}

static void say_asked(struct world *world, EVP_PKEY *key)
{
    static const char *const names[] = {
        OSSL_PKEY_PARAM_GROUP_NAME, OSSL_PKEY_PARAM_EC_ENCODING, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT,
        OSSL_PKEY_PARAM_DEFAULT_DIGEST, OSSL_PKEY_PARAM_MANDATORY_DIGEST, OSSL_PKEY_PARAM_EC_FIELD_TYPE,
    };
    static const char *const numbers[] = {
        OSSL_PKEY_PARAM_BITS, OSSL_PKEY_PARAM_SECURITY_BITS, OSSL_PKEY_PARAM_MAX_SIZE, OSSL_PKEY_PARAM_USE_COFACTOR_ECDH,
        OSSL_PKEY_PARAM_EC_INCLUDE_PUBLIC, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
    };

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char text[64] = "";

        CALL(world, EVP_PKEY_get_utf8_string_param(key, names[i], text, sizeof text, NULL));
        say(world, "%s %s", names[i], text);
    }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        int number = -7;

        CALL(world, EVP_PKEY_get_int_param(key, numbers[i], &number));
        say(world, "%s %d", numbers[i], number);
    }
}

/*
 * The default provider's generation gives the form of points that was asked for to the group and not to the key, so there
 * are two of them: its encoders write the key's point in the latter, but in the former after an export and an import, as
 * they have the keys of all other providers.
 */
static int has_one_form(EVP_PKEY *key)
{
    OSSL_PARAM *params = NULL, *first;
    int one = 1;

    EVP_PKEY_todata(key, EVP_PKEY_PUBLIC_KEY, &params);
    ERR_clear_error();
    first = params == NULL ? NULL : OSSL_PARAM_locate(params, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT);
    for (OSSL_PARAM *param = first; param != NULL && param->key != NULL; param++)
        if (strcmp(param->key, first->key) == 0)
            one &= strcmp(param->data, first->data) == 0;
    OSSL_PARAM_free(params);
    return one;
}

/* All that can be told of a generated key but its numbers. */
static void say_generated(struct world *world, EVP_PKEY *key)
{
    EVP_PKEY_CTX *context;

    say(world, "generated %d", key != NULL);
    if (key == NULL)
        return;
    say_shape(world, key, EVP_PKEY_KEYPAIR);
    say_shape(world, key, EVP_PKEY_PUBLIC_KEY);
    say_shape(world, key, EVP_PKEY_KEY_PARAMETERS);
    say_asked(world, key);
    CALL(world, i2d_KeyParams(key, NULL));
    if (has_one_form(key))
        CALL(world, i2d_PUBKEY(key, NULL));
    CALL(world, EVP_PKEY_missing_parameters(key));
    context = EVP_PKEY_CTX_new_from_pkey(world->library, key, NULL);
    CALL(world, EVP_PKEY_pairwise_check(context));
    CALL(world, EVP_PKEY_public_check(context));
    CALL(world, EVP_PKEY_param_check(context));
    EVP_PKEY_CTX_free(context);
}

struct request {
    const char *type;
    int parameters;          /* generate those rather than a key */
    const OSSL_PARAM *first; /* set one after the other, where they are not NULL */
    const OSSL_PARAM *second;
};

static void finish(struct world *world, EVP_PKEY_CTX *context)
{
    EVP_PKEY *key = NULL;

    CALL(world, EVP_PKEY_generate(context, &key));
    say_generated(world, key);
    EVP_PKEY_free(key);
    key = NULL;
    CALL(world, EVP_PKEY_generate(context, &key)); /* and another */
    say_generated(world, key);
    EVP_PKEY_free(key);
}

static void generation(struct world *world, const void *given)
{
    const struct request *request = given;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(world->library, request->type, NULL);

    if (request->parameters)
        CALL(world, EVP_PKEY_paramgen_init(context));
    else
        CALL(world, EVP_PKEY_keygen_init(context));
    if (request->first != NULL)
        CALL(world, EVP_PKEY_CTX_set_params(context, request->first));
    if (request->second != NULL)
        CALL(world, EVP_PKEY_CTX_set_params(context, request->second));
    finish(world, context);
    EVP_PKEY_CTX_free(context);
}

#define TEXT(name, text) OSSL_PARAM_construct_utf8_string(name, (char *)(text), 0)
#define GROUP(text) TEXT(OSSL_PKEY_PARAM_GROUP_NAME, text)
#define END OSSL_PARAM_construct_end()

static void generate_as(const char *name, const char *type, const OSSL_PARAM *first, const OSSL_PARAM *second)
{
    for (int parameters = 0; parameters < 2; parameters++) {
        const struct request request = {type, parameters, first, second};

        same(name, generation, &request);
    }
}

static const char *const group_names[] = {
    "P-256", "p-256", "P256", "prime256v1", "PRIME256V1", "secp256r1", "SECP256R1", "1.2.840.10045.3.1.7", "P-384", "p-384",
    "secp384r1", "SECP384R1", "Secp384r1", "1.3.132.0.34", "P-521", "secp521r1", "secp256k1", "brainpoolP256r1", "B-283",
    "nonsense", "", "X25519", "P-2567", "x25519", "a name that is longer than any name of a group has ever been or will ever be",
};

static void test_names(void **state)
{
    (void)state;
    worlds_open();
    for (size_t i = 0; i < sizeof group_names / sizeof *group_names; i++) {
        const OSSL_PARAM group[] = {GROUP(group_names[i]), END};
        const OSSL_PARAM two[] = {GROUP(group_names[i]), GROUP("secp384r1"), END};

        generate_as(group_names[i], "EC", group, NULL);
        generate_as(group_names[i], "X25519", group, NULL);
        generate_as(group_names[i], "EC", two, NULL);
        generate_as(group_names[i], "EC", (const OSSL_PARAM[]){GROUP("P-384"), END}, group);
    }
    generate_as("no name", "EC", NULL, NULL);
    generate_as("no name", "X25519", NULL, NULL);
    assert_true(fake.submitted > 0);
    worlds_close();
}

static void test_forms(void **state)
{
    int one = 1, zero = 0, minus = -1, nonsense = 7;
    uint8_t seed[] = {1, 2, 3, 4};
    const OSSL_PARAM extras[] = {
        TEXT(OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "compressed"),
        TEXT(OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "COMPRESSED"),
        TEXT(OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "hybrid"),
        TEXT(OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed"),
        TEXT(OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "nonsense"),
        TEXT(OSSL_PKEY_PARAM_EC_ENCODING, "explicit"),
        TEXT(OSSL_PKEY_PARAM_EC_ENCODING, "named_curve"),
        TEXT(OSSL_PKEY_PARAM_EC_ENCODING, "NAMED_CURVE"),
        TEXT(OSSL_PKEY_PARAM_EC_ENCODING, "nonsense"),
        TEXT(OSSL_PKEY_PARAM_EC_GROUP_CHECK_TYPE, "named"),
        TEXT(OSSL_PKEY_PARAM_EC_GROUP_CHECK_TYPE, "named-nist"),
        TEXT(OSSL_PKEY_PARAM_EC_GROUP_CHECK_TYPE, "nonsense"),
        TEXT(OSSL_PKEY_PARAM_EC_FIELD_TYPE, "prime-field"),
        TEXT("nonsense", "nonsense"),
        OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_USE_COFACTOR_ECDH, &one),
        OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_USE_COFACTOR_ECDH, &zero),
        OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_USE_COFACTOR_ECDH, &minus),
        OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_USE_COFACTOR_ECDH, &nonsense),
        OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_EC_INCLUDE_PUBLIC, &zero),
        OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_EC_ENCODING, &zero),
        OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_GROUP_NAME, &zero),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_EC_SEED, seed, sizeof seed),
    };

    (void)state;
    worlds_open();
    for (size_t i = 0; i < sizeof extras / sizeof *extras; i++) {
        const OSSL_PARAM group[] = {GROUP("P-256"), END}, alone[] = {extras[i], END};
        const OSSL_PARAM before[] = {extras[i], GROUP("P-384"), END}, after[] = {GROUP("P-256"), extras[i], END};

        generate_as(extras[i].key, "EC", group, alone);
        generate_as(extras[i].key, "EC", alone, group);
        generate_as(extras[i].key, "EC", before, NULL);
        generate_as(extras[i].key, "EC", after, NULL);
        generate_as(extras[i].key, "EC", alone, NULL);
        generate_as(extras[i].key, "X25519", alone, NULL);
    }
    worlds_close();
}

/* By a key, in each state that one can be in. */
struct by_template {
    const struct key_kind *kind;
    enum filling filling;
    const char *group;  /* set after the template; may be NULL */
    const char *format; /* of the template's points; may be NULL */
    const char *encoding;
};

static void templates(struct world *world, const void *given)
{
    const struct by_template *by = given;
    EVP_PKEY *key = make_key(world, by->kind, by->filling);
    EVP_PKEY_CTX *context;

    if (key == NULL)
        return;
    if (by->format != NULL)
        CALL(world, EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, by->format));
    if (by->encoding != NULL)
        CALL(world, EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_ENCODING, by->encoding));
    for (int parameters = 0; parameters < 2; parameters++) {
        context = EVP_PKEY_CTX_new_from_pkey(world->library, key, NULL);
        say(world, "context %d", context != NULL);
        say_errors(world);
        if (context == NULL)
            continue;
        if (parameters)
            CALL(world, EVP_PKEY_paramgen_init(context));
        else
            CALL(world, EVP_PKEY_keygen_init(context));
        if (by->group != NULL)
            CALL(world, EVP_PKEY_CTX_set_group_name(context, by->group));
        finish(world, context);
        EVP_PKEY_CTX_free(context);
    }
    EVP_PKEY_free(key);
}

static void test_templates(void **state)
{
    static const char *const groups[] = {NULL, "P-256", "P-384", "nonsense"}, *const formats[] = {NULL, "compressed"},
                             *const encodings[] = {NULL, "explicit"};
    char name[64];

    (void)state;
    worlds_open();
    for (size_t i = 0; i < key_kind_count; i++)
        for (enum filling filling = UNTYPED; filling < FILLINGS; filling++)
            for (unsigned how = 0; how < 16; how++) {
                const struct by_template by = {&key_kinds[i], filling, groups[how & 3], formats[how >> 2 & 1],
                                               encodings[how >> 3]};

                if (filling == MANAGED && how > 3)
                    continue;
                if (strncmp(key_kinds[i].type, "RSA", 3) == 0 && how > 0) /* which is slow */
                    continue;
                snprintf(name, sizeof name, "template %s %s %u", key_kinds[i].name, filling_names[filling], how);
                same(name, templates, &by);
            }
    worlds_close();
}

/* EVP_PKEY_CTX_set_ec_paramgen_curve_nid and its like, on typed and empty keys: what programs of old do. */
static void old_ways(struct world *world, const void *given)
{
    const int *nid = given;
    EVP_PKEY *empty = EVP_PKEY_new(), *key = NULL;
    EVP_PKEY_CTX *context;

    for (int typed = 0; typed < 3; typed++) {
        if (typed > 0)
            CALL(world, EVP_PKEY_set_type(empty, typed == 1 ? EVP_PKEY_EC : EVP_PKEY_RSA));
        context = typed == 0 ? EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL) : EVP_PKEY_CTX_new(empty, NULL);
        if (context == NULL)
            continue;
        CALL(world, EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, *nid));
        CALL(world, EVP_PKEY_keygen_init(context));
        CALL(world, EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, *nid));
        CALL(world, EVP_PKEY_CTX_set_ec_param_enc(context, OPENSSL_EC_EXPLICIT_CURVE));
        CALL(world, EVP_PKEY_CTX_ctrl_str(context, "ec_paramgen_curve", "P-256"));
        CALL(world, EVP_PKEY_CTX_ctrl_str(context, "ec_param_enc", "named_curve"));
        CALL(world, EVP_PKEY_keygen(context, typed == 1 ? &empty : &key));
        EVP_PKEY_free(key);
        key = NULL;
        EVP_PKEY_CTX_free(context);
    }
    EVP_PKEY_free(empty);
}

static void test_old_ways(void **state)
{
    static const int nids[] = {NID_X9_62_prime256v1, NID_secp384r1, NID_secp256k1, NID_undef, NID_sha256};

    (void)state;
    worlds_open();
    for (size_t i = 0; i < sizeof nids / sizeof *nids; i++)
        same("old ways", old_ways, &nids[i]);
    worlds_close();
}

static int refuse(EVP_PKEY_CTX *context)
{
    (void)context;
    return 0;
}

/* RSA: sizes, exponents and primes that are refused, progress that is stopped, and what is asked meanwhile. */
static void rsa(struct world *world, const void *given)
{
    const OSSL_PARAM *params = given;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(world->library, "RSA", NULL);
    EVP_PKEY *key = NULL;

    CALL(world, EVP_PKEY_keygen_init(context));
    CALL(world, EVP_PKEY_CTX_set_params(context, params));
    say_table(world, "settable", EVP_PKEY_CTX_settable_params(context));
    say_table(world, "gettable", EVP_PKEY_CTX_gettable_params(context));
    EVP_PKEY_CTX_set_cb(context, refuse);
    CALL(world, EVP_PKEY_generate(context, &key));
    say_errors(world);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(context);
}

static void test_rsa(void **state)
{
    unsigned bits[] = {2048, 511, 0, 100000}, primes = 3, many = 99;
    uint8_t exponent[] = {2}, good[] = {3};
    const OSSL_PARAM sets[][3] = {
        {OSSL_PARAM_construct_uint(OSSL_PKEY_PARAM_RSA_BITS, &bits[0]), END},
        {OSSL_PARAM_construct_uint(OSSL_PKEY_PARAM_RSA_BITS, &bits[1]), END},
        {OSSL_PARAM_construct_uint(OSSL_PKEY_PARAM_RSA_BITS, &bits[2]), END},
        {OSSL_PARAM_construct_uint(OSSL_PKEY_PARAM_RSA_BITS, &bits[3]), END},
        {OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, exponent, 1), END},
        {OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, good, 1), END},
        {OSSL_PARAM_construct_uint(OSSL_PKEY_PARAM_RSA_PRIMES, &primes), END},
        {OSSL_PARAM_construct_uint(OSSL_PKEY_PARAM_RSA_PRIMES, &many), END},
        {TEXT(OSSL_PKEY_PARAM_RSA_BITS, "2048"), END},
        {TEXT(OSSL_PKEY_PARAM_RSA_DIGEST, "SHA256"), END},
        {END},
    };

    (void)state;
    worlds_open();
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        same("RSA", rsa, sets[i]);
    worlds_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_names), cmocka_unit_test(test_forms),
                                       cmocka_unit_test(test_templates), cmocka_unit_test(test_old_ways),
                                       cmocka_unit_test(test_rsa)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
