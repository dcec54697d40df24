/* SPDX-License-Identifier: Apache-2.0 */
/* doctor.h - what is known of a program's OpenSSL configuration, and what is wrong with it. */
#ifndef TLSCARD_TOOLS_DOCTOR_H
#define TLSCARD_TOOLS_DOCTOR_H

#include <jansson.h>
#include <limits.h>
#include <openssl/conf.h>
#include <openssl/provider.h>

#include "tools/programs.h"

/* The end of a remedy. */
#define DOCTOR_EXAMPLE "; see the example openssl.cnf in share/tlscard, or tlscard-provider(7)"

struct doctor {
    const char *program;       /* its name or path, NULL where none was given */
    const struct program *row; /* what is known of it, or NULL */
    int elsewhere;             /* its TLS does not come to libcrypto */
    const char *own_properties; /* default properties that it sets itself, or NULL */
    char chroot[PATH_MAX];     /* which it takes for its root before its first operation, "" for none */
    char user[64];             /* as which it does its operations, "" for this process's */
    const char *application; /* under which the program reads the file, "openssl_conf" for most */
    char file[PATH_MAX];
    CONF *conf;              /* the file, NULL where it cannot be read */
    char name[64];           /* of the provider in it, "" where there is none */
    char section[128];       /* its section */
    int activated, any_activated; /* it, or any provider of the list */
    char properties[256];    /* default_properties */
    int validated_only;      /* they require fips=yes */
    char random_section[128]; /* of the file, for random generators; "" where there is none */
    char module[PATH_MAX];
    OSSL_LIB_CTX *libctx;    /* set up as the program's would be */
    OSSL_PROVIDER *provider; /* loaded in it, or NULL */
    OSSL_PROVIDER *software; /* the default one, where it is loaded here and not by the file */
    json_t *random;          /* {private, public, seed, provider}, or NULL */
    json_t *card;            /* what the provider says of it, or NULL */
    json_t *operations;      /* {op, purpose, where, reason, cycles} */
    json_t *groups_lost;     /* names */
    json_t *findings;        /* {code, text, remedy} and perhaps {file, line} */
    json_t *notes;           /* sentences: what may be otherwise */
};

/* Add a finding: a name for programs, the remedy, and what is wrong in a sentence. */
__attribute__((format(printf, 4, 5))) void doctor_find(struct doctor *doctor, const char *code, const char *remedy,
                                                       const char *format, ...);

/* The same with the line of the file on which key stands in section, where it can be found. */
__attribute__((format(printf, 6, 7))) void doctor_find_key(struct doctor *doctor, const char *code, const char *section,
                                                           const char *key, const char *remedy, const char *format, ...);

/* Add a note: what cannot be told from here, and is no fault for certain. */
__attribute__((format(printf, 2, 3))) void doctor_note(struct doctor *doctor, const char *format, ...);

/* What the program's file and the table of programs say. */
void doctor_look_at_program(struct doctor *doctor);

/* Where the program's operations are done: what is given, else what its own file or the table says. */
void doctor_find_place(struct doctor *doctor, const char *chroot, const char *user);

/* Become doctor->user before anything is read. 0 after a message on standard error. */
int doctor_become_user(struct doctor *doctor);

/* Go where the program's operations are done, after the provider has been loaded as before that. 0 where it fails. */
int doctor_enter(struct doctor *doctor);

/* Add the finding that is due to chroot or permissions, where no card could be opened. 0 where it is due to neither. */
int doctor_explain_no_card(struct doctor *doctor, const char *address, const char *message);

/* Read doctor->file as libcrypto does, and look at what stands in it. 0 where nothing more can be done. */
int doctor_read_configuration(struct doctor *doctor);

/* A value of a section of the file, "" where there is none. */
const char *doctor_value(const struct doctor *doctor, const char *section, const char *name);

int doctor_has_section(const struct doctor *doctor, const char *section);

/* What default_properties say, in the section that alg_section of the section initialisation names. */
void doctor_check_properties(struct doctor *doctor, const char *initialisation, const char *list);

/* With the providers loaded: whether others fulfil as much of default_properties as ours. */
void doctor_check_rivals(struct doctor *doctor);

/* The random generators as the file sets them up: scalars, nonces, salts and paddings are drawn of them. */
void doctor_look_at_generators(struct doctor *doctor);

/* The line of file on which key is set in section, files that it includes looked into as well; 0 where it is not
 * found. *where is the file, PATH_MAX octets. */
long doctor_find_line(const char *file, const char *section, const char *key, char *where);

/* Set up libctx by the configuration and load the provider in it, its error kept. 0 where it does not load. */
int doctor_load(struct doctor *doctor);

/* One operation of each class and kind of key, and where it was done. */
void doctor_try_operations(struct doctor *doctor);

/* TLS groups that a program has without the provider, and lacks with it. */
void doctor_compare_groups(struct doctor *doctor);

void doctor_print(const struct doctor *doctor);
void doctor_print_json(const struct doctor *doctor);

#endif
