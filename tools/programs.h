/* SPDX-License-Identifier: Apache-2.0 */
/* programs.h - how well-known programs come to OpenSSL, and what of them is offloaded: one table for the doctor, for
 * docs/programs.md and for the tests. */
#ifndef TLSCARD_TOOLS_PROGRAMS_H
#define TLSCARD_TOOLS_PROGRAMS_H

#include <jansson.h>

struct program {
    const char *name;        /* of its file; where it has several, separated by spaces */
    const char *package;     /* of Debian */
    const char *application; /* the name under which it reads openssl.cnf; NULL: openssl_conf */
    int exact;               /* it does not take openssl_conf where the file lacks that name */
    const char *library;     /* that does its TLS, where it is not OpenSSL's libcrypto */
    const char *object;      /* the file that is linked with libcrypto, where it is not the program itself */
    const char *query;       /* a property query that it gives with each of its fetches */
    const char *properties;  /* default properties that it sets in the place of the file's */
    int clears_environment;  /* OPENSSL_CONF does not reach the processes that do its TLS */
    const char *settings;    /* its own configuration file as Debian has it, for the words "chroot" and "user" */
    const char *chroot;      /* of the processes that do its TLS, where settings do not say */
    const char *user;        /* likewise */
    int loads_as_user;       /* openssl.cnf is read as that user, not before as root */
    const char *offloaded;   /* what the card does; NULL: nothing */
    const char *software;    /* what it does not do, and why; the remedy where there is one */
    const char *test;        /* of tests/e2e/ that shows it; or why none can, with a space in it */
};

/* A row by the name of the program's file; NULL where there is none. */
const struct program *program_find(const char *name);

/* Every row as an array of objects, members by their names above; absent where NULL or 0. The caller's. */
json_t *program_table(void);

#endif
