/* SPDX-License-Identifier: Apache-2.0 */
/* What the driver's tests share: a fake card in a directory of its own, and keys that look sound. */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "driver/tlscard.h"
#include "tests/driver/fake_card.h"

struct fixture {
    char directory[32];
    struct fake_card fake;
    int running;
    struct tlscard *card;
    char message[TLSCARD_MESSAGE_SIZE];
};

/* cmocka's set-up functions: a card opened; or a fake card prepared only, to be changed and opened
 * with fixture_open. One tear-down for both. */
int fixture_opened(void **state);
int fixture_prepared(void **state);
int fixture_end(void **state);

/* Start the fake card where it does not run, and open it: tlscard_open's return. */
int fixture_open(struct fixture *fixture, unsigned deadline_ms);

/* The octets of a key whose components pass the driver's checks, though they are no RSA key. */
struct key_octets {
    uint8_t n[512], e[3], parts[5][256];
    struct tlscard_rsa_components components;
};
void make_components(struct key_octets *key, size_t size, int has_private);
struct tlscard_rsa_key *make_key(struct tlscard *card, size_t size, int has_private);

struct tlscard_queue *open_queue(struct fixture *fixture, unsigned entries);

/* A script that holds each request; wait until the card holds as many; answer the one at an index. */
fake_script hold;
void await_held(struct fixture *fixture, unsigned count);
void answer(struct fixture *fixture, unsigned index);

/* The fake card, with all that its thread has done so far seen by the caller's: to be looked at and changed where
 * nothing but a doorbell may be under way. */
struct fake_card *seen(struct fixture *fixture);

/* A member of the fake card is changed while its thread may look at it. */
#define CHANGE(fixture, member, value)                                                                                 \
    do {                                                                                                               \
        pthread_mutex_lock(&(fixture)->fake.lock);                                                                     \
        (fixture)->fake.member = (value);                                                                              \
        pthread_mutex_unlock(&(fixture)->fake.lock);                                                                   \
    } while (0)

/* Have the fake card wait with a message of this command (vfio_user.h), after so many of them; wait until it does; let it
 * go on. */
void close_gate(struct fixture *fixture, unsigned command, unsigned skip);
void await_gate(struct fixture *fixture);
void open_gate(struct fixture *fixture);

/* Around what a child does, which ends by _exit: ThreadSanitizer takes the parent's other threads for running there, and
 * every access to what they used for a race. */
#ifdef __SANITIZE_THREAD__
void __tsan_ignore_thread_begin(void);
void __tsan_ignore_thread_end(void);
#define CHILD_BEGINS() __tsan_ignore_thread_begin()
#define CHILD_ENDS() __tsan_ignore_thread_end()
#else
#define CHILD_BEGINS() ((void)0)
#define CHILD_ENDS() ((void)0)
#endif

/* Regions that the card can reach. */
unsigned maps(struct fixture *fixture);

/* Submit a private operation and assert that it was taken. The source is size octets of seed. */
struct tlscard_request *submit(struct tlscard_queue *queue, struct tlscard_rsa_key *key, uint8_t seed);

/* Wait, take the result and compare with what the fake card makes of that source; release. */
void expect_result(struct tlscard_request *request, struct tlscard_rsa_key *key, uint8_t seed);

#endif
