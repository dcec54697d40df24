/* SPDX-License-Identifier: Apache-2.0 */
/* Find out from the dynamic linker's tables which libcrypto this module's calls go to. */
#include "provider/binding.h"

#include <elf.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>

/* An object that the dynamic linker has loaded. */
struct object {
    ElfW(Addr) base;
    const ElfW(Phdr) *headers;
    unsigned header_count;
};

static int holds(const struct object *object, uintptr_t address)
{
    for (unsigned i = 0; i < object->header_count; i++) {
        const ElfW(Phdr) *header = &object->headers[i];

        if (header->p_type == PT_LOAD && address - (object->base + header->p_vaddr) < header->p_memsz)
            return 1;
    }
    return 0;
}

/* The objects with these addresses; the program itself is always the first that is told of. */
struct search {
    uintptr_t core_address, own_address;
    struct object core, own, program;
};

static int look_at(struct dl_phdr_info *info, size_t size, void *argument)
{
    struct search *search = argument;
    struct object object = {info->dlpi_addr, info->dlpi_phdr, info->dlpi_phnum};

    (void)size;
    if (search->program.headers == NULL)
        search->program = object;
    if (holds(&object, search->core_address))
        search->core = object;
    if (holds(&object, search->own_address))
        search->own = object;
    return 0;
}

/* What a module's dynamic section says of its symbols. */
struct tables {
    const ElfW(Sym) *symbols;
    const char *strings;
    const ElfW(Half) *versions;   /* of each symbol, an index */
    const ElfW(Verneed) *needed;  /* the libraries that versions are of */
    const ElfW(Rela) *calls, *others;
    size_t call_count, other_count;
};

/* Some dynamic linkers have added the base to a section's addresses in place, some not. */
static const void *table_at(const struct object *object, ElfW(Addr) address)
{
    return (const void *)(address < object->base ? object->base + address : address);
}

static void take_entry(struct tables *tables, const struct object *object, const ElfW(Dyn) *entry)
{
    switch (entry->d_tag) {
    case DT_SYMTAB:
        tables->symbols = table_at(object, entry->d_un.d_ptr);
        break;
    case DT_STRTAB:
        tables->strings = table_at(object, entry->d_un.d_ptr);
        break;
    case DT_VERSYM:
        tables->versions = table_at(object, entry->d_un.d_ptr);
        break;
    case DT_VERNEED:
        tables->needed = table_at(object, entry->d_un.d_ptr);
        break;
    case DT_JMPREL:
        tables->calls = table_at(object, entry->d_un.d_ptr);
        break;
    case DT_PLTRELSZ:
        tables->call_count = entry->d_un.d_val / sizeof *tables->calls;
        break;
    case DT_RELA:
        tables->others = table_at(object, entry->d_un.d_ptr);
        break;
    case DT_RELASZ:
        tables->other_count = entry->d_un.d_val / sizeof *tables->others;
        break;
    default:
        break;
    }
}

static int read_tables(struct tables *tables, const struct object *object)
{
    for (unsigned i = 0; i < object->header_count; i++) {
        const ElfW(Phdr) *header = &object->headers[i];

        if (header->p_type == PT_DYNAMIC)
            for (const ElfW(Dyn) *at = (const void *)(object->base + header->p_vaddr); at->d_tag != DT_NULL; at++)
                take_entry(tables, object, at);
    }
    return tables->symbols != NULL && tables->strings != NULL && tables->versions != NULL && tables->needed != NULL;
}

/* A symbol of libcrypto is one whose version the linker has taken from there. */
static int is_of_libcrypto(const struct tables *tables, size_t symbol)
{
    unsigned version = tables->versions[symbol] & 0x7fffu;
    const char *library = (const char *)tables->needed;

    for (;;) {
        const ElfW(Verneed) *needed = (const void *)library;
        const char *at = library + needed->vn_aux;

        for (unsigned i = 0; i < needed->vn_cnt; i++, at += ((const ElfW(Vernaux) *)(const void *)at)->vna_next)
            if (((const ElfW(Vernaux) *)(const void *)at)->vna_other == version)
                return strncmp(tables->strings + needed->vn_file, "libcrypto.", 10) == 0;
        if (needed->vn_next == 0)
            return 0;
        library += needed->vn_next;
    }
}

/*
 * Nonzero when what stands in the places of these relocations is in the core's object, wherever it is for libcrypto; *seen
 * counts those. A call not bound yet points into its own module; and the address of a function, where it is not for a call,
 * may be that of a stub of the program's own.
 */
static int all_in_core(const struct search *search, const struct tables *tables, const ElfW(Rela) *relocations, size_t count,
                       const struct object *stubs, size_t *seen)
{
    for (size_t i = 0; i < count; i++) {
        size_t symbol = ELF64_R_SYM(relocations[i].r_info);
        uintptr_t target;

        if (symbol == 0 || !is_of_libcrypto(tables, symbol))
            continue;
        target = *(const uintptr_t *)(search->own.base + relocations[i].r_offset);
        if (!holds(&search->core, target) && !holds(stubs, target))
            return 0;
        ++*seen;
    }
    return 1;
}

/* A program that is static altogether brings a C library of its own: with the one that is loaded for us there are two, and
 * each takes the thread's storage for its own. */
static int program_is_static(void)
{
    const ElfW(Phdr) *headers = (const void *)getauxval(AT_PHDR);
    unsigned long count = headers == NULL ? 0 : getauxval(AT_PHNUM);

    for (unsigned long i = 0; i < count; i++)
        if (headers[i].p_type == PT_INTERP)
            return 0;
    return getauxval(AT_BASE) == 0; /* set where the kernel has loaded the dynamic linker for the program */
}

int binding_is_to_core(void (*upcall)(void))
{
    struct search search = {.core_address = (uintptr_t)upcall, .own_address = (uintptr_t)binding_is_to_core};
    struct tables tables = {0};
    size_t seen = 0;

    if (upcall == NULL || program_is_static())
        return 0;
    dl_iterate_phdr(look_at, &search);
    if (search.core.headers == NULL || search.own.headers == NULL)
        return 0;
    if (search.core.headers == search.own.headers)
        return 1;
    return read_tables(&tables, &search.own) &&
           all_in_core(&search, &tables, tables.calls, tables.call_count, &search.own, &seen) &&
           all_in_core(&search, &tables, tables.others, tables.other_count, &search.program, &seen) && seen > 0;
}
