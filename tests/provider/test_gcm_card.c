/* SPDX-License-Identifier: Apache-2.0 */
/* Records of TLS on the card: both shapes, whatever is called after them, and flipped bits. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>

#include "tests/provider/gcm_ends.h"

static void test_tls13(void **state)
{
    static const size_t lengths[] = {1, 15, 16, 17, 1000, 16385, 16624};

    (void)state;
    open_with("POLICY=always", NULL);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
        for (int in_place = 0; in_place < 2; in_place++)
            round13(lengths[i], in_place);
    assert_int_equal(fake.sealed, 14);
    assert_int_equal(fake.unsealed, 14);
    assert_int_equal(fake.longest, 16624);
    assert_int_equal(fixture_gcm_count(&fixture, "card"), 28);
}

static void test_tls13_128(void **state)
{
    (void)state;
    open_named("AES-128-GCM", "POLICY=always", NULL);
    round13(333, 1);
    assert_int_equal(fixture_gcm_count(&fixture, "card"), 2);
}

/* What is done to both ends after the update of the data must have the same outcome. */
static void continue_with(int way, struct end *end, uint8_t *out, size_t *length)
{
    EVP_CIPHER_CTX *copy;
    int count = 0, ok = 1;

    *length = 0;
    switch (way) {
    case 0: /* more data, more additional data than is allowed, and an end */
        assert_true(EVP_CipherUpdate(end->context, out, &count, text, 77));
        ok = EVP_CipherUpdate(end->context, NULL, &count, text, 7);
        *length = 77;
        break;
    case 1: /* a copy, and its end and the original's */
        copy = EVP_CIPHER_CTX_new();
        assert_true(EVP_CIPHER_CTX_copy(copy, end->context));
        assert_true(EVP_CipherUpdate(copy, out, &count, text, 50));
        assert_true(EVP_CipherFinal_ex(copy, out + 50, &count));
        assert_int_equal(EVP_CIPHER_CTX_ctrl(copy, EVP_CTRL_AEAD_GET_TAG, 16, out + 50), 1);
        EVP_CIPHER_CTX_free(copy);
        *length = 66;
        break;
    case 2: /* a parameter */
        assert_true(EVP_CIPHER_CTX_get_updated_iv(end->context, out, 12));
        *length = 12;
        break;
    case 3: /* nothing at all */
        assert_true(EVP_CipherUpdate(end->context, out, &count, text, 0));
        break;
    case 4: /* the one-shot function */
        assert_int_equal(EVP_Cipher(end->context, out, text, 33), 33);
        *length = 33;
        break;
    default: /* another nonce; data again */
        assert_true(EVP_CipherInit_ex(end->context, NULL, NULL, NULL, text, -1));
        assert_true(EVP_CipherUpdate(end->context, out, &count, text, 44));
        *length = 44;
    }
    out[(*length)++] = (uint8_t)ok;
    out[*length] = (uint8_t)EVP_CipherFinal_ex(end->context, out + *length + 1, &count);
    *length += 1;
    if (EVP_CIPHER_CTX_ctrl(end->context, EVP_CTRL_AEAD_GET_TAG, 16, out + *length) > 0)
        *length += 16;
    out[(*length)++] = (uint8_t)EVP_CipherUpdate(end->context, out + 1000, &count, text, 3); /* too late */
    out[(*length)++] = (uint8_t)EVP_CipherFinal_ex(end->context, out + 1000, &count);
    ERR_clear_error();
}

static void test_sealing_goes_on(void **state)
{
    uint8_t mine[2048], expected[2048];
    size_t mine_length, expected_length;

    (void)state;
    open_with("POLICY=always", NULL);
    for (int way = 0; way <= 5; way++) {
        set_key(&here, 1);
        set_key(&there, 1);
        memcpy(record, text, 300);
        assert_true(begin13(&here, 1, record, record, 300, NULL));
        assert_true(begin13(&there, 1, plain_record, text, 300, NULL));
        assert_memory_equal(record, plain_record, 300);
        continue_with(way, &here, mine, &mine_length);
        continue_with(way, &there, expected, &expected_length);
        assert_int_equal(mine_length, expected_length);
        assert_memory_equal(mine, expected, mine_length);
    }
    assert_int_equal(fake.sealed, 6);
}

static void test_opening_goes_on(void **state)
{
    uint8_t mine[2048], expected[2048], tag[16];
    size_t mine_length, expected_length;

    (void)state;
    open_with("POLICY=always", NULL);
    for (int way = 0; way <= 5; way++) {
        if (way == 1)
            continue; /* asks a context that opens for a tag */
        set_key(&there, 1);
        assert_true(whole13(&there, 1, record, text, 300));
        memcpy(tag, record + 300, 16);
        memcpy(plain_record, record, 316);
        set_key(&here, 0);
        set_key(&there, 0);
        assert_true(begin13(&here, 0, record, record, 300, tag));
        assert_true(begin13(&there, 0, plain_record, plain_record, 300, tag));
        assert_memory_equal(record, plain_record, 300);
        continue_with(way, &here, mine, &mine_length);
        continue_with(way, &there, expected, &expected_length);
        assert_int_equal(mine_length, expected_length);
        assert_memory_equal(mine, expected, mine_length);
    }
    assert_int_equal(fake.unsealed, 5);
}

/* After a record the context is where the default provider's would be: sealing's tag serves to open with. */
static void test_the_same_context_turns(void **state)
{
    struct end *ends[] = {&here, &there};
    uint8_t octets[2][64];
    int count, results[2][4];

    (void)state;
    open_with("POLICY=always", NULL);
    for (int i = 0; i < 2; i++) {
        EVP_CIPHER_CTX *context = ends[i]->context;

        set_key(ends[i], 1);
        assert_true(whole13(ends[i], 1, record, text, 48));
        memset(octets[i], 0, sizeof octets[i]);
        assert_true(EVP_CipherInit_ex(context, NULL, NULL, NULL, nonce, 1));
        results[i][0] = EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, octets[i]);
        assert_true(EVP_CipherInit_ex(context, NULL, NULL, NULL, nonce, 0));
        results[i][1] = EVP_CipherUpdate(context, NULL, &count, (uint8_t[]){0x17, 3, 3, 0, 64}, 5);
        results[i][2] = EVP_CipherUpdate(context, octets[i] + 16, &count, record, 48);
        results[i][3] = EVP_CipherFinal_ex(context, octets[i], &count);
        assert_memory_equal(octets[i] + 16, text, 48);
    }
    assert_memory_equal(results[0], results[1], sizeof results[0]);
    assert_memory_equal(octets[0], octets[1], sizeof octets[0]);
    assert_int_equal(results[0][3], 1);
}

/* Given after the data, as is allowed: the card did nothing, with an earlier record's tag least of all. */
static void test_a_tag_given_late(void **state)
{
    uint8_t header[5] = {0x17, 3, 3, 0, 116};
    int count;

    (void)state;
    open_with("POLICY=always", NULL);
    for (int round = 0; round < 2; round++) {
        set_key(&there, 1);
        assert_true(whole13(&there, 1, plain_record, text, 100));
        if (round == 0)
            set_key(&here, 0);
        assert_true(EVP_CipherInit_ex(here.context, NULL, NULL, NULL, nonce, 0));
        assert_true(EVP_CipherUpdate(here.context, NULL, &count, header, sizeof header));
        assert_true(EVP_CipherUpdate(here.context, record, &count, plain_record, 100));
        assert_memory_equal(record, text, 100);
        assert_int_equal(EVP_CIPHER_CTX_ctrl(here.context, EVP_CTRL_AEAD_SET_TAG, 16, plain_record + 100), 1);
        assert_true(EVP_CipherFinal_ex(here.context, record, &count));
        if (round == 0) {
            assert_int_equal(fake.unsealed, 0);
            assert_true(whole13(&here, 0, record, plain_record, 100));
        }
        nonce[11] ^= 1;
    }
    assert_int_equal(fake.unsealed, 1);
}

/* A record in pieces, and one over its own input: not for the card. */
static void test_unlike_libssl(void **state)
{
    uint8_t header[5] = {0x17, 3, 3, 0, 116};
    struct end *ends[] = {&here, &there};
    uint8_t *buffers[] = {record, plain_record};
    int count;

    (void)state;
    open_with("POLICY=always", NULL);
    for (int i = 0; i < 2; i++)
        for (int over = 0; over < 2; over++) {
            uint8_t *out = buffers[i] + 200 * over;

            set_key(ends[i], 1);
            assert_true(EVP_CipherInit_ex(ends[i]->context, NULL, NULL, NULL, nonce, 1));
            assert_true(EVP_CipherUpdate(ends[i]->context, NULL, &count, header, sizeof header));
            memcpy(out, text, 100);
            if (over)
                assert_true(EVP_CipherUpdate(ends[i]->context, out + 7, &count, out, 100));
            else
                assert_true(EVP_CipherUpdate(ends[i]->context, out, &count, out, 60) &&
                            EVP_CipherUpdate(ends[i]->context, out + 60, &count, out + 60, 40));
            assert_true(EVP_CipherFinal_ex(ends[i]->context, out, &count));
            assert_int_equal(EVP_CIPHER_CTX_ctrl(ends[i]->context, EVP_CTRL_AEAD_GET_TAG, 16, out + 110), 1);
        }
    assert_memory_equal(record, plain_record, 100);
    assert_memory_equal(record + 110, plain_record + 110, 16);
    assert_memory_equal(record + 310, plain_record + 310, 16);
    assert_int_equal(fake.submitted, 0);
}

static int is_any_of(const uint8_t *octets, size_t length)
{
    for (size_t at = 0; at + 8 <= length; at++)
        if (memcmp(octets + at, text + at, 8) == 0)
            return 1;
    return 0;
}

/* A flipped bit in ciphertext, tag, nonce or additional data: refused, and no plaintext anywhere. */
static void test_tls13_flipped(void **state)
{
    enum { LENGTH = 40, BITS = 8 * (LENGTH + 16 + 12) };
    uint8_t sealed[LENGTH + 16], copy[LENGTH + 16];
    int count;

    (void)state;
    open_with("POLICY=always", NULL);
    set_key(&there, 1);
    assert_true(whole13(&there, 1, sealed, text, LENGTH));
    set_key(&here, 0);
    for (unsigned bit = 0; bit < BITS; bit++) {
        uint8_t *octet = bit / 8 < sizeof sealed ? &copy[bit / 8] : &nonce[bit / 8 - sizeof sealed];

        memcpy(copy, sealed, sizeof copy);
        *octet ^= (uint8_t)(1 << bit % 8);
        assert_true(begin13(&here, 0, record, copy, LENGTH, copy + LENGTH));
        assert_false(is_any_of(record, LENGTH));
        assert_false(EVP_CipherFinal_ex(here.context, record, &count));
        assert_false(is_any_of(record, LENGTH));
        *octet ^= (uint8_t)(1 << bit % 8);
    }
    assert_int_equal(fixture_gcm_count(&fixture, "card-refused"), BITS);
    assert_true(whole13(&here, 0, record, sealed, LENGTH)); /* and the right one after all of those */
    assert_int_equal(fixture_gcm_count(&fixture, "card"), 1);
    ERR_clear_error();
}

static void test_tls12(void **state)
{
    static const size_t lengths[] = {0, 1, 16, 100, 16384};
    uint8_t last[8] = {0};

    (void)state;
    open_with("POLICY=always", NULL);
    set_fixed(&here, 1);
    set_fixed(&there, 0);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) { /* sealed here, opened there */
        memcpy(record + 8, text, lengths[i]);
        assert_int_equal(whole12(&here, 1, record, lengths[i]), lengths[i] + 24);
        assert_memory_not_equal(record, last, 8); /* no explicit nonce comes twice */
        memcpy(last, record, 8);
        assert_int_equal(whole12(&there, 0, record, lengths[i]), lengths[i]);
        assert_memory_equal(record + 8, text, lengths[i]);
    }
    assert_int_equal(fake.sealed, 5);
    set_fixed(&here, 0);
    set_fixed(&there, 1);
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        memcpy(record + 8, text, lengths[i]);
        assert_int_equal(whole12(&there, 1, record, lengths[i]), lengths[i] + 24);
        assert_int_equal(whole12(&here, 0, record, lengths[i]), lengths[i]);
        assert_memory_equal(record + 8, text, lengths[i]);
    }
    assert_int_equal(fake.unsealed, 5);
    assert_int_equal(fixture_gcm_count(&fixture, "card"), 10);
}

/* The nonces count up by one from record to record, by whomever they are sealed. */
static void test_tls12_nonces(void **state)
{
    uint64_t before = 0;

    (void)state;
    open_with("POLICY=always", NULL);
    set_fixed(&here, 1);
    for (int i = 0; i < 6; i++) {
        uint64_t number = 0;

        fake.submit_error = i % 3 == 1 ? -EAGAIN : 0;
        fake.status = i % 3 == 2 ? 7 : 0;
        assert_int_equal(whole12(&here, 1, record, 64), 88);
        for (int k = 0; k < 8; k++)
            number = number << 8 | record[k];
        assert_true(i == 0 || number == before + 1);
        before = number;
    }
    assert_int_equal(fixture_gcm_count(&fixture, "card"), 2);
    assert_int_equal(fixture_gcm_count(&fixture, "queue-full"), 2);
    assert_int_equal(fixture_gcm_count(&fixture, "card-error"), 2);
}

static void test_tls12_flipped(void **state)
{
    enum { LENGTH = 24, BITS = 8 * (LENGTH + 24) };
    uint8_t sealed[LENGTH + 24];

    (void)state;
    open_with("POLICY=always", NULL);
    set_fixed(&there, 1);
    memcpy(sealed + 8, text, LENGTH);
    assert_int_equal(whole12(&there, 1, sealed, LENGTH), sizeof sealed);
    set_fixed(&here, 0);
    for (unsigned bit = 0; bit < BITS; bit++) {
        memcpy(record, sealed, sizeof sealed);
        record[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(whole12(&here, 0, record, LENGTH), 0);
        assert_false(is_any_of(record + 8, LENGTH));
    }
    assert_int_equal(fixture_gcm_count(&fixture, "card-refused"), BITS);
    memcpy(record, sealed, sizeof sealed);
    assert_int_equal(whole12(&here, 0, record, LENGTH), LENGTH);
    ERR_clear_error();
}

/* Additional data that is not the sealer's, in both shapes. */
static void test_flipped_additional_data(void **state)
{
    uint8_t sealed[48], aad[13] = {0, 0, 0, 0, 0, 0, 0, 6, 0x17, 3, 3, 0, 48}; /* 6, where it was sealed with 5 */
    int count;

    (void)state;
    open_with("POLICY=always", NULL);
    set_fixed(&there, 1);
    memcpy(sealed + 8, text, 24);
    assert_int_equal(whole12(&there, 1, sealed, 24), 48);
    set_fixed(&here, 0);
    assert_int_equal(EVP_CIPHER_CTX_ctrl(here.context, EVP_CTRL_AEAD_TLS1_AAD, sizeof aad, aad), 16);
    assert_false(EVP_CipherUpdate(here.context, sealed, &count, sealed, 48));
    assert_false(is_any_of(sealed + 8, 24));
    set_key(&there, 1); /* with other additional data than the header of a record of TLS 1.3 */
    assert_true(EVP_CipherInit_ex(there.context, NULL, NULL, NULL, nonce, 1) &&
                EVP_CipherUpdate(there.context, NULL, &count, (uint8_t[]){0x17, 3, 4, 0, 56}, 5) &&
                EVP_CipherUpdate(there.context, record, &count, text, 40) &&
                EVP_CipherFinal_ex(there.context, record, &count));
    assert_int_equal(EVP_CIPHER_CTX_ctrl(there.context, EVP_CTRL_AEAD_GET_TAG, 16, record + 40), 1);
    set_key(&here, 0);
    assert_false(whole13(&here, 0, record, record, 40));
    assert_false(is_any_of(record, 40));
    assert_int_equal(fixture_gcm_count(&fixture, "card-refused"), 2);
    ERR_clear_error();
}

#define TEST(function) cmocka_unit_test_teardown(function, close_all)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_tls13),
        TEST(test_tls13_128),
        TEST(test_sealing_goes_on),
        TEST(test_opening_goes_on),
        TEST(test_the_same_context_turns),
        TEST(test_a_tag_given_late),
        TEST(test_unlike_libssl),
        TEST(test_tls13_flipped),
        TEST(test_tls12),
        TEST(test_tls12_nonces),
        TEST(test_tls12_flipped),
        TEST(test_flipped_additional_data),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
