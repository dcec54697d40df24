/* SPDX-License-Identifier: Apache-2.0 */
/* The self-test's examples of operations on elliptic curves. */
#include <stdio.h>
#include <string.h>

#include "driver/tlscard.h"
#include "tools/selftest.h"

/* Short names for the table below. */
enum {
    MULTIPLY = TLSCARD_EC_MULTIPLY,
    MULTIPLY_BASE = TLSCARD_EC_MULTIPLY_BASE,
    SIGN = TLSCARD_ECDSA_SIGN,
    VERIFY = TLSCARD_ECDSA_VERIFY,
    MONTGOMERY = TLSCARD_X25519
};

#define ZEROS_32 "0000000000000000000000000000000000000000000000000000000000000000"
#define ZEROS_48 ZEROS_32 "00000000000000000000000000000000"

/* SHA-256 of "sample": the message of RFC 6979 appendix A.2. */
#define SAMPLE "af2bdbe1aa9b6ec1e2ade1d694f41fc71a831d0268e9891562113d8a62add1bf"

/* RFC 6979 appendix A.2.5: key, public key, nonce and signature; the order is SP 800-186's. */
#define P256_D "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"
#define P256_X "60fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6"
#define P256_Y "7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299"
#define P256_K "a6e3c57dd01abe90086538398355dd4c3b17aa873382b0f24d6129493d8aad60"
#define P256_R "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
#define P256_S "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
#define P256_ORDER "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"
/* The nonce times the public key, by affine arithmetic on integers. */
#define P256_KX "3ffbbd4fe496a30ea456822f31c21e76482462fca119bece403abf00bed50fbb"
#define P256_KY "cebc802d0453d7e0a8952d0c49d062a2bfae991f6d5b5d4a46ecdf8333d48069"

/* RFC 6979 appendix A.2.6, with SHA-256; and likewise. */
#define P384_D "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5"
#define P384_X "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13"
#define P384_Y "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720"
#define P384_K "180ae9f9aec5438a44bc159a1fcb277c7be54fa20e7cf404b490650a8acc414e375572342863c899f9f2edf9747a9b60"
#define P384_R "21b13d1e013c7fa1392d03c5f99af8b30c570c6f98d4ea8e354b63a21d3daa33bde1e888e63355d92fa2b3c36d8fb2cd"
#define P384_S "f3aa443fb107745bf4bd77cb3891674632068a10ca67e3d45db2266fa7d1feebefdc63eccd1ac42ec0cb8668a4fa0ab0"
#define P384_ORDER "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"
#define P384_KX "32b0764f10ada6e54defd9ede57be1f30d5395460fc4a62533e352a6e8d890ff5441006efd53ec4e2a622444672843dc"
#define P384_KY "11289058bad558490a0e123ac8aa16806e76da38da6c6ff82f44f01a90e12f70b286797ed223a3614203d9e91ee8effb"

/* RFC 7748 section 6.1. */
#define ALICE "77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a"
#define ALICE_U "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"
#define BOB "5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb"
#define BOB_U "de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f"
#define SHARED "4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742"
#define NINE "0900000000000000000000000000000000000000000000000000000000000000"

/* Which of the inputs has the lowest bit of its last octet flipped. */
enum flip { NOTHING, DIGEST, INPUT, FIRST_HALF, POINT };

struct ec_case {
    const char *name;
    unsigned opcode;
    enum tlscard_ec_curve curve;
    const char *scalar, *point; /* the key's halves in hexadecimal, or NULL */
    const char *input;          /* the peer's key, the nonce or the signature; NULL: the public key is asked for */
    enum flip flip;
    const char *answer, *status; /* octets in hexadecimal, or the name of a status */
};

/* The cases of one prime curve; C is P256 or P384. */
#define PRIME_CASES(TEXT, C, ZEROS)                                                                                    \
    {TEXT " public key", MULTIPLY_BASE, TLSCARD_EC_##C, C##_D, NULL, NULL, NOTHING, C##_X C##_Y, NULL},                \
    {TEXT " public key, scalar 0", MULTIPLY_BASE, TLSCARD_EC_##C, ZEROS, NULL, NULL, NOTHING, NULL, "INVALID_SCALAR"}, \
    {TEXT " public key, scalar = order", MULTIPLY_BASE, TLSCARD_EC_##C, C##_ORDER, NULL, NULL, NOTHING, NULL,          \
     "INVALID_SCALAR"},                                                                                                \
    {TEXT " shared point", MULTIPLY, TLSCARD_EC_##C, C##_K, NULL, C##_X C##_Y, NOTHING, C##_KX C##_KY, NULL},          \
    {TEXT " shared point, scalar 0", MULTIPLY, TLSCARD_EC_##C, ZEROS, NULL, C##_X C##_Y, NOTHING, NULL,                \
     "INVALID_SCALAR"},                                                                                                \
    {TEXT " shared point, scalar = order", MULTIPLY, TLSCARD_EC_##C, C##_ORDER, NULL, C##_X C##_Y, NOTHING, NULL,      \
     "INVALID_SCALAR"},                                                                                                \
    {TEXT " shared point, peer off the curve", MULTIPLY, TLSCARD_EC_##C, C##_K, NULL, C##_X C##_Y, INPUT, NULL,        \
     "INVALID_POINT"},                                                                                                 \
    {TEXT " signature", SIGN, TLSCARD_EC_##C, C##_D, NULL, C##_K, NOTHING, C##_R C##_S, NULL},                         \
    {TEXT " signature, key 0", SIGN, TLSCARD_EC_##C, ZEROS, NULL, C##_K, NOTHING, NULL, "INVALID_SCALAR"},             \
    {TEXT " signature, nonce 0", SIGN, TLSCARD_EC_##C, C##_D, NULL, ZEROS, NOTHING, NULL, "INVALID_SCALAR"},           \
    {TEXT " signature, nonce = order", SIGN, TLSCARD_EC_##C, C##_D, NULL, C##_ORDER, NOTHING, NULL, "INVALID_SCALAR"}, \
    {TEXT " verification", VERIFY, TLSCARD_EC_##C, NULL, C##_X C##_Y, C##_R C##_S, NOTHING, "", NULL},                 \
    {TEXT " verification, a bit of r flipped", VERIFY, TLSCARD_EC_##C, NULL, C##_X C##_Y, C##_R C##_S, FIRST_HALF,     \
     NULL, "SIGNATURE_INVALID"},                                                                                       \
    {TEXT " verification, a bit of s flipped", VERIFY, TLSCARD_EC_##C, NULL, C##_X C##_Y, C##_R C##_S, INPUT, NULL,    \
     "SIGNATURE_INVALID"},                                                                                             \
    {TEXT " verification, a bit of digest flipped", VERIFY, TLSCARD_EC_##C, NULL, C##_X C##_Y, C##_R C##_S, DIGEST,    \
     NULL, "SIGNATURE_INVALID"},                                                                                       \
    {TEXT " verification, key off the curve", VERIFY, TLSCARD_EC_##C, NULL, C##_X C##_Y, C##_R C##_S, POINT, NULL,     \
     "INVALID_POINT"}

#define MONTGOMERY_CASE(TEXT, SCALAR, INPUT_U, ANSWER, STATUS)                                                         \
    {"X25519 " TEXT, MONTGOMERY, TLSCARD_EC_X25519, SCALAR, NULL, INPUT_U, NOTHING, ANSWER, STATUS}

static const struct ec_case cases[] = {
    PRIME_CASES("P-256", P256, ZEROS_32),
    PRIME_CASES("P-384", P384, ZEROS_48),
    MONTGOMERY_CASE("section 5.2, first", "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
                    "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
                    "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552", NULL),
    MONTGOMERY_CASE("section 5.2, second", "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
                    "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
                    "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957", NULL),
    MONTGOMERY_CASE("section 5.2, one iteration", NINE, NINE,
                    "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079", NULL),
    MONTGOMERY_CASE("public key of Alice", ALICE, NULL, ALICE_U, NULL),
    MONTGOMERY_CASE("public key of Bob", BOB, NULL, BOB_U, NULL),
    MONTGOMERY_CASE("shared secret of Alice", ALICE, BOB_U, SHARED, NULL),
    MONTGOMERY_CASE("shared secret of Bob", BOB, ALICE_U, SHARED, NULL),
    MONTGOMERY_CASE("u = 0", ALICE, ZEROS_32, NULL, "INVALID_RESULT"),
    MONTGOMERY_CASE("u of order 8", ALICE, "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800", NULL,
                    "INVALID_RESULT"),
};

static int submit(struct selftest *test, const struct ec_case *this, struct tlscard_ec_key *key,
                  struct tlscard_request **request)
{
    uint8_t digest[SELFTEST_OCTETS], input[SELFTEST_OCTETS];
    size_t digest_length = selftest_decode(SAMPLE, digest).length;
    size_t length = selftest_decode(this->input, input).length;
    if (this->flip == DIGEST)
        digest[digest_length - 1] ^= 1;
    if (this->flip == INPUT || this->flip == FIRST_HALF)
        input[this->flip == INPUT ? length - 1 : length / 2 - 1] ^= 1;
    switch (this->opcode) {
    case SIGN:
        return tlscard_ecdsa_sign(test->queue, key, digest, digest_length, input, request);
    case VERIFY:
        return tlscard_ecdsa_verify(test->queue, key, digest, digest_length, input, request);
    default:
        return this->input ? tlscard_ec_derive(test->queue, key, input, length, request)
                           : tlscard_ec_public(test->queue, key, request);
    }
}

static void run(struct selftest *test, const struct ec_case *this)
{
    uint8_t scalar[SELFTEST_OCTETS], point[SELFTEST_OCTETS], answer[SELFTEST_OCTETS];
    struct tlscard_ec_components components = {selftest_decode(this->scalar, scalar), selftest_decode(this->point, point)};
    struct tlscard_ec_key *key = NULL;
    struct tlscard_request *request = NULL;
    struct outcome outcome;
    if (this->flip == POINT)
        point[components.point.length - 1] ^= 1;
    selftest_begin(test, this->name);
    int error = tlscard_ec_key_create(test->card, this->curve, &components, &key);
    if (error) {
        selftest_end(test, this->name, FAILED, 0, "key refused: %s", strerror(-error));
        return;
    }
    error = submit(test, this, key, &request);
    selftest_take(request, error, &outcome);
    if (this->status)
        selftest_judge_status(test, this->name, &outcome, this->status);
    else
        selftest_judge_known(test, this->name, &outcome, answer, selftest_decode(this->answer, answer).length);
    tlscard_ec_key_free(key);
}

void selftest_curves(struct selftest *test, uint64_t opcodes)
{
    for (unsigned opcode = MULTIPLY; opcode <= MONTGOMERY; opcode++)
        if (!(opcodes >> opcode & 1))
            selftest_not_served(test, opcode);
    for (size_t index = 0; index < sizeof cases / sizeof *cases; index++)
        if (opcodes >> cases[index].opcode & 1)
            run(test, &cases[index]);
}
