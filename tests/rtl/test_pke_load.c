/* SPDX-License-Identifier: Apache-2.0 */
/* rtl/pke/pke_load.v: octets to words and where they go, powers beside moduli, what is refused. */
#include <stdbool.h>

#include "driver/tlscard_map.h"
#include "pke_isa.h"
#include "pke_load_model.h"
#include "tests/rtl/unit.h"

enum { WORD_BITS = 130, CONTEXT = 2, EXPONENTS = 16, ROWS = 17, WORDS_OF_REGISTER = 64 };
/* as microcode.py numbers them */
enum { N = 0, NORM = 3, C = 9, MOD = 10, MODNORM = 11, QINV = 13 };

UNIT(pke_load)
UNIT_RESET

/* The request's octets, and every word that was written: registers 0 .. 15, the exponents, rows of two words. */
static uint8_t octets[4096];
static unsigned length;
static uint32_t memory[ROWS * WORDS_OF_REGISTER + 512][5];
static bool written[ROWS * WORDS_OF_REGISTER + 512];
static unsigned lasts, loaded;

/* One cycle; true if a beat moved. */
static bool cycle(void) {
    *unit.load_ready = unit_random(4) != 0;
    settle();
    if (*unit.load_valid && *unit.load_ready) {
        assert_int_equal(*unit.load_address >> 11, CONTEXT);
        unsigned at = (*unit.load_exponent ? EXPONENTS * WORDS_OF_REGISTER : *unit.load_address & 1024u ? ROWS * WORDS_OF_REGISTER : 0)
                      + (*unit.load_address & 1023u);
        assert_true(at < sizeof(written));
        assert_false(written[at]);
        written[at] = true;
        memcpy(memory[at], unit.load_word, 20);
    }
    lasts += *unit.last_valid;
    bool moved = *unit.in_valid && *unit.in_ready;
    step();
    settle();
    loaded += *unit.loaded_valid;
    return moved;
}

static void begin(void) {
    length = lasts = loaded = 0;
    memset(written, 0, sizeof(written));
    *unit.cmd_valid = *unit.in_valid = 0;
    reset();
}

/* A field of k octets, most significant first: random, with the top bits and the lowest bit as asked. */
static uint8_t *append(unsigned k) {
    uint8_t *field = octets + length;
    for (unsigned i = 0; i < k; i++)
        field[i] = (uint8_t)unit_random(256);
    length += k;
    return field;
}

static void append_modulus(unsigned k, unsigned leading_zeros) {
    uint8_t *field = append(k);
    memset(field, 0, leading_zeros / 8);
    field[leading_zeros / 8] = (uint8_t)((0xff | field[leading_zeros / 8]) >> leading_zeros % 8);
    field[k - 1] |= 1;
}

static void append_exponent(uint64_t e) {
    uint8_t *field = append(16);
    for (unsigned i = 0; i < 16; i++)
        field[i] = i < 8 ? 0 : (uint8_t)(e >> 8 * (15 - i));
}

/* The request as it is meant to be. */
static void compose(unsigned opcode, unsigned k, unsigned leading_zeros) {
    append_modulus(k, leading_zeros);
    if (opcode != TLSCARD_OP_MODEXP)
        append_exponent(65537);
    if (opcode == TLSCARD_OP_RSA_PRIVATE_CRT) {
        append_modulus(k / 2, leading_zeros);
        append_modulus(k / 2, (leading_zeros + 5) % 64);
        for (unsigned i = 0; i < 3; i++)
            append(k / 2);
    } else if (opcode == TLSCARD_OP_MODEXP)
        append(k);
    append(k);
}

static unsigned send(unsigned opcode, unsigned parameter, unsigned abort_status) {
    *unit.cmd_valid = 1;
    *unit.cmd_context = CONTEXT;
    *unit.cmd_opcode = (uint8_t)opcode;
    *unit.cmd_parameter = (uint16_t)parameter;
    settle();
    assert_int_equal(*unit.cmd_ready, 1);
    cycle();
    *unit.cmd_valid = *unit.in_valid = 0;
    for (unsigned at = 0; at < length;) {
        bool last = at + 16 >= length;
        *unit.in_valid = unit_random(4) != 0;
        memcpy(unit.in_data, octets + at, 16);
        *unit.in_last = last;
        *unit.in_abort = last && abort_status;
        *unit.in_abort_status = (uint8_t)abort_status;
        if (cycle())
            at += 16;
    }
    *unit.in_valid = 0;
    for (unsigned i = 0; !loaded; i++) {
        assert_true(i < 100);
        cycle();
    }
    assert_int_equal(*unit.loaded_context, CONTEXT);
    assert_int_equal(*unit.loaded_opcode, opcode);
    unsigned status = *unit.loaded_status;
    cycle();
    assert_int_equal(loaded, 1);
    assert_int_equal(lasts, 1);
    return status;
}

/* Word n of a field's number is its bits 130 n .. 130 n + 129. */
static void expect_field(unsigned at, const uint8_t *field, unsigned k) {
    for (unsigned n = 0; n < k / 16; n++) {
        uint32_t word[5] = {0};
        for (unsigned i = 0; i < WORD_BITS; i++) {
            unsigned place = n * WORD_BITS + i;
            if (place < 8 * k && field[k - 1 - place / 8] >> place % 8 & 1)
                word[i / 32] |= 1u << i % 32;
        }
        assert_true(written[at + n]);
        assert_memory_equal(memory[at + n], word, 20);
        written[at + n] = false;
    }
}

/* 2^m with R / 16 < modulus 2^m < R / 8, that is of 130 words - 3 bits together. */
static void expect_norm(unsigned at, unsigned k, unsigned leading_zeros) {
    unsigned m = k / 16 * WORD_BITS - 3 - (8 * k - leading_zeros);
    uint32_t word[5] = {0};
    word[m / 32] = 1u << m % 32;
    assert_true(written[at]);
    assert_memory_equal(memory[at], word, 20);
    written[at] = false;
}

static void expect_nothing_else(void) {
    for (unsigned i = 0; i < sizeof(written); i++)
        assert_false(written[i]);
}

static unsigned place(unsigned number, unsigned lane) {
    return number * WORDS_OF_REGISTER + 32 * lane;
}

static void test_public_and_modexp(void **state) {
    (void)state;
    for (unsigned k = 128; k <= 512; k += 16)
        for (unsigned secret = 0; secret < 2; secret++) {
            unsigned opcode = secret ? TLSCARD_OP_MODEXP : TLSCARD_OP_RSA_PUBLIC, zeros = k / 16 * 7 % 64;
            begin();
            compose(opcode, k, zeros);
            assert_int_equal(send(opcode, k, 0), TLSCARD_STATUS_OK);
            assert_int_equal(*unit.loaded_words, k / 16);
            assert_true(*unit.loaded_exponent == (secret ? 0 : 65537));
            expect_field(place(N, 0), octets, k);
            expect_norm(place(NORM, 0), k, zeros);
            if (secret)
                expect_field(place(EXPONENTS, 0), octets + k, k);
            expect_field(place(C, 0), octets + length - k, k);
            expect_nothing_else();
        }
}

static void test_private(void **state) {
    (void)state;
    for (unsigned k = 256; k <= 512; k += 128)
        for (unsigned zeros = 0; zeros < 64; zeros += 9) {
            const uint8_t *p = octets + k + 16;
            unsigned h = k / 2;
            begin();
            compose(TLSCARD_OP_RSA_PRIVATE_CRT, k, zeros);
            assert_int_equal(send(TLSCARD_OP_RSA_PRIVATE_CRT, k, 0), TLSCARD_STATUS_OK);
            expect_field(place(MOD, 0), octets, k);
            expect_norm(place(MODNORM, 0), k, zeros);
            expect_field(place(N, 0), p, h);
            expect_norm(place(NORM, 0), h, zeros);
            expect_field(place(N, 1), p + h, h);
            expect_norm(place(NORM, 1), h, (zeros + 5) % 64);
            expect_field(place(EXPONENTS, 0), p + 2 * h, h);
            expect_field(place(EXPONENTS, 0) + 16, p + 3 * h, h);
            expect_field(place(QINV, 0), p + 4 * h, h);
            expect_field(place(C, 0), p + 5 * h, k);
            expect_nothing_else();
        }
}

static void test_moduli_refused(void **state) {
    (void)state;
    static const unsigned k = 256;
    const unsigned even[] = {k - 1, k + 16 + k / 2 - 1, k + 16 + k - 1}, empty[] = {0, k + 16, k + 16 + k / 2};
    for (unsigned i = 0; i < 6; i++) {
        begin();
        compose(TLSCARD_OP_RSA_PRIVATE_CRT, k, 0);
        if (i < 3)
            octets[even[i]] &= 0xfe;
        else
            memset(octets + empty[i - 3], 0, 8);
        assert_int_equal(send(TLSCARD_OP_RSA_PRIVATE_CRT, k, 0), TLSCARD_STATUS_INVALID_MODULUS);
    }
}

static void test_public_exponents(void **state) {
    (void)state;
    static const struct { uint64_t e; bool good; } cases[] = {
        {0, false}, {1, false}, {2, false}, {3, true}, {65536, false}, {UINT64_MAX, true}, {1ull << 63 | 1, true},
        {1ull << 56, false}, {1ull << 56 | 1, true}};
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin();
        append_modulus(128, 0);
        append_exponent(cases[i].e);
        append(128);
        unsigned status = send(TLSCARD_OP_RSA_PUBLIC, 128, 0);
        assert_int_equal(status, cases[i].good ? TLSCARD_STATUS_OK : TLSCARD_STATUS_INVALID_EXPONENT);
        if (cases[i].good)
            assert_true(*unit.loaded_exponent == cases[i].e);
    }
    for (unsigned i = 0; i < 8; i++) { /* of more than 64 bits */
        begin();
        compose(TLSCARD_OP_RSA_PUBLIC, 128, 0);
        octets[128 + i] = 1;
        assert_int_equal(send(TLSCARD_OP_RSA_PUBLIC, 128, 0), TLSCARD_STATUS_INVALID_EXPONENT);
    }
}

/* Too few or too many octets, a wrong parameter or opcode: a status, and the next request is served. */
static void test_fields_refused(void **state) {
    (void)state;
    static const struct { uint8_t opcode; uint16_t parameter; int more; uint8_t status; } cases[] = {
        {TLSCARD_OP_RSA_PUBLIC, 128, -16, TLSCARD_STATUS_INVALID_FIELD},
        {TLSCARD_OP_RSA_PUBLIC, 128, 32, TLSCARD_STATUS_INVALID_FIELD},
        {TLSCARD_OP_RSA_PUBLIC, 112, 0, TLSCARD_STATUS_INVALID_FIELD},
        {TLSCARD_OP_RSA_PUBLIC, 136, 0, TLSCARD_STATUS_INVALID_FIELD},
        {TLSCARD_OP_RSA_PUBLIC, 528, 0, TLSCARD_STATUS_INVALID_FIELD},
        {TLSCARD_OP_NOP, 128, 0, TLSCARD_STATUS_INVALID_OPCODE},
        {TLSCARD_OP_NOP, 128, -16, TLSCARD_STATUS_INVALID_OPCODE},
        {TLSCARD_OP_NOP, 128, 32, TLSCARD_STATUS_INVALID_OPCODE},
    };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin();
        compose(TLSCARD_OP_RSA_PUBLIC, 128, 0);
        if (cases[i].more > 0)
            append((unsigned)cases[i].more);
        else
            length -= (unsigned)-cases[i].more;
        assert_int_equal(send(cases[i].opcode, cases[i].parameter, 0), cases[i].status);
        if (cases[i].parameter != 128)
            expect_nothing_else();
        begin();
        compose(TLSCARD_OP_RSA_PUBLIC, 128, 0);
        assert_int_equal(send(TLSCARD_OP_RSA_PUBLIC, 128, 0), TLSCARD_STATUS_OK);
    }
}

/* An operand could not be read: its status goes before all others, and nothing of the operands stays. */
static void test_abort(void **state) {
    (void)state;
    for (unsigned extra = 0; extra < 3; extra++) {
        begin();
        compose(TLSCARD_OP_MODEXP, 128, 0);
        octets[127] &= 0xfe;
        length += 16 * extra - 16;
        assert_int_equal(send(TLSCARD_OP_MODEXP, 128, TLSCARD_STATUS_DMA_POISONED), TLSCARD_STATUS_DMA_POISONED);
        assert_int_equal(*unit.load_valid, 0);
        for (unsigned i = 0; i < 5; i++)
            assert_int_equal(unit.load_word[i], 0);
    }
}

/* Where {0, register, word} or {1, row, word} is in `memory`. */
static unsigned at(unsigned address) {
    return (address & 1024u ? ROWS * WORDS_OF_REGISTER : 0) + (address & 1023u);
}

static void expect_number(unsigned address, const uint32_t (*number)[5], bool forget) {
    for (unsigned n = 0; n < 2; n++) {
        assert_true(written[at(address) + n]);
        assert_memory_equal(memory[at(address) + n], number[n], 20);
        written[at(address) + n] = !forget;
    }
}

/* P-256: coordinates of a point and the field's constants are rows, all else registers. */
static void test_p256(void **state) {
    (void)state;
    static const uint32_t p[2][5] = {{0xffffffff, 0xffffffff, 0xffffffff, 0, 0}, {0, 0x40000000, 0xc0000000, 0x3fffffff, 0}};
    static const struct { unsigned opcode, count, places[5]; } cases[] = {
        {TLSCARD_OP_EC_MULTIPLY, 3, {PKE_AT_ES, PKE_AT_FX, PKE_AT_FY}},
        {TLSCARD_OP_EC_MULTIPLY_BASE, 1, {PKE_AT_ES}},
        {TLSCARD_OP_ECDSA_SIGN, 3, {PKE_AT_ER, PKE_AT_EE, PKE_AT_ES}},
        {TLSCARD_OP_ECDSA_VERIFY, 5, {PKE_AT_FX, PKE_AT_FY, PKE_AT_EE, PKE_AT_ER, PKE_AT_ES}}};
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        begin();
        append(32 * cases[i].count);
        assert_int_equal(send(cases[i].opcode, TLSCARD_CURVE_P256, 0), TLSCARD_STATUS_OK);
        assert_int_equal(*unit.loaded_words, 2);
        for (unsigned n = 0; n < cases[i].count; n++)
            expect_field(at(cases[i].places[n]), octets + 32 * n, 32);
        expect_number(PKE_AT_FP, p, true);
    }
}

/* X25519: RFC 7748, section 5. The digits of k xor k / 2 are five bits up in two words; u is a row. */
static void test_x25519(void **state) {
    (void)state;
    static const uint32_t p[2][5] = {{0xffffffed, 0xffffffff, 0xffffffff, 0xffffffff, 3}, {0xffffffff, 0xffffffff, 0xffffffff, 0x1fffffff, 0}};
    for (unsigned i = 0; i < 20; i++) {
        uint8_t scalar[32], number[34] = {0}, u[32];
        uint32_t words[2][5] = {{0}};
        begin();
        append(64);
        assert_int_equal(send(TLSCARD_OP_X25519, TLSCARD_CURVE_X25519, 0), TLSCARD_STATUS_OK);
        memcpy(scalar, octets, 32);
        scalar[0] &= 0xf8;
        scalar[31] = (scalar[31] & 0x7f) | 0x40;
        for (unsigned bit = 0; bit < 255; bit++) {
            bool next = bit < 254 && scalar[(bit + 1) / 8] >> (bit + 1) % 8 & 1;
            if (next != (scalar[bit / 8] >> bit % 8 & 1))
                number[(bit + 5) / 8] |= (uint8_t)(1 << (bit + 5) % 8);
        }
        for (unsigned bit = 0; bit < 2 * WORD_BITS; bit++)
            words[bit / WORD_BITS][bit % WORD_BITS / 32] |= (uint32_t)(number[bit / 8] >> bit % 8 & 1) << bit % WORD_BITS % 32;
        for (unsigned n = 0; n < 32; n++)
            u[n] = octets[63 - n];
        u[0] &= 0x7f;
        for (unsigned n = 0; n < 2; n++) {
            assert_true(written[EXPONENTS * WORDS_OF_REGISTER + n]);
            assert_memory_equal(memory[EXPONENTS * WORDS_OF_REGISTER + n], words[n], 20);
        }
        expect_field(at(PKE_AT_FX), u, 32);
        expect_number(PKE_AT_FP, p, true);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_public_and_modexp), cmocka_unit_test(test_private),
        cmocka_unit_test(test_moduli_refused),    cmocka_unit_test(test_public_exponents),
        cmocka_unit_test(test_fields_refused),    cmocka_unit_test(test_abort),
        cmocka_unit_test(test_p256),              cmocka_unit_test(test_x25519),
    };
    return cmocka_run_group_tests(tests, unit_setup, unit_teardown);
}
