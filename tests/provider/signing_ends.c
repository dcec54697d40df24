/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes of calls on signatures: keys, signatures and worlds. */
#include "tests/provider/signing_ends.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "tests/provider/fixture.h"

static const struct {
    const char *name;
    int like; /* the same key as */
    int selection;
    const char *properties;
} keys[KEYS] = {
    [RSA_2048] = {"RSA-2048", RSA_2048, EVP_PKEY_KEYPAIR, NULL},
    [RSA_1024] = {"RSA-1024", RSA_1024, EVP_PKEY_KEYPAIR, NULL},
    [RSA_PUBLIC] = {"a public RSA key", RSA_2048, EVP_PKEY_PUBLIC_KEY, NULL},
    [PSS_FREE] = {"RSA-PSS", PSS_FREE, EVP_PKEY_KEYPAIR, NULL},
    [PSS_RESTRICTED] = {"RSA-PSS restricted", PSS_RESTRICTED, EVP_PKEY_KEYPAIR, NULL},
    [P256] = {"P-256", P256, EVP_PKEY_KEYPAIR, NULL},
    [P384] = {"P-384", P384, EVP_PKEY_KEYPAIR, NULL},
    [P521] = {"P-521", P521, EVP_PKEY_KEYPAIR, NULL},
    [P256_PUBLIC] = {"a public P-256 key", P256, EVP_PKEY_PUBLIC_KEY, NULL},
    [RSA_ELSEWHERE] = {"RSA-2048 from elsewhere", RSA_2048, EVP_PKEY_KEYPAIR, "provider=default"},
    [P256_ELSEWHERE] = {"P-256 from elsewhere", P256, EVP_PKEY_KEYPAIR, "provider=default"},
    [X25519] = {"X25519", X25519, EVP_PKEY_KEYPAIR, NULL},
};

static struct fixture fixture;
static EVP_PKEY *made[KEYS]; /* by the default provider, once */
static const struct named_scene *scenes;
static size_t scene_count;
static int differences;

const uint8_t message[300] = "a message of three hundred octets, most of them zero";
uint8_t good[MOST_OCTETS];
size_t good_length;

static EVP_PKEY *generate_pss(int restricted)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
    EVP_PKEY *key = NULL;

    assert_true(EVP_PKEY_keygen_init(context) > 0 && EVP_PKEY_CTX_set_rsa_keygen_bits(context, 2048) > 0);
    if (restricted)
        assert_true(EVP_PKEY_CTX_set_rsa_pss_keygen_md_name(context, "SHA384", NULL) > 0 &&
                    EVP_PKEY_CTX_set_rsa_pss_keygen_mgf1_md_name(context, "SHA384") > 0 &&
                    EVP_PKEY_CTX_set_rsa_pss_keygen_saltlen(context, 40) > 0);
    assert_true(EVP_PKEY_generate(context, &key) > 0);
    EVP_PKEY_CTX_free(context);
    return key;
}

static void make_keys(void)
{
    made[RSA_2048] = EVP_RSA_gen(2048);
    made[RSA_1024] = EVP_RSA_gen(1024);
    made[PSS_FREE] = generate_pss(0);
    made[PSS_RESTRICTED] = generate_pss(1);
    made[P256] = EVP_EC_gen("P-256");
    made[P384] = EVP_EC_gen("P-384");
    made[P521] = EVP_EC_gen("P-521");
    made[X25519] = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
}

static void free_keys(void)
{
    for (int i = 0; i < KEYS; i++)
        EVP_PKEY_free(made[i]);
}

static EVP_PKEY *key_at(OSSL_LIB_CTX *library, int kind)
{
    EVP_PKEY *from = made[keys[kind].like], *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(library, EVP_PKEY_get0_type_name(from), keys[kind].properties);
    OSSL_PARAM *params = NULL;

    assert_true(EVP_PKEY_todata(from, keys[kind].selection, &params));
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    assert_int_equal(EVP_PKEY_fromdata(context, &key, keys[kind].selection, params), 1);
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(context);
    return key;
}

const char *allowed(int kind)
{
    return kind == PSS_RESTRICTED ? "SHA384" : "SHA256";
}

static void make_good(int kind)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();

    good_length = sizeof good;
    if (kind == X25519)
        good_length = 64;
    else
        assert_true(EVP_DigestSignInit_ex(context, NULL, allowed(kind), NULL, NULL, made[keys[kind].like], NULL) > 0 &&
                    EVP_DigestSign(context, good, &good_length, message, sizeof message) > 0);
    EVP_MD_CTX_free(context);
}

static void play(scene *of, const char *name, int kind)
{
    char text[64];
    struct end ends[] = {{.library = fixture.plain, .is_plain = 1}, {.library = fixture.library}};

    make_good(kind);
    for (int i = 0; i < 2; i++) {
        ends[i].key = key_at(ends[i].library, kind);
        ends[i].log = transcript_new();
        assert_int_equal(ERR_peek_error(), 0);
        of(&ends[i], kind);
        ERR_clear_error();
        EVP_PKEY_free(ends[i].key);
    }
    snprintf(text, sizeof text, "%s with %s", name, keys[kind].name);
    differences += transcript_compare(ends[0].log, ends[1].log, text) != 0;
    transcript_free(ends[0].log);
    transcript_free(ends[1].log);
}

EVP_PKEY_CTX *context_of(const struct end *end)
{
    return EVP_PKEY_CTX_new_from_pkey(end->library, end->key, NULL);
}

long sign_octets(EVP_PKEY_CTX *context, size_t room, const uint8_t *digest, size_t length)
{
    uint8_t signature[MOST_OCTETS];

    return EVP_PKEY_sign(context, signature, &room, digest, length);
}

static long size_of_octets(EVP_PKEY_CTX *context)
{
    size_t length = 77;
    int result = EVP_PKEY_sign(context, NULL, &length, message, 32);

    return result <= 0 ? result : (long)length;
}

void sign_lengths(struct end *end, EVP_PKEY_CTX *context)
{
    static const size_t lengths[] = {0, 1, 20, 31, 32, 33, 48, 64, 117, 245, 246, 255, 256, 257};

    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        CALL(sign_octets(context, MOST_OCTETS, message, lengths[i]));
    CALL(size_of_octets(context));
    CALL(sign_octets(context, 0, message, 32));
    CALL(sign_octets(context, 8, message, 32));
    CALL(sign_octets(context, 255, message, 32));
    CALL(sign_octets(context, 256, message, 32));
}

long set_text(EVP_PKEY_CTX *context, const char *key, const char *value)
{
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(key, (char *)value, 0), OSSL_PARAM_construct_end()};

    return EVP_PKEY_CTX_set_params(context, params);
}

long set_number(EVP_PKEY_CTX *context, const char *key, int value)
{
    OSSL_PARAM params[] = {OSSL_PARAM_construct_int(key, &value), OSSL_PARAM_construct_end()};

    return EVP_PKEY_CTX_set_params(context, params);
}

static const struct {
    size_t length;
    uint8_t octets[16];
} forms[] = {
    {8, {0x30, 6, 2, 1, 1, 2, 1, 1}},             /* right in form */
    {8, {0x30, 6, 2, 1, 0, 2, 1, 1}},             /* r = 0 */
    {8, {0x30, 6, 2, 1, 1, 2, 1, 0}},             /* s = 0 */
    {8, {0x30, 6, 2, 1, 0x80, 2, 1, 1}},          /* negative */
    {9, {0x30, 7, 2, 2, 0, 1, 2, 1, 1}},          /* not minimal */
    {9, {0x30, 0x81, 6, 2, 1, 1, 2, 1, 1}},       /* length in two octets */
    {10, {0x30, 0x80, 2, 1, 1, 2, 1, 1, 0, 0}},   /* indefinite length */
    {11, {0x30, 9, 2, 1, 1, 2, 1, 1, 2, 1, 1}},   /* three numbers */
    {5, {0x30, 3, 2, 1, 1}},                      /* one */
    {7, {0x30, 5, 2, 0, 2, 1, 1}},                /* an empty one */
    {8, {0x31, 6, 2, 1, 1, 2, 1, 1}},             /* a set */
    {8, {0x30, 6, 4, 1, 1, 2, 1, 1}},             /* an octet string */
    {2, {0x30, 0}},
    {1, {0x30}},
};
_Static_assert(sizeof forms / sizeof *forms == BAD_FORMS, "as the header says");

void make_bad(int which, struct bad *bad)
{
    memset(bad, 0, sizeof *bad);
    memcpy(bad->octets, good, good_length);
    bad->length = good_length;
    if (which < BAD_FORMS) {
        memcpy(bad->octets, forms[which].octets, forms[which].length);
        bad->length = forms[which].length;
    } else if (which < BAD_FORMS + 8) { /* cut off */
        bad->length = (size_t)(which - BAD_FORMS) * good_length / 8;
    } else if (which < BAD_FORMS + 16) { /* one bit wrong */
        bad->octets[(size_t)(which - BAD_FORMS - 8) * good_length / 8] ^= 1;
    } else if (which < BAD_FORMS + 18) { /* something behind it */
        bad->length += (size_t)(which - BAD_FORMS - 15);
    } else if (which < BAD_FORMS + 20) { /* zero, and greater than the modulus */
        memset(bad->octets, which == BAD_FORMS + 18 ? 0 : 255, good_length);
    } /* the last is the good one */
}

static void play_all(void)
{
    differences = 0;
    for (size_t i = 0; i < scene_count; i++)
        for (int kind = 0; kind < KEYS; kind++)
            if (!scenes[i].rsa_only || kind <= PSS_RESTRICTED || kind == RSA_ELSEWHERE)
                play(scenes[i].play, scenes[i].name, kind);
    assert_int_equal(differences, 0);
}

static void test_without_a_card(void **state)
{
    (void)state;
    fixture_open(&fixture, "POLICY=always", NULL);
    fake.open_error = -ENODEV;
    play_all();
    assert_int_equal(fixture_count(&fixture, "card") + fixture_ec_count(&fixture, "card"), 0);
}

static void test_with_a_card(void **state)
{
    (void)state;
    fixture_open(&fixture, "POLICY=always", NULL);
    play_all();
    assert_true(fixture_count(&fixture, "card") > 50 && fixture_ec_count(&fixture, "card") > 50);
    assert_int_equal(fixture_count(&fixture, "wrong-answer") + fixture_ec_count(&fixture, "wrong-answer"), 0);
}

/* What verification keeps on the host is hashed by software alone. */
static void test_with_a_card_that_signs(void **state)
{
    (void)state;
    fixture_open(&fixture, "POLICY=auto", NULL);
    play_all();
    assert_true(fixture_count(&fixture, "card") > 50 && fixture_ec_count(&fixture, "card") > 50);
}

/* A card that fails leaves no trace in what is returned. */
static void test_with_a_failing_card(void **state)
{
    (void)state;
    fixture_open(&fixture, "POLICY=always", NULL);
    fake.submit_error = -EAGAIN;
    play_all();
    assert_true(fixture_count(&fixture, "queue-full") > 50 && fixture_ec_count(&fixture, "queue-full") > 50);
}

static int close_all(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

#define TEST(name) cmocka_unit_test_teardown(name, close_all)

int play_scenes(const struct named_scene *all, size_t count)
{
    const struct CMUnitTest tests[] = {
        TEST(test_without_a_card),
        TEST(test_with_a_card),
        TEST(test_with_a_card_that_signs),
        TEST(test_with_a_failing_card),
    };
    int failed;

    scenes = all;
    scene_count = count;
    make_keys();
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    free_keys();
    return failed;
}
