/* SPDX-License-Identifier: Apache-2.0 */
/* What the doctor has found, for people and for programs. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/doctor.h"
#include "tools/reason.h"
#include "tools/term.h"

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static void line(const char *name, const char *value)
{
    printf("%s%-14s%s %s\n", term_colour(TERM_DIM), name, term_colour(TERM_PLAIN), value);
}

/* "CTR-DRBG of default, AES-256-CTR", size octets. */
static void generator_text(const json_t *generator, char *text, size_t size)
{
    const char *cipher = text_of(generator, "cipher"), *digest = text_of(generator, "digest");
    int there = json_is_object(generator);
    snprintf(text, size, "%s%s%s%s%s%s%s", there ? text_of(generator, "name") : "none", there ? " of " : "",
             text_of(generator, "provider"), *cipher ? ", " : "", cipher, *digest ? ", " : "", digest);
}

static void print_generators(const json_t *random)
{
    static const char *const purposes[] = {"private", "public"};
    char text[256], name[32];
    const char *seed = text_of(random, "seed"), *provider = text_of(random, "provider");
    if (*provider) {
        snprintf(text, sizeof text, "all of provider %s (random_provider)", provider);
        line("random", text);
        return;
    }
    for (size_t i = 0; i < sizeof purposes / sizeof *purposes; i++) {
        generator_text(json_object_get(random, purposes[i]), text, sizeof text);
        snprintf(name, sizeof name, "random %s", purposes[i]);
        line(name, text);
    }
    line("seed", *seed ? seed : "libcrypto's own");
}

static void print_heading(const struct doctor *doctor)
{
    char text[PATH_MAX + 64];
    line("OpenSSL", OpenSSL_version(OPENSSL_VERSION));
    line("file", doctor->file);
    line("read as", doctor->application);
    if (doctor->user[0] != '\0')
        line("user", doctor->user);
    if (doctor->chroot[0] != '\0')
        line("chroot", doctor->chroot);
    if (doctor->module[0] != '\0')
        line("module", doctor->module);
    if (doctor->properties[0] != '\0')
        line("properties", doctor->properties);
    if (doctor->random)
        print_generators(doctor->random);
    if (!doctor->card)
        return;
    const char *reason = text_of(doctor->card, "reason");
    snprintf(text, sizeof text, "%s, %s", text_of(doctor->card, "address"),
             *reason ? reason_text(reason) : json_is_true(json_object_get(doctor->card, "simulated")) ? "simulated" : "hardware");
    line("card", text);
}

/* Servers with the policy auto measure a simulated card, each for itself; the few operations here do not. */
static void print_note(const struct doctor *doctor)
{
    char *policy = NCONF_get_string(doctor->conf, doctor->section, "policy");
    const char *wins = getenv("TLSCARD_POLICY");
    if (json_is_true(json_object_get(doctor->card, "simulated")) && strcmp(wins ? wins : policy ? policy : "auto", "auto") == 0)
        printf("The card is simulated and the policy is auto: after some operations only what the card does faster than\n"
               "software stays on it.\n");
}

static void print_operation(const json_t *operation)
{
    int on_card = strcmp(text_of(operation, "where"), "card") == 0;
    const char *purpose = text_of(operation, "purpose");
    char name[128], number[TERM_NUMBER_SIZE];
    snprintf(name, sizeof name, "%s%s%s%s", text_of(operation, "op"), *purpose ? " (" : "", purpose, *purpose ? ")" : "");
    printf("  %-46s %s%-8s%s ", name, term_colour(on_card ? TERM_GREEN : TERM_YELLOW), on_card ? "card" : "software",
           term_colour(TERM_PLAIN));
    if (on_card)
        printf("%s cycles\n", term_number((uint64_t)json_integer_value(json_object_get(operation, "cycles")), number));
    else
        printf("%s\n", reason_text(text_of(operation, "reason")));
}

static void print_finding(size_t number, const json_t *finding)
{
    printf("%s%2zu.%s %s\n", term_colour(TERM_RED), number, term_colour(TERM_PLAIN), text_of(finding, "text"));
    if (json_object_get(finding, "line"))
        printf("    at:     %s, line %" JSON_INTEGER_FORMAT "\n", text_of(finding, "file"),
               json_integer_value(json_object_get(finding, "line")));
    printf("    remedy: %s\n", text_of(finding, "remedy"));
}

void doctor_print(const struct doctor *doctor)
{
    size_t index;
    json_t *entry;
    print_heading(doctor);
    if (json_array_size(doctor->operations) > 0)
        printf("\nOperations:\n");
    json_array_foreach(doctor->operations, index, entry)
        print_operation(entry);
    print_note(doctor);
    if (json_array_size(doctor->notes) > 0)
        printf("\nNotes:\n");
    json_array_foreach(doctor->notes, index, entry)
        printf("  - %s\n", json_string_value(entry));
    size_t count = json_array_size(doctor->findings);
    if (count == 0) {
        printf("\n%sAll is well%s.%s\n", term_colour(TERM_GREEN),
               json_array_size(doctor->notes) > 0 ? ", as far as can be told: see the notes" : "", term_colour(TERM_PLAIN));
        return;
    }
    printf("\n%zu finding%s:\n", count, count == 1 ? "" : "s");
    json_array_foreach(doctor->findings, index, entry)
        print_finding(index + 1, entry);
}

void doctor_print_json(const struct doctor *doctor)
{
    json_t *root = json_pack("{s:b, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:O?, s:O?, s:O, s:O, s:O, s:O}", "well",
                             json_array_size(doctor->findings) == 0, "openssl", OpenSSL_version(OPENSSL_VERSION), "file",
                             doctor->file, "application", doctor->application, "user", doctor->user,
                             "chroot", doctor->chroot, "module", doctor->module, "properties",
                             doctor->properties, "random", doctor->random, "card", doctor->card, "operations",
                             doctor->operations, "groups_lost", doctor->groups_lost, "findings", doctor->findings, "notes", doctor->notes);
    json_dumpf(root, stdout, JSON_INDENT(2));
    printf("\n");
    json_decref(root);
}
