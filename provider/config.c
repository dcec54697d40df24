/* SPDX-License-Identifier: Apache-2.0 */
/* Read the provider's settings from openssl.cnf and the environment, and refuse what it does not know. */
#include "provider/provider.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/conf.h>
#include <openssl/err.h>
#include <openssl/params.h>

#define MAX_MS 3600000ul /* an hour; more is a mistake */
#define IDLE_CLOSE_MS 60000u

static int parse_address(struct config *config, const char *value)
{
    static const char *const prefixes[] = {"vfio-user:", "pci:"};
    int known = strcmp(value, "auto") == 0 || strcmp(value, "sim") == 0;

    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++) {
        size_t length = strlen(prefixes[i]);
        known |= strncmp(value, prefixes[i], length) == 0 && value[length] != '\0';
    }
    if (!known || strlen(value) >= sizeof config->address)
        return 0;
    strcpy(config->address, value);
    return 1;
}

static int parse_one_policy(enum policy *policy, const char *value)
{
    static const char *const names[] = {[POLICY_AUTO] = "auto", [POLICY_ALWAYS] = "always", [POLICY_NEVER] = "never"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(value, names[i]) == 0) {
            *policy = (enum policy)i;
            return 1;
        }
    return 0;
}

static int parse_policy(struct config *config, const char *value)
{
    for (int class = 0; class < CLASS_COUNT; class++)
        if (!parse_one_policy(&config->policy[class], value))
            return 0;
    return 1;
}

static int parse_policy_rsa(struct config *config, const char *value)
{
    return parse_one_policy(&config->policy[CLASS_RSA], value);
}

static int parse_policy_ec(struct config *config, const char *value)
{
    return parse_one_policy(&config->policy[CLASS_EC], value);
}

static int parse_policy_gcm(struct config *config, const char *value)
{
    return parse_one_policy(&config->policy[CLASS_GCM], value);
}

static int parse_ms(unsigned *setting, const char *value)
{
    char *end;
    unsigned long number;

    errno = 0;
    number = strtoul(value, &end, 10);
    if (!isdigit((unsigned char)value[0]) || *end != '\0' || errno != 0 || number > MAX_MS)
        return 0;
    *setting = (unsigned)number;
    return 1;
}

static int parse_deadline(struct config *config, const char *value)
{
    return parse_ms(&config->deadline_ms, value) && config->deadline_ms != 0;
}

static int parse_idle_close(struct config *config, const char *value)
{
    return parse_ms(&config->idle_close_ms, value);
}

static int parse_yes_no(int *setting, const char *value)
{
    if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
        return 0;
    *setting = value[0] == 'y';
    return 1;
}

static int parse_verify(struct config *config, const char *value)
{
    return parse_yes_no(&config->verify_results, value);
}

static int parse_trace(struct config *config, const char *value)
{
    return parse_yes_no(&config->trace, value);
}

/* In the order they apply: a class's own policy overrides that of all. */
static const struct key {
    const char *name;
    int (*parse)(struct config *config, const char *value);
    const char *expected;
} keys[] = {
    {"address", parse_address, "auto, sim, vfio-user:PATH or pci:DOMAIN:BUS:DEVICE.FUNCTION"},
    {"policy", parse_policy, "auto, always or never"},
    {"policy-rsa", parse_policy_rsa, "auto, always or never"},
    {"policy-ec", parse_policy_ec, "auto, always or never"},
    {"policy-gcm", parse_policy_gcm, "auto, always or never"},
    {"deadline-ms", parse_deadline, "a number of milliseconds from 1 to 3600000"},
    {"idle-close-ms", parse_idle_close, "a number of milliseconds from 1 to 3600000, or 0 for never"},
    {"verify-results", parse_verify, "yes or no"},
    {"trace", parse_trace, "yes or no"},
};
#define KEY_COUNT (sizeof keys / sizeof *keys)

/* What the core gives for a key of our section of openssl.cnf, or NULL. */
static const char *core_value(const struct provider *provider, const char *name)
{
    char *value = NULL;
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_ptr(name, &value, 0), OSSL_PARAM_construct_end()};

    if (provider->get_params == NULL || !provider->get_params(provider->core, params))
        return NULL;
    return value;
}

static const char *environment_value(const char *name, char *variable, size_t size)
{
    snprintf(variable, size, "TLSCARD_%s", name);
    for (char *p = variable; *p != '\0'; p++)
        *p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
    return secure_getenv(variable);
}

static int apply(struct provider *provider, const struct key *key, const char *source, const char *value)
{
    if (key->parse(&provider->config, value))
        return 1;
    RAISE(provider, REASON_BAD_CONFIGURATION, "tlscard: %s = \"%s\" is not %s", source, value, key->expected);
    return 0;
}

static int known(const char *name)
{
    static const char *const standard[] = {"identity", "soft_load", "module", "activate"};

    for (size_t i = 0; i < sizeof standard / sizeof *standard; i++)
        if (strcmp(name, standard[i]) == 0)
            return 1;
    for (size_t i = 0; i < KEY_COUNT; i++)
        if (strcmp(name, keys[i].name) == 0)
            return 1;
    return 0;
}

/* A name that stands in a section of the file is ours only if the core has it for us. */
static int check_section(struct provider *provider, const CONF *file, const char *section)
{
    STACK_OF(CONF_VALUE) *values = NCONF_get_section(file, section);

    for (int i = 0; i < sk_CONF_VALUE_num(values); i++) {
        const CONF_VALUE *entry = sk_CONF_VALUE_value(values, i);
        const char *value = known(entry->name) ? NULL : core_value(provider, entry->name);

        if (value != NULL && strcmp(value, entry->value) == 0) {
            RAISE(provider, REASON_UNKNOWN_KEY, "tlscard: unknown key %s = \"%s\" in section [%s]", entry->name,
                  value, section);
            return 0;
        }
    }
    return 1;
}

static int check_providers(struct provider *provider, const CONF *file, const char *section)
{
    STACK_OF(CONF_VALUE) *providers = NCONF_get_section(file, section);

    for (int i = 0; i < sk_CONF_VALUE_num(providers); i++)
        if (!check_section(provider, file, sk_CONF_VALUE_value(providers, i)->value))
            return 0;
    return 1;
}

/* The application's name may stand in openssl_conf's place, so every name of the default section is
 * tried as that of an initialisation section. */
static int check_file(struct provider *provider, const CONF *file)
{
    STACK_OF(CONF_VALUE) *names = NCONF_get_section(file, "default");

    for (int i = 0; i < sk_CONF_VALUE_num(names); i++) {
        STACK_OF(CONF_VALUE) *section = NCONF_get_section(file, sk_CONF_VALUE_value(names, i)->value);

        for (int j = 0; j < sk_CONF_VALUE_num(section); j++) {
            const CONF_VALUE *entry = sk_CONF_VALUE_value(section, j);

            if (strcmp(entry->name, "providers") == 0 && !check_providers(provider, file, entry->value))
                return 0;
        }
    }
    return 1;
}

/*
 * The core answers for names that it is asked, and lists none. So the names come from the file that
 * libcrypto reads by default, and the core says which of them are in force for us: a file that is not
 * in use raises nothing. Names in a file which the application names itself cannot be seen.
 */
static int check_unknown(struct provider *provider)
{
    char *path = CONF_get1_default_config_file();
    CONF *file = NCONF_new_ex(provider->software, NULL);
    int ok = 1;

    ERR_set_mark();
    if (path != NULL && file != NULL && NCONF_load(file, path, NULL) > 0) {
        ERR_pop_to_mark();
        ok = check_file(provider, file);
    } else {
        ERR_pop_to_mark();
    }
    NCONF_free(file);
    OPENSSL_free(path);
    return ok;
}

static int check_variant(struct provider *provider, const char *variant, const char *meant)
{
    const char *value = known(variant) ? NULL : core_value(provider, variant);

    if (value == NULL)
        return 1;
    RAISE(provider, REASON_UNKNOWN_KEY, "tlscard: unknown key %s = \"%s\"; is %s meant?", variant, value, meant);
    return 0;
}

static void to_upper(char *text)
{
    for (; *text != '\0'; text++)
        *text = (char)toupper((unsigned char)*text);
}

/* A letter left out, doubled or exchanged with the next, at one place of the name. */
static int check_slips(struct provider *provider, const char *name, size_t at)
{
    char variant[64];

    snprintf(variant, sizeof variant, "%.*s%s", (int)at, name, name + at + 1);
    if (!check_variant(provider, variant, name))
        return 0;
    snprintf(variant, sizeof variant, "%.*s%s", (int)at + 1, name, name + at);
    if (!check_variant(provider, variant, name))
        return 0;
    snprintf(variant, sizeof variant, "%s", name);
    if (name[at + 1] != '\0') {
        variant[at] = name[at + 1];
        variant[at + 1] = name[at];
    }
    return check_variant(provider, variant, name);
}

/*
 * Slips of the pen can be asked for even where the file is not known: names as the environment has them, and those one
 * slip away from a key of ours.
 */
static int check_misspelled(struct provider *provider)
{
    char variant[64];

    for (size_t i = 0; i < KEY_COUNT; i++) {
        const char *name = keys[i].name;

        for (size_t at = 0; name[at] != '\0'; at++)
            if (!check_slips(provider, name, at))
                return 0;
        snprintf(variant, sizeof variant, "%s", name);
        for (char *p = variant; *p != '\0'; p++)
            *p = *p == '-' ? '_' : *p;
        if (!check_variant(provider, variant, name))
            return 0;
        to_upper(variant);
        if (!check_variant(provider, variant, name))
            return 0;
        snprintf(variant, sizeof variant, "%s", name);
        to_upper(variant);
        if (!check_variant(provider, variant, name))
            return 0;
    }
    return 1;
}

int config_load(struct provider *provider)
{
    char variable[64];

    provider->config = (struct config){.address = "auto", .idle_close_ms = IDLE_CLOSE_MS, .verify_results = 1};
    if (!check_unknown(provider) || !check_misspelled(provider))
        return 0;
    for (size_t i = 0; i < KEY_COUNT; i++) {
        const char *value = core_value(provider, keys[i].name);

        if (value != NULL && !apply(provider, &keys[i], keys[i].name, value))
            return 0;
    }
    for (size_t i = 0; i < KEY_COUNT; i++) {
        const char *value = environment_value(keys[i].name, variable, sizeof variable);

        if (value != NULL && !apply(provider, &keys[i], variable, value))
            return 0;
    }
    return 1;
}
