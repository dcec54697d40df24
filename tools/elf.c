/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the dynamic section of ELF files (System V ABI, chapter 5); every offset is checked against the file's size. */
#include "tools/elf.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOST_LIBRARIES 256

struct elf_file elf_map(const char *path)
{
    struct elf_file file = {NULL, 0};
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
        void *data = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data != MAP_FAILED)
            file = (struct elf_file){data, (size_t)status.st_size};
    }
    if (fd >= 0)
        close(fd);
    return file;
}

void elf_unmap(struct elf_file *file)
{
    if (file->size > 0)
        munmap((void *)file->data, file->size);
    *file = (struct elf_file){NULL, 0};
}

/* size octets at offset, NULL where the file ends before. */
static const void *at(const struct elf_file *file, uint64_t offset, uint64_t size)
{
    return offset <= file->size && size <= file->size - offset ? file->data + offset : NULL;
}

int elf_is_program(const struct elf_file *file)
{
    const Elf64_Ehdr *header = at(file, 0, sizeof *header);
    return header && memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 && header->e_ident[EI_CLASS] == ELFCLASS64 &&
           header->e_ident[EI_DATA] == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? ELFDATA2LSB : ELFDATA2MSB);
}

static const Elf64_Phdr *segment(const struct elf_file *file, unsigned index)
{
    const Elf64_Ehdr *header = at(file, 0, sizeof *header);
    return header && index < header->e_phnum && header->e_phentsize == sizeof(Elf64_Phdr)
               ? at(file, header->e_phoff + index * sizeof(Elf64_Phdr), sizeof(Elf64_Phdr)) : NULL;
}

/* Where in the file the octet with this address lies; its size where nowhere. */
static uint64_t offset_of(const struct elf_file *file, uint64_t address)
{
    const Elf64_Phdr *part;
    for (unsigned i = 0; (part = segment(file, i)) != NULL; i++)
        if (part->p_type == PT_LOAD && address >= part->p_vaddr && address - part->p_vaddr < part->p_filesz)
            return part->p_offset + (address - part->p_vaddr);
    return file->size;
}

static const Elf64_Dyn *dynamic(const struct elf_file *file, unsigned index)
{
    const Elf64_Phdr *part;
    for (unsigned i = 0; (part = segment(file, i)) != NULL; i++)
        if (part->p_type == PT_DYNAMIC && (index + 1) * sizeof(Elf64_Dyn) <= part->p_filesz) {
            const Elf64_Dyn *entry = at(file, part->p_offset + index * sizeof(Elf64_Dyn), sizeof(Elf64_Dyn));
            return entry && entry->d_tag != DT_NULL ? entry : NULL;
        }
    return NULL;
}

/* The table of strings for names of the dynamic section. */
static const char *strings(const struct elf_file *file, uint64_t *size)
{
    const Elf64_Dyn *entry;
    uint64_t offset = file->size;
    *size = 0;
    for (unsigned i = 0; (entry = dynamic(file, i)) != NULL; i++) {
        if (entry->d_tag == DT_STRTAB)
            offset = offset_of(file, entry->d_un.d_ptr);
        if (entry->d_tag == DT_STRSZ)
            *size = entry->d_un.d_val;
    }
    const char *table = at(file, offset, *size);
    return table && *size > 0 && table[*size - 1] == '\0' ? table : NULL;
}

/* The index-th value of the tag as a string, NULL where there are fewer. */
static const char *tagged(const struct elf_file *file, int64_t tag, unsigned index)
{
    uint64_t size;
    const char *table = strings(file, &size);
    const Elf64_Dyn *entry;
    for (unsigned i = 0; table && (entry = dynamic(file, i)) != NULL; i++)
        if (entry->d_tag == tag && index-- == 0)
            return entry->d_un.d_val < size ? table + entry->d_un.d_val : NULL;
    return NULL;
}

int elf_has_symbol(const struct elf_file *file, const char *name)
{
    uint64_t size;
    const char *table = elf_is_program(file) ? strings(file, &size) : NULL;
    size_t length = strlen(name) + 1;
    const char *found = table ? memmem(table + 1, size - 1, name, length) : NULL;
    while (found && found[-1] != '\0') {
        const char *rest = found + 1;
        found = memmem(rest, size - (size_t)(rest - table), name, length);
    }
    return found != NULL;
}

const char *elf_find_text(const struct elf_file *file, const char *text)
{
    return file->size > 0 ? memmem(file->data, file->size, text, strlen(text)) : NULL;
}

struct search {
    char paths[MOST_LIBRARIES][256];
    unsigned count;
    struct elf_links *links;
};

static int is_known(const struct search *search, const char *path)
{
    for (unsigned i = 0; i < search->count; i++)
        if (strcmp(search->paths[i], path) == 0)
            return 1;
    return 0;
}

static void judge(struct elf_links *links, const char *name, const char *path)
{
    static const char *const others[] = {"libgnutls.so", "libnss3.so", "libmbedtls.so", "libwolfssl.so"};
    if (strncmp(name, "libcrypto.so", 12) == 0 && links->libcrypto[0] == '\0')
        snprintf(links->libcrypto, sizeof links->libcrypto, "%s", path);
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strncmp(name, others[i], strlen(others[i])) == 0)
            snprintf(links->other, sizeof links->other, "%s", name);
}

/* Remember folder/name, to be followed later, where it is a file. */
static int take(struct search *search, const char *folder, const char *name)
{
    char *path = search->paths[search->count];
    int length = snprintf(path, sizeof search->paths[0], "%s/%s", folder, name);
    if (length >= (int)sizeof search->paths[0] || access(path, R_OK) != 0)
        return 0;
    judge(search->links, name, path);
    if (!is_known(search, path))
        search->count++;
    return 1;
}

/* In the folders of a DT_RUNPATH, $ORIGIN being that of the file which has it. */
static int take_from(struct search *search, const char *folders, const char *origin, const char *name)
{
    while (folders && *folders != '\0') {
        const char *end = folders + strcspn(folders, ":");
        char folder[PATH_MAX];
        const char *slash = strrchr(origin, '/');
        int relative = strncmp(folders, "$ORIGIN", 7) == 0 && slash;
        snprintf(folder, sizeof folder, "%.*s%.*s", relative ? (int)(slash - origin) : 0, origin,
                 (int)(end - folders) - (relative ? 7 : 0), folders + (relative ? 7 : 0));
        if (take(search, folder, name))
            return 1;
        folders = *end == ':' ? end + 1 : end;
    }
    return 0;
}

#if defined(__x86_64__)
#define MULTIARCH "x86_64-linux-gnu"
#elif defined(__aarch64__)
#define MULTIARCH "aarch64-linux-gnu"
#else
#define MULTIARCH "."
#endif
#define USUAL_FOLDERS "/usr/local/lib/" MULTIARCH ":/usr/local/lib:/lib/" MULTIARCH ":/usr/lib/" MULTIARCH \
                      ":/lib64:/usr/lib64:/lib:/usr/lib"

static void follow_one(struct search *search, unsigned index)
{
    const char *origin = search->paths[index], *name;
    struct elf_file file = elf_map(origin);
    const char *folders = elf_is_program(&file) ? tagged(&file, DT_RUNPATH, 0) : NULL;
    if (elf_is_program(&file) && !folders)
        folders = tagged(&file, DT_RPATH, 0);
    for (unsigned i = 0; elf_is_program(&file) && (name = tagged(&file, DT_NEEDED, i)) != NULL; i++)
        if (search->count == MOST_LIBRARIES || (!take_from(search, folders, origin, name) &&
                                                !take_from(search, USUAL_FOLDERS, origin, name)))
            judge(search->links, name, name);
    elf_unmap(&file);
}

void elf_follow(const char *path, struct elf_links *links)
{
    static struct search search;
    search = (struct search){.count = 1, .links = links};
    *links = (struct elf_links){.count = 0};
    snprintf(search.paths[0], sizeof search.paths[0], "%s", path);
    for (unsigned i = 0; i < search.count; i++)
        follow_one(&search, i);
    links->count = search.count - 1;
}
