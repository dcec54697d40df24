/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gcm.h - AES-GCM: the default provider's ciphers, whole records in software, and whole records on the card.
 *
 * Software is the default provider's own context inside ours, called through the functions that provider
 * publishes for it (OSSL_PROVIDER_query_operation), so that everything but a record of TLS costs one call more
 * than it would without us.
 */
#ifndef TLSCARD_PROVIDER_GCM_H
#define TLSCARD_PROVIDER_GCM_H

#include <openssl/evp.h>
#include <openssl/provider.h>

#include "provider/provider.h"

/* The default provider's AES-128-GCM or AES-256-GCM. */
struct gcm_software {
    size_t key_length; /* 16 or 32 */
    EVP_CIPHER *cipher; /* fetched, so that its provider stays */
    const OSSL_ALGORITHM *algorithms; /* the answer to the query, which is given back */
    void *provider_context;
    OSSL_FUNC_cipher_newctx_fn *newctx;
    OSSL_FUNC_cipher_freectx_fn *freectx;
    OSSL_FUNC_cipher_dupctx_fn *dupctx; /* NULL where that provider has none */
    OSSL_FUNC_cipher_encrypt_init_fn *encrypt_init;
    OSSL_FUNC_cipher_decrypt_init_fn *decrypt_init;
    OSSL_FUNC_cipher_update_fn *update;
    OSSL_FUNC_cipher_final_fn *final;
    OSSL_FUNC_cipher_cipher_fn *cipher_once; /* the same */
    OSSL_FUNC_cipher_get_ctx_params_fn *get_ctx_params;
    OSSL_FUNC_cipher_set_ctx_params_fn *set_ctx_params;
};

/* For a key of 16 or 32 octets, found at the first use; NULL, with an error raised, without a default provider. */
const struct gcm_software *gcm_software_of(struct provider *provider, size_t key_length);
void gcm_software_free(struct provider *provider);

/* Do what record says in a context of its own: output as long as its input, tag (to seal) of TLSCARD_GCM_TAG octets.
 * 1; 0 where the tag does not match, with output wiped, or without memory. Raises no error. */
int gcm_in_software(const struct gcm_software *software, const struct tlscard_gcm_record *record, uint8_t *output,
                    uint8_t *tag);

/* A record for the card. */
struct gcm_work {
    const struct gcm_software *software;
    struct tlscard_gcm_record record;
    uint8_t tag[TLSCARD_GCM_TAG]; /* of the sealed record */
    uint8_t *copy; /* of the input, which the output may overwrite; NULL where nobody needs it */
    int verify;    /* compare with software, where results are verified */
};
struct offload_work gcm_offload_work(struct gcm_work *work, uint8_t *output);

/* "AES-256-GCM seal 27 octets". */
void gcm_begin(struct operation *operation, const struct tlscard_gcm_record *record);

/* Whether a record of so many octets may go to the card; counted (and traced) where not. caller: any number, the
 * same for the same caller. */
int gcm_admitted(struct provider *provider, const struct tlscard_gcm_record *record, unsigned caller);

/* Find out from which length on records are worth the card, once enough have passed by. */
void gcm_measure(struct provider *provider);

struct gcm_probe *gcm_probe_new(struct provider *provider);
struct offload_probe gcm_probe_describe(struct gcm_probe *probe);
void gcm_probe_free(struct gcm_probe *probe);

#endif
