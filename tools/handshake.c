/* SPDX-License-Identifier: Apache-2.0 */
/* tlscard handshake: a TLS handshake step by step, and who did its cryptography. */
#include "tools/handshake.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/card.h"
#include "tools/commands.h"
#include "tools/handshake_connection.h"
#include "tools/handshake_provider.h"
#include "tools/handshake_report.h"

/* The clock that this card's cycles are projected for, where the provider does not tell another. */
#define PROJECTION_HZ 250000000u

static struct handshake_options options = {.tls = "1.3", .key = "rsa2048", .card = "auto"};

/* One more element for an array of count elements of size octets: the new one, zeroed, or NULL. */
static void *grow(void **array, size_t *count, size_t size)
{
    void *larger = reallocarray(*array, *count + 1, size);
    if (!larger)
        return NULL;
    *array = larger;
    return memset((char *)larger + (*count)++ * size, 0, size);
}

struct step *handshake_add_step(struct handshake *run, enum side from, const char *message, const char *purpose,
                                const void *data, size_t octets)
{
    void *array = run->steps;
    struct step *step = grow(&array, &run->step_count, sizeof *step);
    run->steps = array;
    if (!step)
        return NULL;
    step->number = (unsigned)run->step_count;
    step->from = from;
    snprintf(step->message, sizeof step->message, "%s", message);
    step->purpose = purpose;
    step->data = octets ? malloc(octets) : NULL;
    if (step->data) {
        memcpy(step->data, data, octets);
        step->octets = octets;
    }
    run->shown = step->number;
    if (!run->options->json)
        report_step(run, step);
    return step;
}

void handshake_add_operation(struct handshake *run, const struct operation *operation)
{
    void *array = run->operations;
    struct operation *added = grow(&array, &run->operation_count, sizeof *added);
    run->operations = array;
    if (!added)
        return;
    *added = *operation;
    if (!run->options->json)
        report_operation(run, added);
}

static int refuse(const char *what, const char *remedy)
{
    fprintf(stderr, "tlscard handshake: %s; %s\n", what, remedy);
    return 0;
}

/* Contradictions between options; fills in the defaults that depend on others. */
static int check(struct handshake_options *chosen)
{
    int tls13 = strcmp(chosen->tls, "1.3") == 0, rsa_key = strncmp(chosen->key, "rsa", 3) == 0;
    int transport = chosen->kx && strcmp(chosen->kx, "rsa") == 0;
    if (tls13 && transport)
        return refuse("--kx rsa: TLS 1.3 has no RSA key transport", "add --tls 1.2, or leave --kx out");
    if (transport && !rsa_key)
        return refuse("--kx rsa: the pre-master secret is encrypted to an RSA key, and --key names a curve",
                      "choose --key rsa2048, rsa3072 or rsa4096, or --kx ecdhe");
    if (transport && chosen->group)
        return refuse("--group: RSA key transport uses no group", "leave --group out, or choose --kx ecdhe");
    if (strcmp(chosen->card, "none") != 0 && !card_address_valid(chosen->card)) {
        card_address_refuse("handshake", chosen->card, ", or none");
        return 0;
    }
    if (!chosen->kx)
        chosen->kx = "ecdhe";
    if (!chosen->group)
        chosen->group = "X25519";
    return 1;
}

static void release(struct handshake *run)
{
    for (size_t index = 0; index < run->step_count; index++)
        free(run->steps[index].data);
    free(run->steps);
    free(run->operations);
    provider_unload(run);
}

static int perform(struct handshake *run)
{
    struct credentials credentials;
    if (!credentials_make(&credentials, run->options->key)) {
        const char *reason = ERR_reason_error_string(ERR_peek_error());
        fprintf(stderr, "tlscard handshake: the certificates could not be made: %s\n", reason ? reason : "no reason");
        credentials_free(&credentials);
        return EXIT_FAILED;
    }
    if (!run->options->json)
        report_heading(run);
    connection_run(run, &credentials);
    credentials_free(&credentials);
    provider_account(run);
    json_t *failures = report_failures(run);
    int status = json_array_size(failures) == 0 ? EXIT_OK : EXIT_FAILED;
    if (run->options->json)
        report_json(run, failures);
    else
        report_summary(run, failures);
    json_decref(failures);
    return status;
}

static int handshake_run(void)
{
    if (!check(&options))
        return EXIT_USAGE;
    /* Both sides live in a library context of their own: the system's configuration stays out of it. */
    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    struct handshake run = {.options = &options, .clock_hz = PROJECTION_HZ};
    run.tls13 = strcmp(options.tls, "1.3") == 0;
    run.rsa_transport = strcmp(options.kx, "rsa") == 0;
    int status = provider_load(&run) ? perform(&run) : EXIT_FAILED;
    release(&run);
    return status;
}

static const char *const tls_choices[] = {"1.2", "1.3", NULL};
static const char *const kx_choices[] = {"rsa", "ecdhe", NULL};
static const char *const key_choices[] = {"rsa2048", "rsa3072", "rsa4096", "p256", "p384", NULL};
static const char *const group_choices[] = {"X25519", "P-256", "P-384", NULL};

static const struct option table[] = {
    {.name = "tls", .argument = "VERSION", .text = "1.2 or 1.3 (default)\n", .choices = tls_choices,
     .value = &options.tls},
    {.name = "kx", .argument = "EXCHANGE", .text = "rsa (key transport, TLS 1.2 only) or ecdhe (default)\n",
     .choices = kx_choices, .value = &options.kx},
    {.name = "key", .argument = "KIND",
     .text = "keys of the certificates: rsa2048 (default), rsa3072, rsa4096,\np256 or p384\n",
     .choices = key_choices, .value = &options.key},
    {.name = "group", .argument = "GROUP", .text = "of ECDHE: X25519 (default), P-256 or P-384\n",
     .choices = group_choices, .value = &options.group},
    {.name = "mutual", .text = "the client shows a certificate as well\n", .flag = &options.mutual},
    {.name = "card", .argument = "ADDRESS", .text = CARD_FORMS "none: software only, without the provider\n",
     .value = &options.card},
    {.name = "bytes", .text = "show every octet of each message\n", .flag = &options.bytes},
    {.name = "json", .text = "print one object, at the end\n", .flag = &options.json},
    {.name = "provider-path", .argument = "DIR",
     .text = "folder of tlscard.so (default: lib/ossl-modules beside the\ncommand's bin)\n",
     .value = &options.provider_path},
    {.name = NULL},
};

const struct command command_handshake = {
    .name = "handshake",
    .summary = "show a TLS handshake step by step, and what the card did in it",
    .description = "Run a TLS client and a TLS server in this process, both through the tlscard provider, and\n"
                   "print each message as it happens: its name and direction, what it is for, its octets, and\n"
                   "the cryptographic operations done to produce and to process it, by the card with its\n"
                   "cycles or in software with the reason. Application data goes both ways at the end.\n"
                   "\n"
                   "Exit status 0 only where the handshake completed, the data arrived, and a card that was\n"
                   "named did what this card serves: the RSA private operations.\n",
    .options = table,
    .run = handshake_run,
};
