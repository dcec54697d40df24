#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One thread that serves 64 connections keeps the card's queues filled where each pauses, and the card busier for it.
. "$(dirname "$0")/tap.sh"

CONNECTIONS=64
DEPTH=32 # requests in flight at once, at least

# counters: cycles, and of those the multipliers', of the card so far.
counters() {
    tlscard info --json --card "vfio-user:$WORK/sockets/function1.sock" | /usr/bin/python3 -c 'import json, sys
counters = json.load(sys.stdin)["counters"]
print(counters["cycles"], counters["multiplier_cycles"])'
}

# serve MODE: all connections; what they did is in $WORK/MODE, the cycles they took in $WORK/MODE.cycles.
serve() {
    before=$(counters) || return 1
    timeout 600 env OPENSSL_CONF=/dev/null "$BUILD/tests/e2e/async_server" "$WORK/openssl.cnf" "$WORK/server.pem" \
        "$WORK/server.key" $CONNECTIONS 1.3 "$1" >"$WORK/$1" || return 1
    after=$(counters) || return 1
    echo "$before $after" | awk '{ print $3 - $1, $4 - $2 }' >"$WORK/$1.cycles"
    cat "$WORK/$1"
}

# by_card MODE: every handshake was completed, and each of its three operations done by the card.
by_card() {
    cat "$WORK/$1"
    /usr/bin/python3 - "$WORK/$1" $CONNECTIONS <<'PYTHON'
import json, sys
report, connections = json.load(open(sys.argv[1])), int(sys.argv[2])
ec = report["counters"]["ec"]
sys.exit(report["served"] != connections or ec["card"] != 3 * connections or ec["breaker"] != "closed")
PYTHON
}

deep() {
    cat "$WORK/async"
    depth=$(sed -n 's/.*"depth":\([0-9]*\).*/\1/p' "$WORK/async")
    [ "$depth" -ge $DEPTH ]
}

# busier: the multipliers work in a larger part of the cycles than where one request waits for the other.
busier() {
    for mode in sync async; do
        awk -v mode=$mode '{ printf "%s: multipliers busy in %d of %d cycles, %.3f\n", mode, $2, $1, $2 / $1 }' \
            "$WORK/$mode.cycles"
    done
    paste "$WORK/sync.cycles" "$WORK/async.cycles" |
        awk '{ printf "ratio %.3f\n", ($4 / $3) / ($2 / $1); exit !($4 / $3 > $2 / $1) }'
}

check "the card starts" start_card 2
configuration "$WORK/openssl.cnf" "vfio-user:$WORK/sockets/function0.sock" "policy-gcm = never" \
    "deadline-ms = 3600000"
check "a certificate is made" certificate server ec -pkeyopt ec_paramgen_curve:P-256
for mode in sync async; do
    check "$CONNECTIONS connections are served, $mode" serve $mode
    check "$mode: every handshake is completed, by the card" by_card $mode
done
check "at least $DEPTH requests are in flight at once" deep
check "the card is busier than with one at a time" busier
sed 's/^/# depth and counters: /' "$WORK/async"
busier 2>/dev/null | sed 's/^/# /'
done_testing
