/* SPDX-License-Identifier: Apache-2.0 */
/* Looking up the default provider's functions. */
#include "provider/software.h"

#include <string.h>

#include "provider/provider.h"

/* An algorithm's names are a list separated by colons. */
static int has_name(const char *names, const char *name)
{
    size_t length = strlen(name);

    for (const char *at = names; at != NULL; at = strchr(at, ':')) {
        at += *at == ':';
        if (OPENSSL_strncasecmp(at, name, length) == 0 && (at[length] == ':' || at[length] == '\0'))
            return 1;
    }
    return 0;
}

const OSSL_DISPATCH *software_functions(const OSSL_PROVIDER *owner, int operation, const char *name,
                                        const OSSL_ALGORITHM **algorithms)
{
    int no_cache;

    *algorithms = OSSL_PROVIDER_query_operation(owner, operation, &no_cache);
    for (const OSSL_ALGORITHM *at = *algorithms; at != NULL && at->algorithm_names != NULL; at++)
        if (has_name(at->algorithm_names, name))
            return at->implementation;
    return NULL;
}

void *software_once(software_table *place, void *(*find)(struct provider *provider, int kind),
                    void (*release)(void *table), struct provider *provider, int kind)
{
    void *known = atomic_load(place), *found;

    if (known != NULL)
        return known;
    found = find(provider, kind);
    if (found != NULL && !atomic_compare_exchange_strong(place, &known, found)) {
        release(found);
        return known;
    }
    return found;
}

void software_is_missing(const struct provider *provider, const char *name)
{
    RAISE(provider, REASON_NO_DEFAULT_PROVIDER,
          "tlscard: no %s in the default provider; activate it in openssl.cnf beside tlscard", name);
}
