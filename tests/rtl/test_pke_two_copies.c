/* SPDX-License-Identifier: Apache-2.0 */
/* Two copies of the public-key engine with the same public inputs and other secrets: in every cycle every signal is
 * the same in both, but those that pke_secrets.h lists. So what a secret could change is seen where it begins: a
 * fetch, a jump, a wait, an address, an enable, a count; not only in a total of cycles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fnmatch.h>

#include "tests/rtl/pke_pair.h"
#include "tests/rtl/pke_requests.h"
#include "tests/rtl/pke_secrets.h"

enum { SHOWN = 20, COMPARED = 200 };

static struct pke_pair pair;
static struct pke_requests requests;

/* A signal to be compared in each cycle, unless its kind of secret is on its way. */
struct compared {
    const struct pke_signal *signal;
    size_t octets;
    int line;                /* of pke_secrets; -1 without */
    enum pke_secret secret;
};
static struct compared *compared;
static unsigned compared_count;
static unsigned matched[PKE_SECRETS];   /* signals of a line */
static unsigned long used[PKE_SECRETS]; /* how often one differed, as it may, until that was clear */

static int line_of(const char *name)
{
    for (int line = 0; line < PKE_SECRETS; line++)
        if (fnmatch(pke_secrets[line].pattern, name, 0) == 0)
            return line;
    return -1;
}

static void choose(void)
{
    compared = calloc(pair.count, sizeof(*compared));
    assert_non_null(compared);
    for (unsigned n = 0; n < pair.count; n++) {
        const struct pke_signal *signal = &pair.signals[n];
        int line = line_of(signal->name);
        if (line >= 0)
            matched[line]++;
        compared[compared_count++] = (struct compared){signal, (size_t)signal->octets * signal->entries, line,
                                                       line < 0 ? PKE_DATA : pke_secrets[line].secret};
    }
}

/* Whether a line's use is still to be shown: looking at whole memories in each cycle would take long. */
static int to_be_seen(const struct compared *c)
{
    return c->line >= 0 && !used[c->line];
}

/* memcmp, which the sanitizer makes slow, for what is small. */
static int is_same(const struct compared *c)
{
    const uint8_t *first = c->signal->copies[0], *second = c->signal->copies[1];
    for (size_t n = 0; c->octets <= 8 && n < c->octets; n++)
        if (first[n] != second[n])
            return 0;
    return c->octets <= 8 || memcmp(first, second, c->octets) == 0;
}

/* Whether all bits but those of two digits are the same. */
static int is_same_elsewhere(const struct compared *c)
{
    for (size_t n = 0; n < c->octets; n++) {
        unsigned low = (unsigned)(n % c->signal->octets) * 8, may = 0;
        for (unsigned bit = 0; bit < 8; bit++)
            may |= (unsigned)(low + bit - PKE_DIGITS_FROM < PKE_DIGITS_BITS) << bit;
        if ((c->signal->copies[0][n] ^ c->signal->copies[1][n]) & ~may)
            return 0;
    }
    return 1;
}

static int look(struct pke_pair *both, void *context)
{
    int secret[PKE_SECRET_KINDS], faults = 0;
    (void)context;
    pke_secrets_follow(both, secret);
    for (unsigned n = 0; n < compared_count; n++) {
        struct compared *c = &compared[n];
        int allowed = c->line >= 0 && secret[c->secret], some = c->secret == PKE_DIGITS && allowed;
        if (allowed && !some && !to_be_seen(c))
            continue;
        if (is_same(c))
            continue;
        if (allowed && (!some || is_same_elsewhere(c))) {
            used[c->line]++;
            continue;
        }
        if (faults++ < SHOWN)
            print_message("# cycle %llu: %s differs\n", (unsigned long long)both->now, c->signal->name);
    }
    return faults;
}

/* One request of each kind, all in flight together; then the same of other keys, in the reverse order. */
static void same_in_every_cycle(void **state)
{
    (void)state;
    static struct pke_job first[PKE_REQUESTS], second[PKE_REQUESTS];
    for (unsigned reversed = 0; reversed < 2; reversed++) {
        uint64_t began = pair.now;
        for (unsigned n = 0; n < PKE_REQUESTS; n++) {
            enum pke_request which = reversed ? PKE_REQUESTS - 1 - n : n;
            pke_request_make(&requests, &first[n], which);
            pke_request_make(&requests, &second[n], which);
        }
        assert_int_equal(pke_pair_run(&pair, first, second, PKE_REQUESTS, UINT64_MAX, look, NULL), 0);
        for (unsigned n = 0; n < PKE_REQUESTS; n++) {
            assert_int_equal(first[n].status, TLSCARD_STATUS_OK);
            assert_int_equal(second[n].status, TLSCARD_STATUS_OK);
            assert_int_equal(first[n].cycles, second[n].cycles);
            if (first[n].result_length)
                assert_memory_not_equal(first[n].result, second[n].result, first[n].result_length);
        }
        print_message("# %u requests at once, %llu cycles, %u signals compared in each\n", PKE_REQUESTS,
                      (unsigned long long)(pair.now - began), pair.count);
    }
}

/* Verilator's own name for what goes into an instance; not every version needs one. */
static int is_of_verilator(const char *pattern)
{
    return strstr(pattern, "____Vcellinp__") != NULL;
}

/* The list has no line for what is no more, or need not be listed. */
static void list_is_tight(void **state)
{
    (void)state;
    unsigned faults = 0, listed = 0;
    for (unsigned line = 0; line < PKE_SECRETS; line++) {
        listed += matched[line];
        if (!matched[line] && is_of_verilator(pke_secrets[line].pattern))
            continue;
        if (!matched[line])
            print_message("# no signal is \"%s\"\n", pke_secrets[line].pattern);
        else if (!used[line])
            print_message("# \"%s\" never differs\n", pke_secrets[line].pattern);
        faults += !matched[line] || !used[line];
    }
    print_message("# %u of %u signals may depend on secrets\n", listed, pair.count);
    assert_true(pair.count - listed > COMPARED);
    assert_int_equal(faults, 0);
}

static int setup(void **state)
{
    (void)state;
    const char *seed = getenv("TLSCARD_TEST_SEED");
    uint64_t number = seed ? strtoull(seed, NULL, 0) : 20240310;
    print_message("# TLSCARD_TEST_SEED=%llu\n", (unsigned long long)number);
    if (pke_requests_open(&requests, number | 1) || pke_pair_open(&pair))
        return -1;
    choose();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(compared);
    pke_pair_close(&pair);
    pke_requests_close(&requests);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_in_every_cycle),
        cmocka_unit_test(list_is_tight),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
