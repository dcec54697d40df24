/* SPDX-License-Identifier: Apache-2.0 */
/* Reading openssl.cnf as libcrypto does, and what can be told from it alone. */
#include <errno.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/doctor.h"

#define MOST_INCLUDES 8 /* deep */

const char *doctor_value(const struct doctor *doctor, const char *section, const char *name)
{
    STACK_OF(CONF_VALUE) *values = NCONF_get_section(doctor->conf, section);
    const char *value = "";
    for (int i = 0; i < sk_CONF_VALUE_num(values); i++)
        if (strcmp(sk_CONF_VALUE_value(values, i)->name, name) == 0)
            value = sk_CONF_VALUE_value(values, i)->value;
    return value;
}

int doctor_has_section(const struct doctor *doctor, const char *section)
{
    return NCONF_get_section(doctor->conf, section) != NULL;
}

/* 3.0 takes any value of activate for yes, later releases these. */
static int is_yes(const char *value)
{
    static const char *const words[] = {"1", "yes", "YES", "true", "TRUE", "on", "ON"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(value, words[i]) == 0)
            return 1;
    return 0;
}

static int read_file(struct doctor *doctor)
{
    long line = 0;
    if (access(doctor->file, R_OK) != 0) {
        doctor_find(doctor, "configuration-unreadable", "name the file with --conf or OPENSSL_CONF, or let this user read it",
                    "%s cannot be read: %s", doctor->file, strerror(errno));
        return 0;
    }
    doctor->conf = NCONF_new_ex(doctor->libctx, NULL);
    if (doctor->conf && NCONF_load(doctor->conf, doctor->file, &line) > 0)
        return 1;
    char reason[256];
    ERR_error_string_n(ERR_peek_last_error(), reason, sizeof reason);
    doctor_find(doctor, "configuration-broken", "correct that line", "%s: line %ld: libcrypto cannot read it: %s",
                doctor->file, line, ERR_reason_error_string(ERR_peek_last_error()) ? : reason);
    return 0;
}

/* The name and section of the provider: an entry of that name, identity or module. */
static void find_provider(struct doctor *doctor, const char *list)
{
    STACK_OF(CONF_VALUE) *entries = NCONF_get_section(doctor->conf, list);
    for (int i = 0; i < sk_CONF_VALUE_num(entries); i++) {
        const CONF_VALUE *entry = sk_CONF_VALUE_value(entries, i);
        const char *identity = doctor_value(doctor, entry->value, "identity"), *name = *identity ? identity : entry->name;
        const char *module = doctor_value(doctor, entry->value, "module"), *slash = strrchr(module, '/');
        if (strcmp(name, "tlscard") != 0 && strcmp(slash ? slash + 1 : module, "tlscard.so") != 0)
            continue;
        snprintf(doctor->name, sizeof doctor->name, "%s", name);
        snprintf(doctor->section, sizeof doctor->section, "%s", entry->value);
        doctor->activated = is_yes(doctor_value(doctor, entry->value, "activate"));
    }
}

/* As long as none is activated, libcrypto activates the default provider by itself, whatever is named. */
static int is_any_activated(const struct doctor *doctor, const char *list)
{
    STACK_OF(CONF_VALUE) *entries = NCONF_get_section(doctor->conf, list);
    for (int i = 0; i < sk_CONF_VALUE_num(entries); i++)
        if (is_yes(doctor_value(doctor, sk_CONF_VALUE_value(entries, i)->value, "activate")))
            return 1;
    return 0;
}

static void check_default(struct doctor *doctor, const char *list)
{
    STACK_OF(CONF_VALUE) *entries = NCONF_get_section(doctor->conf, list);
    static const char remedy[] = "add \"default = default_provider\" to the list of providers, and a section "
                                 "[default_provider] with \"activate = 1\"" DOCTOR_EXAMPLE;
    for (int i = 0; i < sk_CONF_VALUE_num(entries); i++) {
        const CONF_VALUE *entry = sk_CONF_VALUE_value(entries, i);
        const char *identity = doctor_value(doctor, entry->value, "identity");
        if (strcmp(*identity ? identity : entry->name, "default") != 0)
            continue;
        if (!is_yes(doctor_value(doctor, entry->value, "activate")))
            doctor_find_key(doctor, "default-not-activated", list, entry->name, remedy,
                            "The default provider is named in [%s] but not activated in [%s]: once any provider is "
                            "activated, it is no longer loaded by itself, and most algorithms are missing.",
                            list, entry->value);
        return;
    }
    doctor_find(doctor, "default-not-activated", remedy,
                "The default provider is not named in [%s]: once any provider is activated, it is no longer loaded by "
                "itself, and most algorithms are missing.", list);
}

static void check_provider(struct doctor *doctor, const char *list)
{
    if (doctor->name[0] == '\0') {
        doctor_find(doctor, "provider-not-named",
                    "add \"tlscard = tlscard\" to the list, and a section [tlscard] with \"activate = 1\"" DOCTOR_EXAMPLE,
                    "The provider is not in the list of providers, [%s]: everything is done in software.", list);
        return;
    }
    if (!doctor_has_section(doctor, doctor->section))
        doctor_find_key(doctor, "provider-not-activated", list, doctor->name, "add the section" DOCTOR_EXAMPLE,
                        "[%s] names a section [%s] for the provider, and there is none.", list, doctor->section);
    else if (!doctor->activated)
        doctor_find(doctor, "provider-not-activated", "add \"activate = 1\" to that section",
                    "The provider is not activated in [%s]: everything is done in software.", doctor->section);
}

/* libcrypto gives a provider the keys of a section in the place of a value that is that section's name. */
static void check_values(struct doctor *doctor)
{
    STACK_OF(CONF_VALUE) *values = NCONF_get_section(doctor->conf, doctor->section);
    for (int i = 0; i < sk_CONF_VALUE_num(values); i++) {
        const CONF_VALUE *entry = sk_CONF_VALUE_value(values, i);
        if (doctor_has_section(doctor, entry->value))
            doctor_find_key(doctor, "value-is-section", doctor->section, entry->name, "give that section another name",
                            "The value of %s in [%s] is also the name of a section, [%s]: libcrypto gives the provider the "
                            "keys of that section, and not the value.", entry->name, doctor->section, entry->value);
    }
}

/* The section that the program begins with; NULL after a finding where it reads none. */
static const char *find_initialisation(struct doctor *doctor)
{
    const struct program *row = doctor->row;
    const char *found = doctor_value(doctor, "default", doctor->application);
    char remedy[256];
    if (*found)
        return found;
    if (!row || !row->exact || strcmp(doctor->application, row->application) != 0)
        return doctor_value(doctor, "default", "openssl_conf");
    snprintf(remedy, sizeof remedy, "add \"%s = openssl_init\" before the first section" DOCTOR_EXAMPLE, doctor->application);
    doctor_find(doctor, "section-not-read", remedy,
                "%s reads nothing but the section that %s names, and %s has no such name: openssl_conf is not for it.",
                doctor->program, doctor->application, doctor->file);
    return NULL;
}

int doctor_read_configuration(struct doctor *doctor)
{
    doctor->libctx = OSSL_LIB_CTX_new();
    const char *initialisation = doctor->libctx && read_file(doctor) ? find_initialisation(doctor) : NULL;
    if (!initialisation)
        return 0;
    const char *list = doctor_value(doctor, initialisation, "providers");
    if (!*initialisation || !doctor_has_section(doctor, initialisation) || !*list || !doctor_has_section(doctor, list)) {
        doctor_find(doctor, "no-providers", "begin the file with \"openssl_conf = openssl_init\"" DOCTOR_EXAMPLE,
                    "%s names no providers: %s%s%s.", doctor->file,
                    *initialisation ? "there is no list of them under [" : "it does not begin with openssl_conf",
                    initialisation, *initialisation ? "]" : "");
        return 0;
    }
    find_provider(doctor, list);
    check_provider(doctor, list);
    check_values(doctor);
    doctor->any_activated = is_any_activated(doctor, list);
    snprintf(doctor->random_section, sizeof doctor->random_section, "%s", doctor_value(doctor, initialisation, "random"));
    doctor_check_properties(doctor, initialisation, list);
    if (doctor->any_activated && !doctor->validated_only)
        check_default(doctor, list);
    return doctor->name[0] != '\0' && doctor_has_section(doctor, doctor->section);
}

struct search {
    const char *section, *key;
    char in[128]; /* the section that the line is in */
    char *where;
};

/* Whether text is NAME, then something of closing. */
static int is_word(const char *text, const char *name, const char *closing)
{
    size_t length = strlen(name);
    return strncmp(text, name, length) == 0 && strchr(closing, text[length + strspn(text + length, " \t")]) != NULL &&
           text[length + strspn(text + length, " \t")] != '\0';
}

static long search_file(struct search *search, const char *file, int depth);

/* ".include FILE" or ".include = FILE". */
static long search_included(struct search *search, const char *text, int depth)
{
    char path[PATH_MAX];
    text += strspn(text, " \t=");
    snprintf(path, sizeof path, "%.*s", (int)strcspn(text, "\r\n"), text);
    return depth < MOST_INCLUDES ? search_file(search, path, depth + 1) : 0;
}

static long search_line(struct search *search, const char *text, int depth)
{
    text += strspn(text, " \t");
    if (strncmp(text, ".include", 8) == 0)
        return search_included(search, text + 8, depth);
    if (*text == '[') {
        text += 1 + strspn(text + 1, " \t");
        snprintf(search->in, sizeof search->in, "%.*s", (int)strcspn(text, " \t]"), text);
        return 0;
    }
    return strcmp(search->in, search->section) == 0 && is_word(text, search->key, "=") ? -1 : 0;
}

/* The line, its file in where; 0 where it is not there. */
static long search_file(struct search *search, const char *file, int depth)
{
    FILE *stream = fopen(file, "r");
    char *text = NULL;
    size_t size = 0;
    long found = 0;
    for (long line = 1; stream && found == 0 && getline(&text, &size, stream) > 0; line++) {
        found = search_line(search, text, depth);
        if (found < 0) {
            snprintf(search->where, PATH_MAX, "%s", file);
            found = line;
        }
    }
    free(text);
    if (stream)
        fclose(stream);
    return found;
}

long doctor_find_line(const char *file, const char *section, const char *key, char *where)
{
    struct search search = {.section = section, .key = key, .in = "default", .where = where};
    return search_file(&search, file, 0);
}
