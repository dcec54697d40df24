#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One function serves one process: two processes on two functions, a third in software.
. "$(dirname "$0")/tap.sh"

check "a card with two functions starts" start_card 2
configuration "$WORK/openssl.cnf" "vfio-user:$WORK/sockets" "idle-close-ms = 0"
certificate server rsa:2048

answered() {
    request -tls1_3 >"$WORK/page" && grep -q 'HTTP/1.0 200 ok' "$WORK/page"
}

check "the first server starts" start_server "$WORK/openssl.cnf" server
first=$port
check "it answers" answered
check "the second server starts" start_server "$WORK/openssl.cnf" server
second=$port
check "it answers" answered
at_once() {
    port=$first request -tls1_3 >"$WORK/page1" &
    one=$!
    port=$second request -tls1_3 >"$WORK/page2" &
    two=$!
    wait "$one" && wait "$two" && grep -q 'HTTP/1.0 200 ok' "$WORK/page1" && grep -q 'HTTP/1.0 200 ok' "$WORK/page2"
}
check "both answer at once" at_once
both_worked() {
    counters=$(card_counters) && echo "$counters"
    set -- $counters
    [ "$1" -ge 2 ] && [ "$2" -ge 2 ]
}
check "each did it on a function of its own" both_worked

taken() {
    tlscard info --card "vfio-user:$WORK/sockets" >"$WORK/info" 2>&1 && return 1
    cat "$WORK/info"
    grep -qi 'taken' "$WORK/info" && grep -q "$WORK/sockets" "$WORK/info"
}
check "a third process is told that every function is taken" taken
check "the third server starts" start_server "$WORK/openssl.cnf" server
third_in_software() {
    before=$(card_counters) && answered && [ "$(card_counters)" = "$before" ]
}
check "it answers in software" third_in_software

kill "$server"
PROCESSES="$PROCESSES $server"
port=$second
check "the second server still answers" answered
done_testing
