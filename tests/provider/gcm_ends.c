/* SPDX-License-Identifier: Apache-2.0 */
/* The two ends of a key for tests of records. */
#include "tests/provider/gcm_ends.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

struct fixture fixture;
struct end here, there;
uint8_t key[32], nonce[12], text[MOST], record[MOST], plain_record[MOST];

static struct end end_of(OSSL_LIB_CTX *library, const char *name)
{
    struct end end = {EVP_CIPHER_fetch(library, name, NULL), EVP_CIPHER_CTX_new()};

    assert_non_null(end.cipher);
    return end;
}

static void end_free(struct end *end)
{
    EVP_CIPHER_CTX_free(end->context);
    EVP_CIPHER_free(end->cipher);
    *end = (struct end){NULL, NULL};
}

void open_named(const char *name, const char *setting, const char *other)
{
    fixture_open(&fixture, setting, other, NULL);
    here = end_of(fixture.library, name);
    there = end_of(fixture.plain, name);
    random_octets(key, sizeof key);
    random_octets(nonce, sizeof nonce);
    random_octets(text, sizeof text);
}

void open_with(const char *setting, const char *other)
{
    open_named("AES-256-GCM", setting, other);
}

int close_all(void **state)
{
    (void)state;
    end_free(&here);
    end_free(&there);
    assert_int_equal(ERR_peek_error(), 0);
    fixture_close(&fixture);
    return 0;
}

void set_key(struct end *end, int seals)
{
    assert_true(EVP_CipherInit_ex(end->context, end->cipher, NULL, key, NULL, seals));
}

int begin13(struct end *end, int seals, uint8_t *out, const uint8_t *in, size_t length, uint8_t *tag)
{
    uint8_t header[5] = {0x17, 3, 3, (uint8_t)((length + 16) >> 8), (uint8_t)(length + 16)};
    int count;

    assert_true(EVP_CipherInit_ex(end->context, NULL, NULL, NULL, nonce, seals));
    if (!seals)
        assert_int_equal(EVP_CIPHER_CTX_ctrl(end->context, EVP_CTRL_AEAD_SET_TAG, 16, tag), 1);
    assert_true(EVP_CipherUpdate(end->context, NULL, &count, header, sizeof header));
    return EVP_CipherUpdate(end->context, out, &count, in, (int)length) && (size_t)count == length;
}

int whole13(struct end *end, int seals, uint8_t *out, const uint8_t *in, size_t length)
{
    uint8_t tag[16];
    int count;

    memcpy(tag, in + length, seals ? 0 : 16);
    if (!begin13(end, seals, out, in, length, tag) || !EVP_CipherFinal_ex(end->context, out, &count))
        return 0;
    assert_int_equal(count, 0);
    if (seals)
        assert_int_equal(EVP_CIPHER_CTX_ctrl(end->context, EVP_CTRL_AEAD_GET_TAG, 16, out + length), 1);
    return 1;
}

void round13(size_t length, int in_place)
{
    uint8_t *back = in_place ? plain_record : record;

    set_key(&here, 1);
    set_key(&there, 1);
    memcpy(record, text, length);
    assert_true(whole13(&here, 1, record, in_place ? record : text, length));
    assert_true(whole13(&there, 1, plain_record, text, length));
    assert_memory_equal(record, plain_record, length + 16);
    set_key(&here, 0);
    assert_true(whole13(&here, 0, back, plain_record, length));
    assert_memory_equal(back, text, length);
}

void set_fixed(struct end *end, int seals)
{
    set_key(end, seals);
    assert_int_equal(EVP_CIPHER_CTX_ctrl(end->context, EVP_CTRL_GCM_SET_IV_FIXED, 4, nonce), 1);
}

int whole12(struct end *end, int seals, uint8_t *at, size_t length)
{
    uint8_t aad[13] = {0, 0, 0, 0, 0, 0, 0, 5, 0x17, 3, 3, (uint8_t)((length + (seals ? 8 : 24)) >> 8),
                       (uint8_t)(length + (seals ? 8 : 24))};
    int count = 0;

    assert_int_equal(EVP_CIPHER_CTX_ctrl(end->context, EVP_CTRL_AEAD_TLS1_AAD, sizeof aad, aad), 16);
    if (!EVP_CipherUpdate(end->context, at, &count, at, (int)length + 24))
        assert_int_equal(count, 0);
    return count;
}
