/* SPDX-License-Identifier: Apache-2.0 */
/* The provider's settings: their keys, defaults and where they come from. */
#ifndef TLSCARD_PROVIDER_CONFIG_H
#define TLSCARD_PROVIDER_CONFIG_H

/* What is decided upon together; counters, breaker and policy exist once for each. */
enum operation_class { CLASS_RSA, CLASS_EC, CLASS_GCM, CLASS_COUNT };

enum policy { POLICY_AUTO, POLICY_ALWAYS, POLICY_NEVER };

struct config {
    char address[128];
    enum policy policy[CLASS_COUNT];
    unsigned deadline_ms; /* 0: by the kind of card */
    unsigned idle_close_ms; /* without work, after which the card is given back; 0: never */
    int verify_results;
    int trace;
};

struct provider;

/* Fill provider->config from defaults, then openssl.cnf through the core, then the environment.
 * 0, with an error raised that names key and value, for an unknown key or a bad value. */
int config_load(struct provider *provider);

#endif
