#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# More processes than functions: those that sleep give theirs back, and take one again when they are asked.
. "$(dirname "$0")/tap.sh"

check "a card with two functions starts" start_card 2
configuration "$WORK/openssl.cnf" "vfio-user:$WORK/sockets" "idle-close-ms = 1000"
certificate server rsa:2048

answered() {
    request -tls1_3 >"$WORK/page" && grep -q 'HTTP/1.0 200 ok' "$WORK/page"
}

# Asked again and again, as looking for the card is backed off from; in software meanwhile.
on_the_card() {
    before=$(card_completed) && answered && [ "$(card_completed)" -gt "$before" ]
}

# free FUNCTIONS: so many can be opened at once.
free() {
    for function in 0 1; do
        tlscard info --card "vfio-user:$WORK/sockets/function$function.sock" >/dev/null 2>&1 && echo "$function"
    done | wc -l | grep -qx " *$1"
}

ports=
for number in 1 2 3; do
    check "server $number starts" start_server "$WORK/openssl.cnf" server
    eval "server$number=$server"
    ports="$ports $port"
done
for round in 1 2; do
    number=0
    for port in $ports; do
        number=$((number + 1))
        check "round $round: server $number answers on a function" within 120 on_the_card
    done
done
check "when all sleep, all functions are free" within 120 free 2
threads() {
    [ "$(ls "/proc/$1/task" | wc -l)" = 1 ]
}
for number in 1 2 3; do
    eval "server=\$server$number"
    check "server $number has its own thread alone" within 60 threads "$server"
done
done_testing
