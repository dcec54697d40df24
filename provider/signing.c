/* SPDX-License-Identifier: Apache-2.0 */
/* Contexts, digests and parameters of signatures. */
#include "provider/signing.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/proverr.h>

struct signing *signing_new(const struct signing_kind *kind, void *provider, const char *properties)
{
    const struct signing_software *functions = signing_software_of(provider, kind->type);
    struct signing *signing = functions == NULL ? NULL : OPENSSL_zalloc(sizeof *signing);

    if (signing == NULL)
        return NULL;
    signing->kind = kind;
    signing->functions = functions;
    signing->provider = provider;
    if (properties != NULL && (signing->properties = OPENSSL_strdup(properties)) == NULL) {
        OPENSSL_free(signing);
        return NULL;
    }
    return signing;
}

/* Forget the digest and what has been hashed. */
static void forget_digest(struct signing *signing)
{
    EVP_MD_CTX_free(signing->hashing);
    EVP_MD_free(signing->digest);
    signing->hashing = NULL;
    signing->digest = NULL;
}

static void free_software(const struct signing *signing, void *software)
{
    if (software != NULL)
        signing->functions->freectx(software);
}

void signing_freectx(void *data)
{
    struct signing *signing = data;

    if (signing == NULL)
        return;
    forget_digest(signing);
    free_software(signing, signing->software);
    signing->kind->drop(signing->key);
    OPENSSL_free(signing->properties);
    OPENSSL_free(signing);
}

/* What of a context is made anew for its copy; the rest is copied as it stands. */
static int copy_parts(struct signing *copy, const struct signing *from)
{
    if (from->properties != NULL && (copy->properties = OPENSSL_strdup(from->properties)) == NULL)
        return 0;
    if (from->software != NULL && (copy->software = from->functions->dupctx(from->software)) == NULL)
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
    const struct signing *from = data;
    struct signing *copy = OPENSSL_zalloc(sizeof *copy);

    if (copy == NULL)
        return NULL;
    copy->kind = from->kind;
    copy->functions = from->functions;
    copy->provider = from->provider;
    copy->reason = from->reason;
    copy->key = from->key;
    if (copy->key != NULL)
        copy->kind->hold(copy->key);
    memcpy(copy->digest_name, from->digest_name, sizeof copy->digest_name);
    if (copy_parts(copy, from))
        return copy;
    signing_freectx(copy);
    return NULL;
}

EVP_MD *signing_fetch_digest(const struct signing *signing, const char *name, const char **properties)
{
    EVP_MD *digest;

    *properties = signing->properties == NULL ? "" : signing->properties;
    ERR_set_mark();
    digest = EVP_MD_fetch(signing->provider->software, name, *properties);
    if (digest == NULL) {
        *properties = SOFTWARE_PROPERTIES;
        digest = EVP_MD_fetch(signing->provider->software, name, *properties);
    }
    ERR_pop_to_mark();
    return digest;
}

/* Tell software; a digest named without properties gets the context's. */
static int set_params(struct signing *signing, const OSSL_PARAM params[])
{
    const OSSL_PARAM *digest = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_DIGEST);
    OSSL_PARAM chosen[] = {OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()};
    const char *properties;
    OSSL_PARAM *all;
    EVP_MD *found;
    int ok;

    if (digest == NULL || digest->data_type != OSSL_PARAM_UTF8_STRING ||
        OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PROPERTIES) != NULL)
        return signing->functions->set_params(signing->software, params) > 0;
    found = signing_fetch_digest(signing, digest->data, &properties);
    EVP_MD_free(found);
    if (found == NULL) /* software says so in its own words */
        return signing->functions->set_params(signing->software, params) > 0;
    chosen[0] = OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PROPERTIES, (char *)properties, 0);
    all = OSSL_PARAM_merge(params, chosen);
    ok = all != NULL && signing->functions->set_params(signing->software, all) > 0;
    OPENSSL_free(all);
    return ok;
}

static int set_digest(struct signing *signing, const char *name)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, (char *)name, 0),
        OSSL_PARAM_construct_end(),
    };

    return set_params(signing, params);
}

int signing_read_params(const struct signing *signing, OSSL_PARAM params[])
{
    int ok;

    ERR_set_mark();
    ok = signing->functions->get_params(signing->software, params) > 0;
    ERR_pop_to_mark();
    return ok;
}

/* A context of software's becomes this one's, direct for any reason but ON_CARD; and with it the key, if there is one. */
static void adopt(struct signing *signing, void *software, void *key, enum reason reason)
{
    forget_digest(signing);
    free_software(signing, signing->software);
    signing->software = software;
    signing->reason = reason;
    if (key != NULL) {
        signing->kind->hold(key);
        signing->kind->drop(signing->key);
        signing->key = key;
    }
}

static int start_software(const struct signing_software *functions, void *software, void *inner, enum signing_use use)
{
    switch (use) {
    case SIGNING_SIGN:
        return functions->sign_init(software, inner, NULL) > 0;
    case SIGNING_VERIFY:
        return functions->verify_init(software, inner, NULL) > 0;
    default:
        return functions->verify_recover_init(software, inner, NULL) > 0;
    }
}

int signing_start(struct signing *signing, void *key, const OSSL_PARAM params[], enum signing_use use)
{
    const struct signing_software *functions = signing->functions;
    void *inner, *software;

    forget_digest(signing);
    if (key == NULL && signing->key == NULL) {
        RAISE(signing->provider, REASON_NO_KEY, "tlscard: a signature without a key");
        return 0;
    }
    inner = signing->kind->inner(key == NULL ? signing->key : key);
    software = inner == NULL ? NULL : functions->newctx(functions->provider_context, SOFTWARE_PROPERTIES);
    if (software == NULL || !start_software(functions, software, inner, use)) {
        free_software(signing, software);
        return 0;
    }
    adopt(signing, software, key, ON_CARD);
    return params == NULL || set_params(signing, params);
}

int signing_sign_init(void *data, void *key, const OSSL_PARAM params[])
{
    return signing_start(data, key, params, SIGNING_SIGN);
}

int signing_verify_init(void *data, void *key, const OSSL_PARAM params[])
{
    return signing_start(data, key, params, SIGNING_VERIFY);
}

/* Leave all of it to software, for a reason. 0, raising nothing, where software alone would find no digest. */
static int start_direct(struct signing *signing, const char *name, void *key, const OSSL_PARAM params[],
                        enum signing_use use, enum reason reason)
{
    const struct signing_software *functions = signing->functions;
    void *inner, *software;
    int ok;

    if (signing->properties != NULL)
        return 0;
    ERR_set_mark();
    inner = signing->kind->inner(key == NULL ? signing->key : key);
    software = inner == NULL ? NULL : functions->newctx(functions->provider_context, NULL);
    ok = software != NULL && (use == SIGNING_SIGN ? functions->digest_sign_init : functions->digest_verify_init)(
                                 software, name, inner, params) > 0;
    ERR_pop_to_mark();
    if (!ok) {
        free_software(signing, software);
        return 0;
    }
    adopt(signing, software, key, reason);
    OPENSSL_strlcpy(signing->digest_name, name, sizeof signing->digest_name);
    return 1;
}

/* A name given replaces the digest; without one the one before, or the key's own, stays. */
static int choose_digest(struct signing *signing, const char *name)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, signing->digest_name, SIGNING_NAME_SIZE),
        OSSL_PARAM_construct_end(),
    };

    if (name != NULL && name[0] != '\0')
        OPENSSL_strlcpy(signing->digest_name, name, sizeof signing->digest_name);
    if (signing->digest_name[0] != '\0')
        return set_digest(signing, signing->digest_name);
    return signing_read_params(signing, params) && signing->digest_name[0] != '\0';
}

static int start_hashing(struct signing *signing, const OSSL_PARAM params[])
{
    const char *properties;

    if (signing->digest == NULL)
        signing->digest = signing_fetch_digest(signing, signing->digest_name, &properties);
    signing->hashing = EVP_MD_CTX_new();
    return signing->digest != NULL && signing->hashing != NULL &&
           EVP_DigestInit_ex2(signing->hashing, signing->digest, params) > 0;
}

struct signing_prototype {
    struct signing_prototype *next;
    const struct signing_software *functions;
    void *software;
    EVP_MD *digest; /* NULL where software hashes */
    char digest_name[SIGNING_NAME_SIZE];
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

static const struct signing_prototype *find_prototype(const struct signing_prototype *prototype, const char *name,
                                                      int direct)
{
    while (prototype != NULL &&
           ((prototype->digest == NULL) != direct || strcmp(prototype->digest_name, name) != 0))
        prototype = prototype->next;
    return prototype;
}

/* Begin as an earlier signature began, at a fraction of the cost: 0 where there was none. reason is kind->refusal's. */
static int copy_prototype(struct signing *signing, const char *name, void *key, enum reason reason)
{
    const struct signing_prototype *prototype =
        find_prototype(atomic_load(signing->kind->prototypes(key)), name, reason != ON_CARD);
    void *software = prototype == NULL ? NULL : signing->functions->dupctx(prototype->software);

    if (software == NULL)
        return 0;
    adopt(signing, software, key, reason);
    OPENSSL_strlcpy(signing->digest_name, name, sizeof signing->digest_name);
    if (!signing_is_direct(signing) && EVP_MD_up_ref(prototype->digest))
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
    if (!signing_is_direct(signing) && EVP_MD_up_ref(signing->digest))
        fresh->digest = signing->digest;
    fresh->next = first;
    if (fresh->software != NULL && (fresh->digest == NULL) == signing_is_direct(signing) &&
        atomic_compare_exchange_strong(list, &first, fresh))
        return;
    prototype_free(fresh);
}

static int start_digest(struct signing *signing, const char *name, void *key, const OSSL_PARAM params[],
                        enum signing_use use)
{
    void *ours = key == NULL ? signing->key : key;
    enum reason reason = ours == NULL ? ON_CARD : signing->kind->refusal(ours, use);
    int named = name != NULL && name[0] != '\0';
    int usual = named && key != NULL && params == NULL && signing->properties == NULL && use == SIGNING_SIGN;

    if (usual && copy_prototype(signing, name, key, reason))
        return signing_is_direct(signing) || start_hashing(signing, NULL);
    if (!(named && reason != ON_CARD && start_direct(signing, name, key, params, use, reason)) &&
        !(signing_start(signing, key, NULL, use) && choose_digest(signing, name) &&
          (params == NULL || set_params(signing, params)) && start_hashing(signing, params)))
        return 0;
    if (usual)
        keep_prototype(signing, name);
    return 1;
}

int signing_digest_sign_init(void *data, const char *digest, void *key, const OSSL_PARAM params[])
{
    return start_digest(data, digest, key, params, SIGNING_SIGN);
}

int signing_digest_verify_init(void *data, const char *digest, void *key, const OSSL_PARAM params[])
{
    return start_digest(data, digest, key, params, SIGNING_VERIFY);
}

int signing_has_digest(const struct signing *signing)
{
    return signing_is_direct(signing) || signing->hashing != NULL;
}

static int update_hash(struct signing *signing, const unsigned char *message, size_t length)
{
    return signing->hashing != NULL && EVP_DigestUpdate(signing->hashing, message, length);
}

int signing_digest_sign_update(void *data, const unsigned char *message, size_t length)
{
    struct signing *signing = data;

    if (signing_is_direct(signing))
        return signing->functions->digest_sign_update(signing->software, message, length);
    return update_hash(signing, message, length);
}

int signing_digest_verify_update(void *data, const unsigned char *message, size_t length)
{
    struct signing *signing = data;

    if (signing_is_direct(signing))
        return signing->functions->digest_verify_update(signing->software, message, length);
    return update_hash(signing, message, length);
}

static int finish(struct signing *signing, uint8_t hash[EVP_MAX_MD_SIZE], unsigned *length)
{
    return signing->hashing != NULL && EVP_DigestFinal_ex(signing->hashing, hash, length);
}

int signing_digest_sign_final(void *data, unsigned char *signature, size_t *signature_length, size_t room)
{
    struct signing *signing = data;
    const struct signing_software *functions = signing->functions;
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    if (signing_is_direct(signing))
        return signature == NULL ? functions->digest_sign_final(signing->software, NULL, signature_length, room)
                                 : signing->kind->sign(signing, signature, signature_length, room, NULL, 0);
    if (signing->software == NULL || (signature != NULL && !finish(signing, hash, &length)))
        return 0;
    return signing->kind->sign(signing, signature, signature_length, room, hash, length);
}

int signing_digest_verify_final(void *data, const unsigned char *signature, size_t signature_length)
{
    struct signing *signing = data;
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    if (signing_is_direct(signing))
        return signing->kind->verify(signing, signature, signature_length, NULL, 0);
    return finish(signing, hash, &length) &&
           signing->kind->verify(signing, signature, signature_length, hash, length);
}

int signing_in_software(struct signing *signing, uint8_t *signature, size_t *signature_length, size_t room,
                        const uint8_t *digest, size_t length)
{
    const struct signing_software *functions = signing->functions;

    if (signing_is_direct(signing) && digest == NULL)
        return functions->digest_sign_final(signing->software, signature, signature_length, room) > 0;
    return functions->sign(signing->software, signature, signature_length, room, digest, length) > 0;
}

int signing_verify_in_software(struct signing *signing, const uint8_t *signature, size_t signature_length,
                               const uint8_t *digest, size_t length)
{
    const struct signing_software *functions = signing->functions;

    if (signing_is_direct(signing) && digest == NULL)
        return functions->digest_verify_final(signing->software, signature, signature_length) > 0;
    return functions->verify(signing->software, signature, signature_length, digest, length) > 0;
}

int signing_get_ctx_params(void *data, OSSL_PARAM params[])
{
    struct signing *signing = data;

    return signing->software != NULL && signing->functions->get_params(signing->software, params) > 0;
}

int signing_set_ctx_params(void *data, const OSSL_PARAM params[])
{
    struct signing *signing = data;
    const OSSL_PARAM *digest;

    if (params == NULL)
        return 1;
    if (signing->software == NULL)
        return 0;
    if (signing_is_direct(signing))
        return signing->functions->set_params(signing->software, params) > 0;
    digest = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_DIGEST);
    if (digest != NULL && signing->hashing != NULL &&
        (digest->data_type != OSSL_PARAM_UTF8_STRING || !EVP_MD_is_a(signing->digest, digest->data))) {
        ERR_raise(ERR_LIB_PROV, PROV_R_DIGEST_NOT_ALLOWED);
        return 0;
    }
    return set_params(signing, params);
}

const OSSL_PARAM *signing_table(const struct signing_kind *kind, struct provider *provider,
                                const OSSL_PARAM *(*of)(const EVP_SIGNATURE *method))
{
    const struct signing_software *functions = signing_software_of(provider, kind->type);

    return functions == NULL ? NULL : of(functions->method);
}

int signing_get_ctx_md_params(void *data, OSSL_PARAM params[])
{
    struct signing *signing = data;

    if (signing_is_direct(signing))
        return signing->functions->get_digest_params(signing->software, params);
    return signing->hashing != NULL && EVP_MD_CTX_get_params(signing->hashing, params);
}

int signing_set_ctx_md_params(void *data, const OSSL_PARAM params[])
{
    struct signing *signing = data;

    if (signing_is_direct(signing))
        return signing->functions->set_digest_params(signing->software, params);
    return signing->hashing != NULL && EVP_MD_CTX_set_params(signing->hashing, params);
}

const OSSL_PARAM *signing_gettable_ctx_md_params(void *data)
{
    struct signing *signing = data;

    if (signing_is_direct(signing))
        return signing->functions->gettable_digest_params(signing->software);
    return signing->digest == NULL ? NULL : EVP_MD_gettable_ctx_params(signing->digest);
}

const OSSL_PARAM *signing_settable_ctx_md_params(void *data)
{
    struct signing *signing = data;

    if (signing_is_direct(signing))
        return signing->functions->settable_digest_params(signing->software);
    return signing->digest == NULL ? NULL : EVP_MD_settable_ctx_params(signing->digest);
}
