#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The system-call filters of Debian's units, which kill: a server goes on under them, and by the card.
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/servers.sh"
FILTER=$(dirname "$0")/unit_filter.py

# filtered_server CONF LINE...: openssl s_server under the lines.
filtered_server() {
    port=$(free_port)
    conf=$1
    shift
    background "$WORK/server.log" env OPENSSL_CONF="$conf" "$FILTER" "$@" -- openssl s_server -accept "127.0.0.1:$port" \
        -cert "$WORK/rsa2048.pem" -key "$WORK/rsa2048.key" -www
    server=$process
    within 120 grep -q ACCEPT "$WORK/server.log"
}

# inside LINE...: the doctor's operations are done by a card simulated in its process.
inside() {
    TLSCARD_ADDRESS=sim "$FILTER" "$@" -- tlscard doctor --conf "$WORK/openssl.cnf" >"$WORK/doctor.log"
    status=$?
    cat "$WORK/doctor.log"
    [ $status = 0 ] && grep -q '^  RSA-2048.* card ' "$WORK/doctor.log"
}

# in_software COMMAND...: the command succeeds, and the card has completed nothing for it.
in_software() {
    "$@" && ! by_card "$@"
}

# unit NAME LINE...: each kind of card under the lines of a unit.
unit() {
    unit=$1
    shift
    check "$unit: a server starts" filtered_server "$WORK/openssl.cnf" "$@"
    for version in -tls1_2 -tls1_3; do
        check "$unit: a handshake, $version, on the card" by_card answers "$port" rsa2048 $version
    done
    kill "$server"
    check "$unit: a card simulated inside the process" inside "$@"
}

export OPENSSL_CONF=/dev/null
"$FILTER" @system-service -- true
if [ $? = 77 ]; then
    skip "filters of units" "systemd-analyze or libseccomp.so.2 is missing"
    done_testing
    exit 0
fi
check "a filter kills" sh -c "'$FILTER' '~chdir' -- env -C / true; [ \$? = 159 ]"
check "certificates are made" server_certificates
check "the card starts" start_card 2
configuration "$WORK/openssl.cnf" "vfio-user:$WORK/sockets"
unit redis-server @system-service "~ @privileged @resources"
unit "haproxy, whose lines are there to be taken in" "~@cpu-emulation @keyring @module @obsolete @raw-io"
unit "a unit as systemd advises it" "@system-service"
check "without memfd_create: a server starts" filtered_server "$WORK/openssl.cnf" @system-service "~memfd_create"
check "without memfd_create: a handshake, in software" in_software answers "$port" rsa2048 -tls1_3
done_testing
