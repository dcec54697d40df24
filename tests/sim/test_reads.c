/* SPDX-License-Identifier: Apache-2.0 */
/* Completions of the card's reads: their sizes, latency, order, and that the data are right in any of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include <linux/pci_regs.h>
#include <linux/vfio.h>

#include "tests/sim/client.h"

enum { BOTH = MESSAGE_DMA_READABLE | MESSAGE_DMA_WRITABLE, CONFIG = VFIO_PCI_CONFIG_REGION_INDEX,
       DEVICE_CONTROL = 0x68 };

static struct peer start(const char *options, struct memory_block *memory)
{
    struct peer client = client_attach(options);

    *memory = memory_create(65536);
    for (size_t i = 0; i < memory->size; i++)
        memory->data[i] = (uint8_t)(i * 13 ^ i >> 7);
    loop_enable(&client);
    assert_int_equal(client_map(&client, IOVA, memory->size, 0, BOTH, memory->fd), 0);
    client_put(&client, 0, LOOP_STATUS, 0, 4);
    return client;
}

static void end(struct peer *client, struct memory_block *memory)
{
    client_close(client);
    memory_free(memory);
}

/* Completions of one read of 512 octets. */
static unsigned completions(struct peer *client, uint64_t address)
{
    client_put(client, 0, LOOP_STATUS, 0, 4);
    loop_start(client, LOOP_DO_READ, address, 128, 0xf, 0xf, 0);
    return loop_wait(client) & 0xffff;
}

static void pieces_keep_to_the_payload_size(void **state)
{
    struct memory_block memory;
    struct peer client = start("functions=1", &memory);

    (void)state;
    assert_int_equal(completions(&client, IOVA), 2);
    assert_int_equal(completions(&client, IOVA + 64), 3);
    client_put(&client, CONFIG, DEVICE_CONTROL, PCI_EXP_DEVCTL_PAYLOAD_128B | PCI_EXP_DEVCTL_READRQ_512B, 2);
    assert_int_equal(completions(&client, IOVA), 4);
    client_put(&client, CONFIG, DEVICE_CONTROL, PCI_EXP_DEVCTL_PAYLOAD_512B | PCI_EXP_DEVCTL_READRQ_512B, 2);
    assert_int_equal(completions(&client, IOVA), 1);
    end(&client, &memory);
}

static void split_gives_the_smallest_pieces(void **state)
{
    struct memory_block memory;
    struct peer client = start("split", &memory);

    (void)state;
    assert_int_equal(completions(&client, IOVA), 8);
    assert_int_equal(completions(&client, IOVA + 32), 9);
    end(&client, &memory);
}

static void latency_is_counted_in_cycles(void **state)
{
    struct memory_block memory;
    struct peer client = start("latency=200000", &memory);
    unsigned polls = 0;

    (void)state;
    loop_start(&client, LOOP_DO_READ, IOVA, 1, 0xf, 0, 0);
    while (client_get(&client, 0, LOOP_STATUS, 4) >> 24)
        polls++;
    assert_true(polls >= 5);
    end(&client, &memory);
}

static void random_reads(const char *options)
{
    const char *given = getenv("TLSCARD_TEST_SEED");
    unsigned seed = given ? (unsigned)strtoul(given, NULL, 0) : (unsigned)time(NULL);
    struct memory_block memory;
    struct peer client = start(options, &memory);
    uint8_t data[512];

    print_message("# TLSCARD_TEST_SEED=%u\n", seed);
    for (unsigned round = 0; round < 60; round++) {
        unsigned words[4], at[4];

        for (unsigned tag = 0; tag < 4; tag++) {
            words[tag] = 2 + (unsigned)rand_r(&seed) % 127;
            at[tag] = (unsigned)rand_r(&seed) % 15 * 4096 + (unsigned)rand_r(&seed) % 896 * 4;
            loop_start(&client, LOOP_DO_READ, IOVA + at[tag], words[tag], 0xf, 0xf, tag);
        }
        assert_int_equal(loop_wait(&client) >> 16, 0);
        for (unsigned tag = 0; tag < 4; tag++) {
            assert_int_equal(client_read(&client, 0, LOOP_BUFFER + LOOP_SLOT * tag, data, words[tag] * 4), 0);
            assert_memory_equal(data, memory.data + at[tag], words[tag] * 4);
        }
    }
    end(&client, &memory);
}

static void data_are_right_as_usual(void **state)
{
    (void)state;
    random_reads("");
}

static void data_are_right_split_and_reordered(void **state)
{
    (void)state;
    random_reads("split,reorder,latency=400,seed=7");
}

/* Four reads at once: in order of their requests without the option, in some other with it. */
static uint32_t order_of_four(const char *options)
{
    struct memory_block memory;
    struct peer client = start(options, &memory);
    uint32_t order;

    for (unsigned i = 0; i < 4; i++) {
        struct {
            struct message_region region;
            uint32_t block[4];
        } command = {{LOOP_ADDRESS, 0, 16}, {IOVA + i * 64, 0, 16 | 0xff << 16, LOOP_DO_READ | i << 8}};

        client_send(&client, MESSAGE_REGION_WRITE, MESSAGE_FLAG_NO_REPLY, &command, sizeof(command), NULL, 0);
    }
    loop_wait(&client);
    order = client_get(&client, 0, LOOP_ORDER, 4) & 0xffff;
    end(&client, &memory);
    return order;
}

static void reorder_changes_the_order(void **state)
{
    char options[64];
    unsigned others = 0;

    (void)state;
    assert_int_equal(order_of_four("latency=50000"), 0x0123);
    for (unsigned seed = 1; seed <= 5; seed++) {
        snprintf(options, sizeof(options), "reorder,latency=50000,seed=%u", seed);
        others += order_of_four(options) != 0x0123;
    }
    assert_true(others >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_keep_to_the_payload_size),
        cmocka_unit_test(split_gives_the_smallest_pieces),
        cmocka_unit_test(latency_is_counted_in_cycles),
        cmocka_unit_test(data_are_right_as_usual),
        cmocka_unit_test(data_are_right_split_and_reordered),
        cmocka_unit_test(reorder_changes_the_order),
    };

    return cmocka_run_group_tests_name("reads", tests, NULL, NULL);
}
