/* SPDX-License-Identifier: Apache-2.0 */
/* The registers that --stats reads are those of the map. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "driver/tlscard_map.h"
#include "sim/stats.h"
#include "tests/sim/own_card.h"

static void registers_are_the_maps(void **state)
{
    static const struct stats_register map[STATS_REGISTERS] = {
        {"pke_completed", TLSCARD_REG_PKE_COMPLETED}, {"pke_failed", TLSCARD_REG_PKE_FAILED},
        {"gcm_completed", TLSCARD_REG_GCM_COMPLETED}, {"gcm_failed", TLSCARD_REG_GCM_FAILED},
        {"busy_cycles_lo", TLSCARD_REG_BUSY_CYCLES_LO}, {"busy_cycles_hi", TLSCARD_REG_BUSY_CYCLES_HI},
        {"error_count", TLSCARD_REG_ERROR_COUNT},
    };

    (void)state;
    for (unsigned i = 0; i < STATS_REGISTERS; i++) {
        assert_string_equal(stats_registers[i].name, map[i].name);
        assert_int_equal(stats_registers[i].offset, map[i].offset);
    }
}

static void they_are_read_through_the_link(void **state)
{
    const struct card_options options = CARD_OPTIONS_DEFAULT;
    struct own_card *own = calloc(1, sizeof(*own));
    struct peer client = own_card_start(own, &options), second = {.fd = -1};
    char text[4096];
    FILE *file = fmemopen(text, sizeof(text), "w");

    (void)state;
    own_card_stop(own, &client);
    while (card_turn(&own->card, 0))
        ;
    /* The small device has memory there. */
    assert_int_equal(card_read_register(&own->card, 1, TLSCARD_REG_PKE_FAILED, &(uint32_t){0}), 0);
    stats_print(&own->card, file, 1.5);
    fclose(file);
    assert_int_equal(text[0], '{');
    assert_non_null(strstr(text, "\"seconds\":1.500,"));
    assert_non_null(strstr(text, "\"violations\":0,"));
    assert_non_null(strstr(text, "{\"function\":3,\"connected\":false,"));
    assert_non_null(strstr(text, "\"pke_completed\":0,"));
    assert_string_equal(strchr(text, '\n'), "\n");
    client_close(&second);
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
