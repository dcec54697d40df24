#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# cmocka: a test program of which 256 tests fail ends with exit status 0.
#
# Versions: Debian's libcmocka0 1.1.5-2.1 and 1.1.7-3+b1.
# Guess: `return cmocka_run_group_tests(...)` as main's last line, as cmocka's examples have it, fails if any test fails.
# Seen: what it returns is how many failed, and of an exit status the lowest eight bits are kept. 255 failures are 255,
# 256 are success, whatever is printed; so is every multiple. Generated tables of tests come to that: one for each vector.
# Remedy: `return cmocka_run_group_tests(...) != 0`.
#
# Run outside CI on amd64 with a C compiler and Debian's apt; the packages go to a temporary folder. Exit status 0 while it
# is as seen.
. "$(dirname "$0")/apt.sh"

cat >many.c <<'C'
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
static struct CMUnitTest tests[257];
static void fails(void **state) {
    (void)state;
    fail();
}
int main(int argc, char **argv) {
    size_t count = argc > 1 ? (size_t)atoi(argv[1]) : 1;
    for (size_t i = 0; i < count; i++) tests[i] = (struct CMUnitTest){.name = "fails", .test_func = fails};
    return _cmocka_run_group_tests("many", tests, count, NULL, NULL); /* what the macro calls */
}
C

seen() {
    place=$1
    lay "$@"
    libraries=$place/usr/lib/x86_64-linux-gnu
    cc -I "$place/usr/include" many.c -o "$place/many" -L "$libraries" -lcmocka -Wl,--allow-shlib-undefined
    for count in 1 255 256 257; do
        status=0
        within "$place" /many $count >output 2>&1 || status=$?
        echo "$count failures: $(tail -n 1 output): exit status $status"
        [ $status = $((count % 256)) ] || { echo "It changed."; exit 1; }
        grep -q " $count FAILED TEST" output || { echo "It changed: not $count failures."; exit 1; }
    done
}
seen bookworm bookworm libcmocka-dev=1.1.5-2.1 libcmocka0=1.1.5-2.1
seen trixie trixie libcmocka-dev=1.1.7-3+b1 libcmocka0=1.1.7-3+b1
echo "As seen: 256 failures are an exit status of 0."
