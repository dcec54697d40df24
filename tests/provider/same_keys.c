/* SPDX-License-Identifier: Apache-2.0 */
/* Keys for tests in several worlds. */
#include "tests/provider/same_keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

const char *const filling_names[FILLINGS] = {
    [UNTYPED] = "untyped", [TYPED] = "typed",     [MANAGED] = "managed", [PARAMETERS] = "parameters",
    [PUBLIC] = "public",   [PRIVATE] = "private", [WHOLE] = "whole",     [FOREIGN] = "foreign",
};

const struct key_kind key_kinds[] = {
    {"RSA", "RSA", NULL, EVP_PKEY_RSA},
    {"RSA-PSS", "RSA-PSS", NULL, EVP_PKEY_RSA_PSS},
    {"P-256", "EC", "prime256v1", EVP_PKEY_EC},
    {"P-384", "EC", "secp384r1", EVP_PKEY_EC},
    {"secp256k1", "EC", "secp256k1", EVP_PKEY_EC},
    {"B-283", "EC", "sect283r1", EVP_PKEY_EC},
    {"X25519", "X25519", NULL, EVP_PKEY_X25519},
};
const size_t key_kind_count = sizeof key_kinds / sizeof *key_kinds;

static EVP_PKEY *master_keys[sizeof key_kinds / sizeof *key_kinds];

/* Made once, by the default provider alone: the same numbers for each world and each filling. */
static EVP_PKEY *master_key(const struct key_kind *kind)
{
    EVP_PKEY **master = &master_keys[kind - key_kinds];
    EVP_PKEY_CTX *context;

    if (*master != NULL)
        return *master;
    context = EVP_PKEY_CTX_new_from_name(NULL, kind->type, "provider=default");
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    if (kind->group != NULL)
        assert_int_equal(EVP_PKEY_CTX_set_group_name(context, kind->group), 1);
    assert_int_equal(EVP_PKEY_generate(context, master), 1);
    EVP_PKEY_CTX_free(context);
    return *master;
}

/* The parameters of the whole key but for those that the filling leaves out. */
static size_t choose_params(OSSL_PARAM *params, enum filling filling)
{
    size_t count = 0;

    for (OSSL_PARAM *param = params; param->key != NULL; param++)
        if (!(filling == PRIVATE && strcmp(param->key, OSSL_PKEY_PARAM_PUB_KEY) == 0))
            params[count++] = *param;
    params[count] = OSSL_PARAM_construct_end();
    return count;
}

static EVP_PKEY *copy_key(OSSL_LIB_CTX *library, EVP_PKEY *master, const char *type, enum filling filling)
{
    static const int selections[FILLINGS] = {
        [PARAMETERS] = EVP_PKEY_KEY_PARAMETERS, [PUBLIC] = EVP_PKEY_PUBLIC_KEY, [PRIVATE] = EVP_PKEY_KEYPAIR,
        [WHOLE] = EVP_PKEY_KEYPAIR,             [FOREIGN] = EVP_PKEY_KEYPAIR,
    };
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(library, type, NULL);
    OSSL_PARAM *params = NULL, *chosen;
    EVP_PKEY *key = NULL;
    size_t count = 0;

    assert_true(EVP_PKEY_todata(master, selections[filling], &params));
    while (params[count].key != NULL)
        count++;
    chosen = OPENSSL_memdup(params, (count + 1) * sizeof *params);
    choose_params(chosen, filling);
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    if (EVP_PKEY_fromdata(context, &key, selections[filling], chosen) != 1)
        key = NULL;
    ERR_clear_error();
    OPENSSL_free(chosen);
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(context);
    return key;
}

static EVP_PKEY *hollow_key(struct world *world, const struct key_kind *kind, enum filling filling)
{
    EVP_PKEY *key = EVP_PKEY_new();
    EVP_KEYMGMT *keymgmt;

    assert_non_null(key);
    if (filling == TYPED)
        assert_int_equal(EVP_PKEY_set_type(key, kind->id), 1);
    if (filling == MANAGED) {
        keymgmt = EVP_KEYMGMT_fetch(world->library, kind->type, NULL);
        assert_int_equal(EVP_PKEY_set_type_by_keymgmt(key, keymgmt), 1);
        EVP_KEYMGMT_free(keymgmt);
    }
    return key;
}

EVP_PKEY *make_key(struct world *world, const struct key_kind *kind, enum filling filling)
{
    if (filling <= MANAGED)
        return hollow_key(world, kind, filling);
    if (filling == PARAMETERS && kind->group == NULL)
        return NULL;
    return copy_key(filling == FOREIGN ? world->other : world->library, master_key(kind), kind->type, filling);
}

EVP_PKEY_CTX *subject_context(struct world *world, const struct subject *subject)
{
    EVP_PKEY *key = make_key(world, subject->kind, subject->filling);
    EVP_PKEY_CTX *context = key == NULL ? NULL : EVP_PKEY_CTX_new_from_pkey(world->library, key, NULL);

    say(world, "context %d", context != NULL);
    say_errors(world);
    EVP_PKEY_free(key);
    return context;
}

void say_context_tables(struct world *world, EVP_PKEY_CTX *context)
{
    say_table(world, "settable", EVP_PKEY_CTX_settable_params(context));
    say_table(world, "gettable", EVP_PKEY_CTX_gettable_params(context));
    say_errors(world);
}

void with_each_key(const char *what, void (*scenario)(struct world *world, const void *given), unsigned fillings)
{
    char name[96];

    worlds_open();
    for (size_t i = 0; i < key_kind_count; i++)
        for (enum filling filling = UNTYPED; filling < FILLINGS; filling++) {
            const struct subject subject = {&key_kinds[i], filling};

            if ((fillings & FILLED(filling)) == 0)
                continue;
            snprintf(name, sizeof name, "%s of %s %s", what, key_kinds[i].name, filling_names[filling]);
            same(name, scenario, &subject);
        }
    worlds_close();
}
