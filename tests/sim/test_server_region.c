/* SPDX-License-Identifier: Apache-2.0 */
/* Region messages: information, accesses of every size, and those that must be refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <linux/vfio.h>

#include "tests/sim/client.h"

static int region_info(struct peer *client, uint32_t argsz, uint32_t index, struct vfio_region_info *info)
{
    *info = (struct vfio_region_info){.argsz = argsz, .index = index};
    return client_exchange(client, MESSAGE_DEVICE_GET_REGION_INFO, info, sizeof(*info), info, sizeof(*info));
}

static void regions_are_told(void **state)
{
    static const uint64_t sizes[VFIO_PCI_NUM_REGIONS] = {[0] = 0x10000, [2] = 0x2000, [7] = 4096};
    struct peer client = client_attach(NULL);
    struct vfio_region_info info;

    (void)state;
    for (uint32_t i = 0; i < VFIO_PCI_NUM_REGIONS; i++) {
        assert_int_equal(region_info(&client, sizeof(info), i, &info), sizeof(info));
        assert_int_equal(info.index, i);
        assert_int_equal(info.argsz, sizeof(info));
        assert_int_equal(info.size, sizes[i]);
        assert_int_equal(info.flags, sizes[i] ? 3 : 0);
    }
    assert_int_equal(region_info(&client, sizeof(info), VFIO_PCI_NUM_REGIONS, &info), -EINVAL);
    assert_int_equal(region_info(&client, sizeof(info), UINT32_MAX, &info), -EINVAL);
    assert_int_equal(region_info(&client, sizeof(info) - 1, 0, &info), -EINVAL);
    client_close(&client);
}

static void no_region_has_descriptors(void **state)
{
    struct peer client = client_attach(NULL);
    struct message_io_fds fds = {.argsz = sizeof(fds)};

    (void)state;
    assert_int_equal(client_exchange(&client, MESSAGE_DEVICE_GET_REGION_IO_FDS, &fds, sizeof(fds), &fds, sizeof(fds)),
                     sizeof(fds));
    assert_int_equal(fds.count, 0);
    fds = (struct message_io_fds){.argsz = sizeof(fds), .index = 9};
    assert_int_equal(client_exchange(&client, MESSAGE_DEVICE_GET_REGION_IO_FDS, &fds, sizeof(fds), &fds, sizeof(fds)),
                     -EINVAL);
    client_close(&client);
}

static void every_size_and_offset(void **state)
{
    struct peer client = client_attach(NULL);
    uint8_t model[64], data[64];

    (void)state;
    memset(model, 0, sizeof(model));
    assert_int_equal(client_write(&client, 0, 0, model, sizeof(model)), 0);
    for (uint32_t size = 1; size <= 20; size++) {
        for (uint32_t offset = 0; offset < 16; offset++) {
            for (uint32_t i = 0; i < size; i++)
                model[offset + i] = (uint8_t)(7 * offset + 31 * size + i);
            assert_int_equal(client_write(&client, 0, offset, model + offset, size), 0);
            assert_int_equal(client_read(&client, 0, 0, data, sizeof(data)), 0);
            assert_memory_equal(data, model, sizeof(data));
            memset(data, 0, sizeof(data));
            assert_int_equal(client_read(&client, 0, offset, data, size), 0);
            assert_memory_equal(data, model + offset, size);
        }
    }
    client_close(&client);
}

static void a_stalling_card_loses_nothing(void **state)
{
    struct peer client = client_attach(NULL);
    uint8_t model[2048], data[2048];

    (void)state;
    for (unsigned i = 0; i < sizeof(model); i++)
        model[i] = (uint8_t)(i * i >> 3);
    client_put(&client, 0, LOOP_STALL, 1, 4);
    assert_int_equal(client_write(&client, 0, 0, model, sizeof(model)), 0);
    assert_int_equal(client_read(&client, 0, 0, data, sizeof(data)), 0);
    assert_memory_equal(data, model, sizeof(data));
    client_put(&client, 0, LOOP_STALL, 0, 4);
    client_close(&client);
}

static void bounds_are_kept(void **state)
{
    static const struct {
        unsigned region;
        uint64_t offset;
        uint32_t size;
    } bad[] = {{0, 0x10000, 1}, {0, 0xffff, 2}, {0, UINT64_MAX, 1}, {0, UINT64_MAX - 1, 4}, {0, 0, 0}, {0, 0, 0x10001},
               {1, 0, 4}, {2, 0x2000, 4}, {3, 0, 1}, {7, 4096, 1}, {7, 4093, 4}, {7, 0, 4097}, {8, 0, 1}, {9, 0, 1},
               {UINT32_MAX, 0, 4}};
    struct peer client = client_attach(NULL);
    uint8_t data[8] = {0};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct message_region head = {bad[i].offset, bad[i].region, bad[i].size};
        struct {
            struct message_region head;
            uint8_t data[4];
        } write = {head, {0}};

        assert_int_equal(client_exchange(&client, MESSAGE_REGION_READ, &head, sizeof(head), data, sizeof(data)),
                         -EINVAL);
        assert_int_equal(client_exchange(&client, MESSAGE_REGION_WRITE, &write, 20, data, sizeof(data)), -EINVAL);
    }
    client_close(&client);
}

static void a_write_must_bring_its_data(void **state)
{
    struct peer client = client_attach(NULL);
    struct {
        struct message_region head;
        uint8_t data[16];
    } write = {{0, 0, 8}, {0}};
    uint8_t reply[32];

    (void)state;
    for (size_t size = 0; size < 16; size++)
        if (size != 8)
            assert_int_equal(client_exchange(&client, MESSAGE_REGION_WRITE, &write, 16 + size, reply, sizeof(reply)),
                             -EINVAL);
    assert_int_equal(client_exchange(&client, MESSAGE_REGION_WRITE, &write, 24, reply, sizeof(reply)), 16);
    assert_int_equal(client_exchange(&client, MESSAGE_REGION_READ, &write, 15, reply, sizeof(reply)), -EINVAL);
    client_close(&client);
}

static void the_largest_access(void **state)
{
    struct peer client = client_attach(NULL);
    uint8_t *data = malloc(0x10000);

    (void)state;
    assert_int_equal(client_read(&client, 0, 0, data, 0x10000), 0);
    assert_int_equal(client_read(&client, 2, 0, data, 0x2000), 0);
    assert_int_equal(client_read(&client, 7, 0, data, 4096), 0);
    free(data);
    client_close(&client);
}

static void failed_reads_give_ones(void **state)
{
    struct peer client = client_attach(NULL);

    (void)state;
    client_put(&client, 0, LOOP_SPOIL, 2, 4);
    assert_int_equal(client_get(&client, 0, 0, 4), UINT32_MAX);
    client_close(&client);
}

static void a_bad_or_missing_answer_is_an_error(void **state)
{
    struct peer client = client_attach(NULL);
    uint32_t value;

    (void)state;
    client_put(&client, 0, LOOP_SPOIL, 3, 4);
    assert_int_equal(client_read(&client, 0, 0, &value, 4), -EIO);
    client_put(&client, 0, LOOP_SPOIL, 1, 4);
    assert_int_equal(client_read(&client, 0, 0, &value, 4), -ETIMEDOUT);
    assert_int_equal(client_get(&client, 0, LOOP_SPOIL, 4), 1);
    client_close(&client);
}

static void disabled_memory_reads_ones(void **state)
{
    struct peer client = client_attach(NULL);

    (void)state;
    client_put(&client, 0, 0, 0x11223344, 4);
    client_put(&client, 7, 4, 0, 2);
    assert_int_equal(client_get(&client, 0, 0, 4), UINT32_MAX);
    client_put(&client, 0, 0, 0, 4);
    client_put(&client, 7, 4, 2, 2);
    assert_int_equal(client_get(&client, 0, 0, 4), 0x11223344);
    client_close(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(regions_are_told),
        cmocka_unit_test(no_region_has_descriptors),
        cmocka_unit_test(every_size_and_offset),
        cmocka_unit_test(a_stalling_card_loses_nothing),
        cmocka_unit_test(bounds_are_kept),
        cmocka_unit_test(a_write_must_bring_its_data),
        cmocka_unit_test(the_largest_access),
        cmocka_unit_test(failed_reads_give_ones),
        cmocka_unit_test(a_bad_or_missing_answer_is_an_error),
        cmocka_unit_test(disabled_memory_reads_ones),
    };

    return cmocka_run_group_tests_name("server_region", tests, NULL, NULL);
}
