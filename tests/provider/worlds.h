/* SPDX-License-Identifier: Apache-2.0 */
/*
 * worlds.h - the same calls in three worlds: the default provider alone, ours with a card, ours without one.
 *
 * A scenario is a function that makes calls in a world and says (say) what each of them gave: the value returned, every
 * error raised (say_errors), and what came out. What it has said must be the same in each world, word by word.
 */
#ifndef WORLDS_H
#define WORLDS_H

#include <openssl/evp.h>
#include <openssl/provider.h>

#include "tests/provider/fake_driver.h"

enum world_kind { PLAIN, CARD, BARE, WORLDS };

struct world {
    enum world_kind kind;
    OSSL_LIB_CTX *library;
    OSSL_PROVIDER *standard, *tlscard; /* tlscard is NULL in PLAIN */
    OSSL_LIB_CTX *other;               /* with the default provider alone, for keys of another's */
    OSSL_PROVIDER *other_standard;
    BIO *said;
};

void worlds_open(void);
void worlds_close(void); /* and fail where they differed, or the driver's double holds anything */

/* The world of that kind, for what is not a scenario. */
struct world *world_of(enum world_kind kind);

/* Make the calls in each world. Where what is said differs, the first such line is printed, and worlds_close fails. */
void same(const char *name, void (*scenario)(struct world *world, const void *given), const void *given);

void say(struct world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
void say_octets(struct world *world, const char *name, const uint8_t *octets, size_t length);

/* The errors of the thread's queue, library and reason of each, which is empty then. */
void say_errors(struct world *world);

/* A call of which the value returned and the errors are said. */
#define CALL(world, call)                      \
    do {                                       \
        long value_ = (long)(call);            \
        say(world, "%s = %ld", #call, value_); \
        say_errors(world);                     \
    } while (0)

/* A table of parameters; and parameters with their values. */
void say_table(struct world *world, const char *name, const OSSL_PARAM *table);
void say_params(struct world *world, const char *name, const OSSL_PARAM params[]);

#endif
