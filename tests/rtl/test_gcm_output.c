/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/gcm/gcm_output.v: payload and tag become beats, an opened record's tag is compared, done closes each record. */
#include "driver/tlscard_map.h"
#include "gcm_output_model.h"
#include "tests/rtl/unit.h"

UNIT(gcm_output)
UNIT_RESET

enum { BLOCK = 16, MOST = 100, RECORDS = 12, ENTRIES = RECORDS * (MOST / BLOCK + 2) };

struct entry {
    int end, open, aborted;
    unsigned octets;
    uint8_t data[BLOCK];
};

struct expected {
    uint8_t octets[MOST + 2 * BLOCK];
    unsigned beats;
    uint8_t status;
    uint32_t start;
};

static struct entry entries[ENTRIES];
static uint8_t hashes[RECORDS][BLOCK];
static struct expected results[RECORDS];
static unsigned entry_count, entry_taken, record_count, hash_taken, start_taken, received, finished;
static uint32_t now;
static unsigned stalls; /* chance in 100 */

static void fill(uint8_t *octets, unsigned count)
{
    for (unsigned n = 0; n < count; n++)
        octets[n] = (uint8_t)unit_random(256);
}

/* Entries and hash of a record of so many octets, and its result. wrong: a bit of the tag that is not equal. */
static void add_record(int open, unsigned octets, int aborted, int wrong)
{
    struct expected *result = &results[record_count];
    uint8_t *hash = hashes[record_count++];
    memset(result, 0, sizeof(*result));
    result->start = (uint32_t)unit_random(1u << 31);
    fill(hash, BLOCK);
    for (unsigned at = 0; at < octets; at += BLOCK) {
        struct entry *entry = &entries[entry_count++];
        unsigned count = octets - at < BLOCK ? octets - at : BLOCK;
        *entry = (struct entry){0, open, 0, count, {0}};
        fill(entry->data, count);
        memcpy(result->octets + at, entry->data, BLOCK);
    }
    struct entry *end = &entries[entry_count++];
    *end = (struct entry){1, open, aborted, octets % BLOCK, {0}};
    result->beats = (octets + BLOCK - 1) / BLOCK;
    if (aborted) {
        result->beats = open ? result->beats : octets / BLOCK;
        result->status = end->data[0] = TLSCARD_STATUS_DMA_TIMEOUT;
    } else if (open) {
        memcpy(end->data, hash, BLOCK);
        if (wrong >= 0)
            end->data[wrong / 8] ^= (uint8_t)(1 << wrong % 8);
        result->status = wrong >= 0 ? TLSCARD_STATUS_TAG_MISMATCH : TLSCARD_STATUS_OK;
    } else {
        fill(end->data, BLOCK);
        for (unsigned n = 0; n < BLOCK; n++)
            result->octets[octets + n] = end->data[n] ^ hash[n];
        result->beats = (octets + BLOCK + BLOCK - 1) / BLOCK;
    }
}

static int moves(void)
{
    return unit_random(100) >= stalls;
}

/* Offer an entry and a hash; once offered they stand. */
static void offer(void)
{
    if (!*unit.entry_valid && entry_taken < entry_count && moves()) {
        const struct entry *entry = &entries[entry_taken];
        *unit.entry_valid = 1;
        *unit.entry_end = (uint8_t)entry->end;
        *unit.entry_open = (uint8_t)entry->open;
        *unit.entry_aborted = (uint8_t)entry->aborted;
        *unit.entry_octets = (uint8_t)entry->octets;
        memcpy(unit.entry_data, entry->data, BLOCK);
    }
    if (!*unit.hash_valid && hash_taken < record_count && moves()) {
        *unit.hash_valid = 1;
        memcpy(unit.hash, hashes[hash_taken], BLOCK);
    }
    if (start_taken < record_count)
        *unit.start = results[start_taken].start;
    *unit.out_ready = (uint8_t)moves();
    *unit.done_ready = (uint8_t)moves();
    *unit.now = ++now;
}

static void check_beat(void)
{
    static const uint8_t zeros[BLOCK];
    if (!*unit.out_valid)
        assert_memory_equal(unit.out_data, zeros, BLOCK);
    if (!*unit.out_valid || !*unit.out_ready)
        return;
    assert_in_range(finished, 0, record_count - 1);
    assert_in_range(received, 0, results[finished].beats - 1);
    assert_memory_equal(unit.out_data, results[finished].octets + received * BLOCK, BLOCK);
    received++;
}

static void check_done(uint32_t *closed)
{
    if (*unit.start_take)
        *closed = *unit.now - results[start_taken++].start;
    if (!*unit.done_valid || !*unit.done_ready)
        return;
    assert_int_equal(received, results[finished].beats);
    assert_int_equal(*unit.done_status, results[finished].status);
    received = 0;
    finished++;
}

static void run(void)
{
    uint32_t closed = 0;
    for (unsigned n = 0; finished < record_count; n++) {
        assert_in_range(n, 0, 20000);
        offer();
        settle();
        if (*unit.done_valid)
            assert_int_equal(*unit.done_cycles, closed);
        check_beat();
        check_done(&closed);
        int entry = *unit.entry_take, hash = *unit.hash_take;
        assert_true(!entry || *unit.entry_valid);
        assert_true(!hash || *unit.hash_valid);
        step();
        *unit.entry_valid &= !entry;
        *unit.hash_valid &= !hash;
        entry_taken += (unsigned)entry;
        hash_taken += (unsigned)hash;
    }
    assert_int_equal(entry_taken, entry_count);
    assert_int_equal(hash_taken, record_count);
    assert_int_equal(start_taken, record_count);
}

static void begin(void)
{
    *unit.entry_valid = *unit.hash_valid = 0;
    reset();
    entry_count = entry_taken = record_count = hash_taken = start_taken = received = finished = 0;
}

static void test_lengths(void **state)
{
    (void)state;
    stalls = 0;
    for (unsigned octets = 0; octets < MOST - RECORDS; octets++) {
        begin();
        for (unsigned n = 0; n < RECORDS; n++)
            add_record(n & 1, octets + n / 2, 0, -1);
        run();
    }
}

static void test_stalls(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 600; round++) {
        stalls = 20 * (unsigned)unit_random(5);
        begin();
        for (unsigned n = 0; n < RECORDS; n++)
            add_record((int)unit_random(2), (unsigned)unit_random(MOST), unit_random(6) == 0,
                       unit_random(4) ? -1 : (int)unit_random(128));
        run();
    }
}

static void test_each_tag_bit(void **state)
{
    (void)state;
    stalls = 0;
    for (int bit = 0; bit < 128; bit++) {
        begin();
        add_record(1, 20, 0, bit);
        add_record(1, 0, 0, -1);
        run();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_stalls),
        cmocka_unit_test(test_each_tag_bit),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
