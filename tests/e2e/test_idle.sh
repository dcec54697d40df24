#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tests: alone
# An idle card takes no processor time, and ends cleanly.
. "$(dirname "$0")/tap.sh"

# Nanoseconds of processor time of all threads of a process.
runtime() {
    cat "/proc/$1"/task/*/schedstat | awk '{ sum += $1 } END { printf "%d\n", sum }'
}

# settled PROCESS: what it was about is done, as on a busy machine it may not be at once.
settled() {
    before=$(runtime "$1")
    sleep 1
    [ $(($(runtime "$1") - before)) -lt 1000000 ]
}

# idle PROCESS: under a thousandth of one processor over five seconds.
idle() {
    within 120 settled "$1" || return 1
    before=$(runtime "$1")
    sleep 5
    used=$(($(runtime "$1") - before))
    echo "$used ns of processor time in 5 s"
    [ "$used" -lt 5000000 ]
}

check "the card starts" start_card 2
check "idle with its sockets open" idle "$card"

configuration "$WORK/openssl.cnf" "vfio-user:$WORK/sockets"
certificate server rsa:2048
check "a server starts" start_server "$WORK/openssl.cnf" server
answered() {
    request -tls1_3 >"$WORK/page" && grep -q 'HTTP/1.0 200 ok' "$WORK/page"
}
check "it answers" answered
check "card idle with a client attached" idle "$card"
check "server idle with the card attached" idle "$server"

ends() {
    kill -TERM "$card"
    within 120 sh -c "! kill -0 $card 2>/dev/null" || return 1
    wait "$card"
    status=$?
    echo "exit status $status"
    [ "$status" = 0 ] && [ ! -e "$WORK/sockets/function0.sock" ] && [ ! -e "$WORK/sockets/function1.sock" ]
}
check "the card ends cleanly on SIGTERM and takes its sockets along" ends
check "the server goes on in software" answered

configuration "$WORK/inside.cnf" sim
check "a server with a card in its own process starts" start_server "$WORK/inside.cnf" server
check "it answers" answered
check "it is idle with the card inside" idle "$server"
done_testing
