#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# nginx reloaded many times under load, with workers killed at random: nothing fails, leaks or hangs.
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/servers.sh"
. "$(dirname "$0")/nginx.sh"
RELOADS=${TLSCARD_TEST_RELOADS:-200}

# connected: the functions that some process holds.
connected() {
    card_counters >/dev/null && tail -n 1 "$WORK/card.log" | /usr/bin/python3 -c 'import json, sys
print(sum(f["connected"] for f in json.load(sys.stdin)["functions"]))'
}

storm() {
    /usr/bin/python3 "$(dirname "$0")/reload_storm.py" "$master" "$port_p256" "$WORK/p256.pem" "$RELOADS" \
        $((RELOADS / 10)) 4 && return 0
    tail -n 20 "$WORK/nginx-errors.log"
    return 1
}

two_workers() {
    [ "$(pgrep -c -P "$master")" = 2 ]
}

# A worker that has ended holds no function: at most one for each that lives.
none_leaked() {
    held=$(connected) && echo "$held functions are held, by 2 workers" && [ "$held" -le 2 ]
}

none_held() {
    [ "$(connected)" = 0 ]
}

check "the card starts" start_card 4
check "certificates are made" server_certificates
server_configuration
check "nginx starts" start_nginx
check "$RELOADS reloads under load, workers killed: no connection fails but those of killed workers" by_card storm
check "two workers are left" within 120 two_workers
check "they hold no more functions than they are" within 120 none_leaked
# shellcheck disable=SC2154 # set by start_nginx
check "they serve on the card" by_card answers "$port_p256" p256 -tls1_3
check "nginx ends" nginx_ends
check "no function is held" within 120 none_held
done_testing
