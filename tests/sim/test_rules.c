/* SPDX-License-Identifier: Apache-2.0 */
/* Packets that no card may send are counted, named and dropped; good ones are not counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/sim/own_card.h"

#define BOTH (MESSAGE_DMA_READABLE | MESSAGE_DMA_WRITABLE)
#define ID ((uint32_t)PORTS_BUS_DEVICE << 3 << 16)

/* Send a raw packet of the small device's; its payload is the buffer's. */
static void raw(struct peer *client, const uint32_t *header, unsigned words)
{
    assert_int_equal(client_write(client, 0, LOOP_RAW, header, 16), 0);
    loop_start(client, LOOP_DO_RAW, 0, words, 0, 0, 0);
    client_get(client, 0, 0, 4);
}

/* What the card's checker says after one packet, or NULL. */
static const char *verdict(const uint32_t *header, unsigned words)
{
    const struct card_options options = CARD_OPTIONS_DEFAULT;
    struct own_card *own = calloc(1, sizeof(*own));
    struct memory_block memory = memory_create(1 << 20);
    struct peer client = own_card_start(own, &options);
    const char *violation;

    loop_enable(&client);
    assert_int_equal(client_map(&client, IOVA, memory.size, 0, BOTH, memory.fd), 0);
    raw(&client, header, words);
    own_card_stop(own, &client);
    violation = own->card.rules.violation;
    if (!violation && own->card.link.broken)
        violation = "broken";
    assert_int_equal(violation != NULL, own->card.rules.violations + own->card.link.broken != 0);
    own_card_destroy(own);
    free(own);
    memory_free(&memory);
    return violation;
}

static void good(uint32_t first, uint32_t second, uint32_t third, uint32_t fourth)
{
    const uint32_t header[4] = {first, second, third, fourth};
    const char *said = verdict(header, first & 0x3ff);

    if (said)
        fail_msg("a good packet was called: %s", said);
}

static void bad(uint32_t first, uint32_t second, uint32_t third, uint32_t fourth, const char *rule)
{
    const uint32_t header[4] = {first, second, third, fourth};
    const char *said = verdict(header, first & 0x3ff);

    assert_non_null(said);
    assert_non_null(strstr(said, rule));
}

static void good_requests(void **state)
{
    (void)state;
    good(0x40000001, ID | 0x0f, IOVA, 0);
    good(0x40000040, ID | 0xff, IOVA + 0xf00, 0);
    good(0x40000002, ID | 0x59, IOVA, 0);
    good(0x60000001, ID | 0x0f, 1, 0);
    good(0x40000003, ID | 0x1c, IOVA + 4, 0);
}

static void bad_requests(void **state)
{
    (void)state;
    bad(0x40000001, (ID + 0x80000) | 0x0f, IOVA, 0, "requester");
    bad(0x40000001, ID | 0x7000f, IOVA, 0, "function");
    bad(0x40000002, ID | 0xff, IOVA + 0xffc, 0, "4 KiB");
    bad(0x60000001, ID | 0x0f, 0, IOVA, "long header");
    bad(0x40000001, ID | 0xff, IOVA, 0, "enables");
    bad(0x40000002, ID | 0x0f, IOVA, 0, "enables");
    bad(0x40000003, ID | 0xf7, IOVA, 0, "enables");
    bad(0x40000003, ID | 0xaf, IOVA, 0, "enables");
    bad(0x40000002, ID | 0xf5, IOVA + 4, 0, "enables");
    bad(0x40004001, ID | 0x0f, IOVA, 0, "poisoned");
    bad(0x40000041, ID | 0xff, IOVA, 0, "Max_Payload_Size");
    bad(0x00000081, ID | 0xff, IOVA, 0, "Max_Read_Request_Size");
}

static void other_packets(void **state)
{
    (void)state;
    bad(0x4a000001, 4, 0, 0, "completion");
    bad(0x0a000000, 4, 0, 0, "completion");
    bad(0x42000001, ID | 0x0f, IOVA, 0, "type");
    bad(0x34000000, ID, 0, 0, "type");
    bad(0x80000000, ID, 0, 0, "type");
}

static void beats_that_do_not_fit_the_header(void **state)
{
    const uint32_t header[4] = {0x40000010, ID | 0xff, IOVA, 0};

    (void)state;
    assert_string_equal(verdict(header, 4), "broken");
    assert_string_equal(verdict(header, 20), "broken");
}

/* The same tag twice. */
static void a_tag_in_use(void **state)
{
    const struct card_options options = {.latency = 100000};
    struct own_card *own = calloc(1, sizeof(*own));
    struct peer client = own_card_start(own, &options);

    (void)state;
    loop_enable(&client);
    loop_start(&client, LOOP_DO_READ, IOVA, 1, 0xf, 0, 5);
    loop_start(&client, LOOP_DO_READ, IOVA, 1, 0xf, 0, 6);
    loop_start(&client, LOOP_DO_READ, IOVA, 1, 0xf, 0, 5);
    own_card_stop(own, &client);
    assert_int_equal(own->card.rules.violations, 1);
    assert_non_null(strstr(own->card.rules.violation, "tag is outstanding"));
    own_card_destroy(own);
    free(own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_requests),
        cmocka_unit_test(bad_requests),
        cmocka_unit_test(other_packets),
        cmocka_unit_test(beats_that_do_not_fit_the_header),
        cmocka_unit_test(a_tag_in_use),
    };

    return cmocka_run_group_tests_name("rules", tests, NULL, NULL);
}
