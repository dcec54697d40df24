/* SPDX-License-Identifier: Apache-2.0 */
/* Tests of handshake_verdict.c: what counts as success, and which sentence names a failure. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>

#include <cmocka.h>
#include <string.h>

#include "tools/handshake_report.h"

static const struct operation server_on_card = {.side = SERVER, .op = "RSA-2048 private", .card = 1, .cycles = 9};
static const struct operation client_on_card = {.side = CLIENT, .op = "RSA-2048 private", .card = 1, .cycles = 9};
static const struct operation server_in_software = {
    .side = SERVER, .op = "RSA-2048 private", .purpose = "decrypt-tls", .reason = "deadline"};
static const struct operation public_in_software = {.side = CLIENT, .op = "RSA-2048 public", .reason = "public-operation"};

static struct handshake_options options;
static struct operation operations[4];
static struct handshake run;

static int setup(void **state)
{
    (void)state;
    options = (struct handshake_options){.card = "sim", .key = "rsa2048"};
    run = (struct handshake){.options = &options, .completed = 1, .delivered = {1, 1}, .operations = operations};
    return 0;
}

static void did(const struct operation *operation)
{
    operations[run.operation_count++] = *operation;
}

/* The failures are those that contain these texts, in order. */
static void assert_failures(const char *first, const char *second)
{
    const char *const texts[] = {first, second};
    json_t *failures = report_failures(&run);
    size_t expected = (first != NULL) + (size_t)(second != NULL);
    assert_int_equal(json_array_size(failures), expected);
    for (size_t index = 0; index < expected; index++)
        assert_non_null(strstr(json_string_value(json_array_get(failures, index)), texts[index]));
    json_decref(failures);
}

static void success(void **state)
{
    (void)state;
    did(&server_on_card);
    did(&public_in_software);
    assert_failures(NULL, NULL);
}

static void curve_in_software(void **state)
{
    struct operation derivation = {.side = CLIENT, .op = "X25519 derivation", .purpose = "shared-secret",
                                   .reason = "unsupported-opcode"};

    (void)state;
    did(&server_on_card);
    did(&derivation);
    assert_failures(NULL, NULL);
    strcpy(derivation.reason, "deadline");
    did(&derivation);
    assert_failures("The client's X25519 derivation (shared-secret) ran in software: deadline.", NULL);
}

static void software_instead_of_the_card(void **state)
{
    (void)state;
    did(&server_in_software);
    assert_failures("The server's RSA-2048 private (decrypt-tls) ran in software: deadline.",
                    "The card did no private operation for the server.");
}

static void why_the_card_was_not_opened(void **state)
{
    (void)state;
    run.card = json_pack("{s:s, s:s}", "reason", "no-card", "message", "no socket there");
    did(&server_on_card);
    assert_failures(NULL, NULL);
    run.operation_count = 0;
    assert_failures("The card did no private operation for the server.",
                    "The provider says of its card: no socket there.");
    json_decref(run.card);
}

static void nothing_reported(void **state)
{
    (void)state;
    assert_failures("The card did no private operation for the server.", NULL);
}

static void mutual_needs_both(void **state)
{
    (void)state;
    options.mutual = 1;
    did(&server_on_card);
    assert_failures("for the client", NULL);
    did(&client_on_card);
    assert_failures(NULL, NULL);
}

static void no_card_asked(void **state)
{
    (void)state;
    did(&server_in_software);
    options.card = "auto";
    assert_failures(NULL, NULL);
    options.card = "none";
    assert_failures(NULL, NULL);
}

static void curves_are_not_the_cards(void **state)
{
    (void)state;
    options.key = "p256";
    assert_failures(NULL, NULL);
}

static void not_completed(void **state)
{
    (void)state;
    run.completed = 0;
    strcpy(run.error, "server, handshake: no shared cipher");
    assert_failures("did not complete: server, handshake: no shared cipher", NULL);
}

static void data_lost(void **state)
{
    (void)state;
    did(&server_on_card);
    run.delivered[SERVER] = 0;
    assert_failures("Application data did not reach the server", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(success, setup), cmocka_unit_test_setup(curve_in_software, setup),
        cmocka_unit_test_setup(software_instead_of_the_card, setup),
        cmocka_unit_test_setup(nothing_reported, setup),
        cmocka_unit_test_setup(why_the_card_was_not_opened, setup),
        cmocka_unit_test_setup(mutual_needs_both, setup),
        cmocka_unit_test_setup(no_card_asked, setup),
        cmocka_unit_test_setup(curves_are_not_the_cards, setup),
        cmocka_unit_test_setup(not_completed, setup),
        cmocka_unit_test_setup(data_lost, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
