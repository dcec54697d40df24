// SPDX-License-Identifier: Apache-2.0
// AES-GCM records through the whole card, checked against libcrypto; and how much of the link they fill.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "tests/rtl/top_bench.h"

enum { K = 32, ADDITIONAL = 13, KEY = K + 16 + ADDITIONAL, TAG = 16, PLACES = 8 };

/* A record of the flow: its operands and its result at one of PLACES places in the function's memory. */
static struct tlscard_submission record(unsigned function, unsigned place, unsigned octets) {
    unsigned stride = octets > 16384 ? 0x1d000 / 2 : 0xd000 / 2; /* places may overlap: nobody looks at what they hold */
    unsigned base = TOP_RECORDS + place * 2 * stride;
    assert_true(base + 2 * stride <= TOP_REGION || octets > 16384);
    return (struct tlscard_submission){
        .opcode = TLSCARD_OP_AES_GCM_SEAL, .command_id = (uint16_t)place, .parameter = K,
        .key_address = top_address(function, base), .key_length = KEY,
        .source_address = top_address(function, base + 0x100), .source_length = octets,
        .destination_address = top_address(function, base + 0x100 + octets), .destination_length = octets + TAG,
    };
}

struct rate {
    double busier, to_card, from_card;
    unsigned cycles; /* of a record */
};

/* Keep `pairs` queues full of records; what the link does from the completion of some to that of the last. */
static struct rate measure(struct top *top, unsigned pairs, unsigned octets, unsigned records, int vector) {
    enum { WARM = 8, DEPTH = 12 };
    struct top_pair queue[2];
    unsigned sent = 0, taken = 0;
    uint64_t cycle = 0, to = 0, from = 0;
    for (unsigned i = 0; i < pairs; i++) top_enable(top, &queue[i], 0, i, 5, vector);
    while (taken < WARM + records) {
        for (unsigned i = 0; i < pairs; i++) {
            struct tlscard_completion completion;
            bool new = false;
            while (sent < WARM + records + DEPTH * pairs && sent - taken < DEPTH * pairs && sent % pairs == i) {
                struct tlscard_submission entry = record(0, sent % PLACES, octets);
                top_put(top, &queue[i], &entry);
                sent++;
                new = true;
            }
            if (new) top_ring(top, &queue[i]);
            if (top_take(top, &queue[i], &completion)) {
                assert_int_equal(completion.status, TLSCARD_STATUS_OK);
                assert_int_equal(completion.result_length, octets + TAG);
                if (++taken == WARM) cycle = top->cycle, to = top->to_card, from = top->from_card;
            }
        }
        top_step(top);
        assert_true(top->cycle < 10000000);
    }
    double cycles = (double)(top->cycle - cycle);
    struct rate rate = {0, (double)(top->to_card - to) / cycles, (double)(top->from_card - from) / cycles,
                        (unsigned)(cycles / records)};
    rate.busier = rate.to_card > rate.from_card ? rate.to_card : rate.from_card;
    printf("# %u octets, %u queue%s%s: link %.3f busy, %.3f to the card, %.3f from it, %u cycles a record\n", octets,
           pairs, pairs > 1 ? "s" : "", vector < 0 ? "" : ", interrupts", rate.busier, rate.to_card, rate.from_card,
           rate.cycles);
    top_settle(top, 400000);
    top_write(top, 0, 0, TLSCARD_REG_CONTROL, 1);
    top_settle(top, 20000);
    return rate;
}

static void test_line_rate(void **state) {
    struct top *top = *state;
    top->link.whole = 1;
    top->link.latency = 250;
    top->link.max_payload = 256;
    top->link.max_read = 512;
    for (unsigned pairs = 1; pairs <= 2; pairs++) {
        top_vector(top, 0, 1, false);
        assert_true(measure(top, pairs, 16384, 40, pairs == 1 ? -1 : 1).busier >= 0.9);
        measure(top, pairs, 1350, 200, -1);
        measure(top, pairs, 65536, 12, -1);
    }
}

/* Records with what libcrypto makes of them: the card's operands stand at PLACE * n, guards around the result. */
enum { PLACE = 0x28000, GUARD = 16, MOST = 65536 };

struct checked {
    unsigned function, place, octets; /* of the result */
    struct tlscard_submission entry;
    uint8_t expected[MOST + TAG];
};

struct shape {
    bool open;
    unsigned k, additional, octets, alignments; /* of key, source and destination, four bits each */
};

static void fill(struct top *top, uint8_t *octets, unsigned count) {
    for (unsigned i = 0; i < count; i++) octets[i] = (uint8_t)link_random(&top->link, 256);
}

/* The plaintext's ciphertext and tag: into sealed, plaintext octets and TAG long. */
static void seal(const uint8_t *block, const struct shape *shape, const uint8_t *plaintext, uint8_t *sealed) {
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    int length, k = (int)shape->k;
    assert_int_equal(EVP_EncryptInit_ex(context, k == 32 ? EVP_aes_256_gcm() : EVP_aes_128_gcm(), NULL, block, block + k), 1);
    if (shape->additional)
        assert_int_equal(EVP_EncryptUpdate(context, NULL, &length, block + k + 16, (int)shape->additional), 1);
    if (shape->octets) assert_int_equal(EVP_EncryptUpdate(context, sealed, &length, plaintext, (int)shape->octets), 1);
    assert_int_equal(EVP_EncryptFinal_ex(context, sealed + shape->octets, &length), 1);
    assert_int_equal(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, TAG, sealed + shape->octets), 1);
    EVP_CIPHER_CTX_free(context);
}

static void make(struct top *top, struct checked *checked, unsigned function, unsigned place, struct shape shape) {
    static uint8_t plaintext[MOST], sealed[MOST + TAG];
    unsigned header = shape.k + 16 + shape.additional, base = TOP_RECORDS + place * PLACE;
    unsigned key = base + (shape.alignments & 15), source = base + 0x1100 + (shape.alignments >> 4 & 15);
    unsigned destination = source + (shape.octets + TAG + 63) / 16 * 16 - (source & 15) + (shape.alignments >> 8 & 15);
    uint8_t *memory = top->memory[function];
    assert_true(header <= 0x1100 - 16 && base + PLACE <= TOP_REGION);
    fill(top, memory + key, header);
    memset(memory + key + shape.k + 12, 0, 4);
    fill(top, plaintext, shape.octets);
    seal(memory + key, &shape, plaintext, sealed);
    memcpy(memory + source, shape.open ? sealed : plaintext, shape.octets + (shape.open ? TAG : 0));
    checked->function = function;
    checked->place = place;
    checked->octets = shape.octets + (shape.open ? 0 : TAG);
    memcpy(checked->expected, shape.open ? plaintext : sealed, checked->octets);
    memset(memory + destination - GUARD, 0xa5, checked->octets + 2 * GUARD);
    checked->entry = (struct tlscard_submission){
        .opcode = shape.open ? TLSCARD_OP_AES_GCM_OPEN : TLSCARD_OP_AES_GCM_SEAL,
        .command_id = (uint16_t)(place << 8 | link_random(&top->link, 256)), .parameter = shape.k,
        .key_address = top_address(function, key), .key_length = header,
        .source_address = top_address(function, source), .source_length = shape.octets + (shape.open ? TAG : 0),
        .destination_address = top_address(function, destination), .destination_length = checked->octets,
    };
}

static uint8_t *result_of(struct top *top, const struct checked *checked) {
    return top->memory[checked->function] + (checked->entry.destination_address - top_address(checked->function, 0));
}

static void assert_guards(struct top *top, const struct checked *checked) {
    const uint8_t *result = result_of(top, checked);
    for (int i = 0; i < GUARD; i++) assert_true(result[-1 - i] == 0xa5 && result[(int)checked->octets + i] == 0xa5);
}

static void assert_record(struct top *top, const struct checked *checked, const struct tlscard_completion *completion) {
    assert_int_equal(completion->command_id, checked->entry.command_id);
    assert_int_equal(completion->status, TLSCARD_STATUS_OK);
    assert_int_equal(completion->result_length, checked->octets);
    assert_in_range(completion->cycles, 1, 100000);
    if (memcmp(result_of(top, checked), checked->expected, checked->octets) != 0)
        fail_msg("result of %u octets differs", checked->octets);
    assert_guards(top, checked);
}

static void submit(struct top *top, struct top_pair *pair, const struct tlscard_submission *entry) {
    top_put(top, pair, entry);
    top_ring(top, pair);
}

static struct checked checked[6];

/* Any alignment of each address, lengths around beats, pages and the ends of what is allowed. */
static void test_shapes(void **state) {
    struct top *top = *state;
    static const unsigned lengths[] = {0, 1, 15, 16, 17, 33, 255, 1350, 4079, 4080, 4081, 4096, 4112, 65536};
    static const unsigned additionals[] = {0, 1, 5, 13, 16, 31, 4096};
    enum { COUNT = sizeof(lengths) / sizeof(lengths[0]), ROUNDS = 16 };
    struct top_pair pair;
    unsigned done = 0;
    top_enable(top, &pair, 1, 1, 3, -1);
    for (unsigned i = 0; i < COUNT * ROUNDS; i++) {
        unsigned length = lengths[i % COUNT], round = i / COUNT;
        if (length > 8192 && round % 4) continue;
        top->link.max_payload = 128u << round % 3;
        top->link.whole = round & 1;
        top->link.rx_stall = top->link.tx_stall = round % 4 == 3 ? 30 : 0;
        struct shape shape = {
            .open = link_random(&top->link, 2), .k = link_random(&top->link, 2) ? 32 : 16, .octets = length,
            .additional = additionals[link_random(&top->link, 7)], .alignments = (round | round * 5 << 4 | round * 11 << 8) & 0xfff,
        };
        make(top, &checked[0], 1, 0, shape);
        submit(top, &pair, &checked[0].entry);
        struct tlscard_completion completion = top_wait(top, &pair, 100000);
        assert_record(top, &checked[0], &completion);
        done++;
    }
    top_settle(top, 20000);
    assert_int_equal(top_read(top, 1, 0, TLSCARD_REG_GCM_COMPLETED), done);
    assert_int_equal(top_read(top, 1, 0, TLSCARD_REG_GCM_FAILED), 0);
    assert_int_equal(top_residue(top), 0);
}

/* A bit of the tag, of the ciphertext, of the additional data or of the key flipped: no length, and that status. */
static void test_forged(void **state) {
    struct top *top = *state;
    struct top_pair pair;
    top_enable(top, &pair, 2, 0, 3, -1);
    for (unsigned i = 0; i < 24; i++) {
        unsigned octets = i % 5 * 300 + i;
        make(top, &checked[0], 2, 0, (struct shape){true, i & 1 ? 32 : 16, 13, octets, 0x3a7 + i});
        const struct tlscard_submission *entry = &checked[0].entry;
        uint64_t at = i % 4 == 0 ? entry->source_address + octets + i % 16 : i % 4 == 1 && octets ? entry->source_address + octets / 2
                      : i % 4 == 2 ? entry->key_address + entry->key_length - 1 : entry->key_address;
        top->memory[2][at - top_address(2, 0)] ^= (uint8_t)(1 << i % 8);
        submit(top, &pair, entry);
        struct tlscard_completion completion = top_wait(top, &pair, 20000);
        assert_int_equal(completion.status, TLSCARD_STATUS_TAG_MISMATCH);
        assert_int_equal(completion.result_length, 0);
        assert_guards(top, &checked[0]);
    }
    assert_int_equal(top_read(top, 2, 0, TLSCARD_REG_GCM_FAILED), 24);
}

static struct {
    uint64_t address;
    unsigned octets;
    enum link_fault fault;
} armed;

static enum link_fault choose_fault(void *context, const struct link_packet *read) {
    unsigned octets;
    uint64_t address = link_span(read, &octets);
    (void)context;
    return address < armed.address + armed.octets && armed.address < address + octets ? armed.fault : LINK_GOOD;
}

/* Reads of key block or source that fail end their record; those before and behind it are sound. */
static void test_read_errors(void **state) {
    struct top *top = *state;
    static const struct {
        enum link_fault fault;
        uint8_t status;
    } faults[] = {
        {LINK_UNSUPPORTED, TLSCARD_STATUS_DMA_UNSUPPORTED_REQUEST}, {LINK_ABORT, TLSCARD_STATUS_DMA_COMPLETER_ABORT},
        {LINK_POISONED, TLSCARD_STATUS_DMA_POISONED}, {LINK_LOST, TLSCARD_STATUS_DMA_TIMEOUT},
        {LINK_TOO_LONG, TLSCARD_STATUS_DMA_MALFORMED},
    };
    struct top_pair pair;
    top->link.choose_fault = choose_fault;
    top_enable(top, &pair, 0, 0, 3, -1);
    for (unsigned i = 0; i < 30; i++) {
        unsigned where = i / 5 % 3, bad = 1; /* in the key block, at the source's begin, in its middle */
        for (unsigned n = 0; n < 3; n++)
            make(top, &checked[n], 0, n, (struct shape){i & 1, 16, 20, 3000 + i, (0x123 * i) & 0xfff});
        const struct tlscard_submission *entry = &checked[bad].entry;
        armed.address = where == 0 ? entry->key_address : entry->source_address + (where == 1 ? 0 : 1600);
        armed.octets = 1;
        armed.fault = faults[i % 5].fault;
        for (unsigned n = 0; n < 3; n++) top_put(top, &pair, &checked[n].entry);
        top_ring(top, &pair);
        for (unsigned n = 0; n < 3; n++) {
            struct tlscard_completion completion = top_wait(top, &pair, 200000);
            unsigned which = completion.command_id >> 8;
            assert_true(which < 3);
            if (which != bad) assert_record(top, &checked[which], &completion);
            else {
                assert_int_equal(completion.status, faults[i % 5].status);
                assert_int_equal(completion.result_length, 0);
                assert_guards(top, &checked[bad]);
            }
        }
        armed.octets = 0;
    }
    top_settle(top, 2000000);
    assert_int_equal(top_residue(top), 0);
}

/* A function is reset in the middle of its records; another's go on, and nothing of the first is written after. */
static void test_resets(void **state) {
    struct top *top = *state;
    for (unsigned round = 0; round < 40; round++) {
        struct top_pair victim, other;
        top_enable(top, &victim, 1, 0, 3, -1);
        top_enable(top, &other, 2, 1, 3, -1);
        for (unsigned n = 0; n < 6; n++) {
            make(top, &checked[n], n < 3 ? 1 : 2, n, (struct shape){n & 1, 32, 13, 1500 * (n % 3) + round, (0x357 * round) & 0xfff});
            top_put(top, n < 3 ? &victim : &other, &checked[n].entry);
        }
        top_ring(top, &victim);
        top_ring(top, &other);
        top_run(top, round * 20);
        if (round % 2) *top->model.cfg_flr = 2;
        else top_write(top, 1, 0, TLSCARD_REG_CONTROL, 1);
        top_run(top, 100);
        while (top_read(top, 1, 0, TLSCARD_REG_STATUS) != 1) assert_true(top->cycle < 10000000);
        uint64_t ready = top->cycle;
        for (unsigned n = 3; n < 6; n++) {
            struct tlscard_completion completion = top_wait(top, &other, 200000);
            unsigned which = completion.command_id >> 8;
            assert_in_range(which, 3, 5);
            assert_record(top, &checked[which], &completion);
        }
        top_settle(top, 200000);
        assert_true(top->last_write[1] < ready);
        assert_int_equal(top_residue(top), 0);
        top_write(top, 2, 0, TLSCARD_REG_CONTROL, 1);
        top_settle(top, 20000);
    }
}

/* A private operation on an engine, the records of two functions meanwhile; then its result. */
static void test_with_engines(void **state) {
    struct top *top = *state;
    static const uint8_t base[96] = { /* k = 1 on the base point of P-256: its coordinates again */
        [31] = 1,
        [32] = 0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77, 0x03, 0x7d,
        0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f,
        0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40,
        0x68, 0x37, 0xbf, 0x51, 0xf5,
    };
    struct top_pair pairs[2], engine;
    struct tlscard_completion completion;
    unsigned taken[2] = {0, 0};
    for (unsigned f = 0; f < 2; f++) top_enable(top, &pairs[f], f, 0, 3, -1);
    top_enable(top, &engine, 0, 1, 3, -1);
    struct tlscard_submission request = top_request(top, 0, 0, TLSCARD_OP_EC_MULTIPLY, 64, base, 32, base + 32);
    request.parameter = TLSCARD_CURVE_P256;
    submit(top, &engine, &request);
    for (unsigned f = 0; f < 2; f++) {
        make(top, &checked[f], f, f, (struct shape){f, 32, 13, 2000, 0x123});
        submit(top, &pairs[f], &checked[f].entry);
    }
    while (!top_take(top, &engine, &completion)) {
        struct tlscard_completion record;
        for (unsigned f = 0; f < 2; f++)
            if (top_take(top, &pairs[f], &record)) {
                assert_record(top, &checked[f], &record);
                make(top, &checked[f], f, f, (struct shape){taken[f]++ & 1, 16, taken[f] % 40, 1000 + taken[f], 7 * taken[f] & 0xfff});
                submit(top, &pairs[f], &checked[f].entry);
            }
        top_step(top);
        assert_true(top->cycle < 2000000);
    }
    assert_int_equal(completion.status, TLSCARD_STATUS_OK);
    assert_memory_equal(top_destination(top, 0, 0), base + 32, 64);
    printf("# %u and %u records meanwhile\n", taken[0], taken[1]);
    assert_true(taken[0] > 20 && taken[1] > 20 && taken[0] < 2 * taken[1] && taken[1] < 2 * taken[0]);
    for (unsigned f = 0; f < 2; f++) {
        completion = top_wait(top, &pairs[f], 20000);
        assert_record(top, &checked[f], &completion);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_line_rate, top_setup, top_teardown),
        cmocka_unit_test_setup_teardown(test_shapes, top_setup, top_teardown),
        cmocka_unit_test_setup_teardown(test_forged, top_setup, top_teardown),
        cmocka_unit_test_setup_teardown(test_read_errors, top_setup, top_teardown),
        cmocka_unit_test_setup_teardown(test_resets, top_setup, top_teardown),
        cmocka_unit_test_setup_teardown(test_with_engines, top_setup, top_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
