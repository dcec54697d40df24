/* SPDX-License-Identifier: Apache-2.0 */
/* What in the public-key engine may depend on secrets. Whatever stands in no line here must be the same, in every
 * cycle, in two copies of the engine that were given other secrets.
 *
 * To adapt it to changed RTL: run test_pke_two_copies. It names each signal that differs and has no line, and each
 * line whose signals are no more or never differ. A signal gets a line only with a reason: it is a number, or the
 * address of a table entry in memory on the chip that a secret digit or carry chooses. */
#ifndef PKE_SECRETS_H
#define PKE_SECRETS_H
#include "pke_isa.h"
#include "tests/rtl/pke_pair.h"

enum pke_secret {
    PKE_DATA,   /* may differ in any cycle */
    PKE_CHAIN,  /* only while the chain offered takes an operand by a secret */
    PKE_ACTIVE, /* the chain in pke_slots */
    PKE_SLOT,   /* the slot it gave last */
    PKE_LINEAR, /* the linear operation offered */
    PKE_ROW,    /* the slot or linear operation that reads rows of the field memory */
    PKE_LINEAR_BASE, /* the linear operation offered, or that has no use for a multiple of the base point */
    PKE_BASE,   /* what reads a multiple of the base point, or while nothing does */
    PKE_DIGITS, /* in any cycle, but only two digits beside an instruction */
    PKE_UNUSED, /* while the instruction in hand is not carried out: none is, or it waits */
    PKE_SECRET_KINDS
};

/* The two digits' bits in an entry of PKE_DIGITS. */
enum { PKE_DIGITS_FROM = PKE_INSTRUCTION_WIDTH + 5, PKE_DIGITS_BITS = 10 };

/* Patterns of fnmatch; the first that fits counts. */
static const struct {
    const char *pattern;
    enum pke_secret secret;
    const char *reason;
} pke_secrets[] = {
    {"in_data", PKE_DATA, "operands"},
    {"load__in_data", PKE_DATA, "operands"},
    {"load__previous", PKE_DATA, "the beat before"},
    {"load__digit", PKE_DATA, "the beat, its octets in order"},
    {"load__above", PKE_DATA, "what is shifted into a word, and the second word of a number of X25519"},
    {"load__leading", PKE_DATA, "leading zeros of a modulus: they give one word its place for a bit, no address"},
    {"*load_word", PKE_DATA, "a word of an operand or a result"},
    {"*exponent_word", PKE_DATA, "digits of an exponent"},
    {"*digits_word", PKE_DATA, "the same, as they are computed"},
    {"*memory_*write_data", PKE_DATA, "words to be written"},
    {"*memory_*read_data", PKE_DATA, "words read"},
    {"*memory_*words", PKE_DATA, "words in memory"},
    {"*write_word", PKE_DATA, "a result"},
    {"datapath__memory_[ab]_word", PKE_DATA, "words at the multiplier"},
    {"datapath__field_[ab]", PKE_DATA, "the same, of the field memory"},
    {"datapath__[abc]", PKE_DATA, "the same"},
    {"datapath__*word", PKE_DATA, "the multiplier's result"},
    {"datapath__*word_above", PKE_DATA, "the same"},
    {"datapath__gathered", PKE_DATA, "a product's lower words"},
    {"datapath__product__a_limb", PKE_DATA, "numbers in the multiplier"},
    {"datapath__product__b_limb", PKE_DATA, "the same"},
    {"datapath__product__b_operand", PKE_DATA, "the same"},
    {"datapath__product__[abc]", PKE_DATA, "the same"},
    {"datapath__product__partial", PKE_DATA, "the same"},
    {"datapath__product__total", PKE_DATA, "the same"},
    {"datapath__product__digit", PKE_DATA, "the same"},
    {"datapath__product__column", PKE_DATA, "the same"},
    {"datapath__product__upper", PKE_DATA, "the same"},
    {"datapath__product__pair_*", PKE_DATA, "the same"},
    {"datapath__product__*_part", PKE_DATA, "the same"},
    {"datapath__product__low", PKE_DATA, "the same"},
    {"datapath__product__high", PKE_DATA, "the same"},
    {"datapath__product__sum", PKE_DATA, "the same"},
    {"datapath__product__moved", PKE_DATA, "the same"},
    {"datapath__product__addend", PKE_DATA, "the same"},
    {"datapath__product__carry*", PKE_DATA, "carries"},
    {"datapath__*field__product", PKE_DATA, "a product for the reducer"},
    {"datapath__field__[ab]", PKE_DATA, "rows read, for the multiplier"},
    {"datapath__field__[ab]_*", PKE_DATA, "rows read"},
    {"datapath__field__word_b_*", PKE_DATA, "the same"},
    {"datapath__field__held_*", PKE_DATA, "the same, held"},
    {"datapath__field__base*coordinate", PKE_DATA, "a multiple of the base point"},
    {"datapath__field__reduced", PKE_DATA, "a result"},
    {"datapath__field__added", PKE_DATA, "the same"},
    {"datapath__field__added_flag", PKE_DATA, "a carry, which chooses what SELECT reads or ends the request"},
    {"datapath__field____Vcellinp__linear__[xy]", PKE_DATA, "rows for the linear unit"},
    {"datapath__field__linear__[xy]*", PKE_DATA, "the same"},
    {"datapath__field__linear__shifted", PKE_DATA, "numbers in the linear unit"},
    {"datapath__field__linear__low*", PKE_DATA, "the same"},
    {"datapath__field__linear__high*", PKE_DATA, "the same"},
    {"datapath__field__linear__carry", PKE_DATA, "the same"},
    {"datapath__field__linear__write_flag", PKE_DATA, "its carry"},
    {"datapath__field__reduce__product", PKE_DATA, "numbers in the reducer"},
    {"datapath__field__reduce__result", PKE_DATA, "the same"},
    {"datapath__field__reduce__held*", PKE_DATA, "the same"},
    {"datapath__field__reduce__digit", PKE_DATA, "the same"},
    {"datapath__field__reduce__earlier", PKE_DATA, "the same"},
    {"datapath__field__reduce__partial", PKE_DATA, "the same"},
    {"datapath__field__reduce__sum", PKE_DATA, "the same"},
    {"datapath__field__reduce__carry", PKE_DATA, "the same"},
    {"datapath__field__reduce__near", PKE_DATA, "the same"},
    {"datapath__field__reduce__far", PKE_DATA, "the same"},
    {"datapath__field__reduce__term", PKE_DATA, "the same"},
    {"datapath__field__reduce__plus", PKE_DATA, "the same"},
    {"datapath__field__reduce__minus", PKE_DATA, "the same"},
    {"datapath__field__reduce__top", PKE_DATA, "the same"},
    {"datapath__field__reduce__upper", PKE_DATA, "the same"},
    {"datapath__field__reduce__nineteen", PKE_DATA, "the same"},
    {"datapath__field__reduce__low", PKE_DATA, "the same"},
    {"datapath__field__reduce__high", PKE_DATA, "the same"},
    {"datapath__field__reduce__excess", PKE_DATA, "the same"},
    {"datapath__field__reduce__bottom", PKE_DATA, "the same"},
    {"unload__previous", PKE_DATA, "a word of a result"},
    {"unload__from_below", PKE_DATA, "bits of the word below, for the beat"},
    {"unload__beat", PKE_DATA, "octets of a result"},
    {"*out_data", PKE_DATA, "the same"},
    {"*finish_flag", PKE_DATA, "a carry, which chooses what SELECT reads or ends the request"},
    {"*added_flag", PKE_DATA, "the same, of the linear unit"},
    {"sequencer__*flag_[01]", PKE_DATA, "the same, of each context; of X25519 a digit's bit"},
    {"sequencer__*set_flag", PKE_DATA, "the same, as it is set"},
    {"sequencer__flag_now", PKE_DATA, "the same, of the context whose turn it is"},
    {"sequencer__*digit_[01]", PKE_DATA, "digits of secret exponents: they choose table entries"},
    {"sequencer__digit_now", PKE_DATA, "the same"},
    {"sequencer__issue__slot", PKE_DIGITS, "the same, beside the instruction"},
    {"sequencer__issue__work", PKE_DIGITS, "the same"},
    {"sequencer__issue__sum", PKE_DIGITS, "the same"},
    {"sequencer__issue__choice", PKE_DATA, "the flag that SELECT looks at"},
    {"sequencer__issue__b_operand", PKE_CHAIN, "SELECT's choice between two registers"},
    {"sequencer__issue__chain_row_[ab]", PKE_DATA, "a step on the way to chain_a and chain_b, which are compared"},
    {"sequencer__issue__a_row", PKE_DATA, "a step on the way to linear_a, which is compared"},
    {"*chain_[ab]", PKE_CHAIN, "address of a table entry, or of SELECT's choice"},
    {"slots__[ab]", PKE_ACTIVE, "the same"},
    {"*slot_[ab]", PKE_SLOT, "the same"},
    {"*slot_base_address", PKE_SLOT, "address of a multiple of the base point"},
    {"datapath__memory_[ab]__read_address", PKE_SLOT, "as slot_a and slot_b"},
    {"*linear_[ab]", PKE_LINEAR, "address of a table entry, or of SELECT's choice"},
    {"*linear_base_address", PKE_LINEAR_BASE, "address of a multiple of the base point"},
    {"datapath__field__row_[ab]", PKE_ROW, "one of the two"},
    {"datapath__field__memory_*__read_address", PKE_ROW, "the same"},
    {"datapath__field__*base__address", PKE_BASE, "the same"},
};
enum { PKE_SECRETS = sizeof(pke_secrets) / sizeof(pke_secrets[0]) };

/* Whether an operand of a computing instruction is a digit's entry or multiple of the base point, or SELECT's choice. */
static inline int pke_secrets_chosen(uint64_t instruction)
{
    uint64_t op = instruction >> PKE_OP_LSB & 15, select = instruction >> PKE_SELECT_LSB & 1;
    if (op != PKE_OP_MUL && op != PKE_OP_FSQR && op != PKE_OP_FLIN)
        return select || (instruction >> (PKE_B_LSB + 6) & 3) == PKE_SOURCE_DIGIT;
    const unsigned fields[] = {PKE_FA_LSB, PKE_FB_LSB};
    for (unsigned n = 0; n < 2; n++) {
        uint64_t operand = instruction >> fields[n] & 255, entry = operand >> 2 & 3;
        select |= operand >> 7 && entry != PKE_ENTRY_INDEX;
    }
    return select != 0;
}

/* Which kinds are on their way. Called in each settled cycle; the index is enum pke_secret. */
static inline void pke_secrets_follow(const struct pke_pair *pair, int secret[PKE_SECRET_KINDS])
{
    static const char *const names[] = {"sequencer__issue__work", "sequencer__issue__sum",    "chain_valid",
                                        "chain_ready",            "slots__active",            "sequencer__execute_valid",
                                        "sequencer__blocked",     "datapath__field__slot_read", "linear_base",
                                        "datapath__field__base__read"};
    enum { WORK, SUM, VALID, READY, ACTIVE, EXECUTE, BLOCKED, SLOT_READ, LINEAR_BASE, BASE_READ, NAMES };
    static const struct pke_signal *signals[NAMES];
    static int next[PKE_SECRET_KINDS];
    uint64_t value[NAMES];
    for (unsigned n = 0; n < NAMES; n++) {
        if (!signals[n])
            signals[n] = pke_pair_signal(pair, names[n]);
        value[n] = pke_pair_value(signals[n]);
    }
    secret[PKE_DATA] = secret[PKE_DIGITS] = 1;
    secret[PKE_CHAIN] = pke_secrets_chosen(value[WORK]);
    secret[PKE_ACTIVE] = next[PKE_ACTIVE];
    secret[PKE_SLOT] = next[PKE_SLOT];
    secret[PKE_LINEAR] = pke_secrets_chosen(value[SUM]);
    secret[PKE_ROW] = value[SLOT_READ] ? secret[PKE_SLOT] : secret[PKE_LINEAR];
    secret[PKE_LINEAR_BASE] = secret[PKE_LINEAR] || !value[LINEAR_BASE];
    secret[PKE_BASE] = secret[PKE_ROW] || !value[BASE_READ];
    secret[PKE_UNUSED] = !value[EXECUTE] || value[BLOCKED];
    if (value[ACTIVE])
        next[PKE_SLOT] = secret[PKE_ACTIVE];
    if (value[VALID] && value[READY])
        next[PKE_ACTIVE] = secret[PKE_CHAIN];
}
#endif
