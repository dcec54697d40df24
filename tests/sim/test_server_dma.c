/* SPDX-License-Identifier: Apache-2.0 */
/* DMA map and unmap messages, good and bad, and what the card reaches through them. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/sim/client.h"

enum { READ = MESSAGE_DMA_READABLE, BOTH = MESSAGE_DMA_READABLE | MESSAGE_DMA_WRITABLE, UNSUPPORTED = 1 << 16,
       ABORT = 4 << 16 };

/* What the card sees at an address: 0 or the completion's status. */
static uint32_t probe(struct peer *client, uint64_t address)
{
    client_put(client, 0, LOOP_STATUS, 0, 4);
    loop_start(client, LOOP_DO_READ, address, 1, 0xf, 0, 0);
    return loop_wait(client) & 0x70000;
}

static struct peer start(void)
{
    struct peer client = client_attach(NULL);

    loop_enable(&client);
    return client;
}

static void mapped_memory_is_reached(void **state)
{
    struct peer client = start();
    struct memory_block memory = memory_create(65536);
    uint8_t data[256];

    (void)state;
    for (size_t i = 0; i < memory.size; i++)
        memory.data[i] = (uint8_t)(i ^ i >> 8);
    assert_int_equal(client_map(&client, IOVA, 32768, 8192, BOTH, memory.fd), 0);
    loop_start(&client, LOOP_DO_READ, IOVA + 4096, 64, 0xf, 0xf, 0);
    assert_int_equal(loop_wait(&client) & 0x70000, 0);
    assert_int_equal(client_read(&client, 0, LOOP_BUFFER, data, sizeof(data)), 0);
    assert_memory_equal(data, memory.data + 8192 + 4096, sizeof(data));
    loop_start(&client, LOOP_DO_WRITE, IOVA + 256, 64, 0xf, 0xf, 0);
    loop_wait(&client);
    assert_memory_equal(memory.data + 8192 + 256, data, sizeof(data));
    client_close(&client);
    memory_free(&memory);
}

static void high_addresses_are_reached(void **state)
{
    struct peer client = start();
    struct memory_block memory = memory_create(8192);
    uint32_t value;

    (void)state;
    memory.data[4] = 0x5a;
    assert_int_equal(client_map(&client, UINT64_MAX - 8191, 8192, 0, BOTH, memory.fd), 0);
    loop_start(&client, LOOP_DO_READ, UINT64_MAX - 8191 + 4, 1, 1, 0, 3);
    loop_wait(&client);
    assert_int_equal(client_read(&client, 0, LOOP_BUFFER + 3 * LOOP_SLOT, &value, 4), 0);
    assert_int_equal(value & 0xff, 0x5a);
    client_close(&client);
    memory_free(&memory);
}

static void unmapped_memory_is_not(void **state)
{
    struct peer client = start();
    struct memory_block memory = memory_create(65536);

    (void)state;
    assert_int_equal(probe(&client, IOVA), UNSUPPORTED);
    client_close(&client);
    client = start();
    assert_int_equal(client_map(&client, IOVA, 4096, 0, BOTH, memory.fd), 0);
    assert_int_equal(probe(&client, IOVA), 0);
    assert_int_equal(client_unmap(&client, IOVA, 4096), 0);
    memset(memory.data, 0x77, 64);
    loop_start(&client, LOOP_DO_WRITE, IOVA, 4, 0xf, 0xf, 0);
    assert_int_equal(probe(&client, IOVA), UNSUPPORTED);
    assert_int_equal(memory.data[0], 0x77);
    client_close(&client);
    memory_free(&memory);
}

static void protections_are_kept(void **state)
{
    struct peer client = start();
    struct memory_block memory = memory_create(8192);

    (void)state;
    assert_int_equal(client_map(&client, IOVA, 4096, 0, READ, memory.fd), 0);
    memset(memory.data, 0x77, 64);
    loop_start(&client, LOOP_DO_WRITE, IOVA, 4, 0xf, 0xf, 0);
    assert_int_equal(probe(&client, IOVA), 0);
    assert_int_equal(memory.data[0], 0x77);
    assert_int_equal(client_map(&client, IOVA + 4096, 4096, 4096, MESSAGE_DMA_WRITABLE, memory.fd), 0);
    assert_int_equal(probe(&client, IOVA + 4096), UNSUPPORTED);
    client_close(&client);
    memory_free(&memory);
}

static void functions_have_their_own_memory(void **state)
{
    struct peer client = start(), other = start();
    struct memory_block memory = memory_create(8192);

    (void)state;
    assert_int_equal(client_map(&client, IOVA, 4096, 0, BOTH, memory.fd), 0);
    assert_int_equal(probe(&client, IOVA), 0);
    assert_int_equal(probe(&other, IOVA), UNSUPPORTED);
    client_close(&client);
    client_close(&other);
    memory_free(&memory);
}

static void bad_maps_are_refused(void **state)
{
    static const struct {
        uint64_t address, size, offset;
        uint32_t flags;
        int error;
    } bad[] = {
        {IOVA, 0, 0, 3, EINVAL}, {IOVA, 4095, 0, 3, EINVAL}, {IOVA + 1, 4096, 0, 3, EINVAL},
        {IOVA, 4096, 65536, 3, EINVAL}, {IOVA, 8192, 61440, 3, EINVAL}, {IOVA, 4096, UINT64_MAX, 3, EINVAL},
        {UINT64_MAX - 4095, 8192, 0, 3, EINVAL}, {IOVA, 4096, 0, 0, EINVAL}, {IOVA, 4096, 0, 4, EINVAL},
        {IOVA, 4096, 0, 7, EINVAL}, {0xfee00000, 4096, 0, 3, EINVAL}, {0xfed00000, 0x200000, 0, 3, EINVAL},
    };
    struct peer client = start();
    struct memory_block memory = memory_create(65536);

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        assert_int_equal(client_map(&client, bad[i].address, bad[i].size, bad[i].offset, bad[i].flags, memory.fd),
                         -bad[i].error);
    assert_int_equal(probe(&client, IOVA), UNSUPPORTED);
    client_close(&client);
    memory_free(&memory);
}

static void map_structures_are_checked(void **state)
{
    struct peer client = start();
    struct memory_block memory = memory_create(65536);
    struct message_dma_map map = {31, 3, 0, IOVA, 4096};
    int fds[17];

    (void)state;
    for (unsigned i = 0; i < 17; i++)
        fds[i] = memory.fd;
    assert_int_equal(client_exchange_fds(&client, MESSAGE_DMA_MAP, &map, sizeof(map), fds, 1), -EINVAL);
    map.argsz = sizeof(map);
    assert_int_equal(client_exchange_fds(&client, MESSAGE_DMA_MAP, &map, sizeof(map) - 1, fds, 1), -EINVAL);
    assert_int_equal(client_exchange_fds(&client, MESSAGE_DMA_MAP, &map, 0, fds, 1), -EINVAL);
    assert_int_equal(client_exchange_fds(&client, MESSAGE_DMA_MAP, &map, sizeof(map), fds, 2), -EINVAL);
    assert_int_equal(client_exchange_fds(&client, MESSAGE_DMA_MAP, &map, sizeof(map), fds, 17), -EINVAL);
    assert_int_equal(client_exchange_fds(&client, MESSAGE_DMA_MAP, &map, sizeof(map), fds, 1), 0);
    client_close(&client);
    memory_free(&memory);
}

static void only_memory_files_are_taken(void **state)
{
    struct peer client = start();
    int ends[2], event = eventfd(0, EFD_CLOEXEC), file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    int readable = memfd_create("read", MFD_CLOEXEC), path_only;
    char name[64];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(client_map(&client, IOVA, 4096, 0, READ, ends[0]), -EOPNOTSUPP);
    assert_int_equal(client_map(&client, IOVA, 4096, 0, READ, event), -EOPNOTSUPP);
    assert_int_equal(client_map(&client, IOVA, 4096, 0, READ, file), -EOPNOTSUPP);
    assert_int_equal(client_map(&client, IOVA, 4096, 0, READ, client.fd), -EOPNOTSUPP);
    assert_int_equal(ftruncate(readable, 8192), 0);
    snprintf(name, sizeof(name), "/proc/self/fd/%d", readable);
    close(file);
    file = open(name, O_RDONLY | O_CLOEXEC);
    path_only = open(name, O_PATH | O_CLOEXEC);
    assert_int_equal(client_map(&client, IOVA, 4096, 0, BOTH, file), -EACCES);
    assert_int_equal(client_map(&client, IOVA, 4096, 0, READ, path_only), -EINVAL);
    assert_int_equal(client_map(&client, IOVA, 4096, 0, READ, file), 0);
    close(file);
    close(path_only);
    close(readable);
    close(event);
    close(ends[0]);
    close(ends[1]);
    client_close(&client);
}

static void overlaps_are_refused(void **state)
{
    struct peer client = start();
    struct memory_block memory = memory_create(65536);

    (void)state;
    assert_int_equal(client_map(&client, IOVA + 8192, 8192, 0, BOTH, memory.fd), 0);
    assert_int_equal(client_map(&client, IOVA + 8192, 8192, 0, BOTH, memory.fd), -EEXIST);
    assert_int_equal(client_map(&client, IOVA, 12288, 0, BOTH, memory.fd), -EEXIST);
    assert_int_equal(client_map(&client, IOVA + 12288, 8192, 0, BOTH, memory.fd), -EEXIST);
    assert_int_equal(client_map(&client, IOVA, 32768, 0, BOTH, -1), -EEXIST);
    assert_int_equal(client_map(&client, IOVA, 8192, 0, BOTH, memory.fd), 0);
    assert_int_equal(client_map(&client, IOVA + 16384, 8192, 0, BOTH, memory.fd), 0);
    client_close(&client);
    memory_free(&memory);
}

static void unmaps(void **state)
{
    struct peer client = start();
    struct memory_block memory = memory_create(65536);
    struct message_dma_unmap all = {sizeof(all), MESSAGE_UNMAP_ALL, 0, 0}, bad = {23, 0, IOVA, 4096};
    uint8_t reply[32];

    (void)state;
    for (unsigned i = 0; i < 4; i++)
        assert_int_equal(client_map(&client, IOVA + 8192 * i, 8192, 8192 * i, BOTH, memory.fd), 0);
    /* Part of a range: refused, nothing removed. */
    assert_int_equal(client_unmap(&client, IOVA, 4096), -EINVAL);
    assert_int_equal(client_unmap(&client, IOVA, 12288), -EINVAL);
    assert_int_equal(probe(&client, IOVA), 0);
    /* Several; none; all of the address space. */
    assert_int_equal(client_unmap(&client, IOVA, 16384), 0);
    assert_int_equal(probe(&client, IOVA + 16384), 0);
    assert_int_equal(client_unmap(&client, IOVA, 16384), 0);
    assert_int_equal(client_unmap(&client, 0x4000000000, 1ull << 40), 0);
    assert_int_equal(client_unmap(&client, IOVA, 0), -EINVAL);
    assert_int_equal(client_unmap(&client, UINT64_MAX - 4095, 8192), -EINVAL);
    assert_int_equal(client_exchange(&client, MESSAGE_DMA_UNMAP, &bad, sizeof(bad), reply, sizeof(reply)), -EINVAL);
    bad = (struct message_dma_unmap){sizeof(bad), 1, IOVA, 4096};
    assert_int_equal(client_exchange(&client, MESSAGE_DMA_UNMAP, &bad, sizeof(bad), reply, sizeof(reply)), -EINVAL);
    assert_int_equal(client_exchange(&client, MESSAGE_DMA_UNMAP, &all, sizeof(all), reply, sizeof(reply)), 24);
    assert_int_equal(probe(&client, IOVA + 16384), UNSUPPORTED);
    client_close(&client);
    memory_free(&memory);
}

static unsigned open_fds(void)
{
    unsigned count = 0;

    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void hundreds_of_pages_share_one_descriptor(void **state)
{
    enum { PAGES = 1500 };
    struct peer client = start();
    struct memory_block memory = memory_create(PAGES * 4096);
    unsigned before = open_fds();

    (void)state;
    for (unsigned i = 0; i < PAGES; i++) {
        struct message_dma_map map = {sizeof(map), BOTH, 4096ull * i, IOVA + 4096ull * ((i * 7) % PAGES), 4096};

        /* Pipelined, as QEMU does it. */
        client_send(&client, MESSAGE_DMA_MAP, i == PAGES - 1 ? 0 : MESSAGE_FLAG_NO_REPLY, &map, sizeof(map),
                    &memory.fd, 1);
    }
    assert_int_equal(client_receive(&client, MESSAGE_DMA_MAP, NULL, 0), 0);
    assert_int_equal(open_fds(), before + 1);
    memory.data[4096 * 5] = 0x42;
    assert_int_equal(probe(&client, IOVA + 4096 * 35), 0);
    assert_int_equal(client_get(&client, 0, LOOP_BUFFER, 1), 0x42);
    assert_int_equal(client_unmap(&client, IOVA, PAGES * 4096), 0);
    assert_int_equal(open_fds(), before);
    client_close(&client);
    memory_free(&memory);
}

static void a_truncated_file_kills_nobody(void **state)
{
    struct peer client = start();
    struct memory_block memory = memory_create(65536);

    (void)state;
    assert_int_equal(client_map(&client, IOVA, 65536, 0, BOTH, memory.fd), 0);
    assert_int_equal(ftruncate(memory.fd, 4096), 0);
    loop_start(&client, LOOP_DO_WRITE, IOVA + 32768, 4, 0xf, 0xf, 0);
    assert_int_equal(probe(&client, IOVA + 32768), ABORT);
    /* The card's write has not grown it again. */
    assert_int_equal(lseek(memory.fd, 0, SEEK_END), 4096);
    client_close(&client);
    memory_free(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mapped_memory_is_reached),
        cmocka_unit_test(high_addresses_are_reached),
        cmocka_unit_test(unmapped_memory_is_not),
        cmocka_unit_test(protections_are_kept),
        cmocka_unit_test(functions_have_their_own_memory),
        cmocka_unit_test(bad_maps_are_refused),
        cmocka_unit_test(map_structures_are_checked),
        cmocka_unit_test(only_memory_files_are_taken),
        cmocka_unit_test(overlaps_are_refused),
        cmocka_unit_test(unmaps),
        cmocka_unit_test(hundreds_of_pages_share_one_descriptor),
        cmocka_unit_test(a_truncated_file_kills_nobody),
    };

    return cmocka_run_group_tests_name("server_dma", tests, NULL, NULL);
}
