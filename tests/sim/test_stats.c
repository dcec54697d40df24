/* SPDX-License-Identifier: Apache-2.0 */
/* The registers that --stats reads are those of the map. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "driver/tlscard_map.h"
#include "sim/counters.h"
#include "sim/stats.h"
#include "tests/sim/own_card.h"

static void registers_are_the_maps(void **state)
{
    (void)state;
    assert_int_equal(COUNTERS_OFFSET + offsetof(struct counters, pke_completed), TLSCARD_REG_PKE_COMPLETED);
    assert_int_equal(COUNTERS_OFFSET + offsetof(struct counters, pke_failed), TLSCARD_REG_PKE_FAILED);
    assert_int_equal(COUNTERS_OFFSET + offsetof(struct counters, gcm_completed), TLSCARD_REG_GCM_COMPLETED);
    assert_int_equal(COUNTERS_OFFSET + offsetof(struct counters, gcm_failed), TLSCARD_REG_GCM_FAILED);
    assert_int_equal(COUNTERS_OFFSET + offsetof(struct counters, busy_cycles), TLSCARD_REG_BUSY_CYCLES_LO);
    assert_int_equal(TLSCARD_REG_BUSY_CYCLES_HI, TLSCARD_REG_BUSY_CYCLES_LO + 4);
}

static void they_are_read_through_the_link(void **state)
{
    const struct card_options options = CARD_OPTIONS_DEFAULT;
    struct own_card *own = calloc(1, sizeof(*own));
    struct peer client = own_card_start(own, &options);
    char text[4096];
    uint32_t value;
    FILE *file = fmemopen(text, sizeof(text), "w");

    (void)state;
    /* The small device has memory there; what it holds is added up before the reset clears it. */
    client_put(&client, 0, TLSCARD_REG_PKE_COMPLETED, 5, 4);
    client_put(&client, 0, TLSCARD_REG_BUSY_CYCLES_HI, 1, 4);
    own_card_stop(own, &client);
    while (card_turn(&own->card, 0))
        ;
    assert_int_equal(card_read_registers(&own->card, 0, TLSCARD_REG_PKE_COMPLETED, &value, sizeof(value)), 0);
    assert_int_equal(value, 0);
    stats_print(&own->card, file, 1.5);
    fclose(file);
    assert_int_equal(text[0], '{');
    assert_non_null(strstr(text, "\"seconds\":1.500,"));
    assert_non_null(strstr(text, "\"violations\":0,"));
    assert_non_null(strstr(text, "{\"function\":3,\"connected\":false,"));
    assert_non_null(strstr(text, "{\"function\":0,\"connected\":false,\"interrupts\":0,\"faults\":0,\"pke_completed\":5,"));
    assert_non_null(strstr(text, "\"busy_cycles\":4294967296}"));
    assert_string_equal(strchr(text, '\n'), "\n");
    own_card_destroy(own);
    free(own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registers_are_the_maps),
        cmocka_unit_test(they_are_read_through_the_link),
    };

    return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
