/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts, digests and parameters of signatures. */
#include "provider/signing.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

/* Octets of a message: to hash more of it twice would take longer than most signatures do. */
#define MOST_HASHED_TWICE ((size_t)1 << 20)

/* Properties that ask for us ask for no digest at all: digests are then software's. */
static const char *digest_properties(struct provider *provider, const char *properties)
{
    EVP_MD *found;

    ERR_set_mark();
    found = EVP_MD_fetch(provider->software, "SHA2-256", properties);
    ERR_pop_to_mark();
    EVP_MD_free(found);
    return found == NULL ? SOFTWARE_PROPERTIES : properties;
}

struct signing *signing_new(const struct signing_kind *kind, void *provider, const char *properties)
{
    const struct signing_software *functions = signing_software_of(provider, kind->type);
    struct signing *signing = functions == NULL ? NULL : OPENSSL_zalloc(sizeof *signing);

    if (signing == NULL)
        return NULL;
    signing->kind = kind;
    signing->functions = functions;
    signing->provider = provider;
    if (properties != NULL &&
        (signing->properties = OPENSSL_strdup(digest_properties(provider, properties))) == NULL) {
        OPENSSL_free(signing);
        return NULL;
    }
    return signing;
}

/* Hash no message here, for a reason. */
static void be_direct(struct signing *signing, enum reason reason)
{
    EVP_MD_CTX_free(signing->hashing);
    EVP_MD_free(signing->digest);
    signing->hashing = NULL;
    signing->digest = NULL;
    signing->reason = reason;
}

static void free_software(struct signing *signing)
{
    if (signing->software != NULL)
        signing->functions->freectx(signing->software);
    signing->software = NULL;
}

void signing_freectx(void *data)
{
    struct signing *signing = data;

    if (signing == NULL)
        return;
    be_direct(signing, UNSUPPORTED_USE);
    free_software(signing);
    signing->kind->drop(signing->key);
    OPENSSL_free(signing->properties);
    OPENSSL_free(signing);
}

/*
 * Software's context, at the end of the message where the card has signed or verified that: brought there by an end
 * that fails, for want of room or of a signature. Few contexts go on after their end, as libcrypto ends a copy.
 */
static void *software_of(struct signing *signing)
{
    uint8_t nothing[1] = {0};
    size_t length = 0;

    if (!signing->is_behind)
        return signing->software;
    signing->is_behind = 0;
    ERR_set_mark();
    if (signing->use == SIGNING_SIGN)
        signing->functions->digest_sign_final(signing->software, nothing, &length, 0);
    else
        signing->functions->digest_verify_final(signing->software, nothing, sizeof nothing);
    ERR_pop_to_mark();
    return signing->software;
}

/* What of a context is made anew for its copy; the rest is copied as it stands. */
static int copy_parts(struct signing *copy, struct signing *from)
{
    void *software = software_of(from);

    if (from->properties != NULL && (copy->properties = OPENSSL_strdup(from->properties)) == NULL)
        return 0;
    if (software != NULL && (copy->software = from->functions->dupctx(software)) == NULL)
        return 0;
    if (from->hashing != NULL &&
        ((copy->hashing = EVP_MD_CTX_new()) == NULL || !EVP_MD_CTX_copy_ex(copy->hashing, from->hashing)))
        return 0;
    if (from->digest != NULL && !EVP_MD_up_ref(from->digest))
        return 0;
    copy->digest = from->digest;
    return 1;
}

void *signing_dupctx(void *data)
{
    struct signing *from = data, *copy = OPENSSL_memdup(from, sizeof *from);

    if (copy == NULL)
        return NULL;
    copy->properties = NULL;
    copy->software = NULL;
    copy->hashing = NULL;
    copy->digest = NULL;
    copy->is_copy = 1;
    copy->is_behind = 0;
    if (copy->key != NULL)
        copy->kind->hold(copy->key);
    if (copy_parts(copy, from))
        return copy;
    signing_freectx(copy);
    return NULL;
}

EVP_MD *signing_fetch_digest(const struct signing *signing, const char *name)
{
    EVP_MD *digest;

    ERR_set_mark();
    digest = EVP_MD_fetch(signing->provider->software, name, signing->properties);
    ERR_pop_to_mark();
    return digest;
}

int signing_read_params(const struct signing *signing, OSSL_PARAM params[])
{
    int ok;

    ERR_set_mark();
    ok = signing->functions->get_params(signing->software, params) > 0;
    ERR_pop_to_mark();
    return ok;
}

/* The digest that software has been told; 0 where there is none. */
static int read_digest(const struct signing *signing, char name[SIGNING_NAME_SIZE])
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, name, SIGNING_NAME_SIZE),
        OSSL_PARAM_construct_end(),
    };

    name[0] = '\0';
    return signing_read_params(signing, params) && name[0] != '\0';
}

static void take_key(struct signing *signing, void *key)
{
    signing->kind->hold(key);
    signing->kind->drop(signing->key);
    signing->key = key;
}

/*
 * The key for software, and a context of software's where there is none yet. It stays the same one when an operation
 * begins again, so that what the application set or left undone has the effect that it has in the default provider.
 * Without a key, software says so.
 */
static int prepare(struct signing *signing, void *key, void **inner)
{
    const struct signing_software *functions = signing->functions;

    *inner = key == NULL ? NULL : signing->kind->inner(key);
    if (key != NULL && *inner == NULL)
        return 0;
    if (key != NULL)
        take_key(signing, key);
    if (software_of(signing) != NULL)
        return 1;
    signing->is_copy = 0;
    signing->software = functions->newctx(functions->provider_context, signing->properties);
    return signing->software != NULL;
}

int signing_start(struct signing *signing, void *key, const OSSL_PARAM params[], enum signing_use use)
{
    const struct signing_software *functions = signing->functions;
    void *inner;

    be_direct(signing, ON_CARD);
    if (!prepare(signing, key, &inner))
        return 0;
    signing->use = use;
    signing->of_messages = 0;
    switch (use) {
    case SIGNING_SIGN:
        return functions->sign_init(signing->software, inner, params);
    case SIGNING_VERIFY:
        return functions->verify_init(signing->software, inner, params);
    default:
        return functions->verify_recover_init(signing->software, inner, params);
    }
}

int signing_sign_init(void *data, void *key, const OSSL_PARAM params[])
{
    return signing_start(data, key, params, SIGNING_SIGN);
}

int signing_verify_init(void *data, void *key, const OSSL_PARAM params[])
{
    return signing_start(data, key, params, SIGNING_VERIFY);
}

struct signing_prototype {
    struct signing_prototype *next;
    const struct signing_software *functions;
    void *software;
    EVP_MD *digest; /* NULL where it was kept while there was no card */
    char digest_name[SIGNING_NAME_SIZE]; /* as it was asked for */
};

static void prototype_free(struct signing_prototype *prototype)
{
    if (prototype->software != NULL)
        prototype->functions->freectx(prototype->software);
    EVP_MD_free(prototype->digest);
    OPENSSL_free(prototype);
}

void signing_prototypes_free(signing_prototypes *prototypes)
{
    struct signing_prototype *prototype = atomic_exchange(prototypes, NULL), *next;

    for (; prototype != NULL; prototype = next) {
        next = prototype->next;
        prototype_free(prototype);
    }
}

/* Begin as an earlier signature began, at a fraction of the cost: 0 where there was none. */
static int copy_prototype(struct signing *signing, const char *name, void *key)
{
    const struct signing_prototype *prototype = atomic_load(signing->kind->prototypes(key));

    while (prototype != NULL && strcmp(prototype->digest_name, name) != 0)
        prototype = prototype->next;
    if (prototype == NULL || (signing->software = signing->functions->dupctx(prototype->software)) == NULL)
        return 0;
    signing->is_copy = 1;
    take_key(signing, key);
    if (!signing_is_direct(signing) && prototype->digest != NULL && EVP_MD_up_ref(prototype->digest))
        signing->digest = prototype->digest;
    return 1;
}

/* Two threads may keep one of the same name, and applications use few names: no more than these. */
#define MOST_PROTOTYPES 8

static void keep_prototype(const struct signing *signing, const char *name)
{
    signing_prototypes *list = signing->kind->prototypes(signing->key);
    struct signing_prototype *fresh, *first = atomic_load(list);
    unsigned count = 0;

    for (const struct signing_prototype *each = first; each != NULL; each = each->next)
        count++;
    if (count >= MOST_PROTOTYPES || strlen(name) >= sizeof fresh->digest_name ||
        (fresh = OPENSSL_zalloc(sizeof *fresh)) == NULL)
        return;
    OPENSSL_strlcpy(fresh->digest_name, name, sizeof fresh->digest_name);
    fresh->functions = signing->functions;
    fresh->software = signing->functions->dupctx(signing->software);
    if (signing->digest != NULL && EVP_MD_up_ref(signing->digest))
        fresh->digest = signing->digest;
    fresh->next = first;
    if (fresh->software != NULL && atomic_compare_exchange_strong(list, &first, fresh))
        return;
    prototype_free(fresh);
}

/* Where this fails, software alone hashes. */
static void start_hashing(struct signing *signing, const OSSL_PARAM params[])
{
    char name[SIGNING_NAME_SIZE];

    ERR_set_mark();
    if (signing->digest == NULL && read_digest(signing, name))
        signing->digest = signing_fetch_digest(signing, name);
    signing->hashing = signing->digest == NULL ? NULL : EVP_MD_CTX_new();
    signing->hashed = 0;
    if (signing->hashing == NULL || EVP_DigestInit_ex2(signing->hashing, signing->digest, params) <= 0)
        be_direct(signing, UNSUPPORTED_USE);
    ERR_pop_to_mark();
}

static int start_message(struct signing *signing, const char *name, void *key, const OSSL_PARAM params[],
                         enum signing_use use)
{
    const struct signing_software *functions = signing->functions;
    void *ours = key == NULL ? signing->key : key, *inner;
    int usual = signing->software == NULL && name != NULL && name[0] != '\0' && key != NULL && params == NULL &&
                signing->properties == NULL && use == SIGNING_SIGN;
    int result = 1, copied;

    be_direct(signing, ours == NULL ? UNSUPPORTED_KEY : signing->kind->refusal(ours, use));
    copied = usual && copy_prototype(signing, name, key);
    if (!copied && !prepare(signing, key, &inner))
        return 0;
    signing->use = use;
    signing->of_messages = 1;
    if (!copied) {
        result = (use == SIGNING_SIGN ? functions->digest_sign_init : functions->digest_verify_init)(
            signing->software, name, inner, params);
    }
    if (result <= 0)
        signing->reason = UNSUPPORTED_USE;
    if (!signing_is_direct(signing))
        start_hashing(signing, params);
    if (usual && !copied && result > 0)
        keep_prototype(signing, name);
    return result;
}

int signing_digest_sign_init(void *data, const char *digest, void *key, const OSSL_PARAM params[])
{
    return start_message(data, digest, key, params, SIGNING_SIGN);
}

int signing_digest_verify_init(void *data, const char *digest, void *key, const OSSL_PARAM params[])
{
    return start_message(data, digest, key, params, SIGNING_VERIFY);
}

/* What software has taken. */
static void hash(struct signing *signing, const unsigned char *message, size_t length)
{
    int ok;

    if (signing->hashing == NULL)
        return;
    ERR_set_mark();
    ok = length <= MOST_HASHED_TWICE - signing->hashed && EVP_DigestUpdate(signing->hashing, message, length);
    ERR_pop_to_mark();
    if (ok)
        signing->hashed += length;
    else
        be_direct(signing, UNSUPPORTED_USE);
}

int signing_digest_sign_update(void *data, const unsigned char *message, size_t length)
{
    struct signing *signing = data;
    void *software = software_of(signing);
    int result = software == NULL ? 0 : signing->functions->digest_sign_update(software, message, length);

    if (result > 0)
        hash(signing, message, length);
    return result;
}

int signing_digest_verify_update(void *data, const unsigned char *message, size_t length)
{
    struct signing *signing = data;
    void *software = software_of(signing);
    int result = software == NULL ? 0 : signing->functions->digest_verify_update(software, message, length);

    if (result > 0)
        hash(signing, message, length);
    return result;
}

/* The digest of what was hashed here, if anything was. */
static void finish(struct signing *signing, uint8_t digest[EVP_MAX_MD_SIZE], unsigned *length)
{
    int ok;

    if (signing->hashing == NULL)
        return;
    ERR_set_mark();
    ok = EVP_DigestFinal_ex(signing->hashing, digest, length);
    ERR_pop_to_mark();
    if (!ok)
        be_direct(signing, UNSUPPORTED_USE);
}

int signing_digest_sign_final(void *data, unsigned char *signature, size_t *signature_length, size_t room)
{
    struct signing *signing = data;
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    if (software_of(signing) == NULL)
        return 0;
    if (signature == NULL)
        return signing->functions->digest_sign_final(signing->software, NULL, signature_length, room);
    finish(signing, digest, &length);
    return signing->kind->sign(signing, signature, signature_length, room, digest, length);
}

int signing_digest_verify_final(void *data, const unsigned char *signature, size_t signature_length)
{
    struct signing *signing = data;
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    if (software_of(signing) == NULL)
        return 0;
    finish(signing, digest, &length);
    return signing->kind->verify(signing, signature, signature_length, digest, length);
}

int signing_is_ready(const struct signing *signing, size_t room)
{
    const struct signing_software *functions = signing->functions;
    size_t least = 0;
    int result;

    ERR_set_mark();
    result = signing->of_messages ? functions->digest_sign_final(signing->software, NULL, &least, 0)
                                  : functions->sign(signing->software, NULL, &least, 0, NULL, 0);
    ERR_pop_to_mark();
    return result > 0 && room >= least;
}

int signing_in_software(struct signing *signing, uint8_t *signature, size_t *signature_length, size_t room,
                        const uint8_t *digest, size_t length)
{
    const struct signing_software *functions = signing->functions;

    if (signing->of_messages)
        return functions->digest_sign_final(signing->software, signature, signature_length, room);
    return functions->sign(signing->software, signature, signature_length, room, digest, length);
}

int signing_verify_in_software(struct signing *signing, const uint8_t *signature, size_t signature_length,
                               const uint8_t *digest, size_t length)
{
    const struct signing_software *functions = signing->functions;

    if (signing->of_messages)
        return functions->digest_verify_final(signing->software, signature, signature_length);
    return functions->verify(signing->software, signature, signature_length, digest, length);
}

/*
 * The AlgorithmIdentifier by a context made for it. In a copy of an ECDSA context OpenSSL 3.0 has it as a pointer into
 * the context that was copied, which may be gone by now; it depends on the digest alone.
 */
static int get_identifier(const struct signing *signing, const char *digest, OSSL_PARAM *identifier)
{
    const struct signing_software *functions = signing->functions;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, (char *)digest, 0),
        OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PROPERTIES,
                                         signing->properties == NULL ? (char *)"" : signing->properties, 0),
        OSSL_PARAM_construct_end(),
    };
    OSSL_PARAM asked[] = {*identifier, OSSL_PARAM_construct_end()};
    void *inner = signing->kind->inner(signing->key), *fresh;
    int ok = 0;

    fresh = inner == NULL ? NULL : functions->newctx(functions->provider_context, NULL);
    if (fresh == NULL)
        return 0;
    if (functions->verify_init(fresh, inner, params) > 0)
        ok = functions->get_params(fresh, asked);
    functions->freectx(fresh);
    *identifier = asked[0];
    return ok;
}

/* One by one, the AlgorithmIdentifier by another way. */
static int get_params_of_copy(const struct signing *signing, const char *digest, OSSL_PARAM params[])
{
    int ok = 1;

    for (; ok > 0 && params->key != NULL; params++) {
        OSSL_PARAM one[] = {*params, OSSL_PARAM_construct_end()};

        if (strcmp(params->key, OSSL_SIGNATURE_PARAM_ALGORITHM_ID) == 0) {
            ok = get_identifier(signing, digest, params);
        } else {
            ok = signing->functions->get_params(signing->software, one);
            *params = one[0];
        }
    }
    return ok;
}

int signing_get_ctx_params(void *data, OSSL_PARAM params[])
{
    const struct signing *signing = data;
    char digest[SIGNING_NAME_SIZE];

    if (signing->software == NULL)
        return 0;
    if (signing->is_copy && OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_ALGORITHM_ID) != NULL &&
        signing->kind->type == SIGNING_ECDSA && read_digest(signing, digest))
        return get_params_of_copy(signing, digest, params);
    return signing->functions->get_params(signing->software, params);
}

int signing_set_ctx_params(void *data, const OSSL_PARAM params[])
{
    struct signing *signing = data;

    if (params == NULL)
        return 1;
    if (software_of(signing) == NULL)
        return 0;
    if (signing->hashing != NULL && OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_DIGEST) != NULL)
        be_direct(signing, UNSUPPORTED_USE);
    return signing->functions->set_params(signing->software, params);
}

const OSSL_PARAM *signing_gettable(const struct signing_kind *kind, struct signing *signing, struct provider *provider)
{
    const struct signing_software *functions = signing_software_of(provider, kind->type);

    if (functions == NULL)
        return NULL;
    return functions->gettable_params(signing == NULL ? NULL : signing->software, functions->provider_context);
}

const OSSL_PARAM *signing_settable(const struct signing_kind *kind, struct signing *signing, struct provider *provider)
{
    const struct signing_software *functions = signing_software_of(provider, kind->type);

    if (functions == NULL)
        return NULL;
    return functions->settable_params(signing == NULL ? NULL : software_of(signing), functions->provider_context);
}

int signing_get_ctx_md_params(void *data, OSSL_PARAM params[])
{
    const struct signing *signing = data;

    return signing->software == NULL ? 0 : signing->functions->get_digest_params(signing->software, params);
}

int signing_set_ctx_md_params(void *data, const OSSL_PARAM params[])
{
    struct signing *signing = data;

    if (software_of(signing) == NULL)
        return 0;
    if (signing->hashing != NULL)
        be_direct(signing, UNSUPPORTED_USE);
    return signing->functions->set_digest_params(signing->software, params);
}

const OSSL_PARAM *signing_gettable_ctx_md_params(void *data)
{
    const struct signing *signing = data;

    return signing->software == NULL ? NULL : signing->functions->gettable_digest_params(signing->software);
}

const OSSL_PARAM *signing_settable_ctx_md_params(void *data)
{
    const struct signing *signing = data;

    return signing->software == NULL ? NULL : signing->functions->settable_digest_params(signing->software);
}
