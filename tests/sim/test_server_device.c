/* SPDX-License-Identifier: Apache-2.0 */
/* Messages about the device: version, information, reset, and what is no message at all. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <linux/vfio.h>

#include "tests/sim/client.h"

static int version(struct peer *client, unsigned major, unsigned minor, const char *data, size_t size, char *reply,
                   size_t capacity)
{
    char payload[512];
    struct message_version head = {(uint16_t)major, (uint16_t)minor};

    memcpy(payload, &head, sizeof(head));
    memcpy(payload + sizeof(head), data, size);
    return client_exchange(client, MESSAGE_VERSION, payload, sizeof(head) + size, reply, capacity);
}

static void version_is_agreed_on(void **state)
{
    static const char data[] = "{ \"capabilities\" : { \"max_msg_fds\":8, \"twin_socket\":{\"supported\":true} } }";
    struct peer client = client_attach_raw(NULL);
    char reply[256];
    int size = version(&client, 0, 7, data, sizeof(data), reply, sizeof(reply));

    (void)state;
    assert_true(size > 8);
    assert_memory_equal(reply, "\0\0\0\0", 4);
    assert_int_equal(strlen(reply + 4) + 5, size);
    assert_non_null(strstr(reply + 4, "\"max_msg_fds\":16"));
    assert_non_null(strstr(reply + 4, "\"max_data_xfer_size\":65536"));
    assert_null(strstr(reply + 4, "write_multiple"));
    assert_null(strstr(reply + 4, "twin_socket"));
    client_close(&client);
}

static void version_data_is_optional(void **state)
{
    struct peer client = client_attach_raw(NULL);
    char reply[256];

    (void)state;
    assert_true(version(&client, 0, 0, "", 0, reply, sizeof(reply)) > 4);
    /* A second one is an error, but the connection stays. */
    assert_int_equal(version(&client, 0, 0, "", 0, reply, sizeof(reply)), -EINVAL);
    assert_int_equal(client_get(&client, VFIO_PCI_CONFIG_REGION_INDEX, 0, 2), 0x1234);
    client_close(&client);
}

static void refused_version(unsigned major, const char *data, size_t size)
{
    struct peer client = client_attach_raw(NULL);
    char reply[256];

    assert_int_equal(version(&client, major, 0, data, size, reply, sizeof(reply)), -EINVAL);
    assert_true(client_closed(&client));
    close(client.fd);
}

static void bad_versions_end_the_connection(void **state)
{
    (void)state;
    refused_version(1, "", 0);
    refused_version(0, "{}", 2);
    refused_version(0, "{", 2);
    refused_version(0, "{\"capabilities\":{\"max_data_xfer_size\":64}}", 43);
    refused_version(0, "\xff\xfe\x00", 3);
}

static void nothing_before_the_version(void **state)
{
    struct peer client = client_attach_raw(NULL);
    struct message_device_info info = {.argsz = sizeof(info)};

    (void)state;
    assert_int_equal(client_exchange(&client, MESSAGE_DEVICE_GET_INFO, &info, sizeof(info), &info, sizeof(info)),
                     -EINVAL);
    assert_true(client_closed(&client));
    close(client.fd);
}

static void device_info_is_told(void **state)
{
    struct peer client = client_attach(NULL);
    struct message_device_info info = {.argsz = sizeof(info)};

    (void)state;
    assert_int_equal(client_exchange(&client, MESSAGE_DEVICE_GET_INFO, &info, sizeof(info), &info, sizeof(info)), 16);
    assert_int_equal(info.argsz, 16);
    assert_int_equal(info.flags, VFIO_DEVICE_FLAGS_RESET | VFIO_DEVICE_FLAGS_PCI);
    assert_int_equal(info.regions, 9);
    assert_int_equal(info.interrupts, 5);
    info = (struct message_device_info){.argsz = 15};
    assert_int_equal(client_exchange(&client, MESSAGE_DEVICE_GET_INFO, &info, sizeof(info), &info, sizeof(info)),
                     -EINVAL);
    assert_int_equal(client_exchange(&client, MESSAGE_DEVICE_GET_INFO, &info, 15, &info, sizeof(info)), -EINVAL);
    assert_int_equal(client_exchange(&client, MESSAGE_DEVICE_GET_INFO, NULL, 0, &info, sizeof(info)), -EINVAL);
    client_close(&client);
}

static void unknown_commands_are_errors(void **state)
{
    static const uint16_t commands[] = {0, MESSAGE_DMA_READ, MESSAGE_DMA_WRITE, 14, 15, 16, 17, 18, 99, 0xffff};
    struct peer client = client_attach(NULL);
    uint8_t payload[64] = {0}, reply[64];

    (void)state;
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
        assert_int_equal(client_exchange(&client, commands[i], payload, sizeof(payload), reply, sizeof(reply)),
                         -EOPNOTSUPP);
    assert_int_equal(client_get(&client, VFIO_PCI_CONFIG_REGION_INDEX, 0, 2), 0x1234);
    client_close(&client);
}

static void impossible_sizes_end_the_connection(void **state)
{
    static const uint32_t sizes[] = {0, 15, MESSAGE_MAX_SIZE + 1, UINT32_MAX};

    (void)state;
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        struct peer client = client_attach(NULL);
        struct message_header header = {1, MESSAGE_REGION_READ, sizes[i], 0, 0};

        client_send_bytes(&client, &header, sizeof(header));
        assert_true(client_closed(&client));
        close(client.fd);
    }
}

static void messages_may_come_in_pieces(void **state)
{
    struct peer client = client_attach(NULL);
    struct {
        struct message_header header;
        struct message_region region;
    } message = {{0}, {0, VFIO_PCI_CONFIG_REGION_INDEX, 2}};
    uint8_t reply[32];

    (void)state;
    message.header = (struct message_header){++client.id, MESSAGE_REGION_READ, sizeof(message), 0, 0};
    for (size_t i = 0; i < sizeof(message); i++) {
        client_send_bytes(&client, (const char *)&message + i, 1);
        usleep(200);
    }
    assert_int_equal(client_receive(&client, MESSAGE_REGION_READ, reply, sizeof(reply)), 18);
    client_close(&client);
}

static void commands_may_be_pipelined(void **state)
{
    enum { COUNT = 200 };
    struct peer client = client_attach(NULL);
    uint32_t value;

    (void)state;
    /* BAR accesses that need the clock, a no-reply write before each: replies in order, none for the writes. */
    for (uint32_t i = 0; i < COUNT; i++) {
        struct {
            struct message_region head;
            uint32_t value;
        } write = {{4, 0, 4}, i * 0x01010101u};
        struct message_region read = {4, 0, 4};

        client_send(&client, MESSAGE_REGION_WRITE, MESSAGE_FLAG_NO_REPLY, &write, 20, NULL, 0);
        client_send(&client, MESSAGE_REGION_READ, 0, &read, sizeof(read), NULL, 0);
    }
    client.id -= 2 * COUNT;
    for (uint32_t i = 0; i < COUNT; i++) {
        struct {
            struct message_region head;
            uint32_t value;
        } reply;

        client.id += 2;
        assert_int_equal(client_receive(&client, MESSAGE_REGION_READ, &reply, sizeof(reply)), 20);
        memcpy(&value, &reply.value, sizeof(value));
        assert_int_equal(value, i * 0x01010101u);
    }
    client_close(&client);
}

static void stray_replies_are_ignored(void **state)
{
    struct peer client = client_attach(NULL);

    (void)state;
    client_send(&client, MESSAGE_DMA_READ, MESSAGE_TYPE_REPLY, "0123456789abcdef", 16, NULL, 0);
    client_send(&client, MESSAGE_VERSION, MESSAGE_TYPE_REPLY | MESSAGE_FLAG_ERROR, NULL, 0, NULL, 0);
    assert_int_equal(client_get(&client, VFIO_PCI_CONFIG_REGION_INDEX, 0, 2), 0x1234);
    client_close(&client);
}

static void reset_clears_the_device(void **state)
{
    struct peer client = client_attach(NULL);
    uint8_t reply[16];

    (void)state;
    client_put(&client, 0, 0x10, 0x12345678, 4);
    assert_int_equal(client_exchange(&client, MESSAGE_DEVICE_RESET, NULL, 0, reply, sizeof(reply)), 0);
    assert_int_equal(client_get(&client, 0, 0x10, 4), 0);
    client_close(&client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(version_is_agreed_on),
        cmocka_unit_test(version_data_is_optional),
        cmocka_unit_test(bad_versions_end_the_connection),
        cmocka_unit_test(nothing_before_the_version),
        cmocka_unit_test(device_info_is_told),
        cmocka_unit_test(unknown_commands_are_errors),
        cmocka_unit_test(impossible_sizes_end_the_connection),
        cmocka_unit_test(messages_may_come_in_pieces),
        cmocka_unit_test(commands_may_be_pipelined),
        cmocka_unit_test(stray_replies_are_ignored),
        cmocka_unit_test(reset_clears_the_device),
    };

    return cmocka_run_group_tests_name("server_device", tests, NULL, NULL);
}
