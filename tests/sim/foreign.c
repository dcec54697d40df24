/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program with C++ operators, exceptions and memory of its own, into which the simulation is loaded.
 *
 * foreign LIBRARY: exit status 0 where a card was made, used and unmade without any of the program's functions.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sim/message.h"

/* The names of operator new, new[], delete, delete[] with their variants, and of what throws and catches. */
#define FOREIGN(name)                                                                \
    __attribute__((visibility("default"), noreturn)) void name(void);                \
    void name(void)                                                                  \
    {                                                                                \
        static const char text[] = "the simulation called the program's " #name "\n"; \
        ssize_t written = write(2, text, sizeof(text) - 1);                          \
                                                                                     \
        _exit(written < 0 ? 3 : 2);                                                  \
    }
FOREIGN(_Znwm)
FOREIGN(_Znam)
FOREIGN(_ZnwmSt11align_val_t)
FOREIGN(_ZnamSt11align_val_t)
FOREIGN(_ZnwmRKSt9nothrow_t)
FOREIGN(_ZnamRKSt9nothrow_t)
FOREIGN(_ZdlPv)
FOREIGN(_ZdaPv)
FOREIGN(_ZdlPvm)
FOREIGN(_ZdaPvm)
FOREIGN(_ZdlPvSt11align_val_t)
FOREIGN(_ZdlPvmSt11align_val_t)
FOREIGN(_ZdlPvRKSt9nothrow_t)
FOREIGN(__cxa_throw)
FOREIGN(__cxa_begin_catch)
FOREIGN(__cxa_allocate_exception)
FOREIGN(__cxa_thread_atexit)
FOREIGN(__gxx_personality_v0)

static int exchange_version(int fd)
{
    static const char data[] = "\0\0\0\0{\"capabilities\":{\"max_msg_fds\":8,\"max_data_xfer_size\":1048576}}";
    struct message_header header = {1, MESSAGE_VERSION, sizeof(header) + sizeof(data), 0, 0};
    char reply[4096];

    if (send(fd, &header, sizeof(header), MSG_NOSIGNAL | MSG_MORE) < 0 ||
        send(fd, data, sizeof(data), MSG_NOSIGNAL) < 0 || recv(fd, reply, sizeof(reply), 0) < (ssize_t)sizeof(header))
        return 1;
    memcpy(&header, reply, sizeof(header));
    return (header.flags & MESSAGE_FLAG_ERROR) != 0;
}

int main(int count, char **arguments)
{
    int (*attach)(const char *, int *), fd;
    void *library = count == 2 ? dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL) : NULL;

    alarm(120);
    if (!library) {
        fprintf(stderr, "foreign: %s\n", count == 2 ? dlerror() : "one library");
        return 1;
    }
    *(void **)&attach = dlsym(library, "tlscard_sim_attach");
    /* A model that is made and unmade for nothing, one that is used, and one in use at the end. */
    if (!attach || attach("functions=99", &fd) == 0 || attach(NULL, &fd) != 0 || exchange_version(fd) != 0)
        return 1;
    close(fd);
    if (dlclose(library) != 0 || !(library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL)))
        return 1;
    *(void **)&attach = dlsym(library, "tlscard_sim_attach");
    return attach(NULL, &fd) != 0 || exchange_version(fd) != 0;
}
