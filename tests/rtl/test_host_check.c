/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/host/host_check.v: what a submission entry must be, and the status of one that is not. */
#include <stdbool.h>

#include "driver/tlscard_map.h"
#include "host_check_model.h"
#include "tests/rtl/unit.h"

static struct host_check_model unit;

static const uint8_t opcodes[] = {TLSCARD_OP_MODEXP, TLSCARD_OP_RSA_PUBLIC, TLSCARD_OP_RSA_PRIVATE_CRT};

/* Octets of the key block of a modulus of k octets, as docs/registers.md has its fields. */
static unsigned key_octets(unsigned opcode, unsigned k) {
    if (opcode == TLSCARD_OP_MODEXP)
        return k + k;
    unsigned public_part = k + TLSCARD_PUBLIC_EXPONENT_OCTETS;
    return opcode == TLSCARD_OP_RSA_PUBLIC ? public_part : public_part + 5 * (k / 2);
}

static bool size_allowed(unsigned opcode, unsigned k) {
    if (opcode == TLSCARD_OP_RSA_PRIVATE_CRT)
        return k == 256 || k == 384 || k == 512;
    return k >= 128 && k <= 512 && k % 16 == 0;
}

static struct tlscard_submission good(unsigned opcode, unsigned k) {
    return (struct tlscard_submission){
        .opcode = (uint8_t)opcode, .command_id = (uint16_t)unit_random(65536), .parameter = k,
        .key_address = unit_random(1ull << 53), .key_length = key_octets(opcode, k), .source_length = k,
        .source_address = unit_random(1ull << 53), .destination_address = unit_random(1ull << 53),
        .destination_length = k};
}

static unsigned status_of(const struct tlscard_submission *entry) {
    memcpy(unit.entry, entry, sizeof(*entry));
    *unit.enable = 1;
    host_check_model_eval(&unit);
    return *unit.status;
}

static void test_right_entries(void **state) {
    (void)state;
    for (unsigned i = 0; i < sizeof(opcodes); i++)
        for (unsigned k = 0; k <= 1040; k++) {
            struct tlscard_submission entry = good(opcodes[i], k);
            unsigned status = status_of(&entry);
            assert_int_equal(status, size_allowed(opcodes[i], k) ? TLSCARD_STATUS_OK : TLSCARD_STATUS_INVALID_FIELD);
            assert_int_equal(*unit.pke, 1);
            if (status == TLSCARD_STATUS_OK) {
                assert_int_equal(*unit.key_length, key_octets(opcodes[i], k));
                assert_int_equal(*unit.source_length, k);
            }
        }
    /* what matters is the whole parameter, not its low octets */
    struct tlscard_submission entry = good(TLSCARD_OP_RSA_PUBLIC, 256);
    entry.parameter |= 0x10000;
    assert_int_equal(status_of(&entry), TLSCARD_STATUS_INVALID_FIELD);
}

static void test_opcodes(void **state) {
    (void)state;
    for (unsigned opcode = 0; opcode < 256; opcode++) {
        struct tlscard_submission entry = good(opcode, 256);
        unsigned status = status_of(&entry);
        bool served = opcode < 64 && (TLSCARD_OPCODES_NONE | TLSCARD_OPCODES_PKE | TLSCARD_OPCODES_GCM) >> opcode & 1;
        bool pke = opcode < 64 && TLSCARD_OPCODES_PKE >> opcode & 1;
        assert_int_equal(*unit.pke, pke);
        assert_int_equal(*unit.gcm, opcode == TLSCARD_OP_AES_GCM_SEAL || opcode == TLSCARD_OP_AES_GCM_OPEN);
        /* a modulus of 256 octets suits none of the curves, and NOP takes none */
        bool right = memchr(opcodes, (int)opcode, sizeof(opcodes)) != NULL;
        assert_int_equal(status, right ? TLSCARD_STATUS_OK
                                 : served ? TLSCARD_STATUS_INVALID_FIELD : TLSCARD_STATUS_INVALID_OPCODE);
    }
}

static void test_lengths(void **state) {
    (void)state;
    static const uint32_t wrong[] = {1, 16, 0x1000, 0x10000, 0x80000000u, UINT32_MAX};
    for (unsigned i = 0; i < sizeof(opcodes); i++)
        for (unsigned j = 0; j < sizeof(wrong) / sizeof(wrong[0]); j++) {
            struct tlscard_submission entry = good(opcodes[i], 384);
            entry.key_length += wrong[j];
            assert_int_equal(status_of(&entry), TLSCARD_STATUS_INVALID_FIELD);
            entry = good(opcodes[i], 384);
            entry.source_length += wrong[j];
            entry.destination_length = UINT32_MAX;
            assert_int_equal(status_of(&entry), TLSCARD_STATUS_INVALID_FIELD);
        }
}

/* A destination may be longer than the result, and a wrong field counts before a short one. */
static void test_destination(void **state) {
    (void)state;
    for (unsigned i = 0; i < sizeof(opcodes); i++) {
        struct tlscard_submission entry = good(opcodes[i], 256);
        entry.destination_length = 255;
        assert_int_equal(status_of(&entry), TLSCARD_STATUS_DESTINATION_TOO_SMALL);
        entry.destination_length = 0;
        assert_int_equal(status_of(&entry), TLSCARD_STATUS_DESTINATION_TOO_SMALL);
        entry.destination_length = 0x10000;
        assert_int_equal(status_of(&entry), TLSCARD_STATUS_OK);
        entry.destination_length = 0;
        entry.flags = 1;
        assert_int_equal(status_of(&entry), TLSCARD_STATUS_INVALID_FIELD);
    }
}

static void test_flags_and_reserved(void **state) {
    (void)state;
    struct tlscard_submission entry = good(TLSCARD_OP_MODEXP, 128);
    for (unsigned bit = 0; bit < 8; bit++) {
        entry.flags = (uint8_t)(1 << bit);
        assert_int_equal(status_of(&entry), TLSCARD_STATUS_INVALID_FIELD);
    }
    entry.flags = 0;
    for (unsigned bit = 0; bit < 8 * sizeof(entry.reserved); bit++) {
        uint8_t *octet = (uint8_t *)&entry + offsetof(struct tlscard_submission, reserved) + bit / 8;
        *octet = (uint8_t)(1 << bit % 8);
        assert_int_equal(status_of(&entry), TLSCARD_STATUS_INVALID_FIELD);
        *octet = 0;
    }
    assert_int_equal(status_of(&entry), TLSCARD_STATUS_OK);
}

static void test_nop(void **state) {
    (void)state;
    struct tlscard_submission entry = {.opcode = TLSCARD_OP_NOP, .command_id = 0xffff, .key_address = UINT64_MAX,
                                       .source_address = UINT64_MAX, .destination_address = UINT64_MAX};
    assert_int_equal(status_of(&entry), TLSCARD_STATUS_OK);
    assert_int_equal(*unit.pke, 0);
    uint32_t *fields[] = {&entry.parameter, &entry.key_length, &entry.source_length};
    for (unsigned i = 0; i < 3; i++) {
        *fields[i] = 1;
        assert_int_equal(status_of(&entry), TLSCARD_STATUS_INVALID_FIELD);
        *fields[i] = 0;
    }
}

static struct tlscard_submission record(bool open, unsigned k, unsigned additional, unsigned payload) {
    return (struct tlscard_submission){
        .opcode = open ? TLSCARD_OP_AES_GCM_OPEN : TLSCARD_OP_AES_GCM_SEAL, .parameter = k,
        .key_length = k + 16 + additional, .source_length = payload + (open ? 16 : 0),
        .destination_length = payload + (open ? 0 : 16), .key_address = unit_random(1ull << 53)};
}

/* Additional data of 0 .. 4096 octets, payload of 0 .. 65536; lengths beyond either end are wrong. */
static void test_records(void **state) {
    (void)state;
    static const uint32_t additional[] = {0, 1, 4095, 4096, 4097, 8192, 0x10000, UINT32_MAX, UINT32_MAX - 15, 0x80000000u};
    static const uint32_t payload[] = {0, 1, 16, 65535, 65536, 65537, 0x20000, UINT32_MAX, UINT32_MAX - 15, 0x80000000u};
    for (unsigned i = 0; i < 10 * 10 * 4; i++) {
        bool open = i & 1, right = i / 4 % 10 < 4 && i / 40 < 5;
        unsigned k = i & 2 ? 32 : 16;
        struct tlscard_submission entry = record(open, k, additional[i / 4 % 10], payload[i / 40]);
        entry.destination_length = UINT32_MAX;
        assert_int_equal(status_of(&entry), right ? TLSCARD_STATUS_OK : TLSCARD_STATUS_INVALID_FIELD);
        assert_int_equal(*unit.gcm, 1);
        assert_int_equal(*unit.pke, 0);
        if (!right)
            continue;
        assert_int_equal(*unit.key_length, entry.key_length);
        assert_int_equal(*unit.source_length, entry.source_length);
        entry = record(open, k, additional[i / 4 % 10], payload[i / 40]);
        assert_int_equal(status_of(&entry), TLSCARD_STATUS_OK);
        if (entry.destination_length-- != 0)
            assert_int_equal(status_of(&entry), TLSCARD_STATUS_DESTINATION_TOO_SMALL);
    }
}

static void test_record_fields(void **state) {
    (void)state;
    for (unsigned open = 0; open < 2; open++)
        for (unsigned k = 0; k < 300; k++) {
            struct tlscard_submission entry = record(open, k, 100, 100);
            unsigned expected = k == 16 || k == 32 ? TLSCARD_STATUS_OK : TLSCARD_STATUS_INVALID_FIELD;
            assert_int_equal(status_of(&entry), expected);
            entry.parameter |= 0x10000;
            assert_int_equal(status_of(&entry), TLSCARD_STATUS_INVALID_FIELD);
            entry = record(open, k, 100, 100);
            entry.reserved[k % sizeof(entry.reserved)] = 1;
            assert_int_equal(status_of(&entry), TLSCARD_STATUS_INVALID_FIELD);
            entry = record(open, k, 100, 100);
            entry.flags = 1;
            assert_int_equal(status_of(&entry), TLSCARD_STATUS_INVALID_FIELD);
        }
}

static void test_disabled_is_zero(void **state) {
    (void)state;
    struct tlscard_submission entry = good(TLSCARD_OP_MODEXP, 130);
    status_of(&entry);
    *unit.enable = 0;
    host_check_model_eval(&unit);
    assert_int_equal(*unit.status | *unit.pke | *unit.gcm | *unit.key_length | *unit.source_length, 0);
}

static int setup(void **state) {
    (void)state;
    unit_seed();
    return host_check_model_create(&unit);
}

static int teardown(void **state) {
    (void)state;
    host_check_model_destroy(&unit);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right_entries),      cmocka_unit_test(test_opcodes),
        cmocka_unit_test(test_lengths),            cmocka_unit_test(test_destination),
        cmocka_unit_test(test_flags_and_reserved), cmocka_unit_test(test_nop),
        cmocka_unit_test(test_records),            cmocka_unit_test(test_record_fields),
        cmocka_unit_test(test_disabled_is_zero),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
