#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A system-call filter that is set after the card was opened: the calls that tlscard-provider(7) names are enough, and
# none of them can be left out.
. "$(dirname "$0")/tap.sh"
MANUAL=$(dirname "$0")/../../docs/tlscard-provider.7

# named: the manual's list.
named() {
    sed -n '/^\.\\" calls after opening$/,/^\.\\" end$/p' "$MANUAL" | grep -v '^\.' | tr -d ',.' | sed 's/ and / /' | tr '\n' ' '
}

# filtered CONF CALL...: the program ends well with these calls allowed.
filtered() {
    conf=$1
    shift
    timeout 300 env OPENSSL_CONF="$WORK/$conf.cnf" "$BUILD/tests/e2e/late_filter" "$@"
}

# without CALL: it is ended by the signal of filters, with a card of one kind at least.
without() {
    # shellcheck disable=SC2046 # a list
    set -- $(named | tr ' ' '\n' | grep -vx "$1")
    for conf in socket inside; do
        filtered $conf "$@"
        [ $? = 159 ] && return 0
    done
    return 1
}

# either ONE OTHER: of two that stand for each other in C libraries, one at least cannot be left out.
either() {
    without "$1" || without "$2"
}

configuration "$WORK/socket.cnf" "vfio-user:$WORK/sockets"
configuration "$WORK/inside.cnf" sim
check "the card starts" start_card 2
for conf in socket inside; do
    check "$conf: without a filter" filtered $conf
    # shellcheck disable=SC2046
    check "$conf: what the manual names is enough" filtered $conf $(named)
done
for call in $(named); do
    case $call in
    fstat) check "fstat or newfstatat cannot be left out" either fstat newfstatat ;;
    newfstatat) ;;
    poll) check "poll or ppoll cannot be left out" either poll ppoll ;;
    ppoll) ;;
    *) check "$call cannot be left out" without "$call" ;;
    esac
done
done_testing
