/* SPDX-License-Identifier: Apache-2.0 */
/* The real card through its socket: registers, interrupts, resets, and a queue served by DMA. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <linux/vfio.h>

#include "driver/tlscard_map.h"
#include "tests/sim/own_card.h"

enum { FUNCTIONS = 4, ATTACH = VFIO_IRQ_SET_DATA_EVENTFD | VFIO_IRQ_SET_ACTION_TRIGGER, LOG2_ENTRIES = 3 };

static uint32_t get(struct peer *client, uint32_t offset)
{
    return client_get(client, 0, offset, 4);
}

static void put(struct peer *client, uint32_t offset, uint32_t value)
{
    client_put(client, 0, offset, value, 4);
}

static void every_function_names_itself(void **state)
{
    struct peer client[FUNCTIONS];

    (void)state;
    for (unsigned i = 0; i < FUNCTIONS; i++)
        client[i] = client_attach(NULL);
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        assert_int_equal(get(&client[i], TLSCARD_REG_NAME_LO), TLSCARD_NAME_LO);
        assert_int_equal(get(&client[i], TLSCARD_REG_NAME_HI), TLSCARD_NAME_HI);
        assert_int_equal(get(&client[i], TLSCARD_REG_MAP_HASH), TLSCARD_MAP_HASH_VALUE);
        assert_int_equal(get(&client[i], TLSCARD_REG_CAPS_QUEUES) & 0xffff, i << 8 | FUNCTIONS);
        assert_int_equal(get(&client[i], TLSCARD_REG_CAPS_FLAGS) & 1, 1);
        assert_int_equal(get(&client[i], TLSCARD_REG_STATUS), 1);
    }
    for (unsigned i = 0; i < FUNCTIONS; i++)
        client_close(&client[i]);
}

static void access_sizes_agree(void **state)
{
    struct peer client = client_attach(NULL);
    uint8_t words[32], longs[32], octets[32];

    (void)state;
    for (uint32_t i = 0; i < 32; i += 8) {
        assert_int_equal(client_read(&client, 0, i, longs + i, 8), 0);
        assert_int_equal(client_read(&client, 0, i, words + i, 4), 0);
        assert_int_equal(client_read(&client, 0, i + 4, words + i + 4, 4), 0);
    }
    for (uint32_t i = 0; i < 32; i++)
        assert_int_equal(client_read(&client, 0, i, octets + i, 1), 0);
    assert_memory_equal(words, longs, 32);
    assert_memory_equal(words, octets, 32);
    client_close(&client);
}

/* Every word of either BAR answers, known or not. */
static void every_word_answers(void **state)
{
    struct peer client = client_attach(NULL);
    uint8_t *data = malloc(0x10000);

    (void)state;
    assert_int_equal(client_read(&client, 0, 0, data, 0x10000), 0);
    assert_int_equal(client_read(&client, 2, 0, data, 0x2000), 0);
    free(data);
    client_close(&client);
}

static void the_table_holds_the_vectors(void **state)
{
    struct peer client = client_attach(NULL);
    int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    uint32_t entry[4];

    (void)state;
    assert_int_equal(client_irqs(&client, ATTACH, VFIO_PCI_MSIX_IRQ_INDEX, 3, 1, NULL, 0, &event, 1), 0);
    assert_int_equal(client_read(&client, 2, 3 * 16, entry, 16), 0);
    assert_int_equal(entry[0], 0xfee00000);
    assert_int_equal(entry[1], 0);
    assert_int_equal(entry[2], 3);
    assert_int_equal(entry[3], 0);
    assert_int_equal(client_irqs(&client, ATTACH, VFIO_PCI_MSIX_IRQ_INDEX, 3, 1, NULL, 0, NULL, 0), 0);
    assert_int_equal(client_get(&client, 2, 3 * 16 + 12, 4), 1);
    client_close(&client);
    close(event);
}

/* One queue pair in the client's memory: submission queue at IOVA, completion queue a page behind. */
static void open_queue(struct peer *client)
{
    put(client, TLSCARD_QUEUE_BASE + TLSCARD_QREG_SQ_BASE_LO, IOVA);
    put(client, TLSCARD_QUEUE_BASE + TLSCARD_QREG_CQ_BASE_LO, IOVA + 4096);
    put(client, TLSCARD_QUEUE_BASE + TLSCARD_QREG_SIZE, LOG2_ENTRIES);
    put(client, TLSCARD_QUEUE_BASE + TLSCARD_QREG_VECTOR, 1 | 1u << 31);
    put(client, TLSCARD_QUEUE_BASE + TLSCARD_QREG_ENABLE, 1);
    assert_int_equal(get(client, TLSCARD_QUEUE_BASE + TLSCARD_QREG_STATE), 1);
}

/* Submit a NOP as the n-th entry and wait for its completion by interrupt. */
static void nop(struct peer *client, struct memory_block *memory, int event, unsigned n)
{
    unsigned entries = 1u << LOG2_ENTRIES, at = n % entries;
    uint8_t *submission = memory->data + 64 * at, *completion = memory->data + 4096 + 16 * at;
    uint16_t id = (uint16_t)(n * 257), got;
    uint16_t phase;

    memset(submission, 0, 64);
    submission[0] = TLSCARD_OP_NOP;
    memcpy(submission + 2, &id, 2);
    put(client, TLSCARD_DOORBELL_BASE + TLSCARD_DOORBELL_SQ_TAIL, (at + 1) % entries);
    assert_true(event_wait(event) >= 1);
    memcpy(&got, completion, 2);
    memcpy(&phase, completion + 14, 2);
    assert_int_equal(got, id);
    assert_int_equal(completion[2], TLSCARD_STATUS_OK);
    assert_int_equal(phase, n / entries % 2 ? 0 : 0x8000);
    put(client, TLSCARD_DOORBELL_BASE + TLSCARD_DOORBELL_CQ_HEAD, (at + 1) % entries);
}

static struct peer prepare(struct own_card *own, const struct card_options *options, struct memory_block *memory,
                           int event)
{
    struct peer client = own_card_start(own, options);

    *memory = memory_create(65536);
    loop_enable(&client);
    assert_int_equal(client_map(&client, IOVA, memory->size, 0, 3, memory->fd), 0);
    assert_int_equal(client_irqs(&client, ATTACH, VFIO_PCI_MSIX_IRQ_INDEX, 1, 1, NULL, 0, &event, 1), 0);
    return client;
}

static void serve_queue(const struct card_options *options)
{
    struct own_card *own = calloc(1, sizeof(*own));
    int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct memory_block memory;
    struct peer client = prepare(own, options, &memory, event);
    uint8_t reply[16];

    for (unsigned round = 0; round < 2; round++) {
        open_queue(&client);
        for (unsigned n = 0; n < 30; n++)
            nop(&client, &memory, event, n);
        /* After a reset the queue is closed, the vector still attached. */
        assert_int_equal(client_exchange(&client, MESSAGE_DEVICE_RESET, NULL, 0, reply, sizeof(reply)), 0);
        assert_int_equal(get(&client, TLSCARD_QUEUE_BASE + TLSCARD_QREG_STATE), 0);
    }
    own_card_stop(own, &client);
    if (own->card.rules.violation)
        fail_msg("the card broke a rule: %s", own->card.rules.violation);
    assert_int_equal(own->card.link.broken, 0);
    assert_int_equal(own->card.function[0].upstream.faults, 0);
    own_card_destroy(own);
    free(own);
    memory_free(&memory);
    close(event);
}

static void a_queue_is_served(void **state)
{
    const struct card_options options = CARD_OPTIONS_DEFAULT;

    (void)state;
    serve_queue(&options);
}

static void a_queue_is_served_split_and_reordered(void **state)
{
    const struct card_options options = {.latency = 300, .split = true, .reorder = true, .seed = 3};

    (void)state;
    serve_queue(&options);
}

/* The queue lies in memory that is reached by messages, which the client answers as it waits for replies. */
static void a_queue_is_served_by_messages(void **state)
{
    struct peer client = client_attach(NULL);
    struct memory_block memory = memory_create(65536);
    uint8_t *completion = memory.data + 4096;

    (void)state;
    client.memory = &memory;
    loop_enable(&client);
    assert_int_equal(client_map(&client, IOVA, memory.size, 0, 3, -1), 0);
    open_queue(&client);
    memory.data[0] = TLSCARD_OP_NOP;
    memory.data[2] = 0x5a;
    put(&client, TLSCARD_DOORBELL_BASE + TLSCARD_DOORBELL_SQ_TAIL, 1);
    for (unsigned tries = 0; tries < 100000 && !(completion[15] & 0x80); tries++)
        get(&client, TLSCARD_REG_STATUS);
    assert_int_equal(completion[0], 0x5a);
    assert_int_equal(completion[15], 0x80);
    assert_true(client.dma_reads >= 1 && client.dma_writes >= 1);
    client_close(&client);
    memory_free(&memory);
}

static long cpu_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void an_idle_card_sleeps(void **state)
{
    const struct card_options options = CARD_OPTIONS_DEFAULT;
    struct own_card *own = calloc(1, sizeof(*own));
    int event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct memory_block memory;
    struct peer client = prepare(own, &options, &memory, event);
    long before;

    (void)state;
    open_queue(&client);
    nop(&client, &memory, event, 0);
    before = cpu_ms();
    sleep(5);
    assert_in_range(cpu_ms() - before, 0, 20);
    own_card_stop(own, &client);
    own_card_destroy(own);
    free(own);
    memory_free(&memory);
    close(event);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_function_names_itself),
        cmocka_unit_test(access_sizes_agree),
        cmocka_unit_test(every_word_answers),
        cmocka_unit_test(the_table_holds_the_vectors),
        cmocka_unit_test(a_queue_is_served),
        cmocka_unit_test(a_queue_is_served_split_and_reordered),
        cmocka_unit_test(a_queue_is_served_by_messages),
        cmocka_unit_test(an_idle_card_sleeps),
    };

    return cmocka_run_group_tests_name("top", tests, NULL, NULL);
}
