/* SPDX-License-Identifier: Apache-2.0 */
/* A card whose insides a test may look at, run by a thread of the test's. */
#include "tests/sim/own_card.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static void *run(void *argument)
{
    struct own_card *own = argument;

    while (!atomic_load(&own->stop))
        card_turn(&own->card, -1);
    return NULL;
}

struct peer own_card_start(struct own_card *own, const struct card_options *options)
{
    struct peer client = {.fd = -1};
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    own->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    assert_int_equal(card_create(&own->card, options, own->wake_fd), 0);
    card_attach(&own->card, 0, pair[1]);
    atomic_store(&own->stop, false);
    assert_int_equal(pthread_create(&own->thread, NULL, run, own), 0);
    client.fd = pair[0];
    client_version(&client);
    return client;
}

void own_card_stop(struct own_card *own, struct peer *client)
{
    const uint64_t one = 1;

    client_close(client);
    atomic_store(&own->stop, true);
    assert_int_equal(write(own->wake_fd, &one, sizeof(one)), sizeof(one));
    pthread_join(own->thread, NULL);
}

void own_card_destroy(struct own_card *own)
{
    card_destroy(&own->card);
    close(own->wake_fd);
}
