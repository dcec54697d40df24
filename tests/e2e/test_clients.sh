#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# curl and Python with nothing but an openssl.cnf, against peers that know nothing of the card.
. "$(dirname "$0")/tap.sh"
. "$(dirname "$0")/servers.sh"

# curls KIND VERSION [OPTION...]: curl's own operations are the card's.
curls() {
    certificate=$1
    version=$2
    shift 2
    OPENSSL_CONF=$WORK/openssl.cnf timeout 600 curl -sS --noproxy '*' --cacert "$WORK/$certificate.pem" "$version" "$@" \
        "https://localhost:$port/" >"$WORK/page" 2>&1 && grep -q 's_server' "$WORK/page" && return 0
    cat "$WORK/page"
    return 1
}

# python_server KIND [OPTION...]: the ssl module's server; sets $port.
python_server() {
    port=$(free_port)
    certificate=$1
    background "$WORK/python-$port.log" env OPENSSL_CONF="$WORK/openssl.cnf" /usr/bin/python3 -u \
        "$(dirname "$0")/https_server.py" "$port" "$WORK/$certificate.pem" "$WORK/$certificate.key" "$WORK/client.pem"
    server=$process
    within 120 grep -q serving "$WORK/python-$port.log"
}

# python_client KIND VERSION
python_client() {
    OPENSSL_CONF=$WORK/openssl.cnf timeout 600 /usr/bin/python3 - "$port" "$WORK/$1.pem" "$2" <<'PYTHON'
import http.client, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[2])
context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, sys.argv[3])
connection = http.client.HTTPSConnection("localhost", int(sys.argv[1]), context=context, timeout=500)
connection.request("GET", "/")
assert connection.getresponse().status == 200
PYTHON
}

stop() {
    kill "$1"
    wait "$1" 2>/dev/null
    true
}

check "the card starts" start_card 4
check "certificates are made" server_certificates
server_configuration
: >"$WORK/plain.cnf"
if ! command -v curl >/dev/null 2>&1; then
    skip "curl" "curl is not installed"
    curl=no
else
    same_libcrypto curl "$(command -v curl)" && curl=yes || curl=no
fi
same_libcrypto Python "$(/usr/bin/python3 -c 'import _ssl, sys; print(getattr(_ssl, "__file__", sys.executable))')" &&
    python=yes || python=no
for kind in $KINDS; do
    check "a plain s_server with $kind starts" start_server "$WORK/plain.cnf" "$kind" -verify 1 -CAfile "$WORK/client.pem"
    if [ $curl = yes ]; then
        for version in --tls-max\ 1.2 --tlsv1.3; do
            # shellcheck disable=SC2086 # an option and its value
            check "curl, $kind, $version: a handshake, on the card" by_card curls "$kind" $version
        done
        check "curl, $kind: its certificate, on the card" by_card curls "$kind" --tlsv1.3 \
            --cert "$WORK/client.pem" --key "$WORK/client.key"
    fi
    for version in TLSv1_2 TLSv1_3; do
        [ $python = no ] || check "Python, $kind, $version: a client, on the card" by_card python_client "$kind" "$version"
    done
    check "the server stops" stop "$server"
done
[ $python = yes ] || KINDS=
for kind in $KINDS; do
    check "Python's server with $kind starts" python_server "$kind"
    for version in -tls1_2 -tls1_3; do
        check "Python, $kind, $version: a server, on the card" by_card answers "$port" "$kind" "$version"
        check "Python, $kind, $version: the session is resumed" resumes "$port" "$kind" "$version"
        check "Python, $kind, $version: a client's certificate, on the card" by_card answers "$port" "$kind" "$version" \
            -cert "$WORK/client.pem" -key "$WORK/client.key"
    done
    check "the server stops" stop "$server"
done
done_testing
