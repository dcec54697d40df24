/* SPDX-License-Identifier: Apache-2.0 */
/* Every operation with a key, begun with keys in each state, in the wrong order and with too little room: in each world alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "tests/provider/same_keys.h"

#define ROOM 512

typedef int (*operation)(EVP_PKEY_CTX *context, unsigned char *out, size_t *out_length, const unsigned char *in,
                         size_t length);

/* What is the same of a result each time. */
enum told { NOTHING, LENGTH, OCTETS };

/* Lengths on failure are nobody's promise. */
static void run(struct world *world, EVP_PKEY_CTX *context, operation operate, enum told told, size_t room, const uint8_t *in,
                size_t length)
{
    uint8_t out[ROOM] = {0};
    size_t out_length = room;
    int result = operate(context, room == ROOM + 1 ? NULL : out, &out_length, in, length);

    say(world, "with room %zu for %zu octets = %d, %zu", room, length, result,
        result > 0 && told != NOTHING ? out_length : 0);
    say_errors(world);
    if (result > 0 && room <= ROOM && told == OCTETS)
        say_octets(world, "  ", out, out_length);
}

static void run_all(struct world *world, EVP_PKEY_CTX *context, operation operate, enum told told)
{
    static const size_t lengths[] = {0, 1, 32, 48, 245, 246, 255, 256, 257};
    uint8_t in[300];

    memset(in, 0x5a, sizeof in);
    in[0] = 0;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        run(world, context, operate, told, ROOM, in, lengths[i]);
        run(world, context, operate, told, ROOM + 1, in, lengths[i]);
        run(world, context, operate, told, 255, in, lengths[i]);
        run(world, context, operate, told, 0, in, lengths[i]);
    }
    memset(in, 0xff, sizeof in); /* no less than any modulus */
    run(world, context, operate, told, ROOM, in, 256);
}

/* What the table of the context has, read back as text and as a number. */
static void say_values(struct world *world, EVP_PKEY_CTX *context)
{
    const OSSL_PARAM *table = EVP_PKEY_CTX_gettable_params(context);

    for (; table != NULL && table->key != NULL; table++) {
        char text[64] = "";
        int number = 0;
        OSSL_PARAM as_text[] = {OSSL_PARAM_construct_utf8_string(table->key, text, sizeof text), OSSL_PARAM_construct_end()};
        OSSL_PARAM as_number[] = {OSSL_PARAM_construct_int(table->key, &number), OSSL_PARAM_construct_end()};
        int result = EVP_PKEY_CTX_get_params(context, as_text);

        say(world, "%s = %d %s", table->key, result, text);
        say_errors(world);
        result = EVP_PKEY_CTX_get_params(context, as_number);
        say(world, "%s = %d %d", table->key, result, number);
        say_errors(world);
    }
}

/* In the order that libcrypto asks for; the copy in the middle goes on by itself. */
static void cipher_with(struct world *world, const struct subject *subject, int decrypts, int padding)
{
    EVP_PKEY_CTX *context = subject_context(world, subject), *copy;
    operation operate = decrypts ? EVP_PKEY_decrypt : EVP_PKEY_encrypt;

    if (context == NULL)
        return;
    run(world, context, operate, LENGTH, ROOM, (const uint8_t *)"x", 1); /* before it has begun */
    if (decrypts)
        CALL(world, EVP_PKEY_decrypt_init(context));
    else
        CALL(world, EVP_PKEY_encrypt_init(context));
    say_context_tables(world, context);
    CALL(world, EVP_PKEY_CTX_set_rsa_padding(context, padding));
    CALL(world, EVP_PKEY_CTX_set_rsa_oaep_md_name(context, "SHA256", NULL));
    CALL(world, EVP_PKEY_CTX_set_rsa_oaep_md_name(context, "nonsense", NULL));
    CALL(world, EVP_PKEY_CTX_set_rsa_padding(context, 77));
    say_values(world, context);
    run_all(world, context, operate, decrypts && padding == RSA_NO_PADDING ? OCTETS : LENGTH);
    copy = EVP_PKEY_CTX_dup(context);
    say(world, "dup %d", copy != NULL);
    if (copy != NULL)
        run(world, copy, operate, LENGTH, ROOM, (const uint8_t *)"y", 1);
    EVP_PKEY_CTX_free(copy);
    CALL(world, EVP_PKEY_derive_init(context));
    CALL(world, EVP_PKEY_derive_set_peer(context, NULL));
    EVP_PKEY_CTX_free(context);
}

/* What is decrypted at random where a version rejects implicitly is the same for the same key and message. */
static void ciphers(struct world *world, const void *given)
{
    static const int paddings[] = {RSA_PKCS1_PADDING, RSA_PKCS1_OAEP_PADDING, RSA_NO_PADDING, RSA_PKCS1_WITH_TLS_PADDING,
                                   RSA_X931_PADDING, RSA_PKCS1_PSS_PADDING};

    for (size_t i = 0; i < sizeof paddings / sizeof *paddings; i++)
        for (int decrypts = 0; decrypts < 2; decrypts++)
            cipher_with(world, given, decrypts, paddings[i]);
}

static int derive(EVP_PKEY_CTX *context, unsigned char *out, size_t *out_length, const unsigned char *in, size_t length)
{
    (void)in, (void)length;
    return EVP_PKEY_derive(context, out, out_length);
}

static void set_kdf(struct world *world, EVP_PKEY_CTX *context)
{
    uint8_t *material = OPENSSL_zalloc(3);
    int given;

    CALL(world, EVP_PKEY_CTX_set_ecdh_kdf_type(context, EVP_PKEY_ECDH_KDF_X9_63));
    run(world, context, derive, OCTETS, ROOM, NULL, 0);
    CALL(world, EVP_PKEY_CTX_set_ecdh_kdf_md(context, EVP_sha256()));
    CALL(world, EVP_PKEY_CTX_set_ecdh_kdf_outlen(context, 40));
    given = EVP_PKEY_CTX_set0_ecdh_kdf_ukm(context, material, 3);
    CALL(world, given);
    if (given <= 0)
        OPENSSL_free(material);
    for (size_t room = 38; room < 43; room++)
        run(world, context, derive, OCTETS, room, NULL, 0);
    run(world, context, derive, OCTETS, ROOM + 1, NULL, 0);
    CALL(world, EVP_PKEY_CTX_set_ecdh_kdf_type(context, EVP_PKEY_ECDH_KDF_NONE));
    CALL(world, EVP_PKEY_CTX_set_ecdh_cofactor_mode(context, 1));
    run(world, context, derive, OCTETS, ROOM, NULL, 0);
    CALL(world, EVP_PKEY_CTX_set_ecdh_cofactor_mode(context, 9));
    CALL(world, EVP_PKEY_CTX_get_ecdh_cofactor_mode(context));
}

static void derive_with(struct world *world, EVP_PKEY_CTX *context, const struct key_kind *kind, enum filling filling)
{
    EVP_PKEY *peer = make_key(world, kind, filling);

    if (peer == NULL)
        return;
    say(world, "peer %s %s", kind->name, filling_names[filling]);
    if (filling != PARAMETERS && filling != PRIVATE) { /* with which the default provider of 3.0 crashes */
        CALL(world, EVP_PKEY_derive_set_peer_ex(context, peer, 0));
        run(world, context, derive, OCTETS, ROOM, NULL, 0);
    }
    CALL(world, EVP_PKEY_derive_set_peer(context, peer));
    run(world, context, derive, OCTETS, ROOM, NULL, 0);
    EVP_PKEY_free(peer);
}

static void exchanges(struct world *world, const void *given)
{
    EVP_PKEY_CTX *context = subject_context(world, given), *copy;
    size_t rooms[] = {ROOM, ROOM + 1, 0, 1, 31, 32, 33, 47, 48};

    if (context == NULL)
        return;
    run(world, context, derive, OCTETS, ROOM, NULL, 0);
    CALL(world, EVP_PKEY_derive_set_peer(context, NULL));
    CALL(world, EVP_PKEY_derive_init(context));
    say_context_tables(world, context);
    say_values(world, context);
    run(world, context, derive, OCTETS, ROOM, NULL, 0); /* without a peer */
    run(world, context, derive, OCTETS, ROOM + 1, NULL, 0);
    for (size_t i = 0; i < key_kind_count; i++)
        for (enum filling filling = UNTYPED; filling < FILLINGS; filling++)
            if (filling != MANAGED)
                derive_with(world, context, &key_kinds[i], filling);
    derive_with(world, context, ((const struct subject *)given)->kind, WHOLE);
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++)
        run(world, context, derive, OCTETS, rooms[i], NULL, 0);
    copy = EVP_PKEY_CTX_dup(context);
    say(world, "dup %d", copy != NULL);
    if (copy != NULL)
        run(world, copy, derive, OCTETS, ROOM, NULL, 0);
    EVP_PKEY_CTX_free(copy);
    set_kdf(world, context);
    CALL(world, EVP_PKEY_derive_init(context)); /* begun again */
    run(world, context, derive, OCTETS, ROOM, NULL, 0);
    EVP_PKEY_CTX_free(context);
}

/* Each operation begun, with a method that is for such keys or for others where a version takes one; NULL is libcrypto's choice. */
static void begin_signatures(struct world *world, const struct subject *subject, EVP_SIGNATURE *method)
{
    EVP_PKEY_CTX *context = subject_context(world, subject);
    uint8_t out[ROOM], in[32] = {1};
    size_t length = sizeof out;

    if (context == NULL)
        return;
    run(world, context, EVP_PKEY_sign, NOTHING, ROOM, in, sizeof in);
#if OPENSSL_VERSION_NUMBER >= 0x30400000L
    CALL(world, EVP_PKEY_sign_init_ex2(context, method, NULL));
    say_context_tables(world, context);
    CALL(world, EVP_PKEY_verify_init_ex2(context, method, NULL));
    CALL(world, EVP_PKEY_verify_recover_init_ex2(context, method, NULL));
    CALL(world, EVP_PKEY_sign_message_init(context, method, NULL));
    CALL(world, EVP_PKEY_verify_message_init(context, method, NULL));
#else
    (void)method;
#endif
    CALL(world, EVP_PKEY_verify_recover_init(context));
    say_context_tables(world, context);
    CALL(world, EVP_PKEY_verify_recover(context, out, &length, in, sizeof in));
    CALL(world, EVP_PKEY_verify_init(context));
    CALL(world, EVP_PKEY_verify(context, in, sizeof in, in, sizeof in));
    CALL(world, EVP_PKEY_sign_init(context));
    CALL(world, EVP_PKEY_CTX_set_params(context, NULL));
    for (size_t digest_length = 0; digest_length < 64; digest_length += 16)
        run(world, context, EVP_PKEY_sign, NOTHING, ROOM, out, digest_length);
    CALL(world, EVP_PKEY_encrypt_init(context)); /* and something else with the same context */
    CALL(world, EVP_PKEY_derive_init(context));
    EVP_PKEY_CTX_free(context);
}

static void digest_signatures(struct world *world, const struct subject *subject, const char *digest)
{
    EVP_PKEY *key = make_key(world, subject->kind, subject->filling);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    uint8_t out[ROOM], in[32] = {1};
    size_t length = sizeof out;

    if (key != NULL) {
        CALL(world, EVP_DigestSignInit_ex(context, NULL, digest, world->library, NULL, key, NULL));
        CALL(world, EVP_DigestSignUpdate(context, in, sizeof in));
        CALL(world, EVP_DigestSignFinal(context, out, &length));
        EVP_MD_CTX_reset(context);
        CALL(world, EVP_DigestVerifyInit_ex(context, NULL, digest, world->library, NULL, key, NULL));
        CALL(world, EVP_DigestVerifyUpdate(context, in, sizeof in));
        CALL(world, EVP_DigestVerifyFinal(context, in, sizeof in));
    }
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
}

static void signatures(struct world *world, const void *given)
{
    static const char *const methods[] = {"RSA", "ECDSA", "RSA-SHA256", "ECDSA-SHA256", "SM2", "nonsense"};
    static const char *const digests[] = {NULL, "SHA256", "SHA1", "nonsense"};

    begin_signatures(world, given, NULL);
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        EVP_SIGNATURE *method = EVP_SIGNATURE_fetch(world->library, methods[i], NULL);

        say(world, "%s %d", methods[i], method != NULL);
        say_errors(world);
        if (method != NULL)
            begin_signatures(world, given, method);
        EVP_SIGNATURE_free(method);
    }
    for (size_t i = 0; i < sizeof digests / sizeof *digests; i++)
        digest_signatures(world, given, digests[i]);
}

static void test_ciphers(void **state)
{
    (void)state;
    with_each_key("encryption", ciphers, EACH_FILLING);
}

static void test_exchanges(void **state)
{
    (void)state;
    with_each_key("exchange", exchanges, SOLID);
    with_each_key("exchange", exchanges, HOLLOW);
}

static void test_signatures(void **state)
{
    (void)state;
    with_each_key("signatures", signatures, SOLID);
    with_each_key("signatures", signatures, HOLLOW);
}

/* Numbers that no key has, of every type that a parameter may have. */
static void data(struct world *world, const void *given)
{
    static const int selections[] = {0, EVP_PKEY_KEY_PARAMETERS, EVP_PKEY_PUBLIC_KEY, EVP_PKEY_KEYPAIR};
    const OSSL_PARAM *params = given;
    static const char *const types[] = {"RSA", "RSA-PSS", "EC", "X25519"};

    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        for (size_t k = 0; k < sizeof selections / sizeof *selections; k++) {
            EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(world->library, types[i], NULL);
            EVP_PKEY *key = NULL;

            say(world, "%s %#x", types[i], (unsigned)selections[k]);
            CALL(world, EVP_PKEY_fromdata(context, &key, selections[k], (OSSL_PARAM *)params));
            CALL(world, EVP_PKEY_fromdata_init(context));
            say_table(world, "settable", EVP_PKEY_fromdata_settable(context, selections[k]));
            CALL(world, EVP_PKEY_fromdata(context, &key, selections[k], (OSSL_PARAM *)params));
            CALL(world, EVP_PKEY_get_bits(key));
            CALL(world, key != NULL && EVP_PKEY_missing_parameters(key));
            EVP_PKEY_free(key);
            EVP_PKEY_CTX_free(context);
        }
}

#define TEXT(name, text) OSSL_PARAM_construct_utf8_string(name, (char *)(text), 0)
#define STRING(name, octets, length) OSSL_PARAM_construct_octet_string(name, octets, length)
#define NUMBER(name, octets, length) OSSL_PARAM_construct_BN(name, octets, length)
#define END OSSL_PARAM_construct_end()

static void test_data(void **state)
{
    uint8_t zeros[97] = {0}, point[65] = {4, 1}, infinity[1] = {0}, compressed[33] = {2, 9}, ones[64];
    int number = 5;
    const OSSL_PARAM sets[][5] = {
        {END},
        {TEXT(OSSL_PKEY_PARAM_GROUP_NAME, "P-256"), END},
        {TEXT(OSSL_PKEY_PARAM_GROUP_NAME, "nonsense"), END},
        {TEXT(OSSL_PKEY_PARAM_GROUP_NAME, "sm2"), END},
        {TEXT(OSSL_PKEY_PARAM_GROUP_NAME, "P-256"), STRING(OSSL_PKEY_PARAM_PUB_KEY, point, 65), END},
        {TEXT(OSSL_PKEY_PARAM_GROUP_NAME, "P-256"), STRING(OSSL_PKEY_PARAM_PUB_KEY, point, 64), END},
        {TEXT(OSSL_PKEY_PARAM_GROUP_NAME, "P-256"), STRING(OSSL_PKEY_PARAM_PUB_KEY, infinity, 1), END},
        {TEXT(OSSL_PKEY_PARAM_GROUP_NAME, "P-256"), STRING(OSSL_PKEY_PARAM_PUB_KEY, infinity, 0), END},
        {TEXT(OSSL_PKEY_PARAM_GROUP_NAME, "P-256"), STRING(OSSL_PKEY_PARAM_PUB_KEY, compressed, 33), END},
        {TEXT(OSSL_PKEY_PARAM_GROUP_NAME, "P-256"), NUMBER(OSSL_PKEY_PARAM_PRIV_KEY, zeros, 32), END},
        {TEXT(OSSL_PKEY_PARAM_GROUP_NAME, "P-256"), NUMBER(OSSL_PKEY_PARAM_PRIV_KEY, ones, 32), END},
        {TEXT(OSSL_PKEY_PARAM_GROUP_NAME, "P-256"), NUMBER(OSSL_PKEY_PARAM_PRIV_KEY, ones, 64), END},
        {TEXT(OSSL_PKEY_PARAM_GROUP_NAME, "P-256"), TEXT(OSSL_PKEY_PARAM_PRIV_KEY, "5"), END},
        {STRING(OSSL_PKEY_PARAM_PUB_KEY, zeros, 32), END},
        {STRING(OSSL_PKEY_PARAM_PUB_KEY, zeros, 31), END},
        {STRING(OSSL_PKEY_PARAM_PRIV_KEY, ones, 32), END},
        {STRING(OSSL_PKEY_PARAM_PRIV_KEY, ones, 32), STRING(OSSL_PKEY_PARAM_PUB_KEY, zeros, 32), END},
        {STRING(OSSL_PKEY_PARAM_PRIV_KEY, ones, 33), END},
        {NUMBER(OSSL_PKEY_PARAM_RSA_N, ones, 64), NUMBER(OSSL_PKEY_PARAM_RSA_E, ones, 1), END},
        {NUMBER(OSSL_PKEY_PARAM_RSA_N, zeros, 1), NUMBER(OSSL_PKEY_PARAM_RSA_E, zeros, 1), END},
        {NUMBER(OSSL_PKEY_PARAM_RSA_N, ones, 64), END},
        {NUMBER(OSSL_PKEY_PARAM_RSA_N, ones, 64), NUMBER(OSSL_PKEY_PARAM_RSA_E, ones, 1),
         NUMBER(OSSL_PKEY_PARAM_RSA_D, ones, 63), NUMBER(OSSL_PKEY_PARAM_RSA_FACTOR1, ones, 32), END},
        {OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_RSA_N, &number), OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_GROUP_NAME, &number),
         OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_PUB_KEY, &number), END},
    };

    (void)state;
    memset(ones, 0xff, sizeof ones);
    worlds_open();
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        char name[32];

        snprintf(name, sizeof name, "data %zu", i);
        same(name, data, sets[i]);
    }
    worlds_close();
}

/* A method by one of its names, and what may be set and got of its contexts. */
#define TABLES_OF(TYPE)                                                              \
    static void say_tables_of_##TYPE(struct world *world, const char *name)          \
    {                                                                                \
        EVP_##TYPE *method = EVP_##TYPE##_fetch(world->library, name, NULL);         \
                                                                                     \
        say(world, "%s %s %d", #TYPE, name, method != NULL);                         \
        say_errors(world);                                                           \
        if (method != NULL) {                                                        \
            say_table(world, "gettable", EVP_##TYPE##_gettable_ctx_params(method));  \
            say_table(world, "settable", EVP_##TYPE##_settable_ctx_params(method));  \
        }                                                                            \
        EVP_##TYPE##_free(method);                                                   \
    }
TABLES_OF(KEYEXCH)
TABLES_OF(ASYM_CIPHER)
TABLES_OF(KEM)
TABLES_OF(SIGNATURE)
TABLES_OF(CIPHER)

static void tables(struct world *world, const void *given)
{
    say_tables_of_KEYEXCH(world, given);
    say_tables_of_ASYM_CIPHER(world, given);
    say_tables_of_KEM(world, given);
    say_tables_of_SIGNATURE(world, given);
    say_tables_of_CIPHER(world, given);
}

/* All names that any of the methods has in any version, each for methods of each kind. */
static void test_tables(void **state)
{
    static const char *const names[] = {
        "RSA", "rsaEncryption", "1.2.840.113549.1.1.1", "RSA-PSS", "RSASSA-PSS", "1.2.840.113549.1.1.10", "EC",
        "id-ecPublicKey", "1.2.840.10045.2.1", "ECDH", "ECDSA", "X25519", "1.3.101.110", "AES-128-GCM", "id-aes128-GCM",
        "2.16.840.1.101.3.4.1.6", "AES-256-GCM", "id-aes256-GCM", "2.16.840.1.101.3.4.1.46", "nonsense",
    };

    (void)state;
    worlds_open();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        same(names[i], tables, names[i]);
    worlds_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ciphers), cmocka_unit_test(test_exchanges),
                                       cmocka_unit_test(test_signatures), cmocka_unit_test(test_data),
                                       cmocka_unit_test(test_tables)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
