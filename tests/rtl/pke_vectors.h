/* SPDX-License-Identifier: Apache-2.0 */
/* Reads files of test vectors as NIST's validation system writes them: "[section]", "name = value". */
#ifndef PKE_VECTORS_H
#define PKE_VECTORS_H
#include <openssl/bn.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { PKE_VECTORS_FIELDS = 24, PKE_VECTORS_LINE = 4096 };

/* A value stays until its name comes again or the next section begins, as a key does before its messages. */
struct pke_vectors {
    FILE *file;
    unsigned long line, record;
    char section[80];
    struct {
        char name[32], value[PKE_VECTORS_LINE];
        unsigned long record; /* in which it came */
    } fields[PKE_VECTORS_FIELDS];
    unsigned count;
};

/* 0, or -1 where there is no such file below tests/vectors of the working directory. */
int pke_vectors_open(struct pke_vectors *vectors, const char *path);
void pke_vectors_close(struct pke_vectors *vectors);
/* Read until a line has given `last`. 1; 0 at the file's end; -1 at a line that is not understood. */
int pke_vectors_next(struct pke_vectors *vectors, const char *last);

/* The value of a name: NULL where the section has not given it. */
const char *pke_vectors_text(const struct pke_vectors *vectors, const char *name);
/* The same where it came in this record. */
const char *pke_vectors_fresh(const struct pke_vectors *vectors, const char *name);
/* The value as a number, to be freed; NULL where there is none or it is no hexadecimal one. */
BIGNUM *pke_vectors_number(const struct pke_vectors *vectors, const char *name);
/* The value as octets; their count, 0 where there are none, they are no octets, or they are more than `room`. */
size_t pke_vectors_octets(const struct pke_vectors *vectors, const char *name, uint8_t *octets, size_t room);
#endif
