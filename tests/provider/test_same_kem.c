/* SPDX-License-Identifier: Apache-2.0 */
/* Encapsulation of secrets for keys of each kind, in each state, and what cannot be decapsulated: in each world alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#if OPENSSL_VERSION_NUMBER >= 0x30200000L
#include <openssl/hpke.h>
#endif

#include "tests/provider/fixture.h"
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

#if OPENSSL_VERSION_NUMBER >= 0x30200000L
/* From a sender with a key of each kind, filled in each way. */
static void wrap_from(struct world *world, const struct subject *subject, EVP_PKEY *sender)
{
    EVP_PKEY_CTX *context = subject_context(world, subject);
    uint8_t wrapped[ROOM], secret[ROOM], found[ROOM];
    size_t wrapped_length = ROOM, secret_length = ROOM, found_length = ROOM;

    if (context == NULL)
        return;
    CALL(world, EVP_PKEY_auth_encapsulate_init(context, sender, NULL));
    CALL(world, EVP_PKEY_CTX_set_kem_op(context, OSSL_KEM_PARAM_OPERATION_DHKEM));
    if (!encapsulate(world, context, wrapped, &wrapped_length, secret, &secret_length))
        wrapped_length = 0;
    CALL(world, EVP_PKEY_auth_decapsulate_init(context, sender, NULL));
    CALL(world, EVP_PKEY_CTX_set_kem_op(context, OSSL_KEM_PARAM_OPERATION_DHKEM));
    if (decapsulate(world, context, found, &found_length, wrapped, wrapped_length))
        say(world, "the same %d", found_length == secret_length && memcmp(found, secret, found_length) == 0);
    EVP_PKEY_CTX_free(context);
}

static void senders(struct world *world, const void *given)
{
    for (size_t i = 0; i < key_kind_count; i++)
        for (enum filling filling = PARAMETERS; filling < FILLINGS; filling++) {
            EVP_PKEY *sender = make_key(world, &key_kinds[i], filling);

            say(world, "from %s %s", key_kinds[i].name, filling_names[filling]);
            if (sender != NULL)
                wrap_from(world, given, sender);
            EVP_PKEY_free(sender);
        }
    wrap_from(world, given, NULL);
}

static void test_senders(void **state)
{
    (void)state;
    with_each_key("encapsulation from a sender", senders, EACH_FILLING);
}

/* RFC 9180, all of it from given octets: to the same public key, the same message. */
static void hpke(struct world *world, const void *given)
{
    const OSSL_HPKE_SUITE *suite = given;
    static const uint8_t ikm[64] = "input keying material of everybody", text[] = "a text";
    uint8_t public_key[ROOM], wrapped[ROOM], sealed[ROOM], opened[ROOM];
    size_t public_length = ROOM, wrapped_length = ROOM, sealed_length = ROOM, opened_length = ROOM;
    OSSL_HPKE_CTX *sender = OSSL_HPKE_CTX_new(OSSL_HPKE_MODE_BASE, *suite, OSSL_HPKE_ROLE_SENDER, world->library, NULL);
    OSSL_HPKE_CTX *receiver = OSSL_HPKE_CTX_new(OSSL_HPKE_MODE_BASE, *suite, OSSL_HPKE_ROLE_RECEIVER, world->library, NULL);
    EVP_PKEY *key = NULL;

    CALL(world, OSSL_HPKE_keygen(*suite, public_key, &public_length, &key, ikm, sizeof ikm, world->library, NULL));
    say_octets(world, "public", public_key, public_length);
    CALL(world, OSSL_HPKE_CTX_set1_ikme(sender, ikm, sizeof ikm));
    CALL(world, OSSL_HPKE_encap(sender, wrapped, &wrapped_length, public_key, public_length, NULL, 0));
    say_octets(world, "wrapped", wrapped, wrapped_length);
    CALL(world, OSSL_HPKE_seal(sender, sealed, &sealed_length, NULL, 0, text, sizeof text));
    say_octets(world, "sealed", sealed, sealed_length);
    CALL(world, OSSL_HPKE_decap(receiver, wrapped, wrapped_length, key, NULL, 0));
    CALL(world, OSSL_HPKE_open(receiver, opened, &opened_length, NULL, 0, sealed, sealed_length));
    CALL(world, OSSL_HPKE_open(receiver, opened, &opened_length, NULL, 0, sealed, sealed_length)); /* the next one's nonce */
    CALL(world, OSSL_HPKE_decap(receiver, wrapped, wrapped_length - 1, key, NULL, 0));
    EVP_PKEY_free(key);
    OSSL_HPKE_CTX_free(sender);
    OSSL_HPKE_CTX_free(receiver);
}

static void test_hpke(void **state)
{
    static const OSSL_HPKE_SUITE suites[] = {
        {OSSL_HPKE_KEM_ID_P256, OSSL_HPKE_KDF_ID_HKDF_SHA256, OSSL_HPKE_AEAD_ID_AES_GCM_128},
        {OSSL_HPKE_KEM_ID_P384, OSSL_HPKE_KDF_ID_HKDF_SHA384, OSSL_HPKE_AEAD_ID_AES_GCM_256},
        {OSSL_HPKE_KEM_ID_P521, OSSL_HPKE_KDF_ID_HKDF_SHA512, OSSL_HPKE_AEAD_ID_AES_GCM_256},
        {OSSL_HPKE_KEM_ID_X25519, OSSL_HPKE_KDF_ID_HKDF_SHA256, OSSL_HPKE_AEAD_ID_AES_GCM_128},
    };

    (void)state;
    worlds_open();
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++)
        same("HPKE", hpke, &suites[i]);
    worlds_close();
}
#endif

/* What needs a private key is counted as software's, and the question for its size is not. */
static void test_counted(void **state)
{
    struct fixture fixture;
    EVP_PKEY *plain, *key;
    EVP_PKEY_CTX *context;
    uint8_t wrapped[ROOM], secret[ROOM];
    size_t wrapped_length = ROOM, length = ROOM;

    (void)state;
    fixture_open(&fixture, "POLICY=always", NULL);
    plain = plain_key(&fixture, 2048);
    key = key_in(fixture.library, plain);
    context = EVP_PKEY_CTX_new_from_pkey(fixture.library, key, NULL);
    assert_int_equal(EVP_PKEY_encapsulate_init(context, NULL), 1);
    assert_int_equal(EVP_PKEY_CTX_set_kem_op(context, OSSL_KEM_PARAM_OPERATION_RSASVE), 1);
    assert_int_equal(EVP_PKEY_encapsulate(context, wrapped, &wrapped_length, secret, &length), 1);
    assert_int_equal(EVP_PKEY_decapsulate_init(context, NULL), 1);
    assert_int_equal(EVP_PKEY_CTX_set_kem_op(context, OSSL_KEM_PARAM_OPERATION_RSASVE), 1);
    assert_int_equal(EVP_PKEY_decapsulate(context, NULL, &length, wrapped, wrapped_length), 1);
    assert_int_equal(fixture_count(&fixture, "unsupported-use"), 0);
    assert_int_equal(EVP_PKEY_decapsulate(context, secret, &length, wrapped, wrapped_length), 1);
    assert_int_equal(fixture_count(&fixture, "unsupported-use"), 1);
    EVP_PKEY_CTX_free(context);
    EVP_PKEY_free(key);
    EVP_PKEY_free(plain);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wraps),
        cmocka_unit_test(test_counted),
#if OPENSSL_VERSION_NUMBER >= 0x30200000L
        cmocka_unit_test(test_senders),
        cmocka_unit_test(test_hpke),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
