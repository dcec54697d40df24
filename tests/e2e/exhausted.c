/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS handshakes while memory and the like run out: exhausted CONFIGURATION OWNER MANNER STEP [FIRST].
 *
 * In one process are libssl, the provider, the driver and the simulated card. Each acquisition (an allocation, a mapping, a
 * descriptor, a thread) is counted; in a child for each the Nth fails. OWNER: own, those of this project; all, libcrypto's
 * and libc's besides. MANNER: once; on, that and each that follows, until the handshake has ended. STEP: every so many only;
 * 0: FIRST alone, in the process itself, for a debugger.
 *
 * What may happen: the handshake completes, or fails. What must: the child ends by itself, a second handshake completes, and
 * after the library context is freed nothing of this project's is left, neither memory nor descriptors nor threads.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>

/* The C library's own, under the names that it keeps for programs which replace them. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

/* One for each acquisition that is to fail, from at to until. */
static atomic_ulong events, first_failing = ATOMIC_VAR_INIT(ULONG_MAX), last_failing;
static atomic_int armed, everybody;
static _Thread_local int in_provider; /* libcrypto allocates for the provider */

/* ---- What belongs to the project ---- */

static int is_ours(const void *caller)
{
    struct dl_find_object object;
    const char *name, *slash;

    if (in_provider)
        return 1;
    if (_dl_find_object((void *)(uintptr_t)caller, &object) != 0 || object.dlfo_link_map == NULL)
        return 0;
    name = object.dlfo_link_map->l_name;
    slash = strrchr(name, '/');
    name = slash != NULL ? slash + 1 : name;
    return strncmp(name, "libtlscard", 10) == 0 || strncmp(name, "tlscard", 7) == 0;
}

/* Whether this one fails. */
static int fails(const void *caller)
{
    unsigned long number;

    if (!atomic_load(&armed) || !(atomic_load(&everybody) || is_ours(caller)))
        return 0;
    number = atomic_fetch_add(&events, 1);
    return number >= atomic_load(&first_failing) && number <= atomic_load(&last_failing);
}

/* ---- Blocks of the project that have not been freed ---- */

#define PLACES (1u << 16)
static _Atomic(void *) places[PLACES];
static atomic_long live;
static int tombstone;

static unsigned place_of(const void *block)
{
    return (unsigned)(((uintptr_t)block >> 4) * 2654435761u) % PLACES;
}

static void *note(void *block, const void *caller)
{
    if (block == NULL || !is_ours(caller))
        return block;
    for (unsigned i = 0; i < PLACES; i++) {
        _Atomic(void *) *place = &places[(place_of(block) + i) % PLACES];
        void *expected = atomic_load(place);

        if ((expected == NULL || expected == &tombstone) && atomic_compare_exchange_strong(place, &expected, block))
            break;
    }
    atomic_fetch_add(&live, 1);
    return block;
}

static void unnote(void *block)
{
    for (unsigned i = 0; block != NULL && i < PLACES; i++) {
        _Atomic(void *) *place = &places[(place_of(block) + i) % PLACES];
        void *found = atomic_load(place);

        if (found == NULL)
            return;
        if (found == block && atomic_compare_exchange_strong(place, &found, &tombstone)) {
            atomic_fetch_sub(&live, 1);
            return;
        }
    }
}

/* ---- Acquisitions ---- */

#define CALLER __builtin_return_address(0)
#define EXPORT __attribute__((visibility("default")))
#define FAIL_WITH(error, value) \
    do                          \
        if (fails(CALLER)) {    \
            errno = error;      \
            return value;       \
        }                       \
    while (0)

EXPORT void *malloc(size_t size)
{
    FAIL_WITH(ENOMEM, NULL);
    return note(__libc_malloc(size), CALLER);
}

EXPORT void *calloc(size_t count, size_t size)
{
    FAIL_WITH(ENOMEM, NULL);
    return note(__libc_calloc(count, size), CALLER);
}

EXPORT void *realloc(void *block, size_t size)
{
    FAIL_WITH(ENOMEM, NULL);
    unnote(block);
    return note(__libc_realloc(block, size), CALLER);
}

EXPORT void free(void *block)
{
    unnote(block);
    __libc_free(block);
}

EXPORT int posix_memalign(void **block, size_t alignment, size_t size)
{
    if (fails(CALLER))
        return ENOMEM;
    *block = note(__libc_memalign(alignment, size), CALLER);
    return *block == NULL ? ENOMEM : 0;
}

EXPORT void *aligned_alloc(size_t alignment, size_t size)
{
    FAIL_WITH(ENOMEM, NULL);
    return note(__libc_memalign(alignment, size), CALLER);
}

#define NEXT(name, ...)                                          \
    static __typeof__(name) *next;                               \
    if (next == NULL)                                            \
        *(void **)&next = dlsym(RTLD_NEXT, #name);               \
    return next(__VA_ARGS__)

EXPORT void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset)
{
    FAIL_WITH(ENOMEM, MAP_FAILED);
    NEXT(mmap, address, size, protection, flags, fd, offset);
}

EXPORT int memfd_create(const char *name, unsigned flags)
{
    FAIL_WITH(EMFILE, -1);
    NEXT(memfd_create, name, flags);
}

EXPORT int ftruncate(int fd, off_t size)
{
    FAIL_WITH(ENOSPC, -1);
    NEXT(ftruncate, fd, size);
}

EXPORT int eventfd(unsigned count, int flags)
{
    FAIL_WITH(EMFILE, -1);
    NEXT(eventfd, count, flags);
}

EXPORT int timerfd_create(clockid_t clock, int flags)
{
    FAIL_WITH(EMFILE, -1);
    NEXT(timerfd_create, clock, flags);
}

EXPORT int socketpair(int domain, int type, int protocol, int pair[2])
{
    FAIL_WITH(EMFILE, -1);
    NEXT(socketpair, domain, type, protocol, pair);
}

EXPORT int pipe2(int ends[2], int flags)
{
    FAIL_WITH(EMFILE, -1);
    NEXT(pipe2, ends, flags);
}

EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument)
{
    if (fails(CALLER))
        return EAGAIN;
    NEXT(pthread_create, thread, attributes, run, argument);
}

/* libcrypto says for which file it allocates. */
static int provider_file(const char *file)
{
    return file != NULL && strncmp(file, "provider/", 9) == 0;
}

static void *crypto_malloc(size_t size, const char *file, int line)
{
    void *block;

    (void)line;
    in_provider = provider_file(file);
    block = malloc(size);
    in_provider = 0;
    return block;
}

static void *crypto_realloc(void *old, size_t size, const char *file, int line)
{
    void *block;

    (void)line;
    in_provider = provider_file(file);
    block = realloc(old, size);
    in_provider = 0;
    return block;
}

static void crypto_free(void *block, const char *file, int line)
{
    (void)file, (void)line;
    free(block);
}

/* ---- Handshakes ---- */

static char *key_text, *certificate_text; /* PEM */

static char *text_of(BIO *bio)
{
    char *data, *text;
    long length = BIO_get_mem_data(bio, &data);

    text = strndup(data, (size_t)length);
    BIO_free(bio);
    return text;
}

static int make_certificate(void)
{
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    X509 *certificate = X509_new();
    BIO *key_bio = BIO_new(BIO_s_mem()), *certificate_bio = BIO_new(BIO_s_mem());
    X509_NAME *name = X509_NAME_new();

    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0);
    X509_set_subject_name(certificate, name);
    X509_set_issuer_name(certificate, name);
    X509_NAME_free(name);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_set_pubkey(certificate, key);
    if (!X509_sign(certificate, key, EVP_sha256()) || !PEM_write_bio_PrivateKey(key_bio, key, NULL, NULL, 0, NULL, NULL) ||
        !PEM_write_bio_X509(certificate_bio, certificate))
        return 0;
    key_text = text_of(key_bio);
    certificate_text = text_of(certificate_bio);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return 1;
}

static int use_certificate(OSSL_LIB_CTX *library, SSL_CTX *server)
{
    BIO *bio = BIO_new_mem_buf(key_text, -1);
    EVP_PKEY *key = bio != NULL ? PEM_read_bio_PrivateKey_ex(bio, NULL, NULL, NULL, library, NULL) : NULL;
    X509 *certificate = X509_new_ex(library, NULL);
    int ok = 0;

    BIO_free(bio);
    bio = BIO_new_mem_buf(certificate_text, -1);
    if (bio != NULL && certificate != NULL && PEM_read_bio_X509(bio, &certificate, NULL, NULL) != NULL && key != NULL)
        ok = SSL_CTX_use_certificate(server, certificate) == 1 && SSL_CTX_use_PrivateKey(server, key) == 1;
    BIO_free(bio);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return ok;
}

/* Both sides by turns, until both are done or one has failed. */
static int shake(SSL *client, SSL *server)
{
    char octet = 0;

    for (unsigned turn = 0; turn < 20; turn++) {
        int one = SSL_do_handshake(client), other = SSL_do_handshake(server);

        if (one == 1 && other == 1)
            return SSL_write(client, "x", 1) == 1 && SSL_read(server, &octet, 1) == 1 && octet == 'x';
        if ((one != 1 && SSL_get_error(client, one) != SSL_ERROR_WANT_READ) ||
            (other != 1 && SSL_get_error(server, other) != SSL_ERROR_WANT_READ))
            return 0;
    }
    return 0;
}

static int connect_pair(SSL *client, SSL *server)
{
    BIO *one, *other;

    if (client == NULL || server == NULL || BIO_new_bio_pair(&one, 0, &other, 0) != 1)
        return 0;
    SSL_set_bio(client, one, one);
    SSL_set_bio(server, other, other);
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
    return shake(client, server);
}

static int handshake(OSSL_LIB_CTX *library)
{
    SSL_CTX *client_context = SSL_CTX_new_ex(library, NULL, TLS_client_method());
    SSL_CTX *server_context = SSL_CTX_new_ex(library, NULL, TLS_server_method());
    SSL *client = NULL, *server = NULL;
    int ok = client_context != NULL && server_context != NULL && use_certificate(library, server_context);

    if (ok) {
        client = SSL_new(client_context);
        server = SSL_new(server_context);
        ok = connect_pair(client, server);
    }
    SSL_free(client);
    SSL_free(server);
    SSL_CTX_free(client_context);
    SSL_CTX_free(server_context);
    ERR_clear_error();
    return ok;
}

/* ---- A child for each failure ---- */

static const char *configuration;

static unsigned entries(const char *path)
{
    DIR *directory = opendir(path);
    unsigned count = 0;

    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

static OSSL_LIB_CTX *new_library(void)
{
    OSSL_LIB_CTX *library = OSSL_LIB_CTX_new();

    if (library != NULL && OSSL_LIB_CTX_load_config(library, configuration) != 1) {
        OSSL_LIB_CTX_free(library);
        return NULL;
    }
    return library;
}

static void complain(unsigned long number, const char *what)
{
    fprintf(stderr, "exhausted: event %lu: %s\n", number, what);
    _exit(1);
}

/* What a handshake without a failure leaves open: the provider keeps what threads wait by, for the next wait. */
static unsigned kept_descriptors = UINT_MAX;

/* The card's thread ends when its last client has gone. */
static void expect_nothing_left(unsigned long number, long blocks, unsigned descriptors)
{
    for (unsigned tries = 0; entries("/proc/self/task") != 3; tries++) {
        if (tries == 3000)
            complain(number, "a thread is left");
        poll(NULL, 0, 10);
    }
    if (atomic_load(&live) > blocks)
        complain(number, "memory is left");
    if (kept_descriptors != UINT_MAX && entries("/proc/self/fd") > descriptors + kept_descriptors)
        complain(number, "descriptors are left");
}

/* One run, with failures from number on; blocks: what is left after a run without. */
static void run(unsigned long number, unsigned long until, long blocks)
{
    unsigned descriptors = entries("/proc/self/fd");
    OSSL_LIB_CTX *library;

    alarm(120);
    atomic_store(&first_failing, number);
    atomic_store(&last_failing, until);
    atomic_store(&armed, 1);
    library = new_library();
    if (library != NULL)
        handshake(library);
    atomic_store(&armed, 0);
    /* What the provider could not get it may still miss; what libcrypto could not get is libcrypto's affair. */
    if (library != NULL && !atomic_load(&everybody) && !handshake(library))
        complain(number, "no handshake afterwards");
    OSSL_LIB_CTX_free(library);
    library = new_library();
    if (library == NULL || !handshake(library))
        complain(number, "no handshake in a new library context");
    OSSL_LIB_CTX_free(library);
    OPENSSL_thread_stop();
    expect_nothing_left(number, blocks, descriptors);
}

struct outcome {
    unsigned long events;
    long blocks;
    unsigned descriptors;
};

/* Without a failure: how many events there are, and what is left at the end. */
static struct outcome rehearse(void)
{
    struct outcome outcome = {0, 0, 0};
    int ends[2], status;
    pid_t child;

    if (pipe(ends) != 0)
        return outcome;
    child = fork();
    if (child == 0) {
        unsigned before = entries("/proc/self/fd");

        run(ULONG_MAX, ULONG_MAX, LONG_MAX);
        outcome = (struct outcome){atomic_load(&events), atomic_load(&live), entries("/proc/self/fd") - before};
        _exit(write(ends[1], &outcome, sizeof outcome) != sizeof outcome);
    }
    close(ends[1]);
    if (read(ends[0], &outcome, sizeof outcome) != sizeof outcome)
        outcome.events = 0;
    close(ends[0]);
    waitpid(child, &status, 0);
    return outcome;
}

/* 1 where the child was content. */
static int try_event(unsigned long number, unsigned long until, long blocks)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        run(number, until, blocks);
        _exit(0);
    }
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
        fprintf(stderr, "exhausted: event %lu: %s\n", number, strsignal(WTERMSIG(status)));
    else if (WEXITSTATUS(status) > 1)
        fprintf(stderr, "exhausted: event %lu: exit status %d\n", number, WEXITSTATUS(status));
    return status == 0;
}

int main(int count, char **arguments)
{
    struct outcome outcome;
    unsigned long step, tried = 0, bad = 0;
    int on;

    if (count < 5 || CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) != 1) {
        fprintf(stderr, "exhausted CONFIGURATION own|all once|on STEP [FIRST]\n");
        return 2;
    }
    configuration = arguments[1];
    atomic_store(&everybody, strcmp(arguments[2], "all") == 0);
    on = strcmp(arguments[3], "on") == 0;
    step = strtoul(arguments[4], NULL, 10);
    outcome = make_certificate() ? rehearse() : (struct outcome){0, 0, 0};
    if (outcome.events == 0)
        return 2;
    kept_descriptors = outcome.descriptors;
    if (step == 0 && count > 5) {
        unsigned long number = strtoul(arguments[5], NULL, 10);

        run(number, on ? ULONG_MAX : number, outcome.blocks);
        return 0;
    }
    for (unsigned long number = count > 5 ? strtoul(arguments[5], NULL, 10) : 0; number < outcome.events; number += step) {
        tried++;
        bad += !try_event(number, on ? ULONG_MAX : number, outcome.blocks);
    }
    printf("%lu of %lu events, %lu bad, %ld blocks at the end\n", tried, outcome.events, bad, outcome.blocks);
    return bad != 0;
}
