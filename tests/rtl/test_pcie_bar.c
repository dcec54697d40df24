/* SPDX-License-Identifier: Apache-2.0 */
/* BAR access through the pcie module: every byte enable and length, and requests that it does not serve. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "driver/tlscard_map.h"
#include "tests/rtl/pcie_bench.h"

#define LONG_RUN 1000000
#define WORDS (0x10000 / 4)

static uint32_t image[BENCH_FUNCTIONS][WORDS]; /* what the registers should be */
static unsigned expected_accesses;

static void begin(struct bench *bench) {
    bench_reset(bench);
    bench->link.max_payload = 128;
    for (unsigned i = 0; i < BENCH_FUNCTIONS; i++)
        for (unsigned j = 0; j < WORDS; j++)
            image[i][j] = (uint32_t)link_random(&bench->link, 1ull << 32);
    memcpy(bench->registers, image, sizeof image);
    expected_accesses = 0;
}

static unsigned enables_of(unsigned index, unsigned dwords, unsigned first, unsigned last) {
    return index == 0 ? first : index == dwords - 1 ? last : 15;
}

static void write_words(struct bench *bench, unsigned function, unsigned address, unsigned dwords, unsigned first,
                        unsigned last) {
    uint32_t data[LINK_MAX_DWORDS];
    uint64_t base = link_random(&bench->link, 2) ? 0xfe0000000000ull : 0xc0000000u; /* 4 or 3 doublewords of header */
    for (unsigned i = 0; i < dwords; i++) {
        uint8_t *word = (uint8_t *)&image[function][address / 4 + i];
        unsigned enables = enables_of(i, dwords, first, last);
        data[i] = (uint32_t)link_random(&bench->link, 1ull << 32);
        expected_accesses += enables != 0;
        for (int j = 0; j < 4; j++)
            if (enables >> j & 1)
                word[j] = (uint8_t)(data[i] >> 8 * j);
    }
    while (link_write(&bench->link, function, 0, base | address, data, dwords, first, last))
        bench_step(bench);
}

static void check_writes(struct bench *bench) {
    bench_check(bench, LONG_RUN);
    assert_memory_equal(bench->registers, image, sizeof image);
    assert_int_equal(bench->access_count, expected_accesses);
    assert_int_equal(bench->event_count, 0);
}

static void test_writes(void **state) {
    struct bench *bench = *state;
    for (unsigned stall = 0; stall <= 40; stall += 40) {
        begin(bench);
        bench_stall(bench, stall);
        for (unsigned dwords = 1; dwords <= 6; dwords++)
            for (unsigned enables = 0; enables < (dwords > 1 ? 256 : 16); enables++)
                write_words(bench, enables % 3, 4 * (unsigned)link_random(&bench->link, WORDS - dwords + 1), dwords,
                            enables & 15, enables >> 4);
        for (unsigned dwords = 7; dwords <= 1024; dwords += 1 + dwords / 9)
            write_words(bench, dwords % 3, 4 * (unsigned)link_random(&bench->link, WORDS - dwords + 1), dwords,
                        8 >> dwords % 4, 15 >> dwords % 4);
        write_words(bench, 0, 0, 1024, 15, 15);
        check_writes(bench);
    }
}

static int first_tag(struct bench *bench, unsigned function, uint64_t address, unsigned dwords, unsigned first,
                     unsigned last) {
    int tag;
    while ((tag = link_read(&bench->link, function, 0, address, dwords, first, last)) < 0)
        bench_step(bench);
    return tag;
}

/* Reads a thousand words at most at a time and compares them. */
static void read_words(struct bench *bench, unsigned function, unsigned address, unsigned dwords, unsigned first,
                       unsigned last) {
    uint64_t base = link_random(&bench->link, 2) ? 0xfe0000000000ull : 0xc0000000u;
    int tag = first_tag(bench, function, base | address, dwords, first, last);
    const struct link_answer *answer = &bench->link.answer[tag];
    bench_check(bench, LONG_RUN);
    assert_int_equal(answer->status, 0);
    assert_int_equal(answer->dwords, dwords);
    for (unsigned i = 0; i < dwords; i++)
        assert_int_equal(answer->data[i],
                         enables_of(i, dwords, first, last) ? image[function][address / 4 + i] : 0);
}

static void test_reads(void **state) {
    struct bench *bench = *state;
    for (unsigned stall = 0; stall <= 40; stall += 40) {
        begin(bench);
        bench_stall(bench, stall);
        for (unsigned dwords = 1; dwords <= 5; dwords++)
            for (unsigned enables = 0; enables < (dwords > 1 ? 256 : 16); enables++) {
                unsigned first = enables & 15, last = enables >> 4;
                if (dwords > 1 && (!first || !last)) /* not allowed, section 2.2.5 */
                    continue;
                read_words(bench, enables % 3, 4 * (unsigned)link_random(&bench->link, WORDS - dwords + 1), dwords,
                           first, last);
            }
        for (unsigned dwords = 6; dwords <= 1024; dwords += 1 + dwords / 9)
            read_words(bench, dwords % 3, 4 * (unsigned)link_random(&bench->link, WORDS - dwords + 1), dwords,
                       8 >> dwords % 4, 15 >> dwords % 4);
        read_words(bench, 2, 0xf000, 1024, 15, 15);
        assert_int_equal(bench->event_count, 0);
    }
}

/* A read without enabled octets flushes; it must not touch a register, as some change when read. */
static void test_zero_length_read_touches_nothing(void **state) {
    struct bench *bench = *state;
    begin(bench);
    read_words(bench, 1, 0x30, 1, 0, 0);
    assert_int_equal(bench->access_count, 0);
    read_words(bench, 1, 0x30, 1, 4, 0);
    assert_int_equal(bench->access_count, 1);
}

/* Byte enables that the specification forbids get some answer, and the card lives. */
static void test_forbidden_enables(void **state) {
    struct bench *bench = *state;
    begin(bench);
    for (unsigned enables = 0; enables < 256; enables++)
        if (!(enables & 15) || !(enables >> 4)) {
            first_tag(bench, 0, 0x100, 2, enables & 15, enables >> 4);
            assert_true(bench_run(bench, LONG_RUN));
        }
    bench->link.violations = 0;
    read_words(bench, 0, 0x100, 4, 15, 15);
}

static void test_many_reads_at_once(void **state) {
    struct bench *bench = *state;
    int tags[100];
    begin(bench);
    bench_stall(bench, 30);
    for (unsigned i = 0; i < 100; i++)
        tags[i] = first_tag(bench, i % 3, 0xc0000000u + 36 * i, 1 + i % 50, 15, i % 50 ? 15 : 0);
    bench_check(bench, LONG_RUN);
    for (unsigned i = 0; i < 100; i++)
        assert_memory_equal(bench->link.answer[tags[i]].data, &image[i % 3][9 * i], 4 * (1 + i % 50));
}

/* Traffic class and attributes of a request come back with its completion: link_check compares. */
static void test_class_and_attributes(void **state) {
    struct bench *bench = *state;
    struct link_packet packet;
    begin(bench);
    for (unsigned i = 0; i < 64; i++) {
        memset(&packet, 0, sizeof packet);
        packet.header[0] = 40 | (i & 7) << 20 | (i >> 3 & 1) << 18 | (i >> 4 & 3) << 12;
        packet.header[1] = (0x1000 + i) << 16 | 0xff;
        packet.header[2] = 0x44;
        packet.function = (uint8_t)(i % 3);
        assert_true(link_ask(&bench->link, &packet, 160, 0x44, 40) >= 0);
    }
    bench_check(bench, LONG_RUN);
}

struct refused {
    const char *name;
    uint32_t first; /* doubleword of the header */
    unsigned dwords; /* of data */
    uint64_t address;
    unsigned function, bar;
    int answered;    /* with Unsupported Request */
    unsigned octets, lower_address;
    unsigned code;
};

#define READ 0x00000000u
#define WRITE 0x40000000u
#define UNSUPPORTED TLSCARD_ERROR_UNSUPPORTED_REQUEST

static const struct refused refused[] = {
    {"read of BAR 1", READ | 2, 0, 0x1004, 0, 1, 1, 8, 4, UNSUPPORTED},
    {"write of BAR 1", WRITE | 5, 5, 0x1004, 0, 1, 0, 0, 0, UNSUPPORTED},
    {"read of BAR 7", READ | 1, 0, 0x1004, 0, 7, 1, 4, 4, UNSUPPORTED},
    {"read past BAR 0", READ | 2, 0, 0xfffc, 0, 0, 1, 8, 0x7c, UNSUPPORTED},
    {"write past BAR 0", WRITE | 2, 2, 0xfffc, 0, 0, 0, 0, 0, UNSUPPORTED},
    {"long read past BAR 0", READ | 0, 0, 0xf004, 0, 0, 1, 4096, 4, UNSUPPORTED},
    {"read past BAR 2", READ | 2, 0, 0x1ffc, 1, 2, 1, 8, 0x7c, UNSUPPORTED},
    {"write past BAR 2", WRITE | 4, 4, 0x1ff8, 1, 2, 0, 0, 0, UNSUPPORTED},
    {"read of function 3", READ | 1, 0, 0, 3, 0, 1, 4, 0, UNSUPPORTED},
    {"read of function 7", READ | 1, 0, 0, 7, 2, 1, 4, 0, UNSUPPORTED},
    {"write of function 3", WRITE | 1, 1, 0, 3, 2, 0, 0, 0, UNSUPPORTED},
    {"locked read", READ | 0x01000002u, 0, 0x40, 2, 0, 1, 8, 0x40, UNSUPPORTED},
    {"I/O read", READ | 0x02000001u, 0, 0x40, 0, 0, 1, 4, 0, UNSUPPORTED},
    {"I/O write", WRITE | 0x02000001u, 1, 0x40, 0, 0, 1, 4, 0, UNSUPPORTED},
    {"configuration read 0", READ | 0x04000001u, 0, 0x40, 0, 0, 1, 4, 0, UNSUPPORTED},
    {"configuration read 1", READ | 0x05000001u, 0, 0x40, 0, 0, 1, 4, 0, UNSUPPORTED},
    {"configuration write 0", WRITE | 0x04000001u, 1, 0x40, 0, 0, 1, 4, 0, UNSUPPORTED},
    {"configuration write 1", WRITE | 0x05000001u, 1, 0x40, 0, 0, 1, 4, 0, UNSUPPORTED},
    {"fetch and add", WRITE | 0x0c000002u, 2, 0x40, 0, 0, 1, 4, 0, UNSUPPORTED},
    {"swap", WRITE | 0x0d000001u, 1, 0x40, 0, 0, 1, 4, 0, UNSUPPORTED},
    {"compare and swap", WRITE | 0x0e000008u, 8, 0x40, 0, 0, 1, 4, 0, UNSUPPORTED},
    {"deferrable write", WRITE | 0x1b000006u, 6, 0x40, 0, 0, 1, 4, 0, UNSUPPORTED},
    {"message", 0x30000000u, 0, 0x40, 0, 0, 0, 0, 0, UNSUPPORTED},
    {"message with data", 0x74000009u, 9, 0x40, 0, 0, 0, 0, 0, UNSUPPORTED},
    {"prefix", 0x80000000u, 0, 0x40, 0, 0, 0, 0, 0, UNSUPPORTED},
    {"an unknown type", READ | 0x07000001u, 0, 0x40, 0, 0, 0, 0, 0, UNSUPPORTED},
    {"an unknown type with data", WRITE | 0x0f000001u, 1, 0x40, 0, 0, 0, 0, 0, UNSUPPORTED},
    {"poisoned write", WRITE | 0x4001u, 1, 0x40, 1, 0, 0, 0, 0, TLSCARD_ERROR_POISONED_WRITE},
    {"long poisoned write", WRITE | 0x4040u, 64, 0x40, 1, 2, 0, 0, 0, TLSCARD_ERROR_POISONED_WRITE},
};

static void refuse(struct bench *bench, const struct refused *one, int wide) {
    struct link_packet packet;
    int tag = 0;
    wide |= (one->first & 0x20000000u) != 0;
    memset(&packet, 0, sizeof packet);
    packet.header[0] = one->first | (wide ? 0x20000000u : 0);
    packet.header[1] = (one->first & 0x3ff) == 1 ? 15 : 255;
    packet.header[wide ? 3 : 2] = (uint32_t)one->address;
    packet.header[2] |= wide ? 0x77 : 0;
    packet.dwords = one->dwords;
    packet.function = (uint8_t)one->function;
    packet.bar = (uint8_t)one->bar;
    memset(packet.data, 0x5a, sizeof packet.data);
    if (one->answered)
        tag = link_ask(&bench->link, &packet, one->octets, one->lower_address, 1);
    else
        assert_int_equal(link_send(&bench->link, &packet), 0);
    assert_true(tag >= 0);
    read_words(bench, 1, 0x40, 3, 15, 15); /* the next request is served */
    if (one->answered)
        assert_int_equal(bench->link.answer[tag].status, 1);
    if (bench->event_count != 1 || bench->events[0].code != one->code || bench->events[0].function != one->function ||
        bench->events[0].address != (one->address | (wide ? 0x7700000000u : 0)))
        fail_msg("%s: %u events, code %02x, function %u, address %llx", one->name, bench->event_count,
                 bench->events[0].code, bench->events[0].function, (unsigned long long)bench->events[0].address);
    bench_forget(bench);
}

static void test_refused_requests(void **state) {
    struct bench *bench = *state;
    begin(bench);
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        refuse(bench, &refused[i], 0);
        if (!(refused[i].first & 0xa0000000u))
            refuse(bench, &refused[i], 1);
    }
    assert_memory_equal(bench->registers, image, sizeof image);
}

/* A packet whose beats are not those of its Length: logged, not answered, and the next one is served. */
static void test_bad_framing(void **state) {
    struct bench *bench = *state;
    struct link_packet packet;
    static const int beats[][2] = {{0, 2}, {0, 9}, {1, 2}, {4, 3}, {5, 1}, {16, 3}, {16, 5}, {16, 200}};
    begin(bench);
    for (size_t i = 0; i < sizeof beats / sizeof *beats; i++) {
        unsigned dwords = (unsigned)beats[i][0];
        unsigned kept = dwords > 4 && beats[i][1] > 1 ? 4 * ((unsigned)beats[i][1] - 1) : 0;
        memset(&packet, 0, sizeof packet);
        packet.dwords = dwords;
        packet.beats = beats[i][1];
        packet.header[0] = dwords ? WRITE | dwords : READ | 1;
        packet.header[1] = dwords > 1 ? 255 : 15;
        packet.header[2] = 0x400;
        memcpy(packet.data, &image[0][0x100], sizeof packet.data); /* what comes before the last beat is written */
        if (dwords)
            memset(packet.data + (kept < dwords ? kept : dwords - 4), 0x5a, 64);
        assert_int_equal(link_send(&bench->link, &packet), 0);
        read_words(bench, 0, 0x3f0, 60, 15, 15);
        assert_int_equal(bench->event_count, 1);
        assert_int_equal(bench->events[0].code, UNSUPPORTED);
        bench_forget(bench);
    }
    assert_memory_equal(bench->registers, image, sizeof image);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writes),
        cmocka_unit_test(test_reads),
        cmocka_unit_test(test_zero_length_read_touches_nothing),
        cmocka_unit_test(test_forbidden_enables),
        cmocka_unit_test(test_many_reads_at_once),
        cmocka_unit_test(test_class_and_attributes),
        cmocka_unit_test(test_refused_requests),
        cmocka_unit_test(test_bad_framing),
    };
    return cmocka_run_group_tests(tests, bench_setup, bench_teardown);
}
