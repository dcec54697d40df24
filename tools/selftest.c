/* SPDX-License-Identifier: Apache-2.0 */
/* tlscard selftest: known answers for each served operation, and refusals where they are due. */
#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "driver/tlscard.h"
#include "tools/card.h"
#include "tools/commands.h"
#include "tools/selftest.h"
#include "tools/selftest_rsa.h"
#include "tools/term.h"

/* One operation of the cycle-accurate simulation on a loaded machine ends well within this. */
#define OPERATION_TIMEOUT_MS 600000u
#define QUEUE_ENTRIES 16u
/* What the output holds before an operation, to see that a failed one writes nothing. */
#define UNTOUCHED 0xa5

static const char *address = "auto";
static int as_json;

void selftest_begin(const struct selftest *test, const char *name)
{
    if (test->tests)
        return;
    printf("%-60s ", name);
    fflush(stdout);
}

static void print_verdict(enum verdict verdict, uint32_t cycles, const char *detail)
{
    static const char *const words[] = {"ok", "FAILED", "skipped"};
    static const enum term_colour colours[] = {TERM_GREEN, TERM_RED, TERM_YELLOW};
    char number[TERM_NUMBER_SIZE];
    printf("%s%s%s", term_colour(colours[verdict]), words[verdict], term_colour(TERM_PLAIN));
    if (verdict == PASSED && cycles)
        printf("  %12s cycles", term_number(cycles, number));
    else if (*detail)
        printf("  %s", detail);
    printf("\n");
    fflush(stdout);
}

void selftest_end(struct selftest *test, const char *name, enum verdict verdict, uint32_t cycles,
                  const char *format, ...)
{
    static const char *const words[] = {"passed", "failed", "skipped"};
    char detail[128];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(detail, sizeof detail, format, arguments);
    va_end(arguments);
    unsigned *const counters[] = {&test->passed, &test->failed, &test->skipped};
    (*counters[verdict])++;
    if (test->tests)
        json_array_append_new(test->tests, json_pack("{s:s, s:s, s:I, s:s}", "name", name, "verdict", words[verdict],
                                                     "cycles", (json_int_t)cycles, "detail", detail));
    else
        print_verdict(verdict, cycles, detail);
}

void selftest_not_served(struct selftest *test, unsigned opcode)
{
    const char *name = tlscard_opcode_name(opcode);
    selftest_begin(test, name);
    selftest_end(test, name, SKIPPED, 0, "this card does not serve it");
}

static unsigned nibble(char digit)
{
    return digit <= '9' ? (unsigned)(digit - '0') : (unsigned)(digit - 'a' + 10);
}

struct tlscard_octets selftest_decode(const char *text, uint8_t *octets)
{
    if (!text)
        return (struct tlscard_octets){NULL, 0};
    size_t length = strlen(text) / 2;
    for (size_t index = 0; index < length; index++)
        octets[index] = (uint8_t)(nibble(text[2 * index]) << 4 | nibble(text[2 * index + 1]));
    return (struct tlscard_octets){octets, length};
}

void selftest_await(struct tlscard_request *request, int error, struct outcome *outcome)
{
    memset(outcome, 0, sizeof *outcome);
    memset(outcome->output, UNTOUCHED, sizeof outcome->output);
    outcome->error = error;
    if (outcome->error == 0)
        outcome->error = tlscard_request_wait(request, OPERATION_TIMEOUT_MS);
}

void selftest_take(struct tlscard_request *request, int error, struct outcome *outcome)
{
    selftest_await(request, error, outcome);
    if (outcome->error == 0)
        outcome->error =
            tlscard_request_result(request, outcome->output, sizeof outcome->output, &outcome->result);
    tlscard_request_release(request);
}

static void compute(struct selftest *test, struct tlscard_rsa_key *key, int private, const uint8_t *input,
                    struct outcome *outcome)
{
    struct tlscard_request *request = NULL;
    size_t size = tlscard_rsa_key_size(key);
    int error = (private ? tlscard_rsa_private : tlscard_rsa_public)(test->queue, key, input, size, &request);
    selftest_take(request, error, outcome);
}

static int untouched(const struct outcome *outcome)
{
    for (size_t index = 0; index < sizeof outcome->output; index++)
        if (outcome->output[index] != UNTOUCHED)
            return 0;
    return 1;
}

/* Put the key where the card reads it; NULL after the running test has ended. */
static struct tlscard_rsa_key *create(struct selftest *test, const char *name,
                                      const struct tlscard_rsa_components *components)
{
    struct tlscard_rsa_key *key = NULL;
    int error = tlscard_rsa_key_create(test->card, components, &key);
    if (error == -ENOTSUP)
        selftest_end(test, name, SKIPPED, 0, "this card does not serve it");
    else if (error)
        selftest_end(test, name, FAILED, 0, "key refused: %s", strerror(-error));
    return error ? NULL : key;
}

void selftest_judge_known(struct selftest *test, const char *name, const struct outcome *outcome,
                          const uint8_t *expected, size_t size)
{
    if (outcome->error == -EBADMSG)
        selftest_end(test, name, FAILED, 0, "status %s", tlscard_status_name(outcome->result.status));
    else if (outcome->error)
        selftest_end(test, name, FAILED, 0, "%s", strerror(-outcome->error));
    else if (outcome->result.length != size)
        selftest_end(test, name, FAILED, outcome->result.cycles, "%zu octets instead of %zu", outcome->result.length,
                     size);
    else if (memcmp(outcome->output, expected, size) != 0)
        selftest_end(test, name, FAILED, outcome->result.cycles, "wrong answer");
    else
        selftest_end(test, name, PASSED, outcome->result.cycles, "%s", "");
}

static void known_answer(struct selftest *test, const struct selftest_rsa *rsa, int private, const char *what,
                         const uint8_t *input)
{
    char name[64];
    uint8_t expected[SELFTEST_OCTETS];
    struct outcome outcome;
    snprintf(name, sizeof name, "RSA-%zu %s, %s", rsa->size * 8, private ? "private" : "public", what);
    selftest_begin(test, name);
    if (!selftest_rsa_expect(rsa, private, input, expected)) {
        selftest_end(test, name, FAILED, 0, "libcrypto could not compute the answer");
        return;
    }
    struct tlscard_rsa_components components = selftest_rsa_components(rsa, private);
    struct tlscard_rsa_key *key = create(test, name, &components);
    if (!key)
        return;
    compute(test, key, private, input, &outcome);
    selftest_judge_known(test, name, &outcome, expected, rsa->size);
    tlscard_rsa_key_free(key);
}

static void known_answers(struct selftest *test, const struct selftest_rsa *rsa)
{
    uint8_t pattern[SELFTEST_OCTETS], edge[SELFTEST_OCTETS] = {0};
    for (size_t index = 0; index < sizeof pattern; index++)
        pattern[index] = (uint8_t)(index * 167 + 90); /* starts with 0x5a: less than any of the moduli */
    for (int private = 0; private <= 1; private++)
        known_answer(test, rsa, private, "known answer", pattern);
    if (rsa->size != 256)
        return;
    for (int private = 0; private <= 1; private++) {
        memset(edge, 0, sizeof edge);
        known_answer(test, rsa, private, "input 0", edge);
        edge[rsa->size - 1] = 1;
        known_answer(test, rsa, private, "input 1", edge);
        memcpy(edge, rsa->n, rsa->size);
        edge[rsa->size - 1] &= 0xfe; /* n is odd */
        known_answer(test, rsa, private, "input n - 1", edge);
    }
}

void selftest_judge_status(struct selftest *test, const char *name, const struct outcome *outcome,
                           const char *status)
{
    const char *answered = outcome->error == -EBADMSG ? tlscard_status_name(outcome->result.status)
                           : outcome->error          ? strerror(-outcome->error)
                                                     : "OK";
    if (strcmp(answered, status) != 0)
        selftest_end(test, name, FAILED, outcome->result.cycles, "%s instead of %s", answered, status);
    else if (!untouched(outcome))
        selftest_end(test, name, FAILED, outcome->result.cycles, "%s, but octets were written", answered);
    else
        selftest_end(test, name, PASSED, 0, "%s, no octets written", answered);
}

/* The card must answer with the status of this name and write nothing. */
static void expect_status(struct selftest *test, const char *name, const struct tlscard_rsa_components *components,
                          int private, const uint8_t *input, const char *status)
{
    struct outcome outcome;
    selftest_begin(test, name);
    struct tlscard_rsa_key *key = create(test, name, components);
    if (!key)
        return;
    compute(test, key, private, input, &outcome);
    selftest_judge_status(test, name, &outcome, status);
    tlscard_rsa_key_free(key);
}

static void expect_refusal(struct selftest *test, const char *name, const struct tlscard_rsa_components *components)
{
    struct tlscard_rsa_key *key = NULL;
    selftest_begin(test, name);
    int error = tlscard_rsa_key_create(test->card, components, &key);
    if (error == -ENOTSUP)
        selftest_end(test, name, SKIPPED, 0, "this card does not serve it");
    else if (error == -EINVAL)
        selftest_end(test, name, PASSED, 0, "refused by the driver");
    else
        selftest_end(test, name, FAILED, 0, "%s", error ? strerror(-error) : "accepted");
    tlscard_rsa_key_free(key);
}

static void bad_inputs(struct selftest *test, const struct selftest_rsa *rsa)
{
    struct selftest_rsa bad = *rsa;
    struct tlscard_rsa_components public = selftest_rsa_components(&bad, 0);
    struct tlscard_rsa_components private = selftest_rsa_components(&bad, 1);
    char name[64];
    snprintf(name, sizeof name, "RSA-%zu public, input n", rsa->size * 8);
    expect_status(test, name, &public, 0, rsa->n, "OPERAND_RANGE");
    snprintf(name, sizeof name, "RSA-%zu private, input n", rsa->size * 8);
    expect_status(test, name, &private, 1, rsa->n, "OPERAND_RANGE");

    uint8_t input[SELFTEST_OCTETS] = {[1] = 2};
    bad.dp[rsa->size / 2 - 1] ^= 2; /* stays odd, and of its length */
    snprintf(name, sizeof name, "RSA-%zu private, wrong dP", rsa->size * 8);
    expect_status(test, name, &private, 1, input, "CHECK_FAILED");
    bad = *rsa;

    bad.n[rsa->size - 1] &= 0xfe;
    snprintf(name, sizeof name, "RSA-%zu public, even modulus", rsa->size * 8);
    expect_refusal(test, name, &public);
    snprintf(name, sizeof name, "RSA-%zu private, even modulus", rsa->size * 8);
    expect_refusal(test, name, &private);
}

static void run_all(struct selftest *test, uint64_t opcodes)
{
    static const unsigned sizes[] = {2048, 3072, 4096};
    for (size_t index = 0; index < sizeof sizes / sizeof *sizes; index++) {
        struct selftest_rsa rsa;
        if (!selftest_rsa_load(&rsa, sizes[index])) {
            selftest_end(test, "test key", FAILED, 0, "libcrypto could not parse the test key of %u bits", sizes[index]);
            continue;
        }
        known_answers(test, &rsa);
        bad_inputs(test, &rsa);
    }
    selftest_curves(test, opcodes);
    selftest_gcm(test, opcodes);
}

static int report(const struct selftest *test, const char *opened)
{
    int passed = test->failed == 0 && test->passed > 0;
    if (test->tests) {
        json_t *root = json_pack("{s:s, s:b, s:O}", "address", opened, "passed", passed, "tests", test->tests);
        json_dumpf(root, stdout, JSON_INDENT(2));
        printf("\n");
        json_decref(root);
    } else {
        printf("%u passed, %u failed, %u skipped\n", test->passed, test->failed, test->skipped);
    }
    return passed ? EXIT_OK : EXIT_FAILED;
}

static int run_on(struct tlscard *card)
{
    struct selftest test = {.card = card};
    struct tlscard_info info;
    int error = tlscard_info(card, &info);
    if (error)
        return card_failed("selftest", "reading the card's registers", error);
    error = tlscard_queue_open(card, QUEUE_ENTRIES, &test.queue);
    if (error)
        return card_failed("selftest", "opening a queue of the card", error);
    if (as_json)
        test.tests = json_array();
    else
        printf("Card %s: known answers, with test keys\n", info.address);
    run_all(&test, info.opcodes);
    tlscard_queue_close(test.queue);
    int status = report(&test, info.address);
    json_decref(test.tests);
    return status;
}

static int selftest_run(void)
{
    int status = EXIT_OK;
    struct tlscard *card = card_open("selftest", address, &status);
    if (card)
        status = run_on(card);
    tlscard_close(card);
    return status;
}

static const struct option options[] = {
    {.name = "card", .argument = "ADDRESS", .text = CARD_FORMS, .value = &address},
    {.name = "json", .text = "print one object, at the end\n", .flag = &as_json},
    {.name = NULL},
};

const struct command command_selftest = {
    .name = "selftest",
    .summary = "run known-answer tests on a card",
    .description = "Run RSA public and private operations of 2048, 3072 and 4096 bits on a card and hold its\n"
                   "answers against libcrypto's; then see that it refuses what it must: an input that is not\n"
                   "less than the modulus, an even modulus, a key whose parts do not belong together.\n"
                   "Where the card serves elliptic curves, run the examples of RFC 7748 and RFC 6979 as well,\n"
                   "and see that points off the curve, scalars out of range and altered signatures are refused;\n"
                   "where it has an AES-GCM lane, the test cases of its specification, and that what was altered\n"
                   "is not opened.\n"
                   "Exit status 0 only where every test passed.\n",
    .options = options,
    .run = selftest_run,
};
