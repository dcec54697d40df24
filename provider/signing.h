/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signing.h - what signatures with RSA and with ECDSA keys have in common: contexts, digests, parameters.
 *
 * Each context holds one of the default provider's (software), to which every call goes: it knows all parameters, keeps
 * the state, and what it returns and raises is what the application gets. Only a signature itself may be the card's.
 *
 * A message is hashed by software. As it does not show the digest, the message is hashed here as well where the card may
 * be asked. Whatever that digest might not be the same for (another digest chosen, a message of great length) leaves the
 * context direct: software signs what it has hashed.
 */
#ifndef TLSCARD_PROVIDER_SIGNING_H
#define TLSCARD_PROVIDER_SIGNING_H

#include <stdatomic.h>

#include <openssl/evp.h>

#include "provider/provider.h"
#include "provider/signing_software.h"

#define SIGNING_NAME_SIZE 64 /* of a digest */

/* How an earlier signature with the same key and digest began, to be copied: a list that only grows. */
struct signing_prototype;
typedef _Atomic(struct signing_prototype *) signing_prototypes;

/* What was kept for a key that changes or goes. */
void signing_prototypes_free(signing_prototypes *prototypes);

enum signing_use { SIGNING_SIGN, SIGNING_VERIFY, SIGNING_RECOVER };

/* What a kind of key brings to its signatures. */
struct signing_kind {
    enum signing_type type;
    void (*hold)(void *key);
    void (*drop)(void *key);
    signing_prototypes *(*prototypes)(void *key);
    void *(*inner)(void *key); /* the default provider's key, or NULL with an error raised */
    enum reason (*refusal)(const void *key, enum signing_use use); /* ON_CARD where the card may be asked */
    /* Of a digest; of a message, where the context is of messages, with a digest that only the card needs. */
    OSSL_FUNC_signature_sign_fn *sign;
    OSSL_FUNC_signature_verify_fn *verify;
};

struct signing {
    const struct signing_kind *kind;
    const struct signing_software *functions;
    struct provider *provider;
    char *properties; /* for fetching digests */
    void *key;
    void *software;
    int is_copy; /* software is a copy of another context */
    enum signing_use use;
    int of_messages; /* begun for a message, not for a digest */
    int is_behind; /* the card has ended a message that software has not */
    enum reason reason; /* why it is direct; ON_CARD where it is not */
    /* while a message is hashed here as well: */
    EVP_MD *digest;
    EVP_MD_CTX *hashing;
    size_t hashed; /* octets */
};

static inline int signing_is_direct(const struct signing *signing)
{
    return signing->reason != ON_CARD;
}

struct signing *signing_new(const struct signing_kind *kind, void *provider, const char *properties);

/* Begin an operation on digests; without a key it is begun again with the one before. */
int signing_start(struct signing *signing, void *key, const OSSL_PARAM params[], enum signing_use use);

/* The digest with the context's properties; NULL raises nothing. */
EVP_MD *signing_fetch_digest(const struct signing *signing, const char *name);

/* Ask software, raising nothing. */
int signing_read_params(const struct signing *signing, OSSL_PARAM params[]);

/* Whether software would sign now, and has so much room for it. Raises nothing. */
int signing_is_ready(const struct signing *signing, size_t room);

/* What kind->sign and kind->verify do where the card does not, with what software returns. */
int signing_in_software(struct signing *signing, uint8_t *signature, size_t *signature_length, size_t room,
                        const uint8_t *digest, size_t length);
int signing_verify_in_software(struct signing *signing, const uint8_t *signature, size_t signature_length,
                               const uint8_t *digest, size_t length);

/* The tables of parameters, software's in its state; signing may be NULL. */
const OSSL_PARAM *signing_gettable(const struct signing_kind *kind, struct signing *signing, struct provider *provider);
const OSSL_PARAM *signing_settable(const struct signing_kind *kind, struct signing *signing, struct provider *provider);

/* Functions of a dispatch table. */
OSSL_FUNC_signature_freectx_fn signing_freectx;
OSSL_FUNC_signature_dupctx_fn signing_dupctx;
OSSL_FUNC_signature_sign_init_fn signing_sign_init;
OSSL_FUNC_signature_verify_init_fn signing_verify_init;
OSSL_FUNC_signature_digest_sign_init_fn signing_digest_sign_init;
OSSL_FUNC_signature_digest_verify_init_fn signing_digest_verify_init;
OSSL_FUNC_signature_digest_sign_update_fn signing_digest_sign_update;
OSSL_FUNC_signature_digest_verify_update_fn signing_digest_verify_update;
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
        {OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, (function)signing_digest_sign_init},               \
        {OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_INIT, (function)signing_digest_verify_init},           \
        {OSSL_FUNC_SIGNATURE_DIGEST_SIGN_UPDATE, (function)signing_digest_sign_update},           \
        {OSSL_FUNC_SIGNATURE_DIGEST_SIGN_FINAL, (function)signing_digest_sign_final},             \
        {OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_UPDATE, (function)signing_digest_verify_update},       \
        {OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_FINAL, (function)signing_digest_verify_final},         \
        {OSSL_FUNC_SIGNATURE_GET_CTX_PARAMS, (function)signing_get_ctx_params},                   \
        {OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, (function)signing_set_ctx_params},                   \
        {OSSL_FUNC_SIGNATURE_GET_CTX_MD_PARAMS, (function)signing_get_ctx_md_params},             \
        {OSSL_FUNC_SIGNATURE_GETTABLE_CTX_MD_PARAMS, (function)signing_gettable_ctx_md_params},   \
        {OSSL_FUNC_SIGNATURE_SET_CTX_MD_PARAMS, (function)signing_set_ctx_md_params},             \
        {OSSL_FUNC_SIGNATURE_SETTABLE_CTX_MD_PARAMS, (function)signing_settable_ctx_md_params}

#endif
