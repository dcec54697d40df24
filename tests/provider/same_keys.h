/* SPDX-License-Identifier: Apache-2.0 */
/* The same keys in each world, drawn once by the default provider: whole, in parts, and of another library context. */
#ifndef SAME_KEYS_H
#define SAME_KEYS_H

#include "tests/provider/worlds.h"

/* What a key object is made of. */
enum filling {
    UNTYPED,      /* EVP_PKEY_new */
    TYPED,        /* and EVP_PKEY_set_type */
    MANAGED,      /* and EVP_PKEY_set_type_by_keymgmt, which leaves the provider's side NULL */
    PARAMETERS,   /* the group alone */
    PUBLIC,
    PRIVATE,      /* without its public half, for curves */
    WHOLE,
    FOREIGN,      /* whole, but of a library context with the default provider alone */
    FILLINGS
};
extern const char *const filling_names[FILLINGS];

struct key_kind {
    const char *name, *type, *group;
    int id; /* EVP_PKEY_... */
};
extern const struct key_kind key_kinds[];
extern const size_t key_kind_count;

/* NULL where there is no such key of this kind. */
EVP_PKEY *make_key(struct world *world, const struct key_kind *kind, enum filling filling);

/* What a scenario of with_each_key is given. */
struct subject {
    const struct key_kind *kind;
    enum filling filling;
};

/* A context of the subject's key, and whether there is one, said; NULL where there is none. */
EVP_PKEY_CTX *subject_context(struct world *world, const struct subject *subject);

/* What can be set and got of a context, said. */
void say_context_tables(struct world *world, EVP_PKEY_CTX *context);

/* In worlds that are opened for it, the same scenario for each kind of key, filled in each way of this set (a bit for each). */
void with_each_key(const char *what, void (*scenario)(struct world *world, const void *given), unsigned fillings);
#define FILLED(filling) (1u << (filling))
#define EACH_FILLING (FILLED(FILLINGS) - 1)
/*
 * Keys with nothing in them are for worlds of their own: libcrypto (3.0 to 4.0) loses its reference to the key management of
 * such a key when a derivation is begun with it, and our provider, which is never told that it can go, keeps a card that
 * it has opened.
 */
#define HOLLOW (FILLED(UNTYPED) | FILLED(TYPED) | FILLED(MANAGED))
#define SOLID (EACH_FILLING & ~HOLLOW)

#endif
