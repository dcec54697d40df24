/* SPDX-License-Identifier: Apache-2.0 */
/* The client's memory as the card may reach it. */
#include "sim/mapping.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "sim/identity.h"

/* One open file for all ranges of it: a guest behind an IOMMU maps page by page, hundreds at a time. */
struct memory_file {
    struct memory_file *next;
    int fd; /* -1 where the mapping is all that is needed */
    int access; /* O_RDONLY, O_WRONLY or O_RDWR */
    dev_t device;
    ino_t inode;
    unsigned references;
    uint8_t *memory; /* of one that is sealed, so far as it was long when it came; else NULL */
    size_t size;     /* of memory */
};

static void mapping_file_release(struct mappings *mappings, struct memory_file *file)
{
    struct memory_file **place = &mappings->files;

    if (!file || --file->references)
        return;
    while (*place != file)
        place = &(*place)->next;
    *place = file->next;
    if (file->memory)
        munmap(file->memory, file->size);
    identity_close(&(struct identity){file->device, file->inode}, file->fd);
    free(file);
}

static int mapping_file_check(const struct mapping *range, const struct stat *status, int access)
{
    uint64_t size = status->st_size < 0 ? 0 : (uint64_t)status->st_size;

    if ((range->readable && access == O_WRONLY) || (range->writable && access == O_RDONLY))
        return -EACCES;
    if (range->offset > size || range->size > size - range->offset)
        return -EINVAL;
    return 0;
}

static struct memory_file *mapping_file_known(const struct mappings *mappings, const struct stat *status, int access)
{
    struct memory_file *file = mappings->files;

    while (file && (file->device != status->st_dev || file->inode != status->st_ino || file->access != access))
        file = file->next;
    return file;
}

/* Where the client cannot take away what is mapped. What is not mapped is reached by system calls. */
static void mapping_file_map(struct memory_file *file, size_t size)
{
    int seals = fcntl(file->fd, F_GET_SEALS);
    void *memory;

    if (seals < 0 || !(seals & F_SEAL_SHRINK) || file->access == O_WRONLY || !size)
        return;
    memory = mmap(NULL, size, file->access == O_RDWR ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, file->fd, 0);
    if (memory == MAP_FAILED)
        return;
    /* It is the client's, with its keys: nothing for a child or for a core dump. */
    madvise(memory, size, MADV_DONTFORK);
    madvise(memory, size, MADV_DONTDUMP);
    file->memory = memory;
    file->size = size;
    /* What can neither shrink nor grow is never reached by system calls. */
    if (seals & F_SEAL_GROW) {
        close(file->fd);
        file->fd = -1;
    }
}

/* Take over fd: *file is the file for range. */
static int mapping_file_open(struct mappings *mappings, const struct mapping *range, int fd, struct memory_file **file)
{
    struct stat status;
    struct statfs system;
    int flags = fcntl(fd, F_GETFL);
    int error = -EINVAL;

    if (flags < 0 || (flags & O_PATH) || fstat(fd, &status) != 0 || fstatfs(fd, &system) != 0)
        goto close_fd;
    error = -EOPNOTSUPP;
    if (!S_ISREG(status.st_mode) || system.f_type != TMPFS_MAGIC)
        goto close_fd;
    error = mapping_file_check(range, &status, flags & O_ACCMODE);
    if (error)
        goto close_fd;
    *file = mapping_file_known(mappings, &status, flags & O_ACCMODE);
    if (*file) {
        (*file)->references++;
        close(fd);
        return 0;
    }
    error = -ENOMEM;
    *file = malloc(sizeof(**file));
    if (!*file)
        goto close_fd;
    **file = (struct memory_file){mappings->files, fd, flags & O_ACCMODE, status.st_dev, status.st_ino, 1,
                                  NULL, 0};
    mapping_file_map(*file, (size_t)status.st_size);
    mappings->files = *file;
    return 0;
close_fd:
    close(fd);
    return error;
}

/* Index of the first range that ends at or after address. */
static size_t mappings_position(const struct mappings *mappings, uint64_t address)
{
    size_t low = 0, high = mappings->count;

    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct mapping *range = &mappings->entry[middle];

        if (range->address + (range->size - 1) < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int mappings_make_room(struct mappings *mappings)
{
    size_t capacity = mappings->capacity ? 2 * mappings->capacity : 16;
    struct mapping *entry;

    if (mappings->count == MAPPING_MAX)
        return -ENOSPC;
    if (mappings->count < mappings->capacity)
        return 0;
    entry = realloc(mappings->entry, capacity * sizeof(*entry));
    if (!entry)
        return -ENOMEM;
    mappings->entry = entry;
    mappings->capacity = capacity;
    return 0;
}

static int mappings_check(const struct mappings *mappings, const struct mapping *range, size_t index)
{
    uint64_t last = range->address + (range->size - 1);

    if (!range->size || last < range->address)
        return -EINVAL;
    if (range->address % MAPPING_PAGE || range->size % MAPPING_PAGE)
        return -EINVAL;
    if (index < mappings->count && mappings->entry[index].address <= last)
        return -EEXIST;
    return 0;
}

int mappings_add(struct mappings *mappings, const struct mapping *range, int fd)
{
    size_t index = mappings_position(mappings, range->address);
    struct memory_file *file = NULL;
    int error = mappings_check(mappings, range, index);

    if (!error)
        error = mappings_make_room(mappings);
    if (error) {
        if (fd >= 0)
            close(fd);
        return error;
    }
    if (fd >= 0) {
        error = mapping_file_open(mappings, range, fd, &file);
        if (error)
            return error;
    }
    memmove(&mappings->entry[index + 1], &mappings->entry[index],
            (mappings->count - index) * sizeof(*mappings->entry));
    mappings->entry[index] = *range;
    mappings->entry[index].file = file;
    mappings->count++;
    return 0;
}

int mappings_remove(struct mappings *mappings, uint64_t address, uint64_t last)
{
    size_t first = mappings_position(mappings, address), end = first;

    for (; end < mappings->count && mappings->entry[end].address <= last; end++) {
        const struct mapping *range = &mappings->entry[end];

        if (range->address < address || range->address + (range->size - 1) > last)
            return -EINVAL;
    }
    for (size_t index = first; index < end; index++)
        mapping_file_release(mappings, mappings->entry[index].file);
    if (end > first)
        memmove(&mappings->entry[first], &mappings->entry[end], (mappings->count - end) * sizeof(*mappings->entry));
    mappings->count -= end - first;
    return 0;
}

void mappings_clear(struct mappings *mappings)
{
    mappings_remove(mappings, 0, UINT64_MAX);
    free(mappings->entry);
    *mappings = (struct mappings){0};
}

const struct mapping *mappings_find(const struct mappings *mappings, uint64_t address, size_t length)
{
    size_t index = mappings_position(mappings, address);
    const struct mapping *range = mappings->entry ? &mappings->entry[index] : NULL;

    if (index == mappings->count || address < range->address)
        return NULL;
    return length <= range->size - (address - range->address) ? range : NULL;
}

/* Whether the file can be reached by its descriptor. */
static bool mapping_held(const struct memory_file *file)
{
    return identity_holds(&(struct identity){file->device, file->inode}, file->fd);
}

/* Where the file's octets are mapped, or NULL. */
static uint8_t *mapping_memory(const struct mapping *range, uint64_t offset, size_t length)
{
    const struct memory_file *file = range->file;

    return file->memory && offset <= file->size && length <= file->size - offset ? file->memory + offset : NULL;
}

int mapping_read(const struct mapping *range, uint64_t address, void *data, size_t length)
{
    uint64_t offset = range->offset + (address - range->address);
    const uint8_t *memory = mapping_memory(range, offset, length);

    if (memory) {
        memcpy(data, memory, length);
        return 0;
    }
    if (!mapping_held(range->file))
        return -EFAULT;
    return pread(range->file->fd, data, length, (off_t)offset) == (ssize_t)length ? 0 : -EFAULT;
}

static int mapping_file_write(const struct memory_file *file, const void *data, size_t length, off_t offset)
{
    size_t before = length > 4 ? length - 4 : 0;
    struct stat status;

    /* A write past the end would give the client back what it cut off. */
    if (!mapping_held(file) || fstat(file->fd, &status) != 0 || offset + (off_t)length > status.st_size)
        return -EFAULT;
    if (before && pwrite(file->fd, data, before, offset) != (ssize_t)before)
        return -EFAULT;
    length -= before;
    offset += (off_t)before;
    return pwrite(file->fd, (const char *)data + before, length, offset) == (ssize_t)length ? 0 : -EFAULT;
}

/* A doubleword in its place is written at once. */
static void mapping_memory_write(uint8_t *memory, const uint8_t *data, size_t length)
{
    size_t before = length > 4 ? length - 4 : 0;
    uint32_t last;

    memcpy(memory, data, before);
    memory += before;
    data += before;
    if (length - before == 4 && (uintptr_t)memory % 4 == 0) {
        memcpy(&last, data, 4);
        __atomic_store_n((uint32_t *)(void *)memory, last, __ATOMIC_RELEASE);
        return;
    }
    atomic_thread_fence(memory_order_release);
    memcpy(memory, data, length - before);
}

int mapping_write(const struct mapping *range, uint64_t address, const void *data, size_t length)
{
    uint64_t offset = range->offset + (address - range->address);
    uint8_t *memory = range->file->access == O_RDWR ? mapping_memory(range, offset, length) : NULL;

    if (!memory)
        return mapping_file_write(range->file, data, length, (off_t)offset);
    mapping_memory_write(memory, data, length);
    return 0;
}
