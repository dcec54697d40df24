/* SPDX-License-Identifier: Apache-2.0 */
/* elf.h - which libraries a program's file is linked with, found without running it. */
#ifndef TLSCARD_TOOLS_ELF_H
#define TLSCARD_TOOLS_ELF_H

#include <limits.h>
#include <stddef.h>

/* What is linked with it, directly or by its libraries, as far as these are found. */
struct elf_links {
    char libcrypto[PATH_MAX]; /* the file, "" where there is none */
    char other[64];           /* another library that does TLS, by its soname; "" where there is none */
    unsigned count;           /* of libraries that were looked at */
};

/* A file in memory; size 0 where it cannot be read. */
struct elf_file {
    const unsigned char *data;
    size_t size;
};
struct elf_file elf_map(const char *path);
void elf_unmap(struct elf_file *file);

/* Whether it is an ELF file of 64 bits in this machine's byte order. */
int elf_is_program(const struct elf_file *file);

/* Whether its dynamic symbols include name. */
int elf_has_symbol(const struct elf_file *file, const char *name);

/* Where text stands in it, NULL where it does not. */
const char *elf_find_text(const struct elf_file *file, const char *text);

/* Follow its libraries as the dynamic linker would: DT_RUNPATH, then the usual folders. */
void elf_follow(const char *path, struct elf_links *links);

#endif
