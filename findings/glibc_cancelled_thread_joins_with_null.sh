#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# glibc 2.36: a thread that a pending cancellation ends as it is enabled is joined with NULL.
#
# Versions: Debian's libc6 2.36-9+deb12u14; not with 2.41-12+deb13u5.
# Guess: a thread of type PTHREAD_CANCEL_ASYNCHRONOUS that holds cancellation off, was cancelled meanwhile, and enables it
# again ends as cancelled threads do: pthread_join() gives PTHREAD_CANCELED.
# Seen: with 2.36 it ends there, but pthread_join() gives NULL, which is what a thread gives that has done its work. Where
# the cancellation is enabled first and the type is set after it, it is PTHREAD_CANCELED. Programs that tell the two apart
# by the result, around a library that holds cancellation off for a while, take a cancelled thread for a finished one.
# Remedy: pthread_testcancel() with the type deferred, after enabling; or set the type last.
#
# Run outside CI on amd64 with a C compiler and Debian's apt; the packages go to a temporary folder. Exit status 0 while it
# is as seen.
. "$(dirname "$0")/apt.sh"

cat >cancel.c <<'C'
#include <pthread.h>
#include <stdio.h>
static int by_type;
static void *body(void *ready) {
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    if (!by_type) pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    pthread_barrier_wait(ready);
    pthread_barrier_wait(ready);
    pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
    if (by_type) pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &old);
    return (void *)1;
}
int main(void) {
    for (by_type = 0; by_type < 2; by_type++) {
        pthread_t thread; pthread_barrier_t ready; void *result;
        pthread_barrier_init(&ready, NULL, 2);
        pthread_create(&thread, NULL, body, &ready);
        pthread_barrier_wait(&ready);
        pthread_cancel(thread);
        pthread_barrier_wait(&ready);
        pthread_join(thread, &result);
        printf("%s %s\n", by_type ? "type" : "state", result == PTHREAD_CANCELED ? "PTHREAD_CANCELED" : result ? "returned" : "NULL");
    }
}
C
cc -o cancel cancel.c -pthread

# seen STATE ROOT SUITE PACKAGE...: what the first of the two orders gives there.
seen() {
    state=$1 place=$2
    shift
    lay "$@"
    cp cancel "$place"
    within "$place" /cancel | tee output
    printf 'state %s\ntype PTHREAD_CANCELED\n' "$state" | cmp -s - output || { echo "It changed."; exit 1; }
}
seen NULL bookworm bookworm libc6=2.36-9+deb12u14
seen PTHREAD_CANCELED trixie trixie libc6=2.41-12+deb13u5
echo "As seen: 2.36 joins a cancelled thread with NULL."
