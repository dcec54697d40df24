/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/gcm/gcm_aes.v against libcrypto: a block a cycle, keys and key sizes that change at any block. */
#include <openssl/evp.h>

#include "gcm_aes_model.h"
#include "tests/rtl/unit.h"

UNIT(gcm_aes)
UNIT_RESET

enum { BLOCK = 16, LATENCY = 15, RING = 64 };

static EVP_CIPHER_CTX *cipher;
static uint8_t expected[RING][BLOCK];
static int due[RING];
static unsigned now;

static void fill(uint8_t *octets, unsigned count)
{
    for (unsigned n = 0; n < count; n++)
        octets[n] = (uint8_t)unit_random(256);
}

/* A cycle, and the result that is due after it. */
static void cycle(void)
{
    step();
    now++;
    *unit.valid = *unit.key_load = 0;
    settle();
    if (due[now % RING])
        assert_memory_equal(unit.result, expected[now % RING], BLOCK);
    due[now % RING] = 0;
}

static void new_key(int key_256)
{
    uint8_t key[32];
    fill(key, sizeof(key));
    assert_int_equal(EVP_EncryptInit_ex(cipher, key_256 ? EVP_aes_256_ecb() : EVP_aes_128_ecb(), NULL, key, NULL), 1);
    EVP_CIPHER_CTX_set_padding(cipher, 0);
    memcpy(unit.key_first, key, BLOCK);
    memcpy(unit.key_second, key + BLOCK, BLOCK);
    *unit.key_256 = (uint8_t)key_256;
    *unit.live = *unit.key_load = 1;
}

static void block(void)
{
    uint8_t from[BLOCK];
    int length;
    unsigned when = (now + LATENCY) % RING;
    fill(from, BLOCK);
    assert_int_equal(EVP_EncryptUpdate(cipher, expected[when], &length, from, BLOCK), 1);
    due[when] = 1;
    memcpy(unit.block, from, BLOCK);
    *unit.valid = 1;
}

static void begin(void)
{
    reset();
    memset(due, 0, sizeof(due));
}

/* Records of 1 to `most` blocks; a chance in 100 of a cycle without a block. */
static void records(unsigned count, unsigned most, unsigned gaps, int sizes)
{
    begin();
    for (unsigned n = 0; n < count; n++) {
        new_key(sizes == 3 ? (int)unit_random(2) : sizes == 2);
        for (uint64_t left = 1 + unit_random(most); left > 0; left--) {
            while (unit_random(100) < gaps)
                cycle();
            block();
            cycle();
        }
    }
    for (unsigned n = 0; n < LATENCY; n++)
        cycle();
}

static void test_128(void **state)
{
    (void)state;
    records(200, 20, 0, 1);
}

static void test_256(void **state)
{
    (void)state;
    records(200, 20, 0, 2);
}

static void test_key_every_block(void **state)
{
    (void)state;
    records(2000, 1, 0, 3);
}

static void test_gaps(void **state)
{
    (void)state;
    records(500, 10, 40, 3);
}

/* A wipe leaves zeros, and a record may be right in front of it and behind it. */
static void test_wipe(void **state)
{
    (void)state;
    begin();
    for (unsigned n = 0; n < 50; n++) {
        new_key(n & 1);
        block();
        cycle();
        memset(unit.key_first, 0, BLOCK);
        memset(unit.key_second, 0, BLOCK);
        memset(unit.block, 0, BLOCK);
        memset(expected[(now + LATENCY) % RING], 0, BLOCK);
        due[(now + LATENCY) % RING] = 1;
        *unit.live = 0;
        *unit.key_load = *unit.valid = 1;
        cycle();
    }
    for (unsigned n = 0; n < LATENCY; n++)
        cycle();
}

static int make_cipher(void **state)
{
    cipher = EVP_CIPHER_CTX_new();
    return cipher ? unit_setup(state) : -1;
}

static int free_cipher(void **state)
{
    EVP_CIPHER_CTX_free(cipher);
    return unit_teardown(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_128),  cmocka_unit_test(test_256),  cmocka_unit_test(test_key_every_block),
        cmocka_unit_test(test_gaps), cmocka_unit_test(test_wipe),
    };
    return cmocka_run_group_tests(tests, make_cipher, free_cipher);
}
