/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A provider that stands for a validated one, where none is at hand: the default provider's algorithms, but under the property
 * "fips=yes" and out of a library context of their own. As such it has no encoders, decoders and stores.
 */
#include <stdlib.h>

#include <openssl/core_dispatch.h>
#include <openssl/crypto.h>
#include <openssl/provider.h>

#define MOST_ALGORITHMS 256

typedef void (*function)(void);

static OSSL_PROVIDER *software; /* never unloaded, nor is this module: the copies below point into it */

static const OSSL_ALGORITHM *query(void *provider, int operation, int *no_cache)
{
    static OSSL_ALGORITHM copies[OSSL_OP_ENCODER][MOST_ALGORITHMS + 1];
    const OSSL_ALGORITHM *algorithms = OSSL_PROVIDER_query_operation(software, operation, no_cache);

    (void)provider;
    if (algorithms == NULL || operation >= OSSL_OP_ENCODER)
        return NULL;
    for (size_t i = 0; i < MOST_ALGORITHMS && algorithms[i].algorithm_names != NULL; i++) {
        copies[operation][i] = algorithms[i];
        copies[operation][i].property_definition = "provider=validated,fips=yes";
    }
    *no_cache = 0;
    return copies[operation];
}

static int get_capabilities(void *provider, const char *capability, OSSL_CALLBACK *callback, void *argument)
{
    (void)provider;
    return OSSL_PROVIDER_get_capabilities(software, capability, callback, argument);
}

OPENSSL_EXPORT OSSL_provider_init_fn OSSL_provider_init;

__attribute__((visibility("default"))) int OSSL_provider_init(const OSSL_CORE_HANDLE *core, const OSSL_DISPATCH *in,
                                                              const OSSL_DISPATCH **out, void **context)
{
    static const OSSL_DISPATCH functions[] = {{OSSL_FUNC_PROVIDER_QUERY_OPERATION, (function)query},
                                              {OSSL_FUNC_PROVIDER_GET_CAPABILITIES, (function)get_capabilities},
                                              {0, NULL}};

    (void)core;
    (void)in;
    if (software == NULL)
        software = OSSL_PROVIDER_load(OSSL_LIB_CTX_new(), "default");
    if (software == NULL)
        return 0;
    *out = functions;
    *context = OSSL_PROVIDER_get0_provider_ctx(software);
    return 1;
}
