/* SPDX-License-Identifier: Apache-2.0 */
/* The client's memory, in files that can be mapped and in files that cannot: the octets are the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sim/mapping.h"

#define IOVA 0x100000000ull
#define SIZE 65536u

static int file_of(const char *name, size_t size, int seals)
{
    int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)size), 0);
    if (seals)
        assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
    return fd;
}

/* Add all of the file; the caller keeps its descriptor. */
static int add(struct mappings *mappings, uint64_t address, uint64_t offset, uint64_t size, int fd)
{
    struct mapping range = {.address = address, .size = size, .offset = offset, .readable = true, .writable = true};

    return mappings_add(mappings, &range, dup(fd));
}

static int is_mapped(const char *name)
{
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    int found = 0;

    assert_non_null(maps);
    while (fgets(line, sizeof(line), maps))
        found |= strstr(line, name) != NULL;
    fclose(maps);
    return found;
}

/* Packets of every length and alignment; what is read back, by the card and through the file, is what was written. */
static void packets(const char *name, int seals, int expect_mapped)
{
    struct mappings mappings = {0};
    uint8_t *shadow = calloc(1, SIZE), *file = malloc(SIZE), data[600];
    int fd = file_of(name, SIZE, seals);

    assert_int_equal(add(&mappings, IOVA, 0, SIZE, fd), 0);
    assert_int_equal(is_mapped(name), expect_mapped);
    for (unsigned i = 0; i < 5000; i++) {
        size_t length = 1 + i % 520, at = (i * 7919u) % (SIZE - 520);
        const struct mapping *range = mappings_find(&mappings, IOVA + at, length);

        assert_non_null(range);
        for (size_t octet = 0; octet < length; octet++)
            data[octet] = (uint8_t)(i + octet * 3);
        assert_int_equal(mapping_write(range, IOVA + at, data, length), 0);
        memcpy(shadow + at, data, length);
        at = (i * 104729u) % (SIZE - 520);
        assert_int_equal(mapping_read(range, IOVA + at, data, length), 0);
        assert_memory_equal(data, shadow + at, length);
    }
    assert_int_equal(pread(fd, file, SIZE, 0), SIZE);
    assert_memory_equal(file, shadow, SIZE);
    mappings_clear(&mappings);
    assert_int_equal(is_mapped(name), 0);
    close(fd);
    free(shadow);
    free(file);
}

static void a_sealed_file_is_mapped(void **state)
{
    (void)state;
    packets("test-sealed", F_SEAL_SHRINK, 1);
}

static void any_other_is_not(void **state)
{
    (void)state;
    packets("test-open", 0, 0);
    packets("test-grown", F_SEAL_GROW, 0);
}

/* It may only be read, and is. */
static void a_file_to_read(void **state)
{
    struct mappings mappings = {0};
    struct mapping range = {.address = IOVA, .size = SIZE, .readable = true};
    int fd = file_of("test-read", SIZE, F_SEAL_SHRINK);
    char path[64], data[4];

    (void)state;
    assert_int_equal(pwrite(fd, "1234", 4, 5000), 4);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    assert_int_equal(mappings_add(&mappings, &range, open(path, O_RDONLY | O_CLOEXEC)), 0);
    assert_true(is_mapped("test-read"));
    assert_int_equal(mapping_read(mappings_find(&mappings, IOVA + 5000, 4), IOVA + 5000, data, 4), 0);
    assert_memory_equal(data, "1234", 4);
    /* Were the server to forget what it may do, the kernel does not. */
    assert_int_equal(mapping_write(mappings_find(&mappings, IOVA + 5000, 4), IOVA + 5000, "5678", 4), -EFAULT);
    mappings_clear(&mappings);
    close(fd);
}

/* A file that has grown since it came: what is behind the mapping is reached as well. */
static void a_file_that_grows(void **state)
{
    struct mappings mappings = {0};
    int fd = file_of("test-grow", SIZE, F_SEAL_SHRINK);
    uint8_t data[64], again[64];

    (void)state;
    assert_int_equal(add(&mappings, IOVA, 0, SIZE, fd), 0);
    assert_int_equal(ftruncate(fd, 2 * SIZE), 0);
    assert_int_equal(add(&mappings, IOVA + SIZE, SIZE, SIZE, fd), 0);
    memset(data, 0x5a, sizeof(data));
    for (uint64_t at = IOVA + SIZE - 64; at <= IOVA + SIZE; at += 64) {
        const struct mapping *range = mappings_find(&mappings, at, 64);

        assert_int_equal(mapping_write(range, at, data, 64), 0);
        memset(again, 0, sizeof(again));
        assert_int_equal(mapping_read(range, at, again, 64), 0);
        assert_memory_equal(again, data, 64);
    }
    mappings_clear(&mappings);
    close(fd);
}

/* What a client can still do to a sealed file, a hole, reads as zeros and kills nobody; the rest it cannot. */
static void a_sealed_file_stays(void **state)
{
    struct mappings mappings = {0};
    int fd = file_of("test-stay", SIZE, F_SEAL_SHRINK);
    const struct mapping *range;
    uint8_t data[8] = {1, 2, 3, 4, 5, 6, 7, 8}, zeros[8] = {0};

    (void)state;
    assert_int_equal(add(&mappings, IOVA, 0, SIZE, fd), 0);
    range = mappings_find(&mappings, IOVA + 8192, 8);
    assert_int_equal(mapping_write(range, IOVA + 8192, data, 8), 0);
    assert_int_equal(ftruncate(fd, 4096), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, SIZE), 0);
    assert_int_equal(mapping_read(range, IOVA + 8192, data, 8), 0);
    assert_memory_equal(data, zeros, 8);
    mappings_clear(&mappings);
    close(fd);
}

static void an_open_file_that_shrinks(void **state)
{
    struct mappings mappings = {0};
    int fd = file_of("test-shrink", SIZE, 0);
    const struct mapping *range;
    uint8_t data[8] = {0};

    (void)state;
    assert_int_equal(add(&mappings, IOVA, 0, SIZE, fd), 0);
    range = mappings_find(&mappings, IOVA + 8192, 8);
    assert_int_equal(ftruncate(fd, 4096), 0);
    assert_int_equal(mapping_read(range, IOVA + 8192, data, 8), -EFAULT);
    assert_int_equal(mapping_write(range, IOVA + 8192, data, 8), -EFAULT);
    assert_int_equal(lseek(fd, 0, SEEK_END), 4096);
    mappings_clear(&mappings);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sealed_file_is_mapped),  cmocka_unit_test(any_other_is_not),
        cmocka_unit_test(a_file_to_read),           cmocka_unit_test(a_file_that_grows),
        cmocka_unit_test(a_sealed_file_stays),      cmocka_unit_test(an_open_file_that_shrinks),
    };

    return cmocka_run_group_tests_name("mapping", tests, NULL, NULL);
}
