/* SPDX-License-Identifier: Apache-2.0 */
/* Every public function that takes a key, with keys that are whole, partly filled, empty or another's: in each world alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "tests/provider/same_keys.h"

static EVP_PKEY *make(struct world *world, const struct subject *subject)
{
    return make_key(world, subject->kind, subject->filling);
}

/* libcrypto asks no provider, and perhaps crashes (3.0 does). */
static int is_nobodys(const EVP_PKEY *key)
{
    return EVP_PKEY_get0_provider(key) == NULL;
}

/* The default provider does not look whether there is a key. */
static int is_too_hollow(const struct subject *subject)
{
    return subject->filling <= MANAGED;
}

static void say_text(struct world *world, const char *name, int result, const char *text)
{
    say(world, "%s = %d %s", name, result, result > 0 ? text : "");
    say_errors(world);
}

static void ask_properties(struct world *world, EVP_PKEY *key)
{
    char text[128] = "";
    size_t length = 0;
    int result;

    CALL(world, EVP_PKEY_get_bits(key));
    CALL(world, EVP_PKEY_get_security_bits(key));
    CALL(world, EVP_PKEY_get_size(key));
    CALL(world, EVP_PKEY_get_id(key));
    CALL(world, EVP_PKEY_get_base_id(key));
    CALL(world, EVP_PKEY_is_a(key, "EC"));
    CALL(world, EVP_PKEY_is_a(key, "RSA"));
    CALL(world, EVP_PKEY_can_sign(key));
    CALL(world, EVP_PKEY_missing_parameters(key));
    result = EVP_PKEY_get_default_digest_name(key, text, sizeof text);
    say_text(world, "default digest", result, text);
    result = EVP_PKEY_get_group_name(key, text, sizeof text, &length);
    say_text(world, "group", result, text);
    CALL(world, EVP_PKEY_get_field_type(key));
    CALL(world, EVP_PKEY_get_ec_point_conv_form(key));
}

static void ask_encoded(struct world *world, EVP_PKEY *key)
{
    uint8_t *encoded = NULL, raw[600];
    size_t length = EVP_PKEY_get1_encoded_public_key(key, &encoded);

    say_errors(world);
    say_octets(world, "encoded", encoded, length);
    OPENSSL_free(encoded);
    length = sizeof raw;
    say(world, "raw private %d", EVP_PKEY_get_raw_private_key(key, raw, &length));
    say_errors(world);
    CALL(world, EVP_PKEY_get_raw_private_key(key, NULL, &length));
    length = sizeof raw;
    say(world, "raw public %d", EVP_PKEY_get_raw_public_key(key, raw, &length));
    say_errors(world);
    length = 1;
    CALL(world, EVP_PKEY_get_raw_public_key(key, raw, &length));
}

/* One parameter of the table, with room and without, and of the wrong type. */
static void ask_param(struct world *world, EVP_PKEY *key, const OSSL_PARAM *kind)
{
    uint8_t room[1200];
    OSSL_PARAM params[2] = {*kind, OSSL_PARAM_construct_end()};
    static const size_t rooms[] = {sizeof room, 4, 1};
    int result;

    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        if (kind->data_type == OSSL_PARAM_INTEGER && rooms[i] > 8)
            continue;
        memset(room, 0, sizeof room);
        params[0].data = room;
        params[0].data_size = rooms[i];
        params[0].return_size = OSSL_PARAM_UNMODIFIED;
        result = EVP_PKEY_get_params(key, params);
        say(world, "%s in %zu = %d, size %zu", kind->key, rooms[i], result, params[0].return_size);
        say_errors(world);
        say_octets(world, "  ", room, result > 0 && OSSL_PARAM_modified(params) ? rooms[i] : 0);
    }
    params[0].data = NULL;
    params[0].data_size = 0;
    params[0].return_size = OSSL_PARAM_UNMODIFIED;
    result = EVP_PKEY_get_params(key, params);
    say(world, "%s without room = %d, size %zu", kind->key, result, params[0].return_size);
    say_errors(world);
}

static void ask_params(struct world *world, EVP_PKEY *key)
{
    const OSSL_PARAM *table = EVP_PKEY_gettable_params(key);
    OSSL_PARAM none[] = {OSSL_PARAM_construct_end()};
    int number = 0;

    say_errors(world);
    say_table(world, "gettable", table);
    say_table(world, "settable", EVP_PKEY_settable_params(key));
    say_errors(world);
    for (const OSSL_PARAM *kind = table; kind != NULL && kind->key != NULL; kind++)
        ask_param(world, key, kind);
    CALL(world, EVP_PKEY_get_params(key, none));
    CALL(world, EVP_PKEY_get_int_param(key, "nonsense", &number));
    CALL(world, EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_BITS, &number));
}

static void ask_data(struct world *world, EVP_PKEY *key)
{
    static const int selections[] = {0, EVP_PKEY_KEY_PARAMETERS, EVP_PKEY_PUBLIC_KEY, EVP_PKEY_KEYPAIR,
                                     OSSL_KEYMGMT_SELECT_PRIVATE_KEY, OSSL_KEYMGMT_SELECT_PUBLIC_KEY,
                                     OSSL_KEYMGMT_SELECT_DOMAIN_PARAMETERS, OSSL_KEYMGMT_SELECT_OTHER_PARAMETERS,
                                     OSSL_KEYMGMT_SELECT_KEYPAIR};

    say(world, "nobody's %d", is_nobodys(key));
    if (is_nobodys(key))
        return;
    for (size_t i = 0; i < sizeof selections / sizeof *selections; i++) {
        OSSL_PARAM *params = NULL;
        int result = EVP_PKEY_todata(key, selections[i], &params);

        say(world, "todata %#x = %d", (unsigned)selections[i], result);
        say_errors(world);
        if (result > 0)
            say_params(world, "  gives", params);
        OSSL_PARAM_free(params);
    }
}

/* As files have it: through encoders of the default provider. */
static void ask_files(struct world *world, EVP_PKEY *key)
{
    static const struct {
        const char *name;
        int (*encode)(const EVP_PKEY *key, unsigned char **out);
    } forms[] = {{"private", i2d_PrivateKey}, {"public", i2d_PUBKEY}, {"parameters", i2d_KeyParams}};

    if (is_nobodys(key))
        return;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        uint8_t *encoded = NULL;
        int length = forms[i].encode(key, &encoded);

        say(world, "%s = %d", forms[i].name, length);
        say_errors(world);
        say_octets(world, forms[i].name, encoded, encoded == NULL || length < 0 ? 0 : (size_t)length);
        OPENSSL_free(encoded);
    }
}

static void questions(struct world *world, const void *given)
{
    EVP_PKEY *key = make(world, given);

    if (key == NULL) {
        say(world, "no such key");
        return;
    }
    if (!is_too_hollow(given)) {
        ask_properties(world, key);
        ask_encoded(world, key);
        ask_params(world, key);
    }
    ask_data(world, key);
    ask_files(world, key);
    EVP_PKEY_free(key);
}

/* A copy, and what it is of. */
static void copies(struct world *world, const void *given)
{
    EVP_PKEY *key = make(world, given), *copy, *fresh = EVP_PKEY_new();

    if (key != NULL) {
        copy = EVP_PKEY_dup(key);
        say(world, "dup %d", copy != NULL);
        say_errors(world);
        if (copy != NULL)
            ask_data(world, copy);
        EVP_PKEY_free(copy);
    }
    if (key != NULL && !is_nobodys(key)) {
        CALL(world, EVP_PKEY_copy_parameters(fresh, key));
        ask_data(world, fresh);
        if (!is_nobodys(fresh))
            CALL(world, EVP_PKEY_copy_parameters(key, fresh));
        CALL(world, EVP_PKEY_copy_parameters(key, key));
    }
    EVP_PKEY_free(key);
    EVP_PKEY_free(fresh);
}

/* Beside each other kind of key, filled in each way. */
static void comparisons(struct world *world, const void *given)
{
    const struct subject *subject = given;
    EVP_PKEY *key = make(world, subject), *fresh;

    for (size_t i = 0; key != NULL && i < key_kind_count; i++)
        for (enum filling filling = UNTYPED; filling < FILLINGS; filling++) {
            EVP_PKEY *other = make_key(world, &key_kinds[i], filling);

            if (other == NULL || is_nobodys(key) || is_nobodys(other)) {
                EVP_PKEY_free(other);
                continue;
            }
            say(world, "%s %s", key_kinds[i].name, filling_names[filling]);
            CALL(world, EVP_PKEY_eq(key, other));
            CALL(world, EVP_PKEY_parameters_eq(key, other));
            EVP_PKEY_free(other);
        }
    fresh = key == NULL ? NULL : make(world, subject);
    if (fresh != NULL && !is_nobodys(fresh)) {
        CALL(world, EVP_PKEY_copy_parameters(key, fresh));
        CALL(world, EVP_PKEY_eq(key, fresh));
    }
    CALL(world, EVP_PKEY_eq(key, NULL));
    EVP_PKEY_free(fresh);
    EVP_PKEY_free(key);
}

static void checks(struct world *world, const void *given)
{
    EVP_PKEY *key = make(world, given);
    EVP_PKEY_CTX *context = key == NULL ? NULL : EVP_PKEY_CTX_new_from_pkey(world->library, key, NULL);

    say(world, "context %d", context != NULL);
    say_errors(world);
    if (context != NULL) {
        CALL(world, EVP_PKEY_check(context));
        CALL(world, EVP_PKEY_public_check(context));
        CALL(world, EVP_PKEY_public_check_quick(context));
        CALL(world, EVP_PKEY_private_check(context));
        CALL(world, EVP_PKEY_pairwise_check(context));
        CALL(world, EVP_PKEY_param_check(context));
        CALL(world, EVP_PKEY_param_check_quick(context));
    }
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(key);
}

/* What is set is there afterwards, or is refused in the same way. */
static void settings(struct world *world, const void *given)
{
    static const struct {
        const char *name, *text;
    } texts[] = {
        {OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "compressed"},
        {OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "nonsense"},
        {OSSL_PKEY_PARAM_EC_ENCODING, "explicit"},
        {OSSL_PKEY_PARAM_EC_ENCODING, "nonsense"},
        {OSSL_PKEY_PARAM_EC_GROUP_CHECK_TYPE, "named-nist"},
        {OSSL_PKEY_PARAM_EC_GROUP_CHECK_TYPE, "nonsense"},
        {OSSL_PKEY_PARAM_GROUP_NAME, "P-256"},
        {OSSL_PKEY_PARAM_EC_ENCODING, "named_curve"},
    };
    EVP_PKEY *key = make(world, given);
    EVP_PKEY_CTX *context;
    uint8_t octets[] = {4, 1, 2, 3};

    if (key == NULL || is_nobodys(key)) {
        EVP_PKEY_free(key);
        return;
    }
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        say(world, "%s to %s", texts[i].name, texts[i].text);
        CALL(world, EVP_PKEY_set_utf8_string_param(key, texts[i].name, texts[i].text));
        ask_files(world, key);
        ask_data(world, key);
    }
    CALL(world, EVP_PKEY_set_int_param(key, OSSL_PKEY_PARAM_USE_COFACTOR_ECDH, 1));
    CALL(world, EVP_PKEY_set_int_param(key, OSSL_PKEY_PARAM_USE_COFACTOR_ECDH, 7));
    CALL(world, EVP_PKEY_set_int_param(key, OSSL_PKEY_PARAM_EC_INCLUDE_PUBLIC, 0));
    ask_files(world, key);
    CALL(world, EVP_PKEY_set_octet_string_param(key, OSSL_PKEY_PARAM_EC_SEED, octets, sizeof octets));
    CALL(world, EVP_PKEY_set_octet_string_param(key, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, octets, sizeof octets));
    CALL(world, EVP_PKEY_set1_encoded_public_key(key, octets, sizeof octets));
    CALL(world, EVP_PKEY_set1_encoded_public_key(key, NULL, 0));
    CALL(world, EVP_PKEY_set_params(key, (OSSL_PARAM[]){OSSL_PARAM_construct_end()}));
    ask_data(world, key);
    context = EVP_PKEY_CTX_new_from_pkey(world->library, key, NULL);
    if (context != NULL)
        CALL(world, EVP_PKEY_param_check(context));
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(key);
}

static void test_questions(void **state)
{
    (void)state;
    with_each_key("questions", questions, EACH_FILLING);
}

static void test_copies(void **state)
{
    (void)state;
    with_each_key("copies", copies, EACH_FILLING);
}

static void test_comparisons(void **state)
{
    (void)state;
    with_each_key("comparisons", comparisons, EACH_FILLING);
}

static void test_checks(void **state)
{
    (void)state;
    with_each_key("checks", checks, EACH_FILLING);
}

static void test_settings(void **state)
{
    (void)state;
    with_each_key("settings", settings, EACH_FILLING & ~FILLED(MANAGED));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_questions), cmocka_unit_test(test_copies),
                                       cmocka_unit_test(test_comparisons), cmocka_unit_test(test_checks),
                                       cmocka_unit_test(test_settings)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
