// SPDX-License-Identifier: Apache-2.0
// An engine without curves: their opcodes are not served, whatever the entry; the others are.
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "driver/tlscard_map.h"
#include "host_check_model.h"

static uint8_t check(struct host_check_model *model, const struct tlscard_submission *entry) {
    *model->enable = 1;
    memcpy(model->entry, entry, sizeof(*entry));
    host_check_model_eval(model);
    return *model->status;
}

static void test_opcodes_of_a_card_without_curves(void **state) {
    struct host_check_model model;
    (void)state;
    assert_int_equal(host_check_model_create(&model), 0);
    for (unsigned opcode = 0; opcode < 256; opcode++) {
        const struct tlscard_submission curve = {
            .opcode = (uint8_t)opcode, .parameter = TLSCARD_CURVE_P256, .key_length = 32, .source_length = 64,
            .destination_length = 64};
        bool rsa = opcode >= TLSCARD_OP_MODEXP && opcode <= TLSCARD_OP_RSA_PRIVATE_CRT;
        bool served = rsa || opcode == TLSCARD_OP_NOP;
        assert_int_equal(check(&model, &curve),
                         served ? TLSCARD_STATUS_INVALID_FIELD : TLSCARD_STATUS_INVALID_OPCODE);
        assert_int_equal(*model.pke, rsa);
    }
    const struct tlscard_submission good = {
        .opcode = TLSCARD_OP_RSA_PUBLIC, .parameter = 128, .key_length = 144, .source_length = 128,
        .destination_length = 128};
    assert_int_equal(check(&model, &good), TLSCARD_STATUS_OK);
    assert_int_equal(*model.key_length, 144);
    assert_int_equal(*model.source_length, 128);
    host_check_model_destroy(&model);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_opcodes_of_a_card_without_curves)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
