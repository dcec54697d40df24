#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# openssl s_server and s_client, waiting and with -async, one of them without the card.
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/servers.sh"

stop() {
    kill "$@"
    wait "$@" 2>/dev/null
    true
}

# client_with_card KIND VERSION [OPTION...]: s_client on the card, its certificate signed with there.
client_with_card() {
    certificate=$1
    shift
    printf 'GET / HTTP/1.0\r\n\r\n' | OPENSSL_CONF=$WORK/openssl.cnf timeout 600 openssl s_client \
        -connect "127.0.0.1:$port" -CAfile "$WORK/$certificate.pem" -verify_return_error -ign_eof \
        -cert "$WORK/client.pem" -key "$WORK/client.key" "$@" >"$WORK/page" 2>&1 &&
        grep -q 'HTTP/1.0 200' "$WORK/page" && return 0
    grep -v '^    [0-9a-f]* - ' "$WORK/page"
    return 1
}

check "the card starts" start_card 4
check "certificates are made" server_certificates
server_configuration
: >"$WORK/plain.cnf"
for option in -bugs -async; do # -bugs changes nothing here
    for kind in $KINDS; do
        check "s_server $option with $kind starts" start_server "$WORK/openssl.cnf" "$kind" "$option"
        plain=$port
        first=$server
        check "s_server $option with $kind starts, for clients with a certificate" start_server "$WORK/openssl.cnf" \
            "$kind" "$option" -Verify 1 -verify_return_error -CAfile "$WORK/client.pem"
        server_checks "s_server $option" "$kind" "$plain" "$port"
        stop "$first" "$server"
    done
done
check "a plain s_server starts" start_server "$WORK/plain.cnf" p256 -Verify 1 -CAfile "$WORK/client.pem"
for option in -bugs -async; do
    for version in -tls1_2 -tls1_3; do
        check "s_client $option $version: its certificate, on the card" by_card client_with_card p256 $version $option
    done
done
done_testing
