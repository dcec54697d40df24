/* SPDX-License-Identifier: Apache-2.0 */
/* The multiplier array and its carry chain alone, against libcrypto's integers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/bn.h>

#include "pke_product_model.h"

enum { WORD_BITS = 130, WORDS = 32, LATENCY = 7, EXTRA = 16, NONE = 0, ONE = 1, TWO = 2, GUARD = 3, TOP = 4 };

/* One cycle's input, and what belongs to the column that it ends. */
struct slot {
    int valid, first, last, zero, one, twice;
    const uint32_t *a, *b;
    int chain_first, wide, add, invert, constant;
    const uint32_t *c;
};

static struct pke_product_model model;
static uint64_t random_state;
static uint32_t a[WORDS][5], b[WORDS][5], c[2 * WORDS][5], result[2 * WORDS][5];
static struct slot slots[WORDS * WORDS + 2 * WORDS + EXTRA];
static unsigned slot_count;

static uint64_t random64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* Random words; a quarter all ones, a quarter zero in most of their limbs. */
static void fill(uint32_t (*words)[5], unsigned count)
{
    unsigned kind = random64() >> 13 & 3;
    for (unsigned n = 0; n < count; n++)
        for (unsigned w = 0; w < 5; w++) {
            uint32_t value = (uint32_t)(random64() >> 20);
            if (kind == 0 || (kind == 1 && (value & 7) == 0))
                value = UINT32_MAX;
            if (kind == 2 && (value & 7) != 0)
                value = 0;
            words[n][w] = w == 4 ? value & 3 : value;
        }
}

static BIGNUM *number(uint32_t (*words)[5], unsigned count)
{
    BIGNUM *total = BN_new(), *word = BN_new();
    for (unsigned n = count; n-- > 0;) {
        BN_lshift(total, total, WORD_BITS);
        BN_lebin2bn((const unsigned char *)words[n], 20, word);
        BN_add(total, total, word);
    }
    BN_free(word);
    return total;
}

static void add_slot(struct slot slot)
{
    slot.valid = 1;
    slots[slot_count++] = slot;
}

/* The slots of a * b + c, or a * a with doubled products, in columns 0 .. 2 length - 1. */
static void product_slots(unsigned length, int square, struct slot note)
{
    for (unsigned k = 0; k < 2 * length; k++) {
        unsigned i = k < length ? 0 : k - length + 1, end = k < length ? k : length - 1;
        struct slot slot = note;
        slot.first = 1;
        slot.c = c[k];
        slot.chain_first = k == 0;
        slot.constant = (note.constant == ONE || note.constant == TWO) == (k == 0) ? note.constant : NONE;
        if (note.constant == GUARD || note.constant == TOP)
            slot.constant = k + 1 == length ? note.constant : NONE;
        slot.wide = note.wide && k + 2 == 2 * length;
        if (k == 2 * length - 1) {
            if (note.wide)
                break;
            slot.zero = slot.last = 1;
            slot.a = a[0];
            slot.b = b[0];
            add_slot(slot);
            break;
        }
        for (; square ? 2 * i <= k && i <= end : i <= end; i++) {
            slot.a = a[i];
            slot.b = square ? a[k - i] : b[k - i];
            slot.twice = square && 2 * i < k;
            slot.last = square ? 2 * i + 1 >= k : i == end;
            add_slot(slot);
            slot.first = 0;
        }
    }
}

static void drive(const struct slot *slot)
{
    *model.valid = (uint8_t)slot->valid;
    *model.first = (uint8_t)slot->first;
    *model.last = (uint8_t)slot->last;
    *model.zero = (uint8_t)slot->zero;
    *model.one = (uint8_t)slot->one;
    *model.twice = (uint8_t)slot->twice;
    if (slot->valid) {
        memcpy(model.a, slot->a, 20);
        memcpy(model.b, slot->b, 20);
    }
}

/* Run the slots, with gaps where asked, and collect the words that come. */
static unsigned run(int gaps)
{
    struct slot history[LATENCY + 1] = {{0}};
    unsigned words = 0, next = 0, quiet = 0;
    while (quiet < 2 * LATENCY) {
        struct slot now = {0};
        if (next < slot_count && !(gaps && random64() >> 30 & 1))
            now = slots[next++];
        quiet = next == slot_count ? quiet + 1 : 0;
        memmove(history + 1, history, sizeof(history) - sizeof(history[0]));
        history[0] = now;
        drive(&now);
        const struct slot *column = &history[4];
        *model.column_valid = column->valid && column->last;
        *model.column_wide = (uint8_t)column->wide;
        *model.chain_first = (uint8_t)column->chain_first;
        *model.addend_enable = (uint8_t)column->add;
        *model.addend_invert = (uint8_t)column->invert;
        *model.constant = (uint8_t)column->constant;
        if (column->valid && column->c)
            memcpy(model.c, column->c, 20);
        pke_product_model_eval(&model);
        int expected = history[LATENCY].valid && history[LATENCY].last;
        if (*model.word_valid != expected)
            return 0;
        if (expected)
            memcpy(result[words++], model.word, 20);
        if (expected && history[LATENCY].wide)
            memcpy(result[words++], model.word_above, 20);
        *model.clk = 1;
        pke_product_model_eval(&model);
        *model.clk = 0;
    }
    return words;
}

static BIGNUM *expected_sum(unsigned length, int square, const struct slot *note)
{
    BN_CTX *context = BN_CTX_new();
    BIGNUM *x = number(a, length), *y = square ? BN_dup(x) : number(b, length), *sum = BN_new(), *part = BN_new();
    BN_mul(sum, x, y, context);
    if (note->add) {
        /* a wide column's upper word has no addend: nothing is added there, inverted or not */
        BIGNUM *addend = number(c, 2 * length - (note->wide != 0));
        if (note->invert) {
            BN_set_word(part, 1);
            BN_lshift(part, part, (int)((2 * length - (note->wide != 0)) * WORD_BITS));
            BN_sub_word(part, 1);
            BN_sub(addend, part, addend);
        }
        BN_add(sum, sum, addend);
        BN_free(addend);
    }
    BN_set_word(part, note->constant == ONE ? 1 : note->constant == TWO ? 2 : note->constant == GUARD ? 64
                : note->constant == TOP ? 1 : 0);
    if (note->constant == GUARD || note->constant == TOP)
        BN_lshift(part, part, (int)((length - 1) * WORD_BITS + (note->constant == TOP ? 126 : 0)));
    BN_add(sum, sum, part);
    BN_mask_bits(sum, (int)(2 * length * WORD_BITS));
    BN_free(x);
    BN_free(y);
    BN_free(part);
    BN_CTX_free(context);
    return sum;
}

static void check(unsigned length, int square, struct slot note, int gaps)
{
    slot_count = 0;
    product_slots(length, square, note);
    unsigned words = run(gaps);
    assert_int_equal(words, 2 * length);
    BIGNUM *wanted = expected_sum(length, square, &note), *got = number(result, words);
    int same = BN_cmp(wanted, got) == 0;
    BN_free(wanted);
    BN_free(got);
    if (!same)
        print_message("length %u square %d add %d invert %d constant %d\n", length, square, note.add, note.invert,
                      note.constant);
    assert_true(same);
}

static void products_and_squares(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 100; round++)
        for (unsigned length = 1; length <= WORDS; length++) {
            fill(a, length);
            fill(b, length);
            fill(c, 2 * length);
            struct slot note = {.add = random64() >> 11 & 1, .invert = random64() >> 12 & 1,
                                .constant = (int)(random64() >> 13 & 0xffff) % 5};
            check(length, round & 1, note, round % 3 == 2);
        }
}

/* The largest sums there are: every limb all ones, in each column as many products as fit. */
static void all_ones(void **state)
{
    (void)state;
    memset(a, 0xff, sizeof(a));
    memset(b, 0xff, sizeof(b));
    memset(c, 0xff, sizeof(c));
    for (unsigned n = 0; n < 2 * WORDS; n++) {
        c[n][4] = 3;
        if (n < WORDS)
            a[n][4] = b[n][4] = 3;
    }
    for (int constant = NONE; constant <= TOP; constant++)
        for (unsigned length = 1; length <= WORDS; length++) {
            check(length, 0, (struct slot){.add = 1, .constant = constant}, 0);
            check(length, 1, (struct slot){.add = 1, .constant = constant}, 0);
        }
}

/* 1 * b, 2 * b and 0 * b, one product in a column, as additions use it. */
static void linear(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 300; round++) {
        unsigned length = 1 + (unsigned)(random64() >> 20) % WORDS, kind = round % 3;
        fill(b, length);
        fill(c, length);
        slot_count = 0;
        for (unsigned k = 0; k < length; k++)
            add_slot((struct slot){.first = 1, .last = 1, .one = 1, .zero = kind == 0, .twice = kind == 2, .a = a[0],
                                   .b = b[k], .chain_first = k == 0, .add = 1, .c = c[k]});
        assert_int_equal(run(round & 1), length);
        BIGNUM *wanted = number(c, length), *part = number(b, length), *got = number(result, length);
        for (unsigned n = 0; n < kind; n++)
            BN_add(wanted, wanted, part);
        BN_mask_bits(wanted, (int)(length * WORD_BITS));
        int same = BN_cmp(wanted, got) == 0;
        BN_free(wanted);
        BN_free(part);
        BN_free(got);
        assert_true(same);
    }
}

/* A last column that gives two words, between chains that have none: no carry is left from one to the next. */
static void wide(void **state)
{
    (void)state;
    for (unsigned round = 0; round < 300; round++)
        for (unsigned length = 1; length <= 4; length++) {
            struct slot note = {.wide = random64() >> 9 & 1, .add = random64() >> 11 & 1, .invert = random64() >> 12 & 1,
                                .constant = (int)(random64() >> 13 & 0xffff) % 5};
            fill(a, length);
            fill(b, length);
            fill(c, 2 * length);
            check(length, round & 1, note, round % 3 == 2);
            note.wide = 1;
            if (round % 4 == 0) {
                memset(a, 0xff, sizeof(a));
                memset(b, 0xff, sizeof(b));
                memset(c, 0xff, sizeof(c));
                for (unsigned n = 0; n < WORDS; n++)
                    a[n][4] = b[n][4] = c[n][4] = 3;
            }
            check(length, round >> 1 & 1, note, round % 3 == 2);
        }
}

/* Chains of two words back to back, each with a wide last column, a slot every cycle. */
static void wide_run(void **state)
{
    (void)state;
    enum { CHAINS = WORDS / 2 };
    for (unsigned round = 0; round < 100; round++) {
        fill(a, WORDS);
        fill(b, WORDS);
        slot_count = 0;
        for (unsigned n = 0; n < CHAINS; n++)
            for (unsigned k = 0; k < 3; k++)
                for (unsigned i = k == 2; i <= k && i < 2; i++)
                    add_slot((struct slot){.first = i == (k == 2), .last = i == k || i == 1, .a = a[2 * n + i],
                                           .b = b[2 * n + k - i], .chain_first = k == 0, .wide = k == 2});
        assert_int_equal(run(0), 4 * CHAINS);
        for (unsigned n = 0; n < CHAINS; n++) {
            BN_CTX *context = BN_CTX_new();
            BIGNUM *x = number(a + 2 * n, 2), *y = number(b + 2 * n, 2), *got = number(result + 4 * n, 4);
            BN_mul(x, x, y, context);
            int same = BN_cmp(x, got) == 0;
            BN_free(x);
            BN_free(y);
            BN_free(got);
            BN_CTX_free(context);
            assert_true(same);
        }
    }
}

static int setup(void **state)
{
    (void)state;
    const char *seed = getenv("TLSCARD_TEST_SEED");
    random_state = seed ? strtoull(seed, NULL, 0) : 20240229;
    print_message("# TLSCARD_TEST_SEED=%llu\n", (unsigned long long)random_state);
    random_state |= 1;
    return pke_product_model_create(&model);
}

static int teardown(void **state)
{
    (void)state;
    pke_product_model_destroy(&model);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(products_and_squares),
        cmocka_unit_test(all_ones),
        cmocka_unit_test(linear),
        cmocka_unit_test(wide),
        cmocka_unit_test(wide_run),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
