/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a system-call filter lets a card be used. */
#include "driver/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "driver/message.h"

#define TRIAL_DEADLINE_MS 5000u
#define STATUS_OCTETS 8192

/* The number of this thread's filters, or NUMBER_UNKNOWN where /proc tells none. */
#define NUMBER_UNKNOWN (-1)
#define NEVER (-2)

/* What trials have shown: with how many filters one went well, and with how many and where one ended. A filter
 * stays for good and is inherited, so one trial is enough for each number. */
static atomic_int allowed = NEVER, refused = NEVER;
static const char *_Atomic refused_call;

/* Shared with the child, as it may not come back. */
struct trial {
    const char *_Atomic call; /* what it is about to call; NULL when it has been through */
};

/* The number at the start of a line of /proc/PID/status, or -1. */
static int status_number(const char *status, const char *name)
{
    const char *line = strstr(status, name);

    return line != NULL ? atoi(line + strlen(name)) : -1;
}

/* How many filters this thread has: 0 for none, NUMBER_UNKNOWN, or a negative errno value below that. */
static int read_number(int *number)
{
    char status[STATUS_OCTETS];
    int fd = open("/proc/thread-self/status", O_RDONLY | O_CLOEXEC);

    *number = NUMBER_UNKNOWN;
    if (fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
    ssize_t size = read(fd, status, sizeof status - 1);
    close(fd);
    if (size <= 0)
        return size < 0 ? -errno : 0;
    status[size] = '\0';
    /* A kernel without seccomp has no such line. */
    if (status_number(status, "\nSeccomp:") <= 0)
        *number = 0;
    else
        *number = status_number(status, "\nSeccomp_filters:");
    return 0;
}

#define TRY(name, ...)                     \
    ({                                         \
        trial->call = #name;                   \
        syscall(SYS_##name, ##__VA_ARGS__);    \
    })

/* Calls of the driver, its callers and the simulation, with arguments that change nothing. Of the C library only
 * syscall is used: the child was made behind its back, and other threads' locks are as they were. */
static void try_memory(struct trial *trial)
{
    int fd = (int)TRY(memfd_create, "tlscard", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    TRY(ftruncate, fd, 4096);
    TRY(fcntl, fd, F_SETSIG, 0);
    TRY(fcntl, fd, F_GETSIG);
    TRY(fcntl, fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
    TRY(mmap, NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
    TRY(madvise, NULL, 0, MADV_DONTFORK);
    TRY(mprotect, NULL, 0, PROT_NONE);
    TRY(munmap, NULL, 4096);
    TRY(rt_sigprocmask, SIG_BLOCK, NULL, NULL, 8);
    TRY(rt_sigpending, NULL, 8);
}

static void try_descriptors(struct trial *trial)
{
    static const struct itimerspec never;
    struct epoll_event event = {.events = EPOLLIN};
    int timer = (int)TRY(timerfd_create, CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    int epoll = (int)TRY(epoll_create1, EPOLL_CLOEXEC), ends[2];

    TRY(timerfd_settime, timer, 0, &never, NULL);
    TRY(epoll_ctl, epoll, EPOLL_CTL_ADD, timer, &event);
    TRY(eventfd2, 0, EFD_CLOEXEC | EFD_NONBLOCK);
    TRY(pipe2, ends, O_CLOEXEC | O_NONBLOCK);
}

static void try_files(struct trial *trial)
{
    TRY(newfstatat, AT_FDCWD, "/", NULL, 0);
    TRY(fstat, -1, NULL);
    TRY(fstatfs, -1, NULL);
#ifdef SYS_access
    TRY(access, "/", R_OK);
#else
    TRY(faccessat, AT_FDCWD, "/", R_OK);
#endif
    TRY(getdents64, -1, NULL, 0);
    TRY(pread64, -1, NULL, 0, 0);
}

static void try_socket(struct trial *trial)
{
    struct msghdr none = {0};
    uint8_t octet;
    int pair[2] = {-1, -1};

    TRY(socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    TRY(connect, -1, NULL, 0);
    TRY(socketpair, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair);
    TRY(sendmsg, pair[0], &none, MSG_NOSIGNAL | MSG_DONTWAIT);
    TRY(recvfrom, pair[0], &octet, sizeof octet, MSG_DONTWAIT, NULL, NULL);
    TRY(recvmsg, pair[0], &none, MSG_DONTWAIT);
    TRY(shutdown, pair[0], SHUT_RDWR);
#ifdef SYS_poll
    TRY(poll, NULL, 0, 0);
#else
    TRY(ppoll, NULL, 0, NULL, NULL, 0);
#endif
}

/* What starting the simulation's thread takes. */
static void try_thread(struct trial *trial)
{
    TRY(clone3, NULL, 0);
    TRY(set_robust_list, NULL, 0);
    TRY(rseq, NULL, 0, 0, 0);
    TRY(futex, NULL, 0, 0, NULL, NULL, 0);
    TRY(sched_getaffinity, 0, 0, NULL);
}

/* Let a death by SIGSYS be heard of by nobody: no handler of the program's, no core file. */
static void be_quiet(struct trial *trial)
{
    const struct {
        void *handler;
        unsigned long flags, rest[2];
    } fatal = {0};

    TRY(rt_sigaction, SIGSYS, &fatal, NULL, 8);
    TRY(prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static void run_trial(struct trial *trial, int quiet)
{
    if (quiet)
        be_quiet(trial);
    try_memory(trial);
    try_descriptors(trial);
    try_files(trial);
    try_socket(trial);
    try_thread(trial);
    trial->call = NULL;
    syscall(SYS_exit_group, 0);
}

/* A child that sends no SIGCHLD and that no wait of the program's finds. */
static void await_child(pid_t child)
{
    uint64_t deadline = clock_ms() + TRIAL_DEADLINE_MS;

    for (;;) {
        pid_t ended = waitpid(child, NULL, __WALL | WNOHANG);

        if (ended == child || (ended < 0 && errno != EINTR))
            return;
        if (deadline_left(deadline) == 0) {
            kill(child, SIGKILL);
            waitpid(child, NULL, __WALL);
            return;
        }
        poll(NULL, 0, 1);
    }
}

static int explain_refusal(const char *call, char *message)
{
    return explain(message, -EPERM, "a system-call filter (seccomp) would end this program at %s: no card is used; "
                   "see SYSTEM CALLS in tlscard-provider(7)", call);
}

/* Let a child try: 0, *call being the last that it came to, or NULL; or a negative errno value. */
static int run_child(struct trial *trial, int quiet, const char **call)
{
    trial->call = "clone";
    /* All arguments zero: a copy of the process, without its other threads and without the handlers of fork. */
    pid_t child = (pid_t)syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
    if (child == 0)
        run_trial(trial, quiet);
    if (child < 0)
        return -errno;
    await_child(child);
    *call = trial->call;
    return 0;
}

/* Quiet is only a courtesy: where that is what ended the child, another goes without. */
static int try_all(const char **call)
{
    struct trial *trial = mmap(NULL, sizeof *trial, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (trial == MAP_FAILED)
        return -errno;
    int error = run_child(trial, 1, call);
    if (error == 0 && *call != NULL && (strcmp(*call, "prctl") == 0 || strcmp(*call, "rt_sigaction") == 0))
        error = run_child(trial, 0, call);
    munmap(trial, sizeof *trial);
    return error;
}

static int try_with(int number, char *message)
{
    const char *call = NULL;
    int error = try_all(&call);

    /* In a chroot without /proc, where no process may be started either (HAProxy sets RLIMIT_NPROC to 0), asking is left. */
    if (error == -EAGAIN && number == NUMBER_UNKNOWN && prctl(PR_GET_SECCOMP) == 0)
        return 0;
    if (error != 0)
        return explain(message, error, "what the program's system-call filter (seccomp) allows could not be tried: %s",
                       strerror(-error));
    if (call == NULL) {
        atomic_store(&allowed, number);
        return 0;
    }
    atomic_store(&refused_call, call);
    atomic_store(&refused, number);
    return explain_refusal(call, message);
}

int filter_check(char *message)
{
    int number, error = read_number(&number);

    if (error == -EMFILE || error == -ENFILE || error == -ENOMEM)
        return explain(message, error, "/proc/thread-self/status: %s", strerror(-error));
    if (error != 0)
        return explain(message, -EPERM, "/proc/thread-self/status: %s: there may be a system-call filter (seccomp) that "
                       "ends the program; see SYSTEM CALLS in tlscard-provider(7)", strerror(-error));
    if (number == 0 || number == atomic_load(&allowed))
        return 0;
    if (number == atomic_load(&refused))
        return explain_refusal(atomic_load(&refused_call), message);
    return try_with(number, message);
}
