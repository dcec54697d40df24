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
    struct signing *signing = OPENSSL_zalloc(sizeof *signing);

    if (signing == NULL)
        return NULL;
    signing->kind = kind;
    signing->provider = provider;
    if (properties != NULL && (signing->properties = OPENSSL_strdup(properties)) == NULL) {
        OPENSSL_free(signing);
        return NULL;
    }
    return signing;
}

void signing_forget_digest(struct signing *signing)
{
    EVP_MD_CTX_free(signing->hashing);
    EVP_MD_free(signing->digest);
    signing->hashing = NULL;
    signing->digest = NULL;
}

void signing_freectx(void *data)
{
    struct signing *signing = data;

    if (signing == NULL)
        return;
    signing_forget_digest(signing);
    EVP_PKEY_CTX_free(signing->software);
    signing->kind->drop(signing->key);
    OPENSSL_free(signing->properties);
    OPENSSL_free(signing);
}

/* What of a context is made anew for its copy; the rest is copied as it stands. */
static int copy_parts(struct signing *copy, const struct signing *from)
{
    if (from->properties != NULL && (copy->properties = OPENSSL_strdup(from->properties)) == NULL)
        return 0;
    if (from->software != NULL && (copy->software = EVP_PKEY_CTX_dup(from->software)) == NULL)
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
    copy->provider = from->provider;
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

int signing_set_params(struct signing *signing, const OSSL_PARAM params[])
{
    const OSSL_PARAM *digest = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_DIGEST);
    OSSL_PARAM chosen[] = {OSSL_PARAM_construct_end(), OSSL_PARAM_construct_end()};
    const char *properties;
    OSSL_PARAM *all;
    EVP_MD *found;
    int ok;

    if (digest == NULL || digest->data_type != OSSL_PARAM_UTF8_STRING ||
        OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PROPERTIES) != NULL)
        return EVP_PKEY_CTX_set_params(signing->software, params) > 0;
    found = signing_fetch_digest(signing, digest->data, &properties);
    EVP_MD_free(found);
    if (found == NULL) /* software says so in its own words */
        return EVP_PKEY_CTX_set_params(signing->software, params) > 0;
    chosen[0] = OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PROPERTIES, (char *)properties, 0);
    all = OSSL_PARAM_merge(params, chosen);
    ok = all != NULL && EVP_PKEY_CTX_set_params(signing->software, all) > 0;
    OPENSSL_free(all);
    return ok;
}

int signing_set_digest(struct signing *signing, const char *name)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, (char *)name, 0),
        OSSL_PARAM_construct_end(),
    };

    return signing_set_params(signing, params);
}

int signing_start(struct signing *signing, void *key, const OSSL_PARAM params[], signing_init_function *init)
{
    EVP_PKEY_CTX *software;

    signing_forget_digest(signing);
    if (key == NULL && signing->key == NULL) {
        RAISE(signing->provider, REASON_NO_KEY, "tlscard: a signature without a key");
        return 0;
    }
    software = signing->kind->context(key == NULL ? signing->key : key);
    if (software == NULL || init(software) <= 0) {
        EVP_PKEY_CTX_free(software);
        return 0;
    }
    EVP_PKEY_CTX_free(signing->software);
    signing->software = software;
    if (key != NULL) {
        signing->kind->hold(key);
        signing->kind->drop(signing->key);
        signing->key = key;
    }
    return params == NULL || signing_set_params(signing, params);
}

int signing_sign_init(void *data, void *key, const OSSL_PARAM params[])
{
    return signing_start(data, key, params, EVP_PKEY_sign_init);
}

int signing_verify_init(void *data, void *key, const OSSL_PARAM params[])
{
    return signing_start(data, key, params, EVP_PKEY_verify_init);
}

int signing_start_hashing(struct signing *signing, const OSSL_PARAM params[])
{
    signing->hashing = EVP_MD_CTX_new();
    return signing->digest != NULL && signing->hashing != NULL &&
           EVP_DigestInit_ex2(signing->hashing, signing->digest, params) > 0;
}

int signing_digest_update(void *data, const unsigned char *message, size_t length)
{
    struct signing *signing = data;

    return signing->hashing != NULL && EVP_DigestUpdate(signing->hashing, message, length);
}

static int finish(struct signing *signing, uint8_t hash[EVP_MAX_MD_SIZE], unsigned *length)
{
    return signing->hashing != NULL && EVP_DigestFinal_ex(signing->hashing, hash, length);
}

int signing_digest_sign_final(void *data, unsigned char *signature, size_t *signature_length, size_t room)
{
    struct signing *signing = data;
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    if (signing->software == NULL || (signature != NULL && !finish(signing, hash, &length)))
        return 0;
    return signing->kind->sign(signing, signature, signature_length, room, hash, length);
}

int signing_digest_verify_final(void *data, const unsigned char *signature, size_t signature_length)
{
    struct signing *signing = data;
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    return finish(signing, hash, &length) &&
           signing->kind->verify(signing, signature, signature_length, hash, length);
}

int signing_get_ctx_params(void *data, OSSL_PARAM params[])
{
    struct signing *signing = data;

    return signing->software != NULL && EVP_PKEY_CTX_get_params(signing->software, params) > 0;
}

int signing_set_ctx_params(void *data, const OSSL_PARAM params[])
{
    struct signing *signing = data;
    const OSSL_PARAM *digest;

    if (params == NULL)
        return 1;
    if (signing->software == NULL)
        return 0;
    digest = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_DIGEST);
    if (digest != NULL && signing->hashing != NULL &&
        (digest->data_type != OSSL_PARAM_UTF8_STRING || !EVP_MD_is_a(signing->digest, digest->data))) {
        ERR_raise(ERR_LIB_PROV, PROV_R_DIGEST_NOT_ALLOWED);
        return 0;
    }
    return signing_set_params(signing, params);
}

const OSSL_PARAM *signing_table(const struct signing_kind *kind, struct provider *provider,
                                const OSSL_PARAM *(*of)(const EVP_SIGNATURE *method))
{
    EVP_SIGNATURE *method = EVP_SIGNATURE_fetch(provider->software, kind->name, SOFTWARE_PROPERTIES);
    const OSSL_PARAM *found = method == NULL ? NULL : of(method);

    EVP_SIGNATURE_free(method);
    return found;
}

int signing_get_ctx_md_params(void *data, OSSL_PARAM params[])
{
    struct signing *signing = data;

    return signing->hashing != NULL && EVP_MD_CTX_get_params(signing->hashing, params);
}

int signing_set_ctx_md_params(void *data, const OSSL_PARAM params[])
{
    struct signing *signing = data;

    return signing->hashing != NULL && EVP_MD_CTX_set_params(signing->hashing, params);
}

const OSSL_PARAM *signing_gettable_ctx_md_params(void *data)
{
    struct signing *signing = data;

    return signing->digest == NULL ? NULL : EVP_MD_gettable_ctx_params(signing->digest);
}

const OSSL_PARAM *signing_settable_ctx_md_params(void *data)
{
    struct signing *signing = data;

    return signing->digest == NULL ? NULL : EVP_MD_settable_ctx_params(signing->digest);
}
