/* SPDX-License-Identifier: Apache-2.0 */
/* Default properties: whether programs come to the provider by them, and to others for what it lacks. */
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

#include "tools/doctor.h"

/* Where properties name the provider, by either of its properties; NULL where they do not. */
static const char *find_preference(const char *properties)
{
    const char *found = strstr(properties, "tlscard.card=yes");
    return found ? found : strstr(properties, "provider=tlscard");
}

#define PROPERTIES_REMEDY "set \"default_properties = ?tlscard.card=yes\" in the section that alg_section names" DOCTOR_EXAMPLE

/*
 * Where no property decides, libcrypto takes the first provider that has an algorithm: of those in its list, which it sorts
 * by name when a program asks for a provider by its name.
 */
static int is_first(const struct doctor *doctor, const char *list)
{
    STACK_OF(CONF_VALUE) *entries = NCONF_get_section(doctor->conf, list);
    const char *first = sk_CONF_VALUE_num(entries) > 0 ? sk_CONF_VALUE_value(entries, 0)->value : "";
    return strcmp(first, doctor->section) == 0 && strcmp(doctor->name, "default") < 0;
}

/* A query displaces what the file says of the names that are in it, and properties that a program sets displace all. */
static void check_own_query(struct doctor *doctor, const char *algorithms, const char *list)
{
    const char *query = doctor->row ? doctor->row->query : NULL;
    if (doctor->own_properties && !is_first(doctor, list))
        doctor_find(doctor, "own-properties", "list the provider before the default one, under a name that is before \"default\" in "
                    "the alphabet: \"card = tlscard\"",
                    "%s sets its default properties to \"%s\", and what the file says is lost: it goes to the default provider.",
                    doctor->program, doctor->own_properties);
    else if (query && strncmp(find_preference(doctor->properties), "provider", 8) == 0)
        doctor_find_key(doctor, "own-query", algorithms, "default_properties", PROPERTIES_REMEDY,
                        "%s asks with a query of its own, \"%s\", which displaces \"%s\": it goes to the default provider.",
                        doctor->program, query, doctor->properties);
}

/* Whether the default properties that hold in the end require what is validated: libcrypto reads them, line by line. */
static int requires_validated(const struct doctor *doctor, const char *algorithms)
{
    STACK_OF(CONF_VALUE) *lines = NCONF_get_section(doctor->conf, algorithms);
    OSSL_LIB_CTX *scratch = OSSL_LIB_CTX_new();
    for (int i = 0; scratch && i < sk_CONF_VALUE_num(lines); i++) {
        const CONF_VALUE *line = sk_CONF_VALUE_value(lines, i);
        int yes = 0;
        if (strcmp(line->name, "default_properties") == 0)
            EVP_set_default_properties(scratch, line->value);
        else if (strcmp(line->name, "fips_mode") == 0 && X509V3_get_value_bool(line, &yes))
            EVP_default_properties_enable_fips(scratch, yes > 0);
    }
    if (scratch && doctor->own_properties)
        EVP_set_default_properties(scratch, doctor->own_properties);
    int required = scratch && EVP_default_properties_is_fips_enabled(scratch);
    OSSL_LIB_CTX_free(scratch);
    ERR_clear_error();
    return required;
}

static void find_requirement(struct doctor *doctor, const char *algorithms, const char *properties)
{
    const char *key = strstr(properties, "fips") ? "default_properties" : "fips_mode";
    doctor->validated_only = 1;
    doctor_find_key(doctor, "fips-required", algorithms, key,
                    "where validated modules have to be used, take the provider out of the file; else leave \"fips\" out there",
                    "By %s only validated algorithms (FIPS 140) are used. Neither the card nor the software behind it are "
                    "that, and the provider is passed by, as it should be. Programs that take this back with a query of "
                    "their own (\"-fips\", \"?fips=yes\") may still come to it.", key);
}

void doctor_check_properties(struct doctor *doctor, const char *initialisation, const char *list)
{
    const char *algorithms = doctor_value(doctor, initialisation, "alg_section");
    const char *properties = doctor_value(doctor, algorithms, "default_properties");
    snprintf(doctor->properties, sizeof doctor->properties, "%s", properties);
    const char *found = find_preference(properties);
    if (requires_validated(doctor, algorithms))
        find_requirement(doctor, algorithms, properties);
    else if (*algorithms && !doctor_has_section(doctor, algorithms))
        doctor_find_key(doctor, "no-properties", initialisation, "alg_section", PROPERTIES_REMEDY,
                        "alg_section names [%s], and there is no such section: nothing prefers the provider.", algorithms);
    else if (!found)
        doctor_find_key(doctor, "no-properties", algorithms, "default_properties", PROPERTIES_REMEDY,
                        "No default_properties prefer the provider%s%s%s: programs go to the default provider.",
                        *properties ? " (they are \"" : "", properties, *properties ? "\")" : "");
    else if (found == properties || found[-1] != '?')
        doctor_find_key(doctor, "properties-exclude-others", algorithms, "default_properties", PROPERTIES_REMEDY,
                        "default_properties say \"%s\" without a question mark: nothing but what the provider has is "
                        "found, not even a digest.", properties);
    else
        check_own_query(doctor, algorithms, list);
}

/* The next clause of properties without its blanks, and whether it is a wish; NULL at the end. */
static const char *next_clause(const char *properties, char *clause, size_t size, int *wish)
{
    size_t length = 0;
    if (*properties == '\0')
        return NULL;
    for (; *properties != '\0' && *properties != ','; properties++)
        if (*properties != ' ' && *properties != '\t' && length + 1 < size)
            clause[length++] = *properties;
    clause[length] = '\0';
    *wish = clause[0] == '?';
    memmove(clause, clause + *wish, length + 1 - (size_t)*wish);
    return properties + (*properties == ',');
}

/* Whether a provider other than ours has RSA with this property; its name. */
static int has_rival(const struct doctor *doctor, const char *clause, char *name, size_t size)
{
    EVP_KEYMGMT *found = EVP_KEYMGMT_fetch(doctor->libctx, "RSA", clause);
    const char *provider = found ? OSSL_PROVIDER_get0_name(EVP_KEYMGMT_get0_provider(found)) : doctor->name;
    int rival = strcmp(provider, doctor->name) != 0;
    if (rival)
        snprintf(name, size, "%s", provider);
    EVP_KEYMGMT_free(found);
    ERR_clear_error();
    return rival;
}

/* libcrypto counts the wishes that an algorithm fulfils, and takes the first in its list of those with most. */
void doctor_check_rivals(struct doctor *doctor)
{
    char clause[256], name[64] = "";
    int wish, ours = 0, others = 0;
    const char *at = doctor->own_properties || doctor->validated_only ? "" : doctor->properties;
    while ((at = next_clause(at, clause, sizeof clause, &wish)) != NULL) {
        if (wish && find_preference(clause))
            ours++;
        else if (wish && has_rival(doctor, clause, name, sizeof name))
            others++;
    }
    if (ours == 0 || others < ours)
        return;
    doctor_find(doctor, "preference-shared",
                "leave out what is wished for beside the card, or say \"?tlscard.card=yes,?provider=tlscard\": that counts twice",
                "default_properties are \"%s\", and provider %s fulfils as many of the wishes: %s.", doctor->properties, name,
                others > ours ? "it is taken" : "which is taken is a matter of their order, which a program may change");
}
