/* SPDX-License-Identifier: Apache-2.0 */
/* Three library contexts, and the comparison of what is said in them. */
#include "tests/provider/worlds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/params.h>

OSSL_provider_init_fn OSSL_provider_init;

static struct world worlds[WORLDS];
static int differences;

static void open_one(struct world *world, enum world_kind kind)
{
    world->kind = kind;
    world->library = OSSL_LIB_CTX_new();
    world->other = OSSL_LIB_CTX_new();
    world->standard = OSSL_PROVIDER_load(world->library, "default");
    world->other_standard = OSSL_PROVIDER_load(world->other, "default");
    assert_non_null(world->standard);
    if (kind == PLAIN)
        return;
    setenv("TLSCARD_ADDRESS", kind == CARD ? "auto" : "vfio-user:" FAKE_NO_CARD, 1);
    assert_true(OSSL_PROVIDER_add_builtin(world->library, "tlscard", OSSL_provider_init));
    world->tlscard = OSSL_PROVIDER_load(world->library, "tlscard");
    assert_non_null(world->tlscard);
    assert_true(EVP_set_default_properties(world->library, "?provider=tlscard"));
}

void worlds_open(void)
{
    fake_reset();
    differences = 0;
    setenv("OPENSSL_CONF", "/dev/null", 1);
    setenv("TLSCARD_POLICY", "always", 1);
    setenv("TLSCARD_DEADLINE_MS", "60000", 1);
    for (enum world_kind kind = PLAIN; kind < WORLDS; kind++)
        open_one(&worlds[kind], kind);
}

void worlds_close(void)
{
    for (enum world_kind kind = PLAIN; kind < WORLDS; kind++) {
        struct world *world = &worlds[kind];

        if (world->tlscard != NULL)
            OSSL_PROVIDER_unload(world->tlscard);
        OSSL_PROVIDER_unload(world->standard);
        OSSL_PROVIDER_unload(world->other_standard);
        OSSL_LIB_CTX_free(world->library);
        OSSL_LIB_CTX_free(world->other);
        memset(world, 0, sizeof *world);
    }
    assert_int_equal(differences, 0);
    assert_int_equal(fake.keys, 0);
    assert_int_equal(fake.queues, 0);
    assert_int_equal(fake.requests, 0);
    assert_int_equal(fake.foreign_calls, 0);
}

struct world *world_of(enum world_kind kind)
{
    return &worlds[kind];
}

/*
 * libcrypto itself loses memory in calls that fail: a reference to a key management whose key another provider cannot take,
 * what an encoder had begun (3.0.19, with the default provider alone as well). What fails here often is not watched for that.
 */
void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));

static char *run(struct world *world, void (*scenario)(struct world *world, const void *given), const void *given)
{
    char *data, *text;
    size_t length;

    ERR_clear_error();
    world->said = BIO_new(BIO_s_mem());
    assert_non_null(world->said);
    if (__lsan_disable != NULL)
        __lsan_disable();
    scenario(world, given);
    if (__lsan_enable != NULL)
        __lsan_enable();
    say_errors(world);
    say(world, "end");
    length = (size_t)BIO_get_mem_data(world->said, &data);
    text = OPENSSL_strndup(data, length);
    BIO_free(world->said);
    world->said = NULL;
    return text;
}

static void tell_difference(const char *name, const char *plain, const char *ours, enum world_kind kind)
{
    const char *line = plain;
    int number = 1;

    for (; *plain != '\0' && *plain == *ours; plain++, ours++)
        if (*plain == '\n') {
            line = plain + 1;
            number++;
        }
    ours -= plain - line;
    print_error("%s, line %d: the default provider says\n    %.*s\nand ours %s a card\n    %.*s\n", name, number,
                (int)strcspn(line, "\n"), line, kind == CARD ? "with" : "without", (int)strcspn(ours, "\n"), ours);
    differences++;
}

void same(const char *name, void (*scenario)(struct world *world, const void *given), const void *given)
{
    char *plain = run(&worlds[PLAIN], scenario, given);

    if (getenv("TLSCARD_TEST_SAY") != NULL)
        fprintf(stderr, "%s:\n%s", name, plain); /* longer than cmocka's messages may be */
    for (enum world_kind kind = CARD; kind < WORLDS; kind++) {
        char *ours = run(&worlds[kind], scenario, given);

        if (strcmp(plain, ours) != 0)
            tell_difference(name, plain, ours, kind);
        OPENSSL_free(ours);
    }
    OPENSSL_free(plain);
}

void say(struct world *world, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    BIO_vprintf(world->said, format, arguments);
    va_end(arguments);
    BIO_puts(world->said, "\n");
}

void say_octets(struct world *world, const char *name, const uint8_t *octets, size_t length)
{
    BIO_printf(world->said, "%s:", name);
    for (size_t i = 0; i < length; i++)
        BIO_printf(world->said, "%02x", octets[i]);
    BIO_puts(world->said, "\n");
}

void say_errors(struct world *world)
{
    unsigned long error;

    while ((error = ERR_get_error()) != 0)
        say(world, "  error %d:%d", ERR_GET_LIB(error), ERR_GET_REASON(error));
}

void say_table(struct world *world, const char *name, const OSSL_PARAM *table)
{
    say(world, "%s%s", name, table == NULL ? " is not there" : "");
    for (; table != NULL && table->key != NULL; table++)
        say(world, "  %s type %u size %zu", table->key, table->data_type, table->data_size);
}

void say_params(struct world *world, const char *name, const OSSL_PARAM params[])
{
    say(world, "%s", name);
    for (; params->key != NULL; params++) {
        say(world, "  %s type %u size %zu", params->key, params->data_type, params->data_size);
        if (params->data != NULL)
            say_octets(world, "  ", params->data, params->data_size);
    }
}
