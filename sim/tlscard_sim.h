/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tlscard_sim.h - a simulated card inside the calling process.
 *
 * The first attachment of a process makes the card: the Verilated RTL, driven by one thread of the
 * library's own, which sleeps while the card has nothing to do. Each attachment is one function of
 * it, reached over a connected socket that speaks vfio-user, exactly as through a socket of
 * tlscard-sim. Closing the socket resets the function and makes it free; with the last one the
 * thread ends and the card is gone.
 *
 * Threads: callable from any, at once. The library's thread takes no signals.
 * Processes: after fork the child has no card; its first attachment makes one of its own. Sockets of
 * the parent's card stay the parent's: close the child's copies. A client that calls shutdown before
 * close frees its function even while a child still holds a copy.
 */
#ifndef TLSCARD_SIM_H
#define TLSCARD_SIM_H

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Attach to the next free function. *fd is the caller's, close-on-exec, to be closed by it.
 * options: NULL or "" for the defaults, else a list as "latency=50,split": the card's settings
 * where this call makes it, ignored otherwise. The names are those of tlscard-sim's options:
 * functions=N, latency=CYCLES, split, reorder, seed=N, trace=FILE.
 *
 * 0, or a negative errno value, *fd being -1 then:
 * -EBUSY   every function is taken
 * -EINVAL  options that there are not
 * -EIO     the trace cannot be written, or the card's model has failed
 * -ENOMEM, -EMFILE, -EAGAIN as usual
 */
int tlscard_sim_attach(const char *options, int *fd);

#ifdef __cplusplus
}
#endif
#endif
