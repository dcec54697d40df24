/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signing.h - what signatures with RSA and with ECDSA keys have in common: contexts, digests, parameters.
 *
 * Each context holds one of the default provider's (software), to which all parameters go and which knows them all.
 */
#ifndef TLSCARD_PROVIDER_SIGNING_H
#define TLSCARD_PROVIDER_SIGNING_H

#include <openssl/evp.h>

#include "provider/provider.h"

#define SIGNING_NAME_SIZE 64 /* of a digest */

/* What a kind of key brings to its signatures. */
struct signing_kind {
    const char *name; /* of the default provider's signatures */
    void (*hold)(void *key);
    void (*drop)(void *key);
    EVP_PKEY_CTX *(*context)(void *key); /* of the default provider, or NULL with an error raised */
    OSSL_FUNC_signature_sign_fn *sign;   /* of a digest */
    OSSL_FUNC_signature_verify_fn *verify;
};

struct signing {
    const struct signing_kind *kind;
    struct provider *provider;
    char *properties; /* for fetching digests */
    void *key;
    EVP_PKEY_CTX *software;
    /* while a digest is computed by us: */
    char digest_name[SIGNING_NAME_SIZE];
    EVP_MD *digest;
    EVP_MD_CTX *hashing;
};

typedef int signing_init_function(EVP_PKEY_CTX *context);

struct signing *signing_new(const struct signing_kind *kind, void *provider, const char *properties);

/* Begin an operation; without a key it is begun again with the one before. */
int signing_start(struct signing *signing, void *key, const OSSL_PARAM params[], signing_init_function *init);

/* The digest with the context's properties, as the default provider fetches it; or, where those ask for us
 * and so for no digest at all, that of software. NULL raises nothing. */
EVP_MD *signing_fetch_digest(const struct signing *signing, const char *name, const char **properties);

/* Tell software; a digest named without properties gets the context's. */
int signing_set_params(struct signing *signing, const OSSL_PARAM params[]);
int signing_set_digest(struct signing *signing, const char *name);

/* Begin to hash with the context's digest, and forget that digest and what has been hashed. */
int signing_start_hashing(struct signing *signing, const OSSL_PARAM params[]);
void signing_forget_digest(struct signing *signing);

/* A table of the default provider's signatures of this kind. */
const OSSL_PARAM *signing_table(const struct signing_kind *kind, struct provider *provider,
                                const OSSL_PARAM *(*of)(const EVP_SIGNATURE *method));

/* Functions of a dispatch table. */
OSSL_FUNC_signature_freectx_fn signing_freectx;
OSSL_FUNC_signature_dupctx_fn signing_dupctx;
OSSL_FUNC_signature_sign_init_fn signing_sign_init;
OSSL_FUNC_signature_verify_init_fn signing_verify_init;
OSSL_FUNC_signature_digest_sign_update_fn signing_digest_update;
OSSL_FUNC_signature_digest_sign_final_fn signing_digest_sign_final;
OSSL_FUNC_signature_digest_verify_final_fn signing_digest_verify_final;
OSSL_FUNC_signature_get_ctx_params_fn signing_get_ctx_params;
OSSL_FUNC_signature_set_ctx_params_fn signing_set_ctx_params;
OSSL_FUNC_signature_get_ctx_md_params_fn signing_get_ctx_md_params;
OSSL_FUNC_signature_gettable_ctx_md_params_fn signing_gettable_ctx_md_params;
OSSL_FUNC_signature_set_ctx_md_params_fn signing_set_ctx_md_params;
OSSL_FUNC_signature_settable_ctx_md_params_fn signing_settable_ctx_md_params;

/* Those that both kinds have alike. */
#define SIGNING_FUNCTIONS                                                                         \
    {OSSL_FUNC_SIGNATURE_FREECTX, (function)signing_freectx},                                     \
        {OSSL_FUNC_SIGNATURE_DUPCTX, (function)signing_dupctx},                                   \
        {OSSL_FUNC_SIGNATURE_SIGN_INIT, (function)signing_sign_init},                             \
        {OSSL_FUNC_SIGNATURE_VERIFY_INIT, (function)signing_verify_init},                         \
        {OSSL_FUNC_SIGNATURE_DIGEST_SIGN_UPDATE, (function)signing_digest_update},                \
        {OSSL_FUNC_SIGNATURE_DIGEST_SIGN_FINAL, (function)signing_digest_sign_final},             \
        {OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_UPDATE, (function)signing_digest_update},              \
        {OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_FINAL, (function)signing_digest_verify_final},         \
        {OSSL_FUNC_SIGNATURE_GET_CTX_PARAMS, (function)signing_get_ctx_params},                   \
        {OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, (function)signing_set_ctx_params},                   \
        {OSSL_FUNC_SIGNATURE_GET_CTX_MD_PARAMS, (function)signing_get_ctx_md_params},             \
        {OSSL_FUNC_SIGNATURE_GETTABLE_CTX_MD_PARAMS, (function)signing_gettable_ctx_md_params},   \
        {OSSL_FUNC_SIGNATURE_SET_CTX_MD_PARAMS, (function)signing_set_ctx_md_params},             \
        {OSSL_FUNC_SIGNATURE_SETTABLE_CTX_MD_PARAMS, (function)signing_settable_ctx_md_params}

#endif
