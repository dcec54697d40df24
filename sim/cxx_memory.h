/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cxx_memory.h - memory of the C++ code inside libtlscard-sim.so.
 *
 * Verilator's runtime does not survive a constructor of a model that ends half way for want of memory: its destructors
 * follow pointers that have not been set. So memory that is enough for the whole of one is put aside before it is
 * begun, for what malloc then refuses.
 */
#ifndef SIM_CXX_MEMORY_H
#define SIM_CXX_MEMORY_H

#ifdef __cplusplus
extern "C" {
#endif

/* 0, or -ENOMEM. One at a time; opened, used and closed by one thread. */
int reserve_open(void);
/* No more is taken from it. It is freed with the last block that was. */
void reserve_close(void);

#ifdef __cplusplus
}
#endif
#endif
