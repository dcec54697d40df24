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

struct rsa_key *rsa_key_around(struct provider *provider, int restricted_type, void *inner)
{
    const struct rsa_software *functions = rsa_software_of(provider, restricted_type);
    struct rsa_key *key = OPENSSL_zalloc(sizeof *key);

    if (key == NULL) {
        functions->free_key(inner);
        return NULL;
    }
    key->provider = provider;
    key->restricted_type = restricted_type;
    key->functions = functions;
    key->inner = inner;
    atomic_init(&key->references, 1);
    rsa_key_refresh(key);
    return key;
}

struct rsa_key *rsa_key_new(struct provider *provider, int restricted_type)
{
    const struct rsa_software *functions = rsa_software_of(provider, restricted_type);
    void *inner = functions == NULL ? NULL : functions->new_key(functions->provider_context);

    return inner == NULL ? NULL : rsa_key_around(provider, restricted_type, inner);
}

struct rsa_key *rsa_key_hold(struct rsa_key *key)
{
    atomic_fetch_add(&key->references, 1);
    return key;
}

/* n, e and what speeds up arithmetic modulo n. */
struct public_half {
    BIGNUM *n, *e;
    BN_MONT_CTX *montgomery;
};

static void public_half_free(struct public_half *half)
{
    if (half == NULL)
        return;
    BN_free(half->n);
    BN_free(half->e);
    BN_MONT_CTX_free(half->montgomery);
    OPENSSL_free(half);
}

/* What a question for something absent raises is nobody's error. */
static int read_params(const struct rsa_key *key, OSSL_PARAM params[])
{
    int ok;

    ERR_set_mark();
    ok = key->functions->get_params != NULL && key->functions->get_params(key->inner, params);
    ERR_pop_to_mark();
    return ok;
}

/* A number of at most size octets; NULL where the key has no such. */
static BIGNUM *number_of(const struct rsa_key *key, const char *name, size_t size)
{
    uint8_t native[RSA_MAX_OCTETS];
    OSSL_PARAM params[] = {OSSL_PARAM_construct_BN(name, native, size), OSSL_PARAM_construct_end()};
    BIGNUM *number = NULL;

    if (size <= sizeof native && read_params(key, params) && OSSL_PARAM_modified(params))
        OSSL_PARAM_get_BN(params, &number);
    OPENSSL_cleanse(native, sizeof native);
    return number;
}

int rsa_key_number(const struct rsa_key *key, const char *name, uint8_t *octets, size_t size)
{
    BIGNUM *number = number_of(key, name, size);
    int ok = number != NULL && BN_bn2binpad(number, octets, (int)size) >= 0;

    BN_clear_free(number);
    return ok;
}

static struct public_half *public_half_new(const struct rsa_key *key, BN_CTX *context)
{
    struct public_half *half = OPENSSL_zalloc(sizeof *half);
    size_t size = rsa_key_size(key);

    if (half != NULL && (half->n = number_of(key, OSSL_PKEY_PARAM_RSA_N, size)) != NULL &&
        (half->e = number_of(key, OSSL_PKEY_PARAM_RSA_E, size)) != NULL &&
        (half->montgomery = BN_MONT_CTX_new()) != NULL && BN_MONT_CTX_set(half->montgomery, half->n, context))
        return half;
    public_half_free(half);
    return NULL;
}

/* Made when first needed: most keys are those of peers, and only ever used by software. NULL without memory. */
static struct public_half *public_half_of(struct rsa_key *key, BN_CTX *context)
{
    struct public_half *half = atomic_load(&key->public), *fresh;

    if (half != NULL)
        return half;
    fresh = public_half_new(key, context);
    if (fresh == NULL || atomic_compare_exchange_strong(&key->public, &half, fresh))
        return fresh;
    public_half_free(fresh); /* another thread was first */
    return half;
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
    signing_prototypes_free(&key->prototypes);
    key->functions->free_key(key->inner);
    public_half_free(atomic_load(&key->public));
    OPENSSL_free(key);
}

static unsigned read_bits(const struct rsa_key *key)
{
    int bits = 0;
    OSSL_PARAM params[] = {OSSL_PARAM_construct_int(OSSL_PKEY_PARAM_BITS, &bits), OSSL_PARAM_construct_end()};

    return read_params(key, params) && bits > 0 ? (unsigned)bits : 0;
}

void rsa_key_refresh(struct rsa_key *key)
{
    signing_prototypes_free(&key->prototypes);
    public_half_free(atomic_exchange(&key->public, NULL));
    key->bits = read_bits(key);
    key->has_private = key->functions->has(key->inner, OSSL_KEYMGMT_SELECT_PRIVATE_KEY);
    snprintf(key->private_name, sizeof key->private_name, "RSA-%u private", key->bits);
}

void *rsa_key_inner(struct rsa_key *key)
{
    return key->inner;
}

size_t rsa_key_size(const struct rsa_key *key)
{
    return (key->bits + 7) / 8;
}

void rsa_key_begin(const struct rsa_key *key, struct operation *operation, const char *purpose)
{
    offload_begin(operation, CLASS_RSA, key->bits / 1024, key->private_name, purpose);
    if (key->bits != 2048 && key->bits != 3072 && key->bits != 4096)
        offload_refuse(operation, UNSUPPORTED_SIZE);
    else if (!key->has_private)
        offload_refuse(operation, UNSUPPORTED_KEY);
}

/* Put one component into octets, leaving its length in *component; 0 where the key has no such. */
static int component(const struct rsa_key *key, const char *name, uint8_t *octets, size_t size,
                     struct tlscard_octets *component)
{
    *component = (struct tlscard_octets){octets, size};
    return rsa_key_number(key, name, octets, size);
}

/* Where that cannot be told it counts as one, too. */
static int is_multi_prime(const struct rsa_key *key)
{
    uint8_t third[RSA_MAX_OCTETS];
    OSSL_PARAM params[] = {OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_FACTOR3, third, sizeof third),
                           OSSL_PARAM_construct_end()};
    int more = !read_params(key, params) || OSSL_PARAM_modified(params);

    OPENSSL_cleanse(third, sizeof third);
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

    ok = component(key, OSSL_PKEY_PARAM_RSA_N, octets, size, &components.n) &&
         component(key, OSSL_PKEY_PARAM_RSA_E, octets + RSA_MAX_OCTETS, 8, &components.e) && !is_multi_prime(key);
    for (size_t i = 0; ok && i < sizeof halves / sizeof *halves; i++, at += half)
        ok = component(key, halves[i].name, at, half, halves[i].component);
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
    return (struct offload_work){work, prepare, submit, check, output, rsa_key_size(work->key), 0, NULL, 0};
}

int rsa_key_private(struct rsa_key *key, struct operation *operation, const uint8_t *input, uint8_t *output)
{
    struct private_work context = {.key = key, .input = input};
    struct offload_work work = rsa_private_work(&context, output);

    return offload_run(key->provider->offload, operation, &work);
}

/*
 * The number in octets, which may be secret. BN_bin2bn skips leading zeros one by one, and whether a decrypted message
 * begins with some is what the attacks of Bleichenbacher and Manger ask for. With a one before them there are none to skip;
 * what then remains is whether the highest 64 bits are all zero, which no message that is made for an attack brings about.
 */
static BIGNUM *read_secret(const uint8_t *octets, size_t size)
{
    uint8_t prefixed[1 + RSA_MAX_OCTETS] = {1};
    BIGNUM *number;

    memcpy(prefixed + 1, octets, size);
    number = BN_bin2bn(prefixed, (int)size + 1, NULL);
    OPENSSL_cleanse(prefixed, sizeof prefixed);
    if (number != NULL)
        BN_clear_bit(number, (int)size * 8);
    return number;
}

int rsa_key_public(struct rsa_key *key, const uint8_t *base, uint8_t *output)
{
    size_t size = rsa_key_size(key);
    BN_CTX *context = BN_CTX_new_ex(key->provider->software);
    BIGNUM *number = read_secret(base, size), *result = BN_new();
    struct public_half *half;
    int ok;

    ERR_set_mark();
    half = context == NULL ? NULL : public_half_of(key, context);
    ok = half != NULL && number != NULL && result != NULL && BN_ucmp(number, half->n) < 0 &&
         BN_mod_exp_mont(result, number, half->e, half->n, context, half->montgomery) &&
         BN_bn2binpad(result, output, (int)size) >= 0;
    ERR_pop_to_mark();
    BN_clear_free(number);
    BN_clear_free(result);
    BN_CTX_free(context);
    return ok;
}

int rsa_key_in_range(struct rsa_key *key, const uint8_t *number)
{
    BN_CTX *context = BN_CTX_new_ex(key->provider->software);
    BIGNUM *read = BN_bin2bn(number, (int)rsa_key_size(key), NULL);
    struct public_half *half = context == NULL ? NULL : public_half_of(key, context);
    int ok = half != NULL && read != NULL && BN_ucmp(read, half->n) < 0;

    BN_free(read);
    BN_CTX_free(context);
    return ok;
}
