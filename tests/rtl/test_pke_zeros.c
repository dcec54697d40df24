/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing of a request stays in the public-key engine: done, refused, aborted or cut off by a reset.
 *
 * Every memory of the model reads as zeros afterwards; and every other signal is the same in two copies that were
 * given other secrets. The list of both comes from the model (state.py): a new memory or register is in it. */
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

/* An array of as many bits holds numbers and must be zeros, a smaller one the contexts' public state. */
enum { MEMORY_BITS = 512, IDLE = 64, ALL = 8 };

static struct pke_pair pair;
static struct pke_requests requests;
static struct pke_job first[ALL], second[ALL];

/* What need not be zero, or may differ after a verification: each with its reason. */
static const struct {
    const char *pattern, *reason;
} constant[] = {
    {"*base__coordinates", "a ROM"},
    {"*constants__entries", "a ROM"},
    {"sequencer__exponent", "a public exponent"},
    {"sequencer__bits", "the same"},
    {"sequencer__issue__slot", "the last instruction; digits beside it must not differ"},
}, may_differ[] = {
    {"cycles", "a signature is found false at once or at the end: all of it is public"},
    {"*__cycles", "the same"},
    {"done_cycles", "the same"},
    {"*__done_cycles", "the same"},
};

static int is_constant(const char *name)
{
    for (unsigned n = 0; n < sizeof(constant) / sizeof(constant[0]); n++)
        if (fnmatch(constant[n].pattern, name, 0) == 0)
            return 1;
    return 0;
}

static int may_differ_after(enum pke_request which, const char *name)
{
    if (which != PKE_REQUEST_VERIFY_256 && which != PKE_REQUEST_VERIFY_384)
        return 0;
    for (unsigned n = 0; n < sizeof(may_differ) / sizeof(may_differ[0]); n++)
        if (fnmatch(may_differ[n].pattern, name, 0) == 0)
            return 1;
    return 0;
}

static int is_memory(const struct pke_signal *signal)
{
    return (uint64_t)signal->bits * signal->entries >= MEMORY_BITS && signal->entries > 1 && !is_constant(signal->name);
}

static size_t size_of(const struct pke_signal *signal)
{
    return (size_t)signal->octets * signal->entries;
}

static int is_zero(const uint8_t *octets, size_t count)
{
    return octets[0] == 0 && memcmp(octets, octets + 1, count - 1) == 0;
}

/* After some idle cycles, in which a pipeline may empty itself. */
static void nothing_left(const char *what, enum pke_request which)
{
    unsigned faults = 0;
    assert_int_equal(pke_pair_run(&pair, first, second, 0, 1, NULL, NULL), 0);
    for (unsigned n = 0; n < pair.count; n++) {
        const struct pke_signal *signal = &pair.signals[n];
        for (unsigned copy = 0; copy < 2 && is_memory(signal); copy++) {
            if (!is_zero(signal->copies[copy], size_of(signal))) {
                print_message("# %s, %s: %s is not zero\n", pke_request_names[which], what, signal->name);
                faults++;
            }
        }
        if (!is_memory(signal) && !pke_pair_same(signal) && !may_differ_after(which, signal->name)) {
            print_message("# %s, %s: %s depends on the secrets\n", pke_request_names[which], what, signal->name);
            faults++;
        }
    }
    assert_int_equal(faults, 0);
}

static int look(struct pke_pair *both, void *context)
{
    uint64_t *seen = context;
    unsigned place = 0;
    for (unsigned n = 0; n < both->count; n++) {
        const struct pke_signal *signal = &both->signals[n];
        if (is_memory(signal)) {
            seen[place / 64] |= (uint64_t)!is_zero(signal->copies[0], size_of(signal)) << place % 64;
            place++;
        }
    }
    return 0;
}

/* The memories are there, hold something while requests are on their way, and are as many as the sources say. */
static void memories(void **state)
{
    (void)state;
    uint64_t seen[4] = {0};
    unsigned count = 0, instances = 0;
    char line[256];
    FILE *sources = popen("cat rtl/pke/*.v", "r");
    assert_non_null(sources);
    while (fgets(line, sizeof(line), sources))
        instances += strstr(line, "pke_ram #(.") != NULL;
    pclose(sources);
    for (unsigned n = 0; n < 4; n++) {
        pke_request_make(&requests, &first[n], PKE_REQUEST_SIGN_256);
        pke_request_make(&requests, &second[n], PKE_REQUEST_SIGN_256);
    }
    pke_request_make(&requests, &first[3], PKE_REQUEST_PUBLIC);
    pke_request_make(&requests, &second[3], PKE_REQUEST_PUBLIC);
    assert_int_equal(pke_pair_run(&pair, first, second, 4, 6000, NULL, NULL), 0);
    for (unsigned n = 0; n < 100; n++)
        assert_int_equal(pke_pair_run(&pair, first, second, 0, 1, look, seen), 0);
    pke_pair_reset(&pair);
    for (unsigned n = 0; n < pair.count; n++) {
        const struct pke_signal *signal = &pair.signals[n];
        if (!is_memory(signal))
            continue;
        print_message("# %s: %u of %u bits\n", signal->name, signal->entries, signal->bits);
        instances -= fnmatch("*__words", signal->name, 0) == 0;
        if (!(seen[count / 64] >> count % 64 & 1))
            fail_msg("%s held nothing amid work: is it still in use, or not looked at?", signal->name);
        count++;
    }
    assert_true(count > 0);
    assert_int_equal(instances, 0);
}

static void make_two(unsigned place, enum pke_request which)
{
    pke_request_make(&requests, &first[place], which);
    pke_request_make(&requests, &second[place], which);
}

static void run(unsigned count)
{
    assert_int_equal(pke_pair_run(&pair, first, second, count, UINT64_MAX, NULL, NULL), 0);
}

static void after_success(void **state)
{
    (void)state;
    for (unsigned which = 0; which < PKE_REQUESTS; which++) {
        make_two(0, which);
        run(1);
        assert_int_equal(first[0].status, TLSCARD_STATUS_OK);
        assert_int_equal(second[0].status, TLSCARD_STATUS_OK);
        nothing_left("done", which);
    }
}

static void after_refusal(void **state)
{
    (void)state;
    for (unsigned which = 0; which < PKE_REQUESTS; which++) {
        uint8_t status = pke_request_make_bad(&requests, &first[0], which);
        pke_request_make_bad(&requests, &second[0], which);
        run(1);
        assert_int_equal(first[0].status, status);
        assert_int_equal(second[0].status, status);
        assert_int_equal(first[0].result_length, 0);
        nothing_left("refused", which);
        /* and where the request ends before its operands do, or after */
        for (int beats = -1; beats < 2; beats += 2) {
            make_two(0, which);
            first[0].length = second[0].length = (uint32_t)((int)first[0].length + 16 * beats);
            run(1);
            if (first[0].length)
                assert_int_equal(first[0].status, TLSCARD_STATUS_INVALID_FIELD);
            nothing_left("of another length", which);
        }
    }
}

static void after_abort(void **state)
{
    (void)state;
    for (unsigned which = 0; which < PKE_REQUESTS; which++) {
        for (unsigned part = 1; part < 5; part++) {
            make_two(0, which);
            uint32_t beats = first[0].length / 16 * part / 4;
            first[0].length = second[0].length = 16 * (beats ? beats : 1);
            first[0].aborted = second[0].aborted = 1;
            first[0].abort_status = second[0].abort_status = TLSCARD_STATUS_DMA_POISONED;
            run(1);
            assert_int_equal(first[0].status, TLSCARD_STATUS_DMA_POISONED);
            assert_int_equal(first[0].result_length, 0);
            nothing_left("aborted", which);
        }
    }
}

/* While operands come, while it runs, as the result leaves, while memories are cleared. */
static void after_reset(void **state)
{
    (void)state;
    for (unsigned which = 0; which < PKE_REQUESTS; which++) {
        uint64_t began = pair.now;
        make_two(0, which);
        run(1);
        uint64_t whole = pair.now - began, moments[] = {9, whole / 3, whole - whole / 12, whole - 2120, whole - 1000, whole - 20};
        for (unsigned n = 0; n < sizeof(moments) / sizeof(moments[0]); n++) {
            make_two(0, which);
            assert_int_equal(pke_pair_run(&pair, first, second, 1, moments[n], NULL, NULL), 0);
            pke_pair_reset(&pair);
            nothing_left("reset", which);
        }
    }
}

/* A table that fills its memory to the last word, as only the longest exponentiation's does. */
static void after_the_longest(void **state)
{
    (void)state;
    enum { OCTETS = 512, TABLE_DONE = 400000, TABLE = 1024 };
    const struct pke_signal *memory = pke_pair_signal(&pair, "datapath__memory_b__words");
    assert_non_null(memory);
    for (unsigned n = 0; n < 2; n++) {
        BIGNUM *modulus = pke_random_number(&requests.random, OCTETS * 8, 1), *exponent = BN_dup(modulus);
        BIGNUM *source = pke_random_number(&requests.random, OCTETS * 8 - 1, 0);
        BN_set_bit(modulus, 0);
        pke_job_modexp(n ? &second[0] : &first[0], modulus, exponent, source, OCTETS);
        BN_free(modulus);
        BN_free(exponent);
        BN_free(source);
    }
    assert_int_equal(pke_pair_run(&pair, first, second, 1, TABLE_DONE, NULL, NULL), 0);
    for (unsigned word = TABLE; word < 2 * TABLE; word++)
        assert_false(is_zero(memory->copies[0] + (size_t)word * memory->octets, memory->octets));
    pke_pair_reset(&pair);
    nothing_left("reset with a full table", PKE_REQUEST_MODEXP);
}

/* Some of each end at once, in every context, twice over. */
static void after_a_crowd(void **state)
{
    (void)state;
    for (unsigned n = 0; n < ALL; n++) {
        enum pke_request which = n & 1 ? PKE_REQUEST_X25519 : PKE_REQUEST_SIGN_256;
        make_two(n, which);
        if (n % 4 > 1) {
            pke_request_make_bad(&requests, &first[n], which);
            pke_request_make_bad(&requests, &second[n], which);
        }
        first[n].aborted = second[n].aborted = n % 8 == 5;
        first[n].abort_status = second[n].abort_status = TLSCARD_STATUS_DMA_TIMEOUT;
    }
    run(ALL);
    nothing_left("among others", PKE_REQUEST_SIGN_256);
}

static int setup(void **state)
{
    (void)state;
    const char *seed = getenv("TLSCARD_TEST_SEED");
    uint64_t number = seed ? strtoull(seed, NULL, 0) : 20240311;
    print_message("# TLSCARD_TEST_SEED=%llu\n", (unsigned long long)number);
    return pke_requests_open(&requests, number | 1) || pke_pair_open(&pair);
}

static int teardown(void **state)
{
    (void)state;
    pke_pair_close(&pair);
    pke_requests_close(&requests);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memories),    cmocka_unit_test(after_success), cmocka_unit_test(after_refusal),
        cmocka_unit_test(after_abort), cmocka_unit_test(after_reset),   cmocka_unit_test(after_a_crowd),
        cmocka_unit_test(after_the_longest),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
