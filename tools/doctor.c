/* SPDX-License-Identifier: Apache-2.0 */
/* tlscard doctor: what of a program's TLS is offloaded, what is not, and why. */
#include "tools/doctor.h"

#include <errno.h>
#include <grp.h>
#include <openssl/crypto.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/commands.h"

static const char *program, *file, *application, *user;
static int as_json;

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

/* Become the user as which the program runs: the card and its sockets may be closed to it. */
static int become(const char *name)
{
    const struct passwd *entry = getpwnam(name);
    if (!entry) {
        fprintf(stderr, "tlscard doctor: --user %s: there is no such user\n", name);
        return EXIT_USAGE;
    }
    if (initgroups(name, entry->pw_gid) != 0 || setgid(entry->pw_gid) != 0 || setuid(entry->pw_uid) != 0) {
        fprintf(stderr, "tlscard doctor: --user %s: %s; run it as root, or as that user without --user\n", name,
                strerror(errno));
        return EXIT_USAGE;
    }
    return EXIT_OK;
}

/* nginx has a name of its own for openssl_conf; other servers do not. */
static const char *application_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strcmp(slash ? slash + 1 : path, "nginx") == 0 ? "nginx" : "openssl_conf";
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
    if (!doctor_read_configuration(doctor) || !doctor_load(doctor))
        return;
    doctor_try_operations(doctor);
    doctor_compare_groups(doctor);
}

static void clear(struct doctor *doctor)
{
    if (doctor->provider)
        OSSL_PROVIDER_unload(doctor->provider);
    OSSL_LIB_CTX_free(doctor->libctx);
    NCONF_free(doctor->conf);
    json_decref(doctor->card);
    json_decref(doctor->operations);
    json_decref(doctor->groups_lost);
    json_decref(doctor->findings);
}

static int doctor_run(void)
{
    struct doctor doctor = {.application = application ? application : program ? application_of(program) : "openssl_conf",
                            .operations = json_array(), .groups_lost = json_array(), .findings = json_array()};
    int status = user ? become(user) : EXIT_OK;
    /* The process's own library context reads no file: only the examined one is set up by it. */
    OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    if (status == EXIT_OK && !choose_file(&doctor)) {
        fprintf(stderr, "tlscard doctor: %s: this name cannot be used; give a shorter one\n", file ? file : "openssl.cnf");
        status = EXIT_USAGE;
    }
    if (status == EXIT_OK) {
        examine(&doctor);
        (as_json ? doctor_print_json : doctor_print)(&doctor);
        status = json_array_size(doctor.findings) == 0 ? EXIT_OK : EXIT_FAILED;
    }
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
    {.name = "user", .argument = "NAME", .value = &user, .text = "examine as this user, for permissions; as root only\n"},
    {.name = "json", .text = "print one object\n", .flag = &as_json},
    {.name = NULL},
};

const struct command command_doctor = {
    .name = "doctor",
    .summary = "tell what of a program's TLS is offloaded, what is not, and why",
    .description = "Read the openssl.cnf that a program would, load the providers as it would, do one\n"
                   "operation of each kind, and say where each was done; then what is wrong, and the remedy.\n"
                   "PROGRAM is the program's name: nginx looks for a section under its own. The environment\n"
                   "is that of this command. Exit status 0 where all is well, 1 where something is not.\n",
    .operand = "PROGRAM",
    .operand_value = &program,
    .options = options,
    .run = doctor_run,
};
