/* SPDX-License-Identifier: Apache-2.0 */
/* tlscard doctor: what of a program's TLS is offloaded, what is not, and why. */
#include "tools/doctor.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/commands.h"

static const char *program, *file, *application, *user, *root;
static int as_json, as_table;

__attribute__((format(printf, 4, 0))) static void append(struct doctor *doctor, const char *code, const char *remedy,
                                                        const char *format, va_list arguments)
{
    char text[1024];
    vsnprintf(text, sizeof text, format, arguments);
    json_array_append_new(doctor->findings, json_pack("{s:s, s:s, s:s}", "code", code, "text", text, "remedy", remedy));
}

void doctor_find(struct doctor *doctor, const char *code, const char *remedy, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append(doctor, code, remedy, format, arguments);
    va_end(arguments);
}

void doctor_find_key(struct doctor *doctor, const char *code, const char *section, const char *key, const char *remedy,
                     const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append(doctor, code, remedy, format, arguments);
    va_end(arguments);
    char where[PATH_MAX];
    long line = doctor_find_line(doctor->file, section, key, where);
    if (line == 0)
        return;
    json_t *finding = json_array_get(doctor->findings, json_array_size(doctor->findings) - 1);
    json_object_set_new(finding, "file", json_string(where));
    json_object_set_new(finding, "line", json_integer(line));
}

void doctor_note(struct doctor *doctor, const char *format, ...)
{
    char text[1024];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    json_array_append_new(doctor->notes, json_string(text));
}

static const struct program *row_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return program_find(slash ? slash + 1 : path);
}

static int print_table(void)
{
    json_t *table = program_table(), *row;
    size_t index;
    if (as_json)
        json_dumpf(table, stdout, JSON_INDENT(2));
    else
        json_array_foreach(table, index, row)
            printf("%-32s %s\n", json_string_value(json_object_get(row, "name")),
                   json_object_get(row, "offloaded") ? json_string_value(json_object_get(row, "offloaded")) : "nothing");
    json_decref(table);
    return EXIT_OK;
}

/* The provider looks for unknown keys in the file that libcrypto reads by default. */
static int choose_file(struct doctor *doctor)
{
    if (file && setenv("OPENSSL_CONF", file, 1) != 0)
        return 0;
    char *path = CONF_get1_default_config_file();
    int fits = path && snprintf(doctor->file, sizeof doctor->file, "%s", path) < (int)sizeof doctor->file;
    OPENSSL_free(path);
    return fits;
}

static void examine(struct doctor *doctor)
{
    if (doctor->program)
        doctor_look_at_program(doctor);
    if (doctor->elsewhere || !doctor_read_configuration(doctor) || !doctor_load(doctor) || !doctor_enter(doctor))
        return;
    doctor_check_rivals(doctor);
    doctor_look_at_generators(doctor);
    doctor_try_operations(doctor);
    if (!doctor->validated_only)
        doctor_compare_groups(doctor);
}

static void clear(struct doctor *doctor)
{
    if (doctor->provider)
        OSSL_PROVIDER_unload(doctor->provider);
    if (doctor->software)
        OSSL_PROVIDER_unload(doctor->software);
    OSSL_LIB_CTX_free(doctor->libctx);
    NCONF_free(doctor->conf);
    json_decref(doctor->random);
    json_decref(doctor->card);
    json_decref(doctor->operations);
    json_decref(doctor->groups_lost);
    json_decref(doctor->findings);
    json_decref(doctor->notes);
}

/* What a program is reads the file: as its user where it never is root, and where nothing is known of it. */
static int loads_as_user(const struct doctor *doctor)
{
    return doctor->user[0] != '\0' && (!doctor->row || doctor->row->loads_as_user);
}

static int report(struct doctor *doctor)
{
    if (!choose_file(doctor)) {
        fprintf(stderr, "tlscard doctor: %s: this name cannot be used; give a shorter one\n", file ? file : "openssl.cnf");
        return EXIT_USAGE;
    }
    examine(doctor);
    (as_json ? doctor_print_json : doctor_print)(doctor);
    return json_array_size(doctor->findings) == 0 ? EXIT_OK : EXIT_FAILED;
}

static int doctor_run(void)
{
    if (as_table)
        return print_table();
    struct doctor doctor = {.program = program, .row = program ? row_of(program) : NULL, .operations = json_array(),
                            .groups_lost = json_array(), .findings = json_array(), .notes = json_array()};
    const char *known = doctor.row ? doctor.row->application : NULL;
    doctor.application = application ? application : known ? known : "openssl_conf";
    doctor_find_place(&doctor, root, user);
    /* The process's own library context reads no file: only the examined one is set up by it. */
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    int status = loads_as_user(&doctor) && !doctor_become_user(&doctor) ? EXIT_USAGE : report(&doctor);
    clear(&doctor);
    return status;
}

static const struct option options[] = {
    {.name = "conf", .argument = "FILE", .value = &file,
     .text = "the openssl.cnf to read; default: what libcrypto\n"
             "reads, OPENSSL_CONF or the one it was built with\n"},
    {.name = "appname", .argument = "NAME", .value = &application,
     .text = "the name in the place of openssl_conf under which\n"
             "the program looks for its settings\n"},
    {.name = "user", .argument = "NAME", .value = &user,
     .text = "do the operations as this user, for permissions; as\n"
             "root only. Default: the program's, where it is known\n"},
    {.name = "chroot", .argument = "DIR", .value = &root,
     .text = "do the operations with DIR for the root; as root only.\n"
             "Default: the program's, where it is known; / for none\n"},
    {.name = "programs", .text = "print what is known of programs, and stop\n", .flag = &as_table},
    {.name = "json", .text = "print one object\n", .flag = &as_json},
    {.name = NULL},
};

const struct command command_doctor = {
    .name = "doctor",
    .summary = "tell what of a program's TLS is offloaded, what is not, and why",
    .description = "Read the openssl.cnf that a program would, load the providers as it would, do one\n"
                   "operation of each kind, and say where each was done; then what is wrong, and the remedy.\n"
                   "PROGRAM is the program's name or path: its file is looked at, and how it reads\n"
                   "openssl.cnf, as which user and in which chroot it works is taken from a table\n"
                   "(--programs). The environment is that of this command. Exit status 0 where all is\n"
                   "well, 1 where something is not.\n",
    .operand = "PROGRAM",
    .operand_value = &program,
    .options = options,
    .run = doctor_run,
};
