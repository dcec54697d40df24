/* SPDX-License-Identifier: Apache-2.0 */
/*
 * binding.h - whether the libcrypto that we call is the one that has loaded us.
 *
 * A provider's own calls of libcrypto are bound by the dynamic linker, not by who loads it. A program with a libcrypto of its
 * own (linked in statically, or libcrypto.so.4) brings another one into the process with a provider made for libcrypto.so.3:
 * it knows nothing of the application's library contexts, and is cleaned up at another time.
 */
#ifndef TLSCARD_PROVIDER_BINDING_H
#define TLSCARD_PROVIDER_BINDING_H

/* Nonzero when every call of libcrypto that this module makes ends in the object that holds this upcall of the core's.
 * Calls nothing of libcrypto's. */
int binding_is_to_core(void (*upcall)(void));

#endif
