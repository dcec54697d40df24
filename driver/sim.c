/* SPDX-License-Identifier: Apache-2.0 */
/* Transport to a simulated card inside this process: libtlscard-sim.so gives a vfio-user socket. */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver/message.h"
#include "driver/tlscard.h"
#include "driver/transport.h"

#define LIBRARY "libtlscard-sim.so"
#define MAX_PATH 4096

typedef int attach_function(const char *options, int *fd);

/* $TLSCARD_SIM_LIBRARY, or the file beside this library, or the name for the default search. */
static void find_library(char path[MAX_PATH])
{
    const char *chosen = secure_getenv("TLSCARD_SIM_LIBRARY");
    Dl_info self;

    if (chosen != NULL && *chosen != '\0') {
        snprintf(path, MAX_PATH, "%s", chosen);
        return;
    }
    if (dladdr((const void *)&tlscard_open, &self) != 0 && self.dli_fname != NULL) {
        const char *slash = strrchr(self.dli_fname, '/');

        if (slash != NULL) {
            snprintf(path, MAX_PATH, "%.*s/" LIBRARY, (int)(slash - self.dli_fname), self.dli_fname);
            if (access(path, R_OK) == 0)
                return;
        }
    }
    snprintf(path, MAX_PATH, LIBRARY);
}

/* The library is never unloaded: its threads may outlive the card. */
static void *load_library(const char *path)
{
    return dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
}

int sim_available(void)
{
    char path[MAX_PATH];

    find_library(path);
    if (strchr(path, '/') != NULL)
        return access(path, R_OK) == 0;
    void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
    if (library != NULL)
        dlclose(library);
    return library != NULL;
}

int sim_open(uint64_t deadline, struct transport **transport, char *message)
{
    char path[MAX_PATH];
    attach_function *attach;
    int fd = -1;

    *transport = NULL;
    find_library(path);
    void *library = load_library(path);
    if (library == NULL)
        return explain(message, -ENODEV, "no simulated card: %.200s", dlerror());
    void *symbol = dlsym(library, "tlscard_sim_attach");
    if (symbol == NULL)
        return explain(message, -ENODEV, "%.160s is not a simulated card: it has no tlscard_sim_attach", path);
    memcpy(&attach, &symbol, sizeof attach);
    int error = attach(NULL, &fd);
    if (error != 0)
        return explain(message, error < 0 ? error : -EIO, "the simulated card did not start: %s",
                       error == -EBUSY ? "every function is taken" : strerror(error < 0 ? -error : EIO));
    return vfio_user_attach(fd, "sim", "simulated card", deadline, transport, message);
}
