/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encryption and decryption with RSA keys.
 *
 * As with signatures, a context of the default provider (software) takes all parameters, but for the label of OAEP: a
 * copy of a context shares that with its original in OpenSSL 3.0.17 and before, and both free it. A decryption by the
 * card gives the padded message, and padding.h takes the padding off in constant time. Where the card is not used, the
 * ciphertext goes to software whole; that choice never depends on what was decrypted.
 */
#include "provider/rsa_key.h"

#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "provider/padding.h"

#define NAME_SIZE 64
#define IMPLICIT_REJECTION "implicit-rejection" /* OSSL_ASYM_CIPHER_PARAM_IMPLICIT_REJECTION of 3.2 and later */

struct ciphering {
    struct provider *provider;
    const struct rsa_software *functions;
    void *software;
    struct rsa_key *key; /* NULL until an operation has begun */
    int rejects_implicitly; /* the default provider does, and has not been told otherwise */
    uint8_t *label;         /* of OAEP, NULL where none was set */
    size_t label_length;
};

static void *rsa_newctx(void *provider)
{
    const struct rsa_software *functions = rsa_software_of(provider, 0);
    struct ciphering *ciphering;

    if (functions == NULL)
        return NULL;
    if (functions->cipher_newctx == NULL || functions->cipher_freectx == NULL) {
        software_is_missing(provider, "RSA encryption");
        return NULL;
    }
    ciphering = OPENSSL_zalloc(sizeof *ciphering);
    if (ciphering == NULL)
        return NULL;
    ciphering->provider = provider;
    ciphering->functions = functions;
    ciphering->software = functions->cipher_newctx(functions->provider_context);
    if (ciphering->software != NULL)
        return ciphering;
    OPENSSL_free(ciphering);
    return NULL;
}

static void rsa_freectx(void *data)
{
    struct ciphering *ciphering = data;

    if (ciphering == NULL)
        return;
    ciphering->functions->cipher_freectx(ciphering->software);
    rsa_key_free(ciphering->key);
    OPENSSL_free(ciphering->label);
    OPENSSL_free(ciphering);
}

/* 0 without memory. */
static int copy_label(struct ciphering *copy, const struct ciphering *from)
{
    if (from->label == NULL)
        return 1;
    copy->label = OPENSSL_malloc(from->label_length == 0 ? 1 : from->label_length);
    if (copy->label != NULL)
        memcpy(copy->label, from->label, from->label_length);
    return copy->label != NULL;
}

static void *rsa_dupctx(void *data)
{
    const struct ciphering *from = data;
    struct ciphering *copy;

    if (from->functions->cipher_dupctx == NULL || (copy = OPENSSL_memdup(from, sizeof *from)) == NULL)
        return NULL;
    if (!copy_label(copy, from)) {
        OPENSSL_free(copy);
        return NULL;
    }
    copy->software = from->functions->cipher_dupctx(from->software);
    if (copy->software == NULL) {
        OPENSSL_free(copy->label);
        OPENSSL_free(copy);
        return NULL;
    }
    if (copy->key != NULL)
        rsa_key_hold(copy->key);
    return copy;
}

/* The parameter is known exactly where the default provider rejects implicitly unless told not to. */
static void note_rejection(struct ciphering *ciphering, const OSSL_PARAM params[])
{
    const struct rsa_software *functions = ciphering->functions;
    const OSSL_PARAM *known = functions->cipher_settable == NULL
                                  ? NULL
                                  : functions->cipher_settable(ciphering->software, functions->provider_context);
    const OSSL_PARAM *given = OSSL_PARAM_locate_const(params, IMPLICIT_REJECTION);
    unsigned setting;

    if (OSSL_PARAM_locate_const(known, IMPLICIT_REJECTION) == NULL)
        ciphering->rejects_implicitly = 0;
    else if (given != NULL && OSSL_PARAM_get_uint(given, &setting))
        ciphering->rejects_implicitly = setting != 0;
}

/* Parameters without the label, to free where they are not the same; NULL without memory. */
static const OSSL_PARAM *without_label(const OSSL_PARAM params[])
{
    OSSL_PARAM *others;
    size_t count = 0, kept = 0;

    if (OSSL_PARAM_locate_const(params, OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL) == NULL)
        return params;
    while (params[count].key != NULL)
        count++;
    others = OPENSSL_malloc((count + 1) * sizeof *others);
    for (size_t i = 0; others != NULL && i <= count; i++)
        if (i == count || strcmp(params[i].key, OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL) != 0)
            others[kept++] = params[i];
    return others;
}

static int take_label(struct ciphering *ciphering, const OSSL_PARAM params[])
{
    const OSSL_PARAM *given = OSSL_PARAM_locate_const(params, OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL);
    void *label = NULL;
    size_t length;

    if (given == NULL)
        return 1;
    if (!OSSL_PARAM_get_octet_string(given, &label, 0, &length))
        return 0;
    OPENSSL_free(ciphering->label);
    ciphering->label = label;
    ciphering->label_length = length;
    return 1;
}

static int begin_in_software(struct ciphering *ciphering, void *inner, const OSSL_PARAM params[],
                             OSSL_FUNC_asym_cipher_encrypt_init_fn *init)
{
    const OSSL_PARAM *others = without_label(params);
    int ok = (others != NULL || params == NULL) && init(ciphering->software, inner, others) &&
             take_label(ciphering, params);

    if (others != params)
        OPENSSL_free((void *)others);
    return ok;
}

static int start(struct ciphering *ciphering, struct rsa_key *key, const OSSL_PARAM params[],
                 OSSL_FUNC_asym_cipher_encrypt_init_fn *init)
{
    if (init == NULL || !begin_in_software(ciphering, key == NULL ? NULL : key->inner, params, init) || key == NULL)
        return 0;
    rsa_key_hold(key);
    rsa_key_free(ciphering->key);
    ciphering->key = key;
    ciphering->rejects_implicitly = 1;
    note_rejection(ciphering, params);
    return 1;
}

static int rsa_encrypt_init(void *data, void *key, const OSSL_PARAM params[])
{
    struct ciphering *ciphering = data;

    return start(ciphering, key, params, ciphering->functions->encrypt_init);
}

static int rsa_decrypt_init(void *data, void *key, const OSSL_PARAM params[])
{
    struct ciphering *ciphering = data;

    return start(ciphering, key, params, ciphering->functions->decrypt_init);
}

static int rsa_get_ctx_params(void *data, OSSL_PARAM params[])
{
    struct ciphering *ciphering = data;
    OSSL_PARAM *label = OSSL_PARAM_locate(params, OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL);

    return ciphering != NULL && ciphering->functions->cipher_get_params != NULL &&
           ciphering->functions->cipher_get_params(ciphering->software, params) &&
           (label == NULL || ciphering->label == NULL ||
            OSSL_PARAM_set_octet_ptr(label, ciphering->label, ciphering->label_length));
}

/* A context of the default provider's that has the label as well, for one operation. */
static void *labelled(const struct ciphering *ciphering)
{
    const struct rsa_software *functions = ciphering->functions;
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_octet_string(OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL, ciphering->label,
                                                                   ciphering->label_length),
                                 OSSL_PARAM_construct_end()};
    void *copy = functions->cipher_dupctx == NULL ? NULL : functions->cipher_dupctx(ciphering->software);

    if (copy == NULL || (functions->cipher_set_params != NULL && functions->cipher_set_params(copy, params)))
        return copy;
    functions->cipher_freectx(copy);
    return NULL;
}

static int in_software(const struct ciphering *ciphering, OSSL_FUNC_asym_cipher_encrypt_fn *operate, unsigned char *out,
                       size_t *out_length, size_t room, const unsigned char *in, size_t length)
{
    void *software = ciphering->label == NULL ? ciphering->software : labelled(ciphering);
    int result = software == NULL ? 0 : operate(software, out, out_length, room, in, length);

    if (software != ciphering->software)
        ciphering->functions->cipher_freectx(software);
    return result;
}

/* As a number: TLS padding has no name. */
static int padding_of(struct ciphering *ciphering)
{
    int padding = 0;
    OSSL_PARAM params[] = {OSSL_PARAM_construct_int(OSSL_ASYM_CIPHER_PARAM_PAD_MODE, &padding),
                           OSSL_PARAM_construct_end()};

    ERR_set_mark();
    if (!rsa_get_ctx_params(ciphering, params))
        padding = 0;
    ERR_pop_to_mark();
    return padding;
}

static void name_purpose(char purpose[48], const char *verb, int padding)
{
    const char *name = padding == RSA_PKCS1_OAEP_PADDING        ? "oaep"
                       : padding == RSA_PKCS1_PADDING           ? "pkcs1"
                       : padding == RSA_PKCS1_WITH_TLS_PADDING  ? "tls"
                       : padding == RSA_NO_PADDING              ? "none"
                                                                : "other";

    snprintf(purpose, 48, "%s-%s", verb, name);
}

static int rsa_encrypt(void *data, unsigned char *out, size_t *out_length, size_t room, const unsigned char *in,
                       size_t length)
{
    struct ciphering *ciphering = data;
    struct operation operation;
    char purpose[48], name[32];
    int result;

    if (ciphering->key == NULL || ciphering->functions->encrypt == NULL)
        return 0;
    if (out == NULL)
        return ciphering->functions->encrypt(ciphering->software, NULL, out_length, room, in, length);
    name_purpose(purpose, "encrypt", padding_of(ciphering));
    snprintf(name, sizeof name, "RSA-%u public", ciphering->key->bits);
    offload_begin(&operation, CLASS_RSA, ciphering->key->bits / 1024, name, purpose);
    offload_refuse(&operation, PUBLIC_OPERATION);
    result = in_software(ciphering, ciphering->functions->encrypt, out, out_length, room, in, length);
    offload_end(ciphering->provider->offload, &operation);
    return result;
}

/* What decides how the padding is taken off, as the software context has it. */
struct removal {
    int padding;
    unsigned client, negotiated;
    EVP_MD *digest, *mask_digest;
    const uint8_t *label;
    size_t label_length;
    uint8_t exponent[RSA_MAX_OCTETS];
};

static int read_tls(struct ciphering *ciphering, struct removal *removal)
{
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_uint(OSSL_ASYM_CIPHER_PARAM_TLS_CLIENT_VERSION, &removal->client),
        OSSL_PARAM_construct_uint(OSSL_ASYM_CIPHER_PARAM_TLS_NEGOTIATED_VERSION, &removal->negotiated),
        OSSL_PARAM_construct_end(),
    };

    return rsa_get_ctx_params(ciphering, params) && removal->client != 0;
}

static int read_oaep(struct ciphering *ciphering, struct removal *removal)
{
    char digest[NAME_SIZE] = "", mask_digest[NAME_SIZE] = "";
    OSSL_LIB_CTX *library = ciphering->provider->software;
    unsigned char *label = NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST, digest, sizeof digest),
        OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_MGF1_DIGEST, mask_digest, sizeof mask_digest),
        OSSL_PARAM_construct_octet_ptr(OSSL_ASYM_CIPHER_PARAM_OAEP_LABEL, (void **)&label, 0),
        OSSL_PARAM_construct_end(),
    };

    if (!rsa_get_ctx_params(ciphering, params) || digest[0] == '\0' || mask_digest[0] == '\0')
        return 0;
    removal->label = label;
    removal->label_length = OSSL_PARAM_modified(&params[2]) ? params[2].return_size : 0;
    removal->digest = EVP_MD_fetch(library, digest, NULL);
    removal->mask_digest = EVP_MD_fetch(library, mask_digest, NULL);
    return removal->digest != NULL && removal->mask_digest != NULL &&
           2 * (size_t)EVP_MD_get_size(removal->digest) + 2 <= rsa_key_size(ciphering->key);
}

static int read_exponent(struct ciphering *ciphering, struct removal *removal)
{
    return rsa_key_number(ciphering->key, OSSL_PKEY_PARAM_RSA_D, removal->exponent, rsa_key_size(ciphering->key));
}

/* Everything that taking the padding off needs, before anything is decrypted; 0 leaves it to software. */
static int read_removal(struct ciphering *ciphering, struct removal *removal)
{
    switch (removal->padding) {
    case RSA_NO_PADDING:
        return 1;
    case RSA_PKCS1_PADDING:
        return !ciphering->rejects_implicitly || read_exponent(ciphering, removal);
    case RSA_PKCS1_OAEP_PADDING:
        return read_oaep(ciphering, removal);
    case RSA_PKCS1_WITH_TLS_PADDING:
        return read_tls(ciphering, removal);
    default:
        return 0;
    }
}

/*
 * The errors are those of libcrypto's own decoding. They are always raised, and taken back where the
 * padding was good, so that both cost the same; whether it was good is what the caller is told anyway.
 */
static int conclude(size_t good, int padding, const struct decoding *decoding, size_t *out_length)
{
    *out_length = (good & decoding->length) | (~good & *out_length);
    ERR_set_mark();
    if (padding == RSA_PKCS1_OAEP_PADDING) {
        ERR_raise(ERR_LIB_RSA, RSA_R_OAEP_DECODING_ERROR);
    } else {
        ERR_raise(ERR_LIB_RSA, RSA_R_PKCS_DECODING_ERROR);
        ERR_raise(ERR_LIB_RSA, RSA_R_PADDING_CHECK_FAILED);
    }
    if (good & 1)
        ERR_pop_to_mark();
    else
        ERR_clear_last_mark();
    return (int)(good & 1);
}

static int remove_padding(struct ciphering *ciphering, struct removal *removal, struct decoding *decoding,
                          const uint8_t *ciphertext, size_t *out_length)
{
    OSSL_LIB_CTX *library = ciphering->provider->software;
    size_t good = ~(size_t)0;
    int failed = 0;

    if (removal->padding == RSA_PKCS1_OAEP_PADDING) {
        good = decode_oaep(decoding, removal->digest, removal->mask_digest, removal->label, removal->label_length,
                           &failed);
    } else if (removal->padding == RSA_PKCS1_WITH_TLS_PADDING) {
        failed = !decode_tls(library, decoding, removal->client, removal->negotiated);
    } else if (removal->padding == RSA_NO_PADDING) {
        memcpy(decoding->output, decoding->encoded, decoding->size);
        decoding->length = decoding->size;
    } else if (ciphering->rejects_implicitly) {
        failed = !decode_pkcs1_implicit(library, decoding, removal->exponent, ciphertext);
    } else {
        good = decode_pkcs1(decoding);
    }
    if (failed)
        return 0;
    if (removal->padding == RSA_PKCS1_OAEP_PADDING ||
        (removal->padding == RSA_PKCS1_PADDING && !ciphering->rejects_implicitly))
        return conclude(good, removal->padding, decoding, out_length);
    *out_length = decoding->length;
    return 1;
}

static void removal_clear(struct removal *removal)
{
    EVP_MD_free(removal->digest);
    EVP_MD_free(removal->mask_digest);
    OPENSSL_cleanse(removal, sizeof *removal);
}

/* c < n and lengths as the card and libcrypto want them; all of it public. */
static int fits(const struct ciphering *ciphering, const struct removal *removal, size_t room, const uint8_t *in,
                size_t length)
{
    size_t size = rsa_key_size(ciphering->key);
    size_t least = removal->padding == RSA_PKCS1_WITH_TLS_PADDING ? TLS_PREMASTER_OCTETS : size;

    return length == size && room >= least && rsa_key_in_range(ciphering->key, in);
}

/* 1 with the card's answer in encoded; 0: software, with operation's reason set. */
static int decrypt_on_card(struct ciphering *ciphering, struct operation *operation, struct removal *removal,
                           size_t room, const uint8_t *in, size_t length, uint8_t *encoded)
{
    int ready;

    if (!offload_possible(ciphering->provider->offload, operation))
        return 0;
    ERR_set_mark();
    ready = fits(ciphering, removal, room, in, length) && read_removal(ciphering, removal);
    ERR_pop_to_mark();
    if (!ready) {
        offload_refuse(operation, UNSUPPORTED_PADDING);
        return 0;
    }
    return rsa_key_private(ciphering->key, operation, in, encoded);
}

static int decrypt(struct ciphering *ciphering, unsigned char *out, size_t *out_length, size_t room,
                   const unsigned char *in, size_t length)
{
    struct removal removal = {.padding = padding_of(ciphering)};
    uint8_t encoded[RSA_MAX_OCTETS];
    struct decoding decoding = {encoded, rsa_key_size(ciphering->key), out, room, 0};
    struct operation operation;
    char purpose[48];
    int result;

    name_purpose(purpose, "decrypt", removal.padding);
    rsa_key_begin(ciphering->key, &operation, purpose);
    if (decrypt_on_card(ciphering, &operation, &removal, room, in, length, encoded)) {
        result = remove_padding(ciphering, &removal, &decoding, in, out_length);
    } else {
        result = in_software(ciphering, ciphering->functions->decrypt, out, out_length, room, in, length);
    }
    OPENSSL_cleanse(encoded, sizeof encoded);
    removal_clear(&removal);
    offload_end(ciphering->provider->offload, &operation);
    return result;
}

static int rsa_decrypt(void *data, unsigned char *out, size_t *out_length, size_t room, const unsigned char *in,
                       size_t length)
{
    struct ciphering *ciphering = data;

    if (ciphering->key == NULL || ciphering->functions->decrypt == NULL)
        return 0;
    if (out == NULL)
        return ciphering->functions->decrypt(ciphering->software, NULL, out_length, room, in, length);
    return decrypt(ciphering, out, out_length, room, in, length);
}

static int set_in_software(struct ciphering *ciphering, const OSSL_PARAM params[])
{
    const OSSL_PARAM *others = without_label(params);
    int ok = (others != NULL || params == NULL) &&
             ciphering->functions->cipher_set_params(ciphering->software, others) && take_label(ciphering, params);

    if (others != params)
        OPENSSL_free((void *)others);
    return ok;
}

static int rsa_set_ctx_params(void *data, const OSSL_PARAM params[])
{
    struct ciphering *ciphering = data;

    if (ciphering == NULL || ciphering->functions->cipher_set_params == NULL || !set_in_software(ciphering, params))
        return 0;
    note_rejection(ciphering, params);
    return 1;
}

static const OSSL_PARAM *rsa_gettable_ctx_params(void *data, void *provider)
{
    const struct rsa_software *software = rsa_software_of(provider, 0);

    (void)data;
    return software == NULL || software->cipher_gettable == NULL
               ? NULL
               : software->cipher_gettable(NULL, software->provider_context);
}

static const OSSL_PARAM *rsa_settable_ctx_params(void *data, void *provider)
{
    const struct rsa_software *software = rsa_software_of(provider, 0);

    (void)data;
    return software == NULL || software->cipher_settable == NULL
               ? NULL
               : software->cipher_settable(NULL, software->provider_context);
}

const OSSL_DISPATCH rsa_cipher_functions[] = {
    {OSSL_FUNC_ASYM_CIPHER_NEWCTX, (function)rsa_newctx},
    {OSSL_FUNC_ASYM_CIPHER_FREECTX, (function)rsa_freectx},
    {OSSL_FUNC_ASYM_CIPHER_DUPCTX, (function)rsa_dupctx},
    {OSSL_FUNC_ASYM_CIPHER_ENCRYPT_INIT, (function)rsa_encrypt_init},
    {OSSL_FUNC_ASYM_CIPHER_ENCRYPT, (function)rsa_encrypt},
    {OSSL_FUNC_ASYM_CIPHER_DECRYPT_INIT, (function)rsa_decrypt_init},
    {OSSL_FUNC_ASYM_CIPHER_DECRYPT, (function)rsa_decrypt},
    {OSSL_FUNC_ASYM_CIPHER_GET_CTX_PARAMS, (function)rsa_get_ctx_params},
    {OSSL_FUNC_ASYM_CIPHER_GETTABLE_CTX_PARAMS, (function)rsa_gettable_ctx_params},
    {OSSL_FUNC_ASYM_CIPHER_SET_CTX_PARAMS, (function)rsa_set_ctx_params},
    {OSSL_FUNC_ASYM_CIPHER_SETTABLE_CTX_PARAMS, (function)rsa_settable_ctx_params},
    {0, NULL},
};
