/* SPDX-License-Identifier: Apache-2.0 */
/*
 * software.h - the default provider's functions, as that provider publishes them (OSSL_PROVIDER_query_operation).
 *
 * What the card does not do is asked of them directly, so that it costs one call more than it would without us.
 */
#ifndef TLSCARD_PROVIDER_SOFTWARE_H
#define TLSCARD_PROVIDER_SOFTWARE_H

#include <stdatomic.h>

#include <openssl/provider.h>

struct provider;

/* The default provider's, whatever the application asks for by default. That is "fips=yes" where it has asked us with a query
 * that takes it back ("-fips"): no other query finds us then. */
#define SOFTWARE_PROPERTIES "provider=default,-fips"

/* Set a member of a table of functions from a dispatch table's entry: a case of a switch over its function_id. */
#define TAKE_FUNCTION(id, member, of) \
    case id:                          \
        software->member = of(entry); \
        break

/* The functions of the algorithm with this name for an operation (OSSL_OP_...), or NULL. *algorithms is to be given
 * back to the provider with OSSL_PROVIDER_unquery_operation where it is not NULL. */
const OSSL_DISPATCH *software_functions(const OSSL_PROVIDER *owner, int operation, const char *name,
                                        const OSSL_ALGORITHM **algorithms);

/* A table of functions, looked for at its first use: what find gives for that kind, or NULL with an error raised. Two
 * threads may look at once; the second's find is dropped. */
typedef _Atomic(void *) software_table;
void *software_once(software_table *place, void *(*find)(struct provider *provider, int kind),
                    void (*release)(void *table), struct provider *provider, int kind);

/* Without a default provider there is no software: raised for an algorithm of this name. */
void software_is_missing(const struct provider *provider, const char *name);

#endif
