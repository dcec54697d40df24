/* SPDX-License-Identifier: Apache-2.0 */
/* RSA key objects, their copy on the card, and the private operation there. */
#include "provider/rsa_key.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/rsa.h>

#include "provider/rsa_software.h"
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

static struct public_half *public_half_new(const struct rsa_key *key, BN_CTX *context)
{
    struct public_half *half = OPENSSL_zalloc(sizeof *half);

    if (half != NULL && EVP_PKEY_get_bn_param(key->software, OSSL_PKEY_PARAM_RSA_N, &half->n) &&
        EVP_PKEY_get_bn_param(key->software, OSSL_PKEY_PARAM_RSA_E, &half->e) &&
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

static void free_inner(const struct rsa_key *key, void *inner)
{
    if (inner != NULL)
        rsa_software_of(key->provider, key->restricted_type)->free_key(inner);
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
    signing_prototypes_free(&key->prototypes);
    free_inner(key, atomic_load(&key->inner));
    public_half_free(atomic_load(&key->public));
    OPENSSL_free(key);
}

void rsa_key_adopt(struct rsa_key *key, EVP_PKEY *software)
{
    BIGNUM *d = NULL;

    EVP_PKEY_free(key->software);
    signing_prototypes_free(&key->prototypes);
    free_inner(key, atomic_exchange(&key->inner, NULL));
    public_half_free(atomic_exchange(&key->public, NULL));
    key->software = software;
    key->bits = (unsigned)EVP_PKEY_get_bits(software);
    snprintf(key->private_name, sizeof key->private_name, "RSA-%u private", key->bits);
    ERR_set_mark();
    key->has_private = EVP_PKEY_get_bn_param(software, OSSL_PKEY_PARAM_RSA_D, &d);
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

/* What an export gives, and the key that an import makes of it. */
struct copying {
    const struct rsa_software *functions;
    int selection;
    void *inner;
};

static int import_exported(const OSSL_PARAM params[], void *argument)
{
    struct copying *copying = argument;

    return copying->functions->import(copying->inner, copying->selection, params);
}

/* Two threads may make it at once: the second's is dropped. */
void *rsa_key_inner(struct rsa_key *key)
{
    void *known = atomic_load(&key->inner);
    struct copying copying = {NULL, OSSL_KEYMGMT_SELECT_PUBLIC_KEY | OSSL_KEYMGMT_SELECT_ALL_PARAMETERS, NULL};

    if (known != NULL)
        return known;
    if (key->software == NULL) {
        RAISE(key->provider, REASON_NO_KEY, "tlscard: the key object is empty");
        return NULL;
    }
    if (key->has_private)
        copying.selection |= OSSL_KEYMGMT_SELECT_PRIVATE_KEY;
    copying.functions = rsa_software_of(key->provider, key->restricted_type);
    if (copying.functions == NULL ||
        (copying.inner = copying.functions->new_key(copying.functions->provider_context)) == NULL)
        return NULL;
    if (!EVP_PKEY_export(key->software, copying.selection, import_exported, &copying) ||
        !atomic_compare_exchange_strong(&key->inner, &known, copying.inner)) {
        copying.functions->free_key(copying.inner);
        return known;
    }
    return copying.inner;
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
