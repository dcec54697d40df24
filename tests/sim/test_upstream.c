/* SPDX-License-Identifier: Apache-2.0 */
/* Packets from the card: memory reached by messages, their order, octet enables, and a client that goes away. */
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <linux/vfio.h>

#include "tests/sim/client.h"

enum { BOTH = MESSAGE_DMA_READABLE | MESSAGE_DMA_WRITABLE, UNSUPPORTED = 1 << 16 };

/* A client whose memory has no descriptor, or has. */
static struct peer start(struct memory_block *memory, bool by_message)
{
    struct peer client = client_attach(NULL);

    *memory = memory_create(65536);
    for (size_t i = 0; i < memory->size; i++)
        memory->data[i] = (uint8_t)(i * 7 ^ i >> 8);
    client.memory = by_message ? memory : NULL;
    loop_enable(&client);
    client_put(&client, 0, LOOP_STATUS, 0, 4);
    assert_int_equal(client_map(&client, IOVA, memory->size, 0, BOTH, by_message ? -1 : memory->fd), 0);
    return client;
}

static void end(struct peer *client, struct memory_block *memory)
{
    client_close(client);
    memory_free(memory);
}

static void reads_by_message(void **state)
{
    struct memory_block memory;
    struct peer client = start(&memory, true);
    uint8_t data[512];

    (void)state;
    loop_start(&client, LOOP_DO_READ, IOVA + 0x240, 128, 0xf, 0xf, 2);
    assert_int_equal(loop_wait(&client) >> 16, 0);
    assert_int_equal(client.dma_reads, 1);
    assert_int_equal(client_read(&client, 0, LOOP_BUFFER + 2 * LOOP_SLOT, data, sizeof(data)), 0);
    assert_memory_equal(data, memory.data + 0x240, sizeof(data));
    end(&client, &memory);
}

static void writes_by_message(void **state)
{
    struct memory_block memory;
    struct peer client = start(&memory, true);
    uint8_t data[256];

    (void)state;
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(200 - i);
    assert_int_equal(client_write(&client, 0, LOOP_BUFFER, data, sizeof(data)), 0);
    loop_start(&client, LOOP_DO_WRITE, IOVA + 0x1000, 64, 0xf, 0xf, 0);
    client_get(&client, 0, 0, 4);
    assert_int_equal(client.dma_writes, 1);
    assert_memory_equal(memory.data + 0x1000, data, sizeof(data));
    end(&client, &memory);
}

/* Registers are served while the client owes an answer to a DMA read. */
static void accesses_go_on_meanwhile(void **state)
{
    struct memory_block memory;
    struct peer client = start(&memory, false);
    struct message_header header;
    struct message_dma head;
    uint8_t data[256] = {0x99};

    (void)state;
    assert_int_equal(client_map(&client, 0x40000000, 4096, 0, BOTH, -1), 0);
    loop_start(&client, LOOP_DO_READ, 0x40000000, 64, 0xf, 0xf, 0);
    assert_int_equal(recv(client.fd, &header, sizeof(header), MSG_WAITALL), sizeof(header));
    assert_int_equal(header.command, MESSAGE_DMA_READ);
    assert_int_equal(recv(client.fd, &head, sizeof(head), MSG_WAITALL), sizeof(head));
    assert_int_equal(head.count, sizeof(data));
    for (uint32_t i = 1; i < 50; i++) {
        client_put(&client, 0, 0, i, 4);
        assert_int_equal(client_get(&client, 0, 0, 4), i);
    }
    assert_int_equal(client_get(&client, 0, LOOP_STATUS, 4) >> 24, 1);
    header.flags = MESSAGE_TYPE_REPLY;
    header.size = sizeof(header) + sizeof(head) + sizeof(data);
    client_send_bytes(&client, &header, sizeof(header));
    client_send_bytes(&client, &head, sizeof(head));
    client_send_bytes(&client, data, sizeof(data));
    loop_wait(&client);
    assert_int_equal(client_get(&client, 0, LOOP_BUFFER, 1), 0x99);
    end(&client, &memory);
}

/* An answer that is an error, too short, or about something else, is Unsupported Request to the card. */
static void bad_answers(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 4; kind++) {
        struct memory_block memory;
        struct peer client = start(&memory, false);
        struct {
            struct message_header header;
            struct message_dma head;
            uint8_t data[16];
        } reply;

        assert_int_equal(client_map(&client, 0x40000000, 4096, 0, BOTH, -1), 0);
        loop_start(&client, LOOP_DO_READ, 0x40000000, 4, 0xf, 0xf, 0);
        assert_int_equal(recv(client.fd, &reply, 32, MSG_WAITALL), 32);
        reply.header.flags = MESSAGE_TYPE_REPLY | (kind == 0 ? MESSAGE_FLAG_ERROR : 0);
        reply.header.size = kind == 0 ? 16 : kind == 1 ? 47 : 48;
        reply.head.count -= kind == 2;
        reply.head.address += kind == 3;
        client_send_bytes(&client, &reply, reply.header.size);
        assert_int_equal(loop_wait(&client) & 0x70000, UNSUPPORTED);
        end(&client, &memory);
    }
}

/* What follows a write by message is not seen before the client has acknowledged that write. */
static void an_interrupt_waits_for_the_write(void **state)
{
    struct memory_block memory;
    struct peer client = start(&memory, false);
    struct message_header header;
    struct message_dma head;
    struct pollfd readable;
    int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    uint8_t data[64];

    (void)state;
    assert_int_equal(client_irqs(&client, VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER,
                                 VFIO_PCI_MSIX_IRQ_INDEX, 0, 1, NULL, 0, &event, 1), 0);
    assert_int_equal(client_map(&client, 0x40000000, 4096, 0, BOTH, -1), 0);
    memset(memory.data, 0x11, 16);
    client_put(&client, 0, LOOP_BUFFER, 0x22222222, 4);
    /* By message; to shared memory; interrupt. No-reply, lest the client read the message too early. */
    for (unsigned i = 0; i < 3; i++) {
        struct {
            struct message_region region;
            uint32_t block[4];
        } command = {{LOOP_ADDRESS, 0, 16}, {i == 0 ? 0x40000000 : IOVA, 0, 1 | 0xf << 16,
                                             i == 2 ? LOOP_DO_INTERRUPT : LOOP_DO_WRITE}};

        client_send(&client, MESSAGE_REGION_WRITE, MESSAGE_FLAG_NO_REPLY, &command, sizeof(command), NULL, 0);
    }
    assert_int_equal(recv(client.fd, &header, sizeof(header), MSG_WAITALL), sizeof(header));
    assert_int_equal(header.command, MESSAGE_DMA_WRITE);
    assert_int_equal(recv(client.fd, &head, sizeof(head), MSG_WAITALL), sizeof(head));
    assert_int_equal(recv(client.fd, data, head.count, MSG_WAITALL), head.count);
    readable = (struct pollfd){event, POLLIN, 0};
    assert_int_equal(poll(&readable, 1, 200), 0);
    assert_int_equal(memory.data[0], 0x11);
    header.flags = MESSAGE_TYPE_REPLY;
    header.size = sizeof(header) + sizeof(head);
    client_send_bytes(&client, &header, sizeof(header));
    client_send_bytes(&client, &head, sizeof(head));
    assert_int_equal(event_wait(event), 1);
    assert_int_equal(memory.data[0], 0x22);
    close(event);
    end(&client, &memory);
}

/* First and last octets of reads and writes, with guards on both sides. */
static void octet_enables(bool by_message)
{
    static const uint8_t firsts[] = {0xf, 0xe, 0xc, 0x8}, lasts[] = {0xf, 0x7, 0x3, 0x1};
    struct memory_block memory;
    struct peer client = start(&memory, by_message);
    uint8_t fill[1024];

    memset(fill, 0xee, sizeof(fill));
    for (unsigned words = 2; words < 40; words += 9) {
        for (unsigned i = 0; i < 16; i++) {
            unsigned skip = i / 4, spare = i % 4, octets = words * 4 - skip - spare;

            memset(memory.data, 0x55, 4096);
            assert_int_equal(client_write(&client, 0, LOOP_BUFFER, fill, words * 4), 0);
            loop_start(&client, LOOP_DO_WRITE, IOVA + 100, words, firsts[skip], lasts[spare], 0);
            client_get(&client, 0, 0, 4);
            for (unsigned at = 0; at < 400; at++)
                assert_int_equal(memory.data[at], at >= 100 + skip && at < 100 + skip + octets ? 0xee : 0x55);
            loop_start(&client, LOOP_DO_READ, IOVA + 100, words, firsts[skip], lasts[spare], 1);
            assert_int_equal(loop_wait(&client) >> 16, 0);
            assert_int_equal(client_read(&client, 0, LOOP_BUFFER + LOOP_SLOT, fill, words * 4), 0);
            assert_memory_equal(fill + skip, memory.data + 100 + skip, octets);
            memset(fill, 0xee, sizeof(fill));
        }
    }
    end(&client, &memory);
}

static void octet_enables_with_descriptor(void **state)
{
    (void)state;
    octet_enables(false);
}

static void octet_enables_by_message(void **state)
{
    (void)state;
    octet_enables(true);
}

static void scattered_octets(void **state)
{
    struct memory_block memory;
    struct peer client = start(&memory, false);

    (void)state;
    for (unsigned enables = 0; enables < 16; enables++) {
        memset(memory.data, 0x55, 64);
        client_put(&client, 0, LOOP_BUFFER, 0xeeeeeeee, 4);
        loop_start(&client, LOOP_DO_WRITE, IOVA + 16, 1, enables, 0, 0);
        client_get(&client, 0, 0, 4);
        for (unsigned i = 0; i < 64; i++)
            assert_int_equal(memory.data[i], i >= 16 && i < 20 && enables >> (i - 16) & 1 ? 0xee : 0x55);
    }
    end(&client, &memory);
}

static void without_bus_mastering_nothing_leaves(void **state)
{
    struct memory_block memory;
    struct peer client = start(&memory, false);

    (void)state;
    client_put(&client, VFIO_PCI_CONFIG_REGION_INDEX, 4, 2, 2);
    memset(memory.data, 0x55, 64);
    loop_start(&client, LOOP_DO_WRITE, IOVA, 1, 0xf, 0, 0);
    client_get(&client, 0, 0, 4);
    assert_int_equal(memory.data[0], 0x55);
    end(&client, &memory);
}

/* A client that vanishes with DMA under way leaves a card that serves the next one. */
static void a_client_vanishes(void **state)
{
    struct peer keep = client_attach("latency=300");

    (void)state;
    for (unsigned round = 0; round < 40; round++) {
        struct memory_block memory;
        struct peer client = start(&memory, round & 1);
        struct message_region read = {0, 0, 4};

        for (unsigned i = 0; i < 4; i++)
            loop_start(&client, LOOP_DO_READ, IOVA + 256 * i, 64, 0xf, 0xf, i);
        client_send(&client, MESSAGE_REGION_READ, 0, &read, sizeof(read), NULL, 0);
        if (round & 2)
            client_send(&client, MESSAGE_DEVICE_RESET, 0, NULL, 0, NULL, 0);
        if (round & 4)
            usleep(1000);
        close(client.fd);
        memory_free(&memory);
        assert_int_equal(client_get(&keep, VFIO_PCI_CONFIG_REGION_INDEX, 0, 2), 0x1234);
    }
    loop_wait(&keep);
    client_close(&keep);
}

/* A client that stops reading loses its connection, not the card its life. */
static void a_client_stops_reading(void **state)
{
    struct peer keep = client_attach(NULL), client = client_attach(NULL);
    struct message_region read = {0, VFIO_PCI_CONFIG_REGION_INDEX, 4096};
    struct {
        struct message_header header;
        struct message_region region;
    } message = {{1, MESSAGE_REGION_READ, sizeof(message), 0, 0}, read};

    (void)state;
    for (unsigned i = 0; i < 20000; i++)
        if (send(client.fd, &message, sizeof(message), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
            usleep(100);
    assert_int_equal(client_get(&keep, VFIO_PCI_CONFIG_REGION_INDEX, 0, 2), 0x1234);
    close(client.fd);
    assert_int_equal(client_get(&keep, VFIO_PCI_CONFIG_REGION_INDEX, 0, 2), 0x1234);
    client_close(&keep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_by_message),
        cmocka_unit_test(writes_by_message),
        cmocka_unit_test(accesses_go_on_meanwhile),
        cmocka_unit_test(bad_answers),
        cmocka_unit_test(an_interrupt_waits_for_the_write),
        cmocka_unit_test(octet_enables_with_descriptor),
        cmocka_unit_test(octet_enables_by_message),
        cmocka_unit_test(scattered_octets),
        cmocka_unit_test(without_bus_mastering_nothing_leaves),
        cmocka_unit_test(a_client_vanishes),
        cmocka_unit_test(a_client_stops_reading),
    };

    return cmocka_run_group_tests_name("upstream", tests, NULL, NULL);
}
