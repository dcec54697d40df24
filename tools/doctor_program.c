/* SPDX-License-Identifier: Apache-2.0 */
/* The program itself: whether its TLS comes to the libcrypto that reads the file, found in its file and in the table. */
#include <dlfcn.h>
#include <openssl/crypto.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "tools/doctor.h"
#include "tools/elf.h"

#define FOLDERS "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* The program's file: its path, else that of PATH, as a shell finds it, or of the usual folders. */
static int locate(const char *program, char *path)
{
    const char *folders[] = {getenv("PATH"), FOLDERS};
    if (strchr(program, '/'))
        return realpath(program, path) != NULL;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        for (const char *at = folders[i]; at && *at != '\0'; at += strcspn(at, ":"), at += *at == ':') {
            char name[PATH_MAX];
            snprintf(name, sizeof name, "%.*s/%s", (int)strcspn(at, ":"), at, program);
            if (access(name, X_OK) == 0 && realpath(name, path))
                return 1;
        }
    return 0;
}

/* Whether both are one file, by whatever name. */
static int is_same_file(const char *one, const char *other)
{
    struct stat first, second;
    return stat(one, &first) == 0 && stat(other, &second) == 0 && first.st_dev == second.st_dev &&
           first.st_ino == second.st_ino;
}

/* Whether the file that is examined is read without OPENSSL_CONF as well. */
static int is_usual_file(const struct doctor *doctor)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/openssl.cnf", X509_get_default_cert_area());
    return is_same_file(path, doctor->file);
}

static void find_other_library(struct doctor *doctor, const char *library)
{
    doctor_find(doctor, "other-library", "none here: take a build of the program that uses OpenSSL, if there is one",
                "The TLS of %s is done by %s, not OpenSSL's libcrypto: nothing of it comes to the provider.",
                doctor->program, library);
    doctor->elsewhere = 1;
}

/* The version and the configuration file of an OpenSSL that is linked into the program's own file. */
static void note_own_openssl(struct doctor *doctor, const struct elf_file *file, const char *folder)
{
    char version[32] = "", path[256];
    const char *end = (const char *)file->data + file->size, *text = elf_find_text(file, "OpenSSL 3.");
    if (text && text + sizeof version < end)
        snprintf(version, sizeof version, "%.*s", (int)strcspn(text, " ") + 1 + (int)strcspn(strchr(text, ' ') + 1, " "), text);
    folder += strlen("OPENSSLDIR: \"");
    snprintf(path, sizeof path, "%.*s/openssl.cnf", (int)strcspn(folder, "\""), folder);
    doctor_note(doctor, "%s has %s linked into it, which is not the libcrypto that is examined here. It reads %s unless "
                        "OPENSSL_CONF names another. The module takes the functions of that OpenSSL where the program "
                        "exports them, as Node.js does; where it does not, the module refuses to be loaded.",
                doctor->program, *version ? version : "an OpenSSL", path);
    if (is_usual_file(doctor) && !is_same_file(path, doctor->file))
        doctor_find(doctor, "other-file", "set OPENSSL_CONF in the program's environment",
                    "%s reads %s, not %s.", doctor->program, path, doctor->file);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* Of the same name: the module takes the one that is there. */
static void judge_other_libcrypto(struct doctor *doctor, const char *path, const char *ours)
{
    if (strcmp(base_name(path), base_name(ours)) == 0) {
        doctor_note(doctor, "%s is linked with %s; what is told here is of %s.", doctor->program, path, ours);
        return;
    }
    doctor_find(doctor, "other-libcrypto", "build tlscard with the OpenSSL that the program uses, and load that module",
                "%s is linked with %s. The module is for %s, and refuses to be loaded there.", doctor->program, path,
                base_name(ours));
    doctor->elsewhere = 1;
}

static void judge_libcrypto(struct doctor *doctor, const char *path)
{
    Dl_info ours;
    const char *version = strstr(path, ".so.");
    if (version && strtol(version + 4, NULL, 10) < 3) {
        doctor_find(doctor, "old-openssl", "take a build of the program for OpenSSL 3",
                    "%s is linked with %s, which knows no providers.", doctor->program, path);
        doctor->elsewhere = 1;
    } else if (dladdr((void *)OpenSSL_version, &ours) && !is_same_file(ours.dli_fname, path)) {
        judge_other_libcrypto(doctor, path, ours.dli_fname);
    }
}

static void judge_links(struct doctor *doctor, const char *path, const struct elf_file *file)
{
    static const char *const marks[][2] = {
        {"BoringSSL", "BoringSSL"}, {"AWS-LC ", "AWS-LC"}, {"Go buildinf:", "Go's own library"}, {"/rustls-", "rustls"}};
    const char *folder = elf_find_text(file, "OPENSSLDIR: \"");
    struct elf_links links;
    elf_follow(path, &links);
    if (links.libcrypto[0] != '\0') {
        judge_libcrypto(doctor, links.libcrypto);
        return;
    }
    if (folder) {
        note_own_openssl(doctor, file, folder);
        return;
    }
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (elf_find_text(file, marks[i][0])) {
            find_other_library(doctor, marks[i][1]);
            return;
        }
    if (links.other[0] != '\0')
        find_other_library(doctor, links.other);
    else
        doctor_note(doctor, "%s is linked with no library that does TLS; it may load one later, of which nothing is known here.",
                    path);
}

#define GENERATOR "may have random numbers of its own, and the card's keys and salts are then drawn of those"

/* What a program of which the table knows nothing may do otherwise than most. */
static void note_calls(struct doctor *doctor, const struct elf_file *file)
{
    static const char *const calls[][2] = {
        {"OPENSSL_INIT_set_config_appname", "may read the file under a name of its own (--appname)"},
        {"OPENSSL_INIT_set_config_filename", "may read another file (--conf)"},
        {"CONF_modules_load_file", "may read another file, or under a name of its own (--conf, --appname)"},
        {"CONF_modules_load_file_ex", "may read another file, or under a name of its own (--conf, --appname)"},
        {"EVP_set_default_properties", "may set properties in the place of default_properties"},
        {"EVP_default_properties_enable_fips", "may require validated algorithms (fips=yes), and then passes the provider by"},
        {"OSSL_LIB_CTX_new", "may use a library context that reads no file"},
        {"ENGINE_set_default", "may have an engine do its operations"},
        {"RAND_set0_private", GENERATOR},
        {"RAND_set0_public", GENERATOR},
        {"RAND_set_DRBG_type", GENERATOR},
        {"RAND_set_seed_source_type", GENERATOR},
        {"RAND_set_rand_method", GENERATOR},
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
        if (elf_has_symbol(file, calls[i][0]))
            doctor_note(doctor, "%s calls %s: it %s.", doctor->program, calls[i][0], calls[i][1]);
}

/* libcrypto reads no variable in a program that runs with more rights than its caller (secure_getenv(3)). */
static void judge_environment(struct doctor *doctor, const char *path)
{
    struct stat status;
    const char *why = NULL;
    if (is_usual_file(doctor))
        return;
    if (doctor->row && doctor->row->clears_environment)
        why = "hands no OPENSSL_CONF on to the processes that do its TLS";
    else if (path && stat(path, &status) == 0 && (status.st_mode & (S_ISUID | S_ISGID)) != 0)
        why = "is set-user-ID or set-group-ID, where OPENSSL_CONF is not read";
    else if (path && getxattr(path, "security.capability", NULL, 0) > 0)
        why = "has capabilities, where OPENSSL_CONF is not read";
    if (why)
        doctor_find(doctor, "environment-ignored", "put the provider into the system's openssl.cnf",
                    "%s %s: it reads %s/openssl.cnf, not %s.", doctor->program, why, X509_get_default_cert_area(), doctor->file);
}

static void look_at_file(struct doctor *doctor, const char *path)
{
    const char *object = doctor->row && doctor->row->object && access(doctor->row->object, R_OK) == 0 ? doctor->row->object : path;
    struct elf_file file = elf_map(object);
    if (elf_is_program(&file)) {
        if (!elf_has_symbol(&file, "EVP_set_default_properties"))
            doctor->own_properties = NULL; /* an older release */
        judge_links(doctor, object, &file);
        if (!doctor->row && !doctor->elsewhere)
            note_calls(doctor, &file);
    } else if (file.size > 1 && memcmp(file.data, "#!", 2) == 0) {
        doctor_note(doctor, "%s is a script: give the name of the program that it runs.", path);
    }
    elf_unmap(&file);
}

void doctor_look_at_program(struct doctor *doctor)
{
    char path[PATH_MAX];
    int found = locate(doctor->program, path);
    doctor->own_properties = doctor->row ? doctor->row->properties : NULL;
    judge_environment(doctor, found ? path : NULL);
    if (doctor->row && doctor->row->library)
        find_other_library(doctor, doctor->row->library);
    else if (doctor->row && !doctor->row->offloaded)
        doctor_note(doctor, "%s: %s", doctor->program, doctor->row->software);
    if (found && !doctor->elsewhere)
        look_at_file(doctor, path);
}
