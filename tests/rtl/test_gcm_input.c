/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/gcm/gcm_input.v: beats of records become items; what an item holds follows from lengths and beats. */
#include "driver/tlscard_map.h"
#include "gcm_input_model.h"
#include "tests/rtl/unit.h"

UNIT(gcm_input)
UNIT_RESET

enum { NONE, SUBKEY, MASK, ADDITIONAL, PAYLOAD, END, WIPE };
enum { BLOCK = 16, NONCE = 12, TAG = 16, MOST = 300, SPACING = 6, WIPES = 16 };

struct record {
    int open, key_256;
    unsigned additional_octets, octets;
    uint8_t key[32], nonce[NONCE], additional[MOST], payload[MOST + TAG];
};

static struct record record;
static unsigned now, last_subkey; /* cycles */
static unsigned gaps;             /* chance in 100 */

static void fill(uint8_t *octets, unsigned count)
{
    for (unsigned n = 0; n < count; n++)
        octets[n] = (uint8_t)unit_random(256);
}

static void cycle(void)
{
    step();
    now++;
    settle();
}

static void begin(void)
{
    *unit.cmd_valid = *unit.in_valid = 0;
    *unit.room = *unit.empty = 1;
    reset();
    gaps = 0;
    last_subkey = now - SPACING;
}

static void new_record(int open, int key_256, unsigned additional, unsigned octets)
{
    record = (struct record){open, key_256, additional, octets, {0}, {0}, {0}, {0}};
    fill(record.key, 32);
    fill(record.nonce, NONCE);
    fill(record.additional, additional);
    fill(record.payload, octets + (open ? TAG : 0));
    *unit.empty = 0;
    *unit.cmd_valid = 1;
    *unit.cmd_open = (uint8_t)open;
    *unit.cmd_key_256 = (uint8_t)key_256;
    *unit.cmd_aad = (uint16_t)additional;
    *unit.cmd_length = octets;
    settle();
    assert_int_equal(*unit.cmd_ready, 1);
    cycle();
    *unit.cmd_valid = 0;
    assert_int_equal(*unit.cmd_ready, 0);
}

/* Move a beat; the item that it gives stands at the outputs then. Octets beyond count are not zero. */
static void beat(const uint8_t *octets, unsigned count, int last)
{
    while (unit_random(100) < gaps) {
        *unit.room = (uint8_t)unit_random(2);
        cycle();
        assert_int_equal(*unit.kind, NONE);
    }
    *unit.room = 1;
    memset(unit.in_data, 0xee, BLOCK);
    memcpy(unit.in_data, octets, count);
    *unit.in_valid = 1;
    *unit.in_last = (uint8_t)last;
    settle();
    for (unsigned wait = 0; !*unit.in_ready; wait++) {
        assert_in_range(wait, 0, SPACING);
        cycle();
        assert_true(*unit.kind == NONE || *unit.kind == END);
    }
    cycle();
    *unit.in_valid = *unit.in_last = 0;
    settle();
}

static void check_block(const uint32_t *port, const uint8_t *octets, unsigned count)
{
    uint8_t expected[BLOCK] = {0};
    memcpy(expected, octets, count);
    assert_memory_equal(port, expected, BLOCK);
}

static void check_counter(uint32_t counter)
{
    uint32_t swapped = __builtin_bswap32(counter);
    assert_int_equal(*unit.cipher_valid, 1);
    assert_memory_equal(unit.cipher_block, record.nonce, NONCE);
    assert_memory_equal(unit.cipher_block + 3, &swapped, 4);
}

/* Key and nonce, and what they give. */
static void head(int last)
{
    uint8_t lengths[BLOCK] = {0}, zeros[BLOCK] = {0};
    beat(record.key, BLOCK, 0);
    if (record.key_256) {
        assert_int_equal(*unit.kind, NONE);
        beat(record.key + BLOCK, BLOCK, 0);
    }
    assert_int_equal(*unit.kind, SUBKEY);
    assert_in_range(now - last_subkey, SPACING, UINT32_MAX);
    last_subkey = now;
    assert_int_equal(*unit.key_load & *unit.live & *unit.cipher_valid, 1);
    assert_int_equal(*unit.key_256, record.key_256);
    assert_memory_equal(unit.cipher_block, zeros, BLOCK);
    assert_memory_equal(unit.key_first, record.key, BLOCK);
    check_block(unit.key_second, record.key + BLOCK, record.key_256 ? BLOCK : 0);
    beat(record.nonce, NONCE, last);
    assert_int_equal(*unit.kind, MASK);
    check_counter(1);
    for (unsigned n = 0; n < 8; n++) {
        lengths[7 - n] = (uint8_t)((uint64_t)record.additional_octets * 8 >> 8 * n);
        lengths[15 - n] = (uint8_t)((uint64_t)record.octets * 8 >> 8 * n);
    }
    assert_memory_equal(unit.data, lengths, BLOCK);
}

static void check_left(unsigned left)
{
    assert_int_equal(*unit.final_blocks, left < 4);
    if (left < 4)
        assert_int_equal(*unit.power, left);
}

static unsigned blocks(unsigned octets)
{
    return (octets + BLOCK - 1) / BLOCK;
}

static void additional_data(unsigned payload_blocks, int last)
{
    for (unsigned at = 0; at < record.additional_octets; at += BLOCK) {
        unsigned left = record.additional_octets - at, count = left < BLOCK ? left : BLOCK;
        beat(record.additional + at, count, last && left <= BLOCK);
        assert_int_equal(*unit.kind, ADDITIONAL);
        assert_int_equal(*unit.cipher_valid, 0);
        check_block(unit.data, record.additional + at, count);
        check_left(blocks(left) + payload_blocks);
    }
}

/* Payload in beats which, to open, the tag fills up. */
static void payload(void)
{
    unsigned sent = record.octets + (record.open ? TAG : 0);
    for (unsigned at = 0; at < record.octets; at += BLOCK) {
        unsigned left = record.octets - at, count = left < BLOCK ? left : BLOCK;
        beat(record.payload + at, sent - at < BLOCK ? sent - at : BLOCK, !record.open && left <= BLOCK);
        assert_int_equal(*unit.kind, PAYLOAD);
        assert_int_equal(*unit.octets, count);
        check_counter(2 + at / BLOCK);
        check_block(unit.data, record.payload + at, count);
        check_left(blocks(left));
    }
}

static void end(void)
{
    unsigned sent = record.octets + TAG, at = blocks(record.octets) * BLOCK;
    uint8_t zeros[BLOCK] = {0};
    if (record.open)
        beat(record.payload + at, sent - at, 1);
    else
        cycle();
    assert_int_equal(*unit.kind, END);
    assert_int_equal(*unit.aborted, 0);
    assert_int_equal(*unit.open, record.open);
    assert_int_equal(*unit.octets, record.octets % BLOCK);
    assert_memory_equal(unit.data, record.open ? record.payload + record.octets : zeros, TAG);
    check_left(0);
}

static void whole(int open, int key_256, unsigned additional, unsigned octets)
{
    new_record(open, key_256, additional, octets);
    head(!open && !additional && !octets);
    additional_data(blocks(octets), !open && !octets);
    payload();
    end();
}

static void test_lengths(void **state)
{
    (void)state;
    begin();
    for (unsigned octets = 0; octets < 90; octets++)
        for (unsigned kind = 0; kind < 4; kind++)
            whole(kind & 1, kind >> 1, octets * 7 % 50, octets);
}

static void test_gaps(void **state)
{
    (void)state;
    begin();
    gaps = 50;
    for (unsigned n = 0; n < 300; n++)
        whole((int)unit_random(2), (int)unit_random(2), (unsigned)unit_random(MOST), (unsigned)unit_random(MOST));
}

/* Without room no beat moves, nor does the end of a sealed record. */
static void test_room(void **state)
{
    (void)state;
    begin();
    new_record(0, 0, 0, 5);
    *unit.room = 0;
    *unit.in_valid = 1;
    settle();
    assert_int_equal(*unit.in_ready, 0);
    head(0);
    payload();
    *unit.room = 0;
    cycle();
    assert_int_equal(*unit.kind, NONE);
    *unit.room = 1;
    cycle();
    assert_int_equal(*unit.kind, END);
}

static void check_bad(uint8_t status)
{
    uint8_t expected[BLOCK] = {status};
    assert_int_equal(*unit.kind, END);
    assert_int_equal(*unit.aborted, 1);
    assert_int_equal(*unit.cipher_valid | *unit.key_load, 0);
    assert_memory_equal(unit.data, expected, BLOCK);
}

static void test_abort(void **state)
{
    (void)state;
    begin();
    *unit.in_abort = 1;
    *unit.in_abort_status = TLSCARD_STATUS_DMA_POISONED;
    for (unsigned at = 0; at < 3; at++) {
        new_record(1, 1, 5, 20);
        if (at)
            head(0);
        if (at == 2)
            additional_data(2, 0);
        beat(record.key, BLOCK, 1);
        check_bad(TLSCARD_STATUS_DMA_POISONED);
    }
    *unit.in_abort_status = TLSCARD_STATUS_OK;
    new_record(1, 1, 5, 20);
    beat(record.key, BLOCK, 1);
    check_bad(TLSCARD_STATUS_DMA_MALFORMED);
    *unit.in_abort = 0;
    whole(1, 0, 5, 20);
}

static void test_too_short_or_long(void **state)
{
    (void)state;
    begin();
    new_record(0, 0, 5, 20);
    head(0);
    beat(record.additional, BLOCK, 1);
    check_bad(TLSCARD_STATUS_DMA_MALFORMED);
    new_record(1, 0, 0, 0);
    head(0);
    for (unsigned n = 0; n < 3; n++) {
        beat(record.payload, TAG, 0);
        assert_int_equal(*unit.kind, NONE);
    }
    beat(record.payload, TAG, 1);
    check_bad(TLSCARD_STATUS_DMA_MALFORMED);
    whole(0, 1, 0, 0);
}

/* Zeros once the lane is empty, and time for them to get through. */
static void test_wipe(void **state)
{
    (void)state;
    begin();
    whole(1, 1, 5, 33);
    for (unsigned n = 0; n < 20; n++) {
        cycle();
        assert_int_equal(*unit.kind, NONE);
        assert_int_equal(*unit.busy, 1);
    }
    *unit.empty = 1;
    unsigned wipes = 0, cycles = 0;
    for (settle(); *unit.busy; cycles++) {
        cycle();
        wipes += *unit.kind == WIPE;
        if (*unit.kind == WIPE) {
            assert_int_equal(*unit.key_load & *unit.cipher_valid & !*unit.live, 1);
            check_block(unit.key_first, record.key, 0);
            check_block(unit.key_second, record.key, 0);
            check_block(unit.cipher_block, record.key, 0);
            check_block(unit.data, record.key, 0);
        }
        assert_in_range(cycles, 0, 100);
    }
    assert_int_equal(wipes, WIPES);
    assert_in_range(cycles, WIPES + 40, 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths), cmocka_unit_test(test_gaps),
        cmocka_unit_test(test_room),    cmocka_unit_test(test_abort),
        cmocka_unit_test(test_wipe),    cmocka_unit_test(test_too_short_or_long),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
