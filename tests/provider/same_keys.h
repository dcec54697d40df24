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

#endif
