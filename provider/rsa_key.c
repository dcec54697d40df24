/* SPDX-License-Identifier: Apache-2.0 */
/* RSA key objects, their copy on the card, and the private operation there. */
#include "provider/rsa_key.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "provider/session.h"

struct rsa_key *rsa_key_new(struct provider *provider, int restricted_type)
{
    struct rsa_key *key = OPENSSL_zalloc(sizeof *key);

    if (key == NULL)
        return NULL;
    key->provider = provider;
    key->restricted_type = restricted_type;
    atomic_init(&key->references, 1);
    return key;
}

struct rsa_key *rsa_key_hold(struct rsa_key *key)
{
    atomic_fetch_add(&key->references, 1);
    return key;
}

void rsa_key_free(struct rsa_key *key)
{
    struct card_key *card;

    if (key == NULL || atomic_fetch_sub(&key->references, 1) != 1)
        return;
    card = atomic_load(&key->card);
    while (card != NULL) {
        struct card_key *older = card->older;

        card_key_free(card);
        card = older;
    }
    EVP_PKEY_free(key->software);
    EVP_PKEY_free(key->raw);
    OPENSSL_free(key);
}

/* A key of type RSA with the public part of an RSA-PSS key; NULL leaves the key to software. */
static EVP_PKEY *public_twin(struct provider *provider, EVP_PKEY *restricted)
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(provider->software, "RSA", SOFTWARE_PROPERTIES);
    OSSL_PARAM *params = NULL;
    EVP_PKEY *twin = NULL;

    if (context != NULL && EVP_PKEY_todata(restricted, OSSL_KEYMGMT_SELECT_PUBLIC_KEY, &params) &&
        EVP_PKEY_fromdata_init(context) > 0 && EVP_PKEY_fromdata(context, &twin, EVP_PKEY_PUBLIC_KEY, params) <= 0)
        twin = NULL;
    OSSL_PARAM_free(params);
    EVP_PKEY_CTX_free(context);
    return twin;
}

void rsa_key_adopt(struct rsa_key *key, EVP_PKEY *software)
{
    BIGNUM *d = NULL;

    EVP_PKEY_free(key->software);
    EVP_PKEY_free(key->raw);
    key->software = key->raw = software;
    key->bits = (unsigned)EVP_PKEY_get_bits(software);
    ERR_set_mark();
    key->has_private = EVP_PKEY_get_bn_param(software, OSSL_PKEY_PARAM_RSA_D, &d);
    if (key->restricted_type)
        key->raw = public_twin(key->provider, software);
    else
        EVP_PKEY_up_ref(key->raw);
    ERR_pop_to_mark();
    BN_clear_free(d);
}

EVP_PKEY_CTX *rsa_software_context(struct provider *provider, int restricted_type)
{
    const char *name = restricted_type ? "RSA-PSS" : "RSA";
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(provider->software, name, SOFTWARE_PROPERTIES);

    if (context == NULL)
        RAISE(provider, REASON_NO_DEFAULT_PROVIDER,
              "tlscard: no %s in the default provider; activate it in openssl.cnf beside tlscard", name);
    return context;
}

EVP_PKEY_CTX *rsa_key_context(const struct rsa_key *key)
{
    if (key->software == NULL) {
        RAISE(key->provider, REASON_NO_KEY, "tlscard: the key object is empty");
        return NULL;
    }
    return EVP_PKEY_CTX_new_from_pkey(key->provider->software, key->software, SOFTWARE_PROPERTIES);
}

size_t rsa_key_size(const struct rsa_key *key)
{
    return (key->bits + 7) / 8;
}

void rsa_key_begin(const struct rsa_key *key, struct operation *operation, const char *purpose)
{
    char name[32];

    snprintf(name, sizeof name, "RSA-%u private", key->bits);
    offload_begin(operation, CLASS_RSA, key->bits / 1024, name, purpose);
    if (key->bits != 2048 && key->bits != 3072 && key->bits != 4096)
        offload_refuse(operation, UNSUPPORTED_SIZE);
    else if (!key->has_private || key->raw == NULL)
        offload_refuse(operation, UNSUPPORTED_KEY);
}

/* Put one component into octets, leaving its length in *component; 0 where the key has no such. */
static int component(const struct rsa_key *key, const char *name, uint8_t *octets, size_t size,
                     struct tlscard_octets *component)
{
    BIGNUM *number = NULL;
    int ok = EVP_PKEY_get_bn_param(key->software, name, &number) && BN_bn2binpad(number, octets, (int)size) >= 0;

    BN_clear_free(number);
    *component = (struct tlscard_octets){octets, size};
    return ok;
}

static int is_multi_prime(const struct rsa_key *key)
{
    BIGNUM *third = NULL;
    int more = EVP_PKEY_get_bn_param(key->software, OSSL_PKEY_PARAM_RSA_FACTOR3, &third);

    BN_clear_free(third);
    return more;
}

/* RFC 8017 section 3.2, second representation. Raises no error: a key in another form is for software. */
static int put_on_card(const struct rsa_key *key, struct session *session, struct tlscard_rsa_key **handle)
{
    uint8_t octets[RSA_MAX_OCTETS + 8 + 5 * (RSA_MAX_OCTETS / 2)], *at = octets + RSA_MAX_OCTETS + 8;
    struct tlscard_rsa_components components;
    size_t size = rsa_key_size(key), half = size / 2;
    const struct {
        const char *name;
        struct tlscard_octets *component;
    } halves[] = {
        {OSSL_PKEY_PARAM_RSA_FACTOR1, &components.p},    {OSSL_PKEY_PARAM_RSA_FACTOR2, &components.q},
        {OSSL_PKEY_PARAM_RSA_EXPONENT1, &components.dp}, {OSSL_PKEY_PARAM_RSA_EXPONENT2, &components.dq},
        {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, &components.qinv},
    };
    int ok, error = -ENOTSUP;

    ERR_set_mark();
    ok = component(key, OSSL_PKEY_PARAM_RSA_N, octets, size, &components.n) &&
         component(key, OSSL_PKEY_PARAM_RSA_E, octets + RSA_MAX_OCTETS, 8, &components.e) && !is_multi_prime(key);
    for (size_t i = 0; ok && i < sizeof halves / sizeof *halves; i++, at += half)
        ok = component(key, halves[i].name, at, half, halves[i].component);
    ERR_pop_to_mark();
    if (ok)
        error = tlscard_rsa_key_create(session->card, &components, handle);
    OPENSSL_cleanse(octets, sizeof octets);
    return error;
}

/*
 * The key's entry for this session. That the card does not serve a key is remembered; other errors are
 * not. Two threads may make an entry at once: the second's is dropped.
 */
static int card_key_of(struct rsa_key *key, struct session *session, struct card_key **card)
{
    struct card_key *latest = atomic_load(&key->card), *fresh;

    *card = latest;
    if (latest != NULL && latest->session == session)
        return latest->error;
    fresh = OPENSSL_zalloc(sizeof *fresh);
    if (fresh == NULL)
        return -ENOMEM;
    fresh->error = put_on_card(key, session, &fresh->handle);
    if (fresh->error != 0 && fresh->error != -ENOTSUP && fresh->error != -EINVAL) {
        int error = fresh->error;

        OPENSSL_free(fresh);
        return error;
    }
    fresh->older = latest;
    *card = fresh;
    card_key_enter(session, fresh);
    if (!atomic_compare_exchange_strong(&key->card, &latest, fresh)) {
        card_key_free(fresh);
        *card = latest;
    }
    return (*card)->session == session ? (*card)->error : -EAGAIN;
}


static int prepare(void *context, struct session *session)
{
    struct private_work *work = context;
    struct card_key *card = NULL;
    int error = card_key_of(work->key, session, &card);

    if (error == 0)
        work->handle = card->handle;
    return error;
}

static int submit(void *context, struct tlscard_queue *queue, struct tlscard_request **request)
{
    const struct private_work *work = context;

    return tlscard_rsa_private(queue, work->handle, work->input, rsa_key_size(work->key), request);
}

/* The result may be a secret: compared in constant time, as it is raised to e in software. */
static int check(void *context, const uint8_t *result)
{
    const struct private_work *work = context;
    uint8_t again[RSA_MAX_OCTETS];

    return rsa_key_public(work->key, result, again) &&
           CRYPTO_memcmp(again, work->input, rsa_key_size(work->key)) == 0;
}

struct offload_work rsa_private_work(struct private_work *work, uint8_t *output)
{
    return (struct offload_work){work, prepare, submit, check, output, rsa_key_size(work->key), 0, NULL};
}

int rsa_key_private(struct rsa_key *key, struct operation *operation, const uint8_t *input, uint8_t *output)
{
    struct private_work context = {.key = key, .input = input};
    struct offload_work work = rsa_private_work(&context, output);

    return offload_run(key->provider->offload, operation, &work);
}

int rsa_key_public(const struct rsa_key *key, const uint8_t *base, uint8_t *output)
{
    size_t size = rsa_key_size(key), length = size;
    EVP_PKEY_CTX *context;
    int ok;

    ERR_set_mark();
    context = EVP_PKEY_CTX_new_from_pkey(key->provider->software, key->raw, SOFTWARE_PROPERTIES);
    ok = context != NULL && EVP_PKEY_encrypt_init(context) > 0 &&
         EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) > 0 &&
         EVP_PKEY_encrypt(context, output, &length, base, size) > 0 && length == size;
    EVP_PKEY_CTX_free(context);
    ERR_pop_to_mark();
    return ok;
}
