/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elliptic curves on the simulated card, against OpenSSL's arithmetic. A test is skipped where
 * libtlscard-sim.so has not been built, or its card does not serve the opcode.
 */
#include <errno.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>
#include <openssl/rand.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "driver/tlscard.h"
#include "driver/tlscard_map.h"
#include "tests/driver/simulation.h"

enum { ROUNDS = 3, TIMEOUT_MS = 300000 };

static const struct curve {
    enum tlscard_ec_curve id;
    int nid;
    int size;
    const char *name;
} curves[] = {{TLSCARD_EC_P256, NID_X9_62_prime256v1, 32, "P-256"}, {TLSCARD_EC_P384, NID_secp384r1, 48, "P-384"}};

static struct tlscard_ec_key *make_key(const struct simulation *simulation, enum tlscard_ec_curve curve,
                                       const uint8_t *scalar, const uint8_t *point)
{
    size_t size = curve == TLSCARD_EC_P384 ? 48 : 32;
    const struct tlscard_ec_components components = {{scalar, scalar != NULL ? size : 0},
                                                     {point, point != NULL ? 2 * size : 0}};
    struct tlscard_ec_key *key;

    assert_int_equal(tlscard_ec_key_create(simulation->card, curve, &components, &key), 0);
    return key;
}

/* Wait for the request, release it and the key: its status, the octets at output. */
static uint8_t finish(struct tlscard_request *request, struct tlscard_ec_key *key, uint8_t *output, size_t length,
                      uint32_t *cycles)
{
    struct tlscard_result result;

    assert_int_equal(tlscard_request_wait(request, TIMEOUT_MS), 0);
    int error = tlscard_request_result(request, output, length, &result);
    assert_int_equal(error, result.status == TLSCARD_STATUS_OK ? 0 : -EBADMSG);
    assert_int_equal(result.length, result.status == TLSCARD_STATUS_OK ? length : 0);
    if (cycles != NULL)
        *cycles = result.cycles;
    tlscard_request_release(request);
    tlscard_ec_key_free(key);
    return result.status;
}

/* scalar * point, or of the base point for NULL, as x | y by OpenSSL. */
static void multiply(const struct curve *curve, const uint8_t *scalar, const uint8_t *point, uint8_t *output)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(curve->nid);
    EC_POINT *base = EC_POINT_new(group), *result = EC_POINT_new(group);
    BIGNUM *number = BN_bin2bn(scalar, curve->size, NULL), *x = BN_new(), *y = BN_new();

    if (point != NULL) {
        BN_bin2bn(point, curve->size, x);
        BN_bin2bn(point + curve->size, curve->size, y);
        assert_int_equal(EC_POINT_set_affine_coordinates(group, base, x, y, NULL), 1);
        assert_int_equal(EC_POINT_mul(group, result, NULL, base, number, NULL), 1);
    } else {
        assert_int_equal(EC_POINT_mul(group, result, number, NULL, NULL, NULL), 1);
    }
    assert_int_equal(EC_POINT_get_affine_coordinates(group, result, x, y, NULL), 1);
    BN_bn2binpad(x, output, curve->size);
    BN_bn2binpad(y, output + curve->size, curve->size);
    BN_free(x);
    BN_free(y);
    BN_free(number);
    EC_POINT_free(base);
    EC_POINT_free(result);
    EC_GROUP_free(group);
}

/* A scalar in range: for the rounds below zero 1, 2 and order - 1, random ones else. */
static void make_scalar(const struct curve *curve, int round, uint8_t *scalar)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(curve->nid);
    BIGNUM *number = BN_dup(EC_GROUP_get0_order(group));

    if (round >= 0) {
        do
            assert_int_equal(BN_priv_rand_range(number, EC_GROUP_get0_order(group)), 1);
        while (BN_is_zero(number));
    } else if (round == -3) {
        BN_sub_word(number, 1);
    } else {
        BN_set_word(number, (BN_ULONG)-round);
    }
    BN_bn2binpad(number, scalar, curve->size);
    BN_free(number);
    EC_GROUP_free(group);
}

static void order_of(const struct curve *curve, uint8_t *order)
{
    EC_GROUP *group = EC_GROUP_new_by_curve_name(curve->nid);

    BN_bn2binpad(EC_GROUP_get0_order(group), order, curve->size);
    EC_GROUP_free(group);
}

static void public_keys(void **state)
{
    struct simulation *simulation = need_opcode(state, TLSCARD_OP_EC_MULTIPLY_BASE);

    for (const struct curve *curve = curves; curve < curves + 2; curve++) {
        uint32_t first = 0, cycles;

        for (int round = -3; round < ROUNDS; round++) {
            struct tlscard_request *request;
            uint8_t scalar[48], expected[96], output[96];

            make_scalar(curve, round, scalar);
            multiply(curve, scalar, NULL, expected);
            struct tlscard_ec_key *key = make_key(simulation, curve->id, scalar, NULL);
            assert_int_equal(tlscard_ec_public(simulation->queue, key, &request), 0);
            assert_int_equal(finish(request, key, output, 2 * (size_t)curve->size, &cycles), TLSCARD_STATUS_OK);
            assert_memory_equal(output, expected, 2 * (size_t)curve->size);
            first = first != 0 ? first : cycles;
        }
        print_message("# %s public key: %u cycles\n", curve->name, first);
    }
}

static void shared_points(void **state)
{
    struct simulation *simulation = need_opcode(state, TLSCARD_OP_EC_MULTIPLY);

    for (const struct curve *curve = curves; curve < curves + 2; curve++) {
        uint32_t cycles = 0;

        for (int round = -3; round < ROUNDS; round++) {
            struct tlscard_request *request;
            uint8_t scalar[48], other[48], peer[96], expected[96], output[96];
            size_t length = 2 * (size_t)curve->size;

            make_scalar(curve, round, scalar);
            make_scalar(curve, 0, other);
            multiply(curve, other, NULL, peer);
            multiply(curve, scalar, peer, expected);
            struct tlscard_ec_key *key = make_key(simulation, curve->id, scalar, NULL);
            assert_int_equal(tlscard_ec_derive(simulation->queue, key, peer, length, &request), 0);
            assert_int_equal(finish(request, key, output, length, &cycles), TLSCARD_STATUS_OK);
            assert_memory_equal(output, expected, length);
        }
        print_message("# %s shared point: %u cycles\n", curve->name, cycles);
    }
}

static void points_and_scalars_that_are_refused(void **state)
{
    struct simulation *simulation = need_opcode(state, TLSCARD_OP_EC_MULTIPLY);

    for (const struct curve *curve = curves; curve < curves + 2; curve++)
        for (unsigned wrong = 0; wrong < 4; wrong++) {
            struct tlscard_request *request;
            uint8_t scalar[48], peer[96], output[96];
            size_t size = (size_t)curve->size;

            make_scalar(curve, 0, scalar);
            multiply(curve, scalar, NULL, peer);
            if (wrong == 0)
                memset(scalar, 0, size);
            if (wrong == 1)
                order_of(curve, scalar);
            if (wrong == 2)
                peer[2 * size - 1] ^= 1;
            if (wrong == 3)
                memset(peer, 0xff, size); /* x is not below the prime */
            struct tlscard_ec_key *key = make_key(simulation, curve->id, scalar, NULL);
            assert_int_equal(tlscard_ec_derive(simulation->queue, key, peer, 2 * size, &request), 0);
            assert_int_equal(finish(request, key, output, 2 * size, NULL),
                             wrong < 2 ? TLSCARD_STATUS_INVALID_SCALAR : TLSCARD_STATUS_INVALID_POINT);
        }
}

/* OpenSSL's key of a public point, and of a scalar where there is one. */
static EVP_PKEY *to_openssl(const struct curve *curve, const uint8_t *scalar, const uint8_t *point)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    BIGNUM *number = scalar != NULL ? BN_bin2bn(scalar, curve->size, NULL) : NULL;
    uint8_t encoded[97] = {4}; /* SEC 1 section 2.3.3 */
    EVP_PKEY *key = NULL;

    memcpy(encoded + 1, point, 2 * (size_t)curve->size);
    OSSL_PARAM_BLD_push_utf8_string(builder, "group", curve->name, 0);
    OSSL_PARAM_BLD_push_octet_string(builder, "pub", encoded, 1 + 2 * (size_t)curve->size);
    if (number != NULL)
        OSSL_PARAM_BLD_push_BN(builder, "priv", number);
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    assert_int_equal(EVP_PKEY_fromdata(context, &key, number != NULL ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY,
                                       parameters), 1);
    OSSL_PARAM_free(parameters);
    OSSL_PARAM_BLD_free(builder);
    EVP_PKEY_CTX_free(context);
    BN_free(number);
    return key;
}

/* 1 where OpenSSL takes r | s for a signature of the digest. */
static int openssl_verifies(const struct curve *curve, EVP_PKEY *key, const uint8_t *digest, size_t length,
                            const uint8_t *signature)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    ECDSA_SIG *pair = ECDSA_SIG_new();
    unsigned char *encoded = NULL;

    ECDSA_SIG_set0(pair, BN_bin2bn(signature, curve->size, NULL),
                   BN_bin2bn(signature + curve->size, curve->size, NULL));
    int size = i2d_ECDSA_SIG(pair, &encoded);
    assert_int_equal(EVP_PKEY_verify_init(context), 1);
    int good = EVP_PKEY_verify(context, encoded, (size_t)size, digest, length) == 1;
    OPENSSL_free(encoded);
    ECDSA_SIG_free(pair);
    EVP_PKEY_CTX_free(context);
    return good;
}

static void openssl_signs(const struct curve *curve, EVP_PKEY *key, const uint8_t *digest, size_t length,
                          uint8_t *signature)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    unsigned char encoded[160];
    const unsigned char *place = encoded;
    size_t size = sizeof encoded;

    assert_int_equal(EVP_PKEY_sign_init(context), 1);
    assert_int_equal(EVP_PKEY_sign(context, encoded, &size, digest, length), 1);
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &place, (long)size);
    assert_non_null(pair);
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, curve->size);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + curve->size, curve->size);
    ECDSA_SIG_free(pair);
    EVP_PKEY_CTX_free(context);
}

static const size_t digest_lengths[] = {20, 32, 48, 64};

static void signatures(void **state)
{
    struct simulation *simulation = need_opcode(state, TLSCARD_OP_ECDSA_SIGN);

    for (const struct curve *curve = curves; curve < curves + 2; curve++) {
        uint32_t cycles = 0;

        for (unsigned index = 0; index < 4; index++) {
            struct tlscard_request *request;
            uint8_t scalar[48], nonce[48], point[96], digest[64], signature[96], nonce_point[96];
            size_t size = (size_t)curve->size, length = digest_lengths[index];

            RAND_bytes(digest, sizeof digest);
            make_scalar(curve, 0, scalar);
            make_scalar(curve, 0, nonce);
            multiply(curve, scalar, NULL, point);
            multiply(curve, nonce, NULL, nonce_point);
            struct tlscard_ec_key *key = make_key(simulation, curve->id, scalar, NULL);
            assert_int_equal(tlscard_ecdsa_sign(simulation->queue, key, digest, length, nonce, &request), 0);
            assert_int_equal(finish(request, key, signature, 2 * size, &cycles), TLSCARD_STATUS_OK);
            EVP_PKEY *checker = to_openssl(curve, NULL, point);
            assert_int_equal(openssl_verifies(curve, checker, digest, length, signature), 1);
            assert_memory_equal(signature, nonce_point, 8); /* r is x of the nonce's point, if not reduced */
            EVP_PKEY_free(checker);
        }
        print_message("# %s signature: %u cycles\n", curve->name, cycles);
    }
}

static void nonces_that_are_refused(void **state)
{
    struct simulation *simulation = need_opcode(state, TLSCARD_OP_ECDSA_SIGN);

    for (const struct curve *curve = curves; curve < curves + 2; curve++)
        for (unsigned wrong = 0; wrong < 2; wrong++) {
            struct tlscard_request *request;
            uint8_t scalar[48], nonce[48] = {0}, output[96];

            make_scalar(curve, 0, scalar);
            if (wrong == 1)
                order_of(curve, nonce);
            struct tlscard_ec_key *key = make_key(simulation, curve->id, scalar, NULL);
            assert_int_equal(tlscard_ecdsa_sign(simulation->queue, key, scalar, 32, nonce, &request), 0);
            assert_int_equal(finish(request, key, output, 2 * (size_t)curve->size, NULL),
                             TLSCARD_STATUS_INVALID_SCALAR);
        }
}

/* OpenSSL's signatures are good, and with one bit of them or of the digest changed they are not. */
static void verifications(void **state)
{
    struct simulation *simulation = need_opcode(state, TLSCARD_OP_ECDSA_VERIFY);

    for (const struct curve *curve = curves; curve < curves + 2; curve++)
        for (unsigned index = 0; index < 4; index++) {
            size_t size = (size_t)curve->size, length = digest_lengths[index];
            uint8_t scalar[48], point[96], digest[64], signature[96];

            RAND_bytes(digest, sizeof digest);
            make_scalar(curve, 0, scalar);
            multiply(curve, scalar, NULL, point);
            EVP_PKEY *signer = to_openssl(curve, scalar, point);
            openssl_signs(curve, signer, digest, length, signature);
            for (unsigned wrong = 0; wrong < 4; wrong++) {
                struct tlscard_request *request;
                uint8_t *const changed[] = {NULL, &signature[size - 1], &signature[2 * size - 1], &digest[0]};

                if (wrong > 0)
                    *changed[wrong] ^= 1;
                struct tlscard_ec_key *key = make_key(simulation, curve->id, NULL, point);
                assert_int_equal(tlscard_ecdsa_verify(simulation->queue, key, digest, length, signature, &request), 0);
                assert_int_equal(finish(request, key, NULL, 0, NULL),
                                 wrong == 0 ? TLSCARD_STATUS_OK : TLSCARD_STATUS_SIGNATURE_INVALID);
                if (wrong > 0)
                    *changed[wrong] ^= 1;
            }
            EVP_PKEY_free(signer);
        }
}

static void x25519(void **state)
{
    struct simulation *simulation = need_opcode(state, TLSCARD_OP_X25519);
    uint32_t cycles = 0;

    for (unsigned round = 0; round < ROUNDS; round++) {
        struct tlscard_request *request;
        uint8_t scalar[32], other[32], own[32], peer[32], expected[32], output[32];
        size_t length = 32;

        RAND_bytes(scalar, sizeof scalar);
        RAND_bytes(other, sizeof other);
        EVP_PKEY *ours = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, scalar, 32);
        EVP_PKEY *theirs = EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, NULL, other, 32);
        EVP_PKEY_get_raw_public_key(ours, own, &length);
        EVP_PKEY_get_raw_public_key(theirs, peer, &length);
        EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(ours, NULL);
        assert_int_equal(EVP_PKEY_derive_init(context), 1);
        assert_int_equal(EVP_PKEY_derive_set_peer(context, theirs), 1);
        assert_int_equal(EVP_PKEY_derive(context, expected, &length), 1);
        EVP_PKEY_CTX_free(context);
        EVP_PKEY_free(ours);
        EVP_PKEY_free(theirs);

        struct tlscard_ec_key *key = make_key(simulation, TLSCARD_EC_X25519, scalar, NULL);
        assert_int_equal(tlscard_ec_public(simulation->queue, key, &request), 0);
        assert_int_equal(finish(request, key, output, 32, NULL), TLSCARD_STATUS_OK);
        assert_memory_equal(output, own, 32);
        peer[31] |= (uint8_t)(round << 7); /* the top bit is ignored */
        key = make_key(simulation, TLSCARD_EC_X25519, scalar, NULL);
        assert_int_equal(tlscard_ec_derive(simulation->queue, key, peer, 32, &request), 0);
        assert_int_equal(finish(request, key, output, 32, &cycles), TLSCARD_STATUS_OK);
        assert_memory_equal(output, expected, 32);
    }
    print_message("# X25519: %u cycles\n", cycles);
}

static void x25519_points_of_low_order(void **state)
{
    static const uint8_t points[][32] = {{0}, {1}, {0xec, [1 ... 30] = 0xff, 0x7f}, {0xed, [1 ... 30] = 0xff, 0x7f}};
    struct simulation *simulation = need_opcode(state, TLSCARD_OP_X25519);

    for (unsigned index = 0; index < 4; index++) {
        struct tlscard_request *request;
        uint8_t scalar[32], output[32];

        RAND_bytes(scalar, sizeof scalar);
        struct tlscard_ec_key *key = make_key(simulation, TLSCARD_EC_X25519, scalar, NULL);
        assert_int_equal(tlscard_ec_derive(simulation->queue, key, points[index], 32, &request), 0);
        assert_int_equal(finish(request, key, output, 32, NULL), TLSCARD_STATUS_INVALID_RESULT);
    }
}

int main(void)
{
#define SIMULATED(test) cmocka_unit_test_setup_teardown(test, open_simulation, close_simulation)
    const struct CMUnitTest tests[] = {
        SIMULATED(public_keys),
        SIMULATED(shared_points),
        SIMULATED(points_and_scalars_that_are_refused),
        SIMULATED(signatures),
        SIMULATED(nonces_that_are_refused),
        SIMULATED(verifications),
        SIMULATED(x25519),
        SIMULATED(x25519_points_of_low_order),
    };

    return cmocka_run_group_tests_name("sim_ec", tests, NULL, NULL);
}
