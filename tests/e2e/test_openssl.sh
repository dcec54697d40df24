#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# openssl s_server with nothing but an openssl.cnf: its RSA private operations are the card's.
. "$(dirname "$0")/tap.sh"

# card_signed OPTION...: a request is answered, and the card's counter has moved.
card_signed() {
    before=$(card_completed) || return 1
    request "$@" >"$WORK/page" || { cat "$WORK/page" "$WORK/server-$port.log"; return 1; }
    grep -q 'HTTP/1.0 200 ok' "$WORK/page" || { cat "$WORK/page" "$WORK/server-$port.log"; return 1; }
    after=$(card_completed) || return 1
    echo "completed by the card: $before before, $after after"
    [ "$after" -gt "$before" ]
}

check "the card starts" start_card 1
configuration "$WORK/openssl.cnf" "vfio-user:$WORK/sockets/function0.sock"
for bits in 2048 3072 4096; do
    certificate "rsa$bits" "rsa:$bits"
    check "s_server starts with RSA-$bits" start_server "$WORK/openssl.cnf" "rsa$bits"
    check "TLS 1.3, RSA-$bits: the card signs" card_signed -tls1_3
    check "TLS 1.2 ECDHE, RSA-$bits: the card signs" card_signed -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256
    check "TLS 1.2 RSA key transport, RSA-$bits: the card decrypts" card_signed -tls1_2 -cipher AES128-GCM-SHA256
    kill "$server"
    wait "$server" 2>/dev/null
done

# The client's certificate: s_client signs on the card, s_server knows nothing of it.
certificate client rsa:2048
port=$(free_port)
background "$WORK/server-$port.log" openssl s_server -accept "127.0.0.1:$port" -Verify 1 -CAfile "$WORK/client.pem" \
    -cert "$WORK/rsa2048.pem" -key "$WORK/rsa2048.key" -verify_return_error -rev
within 120 grep -q ACCEPT "$WORK/server-$port.log"
mkfifo "$WORK/hello"
exec 9<>"$WORK/hello" # never ends: s_client goes on until the test does
client_signs() {
    echo "hello from a client" >&9
    OPENSSL_CONF=$WORK/openssl.cnf openssl s_client -connect "127.0.0.1:$port" -CAfile "$WORK/rsa2048.pem" \
        -cert "$WORK/client.pem" -key "$WORK/client.key" -verify_return_error -quiet "$@" <&9 >"$WORK/client.log" 2>&1 &
    PROCESSES="$PROCESSES $!"
    # The function's counters live as long as the client holds it.
    within 120 grep -q "tneilc a morf olleh" "$WORK/client.log" && [ "$(card_completed)" -gt 0 ] ||
        { cat "$WORK/client.log" "$WORK/server-$port.log"; return 1; }
}
check "s_client with a certificate: the card signs" client_signs -tls1_3
done_testing
