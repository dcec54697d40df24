/* SPDX-License-Identifier: Apache-2.0 */
/* AES-GCM as a cipher: published vectors, parameters, and every way of calling it, beside the plain default provider. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include "tests/provider/fixture.h"

static struct fixture fixture;
static const char *const names[] = {"AES-128-GCM", "AES-256-GCM"};

static int open_all(void **state)
{
    (void)state;
    fixture_open(&fixture, "POLICY=always", "TRACE=yes", NULL);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    assert_int_equal(ERR_peek_error(), 0);
    fixture_close(&fixture);
    return 0;
}

static EVP_CIPHER *ours(const char *name)
{
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(fixture.library, name, NULL);

    assert_non_null(cipher);
    return cipher;
}

static void count_name(const char *name, void *count)
{
    (void)name;
    ++*(int *)count;
}

static void test_names(void **state)
{
    static const char *const all[] = {"AES-128-GCM", "id-aes128-GCM", "2.16.840.1.101.3.4.1.6",
                                      "AES-256-GCM", "id-aes256-GCM", "2.16.840.1.101.3.4.1.46"};

    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        EVP_CIPHER *cipher = ours(all[i]);

        assert_string_equal(OSSL_PROVIDER_get0_name(EVP_CIPHER_get0_provider(cipher)), "tlscard");
        assert_true(EVP_CIPHER_is_a(cipher, names[i / 3]));
        EVP_CIPHER_free(cipher);
    }
    for (int i = 0; i < 2; i++) { /* and no others */
        EVP_CIPHER *mine = ours(names[i]), *plain = EVP_CIPHER_fetch(fixture.plain, names[i], NULL);
        int mine_count = 0, plain_count = 0;

        assert_true(EVP_CIPHER_names_do_all(mine, count_name, &mine_count));
        assert_true(EVP_CIPHER_names_do_all(plain, count_name, &plain_count));
        assert_int_equal(mine_count, plain_count);
        EVP_CIPHER_free(mine);
        EVP_CIPHER_free(plain);
    }
}

static void test_192_is_not_offered(void **state)
{
    EVP_CIPHER *cipher = ours("AES-192-GCM");

    (void)state;
    assert_string_equal(OSSL_PROVIDER_get0_name(EVP_CIPHER_get0_provider(cipher)), "default");
    EVP_CIPHER_free(cipher);
}

static void same_table(const OSSL_PARAM *mine, const OSSL_PARAM *expected)
{
    for (; expected->key != NULL; expected++, mine++) {
        assert_non_null(mine->key);
        assert_string_equal(mine->key, expected->key);
        assert_int_equal(mine->data_type, expected->data_type);
        assert_int_equal(mine->data_size, expected->data_size);
    }
    assert_null(mine->key);
}

static void test_tables(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        EVP_CIPHER *mine = ours(names[i]), *expected = EVP_CIPHER_fetch(fixture.plain, names[i], NULL);
        EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new(), *plain = EVP_CIPHER_CTX_new();

        same_table(EVP_CIPHER_gettable_params(mine), EVP_CIPHER_gettable_params(expected));
        same_table(EVP_CIPHER_gettable_ctx_params(mine), EVP_CIPHER_gettable_ctx_params(expected));
        same_table(EVP_CIPHER_settable_ctx_params(mine), EVP_CIPHER_settable_ctx_params(expected));
        assert_true(EVP_CipherInit_ex2(context, mine, NULL, NULL, 1, NULL));
        assert_true(EVP_CipherInit_ex2(plain, expected, NULL, NULL, 1, NULL));
        same_table(EVP_CIPHER_CTX_gettable_params(context), EVP_CIPHER_CTX_gettable_params(plain));
        same_table(EVP_CIPHER_CTX_settable_params(context), EVP_CIPHER_CTX_settable_params(plain));
        EVP_CIPHER_CTX_free(context);
        EVP_CIPHER_CTX_free(plain);
        EVP_CIPHER_free(mine);
        EVP_CIPHER_free(expected);
    }
}

/* Each parameter of the table has the same value, in any integer type that holds it. */
static void same_values(EVP_CIPHER *mine, EVP_CIPHER *expected)
{
    for (const OSSL_PARAM *at = EVP_CIPHER_gettable_params(expected); at->key != NULL; at++) {
        uint64_t first = 99, second = 99;
        uint8_t small = 0;
        OSSL_PARAM a[] = {OSSL_PARAM_construct_uint64(at->key, &first), OSSL_PARAM_construct_end()};
        OSSL_PARAM b[] = {OSSL_PARAM_construct_uint64(at->key, &second), OSSL_PARAM_construct_end()};
        OSSL_PARAM c[] = {OSSL_PARAM_construct_utf8_string(at->key, (char *)&small, 1), OSSL_PARAM_construct_end()};
        OSSL_PARAM d[] = {OSSL_PARAM_construct_utf8_string(at->key, (char *)&small, 1), OSSL_PARAM_construct_end()};

        assert_int_equal(EVP_CIPHER_get_params(mine, a), EVP_CIPHER_get_params(expected, b));
        assert_int_equal(first, second);
        assert_int_equal(a[0].return_size, b[0].return_size);
        assert_int_equal(EVP_CIPHER_get_params(mine, c), EVP_CIPHER_get_params(expected, d));
    }
    ERR_clear_error();
}

static void test_values(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        EVP_CIPHER *mine = ours(names[i]), *expected = EVP_CIPHER_fetch(fixture.plain, names[i], NULL);

        same_values(mine, expected);
        assert_int_equal(EVP_CIPHER_get_key_length(mine), i == 0 ? 16 : 32);
        assert_int_equal(EVP_CIPHER_get_iv_length(mine), 12);
        assert_int_equal(EVP_CIPHER_get_block_size(mine), 1);
        assert_int_equal(EVP_CIPHER_get_mode(mine), EVP_CIPH_GCM_MODE);
        assert_int_equal(EVP_CIPHER_get_flags(mine), EVP_CIPHER_get_flags(expected));
        assert_int_equal(EVP_CIPHER_get_nid(mine), EVP_CIPHER_get_nid(expected));
        EVP_CIPHER_free(mine);
        EVP_CIPHER_free(expected);
    }
}

/* D. McGrew and J. Viega, The Galois/Counter Mode of Operation, appendix B: the record of test cases 4 to 6 and 16 to
 * 18, whose additional data and plaintext are the same. */
static const char plaintext[] = "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                                "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39";
static const char additional[] = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
static const struct vector {
    const char *key, *iv, *ciphertext, *tag;
} vectors[] = {
    {"feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
     "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091", "5bc94fbc3221a5db94fae95ae7121a47"},
    {"feffe9928665731c6d6a8f9467308308", "cafebabefacedbad",
     "61353b4c2806934a777ff51fa22a4755699b2a714fcdc6f83766e5f97b6c7423"
     "73806900e49f24b22b097544d4896b424989b5e1ebac0f07c23f4598", "3612d2e79e3b0785561be14aaca2fccb"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbaddecaf888",
     "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
     "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662", "76fc6ece0f4e1768cddf8853bb2d551b"},
    {"feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", "cafebabefacedbad",
     "c3762df1ca787d32ae47c13bf19844cbaf1ae14d0b976afac52ff7d79bba9de0"
     "feb582d33934a4f0954cc2363bc73f7862ac430e64abe499f47c9b1f", "3a337dbf46a792c45e454913fe2ea8f2"},
};

static void check_vector(const struct vector *vector)
{
    long length, key_length, iv_length, aad_length, ignored;
    uint8_t *key = OPENSSL_hexstr2buf(vector->key, &key_length), *iv = OPENSSL_hexstr2buf(vector->iv, &iv_length);
    uint8_t *text = OPENSSL_hexstr2buf(plaintext, &length), *aad = OPENSSL_hexstr2buf(additional, &aad_length);
    uint8_t *expected = OPENSSL_hexstr2buf(vector->ciphertext, &ignored), *mark = OPENSSL_hexstr2buf(vector->tag, &ignored);
    EVP_CIPHER *cipher = ours(key_length == 16 ? names[0] : names[1]);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t out[64], tag[16];
    int count, rest;

    for (int encrypts = 1; encrypts >= 0; encrypts--) {
        assert_true(EVP_CipherInit_ex2(context, cipher, NULL, NULL, encrypts, NULL));
        assert_int_equal(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, (int)iv_length, NULL), 1);
        assert_true(EVP_CipherInit_ex2(context, NULL, key, iv, encrypts, NULL));
        assert_true(EVP_CipherUpdate(context, NULL, &count, aad, (int)aad_length));
        assert_true(EVP_CipherUpdate(context, out, &count, encrypts ? text : expected, 17));
        assert_int_equal(count, 17);
        assert_true(EVP_CipherUpdate(context, out + 17, &rest, (encrypts ? text : expected) + 17, (int)length - 17));
        assert_memory_equal(out, encrypts ? expected : text, (size_t)length);
        if (!encrypts)
            assert_int_equal(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, mark), 1);
        assert_true(EVP_CipherFinal_ex(context, out, &count));
        assert_int_equal(count, 0);
        if (encrypts) {
            assert_int_equal(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, tag), 1);
            assert_memory_equal(tag, mark, 16);
        }
    }
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(cipher);
    OPENSSL_free(key), OPENSSL_free(iv), OPENSSL_free(text), OPENSSL_free(aad), OPENSSL_free(expected), OPENSSL_free(mark);
}

static void test_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        check_vector(&vectors[i]);
    assert_int_equal(fake.submitted, 0); /* none of these is a record of TLS */
}

/* A nonce that the provider draws: told afterwards, and the plain default provider opens with it. */
static void test_random_nonce(void **state)
{
    EVP_CIPHER *cipher = ours(names[1]), *plain_cipher = EVP_CIPHER_fetch(fixture.plain, names[1], NULL);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new(), *plain = EVP_CIPHER_CTX_new();
    uint8_t key[32], iv[12] = {0}, text[40], out[40], back[40], tag[16];
    int length;

    (void)state;
    random_octets(key, sizeof key);
    random_octets(text, sizeof text);
    assert_true(EVP_EncryptInit_ex2(context, cipher, key, NULL, NULL));
    assert_true(EVP_EncryptUpdate(context, out, &length, text, sizeof text));
    assert_true(EVP_EncryptFinal_ex(context, out, &length));
    assert_true(EVP_CIPHER_CTX_get_updated_iv(context, iv, sizeof iv));
    assert_int_equal(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, tag), 1);
    assert_true(EVP_DecryptInit_ex2(plain, plain_cipher, key, iv, NULL));
    assert_true(EVP_DecryptUpdate(plain, back, &length, out, sizeof out));
    assert_int_equal(EVP_CIPHER_CTX_ctrl(plain, EVP_CTRL_AEAD_SET_TAG, 16, tag), 1);
    assert_true(EVP_DecryptFinal_ex(plain, back, &length));
    assert_memory_equal(back, text, sizeof text);
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_CTX_free(plain);
    EVP_CIPHER_free(cipher);
    EVP_CIPHER_free(plain_cipher);
}

/* Without a tag, with a wrong one, with a flipped bit anywhere: final refuses, as everywhere in software. */
static void test_generic_refusals(void **state)
{
    EVP_CIPHER *cipher = ours(names[1]);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t all[32 + 12 + 20 + 24 + 16], copy[sizeof all], out[24];
    uint8_t *key = copy, *iv = key + 32, *aad = iv + 12, *text = aad + 20, *tag = text + 24;
    int length;

    (void)state;
    random_octets(copy, sizeof copy);
    assert_true(EVP_EncryptInit_ex2(context, cipher, key, iv, NULL) &&
                EVP_EncryptUpdate(context, NULL, &length, aad, 20) &&
                EVP_EncryptUpdate(context, text, &length, text, 24) && EVP_EncryptFinal_ex(context, out, &length));
    assert_int_equal(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, tag), 1);
    memcpy(all, copy, sizeof all);
    for (size_t bit = 0; bit <= 8 * sizeof all; bit++) {
        memcpy(copy, all, sizeof all);
        if (bit < 8 * sizeof all)
            copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_true(EVP_DecryptInit_ex2(context, cipher, key, iv, NULL) &&
                    EVP_DecryptUpdate(context, NULL, &length, aad, 20) &&
                    EVP_DecryptUpdate(context, out, &length, text, 24));
        assert_int_equal(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, 16, tag), 1);
        assert_int_equal(EVP_DecryptFinal_ex(context, out, &length), bit == 8 * sizeof all);
    }
    ERR_clear_error();
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(cipher);
}

static void test_use_before_init(void **state)
{
    EVP_CIPHER *cipher = ours(names[0]);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t octets[32] = {0};
    int length;

    (void)state;
    assert_true(EVP_EncryptInit_ex2(context, cipher, NULL, NULL, NULL));
    assert_false(EVP_EncryptUpdate(context, octets, &length, octets, 5));
    assert_false(EVP_EncryptFinal_ex(context, octets, &length));
    assert_int_not_equal(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, octets), 1);
    assert_int_not_equal(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, 0, NULL), 1);
    ERR_clear_error();
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(cipher);
}

/* A stream of many updates, none of them counted anywhere. */
static void test_streams_are_not_counted(void **state)
{
    EVP_CIPHER *cipher = ours(names[1]);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    uint8_t octets[44] = {0};
    char *counters;
    int length;

    (void)state;
    assert_true(EVP_EncryptInit_ex2(context, cipher, octets, octets + 32, NULL));
    for (int i = 0; i < 1000; i++)
        assert_true(EVP_EncryptUpdate(context, octets, &length, octets, 16));
    assert_true(EVP_EncryptFinal_ex(context, octets, &length));
    counters = fixture_param(&fixture, "tlscard-counters");
    assert_non_null(strstr(counters, "\"gcm\":{\"card\":0,\"software\":{},"));
    OPENSSL_free(counters);
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(cipher);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, open_all, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_names),           TEST(test_192_is_not_offered), TEST(test_tables),
        TEST(test_values),          TEST(test_vectors),            TEST(test_random_nonce),
        TEST(test_generic_refusals), TEST(test_use_before_init),   TEST(test_streams_are_not_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
