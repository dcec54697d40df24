/* SPDX-License-Identifier: Apache-2.0 */
/* The provider's entry point, its algorithms and its own parameters. */
#include "provider/provider.h"

#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>

#include "provider/binding.h"
#include "provider/ec_key.h"
#include "provider/gcm.h"
#include "provider/kem_software.h"
#include "provider/rsa_key.h"
#include "provider/rsa_software.h"
#include "provider/signing_software.h"

/* The second is asked for by default_properties: a program that gives a query of its own for "provider" keeps it. */
#define PROPERTIES "provider=tlscard,tlscard.card=yes"
#define RSA_NAMES "RSA:rsaEncryption:1.2.840.113549.1.1.1"
#define RSA_PSS_NAMES "RSA-PSS:RSASSA-PSS:1.2.840.113549.1.1.10"
#define EC_NAMES "EC:id-ecPublicKey:1.2.840.10045.2.1"
#define X25519_NAMES "X25519:1.3.101.110"
#define AES128_GCM_NAMES "AES-128-GCM:id-aes128-GCM:2.16.840.1.101.3.4.1.6"
#define AES256_GCM_NAMES "AES-256-GCM:id-aes256-GCM:2.16.840.1.101.3.4.1.46"

static const OSSL_ALGORITHM keymgmts[] = {
    {RSA_NAMES, PROPERTIES, rsa_keymgmt_functions, "RSA keys that a tlscard can use"},
    {RSA_PSS_NAMES, PROPERTIES, rsa_pss_keymgmt_functions, "RSA-PSS keys that a tlscard can use"},
    {EC_NAMES, PROPERTIES, ec_keymgmt_functions, "EC keys that a tlscard can use"},
    {X25519_NAMES, PROPERTIES, x25519_keymgmt_functions, "X25519 keys that a tlscard can use"},
    {NULL, NULL, NULL, NULL},
};

static const OSSL_ALGORITHM signatures[] = {
    {RSA_NAMES, PROPERTIES, rsa_signature_functions, "RSA signatures by a tlscard"},
    {"ECDSA", PROPERTIES, ecdsa_signature_functions, "ECDSA signatures by a tlscard"},
    {NULL, NULL, NULL, NULL},
};

static const OSSL_ALGORITHM exchanges[] = {
    {"ECDH", PROPERTIES, ecdh_exchange_functions, "ECDH key exchange by a tlscard"},
    {X25519_NAMES, PROPERTIES, x25519_exchange_functions, "X25519 key exchange by a tlscard"},
    {NULL, NULL, NULL, NULL},
};

static const OSSL_ALGORITHM asymmetric_ciphers[] = {
    {RSA_NAMES, PROPERTIES, rsa_cipher_functions, "RSA decryption by a tlscard"},
    {NULL, NULL, NULL, NULL},
};

/* The curves' first: before OpenSSL 3.2 the default provider encapsulates with RSA keys alone. */
static const OSSL_ALGORITHM encapsulations[] = {
    {EC_NAMES, PROPERTIES, ec_kem_functions, "key encapsulation with EC keys that a tlscard can use"},
    {X25519_NAMES, PROPERTIES, x25519_kem_functions, "key encapsulation with X25519 keys that a tlscard can use"},
    {RSA_NAMES, PROPERTIES, rsa_kem_functions, "key encapsulation with RSA keys that a tlscard can use"},
    {NULL, NULL, NULL, NULL},
};
#define RSA_ENCAPSULATION (encapsulations + 2)
#define ENCAPSULATION_ON_CURVES 0x30200000ul

static const OSSL_ALGORITHM ciphers[] = {
    {AES128_GCM_NAMES, PROPERTIES, aes128_gcm_functions, "AES-GCM by a tlscard, records of TLS"},
    {AES256_GCM_NAMES, PROPERTIES, aes256_gcm_functions, "AES-GCM by a tlscard, records of TLS"},
    {NULL, NULL, NULL, NULL},
};

static const OSSL_ALGORITHM *query_operation(void *provider, int operation, int *no_cache)
{
    (void)provider;
    *no_cache = 0;
    switch (operation) {
    case OSSL_OP_KEYMGMT:
        return keymgmts;
    case OSSL_OP_SIGNATURE:
        return signatures;
    case OSSL_OP_KEYEXCH:
        return exchanges;
    case OSSL_OP_ASYM_CIPHER:
        return asymmetric_ciphers;
    case OSSL_OP_KEM:
        return OpenSSL_version_num() < ENCAPSULATION_ON_CURVES ? RSA_ENCAPSULATION : encapsulations;
    case OSSL_OP_CIPHER:
        return ciphers;
    default:
        return NULL;
    }
}

#define PARAM_COUNTERS "tlscard-counters"
#define PARAM_CARD "tlscard-card"
#define PARAM_OPERATIONS "tlscard-operations"

static const OSSL_PARAM *gettable_params(void *provider)
{
    static const OSSL_PARAM params[] = {
        OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_NAME, NULL, 0),
        OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_VERSION, NULL, 0),
        OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_BUILDINFO, NULL, 0),
        OSSL_PARAM_int(OSSL_PROV_PARAM_STATUS, NULL),
        OSSL_PARAM_utf8_string(PARAM_COUNTERS, NULL, 0),
        OSSL_PARAM_utf8_string(PARAM_CARD, NULL, 0),
        OSSL_PARAM_utf8_string(PARAM_OPERATIONS, NULL, 0),
        OSSL_PARAM_END,
    };

    (void)provider;
    return params;
}

static int get_json(OSSL_PARAM params[], const char *name, struct offload *offload,
                    char *(*print)(struct offload *offload), void (*forget)(struct offload *offload))
{
    OSSL_PARAM *param = OSSL_PARAM_locate(params, name);
    char *text;
    int ok;

    if (param == NULL)
        return 1;
    text = print(offload);
    ok = text != NULL && OSSL_PARAM_set_utf8_string(param, text);
    OPENSSL_free(text);
    if (ok && param->data != NULL && forget != NULL)
        forget(offload);
    return ok;
}

static int get_params(void *data, OSSL_PARAM params[])
{
    static const struct {
        const char *name, *value;
    } constants[] = {
        {OSSL_PROV_PARAM_NAME, "tlscard TLS offload card"},
        {OSSL_PROV_PARAM_VERSION, PROVIDER_VERSION},
        {OSSL_PROV_PARAM_BUILDINFO, PROVIDER_VERSION " for " OPENSSL_VERSION_TEXT},
    };
    struct provider *provider = data;
    OSSL_PARAM *param;

    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
        param = OSSL_PARAM_locate(params, constants[i].name);
        if (param != NULL && !OSSL_PARAM_set_utf8_ptr(param, constants[i].value))
            return 0;
    }
    param = OSSL_PARAM_locate(params, OSSL_PROV_PARAM_STATUS);
    if (param != NULL && !OSSL_PARAM_set_int(param, 1))
        return 0;
    return get_json(params, PARAM_COUNTERS, provider->offload, offload_counters, NULL) &&
           get_json(params, PARAM_CARD, provider->offload, offload_card, NULL) &&
           get_json(params, PARAM_OPERATIONS, provider->offload, offload_operations, offload_forget);
}

/*
 * Called when the last object that is of us is freed: that may be later than OPENSSL_cleanup, or than OSSL_LIB_CTX_free of our
 * context. So nothing here asks libcrypto for anything: what is held is given back, as the default provider gives back its own.
 */
static void teardown(void *data)
{
    struct provider *provider = data;

    if (provider == NULL)
        return;
    offload_free(provider->offload);
    rsa_probe_free(provider->rsa_probe);
    ec_probe_free(provider->ec_probe);
    gcm_probe_free(provider->gcm_probe);
    gcm_software_free(provider);
    ec_software_free(provider);
    signing_software_free(provider);
    rsa_software_free(provider);
    kem_software_free(provider);
    ec_groups_free(provider);
    OPENSSL_free(provider);
}

static void find_upcalls(struct provider *provider, const OSSL_DISPATCH *in)
{
    for (; in->function_id != 0; in++)
        switch (in->function_id) {
        case OSSL_FUNC_CORE_GET_LIBCTX:
            provider->get_libctx = OSSL_FUNC_core_get_libctx(in);
            break;
        case OSSL_FUNC_CORE_GET_PARAMS:
            provider->get_params = OSSL_FUNC_core_get_params(in);
            break;
        case OSSL_FUNC_CORE_NEW_ERROR:
            provider->new_error = OSSL_FUNC_core_new_error(in);
            break;
        case OSSL_FUNC_CORE_SET_ERROR_DEBUG:
            provider->set_error_debug = OSSL_FUNC_core_set_error_debug(in);
            break;
        case OSSL_FUNC_CORE_VSET_ERROR:
            provider->vset_error = OSSL_FUNC_core_vset_error(in);
            break;
        default:
            break;
        }
}

static int prepare(struct provider *provider)
{
    struct offload_probe probe;

    if (!config_load(provider))
        return 0;
    provider->offload = offload_new(&provider->config);
    provider->rsa_probe = rsa_probe_new(provider);
    provider->ec_probe = ec_probe_new(provider);
    provider->gcm_probe = gcm_probe_new(provider);
    if (provider->offload == NULL || provider->rsa_probe == NULL || provider->ec_probe == NULL ||
        provider->gcm_probe == NULL || !ec_groups_new(provider))
        return 0;
    probe = rsa_probe_describe(provider->rsa_probe);
    offload_set_probe(provider->offload, CLASS_RSA, &probe);
    probe = ec_probe_describe(provider->ec_probe);
    offload_set_probe(provider->offload, CLASS_EC, &probe);
    probe = gcm_probe_describe(provider->gcm_probe);
    offload_set_probe(provider->offload, CLASS_GCM, &probe);
    (void)tlscard_keep(provider->config.address); /* for programs that call chroot(2) by and by; without it they have none */
    return 1;
}

static const OSSL_DISPATCH provider_functions[] = {
    {OSSL_FUNC_PROVIDER_TEARDOWN, (function)teardown},
    {OSSL_FUNC_PROVIDER_GETTABLE_PARAMS, (function)gettable_params},
    {OSSL_FUNC_PROVIDER_GET_PARAMS, (function)get_params},
    {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (function)query_operation},
    {OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (function)groups_get_capabilities},
    {0, NULL},
};

/* The application's own. Any other's random generators, threads and end would not be the application's; and that the core's
 * word for it is a library context of our libcrypto, binding_is_to_core has told. NULL is the thread's default context. */
static OSSL_LIB_CTX *application_context(const struct provider *provider)
{
    OSSL_LIB_CTX *context = (OSSL_LIB_CTX *)provider->get_libctx(provider->core);

    return context != NULL ? context : OSSL_LIB_CTX_set0_default(NULL);
}

/* Without a call of our libcrypto, which shall not even be initialised. */
static void refuse_other_libcrypto(const struct provider *upcalls)
{
    const char *version = "another OpenSSL";
    OSSL_PARAM params[] = {OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_CORE_VERSION, &version, 0), OSSL_PARAM_END};

    if (upcalls->get_params != NULL)
        upcalls->get_params(upcalls->core, params);
    RAISE(upcalls, ERR_R_UNSUPPORTED,
          "tlscard: this program has a libcrypto of its own (%s), not the shared library that tlscard was built for (%s); "
          "link the program with that, or build tlscard for the program's",
          version, OPENSSL_VERSION_TEXT);
}

OPENSSL_EXPORT OSSL_provider_init_fn OSSL_provider_init;

__attribute__((visibility("default"))) int OSSL_provider_init(const OSSL_CORE_HANDLE *core, const OSSL_DISPATCH *in,
                                                              const OSSL_DISPATCH **out, void **context)
{
    struct provider upcalls = {.core = core}, *provider;

    find_upcalls(&upcalls, in);
    if (!binding_is_to_core((function)upcalls.get_libctx)) {
        refuse_other_libcrypto(&upcalls);
        return 0;
    }
    provider = OPENSSL_zalloc(sizeof *provider);
    if (provider == NULL)
        return 0;
    provider->core = core;
    find_upcalls(provider, in);
    provider->software = application_context(provider);
    if (provider->software == NULL || !prepare(provider)) {
        teardown(provider);
        return 0;
    }
    *out = provider_functions;
    *context = provider;
    return 1;
}
