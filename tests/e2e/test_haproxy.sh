#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# HAProxy with nothing but an openssl.cnf, its handshakes waited for and, with ssl-mode-async, paused.
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/servers.sh"
PATH=$PATH:/usr/sbin
needs haproxy

# haproxy_configuration [GLOBAL LINE]
haproxy_configuration() {
    cat <<CONF
global
    maxconn 256
    stats socket $WORK/haproxy.sock mode 600
    $*
defaults
    mode http
    timeout client 600s
    timeout server 600s
    timeout connect 600s
CONF
    for kind in $KINDS; do
        cat "$WORK/$kind.pem" "$WORK/$kind.key" >"$WORK/$kind.both"
        eval "plain=\$port_$kind mutual=\$mutual_$kind"
        cat <<CONF
frontend $kind
    bind 127.0.0.1:$plain ssl crt $WORK/$kind.both ssl-min-ver TLSv1.2
    bind 127.0.0.1:$mutual ssl crt $WORK/$kind.both ssl-min-ver TLSv1.2 ca-file $WORK/client.pem verify required
    http-request return status 200 content-type text/plain string served
CONF
    done
}

# ends: HAProxy stops when asked to, with nothing left.
ends() {
    kill -USR1 "$server"
    within 120 sh -c "! kill -0 $server 2>/dev/null"
}

# Many at once, more than the card has contexts: all are answered.
at_once() {
    clients=
    for n in $(seq 24); do
        (WORK=$WORK/at-once-$n && mkdir "$WORK" && cp "$WORK/../rsa2048.pem" "$WORK" &&
            answers "$port_rsa2048" rsa2048 -tls1_3) &
        clients="$clients $!"
    done
    for client in $clients; do
        wait "$client" || return 1
    done
    rm -rf "$WORK"/at-once-*
}

# served NAME [GLOBAL LINE]: all of it with that line in the configuration.
served() {
    name=$1
    shift
    haproxy_configuration "$@" >"$WORK/haproxy.cfg"
    background "$WORK/haproxy.log" env OPENSSL_CONF="$WORK/openssl.cnf" haproxy -db -f "$WORK/haproxy.cfg"
    server=$process
    # shellcheck disable=SC2154 # set by eval
    check "$name starts" within 120 answers "$port_rsa2048" rsa2048
    for kind in $KINDS; do
        eval "server_checks '$name' $kind \$port_$kind \$mutual_$kind"
    done
    check "$name: 24 clients at once, on the card" by_card at_once
    check "$name ends when asked to" ends
}

check "the card starts" start_card 4
check "certificates are made" server_certificates
server_configuration
for kind in $KINDS; do
    eval "port_$kind=$(free_port) mutual_$kind=$(free_port)"
done
served haproxy
served haproxy-async ssl-mode-async
done_testing
