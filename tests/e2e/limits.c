/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program under limits, filters and with signals of its own: limits CASE.
 *
 * It makes keys and signs as OPENSSL_CONF says, before or after its world becomes narrow. What the default provider
 * could do has to succeed, and the process has to live. Exit status 0, or 1 with a line that says what went wrong; on
 * success the provider's word on its card is printed.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

static void fail(const char *what)
{
    fprintf(stderr, "limits: %s\n", what);
    _exit(1);
}

/* A key agreement and a signature: memory of each kind, and some queue entries. */
static int operate(void)
{
    EVP_PKEY *exchange = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    EVP_PKEY *signer = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char signature[128];
    size_t length = sizeof signature;
    int ok = exchange != NULL && signer != NULL && context != NULL &&
             EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, signer) == 1 &&
             EVP_DigestSign(context, signature, &length, (const unsigned char *)"text", 4) == 1;

    EVP_MD_CTX_free(context);
    EVP_PKEY_free(signer);
    EVP_PKEY_free(exchange);
    return ok;
}

static void must_operate(const char *when)
{
    if (!operate())
        fail(when);
}

static void must_sign_rsa(const char *when)
{
    EVP_PKEY *signer = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char signature[256];
    size_t length = sizeof signature;

    if (EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, signer) != 1 ||
        EVP_DigestSign(context, signature, &length, (const unsigned char *)"text", 4) != 1)
        fail(when);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(signer);
}

static void limit(int resource, rlim_t value)
{
    struct rlimit now;

    if (getrlimit(resource, &now) != 0)
        fail("getrlimit");
    now.rlim_cur = value;
    if (setrlimit(resource, &now) != 0)
        fail("setrlimit");
}

static void files(void)
{
    limit(RLIMIT_FSIZE, 0);
    must_operate("under RLIMIT_FSIZE 0");
}

static void files_late(void)
{
    must_operate("before");
    limit(RLIMIT_FSIZE, 0);
    must_operate("after RLIMIT_FSIZE became 0");
    must_sign_rsa("RSA after RLIMIT_FSIZE became 0");
}

/* The configuration is read and the provider loaded; the card has not been asked for. */
static void load(void)
{
    EVP_PKEY *key;

    OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL);
    key = EVP_PKEY_Q_keygen(NULL, "provider=default", "X25519");
    if (key == NULL)
        fail("the default provider");
    EVP_PKEY_free(key);
}

/* From no descriptor at all to enough. */
static void descriptors(void)
{
    load();
    for (rlim_t most = 3; most < 40; most++) {
        limit(RLIMIT_NOFILE, most);
        must_operate("with few descriptors");
    }
}

/* As a sandbox that gives up all rights once it is set up. */
static void descriptors_late(void)
{
    must_operate("before");
    limit(RLIMIT_NOFILE, 0);
    for (int i = 0; i < 5; i++) {
        must_operate("after RLIMIT_NOFILE became 0");
        must_sign_rsa("RSA after RLIMIT_NOFILE became 0");
    }
}

static void threads(void)
{
    load();
    if (geteuid() == 0 && setresuid(54321, 54321, 54321) != 0)
        fail("another user");
    limit(RLIMIT_NPROC, 0);
    must_operate("without another thread");
}

static void locked(void)
{
    limit(RLIMIT_MEMLOCK, 0);
    must_operate("without locked memory");
}

static void stack(void)
{
    limit(RLIMIT_STACK, 65536);
    must_operate("with a stack of 64 KiB");
}

static rlim_t address_space(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    unsigned long pages = 0;

    if (file == NULL || fscanf(file, "%lu", &pages) != 1)
        fail("statm");
    fclose(file);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void in_narrow_memory(rlim_t limit_octets)
{
    limit(RLIMIT_AS, limit_octets);
    operate();
    limit(RLIMIT_AS, RLIM_INFINITY);
    must_operate("after RLIMIT_AS was lifted");
    _exit(0);
}

/* A step more for each child. What fails may, where the default provider's allocations failed; but nothing is left broken. */
static void memory(void)
{
    load();
    for (rlim_t more = 0; more < (24u << 20); more += 256u << 10) {
        int status;
        pid_t child = fork();

        if (child == 0)
            in_narrow_memory(address_space() + more);
        if (waitpid(child, &status, 0) != child || status != 0) {
            fprintf(stderr, "limits: with %lu KiB: wait status %#x\n", (unsigned long)more >> 10, (unsigned)status);
            _exit(1);
        }
    }
}

/* Blocked after the first operation, waited for later: no thread but this one may be given them. */
static void signals(void)
{
    const int numbers[] = {SIGTERM, SIGHUP, SIGALRM, SIGUSR1, SIGCHLD, SIGINT};
    const struct timespec soon = {60, 0};
    sigset_t set;

    must_operate("before");
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        sigaddset(&set, numbers[i]);
    sigprocmask(SIG_BLOCK, &set, NULL);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        sigset_t one;

        sigemptyset(&one);
        sigaddset(&one, numbers[i]);
        kill(getpid(), numbers[i]);
        must_operate("with a signal pending");
        if (sigtimedwait(&one, NULL, &soon) != numbers[i])
            fail("a signal went astray");
    }
    if (setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {0, 1000}}, NULL) != 0)
        fail("setitimer");
    must_operate("with a timer running");
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    if (sigtimedwait(&set, NULL, &soon) != SIGALRM)
        fail("the alarm went astray");
}

static void filter(unsigned call, unsigned action)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, action),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof code[0], .filter = code};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        fail("seccomp");
}

static const unsigned calls[] = {SYS_memfd_create, SYS_timerfd_create, SYS_eventfd2, SYS_socketpair,
                                 SYS_connect,      SYS_clone3,         SYS_pipe2,    SYS_epoll_create1};
#define CALLS (sizeof calls / sizeof calls[0])

/* limits killing-N: a filter that kills at the Nth call from before the first operation; limits refusing-N: that gives
 * EPERM; limits unknown-N: ENOSYS. */
static int filtered(const char *name)
{
    const struct {
        const char *name;
        unsigned action;
    } kinds[] = {{"killing-", SECCOMP_RET_KILL_PROCESS},
                 {"refusing-", SECCOMP_RET_ERRNO | EPERM},
                 {"unknown-", SECCOMP_RET_ERRNO | ENOSYS}};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t length = strlen(kinds[i].name), call = CALLS;

        if (strncmp(name, kinds[i].name, length) == 0)
            call = (size_t)atoi(name + length);
        if (call >= CALLS)
            continue;
        filter(calls[call], kinds[i].action);
        must_operate("under a system-call filter");
        must_sign_rsa("RSA under a system-call filter");
        return 1;
    }
    return 0;
}

/* What makes things is forbidden once the card is open; what uses them is not. */
static void filter_late(void)
{
    must_operate("before");
    filter(SYS_memfd_create, SECCOMP_RET_KILL_PROCESS);
    filter(SYS_eventfd2, SECCOMP_RET_KILL_PROCESS);
    must_operate("after the filter was set");
    must_sign_rsa("RSA after the filter was set");
}

static void print_card(void)
{
    OSSL_PROVIDER *provider = OSSL_PROVIDER_load(NULL, "tlscard");
    char card[4096] = "", counters[4096] = "";
    OSSL_PARAM params[] = {OSSL_PARAM_utf8_string("tlscard-card", card, sizeof card),
                           OSSL_PARAM_utf8_string("tlscard-counters", counters, sizeof counters), OSSL_PARAM_END};

    limit(RLIMIT_FSIZE, RLIM_INFINITY); /* the output may be a file */
    if (provider != NULL && OSSL_PROVIDER_get_params(provider, params))
        printf("%s\n%s\n", card, counters);
    OSSL_PROVIDER_unload(provider);
}

int main(int count, char **arguments)
{
    const struct {
        const char *name;
        void (*run)(void);
    } cases[] = {{"files", files},     {"files-late", files_late}, {"descriptors", descriptors}, {"threads", threads},
                 {"locked", locked},   {"stack", stack},           {"memory", memory},           {"signals", signals},
                 {"filter-late", filter_late}, {"descriptors-late", descriptors_late}};
    const char *name = count == 2 ? arguments[1] : "";

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (strcmp(name, cases[i].name) == 0) {
            cases[i].run();
            print_card();
            return 0;
        }
    if (!filtered(name))
        fail("no such case");
    print_card();
    return 0;
}
