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
    PKE_CHAIN,  /* only while the chain offered takes b by a secret */
    PKE_ACTIVE, /* the chain in pke_slots */
    PKE_SLOT,   /* the slot it gave last */
    PKE_UNUSED, /* while the instruction in hand is not carried out: none is, or it waits for chains */
    PKE_SECRET_KINDS
};

/* Patterns of fnmatch; the first that fits counts. */
static const struct {
    const char *pattern;
    enum pke_secret secret;
    const char *reason;
} pke_secrets[] = {
    {"in_data", PKE_DATA, "operands"},
    {"load__in_data", PKE_DATA, "operands"},
    {"load__previous", PKE_DATA, "the beat before"},
    {"load__second", PKE_DATA, "the second word of a number of X25519"},
    {"load__leading", PKE_DATA, "leading zeros of a modulus: they give one word its place for a bit, no address"},
    {"*load_word", PKE_DATA, "a word of an operand or a result"},
    {"*exponent_word", PKE_DATA, "digits of an exponent"},
    {"*digits_word", PKE_DATA, "the same, as they are computed"},
    {"*memory_*write_data", PKE_DATA, "words to be written"},
    {"*memory_*read_data", PKE_DATA, "words read"},
    {"*memory_*words", PKE_DATA, "words in memory"},
    {"datapath__write_word", PKE_DATA, "a word of a result"},
    {"datapath__memory_word", PKE_DATA, "word of b from the registers or the table"},
    {"datapath__base*word", PKE_DATA, "word of b from the multiples of the base point"},
    {"datapath__base__coordinate", PKE_DATA, "the same"},
    {"datapath__[abc]", PKE_DATA, "words at the multiplier"},
    {"datapath__word", PKE_DATA, "the multiplier's result"},
    {"datapath__product__a_limb", PKE_DATA, "numbers in the multiplier"},
    {"datapath__product__b_limb", PKE_DATA, "the same"},
    {"datapath__product__b_operand", PKE_DATA, "the same"},
    {"datapath__product__[abc]", PKE_DATA, "the same"},
    {"datapath__product__partial", PKE_DATA, "the same"},
    {"datapath__product__total", PKE_DATA, "the same"},
    {"datapath__product__digit", PKE_DATA, "the same"},
    {"datapath__product__column", PKE_DATA, "the same"},
    {"datapath__product__upper", PKE_DATA, "the same"},
    {"datapath__product__narrow", PKE_DATA, "the same"},
    {"datapath__product__moved", PKE_DATA, "the same"},
    {"datapath__product__addend", PKE_DATA, "the same"},
    {"datapath__product__carry*", PKE_DATA, "carries"},
    {"datapath__product__propagate", PKE_DATA, "carries"},
    {"datapath__product__word", PKE_DATA, "the result"},
    {"datapath__product____Vlvbound*", PKE_DATA, "a temporary of the simulator"},
    {"unload__upper", PKE_DATA, "a word of a result"},
    {"unload__lower", PKE_DATA, "the same"},
    {"unload__beat", PKE_DATA, "octets of a result"},
    {"*out_data", PKE_DATA, "the same"},
    {"*finish_flag", PKE_DATA, "a carry, which chooses what SEL reads or ends the request"},
    {"sequencer__flag_[01]", PKE_DATA, "the same, of each context"},
    {"sequencer__flag_now", PKE_DATA, "the same, of the context whose turn it is"},
    {"sequencer__condition", PKE_DATA, "of a jump, if the instruction is one: what it does to the address is compared"},
    {"sequencer__address_next", PKE_UNUSED, "a jump on a flag that is not yet known"},
    {"sequencer__digit_[01]", PKE_DATA, "digits of secret exponents: they choose table entries"},
    {"sequencer__b_operand", PKE_CHAIN, "SEL's choice between two registers"},
    {"*chain_b", PKE_CHAIN, "address of a table entry or of SEL's choice"},
    {"slots__b", PKE_ACTIVE, "the same"},
    {"*slot_b", PKE_SLOT, "the same"},
    {"datapath__memory_b__read_address", PKE_SLOT, "the same"},
    {"datapath__base__address", PKE_SLOT, "the same"},
};
enum { PKE_SECRETS = sizeof(pke_secrets) / sizeof(pke_secrets[0]) };

/* Which of the chains on their way take b by a secret: those of instructions whose b is a digit's table entry or
 * SEL's choice. Called in each settled cycle; the index is enum pke_secret. */
static inline void pke_secrets_follow(const struct pke_pair *pair, int secret[PKE_SECRET_KINDS])
{
    static const struct pke_signal *work, *valid, *ready, *active, *state, *blocked;
    static int next[PKE_SECRET_KINDS];
    if (!work) {
        work = pke_pair_signal(pair, "sequencer__work");
        valid = pke_pair_signal(pair, "chain_valid");
        ready = pke_pair_signal(pair, "chain_ready");
        active = pke_pair_signal(pair, "slots__active");
        state = pke_pair_signal(pair, "sequencer__state");
        blocked = pke_pair_signal(pair, "sequencer__blocked");
    }
    enum { EXECUTE = 2 };
    uint64_t instruction = pke_pair_value(work), source = instruction >> (PKE_B_LSB + 6) & 3;
    secret[PKE_DATA] = 1;
    secret[PKE_CHAIN] = (instruction >> PKE_SELECT_LSB & 1) || source == PKE_SOURCE_DIGIT || source == PKE_SOURCE_BASE;
    secret[PKE_ACTIVE] = next[PKE_ACTIVE];
    secret[PKE_SLOT] = next[PKE_SLOT];
    secret[PKE_UNUSED] = pke_pair_value(state) != EXECUTE || pke_pair_value(blocked);
    if (pke_pair_value(active))
        next[PKE_SLOT] = secret[PKE_ACTIVE];
    if (pke_pair_value(valid) && pke_pair_value(ready))
        next[PKE_ACTIVE] = secret[PKE_CHAIN];
}
#endif
