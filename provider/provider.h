/* SPDX-License-Identifier: Apache-2.0 */
/* The provider's context, its errors and the algorithm tables that its files share. */
#ifndef TLSCARD_PROVIDER_H
#define TLSCARD_PROVIDER_H

#include <stdatomic.h>

#include <openssl/core.h>
#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

#include "provider/offload.h"
#include "provider/software.h"

#define PROVIDER_NAME "tlscard"
#define PROVIDER_VERSION "0.1.0"

struct rsa_probe;
struct ec_probe;
struct gcm_probe;

/* Reasons of our own; their texts are in error.c. */
enum provider_reason {
    REASON_BAD_CONFIGURATION = 1,
    REASON_UNKNOWN_KEY,
    REASON_NO_DEFAULT_PROVIDER,
    REASON_NO_KEY,
    PROVIDER_REASONS,
};

struct provider {
    const OSSL_CORE_HANDLE *core;
    OSSL_FUNC_core_get_libctx_fn *get_libctx;
    OSSL_FUNC_core_get_params_fn *get_params;
    OSSL_FUNC_core_new_error_fn *new_error;
    OSSL_FUNC_core_set_error_debug_fn *set_error_debug;
    OSSL_FUNC_core_vset_error_fn *vset_error;
    OSSL_LIB_CTX *software; /* the application's library context, which has loaded us and has the default provider as well */
    struct config config;
    struct offload *offload;
    struct rsa_probe *rsa_probe;
    struct ec_probe *ec_probe;
    struct gcm_probe *gcm_probe;
    software_table gcm_software[2]; /* for keys of 16 octets and of 32 */
    atomic_uint gcm_seen; /* records since it was last found out which are worth the card */
    EC_GROUP *groups[3]; /* by the map's curve ids, where there is one */
    software_table ec_software[2]; /* by enum ec_type */
    software_table signing_software[2]; /* by enum signing_type */
    software_table rsa_software[2]; /* for RSA and for RSA-PSS */
    software_table kem_software[3]; /* by enum kem_type */
};

/* Raise one of our reasons, or of libcrypto's, with a sentence, in the application's error queue. */
void provider_error(const struct provider *provider, const char *file, int line, const char *caller,
                    int reason, const char *format, ...) __attribute__((format(printf, 6, 7)));
#define RAISE(provider, reason, ...) \
    provider_error(provider, OPENSSL_FILE, OPENSSL_LINE, OPENSSL_FUNC, reason, __VA_ARGS__)

typedef void (*function)(void); /* as dispatch tables hold them */

extern const OSSL_DISPATCH rsa_keymgmt_functions[];
extern const OSSL_DISPATCH rsa_pss_keymgmt_functions[];
extern const OSSL_DISPATCH rsa_signature_functions[];
extern const OSSL_DISPATCH rsa_cipher_functions[];
extern const OSSL_DISPATCH ec_keymgmt_functions[];
extern const OSSL_DISPATCH x25519_keymgmt_functions[];
extern const OSSL_DISPATCH ecdh_exchange_functions[];
extern const OSSL_DISPATCH x25519_exchange_functions[];
extern const OSSL_DISPATCH ecdsa_signature_functions[];
extern const OSSL_DISPATCH rsa_kem_functions[];
extern const OSSL_DISPATCH ec_kem_functions[];
extern const OSSL_DISPATCH x25519_kem_functions[];
extern const OSSL_DISPATCH aes128_gcm_functions[];
extern const OSSL_DISPATCH aes256_gcm_functions[];

OSSL_FUNC_provider_get_capabilities_fn groups_get_capabilities;

#endif
