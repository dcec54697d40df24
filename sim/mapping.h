/* SPDX-License-Identifier: Apache-2.0 */
/* The client's memory as the card may reach it: ranges of DMA addresses, each backed by a file or by nothing.
 *
 * A file that is sealed against shrinking (fcntl(2), F_SEAL_SHRINK) is mapped. Any other is read and written with
 * pread and pwrite: a client that truncates it would otherwise kill the server by SIGBUS, and a handler for that signal
 * has no place in a library. The price is some system calls for each packet.
 * Only files of tmpfs are taken (memfd_create, /dev/shm), whose reads and writes never block:
 * a FUSE file could stop the card for every other function, and hugetlbfs has no write.
 */
#ifndef SIM_MAPPING_H
#define SIM_MAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAPPING_PAGE 4096u
#define MAPPING_MAX 65535u

struct memory_file;

struct mapping {
    uint64_t address, size; /* multiples of MAPPING_PAGE */
    uint64_t offset;        /* in the file */
    bool readable, writable;
    struct memory_file *file; /* NULL: reached by messages only */
};

struct mappings {
    struct mapping *entry; /* by address */
    size_t count, capacity;
    struct memory_file *files;
};

/* Add a range. fd is its file or -1, and is closed or kept in every case.
 * -EEXIST: overlaps another. -EINVAL: misaligned, wrapping, or longer than its file.
 * -EACCES: the descriptor does not allow what the range does. -EOPNOTSUPP: not a file of tmpfs.
 * -ENOSPC: too many. -ENOMEM. */
int mappings_add(struct mappings *mappings, const struct mapping *range, int fd);

/* Remove every range inside [address, last]; -EINVAL, and nothing removed, if one is only partly inside. */
int mappings_remove(struct mappings *mappings, uint64_t address, uint64_t last);
void mappings_clear(struct mappings *mappings);

/* The range that holds all of [address, address + length), or NULL. */
const struct mapping *mappings_find(const struct mappings *mappings, uint64_t address, size_t length);

/* Copy out of or into a range that has a file: 0, or -EFAULT where the file has become shorter.
 * The last doubleword of a write is written after the rest, for a reader that waits for it. */
int mapping_read(const struct mapping *range, uint64_t address, void *data, size_t length);
int mapping_write(const struct mapping *range, uint64_t address, const void *data, size_t length);

#endif
