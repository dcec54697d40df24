#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Programs under resource limits and system-call filters, and programs that wait for signals: they live, and software
# does what the card cannot.
. "$(dirname "$0")/tap.sh"

# limited CASE [PATTERN]: what the provider then says of its card.
limited() {
    timeout 300 env OPENSSL_CONF="$WORK/openssl.cnf" "$BUILD/tests/e2e/limits" "$1" >"$WORK/said"
    status=$?
    cat "$WORK/said"
    [ $status = 0 ] && grep -q "${2:-.}" "$WORK/said"
}

configuration "$WORK/openssl.cnf" sim
# The case of another user is to read it.
chmod 755 "$WORK"
check "RLIMIT_FSIZE: software, and why" limited files 'no-resources.*RLIMIT_FSIZE'
check "RLIMIT_FSIZE after the card was opened" limited files-late '"card":[1-9]'
check "RLIMIT_NOFILE from nothing to enough" limited descriptors
check "RLIMIT_NOFILE 0 after the card was opened" limited descriptors-late \
    '"no-resources":5},"breaker":"closed"},"ec":{"card":[1-9][0-9]'
check "RLIMIT_NPROC: no thread" limited threads 'no-resources.*temporarily unavailable'
check "RLIMIT_MEMLOCK: the card is used" limited locked '"card":[1-9]'
check "RLIMIT_STACK: the card is used" limited stack '"card":[1-9]'
check "RLIMIT_AS from nothing to enough" limited memory
check "signals are the application's own" limited signals '"card":[1-9]'
for call in memfd_create timerfd_create eventfd2 socketpair connect clone3 pipe2 epoll_create1; do
    number=$((${number:--1} + 1))
    check "a filter that kills at $call" limited "killing-$number" "no-resources.*seccomp.*$call"
    check "a filter that refuses $call" limited "refusing-$number"
    check "a filter that does not know $call" limited "unknown-$number"
done
check "a filter set after the card was opened" limited filter-late '"card":[1-9]'
done_testing
