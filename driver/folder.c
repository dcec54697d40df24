/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of sockets that is kept as a mount of its own, and connections to the sockets in it. */
#include "driver/folder.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "driver/vfio_user_socket.h"

#ifndef OPEN_TREE_CLONE
#define OPEN_TREE_CLONE 1u
#endif

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    int fd;
    struct stat status; /* by which it is known to be ours still: programs close descriptors by number */
    char path[256];
} kept = {.fd = -1};

/* A filter may end the process at a system call that no server makes; whether there is one can be asked without risk. */
static int is_filtered(void)
{
    char text[4096];
    const char *line;
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    ssize_t length = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;

    if (fd >= 0)
        close(fd);
    text[length > 0 ? length : 0] = '\0';
    line = strstr(text, "\nSeccomp:\t");
    return line == NULL || line[10] != '0';
}

static int is_ours(int fd, const struct stat *expected)
{
    struct stat status;

    return fd >= 0 && fstat(fd, &status) == 0 && status.st_dev == expected->st_dev && status.st_ino == expected->st_ino;
}

static int open_mount(const char *path)
{
#ifdef SYS_open_tree
    if (geteuid() == 0 && !is_filtered())
        return (int)syscall(SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | O_CLOEXEC);
#endif
    errno = EPERM;
    return -1;
}

int folder_keep(const char *path)
{
    int error = 0;

    if (strlen(path) >= sizeof kept.path)
        return -ENAMETOOLONG;
    pthread_mutex_lock(&lock);
    if (!is_ours(kept.fd, &kept.status)) {
        kept.fd = open_mount(path);
        if (kept.fd < 0 || fstat(kept.fd, &kept.status) < 0)
            error = -errno;
        else
            strcpy(kept.path, path);
    }
    pthread_mutex_unlock(&lock);
    return error;
}

int folder_get(const char *path, size_t length)
{
    int fd = -1;

    pthread_mutex_lock(&lock);
    if (length == strlen(kept.path) && memcmp(path, kept.path, length) == 0 && is_ours(kept.fd, &kept.status))
        fd = kept.fd;
    pthread_mutex_unlock(&lock);
    return fd;
}

/* With the last user of the library; a descriptor that is another's by now stays. */
__attribute__((destructor)) static void give_back(void)
{
    if (is_ours(kept.fd, &kept.status))
        close(kept.fd);
    kept.fd = -1;
}

struct visit {
    int folder, fd;
    const struct sockaddr_un *address;
    uint64_t deadline;
    int error;
};

/* connect(2) knows no folder but the working one, and that is the process's unless a thread has its own. */
static void *visit(void *data)
{
    struct visit *visit = data;

    visit->error = unshare(CLONE_FS) != 0 || fchdir(visit->folder) != 0
                       ? -errno : socket_connect_within(visit->fd, visit->address, visit->deadline);
    return NULL;
}

/*
 * Where no thread may be started (HAProxy sets RLIMIT_NPROC to 0) this one goes there and comes back. What stays is that
 * its working folder and umask are its own from then on: a later chdir(2) of another thread does not move it any more.
 */
static void visit_and_return(struct visit *data)
{
    int back = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

    data->error = -errno;
    if (back < 0)
        return;
    if (fchdir(back) != 0) { /* there would be no way back */
        data->error = -errno;
    } else {
        visit(data);
        if (fchdir(back) != 0 && data->error == 0)
            data->error = -errno;
    }
    close(back);
}

int folder_connect(int folder, int fd, const struct sockaddr_un *address, uint64_t deadline)
{
    struct visit data = {.folder = folder, .fd = fd, .address = address, .deadline = deadline};
    sigset_t all, before;
    pthread_t thread;
    int cancelable;

    if (prctl(PR_GET_SECCOMP) != 0)
        return -EPERM;
    sigfillset(&all);
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancelable); /* data is on the stack */
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&thread, NULL, visit, &data) == 0)
        pthread_join(thread, NULL);
    else
        visit_and_return(&data);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_setcancelstate(cancelable, NULL);
    return data.error;
}
