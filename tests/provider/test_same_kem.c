/* SPDX-License-Identifier: Apache-2.0 */
/* Encapsulation of secrets for keys of each kind, in each state, and what cannot be decapsulated: in each world alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include "tests/provider/same_keys.h"

#define ROOM 512

static int begin(struct world *world, EVP_PKEY_CTX *context, int decapsulates, const char *way)
{
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_KEM_PARAM_OPERATION, (char *)way, 0),
                           OSSL_PARAM_construct_end()};
    int result = (decapsulates ? EVP_PKEY_decapsulate_init : EVP_PKEY_encapsulate_init)(context, way == NULL ? NULL : params);

    say(world, "begin %s with %s = %d", decapsulates ? "decapsulation" : "encapsulation", way == NULL ? "nothing" : way,
        result);
    say_errors(world);
    return result > 0;
}

/* What is encapsulated is drawn: only its lengths are said, those on failure being nobody's promise. */
static int encapsulate(struct world *world, EVP_PKEY_CTX *context, uint8_t *wrapped, size_t *wrapped_length, uint8_t *secret,
                       size_t *secret_length)
{
    size_t wrapped_room = *wrapped_length, secret_room = *secret_length;
    int result = EVP_PKEY_encapsulate(context, wrapped, wrapped_length, secret, secret_length);

    say(world, "encapsulate in %d %zu and %d %zu = %d, %zu %zu", wrapped != NULL, wrapped_room, secret != NULL, secret_room,
        result, result > 0 ? *wrapped_length : 0, result > 0 ? *secret_length : 0);
    say_errors(world);
    return result > 0;
}

static int decapsulate(struct world *world, EVP_PKEY_CTX *context, uint8_t *secret, size_t *secret_length,
                       const uint8_t *wrapped, size_t wrapped_length)
{
    size_t room = *secret_length;
    int result = EVP_PKEY_decapsulate(context, secret, secret_length, wrapped, wrapped_length);

    say(world, "decapsulate %zu in %d %zu = %d, %zu", wrapped_length, secret != NULL, room, result,
        result > 0 ? *secret_length : 0);
    say_errors(world);
    return result > 0;
}

static void encapsulate_all(struct world *world, EVP_PKEY_CTX *context, uint8_t *wrapped, size_t *wrapped_length,
                            uint8_t *secret, size_t *secret_length)
{
    static const size_t rooms[] = {0, 1, 31, 32, 65, 97, 255, 256};
    size_t wrapped_room = 0, secret_room = 0;

    encapsulate(world, context, NULL, &wrapped_room, NULL, &secret_room);
    for (size_t i = 0; i < 2 * sizeof rooms / sizeof *rooms; i++) {
        wrapped_room = i % 2 == 0 ? rooms[i / 2] : ROOM;
        secret_room = i % 2 == 0 ? ROOM : rooms[i / 2];
        encapsulate(world, context, wrapped, &wrapped_room, secret, &secret_room);
    }
    *wrapped_length = *secret_length = ROOM;
    if (!encapsulate(world, context, wrapped, wrapped_length, secret, secret_length))
        *wrapped_length = *secret_length = 0;
}

static void decapsulate_all(struct world *world, EVP_PKEY_CTX *context, uint8_t *wrapped, size_t wrapped_length,
                            const uint8_t *secret, size_t secret_length)
{
    static const size_t rooms[] = {0, 1, 31, 32, 255, 256};
    uint8_t found[ROOM], nothing[ROOM] = {0};
    size_t found_length = ROOM;

    decapsulate(world, context, NULL, &found_length, wrapped, wrapped_length);
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        found_length = rooms[i];
        decapsulate(world, context, found, &found_length, wrapped, wrapped_length);
    }
    found_length = ROOM;
    if (decapsulate(world, context, found, &found_length, wrapped, wrapped_length))
        say(world, "the same %d", found_length == secret_length && memcmp(found, secret, found_length) == 0);
    for (size_t i = 0; i < 3; i++) {
        size_t lengths[] = {wrapped_length, wrapped_length - (wrapped_length > 0), wrapped_length + 1};

        found_length = ROOM;
        decapsulate(world, context, found, &found_length, nothing, lengths[i]);
    }
    memset(nothing, 0xff, sizeof nothing);
    found_length = ROOM;
    decapsulate(world, context, found, &found_length, nothing, wrapped_length);
}

static void wrap_in(struct world *world, const struct subject *subject, const char *way)
{
    EVP_PKEY_CTX *context = subject_context(world, subject), *copy;
    uint8_t wrapped[ROOM + 1], secret[ROOM];
    size_t wrapped_length = ROOM, secret_length = ROOM;

    if (context == NULL)
        return;
    encapsulate(world, context, wrapped, &wrapped_length, secret, &secret_length);
    begin(world, context, 0, way);
    say_context_tables(world, context);
    CALL(world, EVP_PKEY_CTX_set_kem_op(context, "nonsense"));
    CALL(world, EVP_PKEY_CTX_set_kem_op(context, NULL));
    encapsulate_all(world, context, wrapped, &wrapped_length, secret, &secret_length);
    copy = EVP_PKEY_CTX_dup(context);
    say(world, "copy %d", copy != NULL);
    say_errors(world);
    if (copy != NULL) {
        wrapped_length = secret_length = ROOM;
        encapsulate(world, copy, wrapped, &wrapped_length, secret, &secret_length);
    }
    EVP_PKEY_CTX_free(copy);
    wrapped_length = secret_length = ROOM;
    if (!encapsulate(world, context, wrapped, &wrapped_length, secret, &secret_length))
        wrapped_length = 0;
    begin(world, context, 1, way);
    say_context_tables(world, context);
    decapsulate_all(world, context, wrapped, wrapped_length, secret, secret_length);
    EVP_PKEY_CTX_free(context);
}

static void wraps(struct world *world, const void *given)
{
    static const char *const ways[] = {NULL, "RSASVE", "DHKEM", "nonsense"};

    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        wrap_in(world, given, ways[i]);
}

static void test_wraps(void **state)
{
    (void)state;
    with_each_key("encapsulation", wraps, EACH_FILLING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_wraps)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
