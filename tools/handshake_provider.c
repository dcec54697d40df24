/* SPDX-License-Identifier: Apache-2.0 */
/* Loading the providers of the run, and reading what tlscard did. */
#include "tools/handshake_provider.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Room for the provider's account of some hundred operations. */
#define REPORT_SIZE 65536
/* Enough for an operation of the cycle-accurate simulation on a loaded machine. */
#define DEADLINE_MS "60000"

/* Where the module lies: --provider-path, or lib/ossl-modules beside the command's own bin/. */
static int module_folder(const struct handshake_options *options, char folder[PATH_MAX])
{
    if (options->provider_path)
        return snprintf(folder, PATH_MAX, "%s", options->provider_path) < PATH_MAX;
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length < 0)
        return 0;
    self[length] = '\0';
    for (int parts = 0; parts < 2; parts++) { /* the command and its bin */
        char *slash = strrchr(self, '/');
        if (!slash)
            return 0;
        *slash = '\0';
    }
    return snprintf(folder, PATH_MAX, "%s/lib/ossl-modules", self) < PATH_MAX;
}

static int module_present(const char *folder)
{
    char module[PATH_MAX];
    if (snprintf(module, sizeof module, "%s/tlscard.so", folder) < PATH_MAX && access(module, R_OK) == 0)
        return 1;
    fprintf(stderr,
            "tlscard handshake: no provider module tlscard.so in %s (%s); build it with make, name its folder with "
            "--provider-path, or run in software with --card none\n",
            folder, strerror(errno));
    return 0;
}

/* The provider reads its configuration from the environment; the deadline may be the user's. */
static void configure(const struct handshake_options *options)
{
    setenv("TLSCARD_ADDRESS", options->card, 1);
    setenv("TLSCARD_POLICY", "always", 1);
    setenv("TLSCARD_TRACE", "yes", 1);
    setenv("TLSCARD_DEADLINE_MS", DEADLINE_MS, 0);
}

static int load_tlscard(struct handshake *run)
{
    char folder[PATH_MAX];
    if (!module_folder(run->options, folder)) {
        fprintf(stderr, "tlscard handshake: the provider's folder could not be found; name it with --provider-path\n");
        return 0;
    }
    if (!module_present(folder))
        return 0;
    configure(run->options);
    ERR_clear_error();
    if (OSSL_PROVIDER_set_default_search_path(run->libctx, folder))
        run->provider = OSSL_PROVIDER_load(run->libctx, "tlscard");
    if (run->provider && EVP_set_default_properties(run->libctx, "?tlscard.card=yes"))
        return 1;
    char reason[256];
    ERR_error_string_n(ERR_peek_last_error(), reason, sizeof reason);
    fprintf(stderr, "tlscard handshake: %s/tlscard.so could not be loaded: %s\n", folder, reason);
    return 0;
}

int provider_load(struct handshake *run)
{
    run->libctx = OSSL_LIB_CTX_new();
    if (run->libctx)
        run->software = OSSL_PROVIDER_load(run->libctx, "default");
    if (!run->software) {
        fprintf(stderr, "tlscard handshake: OpenSSL's default provider could not be loaded\n");
        return 0;
    }
    return strcmp(run->options->card, "none") == 0 || load_tlscard(run);
}

void provider_unload(struct handshake *run)
{
    json_decref(run->card);
    json_decref(run->counters);
    if (run->provider)
        OSSL_PROVIDER_unload(run->provider);
    if (run->software)
        OSSL_PROVIDER_unload(run->software);
    OSSL_LIB_CTX_free(run->libctx);
}

/* A text parameter of the tlscard provider; "" where it has none. */
static void text_parameter(const struct handshake *run, const char *name, char *text, size_t size)
{
    text[0] = '\0';
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(name, text, size), OSSL_PARAM_construct_end()};
    if (!run->provider || !OSSL_PROVIDER_get_params(run->provider, parameters))
        text[0] = '\0';
    text[size - 1] = '\0';
}

static void text_member(json_t *object, const char *name, char *text, size_t size)
{
    const char *value = json_string_value(json_object_get(object, name));
    snprintf(text, size, "%s", value ? value : "");
}

static void parse_operation(json_t *object, struct operation *operation)
{
    char where[16];
    text_member(object, "op", operation->op, sizeof operation->op);
    text_member(object, "purpose", operation->purpose, sizeof operation->purpose);
    text_member(object, "reason", operation->reason, sizeof operation->reason);
    text_member(object, "where", where, sizeof where);
    operation->card = strcmp(where, "card") == 0;
    if (operation->card)
        operation->reason[0] = '\0';
    json_int_t cycles = json_integer_value(json_object_get(object, "cycles"));
    operation->cycles = operation->card && cycles > 0 ? (uint64_t)cycles : 0;
}

struct report report_parse(const char *text)
{
    struct report report = {0};
    json_t *root = json_loads(text, 0, NULL);
    size_t count = json_array_size(root);
    if (count > 0)
        report.operations = calloc(count, sizeof *report.operations);
    for (size_t index = 0; report.operations && index < count; index++)
        if (json_is_object(json_array_get(root, index)))
            parse_operation(json_array_get(root, index), &report.operations[report.count++]);
    json_decref(root);
    return report;
}

struct report provider_report(const struct handshake *run)
{
    struct report report = {0};
    char *text = run->provider ? malloc(REPORT_SIZE) : NULL;
    if (!text)
        return report;
    text_parameter(run, "tlscard-operations", text, REPORT_SIZE);
    report = report_parse(text);
    free(text);
    return report;
}

static json_t *parse_parameter(const struct handshake *run, const char *name)
{
    char text[4096];
    text_parameter(run, name, text, sizeof text);
    return json_loads(text, 0, NULL);
}

void provider_account(struct handshake *run)
{
    run->card = parse_parameter(run, "tlscard-card");
    run->counters = parse_parameter(run, "tlscard-counters");
    json_int_t clock = json_integer_value(json_object_get(run->card, "clock_hz"));
    if (clock > 0 && clock <= UINT32_MAX)
        run->clock_hz = (uint32_t)clock;
}

void report_free(struct report *report)
{
    free(report->operations);
    *report = (struct report){0};
}
