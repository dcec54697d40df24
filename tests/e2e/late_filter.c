/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program that sets a system-call filter after its first operation on the card: late_filter CALL...
 *
 * From then on it is ended at each call that is not one of these, nor one that it makes itself (own_calls). It then does operations of each
 * class again, in the same thread, in one that has not used the card yet, and in a job of ASYNC_start_job(3). Exit status 0; or 3 with the
 * name or number of the call that ended it; or 1 with what went wrong. With no argument it sets no filter.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <openssl/async.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

static const struct call {
    const char *name;
    unsigned number;
} known[] = {
#define CALL(name) {#name, SYS_##name}
    CALL(clone),     CALL(close),      CALL(epoll_create1), CALL(epoll_ctl),      CALL(eventfd2), CALL(fcntl),
    CALL(fstat),     CALL(futex),      CALL(newfstatat),    CALL(openat),         CALL(poll),     CALL(ppoll),
    CALL(read),      CALL(recvfrom),   CALL(recvmsg),       CALL(rt_sigprocmask), CALL(sendmsg),  CALL(timerfd_create),
    CALL(timerfd_settime), CALL(wait4), CALL(write),        CALL(rt_sigpending),  CALL(lseek),    CALL(pread64),
    CALL(memfd_create), CALL(ftruncate), CALL(clone3),      CALL(rseq),           CALL(set_robust_list), CALL(mprotect),
    CALL(madvise), CALL(sched_yield), CALL(gettid), CALL(getpid), CALL(tgkill), CALL(prctl), CALL(rt_sigaction), CALL(access),
    CALL(shutdown), CALL(fstatfs), CALL(socket), CALL(connect), CALL(sched_getaffinity), CALL(pipe2), CALL(rt_sigreturn), CALL(getdents64),
};

/* What this program itself and libcrypto ask for, with any provider: memory, random numbers, changing stacks, the end. */
static const unsigned own_calls[] = {SYS_brk,       SYS_mmap,   SYS_munmap,         SYS_mprotect, SYS_madvise,
                                     SYS_getrandom, SYS_getpid, SYS_rt_sigprocmask, SYS_exit,     SYS_exit_group};

static EVP_PKEY *rsa;
static pthread_barrier_t begun, filtered;

static void fail(const char *what)
{
    fprintf(stderr, "late_filter: %s\n", what);
    _exit(1);
}

static void sign(EVP_PKEY *key)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    unsigned char signature[512];
    size_t length = sizeof signature;

    if (EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) != 1 ||
        EVP_DigestSign(context, signature, &length, (const unsigned char *)"text", 4) != 1)
        fail("a signature");
    EVP_MD_CTX_free(context);
}

/* A record of TLS 1.3 (RFC 8446 section 5.2). */
static void seal(void)
{
    static const unsigned char key[32], nonce[12], text[1024];
    static const unsigned char header[] = {23, 3, 3, (sizeof text + 16) >> 8, (sizeof text + 16) & 0xff};
    EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, "AES-256-GCM", NULL);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    unsigned char sealed[sizeof text + 16];
    int length;

    if (EVP_EncryptInit_ex2(context, cipher, key, nonce, NULL) != 1 ||
        EVP_EncryptUpdate(context, NULL, &length, header, sizeof header) != 1 ||
        EVP_EncryptUpdate(context, sealed, &length, text, sizeof text) != 1 ||
        EVP_EncryptFinal_ex(context, sealed + length, &length) != 1)
        fail("a record");
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(cipher);
}

static void operate(void)
{
    EVP_PKEY *exchange = EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), *signer = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");

    if (exchange == NULL || signer == NULL)
        fail("a key");
    sign(signer);
    sign(rsa);
    seal();
    EVP_PKEY_free(signer);
    EVP_PKEY_free(exchange);
}

static void *operate_in_thread(void *nothing)
{
    (void)nothing;
    pthread_barrier_wait(&begun);
    pthread_barrier_wait(&filtered);
    operate();
    return NULL;
}

static int operate_in_job(void *nothing)
{
    (void)nothing;
    operate();
    return 1;
}

static void run_job(void)
{
    ASYNC_WAIT_CTX *waiting = ASYNC_WAIT_CTX_new();
    ASYNC_JOB *job = NULL;
    int result, status;

    while ((status = ASYNC_start_job(&job, waiting, &result, operate_in_job, NULL, 0)) == ASYNC_PAUSE) {
        OSSL_ASYNC_FD fds[8];
        size_t count = 0;
        struct pollfd ready = {.events = POLLIN};

        if (!ASYNC_WAIT_CTX_get_all_fds(waiting, NULL, &count) || count != 1 || !ASYNC_WAIT_CTX_get_all_fds(waiting, fds, &count))
            fail("the job's descriptor");
        ready.fd = fds[0];
        if (poll(&ready, 1, 60000) != 1)
            fail("the job is not resumed");
    }
    if (status != ASYNC_FINISH || !result)
        fail("the job");
    ASYNC_WAIT_CTX_free(waiting);
}

static unsigned number_of(const char *name)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i].name, name) == 0)
            return known[i].number;
    fail(name);
    return 0;
}

static void set_filter(int count, char **names)
{
    struct sock_filter code[256] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))};
    struct sock_fprog program = {.len = 1, .filter = code};

    for (int i = 0; i < count + (int)(sizeof own_calls / sizeof own_calls[0]); i++) {
        unsigned call = i < count ? number_of(names[i]) : own_calls[i - count];

        code[program.len++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1);
        code[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    }
    code[program.len++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program) != 0)
        fail("seccomp");
}

int main(int count, char **names)
{
    pthread_t thread;

    rsa = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
    ASYNC_init_thread(1, 1);
    pthread_barrier_init(&begun, NULL, 2);
    pthread_barrier_init(&filtered, NULL, 2);
    if (rsa == NULL || pthread_create(&thread, NULL, operate_in_thread, NULL) != 0)
        fail("the beginning");
    pthread_barrier_wait(&begun);
    operate();
    if (count > 1)
        set_filter(count - 1, names + 1);
    else
        syscall(SYS_write, 2, "MARK\n", 5);
    pthread_barrier_wait(&filtered);
    operate();
    pthread_join(thread, NULL);
    for (int i = 0; i < 3; i++)
        run_job();
    EVP_PKEY_free(rsa);
    return 0;
}
