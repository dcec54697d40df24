#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The example openssl.cnf as it stands: only where module and card are comes from the environment.
. "$(dirname "$0")/tap.sh"
EXAMPLE=$(cd "$(dirname "$0")/../.." && pwd)/docs/examples/openssl.cnf
export OPENSSL_MODULES="$BUILD/lib/ossl-modules" TLSCARD_SOCKET_DIR="$WORK/sockets"

providers() {
    OPENSSL_CONF=$EXAMPLE openssl list -providers >"$WORK/providers"
    cat "$WORK/providers"
    [ "$(grep -c 'status: active' "$WORK/providers")" = 2 ] && grep -q 'tlscard TLS offload card' "$WORK/providers"
}

# completed: operations of the card's functions so far.
completed() {
    lines=$(wc -l <"$WORK/card.log")
    kill -USR1 "$card"
    within 120 sh -c "[ \$(wc -l <'$WORK/card.log') -gt $lines ]" || return 1
    tail -n 1 "$WORK/card.log" |
        /usr/bin/python3 -c 'import json, sys; print(sum(f["pke_completed"] for f in json.load(sys.stdin)["functions"]))'
}

# used COMMAND...: the command succeeds, and the card has had work by then.
used() {
    before=$(completed) || return 1
    "$@" || return 1
    after=$(completed) || return 1
    echo "completed by the card: $before before, $after after"
    [ "$after" -gt "$before" ]
}

page_by_curl() {
    OPENSSL_CONF='' curl --silent --show-error --max-time 600 --cacert "$WORK/rsa.pem" "https://localhost:$port/" \
        --resolve "localhost:$port:127.0.0.1" | grep -q "s_server"
}

# curl with the example too, its key exchange on a card of its own process.
page_by_curl_with_card() {
    OPENSSL_CONF=$EXAMPLE TLSCARD_POLICY=always TLSCARD_ADDRESS=sim curl --silent --show-error --max-time 600 \
        --cacert "$WORK/rsa.pem" "https://localhost:$port/" --resolve "localhost:$port:127.0.0.1" | grep -q "s_server"
}

# appended FILE: behind a file as OpenSSL ships it, whose sections stay in force.
appended() {
    cat "$1" "$EXAMPLE" >"$WORK/appended.cnf"
    OPENSSL_CONF=$WORK/appended.cnf openssl list -providers | grep -q 'tlscard TLS offload card' &&
        OPENSSL_CONF=$WORK/appended.cnf openssl req -batch -new -newkey rsa:2048 -nodes -keyout "$WORK/req.key" \
            -out "$WORK/req.pem" && openssl req -in "$WORK/req.pem" -noout -subject | grep -q 'Internet Widgits'
}

chmod 755 "$WORK" # programs are examined as their users
SYSTEM=$(openssl version -d | cut -d '"' -f 2)/openssl.cnf
check "both providers are listed" providers
check "the card starts" start_card 2 --mode 666
if grep -q 'Internet Widgits' "$SYSTEM" 2>/dev/null; then
    check "appended to the system's file" appended "$SYSTEM"
else
    skip "appended to the system's file" "it is not as OpenSSL ships it"
fi
for program in nginx haproxy curl node openssl; do
    check "the doctor finds all well for $program" env OPENSSL_CONF="$EXAMPLE" tlscard doctor "$program"
done
check "the doctor is asked for the file by name" tlscard doctor --conf "$EXAMPLE"
check "a certificate request by the command" env OPENSSL_CONF="$EXAMPLE" openssl req -x509 -newkey rsa:2048 -nodes \
    -subj /CN=localhost -keyout "$WORK/req.key" -out "$WORK/req.pem"
certificate rsa rsa:2048
check "s_server starts" start_server "$EXAMPLE" rsa
check "a handshake, on the card" used sh -c "printf 'GET / HTTP/1.0\r\n\r\n' | OPENSSL_CONF= timeout 600 openssl s_client \
    -connect 127.0.0.1:$port -CAfile $WORK/rsa.pem -verify_return_error -ign_eof | grep -q 'HTTP/1.0 200 ok'"
if ! command -v curl >/dev/null; then
    skip "a page by curl" "curl is not installed"
elif same_libcrypto "a page by curl" "$(command -v curl)"; then
    check "a page by curl" page_by_curl
    check "a page by curl with the card" page_by_curl_with_card
fi
done_testing
