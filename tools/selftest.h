/* SPDX-License-Identifier: Apache-2.0 */
/* selftest.h - what the parts of the self-test share: how a test begins, is judged and ends. */
#ifndef TLSCARD_TOOLS_SELFTEST_H
#define TLSCARD_TOOLS_SELFTEST_H

#include <jansson.h>

#include "driver/tlscard.h"
#include "tools/selftest_rsa.h"

struct selftest {
    struct tlscard *card;
    struct tlscard_queue *queue;
    json_t *tests; /* of --json, else NULL */
    unsigned passed, failed, skipped;
};

struct outcome {
    int error; /* 0 or a negative errno value of the driver */
    struct tlscard_result result;
    uint8_t output[SELFTEST_OCTETS];
};

enum verdict { PASSED, FAILED, SKIPPED };

/* Show the name of the test that runs now. */
void selftest_begin(const struct selftest *test, const char *name);

/* Count and show how it has ended; the detail says why. */
__attribute__((format(printf, 5, 6))) void selftest_end(struct selftest *test, const char *name,
                                                        enum verdict verdict, uint32_t cycles, const char *format,
                                                        ...);

/* Show and count an opcode that the card does not serve. */
void selftest_not_served(struct selftest *test, unsigned opcode);

/* The octets of a text in hexadecimal, at most SELFTEST_OCTETS; NULL data for no text. */
struct tlscard_octets selftest_decode(const char *text, uint8_t *octets);

/* Wait for the request; error is that of submitting it, 0 for none. The outcome has no octets yet. */
void selftest_await(struct tlscard_request *request, int error, struct outcome *outcome);

/* Wait for the request, take its result and release it; error is that of submitting it, 0 for none. */
void selftest_take(struct tlscard_request *request, int error, struct outcome *outcome);

/* End the test: the card must have answered with these octets. */
void selftest_judge_known(struct selftest *test, const char *name, const struct outcome *outcome,
                          const uint8_t *expected, size_t size);

/* End the test: the card must have answered with the status of this name and written nothing. */
void selftest_judge_status(struct selftest *test, const char *name, const struct outcome *outcome,
                           const char *status);

/* The tests of the elliptic-curve opcodes of which the bit is set. */
void selftest_curves(struct selftest *test, uint64_t opcodes);

/* The same for AES-GCM. */
void selftest_gcm(struct selftest *test, uint64_t opcodes);

#endif
