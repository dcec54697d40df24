/* SPDX-License-Identifier: Apache-2.0 */
/* Operations on elliptic curves by the card, and what the host can tell of their results. */
#include "provider/ec_key.h"

#include <errno.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>

#include "provider/session.h"
#include "provider/signing_software.h"

/* A generator that fails does so for software as well, which then says it. */
static int draw(struct ec_work *work)
{
    int ok;

    ERR_set_mark();
    ok = work->draw(work);
    ERR_pop_to_mark();
    return ok;
}

static int prepare(void *context, struct session *session)
{
    struct ec_work *work = context;

    work->card = session->card;
    return work->draw == NULL || draw(work) ? 0 : -EINVAL;
}

static int submit_with(const struct ec_work *work, struct tlscard_queue *queue, struct tlscard_ec_key *key,
                       struct tlscard_request **request)
{
    switch (work->use) {
    case EC_GENERATE:
        return tlscard_ec_public(queue, key, request);
    case EC_DERIVE:
        return tlscard_ec_derive(queue, key, work->input, work->length, request);
    case EC_SIGN:
        return tlscard_ecdsa_sign(queue, key, work->input, work->length, work->nonce, request);
    case EC_VERIFY:
        return tlscard_ecdsa_verify(queue, key, work->input, work->length, work->signature, request);
    }
    return -EINVAL;
}

/* The request keeps the card's copy of the key until it ends. */
static int submit(void *context, struct tlscard_queue *queue, struct tlscard_request **request)
{
    const struct ec_work *work = context;
    size_t size = ec_octets(work->curve);
    struct tlscard_ec_components components = {{NULL, 0}, {NULL, 0}};
    struct tlscard_ec_key *key = NULL;
    int error;

    if (work->use == EC_VERIFY)
        components.point = (struct tlscard_octets){work->point, 2 * size};
    else
        components.scalar = (struct tlscard_octets){work->scalar, size};
    error = tlscard_ec_key_create(work->card, work->curve, &components, &key);
    if (error != 0)
        return error;
    error = submit_with(work, queue, key, request);
    tlscard_ec_key_free(key);
    return error;
}

static int is_on_curve(const struct ec_work *work, const uint8_t *point)
{
    const EC_GROUP *group = work->provider->groups[work->curve];
    size_t size = ec_octets(work->curve);
    uint8_t encoded[1 + 2 * EC_MAX_OCTETS] = {POINT_CONVERSION_UNCOMPRESSED};
    EC_POINT *decoded = EC_POINT_new(group);
    int ok;

    memcpy(encoded + 1, point, 2 * size);
    ok = decoded != NULL && EC_POINT_oct2point(group, decoded, encoded, 1 + 2 * size, NULL);
    EC_POINT_clear_free(decoded);
    OPENSSL_cleanse(encoded, sizeof encoded);
    return ok;
}

/* A key may live for years, so its public half is computed again; who finds that too dear sets verify-results. */
static int is_pair(const struct ec_work *work, const uint8_t *point)
{
    int montgomery = work->curve == TLSCARD_EC_X25519, ok;
    const struct ec_software *software = ec_software_of(work->provider, montgomery ? EC_TYPE_X25519 : EC_TYPE_EC);
    void *key = software == NULL
                    ? NULL
                    : ec_software_key(software, work->curve, work->scalar, montgomery ? NULL : point);
    uint8_t expected[32];
    OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, expected, sizeof expected),
                           OSSL_PARAM_construct_end()};

    if (key == NULL)
        return 0;
    if (montgomery)
        ok = software->get_params != NULL && software->get_params(key, params) &&
             params[0].return_size == sizeof expected && memcmp(expected, point, sizeof expected) == 0;
    else
        ok = software->validate != NULL &&
             software->validate(key, OSSL_KEYMGMT_SELECT_KEYPAIR, OSSL_KEYMGMT_VALIDATE_QUICK_CHECK);
    software->free_key(key);
    return ok;
}

static int verifies(const struct ec_work *work, const uint8_t *signature)
{
    const struct signing_software *software = signing_software_of(work->provider, SIGNING_ECDSA);
    uint8_t *encoded = NULL;
    int length = ecdsa_encode(signature, ec_octets(work->curve), &encoded);
    void *context = software == NULL ? NULL : software->newctx(software->provider_context, NULL);
    int ok = length > 0 && context != NULL && software->verify_init(context, work->key->inner, NULL) > 0 &&
             software->verify(context, encoded, (size_t)length, work->input, work->length) > 0;

    if (context != NULL)
        software->freectx(context);
    OPENSSL_free(encoded);
    return ok;
}

/*
 * The shared secret of a derivation cannot be verified for less than deriving it again. On P-256 and
 * P-384 the host sees at least that it is a point of the curve, which a fault in the arithmetic does
 * not leave it; on X25519 nearly every octet string is one. A verification has no result to verify.
 */
static int check(void *context, const uint8_t *result)
{
    const struct ec_work *work = context;
    int ok = 1;

    ERR_set_mark();
    if (work->use == EC_SIGN)
        ok = verifies(work, result);
    else if (work->use == EC_GENERATE)
        ok = is_pair(work, result);
    else if (work->use == EC_DERIVE && work->curve != TLSCARD_EC_X25519)
        ok = is_on_curve(work, result);
    ERR_pop_to_mark();
    return ok;
}

static unsigned opcode_of(const struct ec_work *work)
{
    static const unsigned opcodes[] = {
        [EC_GENERATE] = TLSCARD_EC_MULTIPLY_BASE,
        [EC_DERIVE] = TLSCARD_EC_MULTIPLY,
        [EC_SIGN] = TLSCARD_ECDSA_SIGN,
        [EC_VERIFY] = TLSCARD_ECDSA_VERIFY,
    };

    return work->curve == TLSCARD_EC_X25519 ? TLSCARD_X25519 : opcodes[work->use];
}

struct offload_work ec_offload_work(struct ec_work *work, uint8_t *output)
{
    size_t length = work->use == EC_VERIFY ? 0 : ec_point_octets(work->curve);

    return (struct offload_work){work, prepare, submit, check, output, length, opcode_of(work), NULL, 0};
}

int ec_run(struct ec_work *work, struct operation *operation, uint8_t *output)
{
    struct offload_work offload_work = ec_offload_work(work, output);

    return offload_run(work->provider->offload, operation, &offload_work);
}

int ecdsa_encode(const uint8_t *signature, size_t size, uint8_t **encoded)
{
    ECDSA_SIG *numbers = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, (int)size, NULL), *s = BN_bin2bn(signature + size, (int)size, NULL);
    int length = 0;

    if (numbers == NULL || r == NULL || s == NULL || !ECDSA_SIG_set0(numbers, r, s)) {
        BN_free(r);
        BN_free(s);
    } else {
        length = i2d_ECDSA_SIG(numbers, encoded);
    }
    ECDSA_SIG_free(numbers);
    return length > 0 ? length : 0;
}

int ecdsa_decode(const uint8_t *encoded, size_t length, size_t size, uint8_t *signature)
{
    const uint8_t *at = encoded;
    ECDSA_SIG *numbers;
    uint8_t *again = NULL;
    int ok;

    ERR_set_mark();
    numbers = d2i_ECDSA_SIG(NULL, &at, (long)length);
    ok = numbers != NULL && !BN_is_negative(ECDSA_SIG_get0_r(numbers)) && !BN_is_negative(ECDSA_SIG_get0_s(numbers)) &&
         BN_bn2binpad(ECDSA_SIG_get0_r(numbers), signature, (int)size) >= 0 &&
         BN_bn2binpad(ECDSA_SIG_get0_s(numbers), signature + size, (int)size) >= 0 &&
         i2d_ECDSA_SIG(numbers, &again) == (int)length && memcmp(again, encoded, length) == 0;
    ERR_pop_to_mark();
    OPENSSL_free(again);
    ECDSA_SIG_free(numbers);
    return ok;
}
