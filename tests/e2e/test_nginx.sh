#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# nginx with nothing but an openssl.cnf: its workers, forked after the provider was loaded, use the card.
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/servers.sh"
. "$(dirname "$0")/nginx.sh"
check "the card starts" start_card 4
check "certificates are made" server_certificates
server_configuration
check "nginx starts" start_nginx
for kind in $KINDS; do
    eval "server_checks nginx $kind \$port_$kind \$mutual_$kind"
done

# A new configuration while a client is connected: both the old and the new workers serve on.
reloads() {
    kill -HUP "$master"
    within 120 grep -q 'reconfiguring' "$WORK/nginx-errors.log" && answers "$port_p256" p256 -tls1_3
}
check "nginx reloads" reloads
check "its new workers use the card" by_card answers "$port_p256" p256 -tls1_3
check "nginx ends when asked to" nginx_ends
done_testing
