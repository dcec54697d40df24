/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A provider of random numbers that are none, for [random] in openssl.cnf: KNOWN-OCTETS gives 1, 2, 3 and so on, to each
 * call anew, as a generator and as a seed source. Each call adds a line to the file that GENERATOR_LOG names.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#define MOST_OCTETS ((size_t)1 << 16)

struct generator {
    int state;
};

static void tell(const char *what, size_t octets)
{
    const char *path = getenv("GENERATOR_LOG");
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0666) : -1;

    if (fd < 0)
        return;
    dprintf(fd, "%s %zu\n", what, octets);
    close(fd);
}

static void fill(unsigned char *out, size_t size)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (unsigned char)(i + 1);
}

static void *new_generator(void *provider, void *parent, const OSSL_DISPATCH *parent_calls)
{
    (void)provider;
    (void)parent;
    (void)parent_calls;
    return OPENSSL_zalloc(sizeof(struct generator));
}

static void free_generator(void *context)
{
    OPENSSL_free(context);
}

static int instantiate(void *context, unsigned strength, int resistance, const unsigned char *personal, size_t size,
                       const OSSL_PARAM params[])
{
    struct generator *generator = context;

    (void)strength;
    (void)resistance;
    (void)personal;
    (void)size;
    (void)params;
    generator->state = EVP_RAND_STATE_READY;
    return 1;
}

static int uninstantiate(void *context)
{
    struct generator *generator = context;

    generator->state = EVP_RAND_STATE_UNINITIALISED;
    return 1;
}

static int generate(void *context, unsigned char *out, size_t size, unsigned strength, int resistance,
                    const unsigned char *additional, size_t length)
{
    (void)context;
    (void)strength;
    (void)resistance;
    (void)additional;
    (void)length;
    tell("generate", size);
    fill(out, size);
    return 1;
}

static int reseed(void *context, int resistance, const unsigned char *entropy, size_t entropy_size,
                  const unsigned char *additional, size_t length)
{
    (void)context;
    (void)resistance;
    (void)entropy;
    (void)entropy_size;
    (void)additional;
    (void)length;
    return 1;
}

static size_t get_seed(void *context, unsigned char **out, int entropy, size_t least, size_t most, int resistance,
                       const unsigned char *additional, size_t length)
{
    size_t size = (size_t)entropy / 8 > least ? (size_t)entropy / 8 : least;

    (void)context;
    (void)resistance;
    (void)additional;
    (void)length;
    if (size > most || (*out = OPENSSL_malloc(size)) == NULL)
        return 0;
    tell("seed", size);
    fill(*out, size);
    return size;
}

static void clear_seed(void *context, unsigned char *out, size_t size)
{
    (void)context;
    OPENSSL_clear_free(out, size);
}

static int lock(void *context)
{
    (void)context;
    return 1;
}

static void unlock(void *context)
{
    (void)context;
}

static const OSSL_PARAM *gettable(void *context, void *provider)
{
    static const OSSL_PARAM params[] = {OSSL_PARAM_int(OSSL_RAND_PARAM_STATE, NULL),
                                        OSSL_PARAM_uint(OSSL_RAND_PARAM_STRENGTH, NULL),
                                        OSSL_PARAM_size_t(OSSL_RAND_PARAM_MAX_REQUEST, NULL), OSSL_PARAM_END};

    (void)context;
    (void)provider;
    return params;
}

static int get(void *context, OSSL_PARAM params[])
{
    const struct generator *generator = context;
    OSSL_PARAM *state = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STATE);
    OSSL_PARAM *strength = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_STRENGTH);
    OSSL_PARAM *most = OSSL_PARAM_locate(params, OSSL_RAND_PARAM_MAX_REQUEST);

    return (state == NULL || OSSL_PARAM_set_int(state, generator->state)) &&
           (strength == NULL || OSSL_PARAM_set_uint(strength, 256)) &&
           (most == NULL || OSSL_PARAM_set_size_t(most, MOST_OCTETS));
}

typedef void (*function)(void);

static const OSSL_DISPATCH generator_functions[] = {
    {OSSL_FUNC_RAND_NEWCTX, (function)new_generator},
    {OSSL_FUNC_RAND_FREECTX, (function)free_generator},
    {OSSL_FUNC_RAND_INSTANTIATE, (function)instantiate},
    {OSSL_FUNC_RAND_UNINSTANTIATE, (function)uninstantiate},
    {OSSL_FUNC_RAND_GENERATE, (function)generate},
    {OSSL_FUNC_RAND_RESEED, (function)reseed},
    {OSSL_FUNC_RAND_GET_SEED, (function)get_seed},
    {OSSL_FUNC_RAND_CLEAR_SEED, (function)clear_seed},
    {OSSL_FUNC_RAND_ENABLE_LOCKING, (function)lock},
    {OSSL_FUNC_RAND_LOCK, (function)lock},
    {OSSL_FUNC_RAND_UNLOCK, (function)unlock},
    {OSSL_FUNC_RAND_GETTABLE_CTX_PARAMS, (function)gettable},
    {OSSL_FUNC_RAND_GET_CTX_PARAMS, (function)get},
    {0, NULL},
};

static const OSSL_ALGORITHM *query(void *provider, int operation, int *no_cache)
{
    static const OSSL_ALGORITHM generators[] = {{"KNOWN-OCTETS", "provider=generator", generator_functions, NULL},
                                                {NULL, NULL, NULL, NULL}};

    (void)provider;
    *no_cache = 0;
    return operation == OSSL_OP_RAND ? generators : NULL;
}

OPENSSL_EXPORT OSSL_provider_init_fn OSSL_provider_init;

__attribute__((visibility("default"))) int OSSL_provider_init(const OSSL_CORE_HANDLE *core, const OSSL_DISPATCH *in,
                                                              const OSSL_DISPATCH **out, void **context)
{
    static const OSSL_DISPATCH functions[] = {{OSSL_FUNC_PROVIDER_QUERY_OPERATION, (function)query}, {0, NULL}};

    (void)in;
    *out = functions;
    *context = (void *)core;
    return 1;
}
