/* SPDX-License-Identifier: Apache-2.0 */
/* Opening and closing the simulated card. */
#include "tests/driver/simulation.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

void choose_library(const char *name)
{
    char directory[PATH_MAX] = "", path[PATH_MAX + 64];

    assert_true(readlink("/proc/self/exe", directory, sizeof directory - 1) > 0);
    *strrchr(directory, '/') = '\0';
    snprintf(path, sizeof path, "%s/%s", directory, name);
    setenv("TLSCARD_SIM_LIBRARY", path, 1);
}

int open_simulation(void **state)
{
    char message[TLSCARD_MESSAGE_SIZE];
    static struct simulation simulation;

    *state = NULL;
    choose_library("../../lib/libtlscard-sim.so");
    if (access(getenv("TLSCARD_SIM_LIBRARY"), R_OK) != 0) {
        print_message("# %s is not built\n", getenv("TLSCARD_SIM_LIBRARY"));
        return 0;
    }
    int error = tlscard_open("sim", 60000, &simulation.card, message);
    if (error == 0)
        error = tlscard_queue_open(simulation.card, 16, &simulation.queue);
    else
        print_error("%s\n", message);
    *state = &simulation;
    return error;
}

int close_checked(struct tlscard *card)
{
    struct tlscard_info info;
    int error = tlscard_info(card, &info);

    if (error == 0 && info.error_count != 0)
        print_error("the card logged %s, pair %u, address 0x%llx\n", tlscard_status_name(info.error_code),
                    info.error_queue, (unsigned long long)info.error_address);
    tlscard_close(card);
    return error != 0 || info.error_count != 0;
}

int close_simulation(void **state)
{
    struct simulation *simulation = *state;

    return simulation != NULL ? close_checked(simulation->card) : 0;
}

struct simulation *need(void **state)
{
    if (*state == NULL)
        skip();
    return *state;
}

struct simulation *need_opcode(void **state, unsigned opcode)
{
    struct simulation *simulation = need(state);
    struct tlscard_info info;

    assert_int_equal(tlscard_info(simulation->card, &info), 0);
    if ((info.opcodes >> opcode & 1) == 0) {
        print_message("# %s is not served by this card\n", tlscard_opcode_name(opcode));
        skip();
    }
    return simulation;
}
