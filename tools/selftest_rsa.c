/* SPDX-License-Identifier: Apache-2.0 */
/* RSA test keys as octets for the card, and libcrypto's answers to hold the card's against. */
#include "tools/selftest_rsa.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>

#include "tools/test_keys.h"

static int component(const EVP_PKEY *pkey, const char *name, uint8_t *to, size_t length)
{
    BIGNUM *number = NULL;
    int done = EVP_PKEY_get_bn_param(pkey, name, &number) && BN_bn2binpad(number, to, (int)length) == (int)length;
    BN_clear_free(number);
    return done;
}

int selftest_rsa_load(struct selftest_rsa *key, unsigned bits)
{
    EVP_PKEY *pkey = test_key_load(NULL, bits, "server");
    key->size = bits / 8;
    size_t half = key->size / 2;
    int done = pkey && component(pkey, OSSL_PKEY_PARAM_RSA_N, key->n, key->size) &&
               component(pkey, OSSL_PKEY_PARAM_RSA_E, key->e, sizeof key->e) &&
               component(pkey, OSSL_PKEY_PARAM_RSA_D, key->d, key->size) &&
               component(pkey, OSSL_PKEY_PARAM_RSA_FACTOR1, key->p, half) &&
               component(pkey, OSSL_PKEY_PARAM_RSA_FACTOR2, key->q, half) &&
               component(pkey, OSSL_PKEY_PARAM_RSA_EXPONENT1, key->dp, half) &&
               component(pkey, OSSL_PKEY_PARAM_RSA_EXPONENT2, key->dq, half) &&
               component(pkey, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, key->qinv, half);
    EVP_PKEY_free(pkey);
    return done;
}

struct tlscard_rsa_components selftest_rsa_components(const struct selftest_rsa *key, int private)
{
    struct tlscard_rsa_components components = {.n = {key->n, key->size}, .e = {key->e, sizeof key->e}};
    if (private) {
        size_t half = key->size / 2;
        components.p = (struct tlscard_octets){key->p, half};
        components.q = (struct tlscard_octets){key->q, half};
        components.dp = (struct tlscard_octets){key->dp, half};
        components.dq = (struct tlscard_octets){key->dq, half};
        components.qinv = (struct tlscard_octets){key->qinv, half};
    }
    return components;
}

int selftest_rsa_expect(const struct selftest_rsa *key, int private, const uint8_t *input, uint8_t *output)
{
    int size = (int)key->size;
    BN_CTX *context = BN_CTX_new();
    BIGNUM *modulus = BN_bin2bn(key->n, size, NULL), *base = BN_bin2bn(input, size, NULL);
    BIGNUM *exponent = private ? BN_bin2bn(key->d, size, NULL) : BN_bin2bn(key->e, sizeof key->e, NULL);
    BIGNUM *result = BN_new();
    int done = context && modulus && base && exponent && result &&
               BN_mod_exp(result, base, exponent, modulus, context) && BN_bn2binpad(result, output, size) == size;
    BN_free(result);
    BN_clear_free(exponent);
    BN_free(base);
    BN_free(modulus);
    BN_CTX_free(context);
    return done;
}
