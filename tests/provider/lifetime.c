/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that frees what it has of OpenSSL in one of many orders, and exits.
 *
 *   lifetime ORDER
 *
 * The provider comes of the configuration $OPENSSL_CONF, or by its name of the folder $LIFETIME_MODULES; where that is not
 * set, there is the default provider alone. The sanitized build has the provider inside, and wants it set to anything. Exit
 * status 0 where all went well.
 */
#include <dirent.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>

#define EXPECT(condition) expect((condition) != 0, #condition, __LINE__)

static void expect(int ok, const char *what, int line)
{
    if (ok)
        return;
    fprintf(stderr, "lifetime.c:%d: %s\n", line, what);
    ERR_print_errors_fp(stderr);
    _exit(1);
}

/* Of a library context (or NULL), whatever an application may keep. */
struct held {
    OSSL_LIB_CTX *library;
    EVP_PKEY *keys[3];
    EVP_MD_CTX *signing;
    EVP_PKEY_CTX *derivation;
    EVP_CIPHER *cipher;
    EVP_CIPHER_CTX *record;
    SSL_CTX *tls;
};

static struct held kept;
static int shall_free_late;

struct loaded {
    OSSL_PROVIDER *standard, *tlscard;
};

#ifdef BUILT_IN
OSSL_provider_init_fn OSSL_provider_init;

static void find_provider(OSSL_LIB_CTX *library)
{
    if (getenv("LIFETIME_MODULES") != NULL)
        EXPECT(OSSL_PROVIDER_add_builtin(library, "tlscard", OSSL_provider_init));
}
#else
static void find_provider(OSSL_LIB_CTX *library)
{
    if (getenv("LIFETIME_MODULES") != NULL)
        EXPECT(OSSL_PROVIDER_set_default_search_path(library, getenv("LIFETIME_MODULES")));
}
#endif

/* What the application loads itself it unloads itself. */
static struct loaded load(OSSL_LIB_CTX *library)
{
    struct loaded loaded = {OSSL_PROVIDER_load(library, "default"), NULL};

    EXPECT(loaded.standard != NULL);
    if (getenv("LIFETIME_MODULES") == NULL)
        return loaded;
    loaded.tlscard = OSSL_PROVIDER_load(library, "tlscard");
    EXPECT(loaded.tlscard != NULL && EVP_set_default_properties(library, "?provider=tlscard"));
    return loaded;
}

static void unload(struct loaded *loaded)
{
    if (loaded->tlscard != NULL)
        EXPECT(OSSL_PROVIDER_unload(loaded->tlscard));
    EXPECT(OSSL_PROVIDER_unload(loaded->standard));
}

static OSSL_LIB_CTX *new_library(void)
{
    OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();

    EXPECT(library != NULL);
    find_provider(library);
    return library;
}

static OSSL_LIB_CTX *configured_library(void)
{
    OSSL_LIB_CTX *library = new_library();

    EXPECT(OSSL_LIB_CTX_load_config(library, getenv("OPENSSL_CONF")));
    return library;
}

static int descriptors(void)
{
    DIR *directory = opendir("/proc/self/fd");
    int count = 0;

    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

static void sign(struct held *held)
{
    unsigned char signature[512];
    size_t length = sizeof signature;

    held->signing = EVP_MD_CTX_new();
    EXPECT(EVP_DigestSignInit_ex(held->signing, NULL, "SHA256", held->library, NULL, held->keys[0], NULL) > 0);
    EXPECT(EVP_DigestSign(held->signing, signature, &length, (const unsigned char *)"message", 7) > 0);
}

static void sign_again(struct held *held)
{
    EVP_MD_CTX_free(held->signing);
    sign(held);
}

static void derive(struct held *held)
{
    unsigned char secret[32];
    size_t length = sizeof secret;

    held->derivation = EVP_PKEY_CTX_new_from_pkey(held->library, held->keys[1], NULL);
    EXPECT(EVP_PKEY_derive_init(held->derivation) > 0 && EVP_PKEY_derive_set_peer(held->derivation, held->keys[1]) > 0);
    EXPECT(EVP_PKEY_derive(held->derivation, secret, &length) > 0);
}

static void seal(struct held *held)
{
    static const unsigned char zeros[1024];
    unsigned char sealed[sizeof zeros];
    int length;

    held->cipher = EVP_CIPHER_fetch(held->library, "AES-128-GCM", NULL);
    held->record = EVP_CIPHER_CTX_new();
    EXPECT(EVP_EncryptInit_ex2(held->record, held->cipher, zeros, zeros, NULL));
    EXPECT(EVP_EncryptUpdate(held->record, NULL, &length, zeros, 13));
    EXPECT(EVP_EncryptUpdate(held->record, sealed, &length, zeros, sizeof zeros));
    EXPECT(EVP_EncryptFinal_ex(held->record, sealed, &length));
}

static void use(struct held *held, OSSL_LIB_CTX *library)
{
    held->library = library;
    held->keys[0] = EVP_PKEY_Q_keygen(library, NULL, "EC", "P-256");
    held->keys[1] = EVP_PKEY_Q_keygen(library, NULL, "X25519");
    held->keys[2] = EVP_PKEY_Q_keygen(library, NULL, "RSA", (size_t)512);
    EXPECT(held->keys[0] != NULL && held->keys[1] != NULL && held->keys[2] != NULL);
    sign(held);
    derive(held);
    seal(held);
    held->tls = SSL_CTX_new_ex(library, NULL, TLS_method());
    EXPECT(held->tls != NULL);
}

static void free_objects(struct held *held)
{
    SSL_CTX_free(held->tls);
    EVP_CIPHER_CTX_free(held->record);
    EVP_CIPHER_free(held->cipher);
    EVP_PKEY_CTX_free(held->derivation);
    EVP_MD_CTX_free(held->signing);
    for (int i = 0; i < 3; i++)
        EVP_PKEY_free(held->keys[i]);
    memset(held, 0, sizeof *held);
}

static void objects_first(void)
{
    OSSL_LIB_CTX *library = configured_library();

    use(&kept, library);
    free_objects(&kept);
    OSSL_LIB_CTX_free(library);
}

static void context_first(void)
{
    OSSL_LIB_CTX *library = configured_library();

    use(&kept, library);
    OSSL_LIB_CTX_free(library);
    free_objects(&kept);
}

/* Nothing stays open, however often. */
static void cycles(void)
{
    int before;

    objects_first();
    before = descriptors();
    for (int i = 0; i < 3; i++) {
        objects_first();
        context_first();
    }
    EXPECT(descriptors() <= before);
}

static void unloaded_first(void)
{
    OSSL_LIB_CTX *library = new_library();
    struct loaded loaded = load(library);

    use(&kept, library);
    unload(&loaded);
    free_objects(&kept);
    OSSL_LIB_CTX_free(library);
}

static void default_unloaded_first(void)
{
    OSSL_LIB_CTX *library = new_library();
    struct loaded loaded = load(library);

    use(&kept, library);
    EXPECT(OSSL_PROVIDER_unload(loaded.standard));
    free_objects(&kept);
    EXPECT(loaded.tlscard == NULL || OSSL_PROVIDER_unload(loaded.tlscard));
    OSSL_LIB_CTX_free(library);
}

/* What was made before is of use after. */
static void loaded_again(void)
{
    OSSL_LIB_CTX *library = new_library();
    struct loaded loaded;
    struct held before;

    for (int i = 0; i < 3; i++) {
        loaded = load(library);
        use(&kept, library);
        unload(&loaded);
        before = kept;
        memset(&kept, 0, sizeof kept);
        loaded = load(library);
        use(&kept, library);
        sign_again(&before);
        free_objects(&before);
        free_objects(&kept);
        unload(&loaded);
    }
    OSSL_LIB_CTX_free(library);
}

static void two_contexts(void)
{
    OSSL_LIB_CTX *first = configured_library(), *second = configured_library();
    struct held other = {NULL};

    use(&kept, first);
    use(&other, second);
    OSSL_LIB_CTX_free(first);
    free_objects(&kept);
    free_objects(&other);
    use(&other, second);
    OSSL_LIB_CTX_free(second);
    free_objects(&other);
}

static void cleaned_up_first(void)
{
    find_provider(NULL);
    use(&kept, NULL);
    OPENSSL_cleanup();
    free_objects(&kept);
}

static void nothing_freed(void)
{
    find_provider(NULL);
    use(&kept, NULL);
}

static void by_destructor(void)
{
    find_provider(NULL);
    use(&kept, NULL);
    shall_free_late = 1;
}

static void context_by_destructor(void)
{
    use(&kept, configured_library());
    shall_free_late = 2;
}

static void by_atexit(void)
{
    free_objects(&kept);
}

static void by_exit_handler(void)
{
    atexit(by_atexit); /* before libcrypto's own, so it runs after that */
    find_provider(NULL);
    use(&kept, NULL);
}

__attribute__((destructor)) static void late(void)
{
    OSSL_LIB_CTX *library = kept.library;

    if (shall_free_late == 0)
        return;
    if (shall_free_late == 2)
        OSSL_LIB_CTX_free(library);
    free_objects(&kept);
}

static sem_t done, go;

static void *work(void *library)
{
    struct held own = {NULL};

    use(&own, library);
    free_objects(&own);
    OPENSSL_thread_stop_ex(library);
    sem_post(&done);
    sem_wait(&go);
    return NULL;
}

/* Threads that say they have done with a library context, and end when it is gone. */
static void threads_last(void)
{
    OSSL_LIB_CTX *library = configured_library();
    pthread_t threads[3];

    for (int i = 0; i < 3; i++)
        EXPECT(pthread_create(&threads[i], NULL, work, library) == 0);
    for (int i = 0; i < 3; i++)
        sem_wait(&done);
    OSSL_LIB_CTX_free(library);
    for (int i = 0; i < 3; i++)
        sem_post(&go);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
}

static void *work_and_end(void *library)
{
    struct held own = {NULL};

    use(&own, library);
    free_objects(&own);
    return NULL;
}

static void threads_first(void)
{
    OSSL_LIB_CTX *library = configured_library();
    pthread_t threads[3];

    for (int i = 0; i < 3; i++)
        EXPECT(pthread_create(&threads[i], NULL, work_and_end, library) == 0);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    OSSL_LIB_CTX_free(library);
}

static void wait_for_child(pid_t child)
{
    int status = -1;

    EXPECT(child > 0 && waitpid(child, &status, 0) == child);
    EXPECT(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

/* A child that frees what it has inherited, one that uses it and one that just ends, each by exit with all its handlers. */
static void children(void)
{
    pid_t child;

    find_provider(NULL);
    use(&kept, NULL);
    child = fork();
    if (child == 0)
        exit(0);
    wait_for_child(child);
    child = fork();
    if (child == 0) {
        free_objects(&kept);
        exit(0);
    }
    wait_for_child(child);
    child = fork();
    if (child == 0) {
        struct held own = {NULL};

        use(&own, NULL);
        shall_free_late = 1;
        exit(0);
    }
    wait_for_child(child);
    free_objects(&kept);
    use(&kept, NULL);
    free_objects(&kept);
}

static const struct {
    const char *name;
    void (*run)(void);
} orders[] = {
    {"objects-first", objects_first},
    {"context-first", context_first},
    {"cycles", cycles},
    {"unloaded-first", unloaded_first},
    {"default-unloaded-first", default_unloaded_first},
    {"loaded-again", loaded_again},
    {"two-contexts", two_contexts},
    {"cleaned-up-first", cleaned_up_first},
    {"nothing-freed", nothing_freed},
    {"by-destructor", by_destructor},
    {"context-by-destructor", context_by_destructor},
    {"by-exit-handler", by_exit_handler},
    {"threads-last", threads_last},
    {"threads-first", threads_first},
    {"children", children},
};

int main(int argc, char **argv)
{
    sem_init(&done, 0, 0);
    sem_init(&go, 0, 0);
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        if (argc == 1)
            puts(orders[i].name);
        if (argc == 2 && strcmp(argv[1], orders[i].name) == 0) {
            orders[i].run();
            return 0;
        }
    }
    return argc == 1 ? 0 : 2;
}
